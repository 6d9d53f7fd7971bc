/**
 * What each role may do before anybody has granted or denied anything: one line a permission, in the
 * order parent, child, relative, contact. SPEC PM5. Source: DESIGN §1, the people; §4, the vocabulary.
 */
import type { Role } from "./transaction.ts";
import type { PermissionWord } from "./vocabulary.ts";

/** Whom or what a default reaches. */
export type Reach =
  | "nobody"
  /** Only oneself. */
  | "self"
  /** The children whose guardian one is. */
  | "wards"
  /** Oneself and those children. */
  | "self-and-wards"
  /** Everybody but contacts, the family as a whole, and oneself. */
  | "family"
  /** Groups that one made. */
  | "own-groups"
  /** Every group. */
  | "groups"
  /** Everybody whom one may meet, the family, and groups in which one is. */
  | "everybody";

type Row = readonly [parent: Reach, child: Reach, relative: Reach, contact: Reach];

const DEFAULTS: Readonly<Record<PermissionWord, Row>> = {
  send: ["everybody", "everybody", "everybody", "everybody"],
  read: ["everybody", "everybody", "everybody", "everybody"],
  edit: ["everybody", "everybody", "everybody", "everybody"],
  delete: ["everybody", "everybody", "everybody", "everybody"],
  forward: ["everybody", "everybody", "everybody", "nobody"],
  "send-emergency": ["everybody", "everybody", "everybody", "everybody"],
  "create-group": ["family", "nobody", "family", "nobody"],
  "delete-group": ["groups", "own-groups", "own-groups", "nobody"],
  "edit-group": ["groups", "own-groups", "own-groups", "nobody"],
  "invite-to-group": ["groups", "own-groups", "own-groups", "nobody"],
  "remove-from-group": ["groups", "own-groups", "own-groups", "nobody"],
  "approve-group-members": ["self-and-wards", "nobody", "self", "nobody"],
  moderate: ["groups", "own-groups", "own-groups", "nobody"],
  "see-status": ["everybody", "family", "family", "self"],
  "see-place": ["family", "family", "family", "nobody"],
  "share-place": ["family", "family", "family", "nobody"],
  "manage-contacts": ["everybody", "nobody", "nobody", "nobody"],
  "approve-contacts": ["self-and-wards", "nobody", "self", "nobody"],
  "oversee-messages": ["wards", "nobody", "nobody", "nobody"],
  "set-boundaries": ["family", "nobody", "self", "nobody"],
  "set-controls": ["wards", "nobody", "nobody", "nobody"],
  "see-controls": ["family", "self", "nobody", "nobody"],
  "set-filters": ["self-and-wards", "nobody", "self", "nobody"],
  "see-filters": ["self-and-wards", "self", "self", "self"],
  "manage-roles": ["everybody", "nobody", "nobody", "nobody"],
  "manage-devices": ["everybody", "nobody", "nobody", "nobody"],
  "see-history": ["family", "family", "family", "nobody"],
  "change-settings": ["family", "nobody", "nobody", "nobody"],
  "see-settings": ["family", "family", "family", "nobody"],
};

const COLUMN: Readonly<Record<Role, 0 | 1 | 2 | 3>> = {
  parent: 0,
  child: 1,
  relative: 2,
  contact: 3,
};

export function defaultReach(role: Role, permission: PermissionWord): Reach {
  return DEFAULTS[permission][COLUMN[role]];
}

/** Held by everybody whatever is denied: help, the rules under which one lives, one's own words. */
export const UNDENIABLE: ReadonlySet<PermissionWord> = new Set<PermissionWord>([
  "read",
  "send-emergency",
  "see-controls",
  "see-filters",
  "see-history",
  "see-settings",
]);
