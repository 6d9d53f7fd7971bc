import { describe, expect, test } from "vitest";
import { DAY, fill, HOUR, NOW, type Actor } from "./family-fixture.suite.test.ts";
import { EMERGENCY_OPEN_MS } from "./limits.ts";
import { permits, type Permission, type PermissionRule, type Target } from "./permits.ts";
import type { Grant, RuleBook } from "./rule-book.ts";
import {
  controlFor,
  DAD,
  EIGHTEEN,
  FAMILY_OF_EIGHT,
  GRAN,
  grantFor,
  groupOf,
  MIA,
  MR_LEE,
  MUM,
  person,
  settingsIn,
  TOM,
  UTC,
  withRules,
} from "./rules-fixture.suite.test.ts";
import { withEntry, type LedgerState } from "./state.ts";
import type { PermissionWord } from "./vocabulary.ts";

const GROUP = fill(16, 0x52);

interface Question {
  readonly state?: LedgerState;
  readonly rules?: Partial<RuleBook>;
  readonly from?: Actor;
  readonly action?: PermissionWord;
  readonly to?: Target;
  readonly time?: number;
  readonly height?: number;
}

const ask = (question: Question): Permission =>
  permits(
    withRules(question.rules ?? {}, question.state),
    (question.from ?? MIA).member,
    question.action ?? "send",
    question.to ?? person(TOM),
    question.time ?? NOW,
    question.height === undefined ? {} : { height: question.height },
  );

const answer = (question: Question): "yes" | PermissionRule => {
  const permission = ask(question);
  return permission.ok ? "yes" : permission.rule;
};

const denied = (fields: Partial<Grant> = {}, member: Actor = MIA): RuleBook["grants"] => [
  grantFor(member, { isDenial: true, ...fields }),
];

describe("denials", () => {
  test("[PM10] a denial refuses what the role gives, with the height from which it holds", () => {
    expect(ask({ rules: { grants: denied() } })).toEqual({ ok: false, rule: "denied", height: 3 });
    expect(answer({ rules: { grants: denied() }, from: TOM, to: person(MIA) })).toBe("yes");
    expect(answer({ rules: { grants: denied({ permission: "forward" }) } })).toBe("yes");
  });

  test("[PM10] it goes before a grant of the same", () => {
    const grants = [...denied(), grantFor(MIA, { id: fill(16, 1) })];
    expect(answer({ rules: { grants } })).toBe("denied");
    expect(answer({ rules: { grants: grants.toReversed() } })).toBe("denied");
  });

  test("[PM9] an action needs all its permissions: who may not send edits and forwards nothing", () => {
    const rules = { grants: denied() };
    for (const action of ["edit", "forward"] as const) {
      expect(answer({ rules, action })).toBe("denied");
    }
    const noForward = { grants: denied({ permission: "forward" }) };
    expect(answer({ rules: noForward, action: "forward" })).toBe("denied");
    expect(answer({ rules: { grants: denied({ permission: "edit" }) }, action: "edit" })).toBe(
      "denied",
    );
    expect(answer({ rules, action: "delete" })).toBe("yes");
  });

  test("[PM20] help, one's own rules and what one was sent are never denied", () => {
    for (const permission of ["send-emergency", "read", "see-history", "see-settings"] as const) {
      expect(answer({ rules: { grants: denied({ permission }) }, action: permission })).toBe("yes");
    }
    for (const permission of ["see-controls", "see-filters"] as const) {
      const rules = { grants: denied({ permission }) };
      expect(answer({ rules, action: permission, to: person(MIA) })).toBe("yes");
    }
  });

  test("[PM21] words between a child and its guardian pass, both ways, whatever is denied", () => {
    for (const action of ["send", "read", "edit", "delete"] as const) {
      const own = { grants: denied({ permission: action }) };
      const theirs = { grants: denied({ permission: action }, MUM) };
      expect(answer({ rules: own, action, to: person(MUM) })).toBe("yes");
      expect(answer({ rules: theirs, from: MUM, action, to: person(MIA) })).toBe("yes");
    }
    const rules = { grants: denied({ permission: "forward" }) };
    expect(answer({ rules, action: "forward", to: person(MUM) })).toBe("denied");
  });
});

describe("scopes", () => {
  const groups = [groupOf(0x52, "friends", TOM, [MIA, TOM])];
  const friends: Target = { type: "group", group: GROUP };
  const rows: readonly (readonly [Grant["scope"], Target, boolean])[] = [
    [{ type: "everybody" }, person(TOM), true],
    [{ type: "everybody" }, friends, true],
    [{ type: "self" }, person(MIA), true],
    [{ type: "self" }, person(TOM), false],
    [{ type: "member", member: TOM.member }, person(TOM), true],
    [{ type: "member", member: TOM.member }, person(GRAN), false],
    [{ type: "member", member: TOM.member }, friends, false],
    [{ type: "group", group: GROUP }, friends, true],
    [{ type: "group", group: fill(16, 9) }, friends, false],
    [{ type: "friends-groups" }, friends, true],
    [{ type: "family-groups" }, friends, false],
    [{ type: "friends-groups" }, person(TOM), false],
    [{ type: "peers" }, person(TOM), true],
    [{ type: "peers" }, person(GRAN), false],
    [{ type: "supervised" }, person(TOM), false],
  ];
  for (const [index, [scope, to, covers]] of rows.entries()) {
    test(`[PM11] row ${index}: ${scope.type} ${covers ? "covers" : "does not cover"} it`, () => {
      const rules = { groups, grants: denied({ scope }) };
      expect(answer({ rules, to })).toBe(covers ? "denied" : "yes");
    });
  }

  test("[PM11] supervised is the wards of whom it is about", () => {
    const rules = { grants: denied({ permission: "forward", scope: { type: "supervised" } }, MUM) };
    expect(answer({ rules, from: MUM, action: "forward", to: person(MIA) })).toBe("denied");
    expect(answer({ rules, from: MUM, action: "forward", to: person(GRAN) })).toBe("yes");
  });
});

describe("conditions and expiry", () => {
  const granted = (fields: Partial<Grant>): RuleBook["grants"] => [
    grantFor(MIA, { permission: "create-group", ...fields }),
  ];
  const asked = (fields: Partial<Grant>, question: Question = {}): "yes" | PermissionRule =>
    answer({
      ...question,
      action: "create-group",
      to: { type: "family" },
      rules: { ...question.rules, grants: granted(fields) },
    });

  test("[PM12] always, and nothing without a grant", () => {
    expect(asked({})).toBe("yes");
    expect(asked({ permission: "moderate" })).toBe("not-by-role");
  });

  test("[PM12] until a date, and until it expires, not included", () => {
    const until = { condition: { type: "until", time: NOW } } as const;
    expect(asked(until, { time: NOW - 1 })).toBe("yes");
    expect(asked(until)).toBe("not-by-role");
    expect(asked({ expiresAt: NOW }, { time: NOW - 1 })).toBe("yes");
    expect(asked({ expiresAt: NOW })).toBe("not-by-role");
  });

  test("[PM12] in a weekly window of the family's time; without a zone a grant does not hold", () => {
    // NOW is a Sunday at midnight.
    const weekly = {
      condition: { type: "weekly", windows: [{ days: 64, from: 0, to: 60 }] },
    } as const;
    const rules = { settings: settingsIn(UTC) };
    expect(asked(weekly, { rules })).toBe("yes");
    expect(asked(weekly, { rules, time: NOW + HOUR })).toBe("not-by-role");
    expect(asked(weekly)).toBe("not-by-role");
  });

  test("[PM12] and a denial in a window without a zone holds", () => {
    const grants = denied({
      condition: { type: "weekly", windows: [{ days: 1, from: 0, to: 60 }] },
    });
    expect(answer({ rules: { grants } })).toBe("denied");
    expect(answer({ rules: { grants, settings: settingsIn(UTC) } })).toBe("yes");
  });

  test("[PM12] in an emergency that is not resolved, a day at most", () => {
    const emergency = {
      id: fill(16, 1),
      alert: fill(16, 2),
      member: TOM.member,
      height: 4,
      time: NOW,
      resolved: null,
    };
    const fields = { condition: { type: "emergency" } } as const;
    const during = (change: object, question: Question = {}): string =>
      asked(fields, { ...question, rules: { emergencies: [{ ...emergency, ...change }] } });
    expect(asked(fields)).toBe("not-by-role");
    expect(during({})).toBe("yes");
    expect(during({}, { time: NOW + EMERGENCY_OPEN_MS - 1 })).toBe("yes");
    expect(during({}, { time: NOW + EMERGENCY_OPEN_MS })).toBe("not-by-role");
    expect(during({}, { height: 3 })).toBe("not-by-role");
    expect(during({ resolved: { by: MUM.member, height: 5, time: NOW } })).toBe("not-by-role");
    expect(during({ resolved: { by: MUM.member, height: 5, time: NOW } }, { height: 4 })).toBe(
      "yes",
    );
  });

  test("[PM12] on approval while a decision about this very grant is in force", () => {
    const decision: RuleBook["decisions"][number] = {
      id: fill(16, 2),
      request: fill(16, 2),
      member: MIA.member,
      grant: fill(16, 0x41),
      isApproved: true,
      until: NOW + HOUR,
      by: MUM.member,
      from: 4,
      ended: null,
    };
    const fields = { condition: { type: "on-approval" } } as const;
    const after = (change: object, question: Question = {}): string =>
      asked(fields, { ...question, rules: { decisions: [{ ...decision, ...change }] } });
    expect(asked(fields)).toBe("not-by-role");
    expect(after({})).toBe("yes");
    expect(after({ isApproved: false })).toBe("not-by-role");
    expect(after({ grant: fill(16, 0x44) })).toBe("not-by-role");
    expect(after({ grant: null })).toBe("not-by-role");
    expect(after({ until: NOW })).toBe("not-by-role");
    expect(after({}, { height: 3 })).toBe("not-by-role");
  });
});

describe("heights", () => {
  test("[PM13] a rule holds from its height up to the one that ended it, for who cites an old one", () => {
    const grants = denied({ from: 3, ended: { height: 5, time: NOW } });
    expect(FAMILY_OF_EIGHT.height).toBe(5);
    expect([2, 3, 4, 5].map((height) => answer({ rules: { grants }, height }))).toEqual([
      "yes",
      "denied",
      "denied",
      "yes",
    ]);
    expect(answer({ rules: { grants } })).toBe("yes");
  });

  test("[PM13] a former role speaks for its heights", () => {
    const members = FAMILY_OF_EIGHT.members.map((one) =>
      one.id === GRAN.member
        ? {
            ...one,
            formerRoles: [{ role: "parent" as const, until: 4, time: NOW, by: DAD.member }],
          }
        : one,
    );
    const question = { from: GRAN, action: "manage-roles" } as const;
    const state = { ...FAMILY_OF_EIGHT, members };
    expect(answer({ ...question, state, height: 3 })).toBe("yes");
    expect(ask({ ...question, state, height: 4 })).toEqual({
      ok: false,
      rule: "not-by-role",
      height: 4,
    });
    expect(answer({ ...question, height: 3 })).toBe("not-by-role");
  });

  test("[PM3] [PM13] who is not yet registered is unknown, who has left is named so", () => {
    const tom = FAMILY_OF_EIGHT.members.find((one) => one.id === TOM.member);
    if (tom === undefined) throw new Error("Tom is in the fixture");
    const state = {
      ...FAMILY_OF_EIGHT,
      members: withEntry(FAMILY_OF_EIGHT.members, { ...tom, registeredAt: 3, leftAt: 5 }),
    };
    for (const question of [{ state }, { state, from: TOM, to: person(MIA) }]) {
      expect(ask({ ...question, height: 2 })).toMatchObject({ rule: "unknown-member", height: 2 });
      expect(answer({ ...question, height: 4 })).toBe("yes");
      expect(ask({ ...question, height: 5 })).toMatchObject({ rule: "left-the-family", height: 5 });
    }
  });
});

describe("whom a contact meets", () => {
  const accepted = (scope: Grant["scope"], member: Actor = MR_LEE): Partial<RuleBook> => ({
    grants: [grantFor(member, { scope })],
  });

  test("[PM2] a grant that names the other opens it, both ways, from either side", () => {
    for (const [from, to] of [
      [MR_LEE, TOM],
      [TOM, MR_LEE],
    ] as const) {
      expect(answer({ from, to: person(to) })).toBe("contacts-meet-who-accepted-them");
      const byContact = accepted({ type: "member", member: TOM.member });
      const byTom = accepted({ type: "member", member: MR_LEE.member }, TOM);
      expect(answer({ from, to: person(to), rules: byContact })).toBe("yes");
      expect(answer({ from, to: person(to), rules: byTom })).toBe("yes");
    }
  });

  test("[PM2] one for everybody, and one that names somebody else, do not", () => {
    const to = person(TOM);
    expect(answer({ from: MR_LEE, to, rules: accepted({ type: "everybody" }) })).toBe(
      "contacts-meet-who-accepted-them",
    );
    const other = accepted({ type: "member", member: MIA.member });
    expect(answer({ from: MR_LEE, to, rules: other })).toBe("contacts-meet-who-accepted-them");
    expect(answer({ from: MR_LEE, to, action: "send-emergency" })).toBe(
      "contacts-meet-who-accepted-them",
    );
  });

  test("[PM6] a group that is not there is unknown, and only who is in it writes to it", () => {
    const groups = [{ ...groupOf(0x52, "friends", TOM, [TOM]), from: 4 }];
    const to: Target = { type: "group", group: GROUP };
    expect(answer({ to })).toBe("unknown-group");
    expect(answer({ to, rules: { groups }, height: 3 })).toBe("unknown-group");
    expect(ask({ to, rules: { groups } })).toEqual({ ok: false, rule: "not-in-group", height: 4 });
    for (const action of ["forward", "send-emergency", "read", "edit", "delete"] as const) {
      expect(answer({ to, rules: { groups }, action })).toBe("not-in-group");
    }
    const archived = groups.map((one) => ({ ...one, ended: { height: 5, time: NOW } }));
    expect(answer({ to, from: TOM, rules: { groups: archived } })).toBe("unknown-group");
    expect(answer({ to, from: TOM, rules: { groups } })).toBe("yes");
  });

  test("[PM7] [PM21] a child's guardians are the parents that its control names, else every parent", () => {
    const only = (fields: object): Partial<RuleBook> => ({
      grants: denied(),
      controls: [controlFor(MIA, { guardians: [MUM.member], ...fields })],
    });
    expect(answer({ rules: only({}), to: person(MUM) })).toBe("yes");
    expect(answer({ rules: only({ guardians: [GRAN.member] }), to: person(MUM) })).toBe("yes");
    expect(answer({ rules: only({ guardians: [GRAN.member] }), to: person(GRAN) })).toBe("denied");
    expect(answer({ rules: only({ child: TOM.member }), to: person(MUM) })).toBe("yes");
    // At eighteen nobody is a guardian any more, so a denial holds for a parent too.
    expect(answer({ rules: only({}), to: person(MUM), time: EIGHTEEN - 1 })).toBe("yes");
    expect(answer({ rules: only({}), to: person(MUM), time: EIGHTEEN })).toBe("denied");
    expect(EIGHTEEN).toBeGreaterThan(NOW + DAY);
  });
});
