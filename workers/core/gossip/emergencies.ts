/**
 * What has become of a call for help, by what was said to it, and who writes it into the ledger when: a
 * parent as soon as it says that it is on it, its author's own device after ten minutes without, any
 * other after fifteen. Pure: a function of the words that are here, whatever came first.
 * SPEC EM1 to EM4. Source: DESIGN §5 (emergencies), §9 (Emergency).
 */
import type { Hex } from "../codec/ids.ts";
import { compareClock, type Clock } from "./header.ts";
import { EMERGENCY_LIFE_MS, OTHERS_RECORD_MS, OWN_RECORD_MS } from "./limits.ts";
import type { EmergencyWord, Place } from "./payload.ts";

/** One word to a call for help, opened. */
export interface Word {
  readonly id: Hex;
  readonly clock: Clock;
  /** Member. */
  readonly by: Hex;
  readonly word: EmergencyWord;
  readonly place: Place | null;
}

export interface Settled {
  /** Who has seen it, and who is on it, without its author; each once, in the order of their words. */
  readonly seen: readonly Hex[];
  readonly coming: readonly Hex[];
  /** Its author says that it is all right. */
  readonly isFine: boolean;
  /** The first parent who said that it is over; null while nobody did. */
  readonly overBy: Hex | null;
  /** Where its author said last that it is. */
  readonly place: { readonly place: Place; readonly at: number } | null;
}

/** @param author member that called for help */
export function settleWords(
  author: Hex,
  words: readonly Word[],
  isParent: (member: Hex) => boolean,
): Settled {
  const ordered = words.toSorted(
    (a, b) => compareClock(a.clock, b.clock) || (a.id < b.id ? -1 : 1),
  );
  const by = (word: EmergencyWord): readonly Hex[] => [
    ...new Set(ordered.filter((one) => one.word === word).map((one) => one.by)),
  ];
  const coming = by("coming").filter((one) => one !== author);
  const seen = [...new Set([...by("seen"), ...coming])].filter((one) => one !== author);
  const places = ordered.filter((one) => one.by === author && one.word === "place");
  const last = places.findLast((one) => one.place !== null);
  const place = last?.place ?? null;
  return {
    seen,
    coming,
    isFine: by("fine").includes(author),
    // Nobody ends its own call, whoever stands behind it.
    overBy: by("over").find((one) => isParent(one) && one !== author) ?? null,
    place: place === null ? null : { place, at: last?.clock.ms ?? 0 },
  };
}

/** Whether a call for help of that time still concerns anybody. */
export function isCurrent(calledAt: number, now: number): boolean {
  return now - calledAt < EMERGENCY_LIFE_MS;
}

/** From when on a device writes a call for help into the ledger that nobody has written; null: never. */
export function recordsFrom(
  calledAt: number,
  { isOwn, role, hasAnswered }: Recorder,
): number | null {
  if (role === "contact" && !isOwn) return null;
  if (role === "parent" && hasAnswered) return Number.NEGATIVE_INFINITY;
  return calledAt + (isOwn ? OWN_RECORD_MS : OTHERS_RECORD_MS);
}

export interface Recorder {
  /** A device of the member that called. */
  readonly isOwn: boolean;
  readonly role: string;
  /** Its member has said that it is on it, or that it is over. */
  readonly hasAnswered: boolean;
}
