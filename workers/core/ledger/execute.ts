/**
 * Whether a transaction may happen on a state, and the state after it. Pure and deterministic: it
 * reads the state, the transaction and the block's height and time, nothing else. What must not be
 * late (invites) goes by the author's signed time. A refusal has a reason and changes nothing.
 * The kinds are executed by subject in the files beside this one. SPEC EX1..EX19. Source: DESIGN §4, §7.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { compareBytes, deviceIdOf, familyIdOf, memberIdOf } from "../codec/ids.ts";
import type { FamilyId } from "../codec/ids.ts";
import { authorFault } from "./authority.ts";
import { countToday, forgetTallies } from "./bounds.ts";
import { accept, refuse, type Actor, type BlockContext, type Execution } from "./execution.ts";
import { forgetPast } from "./forgetting.ts";
import { INVITE_FORGET_MS } from "./invites.ts";
import { EXECUTED_MAX, EXPIRY_HEIGHTS_MAX, RETENTION_DAYS_DEFAULT } from "./limits.ts";
import { needOf } from "./needs.ts";
import { isTooNew } from "./new-device.ts";
import { perform } from "./perform.ts";
import { decide, forgetProposals, isAboutProposal, tendProposals } from "./proposals.ts";
import { NO_RULES } from "./rule-book.ts";
import { findDevice, findMember, type LedgerState } from "./state.ts";
import type { TransactionBody, VerifiedTransaction } from "./transaction.ts";

export type { BlockContext, Execution, Refusal } from "./execution.ts";

/** Bytes of a transaction's id that name what it makes. */
const RULE_ID_BYTES = 16;

/** The state that the founding transaction alone makes, under these rules: height 0. */
export function found(
  family: FamilyId,
  transaction: VerifiedTransaction,
  time: number,
  rulesVersion: number,
): Execution {
  const { body, author, expiresHeight } = transaction.content;
  if (body.type !== "family-created") return refuse("unknown-author");
  if (!isSameBytes(familyIdOf(body.recoveryKey), family)) return refuse("wrong-family");
  if (!isSameBytes(transaction.authorKey, body.deviceKey)) return refuse("wrong-author-key");
  const id = deviceIdOf(family, body.deviceKey);
  if (!isSameBytes(id, author)) return refuse("unknown-author");
  const founder = memberIdOf(family, body.deviceKey);
  return accept({
    rulesVersion,
    family,
    epoch: body.epoch,
    height: 0,
    time,
    familyName: body.familyName,
    secretEpoch: 1,
    secretCommitment: body.secretCommitment,
    retentionDays: RETENTION_DAYS_DEFAULT,
    members: [
      {
        id: founder,
        role: "parent",
        name: body.memberName,
        registeredAt: 0,
        admittedBy: founder,
        recoveryKey: body.recoveryKey,
        formerRoles: [],
        leftAt: null,
      },
    ],
    devices: [
      {
        id,
        member: founder,
        key: body.deviceKey,
        encryptionKey: body.encryptionKey,
        registeredAt: 0,
        registeredTime: time,
        revoked: null,
        convictedAt: null,
      },
    ],
    invites: [],
    replicas: [id],
    executed: [{ id: transaction.id, expiresHeight }],
    rules: NO_RULES,
  });
}

/** Executes one transaction of a block above the founding one. */
export function execute(
  state: LedgerState,
  transaction: VerifiedTransaction,
  context: BlockContext,
): Execution {
  const { content } = transaction;
  if (content.expiresHeight < context.height) return refuse("expired");
  if (content.expiresHeight > context.height + EXPIRY_HEIGHTS_MAX) return refuse("expiry-too-far");
  if (state.executed.some((one) => isSameBytes(one.id, transaction.id))) return refuse("repeated");
  if (state.executed.length >= EXECUTED_MAX) return refuse("full");
  const author = findDevice(state, content.author);
  if (author === null) return refuse("unknown-author");
  if (author.revoked !== null) return refuse("revoked-author");
  if (!isSameBytes(author.key, transaction.authorKey)) return refuse("wrong-author-key");
  const member = findMember(state, author.member);
  if (member === null) return refuse("unknown-author");
  if (member.leftAt !== null) return refuse("already-left");
  if (state.rules.closedAt !== null) return refuse("family-closed");
  const id = transaction.id.slice(0, RULE_ID_BYTES);
  const actor: Actor = { id, author, member, signedAt: content.time, context };
  const after = dispatch(state, content.body, actor);
  if (!after.ok) return after;
  const counted = countToday(after.state, content.body, actor);
  if (!counted.ok) return counted;
  const tended = tendProposals(state, counted.state, context);
  return accept({
    ...tended,
    executed: [
      ...tended.executed,
      { id: transaction.id, expiresHeight: content.expiresHeight },
    ].sort((a, b) => compareBytes(a.id, b.id)),
  });
}

/** What a new height forgets: executed ids, invites and rules whose time is over. */
export function enterHeight(
  state: LedgerState,
  context: Pick<BlockContext, "height" | "time">,
): LedgerState {
  const after = forgetPast(state, context.time);
  return {
    ...after,
    height: context.height,
    time: context.time,
    executed: state.executed.filter((one) => one.expiresHeight >= context.height),
    invites: state.invites.filter((one) => one.expiresAt + INVITE_FORGET_MS >= context.time),
    rules: {
      ...after.rules,
      proposals: forgetProposals(state.rules.proposals, context.time),
      tallies: forgetTallies(state.rules.tallies, context.time),
    },
  };
}

/** Bodies about proposals are decided; all others need an author who may, and who is enough. */
function dispatch(state: LedgerState, body: TransactionBody, actor: Actor): Execution {
  if (isTooNew(state, body, actor)) return refuse("new-device");
  if (isAboutProposal(body)) return decide(state, body, actor);
  const fault = authorFault(state, body, actor);
  if (fault !== null) return refuse(fault);
  const need = needOf(state, body, actor);
  if (need === null) return perform(state, body, actor);
  const isOtherParents = need.form === "unless-objected" && need.subject !== null;
  return refuse(isOtherParents ? "needs-second-parent" : "needs-decision");
}
