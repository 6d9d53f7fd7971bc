/**
 * How much one member may write on a day of block time: ordinary transactions, a small bucket of its
 * own for what cannot wait, and another for reports. What is bounded by something else is not counted:
 * what consumes an invite, a proposal, a proof or the very next block. SPEC BD1..BD4. Source: DESIGN §4.13.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import { accept, refuse, type Actor, type Execution } from "./execution.ts";
import { ORDINARY_PER_DAY_MAX, REPORTS_PER_DAY_MAX, URGENT_PER_DAY_MAX } from "./limits.ts";
import { findDevice, withEntry, type LedgerState } from "./state.ts";
import { actionOf, type TransactionBody } from "./transaction.ts";

const DAY_MS = 86_400_000;

type Tally = LedgerState["rules"]["tallies"][number];
type Bucket = "ordinary" | "urgent" | "reports";

const BUCKET_MAX: Readonly<Record<Bucket, number>> = {
  ordinary: ORDINARY_PER_DAY_MAX,
  urgent: URGENT_PER_DAY_MAX,
  reports: REPORTS_PER_DAY_MAX,
};

/** The state with this transaction counted, or the refusal that its member has used up its day. */
export function countToday(
  state: LedgerState,
  body: TransactionBody,
  { member, context }: Actor,
): Execution {
  const bucket = bucketOf(state, body, member.id);
  if (bucket === null) return accept(state);
  const tally = tallyOf(state, member.id, context.time);
  if (tally[bucket] >= BUCKET_MAX[bucket]) return refuse("too-many-today");
  const counted = { ...tally, [bucket]: tally[bucket] + 1 };
  const tallies = withEntry(state.rules.tallies, counted);
  return accept({ ...state, rules: { ...state.rules, tallies } });
}

/** Whether a member has no room for so many more ordinary changes on the day of `time`. */
export function isDayFull(state: LedgerState, member: MemberId, time: number, more = 1): boolean {
  return tallyOf(state, member, time).ordinary + more > ORDINARY_PER_DAY_MAX;
}

/** The same of what cannot wait. */
export function isUrgentFull(state: LedgerState, member: MemberId, time: number): boolean {
  return tallyOf(state, member, time).urgent >= URGENT_PER_DAY_MAX;
}

function tallyOf(state: LedgerState, member: MemberId, time: number): Tally {
  const day = Math.floor(time / DAY_MS);
  const found = state.rules.tallies.find((one) => isSameBytes(one.id, member));
  return found?.day === day ? found : { id: member, day, ordinary: 0, urgent: 0, reports: 0 };
}

/** Those of the day that begins with this block's time. */
export function forgetTallies(
  tallies: LedgerState["rules"]["tallies"],
  time: number,
): LedgerState["rules"]["tallies"] {
  const day = Math.floor(time / DAY_MS);
  return tallies.filter((one) => one.day === day);
}

function bucketOf(state: LedgerState, body: TransactionBody, by: MemberId): Bucket | null {
  switch (body.type) {
    // Bounded by the devices that there are: a fake one must not use up what would take it out.
    case "device-revoked": {
      const owner = findDevice(state, body.device)?.member;
      return owner !== undefined && isSameBytes(owner, by) ? null : "urgent";
    }
    case "family-created":
    case "recovery":
    case "member-registered":
    case "device-registered":
    case "invite-revoked":
    // One to each proposal and word against it, which is counted.
    case "objected":
    case "evidence":
    case "member-left":
    case "enacted":
      return null;
    case "emergency-recorded":
    case "emergency-resolved":
      return "urgent";
    case "proposed":
      return actionOf(body)?.type === "device-revoked" ? "urgent" : "ordinary";
    case "violation-recorded":
      return "reports";
    default:
      return "ordinary";
  }
}
