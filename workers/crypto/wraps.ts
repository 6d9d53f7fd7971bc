/**
 * HPKE wraps of 32-byte keys (RFC 9180 base mode: DHKEM X25519-HKDF-SHA256, HKDF-SHA256,
 * AES-256-GCM): enc (32) ‖ sealed key (48). A content key's wrap is verifiable: its ephemeral is
 * derived from the content key, so whoever opens one wrap can recompute them all. Sound only because
 * a content key is used for one body: one ephemeral never seals under two associated data.
 * Source: DESIGN §6; SPEC CR9 to CR12.
 */
import { Aes256Gcm, CipherSuite, DecapError, OpenError } from "@hpke/core";
import { concatBytes } from "@noble/hashes/utils.js";
import type { EncryptionKey, FamilyId } from "../core/codec/ids.ts";
import { assertLength, copyOf, deriveKey, EMPTY, labelInfo } from "./derive.ts";
import { LabeledHkdf } from "./kem.ts";
import type { WrapTarget } from "./suite.ts";
import { isAdmissibleEncryptionKey, type X25519 } from "./x25519.ts";

/** Bytes of any wrap. */
const WRAP_BYTES = 80;
const ENC_BYTES = 32;

export interface Wraps {
  /** The one wrap of this content key for this target; `bodyHash` = SHA-256(associated data). */
  wrapContentKey(
    family: FamilyId,
    contentKey: Uint8Array,
    target: WrapTarget,
    bodyHash: Uint8Array,
  ): Promise<Uint8Array>;
  /** The content key, or null where the wrap is not for this private key, family and data. */
  unwrapContentKey(
    family: FamilyId,
    privateKey: Uint8Array,
    wrapped: Uint8Array,
    bodyHash: Uint8Array,
  ): Promise<Uint8Array | null>;
  /** Wraps any 32-byte secret; `ikm` is 32 fresh random bytes, `info` says what it is for. */
  wrapKey(
    family: FamilyId,
    key: EncryptionKey,
    secret: Uint8Array,
    info: Uint8Array,
    ikm: Uint8Array,
  ): Promise<Uint8Array>;
  unwrapKey(
    family: FamilyId,
    privateKey: Uint8Array,
    wrapped: Uint8Array,
    info: Uint8Array,
  ): Promise<Uint8Array | null>;
}

export function createWraps(loadCurve: () => Promise<X25519>): Wraps {
  return {
    wrapContentKey: async (family, contentKey, target, bodyHash) => {
      const { kem } = await loadCurve();
      const ikm = ephemeralIkm(family, contentKey, target);
      const info = labelInfo("wrap", family, EMPTY);
      return seal({ kem, key: target.key, info, ikm }, contentKey, bodyHash);
    },
    unwrapContentKey: async (family, privateKey, wrapped, bodyHash) => {
      const { kem } = await loadCurve();
      const info = labelInfo("wrap", family, EMPTY);
      return open({ kem, privateKey, info }, wrapped, bodyHash);
    },
    wrapKey: async (family, key, secret, context, ikm) => {
      const { kem } = await loadCurve();
      const info = labelInfo("wrap-key", family, context);
      return seal({ kem, key, info, ikm }, secret, EMPTY);
    },
    unwrapKey: async (family, privateKey, wrapped, context) => {
      const { kem } = await loadCurve();
      const info = labelInfo("wrap-key", family, context);
      return open({ kem, privateKey, info }, wrapped, EMPTY);
    },
  };
}

/** HKDF(content key, "TinyWeb/wrap-ephemeral/v1" ‖ 0 ‖ family ‖ device ‖ key number, 8 bytes BE). */
function ephemeralIkm(family: FamilyId, contentKey: Uint8Array, target: WrapTarget): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(target.keyNumber));
  return deriveKey(contentKey, "wrap-ephemeral", family, concatBytes(target.device, number));
}

interface Sender {
  readonly kem: X25519["kem"];
  readonly key: EncryptionKey;
  readonly info: Uint8Array;
  readonly ikm: Uint8Array;
}

/** Throws on a key that no ledger admits: callers pass admitted keys only. */
async function seal(sender: Sender, secret: Uint8Array, aad: Uint8Array): Promise<Uint8Array> {
  assertLength(secret, 32, "wrapped secret");
  assertLength(sender.ikm, 32, "ikm");
  if (!isAdmissibleEncryptionKey(sender.key)) throw new RangeError("inadmissible encryption key");
  const recipientPublicKey = await sender.kem.deserializePublicKey(copyOf(sender.key));
  const context = await suiteOf(sender.kem).createSenderContext({
    recipientPublicKey,
    info: copyOf(sender.info),
    ekm: copyOf(sender.ikm),
  });
  const sealed = await context.seal(copyOf(secret), copyOf(aad));
  return concatBytes(new Uint8Array(context.enc), new Uint8Array(sealed));
}

interface Recipient {
  readonly kem: X25519["kem"];
  readonly privateKey: Uint8Array;
  readonly info: Uint8Array;
}

async function open(
  recipient: Recipient,
  wrapped: Uint8Array,
  aad: Uint8Array,
): Promise<Uint8Array | null> {
  assertLength(recipient.privateKey, 32, "private key");
  const enc = wrapped.subarray(0, ENC_BYTES);
  // Engines differ in what they refuse, so a low-order or non-canonical point is refused here.
  if (wrapped.length !== WRAP_BYTES || !isAdmissibleEncryptionKey(enc)) return null;
  const recipientKey = await recipient.kem.deserializePrivateKey(copyOf(recipient.privateKey));
  try {
    const context = await suiteOf(recipient.kem).createRecipientContext({
      recipientKey,
      enc: copyOf(enc),
      info: copyOf(recipient.info),
    });
    return new Uint8Array(await context.open(copyOf(wrapped.subarray(ENC_BYTES)), copyOf(aad)));
  } catch (error) {
    if (error instanceof OpenError || error instanceof DecapError) return null;
    throw error;
  }
}

function suiteOf(kem: X25519["kem"]): CipherSuite {
  return new CipherSuite({ kem, kdf: new LabeledHkdf(), aead: new Aes256Gcm() });
}
