/**
 * Who replayed every block, who began with a snapshot of some height, and who has the newest state alone
 * come to the same verdict on everything that is still kept, whatever was written into the rules and
 * however much of it. Transactions are executed and entries judged as on a device.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { enterHeight, execute } from "../ledger/execute.ts";
import {
  controlBody,
  denialBody,
  grantBody,
  groupBody,
  NO_CUTS,
  roleBody,
  settingBody,
} from "../ledger/execution-fixture.suite.test.ts";
import { DAY, deviceEntry, fill, NOW, signed } from "../ledger/family-fixture.suite.test.ts";
import { OWN_ROOM } from "../ledger/limits.ts";
import { alarm, decision, solved } from "../ledger/rule-bodies-fixture.suite.test.ts";
import { stateAsOf } from "../ledger/snapshot.ts";
import { decodeState, encodeState, withEntry, type LedgerState } from "../ledger/state.ts";
import type { TransactionBody } from "../ledger/transaction.ts";
import { OFFSET_OF_UTC } from "../ledger/week.ts";
import {
  at,
  AUNT,
  CHILD,
  DAD,
  familyAt,
  following,
  FRIEND,
  MUM,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import { judge, type LedgerView } from "./verdict.ts";

const REGISTERED = NOW - 90 * DAY;
const PEOPLE = [DAD, MUM, CHILD, AUNT, FRIEND] as const;
const BASE: LedgerState = PEOPLE.reduce(
  (state, one) => ({ ...state, devices: withEntry(state.devices, deviceEntry(one, REGISTERED)) }),
  familyAt(5),
);
/** Days for which messages are kept; a day more for one that has begun. */
const KEPT_DAYS = 33;

interface Step {
  /** Days after the block before. */
  readonly days: number;
  readonly author: number;
  readonly what: number;
  readonly whom: number;
}

/** A change that a family might make, out of what there is; some are refused. */
function bodyOf({ what, whom }: Step, state: LedgerState, salt: number): TransactionBody {
  const person = at(PEOPLE, whom);
  const { rules } = state;
  const open = <T extends { readonly ended: object | null }>(list: readonly T[]): T | undefined =>
    list.findLast((one) => one.ended === null);
  const group = open(rules.groups)?.id ?? fill(16, 1);
  switch (what) {
    case 0:
      return denialBody(person);
    case 1:
      return grantBody(person, {
        permission: "send",
        scope: { type: "member", member: at(PEOPLE, (whom + 1) % PEOPLE.length).member },
        expiresAt: state.time + 9 * DAY,
      });
    case 2: {
      const rule = open(rules.grants)?.id ?? fill(16, 2);
      return { type: "permission-ended", rule, ...NO_CUTS };
    }
    case 3:
      return roleBody(AUNT, "relative", "contact");
    case 4:
      return roleBody(AUNT, "contact", "relative");
    case 5:
      return groupBody("family", [person]);
    case 6:
      return { type: "group-member-removed", group, member: person.member, ...NO_CUTS };
    case 7:
      return { type: "group-member-added", group, member: person.member };
    case 8:
      return alarm(salt);
    case 9: {
      const called = rules.emergencies.find((one) => one.resolved === null);
      const of = PEOPLE.find((one) => one.member.join() === called?.member.join()) ?? DAD;
      return solved(of, called?.alert[0] ?? 0);
    }
    case 10:
      return denialBody(person, { condition: { type: "emergency" } });
    case 11:
      return grantBody(person, { permission: "send", condition: { type: "on-approval" } });
    case 12:
      return controlBody(CHILD, {
        version: 1 + (open(rules.controls)?.version ?? 0),
        guardians: [DAD.member, MUM.member],
        contacts: whom % 2 === 0 ? "family" : "open",
        quiet: rules.settings.length > 0 && whom > 2 ? [{ days: 127, from: 0, to: 720 }] : [],
        endsAt: NOW + 3_000 * DAY,
      });
    case 13: {
      const offset = OFFSET_OF_UTC + (whom % 2 === 0 ? 720 : 0);
      const zone = { name: "Here", offsets: [{ from: 0, offset }] };
      return settingBody({ version: 1 + (open(rules.settings)?.version ?? 0), zone });
    }
    case 14:
      return { type: "device-revoked", device: person.device, reason: "lost", cuts: [] };
    case 15:
      return { type: "member-left", cuts: [] };
    default: {
      const grant = rules.grants.findLast(
        (one) => one.ended === null && one.condition.type === "on-approval",
      );
      return decision({
        request: fill(16, salt),
        member: grant?.member ?? person.member,
        grant: grant?.id ?? null,
        until: state.time + 3 * DAY,
      });
    }
  }
}

/** The states after each block, one transaction in each. */
function replay(steps: readonly Step[]): readonly LedgerState[] {
  const states: LedgerState[] = [BASE];
  for (const [index, step] of steps.entries()) {
    const before = at(states, -1);
    const context = { height: before.height + 1, time: before.time + step.days * DAY };
    const entered = enterHeight(before, context);
    const body = bodyOf(step, entered, index % 251);
    const options = { time: context.time, salt: index % 251, expiresHeight: 1_000 };
    const done = execute(entered, signed(at(PEOPLE, step.author), body, options), {
      ...context,
      parent: fill(32, 1),
      rulesKnown: 1,
    });
    states.push(done.ok ? done.state : entered);
  }
  return states;
}

/** Somebody who began with the snapshot of that index, from its bytes, and replayed the rest. */
function newcomerFrom(states: readonly LedgerState[], index: number): LedgerView {
  const read = states.slice(index).map((one) => {
    const decoded = decodeState(encodeState(one));
    if (!decoded.ok) throw new Error(decoded.detail);
    return decoded.value;
  });
  const oldest = at(read, 0);
  const view = viewOf(...read);
  return {
    head: view.head,
    stateAt: (height) =>
      height < oldest.height ? stateAsOf(oldest, height) : view.stateAt(height),
  };
}

/** Verdicts on a word of each to each, by the rules of each height, said on each of the kept days. */
function verdictsOf(view: LedgerView, groups: readonly Uint8Array[]): readonly string[] {
  const { head } = view;
  const verdicts: string[] = [];
  const audiences = [
    ...PEOPLE.map(({ member }) => ({ type: "member", member }) as const),
    ...groups.map((group) => ({ type: "group", group }) as const),
    { type: "family" } as const,
  ];
  for (const author of PEOPLE) {
    for (const audience of audiences) {
      for (let height = BASE.height; height <= head.height; height += 1) {
        for (const back of [0, 8, 16, KEPT_DAYS - 1]) {
          const { header } = following(
            author,
            null,
            { start: head.time - back * DAY, height, registered: REGISTERED },
            0,
            { audience },
          );
          const { verdict } = judge(header, "start", view);
          const end = verdict.type === "refused" ? ` ${verdict.rule} ${verdict.height}` : "";
          verdicts.push(`${verdict.type}${end}`);
        }
      }
    }
  }
  return verdicts;
}

const step = fc.record({
  days: fc.constantFrom(0, 0, 1, 5, 20),
  author: fc.constantFrom(0, 0, 1, 1, 2, 3, 4),
  what: fc.integer({ min: 0, max: 16 }),
  whom: fc.integer({ min: 0, max: PEOPLE.length - 1 }),
});

function expectAlike(states: readonly LedgerState[], from: readonly number[]): void {
  const head = at(states, -1);
  const groups = head.rules.groups.map((one) => one.id);
  const told = verdictsOf(viewOf(...states), groups);
  for (const index of from) {
    expect(verdictsOf(newcomerFrom(states, index), groups)).toEqual(told);
  }
}

describe("a newcomer", () => {
  test(
    "[NR5] judges as those do who replayed, from a snapshot of any height",
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.nat(11), (steps, index) => {
          const states = replay(steps);
          expectAlike(states, [states.length - 1, Math.min(index, states.length - 1)]);
        }),
        { numRuns: 40 },
      );
    },
  );

  test(
    "[NR5] also where somebody's role went back and forth as often as rules let it",
    { timeout: 120_000 },
    () => {
      const steps = Array.from({ length: 24 }, (_, index) => ({
        days: index % 3 === 0 ? 1 : 0,
        author: Math.floor(index / 2) % 2,
        what: 3 + (index % 2),
        whom: 0,
      }));
      const states = replay(steps);
      const head = at(states, -1);
      const aunt = head.members.find((one) => one.id.join() === AUNT.member.join());
      expect(aunt?.formerRoles).toHaveLength(8);
      expectAlike(states, [states.length - 1, 5, 12]);
    },
  );

  test("[NR5] and of a child's hours that were others then, in another time zone", () => {
    const states = replay([
      { days: 0, author: 0, what: 13, whom: 1 },
      { days: 0, author: 0, what: 12, whom: 3 },
      { days: 1, author: 0, what: 13, whom: 0 },
      { days: 1, author: 0, what: 12, whom: 1 },
      { days: 14, author: 0, what: 5, whom: 1 },
    ]);
    const told = verdictsOf(viewOf(...states), []);
    for (const index of [5, 4, 2]) {
      expect(verdictsOf(newcomerFrom(states, index), [])).toEqual(told);
    }
    expect(told).toContain("refused quiet-hours 7");
  });

  test("[NR5] also of what held while somebody had called for help, two weeks ago", () => {
    const states = replay([
      { days: 0, author: 0, what: 10, whom: 3 },
      { days: 0, author: 2, what: 8, whom: 0 },
      { days: 16, author: 0, what: 5, whom: 1 },
    ]);
    const views = [viewOf(...states), newcomerFrom(states, 3), newcomerFrom(states, 2)];
    const said = views.map((view) => verdictsOf(view, []));
    expect(said[1]).toEqual(said[0]);
    expect(said[2]).toEqual(said[0]);
    expect(said[0]).toContain("refused denied 6");
  });

  test(
    "[NR5] and after a flood of denials, calls for help and answers",
    { timeout: 120_000 },
    () => {
      const floods = Array.from({ length: OWN_ROOM + 70 }, (_, index) => ({
        days: index % 10 === 9 ? 1 : 0,
        author: index % 3 === 2 ? 2 : 0,
        what: index % 3 === 2 ? 8 : 0,
        whom: 3,
      }));
      // Mum's one denial of the friend comes first and stays.
      const states = replay([{ days: 0, author: 1, what: 0, whom: 4 }, ...floods]);
      const head = at(states, -1);
      expect(head.rules.narrowings.some((one) => one.by.join() === MUM.member.join())).toBe(true);
      expect(head.rules.forgotten).toBeNull();
      const friends = following(FRIEND, null, { start: NOW, height: 5, registered: REGISTERED });
      expect(judge(friends.header, "start", viewOf(...states)).verdict).toMatchObject({
        rule: "denied",
        height: 6,
      });
      const view = newcomerFrom(states, states.length - 1);
      expect(judge(friends.header, "start", view).verdict).toMatchObject({ rule: "denied" });
    },
  );
});
