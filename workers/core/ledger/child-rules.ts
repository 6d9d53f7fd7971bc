/**
 * What parents set for a child, and the filters and places of anybody. A control replaces the one that
 * it names by its version, so two that were written at once cannot undo each other unseen.
 * SPEC CN1..CN5, FL1, FL2. Source: DESIGN §4, §8.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import {
  endedIn,
  momentOf,
  narrow,
  refuse,
  withBook,
  type Actor,
  type BodyOf,
  type Execution,
} from "./execution.ts";
import { CHILDHOOD_MS, CONTROLS_MAX, FILTERS_MAX, PLACES_MAX } from "./limits.ts";
import { withoutUnfit } from "./group-fit.ts";
import { isGrownUp, presentMember, refuseAbsent } from "./membership.ts";
import { has, latestControl, settingsAt } from "./relations.ts";
import { roomFault } from "./room.ts";
import { isInForce, type Control } from "./rule-book.ts";
import { withEntry, type LedgerState } from "./state.ts";

export function setControl(
  state: LedgerState,
  body: BodyOf<"control-set">,
  actor: Actor,
): Execution {
  const { type: _type, cuts, ...fields } = body;
  const child = presentMember(state, fields.child);
  if (child === null) return refuseAbsent(state, fields.child);
  if (child.role !== "child" || isGrownUp(state, child.id, actor)) return refuse("not-a-child");
  const moment = momentOf(state, actor);
  const former = latestControl(moment, child.id);
  if (fields.version !== (former?.version ?? 0) + 1) return refuse("rules-moved");
  if (fields.endsAt > actor.context.time + CHILDHOOD_MS) return refuse("bad-time");
  if (fields.quiet.length > 0 && settingsAt(moment).zone === null) return refuse("no-zone");
  const isParent = (id: MemberId): boolean => presentMember(state, id)?.role === "parent";
  if (!areDistinct(fields.guardians) || !fields.guardians.every(isParent)) {
    return refuse("bad-guardian");
  }
  const isTrusted = (id: MemberId): boolean =>
    presentMember(state, id) !== null && !isSameBytes(id, child.id);
  if (!areDistinct(fields.confidants) || !fields.confidants.every(isTrusted)) {
    return refuse("bad-confidant");
  }
  const room = roomFault(state.rules.controls, CONTROLS_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const control: Control = {
    id: actor.id,
    ...fields,
    by: actor.member.id,
    from: actor.context.height,
    ended: null,
  };
  const ended = ending(state.rules.controls, former, actor);
  const after = withBook(state, { controls: withEntry(ended, control) });
  if (!after.ok) return after;
  return narrow(withoutUnfit(after.state, child.id, actor), actor, [child.id], cuts);
}

export function setFilter(state: LedgerState, body: BodyOf<"filter-set">, actor: Actor): Execution {
  const { type: _type, replaces, ...fields } = body;
  if (presentMember(state, fields.member) === null) return refuseAbsent(state, fields.member);
  const former = replaces === null ? null : ruleOf(state.rules.filters, replaces, actor);
  if (replaces !== null && former === null) return refuse("unknown-rule");
  if (former !== null && !isSameBytes(former.member, fields.member)) return refuse("unknown-rule");
  const room = roomFault(state.rules.filters, FILTERS_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const entry = { id: actor.id, ...fields, ...spanOf(actor) };
  return withBook(state, { filters: withEntry(ending(state.rules.filters, former, actor), entry) });
}

export function removeFilter(
  state: LedgerState,
  body: BodyOf<"filter-removed">,
  actor: Actor,
): Execution {
  const filter = ruleOf(state.rules.filters, body.filter, actor);
  if (filter === null) return refuse("unknown-rule");
  return withBook(state, { filters: ending(state.rules.filters, filter, actor) });
}

export function setPlace(state: LedgerState, body: BodyOf<"place-set">, actor: Actor): Execution {
  const { type: _type, replaces, ...fields } = body;
  if (fields.member !== null && presentMember(state, fields.member) === null) {
    return refuseAbsent(state, fields.member);
  }
  const former = replaces === null ? null : ruleOf(state.rules.places, replaces, actor);
  if (replaces !== null && former === null) return refuse("unknown-rule");
  if (former !== null && !isSameOwner(former.member, fields.member)) return refuse("unknown-rule");
  const room = roomFault(state.rules.places, PLACES_MAX, actor.member.id);
  if (room !== null) return refuse(room);
  const entry = { id: actor.id, ...fields, ...spanOf(actor) };
  return withBook(state, { places: withEntry(ending(state.rules.places, former, actor), entry) });
}

export function removePlace(
  state: LedgerState,
  body: BodyOf<"place-removed">,
  actor: Actor,
): Execution {
  const place = ruleOf(state.rules.places, body.place, actor);
  if (place === null) return refuse("unknown-rule");
  return withBook(state, { places: ending(state.rules.places, place, actor) });
}

interface Rule {
  readonly id: Uint8Array;
  readonly by: MemberId;
  readonly from: number;
  readonly ended: { readonly height: number; readonly time: number } | null;
}

/** The rule of that id that is in force. */
export function ruleOf<T extends Rule>(
  rules: readonly T[],
  id: Uint8Array,
  { context }: Actor,
): T | null {
  const found = rules.find((one) => isSameBytes(one.id, id)) ?? null;
  return found !== null && isInForce(found, context.height) ? found : null;
}

/** The list in which that rule ends with this block. */
export function ending<T extends Rule>(
  rules: readonly T[],
  rule: T | null,
  actor: Actor,
): readonly T[] {
  return rule === null ? rules : withEntry(rules, { ...rule, ended: endedIn(actor) });
}

export function spanOf({ member, context }: Actor): Pick<Rule, "by" | "from"> & { ended: null } {
  return { by: member.id, from: context.height, ended: null };
}

function isSameOwner(a: MemberId | null, b: MemberId | null): boolean {
  if (a === null || b === null) return a === b;
  return isSameBytes(a, b);
}

function areDistinct(ids: readonly MemberId[]): boolean {
  return ids.every((one, index) => !has(ids.slice(0, index), one));
}
