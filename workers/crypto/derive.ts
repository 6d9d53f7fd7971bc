/**
 * Key derivation and byte helpers shared by the crypto modules. Every key that TinyWeb derives goes
 * through `deriveKey`, so a label and the family id are always part of it.
 * Source: RFC 5869, DESIGN §3; SPEC CR1, CR2.
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { FamilyId } from "../core/codec/ids.ts";

/** `TinyWeb/<label>/v1` ‖ 0x00 ‖ family ‖ context: the info of a derivation or of HPKE. */
export function labelInfo(label: string, family: FamilyId, context: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes(`TinyWeb/${label}/v1`), Uint8Array.of(0), family, context);
}

/** HKDF-SHA256, no salt, info = labelInfo; 32 bytes. */
export function deriveKey(
  secret: Uint8Array,
  label: string,
  family: FamilyId,
  context: Uint8Array,
): Uint8Array {
  return hkdf(sha256, secret, undefined, labelInfo(label, family, context), 32);
}

/** No context. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** A copy with a buffer of its own, as WebCrypto's types ask for; never a view of a shared buffer. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Throws where a caller passed bytes of another length: a broken invariant, never peer input. */
export function assertLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length)
    throw new RangeError(`${what}: ${bytes.length}, not ${length} bytes`);
}
