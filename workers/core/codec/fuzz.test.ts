/**
 * Random and mutated bytes at every decoder. FUZZ_SECONDS makes it longer than its two seconds, and
 * FUZZ_SEED repeats a run; each failure names the seed and shows the bytes.
 */
import { performance } from "node:perf_hooks";
import { env } from "node:process";
import { describe, expect, test } from "vitest";
import { createRandom, seedWords, type Random } from "../random.ts";
import { isSameBytes } from "./cbor.ts";
import { toHex } from "./ids.ts";
import { FORMATS, SAMPLES, type Format } from "./wire-samples.suite.test.ts";

const SECONDS = Number(env["FUZZ_SECONDS"] ?? 2);
const SEED = Number(env["FUZZ_SEED"] ?? 20_261_122);
const formats: readonly Format[] = Object.values(FORMATS);

/** What went wrong with these bytes at this decoder; null for nothing. */
function faultOf(format: Format, bytes: Uint8Array): string | null {
  try {
    const again = format.recode(bytes);
    return !again.ok || isSameBytes(again.value, bytes) ? null : "accepted and encoded otherwise";
  } catch (error) {
    return `threw ${String(error)}`;
  }
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
}

/** One to four changes: a byte, a cut, a doubled piece, a run of one byte. */
function mutated(random: Random, sample: Uint8Array): Uint8Array {
  let bytes = sample.slice();
  for (let change = random.below(4); change >= 0; change -= 1) {
    const at = random.below(bytes.length + 1);
    const to = at + random.below(bytes.length - at + 1);
    switch (random.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.below(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(to));
        break;
      case 3:
        bytes = Uint8Array.of(...bytes.subarray(0, to), ...bytes.subarray(at));
        break;
      default:
        bytes.fill(random.below(256), at, Math.min(to, at + 9));
    }
  }
  return bytes;
}

describe("fuzzing the decoders", () => {
  test("[CB12] every byte of every sample flipped, and every truncation", () => {
    for (const { name, format, bytes } of SAMPLES) {
      if (format === null) continue;
      for (let at = 0; at < bytes.length; at += 1) {
        expect([name, at, faultOf(format, bytes.subarray(0, at))]).toEqual([name, at, null]);
        expect(format.recode(bytes.subarray(0, at)).ok).toBe(false);
        const flipped = bytes.slice();
        for (const mask of [0x01, 0x20, 0x80, 0xff]) {
          flipped[at] = (bytes[at] ?? 0) ^ mask;
          const fault = faultOf(format, flipped);
          if (fault !== null) expect.fail(`${name} at ${at} ^ ${mask}: ${fault}`);
        }
      }
      expect(format.recode(Uint8Array.of(...bytes, 0)).ok).toBe(false);
    }
  });

  test("[CB12] a structure is never taken for another of another form", () => {
    for (const { name, format, bytes } of SAMPLES) {
      for (const other of formats) {
        const fault = other === format ? null : faultOf(other, bytes);
        expect([name, other.name, fault]).toEqual([name, other.name, null]);
      }
    }
  });

  test(
    `[CB12] ${SECONDS} s of random and mutated bytes at every decoder, seed ${SEED}`,
    () => {
      const random = createRandom(seedWords(SEED));
      const end = performance.now() + SECONDS * 1_000;
      let tried = 0;
      let accepted = 0;
      while (performance.now() < end) {
        for (const { name, format, bytes } of SAMPLES) {
          const target = format ?? FORMATS.header;
          const hostile = random.below(4) === 0 ? randomBytes(random) : mutated(random, bytes);
          const fault = faultOf(target, hostile);
          if (fault !== null) expect.fail(`${name}, seed ${SEED}: ${fault}: ${toHex(hostile)}`);
          tried += 1;
          if (target.recode(hostile).ok) accepted += 1;
        }
      }
      // Both sides of the fence are reached, else the mutations are too wild or too tame.
      expect(accepted).toBeGreaterThan(0);
      expect(accepted).toBeLessThan(tried);
    },
    SECONDS * 1_000 + 20_000,
  );
});
