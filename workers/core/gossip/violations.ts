/**
 * What somebody said against a rule that it had to know, as the ledger is told of it: once for each
 * member, rule and day. A function of the entries that are here and the ledger, whatever came first.
 * Only a person's own words count, and neither what a later change refuses nor a fault of a stream:
 * of the one its author could not know, of the other an old copy of its disk may be the cause. Who
 * writes it down when is the shell's. SPEC VI1 to VI7. Source: DESIGN §5 Violations.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { hashOf } from "../codec/hash.ts";
import { memberId, toHex, type FamilyId, type MemberId } from "../codec/ids.ts";
import { encodeWith, struct, uint } from "../codec/shape.ts";
import type { PermissionRule } from "../ledger/permits.ts";
import { memberAt, roleAt } from "../ledger/relations.ts";
import { findDevice, type LedgerState } from "../ledger/state.ts";
import { dayOf } from "./clock.ts";
import type { Header, Kind } from "./header.ts";
import { CLOCK_LIFT_MS, DAY_MS, OTHERS_REPORT_DAYS, VIOLATION_COUNT_MAX } from "./limits.ts";
import type { Gossip } from "./state.ts";
import { citedFault, type LedgerView } from "./verdict.ts";

/** Rules whose breach is written down, as wire numbers in this order; append only. */
export const VIOLATION_RULES = [
  "not-by-role",
  "denied",
  "quiet-hours",
  "contacts-meet-who-accepted-them",
  "contact-not-approved",
  "family-only",
  "not-in-group",
  "unknown-group",
  "left-the-family",
  "place-for-guardians",
  "daily-limit",
  "media",
] as const satisfies readonly PermissionRule[];
export type ViolationRule = (typeof VIOLATION_RULES)[number];

/** What a person says; the rest its app sends by itself. */
const WORDS: ReadonlySet<Kind> = new Set<Kind>(["direct", "group", "edit", "delete", "reaction"]);

/** What a member said against one rule on one day. */
export interface Violation {
  /** First 16 bytes of the hash of the three below. */
  readonly subject: Uint8Array;
  readonly author: MemberId;
  /** Place in VIOLATION_RULES. */
  readonly rule: number;
  /** Whole days since the epoch, by the author's clock. */
  readonly day: number;
  /** Entries that are here, at most 65,535. */
  readonly count: number;
}

const named = struct({ author: memberId, rule: uint(255), day: uint() });

/** The name under which the ledger has it: the same whoever reports it. */
export function subjectOf(
  family: FamilyId,
  author: MemberId,
  rule: number,
  day: number,
): Uint8Array {
  return hashOf("violation", family, encodeWith(named, { author, rule, day })).slice(0, 16);
}

/** The rule that its author broke and had to know; null for everything else. */
export function brokenRule(header: Header, ledger: LedgerView): ViolationRule | null {
  if (!WORDS.has(header.kind)) return null;
  const fault = citedFault(header, ledger, header.clock.ms);
  const rule = VIOLATION_RULES.find((one) => one === fault?.rule);
  if (rule === undefined) return null;
  // A clock may have been lifted past the moment at which an honest app asked whether it may.
  return citedFault(header, ledger, header.clock.ms - CLOCK_LIFT_MS) === null ? null : rule;
}

/** What was broken on this day or later, by what is here: each once, in a fixed order. */
export function violationsIn(
  gossip: Gossip,
  ledger: LedgerView,
  sinceDay: number,
): readonly Violation[] {
  const found = new Map<string, Violation>();
  for (const { known } of gossip.streams.values()) {
    for (const { verdict, header } of known.values()) {
      const day = dayOf(header.clock.ms);
      if (verdict.type !== "refused" || day < sinceDay) continue;
      const name = brokenRule(header, ledger);
      const author = findDevice(ledger.head, header.author)?.member;
      // What is refused for something else is no report about this.
      if (name === null || name !== verdict.rule || author === undefined) continue;
      const rule = VIOLATION_RULES.indexOf(name);
      const subject = subjectOf(gossip.family, author, rule, day);
      const count = Math.min(VIOLATION_COUNT_MAX, (found.get(toHex(subject))?.count ?? 0) + 1);
      found.set(toHex(subject), { subject, author, rule, day, count });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** Whether the ledger has it, whoever said so. */
export function isWritten({ rules }: LedgerState, { subject }: Violation): boolean {
  return rules.violations.some((one) => isSameBytes(one.subject, subject));
}

/**
 * Whether this member's devices may bring it before the family now: parents at once, other members when
 * a whole day has passed after that day and no parent did; never who did it, and no contact.
 */
export function mayReport(
  state: LedgerState,
  me: MemberId,
  { author, day }: Violation,
  now: number,
): boolean {
  const member = memberAt({ state, height: state.height, time: now }, me);
  if (member === null || isSameBytes(me, author)) return false;
  const role = roleAt(member, state.height);
  if (role === "contact") return false;
  return role === "parent" || now >= (day + 1 + OTHERS_REPORT_DAYS) * DAY_MS;
}

/** Whose report it is about: only the hash of it stands in the ledger. */
export function authorOf(
  state: LedgerState,
  { subject, rule, day }: Pick<Violation, "subject" | "rule" | "day">,
): MemberId | null {
  const found = state.members.find(({ id }) =>
    isSameBytes(subjectOf(state.family, id, rule, day), subject),
  );
  return found?.id ?? null;
}
