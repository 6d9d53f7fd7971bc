/** The library in virtual time: all of it arrives, the same each time, and the globals come back. */
import { expect, test } from "vitest";
import { runGossipsub, type GossipsubOptions } from "./gossipsub-world.ts";

const OPTIONS: GossipsubOptions = {
  seed: 5,
  size: 4,
  // A line: what the first says goes on over the others.
  links: [
    [0, 1],
    [1, 2],
    [2, 3],
  ],
  delayMs: 40,
  lossFraction: 0,
  messageBytes: 300,
  plan: [
    { at: 5_000, by: 0 },
    { at: 6_000, by: 3 },
    { at: 6_500, by: 1 },
  ],
  endMs: 20_000,
};

test("every device has every message, later the further it is, and the same seed gives the same", async () => {
  const before = [globalThis.setTimeout, globalThis.setInterval, Date.now, Math.random];
  const first = await runGossipsub(OPTIONS);
  expect([first.delivered, first.expected, first.latencies.length]).toEqual([9, 9, 9]);
  const times = first.latencies.toSorted((a, b) => a - b);
  expect(times[0]).toBeGreaterThanOrEqual(20);
  // Three links, each at least half of its delay.
  expect(times.at(-1)).toBeGreaterThanOrEqual(60);
  expect(first.copies).toBeGreaterThanOrEqual(1);
  expect(first.bytesPerEntry).toBeGreaterThan(300);
  expect(await runGossipsub(OPTIONS)).toEqual(first);
  expect(await runGossipsub({ ...OPTIONS, seed: 6 })).not.toEqual(first);
  expect([globalThis.setTimeout, globalThis.setInterval, Date.now, Math.random]).toEqual(before);
}, 60_000);

test("a device that is linked to nobody gets nothing, and one that nobody hears is an error", async () => {
  const links = OPTIONS.links.slice(0, 2);
  const plan = OPTIONS.plan.filter(({ by }) => by !== 3);
  const apart = await runGossipsub({ ...OPTIONS, links, plan });
  // Of the first one's and the second's two others have it; the last one has nothing.
  expect([apart.delivered, apart.expected]).toEqual([4, 6]);
  await expect(runGossipsub({ ...OPTIONS, lossFraction: 1 })).rejects.toThrow("could not publish");
}, 60_000);
