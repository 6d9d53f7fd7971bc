/** What another tab, of whatever build, may put on the channel. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { areArguments, isCallName, WAYS, type CallName } from "./tab-arguments.ts";
import { readTabMessage, type TabMessage } from "./tab-messages.ts";

const ID = "00".repeat(16);
const HEAD = { from: "a", build: "one" } as const;
const MESSAGE = {
  id: ID,
  author: ID,
  authorName: "Mum",
  isEdited: false,
  quote: null,
  reactions: [],
  isMine: true,
  at: 1,
  text: "hello",
  hidden: null,
  delivery: null,
} as const;
const SNAPSHOT = {
  phase: "member",
  build: "one",
  lock: { isSet: false, isNeeded: false, idleMinutes: 15, waitUntil: 0, others: 0 },
  familyName: "x",
  me: null,
  members: [],
  conversations: [],
  groups: [],
  canGather: null,
  invites: [],
  joining: null,
  removal: null,
  sharesReading: false,
  retentionDays: 30,
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
} as const;

const MESSAGES: readonly TabMessage[] = [
  { ...HEAD, type: "signal", signal: { type: "hello" } },
  { ...HEAD, type: "signal", signal: { type: "bye" } },
  { ...HEAD, type: "signal", signal: { type: "beat", fence: null } },
  { ...HEAD, type: "signal", signal: { type: "beat", fence: 7 } },
  {
    ...HEAD,
    type: "call",
    to: "b",
    fence: 7,
    id: "a-1",
    name: "sendMessage",
    args: [ID, "hello"],
    until: 99,
  },
  { ...HEAD, type: "answer", to: "a", fence: 7, id: "a-1", result: { ok: true, value: null } },
  {
    ...HEAD,
    type: "answer",
    to: "a",
    fence: 7,
    id: "a-1",
    result: { ok: false, code: "too-fast", detail: "" },
  },
  { ...HEAD, type: "event", fence: 7, event: { type: "conversation", id: ID } },
  { ...HEAD, type: "event", fence: 7, event: { type: "typing", id: ID, name: "Mia" } },
  {
    ...HEAD,
    type: "event",
    fence: 7,
    event: { type: "conversation", id: ID, added: { message: MESSAGE, after: null } },
  },
  { ...HEAD, type: "event", fence: 7, event: { type: "snapshot", snapshot: SNAPSHOT } },
];

test.each(["starting", "choosing", "locked", "empty", "joining", "words", "removed", "stopped"])(
  "[TB31] a snapshot of the phase %s is taken in by the other tabs",
  (phase) => {
    const snapshot = { ...SNAPSHOT, phase };
    const message = { ...HEAD, type: "event", fence: 7, event: { type: "snapshot", snapshot } };
    expect(readTabMessage(message, "one")).not.toBeNull();
  },
);

const ARGUMENTS: Readonly<Record<CallName, readonly unknown[]>> = {
  start: [],
  startFamily: [{ familyName: "x", myName: "y" }],
  recoveryWords: [],
  confirmWords: [[{ position: 1, word: "x" }]],
  restoreFamily: [{ words: "x", familyName: "x", myName: "y" }],
  createInvite: [{ role: "child", lifetime: "qr", forMember: ID }, "123456"],
  revokeInvite: [ID, "123456"],
  compareCode: [ID, true],
  approveJoin: [ID, "123456"],
  dismissInvite: [ID],
  inspectInvite: ["x"],
  askToJoin: [{ link: "x", name: "y" }],
  rejectCode: [],
  cancelJoin: [],
  sendMessage: [ID, "x", ID],
  changeMessage: [ID, ID, { type: "edit", text: "x" }],
  listReach: [ID, ID],
  listMessages: [ID, { limit: 50, before: ID }],
  markRead: [ID],
  shareReading: [true],
  noteTyping: [ID],
  sharePlace: [
    { conversation: "a", minutes: 15 },
    { latitude: 1.5, longitude: -2, accuracy: 9 },
  ],
  notePlace: [{ latitude: 1.5, longitude: -2, accuracy: 9 }],
  stopPlace: [],
  callForHelp: ["x", { latitude: 1.5, longitude: -2, accuracy: 9 }],
  answerCall: [ID, "coming"],
  addPlace: [ID, { latitude: 1.5, longitude: -2, accuracy: 9 }],
  askFor: [{ thing: "contact", about: { type: "member", id: ID }, until: null, text: "please" }],
  takeBackRequest: [ID],
  answerRequest: [ID, { isYes: true, until: 5, changesRule: false }, "123456"],
  answerRefill: [ID, false],
  setHelping: [true],
  takeOut: [ID, "123456"],
  recoverRules: ["x", "123456"],
  decideRecovery: [ID, "object", "123456"],
  listHistory: [{ before: null, limit: 20, isAboutMe: true }],
  changeRules: [{ type: "revoke-device", device: ID, reason: "lost" }, "123456"],
  holdDevice: [ID, true, "123456"],
  decideProposal: [ID, "agree", "123456"],
  noteRefused: [ID],
  noteSplit: [],
  setLasting: ["persistent"],
  diagnostics: [],
  measureStorage: [{ table: "entries", after: ["x", 1, new Uint8Array(3)] }],
  unlock: ["123456"],
  lockNow: [],
  setLock: [{ next: null, pin: "123456" }],
  setLockIdle: [5],
  noteUse: [],
};

describe("messages", () => {
  test("[TB30] every message is read as it was written", () => {
    for (const message of MESSAGES) {
      expect(readTabMessage(structuredClone(message), "one")).toEqual(message);
    }
  });

  test("[TB31] of another build only the signals are read", () => {
    const read = MESSAGES.filter((message) => readTabMessage(message, "two") !== null);
    expect(read).toEqual(MESSAGES.slice(0, 4));
  });

  test("[TB30] a message with anything in the place of anything is nothing, and throws nothing", () => {
    const anything = fc.anything({ withBigInt: true, withTypedArray: true, withDate: true });
    fc.assert(
      fc.property(anything, (value) => {
        expect(readTabMessage(value, "one")).toBeNull();
      }),
    );
    const wrong = [null, undefined, "", "x".repeat(129), -1, 1.5, Number.NaN, {}, [], true];
    for (const message of MESSAGES) {
      for (const [path, parent, key] of placesIn(message)) {
        for (const value of wrong) {
          const changed = structuredClone(message);
          const place = path.reduce<Record<string, unknown>>(
            (at, step) => at[step] as Record<string, unknown>,
            changed as unknown as Record<string, unknown>,
          );
          if (Object.is(parent[key], value)) continue;
          place[key] = value;
          expect(() => readTabMessage(changed, "one")).not.toThrow();
        }
      }
    }
  });

  test("[TB30] a message without one of its fields is nothing", () => {
    for (const message of MESSAGES) {
      for (const field of Object.keys(message)) {
        const rest: Record<string, unknown> = { ...message };
        delete rest[field];
        expect(readTabMessage(rest, "one")).toBeNull();
      }
    }
  });
});

describe("arguments", () => {
  test("[TB33] the node's own words are taken", () => {
    for (const name of Object.keys(WAYS)) {
      expect(isCallName(name) && areArguments(name, ARGUMENTS[name])).toBe(true);
    }
    expect(isCallName("attachMesh") || isCallName("toString") || isCallName(7)).toBe(false);
    expect(areArguments("createInvite", [{ role: "child", lifetime: "qr" }])).toBe(true);
    expect(areArguments("revokeInvite", [ID]) && areArguments("setLock", [{ next: "x" }])).toBe(
      true,
    );
    expect(areArguments("listMessages", [ID, { limit: 1, before: undefined }])).toBe(true);
  });

  test("[TB33] what is no argument never reaches the node", () => {
    const anything = fc.anything();
    for (const [name, args] of Object.entries(ARGUMENTS) as [CallName, unknown[]][]) {
      expect(areArguments(name, [...args, "more"])).toBe(false);
      expect(areArguments(name, null)).toBe(false);
      expect(areArguments(name, { length: args.length })).toBe(false);
      args.forEach((_argument, index) => {
        for (const value of [null, 7, {}, [7], "x".repeat(65_537), { limit: "7" }]) {
          if (typeof value === "number" && typeof args[index] === "number") continue;
          expect(areArguments(name, args.toSpliced(index, 1, value))).toBe(false);
        }
      });
      fc.assert(
        fc.property(fc.array(anything, { minLength: args.length + 1 }), (strange) => {
          expect(areArguments(name, strange)).toBe(false);
        }),
        { numRuns: 20 },
      );
    }
  });
});

/** Every field of a message: the way to it, what holds it, its name. */
function placesIn(
  value: object,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], Record<string, unknown>, string])[] {
  const fields = value as Record<string, unknown>;
  return Object.keys(fields).flatMap((key) => {
    const inner = fields[key];
    const below =
      typeof inner === "object" && inner !== null ? placesIn(inner, [...path, key]) : [];
    return [[path, fields, key] as const, ...below];
  });
}
