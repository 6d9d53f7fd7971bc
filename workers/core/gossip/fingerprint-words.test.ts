import { describe, expect, test } from "vitest";
import { fill } from "../ledger/family-fixture.suite.test.ts";
import type { Fingerprint } from "./comparing.ts";
import { packFingerprint, unpackFingerprint } from "./fingerprint-words.ts";
import { CHILD, DAD, STRANGER, VIEW } from "./gossip-fixture.suite.test.ts";
import { COMPARE_RANGES_MAX, COMPARED_DAYS_MAX } from "./limits.ts";

const NAMED = VIEW.head.devices;
const row = (
  author = CHILD,
): Extract<Fingerprint["what"], { type: "ranges" }>["ranges"][number] => ({
  author: author.device,
  stream: 30,
  day: 20_003,
  from: 7,
  to: 2 ** 40,
  sum: fill(16, 5),
});
const word = (what: Fingerprint["what"]): Fingerprint => ({
  mine: { ms: 5, counter: 1 },
  yours: { ms: 6, counter: 0 },
  from: 20_000,
  forks: [{ author: DAD.device, stream: 2, ranges: [{ from: 9, to: 9 }] }],
  dated: [{ author: CHILD.device, stream: 0, ranges: [{ from: 3, to: 3 }] }],
  what,
});
const WORDS: readonly Fingerprint[] = [
  word({ type: "all", sum: fill(8, 3) }),
  word({ type: "days", days: [] }),
  word({
    type: "days",
    days: [
      { day: 20_000, sum: fill(16, 1) },
      { day: 20_399, sum: fill(16, 2) },
    ],
  }),
  word({ type: "streams", days: [20_003, 20_001], ranges: [row()] }),
  word({ type: "ranges", ranges: [row(), { ...row(), from: 1, to: 1, day: 20_000 }] }),
];

describe("words about fingerprints", () => {
  test.each(WORDS)("[FP11] $what.type comes back as it was", (one) => {
    expect(unpackFingerprint(packFingerprint(one, NAMED), NAMED)).toEqual(one);
  });

  test("[FP11] nothing is said of who is not in the ledger", () => {
    const strange = word({ type: "ranges", ranges: [row(STRANGER), row()] });
    const packed = packFingerprint(strange, [...NAMED, { id: STRANGER.device }]);
    expect(unpackFingerprint(packed, NAMED)?.what).toEqual({ type: "ranges", ranges: [row()] });
  });

  test("[FP11] malformed ones are refused", () => {
    const all = packFingerprint(word({ type: "all", sum: fill(8, 3) }), NAMED);
    expect(unpackFingerprint({ ...all, packed: fill(7, 3) }, NAMED)).toBeNull();
    expect(unpackFingerprint({ ...all, forks: Uint8Array.of(99) }, NAMED)).toBeNull();
    const days = packFingerprint(at2(), NAMED);
    expect(unpackFingerprint({ ...days, packed: days.packed.slice(0, -1) }, NAMED)).toBeNull();
    const ranges = packFingerprint(word({ type: "ranges", ranges: [row()] }), NAMED);
    for (let length = 1; length < ranges.packed.length; length += 1) {
      const cut = { ...ranges, packed: ranges.packed.slice(0, length) };
      const read = unpackFingerprint(cut, NAMED)?.what;
      expect(read === undefined || (read.type === "ranges" && read.ranges.length === 0)).toBe(true);
    }
    const many = Array.from({ length: COMPARE_RANGES_MAX + 1 }, () => row());
    expect(
      unpackFingerprint(packFingerprint(word({ type: "ranges", ranges: many }), NAMED), NAMED),
    ).toBeNull();
    const long = { ...all, what: "days" as const, packed: fill(17 * (COMPARED_DAYS_MAX + 1), 1) };
    expect(unpackFingerprint(long, NAMED)).toBeNull();
    expect(
      unpackFingerprint(
        packFingerprint(word({ type: "ranges", ranges: [{ ...row(), to: 2 ** 41 }] }), NAMED),
        NAMED,
      ),
    ).toBeNull();
  });
});

function at2(): Fingerprint {
  const found = WORDS[2];
  if (found === undefined) throw new Error("no such word");
  return found;
}
