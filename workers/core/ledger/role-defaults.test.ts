/**
 * The whole table of role defaults, spelled out once more by whom each permission reaches. For each
 * role in the order of the columns, the letters of the targets that are allowed:
 * S oneself · W a ward (Mia for Mum) or a guardian (Mum for Mia) · K another child · F a relative ·
 * C Zoe, whom Mia admitted · A the family · O an own group · G a group one is in · X another group
 */
import { describe, expect, test } from "vitest";
import { fill, NOW, type Actor } from "./family-fixture.suite.test.ts";
import { permits, type Target } from "./permits.ts";
import {
  AUNT,
  FAMILY_OF_EIGHT,
  GRAN,
  groupOf,
  MIA,
  MUM,
  person,
  TOM,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import type { LedgerState } from "./state.ts";
import { PERMISSIONS, type PermissionWord } from "./vocabulary.ts";

const TABLE: Readonly<
  Record<
    PermissionWord,
    readonly [parent: string, child: string, relative: string, contact: string]
  >
> = {
  send: ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", "SWCAOG"],
  read: ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", "SWCAOG"],
  edit: ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", "SWCAOG"],
  delete: ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", "SWCAOG"],
  forward: ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", ""],
  "send-emergency": ["SWKFCAOG", "SWKFCAOG", "SWKFAOG", "SWCAOG"],
  "create-group": ["SWKFA", "", "SWKFA", ""],
  "delete-group": ["OGX", "O", "O", ""],
  "edit-group": ["OGX", "O", "O", ""],
  "invite-to-group": ["OGX", "O", "O", ""],
  "remove-from-group": ["OGX", "O", "O", ""],
  "approve-group-members": ["SWK", "", "S", ""],
  moderate: ["OGX", "O", "O", ""],
  "see-status": ["SWKFCAOGX", "SWKFA", "SWKFA", "SC"],
  "see-place": ["SWKFA", "SWKFA", "SWKFA", ""],
  "share-place": ["SWKFA", "SWKFA", "SWKFA", ""],
  "manage-contacts": ["SWKFCAOGX", "", "", ""],
  "approve-contacts": ["SWK", "", "S", ""],
  "oversee-messages": ["WK", "", "", ""],
  "set-boundaries": ["SWKFA", "", "S", ""],
  "set-controls": ["WK", "", "", ""],
  "see-controls": ["SWKFA", "S", "", ""],
  "set-filters": ["SWK", "", "S", ""],
  "see-filters": ["SWK", "S", "S", "SC"],
  "manage-roles": ["SWKFCAOGX", "", "", ""],
  "manage-devices": ["SWKFCAOGX", "", "", ""],
  "see-history": ["SWKFA", "SWKFA", "SWKFA", ""],
  "change-settings": ["SWKFA", "", "", ""],
  "see-settings": ["SWKFA", "SWKFA", "SWKFA", ""],
};

const OWN = fill(16, 0x51);
const JOINED = fill(16, 0x52);
const OTHER = fill(16, 0x53);

/** The family with an own group of that person, one that it is in, and one that it is not in. */
const seenBy = (actor: Actor): LedgerState => {
  const stranger = actor === GRAN ? AUNT : GRAN;
  return withRules({
    groups: [
      groupOf(0x51, "family", actor, [actor, stranger]),
      groupOf(0x52, "friends", stranger, [actor, stranger]),
      groupOf(0x53, "family", stranger, [stranger]),
    ],
  });
};

const COLUMNS: readonly (readonly [string, Actor, Readonly<Record<"W" | "K" | "F", Actor>>])[] = [
  ["parent", MUM, { W: MIA, K: TOM, F: GRAN }],
  ["child", MIA, { W: MUM, K: TOM, F: GRAN }],
  ["relative", GRAN, { W: MUM, K: TOM, F: AUNT }],
  ["contact", ZOE, { W: MUM, K: TOM, F: GRAN }],
];

describe("the table of role defaults", () => {
  test("[PM5] has a row for every permission", () => {
    expect(Object.keys(TABLE).sort()).toEqual([...PERMISSIONS].sort());
    expect(FAMILY_OF_EIGHT.members.length).toBe(8);
  });

  for (const permission of PERMISSIONS) {
    for (const [index, [role, actor, others]] of COLUMNS.entries()) {
      const expected = TABLE[permission][index] ?? "";
      test(`[PM5] ${role}: ${permission} reaches ${expected || "nobody"}`, () => {
        const targets: readonly (readonly [string, Target])[] = [
          ["S", person(actor)],
          ["W", person(others.W)],
          ["K", person(others.K)],
          ["F", person(others.F)],
          ["C", person(ZOE)],
          ["A", { type: "family" }],
          ["O", { type: "group", group: OWN }],
          ["G", { type: "group", group: JOINED }],
          ["X", { type: "group", group: OTHER }],
        ];
        const state = seenBy(actor);
        const reached = targets
          .filter(([, target]) => permits(state, actor.member, permission, target, NOW).ok)
          .map(([letter]) => letter);
        expect(reached.join("")).toBe(expected);
      });
    }
  }
});
