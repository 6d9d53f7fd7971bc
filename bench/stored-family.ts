/**
 * Families with a past, for benchmarks that need a full database: whole nodes on virtual time, with
 * the real cryptography, write to each other for 25 days within the rate limit, register what they
 * have had, and leave their disks. Keys are sealed under a real vault key, so that a browser can
 * open the disk. Nothing is made up but the texts and the clock.
 */
import { createRandom } from "../workers/core/random.ts";
import { openVault, type Vault } from "../workers/crypto/vault.ts";
import { value, type TestDevice } from "../workers/node/testing/device.ts";
import { createHousehold, memberNamed, type Household } from "../workers/node/testing/household.ts";
import { packDisk, type StoredDevice } from "./disk-rows.ts";

export interface StoredFamilyOptions {
  /** The first founds the family and invites the others as parents. */
  readonly names: readonly [string, string, ...string[]];
  /** How many of them keep the rules, by the path 1, 3, 4; the founder alone without it. */
  readonly keepers?: 1 | 3 | 4;
  /** Between the first two. */
  readonly messages: number;
  /** When the app is closed everywhere, milliseconds since the epoch. */
  readonly until: number;
  readonly say: (words: string) => void;
}

const VAULT_KEY_BYTES = 32;
const PAST_DAYS = 25;
const DAY_MS = 86_400_000;
const BURST = 10;
const REPORT_EVERY = 1000;
/** Registers are signed with a tick and answered with the next. */
const LAST_WORDS_MS = 5_000;

export async function makeStoredFamily(
  options: StoredFamilyOptions,
): Promise<readonly StoredDevice[]> {
  const { names, messages, until } = options;
  const vaults = new Map<string, { readonly key: Uint8Array; readonly vault: Vault }>();
  for (const name of names) vaults.set(name, await makeVault());
  const house = createHousehold({
    startMs: until - PAST_DAYS * DAY_MS,
    deviceOptions: (name) => {
      const vault = vaults.get(name)?.vault;
      return { servers: [], ...(vault === undefined ? {} : { vault }) };
    },
  });
  const devices = await makeMembers(house, names);
  await letKeep(house, devices.slice(0, options.keepers ?? 1));
  await talk(house, devices, {
    ...options,
    gapMs: Math.floor((PAST_DAYS * DAY_MS) / (messages + 1)),
  });
  await house.sleepUntil(until - LAST_WORDS_MS);
  await house.advance(LAST_WORDS_MS);
  const stored = devices.map((device) => ({
    name: device.name,
    vaultKey: Buffer.from(vaults.get(device.name)?.key ?? []).toString("base64"),
    tables: packDisk(device.store().snapshot()),
  }));
  await house.stop();
  return stored;
}

/** The vault of a browser that made its key from these bytes. */
async function makeVault(): Promise<{ readonly key: Uint8Array; readonly vault: Vault }> {
  const key = crypto.getRandomValues(new Uint8Array(VAULT_KEY_BYTES));
  const made = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
  const vault = await openVault(
    async () => made,
    async () => undefined,
  );
  return { key, vault };
}

/** All of one family, each linked to each, with the same ledger. */
async function makeMembers(
  house: Household,
  names: StoredFamilyOptions["names"],
): Promise<readonly TestDevice[]> {
  const [founder, ...others] = names;
  const first = await house.found(founder);
  const devices = [first];
  for (const [index, name] of others.entries()) {
    // A third parent takes the word of two.
    const newcomer = await house.join(first, name, index === 0 ? "parent" : "relative");
    for (const device of devices) await house.meet(device, newcomer);
    devices.push(newcomer);
  }
  await house.until("all know all", async () => {
    const heights = await Promise.all(
      devices.map(async (one) => (await one.snapshot()).ledger.height),
    );
    return new Set(heights).size === 1;
  });
  return devices;
}

/** These keep the rules together, by their own consent. */
async function letKeep(house: Household, keepers: readonly TestDevice[]): Promise<void> {
  for (const one of keepers.slice(1)) {
    await value(one.node().setLasting("persistent"));
    await value(one.node().setHelping(true));
  }
  const sizeOf = (one: TestDevice): number =>
    one.running().family.ledger.head()?.state.replicas.length ?? 0;
  await house.until("they keep the rules", () =>
    keepers.every((one) => sizeOf(one) === keepers.length),
  );
}

async function talk(
  house: Household,
  devices: readonly TestDevice[],
  options: StoredFamilyOptions & { readonly gapMs: number },
): Promise<void> {
  const [mum, dad] = devices;
  if (mum === undefined || dad === undefined) throw new Error("two devices talk");
  const random = createRandom([1, 2, 3, 4]);
  const ways = [
    [mum, memberNamed(await mum.snapshot(), dad.name)],
    [dad, memberNamed(await dad.snapshot(), mum.name)],
  ] as const;
  for (let index = 0; index < options.messages; index += 1) {
    // People write several at once, then nothing for a while.
    if (index % BURST === 0) await house.sleepUntil(house.time.now() + options.gapMs * BURST);
    const [speaker, to] = ways[random.below(2)] ?? ways[0];
    const text = Array.from({ length: 3 + random.below(30) }, () => WORDS[random.below(16)]);
    await value(speaker.node().sendMessage(to, `${index}: ${text.join(" ")}`));
    await house.settle();
    if ((index + 1) % REPORT_EVERY === 0) options.say(`stored ${index + 1} messages`);
  }
  for (const [speaker, to] of ways) await value(speaker.node().markRead(to));
}

const WORDS = [
  "dinner",
  "at",
  "seven",
  "who",
  "takes",
  "the",
  "dog",
  "grandma",
  "called",
  "school",
  "ends",
  "early",
  "bring",
  "bread",
  "love",
  "tomorrow",
] as const;
