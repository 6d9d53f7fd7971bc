import { expect, test } from "vitest";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";

function drain(scheduler: Scheduler): string[] {
  const labels: string[] = [];
  for (let event = scheduler.next(); event !== null; event = scheduler.next()) {
    labels.push(event.label);
  }
  return labels;
}

test("[SI1] events come by time, and a cancelled one never", () => {
  const random = createRandom(seedWords(5));
  const scheduler = createScheduler(random);
  const delays = Array.from({ length: 200 }, () => random.below(1_000));
  for (const delay of delays) scheduler.after(delay, String(delay), () => {});
  const cancel = scheduler.after(500.5, "cancelled", () => {});
  cancel();
  expect(drain(scheduler).map(Number)).toEqual(delays.toSorted((a, b) => a - b));
  expect(scheduler.now()).toBe(Math.max(...delays));
});

test("[SI1] the order at one time is the seed's: other with another seed, the same with the same", () => {
  const order = (seed: number): string => {
    const scheduler = createScheduler(createRandom(seedWords(seed)));
    for (const label of "abcdefghij") scheduler.after(10, label, () => {});
    return drain(scheduler).join("");
  };
  expect(order(1)).toBe(order(1));
  expect(new Set([order(1), order(2), order(3), order(4)]).size).toBeGreaterThan(1);
});

test("[SI1] time never passes an event by", () => {
  const scheduler = createScheduler(createRandom(seedWords(1)));
  scheduler.after(10, "due", () => {});
  expect(() => scheduler.advanceTo(11)).toThrow(/skips no event/);
  scheduler.postpone(100);
  scheduler.advanceTo(100);
  expect(scheduler.next()?.time).toBe(110);
});
