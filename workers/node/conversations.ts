/**
 * Conversations, with one, with a group, with the whole family: sends texts and what is said about
 * them, files what arrives, reads pages for the screen, and remembers what was read.
 * SPEC CV1 to CV10, GC1 to GC8, MK7 to MK9. Source: DESIGN §5, §9.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex } from "../core/codec/ids.ts";
import { compareClock, type Clock, type Header, type Kind } from "../core/gossip/header.ts";
import { isEmoji } from "../core/gossip/marks.ts";
import type { Payload } from "../core/gossip/payload.ts";
import { isBodyExpired } from "../core/gossip/retention.ts";
import type { Change, Known } from "../core/gossip/stream.ts";
import type { Verdict } from "../core/gossip/verdict.ts";
import { has } from "../core/ledger/relations.ts";
import { findDevice, findMember, type Device } from "../core/ledger/state.ts";
import { prefixRange, StoreError, type Write } from "../storage/store.ts";
import type {
  AddedMessage,
  ConversationView,
  FailureCode,
  MessageChange,
  MessageView,
  ReachView,
} from "../api.ts";
import { holdOf, isConnected, myMember, nameOf, stateOf, textOf, type Family } from "./family.ts";
import { createMarks, MARK_KINDS } from "./marks.ts";
import { createMessageViews, previewOf } from "./message-views.ts";
import type { Opener } from "./opening.ts";
import type { Along } from "./gossip-keeper.ts";
import { publish } from "./publishing.ts";
import { openReading, type Reading } from "./reading.ts";
import { createRefills } from "./refills.ts";
import { openSentRequests } from "./sent-requests.ts";
import {
  addressed,
  findGroup,
  findTalk,
  leftOutOf,
  membersOfTalk,
  talkFault,
  talksOf,
  type Talk,
} from "./talks.ts";
import {
  compareItems,
  expireBefore,
  insert,
  MESSAGE_KINDS,
  pageOf,
  placeOf,
  remove,
  type TimelineItem,
} from "./timeline.ts";

/** `detail` of `not-allowed`: the name of the rule that refuses. */
export type Sent =
  | { readonly ok: true; readonly id: Hex }
  | { readonly ok: false; readonly code: FailureCode; readonly detail?: string };

/** `added`: one message more at the end, and nothing else. */
export type Filed = "added" | "changed";

/** A text to be sent. */
export interface Draft {
  readonly text: string;
  /** The message that it answers (hex). */
  readonly replyTo: string | null;
  /** Names the attempt: repeated, it gives the message that it made. */
  readonly request: string | null;
}

export interface Conversations {
  /** The head moved: as soon as this device is a member, what came before has its place. */
  readonly advanced: () => void;
  /** Files new or changed verdicts; the conversations (hex) that look different now, and how. */
  readonly file: (changes: readonly Change[]) => ReadonlyMap<Hex, Filed>;
  /** The same of all that these devices have said. */
  readonly fileAgain: (devices: readonly DeviceId[]) => ReadonlyMap<Hex, Filed>;
  /** What this person lets others know of its reading and writing. */
  readonly reading: Reading;
  /** Keys have come: what did not open may do now. */
  readonly retry: () => void;
  /** The last message of a conversation, as the screen shows it. */
  readonly lastAdded: (conversation: Hex) => Promise<AddedMessage | null>;
  readonly sendText: (conversation: Hex, draft: Draft) => Promise<Sent>;
  /** Says something about an earlier message: edits, takes back, reacts. */
  readonly change: (conversation: Hex, message: Hex, change: MessageChange) => Promise<Sent>;
  /** Who has a message of mine. */
  readonly reach: (conversation: Hex, message: Hex) => Promise<readonly ReachView[]>;
  readonly page: (
    conversation: Hex,
    before: Hex | null,
    limit: number,
  ) => Promise<{ readonly messages: readonly MessageView[]; readonly hasMore: boolean }>;
  readonly markRead: (conversation: Hex) => Promise<void>;
  /** Takes out what retention has let go of, and the keys that opened it. */
  readonly expire: (floorDay: number) => Promise<ReadonlySet<Hex>>;
  readonly views: () => Promise<readonly ConversationView[]>;
}

/** `no-recipient`: the last device of the other member was removed. */
const PUBLISH_FAILURES = {
  rate: "too-fast",
  quota: "too-much",
  clock: "clock-wrong",
  "no-recipient": "unknown-conversation",
  "too-many": "too-many-devices",
} as const satisfies Record<string, FailureCode>;

export async function openConversations(family: Family, opener: Opener): Promise<Conversations> {
  const sent = await openSentRequests(family.env.store);
  const read = new Map<Hex, Clock>();
  for (const row of await family.env.store.list("meta", prefixRange(["read"]))) {
    const [, conversation] = row.key;
    const [ms, counter] = Array.isArray(row.value) ? (row.value as readonly unknown[]) : [];
    if (typeof conversation === "string" && typeof ms === "number" && typeof counter === "number") {
      read.set(conversation, { ms, counter });
    }
  }
  const refills = createRefills(family);
  const marks = createMarks(family, opener);
  const shown = createMessageViews(family, opener, marks, refills);
  const { isMine } = shown;
  const reading = await openReading(family, opener, marks, async (conversation, kind, payload) =>
    say(conversation, kind, payload, null),
  );
  /** Of what came before this device was a member nothing has a place yet. */
  let isPlaced = false;
  fileStored();

  return {
    advanced: fileStored,
    file,
    fileAgain,
    retry: marks.retry,
    reading,
    lastAdded,
    sendText,
    change,
    reach,
    page,
    markRead,
    expire,
    views,
  };

  async function expire(floorDay: number): Promise<ReadonlySet<Hex>> {
    const gone = expireBefore(family.timeline, floorDay);
    marks.expireBefore(floorDay);
    const writes: Write[] = gone.items.map((item) => ({
      type: "delete",
      table: "keys",
      key: [item.id],
    }));
    if (writes.length > 0) {
      await family.env.store.commit(writes, { durability: "relaxed", fence: family.fence });
    }
    return gone.conversations;
  }

  /**
   * What the disk held at start, or came before this device was a member, is in the core already; only the
   * lists are made, once.
   */
  function fileStored(): void {
    const core = family.gossip?.core();
    const me = myMember(family);
    if (isPlaced || core === undefined || me === null) return;
    isPlaced = true;
    // In the order in which they read: each goes to the end of its conversation.
    const stored = [...core.streams.values()].flatMap(({ known }) => [...known.values()]);
    for (const known of stored.sort(compareItems)) {
      refills.note(known);
      fileOne(known, placeOf(stateOf(family), me.id, known.header));
    }
  }

  function file(changes: readonly Change[]): ReadonlyMap<Hex, Filed> {
    const touched = new Map<Hex, Filed>();
    const me = myMember(family);
    if (me === null) return touched;
    for (const { known } of changes) {
      refills.note(known);
      const conversation = placeOf(stateOf(family), me.id, known.header);
      const filed = fileOne(known, conversation);
      if (conversation === null || filed === null) continue;
      if (known.verdict.type === "refused") opener.forget(known.id);
      else opener.retry(known.id);
      touched.set(conversation, touched.has(conversation) ? "changed" : filed);
    }
    return touched;
  }

  /** Puts a message or mark where it belongs, or takes it out; null for what is neither. */
  function fileOne(known: Known, conversation: Hex | null): Filed | null {
    const { header, verdict } = known;
    if (conversation === null) return null;
    if (MARK_KINDS.has(header.kind)) {
      const counts = isShown(header, verdict) && verdict.type === "accepted";
      if (counts) marks.add(conversation, known);
      else marks.drop(conversation, known);
      return "changed";
    }
    if (!MESSAGE_KINDS.has(header.kind)) return null;
    if (isShown(header, verdict)) {
      return insert(family.timeline, conversation, known) ? "added" : "changed";
    }
    remove(family.timeline, conversation, known.id);
    return "changed";
  }

  /** What these devices have said looks different: they are held, or no more. */
  function fileAgain(devices: readonly DeviceId[]): ReadonlyMap<Hex, Filed> {
    const streams = [...(family.gossip?.core().streams.values() ?? [])];
    const theirs = streams.filter(({ author }) => devices.some((one) => isSameBytes(one, author)));
    return file(
      theirs.flatMap(({ known }) =>
        [...known.values()].map((one) => ({ known: one, before: one.verdict })),
      ),
    );
  }

  async function lastAdded(conversation: Hex): Promise<AddedMessage | null> {
    const items = family.timeline.conversations.get(conversation) ?? [];
    const last = items.at(-1);
    if (last === undefined) return null;
    const before = items.at(-2);
    return {
      message: await shown.view(conversation, last),
      after: before === undefined ? null : toHex(before.id),
    };
  }

  /** Accepted ones, my own whatever became of them, and withdrawn ones, which leave their reason. */
  function isShown(header: Header, verdict: Verdict): boolean {
    const core = family.gossip?.core();
    if (core !== undefined && isBodyExpired(core, header)) return false;
    const isThis = isSameBytes(header.author, family.identity.device);
    const hold = isThis ? null : holdOf(family, header.author);
    if (hold !== null && header.clock.ms > hold.since) return false;
    if (verdict.type === "accepted" || isMine(header)) return true;
    return verdict.type === "refused" && verdict.rule === "revoked";
  }

  async function sendText(conversation: Hex, { text, replyTo, request }: Draft): Promise<Sent> {
    const before = request === null ? null : sent.find(request);
    if (before !== null) return { ok: true, id: before };
    const items = family.timeline.conversations.get(conversation) ?? [];
    const latest = items.at(-1);
    const answered = items.find((one) => toHex(one.id) === replyTo);
    if (replyTo !== null && answered === undefined) return { ok: false, code: "unknown-message" };
    const payload: Payload = {
      type: "text",
      text,
      replyTo: answered?.id ?? null,
      parents: latest === undefined ? [] : [latest.id],
    };
    const kind = findMember(stateOf(family), idBytes(conversation)) === null ? "group" : "direct";
    return say(conversation, kind, payload, request);
  }

  async function change(conversation: Hex, message: Hex, request: MessageChange): Promise<Sent> {
    const item = find(conversation, message);
    if (item === null) return { ok: false, code: "unknown-message" };
    const target = item.id;
    if (request.type === "react") {
      const emoji = request.emoji ?? "";
      if (emoji !== "" && !isEmoji(emoji)) return { ok: false, code: "not-allowed" };
      return say(conversation, "reaction", { type: "reaction", target, emoji }, null, item.header);
    }
    if (!isMine(item.header)) return { ok: false, code: "not-allowed" };
    const payload: Payload =
      request.type === "edit"
        ? { type: "edit", target, text: request.text }
        : { type: "delete", target };
    return say(conversation, request.type, payload, null, item.header);
  }

  /**
   * Seals for everybody whom my words reach there, and publishes; what is about a message only for
   * whom that was: an edit tells its text to nobody who came later.
   */
  async function say(
    conversation: Hex,
    kind: Kind,
    payload: Payload,
    request: string | null,
    about: Header | null = null,
  ): Promise<Sent> {
    if (myMember(family) === null) return { ok: false, code: "not-member" };
    const talk = findTalk(stateOf(family), conversation);
    if (talk === null) return { ok: false, code: "unknown-conversation" };
    const to = addressed(family, talk, kind);
    if (!to.ok) {
      return to.reason === "too-many"
        ? { ok: false, code: "too-many-devices" }
        : { ok: false, code: "not-allowed", detail: to.fault.rule };
    }
    let stored: Hex | null = null;
    const along = (message: Uint8Array): Along => {
      const id = toHex(message);
      const nowMs = family.env.now();
      const onStored = (): void => {
        stored = id;
        if (request !== null) sent.note(request, id, nowMs);
      };
      return { writes: request === null ? [] : sent.writes(request, id, nowMs), onStored };
    };
    try {
      const devices = about === null ? to.devices : amongReaders(to.devices, about);
      const published = await publish(family, kind, talk.audience, devices, payload, along);
      if (published.ok) return { ok: true, id: toHex(published.id) };
      return { ok: false, code: PUBLISH_FAILURES[published.reason] };
    } catch (error) {
      // It is kept and will be sent: told otherwise, a person would send it twice.
      if (stored === null || !(error instanceof StoreError)) throw error;
      return { ok: true, id: stored };
    }
  }

  /** Of members for one of whose devices a message was sealed, its author's included. */
  function amongReaders(devices: readonly Device[], { author, recipients }: Header): Device[] {
    const ids = [author, ...recipients.map((one) => one.device)];
    const readers = ids.flatMap((one) => findDevice(stateOf(family), one)?.member ?? []);
    return devices.filter((one) => has(readers, one.member));
  }

  function find(conversation: Hex, message: Hex): TimelineItem | null {
    const items = family.timeline.conversations.get(conversation) ?? [];
    return items.find((one) => toHex(one.id) === message) ?? null;
  }

  async function reach(conversation: Hex, message: Hex): Promise<readonly ReachView[]> {
    const item = find(conversation, message);
    return item === null ? [] : shown.reach(conversation, item);
  }

  async function page(
    conversation: Hex,
    before: Hex | null,
    limit: number,
  ): Promise<{ readonly messages: readonly MessageView[]; readonly hasMore: boolean }> {
    const { items, hasMore } = pageOf(family.timeline, conversation, before, limit);
    const messages = await Promise.all(items.map(async (item) => shown.view(conversation, item)));
    return { messages, hasMore };
  }

  async function markRead(conversation: Hex): Promise<void> {
    const items = family.timeline.conversations.get(conversation) ?? [];
    const last = items.at(-1)?.header.clock;
    const known = read.get(conversation);
    if (last === undefined || (known !== undefined && compareClock(last, known) <= 0)) return;
    await family.env.store.commit(
      [{ type: "put", table: "meta", key: ["read", conversation], value: [last.ms, last.counter] }],
      { durability: "relaxed", fence: family.fence },
    );
    read.set(conversation, last);
    const theirs = items.findLast(({ header }) => !isMine(header))?.header.clock;
    if (theirs !== undefined) await reading.seen(conversation, theirs);
  }

  async function views(): Promise<readonly ConversationView[]> {
    const hasTalk = (id: Hex): boolean => (family.timeline.conversations.get(id)?.length ?? 0) > 0;
    const all = await Promise.all(talksOf(family, hasTalk).map(conversationView));
    return all.toSorted(
      (a, b) =>
        (b.last?.at ?? 0) - (a.last?.at ?? 0) ||
        ORDER[a.kind] - ORDER[b.kind] ||
        (a.name < b.name ? -1 : 1),
    );
  }

  async function conversationView(talk: Talk): Promise<ConversationView> {
    const { id, audience } = talk;
    const state = stateOf(family);
    const items = family.timeline.conversations.get(id) ?? [];
    const lastItem = items.at(-1);
    const last = lastItem === undefined ? null : await shown.view(id, lastItem);
    const seen = read.get(id) ?? { ms: 0, counter: 0 };
    const unread = items.filter(
      (one) => !isMine(one.header) && compareClock(one.header.clock, seen) > 0,
    ).length;
    const members = membersOfTalk(family, talk);
    const leftOut = leftOutOf(family, talk, "group");
    const me = myMember(family);
    const others = members.filter((one) => me === null || !isSameBytes(one, me.id));
    return {
      id,
      kind: audience.type,
      name: nameOfTalk(talk),
      role:
        audience.type === "member" ? (findMember(state, audience.member)?.role ?? "contact") : null,
      members: members.map((one) => ({ member: toHex(one), isLeftOut: has(leftOut, one) })),
      last: last === null ? null : previewOf(last),
      unread,
      isConnected: state.devices.some(
        (one) => one.revoked === null && has(others, one.member) && isConnected(family, one.id),
      ),
      isClosed: isClosed(talk),
    };
  }

  /** Empty for the family's own, which the page names, and where the name cannot be read. */
  function nameOfTalk({ id, audience }: Talk): string {
    if (audience.type === "member") return nameOf(family, audience.member);
    const group = findGroup(stateOf(family), id);
    return group === null ? "" : (textOf(family, group.name) ?? "");
  }

  /** Who has left, a group that is archived or that I am not in: nothing is said there any more. */
  function isClosed(talk: Talk): boolean {
    const rule = talkFault(family, talk, "delete")?.rule;
    const isOutside = talk.audience.type === "family" && rule === "not-by-role";
    return isOutside || (rule !== undefined && CLOSED.has(rule));
  }
}

/** Of conversations in which nothing was said yet the family's own stands first. */
const ORDER: Readonly<Record<ConversationView["kind"], number>> = {
  family: 0,
  group: 1,
  member: 2,
};
const CLOSED: ReadonlySet<string> = new Set(["left-the-family", "unknown-group", "not-in-group"]);

function idBytes(conversation: Hex): Uint8Array {
  return /^[0-9a-f]{32}$/.test(conversation) ? fromHex(conversation) : new Uint8Array(16);
}
