/**
 * A vault over another one: while it has a lock key, what it wraps is sealed under that key first,
 * so that the browser's key alone opens nothing. Opens both kinds, which is how a lock is set and
 * taken off row by row. Where the lock key comes from is lock-key.ts's. Source: DESIGN §2, §3;
 * SPEC LC3.
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { copyOf } from "./derive.ts";
import type { Vault } from "./vault.ts";

export interface LockableVault extends Vault {
  /** Seals and opens with this lock key (32 bytes) from now on; null forgets it. */
  setLockKey(lockKey: Uint8Array | null): Promise<void>;
}

/** First byte of what is sealed twice; the vaults below use 0 and 1. */
const LOCKED: Uint8Array = Uint8Array.of(2);
const IV_BYTES = 12;

export function createLockableVault(inner: Vault): LockableVault {
  let key: CryptoKey | null = null;
  return {
    setLockKey: async (lockKey) => {
      key = lockKey === null ? null : await importKey(lockKey);
    },
    wrap: async (bytes) => {
      const present = key;
      if (present === null) return inner.wrap(bytes);
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(parametersOf(iv), present, copyOf(bytes));
      return concatBytes(LOCKED, await inner.wrap(concatBytes(iv, new Uint8Array(sealed))));
    },
    unwrap: async (bytes) => {
      if (bytes[0] !== LOCKED[0]) return inner.unwrap(bytes);
      const present = key;
      const plain = present === null ? null : await inner.unwrap(bytes.subarray(1));
      if (present === null || plain === null) return null;
      const iv = copyOf(plain.subarray(0, IV_BYTES));
      try {
        const sealed = copyOf(plain.subarray(IV_BYTES));
        return new Uint8Array(await crypto.subtle.decrypt(parametersOf(iv), present, sealed));
      } catch (error) {
        if (error instanceof DOMException && error.name === "OperationError") return null;
        throw error;
      }
    },
  };
}

async function importKey(lockKey: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", copyOf(lockKey), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function parametersOf(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: copyOf(utf8ToBytes("TinyWeb/locked-row/v1")) };
}
