import { describe, expect, test } from "vitest";
import { DAY, fill, NOW } from "./family-fixture.suite.test.ts";
import { forgetRules, isInForce, NO_RULES, type RuleBook } from "./rule-book.ts";
import {
  controlFor,
  grantFor,
  groupOf,
  MIA,
  settingsIn,
  TOM,
  UTC,
} from "./rules-fixture.suite.test.ts";

describe("the rule book", () => {
  test("[RB1] a rule holds from its height up to the one that ended it", () => {
    const heights = [2, 3, 4, 5, 6];
    const holding = (rule: Parameters<typeof isInForce>[0]): readonly number[] =>
      heights.filter((height) => isInForce(rule, height));
    expect(holding({ from: 3, ended: null })).toEqual([3, 4, 5, 6]);
    expect(holding({ from: 3, ended: { height: 5, time: 0 } })).toEqual([3, 4]);
    expect(holding({ from: 3, ended: { height: 3, time: 0 } })).toEqual([]);
  });

  const endedAt = (time: number): RuleBook => {
    const ended = { height: 5, time };
    const span = { by: MIA.member, from: 3, ended };
    return {
      ...NO_RULES,
      grants: [grantFor(MIA, { ended })],
      controls: [controlFor(MIA, { ended })],
      groups: [{ ...groupOf(1, "family", MIA, [MIA]), ended }],
      filters: [
        {
          id: fill(16, 1),
          member: MIA.member,
          sealed: fill(32, 1),
          mode: "hide",
          isReporting: false,
          ...span,
        },
      ],
      places: [{ id: fill(16, 1), member: null, sealed: fill(32, 1), ...span }],
      settings: settingsIn(UTC).map((one) => ({ ...one, ended })),
      decisions: [
        {
          id: fill(16, 1),
          request: fill(16, 1),
          member: MIA.member,
          grant: null,
          isApproved: false,
          until: time,
          ...span,
          ended: null,
        },
      ],
      narrowings: [{ id: fill(16, 1), height: 5, time, by: MIA.member, members: [], cuts: [] }],
    };
  };

  test("[RB2] what ended is kept for the retention and ten days, then forgotten", () => {
    const book = endedAt(NOW);
    const forgotten = { height: 5, time: NOW };
    expect(forgetRules(book, 30, NOW + 40 * DAY)).toEqual(book);
    expect(forgetRules(book, 30, NOW + 40 * DAY + 1)).toEqual({ ...NO_RULES, forgotten });
    expect(forgetRules(book, 60, NOW + 40 * DAY + 1)).toEqual(book);
  });

  const LISTS = [
    "grants",
    "controls",
    "groups",
    "filters",
    "places",
    "settings",
    "narrowings",
  ] as const;

  test("[RB3] whatever is forgotten leaves its height and time, the highest height stays", () => {
    for (const list of LISTS) {
      const book = { ...NO_RULES, [list]: endedAt(NOW)[list] };
      const later = NOW + 41 * DAY;
      expect(forgetRules(book, 30, later).forgotten).toEqual({ height: 5, time: NOW });
      const higher = { height: 9, time: NOW + 1 };
      expect(forgetRules({ ...book, forgotten: higher }, 30, later).forgotten).toEqual(higher);
      const lower = { height: 4, time: NOW + 1 };
      const after = forgetRules({ ...book, forgotten: lower }, 30, later);
      expect(after.forgotten).toEqual({ height: 5, time: NOW });
      expect(forgetRules(after, 30, later + 400 * DAY).forgotten).toEqual(after.forgotten);
    }
  });

  test("[RB2] [RB3] so is who was in a group, and is no more", () => {
    const ended = { height: 6, time: NOW };
    const group = groupOf(1, "family", MIA, [MIA, TOM]);
    const members = group.members.map((one, index) => (index === 0 ? { ...one, ended } : one));
    const book = { ...NO_RULES, groups: [{ ...group, members }] };
    expect(forgetRules(book, 30, NOW + 40 * DAY)).toEqual(book);
    const after = forgetRules(book, 30, NOW + 41 * DAY);
    expect(after.groups[0]?.members.map(({ member }) => member)).toEqual([TOM.member]);
    expect(after.forgotten).toEqual(ended);
  });

  test("[RB2] what did not end is kept", () => {
    const book: RuleBook = {
      ...NO_RULES,
      grants: [grantFor(MIA, {})],
      controls: [controlFor(MIA)],
      groups: [groupOf(1, "family", MIA, [MIA])],
      settings: settingsIn(UTC),
    };
    expect(forgetRules(book, 30, NOW + 4_000 * DAY)).toEqual(book);
  });
});
