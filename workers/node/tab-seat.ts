/**
 * The node of one tab: opened on the profile's database when the tab leads, kept while its page is
 * away, closed when another tab leads. Its mesh lets go of every server and connection then.
 * Opening, keeping and closing happen one after the other. SPEC NA2, NA4, TB5, TB9, TB10.
 */
import type {
  FailureCode,
  MeshCommand,
  MeshEvent,
  NodeEvent,
  NodeSnapshot,
  Result,
  StartOptions,
} from "../api.ts";
import { RULES_VERSION } from "../core/ledger/state.ts";
import { openVault, VaultError } from "../crypto/vault.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { openIdbStore } from "../storage/idb-store.ts";
import { FENCE_KEY, StoreError, type Key, type Store } from "../storage/store.ts";
import type { BrowserProfiles } from "./browser-profiles.ts";
import { takeHold, type ArrivedEvent } from "./channel-link.ts";
import type { Environment } from "./environment.ts";
import { createMailbox } from "./mailbox.ts";
import { createNode, type TinyNode } from "./node.ts";
import { profileOf } from "./profile-cards.ts";
import { failed } from "./result.ts";
import { failureOf } from "./store-failures.ts";
import type { CallName } from "./tab-arguments.ts";
import { EARLY_MESH_EVENTS_MAX } from "./tab-limits.ts";

export type Opened =
  | { readonly ok: true; readonly fence: number; readonly snapshot: NodeSnapshot }
  | {
      readonly ok: false;
      readonly code: FailureCode;
      readonly detail: string;
      /** Another tab has taken the fence meanwhile: no failure, this one follows. */
      readonly isSurpassed: boolean;
    };

export interface Seat {
  /** Opens the node, or keeps the one that is open if nobody has written since. */
  open(): Promise<Opened>;
  /** Resolves when nothing of this tab's node runs any more. */
  close(): Promise<void>;
  /** `request`: see TinyNode.sendMessage. */
  run(name: CallName, args: readonly unknown[], request: string | null): Promise<Result<unknown>>;
  attachMesh(port: MessagePort): void;
}

interface Place {
  readonly node: TinyNode;
  readonly store: Store;
  readonly fence: number;
}

const VAULT_KEY: Key = ["vault"];

export function createSeat(
  options: StartOptions,
  profiles: BrowserProfiles,
  onEvent: (event: NodeEvent) => void,
): Seat {
  /** Null for the demo's databases, which are no profile's. */
  const mine = profileOf(options.database);
  let isListed = false;
  let place: Place | null = null;
  let isOpening = false;
  let mesh: MessagePort | null = null;
  let early: ArrivedEvent[] = [];
  /** Attempts and connections that the mesh was told to make and has not ended. */
  const peers = new Set<string>();
  const turns = createMailbox(() => {});

  const command = (one: MeshCommand): void => {
    if (one.type === "connect") peers.add(one.peer);
    mesh?.postMessage(one);
  };

  return {
    open: async () => turns.run(open),
    close: async () => turns.run(close),
    run: async (name, args, request) => {
      if (place === null) return failed("storage-taken", "this tab does not lead");
      const { node } = place;
      const given = name === "sendMessage" ? [args[0], args[1], args[2] ?? null, request] : args;
      return (node[name] as (...given: readonly unknown[]) => Promise<Result<unknown>>)(...given);
    },
    attachMesh: (port) => {
      mesh = port;
      port.addEventListener("message", ({ data }: MessageEvent<MeshEvent>) => {
        // In this very task: what a transferred channel says to nobody is lost.
        const arrived = takeHold(data);
        if (arrived.type === "closed") peers.delete(arrived.peer);
        if (place !== null) place.node.meshEvent(arrived);
        else if (isOpening && early.length < EARLY_MESH_EVENTS_MAX) early.push(arrived);
        else refuse(arrived);
      });
      port.start();
      place?.node.remeet();
    },
  };

  /** A connection that was asked for before this tab stopped leading. */
  function refuse(event: ArrivedEvent): void {
    if (event.type === "channel") event.channel.end();
    if (event.type === "link") command({ type: "disconnect", peer: event.peer });
  }

  async function open(): Promise<Opened> {
    if (place !== null && (await isUnsurpassed(place))) return started(place);
    await close();
    isOpening = true;
    let store: Store | null = null;
    try {
      store = await openIdbStore(options.database);
      // First of all: from here on nobody who led before writes, not even a new vault's key.
      const fence = await store.takeFence();
      const env = await createEnvironment(store, options.build, fence);
      const { appUrl, servers } = options;
      const node = createNode(env, {
        appUrl,
        servers,
        onEvent: (event) => {
          if (event.type === "snapshot") list(event.snapshot);
          onEvent(event);
        },
        onMeshCommand: command,
        fence,
        ...(mine === null ? {} : { countOthers: async () => profiles.countOthers(mine) }),
      });
      place = { node, store, fence };
      const answer = await started(place);
      if (answer.ok) list(answer.snapshot);
      for (const event of early) node.meshEvent(event);
      if (!answer.ok) await close();
      return answer;
    } catch (error) {
      await close();
      await store?.close();
      return failureOfOpening(error);
    } finally {
      isOpening = false;
      early = [];
    }
  }

  /** What the list of profiles shows follows the profile. */
  function list(snapshot: NodeSnapshot): void {
    if (mine === null) return;
    void profiles.note(mine, snapshot);
    if (!isListed) profiles.onChange(() => place?.node.profilesChanged());
    isListed = true;
  }

  async function close(): Promise<void> {
    const leaving = place;
    place = null;
    if (leaving === null) return;
    await leaving.node.stop();
    for (const peer of peers) mesh?.postMessage({ type: "disconnect", peer });
    peers.clear();
    command({ type: "want", servers: [], topics: [] });
  }
}

async function started({ node, fence }: Place): Promise<Opened> {
  const answer = await node.start();
  return answer.ok
    ? { ok: true, fence, snapshot: answer.value }
    : { ...answer, isSurpassed: answer.code === "storage-taken" };
}

/** Whether the store's fence is still this node's: then it knows all that is stored. */
async function isUnsurpassed({ store, fence }: Place): Promise<boolean> {
  try {
    return (await store.get("meta", FENCE_KEY)) === fence;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

async function createEnvironment(store: Store, build: string, fence: number): Promise<Environment> {
  const suite = createCryptoSuite();
  const vault = await openVault(
    async () => {
      const key = await store.get("meta", VAULT_KEY);
      return key instanceof CryptoKey ? key : null;
    },
    async (key) =>
      store.commit([{ type: "put", table: "meta", key: VAULT_KEY, value: key }], {
        durability: "strict",
        fence,
      }),
  );
  const words = new Uint32Array(suite.randomBytes(16).slice().buffer);
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
    seed: [words[0] ?? 1, words[1] ?? 2, words[2] ?? 3, words[3] ?? 4],
    crypto: suite,
    store,
    vault,
    rulesKnown: RULES_VERSION,
    build,
  };
}

/** What the environment did wrong, for the page. */
export function failureOfOpening(error: unknown): Extract<Opened, { readonly ok: false }> {
  const cause = error instanceof VaultError && isFenced(error.cause) ? error.cause : error;
  const detail = error instanceof Error ? error.message : "unknown";
  return { ...failed(codeOf(cause), detail), isSurpassed: isFenced(cause) };
}

function codeOf(error: unknown): FailureCode {
  if (error instanceof StoreError) return failureOf(error.code);
  return error instanceof VaultError ? "no-key-store" : "internal";
}

function isFenced(error: unknown): boolean {
  return error instanceof StoreError && error.code === "fenced";
}
