/** "Check this device" on a real engine: the probes really run, the counting can be stopped. */

import { LitElement } from "lit";
import { afterEach, describe, expect, it } from "vitest";
import type { Result, StorageCursor, StorageSlice } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { clearScreens, find, press, seen, show } from "../testing/show-screen.ts";
import { ABILITY_NAMES, probeAbilities } from "./abilities.ts";
import { BROWSER_PROBES } from "./browser-probes.ts";
import { StorageMeasure } from "./storage-measure.ts";

afterEach(clearScreens);

describe("check", () => {
  it("[CK1] tries what this engine can do, and leaves nothing behind", async () => {
    const before = (await indexedDB.databases()).map(({ name }) => name);
    const found = await probeAbilities(BROWSER_PROBES);
    expect(found.map(({ name }) => name)).toEqual(ABILITY_NAMES);
    const states = Object.fromEntries(found.map(({ name, state }) => [name, state]));
    for (const name of ["key-storage", "locks", "broadcast", "webrtc"]) {
      expect(states[name], name).toBe("yes");
    }
    // What a browser lacks it says; it never hangs or breaks the list.
    expect(found.filter(({ detail }) => detail === "no answer")).toEqual([]);
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual(before);
    expect((await navigator.locks.query()).held?.map(({ name }) => name)).not.toContain(
      "check of this browser",
    );
  });

  it("[CK3] counts what is stored, and shows it by what a family calls it", async () => {
    const { root } = await show("check");
    await expect.poll(() => root.textContent).toContain("Count again");
    const terms = [...root.querySelectorAll("dt")].map(({ textContent }) => textContent);
    for (const group of ["Messages", "Family rules", "Keys and settings", "Invites"]) {
      expect(terms).toContain(group);
    }
    expect(find(root, "[role='region']").textContent).toContain("stored all counted yes");
    press(root, "Count again");
    await expect.poll(() => root.textContent).toContain("Count again");
  });

  it("[CK3] stops when it is asked to, and when its screen is left", async () => {
    const asked: StorageCursor[] = [];
    const answers: ((answer: Result<StorageSlice>) => void)[] = [];
    class TestHost extends LitElement {
      readonly app = {
        call: (_name: string, from: StorageCursor) => {
          asked.push(from);
          return new Promise((resolve) => answers.push(resolve));
        },
      } as unknown as AppModel;
      readonly measure = new StorageMeasure(this);
    }
    customElements.define("test-measure-host", TestHost);
    const host = new TestHost();
    document.body.append(host);
    const next = { table: "log", after: [] };
    const slice: Result<StorageSlice> = {
      ok: true,
      value: { table: "meta", rows: 3, bytes: 30, done: 1, tables: 12, next },
    };
    const { measure } = host;
    const run = measure.start();
    answers.shift()?.(slice);
    await expect.poll(() => asked).toEqual([{ table: "", after: [] }, next]);
    expect(measure.progress).toEqual({ done: 1, of: 12 });
    measure.stop();
    answers.shift()?.(slice);
    await run;
    expect(asked).toHaveLength(2);
    expect(measure.sizes.get("meta")).toEqual({ rows: 3, bytes: 30 });
    expect([measure.isRunning, measure.isWhole]).toEqual([false, false]);

    const again = measure.start();
    host.remove();
    answers.shift()?.(slice);
    await again;
    expect(asked).toHaveLength(3);
  });

  it("[CK5, CK6] says what to know above the facts, and the text holds nobody's name", async () => {
    const { root } = await show("check-alone");
    await seen(root, ".check-findings");
    const findings = find(root, ".check-findings").textContent;
    expect(findings).toContain("The meeting place cannot be reached");
    expect(findings).toContain("No other device of the family is connected");
    const all = find(root, "tw-check").textContent;
    for (const name of ["Okafor", "Mum", "Dad", "Mia", "Grandma", "two tubes"]) {
      expect(all).not.toContain(name);
    }
  });
});
