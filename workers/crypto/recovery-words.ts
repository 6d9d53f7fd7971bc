/**
 * The 24 recovery words: 32 bytes of entropy as BIP39 English words and back, and the recovery
 * signing seed that they stand for. The only file that imports the word list (it is loaded lazily,
 * when words are shown or typed). BIP39's own passphrase stretching is not used: 256 bits need none.
 * Source: BIP39; DESIGN §3; SPEC CR21, CR22.
 */
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { assertLength, deriveKey, EMPTY } from "./derive.ts";

/** Number of words that a parent writes down. */
export const RECOVERY_WORDS = 24;

/** A person's mistake; the screen puts it into words. */
export type WordsRead =
  | { readonly ok: true; readonly entropy: Uint8Array }
  /** Not 24 words; `words` were there. */
  | { readonly ok: false; readonly code: "count"; readonly words: number }
  /** The first word that is not in the list; `position` from 1. */
  | {
      readonly ok: false;
      readonly code: "unknown-word";
      readonly position: number;
      readonly word: string;
    }
  /** Every word is in the list, but one is another than was written down, or two are swapped. */
  | { readonly ok: false; readonly code: "checksum" };

/** 32 bytes of entropy as 24 words. */
export function wordsOf(entropy: Uint8Array): readonly string[] {
  assertLength(entropy, 32, "entropy");
  return entropyToMnemonic(entropy, wordlist).split(" ");
}

/** Reads words as typed: any case, spaces, line breaks, numbering and commas between them. */
export function readWords(typed: string): WordsRead {
  const words = typed.normalize("NFKD").toLowerCase().split(SEPARATORS).filter(Boolean);
  if (words.length !== RECOVERY_WORDS) return { ok: false, code: "count", words: words.length };
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) {
    return { ok: false, code: "unknown-word", position: unknown + 1, word: words[unknown] ?? "" };
  }
  try {
    return { ok: true, entropy: mnemonicToEntropy(words.join(" "), wordlist) };
  } catch {
    // Count and words are checked above: what is left is the checksum.
    return { ok: false, code: "checksum" };
  }
}

/** Ed25519 seed of the recovery key. Without a family: the family's id is made from that key. */
export function recoverySeedOf(entropy: Uint8Array): Uint8Array {
  assertLength(entropy, 32, "entropy");
  return deriveKey(entropy, "recovery", NO_FAMILY, EMPTY);
}

const NO_FAMILY = new Uint8Array(32);
/** White space, digits and the punctuation of a numbered list. */
const SEPARATORS = /[\s\d.,;:()-]+/u;
