/**
 * The recovery words, loaded with their list only when they are shown or typed. SPEC FO4.
 */

/** The 24 words of an entropy and the seed of the recovery key that they stand for. */
export async function wordsFor(
  entropy: Uint8Array,
): Promise<{ readonly words: readonly string[]; readonly recoverySeed: Uint8Array }> {
  const { recoverySeedOf, wordsOf } = await import("../crypto/recovery-words.ts");
  return { words: wordsOf(entropy), recoverySeed: recoverySeedOf(entropy) };
}

/** The entropy of typed words, or which of them is wrong: `count:N`, `word:N` or `checksum`. */
export async function readTyped(
  typed: string,
): Promise<
  | { readonly ok: true; readonly entropy: Uint8Array }
  | { readonly ok: false; readonly detail: string }
> {
  const { readWords } = await import("../crypto/recovery-words.ts");
  const read = readWords(typed);
  if (read.ok) return read;
  switch (read.code) {
    case "count":
      return { ok: false, detail: `count:${read.words}` };
    case "unknown-word":
      return { ok: false, detail: `word:${read.position}` };
    case "checksum":
      return { ok: false, detail: "checksum" };
  }
}
