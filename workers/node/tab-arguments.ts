/**
 * The calls that one tab may ask of another: what becomes of each when the leader goes, and a check
 * of its arguments that takes anything. The check looks at types and sizes only, so that no message
 * can stop the node; what is allowed and what makes sense the node itself judges. SPEC TB13, TB30.
 */
import { DECISION_WORDS, DEVICE_REASONS, REQUEST_THINGS } from "../api.ts";
import { LASTINGS, ROLES, type EmergencyAnswer, type NodeApi } from "../api.ts";

/** All calls of the page but those that its own worker answers. `start` reads the snapshot here. */
export type CallName = Exclude<
  keyof NodeApi,
  "subscribe" | "attachMesh" | "setAway" | "listProfiles" | "removeProfile"
>;

/**
 * - `again`: does nothing twice, so it is asked again of the next leader.
 * - `once`: asked again with its id, which the node remembers with what it did.
 * - `unsure`: may have happened or not; the person is told to look.
 */
export const WAYS: Readonly<Record<CallName, "again" | "once" | "unsure">> = {
  start: "again",
  startFamily: "unsure",
  recoveryWords: "again",
  confirmWords: "unsure",
  restoreFamily: "unsure",
  createInvite: "unsure",
  revokeInvite: "unsure",
  compareCode: "unsure",
  approveJoin: "unsure",
  dismissInvite: "unsure",
  inspectInvite: "again",
  askToJoin: "unsure",
  rejectCode: "unsure",
  cancelJoin: "unsure",
  sendMessage: "once",
  changeMessage: "again",
  listReach: "again",
  listMessages: "again",
  markRead: "again",
  shareReading: "again",
  noteTyping: "again",
  callForHelp: "unsure",
  answerCall: "again",
  addPlace: "again",
  // Said twice, the later one counts.
  sharePlace: "again",
  notePlace: "again",
  stopPlace: "again",
  askFor: "unsure",
  takeBackRequest: "again",
  answerRequest: "unsure",
  answerRefill: "unsure",
  setHelping: "unsure",
  takeOut: "unsure",
  recoverRules: "unsure",
  decideRecovery: "unsure",
  listHistory: "again",
  changeRules: "unsure",
  decideProposal: "unsure",
  holdDevice: "unsure",
  noteRefused: "again",
  noteSplit: "again",
  setLasting: "again",
  diagnostics: "again",
  measureStorage: "again",
  unlock: "again",
  lockNow: "again",
  setLock: "unsure",
  setLockIdle: "again",
  noteUse: "again",
};

type Check = (value: unknown) => boolean;

/** UTF-16 units: above the longest message in bytes, so that the node says what is too long. */
const TEXT_MAX = 64 * 1024;
const ID_MAX = 64;
const WORDS_MAX = 24;
/** As many as a group may begin with. */
const PEOPLE_MAX = 64;
/** More than any table's key has. */
const KEY_PARTS_MAX = 8;

const text = textUpTo(TEXT_MAX);
const id = textUpTo(ID_MAX);
const number: Check = (value) => typeof value === "number";
const numberOrNull: Check = (value) => value === null || number(value);
const textOrNull: Check = (value) => value === null || text(value);
/** An argument that may be left out. */
const maybeText: Check = (value) => value === undefined || text(value);
const maybeId: Check = (value) => value === undefined || id(value);
const truth: Check = (value) => typeof value === "boolean";

/** A change that is asked for; which fields go with which type the node asks again. */
const changeRequest: Check = (value) =>
  [
    record({ type: oneOf(["revoke-device"]), device: id, reason: oneOf(DEVICE_REASONS) }),
    record({ type: oneOf(["change-role"]), member: id, to: oneOf(ROLES) }),
    record({ type: oneOf(["remove-member"]), member: id }),
    record({ type: oneOf(["leave-family"]) }),
    record({ type: oneOf(["keep-messages"]), days: number }),
    record({ type: oneOf(["create-group"]), name: text, members: listOf(id, PEOPLE_MAX) }),
    record({ type: oneOf(["rename-group"]), group: id, name: text }),
    record({ type: oneOf(["archive-group"]), group: id }),
    record({ type: oneOf(["add-to-group", "remove-from-group"]), group: id, member: id }),
  ].some((check) => check(value));

/** What is said about a message. */
const messageChange: Check = (value) =>
  [
    record({ type: oneOf(["edit"]), text }),
    record({ type: oneOf(["delete"]) }),
    record({ type: oneOf(["react"]), emoji: textOrNull }),
  ].some((check) => check(value));

const place = record({ latitude: number, longitude: number, accuracy: number });
const maybePlace: Check = (value) => value === undefined || place(value);
const EMERGENCY_ANSWERS: readonly EmergencyAnswer[] = ["seen", "coming", "fine", "over"];

const about = record({ type: oneOf(["member", "group"]), id });
const wish = record({
  thing: oneOf(REQUEST_THINGS),
  about: (value) => value === null || about(value),
  until: numberOrNull,
  text,
});

/** The parts of a key of the store. */
const keyPart: Check = (value) => value instanceof Uint8Array || number(value) || text(value);

const ARGUMENTS: Readonly<Record<CallName, readonly Check[]>> = {
  start: [],
  startFamily: [record({ familyName: text, myName: text })],
  recoveryWords: [],
  confirmWords: [listOf(record({ position: number, word: text }), WORDS_MAX)],
  restoreFamily: [record({ words: text, familyName: text, myName: text })],
  createInvite: [
    record({ role: oneOf(ROLES), lifetime: oneOf(["qr", "link"]) }, { forMember: id }),
    maybeText,
  ],
  revokeInvite: [id, maybeText],
  compareCode: [id, truth],
  approveJoin: [id, maybeText],
  dismissInvite: [id],
  inspectInvite: [text],
  askToJoin: [record({ link: text, name: text })],
  rejectCode: [],
  cancelJoin: [],
  sendMessage: [id, text, maybeId],
  changeMessage: [id, id, messageChange],
  listReach: [id, id],
  listMessages: [id, record({ limit: number }, { before: id })],
  markRead: [id],
  shareReading: [truth],
  noteTyping: [id],
  callForHelp: [text, maybePlace],
  answerCall: [id, oneOf(EMERGENCY_ANSWERS)],
  addPlace: [id, place],
  sharePlace: [record({ conversation: id, minutes: numberOrNull }), place],
  notePlace: [place],
  stopPlace: [],
  askFor: [wish],
  takeBackRequest: [id],
  answerRequest: [id, record({ isYes: truth, until: number, changesRule: truth }), maybeText],
  answerRefill: [id, truth],
  setHelping: [truth],
  takeOut: [id, maybeText],
  recoverRules: [text, maybeText],
  decideRecovery: [id, oneOf(["object", "choose"]), maybeText],
  listHistory: [record({ before: numberOrNull, limit: number, isAboutMe: truth })],
  changeRules: [changeRequest, maybeText],
  holdDevice: [id, truth, maybeText],
  decideProposal: [id, oneOf(DECISION_WORDS), maybeText],
  noteRefused: [id],
  noteSplit: [],
  setLasting: [oneOf(LASTINGS)],
  diagnostics: [],
  measureStorage: [record({ table: id, after: listOf(keyPart, KEY_PARTS_MAX) })],
  unlock: [text],
  lockNow: [],
  setLock: [record({ next: textOrNull }, { pin: text })],
  setLockIdle: [number],
  noteUse: [],
};

export function isCallName(value: unknown): value is CallName {
  return typeof value === "string" && Object.hasOwn(ARGUMENTS, value);
}

/** Whether the node may be given these arguments for this call. */
export function areArguments(name: CallName, args: unknown): args is readonly unknown[] {
  const checks = ARGUMENTS[name];
  return (
    Array.isArray(args) &&
    args.length <= checks.length &&
    checks.every((check, index) => check(args[index]))
  );
}

function textUpTo(lengthMax: number): Check {
  return (value) => typeof value === "string" && value.length <= lengthMax;
}

function oneOf(words: readonly string[]): Check {
  return (value) => typeof value === "string" && words.includes(value);
}

function listOf(check: Check, lengthMax: number): Check {
  return (value) => Array.isArray(value) && value.length <= lengthMax && value.every(check);
}

function record(
  needed: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  return (value) => {
    if (typeof value !== "object" || value === null) return false;
    const fields = value as Readonly<Record<string, unknown>>;
    const isComplete = Object.entries(needed).every(([name, check]) => check(fields[name]));
    const areRight = Object.entries(optional).every(
      ([name, check]) => fields[name] === undefined || check(fields[name]),
    );
    const known = Object.keys({ ...needed, ...optional });
    return isComplete && areRight && Object.keys(fields).every((name) => known.includes(name));
  };
}
