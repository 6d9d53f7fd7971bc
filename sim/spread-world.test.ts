/** The gossip core on many devices: what it costs and that all have all, beside a push without repair. */
import { describe, expect, test } from "vitest";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import { runSpread } from "./spread-seed.ts";
import { createSpread, weave, type SpreadFigures, type Strategy } from "./spread-world.ts";

/** Ten messages of each of the first devices of a family in which nothing is lost but frames. */
function talk(
  size: number,
  degree: number,
  lossFraction: number,
  strategy: Strategy,
): SpreadFigures {
  const options = { seed: 7, size, strategy, degree, delayMs: 40, lossFraction, bodyBytes: 300 };
  const spread = createSpread(options);
  weave(spread, degree);
  spread.run(5_000);
  for (const by of spread.motes.slice(0, 8)) {
    for (let turn = 0; turn < 10; turn += 1) {
      const at = 2_000 * (turn + spread.random.fraction());
      spread.scheduler.after(at, "say", () => void spread.publish(by));
    }
  }
  spread.run(60_000);
  expect(spread.violations).toEqual([]);
  return spread.figures();
}

describe("[SI32] spreading", () => {
  test("costs one copy where all are linked, two where each has five links, and reaches all", () => {
    const all = talk(10, Number.POSITIVE_INFINITY, 0, "ours");
    expect([all.delivered, all.expected]).toEqual([720, 720]);
    expect(all.copies).toBeLessThan(1.1);
    const some = talk(24, 5, 0, "ours");
    expect(some.delivered).toBe(some.expected);
    expect(some.copies).toBeLessThan(2.5);
  });

  test("with a tenth of all frames lost reaches all, where a push to √n alone does not", () => {
    const ours = talk(10, Number.POSITIVE_INFINITY, 0.1, "ours");
    expect(ours.delivered).toBe(ours.expected);
    const root = talk(10, Number.POSITIVE_INFINITY, 0.1, "root");
    expect(root.delivered).toBeLessThan(root.expected);
    expect(root.copies).toBeGreaterThan(ours.copies);
  });

  test("the same seed gives the same", () => {
    expect(runSpread(5)).toEqual(runSpread(5));
    expect(runSpread(6).trace).not.toBe(runSpread(5).trace);
  });

  test("seeds break nothing and all have all", () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { violations, stuck } = runSpread(seed);
      expect({ seed, violations, stuck }).toEqual({ seed, violations: [], stuck: [] });
    }
  }, 60_000);
});

describe("[SI32] a broken core is seen", () => {
  const broken = (tamper: (ready: GossipReady) => GossipReady): readonly string[] => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const { violations, stuck } = runSpread(seed, tamper);
      if (stuck.length > 0) return ["stuck"];
      if (violations.length > 0) return violations.map((one) => one.rule);
    }
    return [];
  };

  test("nobody asks for what is missing", () => {
    expect(broken((ready) => ({ ...ready, want: [] }))).toEqual(["stuck"]);
  });

  test("nobody says what it has, by register or by word", () => {
    expect(broken((ready) => ({ ...ready, registers: [], tell: [] }))).toEqual(["stuck"]);
  });

  test("an entry is pushed to one peer twice", () => {
    expect(broken((ready) => ({ ...ready, push: [...ready.push, ...ready.push] }))).toContain("G2");
  });

  test("a register says more than is stored", () => {
    const more = ({ sign, ...ready }: GossipReady): GossipReady => ({
      ...ready,
      sign: sign && {
        ...sign,
        vector: sign.vector.map((one) => ({ ...one, had: [{ from: 1, to: 60 }] })),
      },
    });
    expect(broken(more)).toContain("G7");
  });
});
