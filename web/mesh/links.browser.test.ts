/** Links of every kind on a real engine, with the node's side in workers. */
import { describe, test } from "vitest";
import { PAIRS, SCENARIOS } from "./link-scenarios.suite.test.ts";

describe.each(PAIRS)("%s to %s", (one, other) => {
  test.each(SCENARIOS)("$title", async ({ run }) => run([one, other]));
});
