import { describe, expect, test } from "vitest";
import { DAY, NOW } from "../ledger/family-fixture.suite.test.ts";
import { compose } from "./composing.ts";
import {
  at,
  AUNT,
  bound,
  chainOf,
  CHILD,
  DAD,
  feed,
  following,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  registerOf,
  registerWith,
  takeRegister,
  verdictsOf,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { proofsBeside } from "./forks.ts";
import type { GossipReady } from "./ready.ts";
import { compareClock, EMERGENCY_STREAM, type Clock } from "./header.ts";
import { EMERGENCY_INTERVAL_MS, FUTURE_PARK_MS, PROOF_AGAIN_MS, WITNESSES_MAX } from "./limits.ts";
import { contradicts, UNKNOWN_ID, type Register, type VerifiedRegister } from "./register.ts";
import { buildRegister } from "./reporting.ts";
import { streamOf, type Gossip, type VerifiedEntry } from "./state.ts";
import { forgetBelow } from "./stream.ts";

/** The child's entries: a second apart, from a minute ago. */
const START = NOW - 60_000;
const CHAIN = chainOf(CHILD, 5, { start: START });

/** The child's register so many milliseconds after its first entry, with the chain up to `seq`. */
function saying(seq: number, afterMs: number, changes: Partial<Register> = {}): VerifiedRegister {
  const last = CHAIN.at(seq - 1);
  const heads = last === undefined || seq === 0 ? [] : [{ stream: 0, seq, id: last.id }];
  return registerOf(CHILD, { clock: { ms: START + afterMs, counter: 0 }, heads, ...changes });
}

function give(gossip: Gossip, ...what: readonly (VerifiedEntry | VerifiedRegister)[]): void {
  for (const one of what) {
    if ("header" in one) receive(gossip, one);
    else takeRegister(gossip, one, DAD);
  }
}

const datedAt = (gossip: Gossip): number | null => streamOf(gossip, CHILD.device, 0).datedAt;

/** A register that has two, signed when the fourth was dated already. */
const AGAINST_THREE = saying(2, 3_500);

describe("[BK1] a register and an entry of one device", () => {
  const says = (register: VerifiedRegister, entry: VerifiedEntry): boolean =>
    contradicts(register.register, entry);

  test("contradict each other where the entry is not in it and not later", () => {
    expect(says(AGAINST_THREE, at(CHAIN, 1))).toBe(false);
    expect(says(AGAINST_THREE, at(CHAIN, 2))).toBe(true);
    expect(says(AGAINST_THREE, at(CHAIN, 3))).toBe(true);
    expect(says(AGAINST_THREE, at(CHAIN, 4))).toBe(false);
    expect(says(saying(2, 2_000), at(CHAIN, 2))).toBe(true);
    expect(says(saying(2, 1_999), at(CHAIN, 2))).toBe(false);
  });

  test("where it is in it and not older, or its last one is another", () => {
    expect(says(saying(3, 2_000), at(CHAIN, 2))).toBe(true);
    expect(says(saying(3, 2_001), at(CHAIN, 2))).toBe(false);
    const twin = following(CHILD, at(CHAIN, 1), { start: START }, 2, { ttlSeconds: 9 });
    expect(says(saying(3, 3_500), twin)).toBe(true);
    const heads = [{ stream: 0, seq: 3, id: UNKNOWN_ID }];
    expect(says(saying(3, 3_500, { heads }), twin)).toBe(false);
  });

  test("[BK2] a stream that it does not name was empty; one of calls for help is never judged, nor another's", () => {
    expect(says(saying(0, 3_500), at(CHAIN, 0))).toBe(true);
    const other = chainOf(CHILD, 1, { start: START, stream: 2 });
    expect(says(AGAINST_THREE, at(other, 0))).toBe(true);
    expect(says(saying(0, -1), at(CHAIN, 0))).toBe(false);
    const call = following(CHILD, null, { start: START, stream: EMERGENCY_STREAM }, 0, {
      kind: "emergency",
      audience: { type: "family" },
      rateMark: START + EMERGENCY_INTERVAL_MS,
    });
    expect(says(saying(0, 3_500), call)).toBe(false);
    expect(says(registerOf(AUNT), at(CHAIN, 0))).toBe(false);
  });
});

describe("a stream that is dated back", () => {
  test("[BK1] is refused from there on, in every order of arrival", () => {
    const all = [...CHAIN.slice(0, 4), AGAINST_THREE];
    for (const order of permutations(all)) {
      const gossip = gossipOf();
      give(gossip, ...order);
      give(gossip, at(CHAIN, 4));
      expect(verdictsOf(gossip, CHILD)).toEqual({
        1: "accepted",
        2: "accepted",
        3: "backdated",
        4: "backdated",
        5: "backdated",
      });
    }
  });

  test("[BK1] of several numbers the lowest counts, and it is never taken back", () => {
    const gossip = gossipOf();
    give(gossip, ...CHAIN, saying(3, 3_000));
    expect(datedAt(gossip)).toBe(4);
    give(gossip, saying(1, 1_000));
    expect(datedAt(gossip)).toBe(2);
    give(gossip, saying(5, 5_000), saying(3, 3_000));
    expect(datedAt(gossip)).toBe(2);
  });

  test("[BK2] calls for help of the same device are taken whatever its registers say", () => {
    const gossip = gossipOf();
    give(gossip, saying(0, 30_000));
    const call = following(CHILD, null, { start: START, stream: EMERGENCY_STREAM }, 0, {
      kind: "emergency",
      audience: { type: "family" },
      rateMark: START + EMERGENCY_INTERVAL_MS,
    });
    give(gossip, call, at(CHAIN, 0));
    expect(verdictsOf(gossip, CHILD, EMERGENCY_STREAM)).toEqual({ 1: "accepted" });
    expect(verdictsOf(gossip, CHILD)).toEqual({ 1: "backdated" });
  });

  test("[BK3] is refused also by a register that is older than the latest", () => {
    const gossip = gossipOf();
    give(gossip, ...CHAIN, saying(5, 9_000), AGAINST_THREE);
    expect(gossip.registers.get(peerOf(CHILD))?.register.clock.ms).toBe(START + 9_000);
    expect(datedAt(gossip)).toBe(3);
  });

  test("[BK3] a register more than a day ahead is not taken for this either", () => {
    const gossip = gossipOf();
    give(gossip, ...CHAIN, saying(2, 60_000 + FUTURE_PARK_MS + 1));
    expect(datedAt(gossip)).toBeNull();
  });
});

describe("[BK4] an earlier register stays as witness", () => {
  const witnesses = (gossip: Gossip): readonly number[] =>
    streamOf(gossip, CHILD.device, 0).witnesses.map(({ register }) => register.clock.ms - START);

  test("while what it lacks has not come, though newer ones name it", () => {
    const gossip = gossipOf();
    give(gossip, at(CHAIN, 0), at(CHAIN, 1), AGAINST_THREE, saying(3, 8_000), saying(4, 9_000));
    expect(witnesses(gossip)).toEqual([3_500, 8_000]);
    give(gossip, at(CHAIN, 2));
    expect(datedAt(gossip)).toBe(3);
  });

  test("of a stream of which nothing has come yet", () => {
    const gossip = gossipOf();
    give(gossip, saying(0, 3_500), saying(3, 8_000), at(CHAIN, 0));
    expect(datedAt(gossip)).toBe(1);
  });

  test("and goes when that has come, or the next one says the same", () => {
    const gossip = gossipOf();
    give(gossip, at(CHAIN, 0), saying(1, 500), saying(1, 600));
    expect(witnesses(gossip)).toEqual([]);
    give(gossip, saying(2, 1_500), at(CHAIN, 1), saying(2, 1_600));
    expect(witnesses(gossip)).toEqual([]);
    expect(verdictsOf(gossip, CHILD)).toEqual({ 1: "accepted", 2: "accepted" });
  });

  test("in whatever order they came", () => {
    const gossip = gossipOf();
    give(gossip, at(CHAIN, 0), at(CHAIN, 1), saying(4, 9_000), saying(3, 8_000), AGAINST_THREE);
    expect(witnesses(gossip)).toEqual([3_500, 8_000]);
  });

  test("and goes when a later one denies as much", () => {
    const gossip = gossipOf();
    give(gossip, ...CHAIN.slice(0, 3), saying(3, 2_500), saying(2, 2_600));
    expect(witnesses(gossip)).toEqual([]);
    expect(datedAt(gossip)).toBe(3);
  });

  test("for the sake of its own last entry, though what follows has come", () => {
    const gossip = gossipOf();
    const heads = [{ stream: 0, seq: 3, id: at(CHAIN, 4).id }];
    give(gossip, at(CHAIN, 0), at(CHAIN, 1), at(CHAIN, 3));
    give(gossip, saying(0, 2_500, { heads }), saying(5, 9_000), at(CHAIN, 2));
    expect(datedAt(gossip)).toBe(3);
  });

  test("of so many the earliest are kept", () => {
    const gossip = gossipOf();
    const many = Array.from({ length: WITNESSES_MAX + 3 }, (_, index) => {
      const heads = [{ stream: 0, seq: 2 + index, id: at(CHAIN, Math.min(index + 1, 4)).id }];
      return saying(0, 3_500 + index, { heads });
    });
    give(gossip, at(CHAIN, 0), at(CHAIN, 1), ...many);
    expect(witnesses(gossip)).toEqual([3_500, 3_501, 3_502, 3_503]);
    give(gossip, at(CHAIN, 2));
    expect(datedAt(gossip)).toBe(3);
  });

  test("a last entry that never was what a register named it to be is found out", () => {
    const gossip = gossipOf();
    const heads = [{ stream: 0, seq: 3, id: at(CHAIN, 4).id }];
    give(gossip, at(CHAIN, 0), at(CHAIN, 1));
    give(gossip, saying(0, 2_500, { heads }), saying(4, 9_000), at(CHAIN, 2));
    expect(datedAt(gossip)).toBe(3);
  });
});

describe("[BK5] whoever refuses by a register gives it on", () => {
  /** Mum has seen both, linked to these. */
  function convinced(...peers: Parameters<typeof link> extends [Gossip, ...infer P] ? P : never): {
    readonly gossip: Gossip;
    readonly ready: GossipReady;
  } {
    const gossip = gossipOf();
    for (const entry of CHAIN) receive(gossip, entry);
    link(gossip, ...peers);
    return { gossip, ready: takeRegister(gossip, AGAINST_THREE, DAD) };
  }
  const shown = (ready: GossipReady): readonly (readonly [string, number])[] =>
    ready.proofs.flatMap((one) => ("register" in one ? [[one.to, one.kept.seq] as const] : []));

  test("at once to all that are linked, the author too, once", () => {
    const { gossip, ready } = convinced(DAD, CHILD);
    expect(new Map(shown(ready))).toEqual(
      new Map([
        [peerOf(DAD), 3],
        [peerOf(CHILD), 3],
      ]),
    );
    expect(shown(takeRegister(gossip, AGAINST_THREE, DAD))).toEqual([]);
  });

  test("later to whose register has or lacks something there and does not refuse it, once a minute", () => {
    const { gossip } = convinced();
    link(gossip, AUNT);
    const until = (to: number, now: number, exceptions: Register["exceptions"] = []) => {
      const clock = { ms: now, counter: 0 };
      return shown(
        takeRegister(gossip, registerWith(AUNT, CHILD, 1, to, { clock, exceptions }), AUNT, now),
      );
    };
    expect(until(2, NOW)).toEqual([[peerOf(AUNT), 3]]);
    expect(until(5, NOW + PROOF_AGAIN_MS - 1)).toEqual([]);
    expect(until(5, NOW + PROOF_AGAIN_MS)).toEqual([[peerOf(AUNT), 3]]);
    const refused = [3, 4, 5].map((seq) => {
      return { author: CHILD.device, stream: 0, seq, what: "refused" as const, height: 5 };
    });
    expect(until(5, NOW + 3 * PROOF_AGAIN_MS, refused)).toEqual([]);
  });

  test("not by the other of two at that number, which it does not deny", () => {
    const gossip = gossipOf();
    for (const entry of CHAIN.slice(0, 3)) receive(gossip, entry);
    const twin = following(CHILD, at(CHAIN, 1), { start: START }, 2, { ttlSeconds: 9 });
    const naming = saying(3, 3_500);
    feed(gossip, { type: "dated", register: naming, entry: twin, from: peerOf(DAD) });
    expect(streamOf(gossip, CHILD.device, 0)).toMatchObject({ datedAt: 3, forkAt: 3 });
    link(gossip, AUNT);
    const given = takeRegister(gossip, registerWith(AUNT, CHILD, 1, 3), AUNT);
    expect(shown(given)).toEqual([]);
    expect(given.proofs).toMatchObject([{ kept: { seq: 3 }, other: { id: twin.id } }]);
  });

  test("as long as the entry is kept", () => {
    const { gossip } = convinced();
    link(gossip, AUNT);
    forgetBelow(streamOf(gossip, CHILD.device, 0), 4);
    expect(shown(takeRegister(gossip, registerWith(AUNT, CHILD, 1, 5), AUNT))).toEqual([]);
    expect(datedAt(gossip)).toBe(3);
  });

  test("[FP8] and to who has something there, and does not name it", () => {
    const { gossip } = convinced();
    link(gossip, AUNT);
    const key = `${peerOf(CHILD)}/0`;
    const beside = (at: number | null, from: number): number => {
      const dated = new Map(at === null ? [] : [[key, at]]);
      const named = { forks: new Map([[key, 1]]), dated };
      return proofsBeside(gossip, peerOf(AUNT), NOW, named, (_, seq) => seq <= from).length;
    };
    expect([beside(3, 5), beside(null, 2), beside(4, 5)]).toEqual([0, 0, 1]);
  });

  test("[BK6] who is shown both refuses what it has, takes the rest without bodies, and shows it on", () => {
    for (const has of [0, 2, 5]) {
      const reader = gossipOf(AUNT);
      for (const entry of CHAIN.slice(0, has)) receive(reader, entry);
      link(reader, DAD, MUM);
      const bare = (entry: VerifiedEntry): VerifiedEntry => {
        return { ...entry, entry: { ...entry.entry, body: new Uint8Array() } };
      };
      const entry = bare(at(CHAIN, 2));
      const input = { type: "dated", register: AGAINST_THREE, entry, from: peerOf(DAD) } as const;
      const ready = feed(reader, input);
      expect(shown(ready)).toEqual([[peerOf(MUM), 3]]);
      expect(shown(feed(reader, input))).toEqual([]);
      for (const one of CHAIN.slice(0, 2)) receive(reader, one);
      receive(reader, bare(at(CHAIN, 3)));
      expect(verdictsOf(reader, CHILD)).toMatchObject({
        2: "accepted",
        3: "backdated",
        4: "backdated",
      });
    }
  });

  test("[BK6] a pair that agrees, or of a device that nobody knows, changes nothing", () => {
    const reader = gossipOf(AUNT);
    give(reader, ...CHAIN);
    const entry = at(CHAIN, 4);
    feed(reader, { type: "dated", register: AGAINST_THREE, entry, from: peerOf(DAD) });
    expect(datedAt(reader)).toBeNull();
  });
});

describe("[BK7] no app contradicts itself", () => {
  interface Own {
    readonly gossip: Gossip;
    readonly entries: VerifiedEntry[];
    readonly registers: Register[];
  }
  const draft = {
    kind: "direct" as const,
    audience: { type: "member" as const, member: DAD.member },
    recipients: [],
    isEphemeral: false,
  };

  function write(own: Own, now: number): void {
    const composed = compose(own.gossip, draft, VIEW, now);
    if (!composed.ok) return;
    const entry = bound(composed.header);
    feed(own.gossip, { type: "entry", entry, from: null }, VIEW, now);
    own.entries.push(entry);
  }

  function sign(own: Own, now: number): void {
    own.gossip.isDirty = true;
    const { sign: register } = feed(own.gossip, { type: "tick" }, VIEW, now);
    if (register === null) return;
    own.registers.push(register);
    const signed = { register, signed: registerOf(MUM).signed };
    feed(own.gossip, { type: "register", register: signed, from: null }, VIEW, now);
  }

  function judgeAll({ entries, registers }: Own): void {
    expect(entries.length).toBeGreaterThan(1);
    expect(registers.length).toBeGreaterThan(1);
    for (const register of registers) {
      for (const entry of entries) expect(contradicts(register, entry)).toBe(false);
    }
  }

  test("whose wall clock goes back and forth, and who is lifted by others", () => {
    const own: Own = { gossip: gossipOf(), entries: [], registers: [] };
    link(own.gossip, DAD);
    for (const [index, offset] of [0, 5_000, -90_000, 40_000, -60_000, 200_000].entries()) {
      const now = NOW + offset;
      write(own, now);
      sign(own, now);
      const clock = { ms: now + 50_000, counter: index };
      takeRegister(own.gossip, registerOf(DAD, { clock }), DAD, now);
      sign(own, now + 1_500);
      write(own, now + 1_500);
    }
    judgeAll(own);
  });

  test("whose entries have all been let go of: each of its streams is named still", () => {
    const own: Own = { gossip: gossipOf(), entries: [], registers: [] };
    write(own, NOW);
    sign(own, NOW + 2_000);
    write(own, NOW + 3_000);
    const stream = streamOf(own.gossip, MUM.device, 0);
    const last = at(own.entries, 1).id;
    forgetBelow(stream, 3);
    expect(buildRegister(own.gossip, own.gossip.clock, 5).heads).toEqual([
      { stream: 0, seq: 2, id: last },
    ]);
    stream.base = null;
    sign(own, NOW + 40 * DAY);
    expect(own.registers.at(-1)?.heads).toEqual([{ stream: 0, seq: 2, id: UNKNOWN_ID }]);
    judgeAll(own);
  });

  test("that gets back an entry which its disk has lost, later than its clock", () => {
    const own: Own = { gossip: gossipOf(), entries: [], registers: [] };
    const lost = following(MUM, null, { start: NOW + 100_000, to: DAD });
    receive(own.gossip, lost, DAD);
    expect(compareClock(own.gossip.clock, lost.header.clock)).toBe(0);
    own.entries.push(lost);
    sign(own, NOW);
    write(own, NOW + 100_000);
    sign(own, NOW + 102_000);
    judgeAll(own);
  });

  test("and judges nothing of its own by its own register", () => {
    const own = gossipOf();
    const clock: Clock = { ms: NOW, counter: 0 };
    takeRegister(own, registerOf(MUM, { clock, heads: [] }), null);
    receive(own, following(MUM, null, { start: NOW - 5_000, to: DAD }), null);
    expect(verdictsOf(own, MUM)).toEqual({ 1: "accepted" });
  });
});

function permutations<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((one, index) =>
    permutations(list.filter((_, other) => other !== index)).map((rest) => [one, ...rest]),
  );
}
