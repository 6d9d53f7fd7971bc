/** A family with one of each, and short ways to give it rules: for what reads rules. */
import {
  actorOf,
  DAY,
  fill,
  FOUNDER,
  keyOf,
  NOW,
  stateOf,
  type Actor,
} from "./family-fixture.suite.test.ts";
import type { Target } from "./permits.ts";
import { NO_RULES, type Control, type Grant, type RuleBook } from "./rule-book.ts";
import type { LedgerState } from "./state.ts";
import { OFFSET_OF_UTC, type Zone } from "./week.ts";

export const DAD = FOUNDER;
export const MUM = actorOf(keyOf(2));
export const MIA = actorOf(keyOf(3));
export const TOM = actorOf(keyOf(4));
export const GRAN = actorOf(keyOf(5));
/** Mia's friend. */
export const ZOE = actorOf(keyOf(6));
/** The parents' neighbour. */
export const MR_LEE = actorOf(keyOf(7));
export const AUNT = actorOf(keyOf(8));

/** Two parents, two children, two relatives, and a friend of Mia's and a neighbour as contacts. */
export const FAMILY_OF_EIGHT = stateOf([
  { actor: DAD, role: "parent", isReplica: true },
  { actor: MUM, role: "parent" },
  { actor: MIA, role: "child" },
  { actor: TOM, role: "child" },
  { actor: GRAN, role: "relative" },
  { actor: AUNT, role: "relative" },
  { actor: ZOE, role: "contact", admittedBy: MIA },
  { actor: MR_LEE, role: "contact", admittedBy: MUM },
]);

export const withRules = (
  rules: Partial<RuleBook>,
  state: LedgerState = FAMILY_OF_EIGHT,
): LedgerState => ({ ...state, rules: { ...state.rules, ...rules } });

export const EMPTY_BOOK = NO_RULES;
const SPAN = { by: DAD.member, from: 3, ended: null };
export const EIGHTEEN = NOW + 3_000 * DAY;

export const controlFor = (child: Actor, fields: Partial<Control> = {}): Control => ({
  id: fill(16, 0x40),
  child: child.member,
  version: 1,
  guardians: [DAD.member, MUM.member],
  contacts: "open",
  quiet: [],
  oversight: false,
  confidants: [],
  location: "own-choice",
  dailyMessages: null,
  media: ["text", "photo", "voice", "place"],
  endsAt: EIGHTEEN,
  ...SPAN,
  ...fields,
});

export const grantFor = (member: Actor, fields: Partial<Grant>): Grant => ({
  id: fill(16, 0x41),
  isDenial: false,
  member: member.member,
  permission: "send",
  scope: { type: "everybody" },
  condition: { type: "always" },
  expiresAt: null,
  ...SPAN,
  ...fields,
});

/** UTC, all year. */
export const UTC: Zone = { name: "UTC", offsets: [{ from: 0, offset: OFFSET_OF_UTC }] };

export const settingsIn = (zone: Zone): RuleBook["settings"] => [
  {
    id: fill(16, 0x42),
    version: 1,
    retentionDays: 30,
    messageBytes: 32_768,
    locationSeconds: 60,
    zone,
    ...SPAN,
  },
];

export const groupOf = (
  number: number,
  kind: "family" | "friends",
  by: Actor,
  members: readonly Actor[],
): RuleBook["groups"][number] => ({
  id: fill(16, number),
  kind,
  name: fill(32, number),
  members: members.map((one) => ({
    member: one.member,
    via: fill(16, number),
    signedAt: NOW - DAY,
    from: 3,
    ended: null,
  })),
  ...SPAN,
  by: by.member,
});

export const person = (actor: Actor): Target => ({ type: "member", member: actor.member });
