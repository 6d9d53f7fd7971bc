import { expect, test } from "vitest";
import { failures } from "../../web/strings/en-failures.ts";
import type { StoreErrorCode } from "../storage/store.ts";
import { failureOf } from "./store-failures.ts";

test.each<[StoreErrorCode, RegExp]>([
  ["quota", /Free some space/],
  ["closed", /Reload this page/],
  ["fenced", /another tab/],
  ["blocked", /another tab/],
  ["unavailable", /private browsing/],
  ["corrupt", /link for a new device/],
])("[ND13] %s is told with what helps against it", (code, words) => {
  expect(failures[failureOf(code)]).toMatch(words);
});
