/** Single steps of one tab that the world of tab.test.ts meets too seldom. */
import { describe, expect, test } from "vitest";
import { createTab, stepTab, type Tab, type TabEffect, type TabInput } from "./tab.ts";
import { CALL_GRACE_MS, CALL_MS, CALLS_MAX } from "./tab-limits.ts";
import type { TabMessage } from "./tab-messages.ts";

const ME = { tab: "me", build: "one", patience: 0 } as const;
const OTHER = { from: "other", build: "one" } as const;
const MESSAGE = ["00".repeat(16), "hello"] as const;

function run(tab: Tab, inputs: readonly TabInput[], ms = 0): [Tab, TabEffect[]] {
  const effects: TabEffect[] = [];
  let after = tab;
  for (const input of inputs) {
    const [next, more] = stepTab(after, input, { now: ms, wallMs: ms });
    after = next;
    effects.push(...more);
  }
  return [after, effects];
}

function leading(): Tab {
  return run(createTab(ME), [
    { type: "come" },
    { type: "granted", ticket: 1 },
    { type: "opened", fence: 5 },
  ])[0];
}

function following(): Tab {
  const beat: TabMessage = { ...OTHER, type: "signal", signal: { type: "beat", fence: 9 } };
  return run(createTab(ME), [{ type: "come" }, { type: "message", message: beat }])[0];
}

const callOf = (id: string): TabInput => ({
  type: "call",
  id,
  name: "sendMessage",
  args: MESSAGE,
});

const askedBy = (id: string, until = 1_000): TabInput => ({
  type: "message",
  message: {
    ...OTHER,
    type: "call",
    to: "me",
    fence: 5,
    id,
    name: "sendMessage",
    args: MESSAGE,
    until,
  },
});

describe("a leader", () => {
  test("[TB12] whose node broke says bye, gives the lock back and closes what is left", () => {
    const [after, effects] = run(leading(), [{ type: "broke" }]);
    expect(effects.map(({ type }) => type)).toEqual(["say", "drop-lock", "close", "routed"]);
    expect(after.election).toMatchObject({ phase: "away", lock: "none", node: "closing" });
    expect(run(after, [{ type: "closed" }, { type: "tick" }])[1]).toEqual([]);
  });

  test("[TB6] that hears of a higher fence steps down, and asks for the lock when it has closed", () => {
    const higher: TabMessage = { ...OTHER, type: "signal", signal: { type: "beat", fence: 6 } };
    const [after, effects] = run(leading(), [{ type: "message", message: higher }]);
    expect(effects.map(({ type }) => type)).toEqual(["drop-lock", "close", "routed"]);
    expect(effects.at(-1)).toMatchObject({ route: { type: "other", tab: "other", fence: 6 } });
    const [, then] = run(after, [{ type: "closed" }]);
    expect(then).toEqual([{ type: "ask-lock", ticket: 2, isSteal: false }]);
  });

  test("[TB6] that hears of a lower one says which is the higher", () => {
    const lower: TabMessage = { ...OTHER, type: "signal", signal: { type: "beat", fence: 4 } };
    const [after, effects] = run(leading(), [{ type: "message", message: lower }]);
    expect(effects).toEqual([{ type: "say", signal: { type: "beat", fence: 5 } }]);
    expect(after.election.phase).toBe("leading");
  });

  test("[TB20] works on so many calls of others and says of more that it does not", () => {
    const calls = Array.from({ length: CALLS_MAX }, (_, index) => askedBy(`other-${index}`));
    const [full, effects] = run(leading(), calls);
    expect(effects.filter(({ type }) => type === "serve")).toHaveLength(CALLS_MAX);
    const [, refused] = run(full, [askedBy("other-more")]);
    expect(refused).toMatchObject([{ type: "send", message: { result: { code: "tab-silent" } } }]);
    const served: TabInput = {
      type: "served",
      to: "other",
      id: "other-0",
      fence: 5,
      result: { ok: true, value: null },
    };
    expect(run(full, [served, askedBy("other-more")])[1].at(-1)).toMatchObject({ type: "serve" });
  });

  test("[TB19] begins no call after its time", () => {
    const [, effects] = run(leading(), [askedBy("late", 999)], 1_000);
    expect(effects).toMatchObject([{ type: "send", message: { result: { code: "tab-silent" } } }]);
  });

  test("[TB13] answers nobody who asks another, or an earlier leader", () => {
    const call = askedBy("x");
    if (call.type !== "message" || call.message.type !== "call") throw new Error("not a call");
    for (const change of [{ to: "another" }, { fence: 4 }]) {
      const message: TabMessage = { ...call.message, ...change };
      expect(run(leading(), [{ type: "message", message }])[1]).toEqual([]);
    }
  });
});

describe("a follower", () => {
  test("[TB20] lets so many calls wait and ends more at once", () => {
    const calls = Array.from({ length: CALLS_MAX }, (_, index) => callOf(`me-${index}`));
    const [full, effects] = run(following(), calls);
    expect(effects.filter(({ type }) => type === "send")).toHaveLength(CALLS_MAX);
    expect(run(full, [callOf("me-more")])[1]).toMatchObject([
      { type: "settle", id: "me-more", result: { code: "tab-silent" } },
    ]);
  });

  test("[TB19] ends a call that its leader took and never answers, after its time and the grace", () => {
    const [asked] = run(following(), [callOf("me-1")]);
    const [waiting, none] = run(asked, [{ type: "tick" }], CALL_MS + CALL_GRACE_MS - 1);
    expect(none.filter(({ type }) => type === "settle")).toEqual([]);
    const [, effects] = run(waiting, [{ type: "tick" }], CALL_MS + CALL_GRACE_MS);
    expect(effects).toContainEqual(expect.objectContaining({ type: "settle", id: "me-1" }));
  });

  test("[TB21] does not take the answer of somebody else, nor of a deposed leader", () => {
    const [asked] = run(following(), [callOf("me-1")]);
    const answer = { ...OTHER, type: "answer", to: "me", fence: 9, id: "me-1" } as const;
    const good = { ok: true, value: null } as const;
    const taken = { ok: false, code: "storage-taken", detail: "" } as const;
    for (const wrong of [
      { ...answer, result: good, from: "third" },
      { ...answer, result: good, fence: 8 },
      { ...answer, result: good, to: "third" },
      { ...answer, result: taken },
    ]) {
      expect(run(asked, [{ type: "message", message: wrong }])[1]).toEqual([]);
    }
    expect(run(asked, [{ type: "message", message: { ...answer, result: good } }])[1]).toEqual([
      { type: "settle", id: "me-1", result: good },
    ]);
  });

  test("[TB33] is told at once of an argument that no leader would read", () => {
    const long: TabInput = {
      type: "call",
      id: "me-1",
      name: "sendMessage",
      args: ["00".repeat(16), "x".repeat(70_000)],
    };
    expect(run(following(), [long])[1]).toMatchObject([
      { type: "settle", result: { code: "text-too-long" } },
    ]);
  });
});
