/**
 * Opens entries that this device may read: with its own wrap, or with a content key that a
 * participant handed over (refill). Opened payloads are cached in memory, bounded, and kept on the disk
 * (opened-texts.ts). Opening may begin while an entry is being written: what it finds is shown by nobody
 * before the write is done. SPEC OP1 to OP7, SH4. Source: DESIGN §6, §7.
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
import { createOpenedTexts } from "./opened-texts.ts";

/** `not-mine`: this device was never given a key; `broken`: it was, and the message does not open. */
export type Reading =
  | { readonly ok: true; readonly payload: Payload }
  | { readonly ok: false; readonly reason: "not-mine" | "broken" | "gone" };

export interface Opener {
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

  return {
    read: async (id, header) => (cache.get(toHex(id)) ?? begin(id, header, null)).reading,
    readNow: async (id, header, body) => (await open(family, id, header, body)).reading,
    keyOf: async (id, header) => (await open(family, id, header, null)).contentKey,
    prepare: (id, header, body) => {
      const isForMe = header.recipients.some((one) =>
        isSameBytes(one.device, family.identity.device),
      );
      if (isForMe && !cache.has(toHex(id))) begin(id, header, body);
    },
    opensWith: async (header, contentKey) => {
      const shared = await sharedPart(family, header, null);
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
    const { reading } = await open(family, id, header, body);
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

async function open(
  family: Family,
  id: MessageId,
  header: Header,
  body: Uint8Array | null,
): Promise<{ readonly reading: Reading; readonly contentKey: Uint8Array | null }> {
  const refuse = (reason: "not-mine" | "broken" | "gone") =>
    ({ reading: { ok: false, reason }, contentKey: null }) as const;
  const shared = await sharedPart(family, header, body);
  if (typeof shared === "string") return refuse(shared);
  const opened = await openShared(family, id, header, shared);
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
} as const satisfies Record<Kind, Payload["type"]>;

/** What every way to open needs; or why there is nothing to open. Without a body the stored one. */
async function sharedPart(
  family: Family,
  header: Header,
  given: Uint8Array | null,
): Promise<Omit<OpenRequest, "mine" | "privateKey"> | "gone" | "broken"> {
  const bodyBytes = given ?? (await family.gossip?.bodyOf(header)) ?? null;
  if (bodyBytes === null) return "gone";
  const body = decodeBody(bodyBytes);
  if (!body.ok) return "broken";
  const unbound = unbind(header);
  const targets = targetsOf(family, header);
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
function targetsOf(family: Family, header: Header): OpenRequest["targets"] | null {
  const state = stateOf(family);
  const targets: OpenRequest["targets"][number][] = [];
  for (const { device: id, keyNumber } of header.recipients) {
    const device = findDevice(state, id);
    const key = device === null ? "unknown" : family.keys?.of(device, keyNumber, header.clock.ms);
    if (key === undefined || key === "unknown" || key === "over") return null;
    targets.push({ device: id, keyNumber, key: key === "contradicted" ? null : key });
  }
  return targets;
}

async function openShared(
  family: Family,
  id: MessageId,
  header: Header,
  shared: Omit<OpenRequest, "mine" | "privateKey">,
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
