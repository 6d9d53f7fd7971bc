/**
 * When a view is given up. Two clocks, both of awake time: with a connected quorum seconds, doubled
 * for each view since that quorum connected, so recovery never depends on how long it was away;
 * without one hours, summed over sessions, doubled for each view of the height, reset by a finalised
 * block alone. A transaction that keeps waiting while others are taken counts from when it first
 * could have been taken. It does not know what work is, nor change a view. SPEC TI1..TI8.
 * Source: DESIGN §4.5; facts of the model (L1 to L4).
 */
import type { Hex } from "../codec/ids.ts";
import {
  ALONE_TIMEOUT_MS_MAX,
  ALONE_TIMEOUT_MS_MIN,
  AWAKE_STEP_MS,
  PRIMARY_GONE_MS,
  VIEW_TIMEOUT_MS_MAX,
  VIEW_TIMEOUT_MS_MIN,
  VIEW_TIMEOUT_ROUND_TRIPS,
} from "./limits.ts";

export interface Timer {
  /** Connected time in this view with work, milliseconds. */
  connectedMs: number;
  /** Views entered since the quorum connected. */
  connectedViews: number;
  isQuorumConnected: boolean;
  /** Awake time in this view without a connected quorum, milliseconds; kept over sessions. */
  aloneMs: number;
  /** What of it the log has. */
  loggedAloneMs: number;
  /** Connected time for which each transaction has waited that a block could have held. */
  readonly waitedMs: Map<Hex, number>;
}

/** What one tick sees. */
export interface Sight {
  /** Awake time since the last tick, milliseconds. */
  readonly elapsedMs: number;
  readonly isQuorumConnected: boolean;
  readonly isPrimaryConnected: boolean;
  /** Round trip to the slowest connected replica, milliseconds; 0 where none is known. */
  readonly roundTripMs: number;
  /** The view, counted from 0 at this height. */
  readonly view: number;
  /** There is a proposal, a prepared certificate or a transaction that could be taken. */
  readonly hasWork: boolean;
  /** Transactions that the next block would hold if it were mine, and that the proposal leaves out. */
  readonly waiting: readonly Hex[];
  /** My VIEW-CHANGE for this view waits for q of them: no further timer runs. */
  readonly isHeld: boolean;
}

export function createTimer(aloneMs = 0): Timer {
  return {
    connectedMs: 0,
    connectedViews: 0,
    isQuorumConnected: false,
    aloneMs,
    loggedAloneMs: aloneMs,
    waitedMs: new Map(),
  };
}

/** Takes one tick; true when the view is to be given up. */
export function runTimer(timer: Timer, sight: Sight): boolean {
  if (sight.isQuorumConnected !== timer.isQuorumConnected) {
    timer.isQuorumConnected = sight.isQuorumConnected;
    timer.connectedMs = 0;
    timer.connectedViews = 0;
    timer.waitedMs.clear();
  }
  if (!sight.isQuorumConnected) return runAlone(timer, sight);
  countWaiting(timer, sight);
  if (!sight.hasWork) timer.connectedMs = 0;
  if (!sight.hasWork || sight.isHeld) return false;
  timer.connectedMs += sight.elapsedMs;
  // A view that was entered has its own time; in the height's first one, waiting goes on from before.
  const longest = sight.view === 0 ? Math.max(0, ...timer.waitedMs.values()) : 0;
  return Math.max(timer.connectedMs, longest) >= timeoutOf(timer, sight);
}

function runAlone(timer: Timer, sight: Sight): boolean {
  if (!sight.hasWork || sight.isHeld) return false;
  timer.aloneMs += sight.elapsedMs;
  return timer.aloneMs >= aloneTimeoutOf(sight.view);
}

/** A new view: its time begins. */
export function enterView(timer: Timer): void {
  timer.connectedMs = 0;
  timer.connectedViews += 1;
  timer.aloneMs = 0;
  timer.loggedAloneMs = 0;
  timer.waitedMs.clear();
}

/** A new height: everything begins but what each transaction has waited. */
export function enterHeight(timer: Timer): void {
  timer.connectedMs = 0;
  timer.connectedViews = 0;
  timer.aloneMs = 0;
  timer.loggedAloneMs = 0;
}

/** Awake time to write into the log now; null while too little has been added. */
export function aloneToLog(timer: Timer): number | null {
  if (timer.aloneMs - timer.loggedAloneMs < AWAKE_STEP_MS) return null;
  timer.loggedAloneMs = timer.aloneMs;
  return timer.aloneMs;
}

function timeoutOf(timer: Timer, sight: Sight): number {
  if (!sight.isPrimaryConnected) return PRIMARY_GONE_MS;
  const least = Math.max(VIEW_TIMEOUT_MS_MIN, VIEW_TIMEOUT_ROUND_TRIPS * sight.roundTripMs);
  return Math.min(VIEW_TIMEOUT_MS_MAX, least * 2 ** Math.min(timer.connectedViews, 16));
}

function aloneTimeoutOf(view: number): number {
  return Math.min(ALONE_TIMEOUT_MS_MAX, ALONE_TIMEOUT_MS_MIN * 2 ** Math.min(view, 16));
}

function countWaiting(timer: Timer, { waiting, elapsedMs }: Sight): void {
  const still = new Set(waiting);
  for (const id of timer.waitedMs.keys()) if (!still.has(id)) timer.waitedMs.delete(id);
  for (const id of waiting) timer.waitedMs.set(id, (timer.waitedMs.get(id) ?? 0) + elapsedMs);
}
