/** The model keeps to what it models, and to what the real cores do where both can run. */
import { describe, expect, test } from "vitest";
import { createSpread, weave } from "../sim/spread-world.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { makeGraph, spreadOne, type ModelFigures, type ModelStrategy } from "./scale-model.ts";
import { quantile } from "./types.ts";

const DELAY_MS = 40;

function spread(
  strategy: ModelStrategy,
  size: number,
  lossFraction: number,
  degree = 6,
): readonly ModelFigures[] {
  const random = createRandom(seedWords(size));
  const graph = strategy === "root" ? null : makeGraph(random, size, degree);
  const options = { strategy, size, graph, delayMs: DELAY_MS, lossFraction };
  return Array.from({ length: 10 }, () => spreadOne(random, options, random.below(size)));
}

function mean(all: readonly ModelFigures[], of: (one: ModelFigures) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0) / all.length;
}

describe("links", () => {
  test("go both ways, are no more than wanted, and hold everybody together", () => {
    const graph = makeGraph(createRandom(seedWords(3)), 500, 6);
    if (graph === null) throw new Error("not all linked");
    for (const [one, peers] of graph.entries()) {
      expect(new Set(peers).size).toBe(peers.length);
      expect(peers.length).toBeLessThanOrEqual(6);
      for (const peer of peers) expect(graph[peer]).toContain(one);
    }
    const seen = new Set([0]);
    for (const one of seen) for (const peer of graph[one] ?? []) seen.add(peer);
    expect(seen.size).toBe(500);
    const ends = graph.reduce((sum, peers) => sum + peers.length, 0);
    expect(ends / 500).toBeGreaterThan(5.8);
  });

  test("of a few are all that there can be", () => {
    expect(makeGraph(createRandom(seedWords(3)), 7, 6)).toBeNull();
  });
});

describe("spreading", () => {
  test("without losses over ways and by a flood all have it, at two copies and at five", () => {
    const ours = spread("ways", 300, 0);
    const flood = spread("flood", 300, 0);
    expect([mean(ours, (one) => one.delivered), mean(flood, (one) => one.delivered)]).toEqual([
      1, 1,
    ]);
    expect(mean(ours, (one) => one.copies)).toBeGreaterThan(1.5);
    expect(mean(ours, (one) => one.copies)).toBeLessThanOrEqual(2);
    expect(mean(flood, (one) => one.copies)).toBeGreaterThan(4.5);
    expect(mean(flood, (one) => one.copies)).toBeLessThan(5.1);
  });

  test("no hop takes less than half a link's delay, and the last are some hops away", () => {
    for (const one of [...spread("ways", 1_000, 0.1), ...spread("flood", 1_000, 0)]) {
      expect(one.hops.length).toBe(one.latencies.length);
      for (const [index, hops] of one.hops.entries()) {
        expect(one.latencies[index]).toBeGreaterThanOrEqual((hops * DELAY_MS) / 2);
        expect(hops).toBeGreaterThanOrEqual(1);
      }
      expect(Math.max(...one.hops)).toBeGreaterThanOrEqual(5);
    }
  });

  test("beyond eight hops a message goes on by words alone: on a ring that takes longer, and it gets there", () => {
    const far = spread("ways", 60, 0, 2);
    expect(mean(far, (one) => one.delivered)).toBe(1);
    for (const { hops, latencies } of far) {
      const beyond = latencies.filter((_, index) => (hops[index] ?? 0) > 8);
      expect(beyond.length).toBeGreaterThan(40);
      expect(Math.min(...beyond)).toBeGreaterThan(150 + 8 * (DELAY_MS / 2));
    }
  });

  test("a push to √n costs √n copies and misses somebody; words bring what ways have lost", () => {
    const root = spread("root", 100, 0);
    expect(mean(root, (one) => one.copies)).toBeGreaterThan(9);
    expect(mean(root, (one) => one.copies)).toBeLessThan(11);
    expect(mean(spread("root", 10, 0.1), (one) => one.delivered)).toBeLessThan(1);
    const lossy = spread("ways", 300, 0.1);
    expect(mean(lossy, (one) => one.delivered)).toBeGreaterThan(0.995);
    expect(Math.max(...lossy.flatMap((one) => one.latencies))).toBeGreaterThan(150);
  });
});

test("is near the real cores where both can run: twenty devices of six links", () => {
  const real = createSpread({
    seed: 2,
    size: 20,
    strategy: "ours",
    degree: 6,
    delayMs: DELAY_MS,
    lossFraction: 0,
    bodyBytes: 300,
  });
  weave(real, 6);
  real.run(5_000);
  for (const by of real.motes.slice(0, 6)) {
    for (let turn = 0; turn < 6; turn += 1) {
      const at = 2_000 * (turn + real.random.fraction());
      real.scheduler.after(at, "say", () => void real.publish(by));
    }
  }
  real.run(18_000);
  const model = spread("ways", 20, 0);
  const { copies, latencies } = real.figures();
  const p50 = (all: readonly number[]): number =>
    quantile(
      all.toSorted((a, b) => a - b),
      0.5,
    );
  expect(mean(model, (one) => one.copies) / copies).toBeGreaterThan(0.85);
  expect(mean(model, (one) => one.copies) / copies).toBeLessThan(1.15);
  const share = p50(model.flatMap((one) => one.latencies)) / p50(latencies);
  expect(share).toBeGreaterThan(0.8);
  expect(share).toBeLessThan(1.2);
}, 60_000);
