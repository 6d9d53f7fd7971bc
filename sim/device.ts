/**
 * One simulated device: a disk, a clock, and one run of the whole node after another. A run ends
 * with the app closed, a crash between events, or a crash in the middle of a commit; sleep cuts the
 * links and lets timers stand still. A run that was killed can do nothing that anybody sees.
 * SPEC SI6, SI7, SI14.
 */
import type { NodeEvent } from "../workers/api.ts";
import type { SigningKey } from "../workers/core/codec/ids.ts";
import { RULES_VERSION } from "../workers/core/ledger/state.ts";
import { createRandom, type Random } from "../workers/core/random.ts";
import type { CryptoSuite } from "../workers/crypto/suite.ts";
import { createPlainVault } from "../workers/crypto/vault.ts";
import type { Environment } from "../workers/node/environment.ts";
import type { Link } from "../workers/node/link.ts";
import { createNode, type TinyNode } from "../workers/node/node.ts";
import type { Running } from "../workers/node/running.ts";
import {
  createMemoryStore,
  type DiskContent,
  type MemoryStore,
} from "../workers/storage/memory-store.ts";
import { createDeviceClock, type DeviceClock } from "./device-clock.ts";
import type { Judge } from "./judge.ts";
import type { Network } from "./network.ts";
import type { Plant } from "./plant.ts";
import type { Scheduler } from "./scheduler.ts";
import { createFaultyStore, withCommit, type DeathPlan, type FaultyStore } from "./store-faults.ts";

export interface DevicePorts {
  readonly scheduler: Scheduler;
  readonly network: () => Network;
  readonly judges: readonly Judge[];
  readonly random: Random;
  readonly cryptoOf: (random: Random) => CryptoSuite;
  readonly plant: Plant | null;
  /** Something was given to the device: let it come to rest. */
  readonly touched: (device: Device) => void;
  /** The node stopped on a broken invariant. */
  readonly onStopped: (device: Device, detail: string) => void;
  readonly onEvent: (device: Device, event: NodeEvent) => void;
}

export interface Device {
  readonly name: string;
  readonly clock: DeviceClock;
  /** Null while the app is closed. */
  readonly node: () => TinyNode | null;
  readonly running: () => Running | null;
  readonly isAwake: () => boolean;
  readonly isAsleep: () => boolean;
  /** Virtual time since which it has been awake without a break. */
  readonly awakeSince: () => number;
  /** Counts the runs: links and timers of an earlier one are nobody's. */
  readonly run: () => number;
  readonly start: () => Promise<void>;
  /** The person closes the app: it may end what it is doing. */
  readonly close: () => Promise<void>;
  /** Power gone or tab killed, now; the newest relaxed commits are lost with it if asked. */
  readonly crash: (relaxedLost: number) => void;
  /** The same in the middle of what it does next. */
  readonly planCrash: (plan: DeathPlan, relaxedLost: number) => void;
  /** Timers stand still and links die, of which the node is told at once or finds out when it wakes. */
  readonly sleep: (isTold: boolean) => void;
  readonly wake: () => void;
  /** Commits fail with `quota` while full. */
  readonly setFull: (isFull: boolean) => void;
  readonly link: (link: Link, expectedKey: SigningKey | null) => void;
  /** The disk under the present run, or as the last one left it. */
  readonly disk: () => MemoryStore;
  /** The signing key of this device's profile, once it has one. */
  readonly key: () => SigningKey | null;
}

export function createDevice(name: string, ports: DevicePorts): Device {
  const { scheduler, random } = ports;
  const clock = createDeviceClock(() => scheduler.now());
  const seed: Environment["seed"] = [
    random.below(2 ** 32),
    random.below(2 ** 32),
    random.below(2 ** 32),
    random.below(2 ** 32),
  ];
  let disk = createMemoryStore();
  let content: DiskContent | null = null;
  let node: TinyNode | null = null;
  let store: FaultyStore | null = null;
  let run = 0;
  let isAsleep = false;
  let isFull = false;
  let awakeSince = 0;
  let relaxedLostAtDeath = 0;
  /** Timers that came due in the sleep. */
  let frozen: (() => void)[] = [];

  const device: Device = {
    name,
    clock,
    node: () => node,
    running: () => node?.running() ?? null,
    isAwake: () => node !== null && !isAsleep,
    isAsleep: () => isAsleep,
    awakeSince: () => awakeSince,
    run: () => run,
    start,
    close,
    crash: (relaxedLost) => end(relaxedLost),
    planCrash: (plan, relaxedLost) => {
      relaxedLostAtDeath = relaxedLost;
      store?.planDeath(plan);
    },
    sleep: (isTold) => {
      if (node === null || isAsleep) return;
      isAsleep = true;
      ports.network().cut(name, isTold);
    },
    wake,
    setFull: (full) => {
      isFull = full;
    },
    link: (link, expectedKey) => {
      node?.link(link, expectedKey);
      ports.touched(device);
    },
    disk: () => disk,
    key: () => node?.running()?.family.identity.signer.publicKey ?? null,
  };
  return device;

  /** Judges see what the disk itself took; a planted bug comes between it and the node. */
  function layersOver(plain: MemoryStore, mine: number): MemoryStore {
    const judged = withCommit(plain, async (writes, options) => {
      await plain.commit(writes, options);
      if (run !== mine || node === null) return;
      for (const judge of ports.judges) judge.onCommitted?.(device, writes, options);
    });
    return ports.plant?.wrapDisk?.(judged, scheduler) ?? judged;
  }

  async function start(): Promise<void> {
    if (node !== null) return;
    run += 1;
    awakeSince = scheduler.now();
    const mine = run;
    isAsleep = false;
    if (content !== null) disk = createMemoryStore({ disk: content });
    store = createFaultyStore(layersOver(disk, mine), {
      isFull: () => isFull,
      onDeath: () => {
        if (run === mine) end(relaxedLostAtDeath);
      },
    });
    const crypto = ports.cryptoOf(createRandom([seed[0], seed[1], seed[2], seed[3] ^ mine]));
    node = createNode(environmentOf(mine, store, watched(crypto, mine)), {
      appUrl: "https://tinyweb.test/",
      servers: ["wss://signal.test/"],
      onEvent: (event) => {
        if (run !== mine) return;
        if (event.type === "stopped") ports.onStopped(device, event.detail);
        ports.onEvent(device, event);
      },
      onMeshCommand: () => {
        // Who meets whom is the simulator's to say (meeting.ts); the mesh is not simulated.
      },
    });
    ports.touched(device);
    await node.start();
  }

  function environmentOf(mine: number, one: FaultyStore, crypto: CryptoSuite): Environment {
    return {
      now: () => clock.wall(),
      monotonic: () => scheduler.now(),
      after: (delayMs, call) =>
        scheduler.after(delayMs, `timer ${name}`, () => {
          if (run !== mine || node === null) return;
          if (isAsleep) frozen.push(call);
          else {
            call();
            ports.touched(device);
          }
        }),
      seed,
      crypto: ports.plant?.wrapCrypto?.(crypto, name) ?? crypto,
      store: one,
      vault: createPlainVault(),
      rulesKnown: RULES_VERSION,
      build: "simulated",
    };
  }

  /** Tells the judges what this device signs. */
  function watched(crypto: CryptoSuite, mine: number): CryptoSuite {
    return {
      ...crypto,
      createSigner: async (signerSeed) => {
        const signer = await crypto.createSigner(signerSeed);
        return {
          publicKey: signer.publicKey,
          sign: async (domain, family, message) => {
            const signature = await signer.sign(domain, family, message);
            if (run === mine) {
              for (const judge of ports.judges) {
                judge.onSigned?.(device, domain, message, signature);
              }
            }
            return signature;
          },
        };
      },
    };
  }

  async function close(): Promise<void> {
    const closing = node;
    if (closing === null) return;
    if (isAsleep) {
      end(0);
      return;
    }
    await closing.stop();
    end(0);
  }

  function end(relaxedLost: number): void {
    if (node === null) return;
    content = disk.snapshot({ relaxedLost });
    store?.kill();
    store = null;
    node = null;
    frozen = [];
    isAsleep = false;
    ports.network().cut(name, false);
  }

  function wake(): void {
    if (!isAsleep) return;
    isAsleep = false;
    awakeSince = scheduler.now();
    const due = frozen;
    frozen = [];
    for (const call of due) call();
    node?.meshEvent({ type: "resumed" });
    ports.touched(device);
  }
}
