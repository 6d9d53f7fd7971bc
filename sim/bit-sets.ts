/**
 * An exact set of sets of small numbers, for millions of them: each member is a row of 32-bit words in
 * typed arrays, found by an open-addressed table. Rows are numbered in the order in which they came
 * and never move, so that walking the numbers visits each once.
 */

/** A set of numbers below 32 × its length, a bit each. */
export type Bits = Uint32Array;

export interface BitSets {
  /** How many there are. */
  readonly size: () => number;
  /** Whether it was new. The row is copied. Throws RangeError for a row of another length. */
  readonly add: (row: Bits) => boolean;
  /** Copies the row of that number, 0 to size - 1, into `target`; throws RangeError for another number. */
  readonly read: (number: number, target: Bits) => void;
}

const ROWS_A_CHUNK = 1 << 16;
const SLOTS_AT_FIRST = 1 << 10;

/** `words`: the length of every row. Bounded by memory alone: about 4 × `words` + 8 bytes each. */
export function createBitSets(words: number): BitSets {
  const chunks: Uint32Array[] = [];
  // A slot holds a row's number + 1; 0: nothing.
  let slots = new Uint32Array(SLOTS_AT_FIRST);
  let count = 0;
  return { size: () => count, add, read };

  function add(row: Bits): boolean {
    if (row.length !== words) throw new RangeError(`a row has ${words} words`);
    const slot = slotOf(row);
    if (slots[slot] !== 0) return false;
    if (count % ROWS_A_CHUNK === 0) chunks.push(new Uint32Array(ROWS_A_CHUNK * words));
    chunkOf(count).set(row, placeOf(count));
    count += 1;
    slots[slot] = count;
    if (count * 2 > slots.length) grow();
    return true;
  }

  function read(number: number, target: Bits): void {
    if (!(number >= 0 && number < count)) throw new RangeError("no row of that number");
    const place = placeOf(number);
    target.set(chunkOf(number).subarray(place, place + words));
  }

  /** Where the row is, or the empty slot where it belongs. */
  function slotOf(row: Bits): number {
    let slot = hashOf(row, 0, words) & (slots.length - 1);
    for (let held = at(slots, slot); held !== 0; held = at(slots, slot)) {
      if (isHeld(held - 1, row)) return slot;
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  function isHeld(number: number, row: Bits): boolean {
    const chunk = chunkOf(number);
    const place = placeOf(number);
    for (let word = 0; word < words; word += 1) {
      if (chunk[place + word] !== row[word]) return false;
    }
    return true;
  }

  function grow(): void {
    slots = new Uint32Array(slots.length * 2);
    for (let number = 0; number < count; number += 1) {
      const place = placeOf(number);
      let slot = hashOf(chunkOf(number), place, place + words) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = number + 1;
    }
  }

  function chunkOf(number: number): Uint32Array {
    const chunk = chunks[Math.floor(number / ROWS_A_CHUNK)];
    if (chunk === undefined) throw new Error("invariant: a row has its chunk");
    return chunk;
  }

  function placeOf(number: number): number {
    return (number % ROWS_A_CHUNK) * words;
  }
}

/** MurmurHash3's mixing (Austin Appleby, public domain) over the words from `start` to `end`. */
function hashOf(source: Uint32Array, start: number, end: number): number {
  let hash = 0;
  for (let index = start; index < end; index += 1) {
    let word = Math.imul(at(source, index), 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function at(source: Uint32Array, index: number): number {
  return source[index] ?? 0;
}

export function hasBit(bits: Bits, bit: number): boolean {
  return ((at(bits, bit >>> 5) >>> (bit & 31)) & 1) === 1;
}

export function setBit(bits: Bits, bit: number): void {
  bits[bit >>> 5] = at(bits, bit >>> 5) | (1 << (bit & 31));
}

/** The numbers in the set, ascending. */
export function numbersIn(bits: Bits): readonly number[] {
  const found: number[] = [];
  bits.forEach((word, index) => {
    for (let left = word; left !== 0; left &= left - 1) {
      found.push(32 * index + 31 - Math.clz32(left & -left));
    }
  });
  return found;
}

/** A key for those of `bits` that are in `mask`: equal for equal ones. */
export function keyWithin(bits: Bits, mask: Bits): string {
  let key = "";
  for (let index = 0; index < bits.length; index += 1) {
    const word = at(bits, index) & at(mask, index);
    key += String.fromCharCode(word & 0xffff, word >>> 16);
  }
  return key;
}
