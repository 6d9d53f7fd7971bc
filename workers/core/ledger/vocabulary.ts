/**
 * The words in which a family's rules are written: permissions, scopes, conditions, kinds of media.
 * Their order is a wire fact; append only. What they mean is permits.ts's to say. SPEC PM5, PM6.
 * Source: DESIGN §4, the vocabulary after §4.13.
 */
import { bytes, list, oneOf, struct, uint, union, type Shaped } from "../codec/shape.ts";
import { memberId } from "../codec/ids.ts";
import { WINDOWS_MAX } from "./limits.ts";

/** Roles as wire numbers in this order; append only. */
export const ROLES = ["parent", "child", "relative", "contact"] as const;
export type Role = (typeof ROLES)[number];
export const roleShape = oneOf(ROLES);

/** Everything that can be allowed or forbidden; wire numbers in this order. */
export const PERMISSIONS = [
  "send",
  "read",
  "edit",
  "delete",
  "forward",
  "send-emergency",
  "create-group",
  "delete-group",
  "edit-group",
  "invite-to-group",
  "remove-from-group",
  "approve-group-members",
  "moderate",
  "see-status",
  "see-place",
  "share-place",
  "manage-contacts",
  "approve-contacts",
  "oversee-messages",
  "set-boundaries",
  "set-controls",
  "see-controls",
  "set-filters",
  "see-filters",
  "manage-roles",
  "manage-devices",
  "see-history",
  "change-settings",
  "see-settings",
] as const;
export type PermissionWord = (typeof PERMISSIONS)[number];
export const permissionShape = oneOf(PERMISSIONS);

/** What a message can hold; wire numbers in this order. */
export const MEDIA = ["text", "photo", "voice", "place"] as const;
export type Media = (typeof MEDIA)[number];
export const mediaShape = oneOf(MEDIA);

/** A rule, group, place, filter or proposal: first 16 bytes of the hash of what made it. */
export const ruleId = bytes(16);

/** A weekly window in the family's time; it may run past midnight, and past Sunday. */
export const windowShape = struct({
  /** Days on which it starts, a bit each: 1 is Monday, 64 Sunday. */
  days: uint(127, 1),
  /** Minute of the day at which it starts. */
  from: uint(1_439),
  /** Minute of the day at which it ends, not included; at or before `from`: on the next day. */
  to: uint(1_440, 1),
});
export type Window = Shaped<typeof windowShape>;

/** Whom or what a grant or denial is about. */
export const scopeShape = union({
  self: [0, struct({})],
  member: [1, struct({ member: memberId })],
  group: [2, struct({ group: ruleId })],
  "family-groups": [3, struct({})],
  "friends-groups": [4, struct({})],
  /** The children whose guardian the member is. */
  supervised: [5, struct({})],
  /** Members of the same role. */
  peers: [6, struct({})],
  everybody: [7, struct({})],
});
export type Scope = Shaped<typeof scopeShape>;

/** When a grant or denial holds. */
export const conditionShape = union({
  always: [0, struct({})],
  weekly: [1, struct({ windows: list(windowShape, WINDOWS_MAX, 1) })],
  /** While a decision about it by a guardian of the member is in force. */
  "on-approval": [2, struct({})],
  /** While an emergency of the family is not resolved, a day at most. */
  emergency: [3, struct({})],
  /** Milliseconds since the epoch, not included. */
  until: [4, struct({ time: uint() })],
});
