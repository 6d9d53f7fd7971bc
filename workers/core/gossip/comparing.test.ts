import { describe, expect, test } from "vitest";
import { DAY, NOW } from "../ledger/family-fixture.suite.test.ts";
import { kindsOf, meet, sideOf, take, type Side } from "./comparing-fixture.suite.test.ts";
import type { Fingerprint } from "./comparing.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  feed,
  following,
  FRIEND,
  MUM,
  peerOf,
  recipientsOf,
  registerOf,
  takeRegister,
  verdictsOf,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import {
  COMPARE_AGAIN_MS,
  COMPARE_ANSWERS_MAX,
  COMPARE_DAYS_MAX,
  COMPARE_ENTRIES_MAX,
  COMPARE_RANGES_MAX,
} from "./limits.ts";
import { expire } from "./retention.ts";
import { streamOf } from "./state.ts";
import { markFork } from "./stream.ts";

const CHAIN = chainOf(CHILD, 40);
/** Another last one: nobody has written after it. */
const TWIN = following(CHILD, at(CHAIN, 38), {}, 39, { ttlSeconds: 9 });
const ELSE = [...CHAIN.slice(0, 39), TWIN];
/** One that its author may not write: to whom it is not for. */
const WRONG = following(CHILD, at(CHAIN, 38), {}, 39, { recipients: recipientsOf(FRIEND) });

const forkAt = ({ core }: Side, author = CHILD): number | null =>
  streamOf(core, author.device, 0).forkAt;
const shuffled = <T>(all: readonly T[]): readonly T[] => [
  ...all.filter((_, index) => index % 3 === 2),
  ...all.filter((_, index) => index % 3 !== 2),
];

describe("where all is the same", () => {
  test("[FP4] one word goes from one of the two, and is not answered", () => {
    const talk = meet(sideOf(DAD, CHAIN), sideOf(MUM, CHAIN));
    expect(kindsOf(talk)).toEqual(["all"]);
    expect(talk.given).toEqual([]);
  });

  test("[FP2] whatever came in which order, and whatever else each has", () => {
    const aunts = chainOf(AUNT, 9);
    const one = sideOf(DAD, [...CHAIN, ...aunts.slice(0, 4)]);
    const two = sideOf(MUM, [...shuffled(CHAIN.slice(0, 30)), ...aunts]);
    expect(kindsOf(meet(one, two))).toEqual(["all"]);
  });

  test("[FP1] what was refused counts as had, like all others", () => {
    const entries = [...CHAIN.slice(0, 39), WRONG];
    const [one, two] = [sideOf(DAD, entries), sideOf(MUM, entries)];
    expect(verdictsOf(one.core, CHILD)[40]).toBe("recipients");
    expect(kindsOf(meet(one, two))).toEqual(["all"]);
  });

  test("[FP1] what retention let go of is in no fingerprint", () => {
    const old = chainOf(CHILD, 20, { start: NOW - 31 * DAY, gapMs: DAY });
    const [one, two] = [sideOf(DAD, old, NOW - 30 * DAY), sideOf(MUM, old, NOW - 30 * DAY)];
    const later = NOW + 2 * DAY;
    for (const { core } of [one, two]) core.floorDay = Math.floor(NOW / DAY) - 30;
    one.core.floorDay += 2;
    expire(one.core);
    expect(streamOf(one.core, CHILD.device, 0).first).toBeGreaterThan(1);
    expect(streamOf(two.core, CHILD.device, 0).first).toBe(1);
    expect(
      [...streamOf(one.core, CHILD.device, 0).days.values()].flatMap(({ seqs }) => seqs),
    ).toEqual([...streamOf(one.core, CHILD.device, 0).known.keys()]);
    expect(kindsOf(meet(one, two, later))).toEqual(["all"]);
  });

  test("[FP4] each half minute a random peer is told, and who was linked is told once", () => {
    const one = sideOf(DAD, CHAIN);
    meet(one, sideOf(MUM, CHAIN));
    const told = (now: number): number =>
      feed(one.core, { type: "tick" }, VIEW, now).fingerprints.length;
    expect(told(NOW + COMPARE_AGAIN_MS - 1)).toBe(0);
    expect(told(NOW + COMPARE_AGAIN_MS)).toBe(1);
    expect(told(NOW + COMPARE_AGAIN_MS + 1)).toBe(0);
    const register = registerOf(MUM, { clock: { ms: NOW + 1, counter: 0 } });
    expect(takeRegister(one.core, register, MUM).fingerprints).toEqual([]);
  });
});

describe("two that had different entries at one number", () => {
  test("[FP5] [FP6] find it, and both know the fork", () => {
    const [one, two] = [sideOf(DAD, CHAIN), sideOf(MUM, ELSE)];
    const talk = meet(one, two);
    expect([forkAt(one), forkAt(two)]).toEqual([40, 40]);
    expect(verdictsOf(one.core, CHILD)[40]).toBe("fork");
    expect(verdictsOf(two.core, CHILD)[40]).toBe("fork");
    expect(kindsOf(talk)).toEqual(["all", "days", "streams", "ranges"]);
    // The device's own one and what it was shown, none with its body.
    expect(talk.given.every(({ entry }) => entry.body.length === 0)).toBe(true);
    expect(talk.given.length).toBeLessThanOrEqual(6);
  });

  test("[FP1] [FP6] also where one of both is refused by itself", () => {
    const [one, two] = [sideOf(DAD, [...CHAIN.slice(0, 39), WRONG]), sideOf(MUM, CHAIN)];
    meet(one, two);
    expect([forkAt(one), forkAt(two)]).toEqual([40, 40]);
  });

  test("[FP5] also where the two are dated on different days", () => {
    const clock = { ms: at(CHAIN, 38).header.clock.ms + 2 * DAY, counter: 0 };
    const far = following(CHILD, at(CHAIN, 38), {}, 39, { clock });
    const later = NOW + 3 * DAY;
    const [one, two] = [
      sideOf(DAD, CHAIN, later),
      sideOf(MUM, [...CHAIN.slice(0, 39), far], later),
    ];
    meet(one, two, later);
    expect([forkAt(one), forkAt(two)]).toEqual([40, 40]);
  });

  test("[FP5] also where one of the two is dated on a day that does not count any more", () => {
    const [lower = DAD, higher = MUM] = [DAD, MUM].toSorted((a, b) =>
      peerOf(a) < peerOf(b) ? -1 : 1,
    );
    const clock = { ms: NOW - 30 * DAY, counter: 0 };
    const old = following(CHILD, at(CHAIN, 38), {}, 39, { clock });
    // The lower one names the streams, and has nothing of that number to show.
    const [one, two] = [sideOf(lower, [...CHAIN.slice(0, 39), old]), sideOf(higher, CHAIN)];
    expect(verdictsOf(one.core, CHILD)[40]).toBe("clock");
    meet(one, two);
    expect([forkAt(one), forkAt(two)]).toEqual([40, 40]);
  });

  test("[FP5] in the middle, with others after it, among many streams and days", () => {
    const long = chainOf(CHILD, 300, { start: NOW - 20 * DAY, gapMs: 5_000_000 });
    const twin = following(CHILD, at(long, 148), { start: NOW - 20 * DAY, gapMs: 5_000_000 }, 149, {
      ttlSeconds: 9,
    });
    const others = [AUNT, FRIEND].flatMap((one) => chainOf(one, 50, { to: DAD }));
    const one = sideOf(DAD, [...others, ...long]);
    const two = sideOf(MUM, [...others, ...long.slice(0, 149), twin, ...long.slice(150)]);
    expect(streamOf(one.core, CHILD.device, 0).days.size).toBeGreaterThan(15);
    meet(one, two);
    expect([forkAt(one), forkAt(two)]).toEqual([150, 150]);
  });

  test("[FP5] more days than a word names are found the next times, latest first", () => {
    const options = { start: NOW - 9 * DAY, gapMs: DAY / 2 };
    const streams = [0, 2, 4, 6, 8, 10].map((stream) => ({ ...options, stream, to: DAD }));
    const mine = streams.map((one, index) => chainOf(CHILD, 16 - index * 2, one));
    const theirs = mine.map((chain, index) => {
      const twin = following(CHILD, chain.at(-2) ?? null, streams[index], chain.length - 1, {
        ttlSeconds: 9,
        audience: { type: "member", member: DAD.member },
      });
      return [...chain.slice(0, -1), twin];
    });
    const [one, two] = [sideOf(DAD, mine.flat()), sideOf(AUNT, theirs.flat())];
    const { words } = meet(one, two);
    const days = words.flatMap(({ what }) => (what.type === "streams" ? [what.days] : []));
    expect(days.every((some) => some.length <= COMPARE_DAYS_MAX)).toBe(true);
    expect(days[0]).toHaveLength(COMPARE_DAYS_MAX);
    expect(days[0]).toEqual([...(days[0] ?? [])].sort((a, b) => b - a));
    expect(streamOf(one.core, CHILD.device, 10).forkAt).toBeNull();
    for (const { core } of [one, two]) core.peers.clear();
    meet(one, two, NOW + COMPARE_AGAIN_MS);
    expect(streamOf(one.core, CHILD.device, 10).forkAt).toBe(6);
    expect([forkAt(one), forkAt(two)]).toEqual([16, 16]);
  });

  test("[FP3] once both know it there is nothing left to find, whichever of both each keeps", () => {
    const [one, two] = [sideOf(DAD, CHAIN), sideOf(MUM, ELSE)];
    meet(one, two);
    for (const { core } of [one, two]) core.peers.clear();
    const later = NOW + 2 * COMPARE_AGAIN_MS;
    expect(kindsOf(meet(one, two, later))).toEqual(["all"]);
  });

  test("[FP8] who refuses it for another reason and does not name the fork is shown it", () => {
    const [lower = DAD, higher = MUM] = [DAD, MUM].toSorted((a, b) =>
      peerOf(a) < peerOf(b) ? -1 : 1,
    );
    const [one, two] = [sideOf(lower, [...CHAIN.slice(0, 39), WRONG]), sideOf(higher, CHAIN)];
    take(two, TWIN, AUNT);
    expect([forkAt(one), forkAt(two)]).toEqual([null, 40]);
    // The lower one speaks first, and names no fork.
    meet(one, two);
    expect(forkAt(one)).toBe(40);
  });

  test("[FP3] a fork whose proof is gone hides nothing else", () => {
    const [one, two] = [sideOf(DAD, CHAIN), sideOf(MUM, CHAIN)];
    const stream = streamOf(one.core, CHILD.device, 0);
    markFork(stream, at(ELSE, 39), VIEW, 1);
    stream.proof = null;
    expect(["all", "all days"]).toContain(kindsOf(meet(one, two)).join(" "));
    expect(forkAt(two)).toBe(null);
  });
});

describe("a peer that lies", () => {
  const lie = (word: Fingerprint): Fingerprint => {
    const { what } = word;
    if (what.type === "all") return { ...word, what: { ...what, sum: new Uint8Array(8).fill(1) } };
    const noise = new Uint8Array(16).fill(1);
    if (what.type === "days") {
      return { ...word, what: { ...what, days: what.days.map((one) => ({ ...one, sum: noise })) } };
    }
    return {
      ...word,
      what: { ...what, ranges: what.ranges.map((one) => ({ ...one, sum: noise })) },
    };
  };

  test("[FP7] is shown a few entries and changes nothing", () => {
    const [one, two] = [sideOf(DAD, CHAIN), sideOf(MUM, CHAIN)];
    const { given } = meet(one, two, NOW, (word) => [lie(word)]);
    expect(given.length).toBeLessThanOrEqual(COMPARE_ENTRIES_MAX * COMPARE_ANSWERS_MAX);
    expect(forkAt(one)).toBe(null);
    expect(Object.values(verdictsOf(one.core, CHILD)).every((one) => one === "accepted")).toBe(
      true,
    );
  });

  /** Words of a peer that has everything, with wrong sums for every number of these. */
  const ranges = (from: number, to: number, many: number): Fingerprint["what"] => ({
    type: "ranges",
    ranges: Array.from({ length: many }, (_, index) => ({
      author: CHILD.device,
      stream: 0,
      day: Math.floor(at(CHAIN, 0).header.clock.ms / DAY),
      from: from + index,
      to: to + index,
      sum: new Uint8Array(16).fill(1),
    })),
  });

  function opened(): { readonly one: Side; readonly word: Fingerprint } {
    const [one, two] = [sideOf(DAD, CHAIN), sideOf(MUM, CHAIN)];
    const [word] = meet(one, two).words;
    if (word === undefined) throw new Error("nothing was said");
    const isDads = word.mine.ms === one.core.peers.get(peerOf(MUM))?.given?.clock.ms;
    return { one, word: isDads ? { ...word, mine: word.yours, yours: word.mine } : word };
  }

  test("[FP9] is answered twelve times in half a minute, and again after it", () => {
    const { one, word } = opened();
    const say = (now: number): number => {
      const fingerprint = { ...word, what: ranges(1, 40, 1) };
      return feed(one.core, { type: "fingerprint", from: peerOf(MUM), fingerprint }, VIEW, now)
        .fingerprints.length;
    };
    const answers = Array.from({ length: 40 }, () => say(NOW + 1)).reduce((sum, one) => sum + one);
    expect(answers).toBeGreaterThan(5);
    expect(answers).toBeLessThanOrEqual(COMPARE_ANSWERS_MAX);
    expect(say(NOW + 2 + COMPARE_AGAIN_MS)).toBe(1);
  });

  test("[FP5] [FP6] gets no more ranges and entries than a word holds", () => {
    const { one, word } = opened();
    const say = (what: Fingerprint["what"]): ReturnType<typeof feed> => {
      const fingerprint = { ...word, what };
      return feed(one.core, { type: "fingerprint", from: peerOf(MUM), fingerprint });
    };
    const [wide] = say(ranges(1, 2 ** 39, 60)).fingerprints;
    expect(wide?.fingerprint.what.type === "ranges" && wide.fingerprint.what.ranges.length).toBe(
      COMPARE_RANGES_MAX,
    );
    expect(say(ranges(1, 1, 40)).give).toHaveLength(COMPARE_ENTRIES_MAX);
    expect(say(ranges(900, 900, 40)).give).toEqual([]);
    // Of what it names a fork of itself it is given nothing.
    const forks = [{ author: CHILD.device, stream: 0, ranges: [{ from: 1, to: 1 }] }];
    const fingerprint = { ...word, forks, what: ranges(1, 1, 1) };
    expect(feed(one.core, { type: "fingerprint", from: peerOf(MUM), fingerprint }).give).toEqual(
      [],
    );
  });

  test("[FP10] of other registers, of other days, or of nobody is not answered", () => {
    const { one, word } = opened();
    const say = (changes: Partial<Fingerprint>, from = MUM): number => {
      const what = { type: "all" as const, sum: new Uint8Array(8).fill(7) };
      const fingerprint = { ...word, what, ...changes };
      return feed(one.core, { type: "fingerprint", from: peerOf(from), fingerprint }).fingerprints
        .length;
    };
    expect(say({ mine: { ms: 1, counter: 0 } })).toBe(0);
    expect(say({ yours: { ms: 1, counter: 0 } })).toBe(0);
    expect(say({ from: one.core.floorDay - 3 })).toBe(0);
    expect(say({}, AUNT)).toBe(0);
    expect(say({ mine: { ms: 1, counter: 0 }, what: ranges(1, 40, 1) })).toBe(0);
    expect(say({ from: one.core.floorDay - 2 })).toBe(1);
    expect(say({})).toBe(1);
  });

  test("[FP3] a false fork keeps nothing from being found by others", () => {
    const [one, two, three] = [sideOf(DAD, CHAIN), sideOf(MUM, ELSE), sideOf(AUNT, ELSE)];
    const forks = [{ author: CHILD.device, stream: 0, ranges: [{ from: 1, to: 1 }] }];
    meet(one, two, NOW, (word) => [{ ...word, forks }]);
    meet(one, three);
    expect([forkAt(one), forkAt(three)]).toEqual([40, 40]);
  });
});
