import { describe, expect, test } from "vitest";
import { DAY, NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  at,
  chainOf,
  CHILD,
  DAD,
  feed,
  gossipOf,
  link,
  peerOf,
  receive,
  registerWith,
  takeRegister,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { streamOf, type Gossip } from "./state.ts";

/** Five days of one message each; what retention keeps begins two days before the third. */
const CHAIN = chainOf(CHILD, 5, { start: NOW - 4 * DAY, gapMs: DAY });
const AFTER_MS = 30 * DAY;

/** Dad's register, which shows all five: he has let none go yet. */
const shown = (gossip: Gossip, now: number): number => {
  const clock = { ms: now, counter: 0 };
  const { want } = takeRegister(gossip, registerWith(DAD, CHILD, 1, 5, { clock }), DAD, now);
  return want.flatMap(({ wants }) => wants.flatMap(({ ranges }) => ranges)).length;
};

describe("near the floor", () => {
  test("[GP27] what came past its time is asked for once, and not again", () => {
    const now = NOW + AFTER_MS + DAY / 2;
    const gossip = gossipOf(undefined, now);
    // Its headers' floor is above the first of them.
    expect(gossip.floorDay - 2).toBeGreaterThan(Math.floor(at(CHAIN, 0).header.clock.ms / DAY));
    link(gossip, DAD);
    expect(shown(gossip, now)).toBe(1);
    const [first] = CHAIN;
    if (first === undefined) throw new Error("no entry");
    expect(receive(gossip, first, DAD, VIEW, now).untaken?.reason).toBe("expired");
    for (const entry of CHAIN.slice(1)) receive(gossip, entry, DAD, VIEW, now);
    expect(feed(gossip, { type: "answered", from: peerOf(DAD) }, VIEW, now).want).toEqual([]);
    expect(shown(gossip, now + 60_000)).toBe(0);
    expect(receive(gossip, first, DAD, VIEW, now + 60_000).untaken?.reason).toBe("seen");
  });

  test("[GP27] what was let go of is not asked for, though a peer has it still", () => {
    const gossip = gossipOf();
    for (const entry of CHAIN) receive(gossip, entry);
    link(gossip, DAD);
    let now = NOW;
    for (; streamOf(gossip, CHILD.device, 0).first < 4; now += DAY / 2) {
      // A sign of life of another device: its own clock alone moves no floor for long.
      expect(shown(gossip, now)).toBe(0);
      feed(gossip, { type: "tick" }, VIEW, now);
    }
    expect(shown(gossip, now)).toBe(0);
    expect(receive(gossip, at(CHAIN, 0), DAD, VIEW, now).untaken?.reason).toBe("seen");
    expect(streamOf(gossip, CHILD.device, 0).known.size).toBe(2);
  });
});
