/**
 * Replicas' words that wait a moment. Another's word is passed on only where its height is still open
 * then: between devices that are all linked everybody has it from its author by then. A PREPARE that
 * comes to a device outside of the set waits with its signature unchecked: what decides a block are
 * the COMMITs, and mostly they are here before. SPEC LP19, LP22.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { Hex } from "../core/codec/ids.ts";
import { UNCHECKED_WORDS_MAX } from "./limits.ts";

export interface Word {
  readonly message: Uint8Array;
  /** The device that brought it. */
  readonly from: Hex;
  /** Of the head below it. */
  readonly height: number;
}

export interface WaitingPorts {
  /** Calls when the moment is over. */
  readonly after: (task: () => void) => void;
  readonly height: () => number | null;
  readonly broadcast: (word: Word) => void;
  /** To be taken now, with a look at its signature. */
  readonly check: (word: Word) => void;
}

export interface WaitingWords {
  readonly passOn: (word: Word) => void;
  /**
   * `slot` names who says it and in which view. False: it has to be checked now, because there is no
   * room, or another word waits for the same slot; then that one is checked too, as both may prove something.
   */
  readonly putOff: (word: Word, slot: string) => boolean;
}

export function createWaitingWords(ports: WaitingPorts): WaitingWords {
  const verified: Word[] = [];
  let isTimed = false;
  let unchecked: { readonly word: Word; readonly slot: string }[] = [];
  return {
    passOn: (word) => {
      verified.push(word);
      if (verified.length > 1) return;
      ports.after(() => {
        for (const one of verified.splice(0)) if (isOpen(one)) ports.broadcast(one);
      });
    },
    putOff: (word, slot) => {
      if (unchecked.some((one) => isSameBytes(one.word.message, word.message))) return true;
      const others = unchecked.filter((one) => one.slot === slot && isOpen(one.word));
      if (others.length > 0) {
        unchecked = unchecked.filter((one) => !others.includes(one));
        for (const one of others) ports.check(one.word);
        return false;
      }
      if (unchecked.length >= UNCHECKED_WORDS_MAX) return false;
      unchecked.push({ word, slot });
      if (isTimed) return true;
      isTimed = true;
      ports.after(() => {
        isTimed = false;
        for (const one of unchecked.splice(0)) if (isOpen(one.word)) ports.check(one.word);
      });
      return true;
    },
  };

  function isOpen({ height }: Word): boolean {
    return height === ports.height();
  }
}
