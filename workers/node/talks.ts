/**
 * The conversations of this device's member: with each other member, in each group, and the family's
 * own. Who is in one, and for which devices a message there is sealed: those whom the rules let my
 * words reach and who do not go already, at most 64. SPEC GC1 to GC5, GC15, GC16, PB1. Source: DESIGN §5, §6.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type Hex, type MemberId } from "../core/codec/ids.ts";
import {
  actionFor,
  membersIn,
  reachFault,
  speakFault,
  type AudienceFault,
} from "../core/gossip/audience.ts";
import type { Audience, Kind } from "../core/gossip/header.ts";
import { RECIPIENTS_MAX } from "../core/gossip/limits.ts";
import { has, membersOfGroup, type Moment } from "../core/ledger/relations.ts";
import type { Group } from "../core/ledger/rule-book.ts";
import { devicesOf, findMember, type Device, type LedgerState } from "../core/ledger/state.ts";
import { holdOf, myMember, stateOf, type Family } from "./family.ts";
import { momentNow } from "./joined.ts";

/** A conversation as this device's member has it. */
export interface Talk {
  /** The other member's id, the group's, or for the family's own the half of the family's. */
  readonly id: Hex;
  readonly audience: Audience;
}

export type Addressed =
  | { readonly ok: true; readonly devices: readonly Device[] }
  | { readonly ok: false; readonly reason: "too-many" }
  | { readonly ok: false; readonly reason: "rule"; readonly fault: AudienceFault };

/** From so many people on, everybody together is more than the two of them. */
const EVERYBODY_MEMBERS_MIN = 3;
const ID = /^[0-9a-f]{32}$/;

/** Name of the conversation with this audience, as `author` and `me` have it; null for none of mine. */
export function talkIdOf(
  state: LedgerState,
  audience: Audience,
  author: MemberId,
  me: MemberId,
): Hex | null {
  switch (audience.type) {
    case "member":
      if (isSameBytes(author, me)) return toHex(audience.member);
      return isSameBytes(audience.member, me) ? toHex(author) : null;
    case "group":
      return toHex(audience.group);
    case "family":
      return everybodyOf(state);
  }
}

export function everybodyOf(state: LedgerState): Hex {
  return toHex(state.family.subarray(0, 16));
}

/** The conversation of this name, whether anything may be said in it or not. */
export function findTalk(state: LedgerState, id: Hex): Talk | null {
  if (!ID.test(id)) return null;
  const bytes = fromHex(id);
  if (findMember(state, bytes) !== null) return { id, audience: { type: "member", member: bytes } };
  if (findGroup(state, id) !== null) return { id, audience: { type: "group", group: bytes } };
  return id === everybodyOf(state) ? { id, audience: { type: "family" } } : null;
}

/** A group, archived ones included as long as the rules remember them. */
export function findGroup(state: LedgerState, id: Hex): Group | null {
  return state.rules.groups.find((one) => toHex(one.id) === id) ?? null;
}

export function isArchived({ ended }: Group): boolean {
  return ended !== null;
}

/**
 * What stands in the list: everybody else of the family, groups that I am in, and the family's own
 * conversation as soon as three are in it. What holds something stays, whoever has left meanwhile.
 */
export function talksOf(family: Family, hasTalk: (id: Hex) => boolean): readonly Talk[] {
  const me = myMember(family);
  if (me === null) return [];
  const state = stateOf(family);
  const moment = momentNow(family);
  const people = state.members.filter(
    (one) => !isSameBytes(one.id, me.id) && (one.leftAt === null || hasTalk(toHex(one.id))),
  );
  const groups = moment.state.rules.groups.filter(
    (one) => isInGroup(moment, one, me.id) || hasTalk(toHex(one.id)),
  );
  const everybody: Talk = { id: everybodyOf(state), audience: { type: "family" } };
  const all = membersIn(moment, everybody.audience, me.id);
  const isEverybody =
    (has(all, me.id) && all.length >= EVERYBODY_MEMBERS_MIN) || hasTalk(everybody.id);
  return [
    ...(isEverybody ? [everybody] : []),
    ...groups.map((one): Talk => ({
      id: toHex(one.id),
      audience: { type: "group", group: one.id },
    })),
    ...people.map((one): Talk => ({
      id: toHex(one.id),
      audience: { type: "member", member: one.id },
    })),
  ];
}

export function isInGroup(moment: Moment, group: Group, member: MemberId): boolean {
  return !isArchived(group) && has(membersOfGroup(moment, group), member);
}

/** Everybody in it now, me included, but who goes already; nobody of an archived group. */
export function membersOfTalk(family: Family, { audience }: Talk): readonly MemberId[] {
  const me = myMember(family);
  return me === null ? [] : membersIn(momentNow(family), audience, me.id);
}

/** Whether I may say something in it now. */
export function talkFault(family: Family, talk: Talk, kind: Kind): AudienceFault | null {
  const me = myMember(family);
  if (me === null) return { rule: "unknown-member", height: stateOf(family).height };
  return speakFault(momentNow(family), me.id, actionFor(kind), talk.audience);
}

/** Members of it whom my words do not reach, because a rule says so of the two of us. */
export function leftOutOf(family: Family, { audience }: Talk, kind: Kind): readonly MemberId[] {
  const me = myMember(family);
  if (me === null) return [];
  const moment = momentNow(family);
  const members = membersIn(moment, audience, me.id);
  return members.filter(
    (one) => reachFault(moment, me.id, actionFor(kind), audience, members, one) !== null,
  );
}

/** The devices for which a message of mine there is sealed: mine, and theirs that are not held. */
export function addressed(family: Family, talk: Talk, kind: Kind): Addressed {
  const fault = talkFault(family, talk, kind);
  if (fault !== null) return { ok: false, reason: "rule", fault };
  const leftOut = leftOutOf(family, talk, kind);
  const members = membersOfTalk(family, talk).filter((one) => !has(leftOut, one));
  const isThis = (one: Device): boolean => isSameBytes(one.id, family.identity.device);
  const devices = members
    .flatMap((one) => devicesOf(stateOf(family), one))
    .filter((one) => isThis(one) || holdOf(family, one.id) === null);
  return devices.length > RECIPIENTS_MAX
    ? { ok: false, reason: "too-many" }
    : { ok: true, devices };
}
