/**
 * One step of the chain: build the next block on a head, and judge a block against a head. Judging
 * is deterministic: the same block on the same head has the same verdict on every device, whatever
 * its clock. The clock rule for fresh proposals is a replica's own (`isTooFarAhead`).
 * SPEC CH1..CH9. Source: DESIGN §4.2.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes } from "../codec/ids.ts";
import type { BlockHash, DeviceId, FamilyId } from "../codec/ids.ts";
import {
  blockHashOf,
  NO_PARENT,
  transactionsRootOf,
  type Block,
  type BlockHeader,
} from "./block.ts";
import { enterHeight, execute, found, type BlockContext, type Refusal } from "./execute.ts";
import { BLOCK_BYTES_MAX, BLOCK_FUTURE_MS, BLOCK_TRANSACTIONS_MAX } from "./limits.ts";
import { replicaSetHash, RULES_VERSION, stateRootOf, type LedgerState } from "./state.ts";
import type { VerifiedTransaction } from "./transaction.ts";

/** The highest finalised block and the rules after it. */
export interface Head {
  readonly state: LedgerState;
  readonly hash: BlockHash;
  readonly primary: DeviceId;
}

/** A block whose transactions' signatures were all checked, in block order. */
export interface VerifiedBlock {
  readonly block: Block;
  readonly hash: BlockHash;
  readonly transactions: readonly VerifiedTransaction[];
}

export type BlockFault =
  | "rules-version"
  | "epoch"
  | "height"
  | "parent"
  | "time"
  | "primary"
  | "replica-set"
  | "transactions-root"
  | "state-root"
  | { readonly transaction: number; readonly reason: Refusal };

export type Judgement =
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly fault: BlockFault };

/** A transaction that no block on this head could hold, and why. */
export interface Misfit {
  readonly transaction: VerifiedTransaction;
  readonly reason: Refusal;
}

export interface Proposal {
  /** Null when none of the transactions fits. */
  readonly verified: VerifiedBlock | null;
  readonly misfits: readonly Misfit[];
}

/** The founding block: height 0, replica set of its own making, rules of that version. */
export function buildFounding(
  family: FamilyId,
  transaction: VerifiedTransaction,
  rulesVersion = RULES_VERSION,
): Judgement & { readonly verified?: VerifiedBlock } {
  const time = transaction.content.time;
  const founded = found(family, transaction, time, rulesVersion);
  if (!founded.ok) return { ok: false, fault: { transaction: 0, reason: founded.reason } };
  const { state } = founded;
  const set = replicaSetHash(family, state.replicas);
  const header: BlockHeader = {
    rulesVersion,
    epoch: state.epoch,
    height: 0,
    parent: NO_PARENT,
    primary: transaction.content.author,
    time,
    replicaSet: set,
    nextReplicaSet: set,
    stateRoot: stateRootOf(state),
    transactions: transactionsRootOf(family, [transaction.id]),
  };
  const hash = blockHashOf(family, header);
  const block = { header, transactions: [transaction.signed] };
  return {
    ok: true,
    head: { state, hash, primary: header.primary },
    verified: { block, hash, transactions: [transaction] },
  };
}

/** Judges a founding block received from elsewhere by building it again. */
export function judgeFounding(
  family: FamilyId,
  verified: VerifiedBlock,
  rulesKnown = RULES_VERSION,
): Judgement {
  const { rulesVersion } = verified.block.header;
  if (isNewer(verified.block.header, rulesKnown)) return fault("rules-version");
  const [founding, ...others] = verified.transactions;
  if (founding === undefined || others.length > 0) return { ok: false, fault: "transactions-root" };
  const rebuilt = buildFounding(family, founding, rulesVersion);
  if (!rebuilt.ok) return rebuilt;
  return isSameBytes(rebuilt.head.hash, verified.hash)
    ? { ok: true, head: rebuilt.head }
    : { ok: false, fault: "state-root" };
}

/** What the next block on a head would hold, and the state after it. */
export interface Choice {
  readonly chosen: readonly VerifiedTransaction[];
  readonly misfits: readonly Misfit[];
  readonly state: LedgerState;
  readonly context: BlockContext;
}

/**
 * Chooses from pending transactions in the order (time, id). What does not fit the head now is a
 * misfit; what merely has no room is neither. `now`: wall clock, milliseconds since the epoch.
 */
export function chooseTransactions(
  head: Head,
  pending: readonly VerifiedTransaction[],
  now: number,
  rulesKnown = RULES_VERSION,
): Choice {
  const context: BlockContext = {
    height: head.state.height + 1,
    time: Math.max(now, head.state.time),
    parent: head.hash,
    rulesKnown,
  };
  let state = enterHeight(head.state, context);
  const chosen: VerifiedTransaction[] = [];
  const misfits: Misfit[] = [];
  let size = 1024;
  for (const transaction of inOrder(pending)) {
    const bytes = transaction.signed.bytes.length + transaction.signed.proofs.length * 66 + 80;
    if (chosen.length >= BLOCK_TRANSACTIONS_MAX || size + bytes > BLOCK_BYTES_MAX) break;
    const executed = execute(state, transaction, context);
    if (!executed.ok) {
      misfits.push({ transaction, reason: executed.reason });
      continue;
    }
    state = executed.state;
    chosen.push(transaction);
    size += bytes;
  }
  return { chosen, misfits, state, context };
}

/** Builds the next block of what `chooseTransactions` chooses. */
export function buildBlock(
  head: Head,
  pending: readonly VerifiedTransaction[],
  primary: DeviceId,
  now: number,
  rulesKnown = RULES_VERSION,
): Proposal {
  const { chosen, misfits, state, context } = chooseTransactions(head, pending, now, rulesKnown);
  if (chosen.length === 0) return { verified: null, misfits };
  const header: BlockHeader = {
    rulesVersion: state.rulesVersion,
    epoch: state.epoch,
    height: context.height,
    parent: head.hash,
    primary,
    time: context.time,
    replicaSet: replicaSetHash(state.family, head.state.replicas),
    nextReplicaSet: replicaSetHash(state.family, state.replicas),
    stateRoot: stateRootOf(state),
    transactions: transactionsRootOf(
      state.family,
      chosen.map((one) => one.id),
    ),
  };
  const block = { header, transactions: chosen.map((one) => one.signed) };
  return {
    verified: { block, hash: blockHashOf(state.family, header), transactions: chosen },
    misfits,
  };
}

/** Whether a block is of rules later than those known: it is not judged at all. */
export function isNewer(
  { rulesVersion }: Pick<BlockHeader, "rulesVersion">,
  rulesKnown: number,
): boolean {
  return rulesVersion > rulesKnown;
}

/** Judges a block on a head; the head after it when it is valid. */
export function judgeBlock(
  head: Head,
  verified: VerifiedBlock,
  rulesKnown = RULES_VERSION,
): Judgement {
  const { header } = verified.block;
  const before = head.state;
  if (isNewer(header, rulesKnown)) return fault("rules-version");
  if (header.epoch !== before.epoch) return fault("epoch");
  if (header.height !== before.height + 1) return fault("height");
  if (!isSameBytes(header.parent, head.hash)) return fault("parent");
  if (header.time < before.time) return fault("time");
  if (!before.replicas.some((one) => isSameBytes(one, header.primary))) return fault("primary");
  if (!isSameBytes(header.replicaSet, replicaSetHash(before.family, before.replicas))) {
    return fault("replica-set");
  }
  if (verified.transactions.length === 0) return fault("transactions-root");
  const ids = verified.transactions.map((one) => one.id);
  if (!isSameBytes(header.transactions, transactionsRootOf(before.family, ids))) {
    return fault("transactions-root");
  }
  const context: BlockContext = {
    height: header.height,
    time: header.time,
    parent: head.hash,
    rulesKnown,
  };
  let state = enterHeight(before, context);
  for (const [index, transaction] of verified.transactions.entries()) {
    const executed = execute(state, transaction, context);
    if (!executed.ok) return fault({ transaction: index, reason: executed.reason });
    state = executed.state;
  }
  // A block is of the version that its state has: the one that raises it is of the new one.
  if (header.rulesVersion !== state.rulesVersion) return fault("rules-version");
  if (!isSameBytes(header.nextReplicaSet, replicaSetHash(state.family, state.replicas))) {
    return fault("replica-set");
  }
  if (!isSameBytes(header.stateRoot, stateRootOf(state))) return fault("state-root");
  return { ok: true, head: { state, hash: verified.hash, primary: header.primary } };
}

/** Whether a fresh proposal's time leads my clock by more than a replica lends its name to. */
export function isTooFarAhead(block: Block, now: number): boolean {
  return block.header.time > now + BLOCK_FUTURE_MS;
}

function inOrder(pending: readonly VerifiedTransaction[]): readonly VerifiedTransaction[] {
  return pending.toSorted((a, b) => a.content.time - b.content.time || compareBytes(a.id, b.id));
}

function fault(what: BlockFault): Judgement {
  return { ok: false, fault: what };
}
