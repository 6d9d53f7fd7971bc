/**
 * Calls for help: sends them and what is said to them, tells the page of all of the last day, and
 * writes them into the ledger, once, when somebody has to. All of it is read from the stored entries
 * and the ledger, so a restart changes nothing. What counts is core/gossip/emergencies.ts's to say.
 * A call is shown as soon as its signature holds, whatever is missing before it, and whether its device
 * is held or not. SPEC EM6 to EM12. Source: DESIGN §5, §9 (Emergency).
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex, type MemberId, type MessageId } from "../core/codec/ids.ts";
import { isCurrent, recordsFrom, settleWords, type Word } from "../core/gossip/emergencies.ts";
import { EMERGENCY_KINDS, EMERGENCY_STREAM, type Header } from "../core/gossip/header.ts";
import type { EmergencyWord, Place } from "../core/gossip/payload.ts";
import type { Change, Known } from "../core/gossip/stream.ts";
import { permits, toMember } from "../core/ledger/permits.ts";
import { devicesOf, findDevice, findMember, type Device } from "../core/ledger/state.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import type { EmergencyAnswer, EmergencyView, PlaceView, Someone } from "../api.ts";
import { familyNow, myMember, signTransaction, stateOf, type Family } from "./family.ts";
import { RECORD_AGAIN_MS, RECORD_TURN_MS } from "./limits.ts";
import type { Opener } from "./opening.ts";
import { atOf, placeOf } from "./place-units.ts";
import { publish, type Published } from "./publishing.ts";
import { reachedBy } from "./reached.ts";
import { someoneOf } from "./rule-changes.ts";
import { turnOf } from "./turns.ts";

export interface Emergencies {
  /** Verdicts that are new or changed; whether one of them is a call for help or a word to one. */
  readonly noted: (changes: readonly Change[]) => boolean;
  /** Sends a call for help at once; its id. */
  readonly call: (text: string, place: PlaceView | null) => Promise<Published>;
  /** `unknown`: there is none of this name, or it is not this person's to say. */
  readonly answer: (
    alert: string,
    answer: EmergencyAnswer | "place",
    place: PlaceView | null,
  ) => Promise<Published | "unknown">;
  readonly views: () => Promise<readonly EmergencyView[]>;
  readonly tick: () => Promise<void>;
}

interface Item {
  readonly id: MessageId;
  readonly header: Header;
}

interface Call extends Item {
  readonly name: Hex;
  /** Member that called. */
  readonly by: MemberId;
}

export function createEmergencies(family: Family, opener: Opener): Emergencies {
  /** Calls and words that are not refused, by id. */
  const items = new Map<Hex, Item>();
  const triedAt = new Map<string, number>();
  for (const { number, known } of family.gossip?.core().streams.values() ?? []) {
    if (number === EMERGENCY_STREAM) for (const one of known.values()) file(one);
  }

  return { noted, call, answer, views, tick };

  function noted(changes: readonly Change[]): boolean {
    const ours = changes.filter(({ known }) => EMERGENCY_KINDS.has(known.header.kind));
    for (const { known } of ours) file(known);
    return ours.length > 0;
  }

  function file({ id, header, verdict }: Known): void {
    if (verdict.type === "refused") items.delete(toHex(id));
    else items.set(toHex(id), { id, header });
  }

  function calls(): readonly Call[] {
    const now = familyNow(family);
    const found: Call[] = [];
    for (const [name, { id, header }] of items) {
      if (!isCurrent(header.clock.ms, now)) items.delete(name);
      else if (header.kind === "emergency") {
        const by = findDevice(stateOf(family), header.author)?.member;
        if (by !== undefined && isForMe(header)) found.push({ name, id, header, by });
      }
    }
    return found.toSorted((a, b) => b.header.clock.ms - a.header.clock.ms);
  }

  /** From one of my member's devices, or for one of them. */
  function isForMe({ author, recipients }: Header): boolean {
    const me = myMember(family)?.id;
    const state = stateOf(family);
    return [author, ...recipients.map(({ device }) => device)].some((one) => {
      const owner = findDevice(state, one)?.member;
      return me !== undefined && owner !== undefined && isSameBytes(owner, me);
    });
  }

  async function words(): Promise<ReadonlyMap<Hex, readonly Word[]>> {
    const byCall = new Map<Hex, Word[]>();
    for (const [name, { id, header }] of items) {
      if (header.kind !== "emergency-word") continue;
      const by = findDevice(stateOf(family), header.author)?.member;
      const reading = await opener.read(id, header);
      if (by === undefined || !reading.ok || reading.payload.type !== "emergency-word") continue;
      const { alert, word, place } = reading.payload;
      const about = byCall.get(toHex(alert)) ?? [];
      about.push({ id: name, clock: header.clock, by: toHex(by), word, place });
      byCall.set(toHex(alert), about);
    }
    return byCall;
  }

  async function call(text: string, place: PlaceView | null): Promise<Published> {
    const payload = { type: "emergency" as const, text, place: placeOf(place) };
    return publish(family, "emergency", { type: "family" }, readers([]), payload);
  }

  async function answer(
    alert: string,
    said: EmergencyAnswer | "place",
    place: PlaceView | null,
  ): Promise<Published | "unknown"> {
    const me = myMember(family);
    const about = calls().find((one) => one.name === alert);
    if (me === null || about === undefined) return "unknown";
    const isMine = isSameBytes(about.by, me.id);
    const isForAuthor = said === "fine" || said === "place";
    if (isForAuthor !== isMine || (said === "over" && me.role !== "parent")) return "unknown";
    const word: EmergencyWord = said;
    const payload = {
      type: "emergency-word" as const,
      alert: about.id,
      word,
      place: placeOf(place),
    };
    const to = readers([about.by]);
    const published = await publish(family, "emergency-word", { type: "family" }, to, payload);
    await tick();
    return published;
  }

  /** Everybody of the family whom I may meet, and these. */
  function readers(more: readonly MemberId[]): readonly Device[] {
    const state = stateOf(family);
    const me = myMember(family);
    if (me === null) return [];
    const isReader = (id: MemberId, role: string): boolean =>
      role !== "contact" || isSameBytes(id, me.id) || more.some((one) => isSameBytes(one, id));
    const now = familyNow(family);
    return state.members
      .filter(({ id, role }) => isReader(id, role))
      .filter(({ id }) => permits(state, me.id, "send-emergency", toMember(id), now).ok)
      .flatMap(({ id }) => devicesOf(state, id));
  }

  async function views(): Promise<readonly EmergencyView[]> {
    const me = myMember(family);
    const all = me === null ? [] : calls();
    if (me === null || all.length === 0) return [];
    const said = await words();
    const found: EmergencyView[] = [];
    for (const one of all) found.push(await viewOf(one, said.get(one.name) ?? [], me));
    return found;
  }

  async function viewOf(
    { id, name, header, by }: Call,
    said: readonly Word[],
    me: { readonly id: MemberId; readonly role: string },
  ): Promise<EmergencyView> {
    const reading = await opener.read(id, header);
    const payload = reading.ok && reading.payload.type === "emergency" ? reading.payload : null;
    const settled = settleWords(toHex(by), said, isParent);
    const records = recordsOf(id);
    const ended = records.find(({ resolved }) => resolved !== null)?.resolved ?? null;
    const overBy = settled.overBy ?? (ended === null ? null : toHex(ended.by));
    const isMine = isSameBytes(by, me.id);
    const my = toHex(me.id);
    return {
      id: name,
      by: someoneOf(family, by),
      at: header.clock.ms,
      text: payload?.text ?? "",
      place: atOf(settled.place ?? firstPlace(payload?.place ?? null, header)),
      ...(isMine ? spread(header) : { reached: [], held: 0 }),
      seen: settled.seen.flatMap(someone),
      coming: settled.coming.flatMap(someone),
      isFine: settled.isFine,
      over: overBy === null ? null : (someone(overBy)[0] ?? null),
      mine: settled.coming.includes(my) ? "coming" : settled.seen.includes(my) ? "seen" : "none",
      canEnd: me.role === "parent" && !isMine && overBy === null,
      isRecorded: records.length > 0,
    };
  }

  function spread(header: Header): Pick<EmergencyView, "reached" | "held"> {
    const { members, held } = reachedBy(family, header);
    return { reached: members.flatMap(someone), held };
  }

  function someone(member: Hex): readonly Someone[] {
    const found = stateOf(family).members.find(({ id }) => toHex(id) === member);
    return found === undefined ? [] : [someoneOf(family, found.id)];
  }

  function isParent(member: Hex): boolean {
    return stateOf(family).members.some(
      ({ id, role, leftAt }) => toHex(id) === member && role === "parent" && leftAt === null,
    );
  }

  /** Whoever wrote them down: a call has one name, and one record is enough. */
  function recordsOf(alert: MessageId) {
    return stateOf(family).rules.emergencies.filter((one) => isSameBytes(one.alert, alert));
  }

  /** Writes down what nobody has, when it is this device's to do, and ends what a parent here has ended. */
  async function tick(): Promise<void> {
    const me = myMember(family);
    const all = me === null || items.size === 0 ? [] : calls();
    if (me === null || all.length === 0) return;
    const said = await words();
    const now = familyNow(family);
    for (const one of all) {
      const about = said.get(one.name) ?? [];
      const settled = settleWords(toHex(one.by), about, isParent);
      const my = toHex(me.id);
      const hasAnswered = settled.coming.includes(my) || settled.overBy === my;
      const isOwn = isSameBytes(one.by, me.id);
      const records = recordsOf(one.id);
      const open = records.filter(({ resolved }) => resolved === null);
      const from = recordsFrom(one.header.clock.ms, { isOwn, role: me.role, hasAnswered });
      const wait = isOwn || hasAnswered ? 0 : turnOf(family) * RECORD_TURN_MS;
      if (records.length === 0) {
        if (from !== null && now >= from + wait) {
          await write({ type: "emergency-recorded", alert: one.id });
        }
      } else if (settled.overBy === my && findMember(stateOf(family), me.id)?.role === "parent") {
        for (const { member } of open) {
          await write({ type: "emergency-resolved", alert: one.id, member });
        }
      }
    }
  }

  /** Not while the same is on its way, whoever wrote it, and not again at once where it was refused. */
  async function write(
    body: Extract<TransactionBody, { type: "emergency-recorded" | "emergency-resolved" }>,
  ): Promise<void> {
    const name = `${body.type} ${toHex(body.alert)}`;
    const isOnItsWay = family.ledger
      .pending()
      .some(
        ({ content: { body: other } }) =>
          other.type === body.type && isSameBytes(other.alert, body.alert),
      );
    const now = family.env.monotonic();
    const before = triedAt.get(name) ?? Number.NEGATIVE_INFINITY;
    if (isOnItsWay || now - before < RECORD_AGAIN_MS) return;
    triedAt.set(name, now);
    await family.ledger.submit(await signTransaction(family, body, []), []);
  }
}

function firstPlace(
  place: Place | null,
  { clock }: Header,
): { readonly place: Place; readonly at: number } | null {
  return place === null ? null : { place, at: clock.ms };
}
