import { expect, it } from "vitest";
import { MEMBER } from "../dev/fixtures.ts";
import type { NodeSnapshot } from "../../workers/api.ts";
import { AppModel } from "./app-model.ts";
import { reportUse } from "./use-report.ts";

it("[PR22] tells of use at most every ten seconds, and only where a lock is open", () => {
  const page = new EventTarget();
  const calls: string[] = [];
  let now = 0;
  const client = {
    start: () => Promise.resolve({ ok: true, value: MEMBER } as const),
    call: (name: string) => {
      calls.push(name);
      return Promise.resolve({ ok: true, value: null } as const);
    },
  };
  const app = new AppModel(client as never, { state: null } as never);
  const set = (part: Partial<NodeSnapshot>) => {
    app.snapshot = { ...MEMBER, ...part };
  };
  reportUse(page as Window, app, () => now);
  const use = (): void => void page.dispatchEvent(new Event("keydown"));
  use();
  set({});
  use();
  set({ lock: { ...MEMBER.lock, isSet: true }, phase: "locked" });
  use();
  expect(calls).toEqual([]);
  set({ lock: { ...MEMBER.lock, isSet: true } });
  use();
  page.dispatchEvent(new Event("pointerdown"));
  now = 9_999;
  page.dispatchEvent(new Event("wheel"));
  expect(calls).toEqual(["noteUse"]);
  now = 10_000;
  page.dispatchEvent(new Event("touchmove"));
  expect(calls).toEqual(["noteUse", "noteUse"]);
});
