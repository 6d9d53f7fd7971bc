/**
 * What is of the whole family: settings, the version of the rules, the secret's epoch, a parent's
 * recovery words, and its end. SPEC FS1..FS6. Source: DESIGN §3, §4.2, §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { ending, ruleOf, spanOf } from "./child-rules.ts";
import {
  accept,
  momentOf,
  narrow,
  refuse,
  withBook,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import { SETTINGS_MAX } from "./limits.ts";
import { presentMember, refuseAbsent } from "./membership.ts";
import { settingsAt } from "./relations.ts";
import { roomFault } from "./room.ts";
import { withEntry, type LedgerState } from "./state.ts";
import { isProperZone } from "./week.ts";

export function changeSettings(
  state: LedgerState,
  body: BodyOf<"setting-changed">,
  actor: Actor,
): Execution {
  const { type: _type, cuts, ...fields } = body;
  const standing = settingsAt(momentOf(state, actor));
  if (fields.version !== standing.version + 1) return refuse("rules-moved");
  if (fields.zone !== null && !isProperZone(fields.zone)) return refuse("bad-zone");
  // Rules that run by the family's time would lose it.
  if (fields.zone === null && standing.zone !== null) return refuse("no-zone");
  const room = roomFault(state.rules.settings, SETTINGS_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const former = state.rules.settings.find((one) => ruleOf([one], one.id, actor) !== null) ?? null;
  const settings = withEntry(ending(state.rules.settings, former, actor), {
    id: actor.id,
    ...fields,
    ...spanOf(actor),
  });
  const after = withBook({ ...state, retentionDays: fields.retentionDays }, { settings });
  return after.ok ? narrow(after.state, actor, [], cuts) : after;
}

export function raiseRules(
  state: LedgerState,
  body: BodyOf<"rules-raised">,
  { context }: Actor,
): Execution {
  if (body.version <= state.rulesVersion) return refuse("rules-moved");
  const isKnown = body.version === state.rulesVersion + 1 && body.version <= context.rulesKnown;
  return isKnown
    ? accept({ ...state, rulesVersion: body.version })
    : refuse("unknown-rules-version");
}

export function renewSecret(state: LedgerState, body: BodyOf<"secret-renewed">): Execution {
  if (body.epoch !== state.secretEpoch + 1) return refuse("other-secret-epoch");
  if (isSameBytes(body.commitment, state.secretCommitment)) return refuse("repeated-key");
  return accept({ ...state, secretEpoch: body.epoch, secretCommitment: body.commitment });
}

/** Another key for a parent's words. The founding key names the family, and stays its own. */
export function replaceRecoveryKey(
  state: LedgerState,
  body: BodyOf<"recovery-key-replaced">,
): Execution {
  const member = presentMember(state, body.member);
  if (member === null) return refuseAbsent(state, body.member);
  if (member.role !== "parent") return refuse("bad-role");
  const isKnown = state.members.some(
    (one) => one.recoveryKey !== null && isSameBytes(one.recoveryKey, body.key),
  );
  if (isKnown) return refuse("repeated-key");
  const members = withEntry(state.members, { ...member, recoveryKey: body.key });
  return accept({ ...state, members });
}

export function closeFamily(state: LedgerState, { context }: Actor): Execution {
  return withBook(state, { closedAt: context.height, proposals: [] });
}
