/**
 * Planted bugs of keys that change: each with the scenario in which it shows. SPEC SI20, SI52.
 */
import type { EncryptionKeyPair, Profile } from "../workers/node/profile.ts";
import type { DeviceKeys } from "../workers/node/device-keys.ts";
import type { Running } from "../workers/node/running.ts";
import type { Write } from "../workers/storage/store.ts";
import type { Plant } from "./plant.ts";
import { withCommit } from "./store-faults.ts";

export const PLANTED_KEYS: readonly Plant[] = [
  plant("an old private half goes at once", {
    meddle: ({ family }) => {
      const { profile } = family.identity;
      setPairs(profile, profile.encryptionKeys.slice(-1));
    },
  }),
  keepsPrivateHalves(),
  plant("a number that nobody announced counts", {
    meddle: patched((keys) => {
      const { of } = keys;
      return {
        of: (...asked) => {
          const found = of(...asked);
          return found === "unknown" ? "contradicted" : found;
        },
      };
    }),
  }),
  plant("a key that its device has let go of counts", {
    meddle: patched((keys) => {
      const { of } = keys;
      return {
        of: (device, number, timeMs) => {
          const found = of(device, number, timeMs);
          return found === "over" ? of(device, number, 0) : found;
        },
      };
    }),
  }),
  plant("what was sealed to old keys is not wrapped again", {
    meddle: patched(() => ({ mayBeOver: () => false })),
  }),
  plant("who was away is told of no key", {
    meddle: patched(() => ({ linkUp: () => {}, compare: () => {} })),
  }),
  plant("signatures of announcements are not checked", {
    wrapCrypto: (crypto) => ({
      ...crypto,
      verify: async (key, domain, family, message, signature) =>
        domain === "encryption-key" || crypto.verify(key, domain, family, message, signature),
    }),
  }),
  plant("a new private half is not stored with its announcement", {
    wrapDisk: (disk) =>
      withCommit(disk, async (writes, options) => {
        const hasKeys = writes.some(isOfKeys);
        const kept = hasKeys ? writes.filter(isOfKeys) : writes;
        return disk.commit(kept, options);
      }),
  }),
  plant("announced keys are forgotten when the app is closed", {
    wrapDisk: (disk) =>
      withCommit(disk, async (writes, options) => {
        const kept = writes.filter((one) => !isOfKeys(one));
        return disk.commit(kept, options);
      }),
  }),
];

function plant(name: string, bug: Partial<Plant>): Plant {
  return { name, rules: ["KA"], world: "family", scenario: "keys-that-change", ...bug };
}

function keepsPrivateHalves(): Plant {
  const all = new Map<string, Map<number, EncryptionKeyPair>>();
  return plant("old private halves are never let go", {
    meddle: ({ family }, device) => {
      const { profile } = family.identity;
      const pairs = all.get(device) ?? new Map<number, EncryptionKeyPair>();
      all.set(device, pairs);
      for (const one of profile.encryptionKeys) pairs.set(one.number, one);
      setPairs(
        profile,
        [...pairs.values()].sort((a, b) => a.number - b.number),
      );
    },
  });
}

function setPairs(profile: Profile, encryptionKeys: readonly EncryptionKeyPair[]): void {
  Object.assign(profile, { encryptionKeys });
}

function patched(change: (keys: DeviceKeys) => Partial<DeviceKeys>): (running: Running) => void {
  const done = new WeakSet<DeviceKeys>();
  return ({ family: { keys } }) => {
    if (keys === null || done.has(keys)) return;
    done.add(keys);
    Object.assign(keys, change(keys));
  };
}

function isOfKeys(write: Write): boolean {
  return write.type !== "delete-range" && write.key[0] === "device-keys";
}
