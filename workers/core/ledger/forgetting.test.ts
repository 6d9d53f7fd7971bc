/** What is forgotten by time, what stays, and the mark that is left. */
import { describe, expect, test } from "vitest";
import { enterHeight } from "./execute.ts";
import { reasonOf, roleBody, run } from "./execution-fixture.suite.test.ts";
import { DAY, fill, HOUR, NOW, type Actor } from "./family-fixture.suite.test.ts";
import { forgetPast, forgetRules } from "./forgetting.ts";
import { EMERGENCY_OPEN_MS, FORMER_ROLES_MAX } from "./limits.ts";
import { roleAt, roleSince } from "./relations.ts";
import { NO_RULES, type RuleBook } from "./rule-book.ts";
import {
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
} from "./rules-fixture.suite.test.ts";
import { decodeState, encodeState, findMember, type LedgerState, type Member } from "./state.ts";

/** Days for which a family of thirty days' retention remembers what is over. */
const KEPT_DAYS = 40;

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

describe("the rules", () => {
  test("[RB2] what ended is kept for the retention and ten days, then forgotten", () => {
    const book = endedAt(NOW);
    const forgotten = { height: 5, time: NOW };
    expect(forgetRules(book, NOW)).toEqual(book);
    expect(forgetRules(book, NOW + 1)).toEqual({ ...NO_RULES, forgotten });
    const state = withRules(book);
    const at = (days: number, retentionDays = 30): RuleBook =>
      enterHeight({ ...state, retentionDays }, { height: 7, time: NOW + days * DAY + 1 }).rules;
    expect(at(KEPT_DAYS - 1)).toEqual(book);
    expect(at(KEPT_DAYS)).toEqual({ ...NO_RULES, forgotten });
    expect(at(KEPT_DAYS, 60)).toEqual(book);
  });

  test("[RB3] whatever a verdict reads and is forgotten leaves its height and time, the highest stays", () => {
    for (const list of ["grants", "controls", "groups", "settings", "narrowings"] as const) {
      const book = { ...NO_RULES, [list]: endedAt(NOW)[list] };
      const oldest = NOW + DAY;
      expect(forgetRules(book, oldest).forgotten).toEqual({ height: 5, time: NOW });
      const higher = { height: 9, time: NOW + 1 };
      expect(forgetRules({ ...book, forgotten: higher }, oldest).forgotten).toEqual(higher);
      const lower = { height: 4, time: NOW + 1 };
      const next = forgetRules({ ...book, forgotten: lower }, oldest);
      expect(next.forgotten).toEqual({ height: 5, time: NOW });
      expect(forgetRules(next, oldest + 400 * DAY).forgotten).toEqual(next.forgotten);
    }
  });

  test("[RB3] places and filters, which say nothing of who may say what to whom, leave none", () => {
    for (const list of ["filters", "places", "decisions"] as const) {
      const book = { ...NO_RULES, [list]: endedAt(NOW)[list] };
      expect(forgetRules(book, NOW + DAY)).toEqual(NO_RULES);
    }
  });

  test("[RB2] [RB3] so is who was in a group, and is no more", () => {
    const ended = { height: 6, time: NOW };
    const group = groupOf(1, "family", MIA, [MIA, TOM]);
    const gone = { ...ended, signedAt: NOW };
    const members = group.members.map((one, index) =>
      index === 0 ? { ...one, ended: gone } : one,
    );
    const book = { ...NO_RULES, groups: [{ ...group, members }] };
    expect(forgetRules(book, NOW)).toEqual(book);
    const next = forgetRules(book, NOW + 1);
    expect(next.groups[0]?.members.map(({ member }) => member)).toEqual([TOM.member]);
    expect(next.forgotten).toEqual(ended);
  });

  test("[RB2] what did not end is kept", () => {
    const book: RuleBook = {
      ...NO_RULES,
      grants: [grantFor(MIA, {})],
      controls: [controlFor(MIA)],
      groups: [groupOf(1, "family", MIA, [MIA])],
      settings: settingsIn(UTC),
    };
    expect(forgetRules(book, NOW + 4_000 * DAY)).toEqual(book);
  });

  test("[RB2] a grant that ran out by itself goes as one that ended, without a mark", () => {
    const soon = NOW + HOUR;
    const grants = [
      grantFor(MIA, { id: fill(16, 1), expiresAt: soon }),
      grantFor(MIA, { id: fill(16, 2), condition: { type: "until", time: soon } }),
      grantFor(MIA, { id: fill(16, 3), isDenial: true, expiresAt: soon }),
      grantFor(MIA, { id: fill(16, 4), expiresAt: soon + DAY }),
    ];
    const book = { ...NO_RULES, grants };
    expect(forgetRules(book, soon)).toEqual(book);
    expect(forgetRules(book, soon + 1)).toEqual({ ...NO_RULES, grants: grants.slice(3) });
  });

  test("[RB2] calls for help go when they open nothing any more, reports with their day", () => {
    const call = (index: number, time: number): RuleBook["emergencies"][number] => ({
      id: fill(16, index),
      alert: fill(16, index),
      member: MIA.member,
      height: 3,
      time,
      resolved: null,
    });
    const report = (index: number, day: number): RuleBook["violations"][number] => ({
      id: fill(16, index),
      subject: fill(16, index),
      rule: 7,
      day,
      count: 1,
      by: GRAN.member,
    });
    const today = Math.floor(NOW / DAY);
    const emergencies = [call(1, NOW - EMERGENCY_OPEN_MS - 1), call(2, NOW - EMERGENCY_OPEN_MS)];
    const violations = [report(1, today - 1), report(2, today)];
    const next = forgetRules({ ...NO_RULES, emergencies, violations }, today * DAY);
    expect(next.emergencies).toEqual(emergencies.slice(NOW === today * DAY ? 1 : 0));
    expect(next.violations).toEqual(violations.slice(1));
    expect(next.forgotten).toBeNull();
  });
});

describe("former roles", () => {
  /** Gran's role back and forth, a day and a height after the other. */
  const changing = (
    state: LedgerState,
    authors: readonly Actor[],
    from: { readonly height: number; readonly time: number },
  ): readonly { readonly state: LedgerState; readonly reason: string }[] => {
    const steps: { state: LedgerState; reason: string }[] = [];
    let now = state;
    for (const [index, author] of authors.entries()) {
      const height = from.height + index;
      const time = from.time + index * DAY;
      const role = findMember(now, GRAN.member)?.role === "contact" ? "contact" : "relative";
      const other = role === "contact" ? "relative" : "contact";
      const entered = enterHeight(now, { height, time });
      const done = run(entered, author, roleBody(GRAN, role, other), { height, at: time });
      now = done.ok ? done.state : entered;
      steps.push({ state: now, reason: reasonOf(done) });
    }
    return steps;
  };
  const gran = (state: LedgerState): Member => {
    const found = findMember(state, GRAN.member);
    if (found === null) throw new Error("she is there");
    return found;
  };
  const START = { height: 6, time: NOW };

  test("[BD6] one member makes at most a quarter of another's, and none makes room", () => {
    const steps = changing(
      FAMILY_OF_EIGHT,
      Array.from({ length: 6 }, () => DAD),
      START,
    );
    expect(steps.map((one) => one.reason)).toEqual([
      ...Array.from({ length: FORMER_ROLES_MAX / 4 }, () => "accepted"),
      "too-many-rules",
      "too-many-rules",
    ]);
    const last = steps.at(-1)?.state ?? FAMILY_OF_EIGHT;
    expect(gran(last).formerRoles.map((one) => one.until)).toEqual([6, 7, 8, 9]);
    const by = { height: 12, time: NOW + 6 * DAY };
    expect(changing(last, [MUM], by).map((one) => one.reason)).toEqual(["accepted"]);
    expect(reasonOf(run(last, DAD, roleBody(MUM, "parent", "relative")))).toBe("needs-decision");
    const many = {
      ...gran(last),
      formerRoles: Array.from({ length: FORMER_ROLES_MAX }, () => ({
        role: "contact" as const,
        until: 6,
        time: NOW,
        by: TOM.member,
      })),
    };
    const full = { ...last, members: last.members.map((one) => (one.id === many.id ? many : one)) };
    expect(changing(full, [MUM], by).map((one) => one.reason)).toEqual(["full"]);
  });

  test("[RB2] [RB3] they are forgotten by time with a mark, but for the last that is over", () => {
    const steps = changing(FAMILY_OF_EIGHT, [DAD, MUM, DAD], START);
    const state = steps.at(-1)?.state ?? FAMILY_OF_EIGHT;
    const roles = (from: LedgerState): readonly number[] =>
      gran(from).formerRoles.map((one) => one.until);
    const at = (days: number): LedgerState => forgetPast(state, NOW + (KEPT_DAYS + days) * DAY + 1);
    expect([at(-1), at(0), at(1), at(2), at(900)].map(roles)).toEqual([
      [6, 7, 8],
      [6, 7, 8],
      [7, 8],
      [8],
      [8],
    ]);
    // The narrowings of the same blocks are over by then too.
    expect(at(0).rules.forgotten).toEqual({ height: 6, time: NOW });
    expect(at(1).rules.forgotten).toEqual({ height: 7, time: NOW + DAY });
    const bare = { ...state, rules: NO_RULES };
    const markOf = (days: number): unknown =>
      forgetPast(bare, NOW + (KEPT_DAYS + days) * DAY + 1).rules.forgotten;
    expect([markOf(0), markOf(1)]).toEqual([null, { height: 6, time: NOW }]);
    expect(markOf(2)).toEqual({ height: 7, time: NOW + DAY });
    // From the mark on nothing is said otherwise.
    for (const height of [7, 8, 9]) {
      for (const later of [at(2), at(900)]) {
        expect(roleAt(gran(later), height)).toBe(roleAt(gran(state), height));
      }
    }
    expect(roleSince(gran(at(900)), 9)).toBe(8);
    const read = decodeState(encodeState(at(1)));
    expect(read.ok && gran(read.value).formerRoles).toEqual([
      { role: "contact", until: 7, time: NOW + DAY, by: MUM.member },
      { role: "relative", until: 8, time: NOW + 2 * DAY, by: DAD.member },
    ]);
  });

  test("[BD6] what is forgotten counts no more", () => {
    const steps = changing(
      FAMILY_OF_EIGHT,
      Array.from({ length: 4 }, () => DAD),
      START,
    );
    const last = steps.at(-1)?.state ?? FAMILY_OF_EIGHT;
    const later = { height: 20, time: NOW + 60 * DAY };
    const again = changing(
      last,
      Array.from({ length: 4 }, () => DAD),
      later,
    );
    expect(again.map((one) => one.reason)).toEqual([
      "accepted",
      "accepted",
      "accepted",
      "too-many-rules",
    ]);
  });
});
