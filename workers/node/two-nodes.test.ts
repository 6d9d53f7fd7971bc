/** Two whole nodes in one process, over memory links: found, invite, join, talk. */
import { expect, test } from "vitest";
import type { NodeEvent } from "../api.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createPlainVault } from "../crypto/vault.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { createMemoryLinkPair } from "./memory-link.ts";
import type { LinkPurpose } from "./link.ts";
import { createNode, type TinyNode } from "./node.ts";
import type { Environment } from "./environment.ts";

function createEnv(): Environment {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs, call) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
    seed: [1, 2, 3, 4],
    crypto: createCryptoSuite(),
    store: createMemoryStore(),
    vault: createPlainVault(),
    rulesKnown: 1,
    build: "test",
  };
}

function createTestNode(): { node: TinyNode; events: NodeEvent[] } {
  const events: NodeEvent[] = [];
  const node = createNode(createEnv(), {
    appUrl: "https://app.test/",
    servers: ["ws://localhost:4444"],
    onEvent: (event) => events.push(event),
    onMeshCommand: () => {},
  });
  return { node, events };
}

function connect(a: TinyNode, b: TinyNode, purposes: readonly [LinkPurpose, LinkPurpose]): void {
  const one = new Uint8Array(32).fill(1);
  const two = new Uint8Array(32).fill(2);
  const [left, right] = createMemoryLinkPair(
    {
      transport: "memory",
      isInitiator: true,
      localFingerprint: one,
      remoteFingerprint: two,
      purpose: purposes[0],
    },
    {
      transport: "memory",
      isInitiator: false,
      localFingerprint: two,
      remoteFingerprint: one,
      purpose: purposes[1],
    },
  );
  a.link(left, null);
  b.link(right, null);
}

async function value<T>(
  call: Promise<{ ok: true; value: T } | { ok: false; code: string; detail: string }>,
): Promise<T> {
  const result = await call;
  if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<void> {
  await expect.poll(async () => holds(await read()), { timeout: 8000, interval: 20 }).toBe(true);
}

test("[ND1] a family is founded, a member joins over an invite, and they talk", async () => {
  const a = createTestNode();
  const b = createTestNode();
  await value(a.node.start());
  await value(b.node.start());
  await value(a.node.startFamily({ familyName: "The Okafors", myName: "Mum" }));
  const words = await value(a.node.recoveryWords());
  await value(
    a.node.confirmWords(
      [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" })),
    ),
  );
  const { invite } = await value(a.node.createInvite({ role: "parent", lifetime: "qr" }));
  const view = (await value(a.node.start())).invites[0];
  await value(b.node.askToJoin({ link: view?.link ?? "", name: "Dad" }));
  connect(a.node, b.node, [
    { type: "invite", invite, side: "inviter" },
    { type: "invite", invite, side: "newcomer" },
  ]);
  const readA = async () => value(a.node.start());
  const readB = async () => value(b.node.start());
  await until(readA, (snapshot) => snapshot.invites[0]?.code !== null);
  await until(readB, (snapshot) => (snapshot.joining?.code ?? null) !== null);
  expect((await readA()).invites[0]?.code).toBe((await readB()).joining?.code);
  await value(a.node.compareCode(invite, true));
  await value(a.node.approveJoin(invite));
  await until(readB, (snapshot) => snapshot.phase === "member");
  expect((await readB()).ledger.head).toBe((await readA()).ledger.head);
  expect((await readB()).familyName).toBe("The Okafors");
  const toB = (await readA()).conversations[0]?.id ?? "";
  const toA = (await readB()).conversations[0]?.id ?? "";
  await value(a.node.sendMessage(toB, "Be home by six please"));
  await value(b.node.sendMessage(toA, "I will"));
  const listA = async () => (await value(a.node.listMessages(toB, { limit: 50 }))).messages;
  const listB = async () => (await value(b.node.listMessages(toA, { limit: 50 }))).messages;
  await until(listA, (messages) => messages.length === 2);
  await until(listB, (messages) => messages.length === 2);
  await until(listA, (messages) => messages.some((one) => one.delivery?.type === "delivered"));
  expect((await listA()).map((one) => one.text).toSorted()).toEqual(
    (await listB()).map((one) => one.text).toSorted(),
  );
  await a.node.stop();
  await b.node.stop();
});
