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
import type { Environment } from "./environment.ts";
import { createNode, type TinyNode } from "./node.ts";
import { failed } from "./result.ts";

const VAULT_KEY: Key = ["vault"];

export function createNodeApi(): NodeApi {
  let node: TinyNode | null = null;
  /** A start under way: a second call waits for it, never opens the database twice. */
  let starting: Promise<Result<NodeSnapshot>> | null = null;
  let listener: (event: NodeEvent) => void = () => {};
  let mesh: MessagePort | null = null;
  const early: MeshEvent[] = [];

  const command = (one: MeshCommand): void => mesh?.postMessage(one);
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
        if (node === null) early.push(event.data);
        else node.meshEvent(event.data);
      });
      port.start();
      node?.remeet();
    },
    startFamily: async (request) => withNode((one) => one.startFamily(request)),
    recoveryWords: async () => withNode((one) => one.recoveryWords()),
    confirmWords: async (words) => withNode((one) => one.confirmWords(words)),
    restoreFamily: async (request) => withNode((one) => one.restoreFamily(request)),
    createInvite: async (request) => withNode((one) => one.createInvite(request)),
    revokeInvite: async (invite) => withNode((one) => one.revokeInvite(invite)),
    compareCode: async (invite, isSame) => withNode((one) => one.compareCode(invite, isSame)),
    approveJoin: async (invite) => withNode((one) => one.approveJoin(invite)),
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
    diagnostics: async (): Promise<Result<Diagnostics>> => withNode((one) => one.diagnostics()),
  };

  async function start(options: StartOptions): Promise<Result<NodeSnapshot>> {
    if (node !== null) return node.start();
    starting ??= open(options).finally(() => {
      starting = null;
    });
    return starting;
  }

  async function open(options: StartOptions): Promise<Result<NodeSnapshot>> {
    try {
      const store = await openIdbStore(options.database);
      const env = await createEnvironment(store, options.build);
      const made = createNode(env, {
        appUrl: options.appUrl,
        servers: options.servers,
        onEvent: (event) => listener(event),
        onMeshCommand: command,
      });
      node = made;
      const started = await made.start();
      for (const event of early.splice(0)) made.meshEvent(event);
      return started;
    } catch (error) {
      const detail = error instanceof Error ? error.message : "unknown";
      return failed(codeOf(error), detail);
    }
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
  if (error instanceof StoreError) {
    return error.code === "quota" ? "storage-full" : "storage-unavailable";
  }
  return error instanceof VaultError ? "no-key-store" : "internal";
}
