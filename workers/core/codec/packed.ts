/**
 * Numbers in as few bytes as they need, for lists that CBOR would make large: unsigned LEB128, and
 * bytes of a known length. Total both ways: what a reader takes, the writer would have written the
 * same. Source: DWARF 5 §7.6; SPEC CB13.
 */

/** Highest number: sequence numbers and milliseconds are below it. Six groups of seven bits. */
export const PACKED_MAX = 2 ** 42 - 1;

const GROUP = 128;

export interface PackedWriter {
  /** A whole number from 0 to PACKED_MAX; another is a broken invariant and throws. */
  readonly number: (value: number) => void;
  readonly bytes: (value: Uint8Array) => void;
  readonly take: () => Uint8Array;
}

export function createPackedWriter(): PackedWriter {
  const written: number[] = [];
  return {
    number: (value) => {
      if (!Number.isSafeInteger(value) || value < 0 || value > PACKED_MAX) {
        throw new RangeError(`packed: ${value}`);
      }
      let rest = value;
      while (rest >= GROUP) {
        written.push((rest % GROUP) + GROUP);
        rest = Math.floor(rest / GROUP);
      }
      written.push(rest);
    },
    bytes: (value) => {
      for (const byte of value) written.push(byte);
    },
    take: () => Uint8Array.from(written),
  };
}

export interface PackedReader {
  /** The next number; null where it is cut off, above PACKED_MAX or longer than it needs to be. */
  readonly number: () => number | null;
  /** The next bytes; null where there are fewer. */
  readonly bytes: (length: number) => Uint8Array | null;
  readonly isAtEnd: () => boolean;
}

export function createPackedReader(packed: Uint8Array): PackedReader {
  let at = 0;
  return {
    number: () => {
      let value = 0;
      for (let unit = 1; unit <= PACKED_MAX; unit *= GROUP) {
        const byte = packed[at];
        if (byte === undefined) return null;
        at += 1;
        value += (byte % GROUP) * unit;
        if (byte < GROUP) return byte === 0 && unit > 1 ? null : value;
      }
      return null;
    },
    bytes: (length) => {
      if (packed.length - at < length) return null;
      at += length;
      return packed.slice(at - length, at);
    },
    isAtEnd: () => at === packed.length,
  };
}
