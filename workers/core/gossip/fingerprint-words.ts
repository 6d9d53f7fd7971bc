/**
 * A word about fingerprints as it travels (frame 32): clocks, the first day, forks, and one list that is
 * packed. Names and numbers are packed as in registers; of devices that the reader does not know it
 * reads nothing. SPEC FP11. Source: DESIGN §5.
 */
import { createPackedReader, createPackedWriter } from "../codec/packed.ts";
import { bytes, list, oneOf, struct, uint, type Shaped } from "../codec/shape.ts";
import type { Fingerprint } from "./comparing.ts";
import { clockShape } from "./header.ts";
import {
  COMPARE_DAYS_MAX,
  COMPARED_DAYS_MAX,
  FINGERPRINT_BYTES,
  FINGERPRINT_PACKED_BYTES_MAX,
  ROOT_BYTES,
} from "./limits.ts";
import { packRows, packWants, rangeRows, unpackRows, unpackWants, type Named } from "./packing.ts";

const DAY_MAX = 2 ** 24;

export const fingerprintShape = struct({
  mine: clockShape,
  yours: clockShape,
  from: uint(DAY_MAX),
  forks: bytes(1, FINGERPRINT_PACKED_BYTES_MAX),
  dated: bytes(1, FINGERPRINT_PACKED_BYTES_MAX),
  what: oneOf(["all", "days", "streams", "ranges"]),
  days: list(uint(DAY_MAX), COMPARE_DAYS_MAX),
  /** Of `all` the hash, of `days` days and hashes, else rows of ranges. */
  packed: bytes(0, FINGERPRINT_PACKED_BYTES_MAX),
});
type Words = Shaped<typeof fingerprintShape>;

/** `named`: the devices of my ledger. */
export function packFingerprint(fingerprint: Fingerprint, named: Named): Words {
  const { mine, yours, from, what } = fingerprint;
  const forks = packWants(fingerprint.forks, named);
  const dated = packWants(fingerprint.dated, named);
  const shared = { mine, yours, from, forks, dated, what: what.type, days: [] };
  switch (what.type) {
    case "all":
      return { ...shared, packed: what.sum };
    case "days": {
      const writer = createPackedWriter();
      for (const { day, sum } of what.days.slice(-COMPARED_DAYS_MAX)) {
        writer.number(day - from);
        writer.bytes(sum);
      }
      return { ...shared, packed: writer.take() };
    }
    case "streams":
      return {
        ...shared,
        days: [...what.days],
        packed: packRows(what.ranges, named, rangeRows(from)),
      };
    case "ranges":
      return { ...shared, packed: packRows(what.ranges, named, rangeRows(from)) };
  }
}

/** Null for malformed bytes. */
export function unpackFingerprint(words: Words, named: Named): Fingerprint | null {
  const { mine, yours, from, packed } = words;
  const forks = unpackWants(words.forks, named);
  const dated = unpackWants(words.dated, named);
  const what = unpackWhat(words, named);
  if (forks === null || dated === null || what === null) return null;
  if (words.what === "all" && packed.length !== ROOT_BYTES) return null;
  return { mine, yours, from, forks, dated, what };
}

function unpackWhat({ what, from, days, packed }: Words, named: Named): Fingerprint["what"] | null {
  if (what === "all") return { type: "all", sum: packed };
  if (what === "days") return unpackDays(packed, from);
  const ranges = unpackRows(packed, named, rangeRows(from));
  if (ranges === null) return null;
  return what === "streams" ? { type: "streams", days, ranges } : { type: "ranges", ranges };
}

function unpackDays(packed: Uint8Array, from: number): Fingerprint["what"] | null {
  const reader = createPackedReader(packed);
  const days: { readonly day: number; readonly sum: Uint8Array }[] = [];
  while (!reader.isAtEnd()) {
    const after = reader.number();
    const sum = reader.bytes(FINGERPRINT_BYTES);
    if (after === null || sum === null || days.length >= COMPARED_DAYS_MAX) return null;
    days.push({ day: from + after, sum });
  }
  return { type: "days", days };
}
