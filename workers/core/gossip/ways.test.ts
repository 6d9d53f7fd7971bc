/** Over which peers an author's entries and registers come, and whom they are asked of. SPEC SD4 to SD11. */
import { describe, expect, test } from "vitest";
import { toHex, type Hex } from "../codec/ids.ts";
import { MINUTE, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import { ASK_ELSEWHERE_MS } from "./asking.ts";
import type { RegisterMark } from "./packing.ts";
import type { GossipReady } from "./ready.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  FRIEND,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  registerOf,
  STRANGER,
  takeRegister,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import {
  COPIES_MS,
  LATELY_MS,
  REGISTER_ALL_MS,
  LIST_AGAIN_MS,
  LIST_ANSWER_MS,
  REGISTER_LATE_MS,
  WAYS_MAX,
} from "./limits.ts";
import type { Gossip } from "./state.ts";
import {
  CHAIN,
  ONE,
  TWO,
  names,
  again,
  rangeOf,
  told,
  wish,
  wished,
  PEOPLE,
  tick,
  wholeOf,
  partOf,
  isNothing,
} from "./spreading-fixture.suite.test.ts";

describe("ways that are not needed", () => {
  test("[SD4] the third copy's peer is asked to spare me its author's, once", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    receive(gossip, ONE, DAD);
    expect(WAYS_MAX).toBe(2);
    expect(wished(again(gossip, ONE, AUNT))).toEqual([]);
    expect(wished(again(gossip, ONE, FRIEND))).toEqual(["-CHILD>FRIEND"]);
    receive(gossip, TWO, DAD);
    again(gossip, TWO, AUNT);
    expect(wished(again(gossip, TWO, FRIEND))).toEqual([]);
  });

  test("[SD4] never the author itself; of registers as of entries", () => {
    const gossip = partOf(DAD, AUNT, CHILD);
    receive(gossip, ONE, DAD);
    again(gossip, ONE, AUNT);
    expect(wished(again(gossip, ONE, CHILD))).toEqual([]);
    const friends = registerOf(FRIEND, { clock: { ms: NOW + 7, counter: 0 } });
    takeRegister(gossip, friends, DAD);
    expect(wished(takeRegister(gossip, friends, AUNT))).toEqual([]);
    expect(wished(takeRegister(gossip, friends, CHILD))).toEqual(["-FRIEND>CHILD"]);
    // An older one is no copy.
    const older = registerOf(FRIEND, { clock: { ms: NOW + 6, counter: 0 } });
    for (const from of [DAD, AUNT, DAD, AUNT]) {
      expect(wished(takeRegister(gossip, older, from))).toEqual([]);
    }
  });

  test("[SD5] who is told of something asks for it and for the next ones, and may be spared again", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    receive(gossip, ONE, DAD);
    again(gossip, ONE, AUNT);
    expect(wished(again(gossip, ONE, FRIEND))).toEqual(["-CHILD>FRIEND"]);
    const heard = told(gossip, FRIEND, rangeOf(2, 2));
    expect(heard.want).toHaveLength(1);
    expect(wished(heard)).toEqual(["+CHILD>FRIEND"]);
    receive(gossip, TWO, FRIEND);
    receive(gossip, at(CHAIN, 2), DAD);
    again(gossip, at(CHAIN, 2), AUNT);
    expect(wished(again(gossip, at(CHAIN, 2), FRIEND))).toEqual(["-CHILD>FRIEND"]);
    // What is here already is no reason to ask.
    expect(isNothing(told(gossip, FRIEND, rangeOf(1, 3)))).toBe(true);
  });

  test("[SD5] two peers are asked for a device that is not linked, and to spare me it when it is", () => {
    const gossip = wholeOf(DAD, AUNT, FRIEND);
    expect(wished(tick(gossip))).toEqual([]);
    takeRegister(gossip, registerOf(CHILD), DAD);
    const first = wished(tick(gossip));
    expect(first).toHaveLength(2);
    expect(first.every((one) => one.startsWith("+CHILD>"))).toBe(true);
    expect(wished(tick(gossip))).toEqual([]);
    const [, gone = ""] = (first[0] ?? "").split(">");
    const left = Object.entries(PEOPLE).find(([name]) => name === gone)?.[1] ?? STRANGER;
    const instead = wished(feed(gossip, { type: "link-down", peer: peerOf(left) }));
    expect(instead.filter((one) => one.startsWith("+CHILD>"))).toHaveLength(1);
    expect(instead).not.toContain(first[1]);
    link(gossip, CHILD);
    const after = wished(tick(gossip)).filter((one) => one.includes("CHILD"));
    expect(after).toEqual(
      ["-CHILD>AUNT", "-CHILD>DAD", "-CHILD>FRIEND"].filter((one) => !one.endsWith(gone)),
    );
    expect(wished(tick(gossip)).filter((one) => one.includes("CHILD"))).toEqual([]);
  });

  test("[SD5] not for a device that was not heard of lately", () => {
    const gossip = wholeOf(DAD, AUNT);
    takeRegister(gossip, registerOf(CHILD), DAD, NOW - LATELY_MS);
    expect(wished(tick(gossip))).toEqual([]);
  });

  test("[SD4] two copies from one peer are one way, and a way that is left is asked again", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    receive(gossip, ONE, DAD);
    again(gossip, ONE, DAD);
    again(gossip, ONE, DAD);
    expect(wished(again(gossip, ONE, AUNT))).toEqual([]);
    expect(wished(again(gossip, ONE, FRIEND))).toEqual(["-CHILD>FRIEND"]);
    const twice = partOf(DAD, AUNT, FRIEND);
    receive(twice, ONE, DAD);
    for (let times = 0; times < 5; times += 1) {
      expect(wished(again(twice, ONE, AUNT))).toEqual([]);
    }
    const left = partOf(DAD, AUNT, FRIEND);
    receive(left, ONE, DAD);
    again(left, ONE, AUNT);
    expect(wished(again(left, ONE, FRIEND))).toEqual(["-CHILD>FRIEND"]);
    feed(left, { type: "link-down", peer: peerOf(DAD) });
    expect(wished(feed(left, { type: "link-down", peer: peerOf(AUNT) }))).toContain(
      "+CHILD>FRIEND",
    );
  });

  test("[SD4] a register that comes again later, as a random peer is given it, spares nobody", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    const register = registerOf(CHILD, { clock: { ms: NOW + 7, counter: 0 } });
    takeRegister(gossip, register, DAD);
    const later = NOW + COPIES_MS + 1;
    expect(wished(takeRegister(gossip, register, AUNT, later))).toEqual([]);
    expect(wished(takeRegister(gossip, register, FRIEND, later))).toEqual([]);
  });

  test("[SD4] copies of many entries are counted within a bound", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    for (const entry of chainOf(CHILD, 400)) {
      receive(gossip, entry, DAD);
      again(gossip, entry, AUNT);
    }
    expect(gossip.ways.size).toBeLessThanOrEqual(256);
  });
});

describe("asked of one at a time", () => {
  const vector = [{ author: CHILD.device, stream: 0, first: 1, had: [{ from: 1, to: 4 }] }];
  const both = (): Gossip => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    expect(takeRegister(gossip, registerOf(DAD, { vector }), DAD).want).toHaveLength(1);
    return gossip;
  };
  const wantsOf = (ready: GossipReady): readonly Hex[] => ready.want.map((one) => one.to);

  test("[SD7] what one is asked for, no other is for two seconds", () => {
    const gossip = both();
    expect(takeRegister(gossip, registerOf(AUNT, { vector }), AUNT).want).toEqual([]);
    const tick = (now: number): readonly Hex[] =>
      wantsOf(feed(gossip, { type: "tick" }, VIEW, now));
    expect(tick(NOW + ASK_ELSEWHERE_MS - 1)).toEqual([]);
    expect(tick(NOW + ASK_ELSEWHERE_MS)).toEqual(names(AUNT));
  });

  test("[SD7] who sends crumbs keeps the rest from nobody else's answer", () => {
    const gossip = both();
    takeRegister(gossip, registerOf(AUNT, { vector }), AUNT);
    let asked: readonly Hex[] = [];
    for (let ms = 500; ms <= 3_000; ms += 500) {
      feed(gossip, { type: "answering", from: peerOf(DAD) }, VIEW, NOW + ms);
      asked = [...asked, ...wantsOf(feed(gossip, { type: "tick" }, VIEW, NOW + ms))];
    }
    expect(asked).toEqual(names(AUNT));
  });

  test("[SD7] where an answer brought nothing others are asked at once, and it is trusted no more", () => {
    const gossip = both();
    takeRegister(gossip, registerOf(AUNT, { vector }), AUNT);
    expect(wantsOf(feed(gossip, { type: "answered", from: peerOf(DAD) }))).toEqual(names(AUNT));
    const later = { clock: { ms: NOW + 9, counter: 0 }, vector };
    link(gossip, FRIEND);
    feed(gossip, { type: "link-down", peer: peerOf(AUNT) });
    expect(wantsOf(takeRegister(gossip, registerOf(DAD, later), DAD))).toEqual(names(DAD));
    expect(wantsOf(takeRegister(gossip, registerOf(FRIEND, { vector }), FRIEND))).toEqual(
      names(FRIEND),
    );
  });

  test("[SD7] where the link ends others are asked at once", () => {
    const gossip = both();
    takeRegister(gossip, registerOf(AUNT, { vector }), AUNT);
    expect(wantsOf(feed(gossip, { type: "link-down", peer: peerOf(DAD) }))).toEqual(names(AUNT));
  });
});

describe("registers", () => {
  test("[SD8] go on to who wants their device's", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    wish(gossip, AUNT, false);
    const register = registerOf(CHILD, { clock: { ms: NOW + 5, counter: 0 } });
    const to = takeRegister(gossip, register, DAD).registers.flatMap((one) => one.to);
    expect(to).toEqual(names(FRIEND));
    const whole = wholeOf(DAD, AUNT, FRIEND, CHILD);
    expect(takeRegister(whole, register, CHILD).registers.flatMap((one) => one.to)).toEqual([]);
    // Who is not linked to it asked for it.
    wish(whole, AUNT, true);
    const next = registerOf(CHILD, { clock: { ms: NOW + 6, counter: 0 } });
    expect(takeRegister(whole, next, CHILD).registers.flatMap((one) => one.to)).toEqual(
      names(AUNT),
    );
  });

  test("[SD8] of who comes back go on to everybody", () => {
    const gossip = wholeOf(DAD, AUNT, FRIEND);
    const heard = (from: Actor, counter: number, now: number, ms = NOW): readonly Hex[] => {
      const register = registerOf(CHILD, { clock: { ms, counter } });
      return takeRegister(gossip, register, from, now).registers.flatMap((one) => one.to);
    };
    expect(heard(DAD, 0, NOW)).toEqual(names(AUNT, FRIEND));
    link(gossip, CHILD);
    expect(heard(CHILD, 1, NOW + 1_000)).toEqual([]);
    expect(heard(CHILD, 2, NOW + 1_000 + LATELY_MS)).toEqual(names(DAD, AUNT, FRIEND));
    // A clock that is ahead makes nobody come back again and again.
    const ahead = NOW + 10 * MINUTE;
    expect(heard(CHILD, 0, NOW + 2_000 + LATELY_MS, ahead)).toEqual([]);
    expect(heard(CHILD, 1, NOW + 3_000 + LATELY_MS, ahead)).toEqual([]);
  });

  test("[SD8] of who is late go on to all, and its next are asked of who brought that", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    const heard = (from: Actor, counter: number, now: number) => {
      const register = registerOf(CHILD, { clock: { ms: NOW, counter } });
      return takeRegister(gossip, register, from, now);
    };
    heard(DAD, 0, NOW);
    wish(gossip, AUNT, false);
    const inTime = heard(DAD, 1, NOW + REGISTER_LATE_MS - 1);
    expect(inTime.registers.flatMap((one) => one.to)).toEqual(names(FRIEND));
    expect(inTime.wishes).toEqual([]);
    // Two were asked; what comes late comes from the third.
    expect(wished(tick(gossip, NOW + REGISTER_LATE_MS))).toHaveLength(2);
    const isAsked = (one: Actor) => gossip.peers.get(peerOf(one))?.asks.has(peerOf(CHILD));
    const third = [DAD, AUNT, FRIEND].find((one) => isAsked(one) !== true) ?? DAD;
    const rest = [DAD, AUNT, FRIEND].filter((one) => one !== third);
    const late = heard(third, 2, NOW + 2 * REGISTER_LATE_MS);
    expect(late.registers.flatMap((one) => one.to)).toEqual(names(...rest));
    expect(late.wishes).toMatchObject([{ to: peerOf(third), isWanted: true }]);
    // One that is linked tells by itself.
    link(gossip, CHILD);
    const own = heard(CHILD, 3, NOW + 4 * REGISTER_LATE_MS);
    expect(own.wishes).toEqual([]);
  });

  test("[SD10] mine goes at once to whose entries it newly covers, to all every five seconds", () => {
    const gossip = wholeOf(DAD, AUNT, FRIEND, CHILD);
    const mine = (ms: number, had: number, author = CHILD): readonly Hex[] => {
      const vector = [
        { author: author.device, stream: 0, first: 1, had: [{ from: 1, to: had }] },
        { author: MUM.device, stream: 0, first: 1, had: [{ from: 1, to: had }] },
      ];
      const register = registerOf(MUM, { vector, clock: { ms: NOW + ms, counter: 0 } });
      return takeRegister(gossip, register, null, NOW + ms).registers.flatMap((one) => one.to);
    };
    const all = names(DAD, AUNT, FRIEND, CHILD);
    expect(mine(0, 1)).toEqual(all);
    expect(mine(1_000, 2)).toEqual(names(CHILD));
    // Hers is gone from it, and his is in it.
    expect(mine(2_000, 3, DAD)).toEqual(names(DAD, CHILD));
    expect(mine(REGISTER_ALL_MS, 4, DAD)).toEqual(all);
    expect(mine(REGISTER_ALL_MS + 1_000, 5, DAD)).toEqual(names(DAD));
    const round = (ms: number): readonly Hex[] =>
      tick(gossip, NOW + ms).copies.flatMap((one) => one.to);
    expect(round(2 * REGISTER_ALL_MS - 1)).toEqual([]);
    expect(round(2 * REGISTER_ALL_MS)).toEqual(all);
    expect(round(4 * REGISTER_ALL_MS)).toEqual([]);
  });

  test("[SD10] to who was just linked, whatever it says", () => {
    const gossip = wholeOf(DAD, CHILD);
    const mine = (ms: number): readonly Hex[] => {
      const register = registerOf(MUM, { clock: { ms: NOW + ms, counter: 0 } });
      return takeRegister(gossip, register, null, NOW + ms).registers.flatMap((one) => one.to);
    };
    expect(mine(0)).toEqual(names(DAD, CHILD));
    gossip.isDirty = true;
    link(gossip, AUNT);
    expect(mine(1_000)).toEqual(names(AUNT));
    expect(mine(2_000)).toEqual([]);
  });

  test("[SD10] to all where an author is not linked, an exception of it or this browser's word changes", () => {
    const gossip = partOf(DAD, AUNT);
    const mine = (ms: number, changes: Parameters<typeof registerOf>[1]): readonly Hex[] => {
      const register = registerOf(MUM, { ...changes, clock: { ms: NOW + ms, counter: 0 } });
      return takeRegister(gossip, register, null, NOW + ms).registers.flatMap((one) => one.to);
    };
    const had = (author: Actor, to: number): NonNullable<Parameters<typeof registerOf>[1]> => ({
      vector: [{ author: author.device, stream: 0, first: 1, had: [{ from: 1, to }] }],
    });
    mine(0, had(DAD, 1));
    expect(mine(1_000, had(DAD, 2))).toEqual(names(DAD));
    expect(mine(2_000, had(FRIEND, 1))).toEqual(names(DAD, AUNT));
    expect(mine(2_500, { ...had(FRIEND, 1), lasting: "installed" })).toEqual(names(DAD, AUNT));
    const exceptions = [
      { author: AUNT.device, stream: 0, seq: 3, what: "undecryptable" as const, height: 0 },
    ];
    const shared = { ...had(FRIEND, 1), lasting: "installed" as const };
    expect(mine(3_000, { ...shared, exceptions })).toEqual(names(AUNT));
    expect(mine(3_500, shared)).toEqual(names(AUNT));
    expect(mine(4_000, shared)).toEqual([]);
  });

  test("[SD8] a random peer is told every half minute how new they are", () => {
    const lists = (gossip: Gossip, now: number): GossipReady["lists"] =>
      feed(gossip, { type: "tick" }, VIEW, now).lists;
    const gossip = wholeOf(DAD, AUNT);
    takeRegister(gossip, registerOf(FRIEND), DAD);
    expect(lists(gossip, NOW + LIST_AGAIN_MS - 1)).toEqual([]);
    const [list, ...more] = lists(gossip, NOW + LIST_AGAIN_MS);
    expect(more).toEqual([]);
    // Neither mine nor that of the peer itself.
    const others = names(DAD, AUNT, FRIEND).filter((one) => one !== list?.to);
    expect(list?.marks.map(({ device }) => toHex(device)).toSorted()).toEqual(others.toSorted());
    expect(lists(gossip, NOW + LIST_AGAIN_MS + 1_000)).toEqual([]);
  });

  test("[SD11] a peer gets those that are newer than its list says, once in ten seconds", () => {
    const gossip = wholeOf(DAD, AUNT);
    const old = registerOf(FRIEND, { clock: { ms: NOW - 9_000, counter: 0 } });
    takeRegister(gossip, old, DAD);
    takeRegister(gossip, registerOf(CHILD, { clock: { ms: NOW - 5_000, counter: 7 } }), DAD);
    const given = (marks: readonly RegisterMark[], now: number): readonly Hex[] =>
      feed(gossip, { type: "listed", from: peerOf(AUNT), marks }, VIEW, now).copies.map(
        ({ register, to }) => {
          expect(to).toEqual([peerOf(AUNT)]);
          return toHex(register.register.device);
        },
      );
    const mark = (actor: Actor, ms: number, counter = 0): RegisterMark => ({
      device: actor.device,
      clock: { ms, counter },
    });
    const dads = mark(DAD, NOW);
    expect(given([], NOW).toSorted()).toEqual(names(DAD, FRIEND, CHILD).toSorted());
    expect(given([], NOW + LIST_ANSWER_MS - 1)).toEqual([]);
    const all = [dads, mark(FRIEND, NOW - 9_000), mark(CHILD, NOW - 5_000, 7)];
    expect(given(all, NOW + LIST_ANSWER_MS)).toEqual([]);
    const stale = [dads, mark(FRIEND, NOW), mark(CHILD, NOW - 5_000, 6)];
    expect(given(stale, NOW + 2 * LIST_ANSWER_MS)).toEqual(names(CHILD));
    // Who is not linked has no list here.
    const { copies } = feed(gossip, { type: "listed", from: peerOf(FRIEND), marks: [] });
    expect(copies).toEqual([]);
  });

  test("[SD11] who is linked is told at once, and is given mine unasked", () => {
    const gossip = wholeOf(DAD);
    takeRegister(gossip, registerOf(FRIEND), DAD);
    const { lists } = feed(gossip, { type: "link-up", peer: peerOf(AUNT) });
    expect(lists.map(({ to }) => to)).toEqual([peerOf(AUNT)]);
    expect(lists[0]?.marks.map(({ device }) => toHex(device)).toSorted()).toEqual(
      names(DAD, FRIEND).toSorted(),
    );
  });
});
