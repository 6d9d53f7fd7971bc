import { describe, expect, test } from "vitest";
import { NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import { lackingOf, WANT_ENTRIES_MAX, WANT_TIMEOUT_MS, type Question } from "./asking.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  gossipOf,
  link,
  MUM,
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

const wantOf = (author: Actor, stream: number) => ({ author: author.device, stream });

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
        by: null,
      },
    ]);
  });

  test("[GP26] what is missing of calls for help is asked for first, of all authors, then the rest in its order", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    const had = [{ from: 1, to: 300 }];
    const vector = [
      { author: AUNT.device, stream: 0, first: 1, had },
      { author: AUNT.device, stream: 30, first: 1, had: [{ from: 1, to: 2 }] },
      { author: CHILD.device, stream: 0, first: 1, had },
      { author: CHILD.device, stream: 30, first: 1, had: [{ from: 4, to: 4 }] },
    ];
    const { want } = takeRegister(gossip, registerOf(DAD, { vector }), DAD);
    expect(want.flatMap(({ wants }) => wants)).toEqual([
      { author: AUNT.device, stream: 30, ranges: [{ from: 1, to: 2 }] },
      { author: CHILD.device, stream: 30, ranges: [{ from: 4, to: 4 }] },
      { author: AUNT.device, stream: 0, ranges: [{ from: 1, to: WANT_ENTRIES_MAX - 3 }] },
    ]);
  });

  test("[GP26] also of what a peer has told of since its register", () => {
    const gossip = gossipOf();
    link(gossip, DAD);
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 300), DAD);
    const ranges = [{ from: 1, to: 1 }];
    const has = [{ author: AUNT.device, stream: 30, ranges }];
    feed(gossip, { type: "told", from: peerOf(DAD), has });
    for (let seq = 1; seq <= WANT_ENTRIES_MAX; seq += 1) receive(gossip, at(CHAIN, seq - 1));
    expect(answered(gossip).flatMap(({ wants }) => wants)).toEqual([
      { author: AUNT.device, stream: 30, ranges },
      { author: CHILD.device, stream: 0, ranges: [{ from: 257, to: 300 }] },
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
      { to: peerOf(DAD), wants: [{ author: AUNT.device, stream: 0, ranges: had }], by: null },
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

describe("asking by a register", () => {
  /** Every third of forty is missing: fourteen ranges. */
  const HAD = Array.from({ length: 13 }, (_, index) => ({
    from: 3 * index + 2,
    to: 3 * index + 3,
  }));
  const LACKED = Array.from({ length: 14 }, (_, index) => ({
    from: 3 * index + 1,
    to: 3 * index + 1,
  }));
  const GIVEN = { ms: NOW + 1, counter: 2 };
  const mine = (had = HAD, clock = GIVEN): ReturnType<typeof registerOf> =>
    registerOf(MUM, {
      clock,
      vector: [{ author: CHILD.device, stream: 0, first: 1, had }],
    });

  /** Mum has her numbers, Dad is linked and was given the register that says so. */
  function lackingSome(had = HAD): Gossip {
    const gossip = gossipOf(MUM);
    link(gossip, DAD, AUNT);
    for (const { from, to } of had) {
      for (let seq = from; seq <= to; seq += 1) receive(gossip, at(CHAIN, seq - 1), AUNT);
    }
    takeRegister(gossip, mine(had), null);
    return gossip;
  }
  const shown = (gossip: Gossip): readonly Question[] =>
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 40), DAD).want;

  test("[GP23] many ranges are asked for by my register, and its reader finds the same", () => {
    const want = shown(lackingSome());
    expect(rangesOf(want)).toEqual(LACKED);
    expect(want.map(({ by }) => by)).toEqual([GIVEN]);
    const dad = gossipOf(DAD);
    link(dad, MUM);
    takeRegister(dad, registerWith(DAD, CHILD, 1, 40), null);
    takeRegister(dad, mine(), MUM);
    expect(lackingOf(dad, peerOf(MUM), GIVEN)).toEqual(want[0]?.wants);
    // Another register of hers, or of somebody who is not known.
    expect(lackingOf(dad, peerOf(MUM), { ...GIVEN, counter: 3 })).toBeNull();
    expect(lackingOf(dad, peerOf(AUNT), GIVEN)).toBeNull();
    expect(lackingOf(gossipOf(DAD), peerOf(MUM), GIVEN)).toBeNull();
  });

  test("[GP26] who is asked by a register gives what it lacks of calls for help first, and both find the same", () => {
    const calls = [{ author: MUM.device, stream: 30, first: 1, had: [{ from: 1, to: 3 }] }];
    const dads = registerWith(DAD, CHILD, 1, 300);
    const both = { ...dads.register, vector: [...dads.register.vector, ...calls] };
    const aunt = gossipOf(AUNT);
    link(aunt, DAD);
    const lacking = registerOf(AUNT, {
      clock: GIVEN,
      vector: [{ author: CHILD.device, stream: 0, first: 1, had: HAD }],
    });
    for (const { from, to } of HAD) {
      for (let seq = from; seq <= to; seq += 1) receive(aunt, at(CHAIN, seq - 1), MUM);
    }
    takeRegister(aunt, lacking, null);
    const { want } = takeRegister(aunt, { ...dads, register: both }, DAD);
    expect(want.map(({ by }) => by)).toEqual([GIVEN]);
    expect(want[0]?.wants[0]).toEqual({ ...wantOf(MUM, 30), ranges: [{ from: 1, to: 3 }] });
    const dad = gossipOf(DAD);
    link(dad, AUNT);
    takeRegister(dad, { ...dads, register: both }, null);
    takeRegister(dad, lacking, AUNT);
    expect(lackingOf(dad, peerOf(AUNT), GIVEN)).toEqual(want[0]?.wants);
  });

  test("[GP23] few ranges by their numbers, and what the registers do not say", () => {
    const few = Array.from({ length: 8 }, (_, index) => ({
      from: 5 * index + 2,
      to: 5 * index + 5,
    }));
    const some = shown(lackingSome(few));
    expect(rangesOf(some)).toHaveLength(8);
    expect(some.map(({ by }) => by)).toEqual([null]);
    // One more came since: what is asked for is no more what that register lacks.
    const more = lackingSome();
    receive(more, at(CHAIN, 0), AUNT);
    expect(shown(more).map(({ by }) => by)).toEqual([null]);
    // My latest says the same, and he was not given it.
    const same = lackingSome();
    const next = mine(HAD, { ms: NOW + 1_001, counter: 0 });
    expect(takeRegister(same, next, null, NOW + 1_001).registers.flatMap(({ to }) => to)).toEqual(
      [],
    );
    expect(shown(same).map(({ by }) => by)).toEqual([null]);
    // Nor any since he was linked.
    const later = lackingSome();
    later.peers.delete(peerOf(DAD));
    feed(later, { type: "link-up", peer: peerOf(DAD) });
    expect(shown(later).map(({ by }) => by)).toEqual([null]);
    // He has told of one that his register does not have.
    const told = lackingSome();
    takeRegister(told, registerWith(DAD, CHILD, 1, 40), DAD);
    answered(told);
    const ranges = [{ from: 50, to: 50 }];
    const has = [{ author: CHILD.device, stream: 0, ranges }];
    const { want } = feed(told, { type: "told", from: peerOf(DAD), has });
    expect(want.every(({ by }) => by === null)).toBe(true);
  });

  test("[GP23] one that brought nothing is asked again by numbers, and then no more", () => {
    const gossip = lackingSome();
    shown(gossip);
    const again = answered(gossip);
    expect(rangesOf(again)).toEqual(LACKED);
    expect(again.map(({ to, by }) => [to, by])).toEqual([[peerOf(DAD), null]]);
    expect(answered(gossip)).toEqual([]);
    // A new register of his opens it, a new one of mine is named again.
    const dads = registerWith(DAD, CHILD, 1, 40, CLOCK);
    expect(takeRegister(gossip, dads, DAD).want.map(({ by }) => by)).toEqual([null]);
    answered(gossip);
    const next = { ms: NOW + 5_001, counter: 0 };
    takeRegister(gossip, mine(HAD, next), null, NOW + 6_000);
    const later = registerWith(DAD, CHILD, 1, 40, { clock: { ms: NOW + 7_000, counter: 0 } });
    expect(takeRegister(gossip, later, DAD, NOW + 7_000).want.map(({ by }) => by)).toEqual([next]);
  });

  test("[GP23] without an answer it is asked by numbers", () => {
    const gossip = lackingSome();
    shown(gossip);
    const { want } = feed(gossip, { type: "tick" }, VIEW, NOW + WANT_TIMEOUT_MS);
    expect(want.filter(({ to }) => to === peerOf(DAD)).map(({ by }) => by)).toEqual([null]);
  });

  test("[GP23] an answer of a part is followed by the rest", () => {
    const gossip = lackingSome();
    shown(gossip);
    receive(gossip, at(CHAIN, 0));
    const rest = answered(gossip);
    expect(rangesOf(rest)).toEqual(LACKED.slice(1));
    expect(rest.map(({ by }) => by)).toEqual([null]);
  });
});
