import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex, type DeviceId } from "../codec/ids.ts";
import { decodeWith, encodeWith } from "../codec/shape.ts";
import { actorOf, fill, keyOf, NOW } from "../ledger/family-fixture.suite.test.ts";
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
  MUM,
  receive,
  registerOf,
  registerWith,
  takeRegister,
  VIEW,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import { EXCEPTIONS_MAX, GAPS_MAX, REGISTER_BYTES_MAX, STREAMS_MAX } from "./limits.ts";
import {
  coverageOf,
  decodeRegister,
  encodeRegister,
  registerShape,
  type Register,
} from "./register.ts";
import { buildRegister, deliveryOf } from "./reporting.ts";
import { anchorOf, durableStreams, streamOf } from "./state.ts";
import { forgetBelow } from "./stream.ts";

const CLOCK = { ms: NOW, counter: 0 };
const CHAIN = chainOf(CHILD, 5);

describe("the wire form", () => {
  test("[RG1] another version, and rows that are malformed, are refused", () => {
    const { register } = registerWith(DAD, CHILD, 1, 3);
    const named = VIEW.head.devices;
    const wire = decodeWith(registerShape, encodeRegister(register, named), REGISTER_BYTES_MAX);
    if (!wire.ok) throw new Error(wire.reason);
    const read = (changes: Partial<typeof wire.value>): ReturnType<typeof decodeRegister> =>
      decodeRegister(encodeWith(registerShape, { ...wire.value, ...changes }), named);
    expect(read({}).ok).toBe(true);
    for (const version of [1, 3]) {
      expect(read({ version })).toMatchObject({ detail: "unknown version" });
    }
    expect(read({ vector: fill(1, 1) })).toMatchObject({ detail: "vector" });
    expect(read({ exceptions: fill(1, 17) })).toMatchObject({ detail: "exceptions" });
  });

  test("[RG2] an exception outweighs the vector, the rest is had or missing", () => {
    const { register } = registerWith(DAD, CHILD, 1, 4, {
      exceptions: [{ author: CHILD.device, stream: 0, seq: 2, what: "refused", height: 5 }],
    });
    const says = (seq: number, stream = 0, author = CHILD): string =>
      coverageOf(register, author.device, stream, seq);
    expect([says(1), says(2), says(4), says(5)]).toEqual(["had", "excepted", "had", "missing"]);
    expect([says(1, 2), says(1, 0, AUNT)]).toEqual(["missing", "missing"]);
  });
});

describe("my register", () => {
  test("[RG3] lists what is had of each stream, gaps shown, and my own heads", () => {
    const gossip = gossipOf(MUM);
    for (const index of [0, 1, 3]) receive(gossip, at(CHAIN, index));
    const own = chainOf(MUM, 2, { to: DAD });
    for (const entry of own) receive(gossip, entry, null);
    const register = buildRegister(gossip, CLOCK, 5);
    expect(register.heads).toEqual([{ stream: 0, seq: 2, id: at(own, 1).id }]);
    expect(register.vector).toEqual([
      { author: MUM.device, stream: 0, first: 1, had: [{ from: 1, to: 2 }] },
      {
        author: CHILD.device,
        stream: 0,
        first: 1,
        had: [
          { from: 1, to: 2 },
          { from: 4, to: 4 },
        ],
      },
    ]);
    const named = VIEW.head.devices;
    const bytes = encodeRegister(register, named);
    expect(decodeRegister(bytes, named)).toEqual({ ok: true, value: register });
  });

  test("[RG8] says how far this browser keeps what it stores, again when that changes", () => {
    const gossip = gossipOf(MUM);
    const signedAt = (now: number): string | undefined =>
      feed(gossip, { type: "tick" }, VIEW, now).sign?.lasting;
    expect(signedAt(NOW)).toBe("unknown");
    expect(signedAt(NOW + 2_000)).toBeUndefined();
    feed(gossip, { type: "lasting", lasting: "may-forget" });
    expect(signedAt(NOW + 4_000)).toBe("may-forget");
    feed(gossip, { type: "lasting", lasting: "may-forget" });
    expect(signedAt(NOW + 6_000)).toBeUndefined();
    feed(gossip, { type: "lasting", lasting: "installed" });
    expect(signedAt(NOW + 8_000)).toBe("installed");
  });

  test("[RG4] excepts refused entries by height, and unopened ones until they open", () => {
    const gossip = gossipOf(MUM);
    receive(gossip, at(CHAIN, 0));
    receive(gossip, following(CHILD, at(CHAIN, 0), { to: FRIEND }));
    const opened = (isOpen: boolean): readonly unknown[] => {
      const { device } = CHILD;
      feed(gossip, { type: "opened", author: device, stream: 0, seq: 1, isOpen });
      return buildRegister(gossip, CLOCK, 5).exceptions;
    };
    const refused = { author: CHILD.device, stream: 0, seq: 2, what: "refused", height: 0 };
    const locked = { author: CHILD.device, stream: 0, seq: 1, what: "undecryptable", height: 0 };
    expect(opened(false)).toEqual([locked, refused]);
    expect(opened(true)).toEqual([refused]);
  });

  test("[RG5] who is refused much hides nothing of what is said of others, and its newest is said", () => {
    const gossip = gossipOf(MUM);
    const refuse = (author: DeviceId, count: number): void => {
      const stream = streamOf(gossip, author, 0);
      const { header, id } = at(CHAIN, 0);
      const verdict = { type: "refused", rule: "denied", height: 3 } as const;
      const shared = { id, header, verdict, clock: header.clock, height: 5, mark: 0, stored: 0 };
      for (let seq = 1; seq <= count; seq += 1) {
        stream.known.set(seq, { ...shared, isWanton: false, isLinked: true });
      }
      stream.had = [{ from: 1, to: count }];
    };
    refuse(CHILD.device, 2);
    refuse(FRIEND.device, EXCEPTIONS_MAX + 50);
    refuse(DAD.device, 3);
    const { exceptions } = buildRegister(gossip, CLOCK, 5);
    const of = ({ device }: typeof CHILD): readonly number[] =>
      exceptions.flatMap(({ author, seq }) => (toHex(author) === toHex(device) ? [seq] : []));
    expect(exceptions).toHaveLength(EXCEPTIONS_MAX);
    expect([of(CHILD), of(DAD)]).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
    expect([of(FRIEND)[0], of(FRIEND).at(-1)]).toEqual([56, EXCEPTIONS_MAX + 50]);
  });

  test("[RG5] stays inside its limits whatever streams and gaps a liar opens", () => {
    const gossip = gossipOf(MUM);
    const mine = streamOf(gossip, MUM.device, 0);
    mine.had = [{ from: 1, to: 9 }];
    for (let author = 0; author < 60; author += 1) {
      for (let number = 0; number <= 30; number += 2) {
        const stream = streamOf(gossip, actorOf(keyOf(10_000 + author)).device, number);
        stream.had = Array.from({ length: GAPS_MAX + 9 }, (_, index) => ({
          from: 2 ** 39 + 3 * index,
          to: 2 ** 39 + 3 * index,
        }));
      }
    }
    const stream = streamOf(gossip, CHILD.device, 0);
    for (let seq = 1; seq <= EXCEPTIONS_MAX + 50; seq += 1) {
      gossip.undecryptable.add(`${toHex(CHILD.device)}/0/${seq}`);
      const { header, id } = at(CHAIN, 0);
      const verdict = { type: "accepted" } as const;
      const known = {
        id,
        header,
        clock: header.clock,
        height: 5,
        mark: 0,
        stored: 0,
        isWanton: false,
        isLinked: true,
        verdict,
      };
      stream.known.set(seq, known);
    }
    stream.had = [{ from: 1, to: 400 }];
    const register = buildRegister(gossip, CLOCK, 5);
    const rows = [...register.vector, ...register.exceptions];
    const authors = rows.map(({ author }) => ({ id: author }));
    const named = [...new Map(authors.map((one) => [toHex(one.id), one])).values()];
    const bytes = encodeRegister(register, named);
    expect(bytes.length).toBeLessThanOrEqual(REGISTER_BYTES_MAX);
    expect(decodeRegister(bytes, named)).toEqual({ ok: true, value: register });
    expect(register.vector).toHaveLength(STREAMS_MAX);
    expect(register.vector[0]?.author).toEqual(MUM.device);
    expect(register.exceptions).toHaveLength(EXCEPTIONS_MAX);
  });

  test("[RG7] covers what was taken before it was built, nothing later", () => {
    const gossip = gossipOf(MUM);
    receive(gossip, at(CHAIN, 0));
    const { sign } = feed(gossip, { type: "tick" });
    receive(gossip, at(CHAIN, 1));
    if (sign === null) throw new Error("something new is had");
    expect(coverageOf(sign, CHILD.device, 0, 1)).toBe("had");
    expect(coverageOf(sign, CHILD.device, 0, 2)).toBe("missing");
  });
});

describe("delivery", () => {
  test("[RG6] queued, held by others, delivered to a recipient", () => {
    const gossip = gossipOf(CHILD);
    const { header } = at(CHAIN, 1);
    const state = (): unknown => deliveryOf(gossip, header, [MUM.device]);
    takeRegister(gossip, registerWith(CHILD, CHILD, 1, 5), null);
    expect(state()).toEqual({ type: "queued" });
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 1), DAD);
    expect(state()).toEqual({ type: "queued" });
    takeRegister(gossip, registerWith(AUNT, CHILD, 1, 2), AUNT);
    expect(state()).toEqual({ type: "held", devices: 1 });
    const later = { clock: { ms: NOW, counter: 1 } };
    takeRegister(gossip, registerWith(DAD, CHILD, 1, 2, later), DAD);
    expect(state()).toEqual({ type: "held", devices: 2 });
    takeRegister(gossip, registerWith(MUM, CHILD, 1, 2), AUNT);
    expect(state()).toEqual({ type: "delivered" });
  });

  test("[RG6] a recipient that could not open it has not got it", () => {
    const gossip = gossipOf(CHILD);
    const exceptions = [
      { author: CHILD.device, stream: 0, seq: 2, what: "undecryptable" as const, height: 0 },
    ];
    takeRegister(gossip, registerWith(MUM, CHILD, 1, 2, { exceptions }), MUM);
    expect(deliveryOf(gossip, at(CHAIN, 1).header, [MUM.device])).toEqual({ type: "queued" });
  });
});

describe("what other registers say of a stream", () => {
  const HEAD = familyAt(5);

  test("[RG9] a newcomer says that a stream begins where it took it up, and takes what came before", () => {
    const beginsAt = (says: number): Register["vector"] => [
      { author: CHILD.device, stream: 0, first: says, had: [{ from: 3, to: 5 }] },
    ];
    const clock = { ms: NOW, counter: 0 };
    // Dad's device has let 1 and 2 go; Mum's is new and never had them.
    const mum = gossipOf(MUM);
    takeRegister(mum, registerOf(DAD, { clock, vector: beginsAt(3) }), DAD);
    for (const index of [2, 3, 4]) receive(mum, at(CHAIN, index));
    const [said] = buildRegister(mum, CLOCK, 5).vector;
    expect(said).toMatchObject({ first: 3, had: [{ from: 3, to: 5 }] });
    // Aunt's is newer still, and hears them both.
    const aunt = gossipOf(AUNT);
    takeRegister(aunt, registerOf(DAD, { clock, vector: beginsAt(3) }), DAD);
    takeRegister(aunt, registerOf(MUM, { clock, vector: said === undefined ? [] : [said] }), MUM);
    expect(anchorOf(aunt, streamOf(aunt, CHILD.device, 0), NOW, HEAD)).toBe(3);
    // Somebody had the beginning after all.
    for (const index of [0, 1]) receive(mum, at(CHAIN, index));
    const [whole] = buildRegister(mum, CLOCK, 5).vector;
    expect(whole).toMatchObject({ first: 1, had: [{ from: 1, to: 5 }] });
    // One that had the very first, which is gone, and missed the second before it was gone too.
    const torn = gossipOf(FRIEND);
    takeRegister(torn, registerOf(DAD, { clock, vector: beginsAt(3) }), DAD);
    for (const index of [0, 2]) receive(torn, at(CHAIN, index));
    forgetBelow(streamOf(torn, CHILD.device, 0), 2);
    expect(buildRegister(torn, CLOCK, 5).vector[0]).toMatchObject({ first: 3 });
    // What is only missing here is no beginning.
    const gap = gossipOf(FRIEND);
    receive(gap, at(CHAIN, 2));
    expect(buildRegister(gap, CLOCK, 5).vector[0]).toMatchObject({ first: 1 });
  });

  test("[GS1] the anchor is the lowest first number of today's registers of others", () => {
    const gossip = gossipOf(MUM);
    const stream = streamOf(gossip, CHILD.device, 0);
    const says = (
      actor: typeof DAD,
      first: number,
      ms: number,
      had: Register["vector"][number]["had"] = [],
    ): void => {
      const vector = [{ author: CHILD.device, stream: 0, first, had }];
      takeRegister(gossip, registerOf(actor, { clock: { ms, counter: 0 }, vector }), actor, ms);
    };
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(1);
    says(DAD, 30, NOW + 1);
    says(AUNT, 20, NOW + 2);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(20);
    says(MUM, 4, NOW + 2);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(20);
    // A tablet that slept for three weeks says what it will let go when it wakes.
    const asleep = registerOf(FRIEND, {
      clock: { ms: NOW - 1, counter: 0 },
      vector: [{ author: CHILD.device, stream: 0, first: 2, had: [] }],
    });
    takeRegister(gossip, asleep, DAD);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(20);
    expect(anchorOf(gossip, streamOf(gossip, CHILD.device, 2), NOW, HEAD)).toBe(1);
    // Two that were away: Aunt's device has let go of 1 to 5 and missed what came up to 29.
    const [old, late] = [
      { from: 1, to: 5 },
      { from: 30, to: 31 },
    ];
    says(AUNT, 6, NOW + 3, [old, late]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(30);
    says(DAD, 28, NOW + 3, [{ from: 1, to: 31 }]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(28);
    says(AUNT, 6, NOW + 4, [{ from: 1, to: 6 }, late]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(6);
    // Aunt's device is new and never had what Dad's has let go of.
    says(AUNT, 1, NOW + 5, [late]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(28);
    // Whoever was taken out gives nobody what it says it has.
    says(DAD, 28, NOW + 5, [{ from: 28, to: 31 }]);
    says(FRIEND, 1, NOW + 5, [{ from: 1, to: 31 }]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(1);
    expect(anchorOf(gossip, stream, NOW, withRevoked(HEAD, FRIEND))).toBe(28);
    says(FRIEND, 1, NOW + 6);
    // Where nobody has let anything go, what is missing may still come.
    says(DAD, 1, NOW + 6, [{ from: 2, to: 31 }]);
    expect(anchorOf(gossip, stream, NOW, HEAD)).toBe(1);
  });

  test("[GS2] durable streams have one order, whichever was opened first", () => {
    const opened = [DAD, MUM, CHILD].flatMap((actor) =>
      [0, 1, 2].map((number) => [actor.device, number] as const),
    );
    const expected = opened
      .map(([device, number]) => `${toHex(device)}/${number}`)
      .filter((key) => !key.endsWith("/1"))
      .sort();
    fc.assert(
      fc.property(fc.shuffledSubarray(opened, { minLength: 9 }), (order) => {
        const gossip = gossipOf();
        for (const [device, number] of order) streamOf(gossip, device, number);
        expect(durableStreams(gossip).map((one) => `${toHex(one.author)}/${one.number}`)).toEqual(
          expected,
        );
      }),
    );
  });
});
