/**
 * The RECOVERY block: a parent's recovery words name who keeps the rules from now on, where those who
 * did are lost. It is valid exactly if building it again from its one transaction gives the same hash,
 * and begins a new epoch, so that no vote of the old set counts after it. Whether and when a device
 * takes a valid one is recovery-wait.ts. SPEC RC1 to RC5. Source: DESIGN §4.10.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, toHex, type MemberId } from "../codec/ids.ts";
import { blockHashOf, transactionsRootOf, type BlockHeader } from "./block.ts";
import {
  judgeBlock,
  type BlockFault,
  type Head,
  type Judgement,
  type VerifiedBlock,
} from "./chain.ts";
import { enterHeight } from "./execute.ts";
import { EXECUTED_MAX } from "./limits.ts";
import { accept, refuse, type BlockContext, type BodyOf, type Execution } from "./execution.ts";
import { isGrown } from "./replica-set.ts";
import {
  activeDevice,
  replicaSetHash,
  RULES_VERSION,
  stateRootOf,
  type LedgerState,
  type Member,
} from "./state.ts";
import type { VerifiedTransaction } from "./transaction.ts";

/** The next block, of whichever kind, judged on a head. */
export function judgeNext(
  head: Head,
  verified: VerifiedBlock,
  rulesKnown = RULES_VERSION,
): Judgement {
  return isRecovery(verified)
    ? judgeRecovery(head, verified)
    : judgeBlock(head, verified, rulesKnown);
}

/** Whether a block is a recovery, valid or not. */
export function isRecovery(verified: VerifiedBlock): boolean {
  return verified.transactions[0]?.content.body.type === "recovery";
}

/** The RECOVERY block of a transaction on a head. */
export function buildRecovery(
  head: Head,
  transaction: VerifiedTransaction,
): Judgement & { readonly verified?: VerifiedBlock } {
  const before = head.state;
  const context: BlockContext = {
    height: before.height + 1,
    time: Math.max(transaction.content.time, before.time),
    parent: head.hash,
    rulesKnown: before.rulesVersion,
  };
  const recovered = recover(before, transaction, context);
  if (!recovered.ok) return fault({ transaction: 0, reason: recovered.reason });
  const { state } = recovered;
  const header: BlockHeader = {
    rulesVersion: state.rulesVersion,
    epoch: state.epoch,
    height: context.height,
    parent: head.hash,
    primary: transaction.content.author,
    time: context.time,
    replicaSet: replicaSetHash(state.family, before.replicas),
    nextReplicaSet: replicaSetHash(state.family, state.replicas),
    stateRoot: stateRootOf(state),
    transactions: transactionsRootOf(state.family, [transaction.id]),
  };
  const hash = blockHashOf(state.family, header);
  return {
    ok: true,
    head: { state, hash, primary: header.primary },
    verified: {
      block: { header, transactions: [transaction.signed] },
      hash,
      transactions: [transaction],
    },
  };
}

/** Judges a RECOVERY block received from elsewhere by building it again. */
export function judgeRecovery(head: Head, verified: VerifiedBlock): Judgement {
  const { header } = verified.block;
  if (header.height !== head.state.height + 1) return fault("height");
  if (!isSameBytes(header.parent, head.hash)) return fault("parent");
  const [transaction, ...others] = verified.transactions;
  if (transaction === undefined || others.length > 0) return fault("transactions-root");
  const rebuilt = buildRecovery(head, transaction);
  if (!rebuilt.ok) return rebuilt;
  return isSameBytes(rebuilt.head.hash, verified.hash)
    ? { ok: true, head: rebuilt.head }
    : fault("state-root");
}

/** The parent whose words these are; null if they are no parent's any more. */
export function ownerOfWords(state: LedgerState, recoveryKey: Uint8Array): Member | null {
  const isOwner = (one: Member): boolean =>
    one.role === "parent" &&
    one.leftAt === null &&
    one.recoveryKey !== null &&
    isSameBytes(one.recoveryKey, recoveryKey);
  return state.members.find(isOwner) ?? null;
}

function recover(
  state: LedgerState,
  { id, authorKey, content }: VerifiedTransaction,
  context: BlockContext,
): Execution {
  const { body, author, expiresHeight } = content;
  if (body.type !== "recovery") return refuse("recovery-stands-alone");
  if (expiresHeight !== context.height) return refuse("expired");
  if (body.epoch !== state.epoch + 1) return refuse("other-epoch");
  if (!isSameBytes(body.parent, context.parent)) return refuse("other-parent-block");
  if (state.rules.closedAt !== null) return refuse("not-eligible");
  if (ownerOfWords(state, body.recoveryKey) === null) return refuse("not-a-recovery-key");
  const device = activeDevice(state, author);
  if (device === null) return refuse("unknown-author");
  if (!isSameBytes(device.key, authorKey)) return refuse("wrong-author-key");
  if (!areProper(state, body, author)) return refuse("not-eligible");
  const after = enterHeight(state, context);
  // Whatever has filled the list: the words must never be the ones for which there is no room.
  const room = after.executed
    .toSorted((a, b) => b.expiresHeight - a.expiresHeight || compareBytes(a.id, b.id))
    .slice(0, EXECUTED_MAX - 1);
  const executed = [...room, { id, expiresHeight }];
  return accept({
    ...after,
    epoch: body.epoch,
    replicas: body.replicas,
    executed: executed.sort((a, b) => compareBytes(a.id, b.id)),
  });
}

/** The author's device and, beside it, only such as kept the rules before: nobody is named unasked. */
function areProper(
  state: LedgerState,
  { replicas }: BodyOf<"recovery">,
  author: Uint8Array,
): boolean {
  const names = new Set(replicas.map((one) => toHex(one)));
  if (names.size !== replicas.length || !names.has(toHex(author))) return false;
  return replicas.every((one) => {
    const wasReplica = state.replicas.some((other) => isSameBytes(other, one));
    return isGrown(state, one) && (wasReplica || isSameBytes(one, author));
  });
}

/** The member whose words a valid RECOVERY block was made with. */
export function ownerOfRecovery(state: LedgerState, verified: VerifiedBlock): MemberId | null {
  const body = verified.transactions[0]?.content.body;
  if (body?.type !== "recovery") return null;
  return ownerOfWords(state, body.recoveryKey)?.id ?? null;
}

function fault(what: BlockFault): Judgement {
  return { ok: false, fault: what };
}
