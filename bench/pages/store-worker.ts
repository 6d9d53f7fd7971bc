/**
 * The store of one device in a worker, filled with a family's messages and opened again by the whole
 * node: what `npm run bench -- store` measures. Times are milliseconds of this worker's clock.
 */
import { expose } from "comlink";
import { toHex } from "../../workers/core/codec/ids.ts";
import type { VerifiedEntry } from "../../workers/core/gossip/state.ts";
import { RULES_VERSION } from "../../workers/core/ledger/state.ts";
import { createPlainVault } from "../../workers/crypto/vault.ts";
import { createCryptoSuite } from "../../workers/crypto/webcrypto-suite.ts";
import { entryKey } from "../../workers/node/stored-entries.ts";
import { createNode, type TinyNode } from "../../workers/node/node.ts";
import { memberNamed } from "../../workers/node/testing/household.ts";
import { openIdbStore } from "../../workers/storage/idb-store.ts";
import { prefixRange, type Store, type Write } from "../../workers/storage/store.ts";
import { chunks, putRaw } from "./raw-puts.ts";
import { makeAuthors, write, type Author } from "./written-family.ts";

const DATABASE = "bench-store";
const RAW = "bench-raw";
const NAMES = ["Ada", "Ben"] as const;
const DAY_MS = 86_400_000;
const PAST_DAYS = 25;
/** Free at both ends of the past. */
const MARGIN_MS = 3_600_000;
/** Messages of each round that are committed one by one, and in big commits; the rest by frames. */
const ONES = 200;
const BIG_COMMIT = 256;
const BIG_COMMITS = 8;
/** A full frame of entries. */
const FRAME = 32;

export interface Filled {
  /** Bytes of headers, signatures and bodies. */
  readonly contentBytes: number;
  readonly rates: readonly IngestRate[];
}

export interface IngestRate {
  readonly way: "store" | "raw";
  readonly perCommit: number;
  readonly messages: number;
  readonly tookMs: number;
}

export interface OpenedStore {
  /** Until a row was read. */
  readonly databaseMs: number;
  /** Until the node has judged all headers again and says what it shows. */
  readonly nodeMs: number;
}

export interface PageTimes {
  /** As the node gives it: read and opened. */
  readonly shownMs: readonly number[];
  /** The bodies of the same messages from the store alone. */
  readonly readMs: readonly number[];
  readonly messages: number;
}

export interface Deleted {
  readonly messages: number;
  readonly tookMs: number;
}

let authors: readonly Author[] = [];
let spanFrom = 0;
let store: Store | null = null;
let node: TinyNode | null = null;

expose({ make, fill, open, pages, written, deleteDay, close });

/** The family, and the first one's disk in a database of its own. */
async function make(): Promise<void> {
  spanFrom = Date.now() - PAST_DAYS * DAY_MS;
  authors = await makeAuthors(NAMES, spanFrom);
  store = await openIdbStore(DATABASE);
  for (const [table, rows] of authors[0]?.disk ?? []) {
    const kept = rows.filter(({ key }) => !(table === "meta" && OWN_ROWS.has(key[0])));
    await store.commit(
      kept.map(({ key, value }): Write => ({ type: "put", table, key, value })),
      { durability: "strict" },
    );
  }
}

/** What the database says about itself. */
const OWN_ROWS: ReadonlySet<unknown> = new Set(["instance", "fence"]);

export interface FillRequest {
  /** Messages `from` up to `to` of `of`, evenly over the past. */
  readonly from: number;
  readonly to: number;
  readonly of: number;
  /** The same rows in a database of their own, which takes room on the disk. */
  readonly isRawBeside: boolean;
}

/** All are made first, then committed. */
async function fill({ from, to, of, isRawBeside }: FillRequest): Promise<Filled> {
  if (store === null) throw new Error("not made");
  const entries: VerifiedEntry[] = [];
  const spanMs = PAST_DAYS * DAY_MS - 2 * MARGIN_MS;
  for (let index = from; index < to; index += 1) {
    // Of ten that follow each other six are the first one's.
    const [author, other] = index % 10 < 6 ? authors : authors.toReversed();
    if (author === undefined || other === undefined) throw new Error("two write");
    const at = Math.floor(spanFrom + MARGIN_MS + (spanMs * index) / of);
    entries.push(await write(author, other, `${index}: ${TEXT.slice(0, 20 + (index % 80))}`, at));
  }
  const rates: IngestRate[] = [];
  const bigs = Math.min(BIG_COMMITS, Math.floor((entries.length - ONES) / BIG_COMMIT / 2));
  let at = 0;
  for (const [perCommit, count] of [
    [1, Math.min(ONES, entries.length)],
    [BIG_COMMIT, bigs * BIG_COMMIT],
    [FRAME, Number.POSITIVE_INFINITY],
  ] as const) {
    const some = entries.slice(at, at + count);
    at += some.length;
    const commits = chunks(some.map(writesOf), perCommit).map((one) => one.flat());
    const began = performance.now();
    for (const writes of commits) await store.commit(writes, { durability: "relaxed" });
    const tookMs = performance.now() - began;
    rates.push({ way: "store", perCommit, messages: some.length, tookMs });
    if (!isRawBeside) continue;
    const rows = commits.map((writes) =>
      writes.flatMap((one) => (one.type === "put" ? [one] : [])),
    );
    const tookRawMs = await putRaw(RAW, rows);
    rates.push({ way: "raw", perCommit, messages: some.length, tookMs: tookRawMs });
  }
  const contentBytes = entries.reduce(
    (sum, { entry }) => sum + entry.header.length + entry.signature.length + entry.body.length,
    0,
  );
  return { contentBytes, rates };
}

/** What gossip-keeper.ts commits for an accepted entry. */
function writesOf({ header, entry }: VerifiedEntry): readonly Write[] {
  const key = entryKey(header);
  return [
    { type: "put", table: "entries", key, value: [entry.header, entry.signature] },
    { type: "put", table: "bodies", key, value: entry.body },
  ];
}

/** In a browser that has just been started. */
async function open(): Promise<OpenedStore> {
  const began = performance.now();
  store = await openIdbStore(DATABASE);
  await store.list("entries", prefixRange([]), { limit: 1 });
  const databaseMs = performance.now() - began;
  node = createNode(
    {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      after: (delayMs, call) => {
        const timer = setTimeout(call, delayMs);
        return () => clearTimeout(timer);
      },
      seed: [1, 2, 3, 4],
      crypto: createCryptoSuite(),
      store,
      vault: createPlainVault(),
      rulesKnown: RULES_VERSION,
      build: "bench",
    },
    {
      appUrl: "https://app.test/",
      servers: [],
      onEvent: () => {},
      onMeshCommand: () => {},
      countOthers: async () => 0,
    },
  );
  const started = await node.start();
  if (!started.ok) throw new Error(started.detail);
  return { databaseMs, nodeMs: performance.now() - began - databaseMs };
}

/** Until nothing more of what was opened is written down. */
async function written(): Promise<number> {
  let before = -1;
  for (;;) {
    const rows = (await store?.list("timeline", prefixRange([])))?.length ?? 0;
    if (rows > 0 && rows === before) return rows;
    before = rows;
    await new Promise((resolve) => {
      setTimeout(resolve, QUIET_MS);
    });
  }
}

/** Longer than from one tick of the node to the next. */
const QUIET_MS = 6_000;

/** The newest page and others all over the conversation. */
async function pages({ count, limit }: { count: number; limit: number }): Promise<PageTimes> {
  if (node === null || store === null) throw new Error("not open");
  const started = await node.start();
  const running = node.running();
  if (!started.ok || running === null) throw new Error("no family");
  const conversation = memberNamed(started.value, NAMES[1]);
  const items = running.family.timeline.conversations.get(conversation) ?? [];
  const shownMs: number[] = [];
  const readMs: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const end = items.length - Math.floor((index * (items.length - limit)) / count);
    const before = items[end];
    const began = performance.now();
    const page = await node.listMessages(conversation, {
      limit,
      ...(before === undefined ? {} : { before: toHex(before.id) }),
    });
    shownMs.push(performance.now() - began);
    if (!page.ok) throw new Error(page.detail);
    const isWhole = page.value.messages.every((one) => one.hidden === null && one.text !== "");
    if (!isWhole || page.value.messages.length !== limit) throw new Error("not a whole page");
    const keys = items.slice(end - limit, end).map(({ header }) => entryKey(header));
    const reading = performance.now();
    const bodies = await Promise.all(keys.map(async (key) => store?.get("bodies", key)));
    readMs.push(performance.now() - reading);
    if (bodies.some((one) => !(one instanceof Uint8Array))) throw new Error("a body is missing");
  }
  return { shownMs, readMs, messages: items.length };
}

/** As retention deletes: all of the so many-th whole day with a range for each table; or row by row. */
async function deleteDay({ day, way }: { day: number; way: "range" | "rows" }): Promise<Deleted> {
  if (node !== null) {
    // It closes its store.
    await node.stop();
    node = null;
    store = await openIdbStore(DATABASE);
  }
  if (store === null) throw new Error("not open");
  const [oldest] = await store.list("entries", prefixRange([]), { limit: 1 });
  const first = Number(oldest?.key[0]) + day;
  const range = { from: [first], to: [first + 1] };
  const rows = await store.list("entries", range);
  const began = performance.now();
  const tables = ["bodies", "entries"] as const;
  await store.commit(
    way === "range"
      ? tables.map((table): Write => ({ type: "delete-range", table, range }))
      : tables.flatMap((table) => rows.map(({ key }): Write => ({ type: "delete", table, key }))),
    { durability: "relaxed" },
  );
  return { messages: rows.length, tookMs: performance.now() - began };
}

async function close(): Promise<void> {
  if (node === null) await store?.close();
  else await node.stop();
}

const TEXT =
  "dinner at seven who takes the dog grandma called school ends early bring bread love tomorrow and the keys";
