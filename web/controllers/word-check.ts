/** Picks which recovery words are asked for. Pure: randomness is an argument. SPEC UI42. */

const ASKED = 3;

/**
 * Three different positions, 1-based and rising.
 * @param random whole numbers from 0, unpredictable; each call gives one
 */
export function pickPositions(words: number, random: () => number): number[] {
  const left = Array.from({ length: words }, (_, index) => index + 1);
  const picked: number[] = [];
  while (picked.length < ASKED && left.length > 0) {
    picked.push(...left.splice(random() % left.length, 1));
  }
  return picked.toSorted((a, b) => a - b);
}

/** The words of a typed or pasted text: lower case, whatever stands between them. */
export function splitWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== "");
}
