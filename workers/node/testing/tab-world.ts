/**
 * A browser for pure tabs, in virtual time: one lock manager, one channel, one database with a fence,
 * and tabs that can be killed, frozen with or without a word, thawed and reloaded at any moment. What
 * the browser does for a frozen tab (holding its lock, keeping its messages, finishing a transaction
 * that was begun) it does here too. It judges nothing: the tests look at `commits`, `settled` and `leaders`.
 */
import type { Result } from "../../api.ts";
import { createRandom, type Random } from "../../core/random.ts";
import { failed } from "../result.ts";
import { WAYS, type CallName } from "../tab-arguments.ts";
import { TAB_TICK_MS } from "../tab-limits.ts";
import { readTabMessage, type TabMessage } from "../tab-messages.ts";
import { createTab, stepTab, type Tab, type TabEffect, type TabInput } from "../tab.ts";

export interface Commit {
  readonly tab: string;
  readonly fence: number;
  readonly call: string;
  readonly at: number;
}

export interface Asked {
  readonly tab: string;
  readonly name: CallName;
  /** Answers that the page got: one, if all is well. */
  readonly settled: Result<unknown>[];
}

interface Node {
  readonly fence: number;
}

interface SimTab {
  readonly name: string;
  readonly offset: number;
  tab: Tab;
  state: "running" | "frozen" | "dead";
  /** The page told the worker to go before it froze. */
  isToldAway: boolean;
  /** What waits for a frozen tab. */
  inbox: (() => void)[];
  node: Node | null;
  /** Opening and closing, one after the other. */
  turns: ((done: () => void) => void)[];
}

export interface WorldOptions {
  readonly seed: number;
  /** Longest time to open a node, milliseconds. */
  readonly openMsMax?: number;
  /** A planted fault: commits do not look at the fence. */
  readonly isFenceIgnored?: boolean;
  /** A planted fault: the store forgets which requests it has carried out. */
  readonly isRequestForgotten?: boolean;
}

export interface TabWorld {
  readonly commits: readonly Commit[];
  readonly asked: ReadonlyMap<string, Asked>;
  /** Each node that opened: when, and in which tab. */
  readonly leaders: readonly { readonly at: number; readonly tab: string }[];
  open(build?: string): string;
  kill(tab: string): void;
  /** `isTold`: the page gets its freeze event. */
  freeze(tab: string, isTold: boolean): void;
  thaw(tab: string): void;
  call(tab: string, name: CallName): string;
  advance(ms: number): void;
  now(): number;
  /** Those that were not killed, in the order of their opening. */
  alive(): readonly { readonly name: string; readonly state: string; readonly tab: Tab }[];
}

/** Milliseconds: far above what a browser needs for a message between two threads. */
const DELAY_MS_MAX = 20;
const WORK_MS_MAX = 300;

export function createTabWorld(options: WorldOptions): TabWorld {
  const random: Random = createRandom([options.seed, 1, 2, 3]);
  const openMsMax = options.openMsMax ?? 800;
  const tabs = new Map<string, SimTab>();
  const asked = new Map<string, Asked>();
  const commits: Commit[] = [];
  const leaders: { at: number; tab: string }[] = [];
  const requests = new Set<string>();
  const timeline: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  const channelFree = new Map<string, number>();
  let fence = 0;
  let now = 0;
  let order = 0;
  let opened = 0;
  let calls = 0;
  let holder: { readonly tab: string; readonly ticket: number } | null = null;
  let queue: { readonly tab: string; readonly ticket: number }[] = [];

  const after = (ms: number, run: () => void): void => {
    order += 1;
    timeline.push({ at: now + ms, order, run });
  };
  const soon = (): number => 1 + random.below(DELAY_MS_MAX);
  /** Runs in the tab's thread: later if it is frozen, never if it is dead. */
  const inTab = (one: SimTab, run: () => void): void => {
    if (one.state === "running") run();
    else if (one.state === "frozen") one.inbox.push(run);
  };
  const dispatch = (one: SimTab, input: TabInput): void => {
    const moment = { now: now + one.offset, wallMs: now };
    const [tab, effects] = stepTab(one.tab, input, moment);
    one.tab = tab;
    for (const effect of effects) act(one, effect);
  };
  const later = (one: SimTab, input: TabInput, ms = soon()): void =>
    after(ms, () => inTab(one, () => dispatch(one, input)));

  const grantNext = (): void => {
    holder = queue.shift() ?? null;
    const one = holder === null ? undefined : tabs.get(holder.tab);
    if (one !== undefined && holder !== null) {
      later(one, { type: "granted", ticket: holder.ticket }, 1);
    }
  };
  const dropLock = (tab: string, ticket: number | null): void => {
    const isIt = (one: { tab: string; ticket: number }): boolean =>
      one.tab === tab && (ticket === null || one.ticket === ticket);
    queue = queue.filter((one) => !isIt(one));
    if (holder !== null && isIt(holder)) grantNext();
  };
  const askLock = (one: SimTab, ticket: number, isSteal: boolean): void => {
    if (one.state === "dead") return;
    if (isSteal && holder !== null) {
      const victim = tabs.get(holder.tab);
      if (victim !== undefined) later(victim, { type: "lost", ticket: holder.ticket }, 1);
      holder = null;
      queue.unshift({ tab: one.name, ticket });
    } else queue.push({ tab: one.name, ticket });
    if (holder === null) grantNext();
  };

  const post = (one: SimTab, message: TabMessage): void => {
    for (const other of tabs.values()) {
      if (other === one) continue;
      const pair = `${one.name}>${other.name}`;
      const at = Math.max(now + soon(), channelFree.get(pair) ?? 0);
      channelFree.set(pair, at);
      after(at - now, () =>
        inTab(other, () => {
          const read = readTabMessage(structuredClone(message), other.tab.election.build);
          if (read !== null) dispatch(other, { type: "message", message: read });
        }),
      );
    }
  };

  const takeTurn = (one: SimTab, turn: (done: () => void) => void): void => {
    one.turns.push(turn);
    if (one.turns.length === 1) runTurn(one);
  };
  const runTurn = (one: SimTab): void => {
    one.turns[0]?.(() => {
      one.turns.shift();
      runTurn(one);
    });
  };
  const open = (one: SimTab, done: () => void): void => {
    const finish = (): void =>
      inTab(one, () => {
        dispatch(one, { type: "opened", fence: one.node?.fence ?? 0 });
        if (one.tab.election.phase === "leading") leaders.push({ at: now, tab: one.name });
        done();
      });
    if (one.node !== null && one.node.fence === fence) return after(soon(), finish);
    after(random.below(openMsMax), () =>
      inTab(one, () =>
        // The transaction is the browser's: it also ends for a tab that freezes now.
        after(soon(), () => {
          if (one.state === "dead") return;
          fence += 1;
          one.node = { fence };
          after(random.below(openMsMax), finish);
        }),
      ),
    );
  };

  /** One call on a node: it commits, if it is one that does, and answers. */
  const work = (
    one: SimTab,
    task: { readonly id: string; readonly name: CallName; readonly request: string | null },
    answer: (result: Result<unknown>) => void,
  ): void => {
    const { node } = one;
    const reply = (result: Result<unknown>): void =>
      after(soon(), () =>
        inTab(one, () => {
          if (!result.ok) dispatch(one, { type: "fenced" });
          answer(result);
        }),
      );
    if (node === null) return answer(failed("storage-taken"));
    after(random.below(WORK_MS_MAX), () =>
      inTab(one, () =>
        after(soon(), () => {
          if (one.state === "dead") return;
          if (WAYS[task.name] === "again") return reply({ ok: true, value: null });
          const isDone = task.request !== null && requests.has(task.request);
          if (isDone && options.isRequestForgotten !== true)
            return reply({ ok: true, value: null });
          if (node.fence !== fence && options.isFenceIgnored !== true) {
            return reply(failed("storage-taken"));
          }
          commits.push({ tab: one.name, fence: node.fence, call: task.id, at: now });
          if (task.request !== null) requests.add(task.request);
          reply({ ok: true, value: null });
        }),
      ),
    );
  };

  const act = (one: SimTab, effect: TabEffect): void => {
    switch (effect.type) {
      case "ask-lock":
        return after(1, () => askLock(one, effect.ticket, effect.isSteal));
      case "drop-lock":
        return after(1, () => dropLock(one.name, effect.ticket));
      case "open":
        return takeTurn(one, (done) => open(one, done));
      case "close":
        return takeTurn(one, (done) => {
          one.node = null;
          after(soon(), () =>
            inTab(one, () => {
              dispatch(one, { type: "closed" });
              done();
            }),
          );
        });
      case "say":
        return post(one, { ...senderOf(one), type: "signal", signal: effect.signal });
      case "send":
        return post(one, { ...senderOf(one), ...effect.message });
      case "run":
        return work(one, effect, (result) => dispatch(one, { type: "ran", id: effect.id, result }));
      case "serve":
        return work(one, effect, (result) => {
          const { to, id, fence: asked } = effect;
          dispatch(one, { type: "served", to, id, fence: asked, result });
        });
      case "settle":
        asked.get(effect.id)?.settled.push(effect.result);
        return undefined;
      case "routed":
        if (effect.route.type === "other") call(one, "start");
        return undefined;
      case "show":
      case "fail":
        return undefined;
    }
  };

  const call = (one: SimTab, name: CallName): string => {
    calls += 1;
    const id = `${one.name}-${calls}`;
    asked.set(id, { tab: one.name, name, settled: [] });
    inTab(one, () => dispatch(one, { type: "call", id, name, args: argumentsOf(name) }));
    return id;
  };
  const tick = (one: SimTab): void =>
    after(TAB_TICK_MS, () =>
      inTab(one, () => {
        dispatch(one, { type: "tick" });
        tick(one);
      }),
    );
  const find = (name: string): SimTab => {
    const one = tabs.get(name);
    if (one === undefined) throw new Error(`no tab ${name}`);
    return one;
  };

  return {
    commits,
    asked,
    leaders,
    open: (build = "build") => {
      opened += 1;
      const name = `tab${opened}`;
      const one: SimTab = {
        name,
        offset: random.below(1_000_000),
        tab: createTab({ tab: name, build, patience: random.fraction() }),
        state: "running",
        isToldAway: false,
        inbox: [],
        node: null,
        turns: [],
      };
      tabs.set(name, one);
      dispatch(one, { type: "come" });
      tick(one);
      return name;
    },
    kill: (name) => {
      const one = find(name);
      one.state = "dead";
      tabs.delete(name);
      after(1, () => dropLock(name, null));
    },
    freeze: (name, isTold) => {
      const one = find(name);
      if (one.state !== "running") return;
      if (isTold) dispatch(one, { type: "go" });
      one.isToldAway = isTold;
      one.state = "frozen";
    },
    thaw: (name) => {
      const one = find(name);
      if (one.state !== "frozen") return;
      one.state = "running";
      const waiting = one.inbox;
      one.inbox = [];
      for (const run of waiting) inTab(one, run);
      if (one.isToldAway) dispatch(one, { type: "come" });
      one.isToldAway = false;
    },
    call: (name, callName) => call(find(name), callName),
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = timeline.reduce<(typeof timeline)[number] | null>(
          (best, one) =>
            one.at <= end &&
            (best === null || one.at < best.at || (one.at === best.at && one.order < best.order))
              ? one
              : best,
          null,
        );
        if (next === null) break;
        timeline.splice(timeline.indexOf(next), 1);
        now = next.at;
        next.run();
      }
      now = end;
    },
    now: () => now,
    alive: () => [...tabs.values()],
  };
}

function senderOf(one: SimTab): { readonly from: string; readonly build: string } {
  return { from: one.name, build: one.tab.election.build };
}

function argumentsOf(name: CallName): readonly unknown[] {
  switch (name) {
    case "sendMessage":
      return ["00".repeat(16), "a message"];
    case "createInvite":
      return [{ role: "child", lifetime: "qr" }];
    case "listMessages":
      return ["00".repeat(16), { limit: 50 }];
    default:
      return [];
  }
}
