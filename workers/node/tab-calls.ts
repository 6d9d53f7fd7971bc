/**
 * The calls of one tab's page on their way to whichever tab leads. Pure: says where each goes, when
 * it goes again and how it ends. A call whose leader is gone is asked again where that does nothing
 * twice: reading does not, and a message carries an id that the node remembers with it (TB22). Of
 * the rest nobody knows whether it happened, and the person is told so. Every call ends.
 * SPEC TB13 to TB21. Source: DESIGN §2.
 */
import type { Result } from "../api.ts";
import { failed } from "./result.ts";
import { areArguments, WAYS, type CallName } from "./tab-arguments.ts";
import type { Route } from "./tab-election.ts";
import { CALL_GRACE_MS, CALL_MS, CALLS_MAX } from "./tab-limits.ts";

interface PendingCall {
  readonly id: string;
  readonly name: CallName;
  readonly args: readonly unknown[];
  /** Milliseconds of the wall clock, which all tabs share: nobody begins it later. */
  readonly until: number;
  /** Where it was asked last: the own node, or a leader by tab and fence. */
  readonly askedOf: string | null;
  /** Another tab may have carried it out. */
  readonly wasPassedOn: boolean;
}

export interface Calls {
  readonly route: Route;
  readonly pending: ReadonlyMap<string, PendingCall>;
}

export type CallInput =
  | {
      readonly type: "call";
      readonly id: string;
      readonly name: CallName;
      readonly args: readonly unknown[];
    }
  | { readonly type: "route"; readonly route: Route }
  /** The own node's answer. */
  | { readonly type: "ran"; readonly id: string; readonly result: Result<unknown> }
  /** Another tab's answer. */
  | {
      readonly type: "answered";
      readonly id: string;
      readonly from: string;
      readonly fence: number;
      readonly result: Result<unknown>;
    }
  | { readonly type: "tick" };

export type CallEffect =
  /** To the own node; `request` where another tab may have carried it out already. */
  | {
      readonly type: "run";
      readonly id: string;
      readonly name: CallName;
      readonly args: readonly unknown[];
      readonly request: string | null;
    }
  | {
      readonly type: "ask";
      readonly to: string;
      readonly fence: number;
      readonly id: string;
      readonly name: CallName;
      readonly args: readonly unknown[];
      readonly until: number;
    }
  | { readonly type: "settle"; readonly id: string; readonly result: Result<unknown> };

type Step = readonly [Calls, readonly CallEffect[]];

export const NO_CALLS: Calls = { route: { type: "none" }, pending: new Map() };

const OWN = "own";

/** `wallMs` is the wall clock in milliseconds since the epoch. */
export function stepCalls(calls: Calls, input: CallInput, wallMs: number): Step {
  switch (input.type) {
    case "call":
      return take(calls, input, wallMs);
    case "route":
      return reroute(calls, input.route);
    case "ran": {
      const call = calls.pending.get(input.id);
      if (call === undefined || call.askedOf !== OWN) return [calls, []];
      if (!isDeposed(input.result)) return settle(calls, input.id, input.result);
      if (WAYS[call.name] === "unsure") return settle(calls, input.id, failed("tab-lost"));
      return place(calls, { ...call, askedOf: null }, OWN);
    }
    case "answered": {
      const call = calls.pending.get(input.id);
      const isAsked = call?.askedOf === keyOf(input.from, input.fence);
      // A deposed leader's answer says nothing: the next leader is asked when it is known.
      if (!isAsked || isDeposed(input.result)) return [calls, []];
      return settle(calls, input.id, input.result);
    }
    case "tick":
      return expire(calls, wallMs);
  }
}

function take(
  calls: Calls,
  { id, name, args }: { id: string; name: CallName; args: readonly unknown[] },
  wallMs: number,
): Step {
  const waiting = [...calls.pending.values()].filter((one) => one.askedOf !== OWN).length;
  if (waiting >= CALLS_MAX) {
    return [calls, [{ type: "settle", id, result: failed("tab-silent", "too many calls") }]];
  }
  const until = wallMs + CALL_MS;
  return place(calls, { id, name, args, until, askedOf: null, wasPassedOn: false }, null);
}

function reroute(calls: Calls, route: Route): Step {
  let next: Calls = { ...calls, route };
  const effects: CallEffect[] = [];
  for (const call of calls.pending.values()) {
    // What the own node has begun it also answers.
    if (call.askedOf === OWN) continue;
    if (call.askedOf === targetOf(route)) continue;
    const isUnsure = call.askedOf !== null && WAYS[call.name] === "unsure";
    const [after, more] = isUnsure
      ? settle(next, call.id, failed("tab-lost"))
      : place(next, { ...call, askedOf: null }, null);
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

/** Sends a call where calls go now, or keeps it until they go somewhere; never to `except` again. */
function place(calls: Calls, call: PendingCall, except: string | null): Step {
  const { route } = calls;
  const target = targetOf(route);
  if (route.type === "foreign") return settle(calls, call.id, failed("tab-version"));
  if (target === null || target === except) return [keep(calls, call), []];
  const { id, name, args, until, wasPassedOn } = call;
  if (route.type === "other") {
    // The leader would not read it; the page's own fields keep to these sizes.
    if (!areArguments(name, args)) return settle(calls, id, failed("text-too-long"));
    const { tab: to, fence } = route;
    const asked = { ...call, askedOf: target, wasPassedOn: true };
    return [keep(calls, asked), [{ type: "ask", to, fence, id, name, args, until }]];
  }
  const request = wasPassedOn && WAYS[name] === "once" ? id : null;
  return [keep(calls, { ...call, askedOf: target }), [{ type: "run", id, name, args, request }]];
}

function expire(calls: Calls, wallMs: number): Step {
  let next = calls;
  const effects: CallEffect[] = [];
  for (const call of calls.pending.values()) {
    if (call.askedOf === OWN) continue;
    const graceMs = call.wasPassedOn ? CALL_GRACE_MS : 0;
    if (wallMs < call.until + graceMs) continue;
    const code = call.wasPassedOn && WAYS[call.name] === "unsure" ? "tab-lost" : "tab-silent";
    const [after, more] = settle(next, call.id, failed(code));
    next = after;
    effects.push(...more);
  }
  return [next, effects];
}

function settle(calls: Calls, id: string, result: Result<unknown>): Step {
  const pending = new Map(calls.pending);
  pending.delete(id);
  return [{ ...calls, pending }, [{ type: "settle", id, result }]];
}

function keep(calls: Calls, call: PendingCall): Calls {
  return { ...calls, pending: new Map(calls.pending).set(call.id, call) };
}

function targetOf(route: Route): string | null {
  if (route.type === "own") return OWN;
  return route.type === "other" ? keyOf(route.tab, route.fence) : null;
}

function keyOf(tab: string, fence: number): string {
  return `${tab}/${fence}`;
}

/** Another tab writes now: of what was asked the last commit was not made. */
function isDeposed(result: Result<unknown>): boolean {
  return !result.ok && result.code === "storage-taken";
}
