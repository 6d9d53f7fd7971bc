import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX, SERVER_FRAME_BYTES_MAX, TOPIC_LENGTH_MAX } from "./limits.ts";
import { addClientCount, parseClientFrame, parseServerFrame } from "./protocol.ts";

const MALFORMED: readonly (readonly [string, string])[] = [
  ["", "not-json"],
  ["{", "not-json"],
  ["\u0000", "not-json"],
  ["\uFEFF{}", "not-json"],
  ["{'type':'ping'}", "not-json"],
  ["[".repeat(30_000), "not-json"],
  ["null", "not-an-object"],
  ["1e999", "not-an-object"],
  ['"publish"', "not-an-object"],
  ["[]", "not-an-object"],
  ["[".repeat(30_000) + "]".repeat(30_000), "not-an-object"],
  ["{}", "unknown-type"],
  ['{"type":null}', "unknown-type"],
  ['{"type":["ping"]}', "unknown-type"],
  ['{"type":"__proto__"}', "unknown-type"],
  ['{"__proto__":{"type":"ping"}}', "unknown-type"],
  ['{"type":"subscribe"}', "bad-topics"],
  ['{"type":"subscribe","topics":"abc"}', "bad-topics"],
  ['{"type":"subscribe","topics":{"length":1,"0":"a"}}', "bad-topics"],
  ['{"type":"subscribe","topics":[1]}', "bad-topics"],
  ['{"type":"subscribe","topics":[null]}', "bad-topics"],
  ['{"type":"subscribe","topics":[""]}', "bad-topics"],
  ['{"type":"unsubscribe","topics":[["a"]]}', "bad-topics"],
  ['{"type":"publish"}', "bad-topic"],
  ['{"type":"publish","topic":""}', "bad-topic"],
  ['{"type":"publish","topic":{}}', "bad-topic"],
  ['{"type":"publish","topic":7}', "bad-topic"],
];

describe("parseClientFrame", () => {
  test("[SG1] reads subscribe, with an empty list too", () => {
    expect(parseClientFrame('{"type":"subscribe","topics":["a","b"]}')).toEqual({
      ok: true,
      frame: { type: "subscribe", topics: ["a", "b"] },
    });
    expect(parseClientFrame('{"type":"subscribe","topics":[]}').ok).toBe(true);
  });

  test("[SG6] reads ping and pong, whatever else they hold", () => {
    expect(parseClientFrame('{"type":"ping","x":1}')).toEqual({
      ok: true,
      frame: { type: "ping" },
    });
    expect(parseClientFrame('{"type":"pong"}')).toEqual({ ok: true, frame: { type: "pong" } });
  });

  test.each(MALFORMED)("[SG8] refuses %.40s", (text, reason) => {
    expect(parseClientFrame(text)).toEqual({ ok: false, reason });
  });

  test("[SG8] never throws, on any text and any JSON", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc
        .record(
          {
            type: fc.constantFrom("subscribe", "unsubscribe", "publish", "ping", "pong", "x"),
            topics: fc.anything(),
            topic: fc.anything(),
            clients: fc.anything(),
          },
          { requiredKeys: ["type"] },
        )
        .map((value) => JSON.stringify(value, (_key, item: unknown) => toJson(item))),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(typeof parseClientFrame(text).ok).toBe("boolean");
        expect(typeof parseServerFrame(text).ok).toBe("boolean");
      }),
      { numRuns: 1_000 },
    );
  });

  test("[SG9] takes a topic of 128 units and 64 topics, and not one more", () => {
    const topic = "t".repeat(TOPIC_LENGTH_MAX);
    const subscribe = (topics: string[]) =>
      parseClientFrame(JSON.stringify({ type: "subscribe", topics }));
    expect(subscribe([topic]).ok).toBe(true);
    expect(subscribe([`${topic}t`])).toEqual({ ok: false, reason: "bad-topics" });
    expect(subscribe(Array.from({ length: 64 }, (_, i) => `t${i}`)).ok).toBe(true);
    expect(subscribe(Array.from({ length: 65 }, (_, i) => `t${i}`)).ok).toBe(false);
  });

  test("[SG9] takes a text of 65,536 units and not one more", () => {
    const frame = JSON.stringify({ type: "publish", topic: "t", data: "" });
    const fill = "x".repeat(FRAME_BYTES_MAX - frame.length);
    const text = JSON.stringify({ type: "publish", topic: "t", data: fill });
    expect(text.length).toBe(FRAME_BYTES_MAX);
    expect(parseClientFrame(text).ok).toBe(true);
    expect(parseClientFrame(`${text} `)).toEqual({ ok: false, reason: "too-big" });
  });

  test("[SG14] takes __proto__ as a topic like any other", () => {
    expect(parseClientFrame('{"type":"publish","topic":"__proto__"}')).toEqual({
      ok: true,
      frame: { type: "publish", topic: "__proto__", data: undefined },
    });
  });
});

describe("addClientCount", () => {
  test("[SG4] gives the object that was sent, with clients set", () => {
    const published = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "clients", "data", "from", "toString")),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(published, fc.nat(), fc.constantFrom("", " ", "\n"), (fields, count, space) => {
        const sent = JSON.stringify({ ...fields, type: "publish", topic: "t" }) + space;
        const expected = { ...(JSON.parse(sent) as object), clients: count };
        expect(JSON.parse(addClientCount(sent, count))).toEqual(expected);
      }),
    );
  });

  test("[SG4] does not grow or overflow on numbers and nesting that JSON.stringify would", () => {
    const numbers = `{"type":"publish","topic":"t","data":[${"1e20,".repeat(12_000)}1]}`;
    expect(addClientCount(numbers, 2).length).toBe(numbers.length + ',"clients":2'.length);
    const nested = `{"type":"publish","topic":"t","data":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(parseClientFrame(nested).ok).toBe(true);
    expect(parseServerFrame(addClientCount(nested, 2)).ok).toBe(true);
  });

  test("[SG4] keeps the biggest frame within what a client reads, for any count", () => {
    const longest = `,"clients":${Number.MAX_SAFE_INTEGER}`;
    expect(FRAME_BYTES_MAX + longest.length).toBeLessThanOrEqual(SERVER_FRAME_BYTES_MAX);
  });
});

describe("parseServerFrame", () => {
  test("[SG13] reads a publish with and without clients", () => {
    const frame = { type: "publish", topic: "t", data: { a: 1 } };
    expect(parseServerFrame(JSON.stringify({ ...frame, clients: 3 }))).toEqual({
      ok: true,
      frame: { ...frame, clients: 3 },
    });
    expect(parseServerFrame(JSON.stringify(frame))).toEqual({
      ok: true,
      frame: { ...frame, clients: undefined },
    });
  });

  test.each(["-1", "1.5", '"2"', "null", "9007199254740992"])("[SG13] refuses clients %s", (n) => {
    expect(parseServerFrame(`{"type":"publish","topic":"t","clients":${n}}`)).toEqual({
      ok: false,
      reason: "bad-clients",
    });
  });

  test("[SG7] calls a subscribe from a server an unknown type", () => {
    expect(parseServerFrame('{"type":"subscribe","topics":[]}')).toEqual({
      ok: false,
      reason: "unknown-type",
    });
  });
});

/** What JSON cannot hold becomes text, so that every generated value reaches the parser. */
function toJson(value: unknown): unknown {
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}
