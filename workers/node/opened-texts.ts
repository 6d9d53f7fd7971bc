/**
 * What this device has opened before, sealed again under one key of its own beside the message, so that
 * a page reads with no body and no public-key work. A row is let go with its body: by retention, and when
 * its message is refused. The key is sealed as all private rows are, by the lock too; a row that does not
 * open is as if there were none. SPEC OP6, OP7. Source: DESIGN §6 (ciphertext alone under a lock).
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { Hex, MessageId } from "../core/codec/ids.ts";
import { streamKey, type Header, type Kind } from "../core/gossip/header.ts";
import { decodePayload, encodePayload, type Payload } from "../core/gossip/payload.ts";
import { isBodyExpired } from "../core/gossip/retention.ts";
import type { StoredValue, Write } from "../storage/store.ts";
import type { Family } from "./family.ts";
import { OPENED_WAITING_MAX } from "./limits.ts";
import { OPENED_KEY } from "./profile.ts";
import { entryKey } from "./stored-entries.ts";

export interface OpenedTexts {
  /** What a message said when it was opened; null where it is not known. */
  readonly read: (id: MessageId, header: Header) => Promise<Payload | null>;
  /** Kept at the next tick, if its body is kept then. */
  readonly keep: (id: MessageId, header: Header, payload: Payload) => void;
  /** Writes what waits, in one commit. */
  readonly tick: () => Promise<void>;
}

interface Waiting {
  readonly id: MessageId;
  readonly header: Header;
  readonly payload: Payload;
}

interface Asked {
  readonly header: Header;
  readonly answer: (value: StoredValue | null) => void;
  readonly fail: (error: unknown) => void;
}

const KEY_BYTES = 32;
/** Keys and secrets are acted on once, and on no page. */
const NEVER_KEPT: ReadonlySet<Kind> = new Set<Kind>([
  "secret-share",
  "refill",
  "rewrap",
  "presence",
  "place",
]);

export function createOpenedTexts(family: Family): OpenedTexts {
  const { crypto, store, vault } = family.env;
  const waiting = new Map<Hex, Waiting>();
  /** Questions of one turn, which one look at the disk answers. */
  let asked: Asked[] = [];
  let key: Promise<Uint8Array | null> | null = null;

  return { read, keep, tick };

  async function read(id: MessageId, header: Header): Promise<Payload | null> {
    const known = NEVER_KEPT.has(header.kind) ? null : await sealingKey();
    if (known === null) return null;
    const row = await rowOf(header);
    const plain = row instanceof Uint8Array ? crypto.open(known, row, id) : null;
    const payload = plain === null ? null : decodePayload(plain);
    return payload?.ok === true ? payload.value : null;
  }

  function keep(id: MessageId, header: Header, payload: Payload): void {
    if (NEVER_KEPT.has(header.kind) || waiting.size >= OPENED_WAITING_MAX) return;
    waiting.set(toHex(id), { id, header, payload });
  }

  /** Whether its body is still kept here. */
  function isKept({ id, header }: Waiting): boolean {
    const core = family.gossip?.core();
    const stream = core?.streams.get(streamKey(header.author, header.stream));
    const known = stream?.known.get(header.seq);
    if (core === undefined || known === undefined || !isSameBytes(known.id, id)) return false;
    return known.verdict.type !== "refused" && !isBodyExpired(core, header);
  }

  async function tick(): Promise<void> {
    if (waiting.size === 0) return;
    const all = [...waiting.values()].filter(isKept);
    waiting.clear();
    if (all.length === 0) return;
    const known = await sealingKey();
    const made = known === null ? crypto.randomBytes(KEY_BYTES) : null;
    const sealing = known ?? made;
    if (sealing === null) return;
    const rows = all.map(({ id, header, payload }): Write => {
      const value = crypto.seal(sealing, encodePayload(payload), id);
      return { type: "put", table: "timeline", key: entryKey(header), value };
    });
    const first: readonly Write[] =
      made === null
        ? []
        : [{ type: "put", table: "meta", key: OPENED_KEY, value: await vault.wrap(made) }];
    await store.commit([...first, ...rows], { durability: "relaxed", fence: family.fence });
    if (made !== null) key = Promise.resolve(made);
  }

  /** One look at the disk for all that is asked in one turn: a page is fifty messages. */
  async function rowOf(header: Header): Promise<StoredValue | null> {
    return new Promise((answer, fail) => {
      asked.push({ header, answer, fail });
      if (asked.length === 1) queueMicrotask(() => void lookUp());
    });
  }

  async function lookUp(): Promise<void> {
    const all = asked;
    asked = [];
    try {
      const keys = all.map((one) => entryKey(one.header));
      const values = await store.getMany("timeline", keys);
      for (const [index, one] of all.entries()) one.answer(values[index] ?? null);
    } catch (error) {
      for (const one of all) one.fail(error);
    }
  }

  async function sealingKey(): Promise<Uint8Array | null> {
    key ??= readKey();
    try {
      return await key;
    } catch (error) {
      key = null;
      throw error;
    }
  }

  async function readKey(): Promise<Uint8Array | null> {
    const sealed = await store.get("meta", OPENED_KEY);
    const plain = sealed instanceof Uint8Array ? await vault.unwrap(sealed) : null;
    return plain?.length === KEY_BYTES ? plain : null;
  }
}
