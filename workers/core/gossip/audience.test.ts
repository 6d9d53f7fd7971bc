import { describe, expect, test } from "vitest";
import { fill, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import type { RuleBook } from "../ledger/rule-book.ts";
import {
  AUNT,
  controlFor,
  DAD,
  grantFor,
  GRAN,
  groupOf,
  MIA,
  MR_LEE,
  MUM,
  settingsIn,
  TOM,
  UTC,
  withRules,
  ZOE,
} from "../ledger/rules-fixture.suite.test.ts";
import type { LedgerState } from "../ledger/state.ts";
import { membersIn } from "./audience.ts";
import { following, recipientsOf, viewOf } from "./gossip-fixture.suite.test.ts";
import type { Audience, Kind } from "./header.ts";
import { judge, judgeEphemeral, type LedgerView } from "./verdict.ts";

const GROUP = groupOf(1, "family", DAD, [DAD, MIA, GRAN]);
const FRIENDS = groupOf(2, "friends", MUM, [MUM, MIA, ZOE, MR_LEE]);
const GROUPS = withRules({ groups: [GROUP, FRIENDS] });
const EVERYBODY: Audience = { type: "family" };
const IN_GROUP: Audience = { type: "group", group: GROUP.id };
const AMONG_FRIENDS: Audience = { type: "group", group: FRIENDS.id };

interface Said {
  readonly kind?: Kind;
  readonly height?: number;
}

const say = (
  author: Actor,
  audience: Audience,
  to: readonly Actor[],
  view: LedgerView,
  { kind = "group", height = 5 }: Said = {},
): string => {
  const changes = { kind, audience, height, recipients: recipientsOf(author, ...to) };
  const { header } = following(author, null, {}, 0, changes);
  const { verdict } = judge(header, "start", view);
  return verdict.type === "refused" ? `${verdict.rule} ${verdict.height}` : verdict.type;
};

const on = (state: LedgerState): LedgerView => viewOf(state);
const higher = (rules: Partial<RuleBook>): LedgerState => ({
  ...withRules({ ...GROUPS.rules, ...rules }),
  height: 6,
});
const narrowing = (members: readonly Actor[], seq: number, by: Actor) => ({
  id: fill(16, 0x44),
  height: 6,
  time: NOW,
  // Nobody whose messages are judged here.
  by: MR_LEE.member,
  members: members.map((one) => one.member),
  cuts: [{ device: by.device, stream: 0, seq, id: fill(16, 1) }],
});

describe("who is in a conversation", () => {
  const moment = { state: GROUPS, height: 5, time: NOW };
  const names = (audience: Audience, author: Actor): ReadonlySet<string> => {
    const all = { DAD, MUM, MIA, TOM, GRAN, AUNT, ZOE, MR_LEE };
    const ids = membersIn(moment, audience, author.member).map((one) => one.join());
    return new Set(
      Object.entries(all).flatMap(([name, one]) => (ids.includes(one.member.join()) ? [name] : [])),
    );
  };

  test("[VD6] two, who is in the group, or everybody but contacts", () => {
    expect(names({ type: "member", member: MIA.member }, MUM)).toEqual(new Set(["MUM", "MIA"]));
    expect(names({ type: "member", member: MUM.member }, MUM)).toEqual(new Set(["MUM"]));
    expect(names(IN_GROUP, DAD)).toEqual(new Set(["DAD", "MIA", "GRAN"]));
    expect(names({ type: "group", group: fill(16, 9) }, DAD)).toEqual(new Set());
    expect(names(EVERYBODY, DAD)).toEqual(new Set(["DAD", "MUM", "MIA", "TOM", "GRAN", "AUNT"]));
  });

  test("[VD6] nobody else is a recipient of what is said there, but the author's own devices", () => {
    expect(say(DAD, IN_GROUP, [MIA, GRAN], on(GROUPS))).toBe("accepted");
    expect(say(DAD, IN_GROUP, [], on(GROUPS))).toBe("accepted");
    expect(say(DAD, IN_GROUP, [MUM], on(GROUPS))).toBe("recipients 5");
    expect(say(DAD, EVERYBODY, [MUM, MIA, TOM, GRAN, AUNT], on(GROUPS))).toBe("accepted");
    expect(say(DAD, EVERYBODY, [ZOE], on(GROUPS))).toBe("recipients 5");
  });
});

describe("who may speak", () => {
  test("[VD15] in a group who is in it, while it is there", () => {
    expect(say(MUM, IN_GROUP, [], on(GROUPS))).toBe("not-in-group 3");
    const archived = { ...GROUP, ended: { height: 5, time: NOW } };
    const gone = withRules({ groups: [archived] });
    expect(say(DAD, IN_GROUP, [], on(gone))).toBe("unknown-group 5");
    const left = GROUP.members.map((one) =>
      one.member === MIA.member ? { ...one, ended: { height: 4, time: NOW, signedAt: NOW } } : one,
    );
    const without = withRules({ groups: [{ ...GROUP, members: left }] });
    expect(say(MIA, IN_GROUP, [], on(without))).toBe("not-in-group 3");
    expect(say(DAD, IN_GROUP, [MIA], on(without))).toBe("recipients 5");
  });

  test("[VD15] in the family's own conversation everybody but contacts, whoever it is for", () => {
    expect(say(ZOE, EVERYBODY, [], on(GROUPS))).toBe("not-by-role 0");
    expect(say(MR_LEE, EVERYBODY, [MUM], on(GROUPS))).toBe("not-by-role 0");
    for (const one of [MUM, MIA, GRAN])
      expect(say(one, EVERYBODY, [DAD], on(GROUPS))).toBe("accepted");
    for (const kind of ["edit", "delete", "reaction", "receipt"] as const) {
      expect(say(ZOE, EVERYBODY, [], on(GROUPS), { kind })).toBe("not-by-role 0");
    }
  });

  test("[VD15] typing in a group is judged like words", () => {
    const typing = (author: Actor) =>
      judgeEphemeral(
        following(author, null, {}, 0, {
          kind: "presence",
          stream: 1,
          audience: IN_GROUP,
          recipients: recipientsOf(DAD),
        }).header,
        on(GROUPS),
      );
    expect(typing(MIA)).toEqual({ type: "accepted" });
    expect(typing(MUM)).toMatchObject({ rule: "not-in-group" });
  });
});

describe("no way around a rule", () => {
  const denied = grantFor(GRAN, {
    isDenial: true,
    scope: { type: "member", member: MIA.member },
  });

  test("[VD8] whom one may not write to alone one does not reach in a group or the family either", () => {
    const state = withRules({ ...GROUPS.rules, grants: [denied] });
    expect(say(GRAN, IN_GROUP, [DAD], on(state))).toBe("accepted");
    expect(say(GRAN, IN_GROUP, [DAD, MIA], on(state))).toBe("denied 3");
    expect(say(GRAN, EVERYBODY, [DAD, TOM], on(state))).toBe("accepted");
    expect(say(GRAN, EVERYBODY, [DAD, MIA], on(state))).toBe("denied 3");
    expect(say(MIA, EVERYBODY, [GRAN], on(state))).toBe("accepted");
  });

  test("[VD8] a contact meets in a group whom it may meet, and nobody else", () => {
    expect(say(ZOE, AMONG_FRIENDS, [MUM, MIA], on(GROUPS))).toBe("accepted");
    expect(say(MR_LEE, AMONG_FRIENDS, [MUM], on(GROUPS))).toBe("accepted");
    expect(say(MR_LEE, AMONG_FRIENDS, [MUM, MIA], on(GROUPS))).toBe(
      "contacts-meet-who-accepted-them 0",
    );
    expect(say(ZOE, AMONG_FRIENDS, [MR_LEE], on(GROUPS))).toBe("contacts-meet-who-accepted-them 0");
  });

  test("[VD8] a child's quiet hours keep it out, and its words from everybody but its guardians", () => {
    const quiet = [{ days: 127, from: 0, to: 1_440 }];
    const state = withRules({
      ...GROUPS.rules,
      settings: settingsIn(UTC),
      controls: [controlFor(MIA, { quiet })],
    });
    expect(say(AUNT, EVERYBODY, [TOM, MIA], on(state))).toBe("quiet-hours 3");
    expect(say(AUNT, EVERYBODY, [TOM], on(state))).toBe("accepted");
    expect(say(MIA, IN_GROUP, [DAD], on(state))).toBe("quiet-hours 3");
    expect(say(DAD, IN_GROUP, [MIA], on(state))).toBe("accepted");
  });
});

describe("what comes later", () => {
  const without = (actor: Actor, seq: number, by: Actor): LedgerView => {
    const members = GROUP.members.map((one) =>
      one.member === actor.member
        ? { ...one, ended: { height: 6, time: NOW, signedAt: NOW } }
        : one,
    );
    const rules = {
      groups: [{ ...GROUP, members }, FRIENDS],
      narrowings: [narrowing([actor], seq, by)],
    };
    return viewOf(GROUPS, higher(rules));
  };

  test("[VD16] who was taken out says nothing beyond the cut, and keeps what it said before", () => {
    expect(say(MIA, IN_GROUP, [DAD], without(MIA, 0, MIA))).toBe("not-in-group 3");
    expect(say(MIA, IN_GROUP, [DAD], without(MIA, 1, MIA))).toBe("accepted");
  });

  test("[VD16] nothing beyond the cut is sealed for who was taken out, by whoever had not heard of it", () => {
    expect(say(DAD, IN_GROUP, [MIA, GRAN], without(MIA, 0, DAD))).toBe("not-in-group 6");
    expect(say(DAD, IN_GROUP, [MIA, GRAN], without(MIA, 1, DAD))).toBe("accepted");
    expect(say(DAD, IN_GROUP, [GRAN], without(MIA, 0, DAD))).toBe("accepted");
    expect(say(MUM, AMONG_FRIENDS, [MIA], without(MIA, 0, MUM))).toBe("accepted");
  });

  test("[VD16] an archived group is closed from its cut on", () => {
    const rules = {
      groups: [{ ...GROUP, ended: { height: 6, time: NOW } }, FRIENDS],
      narrowings: [narrowing([], 0, DAD)],
    };
    expect(say(DAD, IN_GROUP, [MIA], viewOf(GROUPS, higher(rules)))).toBe("unknown-group 6");
  });

  test("[VD13] a later denial between two of a group refuses what reached both, beyond the cut", () => {
    const denied = { ...grantFor(GRAN, { isDenial: true }), from: 6 };
    const rules = { grants: [denied], narrowings: [narrowing([GRAN], 0, GRAN)] };
    const view = viewOf(GROUPS, higher(rules));
    expect(say(GRAN, IN_GROUP, [DAD], view)).toBe("denied 6");
    expect(say(DAD, IN_GROUP, [GRAN], view)).toBe("accepted");
  });
});

describe("taking back", () => {
  test("[VD18] what was taken back stays so when its author was taken out, or the group closed", () => {
    const members = GROUP.members.map((one) =>
      one.member === MIA.member ? { ...one, ended: { height: 6, time: NOW, signedAt: NOW } } : one,
    );
    const out = higher({
      groups: [{ ...GROUP, members }, FRIENDS],
      narrowings: [narrowing([MIA], 0, MIA)],
    });
    const view = viewOf(GROUPS, out);
    expect(say(MIA, IN_GROUP, [DAD], view, { kind: "edit" })).toBe("not-in-group 3");
    expect(say(MIA, IN_GROUP, [DAD], view, { kind: "delete" })).toBe("accepted");
    expect(say(DAD, IN_GROUP, [MIA, GRAN], view, { kind: "delete" })).toBe("accepted");
    const closed = viewOf(
      GROUPS,
      higher({
        groups: [{ ...GROUP, ended: { height: 6, time: NOW } }, FRIENDS],
        narrowings: [narrowing([], 0, DAD)],
      }),
    );
    expect(say(DAD, IN_GROUP, [MIA], closed, { kind: "delete" })).toBe("accepted");
    const muted = viewOf(
      GROUPS,
      higher({
        ...GROUPS.rules,
        grants: [{ ...grantFor(GRAN, { isDenial: true }), from: 6 }],
        narrowings: [narrowing([GRAN], 0, GRAN)],
      }),
    );
    expect(say(GRAN, IN_GROUP, [DAD], muted)).toBe("denied 6");
    expect(say(GRAN, IN_GROUP, [DAD], muted, { kind: "delete" })).toBe("accepted");
  });

  test("[VD18] a later denial of deleting refuses it, also of who is in the group no more", () => {
    const denied = { ...grantFor(MIA, { isDenial: true, permission: "delete" as const }), from: 6 };
    const members = GROUP.members.map((one) =>
      one.member === MIA.member ? { ...one, ended: { height: 5, time: NOW, signedAt: NOW } } : one,
    );
    for (const group of [GROUP, { ...GROUP, members }]) {
      const rules = {
        groups: [group, FRIENDS],
        grants: [denied],
        narrowings: [narrowing([MIA], 0, MIA)],
      };
      const view = viewOf(GROUPS, higher(rules));
      expect(say(MIA, IN_GROUP, [DAD], view, { kind: "delete" })).toBe("denied 6");
      const before = { ...rules, narrowings: [narrowing([MIA], 1, MIA)] };
      const kept = viewOf(GROUPS, higher(before));
      expect(say(MIA, IN_GROUP, [DAD], kept, { kind: "delete" })).toBe("accepted");
    }
  });

  test("[VD17] who may not send any more may take back, and edits nothing", () => {
    const muted = withRules({ ...GROUPS.rules, grants: [grantFor(GRAN, { isDenial: true })] });
    expect(say(GRAN, IN_GROUP, [DAD], on(muted), { kind: "edit" })).toBe("denied 3");
    expect(say(GRAN, IN_GROUP, [DAD], on(muted), { kind: "reaction" })).toBe("denied 3");
    expect(say(GRAN, IN_GROUP, [DAD, MIA], on(muted), { kind: "delete" })).toBe("accepted");
    const mute = grantFor(GRAN, { isDenial: true, permission: "delete" });
    const kept = withRules({ ...GROUPS.rules, grants: [mute] });
    expect(say(GRAN, IN_GROUP, [DAD], on(kept), { kind: "delete" })).toBe("denied 3");
    expect(say(GRAN, IN_GROUP, [DAD], on(kept))).toBe("accepted");
    const still = grantFor(GRAN, { isDenial: true, permission: "edit" });
    const fixed = withRules({ ...GROUPS.rules, grants: [still] });
    expect(say(GRAN, IN_GROUP, [DAD], on(fixed), { kind: "edit" })).toBe("denied 3");
  });
});
