/**
 * The encoded state in parts, and the root over them: a snapshot travels part by part, and each part
 * is checked by itself, so that whoever brings a false one is named at once. It says nothing of what
 * is in them. SPEC SS1, SS2. Source: DESIGN §4.11.
 */
import { hashOf } from "../codec/hash.ts";
import { hash32, type FamilyId } from "../codec/ids.ts";
import { encodeWith, list, type Shape } from "../codec/shape.ts";
import { STATE_PART_BYTES, STATE_PARTS_MAX } from "./limits.ts";

/** Hashes of a state's parts in their order; a state has one part at least. */
export const partHashesShape: Shape<readonly Uint8Array[]> = list(hash32, STATE_PARTS_MAX);

/** The parts of an encoded state, in order. */
export function partsOf(stateBytes: Uint8Array): readonly Uint8Array[] {
  const count = Math.ceil(stateBytes.length / STATE_PART_BYTES);
  return Array.from({ length: count }, (_, index) =>
    stateBytes.slice(index * STATE_PART_BYTES, (index + 1) * STATE_PART_BYTES),
  );
}

export function partHashOf(family: FamilyId, part: Uint8Array): Uint8Array {
  return hashOf("state-part", family, part);
}

/** What a block's header holds: 32 bytes. */
export function rootOfParts(family: FamilyId, hashes: readonly Uint8Array[]): Uint8Array {
  return hashOf("state", family, encodeWith(partHashesShape, hashes));
}
