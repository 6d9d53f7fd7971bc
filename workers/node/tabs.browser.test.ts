/** Tabs as they are: real workers, the browser's own locks, channel and database. Only pages are missing. */
import * as Comlink from "comlink";
import { afterEach, expect, test } from "vitest";
import type { MeshCommand, NodeApi, NodeEvent, NodeSnapshot, Result } from "../api.ts";
import { deleteIdbStore, openIdbStore } from "../storage/idb-store.ts";
import { FENCE_KEY } from "../storage/store.ts";
import { tabChannelName, tabLockName } from "./tab-messages.ts";

interface OpenTab {
  readonly api: Comlink.Remote<NodeApi & { standStill(ms: number): void }>;
  readonly worker: Worker;
  readonly events: NodeEvent[];
  readonly commands: MeshCommand[];
  readonly started: Promise<Result<NodeSnapshot>>;
}

/** Half a minute of waiting: the gate sees it in one engine, `npm run test:long` in the other. */
const IN_FIREFOX_LATER = { tags: navigator.userAgent.includes("Firefox") ? ["long"] : [] };

const open: Worker[] = [];
const databases: string[] = [];

afterEach(async () => {
  for (const worker of open.splice(0)) worker.terminate();
  for (const name of databases.splice(0)) await deleteIdbStore(name);
});

function nameDatabase(): string {
  const name = `tinyweb-tabs-${crypto.randomUUID()}`;
  databases.push(name);
  return name;
}

function openTab(database: string, build = "test"): OpenTab {
  const worker = new Worker(new URL("./tab-worker.suite.test.ts", import.meta.url), {
    type: "module",
  });
  open.push(worker);
  const api: OpenTab["api"] = Comlink.wrap(worker);
  const events: NodeEvent[] = [];
  const commands: MeshCommand[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", ({ data }: MessageEvent<MeshCommand>) => commands.push(data));
  port1.start();
  const start = async (): Promise<Result<NodeSnapshot>> => {
    await api.subscribe(Comlink.proxy((event: NodeEvent) => void events.push(event)));
    await api.attachMesh(Comlink.transfer(port2, [port2]));
    return api.start({
      database,
      servers: ["wss://signal.test"],
      appUrl: "https://app.test/",
      build,
    });
  };
  return { worker, api, events, commands, started: start() };
}

async function value<T>(answer: Promise<Result<T>>): Promise<T> {
  const result = await answer;
  if (!result.ok) throw new Error(`${result.code}: ${result.detail}`);
  return result.value;
}

async function found(tab: OpenTab): Promise<string> {
  await value(tab.started);
  await value(tab.api.startFamily({ familyName: "The Okafors", myName: "Mum" }));
  const words = await value(tab.api.recoveryWords());
  const typed = [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" }));
  await value(tab.api.confirmWords(typed));
  // Every family has a conversation of each member with itself: its texts stay on one's own devices.
  const me = (): string | undefined =>
    tab.events.some(({ type }) => type === "snapshot") ? lastSnapshot(tab).me?.member : undefined;
  await expect.poll(me).toBeTypeOf("string");
  return me() ?? "";
}

function lastSnapshot(tab: OpenTab): NodeSnapshot {
  const last = tab.events.findLast((event) => event.type === "snapshot");
  if (last === undefined) throw new Error("no snapshot");
  return last.snapshot;
}

async function textsIn(tab: OpenTab, conversation: string): Promise<readonly string[]> {
  const { messages } = await value(tab.api.listMessages(conversation, { limit: 200 }));
  return messages.map(({ text }) => text);
}

async function heldLocks(name: string): Promise<number> {
  const { held } = await navigator.locks.query();
  return (held ?? []).filter((one) => one.name === name).length;
}

/** A thief outside the tabs: takes the lock from whoever has it, and gives it back at once. */
async function stealLock(database: string): Promise<void> {
  await navigator.locks.request(tabLockName(database), { steal: true }, async () => undefined);
}

test("[TB1, TB3, TB10, TB13] three tabs are one node: all see the same and can do the same", async () => {
  const database = nameDatabase();
  const first = openTab(database);
  const me = await found(first);
  const others = [openTab(database), openTab(database)];
  for (const tab of others) {
    expect(await value(tab.started)).toMatchObject({ phase: "member", familyName: "The Okafors" });
  }
  expect(await heldLocks(tabLockName(database))).toBe(1);
  for (const [index, tab] of [first, ...others].entries()) {
    await value(tab.api.sendMessage(me, `text ${index}`));
  }
  for (const tab of [first, ...others]) {
    expect(await textsIn(tab, me)).toEqual(["text 0", "text 1", "text 2"]);
    await expect
      .poll(() => tab.events.filter((event) => event.type === "conversation").length)
      .toBeGreaterThanOrEqual(3);
  }
  const invite = await value(others[0]!.api.createInvite({ role: "child", lifetime: "qr" }));
  for (const tab of [first, ...others]) {
    await expect.poll(() => lastSnapshot(tab).invites[0]?.id).toBe(invite.invite);
  }
  // Only the tab that leads meets anybody.
  expect(first.commands.some(({ type }) => type === "want")).toBe(true);
  for (const tab of others) expect(tab.commands).toEqual([]);
});

test("[TB2, TB14, TB25] a killed leader's place is taken, and what was asked meanwhile is done", async () => {
  const database = nameDatabase();
  const first = openTab(database);
  const me = await found(first);
  const second = openTab(database);
  const third = openTab(database);
  await value(second.started);
  await value(third.started);
  await value(second.api.sendMessage(me, "before"));
  first.worker.terminate();
  const began = performance.now();
  const sent = [second, third].map(async (tab, index) =>
    value(tab.api.sendMessage(me, `after ${index}`)),
  );
  await Promise.all(sent);
  expect(performance.now() - began).toBeLessThan(15_000);
  for (const tab of [second, third]) {
    expect((await textsIn(tab, me)).toSorted()).toEqual(["after 0", "after 1", "before"]);
  }
  expect(await heldLocks(tabLockName(database))).toBe(1);
});

test(
  "[TB4, TB6, TB21] a leader that stands still is deposed, and wakes as a follower",
  IN_FIREFOX_LATER,
  async () => {
    const database = nameDatabase();
    const first = openTab(database);
    const me = await found(first);
    const second = openTab(database);
    await value(second.started);
    const still = first.api.standStill(14_000);
    const own = first.api.sendMessage(me, "asked in its sleep");
    const other = second.api.sendMessage(me, "asked of the other");
    const began = performance.now();
    await value(other);
    expect(performance.now() - began).toBeGreaterThan(5_000);
    await expect.poll(() => second.commands.some(({ type }) => type === "want")).toBe(true);
    await still;
    await value(own);
    for (const tab of [first, second]) {
      expect((await textsIn(tab, me)).toSorted()).toEqual([
        "asked in its sleep",
        "asked of the other",
      ]);
    }
    // Its mesh has let go of every server and topic.
    await expect
      .poll(() => first.commands.at(-1))
      .toEqual({ type: "want", servers: [], topics: [] });
    expect(await heldLocks(tabLockName(database))).toBe(1);
  },
);

test("[TB8, TB9] a page that is put away gives the place up at once; alone, it goes on where it was", async () => {
  const database = nameDatabase();
  const first = openTab(database);
  const me = await found(first);
  const store = await openIdbStore(database);
  const fence = await store.get("meta", FENCE_KEY);
  await first.api.setAway(true);
  await expect.poll(async () => heldLocks(tabLockName(database))).toBe(0);
  await first.api.setAway(false);
  await value(first.api.sendMessage(me, "back again"));
  expect(await store.get("meta", FENCE_KEY)).toBe(fence);

  await first.api.setAway(true);
  const second = openTab(database);
  await value(second.started);
  await value(second.api.sendMessage(me, "meanwhile"));
  await first.api.setAway(false);
  await value(first.api.sendMessage(me, "through the other"));
  expect(await textsIn(first, me)).toEqual(["back again", "meanwhile", "through the other"]);
  expect(second.commands.some(({ type }) => type === "want")).toBe(true);
  await store.close();
});

test(
  "[TB5, TB16] while the lock is stolen and tabs are killed without end, nothing is lost or written twice",
  { ...IN_FIREFOX_LATER, timeout: 120_000 },
  async () => {
    const database = nameDatabase();
    const first = openTab(database);
    const me = await found(first);
    let tabs = [first, openTab(database), openTab(database)];
    await Promise.all(tabs.map(async ({ started }) => started));
    const deaths = new Map<OpenTab, (how: "unknown") => void>();
    /** The text, and whether its tab was told that it was sent; nobody is told of a killed tab's. */
    const ends: Promise<readonly [string, boolean | "unknown"]>[] = [];
    const send = async (
      tab: OpenTab,
      text: string,
    ): Promise<readonly [string, boolean | "unknown"]> => {
      const death = new Promise<"unknown">((resolve) => {
        const earlier = deaths.get(tab);
        deaths.set(tab, (how) => {
          earlier?.(how);
          resolve(how);
        });
      });
      const sent = tab.started.then(async () => tab.api.sendMessage(me, text)).then(({ ok }) => ok);
      return [text, await Promise.race([sent, death])];
    };
    for (let round = 0; round < 12; round += 1) {
      const sent = tabs.map(async (tab, index) => send(tab, `${round}/${index}`));
      ends.push(...sent);
      const [oldest, ...rest] = tabs;
      if (round % 3 === 2 && oldest !== undefined) {
        oldest.worker.terminate();
        deaths.get(oldest)?.("unknown");
        tabs = [...rest, openTab(database)];
      } else await stealLock(database);
      // The next blow falls when all is said, or in the middle of it.
      if (round % 2 === 0) await Promise.all(sent);
      else await rest[0]?.api.diagnostics();
    }
    const all = await Promise.all(ends);
    const reader = openTab(database);
    await value(reader.started);
    const texts = await textsIn(reader, me);
    expect(all.filter(([, isSent]) => isSent === true).length).toBeGreaterThan(12);
    expect(all.filter(([, isSent]) => isSent === false)).toEqual([]);
    for (const [text, isSent] of all) {
      const times = texts.filter((one) => one === text).length;
      if (isSent === "unknown") expect([text, times <= 1]).toEqual([text, true]);
      else expect([text, times]).toEqual([text, isSent ? 1 : 0]);
    }
    expect(new Set(texts).size).toBe(texts.length);
    expect(await heldLocks(tabLockName(database))).toBe(1);
  },
);

test("[TB11] tabs that cannot open the database say so each, and none waits for the other", async () => {
  const database = nameDatabase();
  // A newer version of the app has been here.
  const newer = indexedDB.open(database, 1_000);
  await new Promise<void>((resolve) => {
    newer.addEventListener("success", () => resolve());
  });
  newer.result.close();
  const tabs = [openTab(database), openTab(database)];
  for (const { started } of tabs) {
    expect(await started).toMatchObject({ ok: false, code: "storage-unavailable" });
  }
  expect(await heldLocks(tabLockName(database))).toBe(0);
});

test("[TB30, TB33] nothing that is put on the channel stops a tab", async () => {
  const database = nameDatabase();
  const first = openTab(database);
  const me = await found(first);
  const second = openTab(database);
  await value(second.started);
  const channel = new BroadcastChannel(tabChannelName(database));
  const beats: unknown[] = [];
  channel.addEventListener("message", ({ data }) => beats.push(data));
  channel.postMessage({ from: "x", build: "test", type: "signal", signal: { type: "hello" } });
  await expect.poll(() => beats.length).toBeGreaterThan(0);
  const leader = beats.find((one) => JSON.stringify(one).includes('"beat"')) as {
    from: string;
    signal: { fence: number };
  };
  const call = {
    from: "x",
    build: "test",
    to: leader.from,
    fence: leader.signal.fence,
    until: 9e15,
  };
  const calls = [
    { name: "sendMessage", args: [me, 7] },
    { name: "sendMessage", args: [null, null] },
    { name: "createInvite", args: [{ role: "king", lifetime: "qr" }] },
    { name: "confirmWords", args: [[{ position: {}, word: [] }]] },
    { name: "attachMesh", args: [{}] },
    { name: "constructor", args: [] },
  ];
  for (const [index, one] of calls.entries()) {
    channel.postMessage({ ...call, ...one, type: "call", id: `x-${index}` });
  }
  for (const noise of [null, 7, "text", [], {}, new Uint8Array(1_000_000), { type: "signal" }]) {
    channel.postMessage(noise);
  }
  channel.postMessage({ ...call, type: "answer", id: "x", result: { ok: 1 } });
  channel.postMessage({ ...call, type: "event", event: { type: "stopped", detail: "planted" } });
  for (const tab of [first, second]) await value(tab.api.sendMessage(me, "still here"));
  expect(await textsIn(second, me)).toEqual(["still here", "still here"]);
  for (const tab of [first, second]) {
    expect(tab.events.some(({ type }) => type === "stopped")).toBe(false);
  }
  channel.close();
});

test(
  "[TB32] a tab of another build says so, and goes on by itself when it can",
  IN_FIREFOX_LATER,
  async () => {
    const database = nameDatabase();
    const first = openTab(database);
    await found(first);
    const other = openTab(database, "another");
    expect(await other.started).toMatchObject({ ok: false, code: "tab-version" });
    expect(await other.api.diagnostics()).toMatchObject({ ok: false, code: "tab-version" });
    first.worker.terminate();
    await expect.poll(() => other.events.some(({ type }) => type === "snapshot")).toBe(true);
    expect(lastSnapshot(other)).toMatchObject({ phase: "member", familyName: "The Okafors" });

    // The other way round: one that already shows the family is told by a notice.
    const same = openTab(database, "another");
    await value(same.started);
    other.worker.terminate();
    const third = openTab(database, "third");
    await Promise.allSettled([third.started]);
    const notices = (): readonly string[] =>
      [same, third].flatMap((tab) =>
        tab.events.flatMap((event) =>
          event.type === "snapshot" ? event.snapshot.notices.map(({ type }) => type) : [],
        ),
      );
    same.worker.terminate();
    await expect.poll(() => third.events.some(({ type }) => type === "snapshot")).toBe(true);
    expect(notices().filter((one) => one !== "tab-version")).toEqual([]);
  },
);
