/**
 * The world of one seed: virtual time, network, devices and judges, and the one loop. After each
 * event everything that it set off comes to rest before the next: nothing depends on how fast this
 * machine is. SPEC SI1, SI2.
 */
import type { CryptoSuite } from "../workers/crypto/suite.ts";
import { createCryptoSuite } from "../workers/crypto/webcrypto-suite.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { createDevice, type Device } from "./device.ts";
import { alterEntries } from "./hostile.ts";
import type { Judge, Violate } from "./judge.ts";
import { startMeetings } from "./meeting.ts";
import { createNetwork, type Network } from "./network.ts";
import { createOracle, createOracleCrypto, withRealSignatures } from "./oracle-crypto.ts";
import type { Plant } from "./plant.ts";
import { createScheduler, type Scheduler } from "./scheduler.ts";
import { createTrace, type Trace } from "./trace.ts";
import { createVerdicts, type Verdicts } from "./verdicts.ts";

export interface Violation {
  readonly rule: string;
  /** Virtual milliseconds. */
  readonly tick: number;
  readonly detail: string;
}

export interface World {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly random: Random;
  readonly verdicts: Verdicts;
  readonly judges: Judge[];
  readonly trace: Trace;
  readonly devices: () => readonly Device[];
  readonly addDevice: (name: string) => Device;
  readonly violate: Violate;
  readonly violations: readonly Violation[];
  readonly events: () => number;
  /** Runs a step of a script now, and lets everything come to rest. */
  readonly perform: (label: string, act: () => void | Promise<void>) => Promise<void>;
  /** Everybody sleeps: time moves, and what was to come comes that much later. */
  readonly runPastSleep: (forMs: number) => Promise<void>;
  /** Runs all events up to a time, or until the first violation. */
  readonly runUntil: (timeMs: number) => Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly isReal: boolean;
  readonly plant: Plant | null;
  readonly print: ((line: string) => void) | null;
}

export function createWorld({ seed, isReal, plant, print }: WorldOptions): World {
  const [a, b, c, d] = seedWords(seed);
  const stream = (number: number): Random => createRandom([a ^ number, b, c, d]);
  const scheduler = createScheduler(stream(1));
  const trace = createTrace(() => scheduler.now(), print);
  const random = stream(2);
  const oracle = createOracle();
  const verdicts = createVerdicts(oracle, isReal);
  const devices: Device[] = [];
  const judges: Judge[] = [];
  const violations: Violation[] = [];
  const touched = new Set<Device>();
  const real = isReal ? createCryptoSuite() : null;
  let underWay = 0;
  let events = 0;

  const violate: Violate = (rule, detail) => {
    trace.note(`VIOLATION ${rule} ${detail}`);
    if (violations.some((one) => one.rule === rule)) return;
    violations.push({ rule, tick: Math.round(scheduler.now()), detail });
  };
  const named = (name: string): Device | null => devices.find((one) => one.name === name) ?? null;
  const network = createNetwork(scheduler, stream(3), {
    onMessage: (from, to, message) => {
      trace.note(`send ${from}>${to} ${frameName(message)}`, message);
      const device = named(from);
      if (device === null) return;
      for (const judge of judges) judge.onMessage?.(device, to, message);
    },
    alter: (message) => alterEntries(message, random),
    touched: (name) => {
      const device = named(name);
      if (device !== null) touched.add(device);
    },
  });
  const track = async <T>(call: Promise<T>): Promise<T> => {
    underWay += 1;
    try {
      return await call;
    } finally {
      underWay -= 1;
    }
  };
  const cryptoOf = (own: Random): CryptoSuite => {
    const suite = createOracleCrypto(oracle, own);
    return real === null ? suite : withRealSignatures(suite, real, track);
  };

  const world: World = {
    scheduler,
    network,
    random,
    verdicts,
    judges,
    trace,
    devices: () => devices,
    addDevice: (name) => {
      const device = createDevice(name, {
        scheduler,
        network: () => network,
        judges,
        random: stream(100 + devices.length),
        cryptoOf,
        plant,
        touched: (one) => touched.add(one),
        onStopped: (one, detail) => violate("X1", `${one.name} stopped: ${detail}`),
        onEvent: (one, event) => {
          if (event.type !== "snapshot") trace.note(`event ${one.name} ${event.type}`);
        },
      });
      devices.push(device);
      return device;
    },
    violate,
    violations,
    events: () => events,
    perform,
    runUntil,
    runPastSleep: async (forMs) => {
      scheduler.postpone(forMs);
      scheduler.advanceTo(scheduler.now() + forMs);
    },
  };
  startMeetings(() => devices, network, scheduler, stream(4));
  return world;

  async function perform(label: string, act: () => void | Promise<void>): Promise<void> {
    events += 1;
    trace.note(label);
    await act();
    await rest();
  }

  async function runUntil(timeMs: number): Promise<void> {
    for (;;) {
      const next = scheduler.peekTime();
      if (next === null || next > timeMs || violations.length > 0) break;
      const event = scheduler.next();
      if (event !== null) await perform(event.label, event.run);
    }
    if (violations.length === 0) scheduler.advanceTo(timeMs);
  }

  async function rest(): Promise<void> {
    for (let isBusy = true; isBusy; isBusy = underWay > 0) {
      await turn();
      for (const device of touched) await device.node()?.idle();
    }
    const seen = [...touched];
    touched.clear();
    for (const device of seen) {
      const running = device.running();
      if (running !== null) plant?.meddle?.(running, device.name);
      for (const judge of judges) judge.afterEvent?.(device);
    }
  }
}

/** One turn of this process's loop: every promise that can settle without waiting has settled. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** Kind of a frame, by its tag: for people who read a trace. */
function frameName(message: Uint8Array): string {
  return FRAME_NAMES[message[1] ?? 0] ?? `frame ${message[1]}`;
}

const FRAME_NAMES = [
  "hello",
  "auth",
  "ping",
  "pong",
  "status",
  "blocks-wanted",
  "blocks",
  "transactions",
  "consensus",
  "register",
  "registers",
  "lacking",
  "entries",
  "want",
  "blobs-wanted",
  "blobs",
];
