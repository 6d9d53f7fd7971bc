/** Who comes into a group by a message: what counts, for how long, and never by order of arrival. DESIGN §5. */
import { describe, expect, test } from "vitest";
import { HEADER } from "../codec/wire-samples.suite.test.ts";
import { compareBytes } from "../codec/ids.ts";
import { after, run } from "../ledger/execution-fixture.suite.test.ts";
import { EXPIRY_HEIGHTS_MAX, GROUP_MEMBERS_MAX, OWN_END_SLACK_MS } from "../ledger/limits.ts";
import {
  actorOf,
  DAY,
  fill,
  furtherDevice,
  keyOf,
  deviceEntry,
  NOW,
  signed,
  stateOf,
  type Actor,
  type SignOptions,
} from "../ledger/family-fixture.suite.test.ts";
import type { RuleBook } from "../ledger/rule-book.ts";
import {
  AUNT,
  controlFor,
  DAD,
  FAMILY_OF_EIGHT,
  GRAN,
  groupOf,
  MIA,
  MR_LEE,
  MUM,
  TOM,
  withRules,
} from "../ledger/rules-fixture.suite.test.ts";
import { stateAsOf } from "../ledger/snapshot.ts";
import type { LedgerState } from "../ledger/state.ts";
import type { VerifiedTransaction } from "../ledger/transaction.ts";
import {
  feed,
  following,
  gossipOf,
  link,
  receive,
  recipientsOf,
  verdictsOf,
  viewOf,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import { associatedData, decodeHeader, encodeHeader, type Header } from "./header.ts";
import { headWith, joinOf, joinsFor, type Join } from "./joins.ts";
import { CLOCK_LIFT_MS, FUTURE_ACCEPT_MS, JOIN_LIFE_MS, JOINS_MAX } from "./limits.ts";
import { costOf } from "./rate.ts";
import { brokenRule } from "./violations.ts";
import { judge, judgeEphemeral, type LedgerView } from "./verdict.ts";

const GROUP = groupOf(1, "family", DAD, [DAD, MUM]);
const FRIENDS = groupOf(2, "friends", MUM, [MUM, MIA]);
const GROUPS = withRules({ groups: [GROUP, FRIENDS] });
const IN_GROUP = { type: "group", group: GROUP.id } as const;

/** A change that puts `member` into a group, signed by `by`. */
const adding = (
  by: Actor,
  member: Actor,
  group: Uint8Array = GROUP.id,
  options: SignOptions = {},
): VerifiedTransaction =>
  signed(by, { type: "group-member-added", group, member: member.member }, options);
const joinsOf = (...some: readonly VerifiedTransaction[]): readonly Join[] =>
  some.toSorted((a, b) => compareBytes(memberOf(a), memberOf(b))).map((one) => joinOf(one));
const memberOf = ({ content: { body } }: VerifiedTransaction): Uint8Array =>
  body.type === "group-member-added" ? body.member : fill(16, 0);

interface Said {
  readonly to?: readonly Actor[];
  readonly joins?: readonly Join[];
  readonly height?: number;
  readonly ms?: number;
  readonly group?: Uint8Array;
}

const headerOf = (author: Actor, { to = [], joins = [], height = 5, ms, group }: Said): Header =>
  following(author, null, {}, 0, {
    kind: "group",
    audience: group === undefined ? IN_GROUP : { type: "group", group },
    height,
    recipients: recipientsOf(author, ...to),
    joins,
    ...(ms === undefined ? {} : { clock: { ms, counter: 0 } }),
  }).header;
const say = (author: Actor, view: LedgerView, said: Said): string => {
  const { verdict } = judge(headerOf(author, said), "start", view);
  return verdict.type === "refused" ? `${verdict.rule} ${verdict.height}` : verdict.type;
};
const on = (state: LedgerState): LedgerView => viewOf(state);
const later = (height: number, rules: Partial<RuleBook>): LedgerState => ({
  ...withRules({ ...GROUPS.rules, ...rules }),
  height,
});
const narrowing = (height: number, members: readonly Actor[]): RuleBook["narrowings"][number] => ({
  id: fill(16, height),
  height,
  time: NOW,
  by: MR_LEE.member,
  members: members.map((one) => one.member),
  cuts: [],
});
interface Stay {
  readonly member: Uint8Array;
  readonly from: number;
  readonly ended: { readonly height: number; readonly time: number } | null;
}
/** By changes of others, at the time of the join that is asked about; ended a moment later. */
const groupWith = (...extra: readonly Stay[]): RuleBook["groups"] => {
  const came = extra.map((one) => ({
    ...one,
    via: fill(16, 0x55),
    signedAt: NOW,
    ended: one.ended === null ? null : { ...one.ended, signedAt: NOW + 1 },
  }));
  return [{ ...GROUP, members: [...GROUP.members, ...came] }, FRIENDS];
};

describe("what a message carries", () => {
  const faultOf = (changes: Partial<Header>): string => {
    const decoded = decodeHeader(encodeHeader({ ...HEADER, stream: 0, kind: "group", ...changes }));
    return decoded.ok ? "accepted" : decoded.detail;
  };
  const join = joinOf(adding(DAD, GRAN));

  test("[GJ1] changes that put somebody into its own group, one for each, at most four", () => {
    expect(faultOf({ audience: IN_GROUP, joins: [join] })).toBe("accepted");
    expect(faultOf({ audience: { type: "family" }, joins: [join] })).toBe("joins without a group");
    expect(faultOf({ kind: "direct", joins: [join] })).toBe("joins without a group");
    const other = joinOf(adding(DAD, GRAN, FRIENDS.id));
    expect(faultOf({ audience: IN_GROUP, joins: [other] })).toBe("join of another group");
    const removal = signed(DAD, {
      type: "group-member-removed",
      group: GROUP.id,
      member: MUM.member,
      cuts: [],
    });
    expect(faultOf({ audience: IN_GROUP, joins: [joinOf(removal)] })).toBe("no join");
    const junk = { ...join, transaction: fill(9, 1) };
    expect(faultOf({ audience: IN_GROUP, joins: [junk] })).toBe("no join");
    expect(faultOf({ audience: IN_GROUP, joins: [join, join] })).toBe("joins unsorted or repeated");
    const two = joinsOf(adding(DAD, GRAN), adding(DAD, AUNT));
    expect(faultOf({ audience: IN_GROUP, joins: two })).toBe("accepted");
    expect(faultOf({ audience: IN_GROUP, joins: two.toReversed() })).toBe(
      "joins unsorted or repeated",
    );
    const many = Array.from({ length: JOINS_MAX + 1 }, () => join);
    expect(() => encodeHeader({ ...HEADER, audience: IN_GROUP, joins: many })).toThrow("items");
  });

  test("[GJ1] they are bound to its body, and count for its author's quota", () => {
    const bare = { ...HEADER, kind: "group", audience: IN_GROUP } as const;
    expect(associatedData({ ...bare, joins: [join] })).not.toEqual(associatedData(bare));
    expect(costOf({ ...bare, joins: [join] })).toBeGreaterThan(costOf(bare));
  });
});

describe("what counts", () => {
  test("[GJ2] who comes by it may write there and be written to, and nobody without it", () => {
    const joins = joinsOf(adding(DAD, GRAN));
    expect(say(GRAN, on(GROUPS), { to: [DAD, MUM], joins })).toBe("accepted");
    expect(say(DAD, on(GROUPS), { to: [GRAN, MUM], joins })).toBe("accepted");
    expect(say(GRAN, on(GROUPS), { to: [DAD] })).toBe("not-in-group 3");
    expect(say(GRAN, on(GROUPS), {})).toBe("not-in-group 3");
    expect(say(DAD, on(GROUPS), { to: [GRAN] })).toBe("recipients 5");
    expect(say(AUNT, on(GROUPS), { joins })).toBe("not-in-group 3");
    expect(say(DAD, on(GROUPS), { to: [AUNT], joins })).toBe("recipients 5");
    const both = joinsOf(adding(DAD, GRAN), adding(MUM, AUNT));
    expect(say(GRAN, on(GROUPS), { to: [AUNT], joins: both })).toBe("accepted");
  });

  test("[GJ2] a place and typing there too, which are judged without a chain", () => {
    const joins = joinsOf(adding(DAD, GRAN));
    const kinds = ["presence", "place"] as const;
    const judged = (kind: Header["kind"], some: readonly Join[]): string =>
      judgeEphemeral(
        { ...headerOf(GRAN, { to: [DAD], joins: some }), kind, stream: 1, ttlSeconds: 60 },
        on(GROUPS),
      ).type;
    for (const kind of kinds) {
      expect([judged(kind, joins), judged(kind, [])]).toEqual(["accepted", "refused"]);
    }
  });

  test("[GJ3] only as far as a block on that height could have it", () => {
    const refusedBy = (by: Actor, who: Actor, state = GROUPS, options: SignOptions = {}): string =>
      say(who, on(state), { joins: joinsOf(adding(by, who, GROUP.id, options)) });
    // Who may invite, and whom.
    expect(refusedBy(DAD, GRAN)).toBe("accepted");
    expect(refusedBy(GRAN, GRAN)).toBe("not-in-group 3");
    expect(refusedBy(MIA, TOM)).toBe("not-in-group 3");
    const guarded = withRules({
      ...GROUPS.rules,
      controls: [controlFor(MIA, { guardians: [MUM.member] })],
    });
    expect(refusedBy(DAD, MIA, guarded)).toBe("not-in-group 3");
    expect(refusedBy(MUM, MIA, guarded)).toBe("accepted");
    expect(refusedBy(DAD, MR_LEE)).toBe("not-in-group 3");
    // By whom the rules of that height know, and not taken out then.
    const by = (expiresHeight: number): string => refusedBy(DAD, GRAN, GROUPS, { expiresHeight });
    expect([by(5), by(6)]).toEqual(["not-in-group 3", "accepted"]);
    const furthest = 5 + 1 + EXPIRY_HEIGHTS_MAX;
    expect([by(furthest), by(furthest + 1)]).toEqual(["accepted", "not-in-group 3"]);
    const tablet = furtherDevice(DAD, keyOf(90));
    const late = { ...deviceEntry(tablet), registeredAt: 6 };
    const grown = { ...GROUPS, devices: [...GROUPS.devices, late] };
    expect(refusedBy(tablet, GRAN, grown)).toBe("not-in-group 3");
    const early = { ...GROUPS, devices: [...GROUPS.devices, { ...late, registeredAt: 5 }] };
    expect(refusedBy(tablet, GRAN, early)).toBe("accepted");
    expect(refusedBy(DAD, GRAN, withRevoked(GROUPS, DAD))).toBe("not-in-group 3");
    const archived = { ...GROUP, ended: { height: 5, time: NOW } };
    expect(refusedBy(DAD, GRAN, withRules({ groups: [archived] }))).toBe("unknown-group 5");
    expect(refusedBy(DAD, GRAN, withRules({ ...GROUPS.rules, closedAt: 6 }))).toBe("accepted");
    expect(refusedBy(DAD, GRAN, withRules({ ...GROUPS.rules, closedAt: 5 }))).toBe(
      "not-in-group 3",
    );
    // A group has so many at most.
    const crowd = Array.from({ length: GROUP_MEMBERS_MAX }, (_, index) =>
      actorOf(keyOf(500 + index)),
    );
    const everybody = crowd.map((actor) => ({ actor, role: "relative" as const }));
    const more = stateOf([{ actor: DAD, role: "parent", isReplica: true }, ...everybody]);
    const full = (count: number): LedgerState =>
      withRules({ groups: [groupOf(1, "family", DAD, crowd.slice(0, count))] }, more);
    const [last] = crowd.slice(-1);
    if (last === undefined) throw new Error("nobody");
    expect(refusedBy(DAD, last, full(GROUP_MEMBERS_MAX - 1))).toBe("accepted");
    const newest = actorOf(keyOf(999));
    const fuller = stateOf([
      { actor: DAD, role: "parent", isReplica: true },
      ...everybody,
      { actor: newest, role: "relative" },
    ]);
    const groups = [groupOf(1, "family", DAD, crowd)];
    expect(refusedBy(DAD, newest, withRules({ groups }, fuller))).toBe("not-in-group 3");
  });

  test("[GJ3] what was written down once brings nobody back who was taken out since", () => {
    const join = adding(DAD, GRAN);
    const added = after(run(GROUPS, DAD, join.content.body, { salt: 0 }));
    const out = { type: "group-member-removed", group: GROUP.id, member: GRAN.member, cuts: [] };
    const removed = after(run(added, DAD, out as never, { height: 7 }));
    const state = { ...removed, height: 7 };
    expect(state.executed.some(({ id }) => id.join() === join.id.join())).toBe(true);
    expect(say(GRAN, on(state), { joins: joinsOf(join), height: 7 })).toBe("not-in-group 3");
    // Nor does what others had asked for before; who is asked for again is in.
    const other = adding(MUM, GRAN, GROUP.id, { salt: 9 });
    expect(say(GRAN, on(state), { joins: joinsOf(other), height: 7 })).toBe("not-in-group 3");
    const anew = adding(MUM, GRAN, GROUP.id, { time: NOW + 1 });
    expect(say(GRAN, on(state), { joins: joinsOf(anew), height: 7 })).toBe("accepted");
  });

  test("[GJ4] for a week after it was signed", () => {
    const joins = joinsOf(adding(DAD, GRAN, GROUP.id, { time: NOW }));
    expect(say(GRAN, on(GROUPS), { joins, ms: NOW + JOIN_LIFE_MS })).toBe("accepted");
    expect(say(GRAN, on(GROUPS), { joins, ms: NOW + JOIN_LIFE_MS + 1 })).toBe("not-in-group 3");
    // Nobody takes it up whose message might be dated past that.
    const change = adding(DAD, GRAN, GROUP.id, { time: NOW });
    const taken = (now: number): number => headWith(GROUPS, [change], now).joins.length;
    const last = NOW + JOIN_LIFE_MS - FUTURE_ACCEPT_MS;
    expect([taken(last), taken(last + 1)]).toEqual([1, 0]);
    // Nor is it a rule that was broken where a clock was lifted past its end.
    const header = headerOf(GRAN, { joins, ms: NOW + JOIN_LIFE_MS + 1 });
    expect(brokenRule(header, on(GROUPS))).toBeNull();
    const late = headerOf(GRAN, { joins, ms: NOW + JOIN_LIFE_MS + CLOCK_LIFT_MS + 1 });
    expect(brokenRule(late, on(GROUPS))).toBe("not-in-group");
    // Nor longer by a clock that was set ahead to sign it.
    const by = (ms: number): string =>
      say(GRAN, on(GROUPS), { joins: joinsOf(adding(DAD, GRAN, GROUP.id, { time: ms })) });
    const { ms } = headerOf(GRAN, {}).clock;
    expect([by(ms + OWN_END_SLACK_MS), by(ms + OWN_END_SLACK_MS + 1)]).toEqual([
      "accepted",
      "not-in-group 3",
    ]);
  });

  test("[GJ3] in the order in which they were signed, which is the one their author made them in", () => {
    // Dad may not bring Mia's contacts to her; Mum, who is her guardian, may bring her to them.
    const controls = [controlFor(MIA, { guardians: [MUM.member] })];
    const group = groupOf(3, "friends", DAD, [DAD, MUM]);
    const state = withRules({ groups: [group], controls });
    const neighbour = (time: number) => adding(DAD, MR_LEE, group.id, { time });
    const child = (time: number) => adding(MUM, MIA, group.id, { time });
    const counts: number[] = [];
    for (const [early, late] of [
      [neighbour(NOW), child(NOW + 1)],
      [child(NOW), neighbour(NOW + 1)],
    ] as const) {
      const { joins } = headWith(state, [late, early], NOW + 5);
      const people = joins.map(({ body }) => body.member);
      const carried = joinsFor(joins, group.id, people);
      counts.push(carried.length);
      const readers = [MIA, MR_LEE].filter((one) =>
        people.some((member) => member.join() === one.member.join()),
      );
      const told = { to: readers, joins: carried, group: group.id, ms: NOW + 5 };
      expect(say(MUM, on(state), told)).toBe("accepted");
    }
    expect(counts).toEqual([2, 1]);
  });
});

describe("what came after the height that it cites", () => {
  const joins = joinsOf(adding(DAD, GRAN));
  const said = { to: [DAD, MUM], joins };
  const judgedBy = (head: LedgerState): string => say(GRAN, viewOf(GROUPS, head), said);

  test("[GJ5] a narrowing of something else leaves it where it is, written down by then or not", () => {
    const touching = [narrowing(6, [GRAN])];
    expect(judgedBy(later(6, { narrowings: touching }))).toBe("accepted");
    const written = groupWith({ member: GRAN.member, from: 7, ended: null });
    expect(judgedBy(later(7, { narrowings: touching, groups: written }))).toBe("accepted");
  });

  test("[GJ5] who was taken out after it came is out, whatever the message carries", () => {
    const ended = { height: 7, time: NOW };
    const groups = groupWith({ member: GRAN.member, from: 6, ended });
    const head = later(8, { narrowings: [narrowing(7, [GRAN])], groups });
    expect(judgedBy(head)).toBe("not-in-group 3");
    expect(say(DAD, viewOf(GROUPS, head), { to: [GRAN], joins })).toBe("not-in-group 7");
    // It is touched again, later than that.
    const twice = [narrowing(7, [TOM]), narrowing(8, [GRAN])];
    expect(judgedBy(later(8, { narrowings: twice, groups }))).toBe("not-in-group 3");
    // And came back.
    const back = groupWith(
      { member: GRAN.member, from: 6, ended: { height: 6, time: NOW } },
      { member: GRAN.member, from: 7, ended: null },
    );
    expect(judgedBy(later(8, { narrowings: [narrowing(8, [GRAN])], groups: back }))).toBe(
      "accepted",
    );
  });

  test("[GJ5] nor is who became unfit for it, or whose group is gone", () => {
    const contact = later(6, { narrowings: [narrowing(6, [GRAN])] });
    const members = contact.members.map((one) =>
      one.id.join() === GRAN.member.join()
        ? {
            ...one,
            role: "contact" as const,
            formerRoles: [{ role: "relative" as const, until: 6, time: NOW, by: DAD.member }],
          }
        : one,
    );
    expect(judgedBy({ ...contact, members })).toBe("not-in-group 3");
    const archived = [{ ...GROUP, ended: { height: 6, time: NOW } }];
    expect(judgedBy(later(6, { narrowings: [narrowing(6, [])], groups: archived }))).toBe(
      "unknown-group 6",
    );
  });

  test("[GJ5] who signed has to be able to still where nobody has written it down", () => {
    const lost = withRevoked({ ...GROUPS, height: 6 }, DAD);
    const others = { ...said, to: [MUM] };
    expect(say(GRAN, viewOf(GROUPS, lost), others)).toBe("not-in-group 3");
    // A block had it before that: it stays.
    const via = adding(DAD, GRAN).id.subarray(0, 16);
    const written = groupWith({ member: GRAN.member, from: 6, ended: null }).map((one) => ({
      ...one,
      members: one.members.map((entry) => (entry.from === 6 ? { ...entry, via } : entry)),
    }));
    const late = withRevoked({ ...later(7, { groups: written }) }, DAD);
    expect(say(GRAN, viewOf(GROUPS, late), others)).toBe("accepted");
    // Its guardian no more, whoever cites when it was.
    const child = joinsOf(adding(DAD, MIA));
    const guarded = (guardian: Actor) => [controlFor(MIA, { guardians: [guardian.member] })];
    const before = withRules({ ...GROUPS.rules, controls: guarded(DAD) });
    const after = (members: readonly Actor[]): LedgerState => ({
      ...withRules({
        ...before.rules,
        controls: [
          { ...guarded(DAD)[0], ended: { height: 6, time: NOW } },
          { ...guarded(MUM)[0], id: fill(16, 0x4f), from: 6 },
        ] as never,
        narrowings: [narrowing(6, members)],
      }),
      height: 6,
    });
    const hers = { to: [MUM], joins: child };
    expect(say(MIA, viewOf(before), hers)).toBe("accepted");
    expect(say(MIA, viewOf(before, after([MIA])), hers)).toBe("not-in-group 3");
    expect(say(MUM, viewOf(before, after([DAD])), { to: [MIA], joins: child })).toBe(
      "not-in-group 6",
    );
    expect(say(MUM, viewOf(before, after([AUNT])), { to: [MIA], joins: child })).toBe("accepted");
  });

  test("[GJ5] what did not count where it was cited counts at no later height", () => {
    // Mr Lee's week is over: he is no company for Mia, who says something where he would be.
    const old = joinsOf(adding(MUM, MR_LEE, FRIENDS.id, { time: NOW - JOIN_LIFE_MS - DAY }));
    const controls = [controlFor(MIA, { contacts: "approved", guardians: [MUM.member] })];
    const before = withRules({ ...GROUPS.rules, controls });
    const after = {
      ...withRules({ ...before.rules, narrowings: [narrowing(6, [MIA])] }),
      height: 6,
    };
    const hers = { to: [MUM], joins: old, group: FRIENDS.id };
    expect(say(MIA, viewOf(before), hers)).toBe("accepted");
    expect(say(MIA, viewOf(before, after), hers)).toBe("accepted");
  });

  test("[GJ6] the verdict is one in every order of arrival, and for a newcomer", () => {
    const first = following(GRAN, null, {}, 0, {
      kind: "group",
      audience: IN_GROUP,
      recipients: recipientsOf(GRAN, DAD),
      joins,
    });
    const second = following(GRAN, first, {}, 1, { kind: "direct" });
    const written = later(6, { groups: groupWith({ member: GRAN.member, from: 6, ended: null }) });
    const third = following(GRAN, second, {}, 2, {
      kind: "group",
      audience: IN_GROUP,
      recipients: recipientsOf(GRAN, DAD),
      height: 6,
    });
    const out = later(7, {
      groups: groupWith({ member: GRAN.member, from: 6, ended: { height: 7, time: NOW } }),
      narrowings: [{ ...narrowing(7, [GRAN]), cuts: [cutAt(2)] }],
    });
    const heads = [viewOf(GROUPS), viewOf(GROUPS, written), viewOf(GROUPS, written, out)] as const;
    const steps = ["a", "b", "c", "block", "cut"];
    const seen = new Set<string>();
    for (const order of orders(steps).filter((one) => one.indexOf("block") < one.indexOf("cut"))) {
      const gossip = gossipOf(MUM);
      link(gossip, DAD);
      let view: LedgerView = heads[0];
      for (const one of order) {
        if (one === "block" || one === "cut") {
          view = one === "block" ? heads[1] : heads[2];
          feed(gossip, { type: "ledger" }, view);
        } else receive(gossip, { a: first, b: second, c: third }[one] ?? first, DAD, view);
      }
      seen.add(JSON.stringify(verdictsOf(gossip, GRAN)));
    }
    expect([...seen]).toEqual([
      JSON.stringify({ 1: "accepted", 2: "accepted", 3: "not-in-group" }),
    ]);
  });

  test("[GJ6] who knows the ledger by a snapshot alone says the same, whatever became of who signed", () => {
    const groups = groupWith({ member: GRAN.member, from: 6, ended: { height: 7, time: NOW } });
    const written = (state: LedgerState, via: Uint8Array): LedgerState => ({
      ...state,
      executed: [{ id: adding(DAD, GRAN).id, expiresHeight: 1_000 }],
      rules: {
        ...state.rules,
        groups: groups.map((one) => ({
          ...one,
          members: one.members.map((entry) => (entry.from === 6 ? { ...entry, via } : entry)),
        })),
      },
    });
    const change = adding(DAD, GRAN);
    const head = written(later(8, {}), change.id.subarray(0, 16));
    const members = head.members.map((one) =>
      one.id.join() === DAD.member.join() ? { ...one, leftAt: 8 } : one,
    );
    const known = withRevoked({ ...head, members }, DAD);
    const newcomer: LedgerView = { head: known, stateAt: (height) => stateAsOf(known, height) };
    const whole: LedgerView = { head: known, stateAt: (height) => (height > 5 ? known : GROUPS) };
    for (const view of [whole, newcomer]) {
      expect(say(GRAN, view, said)).toBe("accepted");
      expect(say(GRAN, view, { joins, to: [MUM], height: 8 })).toBe("not-in-group 3");
    }
  });
});

describe("what a device takes up from what waits for a block", () => {
  test("[GJ7] the earliest changes that count, as many for a group as a message may carry", () => {
    const crowd = [GRAN, AUNT, TOM, MIA];
    const pending = crowd.map((one, index) => adding(DAD, one, GROUP.id, { time: NOW + index }));
    const { state, joins } = headWith(GROUPS, pending.toReversed(), NOW);
    expect(joins.map(({ body }) => body.member)).toEqual(crowd.map((one) => one.member));
    const group = state.rules.groups.find((one) => one.id.join() === GROUP.id.join());
    expect(group?.members).toHaveLength(6);
    expect(GROUPS.rules.groups[0]?.members).toHaveLength(2);
    const more = adding(DAD, MUM, FRIENDS.id, { time: NOW - 5 });
    const refused = adding(MIA, GRAN, GROUP.id, { time: NOW - 9 });
    const old = adding(DAD, GRAN, GROUP.id, { time: NOW - JOIN_LIFE_MS - 1 });
    expect(headWith(GROUPS, [more, refused, old], NOW).joins).toEqual([]);
    const small = groupOf(1, "family", DAD, [DAD]);
    const all = [...pending, adding(DAD, MUM, GROUP.id, { time: NOW + 8 })];
    const four = headWith(withRules({ groups: [small] }), all, NOW).joins;
    expect(four.map(({ body }) => body.member)).toEqual(crowd.map((one) => one.member));
    const fifth = [...pending, adding(DAD, AUNT, FRIENDS.id, { time: NOW + 9 })];
    expect(headWith(GROUPS, fifth, NOW).joins).toHaveLength(5);
  });

  test("[GJ7] a message carries those of whom it is from and for, in order, and no others", () => {
    const pending = [GRAN, AUNT, TOM].map((one) => adding(DAD, one));
    const { joins } = headWith(GROUPS, pending, NOW);
    const carried = joinsFor(joins, GROUP.id, [TOM.member, GRAN.member, DAD.member]);
    expect(carried).toEqual(joinsOf(adding(DAD, GRAN), adding(DAD, TOM)));
    expect(joinsFor(joins, FRIENDS.id, [GRAN.member])).toEqual([]);
    expect(say(GRAN, on(FAMILY_OF_EIGHT), { joins: carried })).toBe("unknown-group 5");
  });
});

const cutAt = (seq: number) => ({ device: GRAN.device, stream: 0, seq, id: fill(16, 1) });

function orders<T>(some: readonly T[]): readonly (readonly T[])[] {
  if (some.length <= 1) return [some];
  return some.flatMap((one, index) =>
    orders(some.filter((_, at) => at !== index)).map((rest) => [one, ...rest]),
  );
}
