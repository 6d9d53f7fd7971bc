/** Families of one, two and three parents, and short ways to ask, say and look. */
import { toHex } from "../codec/ids.ts";
import {
  after,
  onProposal,
  proposedBody,
  reasonOf,
  run,
  type RunOptions,
} from "./execution-fixture.suite.test.ts";
import { type Actor, deviceEntry, furtherDevice, keyOf, NOW } from "./family-fixture.suite.test.ts";
import { VOICE_AGE_MS } from "./limits.ts";
import { decidedOf } from "./proposals.ts";
import { DAD, FAMILY_OF_EIGHT, GRAN, MUM } from "./rules-fixture.suite.test.ts";
import type { Standing } from "./standing.ts";
import { findMember, type LedgerState, withEntry } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

export const TWO = FAMILY_OF_EIGHT;
/** Gran is a parent too. */
export const THREE = changed(TWO, GRAN, "parent");
/** Dad is the only parent. */
export const ONE = changed(TWO, MUM, "relative");
export const OPA = furtherDevice(GRAN, keyOf(91));
export const DAD_PHONE = furtherDevice(DAD, keyOf(90));
export const MUM_PHONE = furtherDevice(MUM, keyOf(92));

export function changed(state: LedgerState, who: Actor, role: "parent" | "relative"): LedgerState {
  const member = findMember(state, who.member);
  if (member === null) throw new Error("the fixture has everybody");
  return { ...state, members: withEntry(state.members, { ...member, role }) };
}

export const withDevice = (state: LedgerState, device: Actor): LedgerState => ({
  ...state,
  devices: withEntry(state.devices, deviceEntry(device, NOW - VOICE_AGE_MS)),
});

export const lost = (
  device: Actor,
  reason: "lost" | "retired" | "compromised" = "lost",
): TransactionBody => ({
  type: "device-revoked",
  device: device.device,
  reason,
  cuts: [],
});

export interface Opened {
  readonly state: LedgerState;
  readonly id: Uint8Array;
}

export function open(
  state: LedgerState,
  by: Actor,
  action: TransactionBody,
  options: RunOptions = {},
): Opened {
  const before = new Set(state.rules.proposals.map((one) => toHex(one.id)));
  const next = after(run(state, by, proposedBody(action), options));
  const made = next.rules.proposals.find((one) => !before.has(toHex(one.id)));
  if (made === undefined) throw new Error("it was not kept: it happened at once");
  return { state: next, id: made.id };
}

export const say = (
  { state, id }: Opened,
  type: "approved" | "objected" | "withdrawn" | "enacted",
  who: Actor,
  options: RunOptions = {},
): Opened => ({ state: after(run(state, who, onProposal(type, id), options)), id });

export const tried = (
  { state, id }: Opened,
  type: "approved" | "objected" | "withdrawn" | "enacted",
  who: Actor,
  options: RunOptions = {},
): string => reasonOf(run(state, who, onProposal(type, id), options));

export const standing = ({ state, id }: Opened, time: number = NOW): Standing => {
  const proposal = state.rules.proposals.find((one) => toHex(one.id) === toHex(id));
  const decided =
    proposal === undefined ? null : decidedOf({ ...state, height: 6 }, proposal, time);
  if (decided === null) throw new Error("it is open");
  return decided.standing;
};

export const waiting = (
  who: readonly Actor[],
  missing: number,
  happensAt: number | null = null,
  isObjected = false,
): unknown => ({
  type: "waiting",
  for: who.map((one) => one.member).toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1)),
  missing,
  happensAt,
  isObjected,
});

export const isOpen = ({ state, id }: Opened): boolean =>
  state.rules.proposals.some((one) => toHex(one.id) === toHex(id));
export const roleOf = (state: LedgerState, who: Actor): string | undefined =>
  findMember(state, who.member)?.role;
