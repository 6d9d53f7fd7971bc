/**
 * NodeApi on a real browser: opens the profile's database and key, makes the node with the worker's
 * own clock and chance, and joins it to the page's port. Everything that can be missing in a browser
 * comes back as a code. SPEC NA1..NA4. Source: workers/api.ts; DESIGN §2.
 */
import type {
  Diagnostics,
  FailureCode,
  MeshCommand,
  MeshEvent,
  NodeApi,
  NodeEvent,
  NodeSnapshot,
  Result,
  StartOptions,
} from "../api.ts";
import { openVault, VaultError } from "../crypto/vault.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { openIdbStore } from "../storage/idb-store.ts";
import { StoreError, type Key, type Store } from "../storage/store.ts";
import { createBrowserProfiles } from "./browser-profiles.ts";
import { takeHold, type ArrivedEvent } from "./channel-link.ts";
import type { Environment } from "./environment.ts";
import { createNode, type TinyNode } from "./node.ts";
import { profileOf } from "./profile-cards.ts";
import { done, failed } from "./result.ts";
import { choosingSnapshot } from "./snapshot.ts";
import { failureOf } from "./store-failures.ts";

const VAULT_KEY: Key = ["vault"];

export function createNodeApi(): NodeApi {
  let node: TinyNode | null = null;
  /** A start under way: a second call waits for it, never opens the database twice. */
  let starting: Promise<Result<NodeSnapshot>> | null = null;
  let listener: (event: NodeEvent) => void = () => {};
  let mesh: MessagePort | null = null;
  const early: ArrivedEvent[] = [];
  const profiles = createBrowserProfiles();

  const command = (one: MeshCommand): void => mesh?.postMessage(one);
  /** What has no node yet, or needs none: the environment's failures become codes. */
  const guard = async <T>(task: () => Promise<Result<T>>): Promise<Result<T>> => {
    try {
      return await task();
    } catch (error) {
      return failed(codeOf(error), error instanceof Error ? error.message : "unknown");
    }
  };
  const withNode = async <T>(task: (one: TinyNode) => Promise<Result<T>>): Promise<Result<T>> =>
    node === null ? failed("storage-unavailable", "not started") : task(node);

  return {
    start,
    subscribe: async (one) => {
      listener = one;
    },
    attachMesh: async (port) => {
      mesh = port;
      port.addEventListener("message", (event: MessageEvent<MeshEvent>) => {
        // In this very task: what a transferred channel says to nobody is lost.
        const arrived = takeHold(event.data);
        if (node === null) early.push(arrived);
        else node.meshEvent(arrived);
      });
      port.start();
      node?.remeet();
    },
    startFamily: async (request) => withNode((one) => one.startFamily(request)),
    recoveryWords: async () => withNode((one) => one.recoveryWords()),
    confirmWords: async (words) => withNode((one) => one.confirmWords(words)),
    restoreFamily: async (request) => withNode((one) => one.restoreFamily(request)),
    createInvite: async (request, pin) => withNode((one) => one.createInvite(request, pin)),
    revokeInvite: async (invite, pin) => withNode((one) => one.revokeInvite(invite, pin)),
    compareCode: async (invite, isSame) => withNode((one) => one.compareCode(invite, isSame)),
    approveJoin: async (invite, pin) => withNode((one) => one.approveJoin(invite, pin)),
    dismissInvite: async (invite) => withNode((one) => one.dismissInvite(invite)),
    inspectInvite: async (link) => withNode((one) => one.inspectInvite(link)),
    askToJoin: async (request) => withNode((one) => one.askToJoin(request)),
    rejectCode: async () => withNode((one) => one.rejectCode()),
    cancelJoin: async () => withNode((one) => one.cancelJoin()),
    sendMessage: async (conversation, text) =>
      withNode((one) => one.sendMessage(conversation, text)),
    listMessages: async (conversation, page) =>
      withNode((one) => one.listMessages(conversation, page)),
    markRead: async (conversation) => withNode((one) => one.markRead(conversation)),
    answerRefill: async (device, isAllowed) =>
      withNode((one) => one.answerRefill(device, isAllowed)),
    setHelping: async (isWilling) => withNode((one) => one.setHelping(isWilling)),
    diagnostics: async (): Promise<Result<Diagnostics>> => withNode((one) => one.diagnostics()),
    listProfiles: async () => guard(async () => done(await profiles.list())),
    removeProfile: async (request) => guard(async () => profiles.remove(request)),
    unlock: async (pin) => withNode((one) => one.unlock(pin)),
    lockNow: async () => withNode((one) => one.lockNow()),
    setLock: async (request) => withNode((one) => one.setLock(request)),
    setLockIdle: async (minutes) => withNode((one) => one.setLockIdle(minutes)),
    noteUse: async () => withNode((one) => one.noteUse()),
  };

  async function start(options: StartOptions): Promise<Result<NodeSnapshot>> {
    if (node !== null) return node.start();
    starting ??= guard(async () => open(options)).finally(() => {
      starting = null;
    });
    return starting;
  }

  async function open(options: StartOptions): Promise<Result<NodeSnapshot>> {
    const mine = profileOf(options.database);
    if (options.asksWho === true) {
      const { length } = (await profiles.list()).filter(({ profile }) => profile !== mine);
      if (length > 0) return done(await choosingSnapshot(options.build, length));
    }
    const store = await openIdbStore(options.database);
    const env = await createEnvironment(store, options.build);
    const made = createNode(env, {
      appUrl: options.appUrl,
      servers: options.servers,
      onEvent: (event) => {
        if (mine !== null && event.type === "snapshot") void profiles.note(mine, event.snapshot);
        listener(event);
      },
      onMeshCommand: command,
      // Phones of the demo have databases that are no profile's.
      ...(mine === null ? {} : { countOthers: async () => profiles.countOthers(mine) }),
    });
    node = made;
    const started = await made.start();
    if (mine !== null) {
      profiles.onChange(() => made.profilesChanged());
      if (started.ok) void profiles.note(mine, started.value);
    }
    for (const event of early.splice(0)) made.meshEvent(event);
    return started;
  }
}

async function createEnvironment(store: Store, build: string): Promise<Environment> {
  const suite = createCryptoSuite();
  const vault = await openVault(
    async () => {
      const key = await store.get("meta", VAULT_KEY);
      return key instanceof CryptoKey ? key : null;
    },
    async (key) =>
      store.commit([{ type: "put", table: "meta", key: VAULT_KEY, value: key }], {
        durability: "strict",
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
    build,
  };
}

function codeOf(error: unknown): FailureCode {
  if (error instanceof StoreError) return failureOf(error.code);
  return error instanceof VaultError ? "no-key-store" : "internal";
}
