/**
 * Opens entries that this device may read: with its own wrap, with a content key that a participant
 * handed over (refill), or with one that its author handed to all once more (handed-keys.ts). Opened
 * payloads are cached in memory, bounded, and kept on the disk (opened-texts.ts). Opening may begin while
 * an entry is being written: what it finds is shown by nobody before the write is done. SPEC OP1 to OP7, SH4, KA15. Source: DESIGN §6, §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { MessageId } from "../core/codec/ids.ts";
import {
  associatedData,
  decodeBody,
  unbind,
  type Header,
  type Kind,
} from "../core/gossip/header.ts";
import { decodePayload, type Payload } from "../core/gossip/payload.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { Opened, OpenRequest } from "../crypto/suite.ts";
import type { Write } from "../storage/store.ts";
import { stateOf, type Family } from "./family.ts";
import { OPENED_CACHE_MAX } from "./limits.ts";
import { createHandedKeys, type HandedKeys } from "./handed-keys.ts";
import { createOpenedTexts } from "./opened-texts.ts";

/** `not-mine`: this device was never given a key; `broken`: it was, and the message does not open. */
export type Reading =
  | { readonly ok: true; readonly payload: Payload }
  | { readonly ok: false; readonly reason: "not-mine" | "broken" | "gone" };

export interface Opener {
  /** What authors hand over again, used where nothing else opens. */
  readonly handed: HandedKeys;
  readonly read: (id: MessageId, header: Header) => Promise<Reading>;
  /** The content key of a message that opens, to hand it over; null where it does not. */
  readonly keyOf: (id: MessageId, header: Header) => Promise<Uint8Array | null>;
  /** Whether a content key, as somebody handed it over, is this message's. */
  readonly opensWith: (header: Header, contentKey: Uint8Array) => Promise<boolean>;
  /** Opens an entry that is stored nowhere. */
  readonly readNow: (id: MessageId, header: Header, body: Uint8Array) => Promise<Reading>;
  /** Begins to open an entry that is being written; `body` is what will be stored. */
  readonly prepare: (id: MessageId, header: Header, body: Uint8Array) => void;
  /** Forgets what did not open, after keys have come. */
  readonly retry: (id: MessageId) => void;
  /** The same of everything, after keys of devices have come. */
  readonly retryAll: () => void;
  /** Forgets what an entry said, when it is refused. */
  readonly forget: (id: MessageId) => void;
  /** Writes down what was opened since the last time. */
  readonly tick: () => Promise<void>;
}

interface Opening {
  readonly reading: Promise<Reading>;
  state: "under-way" | "opened" | "failed";
  /** Keys came while it was under way: a failure is not the last word. */
  isOutdated: boolean;
}

export function createOpener(family: Family): Opener {
  const cache = new Map<string, Opening>();
  const before = createOpenedTexts(family);
  const handed = createHandedKeys(family);

  return {
    handed,
    read: async (id, header) => (cache.get(toHex(id)) ?? begin(id, header, null)).reading,
    readNow: async (id, header, body) => (await open(family, handed, id, header, body)).reading,
    keyOf: async (id, header) => (await open(family, handed, id, header, null)).contentKey,
    prepare: (id, header, body) => {
      const isForMe = header.recipients.some((one) =>
        isSameBytes(one.device, family.identity.device),
      );
      if (isForMe && !cache.has(toHex(id))) begin(id, header, body);
    },
    opensWith: async (header, contentKey) => {
      const shared = await sharedPart(family, header, null, NO_DOUBT);
      if (typeof shared === "string") return false;
      return (await family.env.crypto.openBodyWithKey(shared, contentKey)).ok;
    },
    retry: (id) => retry(toHex(id)),
    retryAll: () => {
      for (const key of cache.keys()) retry(key);
    },
    forget: (id) => {
      cache.delete(toHex(id));
    },
    tick: before.tick,
  };

  function retry(key: string): void {
    const opening = cache.get(key);
    if (opening?.state === "failed") cache.delete(key);
    else if (opening !== undefined) opening.isOutdated = true;
  }

  function begin(id: MessageId, header: Header, body: Uint8Array | null): Opening {
    const key = toHex(id);
    const reading = readOnce(id, header, body);
    const opening: Opening = { reading, state: "under-way", isOutdated: false };
    if (cache.size >= OPENED_CACHE_MAX) {
      const oldest = cache.keys().next();
      if (oldest.done !== true) cache.delete(oldest.value);
    }
    cache.set(key, opening);
    void settle(key, opening);
    return opening;
  }

  /** What is being written cannot have been opened before. */
  async function readOnce(
    id: MessageId,
    header: Header,
    body: Uint8Array | null,
  ): Promise<Reading> {
    const opened = body === null ? await before.read(id, header) : null;
    if (opened !== null && isOfKind(header, opened)) return { ok: true, payload: opened };
    const { reading } = await open(family, handed, id, header, body);
    if (reading.ok) before.keep(id, header, reading.payload);
    return reading;
  }

  async function settle(key: string, opening: Opening): Promise<void> {
    try {
      const { ok } = await opening.reading;
      opening.state = ok ? "opened" : "failed";
      if (ok || !opening.isOutdated) return;
    } catch {
      // A store that cannot be read fails whoever reads; here it is only not remembered.
      opening.state = "failed";
    }
    if (cache.get(key) === opening) cache.delete(key);
  }
}

/** The write that keeps a content key from a refill, sealed at rest. */
export async function contentKeyWrite(
  family: Family,
  id: MessageId,
  contentKey: Uint8Array,
): Promise<Write> {
  const value = await family.env.vault.wrap(contentKey);
  return { type: "put", table: "keys", key: [id], value };
}

interface OpenedEntry {
  readonly reading: Reading;
  readonly contentKey: Uint8Array | null;
}

/** By its own wraps, or else by what its author has handed to all its readers. */
async function open(
  family: Family,
  handed: HandedKeys,
  id: MessageId,
  header: Header,
  body: Uint8Array | null,
): Promise<OpenedEntry> {
  const isOwn = isSameBytes(header.author, family.identity.device);
  const doubts = isOwn ? OWN_DOUBTS : NO_DOUBT;
  const plain = await openWith(family, header, body, doubts, async (shared) =>
    openShared(family, id, header, shared),
  );
  const contentKey = plain.reading.ok ? null : handed.of(id, header);
  if (contentKey === null) return plain;
  // By that key and no other: a wrap that is in doubt proves nothing about what the others can read.
  return openWith(family, header, body, HANDED_DOUBTS, async (shared) =>
    family.env.crypto.openBodyWithKey(shared, contentKey),
  );
}

async function openWith(
  family: Family,
  header: Header,
  body: Uint8Array | null,
  doubts: ReadonlySet<Doubt>,
  openBy: (shared: Shared) => Promise<Opened | null>,
): Promise<OpenedEntry> {
  const refuse = (reason: "not-mine" | "broken" | "gone") =>
    ({ reading: { ok: false, reason }, contentKey: null }) as const;
  const shared = await sharedPart(family, header, body, doubts);
  if (typeof shared === "string") return refuse(shared);
  const opened = await openBy(shared);
  if (opened === null) return refuse("not-mine");
  if (!opened.ok) return refuse("broken");
  const payload = decodePayload(opened.plaintext);
  if (!payload.ok || !isOfKind(header, payload.value)) return refuse("broken");
  const { contentKey } = opened;
  return { reading: { ok: true, payload: payload.value }, contentKey };
}

/** Rules judge the kind in the header: a payload of another kind would pass under a false name. */
function isOfKind({ kind }: Header, { type }: Payload): boolean {
  return type === PAYLOAD_OF[kind];
}

/** What each kind of message carries. */
const PAYLOAD_OF = {
  direct: "text",
  "secret-share": "secret",
  refill: "refill",
  presence: "presence",
  group: "text",
  edit: "edit",
  delete: "delete",
  reaction: "reaction",
  receipt: "receipt",
  emergency: "emergency",
  "emergency-word": "emergency-word",
  place: "place",
  request: "request",
  "request-word": "request-word",
  rewrap: "refill",
} as const satisfies Record<Kind, Payload["type"]>;

/** What every way to open needs. */
type Shared = Omit<OpenRequest, "mine" | "privateKey">;

/** Why it is not known whether a recipient can read. */
type Doubt = "unknown" | "over";
const NO_DOUBT: ReadonlySet<Doubt> = new Set<Doubt>();
/** What this device said itself stays on its screen, also where a key has turned out to be over. */
const OWN_DOUBTS: ReadonlySet<Doubt> = new Set<Doubt>(["over"]);
/** All recipients were handed the content key once more. */
const HANDED_DOUBTS: ReadonlySet<Doubt> = new Set<Doubt>(["unknown", "over"]);

/**
 * Or why there is nothing to open. Without a body the stored one. `doubts`: about recipients' keys, that do
 * not matter.
 */
async function sharedPart(
  family: Family,
  header: Header,
  given: Uint8Array | null,
  doubts: ReadonlySet<Doubt>,
): Promise<Shared | "gone" | "broken"> {
  const bodyBytes = given ?? (await family.gossip?.bodyOf(header)) ?? null;
  if (bodyBytes === null) return "gone";
  const body = decodeBody(bodyBytes);
  if (!body.ok) return "broken";
  const unbound = unbind(header);
  const targets = targetsOf(family, header, doubts);
  if (targets === null) return "broken";
  return {
    family: family.identity.profile.family,
    body: body.value,
    associatedData: associatedData(unbound),
    targets,
  };
}

/**
 * All recipients with their keys; null where the wrap of one could be anything: under a key that nobody
 * has announced, or one that its device may have let go of. It is not taken on trust.
 */
function targetsOf(
  family: Family,
  header: Header,
  doubts: ReadonlySet<Doubt>,
): OpenRequest["targets"] | null {
  const state = stateOf(family);
  const targets: OpenRequest["targets"][number][] = [];
  for (const { device: id, keyNumber } of header.recipients) {
    const device = findDevice(state, id);
    const key = device === null ? "unknown" : family.keys?.of(device, keyNumber, header.clock.ms);
    if (key === undefined) return null;
    const isDoubtful = key === "unknown" || key === "over";
    if (isDoubtful && !doubts.has(key)) return null;
    const isKnown = !isDoubtful && key !== "contradicted";
    targets.push({ device: id, keyNumber, key: isKnown ? key : null });
  }
  return targets;
}

async function openShared(
  family: Family,
  id: MessageId,
  header: Header,
  shared: Shared,
): Promise<Opened | null> {
  const { crypto } = family.env;
  const mine = header.recipients.findIndex((one) =>
    isSameBytes(one.device, family.identity.device),
  );
  const number = header.recipients[mine]?.keyNumber;
  const pair = family.identity.profile.encryptionKeys.find((one) => one.number === number);
  if (mine >= 0 && pair !== undefined) {
    return crypto.openBody({ ...shared, mine, privateKey: pair.privateKey });
  }
  const sealed = await family.env.store.get("keys", [id]);
  const contentKey = sealed instanceof Uint8Array ? await family.env.vault.unwrap(sealed) : null;
  return contentKey === null ? null : crypto.openBodyWithKey(shared, contentKey);
}
