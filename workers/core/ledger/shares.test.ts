/** What one member can do to the family's lists, and to what others would write into them. */
import { describe, expect, test } from "vitest";
import {
  after,
  controlBody,
  denialBody,
  grantBody,
  groupBody,
  NO_CUTS,
  reasonOf,
  removal,
  run,
  settingBody,
} from "./execution-fixture.suite.test.ts";
import {
  actorOf,
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
  type Actor,
} from "./family-fixture.suite.test.ts";
import {
  CONTROLS_MAX,
  DECISIONS_MAX,
  EMERGENCIES_MAX,
  FILTERS_MAX,
  GRANTS_MAX,
  GROUPS_MAX,
  MEMBER_SHARE,
  MEMBERS_MAX,
  NARROWINGS_MAX,
  NOTICE_SHORT_MS,
  OWN_ROOM,
  PLACES_MAX,
  SETTINGS_MAX,
  VIOLATIONS_MAX,
} from "./limits.ts";
import {
  alarm,
  decision,
  filter,
  first,
  place,
  solved,
  TODAY,
  violation,
} from "./rule-bodies-fixture.suite.test.ts";
import {
  AUNT,
  controlFor,
  DAD,
  FAMILY_OF_EIGHT,
  grantFor,
  GRAN,
  groupOf,
  MIA,
  MUM,
  settingsIn,
  TOM,
  UTC,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import { roomFault } from "./room.ts";
import type { RuleBook } from "./rule-book.ts";
import { findDevice, withEntry, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const some = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const idOf = (index: number): Uint8Array => keyOf(index).slice(0, 16);
/** It ended yesterday: it stays in the list for weeks. */
const ended = { height: 4, time: NOW - DAY };

describe("one member's share", () => {
  const spanBy = (by: Actor): { by: Uint8Array; from: number; ended: typeof ended } => ({
    by: by.member,
    from: 3,
    ended,
  });
  const listBy = (by: Actor, index: number): { [List in keyof RuleBook]?: RuleBook[List] } => ({
    grants: [grantFor(MIA, { id: idOf(index), ...spanBy(by) })],
    controls: [controlFor(MIA, { id: idOf(index), ...spanBy(by) })],
    groups: [{ ...groupOf(1, "family", by, [by]), id: idOf(index), ...spanBy(by) }],
    filters: [
      {
        id: idOf(index),
        member: MIA.member,
        sealed: fill(32, 1),
        mode: "hide",
        isReporting: false,
        ...spanBy(by),
      },
    ],
    places: [{ id: idOf(index), member: null, sealed: fill(32, 1), ...spanBy(by) }],
    settings: settingsIn(UTC).map((one) => ({ ...one, id: idOf(index), ...spanBy(by) })),
  });
  type List = "grants" | "controls" | "groups" | "filters" | "places" | "settings";
  const filled = (list: List, count: number, by: Actor): LedgerState =>
    withRules({ [list]: some(count, (index) => listBy(by, index)[list] ?? []).flat() });
  const LISTS = [
    ["grants", GRANTS_MAX, grantBody(MIA)],
    ["controls", CONTROLS_MAX, controlBody(MIA)],
    ["groups", GROUPS_MAX, groupBody("family")],
    ["filters", FILTERS_MAX, filter(MIA)],
    ["places", PLACES_MAX, place(null)],
    ["settings", SETTINGS_MAX, settingBody()],
  ] as const;

  test.each(LISTS)(
    "[BD6] of %s is a quarter, ended ones included, and the others go on",
    (list, max, body) => {
      const share = max / MEMBER_SHARE;
      expect(reasonOf(run(filled(list, share - 1, DAD), DAD, body))).toBe("accepted");
      const state = filled(list, share, DAD);
      expect(reasonOf(run(state, DAD, body))).toBe("too-many-rules");
      expect(reasonOf(run(state, MUM, body))).toBe("accepted");
      expect(reasonOf(run(filled(list, max, AUNT), MUM, body))).toBe("full");
    },
  );

  const narrowing = (by: Actor, index: number): RuleBook["narrowings"][number] => ({
    id: idOf(index),
    height: 3,
    time: NOW - DAY,
    by: by.member,
    members: [],
    cuts: [],
  });

  const decided = (by: Actor, index: number): RuleBook["decisions"][number] => ({
    id: idOf(index),
    request: idOf(index),
    member: MIA.member,
    grant: null,
    isApproved: true,
    until: NOW + 300 * DAY,
    by: by.member,
    from: 3,
    ended: null,
  });
  const call = (by: Actor, index: number): RuleBook["emergencies"][number] => ({
    id: idOf(index),
    alert: idOf(index),
    member: by.member,
    height: 2,
    time: NOW,
    resolved: null,
  });
  const report = (by: Actor, index: number): RuleBook["violations"][number] => ({
    id: idOf(index),
    subject: idOf(index),
    rule: 7,
    day: TODAY,
    count: 1,
    by: by.member,
  });
  /** What makes each list longer: who may, how, how many one may make, and how many places are shared. */
  const FLOODS = [
    ["narrowings", narrowing, DAD, MUM, () => denialBody(TOM), NARROWINGS_MAX],
    ["decisions", decided, DAD, MUM, () => decision(), DECISIONS_MAX],
    ["emergencies", call, MIA, ZOE, () => alarm(), EMERGENCIES_MAX],
    ["violations", report, TOM, GRAN, () => violation(), VIOLATIONS_MAX],
  ] as const;

  test.each(FLOODS)(
    "[BD7] nothing of %s makes room: a flood is refused, and nobody else's is",
    (list, make, flooder, other, body, max) => {
      const shared = max - MEMBERS_MAX * OWN_ROOM;
      const most = OWN_ROOM + shared / MEMBER_SHARE;
      const listOf = (counts: readonly (readonly [Actor, number])[]): LedgerState => {
        let index = 0;
        const entries = counts.flatMap(([by, count]) => some(count, () => make(by, (index += 1))));
        return withRules({ [list]: entries });
      };
      const before = listOf([
        [flooder, most - 1],
        [other, 1],
      ]);
      expect(reasonOf(run(before, flooder, body()))).toBe("accepted");
      const state = listOf([
        [flooder, most],
        [other, 1],
      ]);
      expect(reasonOf(run(state, flooder, body()))).toBe("too-many-rules");
      const next = after(run(state, other, body())).rules[list];
      expect(next).toHaveLength(most + 2);
      const kept = new Set(next.map((one) => one.id.join()));
      expect(state.rules[list].every((one) => kept.has(one.id.join()))).toBe(true);
      // However many have made how much together, everybody has room for a few.
      const crowd = some(4, (index) => [actorOf(keyOf(700 + index)), most] as const);
      const few = listOf([...crowd, [other, OWN_ROOM - 1]]);
      expect(reasonOf(run(few, other, body()))).toBe("accepted");
      expect(reasonOf(run(listOf([...crowd, [other, OWN_ROOM]]), other, body()))).toBe("full");
    },
  );

  test("[BD7] the lists hold what everybody may make", () => {
    const people = some(MEMBERS_MAX, (index) => actorOf(keyOf(700 + index)));
    const last = people.at(-1);
    for (const [, , , , , max] of FLOODS) {
      const entries: { by: Uint8Array }[] = [];
      // One after the other, until nobody can make any more.
      for (const { member } of people) {
        while (roomFault(entries, max, member, OWN_ROOM) === null) entries.push({ by: member });
      }
      expect(entries).toHaveLength(max);
      expect(last === undefined || roomFault(entries, max, last.member, OWN_ROOM)).toBe("full");
    }
  });

  test("[NR2] a narrowing that is refused narrows nothing, and nothing else of it happens", () => {
    const narrowings = some(OWN_ROOM + 64, (index) => narrowing(DAD, index));
    const grants = [grantFor(TOM, { id: fill(16, 0x61) })];
    const state = withRules({ narrowings, grants, controls: [controlFor(MIA)] });
    const end: TransactionBody = { type: "permission-ended", rule: fill(16, 0x61), ...NO_CUTS };
    const bodies = [
      denialBody(TOM),
      end,
      controlBody(MIA, { version: 2, contacts: "family" }),
      settingBody(),
    ];
    for (const body of bodies) {
      expect([body.type, reasonOf(run(state, DAD, body))]).toEqual([body.type, "too-many-rules"]);
      expect([body.type, reasonOf(run(state, MUM, body))]).toEqual([body.type, "accepted"]);
    }
    expect(state.rules.forgotten).toBeNull();
    // Who leaves, or takes a device out, narrows nothing and is never held up.
    const lost: TransactionBody = {
      type: "device-revoked",
      device: MIA.device,
      reason: "lost",
      cuts: [],
    };
    expect(reasonOf(run(state, DAD, lost))).toBe("accepted");
    expect(reasonOf(run(state, DAD, { type: "member-left", ...NO_CUTS }))).toBe("last-replica");
    expect(reasonOf(run(state, DAD, removal(AUNT)))).toBe("accepted");
  });
});

describe("names that an author chooses", () => {
  test("[RD5] nobody's call for help is in the way of another's, and each has its own end", () => {
    const taken = after(run(FAMILY_OF_EIGHT, ZOE, alarm()));
    const both = after(run(taken, MIA, alarm()));
    expect(both.rules.emergencies.map((one) => one.member)).toEqual(
      expect.arrayContaining([ZOE.member, MIA.member]),
    );
    expect(reasonOf(run(both, MIA, alarm()))).toBe("repeated-emergency");
    const open = (state: LedgerState): readonly Uint8Array[] =>
      state.rules.emergencies.filter((one) => one.resolved === null).map((one) => one.member);
    const over = after(run(both, DAD, solved(ZOE)));
    expect(open(over)).toEqual([MIA.member]);
    expect(reasonOf(run(over, DAD, solved(ZOE)))).toBe("unknown-emergency");
    expect(reasonOf(run(over, DAD, solved(TOM)))).toBe("unknown-emergency");
    expect(open(after(run(over, DAD, solved(MIA))))).toEqual([]);
  });

  test("[RD5] an answer to one child's request is none to another's of the same name", () => {
    const controls = [controlFor(TOM, { guardians: [MUM.member] })];
    const taken = after(run(withRules({ controls }), DAD, decision()));
    expect(reasonOf(run(taken, MUM, decision({ member: TOM.member })))).toBe("accepted");
    expect(reasonOf(run(taken, MUM, decision({ isApproved: false })))).toBe("repeated-decision");
  });

  test("[RD5] a false report is its reporter's alone", () => {
    const taken = after(run(FAMILY_OF_EIGHT, TOM, violation({ count: 60_000 })));
    const honest = after(run(taken, GRAN, violation({ count: 2 })));
    expect(honest.rules.violations).toHaveLength(2);
    expect(reasonOf(run(honest, TOM, violation({ count: 1 })))).toBe("repeated-violation");
  });
});

describe("rules of who has gone", () => {
  const theirs = withRules({
    grants: [
      grantFor(MIA, { scope: { type: "member", member: GRAN.member }, id: fill(16, 0x61) }),
      grantFor(GRAN, { id: fill(16, 0x62) }),
      grantFor(MIA, { id: fill(16, 0x63), by: GRAN.member }),
    ],
    controls: [controlFor(MIA)],
  });

  test("[MR10] end with it: nobody would govern them any more", () => {
    let state = after(run(theirs, GRAN, filter(GRAN)));
    state = after(run(state, GRAN, place(GRAN)));
    const left = after(run(state, DAD, removal(GRAN), { height: 7 }));
    const isOpen = (rules: readonly { readonly ended: object | null }[]): readonly boolean[] =>
      rules.map((one) => one.ended === null);
    expect(isOpen(left.rules.grants)).toEqual([false, false, true]);
    expect(isOpen(left.rules.filters)).toEqual([false]);
    expect(isOpen(left.rules.places)).toEqual([false]);
    expect(isOpen(left.rules.controls)).toEqual([true]);
    expect(left.rules.grants[0]?.ended).toEqual({ height: 7, time: NOW });
    const child = after(run(theirs, MIA, { type: "member-left", ...NO_CUTS }));
    expect(isOpen(child.rules.controls)).toEqual([false]);
    expect(isOpen(child.rules.grants)).toEqual([false, true, false]);
  });

  test("[MR10] what it made for others is theirs to end, as before", () => {
    const left = after(run(theirs, DAD, removal(GRAN), { height: 7 }));
    const end: TransactionBody = { type: "permission-ended", rule: fill(16, 0x63), ...NO_CUTS };
    expect(reasonOf(run(left, DAD, end, { height: 8 }))).toBe("accepted");
  });

  test("[AU2] filters and places of a child that is of age are any parent's to end", () => {
    let state = withRules({ controls: [controlFor(MIA, { endsAt: NOW + DAY })] });
    state = after(run(state, DAD, filter(MIA)));
    state = after(run(state, DAD, place(MIA)));
    const bodies: readonly TransactionBody[] = [
      { type: "filter-removed", filter: first(state.rules.filters) },
      { type: "place-removed", place: first(state.rules.places) },
    ];
    for (const body of bodies) {
      expect(reasonOf(run(state, MUM, body, { at: NOW + 2 * DAY }))).toBe("accepted");
      expect(reasonOf(run(state, GRAN, body, { at: NOW + 2 * DAY }))).toBe("not-a-parent");
    }
  });
});

describe("a child's device, replaced in two steps", () => {
  const tablet = furtherDevice(MIA, keyOf(93));
  const register: TransactionBody = {
    type: "device-registered",
    request: requestOf(keyOf(60), tablet, "child", MIA.member),
    replaced: [],
  };
  const lost = (device: Actor): TransactionBody => ({
    type: "device-revoked",
    device: device.device,
    reason: "lost",
    cuts: [],
  });
  const invited = after(
    run(FAMILY_OF_EIGHT, DAD, inviteBody(keyOf(60), "child", NOW + HOUR, MIA.member)),
  );

  test("[DC24] one let in beside it does not let it be taken out on the same day by one alone", () => {
    const beside = after(run(invited, DAD, register));
    expect(reasonOf(run(beside, DAD, lost(MIA)))).toBe("needs-decision");
    expect(reasonOf(run(beside, DAD, lost(MIA), { at: NOW + NOTICE_SHORT_MS - 1 }))).toBe(
      "needs-decision",
    );
    expect(reasonOf(run(beside, DAD, lost(MIA), { at: NOW + NOTICE_SHORT_MS }))).toBe("accepted");
    const young = withEntry(beside.devices, deviceEntry(MIA, NOW - HOUR));
    const both = { ...beside, devices: young };
    expect(reasonOf(run(both, DAD, lost(MIA)))).toBe("needs-decision");
    expect(reasonOf(run(both, DAD, lost(tablet)))).toBe("accepted");
    // The one that was just let in is taken out at once.
    expect(reasonOf(run(beside, MUM, lost(tablet)))).toBe("accepted");
    expect(findDevice(beside, tablet.device)?.revoked).toBeNull();
  });

  test("[DC24] nor does taking it out first: a child without a device is given one as if replaced", () => {
    const without = after(run(invited, DAD, lost(MIA)));
    expect(reasonOf(run(without, DAD, register))).toBe("needs-decision");
    const other = furtherDevice(MIA, keyOf(94));
    const two = { ...invited, devices: withEntry(invited.devices, deviceEntry(other)) };
    const one = after(run(two, DAD, lost(MIA)));
    expect(reasonOf(run(one, DAD, register))).toBe("accepted");
  });

  test("[DC24] a relative's device is one parent's to replace, in one step or two", () => {
    const phone = furtherDevice(AUNT, keyOf(95));
    const aunts = after(
      run(FAMILY_OF_EIGHT, DAD, inviteBody(keyOf(61), "relative", NOW + HOUR, AUNT.member)),
    );
    const request = requestOf(keyOf(61), phone, "relative", AUNT.member);
    const beside = after(run(aunts, DAD, { type: "device-registered", request, replaced: [] }));
    expect(reasonOf(run(beside, DAD, lost(AUNT)))).toBe("accepted");
  });
});
