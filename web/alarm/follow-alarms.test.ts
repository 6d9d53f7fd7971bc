import { expect, test } from "vitest";
import type { EmergencyView, NodeSnapshot } from "../../workers/api.ts";
import { AppModel } from "../controllers/app-model.ts";
import { STATES } from "../dev/states.ts";
import { AlarmBell } from "./alarm-bell.ts";
import type { AlarmNotice } from "./alarm-notice.ts";
import { followAlarms } from "./follow-alarms.ts";

const ALARM = STATES["alarm"]?.snapshot;
const SECOND = "5e".repeat(16);

function follow() {
  if (ALARM === undefined) throw new Error("no state");
  const told: string[] = [];
  const bell = {
    ring: (call: string) => told.push(`ring ${call.slice(0, 2)}`),
    hush: () => told.push("hush"),
  } as unknown as AlarmBell;
  const notice = {
    show: (call: string, title: string, body: string) =>
      told.push(`show ${call.slice(0, 2)}: ${title}. ${body}`),
    close: (isFirst: boolean) => told.push(isFirst ? "close all" : "close"),
  } as unknown as AlarmNotice;
  const app = new AppModel({} as never, { state: null } as never);
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  followAlarms(app, { bell, notice }, page as unknown as Document);
  const take = (): string[] => told.splice(0);
  return {
    hear: (snapshot: NodeSnapshot): string[] => {
      app.hear({ type: "snapshot", snapshot });
      return take();
    },
    look: (visibilityState: "visible" | "hidden"): string[] => {
      page.visibilityState = visibilityState;
      page.dispatchEvent(new Event("visibilitychange"));
      return take();
    },
    alarm: ALARM,
  };
}
const withCall = (snapshot: NodeSnapshot, part: Partial<EmergencyView>): NodeSnapshot => ({
  ...snapshot,
  emergencies: snapshot.emergencies.map((one) => ({ ...one, ...part })),
});

test("[UI147] the bell rings for the newest call that was not answered, and for none of UI143", () => {
  const { hear, alarm } = follow();
  expect(hear({ ...alarm, phase: "starting" })).toEqual([]);
  expect(hear(alarm)).toEqual(["ring ca", "close all"]);
  expect(hear(alarm)).toEqual(["ring ca", "close"]);
  const { emergencies } = withCall(alarm, { id: SECOND });
  expect(hear({ ...alarm, emergencies: [...emergencies, ...alarm.emergencies] })).toEqual([
    "ring 5e",
    "close",
  ]);
  const me = { id: "04aa", name: "Mum", isMe: true };
  const none: Partial<EmergencyView>[] = [
    { mine: "seen" },
    { mine: "coming" },
    { isFine: true },
    { over: me },
    { by: me },
  ];
  for (const part of none) expect(hear(withCall(alarm, part))).toEqual(["hush", "close"]);
  expect(hear({ ...alarm, phase: "locked" })).toEqual(["hush", "close"]);
  expect(hear({ ...alarm, lock: { ...alarm.lock, isNeeded: true } })).toEqual(["hush", "close"]);
  expect(hear({ ...alarm, phase: "removed" })).toEqual(["hush", "close"]);
});

test("[UI148] while the page is in the background the browser shows who it is, and nothing of what was written", () => {
  const { hear, look, alarm } = follow();
  hear(alarm);
  const shown = look("hidden");
  expect(shown).toEqual([
    "ring ca",
    "show ca: Mia needs help. Open TinyWeb to see what happened and to answer.",
  ]);
  expect(alarm.emergencies[0]?.text).toContain("arm");
  expect(shown.join()).not.toContain("arm");
  expect(hear(withCall(alarm, { mine: "seen" }))).toEqual(["hush", "close"]);
  expect(hear(alarm).map((one) => one.slice(0, 7))).toEqual(["ring ca", "show ca"]);
  expect(look("visible")).toEqual(["ring ca", "close"]);
});

test("[UI148] where this place has a lock it does not say who", () => {
  const { hear, look, alarm } = follow();
  look("hidden");
  const locked = { ...alarm, lock: { ...alarm.lock, isSet: true } };
  expect(hear(locked)[1]).toBe(
    "show ca: Somebody needs help. Open TinyWeb to see what happened and to answer.",
  );
  expect(hear({ ...locked, phase: "locked" })).toEqual(["hush", "close"]);
});

test("[UI147] the real bell, whose changes the screens hear of, rings once and is quiet", () => {
  if (ALARM === undefined) throw new Error("no state");
  const shaken: unknown[] = [];
  const bell = new AlarmBell({
    openAudio: null,
    vibrate: (pattern) => shaken.push(pattern),
    wasPressed: () => true,
    locks: null,
    now: () => 0,
  });
  const browser = new EventTarget();
  let changes = 0;
  bell.addEventListener("change", () => {
    changes += 1;
    browser.dispatchEvent(new Event("change"));
  });
  bell.state = "sounding";
  const app = new AppModel({} as never, { state: null } as never, null, browser as never);
  const notice = { show: () => undefined, close: () => undefined } as unknown as AlarmNotice;
  followAlarms(app, { bell, notice }, new EventTarget() as Document);
  app.hear({ type: "snapshot", snapshot: ALARM });
  expect([shaken.length, changes]).toEqual([1, 1]);
  bell.state = "sounding";
  app.hear({ type: "snapshot", snapshot: withCall(ALARM, { mine: "seen" }) });
  expect([shaken.slice(1), changes, bell.state]).toEqual([[0], 2, "quiet"]);
});
