/** Somebody who cites, long after, rules of a height at which it was not yet denied anything. */
import { describe, expect, test } from "vitest";
import { enterHeight } from "../ledger/execute.ts";
import { after, denialBody, run } from "../ledger/execution-fixture.suite.test.ts";
import { DAY, deviceEntry, fill, NOW } from "../ledger/family-fixture.suite.test.ts";
import { RULES_LAG_MS } from "../ledger/limits.ts";
import {
  decodeState,
  encodeState,
  RULES_VERSION,
  withEntry,
  type LedgerState,
} from "../ledger/state.ts";
import { stateAsOf } from "../ledger/snapshot.ts";
import { AUNT, CHILD, DAD, familyAt, following, MUM, viewOf } from "./gossip-fixture.suite.test.ts";
import { judge, judgeEphemeral, type LedgerView } from "./verdict.ts";

const REGISTERED = NOW - 90 * DAY;
const BEFORE: LedgerState = [DAD, MUM, CHILD, AUNT].reduce(
  (state, one) => ({ ...state, devices: withEntry(state.devices, deviceEntry(one, REGISTERED)) }),
  familyAt(5),
);
/** Height 6: the aunt may write to nobody any more. */
const DENIED: LedgerState = { ...after(run(BEFORE, DAD, denialBody(AUNT))), height: 6 };
/** Days after the denial for which it is remembered. */
const KEPT_DAYS = 40;

const atDay = (day: number, height = 7): LedgerState =>
  enterHeight(DENIED, { height, time: NOW + day * DAY });

/** What becomes of the aunt's word to Mum, said on that day by the rules of `height`. */
function fateOf(day: number, head: LedgerState, height = 5, ms = NOW + day * DAY): string {
  const { header } = following(AUNT, null, { start: ms, height, registered: REGISTERED });
  const { verdict } = judge(header, "start", viewOf(BEFORE, DENIED, head));
  return verdict.type === "refused" ? `${verdict.rule} ${verdict.height}` : verdict.type;
}

describe("old rules", () => {
  test("[NR4] a denial holds against them as long as it is remembered, and for ever after", () => {
    expect(fateOf(1, atDay(KEPT_DAYS))).toBe("denied 6");
    expect(atDay(KEPT_DAYS).rules.narrowings).toHaveLength(1);
    for (const day of [KEPT_DAYS + 1, 100, 1_000]) {
      const head = atDay(day);
      expect(head.rules.narrowings).toEqual([]);
      // Said today, or dated back as far as retention goes.
      for (const back of [0, 1, 29]) expect(fateOf(day - back, head)).toBe("old-rules 6");
    }
  });

  test("[NR4] what was said before it ended, or a week after, is not touched by forgetting it", () => {
    const head = atDay(KEPT_DAYS + 1);
    expect(fateOf(0, head)).toBe("accepted");
    expect(fateOf(0, head, 5, NOW + RULES_LAG_MS)).toBe("accepted");
    expect(fateOf(0, head, 5, NOW + RULES_LAG_MS + 1)).toBe("old-rules 6");
    // By then nobody keeps what was said a week after.
    expect(NOW + RULES_LAG_MS).toBeLessThan(head.time - 31 * DAY);
  });

  test("[NR4] who cites its height or a later one is judged by that", () => {
    const head = atDay(KEPT_DAYS + 1);
    expect(fateOf(40, head, 6)).toBe("denied 6");
    expect(fateOf(40, head, 7)).toBe("denied 6");
    const { header } = following(DAD, null, {
      start: NOW + 40 * DAY,
      height: 7,
      registered: REGISTERED,
    });
    expect(judge(header, "start", viewOf(BEFORE, DENIED, head)).verdict.type).toBe("accepted");
  });

  test("[NR4] of two that are forgotten the later one counts, and what is left is not touched", () => {
    const later = { ...DENIED.rules, forgotten: { height: 3, time: NOW - 60 * DAY } };
    const head = { ...DENIED, rules: later };
    expect(fateOf(1, head)).toBe("denied 6");
    expect(fateOf(-1, head, 2)).toBe("old-rules 3");
    expect(fateOf(-1, head, 3)).toBe("denied 6");
  });

  test("[NR4] a newcomer with a snapshot alone says the same", () => {
    const head = atDay(KEPT_DAYS + 1);
    const read = decodeState(encodeState(head));
    if (!read.ok) throw new Error(read.detail);
    const view: LedgerView = {
      head: read.value,
      stateAt: (height) => stateAsOf(read.value, height),
    };
    const { header } = following(AUNT, null, {
      start: NOW + 40 * DAY,
      height: 5,
      registered: REGISTERED,
    });
    expect(judge(header, "start", view).verdict).toEqual({
      type: "refused",
      rule: "old-rules",
      height: 6,
    });
    expect(read.value.rulesVersion).toBe(RULES_VERSION);
  });

  test("[NR4] places and signs of life are no way around it", () => {
    const { header } = following(AUNT, null, { start: NOW + 41 * DAY }, 0, {
      kind: "presence",
      stream: 1,
      previous: fill(16, 0),
    });
    const head = atDay(KEPT_DAYS + 1);
    expect(judgeEphemeral(header, viewOf(BEFORE, DENIED, head))).toMatchObject({
      rule: "old-rules",
    });
  });

  test("[NR4] a stream refused for it goes on when it cites the rules of now", () => {
    const head = atDay(KEPT_DAYS + 1);
    const first = following(DAD, null, { start: NOW + 39 * DAY, registered: REGISTERED });
    const judged = judge(first.header, "start", viewOf(BEFORE, DENIED, head));
    expect(judged.verdict).toMatchObject({ rule: "old-rules" });
    const again = following(DAD, first, { start: NOW + 40 * DAY, height: 7 });
    const verdict = judge(again.header, { ...judged, id: first.id }, viewOf(BEFORE, DENIED, head));
    expect(verdict.verdict).toEqual({ type: "accepted" });
  });
});
