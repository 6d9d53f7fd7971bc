import { expect, test } from "vitest";
import { readArguments } from "./arguments.ts";
import { describeScenario } from "./report.ts";
import { reportScenario, SCENARIO_NAMES } from "./scenarios.ts";

test.each(SCENARIO_NAMES)("[SI25] %s", (name) => {
  const { violations, stuck } = reportScenario(name);
  expect({ violations, stuck }).toEqual({ violations: [], stuck: [] });
});

test("[SI25] alone for a week no replica runs away, and then a block takes less than a second", () => {
  const { figures, seeds } = reportScenario("alone-for-a-week");
  expect(seeds).toBe(6);
  expect(figures["aloneView"]?.most).toBe(1);
  expect(figures["tookMs"]?.most).toBeLessThan(1_000);
});

test("[SI22] [SI25] scenarios are named on the command line, and told in a line", () => {
  expect(readArguments(["--scenario", "all"])).toMatchObject({
    ok: true,
    arguments: { scenarios: SCENARIO_NAMES },
  });
  expect(readArguments(["--scenario", "swap-in-two-views"])).toMatchObject({
    ok: true,
    arguments: { scenarios: ["swap-in-two-views"] },
  });
  expect(readArguments(["--scenario", "no-such"]).ok).toBe(false);
  const report = { name: "an-old-block", seeds: 1, violations: [], stuck: ["late"], figures: {} };
  expect(describeScenario({ ...report, name: "an-old-block" })).toContain("BROKEN an-old-block");
});
