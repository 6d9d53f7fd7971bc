/**
 * One tab of a profile as a pure machine: the election, the calls of its own page, and the calls of
 * other tabs that it answers while it leads. Nothing in here waits, draws lots or reads a clock; the
 * shell (tab-shell.ts) does as it says, and so does the simulation in tab.test.ts.
 * SPEC TB1 to TB33. Source: DESIGN §2.
 */
import type { NodeEvent, Result } from "../api.ts";
import { failed } from "./result.ts";
import type { CallName } from "./tab-arguments.ts";
import { NO_CALLS, stepCalls, type CallEffect, type CallInput, type Calls } from "./tab-calls.ts";
import {
  createElection,
  routeOf,
  stepElection,
  type Election,
  type ElectionEffect,
  type ElectionInput,
  type Route,
} from "./tab-election.ts";
import { CALLS_MAX } from "./tab-limits.ts";
import type { TabMessage } from "./tab-messages.ts";

export interface Tab {
  readonly election: Election;
  readonly calls: Calls;
  /** Calls of other tabs that the own node works on. */
  readonly serving: number;
}

export type TabInput =
  | Exclude<ElectionInput, { readonly type: "heard" | "tick" }>
  | Exclude<CallInput, { readonly type: "route" | "answered" | "tick" }>
  | { readonly type: "message"; readonly message: TabMessage }
  /** The own node answered a call of another tab. */
  | {
      readonly type: "served";
      readonly to: string;
      readonly id: string;
      readonly fence: number;
      readonly result: Result<unknown>;
    }
  | { readonly type: "tick" };

export type TabEffect =
  | ElectionEffect
  | Exclude<CallEffect, { readonly type: "ask" }>
  /** Runs another tab's call on the own node. `request` is the id under which it is remembered. */
  | {
      readonly type: "serve";
      readonly to: string;
      readonly id: string;
      readonly fence: number;
      readonly name: CallName;
      readonly args: readonly unknown[];
      readonly request: string;
    }
  /** Something else leads now, or nobody. */
  | { readonly type: "routed"; readonly route: Route }
  | { readonly type: "show"; readonly event: NodeEvent }
  | { readonly type: "send"; readonly message: Outgoing };

type Omitted<T> = T extends unknown ? Omit<T, "from" | "build"> : never;
/** A message to the channel, without the sender. */
export type Outgoing = Omitted<Exclude<TabMessage, { readonly type: "signal" }>>;

/** Monotonic milliseconds of this tab, and the wall clock that all tabs share. */
export interface Moment {
  readonly now: number;
  readonly wallMs: number;
}

type Step = readonly [Tab, readonly TabEffect[]];

export function createTab(options: Parameters<typeof createElection>[0]): Tab {
  return { election: createElection(options), calls: NO_CALLS, serving: 0 };
}

export function stepTab(tab: Tab, input: TabInput, moment: Moment): Step {
  switch (input.type) {
    case "call":
    case "ran":
      return withCalls(tab, input, moment);
    case "message":
      return take(tab, input.message, moment);
    case "served": {
      const { to, id, fence, result } = input;
      const answer: Outgoing = { type: "answer", to, id, fence, result };
      return [{ ...tab, serving: tab.serving - 1 }, [{ type: "send", message: answer }]];
    }
    case "tick": {
      const [ticked, effects] = withElection(tab, input, moment);
      const [after, more] = withCalls(ticked, input, moment);
      return [after, [...effects, ...more]];
    }
    default:
      return withElection(tab, input, moment);
  }
}

function take(tab: Tab, message: TabMessage, moment: Moment): Step {
  const { from, build } = message;
  const me = tab.election.tab;
  if (from === me) return [tab, []];
  switch (message.type) {
    case "signal":
      return withElection(tab, { type: "heard", from, build, signal: message.signal }, moment);
    case "event": {
      // An event is a sign of life too, and may be the first that is heard of this leader.
      const { fence, event } = message;
      const signal = { type: "beat", fence } as const;
      const [after, effects] = withElection(tab, { type: "heard", from, build, signal }, moment);
      const { route } = after.calls;
      const isLeader = route.type === "other" && route.tab === from && route.fence === fence;
      return [after, isLeader ? [...effects, { type: "show", event }] : effects];
    }
    case "call":
      return message.to === me ? serve(tab, message, moment) : [tab, []];
    case "answer": {
      if (message.to !== me) return [tab, []];
      const { id, fence, result } = message;
      return withCalls(tab, { type: "answered", id, from, fence, result }, moment);
    }
  }
}

function serve(
  tab: Tab,
  message: Extract<TabMessage, { readonly type: "call" }>,
  { wallMs }: Moment,
): Step {
  const { from: to, id, fence, name, args } = message;
  // One who leads no more answers nothing: the caller asks the next leader.
  const isLeader = tab.calls.route.type === "own" && tab.election.fence === fence;
  if (!isLeader) return [tab, []];
  if (wallMs > message.until || tab.serving >= CALLS_MAX) {
    const result = failed("tab-silent", "too late or too many");
    return [tab, [{ type: "send", message: { type: "answer", to, id, fence, result } }]];
  }
  return [
    { ...tab, serving: tab.serving + 1 },
    [{ type: "serve", to, id, fence, name, args, request: id }],
  ];
}

function withElection(tab: Tab, input: ElectionInput, moment: Moment): Step {
  const [election, effects] = stepElection(tab.election, input, moment.now);
  const route = routeOf(election);
  const after = { ...tab, election };
  if (isSameRoute(route, tab.calls.route)) return [after, effects];
  const [calls, more] = stepCalls(tab.calls, { type: "route", route }, moment.wallMs);
  return [
    { ...after, calls },
    [...effects, { type: "routed", route }, ...more.map((one) => toEffect(one))],
  ];
}

function withCalls(tab: Tab, input: CallInput, { wallMs }: Moment): Step {
  const [calls, effects] = stepCalls(tab.calls, input, wallMs);
  return [{ ...tab, calls }, effects.map((one) => toEffect(one))];
}

function toEffect(effect: CallEffect): TabEffect {
  if (effect.type !== "ask") return effect;
  return { type: "send", message: { ...effect, type: "call" } };
}

function isSameRoute(a: Route, b: Route): boolean {
  if (a.type === "other") return b.type === "other" && a.tab === b.tab && a.fence === b.fence;
  if (a.type === "foreign") return b.type === "foreign" && a.tab === b.tab;
  return a.type === b.type;
}
