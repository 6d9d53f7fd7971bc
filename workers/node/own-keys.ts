/**
 * This device's own encryption keys: each week that it is open a new pair, stored in the commit that keeps
 * its announcement and said only after that; and the end of those private halves that no message needs any
 * more. A clock that nobody confirms makes no key and deletes none. SPEC KA11 to KA13. Source: DESIGN §3.
 */
import { greatest } from "../core/codec/extremes.ts";
import { dayOf } from "../core/gossip/clock.ts";
import { encodeAnnouncement } from "../core/gossip/device-keys.ts";
import { floorDayOf } from "../core/gossip/retention.ts";
import { activeDevice } from "../core/ledger/state.ts";
import { familyNow, stateOf, type Family } from "./family.ts";
import { KEY_LIFE_DAYS } from "./limits.ts";
import { OWN_KEYS_MAX, profileWrite, type Profile } from "./profile.ts";

export interface OwnKeys {
  readonly tick: () => Promise<void>;
}

export function createOwnKeys(family: Family): OwnKeys {
  const { crypto } = family.env;
  return { tick };

  async function tick(): Promise<void> {
    const core = family.gossip?.core();
    if (core === undefined) return;
    await forget(core.floorDay);
    const now = familyNow(family);
    const today = dayOf(now);
    if (floorDayOf(core, now) + core.retentionDays === today) await renew(today);
  }

  async function renew(today: number): Promise<void> {
    const { identity, keys } = family;
    const device = activeDevice(stateOf(family), identity.device);
    const pairs = identity.profile.encryptionKeys;
    if (device === null || keys === null || pairs.length >= OWN_KEYS_MAX) return;
    // What was made by a clock that was ahead is nobody's yet.
    const numbers = pairs.flatMap(({ number }) => (number <= today ? [number] : []));
    if (today - greatest(numbers, dayOf(device.registeredTime)) < KEY_LIFE_DAYS) return;
    const privateKey = crypto.randomBytes(32);
    const key = await crypto.encryptionKeyOf(privateKey);
    const announcement = encodeAnnouncement(identity.device, today, key);
    const { family: id } = identity.profile;
    const signature = await identity.signer.sign("encryption-key", id, announcement);
    const after = withPairs([...pairs, { number: today, privateKey }]);
    const write = await profileWrite(family.env, after);
    if (!(await keys.announce({ announcement, signature }, [write]))) return;
    family.identity = { ...identity, profile: after };
  }

  async function forget(floorDay: number): Promise<void> {
    const pairs = family.identity.profile.encryptionKeys;
    const numbers = pairs.map(({ number }) => number);
    const needed = family.keys?.needed(numbers, floorDay) ?? numbers;
    if (needed.length === pairs.length) return;
    const after = withPairs(pairs.filter(({ number }) => needed.includes(number)));
    const write = await profileWrite(family.env, after);
    await family.env.store.commit([write], { durability: "strict", fence: family.fence });
    family.identity = { ...family.identity, profile: after };
  }

  function withPairs(pairs: Profile["encryptionKeys"]): Profile {
    return { ...family.identity.profile, encryptionKeys: pairs };
  }
}
