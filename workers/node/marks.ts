/**
 * The marks on this device (core/gossip/marks.ts): which were filed for which conversation, opened when
 * somebody looks at it, and what they make of its messages. In memory, filed again from the stored
 * headers at start. A mark is about messages of its own conversation alone. SPEC MK7 to MK9.
 */
import { toHex, type Hex } from "../core/codec/ids.ts";
import { dayOf } from "../core/gossip/clock.ts";
import type { Clock, Header, Kind } from "../core/gossip/header.ts";
import {
  settleMarks,
  settleReceipts,
  targetOf,
  UNMARKED,
  type Mark,
  type Marked,
  type MarkPayload,
} from "../core/gossip/marks.ts";
import { findDevice } from "../core/ledger/state.ts";
import { stateOf, type Family } from "./family.ts";
import type { Opener } from "./opening.ts";
import type { TimelineItem } from "./timeline.ts";

/** What is said about messages; never a message of its own. */
export const MARK_KINDS: ReadonlySet<Kind> = new Set<Kind>([
  "edit",
  "delete",
  "reaction",
  "receipt",
]);

/** The opened marks of one conversation. */
export interface Marking {
  /** @param author member (hex) that wrote the message */
  readonly of: (message: Hex, author: Hex) => Marked;
  /** How far each member has read, by member. */
  readonly read: ReadonlyMap<Hex, Clock>;
}

export interface Marks {
  /** Files one; it is opened when its conversation is read. */
  readonly add: (conversation: Hex, item: TimelineItem) => void;
  readonly drop: (conversation: Hex, item: TimelineItem) => void;
  /** Keys have come: what did not open is tried again. */
  readonly retry: () => void;
  readonly expireBefore: (floorDay: number) => void;
  readonly read: (conversation: Hex) => Promise<Marking>;
}

interface Filed {
  /** In the timeline too, whether they open or not: their keys go with those of its messages. */
  readonly items: Map<Hex, TimelineItem>;
  /** Of the items those that were opened; null: it did not open, or is none. */
  readonly opened: Map<Hex, Mark | null>;
  marking: Marking | null;
}

export function createMarks(family: Family, opener: Opener): Marks {
  const conversations = new Map<Hex, Filed>();

  return { add, drop, retry, expireBefore, read };

  function add(conversation: Hex, item: TimelineItem): void {
    const filed = conversations.get(conversation) ?? begin(conversation);
    if (filed.items.has(toHex(item.id))) return;
    filed.items.set(toHex(item.id), item);
    filed.marking = null;
  }

  function begin(conversation: Hex): Filed {
    const filed: Filed = { items: new Map(), opened: new Map(), marking: null };
    conversations.set(conversation, filed);
    family.timeline.marks.set(conversation, filed.items);
    return filed;
  }

  function drop(conversation: Hex, { id }: TimelineItem): void {
    const filed = conversations.get(conversation);
    if (filed?.items.delete(toHex(id)) !== true) return;
    filed.opened.delete(toHex(id));
    filed.marking = null;
  }

  function retry(): void {
    for (const filed of conversations.values()) {
      for (const [id, mark] of filed.opened) {
        if (mark !== null) continue;
        filed.opened.delete(id);
        filed.marking = null;
      }
    }
  }

  function expireBefore(floorDay: number): void {
    for (const [conversation, filed] of conversations) {
      for (const item of filed.items.values()) {
        if (dayOf(item.header.clock.ms) < floorDay) drop(conversation, item);
      }
    }
  }

  async function read(conversation: Hex): Promise<Marking> {
    const filed = conversations.get(conversation);
    if (filed === undefined) return NO_MARKS;
    // What is filed while others are being opened is opened too.
    while (filed.marking === null) {
      const missing = [...filed.items].filter(([id]) => !filed.opened.has(id));
      if (missing.length === 0) filed.marking = markingOf(filed);
      await Promise.all(
        missing.map(async ([id, item]) => {
          const mark = await open(item);
          if (filed.items.has(id)) filed.opened.set(id, mark);
        }),
      );
    }
    return filed.marking;
  }

  async function open({ id, header }: TimelineItem): Promise<Mark | null> {
    const by = findDevice(stateOf(family), header.author)?.member;
    const reading = await opener.read(id, header);
    if (!reading.ok || by === undefined || !isMark(header, reading.payload)) return null;
    return { id, clock: header.clock, by: toHex(by), payload: reading.payload };
  }
}

const NO_MARKS: Marking = { of: () => UNMARKED, read: new Map() };

/** The opener has compared the payload with the header's kind already. */
function isMark({ kind }: Header, payload: { readonly type: string }): payload is MarkPayload {
  return MARK_KINDS.has(kind) && payload.type === kind;
}

function markingOf({ opened }: Filed): Marking {
  const marks = [...opened.values()].filter((one) => one !== null);
  const byTarget = new Map<Hex, Mark[]>();
  for (const mark of marks) {
    const target = targetOf(mark);
    if (target === null) continue;
    const about = byTarget.get(target);
    if (about === undefined) byTarget.set(target, [mark]);
    else about.push(mark);
  }
  return {
    of: (message, author) => {
      const about = byTarget.get(message);
      return about === undefined ? UNMARKED : settleMarks(about, author);
    },
    read: settleReceipts(marks),
  };
}
