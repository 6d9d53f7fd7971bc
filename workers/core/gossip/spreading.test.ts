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
import { WANT_TIMEOUT_MS } from "./asking.ts";
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
  FANOUT_MAX,
  HOPS_MAX,
  LATELY_MS,
  OWN_FANOUT_MAX,
  SPARED_AUTHORS_MAX,
  TOLD_RANGES_MAX,
  TOLD_STREAMS_MAX,
} from "./limits.ts";
import { nextAnnouncement } from "./spreading.ts";
import type { Gossip } from "./state.ts";
import {
  CHAIN,
  ONE,
  TWO,
  pushed,
  names,
  again,
  rangeOf,
  told,
  announced,
  wish,
  wholeOf,
  partOf,
  isNothing,
} from "./spreading-fixture.suite.test.ts";

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
        by: null,
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

test("[SD9] what proves a fork goes to everybody, whatever they have or want", () => {
  const gossip = wholeOf(DAD, AUNT, FRIEND);
  receive(gossip, ONE, DAD);
  const later = { clock: { ms: NOW + 9, counter: 0 } };
  takeRegister(gossip, registerWith(AUNT, CHILD, 1, 1, later), AUNT);
  wish(gossip, FRIEND, false);
  const other = following(CHILD, null, {}, 0, { clock: { ms: NOW - 5, counter: 3 } });
  expect(pushed(receive(gossip, other, DAD))).toEqual(names(AUNT, FRIEND));
});

test("[GK14] more that is to be told than a call takes arguments is told", () => {
  const gossip = wholeOf(DAD, AUNT);
  const { author, stream } = ONE.header;
  gossip.untold = Array.from({ length: 300_000 }, (_, index) => ({
    author,
    stream,
    seq: 1,
    dueAt: NOW + 1 + index,
  }));
  expect(nextAnnouncement(gossip)).toBe(NOW + 1);
});
