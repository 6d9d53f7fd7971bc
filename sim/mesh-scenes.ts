/**
 * Whole families above ten devices, on the nodes themselves: who is linked to whom, and whether what
 * one says and what the rules decide reach everybody over others. SPEC SI40. Source: DESIGN §5 (mesh).
 */
import { FULL_MESH_DEVICES_MAX, LINKS_MAX, LINKS_MIN } from "../workers/core/gossip/mesh-limits.ts";
import type { Role } from "../workers/api.ts";
import { createChainJudge } from "./checkers/chain.ts";
import { createVoteJudge } from "./checkers/votes.ts";
import type { Device } from "./device.ts";
import type { SpreadPlayed } from "./gossip-scenes.ts";
import { createPeople, type People } from "./people.ts";
import type { Plant } from "./plant.ts";
import { createWorld, type World } from "./world.ts";

export interface FamilyScenario {
  readonly seeds: number;
  readonly playFamily: (
    seed: number,
    print: ((line: string) => void) | null,
    plant: Plant | null,
  ) => Promise<SpreadPlayed>;
}

interface Town {
  readonly world: World;
  readonly people: People;
  readonly devices: readonly Device[];
  readonly pass: (ms: number) => Promise<void>;
  /** Virtual milliseconds until it holds; null: not in time. */
  readonly until: (
    mostMs: number,
    holds: () => boolean | Promise<boolean>,
  ) => Promise<number | null>;
}

type Played = {
  readonly stuck: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
};

const STEP_MS = 1_000;
const JOINING_MS_MAX = 120_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Newcomers between two nights: two parents may let in no more in a day. */
const JOINS_A_DAY = 8;

export const MESH_SCENARIOS = {
  "sixteen-with-departures": {
    seeds: 1,
    playFamily: async (seed, print) => play(seed, 16, print, departures),
  },
} satisfies Readonly<Record<string, FamilyScenario>>;

/** Too long for every check: `npm run sim -- --scenario sixty-devices`. */
export const LONG_MESH_SCENARIOS = {
  "sixty-devices": {
    seeds: 1,
    playFamily: async (seed, print) => play(seed, 60, print, allAtOnce),
  },
} satisfies Readonly<Record<string, FamilyScenario>>;

/** All open their apps at the same moment; then a message, and a change of the rules. */
async function allAtOnce(town: Town): Promise<Played> {
  const { world, devices } = town;
  await world.perform("all open", async () => {
    for (const one of devices) if (one.node() === null) await one.start();
  });
  const shapedMs = await town.until(3 * MINUTE_MS, () => isShaped(devices));
  const messageMs = await spreadMessage(town, devices[1], "good morning to all of you");
  const changeMs = await spreadChange(town, devices[1]);
  const shown = await connectedCounts(devices);
  const isAllShown = shown.every((count) => count === devices.length - 1);
  return {
    stuck: [
      ...(shapedMs === null ? [`links ${histogram(devices)}`] : []),
      ...(messageMs === null ? ["a message did not reach everybody"] : []),
      ...(changeMs === null ? ["a change of the rules did not reach everybody"] : []),
      ...(isAllShown ? [] : [`screens say ${[...new Set(shown)].join()} connected`]),
    ],
    figures: {
      shapedMs: shapedMs ?? -1,
      messageMs: messageMs ?? -1,
      changeMs: changeMs ?? -1,
      linksMost: Math.max(...devices.map(linksOf)),
    },
  };
}

/** The same, then a third goes at once, and some come back while others go. */
async function departures(town: Town): Promise<Played> {
  const { world, devices } = town;
  const first = await allAtOnce(town);
  const keepersMs = await helped(town);
  const changeMs = await spreadChange(town, devices[0]);
  const gone = world.random.shuffled(devices.slice(4)).slice(0, Math.floor(devices.length / 4));
  for (const one of gone) one.crash(0);
  const left = devices.filter((one) => one.isAwake());
  const secondMs = await spreadMessage(town, left[1], "who is still here");
  const healedMs = await town.until(4 * MINUTE_MS, () => isShaped(left));
  for (const one of gone) {
    await world.perform("back", async () => one.start());
    await town.pass(5_000);
  }
  const caughtUpMs = await town.until(2 * MINUTE_MS, async () => hasAll(devices, "who is still"));
  const againMs = await town.until(4 * MINUTE_MS, () => isShaped(devices));
  return {
    stuck: [
      ...first.stuck,
      ...(keepersMs === null ? [`keepers ${keepersOf(devices[0]).length} or not linked`] : []),
      ...(changeMs === null ? ["four keepers do not get on"] : []),
      ...(secondMs === null ? ["a message after the departures did not reach everybody"] : []),
      ...(healedMs === null ? [`after departures links ${histogram(left)}`] : []),
      ...(caughtUpMs === null ? ["who came back lacks a message"] : []),
      ...(againMs === null ? [`after coming back links ${histogram(devices)}`] : []),
    ],
    figures: {
      ...first.figures,
      keepersMs: keepersMs ?? -1,
      healedMs: healedMs ?? -1,
      againMs: againMs ?? -1,
    },
  };
}

async function play(
  seed: number,
  size: number,
  print: ((line: string) => void) | null,
  run: (town: Town) => Promise<Played>,
): Promise<SpreadPlayed> {
  const world = createWorld({ seed, isReal: false, plant: null, print });
  const { violate, scheduler } = world;
  const people = createPeople(world.devices, world.random, violate);
  const chain = createChainJudge(world.devices, world.verdicts, violate);
  world.judges.push(chain, createVoteJudge(violate));
  const pass = async (ms: number): Promise<void> => world.runUntil(scheduler.now() + ms);
  const town: Town = {
    world,
    people,
    devices: await settle(world, people, size, pass),
    pass,
    until: async (mostMs, holds) => {
      const since = scheduler.now();
      while (!(await holds())) {
        if (scheduler.now() - since > mostMs || world.violations.length > 0) return null;
        await pass(STEP_MS);
      }
      return scheduler.now() - since;
    },
  };
  const { stuck, figures } = await run(town);
  return {
    seed,
    violations: world.violations,
    stuck: world.violations.length > 0 ? [] : stuck,
    events: world.events(),
    commits: chain.height(),
    delivered: 0,
    hasFamily: true,
    trace: world.trace.digest(),
    figures,
  };
}

/** They join one after the other, each let in by one who is in; nobody else has the app open. */
async function settle(
  world: World,
  people: People,
  size: number,
  pass: (ms: number) => Promise<void>,
): Promise<readonly Device[]> {
  const founder = world.addDevice("p0");
  await world.perform("found", async () => {
    await founder.start();
    await people.found(founder);
  });
  for (let index = 1; index < size; index += 1) {
    const inviter = (index % 2 === 0 ? world.devices()[1] : founder) ?? founder;
    const role: Role = index === 1 ? "parent" : "relative";
    const newcomer = world.addDevice(`d${index}`);
    await world.perform(`newcomer ${index}`, async () => {
      if (inviter.node() === null) await inviter.start();
      await newcomer.start();
      people.beginJoin({ inviter, newcomer, role, forMember: null });
    });
    const until = world.scheduler.now() + JOINING_MS_MAX;
    while (people.joins.some((one) => one.step !== "done") && world.violations.length === 0) {
      if (world.scheduler.now() > until) world.violate("J2", `newcomer ${index} does not get in`);
      await world.perform("people look", people.look);
      await pass(STEP_MS);
    }
    await world.perform("close", async () => {
      for (const one of world.devices()) if (one !== founder) await one.close();
    });
    if (index % JOINS_A_DAY !== 0) continue;
    founder.sleep(true);
    await world.runPastSleep(DAY_MS);
    await world.perform("wake", () => founder.wake());
  }
  return world.devices();
}

/** Three more help to keep the rules; until all four do, each linked to each. */
async function helped({ world, devices, until }: Town): Promise<number | null> {
  const [founder, ...others] = devices.slice(0, 4);
  for (const one of [founder, ...others]) {
    await world.perform(
      "persistent",
      async () => void (await one?.node()?.setLasting("persistent")),
    );
  }
  for (const one of others) {
    await world.perform("help", async () => void (await one.node()?.setHelping(true)));
  }
  return until(5 * MINUTE_MS, () => {
    const keepers = keepersOf(founder);
    return (
      keepers.length === 4 &&
      devices.slice(0, 4).every((one) => {
        const mine = Buffer.from(one.running()?.family.identity.device ?? []).toString("hex");
        const linked = one.running()?.family.sessions;
        return keepers.every((other) => other === mine || linked?.has(other) === true);
      })
    );
  });
}

/** Links to other keepers of the rules, which are beside the others. */
function keptBy(device: Device): number {
  const mine = Buffer.from(device.running()?.family.identity.device ?? []).toString("hex");
  const others = keepersOf(device).filter((one) => one !== mine).length;
  return others < keepersOf(device).length ? others : 0;
}

/** Ids of the devices that keep the rules, hex. */
function keepersOf(device: Device | undefined): readonly string[] {
  const replicas = device?.running()?.family.ledger.head()?.state.replicas ?? [];
  return replicas.map((one) => Buffer.from(one).toString("hex"));
}

function linksOf(device: Device): number {
  return device.running()?.family.sessions.size ?? 0;
}

function histogram(devices: readonly Device[]): string {
  return devices
    .map(linksOf)
    .sort((a, b) => a - b)
    .join(" ");
}

/** Each has as many links as the mesh's shape says, and all are joined. */
function isShaped(devices: readonly Device[]): boolean {
  const isAll = devices.length <= FULL_MESH_DEVICES_MAX;
  const [least, most] = isAll ? [devices.length - 1, devices.length - 1] : [LINKS_MIN, LINKS_MAX];
  const isRight = devices.every(
    (one) => linksOf(one) >= least && linksOf(one) <= most + keptBy(one),
  );
  return isRight && reached(devices) === devices.length;
}

function reached(devices: readonly Device[]): number {
  const byId = new Map(
    devices.map((one) => [
      Buffer.from(one.running()?.family.identity.device ?? []).toString("hex"),
      one,
    ]),
  );
  const seen = new Set<Device>();
  const open = devices.slice(0, 1);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const name of next.running()?.family.sessions.keys() ?? []) {
      const other = byId.get(name);
      if (other !== undefined) open.push(other);
    }
  }
  return seen.size;
}

/** To the family's own conversation; until every open app shows it. */
async function spreadMessage(
  town: Town,
  from: Device | undefined,
  text: string,
): Promise<number | null> {
  await town.world.perform("write", async () => {
    const family = await everybody(from);
    const sent = await from?.node()?.sendMessage(family, text);
    if (sent?.ok !== true)
      town.world.violate("J3", `not sent: ${sent?.ok === false ? sent.code : ""}`);
  });
  const open = town.devices.filter((one) => one.isAwake());
  return town.until(2 * MINUTE_MS, async () => hasAll(open, text));
}

/** An invite is written down: until every open app has the rules with it. */
async function spreadChange(town: Town, by: Device | undefined): Promise<number | null> {
  const heightOf = (one: Device | undefined): number =>
    one?.running()?.family.ledger.head()?.state.height ?? -1;
  const before = Math.max(...town.devices.map(heightOf));
  await town.world.perform("change", async () => {
    const made = await by?.node()?.createInvite({ role: "child", lifetime: "qr" });
    if (made?.ok !== true) town.world.violate("J3", "no invite");
  });
  const open = town.devices.filter((one) => one.isAwake());
  return town.until(2 * MINUTE_MS, () => open.every((one) => heightOf(one) > before));
}

async function everybody(device: Device | undefined): Promise<string> {
  const snapshot = await device?.node()?.start();
  const found = snapshot?.ok === true ? snapshot.value.conversations : [];
  return found.find(({ kind }) => kind === "family")?.id ?? "";
}

async function hasAll(devices: readonly Device[], text: string): Promise<boolean> {
  for (const one of devices) {
    const family = await everybody(one);
    const page = await one.node()?.listMessages(family, { limit: 10 });
    const isShown =
      page?.ok === true && page.value.messages.some((message) => message.text?.startsWith(text));
    if (!isShown) return false;
  }
  return true;
}

/** What each screen says of how many devices are connected. */
async function connectedCounts(devices: readonly Device[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const one of devices) {
    const snapshot = await one.node()?.start();
    counts.push(snapshot?.ok === true ? snapshot.value.connection.linked : -1);
  }
  return counts;
}
