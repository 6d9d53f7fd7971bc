import { describe, expect, test } from "vitest";
import { actorOf, FOUNDER, keyOf, NOW, stateOf, type Actor } from "./family-fixture.suite.test.ts";
import { permits, toMember, type PermissionRule } from "./permits.ts";

const MUM = actorOf(keyOf(2));
const CHILD = actorOf(keyOf(3));
const BROTHER = actorOf(keyOf(4));
const AUNT = actorOf(keyOf(5));
const FRIEND = actorOf(keyOf(6));
const NEIGHBOUR = actorOf(keyOf(7));
const STRANGER = actorOf(keyOf(8));

const BASE = stateOf([
  { actor: FOUNDER, role: "parent", isReplica: true },
  { actor: MUM, role: "parent" },
  { actor: CHILD, role: "child" },
  { actor: BROTHER, role: "child" },
  { actor: AUNT, role: "relative" },
  { actor: FRIEND, role: "contact", admittedBy: CHILD },
  { actor: NEIGHBOUR, role: "contact", admittedBy: MUM },
]);
const STATE = {
  ...BASE,
  members: BASE.members.map((one) => ({
    ...one,
    registeredAt: one.role === "contact" ? 4 : one.role === "relative" ? 2 : 0,
  })),
};

const answer = (from: Actor, to: Actor): "yes" | PermissionRule => {
  const permission = permits(STATE, from.member, "send", toMember(to.member), NOW);
  return permission.ok ? "yes" : permission.rule;
};

const NO = "contacts-meet-who-accepted-them";

describe("the permission table", () => {
  const rows: readonly (readonly [string, Actor, Actor, "yes" | PermissionRule, string])[] = [
    ["PM1", FOUNDER, MUM, "yes", "parent and parent"],
    ["PM1", MUM, CHILD, "yes", "parent and child"],
    ["PM1", CHILD, BROTHER, "yes", "child and child"],
    ["PM1", CHILD, AUNT, "yes", "child and relative"],
    ["PM1", AUNT, MUM, "yes", "relative and parent"],
    ["PM2", FRIEND, CHILD, "yes", "contact and who admitted it"],
    ["PM2", FRIEND, MUM, "yes", "contact and a parent that did not admit it"],
    ["PM2", FRIEND, FRIEND, "yes", "contact and its own devices"],
    ["PM2", FRIEND, BROTHER, NO, "contact and another child"],
    ["PM2", FRIEND, AUNT, NO, "contact and relative"],
    ["PM2", FRIEND, NEIGHBOUR, NO, "contact and contact"],
    ["PM2", NEIGHBOUR, CHILD, NO, "a parent's contact and a child"],
    ["PM3", STRANGER, MUM, "unknown-member", "somebody unknown"],
  ];
  for (const [rule, from, to, expected, what] of rows) {
    test(`[${rule}] [PM4] ${what}: ${expected}, both ways`, () => {
      expect([answer(from, to), answer(to, from)]).toEqual([expected, expected]);
    });
  }

  test("[PM2] [PM3] a refusal names the height of its rule", () => {
    expect(permits(STATE, FRIEND.member, "send", toMember(AUNT.member), NOW)).toMatchObject({
      height: 4,
    });
    expect(permits(STATE, STRANGER.member, "send", toMember(AUNT.member), NOW)).toMatchObject({
      height: 5,
    });
  });
});
