/**
 * Tells the others of a conversation how far this person has read, and that it is writing, where the
 * person lets: neither without its word. Reading is a mark, so it waits for who is away; writing is told
 * to who is linked now, and stored nowhere. SPEC MK10, MK11. Source: DESIGN §5 (receipts, presence).
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex } from "../core/codec/ids.ts";
import { compareClock, type Clock, type Kind } from "../core/gossip/header.ts";
import type { Payload } from "../core/gossip/payload.ts";
import type { VerifiedEntry } from "../core/gossip/state.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { Sent } from "./conversations.ts";
import { holdOf, myMember, stateOf, type Family } from "./family.ts";
import { READING_INTERVAL_MS, TYPING_INTERVAL_MS } from "./limits.ts";
import type { Marks } from "./marks.ts";
import type { Opener } from "./opening.ts";
import { placeOf } from "./timeline.ts";

export interface Reading {
  readonly isShared: () => boolean;
  readonly share: (isShared: boolean) => Promise<void>;
  /** The person has seen all up to this clock. */
  readonly seen: (conversation: Hex, upTo: Clock) => Promise<void>;
  /** The person writes something. */
  readonly typed: (conversation: Hex) => Promise<void>;
  /** Says what came too soon after the last time. */
  readonly tick: () => Promise<void>;
  /** In which conversation of mine somebody writes, by its entry; null where nobody is to be told of. */
  readonly heard: (entry: VerifiedEntry) => Promise<Hex | null>;
}

/** Seals and publishes in a conversation (conversations.ts). */
type Say = (conversation: Hex, kind: Kind, payload: Payload) => Promise<Sent>;

const SHARED_KEY = ["reading"];

export async function openReading(
  family: Family,
  opener: Opener,
  marks: Marks,
  say: Say,
): Promise<Reading> {
  let isShared = (await family.env.store.get("meta", SHARED_KEY)) === true;
  const due = new Map<Hex, Clock>();
  /** When something was last told of a conversation, by the monotonic clock. */
  const toldAt = new Map<Hex, number>();
  const typedAt = new Map<Hex, number>();

  return { isShared: () => isShared, share, seen, typed, tick, heard };

  async function share(next: boolean): Promise<void> {
    await family.env.store.commit([{ type: "put", table: "meta", key: SHARED_KEY, value: next }], {
      durability: "strict",
      fence: family.fence,
    });
    isShared = next;
    if (!next) due.clear();
  }

  async function seen(conversation: Hex, upTo: Clock): Promise<void> {
    if (!isShared) return;
    due.set(conversation, upTo);
    await tell(conversation, upTo);
  }

  async function tick(): Promise<void> {
    for (const [conversation, upTo] of due) await tell(conversation, upTo);
  }

  async function tell(conversation: Hex, upTo: Clock): Promise<void> {
    const now = family.env.monotonic();
    if (now - (toldAt.get(conversation) ?? Number.NEGATIVE_INFINITY) < READING_INTERVAL_MS) return;
    const me = myMember(family);
    const before = (await marks.read(conversation)).read.get(me === null ? "" : toHex(me.id));
    due.delete(conversation);
    if (me === null || (before !== undefined && compareClock(upTo, before) <= 0)) return;
    toldAt.set(conversation, now);
    const said = await say(conversation, "receipt", { type: "receipt", upTo });
    if (!said.ok && (said.code === "too-fast" || said.code === "too-much"))
      due.set(conversation, upTo);
  }

  async function typed(conversation: Hex): Promise<void> {
    const now = family.env.monotonic();
    const isSoon =
      now - (typedAt.get(conversation) ?? Number.NEGATIVE_INFINITY) < TYPING_INTERVAL_MS;
    if (!isShared || isSoon) return;
    typedAt.set(conversation, now);
    await say(conversation, "presence", { type: "presence", isTyping: 1 });
  }

  async function heard({ id, header, entry }: VerifiedEntry): Promise<Hex | null> {
    const me = myMember(family);
    const author = findDevice(stateOf(family), header.author)?.member;
    if (me === null || author === undefined || isSameBytes(author, me.id)) return null;
    if (header.kind !== "presence" || holdOf(family, header.author) !== null) return null;
    const conversation = placeOf(stateOf(family), me.id, header);
    if (conversation === null) return null;
    const reading = await opener.readNow(id, header, entry.body);
    const isTyping =
      reading.ok && reading.payload.type === "presence" && reading.payload.isTyping === 1;
    return isTyping ? conversation : null;
  }
}
