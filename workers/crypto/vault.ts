/**
 * Wraps private keys at rest under one non-extractable AES-GCM-256 key that lives in the profile's
 * database. Probed at start, because a browser may store a key and give back null or one that does
 * not work. Stops copying the key, not using it from inside the page, and is no disk encryption.
 * Source: DESIGN §3; facts: X25519 keys unreadable in Safari's IndexedDB; SPEC CR26 to CR28.
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { copyOf } from "./derive.ts";

export interface Vault {
  /** Any bytes, sealed for storage. */
  wrap(bytes: Uint8Array): Promise<Uint8Array>;
  /** Inverse of wrap; null for bytes that this vault did not make. */
  unwrap(bytes: Uint8Array): Promise<Uint8Array | null>;
}

/** `save`: the key was not stored; `read-back`: it came back as nothing; `unusable`: not a key that works. */
export type VaultFault = "save" | "read-back" | "unusable";

/** The environment cannot keep a key. Nothing was wrapped under a key that is not durable. */
export class VaultError extends Error {
  readonly code: VaultFault;

  constructor(code: VaultFault, cause?: unknown) {
    super(`vault: ${code}`, { cause });
    this.name = "VaultError";
    this.code = code;
  }
}

/**
 * Opens the vault, making its key when `load` gives null. Throws VaultError where the key cannot be
 * kept, and what `load` throws. `save` resolves when the key is durable.
 */
export async function openVault(
  load: () => Promise<CryptoKey | null>,
  save: (key: CryptoKey) => Promise<void>,
): Promise<Vault> {
  const kept = await load();
  if (kept !== null) return probe(kept, kept);
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  try {
    await save(made);
  } catch (error) {
    throw new VaultError("save", error);
  }
  const readBack = await load();
  if (readBack === null) throw new VaultError("read-back");
  return probe(made, readBack);
}

/** Keeps bytes as they are: for the simulator and memory profiles, which have nothing at rest. */
export function createPlainVault(): Vault {
  return {
    wrap: async (bytes) => concatBytes(PLAIN, bytes),
    unwrap: async (bytes) => (bytes[0] === PLAIN[0] ? bytes.slice(1) : null),
  };
}

/** The vault on `key`, after it has opened what `writer` sealed. */
async function probe(writer: CryptoKey, key: CryptoKey): Promise<Vault> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  let opened: Uint8Array | null;
  try {
    if (key.extractable) throw new TypeError("extractable key");
    opened = await vaultOf(key).unwrap(await vaultOf(writer).wrap(secret));
  } catch (error) {
    throw new VaultError("unusable", error);
  }
  const isSame = opened?.every((byte, index) => byte === secret[index]) ?? false;
  if (!isSame) throw new VaultError("unusable");
  return vaultOf(key);
}

function vaultOf(key: CryptoKey): Vault {
  return {
    wrap: async (bytes) => {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(parametersOf(iv), key, copyOf(bytes));
      return concatBytes(VERSION, iv, new Uint8Array(sealed));
    },
    unwrap: async (bytes) => {
      if (bytes.length < 1 + IV_BYTES + TAG_BYTES || bytes[0] !== VERSION[0]) return null;
      const iv = copyOf(bytes.subarray(1, 1 + IV_BYTES));
      const sealed = copyOf(bytes.subarray(1 + IV_BYTES));
      try {
        return new Uint8Array(await crypto.subtle.decrypt(parametersOf(iv), key, sealed));
      } catch (error) {
        // OperationError is a tag that does not verify; anything else is about the key itself.
        if (error instanceof DOMException && error.name === "OperationError") return null;
        throw error;
      }
    },
  };
}

function parametersOf(iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: copyOf(utf8ToBytes("TinyWeb/vault/v1")) };
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of sealed bytes, and of plain ones: neither vault opens the other's. */
const VERSION: Uint8Array = Uint8Array.of(1);
const PLAIN: Uint8Array = Uint8Array.of(0);
