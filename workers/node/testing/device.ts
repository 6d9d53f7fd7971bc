/**
 * One device of a household: the whole node on a memory disk that survives restarts and can fail.
 */
import type { NodeEvent, NodeSnapshot, Result } from "../../api.ts";
import { createPlainVault, type Vault } from "../../crypto/vault.ts";
import { createCryptoSuite } from "../../crypto/webcrypto-suite.ts";
import {
  createMemoryStore,
  type DiskContent,
  type MemoryStore,
  type PlanFault,
} from "../../storage/memory-store.ts";
import { StoreError, type StoreErrorCode } from "../../storage/store.ts";
import { RULES_VERSION } from "../../core/ledger/state.ts";
import type { Environment } from "../environment.ts";
import { createNode, type TinyNode } from "../node.ts";
import type { Running } from "../running.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface TestDevice {
  readonly name: string;
  readonly events: NodeEvent[];
  node(): TinyNode;
  /** Throws where there is no family. */
  running(): Running;
  env(): Environment;
  snapshot(): Promise<NodeSnapshot>;
  store(): MemoryStore;
  /** Commits fail as planned until it is set to null. Asked for every commit. */
  fail(plan: PlanFault | null): void;
  /** Every commit fails with this code from now on; null for none. */
  failWith(code: StoreErrorCode | null): void;
  /** The disk as it was before each commit since `record(true)`. */
  readonly disks: DiskContent[];
  record(isRecording: boolean): void;
  /** Closes the app and opens it again on the same disk, or on the one given. */
  restart(disk?: DiskContent): Promise<Result<NodeSnapshot>>;
  stop(): Promise<void>;
  /** Opens the app as another build, which knows the rules up to this version. */
  update(rulesKnown: number): Promise<Result<NodeSnapshot>>;
  /** Sets the device's wall clock forward or back. */
  jump(byMs: number): void;
}

export interface DeviceOptions {
  readonly disk?: DiskContent;
  /** Added to the device's wall clock, milliseconds. */
  readonly clockOffsetMs?: number;
  /** Signalling servers; one that nobody reaches without it. */
  readonly servers?: readonly string[];
  /** Seals at rest; plain without it. */
  readonly vault?: Vault;
  /** Other profiles on this browser; none without it. */
  readonly countOthers?: () => number;
  /** The newest rules that its build knows; those of this build without it. */
  readonly rulesKnown?: number;
}

let lastSeed = 0;

export async function createTestDevice(
  name: string,
  time: VirtualTime,
  options: DeviceOptions = {},
): Promise<TestDevice> {
  let plan: PlanFault | null = null;
  let offsetMs = options.clockOffsetMs ?? 0;
  let isRecording = false;
  let rulesKnown = options.rulesKnown ?? RULES_VERSION;
  let store = openStore(options.disk);
  const events: NodeEvent[] = [];
  const disks: DiskContent[] = [];
  let environment = environmentOf();
  let node = nodeOf(environment);
  await value(node.start());

  return {
    name,
    events,
    disks,
    node: () => node,
    running: () => {
      const running = node.running();
      if (running === null) throw new Error(`${name} has no family`);
      return running;
    },
    env: () => environment,
    snapshot: async () => value(node.start()),
    store: () => store,
    fail: (next) => {
      plan = next;
    },
    failWith: (code) => {
      plan = code === null ? null : () => new StoreError(code, "planned");
    },
    record: (next) => {
      isRecording = next;
    },
    restart,
    update: async (next) => {
      rulesKnown = next;
      return restart();
    },
    stop: async () => node.stop(),
    jump: (byMs) => {
      offsetMs += byMs;
    },
  };

  async function restart(disk?: DiskContent): Promise<Result<NodeSnapshot>> {
    await node.stop();
    store = disk === undefined ? store.connect() : openStore(disk);
    environment = environmentOf();
    node = nodeOf(environment);
    return node.start();
  }

  function openStore(disk: DiskContent | undefined): MemoryStore {
    return createMemoryStore({
      onCommit: (writes) => {
        if (isRecording) disks.push(store.snapshot());
        return plan?.(writes) ?? null;
      },
      ...(disk === undefined ? {} : { disk }),
    });
  }

  function environmentOf(): Environment {
    lastSeed += 1;
    return {
      now: () => time.now() + offsetMs,
      monotonic: () => time.monotonic(),
      after: (delayMs, call) => time.after(delayMs, call),
      seed: [lastSeed, 2, 3, 4],
      crypto: time.counted(createCryptoSuite()),
      store,
      vault: options.vault ?? createPlainVault(),
      rulesKnown,
      build: "test",
    };
  }

  function nodeOf(env: Environment): TinyNode {
    return createNode(env, {
      appUrl: "https://app.test/",
      servers: options.servers ?? ["wss://signal.test"],
      onEvent: (event) => events.push(event),
      onMeshCommand: () => {},
      lockCost: { logN: 10, r: 8, p: 1 },
      countOthers: async () => options.countOthers?.() ?? 0,
    });
  }
}

/** The value of a call that has to succeed. */
export async function value<T>(call: Promise<Result<T>>): Promise<T> {
  const result = await call;
  if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
}
