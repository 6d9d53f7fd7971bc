import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { describeExhaustive, enumerateAll, exploreFour } from "./exhaustive.ts";
import { explore } from "./explore.ts";
import { PLANTED_LEDGER } from "./planted-ledger.ts";
import { subsetsOf } from "./subsets.ts";

test("[SI26] at three, to view 1, everything that can happen keeps one block", () => {
  const outcome = explore({ size: 3, liar: -1, viewMost: 1, statesMost: 10_000 });
  expect(outcome).toMatchObject({ isComplete: true, broken: null });
  expect(outcome.states).toBeGreaterThan(900);
  expect(outcome.decided).toBeGreaterThan(500);
});

test("[SI26] at four, with a liar, the first states are clean", () => {
  const outcome = explore({ size: 4, liar: 0, viewMost: 1, statesMost: 400 });
  expect(outcome).toMatchObject({ isComplete: false, broken: null });
});

test.each([
  "a VIEW-CHANGE claims nothing",
  "a NEW-VIEW proposes afresh although a block is prepared",
])("[SI20] [SI26] the explorer finds two blocks where %s", (name) => {
  const plant = PLANTED_LEDGER.find((one) => one.name === name);
  const rules = plant?.core?.(() => 0) ?? {};
  const { broken } = explore({ size: 3, liar: -1, viewMost: 1, statesMost: 5_000, rules });
  expect(broken?.rule).toBe("I1");
  expect(broken?.said.length).toBeGreaterThan(5);
});

test(
  "[SI31] at four to view 2 the first states are clean, with each of them lying, and not said to be all",
  { tags: ["long"] },
  () => {
    // Enough to meet acts that look the same and are not: the explorer would say `memory`.
    const outcome = exploreFour(2_000);
    expect(outcome.explored.map((one) => [one.liar, one.viewMost, one.isComplete])).toEqual([
      [0, 2, false],
      [1, 2, false],
      [2, 2, false],
      [3, 2, false],
    ]);
    expect(outcome.explored.every((one) => one.states > 2_000 && one.broken === null)).toBe(true);
    expect(outcome.isClean).toBe(true);
    expect(describeExhaustive(outcome)).toContain("views 0 to 2");
    expect(describeExhaustive(outcome)).toContain("NOT COMPLETE");
    expect(readArguments(["--explore-four", "9"])).toMatchObject({
      arguments: { exploredFour: 9 },
    });
    expect(readArguments([])).toMatchObject({ arguments: { exploredFour: 0 } });
  },
);

test("[SI27] twins in every partition of two rounds break nothing at four, and one block at three", () => {
  const outcome = enumerateAll(false, 2);
  expect(outcome.twins.map((one) => one.scenarios)).toEqual([16, 256, 256, 256, 256, 64]);
  expect(outcome.isClean).toBe(true);
  expect(describeExhaustive(outcome)).toContain("broken I1 as it must be");
});

test("[SI27] choices keep their order and miss nothing", () => {
  expect(subsetsOf([1, 2, 3, 4], 2)).toHaveLength(6);
  expect(subsetsOf([1, 2, 3], 3)).toEqual([[1, 2, 3]]);
  expect(subsetsOf([1], 2)).toEqual([]);
});

test("[SI22] [SI26] [SI27] both are asked for on the command line", () => {
  expect(readArguments(["--explore", "--twins", "3"])).toMatchObject({
    ok: true,
    arguments: { isExplored: true, twinsRounds: 3 },
  });
  expect(readArguments(["--twins", "many"]).ok).toBe(false);
});
