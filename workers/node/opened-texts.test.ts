/** What was opened once is read again without its body, and goes with it: whole nodes, real cryptography. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { encodeHeader } from "../core/gossip/header.ts";
import { openVault, type Vault } from "../crypto/vault.ts";
import { createMemoryStore, type DiskContent } from "../storage/memory-store.ts";
import { prefixRange, type Row, type TableName } from "../storage/store.ts";
import { FORGET_ALL, OPENED_KEY } from "./profile.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import { readEntry } from "./verify.ts";

const DAY_MS = 86_400_000;
const PIN = "493817";
const SAID = ["first of all", "then another"] as const;

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

/** Mum says both, Dad has them open, and a tick has passed. */
async function talk(): Promise<void> {
  const to = memberNamed(await mum.snapshot(), "Dad");
  for (const text of SAID) {
    await value(mum.node().sendMessage(to, text));
    await house.advance(3_000);
  }
  expect(await shown()).toEqual([...SAID]);
  await house.advance(5_000);
}

/** What stands on Dad's screen: a text, or why there is none. */
async function shown(): Promise<readonly string[]> {
  const from = memberNamed(await dad.snapshot(), "Mum");
  const page = await value(dad.node().listMessages(from, { limit: 9 }));
  return page.messages.map(({ text, hidden }) => hidden ?? text);
}

function rowsOf(table: TableName): readonly Row[] {
  return dad.store().snapshot().get(table) ?? [];
}

/** Dad's disk with other rows in some tables. */
function diskWith(changed: Partial<Record<TableName, readonly Row[]>>): DiskContent {
  const disk = new Map(dad.store().snapshot());
  for (const [table, rows] of Object.entries(changed)) disk.set(table as TableName, [...rows]);
  return disk;
}

/** With a bit turned in each. */
function damaged(rows: readonly Row[]): readonly Row[] {
  return rows.map(({ key, value: sealed }) => {
    if (!(sealed instanceof Uint8Array)) throw new Error("not sealed");
    const bytes = new Uint8Array(sealed);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return { key, value: bytes };
  });
}

test("[OP6] after a restart a page reads from what was opened, without the bodies", async () => {
  await talk();
  expect(rowsOf("timeline")).toHaveLength(2);
  await dad.restart(diskWith({ bodies: [] }));
  expect(await shown()).toEqual([...SAID]);
});

test("[OP6] a changed row, one of another message and a lost key are as if they were not there", async () => {
  await talk();
  const kept = rowsOf("timeline");
  const [one, other] = kept;
  if (one === undefined || other === undefined) throw new Error("two rows");
  const swapped = [
    { key: one.key, value: other.value },
    { key: other.key, value: one.value },
  ];
  const meta = rowsOf("meta");
  const keyless = meta.filter(({ key }) => key[0] !== OPENED_KEY[0]);
  const odd = keyless.concat([{ key: OPENED_KEY, value: new Uint8Array([1, 2, 3]) }]);
  const whole = dad.store().snapshot();
  for (const changed of [
    { timeline: damaged(kept) },
    { timeline: swapped },
    { timeline: [{ key: one.key, value: "text" }] },
    { meta: keyless },
    { meta: odd },
  ]) {
    await dad.restart(whole);
    await dad.restart(diskWith({ ...changed, bodies: [] }));
    expect(await shown()).toEqual(["undecryptable", "undecryptable"]);
    await dad.restart(whole);
    await dad.restart(diskWith(changed));
    expect(await shown()).toEqual([...SAID]);
    // And is opened anew from then on.
    await house.advance(5_000);
    await dad.restart(diskWith({ bodies: [] }));
    expect(await shown()).toEqual([...SAID]);
  }
});

test("[OP6] nothing that was said stands on the disk as it is", async () => {
  await talk();
  for (const [table, rows] of dad.store().snapshot()) {
    for (const { value: stored } of rows) {
      const bytes = stored instanceof Uint8Array ? Buffer.from(stored) : Buffer.from("");
      for (const text of SAID) expect([table, bytes.includes(text)]).toEqual([table, false]);
    }
  }
});

test("[OP6] [LC8] the lock seals the key with the other private rows", async () => {
  let browserKey: CryptoKey | null = null;
  const vault: Vault = await openVault(
    async () => browserKey,
    async (key) => {
      browserKey = key;
    },
  );
  const gran = await house.add("Gran", { vault });
  await value(gran.node().startFamily({ familyName: "The Okafors", myName: "Gran" }));
  const words = await value(gran.node().recoveryWords());
  const confirmed = [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" }));
  await value(gran.node().confirmWords(confirmed));
  const leo = await house.join(gran, "Leo", "child");
  await value(leo.node().sendMessage(memberNamed(await leo.snapshot(), "Gran"), SAID[0]));
  await house.advance(8_000);
  const from = memberNamed(await gran.snapshot(), "Leo");
  await value(gran.node().listMessages(from, { limit: 9 }));
  await house.advance(5_000);
  const [before] = await gran.store().list("meta", prefixRange(OPENED_KEY));
  if (!(before?.value instanceof Uint8Array)) throw new Error("no key");
  expect(await vault.unwrap(before.value)).toHaveLength(32);
  await value(gran.node().setLock({ next: PIN }));
  const [after] = await gran.store().list("meta", prefixRange(OPENED_KEY));
  if (!(after?.value instanceof Uint8Array)) throw new Error("no key");
  expect(await vault.unwrap(after.value)).toBeNull();
  await gran.restart();
  await value(gran.node().unlock(PIN));
  const page = await value(gran.node().listMessages(from, { limit: 9 }));
  expect(page.messages.map(({ text }) => text)).toEqual([SAID[0]]);
});

test("[OP7] retention lets go of what was opened with its body", async () => {
  await talk();
  expect(rowsOf("timeline")).toHaveLength(2);
  for (const one of [mum, dad]) one.jump(32 * DAY_MS);
  await house.advance(120_000);
  expect(rowsOf("bodies")).toEqual([]);
  expect(rowsOf("timeline")).toEqual([]);
});

test("[OP7] what was opened a moment before its time was over is not written down", async () => {
  const to = memberNamed(await mum.snapshot(), "Dad");
  await value(mum.node().sendMessage(to, "just in time"));
  await house.advance(250);
  expect(await shown()).toEqual(["just in time"]);
  expect(rowsOf("timeline")).toEqual([]);
  for (const one of [mum, dad]) one.jump(32 * DAY_MS);
  await house.advance(20_000);
  expect(rowsOf("timeline")).toEqual([]);
});

test("[OP7] nothing of it is left in an empty browser", async () => {
  await talk();
  const store = createMemoryStore({ disk: dad.store().snapshot() });
  await store.commit(FORGET_ALL, { durability: "strict" });
  expect(await store.get("meta", OPENED_KEY)).toBeNull();
  expect(await store.list("timeline", prefixRange([]))).toEqual([]);
});

test.each([6_000, 250])(
  "[OP7] what is refused %i ms after it was opened goes from the disk",
  async (afterMs) => {
    const to = memberNamed(await mum.snapshot(), "Dad");
    await value(mum.node().sendMessage(to, "of two branches"));
    await house.advance(afterMs);
    expect(await shown()).toEqual(["of two branches"]);
    expect(rowsOf("timeline")).toHaveLength(afterMs > 5_000 ? 1 : 0);
    await forkLast();
    await house.advance(6_000);
    expect(rowsOf("timeline")).toEqual([]);
  },
);

/** Another message of Mum's at the number of her last one comes to Dad. */
async function forkLast(): Promise<void> {
  const { family } = mum.running();
  const own = toHex(family.identity.device);
  const stream = dad.running().family.gossip?.core().streams.get(`${own}/0`);
  const header = [...(stream?.known.values() ?? [])].at(-1)?.header;
  if (header === undefined) throw new Error("nothing was said");
  const other = encodeHeader({ ...header, ttlSeconds: header.ttlSeconds + 1 });
  const id = family.identity.profile.family;
  const signature = await family.identity.signer.sign("message", id, other);
  const read = readEntry(id, { header: other, signature, body: new Uint8Array(), hops: 0 });
  if (!read.ok) throw new Error(read.reason);
  const frame = {
    type: "entries",
    entries: [read.entry.entry],
    isAnswer: false,
    isLast: false,
  } as const;
  expect(await dad.running().family.gossip?.takeEntries(frame, own)).toBe(0);
}

test("[OP7] keys that came in messages are never kept so", async () => {
  await talk();
  const phone = await house.join(
    dad,
    "Dad's phone",
    "parent",
    memberNamed(await dad.snapshot(), "Dad"),
  );
  await house.meet(phone, mum);
  await house.advance(5_000);
  for (const device of [dad, mum, phone]) {
    const timeline = device.store().snapshot().get("timeline") ?? [];
    const headers = [...(device.running().family.gossip?.core().streams.values() ?? [])].flatMap(
      ({ known }) => [...known.values()].map((one) => one.header),
    );
    const kinds = timeline.map(({ key }) => {
      const found = headers.find(
        ({ author, stream, seq }) =>
          toHex(author) === toHex(key[1] as Uint8Array) && stream === key[2] && seq === key[3],
      );
      return found?.kind;
    });
    expect(kinds.filter((kind) => kind !== "direct")).toEqual([]);
    expect(headers.map(({ kind }) => kind)).toContain("secret-share");
  }
});
