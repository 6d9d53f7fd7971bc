/**
 * Requests: sends them to those who decide, shows what became of each, and writes an answer into the
 * ledger. What counts is core/gossip/requests.ts's to say, who may decide the ledger's. A yes is a word:
 * where the rules can do what was asked for, that is offered beside it and is a change of its own.
 * SPEC RQN1 to RQN9. Source: DESIGN §4 (request decided), §9 (Family).
 */
import type { FailureCode, RequestAnswer, RequestView, RequestWish, Someone } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type Hex, type MemberId, type MessageId } from "../core/codec/ids.ts";
import { REQUEST_KINDS, type Header } from "../core/gossip/header.ts";
import { REQUEST_LIFE_MS } from "../core/gossip/limits.ts";
import type { Payload, RequestAbout } from "../core/gossip/payload.ts";
import {
  isConcerning,
  standOf,
  withoutFlood,
  type Asked,
  type RequestSaid,
  type RequestStand,
} from "../core/gossip/requests.ts";
import { isBodyExpired } from "../core/gossip/retention.ts";
import type { Change, Known } from "../core/gossip/stream.ts";
import { isDayFull } from "../core/ledger/bounds.ts";
import { decidersOf, mayDecideFor } from "../core/ledger/deciders.ts";
import { APPROVAL_LIFE_MS } from "../core/ledger/limits.ts";
import { isVoiceTooNew } from "../core/ledger/new-device.ts";
import { permits, toMember } from "../core/ledger/permits.ts";
import { has } from "../core/ledger/relations.ts";
import { devicesOf, findDevice, type Device } from "../core/ledger/state.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import { codeOf } from "./deciding.ts";
import {
  familyNow,
  holdOf,
  myMember,
  signTransaction,
  stateOf,
  textOf,
  type Family,
} from "./family.ts";
import type { Opener } from "./opening.ts";
import { publish, type Published } from "./publishing.ts";
import { reachedBy } from "./reached.ts";
import { ruleFor } from "./request-rules.ts";
import { someoneOf } from "./rule-changes.ts";
import { momentNow } from "./joined.ts";
import { findGroup } from "./talks.ts";

export type RequestSent =
  | Published
  | { readonly ok: false; readonly reason: "refused" | "unknown" };

export interface Requests {
  /** Verdicts that are new or changed. */
  readonly noted: (changes: readonly Change[]) => void;
  /** `refused`: there is nobody whom I may ask; `unknown`: what it is about is not there. */
  readonly ask: (wish: RequestWish) => Promise<RequestSent>;
  readonly takeBack: (request: string) => Promise<RequestSent>;
  /** Null: it is written down, or on its way. */
  readonly answer: (request: string, answer: RequestAnswer) => Promise<FailureCode | null>;
  readonly views: () => Promise<readonly RequestView[]>;
}

interface Item {
  readonly id: MessageId;
  readonly header: Header;
}

type Wished = Extract<Payload, { type: "request" }>;

interface Found extends Item {
  readonly asked: Asked;
  readonly wish: Wished;
  readonly stand: RequestStand;
}

const ID = /^[0-9a-f]{32}$/;

export function createRequests(family: Family, opener: Opener): Requests {
  /** Requests and words to them that are accepted, by id. */
  const items = new Map<Hex, Item>();
  for (const { known } of family.gossip?.core().streams.values() ?? []) {
    for (const one of known.values()) if (REQUEST_KINDS.has(one.header.kind)) file(one);
  }

  return { noted, ask, takeBack, answer, views };

  function noted(changes: readonly Change[]): void {
    for (const { known } of changes) if (REQUEST_KINDS.has(known.header.kind)) file(known);
  }

  function file({ id, header, verdict }: Known): void {
    if (verdict.type === "accepted") items.set(toHex(id), { id, header });
    else items.delete(toHex(id));
  }

  /** What is for one of my member's devices or from one, its days not over, and not of a held device. */
  function mine(me: MemberId): readonly Item[] {
    const core = family.gossip?.core();
    const state = stateOf(family);
    const isMine = (device: Uint8Array): boolean => {
      const owner = findDevice(state, device)?.member;
      return owner !== undefined && isSameBytes(owner, me);
    };
    const found: Item[] = [];
    for (const [name, item] of items) {
      const { author, recipients, clock } = item.header;
      if (core !== undefined && isBodyExpired(core, item.header)) items.delete(name);
      else if (isMine(author) || recipients.some(({ device }) => isMine(device))) {
        const hold = isSameBytes(author, family.identity.device) ? null : holdOf(family, author);
        if (hold === null || clock.ms <= hold.since) found.push(item);
      }
    }
    return found;
  }

  async function all(me: MemberId): Promise<readonly Found[]> {
    const state = stateOf(family);
    const now = familyNow(family);
    const requests: Omit<Found, "stand">[] = [];
    const takenBack: RequestSaid[] = [];
    for (const { id, header } of mine(me)) {
      const by = findDevice(state, header.author)?.member;
      const reading = await opener.read(id, header);
      if (by === undefined || !reading.ok) continue;
      const { payload } = reading;
      if (payload.type === "request-word") {
        takenBack.push({ by: toHex(by), request: toHex(payload.request) });
      } else if (payload.type === "request") {
        requests.push({ id, header, asked: { id, by, at: header.clock.ms }, wish: payload });
      }
    }
    const standing = requests
      .map((one) => ({
        ...one,
        stand: standOf(one.asked, takenBack, state.rules.decisions, now),
      }))
      .filter(({ asked, stand }) => isConcerning(asked, stand, now));
    return withoutFlood(standing);
  }

  async function find(request: string, me: MemberId): Promise<Found | null> {
    if (!ID.test(request)) return null;
    return (await all(me)).find(({ id }) => toHex(id) === request) ?? null;
  }

  /** Those who decide for me and whom I may write to, and my own other devices. */
  function readers(me: MemberId): readonly Device[] {
    const state = stateOf(family);
    const now = familyNow(family);
    const deciders = decidersOf(momentNow(family), me)
      .filter((one) => permits(state, me, "send", toMember(one), now).ok)
      .flatMap((one) => devicesOf(state, one));
    return deciders.length === 0 ? [] : [...deciders, ...devicesOf(state, me)];
  }

  async function ask({ thing, about, until, text }: RequestWish): Promise<RequestSent> {
    const me = myMember(family);
    const to = me === null ? [] : readers(me.id);
    if (to.length === 0) return { ok: false, reason: "refused" };
    const named = about === null ? null : namedBy(about);
    if (about !== null && named === null) return { ok: false, reason: "unknown" };
    const payload: Payload = { type: "request", thing, about: named, until, text };
    return publish(family, "request", { type: "family" }, to, payload);
  }

  function namedBy({ type, id }: NonNullable<RequestWish["about"]>): RequestAbout | null {
    const state = stateOf(family);
    if (!ID.test(id)) return null;
    if (type === "group") {
      const group = findGroup(state, id);
      return group === null ? null : { type, group: group.id };
    }
    const member = fromHex(id);
    const isThere = state.members.some((one) => one.leftAt === null && isSameBytes(one.id, member));
    return isThere ? { type, member } : null;
  }

  async function takeBack(request: string): Promise<RequestSent> {
    const me = myMember(family);
    const found = me === null ? null : await find(request, me.id);
    const isMine = me !== null && found !== null && isSameBytes(found.asked.by, me.id);
    if (!isMine || found.stand.type !== "open") return { ok: false, reason: "unknown" };
    const payload: Payload = { type: "request-word", request: found.id, word: "taken-back" };
    return publish(family, "request-word", { type: "family" }, readers(me.id), payload);
  }

  async function answer(
    request: string,
    { isYes, until, changesRule }: RequestAnswer,
  ): Promise<FailureCode | null> {
    const me = myMember(family);
    if (me === null) return "not-member";
    const found = await find(request, me.id);
    if (found === null || found.stand.type !== "open") return "already-done";
    if (onItsWay(found.asked) !== null) return "already-done";
    if (!canDecide(found, me.id)) return isTooNew() ? "new-device" : "not-allowed";
    const now = familyNow(family);
    // A no ends nothing: it stands until the request would have been over.
    const end = isYes ? until : now + REQUEST_LIFE_MS;
    if (!Number.isSafeInteger(end) || end <= now || end > now + APPROVAL_LIFE_MS) {
      return "not-allowed";
    }
    // A rule without the answer beside it would be nobody's wish.
    const changes = isYes && changesRule ? 2 : 1;
    if (isDayFull(stateOf(family), me.id, now, changes)) return "too-many-today";
    if (isYes && changesRule) {
      const rule = ruleFor(family, found.asked.by, found.wish, end);
      const fault = rule === null ? "not-allowed" : await submit(rule.body);
      if (fault !== null) return fault;
    }
    return submit({
      type: "request-decided",
      request: found.id,
      member: found.asked.by,
      grant: null,
      isApproved: isYes,
      until: end,
    });
  }

  async function submit(body: TransactionBody): Promise<FailureCode | null> {
    const refusal = await family.ledger.submit(await signTransaction(family, body, []), []);
    return refusal === null ? null : codeOf(refusal);
  }

  function isTooNew(): boolean {
    return isVoiceTooNew(stateOf(family), family.identity.device, familyNow(family));
  }

  function canDecide({ asked }: Found, me: MemberId): boolean {
    if (isSameBytes(asked.by, me) || isTooNew()) return false;
    return mayDecideFor(momentNow(family), me, asked.by);
  }

  /** An answer that somebody has signed and nobody has written down. */
  function onItsWay({ id, by }: Asked): { readonly by: MemberId; readonly body: Answered } | null {
    for (const { content } of family.ledger.pending()) {
      const { body, author } = content;
      if (body.type !== "request-decided") continue;
      if (!isSameBytes(body.request, id) || !isSameBytes(body.member, by)) continue;
      const owner = findDevice(stateOf(family), author)?.member;
      if (owner !== undefined) return { by: owner, body };
    }
    return null;
  }

  async function views(): Promise<readonly RequestView[]> {
    const me = myMember(family);
    if (me === null || items.size === 0) return [];
    return (await all(me.id)).map((one) => viewOf(one, me.id));
  }

  function viewOf(found: Found, me: MemberId): RequestView {
    const { id, header, asked, wish, stand } = found;
    const isMine = isSameBytes(asked.by, me);
    const coming = stand.type === "open" ? onItsWay(asked) : null;
    const written = stand.type === "decided" ? stand.decision : null;
    const said = written ?? coming?.body ?? null;
    const by = written?.by ?? coming?.by ?? null;
    const isOpen = stand.type === "open" && coming === null;
    const canAnswer = isOpen && canDecide(found, me);
    const state = stand.type === "decided" ? "answered" : stand.type;
    return {
      id: toHex(id),
      by: someoneOf(family, asked.by),
      at: asked.at,
      thing: wish.thing,
      about: aboutOf(wish.about),
      until: wish.until,
      text: wish.text,
      state: coming === null ? state : "answering",
      answer:
        said === null || by === null
          ? null
          : { by: someoneOf(family, by), isYes: said.isApproved, until: said.until },
      endsAt: asked.at + REQUEST_LIFE_MS,
      reached: isMine ? reachedBy(family, header).members.map((one) => someone(fromHex(one))) : [],
      asked: isMine ? askedOf(header, me).map(someone) : [],
      canAnswer,
      isTooNew: isOpen && !isMine && isTooNew() && mayDecideFor(momentNow(family), me, asked.by),
      rule: canAnswer
        ? (ruleFor(family, asked.by, wish, familyNow(family) + 1)?.rule ?? null)
        : null,
    };
  }

  function someone(member: MemberId): Someone {
    return someoneOf(family, member);
  }

  function askedOf({ recipients }: Header, me: MemberId): readonly MemberId[] {
    const owners = recipients.flatMap(
      ({ device }) => findDevice(stateOf(family), device)?.member ?? [],
    );
    return owners.filter(
      (one, index) => !isSameBytes(one, me) && !has(owners.slice(0, index), one),
    );
  }

  function aboutOf(about: RequestAbout | null): RequestView["about"] {
    if (about === null) return null;
    if (about.type === "member") return { type: "member", member: someone(about.member) };
    const group = findGroup(stateOf(family), toHex(about.group));
    const name = group === null ? null : textOf(family, group.name);
    return { type: "group", id: toHex(about.group), name };
  }
}

type Answered = Extract<TransactionBody, { type: "request-decided" }>;
