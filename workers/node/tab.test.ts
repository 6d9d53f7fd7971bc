/** Several tabs of one profile in one browser, in virtual time: who leads, and what becomes of calls. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTabWorld, type TabWorld, type WorldOptions } from "./testing/tab-world.ts";
import { CALL_GRACE_MS, CALL_MS, SILENCE_MS } from "./tab-limits.ts";
import { WAYS, type CallName } from "./tab-arguments.ts";
import { routeOf } from "./tab-election.ts";

const SECOND = 1_000;
/** What opening a node takes at most in these worlds, and messages on the way. */
const OPEN_MS = 2_000;

function leadersOf(world: TabWorld): readonly string[] {
  return world
    .alive()
    .filter(({ state, tab }) => state === "running" && routeOf(tab.election).type === "own")
    .map(({ name }) => name);
}

function leaderOf(world: TabWorld): string {
  const [leader, ...others] = leadersOf(world);
  expect(others).toEqual([]);
  if (leader === undefined) throw new Error("nobody leads");
  return leader;
}

function followerOf(world: TabWorld): string {
  const leader = leaderOf(world);
  const follower = world.alive().find(({ name }) => name !== leader)?.name;
  if (follower === undefined) throw new Error("nobody follows");
  return follower;
}

function openTabs(count: number, options: WorldOptions = { seed: 1 }): TabWorld {
  const world = createTabWorld(options);
  for (let index = 0; index < count; index += 1) world.open();
  world.advance(5 * SECOND);
  return world;
}

function answersTo(world: TabWorld, call: string): readonly unknown[] {
  return world.asked.get(call)?.settled ?? [];
}

function commitsOf(world: TabWorld, call: string): number {
  return world.commits.filter((one) => one.call === call).length;
}

/** Every commit under the newest fence of its time, and each fence taken by one tab. */
function writerFaults(world: TabWorld): readonly string[] {
  const owners = new Map<number, string>();
  const faults: string[] = [];
  let highest = 0;
  for (const { tab, fence, at } of world.commits) {
    if (fence < highest) faults.push(`at ${at} ${tab} wrote under ${fence} after ${highest}`);
    highest = Math.max(highest, fence);
    const owner = owners.get(fence) ?? tab;
    if (owner !== tab) faults.push(`at ${at} ${tab} and ${owner} wrote under ${fence}`);
    owners.set(fence, owner);
  }
  return faults;
}

function callFaults(world: TabWorld): readonly string[] {
  const faults: string[] = [];
  const alive = new Set(world.alive().map(({ name }) => name));
  for (const [id, { tab, name, settled }] of world.asked) {
    const times = commitsOf(world, id);
    const isDone = settled[0]?.ok === true;
    if (alive.has(tab) && settled.length !== 1)
      faults.push(`${name} ended ${settled.length} times`);
    if (times > 1) faults.push(`${name} was done ${times} times`);
    if (WAYS[name] !== "again" && isDone && times !== 1) faults.push(`${name} was done and is not`);
    const code = settled[0]?.ok === false ? settled[0].code : "";
    if (code === "tab-lost" && WAYS[name] !== "unsure") faults.push(`${name} was given up`);
  }
  return faults;
}

describe("election", () => {
  test("[TB1] of three tabs one leads, and the others know it", () => {
    const world = openTabs(3);
    const leader = leaderOf(world);
    for (const { tab, name } of world.alive()) {
      if (name === leader) continue;
      expect(routeOf(tab.election)).toMatchObject({ type: "other", tab: leader });
    }
    expect(world.leaders).toHaveLength(1);
  });

  test("[TB1] a tab alone leads without waiting for anybody", () => {
    const world = createTabWorld({ seed: 3 });
    world.open();
    world.advance(OPEN_MS);
    expect(leadersOf(world)).toEqual(["tab1"]);
  });

  test("[TB2, TB41] a killed leader is followed within three seconds", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const world = openTabs(3, { seed });
      world.advance(seed * 17);
      const before = world.now();
      world.kill(leaderOf(world));
      world.advance(3 * SECOND);
      expect(leaderOf(world)).not.toBe("");
      expect((world.leaders.at(-1)?.at ?? 0) - before).toBeLessThanOrEqual(3 * SECOND);
    }
  });

  test("[TB4, TB41] a leader that froze without a word is followed within twelve seconds", () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const world = openTabs(3, { seed, openMsMax: 200 });
      world.advance(seed * 17);
      const frozen = leaderOf(world);
      const before = world.now();
      world.freeze(frozen, false);
      world.advance(12 * SECOND);
      const after = world.leaders.at(-1);
      expect(after?.tab).not.toBe(frozen);
      expect((after?.at ?? Infinity) - before).toBeLessThanOrEqual(12 * SECOND);
      world.thaw(frozen);
      world.advance(5 * SECOND);
      expect(leaderOf(world)).toBe(after?.tab);
    }
  });

  test("[TB4] nothing is stolen from a leader that is only slow to open", () => {
    const world = openTabs(3, { seed: 5, openMsMax: 15 * SECOND });
    world.advance(60 * SECOND);
    expect(world.leaders.length).toBe(1);
  });

  test("[TB8] a leader whose page is told that it freezes makes way at once, and follows later", () => {
    const world = openTabs(3);
    const first = leaderOf(world);
    world.freeze(first, true);
    world.advance(OPEN_MS);
    const second = leaderOf(world);
    expect(second).not.toBe(first);
    world.thaw(first);
    world.advance(OPEN_MS);
    expect(leaderOf(world)).toBe(second);
    expect(world.alive().find(({ name }) => name === first)?.tab.election.node).toBe("none");
  });

  test("[TB9] a tab alone goes on with its node after its page was away", () => {
    const world = openTabs(1);
    const fence = world.alive()[0]?.tab.election.fence;
    world.freeze("tab1", true);
    world.advance(60 * SECOND);
    world.thaw("tab1");
    world.advance(SECOND);
    expect(leaderOf(world)).toBe("tab1");
    expect(world.alive()[0]?.tab.election.fence).toBe(fence);
  });

  test("[TB7] a lock that was granted to a frozen tab and stolen from it deposes nobody", () => {
    const world = openTabs(3);
    const first = leaderOf(world);
    const second = followerOf(world);
    world.freeze(second, false);
    world.advance(SECOND);
    world.kill(first);
    world.advance(15 * SECOND);
    const third = leaderOf(world);
    const taken = world.leaders.length;
    world.thaw(second);
    world.advance(10 * SECOND);
    expect(leaderOf(world)).toBe(third);
    expect(world.leaders.length).toBe(taken);
  });
});

describe("calls", () => {
  test("[TB13] a follower's call is done by the leader, and answered", () => {
    const world = openTabs(3);
    const call = world.call(followerOf(world), "createInvite");
    world.advance(SECOND);
    expect(answersTo(world, call)).toEqual([{ ok: true, value: null }]);
    expect(world.commits).toMatchObject([{ tab: leaderOf(world), call }]);
  });

  test("[TB14, TB18] what is asked while nobody leads is done by the next leader", () => {
    const world = createTabWorld({ seed: 1 });
    const calls = [world.open(), world.open()].map((tab) => world.call(tab, "createInvite"));
    expect(leadersOf(world)).toEqual([]);
    world.advance(2 * OPEN_MS);
    for (const call of calls) expect(answersTo(world, call)).toEqual([{ ok: true, value: null }]);
  });

  test("[TB15, TB16] a reading and a message that a dead leader had are asked again", () => {
    const world = openTabs(2);
    const follower = followerOf(world);
    const calls = [world.call(follower, "listMessages"), world.call(follower, "sendMessage")];
    world.kill(leaderOf(world));
    world.advance(OPEN_MS + SECOND);
    for (const call of calls) expect(answersTo(world, call)).toEqual([{ ok: true, value: null }]);
    expect(commitsOf(world, calls[1] ?? "")).toBe(1);
  });

  test("[TB16] a message that the dead leader had stored is not sent again", () => {
    let stored = 0;
    for (let ms = 0; ms < 400; ms += 10) {
      const world = openTabs(2, { seed: ms + 1 });
      const call = world.call(followerOf(world), "sendMessage");
      world.advance(ms);
      const wasStored = commitsOf(world, call) === 1 && answersTo(world, call).length === 0;
      world.kill(leaderOf(world));
      world.advance(OPEN_MS + SECOND);
      expect(answersTo(world, call)).toEqual([{ ok: true, value: null }]);
      expect(commitsOf(world, call)).toBe(1);
      stored += wasStored ? 1 : 0;
    }
    expect(stored).toBeGreaterThan(0);
  });

  test("[TB17] of anything else that a dead leader had the person is told to look", () => {
    const world = openTabs(2);
    const call = world.call(followerOf(world), "createInvite");
    world.kill(leaderOf(world));
    world.advance(OPEN_MS);
    expect(answersTo(world, call)).toMatchObject([{ ok: false, code: "tab-lost" }]);
  });

  test("[TB19] a call that nobody takes ends with words", () => {
    const world = openTabs(1);
    const call = world.call("tab1", "sendMessage");
    expect(answersTo(world, call)).toEqual([]);
    const other = createTabWorld({ seed: 1, openMsMax: 1_000 * SECOND });
    other.open();
    const waiting = other.call("tab1", "sendMessage");
    other.advance(CALL_MS + 2 * SECOND);
    expect(answersTo(other, waiting)).toMatchObject([{ ok: false, code: "tab-silent" }]);
  });

  test("[TB21] a thawed leader's own message goes through the new leader, once", () => {
    const world = openTabs(2);
    const first = leaderOf(world);
    world.freeze(first, false);
    const call = world.call(first, "sendMessage");
    world.advance(15 * SECOND);
    const second = leaderOf(world);
    world.thaw(first);
    world.advance(5 * SECOND);
    expect(answersTo(world, call)).toEqual([{ ok: true, value: null }]);
    expect(world.commits.filter((one) => one.call === call)).toMatchObject([{ tab: second }]);
  });

  test("[TB32] a leader of another build answers nothing, and this tab goes on when it is gone", () => {
    const world = createTabWorld({ seed: 1 });
    world.open("old");
    world.advance(OPEN_MS);
    world.open("new");
    world.advance(OPEN_MS);
    const call = world.call("tab2", "sendMessage");
    world.advance(SECOND);
    expect(answersTo(world, call)).toMatchObject([{ ok: false, code: "tab-version" }]);
    expect(leaderOf(world)).toBe("tab1");
    world.kill("tab1");
    world.advance(OPEN_MS);
    expect(leaderOf(world)).toBe("tab2");
  });
});

const TYPES = [
  "open",
  "kill",
  "reload",
  "freeze",
  "freeze-told",
  "freeze-busy",
  "freeze-busy",
  "kill-busy",
  "thaw",
  "call",
  "call",
  "call",
  "storm",
] as const;

type Action = {
  readonly afterMs: number;
  readonly tab: number;
  readonly type: (typeof TYPES)[number];
  readonly name: CallName;
};

const action: fc.Arbitrary<Action> = fc.record({
  afterMs: fc.oneof(fc.nat(60), fc.nat(3_000), fc.nat(20_000)),
  tab: fc.nat(4),
  type: fc.constantFrom(...TYPES),
  name: fc.constantFrom<CallName>("sendMessage", "sendMessage", "createInvite", "listMessages"),
});

function live(actions: readonly Action[], options: WorldOptions): TabWorld {
  const world = createTabWorld(options);
  world.open();
  world.open();
  for (const { afterMs, tab, type, name } of actions) {
    world.advance(afterMs);
    const tabs = world.alive().map((one) => one.name);
    const chosen = tabs[tab % Math.max(1, tabs.length)];
    if (type === "open" && tabs.length < 5) world.open();
    if (chosen === undefined) continue;
    if (type === "kill") world.kill(chosen);
    if (type === "reload") reload(world, chosen);
    if (type === "storm") for (const one of tabs) reload(world, one);
    if (type === "freeze") world.freeze(chosen, false);
    if (type === "freeze-told") world.freeze(chosen, true);
    if (type === "kill-busy") killBusy(world, name, afterMs);
    if (type === "freeze-busy") freezeBusy(world, name, afterMs);
    if (type === "thaw") world.thaw(chosen);
    if (type === "call") world.call(chosen, name);
  }
  if (world.alive().length === 0) world.open();
  for (const { name } of world.alive()) world.thaw(name);
  world.advance(CALL_MS + CALL_GRACE_MS + 30 * SECOND);
  return world;
}

/** The leader freezes in the middle of a call, and the next one goes on without it. */
function freezeBusy(world: TabWorld, name: CallName, afterMs: number): void {
  const [leader] = leadersOf(world);
  if (leader === undefined) return;
  world.call(leader, name);
  world.advance(afterMs % 350);
  world.freeze(leader, false);
  for (const other of world.alive()) if (other.name !== leader) world.call(other.name, name);
  world.advance(SILENCE_MS + 5 * SECOND);
  world.thaw(leader);
}

/** The leader is killed in the middle of calls of all the others. */
function killBusy(world: TabWorld, name: CallName, afterMs: number): void {
  const [leader] = leadersOf(world);
  if (leader === undefined) return;
  for (const other of world.alive()) if (other.name !== leader) world.call(other.name, name);
  const before = world.commits.length;
  // Right after something was stored, or at any moment.
  if (afterMs % 2 === 0) world.advance(afterMs % 350);
  else for (let ms = 0; ms < 400 && world.commits.length === before; ms += 2) world.advance(2);
  world.kill(leader);
}

function reload(world: TabWorld, tab: string): void {
  world.kill(tab);
  world.open();
}

describe("any history", () => {
  test("[TB5, TB40] never two writers, every call ends once, and in the end one tab leads", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.nat(), (actions, seed) => {
        const world = live(actions, { seed });
        expect(writerFaults(world)).toEqual([]);
        expect(callFaults(world)).toEqual([]);
        const leader = leaderOf(world);
        for (const { tab, name } of world.alive()) {
          if (name !== leader) expect(routeOf(tab.election)).toMatchObject({ tab: leader });
        }
      }),
      { numRuns: 250 },
    );
  }, 120_000);

  test("[TB40] the judges see a store without a fence, and one that forgets its requests", () => {
    const isCaught = (options: Omit<WorldOptions, "seed">): boolean =>
      fc.check(
        fc.property(fc.array(action, { maxLength: 40 }), fc.nat(), (actions, seed) => {
          const world = live(actions, { seed, ...options });
          return writerFaults(world).length + callFaults(world).length === 0;
        }),
        { numRuns: 200, seed: 7, endOnFailure: true },
      ).failed;
    expect(isCaught({ isFenceIgnored: true })).toBe(true);
    expect(isCaught({ isRequestForgotten: true })).toBe(true);
  }, 120_000);
});
