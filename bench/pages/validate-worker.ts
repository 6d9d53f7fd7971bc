/**
 * The way of received messages in a worker: frame decoded, headers read, bodies hashed, signatures
 * checked, judged by the gossip core, stored; by the node's own keeper. Beside each the bare operation
 * that it cannot do without. What `npm run bench -- validate` measures; rates in messages a second.
 */
import { expose } from "comlink";
import { domainBytes } from "../../workers/core/codec/hash.ts";
import { toHex, type SigningKey } from "../../workers/core/codec/ids.ts";
import type { VerifiedEntry } from "../../workers/core/gossip/state.ts";
import { findDevice, RULES_VERSION } from "../../workers/core/ledger/state.ts";
import { verifyByNoble, verifySignature } from "../../workers/crypto/signatures.ts";
import type { CryptoSuite } from "../../workers/crypto/suite.ts";
import { createPlainVault } from "../../workers/crypto/vault.ts";
import { createCryptoSuite } from "../../workers/crypto/webcrypto-suite.ts";
import { stateOf, viewOf } from "../../workers/node/family.ts";
import { decodeFrame, encodeFrame } from "../../workers/node/frames.ts";
import { openGossip, type GossipKeeper } from "../../workers/node/gossip-keeper.ts";
import { entryKey } from "../../workers/node/stored-entries.ts";
import { openIdbStore } from "../../workers/storage/idb-store.ts";
import { createMemoryStore } from "../../workers/storage/memory-store.ts";
import type { Store } from "../../workers/storage/store.ts";
import { chunks, putRaw } from "./raw-puts.ts";
import { deviceOf, familyOf, makeAuthors, write, type Author } from "./written-family.ts";

const NAMES = ["Ada", "Ben", "Cem", "Dee", "Eve"] as const;
const DAY_MS = 86_400_000;
const PAST_DAYS = 25;
/** A full frame of entries, as an answer brings them. */
const FRAME = 32;
const IN_FLIGHT = 32;

export interface Rates {
  readonly validated: number;
  readonly rawOneByOne: number;
  readonly rawTogether: number;
  readonly stored: number;
  readonly rawPuts: number;
}

export interface FallbackRates {
  readonly validated: number;
  readonly raw: number;
}

let authors: readonly Author[] = [];
let entries: readonly VerifiedEntry[] = [];
let databases = 0;

expose({ make, measure, measureFallback });

/** Messages of four authors to each other and to the receiver, evenly over the past. */
async function make({ count }: { count: number }): Promise<number> {
  const from = Date.now() - PAST_DAYS * DAY_MS;
  authors = await makeAuthors(NAMES, from);
  const made: VerifiedEntry[] = [];
  const writers = authors.slice(1);
  for (let index = 0; index < count; index += 1) {
    const author = writers[index % writers.length];
    const to = authors[(index * 7) % authors.length];
    if (author === undefined || to === undefined) throw new Error("nobody writes");
    const at = Math.floor(from + DAY_MS + ((PAST_DAYS - 2) * DAY_MS * index) / count);
    const other = to === author ? authors[0] : to;
    made.push(await write(author, other ?? author, `${index}: who takes the dog at seven`, at));
  }
  entries = made;
  return made.reduce((sum, { entry }) => sum + entry.header.length + entry.body.length, 0) / count;
}

async function measure(): Promise<Rates> {
  const suite = createCryptoSuite();
  const validated = await takeAll(entries, suite, withoutWriting());
  const rawOneByOne = await verifyRaw(1);
  const rawTogether = await verifyRaw(IN_FLIGHT);
  databases += 1;
  const disk = await openIdbStore(`bench-validate-${databases}`);
  const stored = await takeAll(entries, suite, disk);
  await disk.close();
  const puts = entries.map(({ header, entry }) => {
    const key = entryKey(header);
    return [
      { type: "put", table: "entries", key, value: [entry.header, entry.signature] },
      { type: "put", table: "bodies", key, value: entry.body },
    ] as const;
  });
  const tookMs = await putRaw(
    `bench-raw-${databases}`,
    chunks(puts, FRAME).map((some) => some.flat()),
  );
  return { validated, rawOneByOne, rawTogether, stored, rawPuts: perSecond(puts.length, tookMs) };
}

/** Where the engine has no Ed25519. */
async function measureFallback({ count }: { count: number }): Promise<FallbackRates> {
  const some = entries.slice(0, count);
  const suite: CryptoSuite = {
    ...createCryptoSuite(),
    verify: (key, domain, family, message, signature) =>
      verifySignature(key, domainBytes(domain, family, message), signature, () => {
        throw new DOMException("Ed25519 is not known here", "NotSupportedError");
      }),
  };
  const validated = await takeAll(some, suite, withoutWriting());
  const questions = some.map(questionOf);
  const began = performance.now();
  for (const { key, bytes, signature } of questions) {
    if (!(await verifyByNoble(key, bytes, signature))) throw new Error("not valid");
  }
  return { validated, raw: perSecond(questions.length, performance.now() - began) };
}

/** What arrives is given to a new keeper, frame by frame; all of it has to be accepted. */
async function takeAll(
  some: readonly VerifiedEntry[],
  suite: CryptoSuite,
  store: Store,
): Promise<number> {
  const keeper = await openKeeper(suite, store);
  const from = deviceOf(receiverAnd(1));
  await keeper.linkUp(from);
  const frames = chunks(some, FRAME).map((part) =>
    encodeFrame({
      type: "entries",
      entries: part.map(({ entry }) => entry),
      isAnswer: true,
      isLast: false,
    }),
  );
  const began = performance.now();
  for (const bytes of frames) {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok || decoded.value.type !== "entries") throw new Error("no entries");
    const faults = await keeper.takeEntries(decoded.value, from);
    if (faults > 0) throw new Error("a fault of the peer");
  }
  const tookMs = performance.now() - began;
  const accepted = [...keeper.core().streams.values()]
    .flatMap(({ known }) => [...known.values()])
    .filter(({ verdict }) => verdict.type === "accepted").length;
  if (accepted !== some.length) throw new Error(`${accepted} of ${some.length} were accepted`);
  return perSecond(some.length, tookMs);
}

async function openKeeper(suite: CryptoSuite, store: Store): Promise<GossipKeeper> {
  const { family } = receiverAnd(0);
  const fence = await store.takeFence();
  const env = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after: (delayMs: number, call: () => void) => {
      const timer = setTimeout(call, delayMs);
      return () => clearTimeout(timer);
    },
    seed: [1, 2, 3, 4] as const,
    crypto: suite,
    store,
    vault: createPlainVault(),
    rulesKnown: RULES_VERSION,
    build: "bench",
  };
  const { signer, device, profile } = family.identity;
  return openGossip(env, profile.family, signer, device, fence, () => viewOf(family), {
    send: () => {},
    onWriting: () => {},
    onChanges: async () => {},
    onEphemeral: () => {},
    onPlaces: () => {},
    onRegister: () => {},
    onExpired: async () => {},
    needLedger: () => {
      throw new Error("the ledger is whole");
    },
    now: () => Date.now(),
    later: () => {},
  });
}

/** A store that takes every commit and keeps none, so that what comes before it is measured alone. */
function withoutWriting(): Store {
  const memory = createMemoryStore();
  return {
    get: async (...one) => memory.get(...one),
    getMany: async (...one) => memory.getMany(...one),
    list: async (...one) => memory.list(...one),
    commit: async () => {},
    takeFence: async () => memory.takeFence(),
    estimate: async () => memory.estimate(),
    close: async () => memory.close(),
  };
}

/** WebCrypto alone, keys imported before, so many questions under way at once. */
async function verifyRaw(inFlight: number): Promise<number> {
  const questions = entries.map(questionOf);
  const keys = new Map<string, CryptoKey>();
  for (const { key } of questions) {
    const name = toHex(key);
    if (keys.has(name)) continue;
    const raw = new Uint8Array(key);
    keys.set(name, await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
  }
  const asked = questions.map(({ key, bytes, signature }) => ({
    key: keys.get(toHex(key)),
    bytes: new Uint8Array(bytes),
    signature: new Uint8Array(signature),
  }));
  let next = 0;
  const work = async (): Promise<void> => {
    for (let one = asked[next++]; one !== undefined; one = asked[next++]) {
      if (one.key === undefined) throw new Error("no key");
      if (!(await crypto.subtle.verify("Ed25519", one.key, one.signature, one.bytes))) {
        throw new Error("not valid");
      }
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: inFlight }, work));
  return perSecond(asked.length, performance.now() - began);
}

function questionOf({ header, entry }: VerifiedEntry): {
  readonly key: SigningKey;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
} {
  const receiver = receiverAnd(0);
  const device = findDevice(stateOf(receiver.family), header.author);
  if (device === null) throw new Error("no such device");
  const bytes = domainBytes("message", familyOf(receiver), entry.header);
  return { key: device.key, bytes, signature: entry.signature };
}

/** The receiver is the first. */
function receiverAnd(index: number): Author {
  const author = authors[index];
  if (author === undefined) throw new Error("not made");
  return author;
}

function perSecond(count: number, tookMs: number): number {
  return (1000 * count) / tookMs;
}
