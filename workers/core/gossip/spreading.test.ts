import { describe, expect, test } from "vitest";
import { deviceIdOf, memberIdOf, toHex, type Hex } from "../codec/ids.ts";
import {
  DAY,
  FAMILY,
  keyOf,
  MINUTE,
  NOW,
  stateOf,
  type Actor,
} from "../ledger/family-fixture.suite.test.ts";
import { ASK_ELSEWHERE_MS, WANT_TIMEOUT_MS } from "./asking.ts";
import { step, type GossipInput } from "./gossip.ts";
import type { GossipReady } from "./ready.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  FRIEND,
  following,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  registerOf,
  registerWith,
  STRANGER,
  takeRegister,
  VIEW,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import {
  ANNOUNCE_MS,
  ANNOUNCED_PEERS_MAX,
  COPIES_MS,
  FANOUT_MAX,
  HOPS_MAX,
  LATELY_MS,
  OWN_FANOUT_MAX,
  REGISTER_ALL_MS,
  REGISTERS_AGAIN_MS,
  SPARED_AUTHORS_MAX,
  TOLD_RANGES_MAX,
  TOLD_STREAMS_MAX,
  WAYS_MAX,
} from "./limits.ts";
import { nextAnnouncement } from "./spreading.ts";
import type { Gossip, VerifiedEntry, Want } from "./state.ts";

const CHAIN = chainOf(CHILD, 40);
const ONE = at(CHAIN, 0);
const TWO = at(CHAIN, 1);

const pushed = (ready: GossipReady): readonly Hex[] =>
  ready.push.flatMap((one) => one.to).toSorted();
const names = (...actors: readonly Actor[]): readonly Hex[] =>
  actors.map((one) => peerOf(one)).toSorted();
const again = (gossip: Gossip, { header }: VerifiedEntry, from: Actor, now = NOW): GossipReady =>
  feed(gossip, { type: "again", header, from: peerOf(from) }, VIEW, now);
const rangeOf = (from: number, to: number, author = CHILD): Want => ({
  author: author.device,
  stream: 0,
  ranges: [{ from, to }],
});
const told = (gossip: Gossip, from: Actor, ...has: readonly Want[]): GossipReady =>
  feed(gossip, { type: "told", from: peerOf(from), has });
const announced = (gossip: Gossip, now = NOW + ANNOUNCE_MS): GossipReady["tell"] =>
  feed(gossip, { type: "announce" }, VIEW, now).tell;
const wish = (gossip: Gossip, from: Actor, isWanted: boolean, author = CHILD): GossipReady =>
  feed(gossip, { type: "wish", from: peerOf(from), author: author.device, isWanted });
const wished = (ready: GossipReady): readonly string[] =>
  ready.wishes
    .map(({ to, author, isWanted }) => `${isWanted ? "+" : "-"}${nameOf(author)}>${nameOf(to)}`)
    .toSorted();
const PEOPLE = { DAD, MUM, CHILD, AUNT, FRIEND };
const nameOf = (device: Hex | Uint8Array): string => {
  const hex = typeof device === "string" ? device : toHex(device);
  return Object.entries(PEOPLE).find(([, actor]) => peerOf(actor) === hex)?.[0] ?? hex;
};
const tick = (gossip: Gossip, now = NOW): GossipReady => feed(gossip, { type: "tick" }, VIEW, now);

/** Linked to these, and nobody else was heard of. */
function wholeOf(...peers: readonly Actor[]): Gossip {
  const gossip = gossipOf();
  link(gossip, ...peers);
  for (const peer of peers) takeRegister(gossip, registerOf(peer), peer);
  return gossip;
}

/** Linked to these, while another device that was heard of is not: not everybody is linked. */
function partOf(...peers: readonly Actor[]): Gossip {
  const gossip = gossipOf();
  link(gossip, ...peers);
  const elsewhere = [DAD, AUNT, FRIEND, CHILD].find((one) => !peers.includes(one));
  if (elsewhere === undefined) throw new Error("somebody has to be elsewhere");
  takeRegister(gossip, registerOf(elsewhere), peers[0] ?? DAD);
  return gossip;
}

describe("to whom at once", () => {
  const crowd = Array.from({ length: 24 }, (_, index): Actor => {
    const key = keyOf(600 + index);
    return { key, device: deviceIdOf(FAMILY, key), member: memberIdOf(FAMILY, key) };
  });
  const view = viewOf(
    stateOf(
      [
        { actor: DAD, role: "parent", isReplica: true },
        { actor: MUM, role: "parent" },
        ...crowd.map((actor) => ({ actor, role: "relative" as const })),
      ],
      5,
    ),
  );
  const linked = (count: number): Gossip => {
    const gossip = gossipOf();
    for (const actor of crowd.slice(0, count)) {
      feedIn(gossip, { type: "link-up", peer: peerOf(actor) });
      feedIn(gossip, { type: "register", register: registerOf(actor), from: peerOf(actor) });
    }
    return gossip;
  };
  const feedIn = (gossip: Gossip, input: GossipInput): GossipReady =>
    step(gossip, input, view, NOW);

  test("[SD1] an own entry goes to all, at most 16", () => {
    const own = at(chainOf(MUM, 1, { to: DAD }), 0);
    for (const count of [1, 9, OWN_FANOUT_MAX, OWN_FANOUT_MAX + 4]) {
      const ready = feedIn(linked(count), { type: "entry", entry: own, from: null });
      expect(new Set(pushed(ready)).size).toBe(Math.min(count, OWN_FANOUT_MAX));
    }
  });

  test("[SD2] another's goes on to 12 of more than 16, and to none where all are linked", () => {
    const entry = at(chainOf(DAD, 1, { to: MUM }), 0);
    const from = toHex(DAD.device);
    const many = feedIn(linked(OWN_FANOUT_MAX + 4), { type: "entry", entry, from });
    expect(new Set(pushed(many)).size).toBe(FANOUT_MAX);
    const few = feedIn(linked(OWN_FANOUT_MAX), { type: "entry", entry, from });
    expect(pushed(few)).toEqual([]);
  });

  test("[SD2] all are linked when nobody else was heard of in two minutes", () => {
    const partly = (ageMs: number): readonly Hex[] => {
      const gossip = wholeOf(DAD, AUNT);
      // Whatever her clock says.
      const clock = { ms: NOW - DAY, counter: 0 };
      takeRegister(gossip, registerOf(FRIEND, { clock }), DAD, NOW - ageMs);
      return pushed(receive(gossip, ONE, DAD));
    };
    expect(partly(LATELY_MS - 1)).toEqual(names(AUNT));
    expect(partly(LATELY_MS)).toEqual([]);
  });

  test("[SD2] [SD5] not to who asked to be spared, until it asks for some", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    wish(gossip, AUNT, false);
    expect(pushed(receive(gossip, ONE, DAD))).toEqual(names(FRIEND));
    // Of that author alone.
    const other = at(chainOf(DAD, 1, { to: MUM }), 0);
    expect(pushed(receive(gossip, other, FRIEND))).toEqual(names(AUNT));
    wish(gossip, AUNT, true);
    expect(pushed(receive(gossip, TWO, DAD))).toEqual(names(AUNT, FRIEND));
    // An own entry is told to everybody.
    wish(gossip, AUNT, false, MUM);
    const own = at(chainOf(MUM, 1, { to: DAD }), 0);
    expect(pushed(receive(gossip, own, null))).toEqual(names(DAD, AUNT, FRIEND));
  });

  test("[SD2] [SD5] where all are linked, to who asked for some", () => {
    const gossip = wholeOf(DAD, AUNT, CHILD);
    expect(pushed(receive(gossip, ONE, CHILD))).toEqual([]);
    wish(gossip, AUNT, true);
    expect(pushed(receive(gossip, TWO, CHILD))).toEqual(names(AUNT));
  });

  test("[SD2] what a stranger to the family wishes, or too many authors, is not kept", () => {
    const gossip = partOf(DAD, AUNT);
    wish(gossip, AUNT, false, STRANGER);
    wish(gossip, AUNT, true, STRANGER);
    expect(gossip.peers.get(peerOf(AUNT))?.wishes.size).toBe(0);
    const wishes = gossip.peers.get(peerOf(AUNT))?.wishes;
    for (let which = 0; which < SPARED_AUTHORS_MAX; which += 1) wishes?.set(`${which}`, true);
    wish(gossip, AUNT, false);
    expect(wishes?.size).toBe(SPARED_AUTHORS_MAX);
    expect(isNothing(wish(gossip, STRANGER, false))).toBe(true);
  });
});

const isNothing = (ready: GossipReady): boolean =>
  [ready.push, ready.want, ready.tell, ready.wishes, ready.store].every((one) => one.length === 0);

describe("who is told a moment later", () => {
  test("[SD3] who was not pushed to and does not show it by then, in one word each", () => {
    const gossip = partOf(DAD, AUNT, FRIEND);
    for (const one of [AUNT, FRIEND]) wish(gossip, one, false);
    receive(gossip, ONE, DAD);
    receive(gossip, TWO, DAD);
    expect(nextAnnouncement(gossip)).toBe(NOW + ANNOUNCE_MS);
    expect(announced(gossip, NOW + ANNOUNCE_MS - 1)).toEqual([]);
    // She has sent it meanwhile.
    again(gossip, ONE, AUNT);
    const words = announced(gossip);
    expect(words).toEqual(
      expect.arrayContaining([
        { to: peerOf(AUNT), has: [rangeOf(2, 2)] },
        { to: peerOf(FRIEND), has: [rangeOf(1, 2)] },
      ]),
    );
    expect(words).toHaveLength(2);
    expect(nextAnnouncement(gossip)).toBeNull();
    expect(announced(gossip, NOW + MINUTE)).toEqual([]);
  });

  test("[SD3] nobody where it was pushed to all, or all show it by register or by word", () => {
    const gossip = partOf(DAD, AUNT);
    receive(gossip, ONE, DAD);
    expect(nextAnnouncement(gossip)).toBeNull();
    const whole = wholeOf(DAD, AUNT, FRIEND, CHILD);
    receive(whole, ONE, DAD);
    told(whole, AUNT, rangeOf(1, 1));
    const later = { clock: { ms: NOW + 9, counter: 0 } };
    takeRegister(whole, registerWith(FRIEND, CHILD, 1, 1, later), FRIEND);
    expect(announced(whole)).toEqual([]);
  });

  test("[SD3] one where all are linked", () => {
    const gossip = wholeOf(DAD, AUNT, FRIEND, CHILD);
    receive(gossip, ONE, CHILD);
    expect(announced(gossip)).toHaveLength(1);
  });

  test("[SD3] else at most three, chosen anew each time", () => {
    const chosen = new Set<string>();
    for (let salt = 0; salt < 40; salt += 1) {
      const gossip = gossipOf();
      gossip.random.shuffled(Array.from({ length: salt }, (_, index) => index));
      for (let peer = 0; peer < 8; peer += 1) {
        feed(gossip, { type: "link-up", peer: `0${peer}` });
        gossip.peers.get(`0${peer}`)?.wishes.set(peerOf(CHILD), false);
      }
      receive(gossip, ONE, CHILD);
      const words = announced(gossip);
      expect(words).toHaveLength(ANNOUNCED_PEERS_MAX);
      for (const { to } of words) chosen.add(to);
    }
    expect(chosen.size).toBe(8);
  });

  test("[SD3] beyond eight hops nothing is pushed, and told of all the same", () => {
    const gossip = partOf(DAD, AUNT);
    const far = { ...ONE, entry: { ...ONE.entry, hops: HOPS_MAX } };
    expect(pushed(receive(gossip, far, DAD))).toEqual([]);
    expect(announced(gossip)).toEqual([{ to: peerOf(AUNT), has: [rangeOf(1, 1)] }]);
  });

  test("[SD3] neither what is refused nor what is ephemeral; a clock set back keeps nothing", () => {
    const gossip = wholeOf(DAD, AUNT);
    const typing = following(CHILD, null, {}, 0, {
      kind: "presence",
      stream: 1,
      rateMark: 0,
      clock: { ms: NOW, counter: 0 },
    });
    expect(receive(gossip, typing, DAD).ephemeral).toHaveLength(1);
    const forbidden = following(CHILD, null, { to: FRIEND });
    expect(receive(gossip, forbidden, DAD).store.map((one) => one.known.verdict.type)).toEqual([
      "refused",
    ]);
    expect(nextAnnouncement(gossip)).toBeNull();
    const other = wholeOf(DAD, AUNT);
    receive(other, ONE, DAD);
    expect(announced(other, NOW - MINUTE)).toHaveLength(1);
  });
});

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

describe("what a peer tells of", () => {
  test("[SD6] is asked for at once, without a register, and not what is here", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    receive(gossip, TWO, DAD);
    expect(told(gossip, DAD, rangeOf(1, 4)).want).toEqual([
      {
        to: peerOf(DAD),
        wants: [
          {
            author: CHILD.device,
            stream: 0,
            ranges: [
              { from: 1, to: 1 },
              { from: 3, to: 4 },
            ],
          },
        ],
      },
    ]);
  });

  test("[SD6] counts until the peer's next register, beside what that says", () => {
    const gossip = partOf(DAD, AUNT);
    takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1), AUNT);
    told(gossip, AUNT, rangeOf(2, 2));
    expect(pushed(receive(gossip, TWO, DAD))).toEqual([]);
    const later = { clock: { ms: NOW + 9, counter: 0 } };
    takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1, later), AUNT);
    expect(pushed(receive(gossip, at(CHAIN, 2), DAD))).toEqual(names(AUNT));
    // It said that it had the second, and its register since then does not.
    const [mine] = CHAIN.slice(3, 4);
    if (mine === undefined) throw new Error("a fourth");
    told(gossip, AUNT, rangeOf(4, 4));
    const latest = { clock: { ms: NOW + 10, counter: 0 } };
    takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1, latest), AUNT);
    expect(pushed(receive(gossip, mine, DAD))).toEqual(names(AUNT));
  });

  test("[SD6] a lie ends with the peer dry until its next register", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    expect(told(gossip, DAD, rangeOf(1, 2 ** 40)).want).toHaveLength(1);
    expect(feed(gossip, { type: "answered", from: peerOf(DAD) }).want).toEqual([]);
    expect(told(gossip, DAD, rangeOf(1, 9)).want).toEqual([]);
    expect(feed(gossip, { type: "tick" }, VIEW, NOW + WANT_TIMEOUT_MS).want).toEqual([]);
    expect(takeRegister(gossip, registerWith(DAD, CHILD, 1, 2), DAD).want).toHaveLength(1);
  });

  test("[SD6] streams and ranges beyond the bounds, and ranges upside down, are passed over", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    const peer = gossip.peers.get(peerOf(DAD));
    const ranges = Array.from({ length: TOLD_RANGES_MAX + 9 }, (_, index) => ({
      from: 3 * index + 1,
      to: 3 * index + 1,
    }));
    told(gossip, DAD, { author: CHILD.device, stream: 0, ranges });
    expect([...(peer?.told.values() ?? [])].map((one) => one.had.length)).toEqual([
      TOLD_RANGES_MAX,
    ]);
    told(gossip, DAD, { author: AUNT.device, stream: 0, ranges: [{ from: 9, to: 2 }] });
    told(gossip, DAD, { author: AUNT.device, stream: 1, ranges: [{ from: 1, to: 2 }] });
    expect(peer?.told.size).toBe(1);
    for (let stream = 0; stream < 2 * TOLD_STREAMS_MAX + 8; stream += 2) {
      told(gossip, DAD, { author: AUNT.device, stream, ranges: [{ from: 1, to: 2 }] });
    }
    expect(peer?.told.size).toBe(TOLD_STREAMS_MAX);
    expect(isNothing(told(gossip, STRANGER, rangeOf(1, 2)))).toBe(true);
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

test("[SD9] what proves a fork goes to everybody, whatever they have or want", () => {
  const gossip = wholeOf(DAD, AUNT, FRIEND);
  receive(gossip, ONE, DAD);
  const later = { clock: { ms: NOW + 9, counter: 0 } };
  takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1, later), AUNT);
  wish(gossip, FRIEND, false);
  const other = following(CHILD, null, {}, 0, { clock: { ms: NOW - 5, counter: 3 } });
  expect(pushed(receive(gossip, other, DAD))).toEqual(names(AUNT, FRIEND));
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
      tick(gossip, NOW + ms).registers.flatMap((one) => one.to);
    expect(round(2 * REGISTER_ALL_MS - 1)).toEqual([]);
    expect(round(2 * REGISTER_ALL_MS)).toEqual(all);
    expect(round(4 * REGISTER_ALL_MS)).toEqual([]);
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

  test("[SD8] are all given to a random peer every half minute", () => {
    const given = (gossip: Gossip, now: number): readonly Hex[] =>
      feed(gossip, { type: "tick" }, VIEW, now).registers.flatMap((one) => one.to);
    const gossip = partOf(DAD, AUNT);
    expect(given(gossip, NOW + REGISTERS_AGAIN_MS - 1)).toEqual([]);
    const some = given(gossip, NOW + REGISTERS_AGAIN_MS);
    expect(some.length).toBeGreaterThan(0);
    expect(new Set(some).size).toBe(1);
    expect(given(gossip, NOW + REGISTERS_AGAIN_MS + 1_000)).toEqual([]);
  });
});
