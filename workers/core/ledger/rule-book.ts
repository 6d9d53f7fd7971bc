/**
 * The rules that a family has made, as the state holds them. A rule that ended stays with the heights
 * from which to which it held, for as long as a message that cites such a height may still be judged;
 * then a new height forgets it (forgetting.ts). Lists are sorted by id. SPEC RB1. Source: DESIGN §4.11.
 */
import { blobHash, deviceId, memberId, messageId } from "../codec/ids.ts";
import { bool, bytes, list, oneOf, option, struct, uint, type Shaped } from "../codec/shape.ts";
import {
  ACTION_BYTES_MAX,
  CONFIDANTS_MAX,
  CONTROLS_MAX,
  DECISIONS_MAX,
  EMERGENCIES_MAX,
  FILTERS_MAX,
  GRANTS_MAX,
  GROUP_MEMBERS_MAX,
  GROUPS_MAX,
  GUARDIANS_MAX,
  MEMBERS_MAX,
  NARROWED_STREAMS_MAX,
  NARROWINGS_MAX,
  PLACES_MAX,
  PROPOSALS_MAX,
  SETTINGS_MAX,
  TOUCHED_MAX,
  VIOLATIONS_MAX,
  VOICES_MAX,
  WINDOWS_MAX,
} from "./limits.ts";
import {
  conditionShape,
  MEDIA,
  mediaShape,
  permissionShape,
  ruleId,
  scopeShape,
  windowShape,
} from "./vocabulary.ts";
import { zoneShape } from "./week.ts";

/** From when to when a rule holds: from the block `from` on, up to the block `ended`, not included. */
const span = {
  /** Member whose device signed it, or who proposed it. */
  by: memberId,
  from: uint(),
  ended: option(struct({ height: uint(), time: uint() })),
} as const;

/** Where a narrowing takes hold in each stream that its signer knew. */
export const narrowedCutsShape = list(
  struct({ device: deviceId, stream: uint(2 ** 32), seq: uint(2 ** 40), id: messageId }),
  NARROWED_STREAMS_MAX,
);

export type NarrowedCuts = Shaped<typeof narrowedCutsShape>;

/** What a grant or denial says, in its transaction and in the state. */
export const grantFields = {
  member: memberId,
  permission: permissionShape,
  scope: scopeShape,
  condition: conditionShape,
  /** Milliseconds since the epoch, not included; none: until it is taken back. */
  expiresAt: option(uint()),
} as const;
const grant = struct({ id: ruleId, isDenial: bool, ...grantFields, ...span });
export type Grant = Shaped<typeof grant>;

/** Whom a child may write to: everybody whom it may meet; contacts that were allowed; family alone. */
export const CONTACT_POLICIES = ["open", "approved", "family"] as const;
/** Who sees a child's place: whom it chooses; guardians always; guardians and nobody else. */
export const LOCATION_POLICIES = ["own-choice", "guardians-see", "guardians-only"] as const;

/** What parents set for a child, in its transaction and in the state. */
export const controlFields = {
  child: memberId,
  /** One more than that of the control which it replaces, 1 for the first. */
  version: uint(2 ** 32, 1),
  guardians: list(memberId, GUARDIANS_MAX, 1),
  contacts: oneOf(CONTACT_POLICIES),
  quiet: list(windowShape, WINDOWS_MAX),
  /** Whether guardians read along, seen by everybody in the conversation. */
  oversight: bool,
  /** Members whose conversations with the child nobody reads along. */
  confidants: list(memberId, CONFIDANTS_MAX),
  location: oneOf(LOCATION_POLICIES),
  /** Messages a day; none: no limit. */
  dailyMessages: option(uint(10_000)),
  media: list(mediaShape, MEDIA.length),
  /** The child's eighteenth birthday, milliseconds since the epoch: the control ends by itself. */
  endsAt: uint(),
} as const;
const control = struct({ id: ruleId, ...controlFields, ...span });
export type Control = Shaped<typeof control>;

export const GROUP_KINDS = ["family", "friends"] as const;
export const groupKindShape = oneOf(GROUP_KINDS);
const groupMember = struct({
  member: memberId,
  /** Of the transaction that brought it in: the first 16 bytes of its id. */
  via: ruleId,
  /** When that was signed, milliseconds since the epoch. */
  signedAt: uint(),
  from: uint(),
  /** And when it was signed that it ends. */
  ended: option(struct({ height: uint(), time: uint(), signedAt: uint() })),
});
const group = struct({
  id: ruleId,
  kind: groupKindShape,
  name: blobHash,
  members: list(groupMember, GROUP_MEMBERS_MAX),
  ...span,
});
export type Group = Shaped<typeof group>;

export const filterFields = {
  member: memberId,
  /** The words or phrases, sealed for the member and its guardians. */
  sealed: blobHash,
  mode: oneOf(["hide", "withhold"]),
  /** Whether what it hits is reported to the guardians. */
  isReporting: bool,
} as const;
const filter = struct({ id: ruleId, ...filterFields, ...span });

export const placeFields = {
  /** Whom it is about; none: a place of the family. */
  member: option(memberId),
  /** Name, coordinates and radius, sealed. */
  sealed: blobHash,
} as const;
const place = struct({ id: ruleId, ...placeFields, ...span });

export const settingFields = {
  /** One more than that of the settings which it replaces, 1 for the first. */
  version: uint(2 ** 32, 1),
  retentionDays: uint(365, 1),
  /** Bytes of UTF-8 of one text. */
  messageBytes: uint(32_768, 256),
  /** Seconds between two places of one device. */
  locationSeconds: uint(86_400, 10),
  zone: option(zoneShape),
} as const;
const setting = struct({ id: ruleId, ...settingFields, ...span });
export type Setting = Shaped<typeof setting>;

/** What a guardian decided on a child's request. */
export const decisionFields = {
  request: messageId,
  member: memberId,
  /** The grant on approval that it opens. */
  grant: option(ruleId),
  isApproved: bool,
  /** Milliseconds since the epoch at which an approval ends, not included. */
  until: uint(),
} as const;
const decision = struct({ id: ruleId, ...decisionFields, ...span });
export type Decision = Shaped<typeof decision>;

const emergency = struct({
  id: ruleId,
  /** The message, as its author names it: two members may name the same. */
  alert: messageId,
  member: memberId,
  height: uint(),
  /** Time of the block that recorded it. */
  time: uint(),
  resolved: option(struct({ by: memberId, height: uint(), time: uint() })),
});

const violation = struct({
  id: ruleId,
  /** Hash of author, rule and day, by the word of who reports it. */
  subject: ruleId,
  rule: uint(255),
  /** Whole days since the epoch. */
  day: uint(),
  count: uint(65_535, 1),
  by: memberId,
});

/** One narrowing: whose messages above the cut are judged by the rules after it as well. */
const narrowing = struct({
  id: ruleId,
  height: uint(),
  time: uint(),
  /** Who asked for it: of that member's own streams not the cuts count but the time. */
  by: memberId,
  members: list(memberId, TOUCHED_MAX),
  cuts: narrowedCutsShape,
});

/** What a member said about a proposal; a later word replaces an earlier one. */
const voice = struct({
  member: memberId,
  device: deviceId,
  isApproval: bool,
  /** Time of the block that holds it. */
  time: uint(),
});

const proposal = struct({
  id: ruleId,
  by: memberId,
  device: deviceId,
  /** Encoded body of the transaction that happens if it is decided. */
  action: bytes(1, ACTION_BYTES_MAX),
  /** Author's clock when it was signed. */
  signedAt: uint(),
  openedHeight: uint(),
  /** Time of the block that opened it, or of a later one that changed who the parents are. */
  noticeFrom: uint(),
  /** Milliseconds since the epoch after which nobody can join it. */
  expiresAt: uint(),
  voices: list(voice, VOICES_MAX),
});

/** What a member has used up of a day. */
const tally = struct({
  id: memberId,
  day: uint(),
  ordinary: uint(255),
  urgent: uint(255),
  reports: uint(255),
});

export const ruleBookShape = struct({
  grants: list(grant, GRANTS_MAX),
  controls: list(control, CONTROLS_MAX),
  groups: list(group, GROUPS_MAX),
  filters: list(filter, FILTERS_MAX),
  places: list(place, PLACES_MAX),
  settings: list(setting, SETTINGS_MAX),
  decisions: list(decision, DECISIONS_MAX),
  emergencies: list(emergency, EMERGENCIES_MAX),
  violations: list(violation, VIOLATIONS_MAX),
  narrowings: list(narrowing, NARROWINGS_MAX),
  proposals: list(proposal, PROPOSALS_MAX),
  tallies: list(tally, MEMBERS_MAX),
  /** Height at which the family was closed. */
  closedAt: option(uint()),
  /**
   * The highest height below which something held that is forgotten by now, and when it ended: what
   * cites an older one is judged no more, but for what was said until shortly after.
   */
  forgotten: option(struct({ height: uint(), time: uint() })),
});
export type RuleBook = Shaped<typeof ruleBookShape>;

export const NO_RULES: RuleBook = {
  grants: [],
  controls: [],
  groups: [],
  filters: [],
  places: [],
  settings: [],
  decisions: [],
  emergencies: [],
  violations: [],
  narrowings: [],
  proposals: [],
  tallies: [],
  closedAt: null,
  forgotten: null,
};

interface Span {
  readonly from: number;
  readonly ended: { readonly height: number; readonly time: number } | null;
}

/** Whether a rule holds at a height. */
export function isInForce(rule: Span, height: number): boolean {
  return rule.from <= height && (rule.ended === null || rule.ended.height > height);
}
