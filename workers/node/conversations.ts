/**
 * Direct conversations: sends texts, files what arrives, reads pages for the screen with their
 * delivery in words, and remembers what was read. SPEC CV1 to CV6. Source: DESIGN §5, §9.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, MemberId } from "../core/codec/ids.ts";
import { compareClock, streamKey, type Clock, type Header } from "../core/gossip/header.ts";
import { deliveryOf } from "../core/gossip/reporting.ts";
import { isBodyExpired } from "../core/gossip/retention.ts";
import type { Change, Known } from "../core/gossip/stream.ts";
import type { Verdict } from "../core/gossip/verdict.ts";
import { permits, toMember } from "../core/ledger/permits.ts";
import { devicesOf, findDevice, findMember, type Device } from "../core/ledger/state.ts";
import { prefixRange, StoreError, type Write } from "../storage/store.ts";
import type {
  AddedMessage,
  ConversationView,
  DeliveryState,
  FailureCode,
  MessageView,
} from "../api.ts";
import {
  familyNow,
  holdOf,
  isLinked,
  myMember,
  nameOf,
  ownerName,
  stateOf,
  type Family,
} from "./family.ts";
import type { Opener } from "./opening.ts";
import { directRecipients, publish } from "./publishing.ts";
import { openSentRequests } from "./sent-requests.ts";
import {
  conversationOf,
  expireBefore,
  insert,
  pageOf,
  remove,
  type TimelineItem,
} from "./timeline.ts";

/** `detail` of `not-allowed`: the name of the rule that refuses. */
export type Sent =
  | { readonly ok: true; readonly id: Hex }
  | { readonly ok: false; readonly code: FailureCode; readonly detail?: string };

/** `added`: one message more at the end, and nothing else. */
export type Filed = "added" | "changed";

export interface Conversations {
  /** Files new or changed verdicts; the conversations (hex) that look different now, and how. */
  readonly file: (changes: readonly Change[]) => ReadonlyMap<Hex, Filed>;
  /** The same of all that these devices have said. */
  readonly fileAgain: (devices: readonly DeviceId[]) => ReadonlyMap<Hex, Filed>;
  /** The last message of a conversation, as the screen shows it. */
  readonly lastAdded: (conversation: Hex) => Promise<AddedMessage | null>;
  /** `request` names the attempt: repeated, it gives the message that it made. */
  readonly sendText: (conversation: Hex, text: string, request: string | null) => Promise<Sent>;
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

const PREVIEW_CHARACTERS = 120;

/** `no-recipient`: the last device of the other member was removed. */
const PUBLISH_FAILURES = {
  rate: "too-fast",
  clock: "clock-wrong",
  "no-recipient": "unknown-conversation",
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
  /** Who has given which device the keys of the earlier messages that both could read. */
  const refilled = new Set<string>();
  fileStored();

  return { file, fileAgain, lastAdded, sendText, page, markRead, expire, views };

  async function expire(floorDay: number): Promise<ReadonlySet<Hex>> {
    const gone = expireBefore(family.timeline, floorDay);
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

  /** What the disk held at start is in the core already; only the lists are made. */
  function fileStored(): void {
    const core = family.gossip?.core();
    const me = myMember(family);
    if (core === undefined || me === null) return;
    for (const stream of core.streams.values()) {
      for (const known of stream.known.values()) {
        noteRefill(known);
        const conversation = conversationOf(stateOf(family), me.id, known.header);
        if (conversation !== null && isShown(known.header, known.verdict)) {
          insert(family.timeline, conversation, known);
        }
      }
    }
  }

  function file(changes: readonly Change[]): ReadonlyMap<Hex, Filed> {
    const touched = new Map<Hex, Filed>();
    const me = myMember(family);
    if (me === null) return touched;
    for (const { known } of changes) {
      noteRefill(known);
      const conversation = conversationOf(stateOf(family), me.id, known.header);
      if (conversation === null) continue;
      const isKept = isShown(known.header, known.verdict);
      const isAdded = isKept && insert(family.timeline, conversation, known);
      if (!isKept) remove(family.timeline, conversation, known.id);
      if (known.verdict.type === "refused") opener.forget(known.id);
      else opener.retry(known.id);
      touched.set(conversation, isAdded && !touched.has(conversation) ? "added" : "changed");
    }
    return touched;
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

  function noteRefill({ header, verdict }: Known): void {
    if (header.kind !== "refill" || verdict.type !== "accepted") return;
    const giver = findDevice(stateOf(family), header.author)?.member;
    if (giver === undefined) return;
    for (const { device } of header.recipients) refilled.add(`${toHex(giver)}/${toHex(device)}`);
  }

  async function lastAdded(conversation: Hex): Promise<AddedMessage | null> {
    const items = family.timeline.conversations.get(conversation) ?? [];
    const last = items.at(-1);
    if (last === undefined) return null;
    const before = items.at(-2);
    return {
      message: await messageView(last),
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

  function isMine(header: Header): boolean {
    const me = myMember(family);
    const author = findDevice(stateOf(family), header.author)?.member;
    return me !== null && author !== undefined && isSameBytes(me.id, author);
  }

  async function sendText(conversation: Hex, text: string, request: string | null): Promise<Sent> {
    const before = request === null ? null : sent.find(request);
    if (before !== null) return { ok: true, id: before };
    const me = myMember(family);
    const state = stateOf(family);
    const target = findMember(state, fromHex(conversation));
    if (me === null) return { ok: false, code: "not-member" };
    if (target === null) return { ok: false, code: "unknown-conversation" };
    const permission = permits(state, me.id, "send", toMember(target.id), familyNow(family));
    if (!permission.ok) return { ok: false, code: "not-allowed", detail: permission.rule };
    const latest = family.timeline.conversations.get(conversation)?.at(-1);
    let stored: Hex | null = null;
    try {
      const published = await publish(
        family,
        "direct",
        target.id,
        directRecipients(family, target.id, me.id),
        { type: "text", text, replyTo: null, parents: latest === undefined ? [] : [latest.id] },
        (message) => {
          const id = toHex(message);
          const nowMs = family.env.now();
          const onStored = (): void => {
            stored = id;
            if (request !== null) sent.note(request, id, nowMs);
          };
          return { writes: request === null ? [] : sent.writes(request, id, nowMs), onStored };
        },
      );
      if (published.ok) return { ok: true, id: toHex(published.id) };
      return { ok: false, code: PUBLISH_FAILURES[published.reason] };
    } catch (error) {
      // It is kept and will be sent: told otherwise, a person would send it twice.
      if (stored === null || !(error instanceof StoreError)) throw error;
      return { ok: true, id: stored };
    }
  }

  async function page(
    conversation: Hex,
    before: Hex | null,
    limit: number,
  ): Promise<{ readonly messages: readonly MessageView[]; readonly hasMore: boolean }> {
    const { items, hasMore } = pageOf(family.timeline, conversation, before, limit);
    const messages = await Promise.all(items.map(async (item) => messageView(item)));
    return { messages, hasMore };
  }

  async function messageView(item: TimelineItem): Promise<MessageView> {
    const { header, id } = item;
    const mine = isMine(header);
    const verdict = verdictOf(header);
    const shared = {
      id: toHex(id),
      authorName: ownerName(family, header.author),
      isMine: mine,
      at: header.clock.ms,
      delivery: mine ? delivery(header, verdict) : null,
    };
    if (verdict?.type === "refused" && !mine) return { ...shared, text: "", hidden: "withdrawn" };
    const reading = await opener.read(id, header);
    if (!reading.ok) return { ...shared, text: "", hidden: "undecryptable" };
    if (reading.payload.type !== "text") return { ...shared, text: "", hidden: "unsupported" };
    return { ...shared, text: reading.payload.text, hidden: null };
  }

  /** By the message's author, or by another device of its own member. */
  function isRefilled(device: Device, author: DeviceId): boolean {
    const givers = [findDevice(stateOf(family), author)?.member, device.member];
    return givers.some((one) => one && refilled.has(`${toHex(one)}/${toHex(device.id)}`));
  }

  function verdictOf(header: Header): Verdict | null {
    const stream = family.gossip?.core().streams.get(streamKey(header.author, header.stream));
    return stream?.known.get(header.seq)?.verdict ?? null;
  }

  function delivery(header: Header, verdict: Verdict | null): DeliveryState {
    if (verdict?.type === "refused") {
      return { type: "refused", reason: verdict.rule, height: verdict.height };
    }
    const core = family.gossip?.core();
    if (core === undefined || header.audience.type !== "member") return { type: "queued" };
    // A device that came later holds it, and opens it only where it was given the key.
    const recipients = devicesOf(stateOf(family), header.audience.member).filter(
      (one) =>
        isRefilled(one, header.author) ||
        header.recipients.some(({ device }) => isSameBytes(device, one.id)),
    );
    return deliveryOf(
      core,
      header,
      recipients.map((one) => one.id),
    );
  }

  async function markRead(conversation: Hex): Promise<void> {
    const last = family.timeline.conversations.get(conversation)?.at(-1)?.header.clock;
    const known = read.get(conversation);
    if (last === undefined || (known !== undefined && compareClock(last, known) <= 0)) return;
    await family.env.store.commit(
      [{ type: "put", table: "meta", key: ["read", conversation], value: [last.ms, last.counter] }],
      { durability: "relaxed", fence: family.fence },
    );
    read.set(conversation, last);
  }

  async function views(): Promise<readonly ConversationView[]> {
    const me = myMember(family);
    if (me === null) return [];
    // Who has left is there as long as something was said.
    const hasTalk = (id: MemberId): boolean =>
      (family.timeline.conversations.get(toHex(id))?.length ?? 0) > 0;
    const others = stateOf(family).members.filter(
      (one) => !isSameBytes(one.id, me.id) && (one.leftAt === null || hasTalk(one.id)),
    );
    const all = await Promise.all(others.map(async (member) => conversationView(toHex(member.id))));
    return all.toSorted(
      (a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0) || (a.name < b.name ? -1 : 1),
    );
  }

  async function conversationView(id: Hex): Promise<ConversationView> {
    const state = stateOf(family);
    const member = fromHex(id);
    const items = family.timeline.conversations.get(id) ?? [];
    const lastItem = items.at(-1);
    const last = lastItem === undefined ? null : await messageView(lastItem);
    const seen = read.get(id) ?? { ms: 0, counter: 0 };
    const unread = items.filter(
      (one) => !isMine(one.header) && compareClock(one.header.clock, seen) > 0,
    ).length;
    return {
      id,
      name: nameOf(family, member),
      role: findMember(state, member)?.role ?? "contact",
      last: last === null ? null : previewOf(last),
      unread,
      isConnected: devicesOf(state, member).some((one) => isLinked(family, one.id)),
    };
  }
}

/** What a list shows of a message. */
function previewOf(message: MessageView): NonNullable<ConversationView["last"]> {
  const { text, at, isMine, hidden, delivery } = message;
  return { text: text.slice(0, PREVIEW_CHARACTERS), at, isMine, hidden, delivery };
}
