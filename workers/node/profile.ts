/**
 * What makes this browser a device: its keys, sealed at rest, and the few facts that are nobody
 * else's. All in the table `meta` of the profile's own database, beside the vote log: they live and
 * die together, and no backup holds them. SPEC PF1..PF5. Source: DESIGN §3, §4.7.
 */
import type { DeviceId, FamilyId } from "../core/codec/ids.ts";
import { deviceIdOf, familyId, hash32 } from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  option,
  struct,
  text,
  uint,
} from "../core/codec/shape.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import type { Signer } from "../crypto/suite.ts";
import { prefixRange, StoreError, TABLES, type Key, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import type { Pin } from "./stored-chain.ts";

/** Private halves at once: one a week of a year's retention and its grace, with room. */
export const OWN_KEYS_MAX = 64;

const profileShape = struct({
  family: familyId,
  deviceSeed: bytes(32),
  /** Private halves, newest last; number 0 is in the registration. */
  encryptionKeys: list(struct({ number: uint(2 ** 32), privateKey: bytes(32) }), OWN_KEYS_MAX, 1),
  /** Where the invite said that the chain must pass; none for a founder. */
  pin: option(struct({ height: uint(), hash: hash32 })),
  /** Entropy of the recovery words until they are confirmed. */
  words: option(bytes(32)),
  secrets: list(struct({ epoch: uint(), secret: bytes(32) }), 64),
  /** Signalling servers that the family meets on. */
  servers: list(text(256), 4),
  /** 1 once this device is a member's; 0 while it is still asking. */
  isMember: uint(1),
});

export interface EncryptionKeyPair {
  readonly number: number;
  readonly privateKey: Uint8Array;
}

/** The profile in memory. Replaced as a whole, never changed in place. */
export interface Profile {
  readonly family: FamilyId;
  readonly deviceSeed: Uint8Array;
  readonly encryptionKeys: readonly EncryptionKeyPair[];
  readonly pin: Pin | null;
  readonly words: Uint8Array | null;
  readonly secrets: readonly { readonly epoch: number; readonly secret: Uint8Array }[];
  readonly servers: readonly string[];
  readonly isMember: number;
}

/** A profile that is open: who I am. */
export interface Identity {
  readonly profile: Profile;
  readonly signer: Signer;
  readonly device: DeviceId;
}

/** Where `meta` keeps the sealed profile. */
export const PROFILE_KEY: Key = ["profile"];
/** Where `meta` keeps the sealed key of what was opened before (opened-texts.ts). */
export const OPENED_KEY: Key = ["opened"];
/** Where `meta` keeps the encryption keys that devices announced (device-keys.ts), a row each. */
export const DEVICE_KEYS_KEY: Key = ["device-keys"];
/** Where `meta` keeps the record of the profile's lock. */
export const LOCK_KEY: Key = ["lock"];
const PROFILE_BYTES_MAX = 16 * 1024;

/** Reads the profile; null in an empty browser. StoreError `corrupt` where it does not open. */
export async function readProfile(env: Environment): Promise<Profile | null> {
  const sealed = await env.store.get("meta", PROFILE_KEY);
  if (sealed === null) return null;
  const plain = sealed instanceof Uint8Array ? await env.vault.unwrap(sealed) : null;
  const decoded = plain === null ? null : decodeWith(profileShape, plain, PROFILE_BYTES_MAX);
  if (decoded?.ok !== true) throw new StoreError("corrupt", "the profile's keys do not open");
  return decoded.value;
}

/** The write that stores the profile; part of a strict commit. */
export async function profileWrite(env: Environment, profile: Profile): Promise<Write> {
  const value = await env.vault.wrap(encodeWith(profileShape, profile));
  return { type: "put", table: "meta", key: PROFILE_KEY, value };
}

/** Tables that belong to one family; `meta` also holds what belongs to the browser. */
const FAMILY_TABLES = TABLES.filter((table) => table !== "meta");

/** First words of the keys of `meta` that belong to one family; the others are the browser's own. */
export const FAMILY_ROWS: readonly string[] = [
  "profile",
  "joining",
  "lock",
  "opened",
  "keeper",
  "keeper-outgoing",
  "device-keys",
  "read",
  "reading",
  "refill",
  "refused",
  "sent",
  "split",
  "hold",
  "place",
  "snapshot",
  "recovery",
];

/** The writes after which this is an empty browser: nothing of one family is left to the next. */
export const FORGET_ALL: readonly Write[] = [
  ...FAMILY_TABLES.map((table): Write => ({ type: "delete-range", table, range: prefixRange([]) })),
  ...FAMILY_ROWS.map((word): Write => {
    return { type: "delete-range", table: "meta", range: prefixRange([word]) };
  }),
];

export async function openIdentity(env: Environment, profile: Profile): Promise<Identity> {
  const signer = await env.crypto.createSigner(profile.deviceSeed);
  return { profile, signer, device: deviceIdOf(profile.family, signer.publicKey) };
}

/** Secret of an epoch; null when this device does not have it. */
export function secretOf(profile: Profile, epoch: number): Uint8Array | null {
  return profile.secrets.find((one) => one.epoch === epoch)?.secret ?? null;
}

/** The secret of the highest epoch that this device has. */
export function latestSecret(
  profile: Profile,
): { readonly epoch: number; readonly secret: Uint8Array } | null {
  return profile.secrets.reduce<{ readonly epoch: number; readonly secret: Uint8Array } | null>(
    (best, one) => (best === null || one.epoch > best.epoch ? one : best),
    null,
  );
}

/** Public half of my encryption key number 0; of a device that has let that go, by its registration. */
export async function ownEncryptionKey(family: {
  readonly identity: Identity;
  readonly env: Environment;
  readonly ledger: { readonly head: () => { readonly state: LedgerState } | null };
}): Promise<Uint8Array> {
  const state = family.ledger.head()?.state;
  const mine = state === undefined ? null : findDevice(state, family.identity.device);
  if (mine !== null) return mine.encryptionKey;
  const first = family.identity.profile.encryptionKeys.find((one) => one.number === 0);
  if (first === undefined) throw new Error("invariant: who is not registered has encryption key 0");
  return family.env.crypto.encryptionKeyOf(first.privateKey);
}
