import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { DAY, FAMILY, fill, HOUR, MINUTE, NOW } from "../ledger/family-fixture.suite.test.ts";
import type { PermissionRule } from "../ledger/permits.ts";
import {
  controlFor,
  grantFor,
  settingsIn,
  UTC,
  withRules,
} from "../ledger/rules-fixture.suite.test.ts";
import type { LedgerState } from "../ledger/state.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  entryOf,
  familyAt,
  following,
  FRIEND,
  gossipOf,
  MUM,
  receive,
  recipientsOf,
  VIEW,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import { CLOCK_LIFT_MS, DAY_MS, VIOLATION_COUNT_MAX } from "./limits.ts";
import type { Header } from "./header.ts";
import type { Gossip, VerifiedEntry } from "./state.ts";
import type { LedgerView } from "./verdict.ts";
import {
  authorOf,
  brokenRule,
  isWritten,
  mayReport,
  subjectOf,
  VIOLATION_RULES,
  violationsIn,
} from "./violations.ts";

/** A contact's words to the child, whom it may not write to. */
const FORBIDDEN = chainOf(FRIEND, 3, { to: CHILD });
const YESTERDAY = Math.floor((NOW - 1) / DAY_MS);
const CONTACT_RULE = VIOLATION_RULES.indexOf("contacts-meet-who-accepted-them");

const PERMISSION_RULES: Readonly<Record<PermissionRule, true>> = {
  "unknown-member": true,
  "left-the-family": true,
  "contacts-meet-who-accepted-them": true,
  "unknown-group": true,
  "not-in-group": true,
  "not-by-role": true,
  denied: true,
  "quiet-hours": true,
  "family-only": true,
  "contact-not-approved": true,
  "daily-limit": true,
  media: true,
  "place-for-guardians": true,
};

const given = (entries: readonly VerifiedEntry[], view: LedgerView = VIEW): Gossip => {
  const gossip = gossipOf();
  for (const one of entries) receive(gossip, one, DAD, view);
  return gossip;
};
const said = (gossip: Gossip, view: LedgerView = VIEW, since = 0): readonly string[] =>
  violationsIn(gossip, view, since).map(
    ({ author, rule, day, count }) => `${toHex(author).slice(0, 4)} ${rule} ${day} ${count}`,
  );
const by = (actor: typeof FRIEND, rule: number, day: number, count: number): string =>
  `${toHex(actor.member).slice(0, 4)} ${rule} ${day} ${count}`;

describe("what is broken", () => {
  test("[VI1] words against a rule of the cited height, by member, rule and day", () => {
    expect(said(given(FORBIDDEN))).toEqual([by(FRIEND, CONTACT_RULE, YESTERDAY, 3)]);
    expect(said(given(chainOf(CHILD, 3)))).toEqual([]);
  });

  test("[VI1] each day by itself, and none before the first that is asked for", () => {
    const early = chainOf(FRIEND, 2, { to: CHILD, start: NOW - MINUTE, gapMs: 2 * MINUTE });
    expect(said(given(early)).toSorted()).toEqual([
      by(FRIEND, CONTACT_RULE, YESTERDAY, 1),
      by(FRIEND, CONTACT_RULE, YESTERDAY + 1, 1),
    ]);
    expect(said(given(early), VIEW, YESTERDAY + 1)).toEqual([
      by(FRIEND, CONTACT_RULE, YESTERDAY + 1, 1),
    ]);
  });

  test("[VI2] what a later narrowing refuses is none, also where it names an older rule", () => {
    const before = familyAt(5);
    const denial = grantFor(CHILD, {
      isDenial: true,
      scope: { type: "member", member: AUNT.member },
      from: 6,
    });
    const narrowing = {
      id: fill(16, 0x44),
      height: 6,
      time: NOW,
      by: DAD.member,
      members: [CHILD.member],
      cuts: [],
    };
    const after = withRules({ grants: [denial], narrowings: [narrowing] }, familyAt(6));
    const view = viewOf(before, after);
    const to = { to: AUNT };
    const gossip = given(chainOf(CHILD, 2, to), view);
    expect([...gossip.streams.values()].flatMap((one) => [...one.known.values()])).toMatchObject([
      { verdict: { type: "refused", rule: "denied", height: 6 } },
      { verdict: { type: "refused", rule: "denied", height: 6 } },
    ]);
    expect(said(gossip, view)).toEqual([]);
    // Who cites that very height had to know.
    expect(said(given(chainOf(CHILD, 2, { ...to, height: 6 }), view), view)).toEqual([
      by(CHILD, VIOLATION_RULES.indexOf("denied"), YESTERDAY, 2),
    ]);
    // A grant that came with 3 and ended with 6: what is left is the role's rule, of height 0.
    const grant = grantFor(FRIEND, { scope: { type: "member", member: CHILD.member }, from: 3 });
    const allowed = withRules({ grants: [grant] }, before);
    const ended = withRules(
      {
        grants: [{ ...grant, ended: { height: 6, time: NOW } }],
        narrowings: [{ ...narrowing, members: [FRIEND.member] }],
      },
      familyAt(6),
    );
    const narrowed = viewOf(allowed, ended);
    const late = given(FORBIDDEN, narrowed);
    const [first] = [...late.streams.values()].flatMap((one) => [...one.known.values()]);
    expect(first?.verdict).toMatchObject({ rule: "contacts-meet-who-accepted-them", height: 0 });
    expect(said(late, narrowed)).toEqual([]);
  });

  test("[VI3] a fault of the stream is none, whatever else is wrong", () => {
    const [first, second] = [at(FORBIDDEN, 0), at(FORBIDDEN, 1)];
    const unchained = following(FRIEND, first, { to: CHILD }, 0, { previous: fill(16, 7) });
    expect(said(given([first, unchained]))).toEqual([by(FRIEND, CONTACT_RULE, YESTERDAY, 1)]);
    const unpaced = following(FRIEND, null, { to: CHILD }, 0, { rateMark: 7 });
    expect(said(given([unpaced]))).toEqual([]);
    // Two at the first number: its key may have been in two places.
    const other = entryOf({ ...first.header, bodyHash: fill(32, 3) });
    expect(said(given([first, second, other]))).toEqual([]);
    const stranger = following(CHILD, null, {}, 0, { recipients: recipientsOf(AUNT) });
    expect(said(given([stranger]))).toEqual([]);
    const nobody = { audience: { type: "member" as const, member: fill(16, 0x99) } };
    expect(said(given([following(CHILD, null, {}, 0, nobody)]))).toEqual([]);
  });

  test("[VI4] what an app sends by itself is none", () => {
    const kinds = ["receipt", "refill", "direct", "edit", "delete", "reaction"] as const;
    const counted = kinds.filter((kind) => {
      const entry = following(FRIEND, null, { to: CHILD }, 0, { kind });
      return said(given([entry])).length > 0;
    });
    expect(counted).toEqual(["direct", "edit", "delete", "reaction"]);
  });

  test("[VI5] a rule that began less than a minute before by the clock is none: it may have been lifted", () => {
    const quiet = [{ days: 127, from: 20 * 60, to: 21 * 60 }];
    const rules = { controls: [controlFor(CHILD, { guardians: [DAD.member], quiet })] };
    const settings = { settings: settingsIn(UTC) };
    const view = viewOf(withRules({ ...rules, ...settings }, familyAt(5)));
    const bedtime = YESTERDAY * DAY_MS + 20 * HOUR;
    const at20 = (lateMs: number): Header =>
      following(CHILD, null, { to: AUNT, start: bedtime + lateMs }).header;
    expect(brokenRule(at20(-1), view)).toBeNull();
    expect(brokenRule(at20(0), view)).toBeNull();
    expect(brokenRule(at20(CLOCK_LIFT_MS - 1), view)).toBeNull();
    expect(brokenRule(at20(CLOCK_LIFT_MS), view)).toBe("quiet-hours");
    expect(brokenRule(at20(HOUR), view)).toBeNull();
  });

  test("[VI6] the same of the same entries, in every order and with anything twice", () => {
    const others = chainOf(AUNT, 2, { to: FRIEND });
    const all = [...FORBIDDEN, ...others, ...chainOf(CHILD, 2)];
    const expected = said(given(all));
    expect(expected).toHaveLength(2);
    fc.assert(
      fc.property(fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }), (order) => {
        expect(said(given(order))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test("[VI6] no more are counted than the ledger's field holds", () => {
    const gossip = given(FORBIDDEN.slice(0, 1));
    const [stream] = gossip.streams.values();
    const known = stream?.known.get(1);
    if (stream === undefined || known === undefined) throw new Error("no entry");
    for (let seq = 2; seq <= VIOLATION_COUNT_MAX + 5; seq += 1) stream.known.set(seq, known);
    expect(violationsIn(gossip, VIEW, 0)).toMatchObject([{ count: VIOLATION_COUNT_MAX }]);
  });

  test("[VI1] every rule of the table has its number, but for who is not known at all", () => {
    const all = Object.keys(PERMISSION_RULES).filter((one) => one !== "unknown-member");
    expect([...VIOLATION_RULES].toSorted()).toEqual(all.toSorted());
  });
});

describe("who says so", () => {
  const [one] = violationsIn(given(FORBIDDEN), VIEW, 0);
  if (one === undefined) throw new Error("nothing was broken");
  const state = familyAt(5);
  const may = (actor: typeof FRIEND, now: number, what = one): boolean =>
    mayReport(state, actor.member, what, now);

  test("[VI7] parents at once, others after a whole day, never who did it and no contact", () => {
    const dayAfter = (YESTERDAY + 2) * DAY_MS;
    expect([DAD, MUM, CHILD, AUNT, FRIEND].map((actor) => may(actor, NOW))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    for (const actor of [CHILD, AUNT]) {
      expect(may(actor, dayAfter - 1)).toBe(false);
      expect(may(actor, dayAfter)).toBe(true);
    }
    expect(may(FRIEND, dayAfter + DAY)).toBe(false);
    const own = { ...one, author: DAD.member };
    expect([DAD, MUM].map((actor) => may(actor, dayAfter, own))).toEqual([false, true]);
    expect(mayReport(state, fill(16, 0x98), one, dayAfter)).toBe(false);
  });

  test("[VI7] what the ledger has is not said again, whoever said it", () => {
    const entry = (subject: Uint8Array): LedgerState["rules"]["violations"][number] => ({
      id: fill(16, 1),
      subject,
      rule: one.rule,
      day: one.day,
      count: 1,
      by: AUNT.member,
    });
    const other = subjectOf(FAMILY, one.author, one.rule, one.day + 1);
    expect(isWritten(withRules({ violations: [entry(one.subject)] }, state), one)).toBe(true);
    expect(isWritten(withRules({ violations: [entry(other)] }, state), one)).toBe(false);
  });

  test("[VI1] who it was is known from the hash, to who knows the family", () => {
    expect(authorOf(state, one)).toEqual(FRIEND.member);
    expect(authorOf(state, { ...one, day: one.day + 1 })).toBeNull();
    expect(authorOf(state, { ...one, rule: one.rule + 1 })).toBeNull();
  });
});
