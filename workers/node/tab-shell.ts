/**
 * Does what the pure tab (tab.ts) says: asks for the lock, speaks on the channel, opens the node, and
 * joins all that to one page, which sees one NodeApi whoever leads. What it decides itself is only
 * what the page is told when another tab takes over: the snapshot, and to read every conversation
 * again, because what happened in between nobody told. SPEC TB1 to TB33, NA1, NA3. Source: DESIGN §2.
 */
import type { NodeEvent, NodeSnapshot, Result } from "../api.ts";
import { done, failed } from "./result.ts";
import type { CallName } from "./tab-arguments.ts";
import type { Route } from "./tab-election.ts";
import { TAB_TICK_MS } from "./tab-limits.ts";
import type { TabLock } from "./tab-lock.ts";
import { isSnapshot, readTabMessage, type TabMessage } from "./tab-messages.ts";
import type { Seat } from "./tab-seat.ts";
import { createTab, stepTab, type TabEffect, type TabInput } from "./tab.ts";

export interface TabPorts {
  /** Names this tab among the others of one browser. */
  readonly tab: string;
  readonly build: string;
  /** From 0 to below 1. */
  readonly patience: number;
  readonly lock: TabLock;
  readonly seat: Seat;
  readonly post: (message: TabMessage) => void;
  readonly onEvent: (event: NodeEvent) => void;
}

export interface TabShell {
  start(): Promise<Result<NodeSnapshot>>;
  call(name: CallName, args: readonly unknown[]): Promise<Result<unknown>>;
  /** What the lock reports. */
  tell(input: Extract<TabInput, { readonly type: "granted" | "lost" | "lock-refused" }>): void;
  setAway(isAway: boolean): void;
  /** Whatever came over the channel. */
  hear(data: unknown): void;
  /** What the own node reports. */
  ownEvent(event: NodeEvent): void;
}

export function createTabShell(ports: TabPorts): TabShell {
  const { build, lock, seat } = ports;
  const sender = { from: ports.tab, build };
  const settlers = new Map<string, (result: Result<unknown>) => void>();
  const queue: TabInput[] = [];
  let giveFirst: (result: Result<NodeSnapshot>) => void = () => {};
  const first = new Promise<Result<NodeSnapshot>>((resolve) => {
    giveFirst = resolve;
  });
  let tab = createTab(ports);
  let isStepping = false;
  let isStarted = false;
  let isFirstGiven = false;
  let calls = 0;
  let shown: NodeSnapshot | null = null;
  /** The snapshot that the node opened with, until it is shown. */
  let opened: NodeSnapshot | null = null;

  return {
    start: async () => {
      if (!isStarted) {
        isStarted = true;
        setInterval(() => dispatch({ type: "tick" }), TAB_TICK_MS);
        dispatch({ type: "come" });
      }
      return isFirstGiven && shown !== null ? done(shown) : first;
    },
    call: async (name, args) => {
      if (!isStarted) return failed("storage-unavailable", "not started");
      return call(name, args);
    },
    tell: dispatch,
    setAway: (isAway) => {
      if (isStarted) dispatch({ type: isAway ? "go" : "come" });
    },
    hear: (data) => {
      const message = readTabMessage(data, build);
      if (message !== null && isStarted) dispatch({ type: "message", message });
    },
    ownEvent,
  };

  /** One input after the other, also where an effect brings the next. */
  function dispatch(input: TabInput): void {
    queue.push(input);
    if (isStepping) return;
    isStepping = true;
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [after, effects] = stepTab(tab, next, {
          now: performance.now(),
          wallMs: Date.now(),
        });
        tab = after;
        for (const effect of effects) act(effect);
      }
    } finally {
      isStepping = false;
    }
  }

  function act(effect: TabEffect): void {
    switch (effect.type) {
      case "ask-lock":
        return lock.ask(effect.ticket, effect.isSteal);
      case "drop-lock":
        return lock.drop(effect.ticket);
      case "open":
        return void open();
      case "close":
        return void close();
      case "say":
        return ports.post({ ...sender, type: "signal", signal: effect.signal });
      case "send":
        return ports.post({ ...sender, ...effect.message });
      case "fail":
        return end(failed("storage-unavailable", effect.detail));
      case "run":
        return void run(effect);
      case "serve":
        return void serve(effect);
      case "settle": {
        const settle = settlers.get(effect.id);
        settlers.delete(effect.id);
        return settle?.(effect.result);
      }
      case "show":
        return show(effect.event);
      case "routed":
        return routed(effect.route);
    }
  }

  async function call(name: CallName, args: readonly unknown[]): Promise<Result<unknown>> {
    calls += 1;
    const id = `${ports.tab}-${calls}`;
    return new Promise((resolve) => {
      settlers.set(id, resolve);
      dispatch({ type: "call", id, name, args });
    });
  }

  async function run(effect: Extract<TabEffect, { readonly type: "run" }>): Promise<void> {
    const { id, name, args, request } = effect;
    dispatch({ type: "ran", id, result: await seat.run(name, args, request) });
  }

  async function serve(effect: Extract<TabEffect, { readonly type: "serve" }>): Promise<void> {
    const { to, id, fence, name, args, request } = effect;
    const result = await seat.run(name, args, request);
    dispatch({ type: "served", to, id, fence, result });
  }

  async function open(): Promise<void> {
    const answer = await seat.open();
    if (answer.ok) {
      opened = answer.snapshot;
      return dispatch({ type: "opened", fence: answer.fence });
    }
    if (answer.isSurpassed) return dispatch({ type: "fenced" });
    // Of a tab that leads no more this is no news: it follows already.
    const isWanted = tab.election.node === "opening";
    dispatch({ type: "open-failed" });
    if (isWanted) end(answer);
  }

  async function close(): Promise<void> {
    await seat.close();
    dispatch({ type: "closed" });
  }

  function routed(route: Route): void {
    if (route.type === "own" && opened !== null) {
      present(opened);
      opened = null;
    }
    if (route.type === "other") void follow();
    if (route.type === "foreign") {
      if (shown === null) return give(failed("tab-version"));
      const notices = [{ type: "tab-version" } as const];
      ports.onEvent({ type: "snapshot", snapshot: { ...shown, notices } });
    }
  }

  /** Reads what the leader has. An event that comes before the answer is newer than it. */
  async function follow(): Promise<void> {
    const before = shown;
    const answer = await call("start", []);
    if (!answer.ok) return give(answer);
    if (isSnapshot(answer.value))
      present(shown === before || shown === null ? answer.value : shown);
  }

  function present(snapshot: NodeSnapshot): void {
    shown = snapshot;
    if (!isFirstGiven) return give(done(snapshot));
    ports.onEvent({ type: "snapshot", snapshot });
    for (const { id } of snapshot.conversations) ports.onEvent({ type: "conversation", id });
  }

  function show(event: NodeEvent): void {
    if (event.type === "snapshot") shown = event.snapshot;
    if (isFirstGiven) ports.onEvent(event);
  }

  function ownEvent(event: NodeEvent): void {
    const isTaken =
      event.type === "snapshot" &&
      event.snapshot.notices.some((one) => one.type === "storage-taken");
    if (isTaken) return dispatch({ type: "fenced" });
    if (event.type === "stopped") {
      dispatch({ type: "broke" });
      return ports.onEvent(event);
    }
    const { route } = tab.calls;
    if (route.type !== "own") return;
    const { fence } = tab.election;
    ports.post({ ...sender, type: "event", fence, event });
    show(event);
  }

  /** Answers the page's start, once. */
  function give(result: Result<NodeSnapshot> | Extract<Result<unknown>, { ok: false }>): void {
    if (isFirstGiven) return;
    isFirstGiven = true;
    giveFirst(result);
  }

  /** This tab cannot run the node: the person is told, by the start or by the end. */
  function end(failure: Extract<Result<unknown>, { ok: false }>): void {
    if (!isFirstGiven) return give(failure);
    ports.onEvent({ type: "stopped", detail: `${failure.code} ${failure.detail}` });
  }
}
