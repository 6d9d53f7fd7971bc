/**
 * Messages as the screen shows them: their text by the latest edit, or why there is none; what they
 * answer, the reactions, and of my own how far they have come, for one person or for several.
 * SPEC CV8, CV9, GC6 to GC8, MK8, MK9. Source: DESIGN §5 (delivered, held), §9.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type DeviceId, type Hex, type MemberId } from "../core/codec/ids.ts";
import { compareClock, streamKey, type Header } from "../core/gossip/header.ts";
import { deliveryOf, spreadOf } from "../core/gossip/reporting.ts";
import type { Verdict } from "../core/gossip/verdict.ts";
import { has } from "../core/ledger/relations.ts";
import type { Gossip } from "../core/gossip/state.ts";
import { devicesOf, findDevice, findMember, type Device } from "../core/ledger/state.ts";
import type { ConversationView, DeliveryState, MessageView, QuoteView, ReachView } from "../api.ts";
import { myMember, nameOf, ownerName, stateOf, type Family } from "./family.ts";
import type { Marking, Marks } from "./marks.ts";
import type { Opener } from "./opening.ts";
import type { Refills } from "./refills.ts";
import type { TimelineItem } from "./timeline.ts";

export interface MessageViews {
  readonly view: (conversation: Hex, item: TimelineItem) => Promise<MessageView>;
  /** Who has a message of mine and who does not; empty for anything else. */
  readonly reach: (conversation: Hex, item: TimelineItem) => Promise<readonly ReachView[]>;
  readonly isMine: (header: Header) => boolean;
  readonly verdictOf: (header: Header) => Verdict | null;
}

const PREVIEW_CHARACTERS = 120;

export function createMessageViews(
  family: Family,
  opener: Opener,
  marks: Marks,
  refills: Refills,
): MessageViews {
  return { view, reach, isMine, verdictOf };

  async function view(conversation: Hex, item: TimelineItem): Promise<MessageView> {
    const { header, id } = item;
    const marking = await marks.read(conversation);
    const marked = marking.of(toHex(id), authorOf(header));
    const mine = isMine(header);
    const verdict = verdictOf(header);
    const shared = {
      id: toHex(id),
      author: authorOf(header),
      authorName: ownerName(family, header.author),
      isMine: mine,
      at: header.clock.ms,
      isEdited: false,
      quote: null,
      reactions: [],
      delivery: mine ? delivery(header, verdict, marking) : null,
    };
    const hide = (hidden: MessageView["hidden"]): MessageView => ({ ...shared, text: "", hidden });
    if (verdict?.type === "refused" && !mine) return hide("withdrawn");
    if (marked.isDeleted) return hide("deleted");
    const reading = await opener.read(id, header);
    if (!reading.ok) return hide("undecryptable");
    const { payload } = reading;
    if (payload.type !== "text") return hide("unsupported");
    return {
      ...shared,
      text: marked.text ?? payload.text,
      hidden: null,
      isEdited: marked.text !== null,
      quote:
        payload.replyTo === null
          ? null
          : await quote(conversation, toHex(payload.replyTo), marking),
      reactions: reactionsOf(marked.reactions),
    };
  }

  /** What a message answers, as it reads now: what is withdrawn, taken back or gone shows no text. */
  async function quote(conversation: Hex, id: Hex, marking: Marking): Promise<QuoteView> {
    const items = family.timeline.conversations.get(conversation) ?? [];
    const item = items.findLast((one) => toHex(one.id) === id);
    if (item === undefined) return { id, authorName: "", isMine: false, text: "", hidden: "gone" };
    const { header } = item;
    const shared = { id, authorName: ownerName(family, header.author), isMine: isMine(header) };
    const marked = marking.of(id, authorOf(header));
    const isRefused = verdictOf(header)?.type === "refused" && !shared.isMine;
    if (isRefused) return { ...shared, text: "", hidden: "withdrawn" };
    if (marked.isDeleted) return { ...shared, text: "", hidden: "deleted" };
    const reading = await opener.read(item.id, header);
    const isText = reading.ok && reading.payload.type === "text";
    if (!isText) return { ...shared, text: "", hidden: "undecryptable" };
    const text = marked.text ?? (reading.payload.type === "text" ? reading.payload.text : "");
    return { ...shared, text: text.slice(0, PREVIEW_CHARACTERS), hidden: null };
  }

  /** Those who chose the same stand together, in the order in which the first of them did. */
  function reactionsOf(
    all: readonly { readonly by: Hex; readonly emoji: string }[],
  ): MessageView["reactions"] {
    const me = myMember(family);
    const mine = me === null ? "" : toHex(me.id);
    return [...new Set(all.map(({ emoji }) => emoji))].map((emoji) => {
      const people = all.filter((one) => one.emoji === emoji).map(({ by }) => by);
      return {
        emoji,
        names: people.filter((by) => by !== mine).map((by) => nameOf(family, fromHex(by))),
        isMine: people.includes(mine),
      };
    });
  }

  function authorOf(header: Header): Hex {
    const member = findDevice(stateOf(family), header.author)?.member;
    return member === undefined ? "" : toHex(member);
  }

  function isMine(header: Header): boolean {
    const me = myMember(family);
    return me !== null && authorOf(header) === toHex(me.id);
  }

  function verdictOf(header: Header): Verdict | null {
    const stream = family.gossip?.core().streams.get(streamKey(header.author, header.stream));
    return stream?.known.get(header.seq)?.verdict ?? null;
  }

  function delivery(header: Header, verdict: Verdict | null, { read }: Marking): DeliveryState {
    if (verdict?.type === "refused") {
      return { type: "refused", reason: verdict.rule, height: verdict.height };
    }
    const core = family.gossip?.core();
    if (core === undefined) return { type: "queued" };
    const hasRead = (one: MemberId): boolean => isReadBy(one, header, read);
    if (header.audience.type === "member") {
      const { member } = header.audience;
      if (hasRead(member)) return { type: "read" };
      return deliveryOf(core, header, ids(givenTo(header, member)));
    }
    const people = receiversOf(header).filter((one) => !isLost(core, header, one) || hasRead(one));
    if (people.length > 0 && people.every(hasRead)) return { type: "read" };
    const given = people.map((one) => ids(givenTo(header, one)));
    const { reached, held } = spreadOf(core, header, given.flat());
    const count = given.filter((devices) => devices.some((one) => reached.has(toHex(one)))).length;
    if (count > 0 && count === people.length) return { type: "delivered" };
    if (count > 0) return { type: "partly", members: count, of: people.length };
    return held > 0 ? { type: "held", devices: held } : { type: "queued" };
  }

  async function reach(conversation: Hex, { header }: TimelineItem): Promise<readonly ReachView[]> {
    const core = family.gossip?.core();
    if (core === undefined || !isMine(header)) return [];
    const { read } = await marks.read(conversation);
    const people =
      header.audience.type === "member" ? [header.audience.member] : receiversOf(header);
    return people.map((member) => {
      const { reached } = spreadOf(core, header, ids(givenTo(header, member)));
      const without = isLost(core, header, member) ? "left" : "waiting";
      const state = isReadBy(member, header, read)
        ? "read"
        : reached.size > 0
          ? "delivered"
          : without;
      return { member: toHex(member), name: nameOf(family, member), state };
    });
  }

  /** The members, not me, for whose devices it was sealed. */
  function receiversOf(header: Header): readonly MemberId[] {
    const state = stateOf(family);
    const me = myMember(family);
    const owners = header.recipients.flatMap(
      ({ device }) => findDevice(state, device)?.member ?? [],
    );
    return owners.filter(
      (one, index) => !has(owners.slice(0, index), one) && me !== null && !isSameBytes(one, me.id),
    );
  }

  /** Who has left the family without it: nobody waits for that any more. */
  function isLost(core: Gossip, header: Header, member: MemberId): boolean {
    if (findMember(stateOf(family), member)?.leftAt === null) return false;
    return spreadOf(core, header, ids(givenTo(header, member))).reached.size === 0;
  }

  /** A device that came later holds it, and opens it only where it was given the key. */
  function givenTo(header: Header, member: MemberId): readonly Device[] {
    const state = stateOf(family);
    // Who has left may have had it before.
    const all =
      findMember(state, member)?.leftAt === null
        ? devicesOf(state, member)
        : state.devices.filter((one) => isSameBytes(one.member, member));
    return all.filter(
      (one) =>
        refills.cover(one, header) ||
        header.recipients.some(({ device }) => isSameBytes(device, one.id)),
    );
  }
}

function isReadBy(member: MemberId, { clock }: Header, read: Marking["read"]): boolean {
  const upTo = read.get(toHex(member));
  return upTo !== undefined && compareClock(upTo, clock) >= 0;
}

function ids(devices: readonly Device[]): readonly DeviceId[] {
  return devices.map((one) => one.id);
}

/** What a list shows of a message. */
export function previewOf(message: MessageView): NonNullable<ConversationView["last"]> {
  const { text, at, isMine, authorName, hidden, delivery } = message;
  return { text: text.slice(0, PREVIEW_CHARACTERS), at, isMine, authorName, hidden, delivery };
}
