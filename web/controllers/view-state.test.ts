import { describe, expect, it } from "vitest";
import type { NodeSnapshot } from "../../workers/api.ts";
import { readDepth, readView, resolveView, type View, viewKey } from "./view-state.ts";

const SNAPSHOT: NodeSnapshot = {
  phase: "member",
  build: "b",
  lock: { isSet: false, isNeeded: false, idleMinutes: 0, waitUntil: 0, others: 0 },
  familyName: "F",
  me: { member: "01", device: "02", name: "Mum", role: "parent" },
  members: [],
  conversations: [
    {
      id: "0a",
      kind: "member",
      name: "Mia",
      role: "child",
      members: [],
      last: null,
      unread: 0,
      isConnected: false,
      isClosed: false,
    },
  ],
  groups: [],
  canGather: null,
  sharesReading: false,
  retentionDays: 30,

  invites: [],
  joining: null,
  removal: null,
  refills: [],
  emergencies: [],
  places: null,
  requests: [],
  connection: { linked: 0, others: 0, signalling: "closed" },
  ledger: {
    height: 0,
    head: "",
    pending: 0,
    waitsFor: [],
    keepers: [],
    help: "cannot",
    isSilenced: false,
    canRecover: false,
    recoveries: [],
    proposals: [],
    refused: [],
    split: null,
  },
  notices: [],
};
const ALL: readonly View[] = [
  { screen: "welcome" },
  { screen: "demo" },
  { screen: "start" },
  { screen: "restore" },
  { screen: "invited" },
  { screen: "chats", conversation: null },
  { screen: "chats", conversation: "0a" },
  { screen: "family" },
  { screen: "person", member: "01" },
  { screen: "invite", invite: null, forMember: null },
  { screen: "more" },
  { screen: "people" },
  { screen: "lock", isForNew: false },
];

function screensIn(phase: NodeSnapshot["phase"]): string[] {
  return [...new Set(ALL.map((view) => resolveView(view, { ...SNAPSHOT, phase }, true).screen))];
}

describe("view state", () => {
  it("[UI5] survives the history and drops what it does not know", () => {
    for (const view of ALL) expect(readView(structuredClone(view))).toEqual(view);
    for (const value of [null, 3, "chats", {}, { screen: "admin" }, { screen: 1 }]) {
      expect(readView(value)).toBeNull();
    }
    const strange = { screen: "chats", conversation: "<b>" };
    expect(readView(strange)).toEqual({ screen: "chats", conversation: null });
  });

  it("[UI5] knows how far Back may go", () => {
    expect(readDepth({ screen: "start", depth: 2 })).toBe(2);
    for (const value of [null, {}, { depth: -1 }, { depth: "3" }, { depth: 0.5 }]) {
      expect(readDepth(value)).toBe(0);
    }
  });

  it("[UI6] lets the phase decide which screens there are", () => {
    expect(resolveView(null, null, false).screen).toBe("starting");
    expect(screensIn("starting")).toEqual(["starting"]);
    expect(screensIn("words")).toEqual(["words"]);
    expect(screensIn("joining")).toEqual(["joining"]);
    expect(screensIn("empty")).toEqual([
      "welcome",
      "demo",
      "start",
      "restore",
      "invited",
      "people",
    ]);
    expect(screensIn("member")).toEqual([
      "chats",
      "demo",
      "invited",
      "family",
      "invite",
      "more",
      "people",
      "lock",
    ]);
  });

  it("[UI6] falls back to the list for an unknown conversation", () => {
    const shown = resolveView({ screen: "chats", conversation: "ff" }, SNAPSHOT, false);
    expect(shown).toEqual({ screen: "chats", conversation: null });
  });

  it("[UI6] tells a member of an invite only while there is one", () => {
    expect(resolveView({ screen: "invited" }, SNAPSHOT, true).screen).toBe("invited");
    expect(resolveView({ screen: "invited" }, SNAPSHOT, false).screen).toBe("chats");
  });

  it("[UI102] opens a member that is there, and the family for any other", () => {
    const devices: readonly never[] = [];
    const mum = { id: "01", name: "Mum", role: "parent", isMe: true, devices } as const;
    const view: View = { screen: "person", member: "01" };
    expect(resolveView(view, { ...SNAPSHOT, members: [mum] }, false)).toEqual(view);
    expect(resolveView(view, SNAPSHOT, false)).toEqual({ screen: "family" });
    expect(readView({ screen: "person", member: "<b>" })).toBeNull();
  });

  it("[UI104] shows a device that was taken out nothing else but the people", () => {
    expect(screensIn("removed")).toEqual(["removed", "people"]);
  });

  it("[UI7] offers invites to parents only", () => {
    const me = { member: "01", device: "02", name: "Mia", role: "child" } as const;
    const view: View = { screen: "invite", invite: null, forMember: null };
    expect(resolveView(view, { ...SNAPSHOT, me }, false).screen).toBe("chats");
    expect(resolveView(view, SNAPSHOT, false)).toEqual(view);
  });

  it("[UI99] shows the history to everybody but contacts", () => {
    const me = { member: "01", device: "02", name: "Mia" } as const;
    const screenFor = (role: "child" | "contact"): string =>
      resolveView({ screen: "history" }, { ...SNAPSHOT, me: { ...me, role } }, false).screen;
    expect([screenFor("child"), screenFor("contact")]).toEqual(["history", "chats"]);
    expect(readView({ screen: "history" })).toEqual({ screen: "history" });
  });

  it("[PR20, PR26] asks who it is, and shows a locked profile its lock and the people only", () => {
    expect(screensIn("choosing")).toEqual(["people"]);
    expect(screensIn("locked")).toEqual(["locked", "people"]);
  });

  it("[PR28] lets a parent beside another person do nothing before there is a lock", () => {
    const lock = { ...SNAPSHOT.lock, isNeeded: true, others: 1 };
    const shown = ALL.map((view) => resolveView(view, { ...SNAPSHOT, lock }, true).screen);
    expect([...new Set(shown)]).toEqual(["lock", "people"]);
    expect(resolveView(null, { ...SNAPSHOT, lock }, false)).toEqual({
      screen: "lock",
      isForNew: false,
    });
  });

  it("[UI5] tells places apart by key", () => {
    expect(new Set(ALL.map(viewKey)).size).toBe(ALL.length);
  });
});
