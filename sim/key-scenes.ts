/**
 * A family over three months, in which encryption keys change each week, people sleep for weeks and write
 * before they have met anybody, apps are killed while they store a new key, and a child's app lies about
 * keys: two under one number, told to different people, dates of the past and of tomorrow, keys of others,
 * and messages that list a reader under a key that it never had or has let go. SPEC SI51. Source: DESIGN §3.
 */
import { encodeAnnouncement } from "../workers/core/gossip/device-keys.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { findDevice } from "../workers/core/ledger/state.ts";
import type { Running } from "../workers/node/running.ts";
import { createKeyJudge, type Letter } from "./checkers/keys.ts";
import type { Device } from "./device.ts";
import type { SpreadPlayed } from "./gossip-scenes.ts";
import type { FamilyScenario } from "./mesh-scenes.ts";
import { createPeople } from "./people.ts";
import type { Plant } from "./plant.ts";
import { createWorld, type World } from "./world.ts";

const DAY_MS = 86_400_000;
const STEP_MS = 1_000;
const JOINING_MS_MAX = 120_000;
/** Time that everybody who is awake has together, once a week. */
const TOGETHER_MS = 30_000;
const WEEKS = 13;
const ROLES = ["parent", "relative", "child"] as const;
/** Weeks for which somebody who sleeps stays away: longer than a key may be used. */
const AWAY_WEEKS = 6;

export const KEY_SCENARIOS = {
  "keys-that-change": {
    seeds: 2,
    playFamily: async (seed, print, plant) => play(seed, print, plant),
  },
} satisfies Readonly<Record<string, FamilyScenario>>;

async function play(
  seed: number,
  print: ((line: string) => void) | null,
  plant: Plant | null,
): Promise<SpreadPlayed> {
  const world = createWorld({ seed, isReal: false, plant, print });
  const random = createRandom(seedWords(seed ^ 0x6b65));
  await join(world);
  const devices = world.devices();
  const liar = devices.at(-1) ?? fail();
  const honest = devices.filter((one) => one !== liar);
  const judge = createKeyJudge(honest, world.violate);
  const letters: Letter[] = [];
  const sleeper = honest[1 + random.below(2)] ?? fail();
  const asleepFrom = 2 + random.below(3);
  for (let week = 0; week < WEEKS && world.violations.length === 0; week += 1) {
    const isAway = week >= asleepFrom && week < asleepFrom + AWAY_WEEKS;
    const here = devices.filter((one) => one !== sleeper || !isAway);
    await world.perform("a week", async () => {
      if (week === asleepFrom + AWAY_WEEKS) await writeAlone(sleeper, letters);
      await open(here, random);
      leaveFalse(liar);
    });
    await world.runUntil(world.scheduler.now() + TOGETHER_MS);
    await world.perform("again", async () => {
      for (const one of here) await one.start();
      leaveFalse(liar);
    });
    await world.runUntil(world.scheduler.now() + TOGETHER_MS);
    await world.perform("lies", async () => lieAboutKeys(liar, honest, week));
    await world.runUntil(world.scheduler.now() + TOGETHER_MS);
    for (const one of here) {
      const isTrue = one !== liar;
      const lie = isTrue ? null : listFalsely(liar, honest, week);
      await world.perform("write", async () => write(one, letters, isTrue));
      lie?.();
      await world.runUntil(world.scheduler.now() + STEP_MS);
    }
    await world.runUntil(world.scheduler.now() + TOGETHER_MS);
    if (world.violations.length === 0) {
      await judge.look(
        here.filter((one) => one !== liar),
        letters,
      );
    }
    await world.perform("good night", async () => close(here));
    await world.runPastSleep(7 * DAY_MS);
  }
  return {
    seed,
    violations: world.violations,
    stuck: [],
    events: world.events(),
    commits: 0,
    delivered: 0,
    hasFamily: true,
    trace: world.trace.digest(),
    figures: judge.figures(),
  };
}

async function join(world: World): Promise<void> {
  const people = createPeople(world.devices, world.random, world.violate);
  const founder = world.addDevice("p0");
  await world.perform("found", async () => {
    await founder.start();
    await people.found(founder);
  });
  for (const role of ROLES) {
    await world.perform("newcomer", async () => {
      const newcomer = world.addDevice(`${role}${world.devices().length}`);
      await newcomer.start();
      people.beginJoin({ inviter: founder, newcomer, role, forMember: null });
    });
    const until = world.scheduler.now() + JOINING_MS_MAX;
    while (people.joins.some((one) => one.step !== "done") && world.scheduler.now() < until) {
      await world.perform("look", people.look);
      await world.runUntil(world.scheduler.now() + STEP_MS);
    }
  }
  await world.perform("close", async () => close(world.devices()));
}

/** Every third app is killed in one of its first commits, in which a new key may be, and opened again. */
async function open(devices: readonly Device[], random: Random): Promise<void> {
  for (const device of devices) {
    await device.start();
    if (random.below(3) > 0) continue;
    device.planCrash(
      { commits: 1 + random.below(6), side: random.below(2) === 0 ? "before" : "after" },
      0,
    );
  }
}

/** Who was away writes before it has met anybody, to the keys that it knew. */
async function writeAlone(sleeper: Device, letters: Letter[]): Promise<void> {
  await sleeper.start();
  await write(sleeper, letters, true);
}

/** The changed app does not make its lies good: it wraps nothing again. */
function leaveFalse(liar: Device): void {
  const keys = liar.running()?.family.keys;
  if (keys !== undefined && keys !== null) Object.assign(keys, { mayBeOver: () => false });
}

async function close(devices: readonly Device[]): Promise<void> {
  for (const device of devices) await device.close();
}

async function write(device: Device, letters: Letter[], isTrue: boolean): Promise<void> {
  const text = `letter ${letters.length}`;
  const snapshot = await device.node()?.start();
  if (snapshot?.ok !== true) return;
  const family = snapshot.value.conversations.find(({ kind }) => kind === "family")?.id ?? "";
  const sent = await device.node()?.sendMessage(family, text);
  if (sent?.ok === true) letters.push({ text, at: device.clock.wall(), isTrue });
}

/** What the changed app says of keys, its own and others'. */
async function lieAboutKeys(liar: Device, honest: readonly Device[], week: number): Promise<void> {
  const running = liar.running();
  if (running === null) return;
  const today = Math.floor(liar.clock.wall() / DAY_MS);
  for (const [index, to] of honest.entries()) {
    // Another key under the same number to each, one more a week each dated back, and one of tomorrow.
    await tell(running, liar, to, today - 1, 10 + index);
    await tell(running, liar, to, today - 20 - week, 20);
    await tell(running, liar, to, today + 2, 30);
    await tell(running, to, to, today, 40 + index);
  }
}

/** Says to one device what another is to have announced; signed by this one, whoever it is about. */
async function tell(
  running: Running,
  about: Device,
  to: Device,
  number: number,
  seed: number,
): Promise<void> {
  const { identity, sessions, env } = running.family;
  const device = about.running()?.family.identity.device;
  const session = sessions.get(nameOf(to) ?? "");
  if (device === undefined || session === undefined) return;
  const key = await env.crypto.encryptionKeyOf(new Uint8Array(32).fill(seed));
  const announcement = encodeAnnouncement(device, number, key);
  const { family } = identity.profile;
  const signature = await identity.signer.sign("encryption-key", family, announcement);
  session.send({ type: "keys", keys: [{ announcement, signature }] });
}

/**
 * The changed app lists a parent under a key that nobody announced, or, when that one has let its first key
 * go, under that one. What to call when the message is written.
 */
function listFalsely(liar: Device, [victim]: readonly Device[], week: number): () => void {
  const keys = liar.running()?.family.keys;
  const id = victim?.running()?.family.identity.device;
  if (keys === undefined || keys === null || id === undefined) return () => {};
  const { current } = keys;
  const day = Math.floor(liar.clock.wall() / DAY_MS);
  Object.assign(keys, {
    current: (device: Parameters<typeof current>[0]) => {
      const isVictim = device.id.join() === id.join();
      if (!isVictim) return current(device);
      if (week < 7 || week % 2 === 0) return { number: day - 1, key: new Uint8Array(32).fill(9) };
      const registered = findDevice(liar.running()?.family.ledger.head()?.state ?? fail(), id);
      return { number: 0, key: registered?.encryptionKey ?? fail() };
    },
  });
  return () => Object.assign(keys, { current });
}

function nameOf(device: Device): string | null {
  const id = device.running()?.family.identity.device;
  return id === undefined ? null : Buffer.from(id).toString("hex");
}

function fail(): never {
  throw new Error("invariant: the scene has everybody");
}
