/**
 * Which tab of a profile leads: runs the node, writes, meets the family. Pure: takes what the lock,
 * the channel, the page and the clock say, and answers with what to do. The holder of the lock leads;
 * a leader that is silent too long is frozen and its lock is stolen. Two tabs may believe to lead for
 * a moment: that is harmless, because every commit checks the fence that the later one took (ST15).
 * SPEC TB1 to TB12. Source: DESIGN §2; Web Locks API.
 */
import { ASK_MS, BEAT_MS, PATIENCE_SPREAD_MS, SILENCE_MS, SLEPT_MS } from "./tab-limits.ts";

export interface Leader {
  readonly tab: string;
  readonly build: string;
  /** The store's fence that it took: of two leaders the one with the higher fence is it. */
  readonly fence: number;
}

export interface Election {
  readonly tab: string;
  readonly build: string;
  /** `away`: not asked to run, or its page is hidden away; `opening`: has the lock, not yet the node. */
  readonly phase: "away" | "following" | "opening" | "leading";
  /** Number of the newest request for the lock; what older ones say is void. */
  readonly ticket: number;
  readonly lock: "none" | "asked" | "held";
  /** This tab's own node; one that stays open while its page is away may go on if nobody took over. */
  readonly node: "none" | "opening" | "open" | "closing";
  /** The fence of the own node, 0 while there is none. */
  readonly fence: number;
  readonly leader: Leader | null;
  /** Milliseconds on a clock of this tab that never goes back. */
  readonly heardAt: number;
  readonly askedAt: number;
  readonly tickedAt: number;
  readonly beatAt: number;
  readonly patienceMs: number;
}

/** What the leader says of itself, and the others to it; of every build, so it never changes. */
export type TabSignal =
  | { readonly type: "hello" }
  /** `fence` is null while the node opens. */
  | { readonly type: "beat"; readonly fence: number | null }
  | { readonly type: "bye" };

export type ElectionInput =
  /** The page wants the node, or is back. */
  | { readonly type: "come" }
  /** The page is frozen or hidden away: others must be able to lead. */
  | { readonly type: "go" }
  | { readonly type: "granted"; readonly ticket: number }
  /** Somebody stole the lock. */
  | { readonly type: "lost"; readonly ticket: number }
  /** The browser gives no locks. */
  | { readonly type: "lock-refused"; readonly ticket: number; readonly detail: string }
  | { readonly type: "opened"; readonly fence: number }
  | { readonly type: "open-failed" }
  | { readonly type: "closed" }
  /** The own node met a fence higher than its own. */
  | { readonly type: "fenced" }
  /** The own node stopped on a broken invariant. */
  | { readonly type: "broke" }
  | {
      readonly type: "heard";
      readonly from: string;
      readonly build: string;
      readonly signal: TabSignal;
    }
  | { readonly type: "tick" };

export type ElectionEffect =
  | { readonly type: "ask-lock"; readonly ticket: number; readonly isSteal: boolean }
  /** Gives the lock back, or no longer waits for it. */
  | { readonly type: "drop-lock"; readonly ticket: number }
  /** Opens the node, or keeps the open one if its fence is still the store's. */
  | { readonly type: "open" }
  | { readonly type: "close" }
  | { readonly type: "say"; readonly signal: TabSignal }
  | { readonly type: "fail"; readonly detail: string };

/** Where calls go. */
export type Route =
  | { readonly type: "none" }
  | { readonly type: "own" }
  | { readonly type: "other"; readonly tab: string; readonly fence: number }
  /** The leader runs another build, whose words may mean something else. */
  | { readonly type: "foreign"; readonly tab: string };

type Step = readonly [Election, readonly ElectionEffect[]];

export function createElection(options: {
  readonly tab: string;
  readonly build: string;
  /** From 0 to below 1: how patient this tab is among the others. */
  readonly patience: number;
}): Election {
  const { tab, build, patience } = options;
  return {
    tab,
    build,
    phase: "away",
    ticket: 0,
    lock: "none",
    node: "none",
    fence: 0,
    leader: null,
    heardAt: 0,
    askedAt: 0,
    tickedAt: 0,
    beatAt: 0,
    patienceMs: SILENCE_MS + Math.floor(patience * PATIENCE_SPREAD_MS),
  };
}

export function routeOf({ phase, leader, build }: Election): Route {
  if (phase === "leading") return { type: "own" };
  if (phase !== "following" || leader === null) return { type: "none" };
  return leader.build === build
    ? { type: "other", tab: leader.tab, fence: leader.fence }
    : { type: "foreign", tab: leader.tab };
}

export function stepElection(state: Election, input: ElectionInput, now: number): Step {
  switch (input.type) {
    case "come":
      return come(state, now);
    case "go":
      return go(state);
    case "granted":
      return granted(state, input.ticket, now);
    case "lost":
      return isMyLock(state, input.ticket) ? stepDown(state, "none", now) : [state, []];
    case "lock-refused":
      return lockRefused(state, input);
    case "opened":
      return opened(state, input.fence, now);
    case "open-failed":
      return openFailed(state);
    case "closed":
      return closed(state);
    case "fenced":
      return state.node === "open" || state.node === "opening"
        ? stepDown(state, state.lock, now)
        : [state, []];
    case "broke":
      return leaveAndClose(state);
    case "heard":
      return input.from === state.tab ? [state, []] : heard(state, input, now);
    case "tick":
      return tick(state, now);
  }
}

function come(state: Election, now: number): Step {
  if (state.phase !== "away") return [state, []];
  const following = awaitLeader({ ...state, phase: "following", tickedAt: now }, now);
  return askLock(following, [{ type: "say", signal: { type: "hello" } }]);
}

function go(state: Election): Step {
  // Half open it cannot be kept: the fence is perhaps not taken yet.
  return state.node === "opening" ? leaveAndClose(state) : leave(state);
}

/** The next tab starts from the disk. */
function leaveAndClose(state: Election): Step {
  const [left, effects] = leave(state);
  if (state.node !== "opening" && state.node !== "open") return [left, effects];
  return [{ ...left, node: "closing" }, [...effects, { type: "close" }]];
}

/** Neither leads nor follows any more. */
function leave(state: Election): Step {
  const isLeader = state.phase === "opening" || state.phase === "leading";
  return [
    { ...state, phase: "away", lock: "none", leader: null },
    [
      ...(isLeader ? [{ type: "say", signal: { type: "bye" } } as const] : []),
      ...dropLock(state, state.lock),
    ],
  ];
}

function granted(state: Election, ticket: number, now: number): Step {
  const isWanted = ticket === state.ticket && state.lock === "asked" && state.phase === "following";
  if (!isWanted) return [state, [{ type: "drop-lock", ticket }]];
  if (hasSlept(state, now)) return wake(state, now);
  return [
    { ...state, phase: "opening", lock: "held", node: "opening", leader: null, beatAt: now },
    [{ type: "say", signal: { type: "beat", fence: null } }, { type: "open" }],
  ];
}

function lockRefused(state: Election, input: { ticket: number; detail: string }): Step {
  if (input.ticket !== state.ticket || state.lock !== "asked") return [state, []];
  const [left, effects] = leave({ ...state, lock: "none" });
  return [left, [...effects, { type: "fail", detail: input.detail }]];
}

function opened(state: Election, fence: number, now: number): Step {
  if (state.node !== "opening") return [state, []];
  return [
    { ...state, phase: "leading", node: "open", fence, beatAt: now },
    [{ type: "say", signal: { type: "beat", fence } }],
  ];
}

/** Whoever follows may try; the person is told why this tab could not. */
function openFailed(state: Election): Step {
  if (state.node !== "opening") return [state, []];
  return leave({ ...state, node: "none", fence: 0 });
}

function closed(state: Election): Step {
  const empty: Election = { ...state, node: "none", fence: 0 };
  return empty.phase === "following" && empty.lock === "none" ? askLock(empty, []) : [empty, []];
}

/** Leads no more, and follows whoever does. The lock is asked for again once the node is closed. */
function stepDown(state: Election, lock: Election["lock"], now: number): Step {
  const isAway = state.phase === "away";
  const after = awaitLeader({ ...state, lock: isAway ? state.lock : "none" }, now);
  const dropped = isAway ? [] : dropLock(state, lock);
  const phase = isAway ? "away" : "following";
  if (state.node !== "opening" && state.node !== "open") return [{ ...after, phase }, dropped];
  return [{ ...after, phase, node: "closing" }, [...dropped, { type: "close" }]];
}

function heard(
  state: Election,
  input: { readonly from: string; readonly build: string; readonly signal: TabSignal },
  now: number,
): Step {
  const { from, build, signal } = input;
  const isLeader = state.phase === "opening" || state.phase === "leading";
  switch (signal.type) {
    case "hello":
      return isLeader ? beat(state, now) : [state, []];
    case "bye":
      return state.leader?.tab === from ? [awaitLeader(state, now), []] : [state, []];
    case "beat": {
      const { fence } = signal;
      // The store knows a later writer than me, whatever my lock says.
      if (fence !== null && fence > state.fence && state.node === "open") {
        const [after, effects] = stepDown(state, state.lock, now);
        const isFollowing = after.phase === "following";
        return [isFollowing ? { ...after, leader: { tab: from, build, fence } } : after, effects];
      }
      if (state.phase === "leading" && fence !== null) return beat(state, now);
      if (state.phase !== "following") return [state, []];
      if (fence === null) return [awaitLeader(state, now), []];
      if (state.leader !== null && fence < state.leader.fence) return [state, []];
      return [{ ...state, leader: { tab: from, build, fence }, heardAt: now }, []];
    }
  }
}

function tick(state: Election, now: number): Step {
  const isWaiting = state.phase === "following" && state.lock === "asked";
  if (isWaiting && hasSlept(state, now)) return wake(state, now);
  const awake: Election = { ...state, tickedAt: now };
  if (awake.phase === "opening" || awake.phase === "leading") {
    return now - awake.beatAt >= BEAT_MS ? beat(awake, now) : [awake, []];
  }
  if (!isWaiting) return [awake, []];
  const silentMs = now - awake.heardAt;
  if (silentMs >= awake.patienceMs) return steal(awake, now);
  if (silentMs < ASK_MS || now - awake.askedAt < BEAT_MS) return [awake, []];
  return [{ ...awake, askedAt: now }, [{ type: "say", signal: { type: "hello" } }]];
}

/** The silence that it counted says nothing. Its lock may have been granted in its sleep and stolen
 * since: an old grant must not depose who leads now, so it waits for a new one. */
function wake(state: Election, now: number): Step {
  const awake: Election = { ...state, tickedAt: now, heardAt: now };
  return askLock(awake, dropLock(state, state.lock));
}

function steal(state: Election, now: number): Step {
  const ticket = state.ticket + 1;
  return [
    { ...state, ticket, heardAt: now },
    [
      { type: "drop-lock", ticket: state.ticket },
      { type: "ask-lock", ticket, isSteal: true },
    ],
  ];
}

function beat(state: Election, now: number): Step {
  const fence = state.phase === "leading" ? state.fence : null;
  return [{ ...state, beatAt: now }, [{ type: "say", signal: { type: "beat", fence } }]];
}

function askLock(state: Election, before: readonly ElectionEffect[]): Step {
  if (state.node === "closing") return [state, before];
  const ticket = state.ticket + 1;
  return [
    { ...state, ticket, lock: "asked" },
    [...before, { type: "ask-lock", ticket, isSteal: false }],
  ];
}

function dropLock(state: Election, lock: Election["lock"]): readonly ElectionEffect[] {
  return lock === "none" ? [] : [{ type: "drop-lock", ticket: state.ticket }];
}

function awaitLeader(state: Election, now: number): Election {
  return { ...state, leader: null, heardAt: now };
}

function hasSlept(state: Election, now: number): boolean {
  return now - state.tickedAt > SLEPT_MS;
}

function isMyLock(state: Election, ticket: number): boolean {
  return ticket === state.ticket && state.lock === "held";
}
