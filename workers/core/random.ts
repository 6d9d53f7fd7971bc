/**
 * Seeded generator with 128 bits of state (xoshiro128**, Blackman and Vigna 2018), for choices that
 * must be repeatable: fan-out, jitter, the simulator. Never for keys. SPEC RN1..RN2.
 */
export interface Random {
  /** Uniform integer from 0 to below `bound` (1 to 2^32). */
  below(bound: number): number;
  /** Uniform in [0, 1) with 32 bits. */
  fraction(): number;
  /** A new order of the items; the input is not changed. */
  shuffled<T>(items: readonly T[]): T[];
}

/** A generator from four 32-bit words; all zero is replaced, since zero is a fixed point. */
export function createRandom(seed: readonly [number, number, number, number]): Random {
  let [a, b, c, d] = seed.map((word) => word >>> 0) as [number, number, number, number];
  if ((a | b | c | d) === 0) a = 0x9e3779b9;
  const next = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const below = (bound: number): number => Math.floor((next() / 4_294_967_296) * bound);
  return {
    below,
    fraction: () => next() / 4_294_967_296,
    shuffled: (items) => {
      const order = [...items];
      for (let index = order.length - 1; index > 0; index -= 1) {
        const other = below(index + 1);
        [order[index], order[other]] = [order[other] as never, order[index] as never];
      }
      return order;
    },
  };
}

/** Four words from a 53-bit seed number, by SplitMix32 steps. */
export function seedWords(seed: number): [number, number, number, number] {
  let state = (seed ^ Math.floor(seed / 4_294_967_296)) >>> 0;
  const word = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return [word(), word(), word(), word()];
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
