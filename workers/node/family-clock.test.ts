import { expect, test } from "vitest";
import { correctionOf } from "./family-clock.ts";
import { CLOCK_TOLERANCE_MS } from "./limits.ts";
import { createHousehold } from "./testing/household.ts";

const HOUR = 3_600_000;
const parent = (offsetMs: number) => ({ isParent: true, offsetMs });
const child = (offsetMs: number) => ({ isParent: false, offsetMs });

test("[FC1] nothing changes where no parent's device is linked", () => {
  expect(correctionOf(false, [])).toBeNull();
  expect(correctionOf(false, [child(5 * HOUR), child(5 * HOUR)])).toBeNull();
});

test("[FC2] a child's clock moves nobody, whatever it says", () => {
  expect(correctionOf(false, [parent(0), child(9 * HOUR), child(9 * HOUR)])).toBe(0);
});

test("[FC3] up to two minutes are left alone", () => {
  expect(correctionOf(false, [parent(CLOCK_TOLERANCE_MS)])).toBe(0);
  expect(correctionOf(false, [parent(CLOCK_TOLERANCE_MS + 1)])).toBe(CLOCK_TOLERANCE_MS + 1);
  expect(correctionOf(false, [parent(-CLOCK_TOLERANCE_MS - 1)])).toBe(-CLOCK_TOLERANCE_MS - 1);
});

test("[FC4] the lower median of the parents' clocks counts, my own among them if I am one", () => {
  expect(correctionOf(false, [parent(HOUR), parent(0), parent(9 * HOUR)])).toBe(HOUR);
  expect(correctionOf(true, [parent(HOUR), parent(2 * HOUR)])).toBe(HOUR);
  expect(correctionOf(false, [parent(HOUR), parent(2 * HOUR)])).toBe(HOUR);
});

test("[FC5] two parents choose the same clock: the one behind stays, the one ahead comes back", () => {
  const ahead = correctionOf(true, [parent(-HOUR)]);
  const behind = correctionOf(true, [parent(HOUR)]);
  expect(ahead).toBe(-HOUR);
  expect(behind).toBe(0);
});

test("[FC6] nobody is moved by more than a day", () => {
  expect(correctionOf(false, [parent(90 * 24 * HOUR)])).toBe(24 * HOUR);
  expect(correctionOf(false, [parent(-90 * 24 * HOUR)])).toBe(-24 * HOUR);
});

test("[FC7] a wall clock that jumps is set right within seconds, not with the next round of pings", async () => {
  const house = createHousehold();
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  await house.advance(3_000);
  expect(dad.running().family.correctionMs).toBe(0);
  dad.jump(HOUR);
  await house.advance(2_000);
  expect(dad.running().family.correctionMs).toBe(-HOUR);
  dad.jump(-HOUR);
  await house.advance(2_000);
  expect(dad.running().family.correctionMs).toBe(0);
  await house.stop();
});
