import { expect, test } from "vitest";
import { createDeviceClock, EPOCH_MS } from "./device-clock.ts";

test("[SI3] a clock can be wrong, stand still and jump back, and remembers the latest time shown", () => {
  let now = 0;
  const clock = createDeviceClock(() => now);
  expect(clock.wall()).toBe(EPOCH_MS);
  clock.setError(60_000);
  now = 1_000;
  expect(clock.wall()).toBe(EPOCH_MS + 61_000);
  clock.freeze();
  now = 5_000;
  expect(clock.wall()).toBe(EPOCH_MS + 61_000);
  clock.heal();
  expect(clock.wall()).toBe(EPOCH_MS + 5_000);
  expect(clock.errorMs()).toBe(0);
  expect(clock.highest()).toBe(EPOCH_MS + 61_000);
});
