import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { fill } from "../ledger/family-fixture.suite.test.ts";
import {
  isEmoji,
  settleMarks,
  settleReceipts,
  targetOf,
  UNMARKED,
  type Mark,
  type MarkPayload,
} from "./marks.ts";

const target = fill(16, 1);
let made = 0;
const mark = (by: string, ms: number, payload: MarkPayload, id = (made += 1)): Mark => ({
  id: fill(16, id % 256),
  clock: { ms, counter: 0 },
  by,
  payload,
});
const edit = (by: string, ms: number, text: string): Mark =>
  mark(by, ms, { type: "edit", target, text });
const remove = (by: string, ms: number): Mark => mark(by, ms, { type: "delete", target });
const react = (by: string, ms: number, emoji: string): Mark =>
  mark(by, ms, { type: "reaction", target, emoji });

describe("edits and deletes", () => {
  test("[MK1] the author's latest edit is the text, whatever arrived last", () => {
    const first = edit("mum", 1, "one");
    const second = edit("mum", 2, "two");
    expect(settleMarks([second, first], "mum").text).toBe("two");
    expect(settleMarks([first, second], "mum").text).toBe("two");
    expect(settleMarks([], "mum")).toEqual(UNMARKED);
  });

  test("[MK1] of two edits of one moment the id decides, the same everywhere", () => {
    const a = mark("mum", 1, { type: "edit", target, text: "a" }, 1);
    const b = mark("mum", 1, { type: "edit", target, text: "b" }, 2);
    expect(settleMarks([a, b], "mum").text).toBe("b");
    expect(settleMarks([b, a], "mum").text).toBe("b");
  });

  test("[MK2] an edit or a delete by anybody but the author counts for nothing", () => {
    expect(settleMarks([edit("dad", 5, "mine"), remove("dad", 6)], "mum")).toEqual(UNMARKED);
    const own = [edit("mum", 1, "own"), edit("dad", 5, "mine")];
    expect(settleMarks(own, "mum").text).toBe("own");
  });

  test("[MK3] what was taken back stays so, with all that was said about it", () => {
    const all = [remove("mum", 2), edit("mum", 9, "again"), react("dad", 3, "👍")];
    const gone = { isDeleted: true, text: null, reactions: [] };
    expect(settleMarks(all, "mum")).toEqual(gone);
    expect(settleMarks(all.toReversed(), "mum")).toEqual(gone);
  });
});

describe("reactions", () => {
  test("[MK4] one a member, its latest, until it takes it back", () => {
    const some = [react("dad", 1, "👍"), react("dad", 3, "❤️"), react("mia", 2, "👍")];
    expect(settleMarks(some, "mum").reactions).toEqual([
      { by: "mia", emoji: "👍" },
      { by: "dad", emoji: "❤️" },
    ]);
    expect(settleMarks([...some, react("dad", 4, "")], "mum").reactions).toEqual([
      { by: "mia", emoji: "👍" },
    ]);
  });

  test("[MK4] it is one picture and no words", () => {
    for (const one of ["👍", "❤️", "👍🏽", "👨‍👩‍👧‍👦", "🇳🇬", "😂", "👩🏾‍🚀", "❤"]) {
      expect([one, isEmoji(one)]).toEqual([one, true]);
    }
    for (const one of [
      "",
      "ok",
      "1",
      "👍👍",
      "👍 ",
      "a️",
      "\u202e",
      "‍",
      "👍‍",
      "#️⃣",
      "#",
      "*",
      "🙂\u200d0\u200d7",
      "*\u200d1",
    ]) {
      expect([one, isEmoji(one)]).toEqual([one, false]);
    }
    const words = [react("dad", 1, "👍"), react("dad", 2, "stupid")];
    expect(settleMarks(words, "mum").reactions).toEqual([]);
  });
});

describe("how far somebody has read", () => {
  test("[MK5] the furthest that any device of a member said", () => {
    const upTo = (by: string, ms: number): Mark =>
      mark(by, 100 - ms, { type: "receipt", upTo: { ms, counter: 0 } });
    const all = [
      upTo("dad", 5),
      upTo("dad", 9),
      upTo("dad", 7),
      upTo("mia", 1),
      edit("mum", 3, "x"),
    ];
    for (const some of [all, all.toReversed()]) {
      expect(Object.fromEntries(settleReceipts(some))).toEqual({
        dad: { ms: 9, counter: 0 },
        mia: { ms: 1, counter: 0 },
      });
    }
    expect(all.map(targetOf)).toEqual([null, null, null, null, toHex(target)]);
  });
});

test("[MK6] any order of arrival, with anything twice, gives the same screen", () => {
  const people = fc.constantFrom("mum", "dad", "mia");
  const payload = fc.oneof(
    fc.record({
      type: fc.constant("edit" as const),
      target: fc.constant(target),
      text: fc.string(),
    }),
    fc.record({ type: fc.constant("delete" as const), target: fc.constant(target) }),
    fc.record({
      type: fc.constant("reaction" as const),
      target: fc.constant(target),
      emoji: fc.constantFrom("👍", "❤️", "", "words"),
    }),
  );
  const some = fc.array(
    fc.record({
      id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      clock: fc.record({ ms: fc.nat(3), counter: fc.nat(1) }),
      by: people,
      payload,
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(
      some.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
      ),
      ([all, shuffled]) => {
        const ids = new Set(all.map((one) => toHex(one.id)));
        fc.pre(ids.size === all.length);
        const once = settleMarks(all, "mum");
        expect(settleMarks(shuffled, "mum")).toEqual(once);
        expect(settleMarks([...shuffled, ...all], "mum")).toEqual(once);
      },
    ),
  );
});
