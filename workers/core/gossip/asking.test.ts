import { describe, expect, test } from "vitest";
import { NOW } from "../ledger/family-fixture.suite.test.ts";
import { WANT_ENTRIES_MAX, WANT_TIMEOUT_MS, type Question } from "./asking.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  gossipOf,
  link,
  peerOf,
  receive,
  registerOf,
  registerWith,
  takeRegister,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import type { Gossip, VerifiedEntry } from "./state.ts";

const COUNT = 600;
const CHAIN = chainOf(CHILD, COUNT, { gapMs: 2_000, start: NOW - COUNT * 2_000 });
const CLOCK = { clock: { ms: NOW + 5, counter: 0 } };

const rangesOf = (questions: readonly Question[]): unknown =>
  questions.flatMap((one) => one.wants.flatMap((want) => want.ranges));

const answered = (gossip: Gossip, now = NOW): readonly Question[] =>
  feed(gossip, { type: "answered", from: peerOf(DAD) }, VIEW, now).want;

/** The numbers asked for, as entries of the chain. */
const asked = (questions: readonly Question[]): readonly VerifiedEntry[] =>
  questions.flatMap((one) =>
    one.wants.flatMap((want) => want.ranges.flatMap(({ from, to }) => CHAIN.slice(from - 1, to))),
  );

describe("asking", () => {
  test("[GP10] for what the register has and I lack, above both first numbers", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    for (const index of [0, 4, 5]) receive(gossip, at(CHAIN, index));
    const { want } = takeRegister(gossip, registerWith(DAD, CHILD, 1, 9), DAD);
    expect(want.map((one) => one.to)).toEqual([peerOf(DAD)]);
    expect(rangesOf(want)).toEqual([
      { from: 2, to: 4 },
      { from: 7, to: 9 },
    ]);
    const other = gossipOf();
    link(other, DAD);
    const vector = [{ author: CHILD.device, stream: 0, first: 6, had: [{ from: 1, to: 9 }] }];
    expect(rangesOf(takeRegister(other, registerOf(DAD, { vector }), DAD).want)).toEqual([
      { from: 6, to: 9 },
    ]);
  });

  test("[GP10] at most 256 entries at once, whatever is missing; nothing ephemeral", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    const had = [{ from: 1, to: 2 ** 40 }];
    const vector = [
      { author: AUNT.device, stream: 1, first: 1, had },
      { author: CHILD.device, stream: 0, first: 1, had },
      { author: CHILD.device, stream: 2, first: 1, had },
    ];
    expect(takeRegister(gossip, registerOf(DAD, { vector }), DAD).want).toEqual([
      {
        to: peerOf(DAD),
        wants: [{ author: CHILD.device, stream: 0, ranges: [{ from: 1, to: WANT_ENTRIES_MAX }] }],
      },
    ]);
  });

  test("[GP10] on link-up by the register that is known already, and never a stranger to me", () => {
    const gossip = gossipOf();
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 2), AUNT);
    const up = feed(gossip, { type: "link-up", peer: peerOf(DAD) });
    expect(rangesOf(up.want)).toEqual([{ from: 1, to: 2 }]);
    expect(feed(gossip, { type: "link-up", peer: peerOf(AUNT) }).want).toEqual([]);
  });

  test("[GP11] one question is open at a time, and asked again after ten seconds", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    expect(takeRegister(gossip, registerWith(DAD, CHILD, 1, 2), DAD).want).toHaveLength(1);
    expect(takeRegister(gossip, registerWith(DAD, CHILD, 1, 3, CLOCK), DAD).want).toEqual([]);
    const tick = (now: number): unknown => rangesOf(feed(gossip, { type: "tick" }, VIEW, now).want);
    expect(tick(NOW + WANT_TIMEOUT_MS - 1)).toEqual([]);
    expect(tick(NOW + WANT_TIMEOUT_MS)).toEqual([{ from: 1, to: 3 }]);
  });

  test("[GP11] an answer to no question changes nothing", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    expect(answered(gossip)).toEqual([]);
    expect(takeRegister(gossip, registerWith(DAD, CHILD, 1, 2), DAD).want).toHaveLength(1);
    expect(feed(gossip, { type: "answered", from: peerOf(AUNT) }).want).toEqual([]);
  });

  test("[GP11] an answer that comes in parts is waited for from its last part on", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 9), DAD);
    const part = NOW + WANT_TIMEOUT_MS - 1;
    receive(gossip, at(CHAIN, 0));
    feed(gossip, { type: "answering", from: peerOf(DAD) }, VIEW, part);
    feed(gossip, { type: "answering", from: peerOf(AUNT) }, VIEW, part);
    const tick = (at: number) => feed(gossip, { type: "tick" }, VIEW, at).want;
    expect(tick(part + WANT_TIMEOUT_MS - 1)).toEqual([]);
    expect(rangesOf(tick(part + WANT_TIMEOUT_MS))).toEqual([{ from: 2, to: 9 }]);
  });

  test("[GP12] a peer that withholds is asked once until its next register", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 9), DAD);
    expect(answered(gossip)).toEqual([]);
    expect(feed(gossip, { type: "tick" }, VIEW, NOW + 3 * WANT_TIMEOUT_MS).want).toEqual([]);
    expect(takeRegister(gossip, registerWith(DAD, CHILD, 1, 9, CLOCK), DAD).want).toHaveLength(1);
  });

  test("[GP12] nor does one that repeats, or sends what cannot be taken, keep me asking", () => {
    const repeats = gossipOf();
    link(repeats, DAD);
    receive(repeats, at(CHAIN, 0));
    takeRegister(repeats, registerWith(DAD, CHILD, 1, 9), DAD);
    receive(repeats, at(CHAIN, 0));
    expect(answered(repeats)).toEqual([]);
    const future = gossipOf();
    link(future, DAD);
    takeRegister(future, registerWith(DAD, CHILD, 1, 1), DAD);
    receive(future, at(chainOf(CHILD, 1, { start: NOW + 9 * 86_400_000 }), 0));
    expect(answered(future)).toEqual([]);
  });

  test("[GP13] a history comes in pieces, and then there is nothing left to ask", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    let { want } = takeRegister(gossip, registerWith(DAD, CHILD, 1, COUNT), DAD);
    const sizes: number[] = [];
    while (want.length > 0 && sizes.length < 10) {
      const entries = asked(want);
      sizes.push(entries.length);
      for (const entry of entries) receive(gossip, entry);
      want = answered(gossip);
    }
    expect(sizes).toEqual([256, 256, 88]);
    expect(gossip.streams.get(`${peerOf(CHILD)}/0`)?.had).toEqual([{ from: 1, to: COUNT }]);
  });

  test("[GP13] an answer that brought one of two streams is followed by a question", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    const had = [{ from: 1, to: 1 }];
    const vector = [
      { author: CHILD.device, stream: 0, first: 1, had },
      { author: AUNT.device, stream: 0, first: 1, had },
    ];
    takeRegister(gossip, registerOf(DAD, { vector }), DAD);
    receive(gossip, at(CHAIN, 0));
    expect(answered(gossip)).toEqual([
      { to: peerOf(DAD), wants: [{ author: AUNT.device, stream: 0, ranges: had }] },
    ]);
    expect(answered(gossip)).toEqual([]);
  });

  test("[GP12] [GP13] a peer that gives one entry an answer is asked at most once for each", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    let { want } = takeRegister(gossip, registerWith(DAD, CHILD, 1, 40), DAD);
    let questions = 0;
    while (want.length > 0 && questions < 100) {
      questions += 1;
      const [entry] = asked(want);
      if (entry !== undefined && entry.header.seq <= 30) receive(gossip, entry);
      want = answered(gossip);
    }
    expect(questions).toBe(31);
  });
});
