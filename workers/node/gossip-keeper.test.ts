import { packWants } from "../core/gossip/packing.ts";
import type { Want } from "../core/gossip/state.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { Entry, Header } from "../core/gossip/header.ts";
import { streamKey } from "../core/gossip/header.ts";
import { decodeRegister } from "../core/gossip/register.ts";
import type { Known } from "../core/gossip/stream.ts";
import { prefixRange, StoreError, type StoredValue } from "../storage/store.ts";
import type { Frame } from "./frames.ts";
import type { GossipKeeper } from "./gossip-keeper.ts";
import { entryKey } from "./stored-entries.ts";
import { createTestDevice, value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let toDad: string;
let toMum: string;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  toDad = memberNamed(await mum.snapshot(), "Dad");
  toMum = memberNamed(await dad.snapshot(), "Mum");
});
afterEach(async () => house.stop());

function gossipOf(device: TestDevice): GossipKeeper {
  const { gossip } = device.running().family;
  if (gossip === null) throw new Error("no gossip");
  return gossip;
}

function idOf(device: TestDevice): string {
  return toHex(device.running().family.identity.device);
}

function ownStream(device: TestDevice): readonly Known[] {
  const me = device.running().family.identity.device;
  const known = gossipOf(device).core().streams.get(streamKey(me, 0))?.known;
  return [...(known?.values() ?? [])].toSorted((a, b) => a.header.seq - b.header.seq);
}

/** The entry as it travels, out of the device's store. */
async function entryOf(device: TestDevice, header: Header): Promise<Entry> {
  const row = await device.store().get("entries", entryKey(header));
  const body = await device.store().get("bodies", entryKey(header));
  const [bytes, signature] = row as unknown as [Uint8Array, Uint8Array];
  return { header: bytes, signature, body: body as Uint8Array, hops: 0 };
}

function answer(entries: readonly Entry[]): Extract<Frame, { type: "entries" }> {
  return { type: "entries", entries: [...entries], isAnswer: false, isLast: false };
}

async function part(): Promise<void> {
  mum.running().sessions()[0]?.close("away");
  await house.settle();
}

/** What the device sends to the other while a task runs; `onSend` at the moment of each. */
async function sentDuring(
  device: TestDevice,
  task: () => Promise<unknown>,
  onSend: (frame: Frame) => void = () => {},
): Promise<Frame[]> {
  const [session] = [...device.running().family.sessions.values()];
  const sent: Frame[] = [];
  if (session === undefined) throw new Error("not linked");
  const { send } = session;
  Object.assign(session, {
    send: (frame: Frame) => {
      sent.push(frame);
      onSend(frame);
      send(frame);
    },
  });
  await task();
  await house.settle();
  return sent;
}

test("[GK1] an own message is on the disk before it is sent, and a failed write sends nothing", async () => {
  const order: string[] = [];
  mum.fail((writes) => {
    if (writes.some((one) => one.table === "entries")) order.push("stored");
    return null;
  });
  const sent = await sentDuring(mum, async () => {
    await value(mum.node().sendMessage(toDad, "one"));
    order.push("called back");
  });
  expect(order).toEqual(["stored", "called back"]);
  expect(sent.some((frame) => frame.type === "entries")).toBe(true);
  mum.failWith("quota");
  const none = await sentDuring(mum, async () => {
    expect((await mum.node().sendMessage(toDad, "two")).ok).toBe(false);
  });
  expect(none.filter((frame) => frame.type === "entries")).toEqual([]);
});

test("[GK1] [GK12] a power failure the moment it leaves takes back no own message, and nothing that a register claims", async () => {
  /** Messages of Mum's that a power failure at this moment would leave on a disk. */
  const left = (device: TestDevice): number => {
    const rows = device.store().snapshot({ relaxedLost: Infinity }).get("entries") ?? [];
    return rows.filter(({ key }) => toHex(key[1] as Uint8Array) === idOf(mum)).length;
  };
  const last = (): number => ownStream(mum).at(-1)?.header.seq ?? 0;
  const pushed: number[] = [];
  const claimed: number[] = [];
  const say = async (): Promise<void> => {
    for (const text of ["one", "two"]) await value(mum.node().sendMessage(toDad, text));
    await house.advance(3_000);
  };
  const before = left(mum) - last();
  await sentDuring(
    dad,
    async () => {
      await sentDuring(mum, say, (frame) => {
        if (frame.type === "entries") pushed.push(left(mum) - before - last());
      });
    },
    (frame) => {
      if (frame.type !== "register") return;
      const decoded = decodeRegister(
        frame.bytes,
        dad.running().family.ledger.head()?.state.devices ?? [],
      );
      if (!decoded.ok) throw new Error(decoded.reason);
      const covered = decoded.value.vector.find((one) => toHex(one.author) === idOf(mum));
      claimed.push(left(dad) - (covered?.had.at(-1)?.to ?? 0));
    },
  );
  expect(pushed).toEqual([0, 0]);
  expect(claimed.length).toBeGreaterThan(0);
  expect(new Set(claimed)).toEqual(new Set([0]));
});

test("[GK15] entries of one frame are checked at once and taken in its order, whatever is checked first", async () => {
  const last = ownStream(mum).at(-1)?.header.seq ?? 0;
  await part();
  for (const text of ["one", "two", "three"]) await value(mum.node().sendMessage(toDad, text));
  const headers = ownStream(mum).filter(({ header }) => header.seq > last);
  const entries = await Promise.all(headers.map(async ({ header }) => entryOf(mum, header)));
  const { crypto } = dad.env();
  const before = { ...crypto };
  const waiting: (() => void)[] = [];
  Object.assign(crypto, {
    verify: async (...one: Parameters<typeof crypto.verify>) => {
      const holds = await before.verify(...one);
      if (one[1] === "message") await new Promise<void>((done) => void waiting.push(done));
      return holds;
    },
  });
  const taken = gossipOf(dad).takeEntries(answer(entries), idOf(mum));
  await vi.waitFor(() => expect(waiting).toHaveLength(entries.length));
  for (const done of waiting.toReversed()) done();
  Object.assign(crypto, before);
  expect(await taken).toBe(0);
  const stream = gossipOf(dad)
    .core()
    .streams.get(streamKey(fromHex(idOf(mum)), 0));
  const order = [...(stream?.known.keys() ?? [])].filter((seq) => seq > last);
  expect(order).toEqual(headers.map(({ header }) => header.seq));
  expect(await textsOf(dad, toMum)).toEqual(["one", "two", "three"]);
});

test("[GK2] after a failed write the next message takes the number that was not used", async () => {
  await value(mum.node().sendMessage(toDad, "one"));
  const last = ownStream(mum).at(-1)?.header.seq ?? 0;
  mum.failWith("unavailable");
  expect((await mum.node().sendMessage(toDad, "lost")).ok).toBe(false);
  expect((await mum.node().sendMessage(toDad, "lost too")).ok).toBe(false);
  mum.failWith(null);
  await value(mum.node().sendMessage(toDad, "two"));
  expect(ownStream(mum).at(-1)?.header.seq).toBe(last + 1);
  await house.until("both", async () => (await textsOf(dad, toMum)).length === 2);
  expect(await textsOf(dad, toMum)).toEqual(["one", "two"]);
});

test("[GK3] forged and malformed entries count against their bearer and leave no trace", async () => {
  await part();
  await value(mum.node().sendMessage(toDad, "one"));
  const header = ownStream(mum).at(-1)?.header;
  if (header === undefined) throw new Error("no message");
  const entry = await entryOf(mum, header);
  const before = await dad.store().list("entries", prefixRange([]));
  const bad = [
    { ...entry, signature: new Uint8Array(64) },
    { ...entry, header: entry.header.slice(1) },
    { ...entry, body: entry.body.slice(1) },
    { ...entry, header: new Uint8Array(1) },
  ];
  expect(await gossipOf(dad).takeEntries(answer(bad), idOf(mum))).toBe(4);
  expect(await dad.store().list("entries", prefixRange([]))).toEqual(before);
  // Poisoning: the true one is still welcome after the false one of the same number.
  expect(await gossipOf(dad).takeEntries(answer([entry, entry]), idOf(mum))).toBe(0);
  expect(await textsOf(dad, toMum)).toEqual(["one"]);
  expect(await gossipOf(dad).takeEntries(answer([entry]), idOf(mum))).toBe(0);
  expect(await textsOf(dad, toMum)).toEqual(["one"]);
});

test("[GK4] an entry stripped of its body is not taken; with its body it is, from whomever", async () => {
  await part();
  await value(mum.node().sendMessage(toDad, "one"));
  const header = ownStream(mum).at(-1)?.header;
  if (header === undefined) throw new Error("no message");
  const entry = await entryOf(mum, header);
  await gossipOf(dad).takeEntries(answer([{ ...entry, body: new Uint8Array(0) }]), idOf(mum));
  expect(await textsOf(dad, toMum)).toEqual([]);
  await house.meet(mum, dad);
  await house.until("whole", async () => (await textsOf(dad, toMum)).includes("one"));
});

/** Dad asks Mum; the faults that he must answer for. */
async function ask(wants: readonly Want[]): Promise<number> {
  const named = mum.running().family.ledger.head()?.state.devices ?? [];
  return gossipOf(mum).takeWant(packWants(wants, named), idOf(dad));
}

test("[PK4] malformed rows count against their bearer, whatever they are to be", async () => {
  const [bad, none] = [Uint8Array.of(2, 1), packWants([], [])];
  const { takeWant, takeHave, takeList } = gossipOf(dad);
  for (const take of [takeWant, takeHave, takeList]) {
    expect(await take(bad, idOf(mum))).toBe(1);
    expect(await take(none, idOf(mum))).toBe(0);
  }
});

test("[GK5] an answer holds each entry once, 256 at most, and says when it is complete", async () => {
  const author = mum.running().family.identity.device;
  await part();
  for (let index = 0; index < 40; index += 1) {
    await value(mum.node().sendMessage(toDad, `m${index}`));
  }
  await house.meet(mum, dad);
  await house.advance(3_000);
  const greedy = [{ from: 1, to: 2 ** 40 }];
  const wants = Array.from({ length: 64 }, () => ({ author, stream: 0, ranges: greedy }));
  const sent = await sentDuring(mum, async () => ask(wants));
  const answers = sent.flatMap((frame) => (frame.type === "entries" ? [frame] : []));
  const entries = answers.flatMap((frame) => frame.entries);
  expect(entries).toHaveLength(ownStream(mum).length);
  expect(new Set(entries.map((one) => toHex(one.signature))).size).toBe(entries.length);
  expect(answers.map((frame) => frame.isLast)).toEqual([
    ...answers.slice(1).map(() => false),
    true,
  ]);
  expect(answers.every((frame) => frame.entries.length <= 32)).toBe(true);
  const none = await sentDuring(mum, async () =>
    ask([{ author, stream: 4, ranges: [{ from: 1, to: 9 }] }]),
  );
  expect(none).toMatchObject([{ type: "entries", entries: [], isAnswer: true, isLast: true }]);
});

test("[GK5] an answer of long messages ends at a megabyte, and the rest is asked for", async () => {
  const author = mum.running().family.identity.device;
  await part();
  const long = "x".repeat(32 * 1024);
  for (let index = 0; index < 36; index += 1) await value(mum.node().sendMessage(toDad, long));
  await house.meet(mum, dad);
  const wants = [{ author, stream: 0, ranges: [{ from: 1, to: 100 }] }];
  const sent = await sentDuring(mum, async () => ask(wants));
  const entries = sent.flatMap((frame) => (frame.type === "entries" ? frame.entries : []));
  const bytes = entries.reduce((sum, { header, body }) => sum + header.length + body.length, 0);
  expect(bytes).toBeLessThanOrEqual(1024 * 1024);
  expect(bytes).toBeGreaterThan(1000 * 1024);
  expect(entries.length).toBeLessThan(ownStream(mum).length);
  await house.advance(3_000);
  expect(await textsOf(dad, toMum)).toHaveLength(36);
});

test("[GK6] a register that is malformed or forged counts; of an unknown device it does not", async () => {
  await house.advance(3_000);
  const signed = gossipOf(mum).core().registers.get(idOf(mum))?.signed;
  if (signed === undefined) throw new Error("no register");
  const take = async (one: typeof signed) => gossipOf(dad).takeRegister(one, idOf(mum));
  expect(await take({ ...signed, signature: new Uint8Array(64) })).toBe(1);
  expect(await take({ ...signed, bytes: signed.bytes.slice(1) })).toBe(1);
  expect(await take(signed)).toBe(0);
  const other = createHousehold();
  const eve = await other.found("Eve");
  await other.advance(3_000);
  const foreign = gossipOf(eve).core().registers.get(idOf(eve))?.signed;
  await other.stop();
  expect(foreign).toBeDefined();
  if (foreign !== undefined) expect(await take(foreign)).toBe(0);
});

test("[GK7] after a restart streams, verdicts and registers are as they were, and my clock is not earlier", async () => {
  await value(mum.node().sendMessage(toDad, "one"));
  await value(dad.node().sendMessage(toMum, "two"));
  await house.advance(5_000);
  const facts = () => {
    const core = gossipOf(mum).core();
    return {
      streams: [...core.streams.values()].map((one) => [
        toHex(one.author),
        one.first,
        one.had,
        [...one.known.values()].map(({ id, verdict, mark }) => [toHex(id), verdict, mark]),
      ]),
      registers: [...core.registers.keys()].toSorted(),
    };
  };
  const before = facts();
  const { clock } = gossipOf(mum).core();
  await mum.restart();
  expect(facts().registers).toEqual(before.registers);
  const sorted = (all: typeof before.streams) => all.map((one) => JSON.stringify(one)).toSorted();
  expect(sorted(facts().streams)).toEqual(sorted(before.streams));
  const own = ownStream(mum).at(-1)?.header.clock;
  expect(gossipOf(mum).core().clock.ms).toBeGreaterThanOrEqual(own?.ms ?? 0);
  expect(gossipOf(mum).core().clock.ms).toBeGreaterThanOrEqual(clock.ms - 60_000);
});

test("[GK8] a message is refused with its body gone from the disk when a rule comes that forbids it", async () => {
  const mia = await house.join(mum, "Mia", "child");
  const fromMia = memberNamed(await mum.snapshot(), "Mia");
  await value(mia.node().sendMessage(memberNamed(await mia.snapshot(), "Mum"), "hello"));
  await house.until("read", async () => (await textsOf(mum, fromMia)).includes("hello"));
  const known = [...gossipOf(mum).core().streams.values()]
    .flatMap((stream) => [...stream.known.values()])
    .find((one) => toHex(one.header.author) === idOf(mia));
  if (known === undefined) throw new Error("no entry");
  const key = entryKey(known.header);
  expect(await mum.store().get("bodies", key)).not.toBeNull();
  const { signTransaction } = await import("./family.ts");
  const { family } = mum.running();
  const body = {
    type: "device-revoked" as const,
    device: mia.running().family.identity.device,
    reason: "lost" as const,
    cuts: [],
  };
  await family.ledger.submit(await signTransaction(family, body, []), []);
  expect(await mum.store().get("bodies", key)).toBeNull();
  expect(await mum.store().get("entries", key)).not.toBeNull();
});

test("[GK9] what retention lets go is gone from disk and screen, and does not come back", async () => {
  await value(mum.node().sendMessage(toDad, "old"));
  await house.until("read", async () => (await textsOf(dad, toMum)).includes("old"));
  await part();
  const disk = mum.store().snapshot();
  await mum.stop();
  const later = createHousehold();
  const again = await createTestDevice("Mum", later.time, {
    disk,
    clockOffsetMs: 32 * 86_400_000,
  });
  await later.advance(2_000);
  await again.node().idle();
  expect(await textsOf(again, toDad)).toEqual([]);
  expect(await again.store().list("bodies", prefixRange([]))).toEqual([]);
  await again.stop();
  await later.stop();
});

test("[GK11] another's message that does not read any more comes again; one of my own stops the start", async () => {
  const texts = ["one", "two", "three"];
  for (const text of texts) await value(mum.node().sendMessage(toDad, text));
  await value(dad.node().sendMessage(toMum, "mine"));
  await house.until("read", async () => (await textsOf(dad, toMum)).length === 4);
  await part();
  const shown = await textsOf(dad, toMum);
  const second = ownStream(mum).at(-2)?.header;
  const mine = ownStream(dad).at(-1)?.header;
  if (second === undefined || mine === undefined) throw new Error("no messages");
  const spoil = async (header: Header, rot: StoredValue) => {
    const fence = await dad.store().takeFence();
    await dad
      .store()
      .commit([{ type: "put", table: "entries", key: entryKey(header), value: rot }], {
        durability: "strict",
        fence,
      });
  };
  const row = await dad.store().get("entries", entryKey(second));
  const [header, signature] = row as unknown as [Uint8Array, Uint8Array];
  for (const rot of [new Uint8Array([1]), [header.subarray(1), signature], "text"]) {
    await spoil(second, rot);
    expect(await dad.restart()).toMatchObject({ ok: true, value: { phase: "member" } });
    expect(await dad.store().get("entries", entryKey(second))).toBeNull();
    expect(await textsOf(dad, toMum)).not.toContain("two");
    const wire = await house.meet(mum, dad);
    await house.until("again", async () => (await textsOf(dad, toMum)).includes("two"));
    expect(await textsOf(dad, toMum)).toEqual(shown);
    await house.cut(wire);
  }
  await spoil(mine, new Uint8Array([1]));
  expect(await dad.restart()).toMatchObject({ ok: false, code: "storage-corrupt" });
});

test("[GK10] an effect that cannot be stored holds up no other message of the same frame", async () => {
  await part();
  await value(mum.node().sendMessage(toDad, "one"));
  await value(mum.node().sendMessage(toDad, "two"));
  const entries = await Promise.all(
    ownStream(mum)
      .slice(-2)
      .map(async ({ header }) => entryOf(mum, header)),
  );
  // The register that follows the first of them cannot be written.
  dad.fail((writes) =>
    writes.some((one) => one.table === "registers") ? new StoreError("quota", "planned") : null,
  );
  await gossipOf(dad).takeEntries(answer(entries), idOf(mum));
  expect(await textsOf(dad, toMum)).toEqual(["one", "two"]);
});
