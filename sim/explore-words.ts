/**
 * What honest replicas of the explorer have said, a bit each, and what of it each of them depends on:
 * two states in which that is the same have the same next steps of that replica. SPEC SI26.
 */
import { hasBit, keyWithin, numbersIn, setBit, type Bits } from "./bit-sets.ts";
import type { Said } from "./explore-replicas.ts";

/** Enough for what three honest replicas can say in three views. */
export const WORDS = 6;

export interface Words {
  /** Its bit, given when it is first said. */
  readonly bitOf: (one: Said) => number;
  readonly saidIn: (bits: Bits) => readonly Said[];
  readonly commitsIn: (bits: Bits) => string;
  /**
   * A key for all that the next steps of a replica depend on: what it said itself; others' proposals;
   * their VIEW-CHANGEs, but for those of lower views that claim nothing and justify nothing any more;
   * and which blocks have a quorum's PREPAREs, but not whose. Others' COMMITs make no difference.
   */
  readonly knownTo: (who: number, bits: Bits) => string;
}

export interface WordsOptions {
  readonly honest: readonly number[];
  readonly viewMost: number;
  readonly quorum: number;
  /** Whether a liar is the primary of a view: it can still be justified in it. */
  readonly isLiars: (view: number) => boolean;
}

interface Mask {
  /** What it said in a view. */
  readonly own: readonly Bits[];
  /** What counts for it while that is its view. */
  readonly known: readonly Bits[];
}

export function createWords({ honest, viewMost, quorum, isLiars }: WordsOptions): Words {
  const said: Said[] = [];
  const bits = new Map<number, number>();
  const commits = new Uint32Array(WORDS);
  const views = Array.from({ length: viewMost + 1 }, (_, view) => view);
  const empty = (): readonly Bits[] => views.map(() => new Uint32Array(WORDS));
  const masks = new Map<number, Mask>(honest.map((who) => [who, { own: empty(), known: empty() }]));
  /** PREPAREs by view and block. */
  const prepares = new Map<string, number[]>();

  return {
    bitOf,
    saidIn: (row) => numbersIn(row).map(saidAt),
    commitsIn: (row) => keyWithin(row, commits),
    knownTo,
  };

  function bitOf(one: Said): number {
    const known = bits.get(one.index);
    if (known !== undefined) return known;
    const bit = said.length;
    if (bit >= 32 * WORDS) throw new Error("invariant: there are not so many words");
    said.push(one);
    bits.set(one.index, bit);
    const { phase } = one.recorded.request;
    if (phase === "commit") setBit(commits, bit);
    if (phase === "prepare") {
      const place = `${one.view}/${one.hash}`;
      prepares.set(place, [...(prepares.get(place) ?? []), bit]);
    }
    for (const [who, { own, known: counting }] of masks) {
      if (who === one.signer) setBit(own[one.view] ?? commits, bit);
      for (const view of views) {
        const mask = counting[view];
        if (mask !== undefined && isCounting(one, who, view)) setBit(mask, bit);
      }
    }
    return bit;
  }

  function isCounting(one: Said, who: number, view: number): boolean {
    if (one.signer === who || one.input.type === "proposal") return true;
    if (one.recorded.request.phase !== "view-change") return false;
    return one.view >= view || one.hash !== null || isLiars(one.view);
  }

  function knownTo(who: number, row: Bits): string {
    const mask = masks.get(who);
    if (mask === undefined) throw new Error("invariant: only who is honest acts");
    const view = views.findLast((one) => meets(row, mask.own[one])) ?? 0;
    let key = `${who}${keyWithin(row, mask.known[view] ?? row)}`;
    for (const those of prepares.values()) {
      let count = 0;
      for (const bit of those) count += hasBit(row, bit) ? 1 : 0;
      // The liar's own, if it has one for this block, is the same in both states.
      key += count < quorum - 1 ? "-" : count < quorum ? "1" : "2";
    }
    // Places are appended as they are first met: those that come later are in none of these states.
    return key.replace(/-+$/u, "");
  }

  function saidAt(bit: number): Said {
    const one = said[bit];
    if (one === undefined) throw new Error("invariant: every bit was said");
    return one;
  }
}

function meets(row: Bits, mask: Bits | undefined): boolean {
  return mask !== undefined && row.some((word, index) => (word & (mask[index] ?? 0)) !== 0);
}
