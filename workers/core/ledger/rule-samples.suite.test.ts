/**
 * One rule book with an entry of every kind, as small as a sample or as large as its shape allows:
 * for golden bytes and for limits.
 */
import { UINT_MAX } from "../codec/limits.ts";
import { fill, keyOf } from "./family-fixture.suite.test.ts";
import * as limits from "./limits.ts";
import type { RuleBook } from "./rule-book.ts";
import { encodeAction, type TransactionBody } from "./transaction.ts";
import { MEDIA } from "./vocabulary.ts";

/** Entries of a list that may hold `max`. */
type Fill = <T>(make: (index: number) => T, max: number) => readonly T[];

const all: Fill = (make, max) => Array.from({ length: max }, (_, index) => make(index));

/** `number`: what every integer is; `some`: how full each list is. */
export function ruleBookOf(number: number, some: Fill): RuleBook {
  const span = {
    by: fill(16, 0x31),
    from: number,
    ended: { height: number, time: number },
  };
  const id = fill(16, 0x30);
  const member = fill(16, 0x32);
  const window = { days: 65, from: 1_200, to: 420 };
  const windows = some(() => window, limits.WINDOWS_MAX);
  return {
    grants: some(
      () => ({
        id,
        isDenial: true,
        member,
        permission: "see-settings" as const,
        scope: { type: "member" as const, member: fill(16, 0x33) },
        condition: { type: "weekly" as const, windows },
        expiresAt: number,
        ...span,
      }),
      limits.GRANTS_MAX,
    ),
    controls: some(
      () => ({
        id,
        child: member,
        version: 2,
        guardians: some(() => fill(16, 0x34), limits.GUARDIANS_MAX),
        contacts: "approved" as const,
        quiet: windows,
        oversight: true,
        confidants: some(() => fill(16, 0x35), limits.CONFIDANTS_MAX),
        location: "guardians-see" as const,
        dailyMessages: 50,
        media: some(() => "voice" as const, MEDIA.length),
        endsAt: number,
        ...span,
      }),
      limits.CONTROLS_MAX,
    ),
    groups: some(
      () => ({
        id,
        kind: "friends" as const,
        name: keyOf(7),
        members: some(
          () => ({
            member,
            via: id,
            signedAt: number,
            from: number,
            ended: { height: number, time: number, signedAt: number },
          }),
          limits.GROUP_MEMBERS_MAX,
        ),
        ...span,
      }),
      limits.GROUPS_MAX,
    ),
    filters: some(
      () => ({
        id,
        member,
        sealed: keyOf(8),
        mode: "withhold" as const,
        isReporting: true,
        ...span,
      }),
      limits.FILTERS_MAX,
    ),
    places: some(() => ({ id, member, sealed: keyOf(9), ...span }), limits.PLACES_MAX),
    settings: some(
      () => ({
        id,
        version: 3,
        retentionDays: 60,
        messageBytes: 4_096,
        locationSeconds: 300,
        zone: {
          name: "Europe/Berlin".padEnd(64, "."),
          offsets: some(() => ({ from: number, offset: 900 }), limits.OFFSETS_MAX),
        },
        ...span,
      }),
      limits.SETTINGS_MAX,
    ),
    decisions: some(
      () => ({
        id,
        request: id,
        member,
        grant: fill(16, 0x36),
        isApproved: true,
        until: number,
        ...span,
      }),
      limits.DECISIONS_MAX,
    ),
    emergencies: some(
      () => ({
        id,
        alert: fill(16, 0x3d),
        member,
        height: number,
        time: number,
        resolved: { by: fill(16, 0x37), height: number, time: number },
      }),
      limits.EMERGENCIES_MAX,
    ),
    violations: some(
      () => ({ id, subject: fill(16, 0x3e), rule: 7, day: number, count: 9, by: member }),
      limits.VIOLATIONS_MAX,
    ),
    narrowings: some(
      () => ({
        id,
        height: number,
        time: number,
        by: member,
        members: some(() => member, limits.TOUCHED_MAX),
        cuts: some(
          () => ({ device: fill(16, 0x38), stream: 2 ** 32, seq: 2 ** 40, id: fill(16, 0x39) }),
          limits.NARROWED_STREAMS_MAX,
        ),
      }),
      limits.NARROWINGS_MAX,
    ),
    proposals: some(
      () => ({
        id,
        by: member,
        device: fill(16, 0x3a),
        action: fill(number === UINT_MAX ? limits.ACTION_BYTES_MAX : 3, 0x3b),
        signedAt: number,
        openedHeight: number,
        noticeFrom: number,
        expiresAt: number,
        voices: some(
          () => ({ member, device: fill(16, 0x3c), isApproval: true, time: number }),
          limits.VOICES_MAX,
        ),
      }),
      limits.PROPOSALS_MAX,
    ),
    tallies: some(
      () => ({ id: member, day: number, ordinary: 20, urgent: 4, reports: 2 }),
      limits.MEMBERS_MAX,
    ),
    closedAt: number,
    forgotten: { height: number, time: number },
  };
}

export const LARGEST_RULES: RuleBook = ruleBookOf(UINT_MAX, all);

const MEMBER = fill(16, 0x81);
const RULE = fill(16, 0x82);
const CUTS = { cuts: [{ device: fill(16, 0x83), stream: 2, seq: 7, id: fill(16, 0x84) }] };
const WINDOW = { days: 65, from: 1_200, to: 420 };
const GRANT = {
  member: MEMBER,
  permission: "forward",
  scope: { type: "member", member: fill(16, 0x85) },
  condition: { type: "weekly", windows: [WINDOW] },
  expiresAt: 9,
} as const;

/** One body of every kind that makes or unmakes rules. */
export const RULE_SAMPLES: readonly TransactionBody[] = [
  { type: "role-assigned", member: MEMBER, from: "relative", to: "contact", ...CUTS },
  { type: "member-removed", member: MEMBER, ...CUTS },
  { type: "member-left", ...CUTS },
  { type: "group-created", kind: "friends", name: keyOf(1), members: [MEMBER] },
  { type: "group-updated", group: RULE, name: keyOf(2) },
  { type: "group-archived", group: RULE, ...CUTS },
  { type: "group-member-added", group: RULE, member: MEMBER },
  { type: "group-member-removed", group: RULE, member: MEMBER, ...CUTS },
  { type: "permission-granted", ...GRANT },
  { type: "permission-denied", ...GRANT, ...CUTS },
  { type: "permission-ended", rule: RULE, ...CUTS },
  {
    type: "control-set",
    child: MEMBER,
    version: 2,
    guardians: [fill(16, 0x86)],
    contacts: "family",
    quiet: [WINDOW],
    oversight: true,
    confidants: [fill(16, 0x87)],
    location: "guardians-only",
    dailyMessages: 50,
    media: ["photo", "place"],
    endsAt: 8,
    ...CUTS,
  },
  {
    type: "filter-set",
    member: MEMBER,
    sealed: keyOf(3),
    mode: "withhold",
    isReporting: true,
    replaces: RULE,
  },
  { type: "filter-removed", filter: RULE },
  { type: "place-set", member: MEMBER, sealed: keyOf(4), replaces: RULE },
  { type: "place-removed", place: RULE },
  {
    type: "setting-changed",
    version: 3,
    retentionDays: 60,
    messageBytes: 4_096,
    locationSeconds: 300,
    zone: { name: "Europe/Berlin", offsets: [{ from: 5, offset: 900 }] },
    ...CUTS,
  },
  { type: "rules-raised", version: 2 },
  { type: "recovery-key-replaced", member: MEMBER, key: keyOf(5) },
  { type: "secret-renewed", epoch: 2, commitment: keyOf(6) },
  {
    type: "request-decided",
    request: fill(16, 0x88),
    member: MEMBER,
    grant: RULE,
    isApproved: true,
    until: 7,
  },
  { type: "emergency-recorded", alert: fill(16, 0x89) },
  { type: "emergency-resolved", alert: fill(16, 0x89), member: MEMBER },
  { type: "violation-recorded", subject: fill(16, 0x8a), rule: 7, day: 6, count: 5 },
  { type: "family-closed" },
  { type: "proposed", action: encodeAction({ type: "family-closed" }) },
  { type: "approved", proposal: RULE, ...CUTS },
  { type: "objected", proposal: RULE },
  { type: "withdrawn", proposal: RULE },
  { type: "enacted", proposal: RULE, ...CUTS },
];

const MANY_CUTS = {
  cuts: all(
    () => ({ device: fill(16, 1), stream: 2 ** 32, seq: 2 ** 40, id: fill(16, 1) }),
    limits.NARROWED_STREAMS_MAX,
  ),
};

/** The longest body of each of the kinds that can be long. */
export const LARGEST_BODIES: readonly TransactionBody[] = [
  {
    type: "control-set",
    child: MEMBER,
    version: 2 ** 32,
    guardians: all(() => MEMBER, limits.GUARDIANS_MAX),
    contacts: "family",
    quiet: all(() => WINDOW, limits.WINDOWS_MAX),
    oversight: true,
    confidants: all(() => MEMBER, limits.CONFIDANTS_MAX),
    location: "guardians-only",
    dailyMessages: 10_000,
    media: all(() => "place" as const, MEDIA.length),
    endsAt: UINT_MAX,
    ...MANY_CUTS,
  },
  {
    type: "setting-changed",
    version: 2 ** 32,
    retentionDays: 365,
    messageBytes: 32_768,
    locationSeconds: 86_400,
    zone: {
      name: "x".repeat(64),
      offsets: all(() => ({ from: UINT_MAX, offset: 1_680 }), limits.OFFSETS_MAX),
    },
    ...MANY_CUTS,
  },
  {
    type: "permission-denied",
    ...GRANT,
    condition: { type: "weekly", windows: all(() => WINDOW, limits.WINDOWS_MAX) },
    expiresAt: UINT_MAX,
    ...MANY_CUTS,
  },
  {
    type: "group-created",
    kind: "friends",
    name: keyOf(1),
    members: all(() => MEMBER, limits.GROUP_FOUNDERS_MAX),
  },
  { type: "proposed", action: fill(limits.ACTION_BYTES_MAX, 1) },
];
