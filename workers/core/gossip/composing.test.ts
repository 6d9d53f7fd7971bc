import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { DAY, HOUR, MINUTE, NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  at,
  bound,
  chainOf,
  CHILD,
  DAD,
  feed,
  gossipOf,
  MUM,
  receive,
  registerOf,
  takeRegister,
  verdictsOf,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { compose, type Draft } from "./composing.ts";
import { compareClock } from "./header.ts";
import { FUTURE_ACCEPT_MS, RATE_BURST } from "./limits.ts";
import { createGossip, type Gossip, type VerifiedEntry } from "./state.ts";

const DRAFT: Draft = {
  kind: "direct",
  audience: { type: "member", member: MUM.member },
  recipients: [],
  isEphemeral: false,
};
const TYPING: Draft = { ...DRAFT, kind: "presence", isEphemeral: true };

function composed(gossip: Gossip, now: number, draft = DRAFT): VerifiedEntry | string {
  const result = compose(gossip, draft, VIEW, now);
  return result.ok ? bound(result.header) : result.reason;
}

/** Composes and publishes; the entry, or why not. */
function publish(gossip: Gossip, now: number, draft = DRAFT): VerifiedEntry | string {
  const entry = composed(gossip, now, draft);
  if (typeof entry !== "string") receive(gossip, entry, null, VIEW, now);
  return entry;
}

const jumps = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: -MINUTE, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -HOUR, max: HOUR }) },
  { weight: 1, arbitrary: fc.constantFrom(DAY, -DAY, 40 * DAY, 0) },
);

describe("composing", () => {
  test("[GP18] whatever the wall clock does, own entries are accepted here and elsewhere", () => {
    const act = fc.record({
      jump: jumps,
      what: fc.constantFrom("direct", "typing", "register", "heard"),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const mine = gossipOf(CHILD);
        const peer = gossipOf(MUM);
        let now = NOW;
        for (const { jump, what } of acts) {
          now = Math.max(NOW - 2 * HOUR, now + jump);
          const before = mine.clock;
          if (what === "register") feed(mine, { type: "tick" }, VIEW, now);
          if (what === "heard") {
            const clock = { ms: now + jump, counter: 0 };
            takeRegister(mine, registerOf(DAD, { clock }), DAD, now);
          }
          if (what === "direct" || what === "typing") {
            const entry = publish(mine, now, what === "direct" ? DRAFT : TYPING);
            if (typeof entry === "string") {
              expect(mine.clock.ms).toBeGreaterThanOrEqual(now + FUTURE_ACCEPT_MS);
            } else {
              expect(compareClock(entry.header.clock, before)).toBeGreaterThan(0);
              expect(entry.header.clock.ms).toBeLessThanOrEqual(now + FUTURE_ACCEPT_MS);
              receive(peer, entry, CHILD, VIEW, now);
            }
          }
          expect(compareClock(mine.clock, before)).toBeGreaterThanOrEqual(0);
        }
        const [own, theirs] = [verdictsOf(mine, CHILD), verdictsOf(peer, CHILD)];
        expect(Object.values(theirs).filter((one) => one !== "accepted")).toEqual([]);
        // The peer has not let go what I have.
        expect(theirs).toMatchObject(own);
      }),
      { numRuns: 200 },
    );
  });

  test("[GP18] with a clock that fell back by more than two minutes nothing is composed", () => {
    const gossip = gossipOf(CHILD);
    publish(gossip, NOW);
    expect(typeof composed(gossip, NOW - FUTURE_ACCEPT_MS)).toBe("object");
    expect(composed(gossip, NOW - FUTURE_ACCEPT_MS - 1)).toBe("clock");
    expect(composed(gossip, NOW - FUTURE_ACCEPT_MS - 1, TYPING)).toBe("clock");
    expect(typeof composed(gossip, NOW)).toBe("object");
  });

  test("[GP18] beyond the burst nothing is composed until the rate allows it", () => {
    const gossip = gossipOf(CHILD);
    const results = Array.from({ length: RATE_BURST + 3 }, () => publish(gossip, NOW));
    expect(results.filter((one) => typeof one === "string")).toEqual(["rate", "rate"]);
    expect(composed(gossip, NOW + 1_999)).toBe("rate");
    expect(typeof publish(gossip, NOW + 2_000)).toBe("object");
    expect(composed(gossip, NOW + 2_000)).toBe("rate");
    expect(typeof composed(gossip, NOW, TYPING)).toBe("object");
  });

  test("[GP18] composing changes nothing, and cites the head", () => {
    const gossip = gossipOf(CHILD);
    const [one, two] = [composed(gossip, NOW), composed(gossip, NOW)];
    if (typeof one === "string" || typeof two === "string") throw new Error("both are composed");
    expect(toHex(one.id)).toBe(toHex(two.id));
    expect(one.header).toMatchObject({ seq: 1, height: 5, version: 1, suite: 1 });
  });

  test("[GP19] an own entry is taken at once, whatever the clock did since it was composed", () => {
    for (const jump of [-DAY, -3 * DAY, -HOUR, 40 * DAY]) {
      const gossip = gossipOf(CHILD);
      const entry = composed(gossip, NOW);
      if (typeof entry === "string") throw new Error("it is composed");
      feed(gossip, { type: "tick" }, VIEW, NOW + jump);
      const ready = receive(gossip, entry, null, VIEW, NOW + jump);
      expect(ready.store).toHaveLength(1);
      expect(gossip.parked.size).toBe(0);
      const next = composed(gossip, NOW + 41 * DAY);
      if (typeof next === "string") throw new Error("it is composed");
      expect([next.header.seq, next.header.previous]).toEqual([2, entry.id]);
    }
  });

  test("[GP18] [SM4] after a month of silence the stream goes on where it was", () => {
    const [mine, peer] = [gossipOf(CHILD), gossipOf(MUM)];
    const first = publish(mine, NOW);
    if (typeof first === "string") throw new Error("it is composed");
    receive(peer, first, CHILD);
    const later = NOW + 40 * DAY;
    feed(mine, { type: "tick" }, VIEW, later);
    const second = publish(mine, later);
    if (typeof second === "string") throw new Error("it is composed");
    expect(second.header.previous).toEqual(first.id);
    expect(verdictsOf(mine, CHILD)).toEqual({ 2: "accepted" });
    // One that has not forgotten yet, and one that never saw the first.
    receive(peer, second, CHILD, VIEW, later);
    expect(verdictsOf(peer, CHILD)[2]).toBe("accepted");
  });

  test("[GP21] a register that comes back after a newer entry does not turn the clock back", () => {
    const gossip = gossipOf(CHILD);
    const { sign } = feed(gossip, { type: "tick" }, VIEW, NOW);
    if (sign === null) throw new Error("a new core has something to say");
    publish(gossip, NOW + 5);
    const { clock } = gossip;
    takeRegister(gossip, { ...registerOf(CHILD), register: sign }, null, NOW + 6);
    expect(gossip.clock).toEqual(clock);
    const next = publish(gossip, NOW);
    expect(typeof next).toBe("object");
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(["accepted", "accepted"]);
  });

  test("[GP21] what is heard lifts my clock by a minute at most", () => {
    const gossip = gossipOf(MUM);
    receive(gossip, at(chainOf(CHILD, 1, { start: NOW + MINUTE }), 0), CHILD);
    expect(gossip.clock.ms).toBe(NOW + MINUTE);
    const other = createGossip(gossip.family, MUM.device, [1, 2, 3, 4], 30, NOW);
    receive(other, at(chainOf(CHILD, 1, { start: NOW + MINUTE + 1 }), 0), CHILD);
    expect(other.clock.ms).toBe(0);
  });
});
