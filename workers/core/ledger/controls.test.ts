import { describe, expect, test } from "vitest";
import { overseersOf } from "./controls.ts";
import { fill, FOUNDER, HOUR, NOW, type Actor } from "./family-fixture.suite.test.ts";
import { permits, type PermissionRule, type PermitOptions } from "./permits.ts";
import type { Control, RuleBook } from "./rule-book.ts";
import {
  controlFor,
  DAD,
  EIGHTEEN,
  FAMILY_OF_EIGHT,
  GRAN,
  grantFor,
  MIA,
  MUM,
  person,
  settingsIn,
  TOM,
  UTC,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import type { PermissionWord } from "./vocabulary.ts";

const QUIET = [{ days: 127, from: 1_260, to: 420 }];
const NIGHT = NOW + 23 * HOUR;
const DAYTIME = NOW + 12 * HOUR;

interface Question extends PermitOptions {
  readonly from?: Actor;
  readonly to?: Actor;
  readonly action?: PermissionWord;
  readonly time?: number;
  readonly grants?: RuleBook["grants"];
  readonly child?: Actor;
}

const under = (fields: Partial<Control>, question: Question = {}): "yes" | PermissionRule => {
  const state = withRules({
    settings: settingsIn(UTC),
    controls: [controlFor(question.child ?? MIA, fields)],
    grants: question.grants ?? [],
  });
  const permission = permits(
    state,
    (question.from ?? MIA).member,
    question.action ?? "send",
    person(question.to ?? TOM),
    question.time ?? DAYTIME,
    question,
  );
  if (!permission.ok) expect(permission.height).toBe(3);
  return permission.ok ? "yes" : permission.rule;
};

describe("quiet hours", () => {
  test("[PM14] refuse words from and to the child in the window, and nothing outside it", () => {
    for (const action of ["send", "edit", "forward"] as const) {
      expect(under({ quiet: QUIET }, { action, time: NIGHT })).toBe("quiet-hours");
      expect(under({ quiet: QUIET }, { action, time: NIGHT, from: TOM, to: MIA })).toBe(
        "quiet-hours",
      );
      expect(under({ quiet: QUIET }, { action })).toBe("yes");
    }
    expect(under({ quiet: QUIET }, { time: NIGHT, from: TOM, to: GRAN })).toBe("yes");
    expect(under({ quiet: QUIET }, { time: NIGHT, action: "delete" })).toBe("yes");
    expect(under({ quiet: QUIET }, { time: NIGHT, to: MIA })).toBe("quiet-hours");
  });

  test("[PM21] words to and from a guardian pass, and calls for help to everybody", () => {
    for (const [from, to] of [
      [MIA, MUM],
      [MUM, MIA],
    ] as const) {
      expect(under({ quiet: QUIET }, { from, to, time: NIGHT })).toBe("yes");
    }
    expect(under({ quiet: QUIET, guardians: [DAD.member] }, { to: MUM, time: NIGHT })).toBe(
      "quiet-hours",
    );
    for (const to of [TOM, GRAN, ZOE]) {
      expect(under({ quiet: QUIET }, { to, time: NIGHT, action: "send-emergency" })).toBe("yes");
    }
  });

  test("[PM19] end with the eighteenth birthday, as every control does", () => {
    const fields: Partial<Control> = {
      quiet: [{ days: 127, from: 0, to: 1_440 }],
      contacts: "family",
      media: [],
      dailyMessages: 0,
      location: "guardians-only",
      oversight: true,
    };
    const late: Question = { time: EIGHTEEN, media: "text", sentToday: 9 };
    expect(under(fields, { ...late, time: EIGHTEEN - 1 })).toBe("quiet-hours");
    expect(under(fields, late)).toBe("yes");
    expect(under(fields, { ...late, to: ZOE })).toBe("yes");
    expect(under(fields, { ...late, action: "share-place" })).toBe("yes");
    const state = withRules({ controls: [controlFor(MIA, fields)] });
    const moment = { state, height: state.height, time: EIGHTEEN };
    expect(overseersOf(moment, MIA.member, TOM.member)).toEqual([]);
  });

  test("[PM19] a control of somebody who is no child says nothing", () => {
    expect(under({ quiet: QUIET }, { child: GRAN, from: GRAN, time: NIGHT })).toBe("yes");
  });
});

describe("contacts of a child", () => {
  const granted = [grantFor(MIA, { scope: { type: "member", member: ZOE.member } })];
  const back = [grantFor(ZOE, { scope: { type: "member", member: MIA.member } })];

  test("[PM15] open: whom it meets by the contacts' rule", () => {
    expect(under({ contacts: "open" }, { to: ZOE })).toBe("yes");
    expect(under({ contacts: "open" }, { from: ZOE, to: MIA })).toBe("yes");
  });

  test("[PM15] approved: only with a grant, from either side", () => {
    for (const [from, to] of [
      [MIA, ZOE],
      [ZOE, MIA],
    ] as const) {
      expect(under({ contacts: "approved" }, { from, to })).toBe("contact-not-approved");
      expect(under({ contacts: "approved" }, { from, to, grants: granted })).toBe("yes");
      expect(under({ contacts: "approved" }, { from, to, grants: back })).toBe("yes");
    }
    expect(under({ contacts: "approved" }, { to: TOM })).toBe("yes");
  });

  test("[PM15] family: no contact, granted or not", () => {
    for (const grants of [[], granted]) {
      expect(under({ contacts: "family" }, { to: ZOE, grants })).toBe("family-only");
      expect(under({ contacts: "family" }, { from: ZOE, to: MIA, grants })).toBe("family-only");
    }
    expect(under({ contacts: "family" }, { to: GRAN })).toBe("yes");
    expect(under({ contacts: "family" }, { from: ZOE, to: MUM })).toBe("yes");
  });
});

describe("what and how much", () => {
  test("[PM16] media that are not allowed, from and to the child, where it is known what it is", () => {
    const fields: Partial<Control> = { media: ["text"] };
    expect(under(fields, { media: "photo" })).toBe("media");
    expect(under(fields, { media: "photo", from: TOM, to: MIA })).toBe("media");
    expect(under(fields, { media: "text" })).toBe("yes");
    expect(under(fields, {})).toBe("yes");
    expect(under(fields, { media: "photo", to: MUM })).toBe("yes");
  });

  test("[PM17] the daily limit counts what the child sends", () => {
    const fields: Partial<Control> = { dailyMessages: 2 };
    expect(under(fields, { sentToday: 1 })).toBe("yes");
    expect(under(fields, { sentToday: 2 })).toBe("daily-limit");
    expect(under({}, { sentToday: 2 })).toBe("yes");
    expect(under(fields, { sentToday: 2, from: TOM, to: MIA })).toBe("yes");
    expect(under(fields, { sentToday: 9, to: MUM })).toBe("yes");
    expect(under(fields, { sentToday: 9, action: "send-emergency" })).toBe("yes");
    expect(under({ dailyMessages: 0 }, { sentToday: 0 })).toBe("daily-limit");
  });
});

describe("places and oversight", () => {
  test("[PM18] a place that is the guardians' alone goes to them alone", () => {
    const action = "share-place";
    for (const to of [TOM, GRAN]) {
      expect(under({ location: "guardians-only" }, { action, to })).toBe("place-for-guardians");
      expect(under({ location: "guardians-see" }, { action, to })).toBe("yes");
    }
    expect(under({ location: "guardians-only" }, { action, to: MUM })).toBe("yes");
    expect(under({ location: "guardians-only" }, { action, from: TOM, to: MIA })).toBe("yes");
  });

  const overseers = (a: Actor, b: Actor, fields: Partial<Control> = {}): readonly Uint8Array[] => {
    const state = withRules({ controls: [controlFor(MIA, { oversight: true, ...fields })] });
    return overseersOf({ state, height: state.height, time: NOW }, a.member, b.member);
  };
  const both = FAMILY_OF_EIGHT.members
    .map((one) => one.id)
    .filter((one) => [FOUNDER.member, MUM.member].some((id) => id.every((b, i) => b === one[i])));

  test("[PM22] an overseen child's guardians are in its conversations, in either direction", () => {
    expect(overseers(MIA, ZOE)).toEqual(both);
    expect(overseers(ZOE, MIA)).toEqual(both);
    expect(overseers(MIA, ZOE, { guardians: [MUM.member] })).toEqual([MUM.member]);
    expect(overseers(MIA, ZOE, { oversight: false })).toEqual([]);
  });

  test("[PM22] never between a child and its guardian or confidant, nor of anybody else", () => {
    expect(overseers(MIA, MUM)).toEqual([]);
    expect(overseers(DAD, MIA)).toEqual([]);
    expect(overseers(MIA, GRAN, { confidants: [GRAN.member] })).toEqual([]);
    expect(overseers(GRAN, MIA, { confidants: [GRAN.member] })).toEqual([]);
    expect(overseers(TOM, GRAN)).toEqual([]);
    expect(overseers(MIA, MIA)).toEqual([]);
  });

  test("[PM22] of two overseen children each guardian is named once", () => {
    const controls = [
      controlFor(MIA, { oversight: true, guardians: [MUM.member] }),
      controlFor(TOM, { oversight: true, id: fill(16, 9) }),
    ];
    const state = withRules({ controls });
    const found = overseersOf({ state, height: 5, time: NOW }, MIA.member, TOM.member);
    expect(found.length).toBe(2);
  });
});
