/**
 * Hashes and signature inputs. Every one begins with a domain label `TinyWeb/<what>/v1`, a zero
 * byte and the family id (32 bytes; zeros only for the family id itself), so that bytes made for one
 * purpose or family never verify for another. SPEC HS1..HS3. Source: DESIGN §3.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { FamilyId } from "./ids.ts";

/** What is hashed or signed; the names are wire facts. */
export type Domain =
  | "family"
  | "device"
  | "member"
  | "invite"
  | "transaction"
  | "transactions"
  | "block"
  | "state"
  | "state-part"
  | "replica-set"
  | "blob"
  | "body"
  | "message"
  | "fingerprint"
  | "register"
  | "prepare"
  | "commit"
  | "view-change"
  | "ready"
  | "approval"
  | "recovery"
  | "recovery-objection"
  | "hold"
  | "encryption-key"
  | "join-commitment"
  | "join-request"
  | "join-code"
  | "join-name"
  | "handshake"
  | "invite-proof"
  | "signal"
  | "secret"
  | "conversation"
  | "violation";

/** label ‖ 0x00 ‖ family id ‖ bytes: what is hashed, and what is signed. */
export function domainBytes(domain: Domain, family: FamilyId, bytes: Uint8Array): Uint8Array {
  return concatBytes(labelOf(domain), family, bytes);
}

/** SHA-256 of the domain bytes: 32 bytes. */
export function hashOf(domain: Domain, family: FamilyId, bytes: Uint8Array): Uint8Array {
  return sha256.create().update(labelOf(domain)).update(family).update(bytes).digest();
}

/** `TinyWeb/<domain>/v1` and a zero byte. */
function labelOf(domain: Domain): Uint8Array {
  let label = labels.get(domain);
  if (label === undefined) {
    label = concatBytes(utf8ToBytes(`TinyWeb/${domain}/v1`), new Uint8Array(1));
    labels.set(domain, label);
  }
  return label;
}

/** Constants, made when they are first needed. */
const labels = new Map<Domain, Uint8Array>();

/** The same over parts, one after the other. */
export function hashOfAll(
  domain: Domain,
  family: FamilyId,
  parts: readonly Uint8Array[],
): Uint8Array {
  return hashOf(domain, family, concatBytes(...parts));
}
