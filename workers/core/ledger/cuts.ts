/**
 * Cuts of two signers as one: how far each stream had come by the word of whoever knew more.
 * SPEC DC23. Source: DESIGN §4.12.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { NARROWED_STREAMS_MAX } from "./limits.ts";
import type { NarrowedCuts } from "./rule-book.ts";

/** Of each stream the furthest cut of the two; those of `before` first, as many as a narrowing holds. */
export function furthestCuts(before: NarrowedCuts, later: NarrowedCuts): NarrowedCuts {
  const isSameStream = (a: NarrowedCuts[number], b: NarrowedCuts[number]): boolean =>
    a.stream === b.stream && isSameBytes(a.device, b.device);
  const further = before.map((cut) =>
    later.reduce((best, one) => (isSameStream(one, cut) && one.seq > best.seq ? one : best), cut),
  );
  const others = later.filter((one) => !before.some((cut) => isSameStream(one, cut)));
  return [...further, ...others].slice(0, NARROWED_STREAMS_MAX);
}
