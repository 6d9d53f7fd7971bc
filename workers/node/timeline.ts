/**
 * Conversations as sorted lists: which accepted messages belong to which conversation, in the order
 * (clock, author), the same on every device. In memory, rebuilt from the stored headers at start.
 * SPEC TM1..TM3, GC4. Source: DESIGN §5 (causal order).
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { compareBytes, toHex } from "../core/codec/ids.ts";
import type { Hex, MemberId, MessageId } from "../core/codec/ids.ts";
import { dayOf } from "../core/gossip/clock.ts";
import { compareClock, type Header, type Kind } from "../core/gossip/header.ts";
import type { Known } from "../core/gossip/stream.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import { talkIdOf } from "./talks.ts";

/** What is a message of its own; the others say something about one. */
export const MESSAGE_KINDS: ReadonlySet<Kind> = new Set<Kind>(["direct", "group"]);

export interface TimelineItem {
  readonly id: MessageId;
  readonly header: Header;
}

export interface Timeline {
  /** By conversation (talks.ts), oldest first. */
  readonly conversations: Map<Hex, TimelineItem[]>;
  /** What was said about messages, by conversation and id (marks.ts). */
  readonly marks: Map<Hex, ReadonlyMap<Hex, TimelineItem>>;
}

export function createTimeline(): Timeline {
  return { conversations: new Map(), marks: new Map() };
}

/**
 * The conversation that a message, or what is said about one, belongs to on this member's devices;
 * null when it has no part in it. In a group, and in the family's own, only what was
 * sealed for one of my devices, or said by one, is mine: who comes later reads from then on.
 */
export function placeOf(state: LedgerState, me: MemberId, header: Header): Hex | null {
  const { audience } = header;
  const author = findDevice(state, header.author)?.member;
  if (author === undefined) return null;
  if (audience.type !== "member" && !isSameBytes(author, me)) {
    const mine = state.devices.filter((one) => isSameBytes(one.member, me));
    const isForMe = header.recipients.some(({ device }) =>
      mine.some((one) => isSameBytes(one.id, device)),
    );
    if (!isForMe) return null;
  }
  return talkIdOf(state, audience, author, me);
}

/** Puts a message where it belongs, once; true where it is new and the last. */
export function insert(timeline: Timeline, conversation: Hex, known: Known): boolean {
  const items = timeline.conversations.get(conversation) ?? [];
  const item = { id: known.id, header: known.header };
  const index = placeAmong(items, item);
  const before = items[index - 1];
  if (before !== undefined && isSameBytes(before.id, item.id)) return false;
  items.splice(index, 0, item);
  timeline.conversations.set(conversation, items);
  return index === items.length - 1;
}

/** How many come before it, or are it; most often all, so the end is looked at first. */
function placeAmong(items: readonly TimelineItem[], item: TimelineItem): number {
  const last = items.at(-1);
  if (last === undefined || compareItems(item, last) >= 0) return items.length;
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = items[middle];
    if (other === undefined || compareItems(item, other) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Takes a message out: withdrawn or expired. */
export function remove(timeline: Timeline, conversation: Hex, id: MessageId): void {
  const items = timeline.conversations.get(conversation);
  const index = items?.findIndex((one) => isSameBytes(one.id, id)) ?? -1;
  if (index >= 0) items?.splice(index, 1);
}

/** Takes out all messages of days before this one. */
export function expireBefore(
  timeline: Timeline,
  floorDay: number,
): { readonly items: readonly TimelineItem[]; readonly conversations: ReadonlySet<Hex> } {
  const items: TimelineItem[] = [];
  const conversations = new Set<Hex>();
  for (const [conversation, all] of timeline.conversations) {
    const gone = all.filter((one) => dayOf(one.header.clock.ms) < floorDay);
    if (gone.length === 0) continue;
    items.push(...gone);
    conversations.add(conversation);
    timeline.conversations.set(conversation, all.slice(gone.length));
  }
  return { items, conversations };
}

/** A page that ends before `before` (hex id), newest last. */
export function pageOf(
  timeline: Timeline,
  conversation: Hex,
  before: Hex | null,
  limit: number,
): { readonly items: readonly TimelineItem[]; readonly hasMore: boolean } {
  const items = timeline.conversations.get(conversation) ?? [];
  const found = before === null ? -1 : indexOfId(items, before);
  const end = found < 0 ? items.length : found;
  const start = Math.max(0, end - limit);
  return { items: items.slice(start, end), hasMore: start > 0 };
}

/** Of a hundred thousand most differ in their first byte, which costs nothing to compare. */
function indexOfId(items: readonly TimelineItem[], id: Hex): number {
  const first = Number.parseInt(id.slice(0, 2), 16);
  return items.findLastIndex((one) => one.id[0] === first && toHex(one.id) === id);
}

/** The order in which a conversation reads. */
export function compareItems(a: TimelineItem, b: TimelineItem): number {
  return compareClock(a.header.clock, b.header.clock) || compareBytes(a.id, b.id);
}
