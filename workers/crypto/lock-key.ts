/**
 * What a PIN or passphrase guards: a random lock key, sealed under a key that scrypt derives from
 * what was typed, so that each guess costs 64 MiB and a quarter of a second. A new PIN seals the same
 * lock key anew. Counts no tries and stores nothing. Source: RFC 7914; ADR 12; SPEC LC1, LC2.
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { assertLength, copyOf } from "./derive.ts";

/** scrypt's work: 2^logN blocks of 128·r bytes, p times. */
export interface LockCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** 64 MiB. */
export const LOCK_COST: LockCost = { logN: 16, r: 8, p: 1 };

/** A lock key as it is kept. */
export interface SealedLockKey {
  readonly cost: LockCost;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** Nonce (12), ciphertext (32), tag (16). */
  readonly sealed: Uint8Array;
}

export const SALT_BYTES = 32;
export const SEALED_LOCK_KEY_BYTES = 60;
const LOCK_KEY_BYTES = 32;
const NONCE_BYTES = 12;

export function makeLockKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(LOCK_KEY_BYTES));
}

/** One text, however a keyboard composes its letters. */
export function normalPin(typed: string): string {
  return typed.toWellFormed().normalize("NFKC");
}

export async function sealLockKey(
  lockKey: Uint8Array,
  pin: string,
  cost: LockCost = LOCK_COST,
): Promise<SealedLockKey> {
  assertLength(lockKey, LOCK_KEY_BYTES, "lock key");
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await keyOf(pin, salt, cost);
  const sealed = await crypto.subtle.encrypt(parametersOf(nonce), key, copyOf(lockKey));
  return { cost, salt, sealed: concatBytes(nonce, new Uint8Array(sealed)) };
}

/** The lock key; null where this is not its PIN, or not what `sealLockKey` made. */
export async function openLockKey(pin: string, kept: SealedLockKey): Promise<Uint8Array | null> {
  if (kept.sealed.length !== SEALED_LOCK_KEY_BYTES) return null;
  const key = await keyOf(pin, kept.salt, kept.cost);
  const nonce = copyOf(kept.sealed.subarray(0, NONCE_BYTES));
  const sealed = copyOf(kept.sealed.subarray(NONCE_BYTES));
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parametersOf(nonce), key, sealed));
  } catch (error) {
    // OperationError is a tag that does not verify; anything else is about the key itself.
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}

async function keyOf(pin: string, salt: Uint8Array, cost: LockCost): Promise<CryptoKey> {
  const { logN, r, p } = cost;
  const typed = utf8ToBytes(normalPin(pin));
  // Pauses now and then, so that heartbeats and links are answered meanwhile.
  const derived = await scryptAsync(typed, salt, { N: 2 ** logN, r, p, dkLen: LOCK_KEY_BYTES });
  return crypto.subtle.importKey("raw", copyOf(derived), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function parametersOf(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: copyOf(utf8ToBytes("TinyWeb/lock/v1")) };
}
