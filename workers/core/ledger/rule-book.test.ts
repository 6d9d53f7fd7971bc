import { describe, expect, test } from "vitest";
import { isInForce } from "./rule-book.ts";

describe("the rule book", () => {
  test("[RB1] a rule holds from its height up to the one that ended it", () => {
    const heights = [2, 3, 4, 5, 6];
    const holding = (rule: Parameters<typeof isInForce>[0]): readonly number[] =>
      heights.filter((height) => isInForce(rule, height));
    expect(holding({ from: 3, ended: null })).toEqual([3, 4, 5, 6]);
    expect(holding({ from: 3, ended: { height: 5, time: 0 } })).toEqual([3, 4]);
    expect(holding({ from: 3, ended: { height: 3, time: 0 } })).toEqual([]);
  });
});
