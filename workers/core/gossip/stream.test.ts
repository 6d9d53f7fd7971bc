import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fill, NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  at,
  chainOf,
  CHILD,
  DAD,
  entryOf,
  familyAt,
  following,
  FRIEND,
  gossipOf,
  receive,
  verdictsOf,
  viewOf,
  VIEW,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import { markAfter } from "./rate.ts";
import type { VerifiedEntry } from "./state.ts";
import {
  addEntry,
  createStream,
  forgetBelow,
  judgeAgain,
  lookUp,
  markFork,
  type Stream,
  passGone,
} from "./stream.ts";

const CHAIN = chainOf(CHILD, 5);

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((one, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [
      one,
      ...rest,
    ]),
  );
}

/** The next entry, built on `before` but with another clock; the mark is what the recurrence gives. */
function withClock(before: VerifiedEntry, ms: number): VerifiedEntry {
  const rateMark = markAfter(before.header.rateMark, ms);
  return following(CHILD, before, {}, 0, { clock: { ms, counter: 0 }, rateMark });
}

/** Chains of five with something wrong in the middle, and what every node must say of them. */
function chainsWithFaults(): readonly (readonly [string, readonly VerifiedEntry[], string])[] {
  const [one, two] = [at(CHAIN, 0), at(CHAIN, 1)];
  const extend = (third: VerifiedEntry): readonly VerifiedEntry[] => {
    const fourth = following(CHILD, third);
    return [one, two, third, fourth, following(CHILD, fourth)];
  };
  const wrongPrevious = following(CHILD, two, {}, 0, { previous: fill(16, 1) });
  const wrongMark = following(CHILD, two, {}, 0, { rateMark: 7 });
  const backDated = withClock(two, one.header.clock.ms - 5_000);
  const forbidden = following(CHILD, two, { to: FRIEND });
  return [
    ["honest", CHAIN, "accepted"],
    ["a wrong previous id", extend(wrongPrevious), "chain"],
    ["a wrong mark", extend(wrongMark), "rate"],
    ["a clock turned back", extend(backDated), "clock"],
    ["a forbidden audience", extend(forbidden), "contacts-meet-who-accepted-them"],
  ];
}

const fillStream = (entries: readonly VerifiedEntry[], anchor = 1): Stream => {
  const stream = createStream(CHILD.device, 0);
  for (const { header, id } of entries) addEntry(stream, header, id, VIEW, anchor);
  return stream;
};

const verdictOf = (stream: Stream, seq: number): string => {
  const verdict = stream.known.get(seq)?.verdict;
  return verdict === undefined ? "none" : verdict.type === "refused" ? verdict.rule : verdict.type;
};

describe("order of arrival", () => {
  for (const [what, entries, third] of chainsWithFaults()) {
    test(`[SM1] ${what}: all 120 orders give the same verdicts and marks`, () => {
      const expected = fillStream(entries);
      expect(verdictOf(expected, 3)).toBe(third);
      for (const order of permutations(entries)) {
        expect([...fillStream(order).known.entries()].sort(([a], [b]) => a - b)).toEqual([
          ...expected.known.entries(),
        ]);
      }
    });
  }

  test("[SM1] [VD10] until the gap is filled what follows is provisional", () => {
    const stream = fillStream([at(CHAIN, 0), at(CHAIN, 2), at(CHAIN, 3)]);
    expect([1, 2, 3, 4].map((seq) => verdictOf(stream, seq))).toEqual([
      "accepted",
      "none",
      "provisional",
      "provisional",
    ]);
    const { header, id } = at(CHAIN, 1);
    const changes = addEntry(stream, header, id, VIEW, 1);
    expect(changes.map((one) => [one.known.header.seq, one.before?.type ?? null])).toEqual([
      [2, null],
      [3, "provisional"],
      [4, "provisional"],
    ]);
  });

  test("[VD19] what follows a refused entry waits for what that one lacks", () => {
    // The second is kept back; the third may not be sent, the fourth and fifth may.
    const first = following(CHILD, null);
    const second = following(CHILD, first);
    const third = following(CHILD, second, { to: FRIEND });
    const fourth = following(CHILD, third);
    const fifth = following(CHILD, fourth);
    const entries = [first, third, fourth, fifth];
    for (const order of permutations(entries)) {
      const stream = fillStream(order);
      expect([3, 4, 5].map((seq) => verdictOf(stream, seq))).toEqual([
        "contacts-meet-who-accepted-them",
        "provisional",
        "provisional",
      ]);
      expect(stream.known.get(3)?.isLinked).toBe(false);
      const changes = addEntry(stream, second.header, second.id, VIEW, 1);
      expect(changes.map(({ known }) => known.header.seq)).toEqual([2, 4, 5]);
      expect([2, 4, 5].map((seq) => verdictOf(stream, seq))).toEqual([
        "accepted",
        "accepted",
        "accepted",
      ]);
    }
  });

  test("[VD19] a mark that was claimed behind a gap is not believed", () => {
    const first = following(CHILD, null);
    const second = following(CHILD, first);
    const third = following(CHILD, second, { to: FRIEND }, 0, { rateMark: 1 });
    const fourth = following(CHILD, third);
    const stream = fillStream([first, third, fourth]);
    expect(verdictOf(stream, 4)).toBe("provisional");
    addEntry(stream, second.header, second.id, VIEW, 1);
    expect([3, 4].map((seq) => verdictOf(stream, seq))).toEqual(["rate", "rate"]);
    forgetBelow(stream, 5);
    expect(stream.base?.id).toEqual(fourth.id);
    const gapped = fillStream([first, third]);
    forgetBelow(gapped, 4);
    expect(gapped.base).toBeNull();
  });

  test("[SM1] a revocation before, between or after the entries: the same verdicts", () => {
    const cuts = [{ stream: 0, seq: 2, id: at(CHAIN, 1).id }];
    const after = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, cuts));
    fc.assert(
      fc.property(fc.shuffledSubarray([...CHAIN], { minLength: 5 }), fc.nat(5), (order, when) => {
        const gossip = gossipOf();
        order.forEach((entry, index) => {
          if (index === when) gossipLedger(gossip, after);
          receive(gossip, entry, DAD, index >= when ? after : VIEW);
        });
        gossipLedger(gossip, after);
        expect(verdictsOf(gossip, CHILD)).toEqual({
          1: "accepted",
          2: "accepted",
          3: "revoked",
          4: "revoked",
          5: "revoked",
        });
      }),
    );
  });

  function gossipLedger(gossip: ReturnType<typeof gossipOf>, view: typeof VIEW): void {
    for (const stream of gossip.streams.values()) judgeAgain(stream, view, 1);
  }
});

describe("forks", () => {
  const twin = following(CHILD, at(CHAIN, 1), {}, 0, { bodyHash: fill(32, 7) });

  test("[SM2] both nodes doubt the number and all above, whichever id came first", () => {
    for (const order of permutations([at(CHAIN, 2), twin, at(CHAIN, 3), at(CHAIN, 4)])) {
      const gossip = gossipOf();
      for (const entry of [at(CHAIN, 0), at(CHAIN, 1), ...order]) receive(gossip, entry);
      expect(verdictsOf(gossip, CHILD)).toEqual({
        1: "accepted",
        2: "accepted",
        3: "fork",
        4: "fork",
        5: "fork",
      });
    }
  });

  test("[SM2] a lower fork lowers the doubt, a higher one changes nothing", () => {
    const stream = fillStream(CHAIN);
    expect(markFork(stream, at(CHAIN, 3), VIEW, 1).map((one) => one.known.header.seq)).toEqual([
      4, 5,
    ]);
    expect(markFork(stream, at(CHAIN, 4), VIEW, 1)).toEqual([]);
    expect(markFork(stream, at(CHAIN, 1), VIEW, 1).map((one) => one.known.header.seq)).toEqual([
      2, 3,
    ]);
    expect(verdictOf(stream, 1)).toBe("accepted");
  });

  test("[SM3] the same id is seen, another one is a fork, forgotten numbers are seen", () => {
    const stream = fillStream([at(CHAIN, 0), at(CHAIN, 2)]);
    expect(lookUp(stream, 1, at(CHAIN, 0).id)).toBe("same");
    expect(lookUp(stream, 3, twin.id)).toBe("fork");
    expect(lookUp(stream, 2, at(CHAIN, 1).id)).toBe("none");
    forgetBelow(stream, 3);
    expect([1, 2].map((seq) => lookUp(stream, seq, twin.id))).toEqual(["same", "same"]);
  });
});

describe("forgetting", () => {
  test("[SM4] what is kept keeps its verdict, and what follows is judged on", () => {
    for (const [what, entries] of chainsWithFaults()) {
      const stream = fillStream(entries);
      const before = [...stream.known.entries()].filter(([seq]) => seq >= 4);
      expect(forgetBelow(stream, 4).map((one) => one.header.seq)).toEqual([1, 2, 3]);
      expect([what, judgeAgain(stream, VIEW, 1)]).toEqual([what, []]);
      expect([...stream.known.entries()]).toEqual(before);
    }
    const all = fillStream(CHAIN);
    forgetBelow(all, 6);
    const next = following(CHILD, at(CHAIN, 4));
    addEntry(all, next.header, next.id, VIEW, 1);
    const lie = following(CHILD, next, {}, 0, { previous: fill(16, 1) });
    addEntry(all, lie.header, lie.id, VIEW, 1);
    expect([verdictOf(all, 6), verdictOf(all, 7)]).toEqual(["accepted", "chain"]);
  });

  test("[SM4] forgetting does not go back, and keeps the numbers had", () => {
    const stream = fillStream(CHAIN);
    forgetBelow(stream, 4);
    expect(forgetBelow(stream, 2)).toEqual([]);
    expect([stream.first, stream.had]).toEqual([4, [{ from: 1, to: 5 }]]);
  });

  test("[SM4] after a restart the entry at the first number is taken at its own word", () => {
    const stream = createStream(CHILD.device, 0);
    stream.first = 4;
    stream.had = [{ from: 1, to: 3 }];
    for (const { header, id } of CHAIN.slice(3)) addEntry(stream, header, id, VIEW, 1);
    expect([verdictOf(stream, 4), verdictOf(stream, 5)]).toEqual(["accepted", "accepted"]);
  });
});

describe("the anchor", () => {
  test("[SM5] the entry at the anchor is taken at its word, what follows by the chain", () => {
    const wrong = following(CHILD, at(CHAIN, 3), {}, 0, { previous: fill(16, 1) });
    const stream = fillStream([at(CHAIN, 2), at(CHAIN, 3), wrong], 3);
    expect([3, 4, 5].map((seq) => verdictOf(stream, seq))).toEqual([
      "accepted",
      "accepted",
      "chain",
    ]);
    const none = fillStream([at(CHAIN, 2), at(CHAIN, 3)], 2);
    expect([3, 4].map((seq) => verdictOf(none, seq))).toEqual(["provisional", "provisional"]);
  });

  test("[SM5] what was taken stays taken when the anchor is lost", () => {
    const stream = fillStream([at(CHAIN, 2), at(CHAIN, 3)], 3);
    expect(judgeAgain(stream, VIEW, 1)).toEqual([]);
    expect(verdictOf(stream, 4)).toBe("accepted");
  });

  test("[SM1] [SM5] at or above the anchor, all orders give the same verdicts", () => {
    const wrong = following(CHILD, at(CHAIN, 2), {}, 0, { previous: fill(16, 1) });
    const entries = [at(CHAIN, 2), wrong, following(CHILD, wrong)];
    for (const order of permutations(entries)) {
      const stream = fillStream(order, 4);
      expect([3, 4, 5].map((seq) => verdictOf(stream, seq))).toEqual([
        "accepted",
        "chain",
        "accepted",
      ]);
    }
  });

  test("[SM1] [SM5] a wrong mark at the anchor: its successor's verdict never depends on order", () => {
    const three = at(CHAIN, 2);
    const wrong = following(CHILD, three, {}, 0, { rateMark: 7 });
    const mark = markAfter(three.header.rateMark, wrong.header.clock.ms);
    const ms = wrong.header.clock.ms + 1_000;
    const next = following(CHILD, wrong, {}, 0, {
      clock: { ms, counter: 0 },
      rateMark: markAfter(mark, ms),
    });
    for (const order of permutations([three, wrong, next])) {
      const stream = fillStream(order, 4);
      expect([3, 4, 5].map((seq) => verdictOf(stream, seq))).toEqual([
        "accepted",
        "rate",
        "accepted",
      ]);
    }
  });

  test("[SM5] at its own word, an entry must still keep to the burst and to permission", () => {
    const ms = NOW - 60_000;
    const over = entryOf({ ...at(CHAIN, 2).header, rateMark: ms + 3_000_000 });
    const low = entryOf({ ...at(CHAIN, 2).header, rateMark: ms });
    const forbidden = following(CHILD, at(CHAIN, 1), { to: FRIEND });
    expect(verdictOf(fillStream([over], 3), 3)).toBe("rate");
    expect(verdictOf(fillStream([low], 3), 3)).toBe("rate");
    expect(verdictOf(fillStream([forbidden], 3), 3)).toMatch("contacts");
  });
});

describe("judging again", () => {
  test("[SM6] reports what changed and nothing else", () => {
    const stream = fillStream(CHAIN);
    expect(judgeAgain(stream, VIEW, 1)).toEqual([]);
    const cuts = [{ stream: 0, seq: 3, id: at(CHAIN, 2).id }];
    const view = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, cuts));
    const changes = judgeAgain(stream, view, 1);
    expect(changes.map((one) => [one.known.header.seq, one.before?.type])).toEqual([
      [4, "accepted"],
      [5, "accepted"],
    ]);
    expect(judgeAgain(stream, view, 1)).toEqual([]);
  });
});

test("[GK14] a stream of more entries than a call takes arguments moves on", () => {
  const stream = fillStream([at(CHAIN, 0)]);
  const [kept] = stream.known.values();
  if (kept === undefined) throw new Error("nothing is kept");
  stream.known.clear();
  for (let seq = 10; seq < 300_010; seq += 1) stream.known.set(seq, kept);
  stream.had = [{ from: 1, to: 300_009 }];
  expect(passGone(stream)).toBe(true);
  expect(stream.first).toBe(10);
});
