import { describe, expect, test } from "vitest";
import { fill, DAY, HOUR, MINUTE, NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  familyAt,
  feed,
  following,
  FRIEND,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  registerOf,
  registerWith,
  STRANGER,
  takeRegister,
  verdictsOf,
  viewOf,
  VIEW,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import type { GossipReady } from "./ready.ts";
import type { Header } from "./header.ts";
import {
  FUTURE_ACCEPT_MS,
  FUTURE_PARK_MS,
  HOPS_MAX,
  PARKED_PER_AUTHOR_MAX,
  PROVISIONAL_MAX,
} from "./limits.ts";
import type { VerifiedEntry } from "./state.ts";

const CHAIN = chainOf(CHILD, 5);
const ONE = at(CHAIN, 0);

const isSilent = (ready: GossipReady): boolean =>
  ready.store.length + ready.changes.length + ready.push.flatMap((one) => one.to).length === 0 &&
  ready.want.length + ready.ephemeral.length === 0 &&
  ready.sign === null;

const ahead = (ms: number, author = CHILD): VerifiedEntry =>
  following(author, null, { start: NOW + ms });

const hadOf = (gossip: ReturnType<typeof gossipOf>, author = CHILD): unknown =>
  gossip.streams.get(`${peerOf(author)}/0`)?.had ?? [];

describe("taking entries", () => {
  test("[GP1] an unknown author's is not taken, and the ledger is asked for", () => {
    const gossip = gossipOf();
    const ready = receive(gossip, following(STRANGER, null));
    expect(ready.untaken).toEqual({ reason: "unknown-author", needsLedger: true });
    expect([isSilent(ready), gossip.streams.size]).toEqual([true, 0]);
    const register = takeRegister(gossip, registerOf(STRANGER), DAD);
    expect(register.untaken).toEqual({ reason: "unknown-author", needsLedger: true });
    expect(gossip.registers.size).toBe(0);
  });

  test("[GP2] what was seen is not taken again, whoever brings it", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    expect(receive(gossip, ONE).store).toHaveLength(1);
    gossip.isDirty = false;
    for (const from of [DAD, AUNT, CHILD]) {
      const again = receive(gossip, ONE, from);
      expect(again.untaken).toEqual({ reason: "seen", needsLedger: false });
      expect([isSilent(again), gossip.isDirty]).toEqual([true, false]);
    }
  });

  test("[GP3] more than a day ahead is dropped and not had", () => {
    const gossip = gossipOf();
    const ready = receive(gossip, ahead(FUTURE_PARK_MS + 1));
    expect(ready.untaken).toEqual({ reason: "far-future", needsLedger: false });
    expect([hadOf(gossip), gossip.parked.size]).toEqual([[], 0]);
    const clock = { ms: NOW + FUTURE_PARK_MS + 1, counter: 0 };
    expect(takeRegister(gossip, registerOf(DAD, { clock }), DAD).untaken?.reason).toBe(
      "far-future",
    );
    expect(takeRegister(gossip, registerOf(DAD), DAD).untaken).toBeNull();
  });

  test("[RE5] between the two floors the header alone is stored, bare or not, and its chain goes on", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const now = NOW + 31 * DAY;
    feed(gossip, { type: "tick" }, VIEW, now);
    const chain = chainOf(CHILD, 2, { start: NOW, gapMs: DAY });
    const bare = { ...at(chain, 0), entry: { ...at(chain, 0).entry, body: new Uint8Array(0) } };
    const old = receive(gossip, bare, DAD, VIEW, now);
    expect(old.store.map((one) => one.isBodyKept)).toEqual([false]);
    expect(old.push.flatMap((one) => one.to)).toEqual([]);
    const young = receive(gossip, at(chain, 1), DAD, VIEW, now);
    expect(young.store.map((one) => one.isBodyKept)).toEqual([true]);
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(["accepted", "accepted"]);
  });

  test("[GP4] before the header floor it is had and not stored; on the floor day it is stored", () => {
    const gossip = gossipOf();
    const floor = gossip.floorDay * DAY;
    const old = following(CHILD, null, { start: floor - 2 * DAY - 1, registered: NOW - DAY });
    const ready = receive(gossip, old);
    expect(ready.untaken).toEqual({ reason: "expired", needsLedger: false });
    expect([ready.store, hadOf(gossip)]).toEqual([[], [{ from: 1, to: 1 }]]);
    expect(receive(gossipOf(), following(CHILD, null, { start: floor })).store).toHaveLength(1);
  });

  test("[GP5] two minutes to a day ahead is parked until its time has come", () => {
    const gossip = gossipOf();
    expect(receive(gossip, ahead(FUTURE_ACCEPT_MS)).store).toHaveLength(1);
    const other = gossipOf();
    const entry = ahead(FUTURE_ACCEPT_MS + 1);
    expect(receive(other, entry).untaken).toEqual({ reason: "parked", needsLedger: false });
    expect(hadOf(other)).toEqual([]);
    expect(feed(other, { type: "tick" }, VIEW, NOW).store).toEqual([]);
    const ready = feed(other, { type: "tick" }, VIEW, NOW + 1);
    expect(ready.store.map((one) => one.entry)).toEqual([entry]);
    expect(verdictsOf(other, CHILD)).toEqual({ 1: "accepted" });
    expect(other.parked.size).toBe(0);
  });

  test("[GP6] a height above the head waits for the ledger, in order of the clock", () => {
    const gossip = gossipOf();
    const chain = chainOf(CHILD, 3, { height: 7 });
    for (const entry of [...chain].reverse()) {
      expect(receive(gossip, entry).untaken).toEqual({ reason: "parked", needsLedger: true });
    }
    const six = viewOf(familyAt(5), familyAt(6));
    expect(feed(gossip, { type: "ledger" }, six).store).toEqual([]);
    const seven = viewOf(familyAt(5), familyAt(6), familyAt(7));
    const ready = feed(gossip, { type: "ledger" }, seven);
    expect(ready.store.map((one) => one.entry.header.seq)).toEqual([1, 2, 3]);
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(Array(3).fill("accepted"));
  });

  test("[GP6] the same entry parked twice is parked once", () => {
    const gossip = gossipOf();
    const entry = following(CHILD, null, { height: 7 });
    receive(gossip, entry, DAD);
    receive(gossip, entry, AUNT);
    expect(gossip.parked.get(peerOf(CHILD))).toHaveLength(1);
  });

  test("[GP7] parking is bounded by author; beyond it is not had and asked for again", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    const count = PARKED_PER_AUTHOR_MAX + 4;
    const chain = chainOf(CHILD, count, { height: 6, gapMs: 10 });
    const reasons = chain.map((entry) => receive(gossip, entry).untaken?.reason);
    expect(reasons.filter((one) => one === "parked")).toHaveLength(PARKED_PER_AUTHOR_MAX);
    expect(reasons.slice(-4)).toEqual(Array(4).fill("parked-full"));
    expect(receive(gossip, following(AUNT, null, { height: 6 })).untaken?.reason).toBe("parked");
    const asked = takeRegister(gossip, registerWith(DAD, CHILD, 1, count), DAD).want;
    expect(asked[0]?.wants[0]?.ranges).toEqual([{ from: PARKED_PER_AUTHOR_MAX + 1, to: count }]);
    feed(gossip, { type: "ledger" }, viewOf(familyAt(5), familyAt(6)));
    expect(hadOf(gossip)).toEqual([{ from: 1, to: PARKED_PER_AUTHOR_MAX }]);
  });

  test("[GP9] a refused entry is had and stored without body, and is not pushed", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const forbidden = following(CHILD, null, { to: FRIEND });
    const ready = receive(gossip, forbidden);
    expect(ready.store).toMatchObject([{ isBodyKept: false }]);
    expect([ready.push, hadOf(gossip)]).toEqual([[], [{ from: 1, to: 1 }]]);
    expect(receive(gossip, forbidden).untaken?.reason).toBe("seen");
  });

  test("[GP9] [VD9] a revocation withdraws what lies above its cut, and says so", () => {
    const gossip = gossipOf();
    for (const entry of CHAIN) receive(gossip, entry);
    const cuts = [{ stream: 0, seq: 3, id: at(CHAIN, 2).id }];
    const view = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, cuts));
    gossip.isDirty = false;
    const { changes } = feed(gossip, { type: "ledger" }, view);
    expect(changes.map((one) => one.known.header.seq)).toEqual([4, 5]);
    expect(gossip.isDirty).toBe(true);
    expect(receive(gossip, following(CHILD, at(CHAIN, 4)), DAD, view).push).toEqual([]);
  });

  test("[GP20] a second id at a number is passed on once, as proof, and then seen", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    for (const entry of CHAIN) receive(gossip, entry);
    const twin = following(CHILD, at(CHAIN, 1), {}, 0, { bodyHash: fill(32, 7) });
    const first = receive(gossip, twin);
    expect(first.push.flatMap((one) => one.to)).toEqual([peerOf(AUNT)]);
    expect(first.changes.map((one) => one.known.header.seq)).toEqual([3, 4, 5]);
    gossip.isDirty = false;
    const again = receive(gossip, twin, AUNT);
    expect([isSilent(again), again.untaken?.reason, gossip.isDirty]).toEqual([true, "seen", false]);
  });
});

test("[GP22] so many of a stream wait for a predecessor, and there is room again when it has come", () => {
  const gossip = gossipOf();
  link(gossip, DAD);
  const chain = chainOf(CHILD, PROVISIONAL_MAX + 2, { gapMs: 2_000, start: NOW - 3_600_000 });
  for (const entry of chain.slice(1, -1)) receive(gossip, entry, DAD);
  const last = at(chain, PROVISIONAL_MAX + 1);
  expect(receive(gossip, last, DAD).untaken?.reason).toBe("parked-full");
  expect(hadOf(gossip)).toEqual([{ from: 2, to: PROVISIONAL_MAX + 1 }]);
  receive(gossip, at(chain, 0), DAD);
  expect(receive(gossip, last, DAD).store).toHaveLength(1);
});

test("[GP22] as many where every second number is held back", () => {
  const gossip = gossipOf();
  link(gossip, DAD);
  const chain = chainOf(CHILD, 2 * PROVISIONAL_MAX + 2, { gapMs: 1_000, start: NOW - 3_600_000 });
  const some = chain.filter((_, index) => index % 2 === 1);
  for (const entry of some) receive(gossip, entry, DAD);
  expect(some).toHaveLength(PROVISIONAL_MAX + 1);
  expect(hadOf(gossip)).toHaveLength(PROVISIONAL_MAX);
});

describe("pushing", () => {
  const pushed = (ready: GossipReady): readonly string[] => ready.push.flatMap((one) => one.to);

  test("[GP8] not to the source, not to the author, not to who has it", () => {
    const gossip = gossipOf();
    link(gossip, DAD, CHILD, AUNT, FRIEND);
    takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1), AUNT);
    expect(pushed(receive(gossip, ONE, DAD))).toEqual([peerOf(FRIEND)]);
    expect([...pushed(receive(gossip, at(CHAIN, 1), DAD))].sort()).toEqual(
      [peerOf(AUNT), peerOf(FRIEND)].sort(),
    );
    const exceptions = [
      { author: CHILD.device, stream: 0, seq: 3, what: "refused" as const, height: 1 },
    ];
    const later = { clock: { ms: NOW + 1, counter: 0 }, exceptions };
    takeRegister(gossip, registerWith(FRIEND, CHILD, 1, 2, later), FRIEND);
    expect(pushed(receive(gossip, at(CHAIN, 2), DAD))).toEqual([peerOf(AUNT)]);
  });

  test("[GP8] no further than eight hops; an own one begins at none", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const hop = (seq: number, hops: number): number => {
      const entry = at(CHAIN, seq - 1);
      return pushed(receive(gossip, { ...entry, entry: { ...entry.entry, hops } })).length;
    };
    expect([hop(1, HOPS_MAX - 2), hop(2, HOPS_MAX - 1), hop(3, 255)]).toEqual([1, 0, 0]);
    const own = at(chainOf(MUM, 1, { to: DAD }), 0);
    const pushedOwn = pushed(receive(gossip, { ...own, entry: { ...own.entry, hops: 9 } }, null));
    expect(pushedOwn).toHaveLength(2);
  });

  test("[GP8] a provisional entry is passed on too", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    expect(pushed(receive(gossip, at(CHAIN, 2)))).toEqual([peerOf(AUNT)]);
  });
});

describe("registers", () => {
  const tick = (gossip: ReturnType<typeof gossipOf>, now: number): boolean =>
    feed(gossip, { type: "tick" }, VIEW, now).sign !== null;

  test("[GP14] a peer that links while mine is fresh gets that one, and nobody else does", () => {
    const gossip = gossipOf();
    link(gossip, AUNT);
    const own = takeRegister(gossip, registerOf(MUM), null);
    expect(own.registers.flatMap((one) => one.to)).toEqual([peerOf(AUNT)]);
    gossip.isDirty = false;
    const up = feed(gossip, { type: "link-up", peer: peerOf(DAD) });
    expect(up.sign).toBeNull();
    expect(up.copies.map((one) => one.to)).toEqual([[peerOf(DAD)]]);
    gossip.isDirty = true;
    expect(feed(gossip, { type: "link-up", peer: peerOf(DAD) }).sign).not.toBeNull();
  });

  test("[GP14] on link-up, then at most once a second and only for something new", () => {
    const gossip = gossipOf();
    const up = feed(gossip, { type: "link-up", peer: peerOf(DAD) });
    expect(up.sign).not.toBeNull();
    expect([tick(gossip, NOW + 1_000), tick(gossip, NOW + 5_000)]).toEqual([false, false]);
    receive(gossip, ONE, DAD, VIEW, NOW + 5_000);
    expect(tick(gossip, NOW + 5_000)).toBe(true);
    receive(gossip, at(CHAIN, 1), DAD, VIEW, NOW + 5_000);
    expect([tick(gossip, NOW + 5_999), tick(gossip, NOW + 6_000)]).toEqual([false, true]);
  });

  test("[GP14] each minute while linked, never while alone with nothing new", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    expect([tick(gossip, NOW + 59_999), tick(gossip, NOW + 60_000)]).toEqual([false, true]);
    feed(gossip, { type: "link-down", peer: peerOf(DAD) });
    expect(tick(gossip, NOW + HOUR)).toBe(false);
  });

  test("[GP15] a register never causes a register", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    tick(gossip, NOW + 1_000);
    for (let index = 1; index <= 5; index += 1) {
      const clock = { ms: NOW + index, counter: 0 };
      const ready = takeRegister(gossip, registerOf(DAD, { clock }), DAD, NOW + 2_000);
      expect([ready.sign, gossip.isDirty]).toEqual([null, false]);
    }
    expect(tick(gossip, NOW + 30_000)).toBe(false);
  });

  test("[GP15] only the latest is kept; it goes on to others than its source and its device", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT, CHILD);
    const handedOn = (from: typeof DAD, of: typeof DAD, ms: number): unknown => {
      const register = registerOf(of, { clock: { ms, counter: 0 } });
      const ready = takeRegister(gossip, register, from);
      return ready.untaken?.reason ?? ready.registers.flatMap((one) => [...one.to].sort());
    };
    expect(handedOn(DAD, DAD, NOW)).toEqual([peerOf(AUNT), peerOf(CHILD)].sort());
    expect(handedOn(DAD, DAD, NOW)).toBe("stale-register");
    expect(handedOn(DAD, DAD, NOW - 1)).toBe("stale-register");
    // Linked to the aunt myself, I have hers first.
    expect(handedOn(DAD, AUNT, NOW)).toEqual([]);
    expect(handedOn(DAD, FRIEND, NOW)).toEqual([peerOf(AUNT), peerOf(CHILD)].sort());
    expect(gossip.registers.get(peerOf(DAD))?.register.clock.ms).toBe(NOW);
  });

  test("[GP15] my own goes to every peer", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const ready = takeRegister(gossip, registerOf(MUM), null);
    expect(ready.registers.flatMap((one) => one.to)).toEqual([peerOf(DAD), peerOf(AUNT)].sort());
  });

  test("[SM5] [GP15] today's register of a peer lets a newcomer judge what it can get", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    receive(gossip, at(CHAIN, 3));
    expect(verdictsOf(gossip, CHILD)).toEqual({ 4: "provisional" });
    const vector = [{ author: CHILD.device, stream: 0, first: 4, had: [{ from: 1, to: 5 }] }];
    const ready = takeRegister(gossip, registerOf(DAD, { vector }), DAD);
    expect(ready.changes.map((one) => one.known.verdict.type)).toEqual(["accepted"]);
    // Days later, with everybody gone and the ledger moved, it is still there.
    const later = feed(gossip, { type: "ledger" }, viewOf(familyAt(5), familyAt(6)), NOW + 3 * DAY);
    expect(later.changes).toEqual([]);
  });
});

describe("retention", () => {
  test("[GP16] the floor moves forward with the day, never back", () => {
    const gossip = gossipOf();
    const floor = gossip.floorDay;
    const floorAt = (now: number): number | null =>
      feed(gossip, { type: "tick" }, VIEW, now).floorDay;
    expect(floorAt(NOW + DAY)).toBe(floor + 1);
    expect(floorAt(NOW + DAY + HOUR)).toBeNull();
    expect(floorAt(NOW - 9 * DAY)).toBeNull();
    gossip.retentionDays = 60;
    expect(floorAt(NOW + 2 * DAY)).toBeNull();
    expect(gossip.floorDay).toBe(floor + 1);
  });

  test("[RE2] a clock that jumps a year ahead deletes nothing that another device has just seen", () => {
    const gossip = gossipOf();
    const floor = gossip.floorDay;
    link(gossip, DAD);
    takeRegister(gossip, registerOf(DAD), DAD);
    const ready = feed(gossip, { type: "tick" }, VIEW, NOW + 365 * DAY);
    expect(ready.floorDay).toBe(floor + 7);
    expect(gossip.floorDay).toBe(floor + 7);
  });

  test("[RE1] [RE4] headers stay two days longer than bodies, and expire with their stream's past", () => {
    const gossip = gossipOf();
    const chain = chainOf(CHILD, 2, { gapMs: DAY, start: NOW });
    for (const entry of chain) receive(gossip, entry, DAD, VIEW, entry.header.clock.ms);
    const keptAt = (days: number): readonly number[] => {
      feed(gossip, { type: "tick" }, VIEW, NOW + days * DAY);
      return [...(gossip.streams.get(`${peerOf(CHILD)}/0`)?.known.keys() ?? [])];
    };
    expect(keptAt(32)).toEqual([1, 2]);
    expect(keptAt(33)).toEqual([2]);
    expect(keptAt(34)).toEqual([]);
  });

  test("[RE3] with no sign of any other device the own clock is believed", () => {
    const gossip = gossipOf();
    const floor = gossip.floorDay;
    expect(feed(gossip, { type: "tick" }, VIEW, NOW + 40 * DAY).floorDay).toBe(floor + 40);
  });

  test("[GP16] expired entries are forgotten and stay had; a gap above them may still come", () => {
    const gossip = gossipOf();
    const chain = chainOf(CHILD, 6, { gapMs: DAY, start: NOW });
    for (const index of [0, 1, 2, 5]) {
      const entry = at(chain, index);
      receive(gossip, entry, DAD, VIEW, entry.header.clock.ms);
    }
    const now = NOW + 33 * DAY;
    feed(gossip, { type: "tick" }, VIEW, now);
    const stream = gossip.streams.get(`${peerOf(CHILD)}/0`);
    expect([stream?.first, [...(stream?.known.keys() ?? [])]]).toEqual([2, [2, 3, 6]]);
    expect(receive(gossip, at(chain, 0), DAD, VIEW, now).untaken?.reason).toBe("seen");
    for (const index of [3, 4]) {
      expect(receive(gossip, at(chain, index), DAD, VIEW, now).store).toHaveLength(1);
    }
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(Array(5).fill("accepted"));
  });

  test("[SM7] what came too late is no gap: what follows is judged, though nobody says it is gone", () => {
    const gossip = gossipOf();
    const chain = chainOf(CHILD, 5, { gapMs: 10 * DAY, start: NOW });
    const now = NOW + 51 * DAY;
    feed(gossip, { type: "tick" }, VIEW, now);
    // The third is on time, the first two come after it and too late.
    for (const index of [2, 1]) receive(gossip, at(chain, index), DAD, VIEW, now);
    const stream = gossip.streams.get(`${peerOf(CHILD)}/0`);
    expect([stream?.first, [...(stream?.known.keys() ?? [])]]).toEqual([3, [3]]);
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(["accepted"]);
    expect(receive(gossip, at(chain, 3), DAD, VIEW, now).store).toHaveLength(1);
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(["accepted", "accepted"]);
  });

  test("[GP16] [SM4] a block after entries expired withdraws nothing", () => {
    const gossip = gossipOf();
    for (const entry of chainOf(CHILD, 6, { gapMs: 12 * HOUR, start: NOW })) {
      receive(gossip, entry, DAD, VIEW, entry.header.clock.ms);
    }
    const now = NOW + 33 * DAY;
    feed(gossip, { type: "tick" }, VIEW, now);
    const { changes } = feed(gossip, { type: "ledger" }, viewOf(familyAt(5), familyAt(6)), now);
    expect(changes).toEqual([]);
    expect(Object.values(verdictsOf(gossip, CHILD))).toEqual(Array(4).fill("accepted"));
  });
});

describe("ephemeral entries", () => {
  const typing = (ms: number, changes: Partial<Header> = {}): VerifiedEntry =>
    following(CHILD, null, {}, 0, {
      kind: "presence",
      stream: 1,
      rateMark: 0,
      clock: { ms, counter: 0 },
      ...changes,
    });

  test("[GP17] are acted on and passed on, the latest by clock alone, never stored", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const first = receive(gossip, typing(NOW, { seq: 9 }));
    expect(first.ephemeral).toHaveLength(1);
    expect(first.push.flatMap((one) => one.to)).toEqual([peerOf(AUNT)]);
    expect([first.store, gossip.streams.size]).toEqual([[], 0]);
    expect(receive(gossip, typing(NOW, { seq: 10 })).untaken?.reason).toBe("seen");
    expect(receive(gossip, typing(NOW - 1, { seq: 11 })).untaken?.reason).toBe("seen");
    // After a restart its author counts from 1 again, but its clock has gone on.
    expect(receive(gossip, typing(NOW + 1, { seq: 1 })).ephemeral).toHaveLength(1);
  });

  test("[GP17] neither from yesterday, nor from ahead, nor by unknown rules; none is parked", () => {
    const gossip = gossipOf();
    const reason = (entry: VerifiedEntry): string | undefined =>
      receive(gossip, entry).untaken?.reason;
    expect(reason(typing(NOW - DAY - 1))).toBe("expired");
    expect(reason(typing(NOW + FUTURE_ACCEPT_MS + 1))).toBe("far-future");
    expect(reason(typing(NOW, { height: 6 }))).toBe("parked-full");
    expect(gossip.parked.size).toBe(0);
    const forbidden = { type: "member", member: FRIEND.member } as const;
    expect(isSilent(receive(gossip, typing(NOW, { audience: forbidden })))).toBe(true);
    expect(receive(gossip, typing(NOW + MINUTE)).ephemeral).toHaveLength(1);
  });
});
