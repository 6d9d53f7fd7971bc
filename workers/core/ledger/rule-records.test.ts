/** What is written down because it happened, what narrows, and how much one member may write. */
import { describe, expect, test } from "vitest";
import { enterHeight } from "./execute.ts";
import {
  after,
  denialBody,
  grantBody,
  reasonOf,
  removal,
  run,
} from "./execution-fixture.suite.test.ts";
import { type Actor, DAY, fill, HOUR, NOW } from "./family-fixture.suite.test.ts";
import { APPROVAL_LIFE_MS } from "./limits.ts";
import { permits } from "./permits.ts";
import {
  alarm,
  BASE,
  decision,
  first,
  solved,
  TODAY,
  violation,
} from "./rule-bodies-fixture.suite.test.ts";
import { DAD, GRAN, MIA, MUM, TOM, ZOE } from "./rules-fixture.suite.test.ts";
import type { LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

describe("records", () => {
  test("[RD1] a request is decided once, for a time that is to come and not too long", () => {
    expect(reasonOf(run(BASE, DAD, decision({ until: NOW })))).toBe("bad-time");
    expect(reasonOf(run(BASE, DAD, decision({ until: NOW + APPROVAL_LIFE_MS + 1 })))).toBe(
      "bad-time",
    );
    const state = after(run(BASE, DAD, decision()));
    expect(reasonOf(run(state, MUM, decision({ isApproved: false })))).toBe("repeated-decision");
    expect(state.rules.decisions).toMatchObject([{ by: DAD.member, from: 6 }]);
  });

  test("[RD2] one that names a grant opens it: it is on approval, and of that member", () => {
    const condition = { type: "on-approval" } as const;
    const state = after(run(BASE, DAD, grantBody(MIA, { condition })));
    const grant = first(state.rules.grants);
    const open = after(run(state, MUM, decision({ grant })));
    const asked = (from: LedgerState, time: number): boolean =>
      permits(from, MIA.member, "create-group", { type: "family" }, time, { height: 6 }).ok;
    expect([asked(state, NOW), asked(open, NOW), asked(open, NOW + HOUR)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(reasonOf(run(state, MUM, decision({ grant, member: TOM.member })))).toBe("unknown-rule");
    const always = after(run(BASE, DAD, grantBody(MIA)));
    const named = decision({ grant: first(always.rules.grants) });
    expect(reasonOf(run(always, MUM, named))).toBe("unknown-rule");
  });

  test("[RD3] a call for help is written down once, and over once a parent says so", () => {
    const called = after(run(BASE, ZOE, alarm()));
    expect(called.rules.emergencies).toMatchObject([{ member: ZOE.member, resolved: null }]);
    const over = after(run(called, MUM, solved(ZOE), { height: 7 }));
    expect(over.rules.emergencies).toMatchObject([{ resolved: { by: MUM.member, height: 7 } }]);
    expect(reasonOf(run(over, MUM, solved(ZOE)))).toBe("unknown-emergency");
    expect(reasonOf(run(called, GRAN, solved(ZOE)))).toBe("not-a-parent");
  });

  test("[RD4] a violation is written once, of the last seven days", () => {
    expect(reasonOf(run(BASE, GRAN, violation({ day: TODAY + 1 })))).toBe("bad-time");
    expect(reasonOf(run(BASE, GRAN, violation({ day: TODAY - 7 })))).toBe("accepted");
    expect(reasonOf(run(BASE, GRAN, violation({ day: TODAY - 8 })))).toBe("bad-time");
    expect(reasonOf(run(BASE, ZOE, violation()))).toBe("not-permitted");
  });
});

describe("narrowings and bounds", () => {
  const spent = (
    state: LedgerState,
    author: Actor,
    body: () => TransactionBody,
    at = NOW,
  ): number => {
    let next = state;
    for (let count = 0; ; count += 1) {
      const done = run(next, author, body(), { at });
      if (!done.ok) {
        expect(done.reason).toBe("too-many-today");
        return count;
      }
      next = done.state;
    }
  };

  test("[BD1] twenty ordinary transactions a member and day of block time", () => {
    let alerts = 0;
    expect(spent(BASE, DAD, () => denialBody(MIA))).toBe(20);
    expect(spent(BASE, MIA, () => alarm((alerts += 1)))).toBe(10);
    let subjects = 0;
    expect(spent(BASE, GRAN, () => violation({ subject: fill(16, (subjects += 1)) }))).toBe(4);
  });

  test("[BD2] the buckets do not empty each other, nor another member's, nor another day's", () => {
    let state = BASE;
    for (let count = 0; count < 20; count += 1) state = after(run(state, DAD, denialBody(MIA)));
    expect(reasonOf(run(state, DAD, denialBody(MIA)))).toBe("too-many-today");
    expect(reasonOf(run(state, DAD, alarm()))).toBe("accepted");
    const revoke: TransactionBody = {
      type: "device-revoked",
      device: MIA.device,
      reason: "lost",
      cuts: [],
    };
    expect(reasonOf(run(state, DAD, revoke))).toBe("accepted");
    expect(reasonOf(run(state, MUM, denialBody(MIA)))).toBe("accepted");
    expect(reasonOf(run(state, DAD, denialBody(MIA), { at: NOW + DAY }))).toBe("accepted");
    const tomorrow = enterHeight(state, { height: 7, time: NOW + DAY });
    expect(tomorrow.rules.tallies).toEqual([]);
    expect(enterHeight(state, { height: 7, time: NOW + HOUR }).rules.tallies).toHaveLength(1);
  });

  test("[BD3] a refused transaction spends nothing", () => {
    let state = BASE;
    for (let count = 0; count < 30; count += 1) {
      const refused = run(state, DAD, removal(MUM));
      if (refused.ok) state = refused.state;
    }
    expect(state).toEqual(BASE);
  });
});
