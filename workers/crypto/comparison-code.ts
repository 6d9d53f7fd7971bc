/**
 * The six digits that two people compare when one joins. Commit and reveal: the newcomer commits to
 * nonce, keys and name before it sees the inviter's nonce, so a man in the middle has one guess in a
 * million. Pure; who sends what, when, is the join protocol's business.
 * Source: DESIGN §7; facts: SAS by commitment; SPEC CR23 to CR25.
 */
import { equalBytes } from "@noble/ciphers/utils.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { hashOf } from "../core/codec/hash.ts";
import { encryptionKey, inviteId, signingKey } from "../core/codec/ids.ts";
import type { FamilyId } from "../core/codec/ids.ts";
import { bytes, encodeWith, struct, text, type Shaped } from "../core/codec/shape.ts";
import { assertLength, deriveKey } from "./derive.ts";

/** Bytes of each side's nonce. */
export const JOIN_NONCE_BYTES = 32;

const nonce = bytes(JOIN_NONCE_BYTES);

/** Keys by type, so that none can stand in another's place. */
const typedKeys = struct({ deviceKey: signingKey, encryptionKey });

/** What the newcomer commits to and reveals. Its shape serves the join messages too. */
export const joinOpening = struct({
  nonce,
  keys: typedKeys,
  /** The name that the newcomer typed, at most 256 bytes; the ledger's own limit is lower. */
  name: text(256),
});
export type JoinOpening = Shaped<typeof joinOpening>;

const codeInput = struct({
  newcomer: typedKeys,
  inviter: typedKeys,
  inviteId,
  /** The role's name, as the approval will write it. */
  role: text(32, 1),
});

export interface CodeRequest extends Shaped<typeof codeInput> {
  readonly family: FamilyId;
  readonly newcomerNonce: Uint8Array;
  readonly inviterNonce: Uint8Array;
}

/** Commitment of the newcomer, 32 bytes, sent before the inviter's nonce is known. */
export function joinCommitmentOf(family: FamilyId, opening: JoinOpening): Uint8Array {
  return hashOf("join-commitment", family, encodeWith(joinOpening, opening));
}

/** Whether what was revealed is what was committed to; a wrong reveal burns the invite. */
export function isJoinCommitment(
  family: FamilyId,
  commitment: Uint8Array,
  opening: JoinOpening,
): boolean {
  return equalBytes(joinCommitmentOf(family, opening), commitment);
}

/** Six decimal digits with leading zeros. 64 bits are reduced: the bias is below 10^-13. */
export function comparisonCodeOf(request: CodeRequest): string {
  const { family, newcomerNonce, inviterNonce, ...input } = request;
  assertLength(newcomerNonce, JOIN_NONCE_BYTES, "newcomer's nonce");
  assertLength(inviterNonce, JOIN_NONCE_BYTES, "inviter's nonce");
  const secret = concatBytes(newcomerNonce, inviterNonce);
  const key = deriveKey(secret, "join-code", family, encodeWith(codeInput, input));
  const number = new DataView(key.buffer, key.byteOffset).getBigUint64(0);
  return (number % 1_000_000n).toString().padStart(6, "0");
}
