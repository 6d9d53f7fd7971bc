import type { ReactiveControllerHost } from "lit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Settled } from "./settled.ts";

let drawn = 0;
const host: ReactiveControllerHost = {
  addController: () => undefined,
  removeController: () => undefined,
  requestUpdate: () => {
    drawn += 1;
  },
  updateComplete: Promise.resolve(true),
};

beforeEach(() => {
  drawn = 0;
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("[UI16] for three seconds nothing is missing, then the screen is drawn once more", () => {
  const settled = new Settled(host);
  settled.hostConnected();
  vi.advanceTimersByTime(2_999);
  expect([settled.isSettled, drawn]).toEqual([false, 0]);
  vi.advanceTimersByTime(2);
  expect([settled.isSettled, drawn]).toEqual([true, 1]);
  settled.hostConnected();
  vi.advanceTimersByTime(10_000);
  expect(drawn).toBe(1);
});
