/**
 * What tabs of one profile say to each other over their BroadcastChannel, and a check that takes
 * anything: the other tab may run an older or newer build. Signals (hello, beat, bye) are of every
 * build and never change; calls, answers and events are read from the own build only, so what they
 * carry has the types of workers/api.ts. SPEC TB30 to TB33. Source: DESIGN §2; HTML BroadcastChannel.
 */
import type { NodeEvent, NodeSnapshot, Result } from "../api.ts";
import { areArguments, isCallName, type CallName } from "./tab-arguments.ts";
import type { TabSignal } from "./tab-election.ts";

export type TabMessage = { readonly from: string; readonly build: string } & (
  | { readonly type: "signal"; readonly signal: TabSignal }
  | {
      readonly type: "call";
      readonly to: string;
      readonly fence: number;
      readonly id: string;
      readonly name: CallName;
      readonly args: readonly unknown[];
      readonly until: number;
    }
  | {
      readonly type: "answer";
      readonly to: string;
      readonly fence: number;
      readonly id: string;
      readonly result: Result<unknown>;
    }
  | { readonly type: "event"; readonly fence: number; readonly event: NodeEvent }
);

/** Of one database; the same for every build, so that tabs of two builds hear each other. */
export const tabChannelName = (database: string): string => `tinyweb-tabs:${database}`;
/** Whoever holds it runs the node of this database. */
export const tabLockName = (database: string): string => `tinyweb-node:${database}`;

const NAME_LENGTH_MAX = 128;
/** All of them, so that the compiler misses none. */
const PHASES: Readonly<Record<NodeSnapshot["phase"], true>> = {
  starting: true,
  choosing: true,
  locked: true,
  empty: true,
  joining: true,
  words: true,
  member: true,
  removed: true,
  stopped: true,
};

type Fields = Readonly<Record<string, unknown>>;

/** The message, or null for what is none, or none that this build reads. */
export function readTabMessage(value: unknown, build: string): TabMessage | null {
  if (!isRecord(value)) return null;
  const { from, build: theirs } = value as { from?: unknown; build?: unknown };
  if (!isName(from) || !isName(theirs)) return null;
  const sender = { from, build: theirs };
  if (value["type"] === "signal") {
    const signal = readSignal(value["signal"]);
    return signal === null ? null : { ...sender, type: "signal", signal };
  }
  if (theirs !== build) return null;
  const { to, fence, id } = value as { to?: unknown; fence?: unknown; id?: unknown };
  if (!isFence(fence)) return null;
  if (value["type"] === "event") {
    const { event } = value as { event?: unknown };
    return isEvent(event) ? { ...sender, type: "event", fence, event } : null;
  }
  if (!isName(to) || !isName(id)) return null;
  if (value["type"] === "call") return readCall(value, { ...sender, to, fence, id });
  const { result } = value as { result?: unknown };
  const isAnswer = value["type"] === "answer" && isResult(result);
  return isAnswer ? { ...sender, type: "answer", to, fence, id, result } : null;
}

function readCall(
  fields: Fields,
  head: {
    readonly from: string;
    readonly build: string;
    readonly to: string;
    readonly fence: number;
    readonly id: string;
  },
): TabMessage | null {
  const { name, args, until } = fields as { name?: unknown; args?: unknown; until?: unknown };
  const isCall = isCallName(name) && areArguments(name, args) && Number.isFinite(until);
  return isCall ? { ...head, type: "call", name, args, until: until as number } : null;
}

function readSignal(value: unknown): TabSignal | null {
  if (!isRecord(value)) return null;
  const { type, fence } = value as { type?: unknown; fence?: unknown };
  if (type === "hello" || type === "bye") return { type };
  return type === "beat" && (fence === null || isFence(fence)) ? { type, fence } : null;
}

function isEvent(value: unknown): value is NodeEvent {
  if (!isRecord(value)) return false;
  if (value["type"] === "conversation") {
    const { id, added } = value as { id?: unknown; added?: unknown };
    return isName(id) && (added === undefined || isAdded(added));
  }
  if (value["type"] === "typing") return isName(value["id"]) && isName(value["name"]);
  return value["type"] === "snapshot" && isSnapshot(value["snapshot"]);
}

function isAdded(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { message, after } = value as { message?: unknown; after?: unknown };
  return isRecord(message) && isName(message["id"]) && (after === null || isName(after));
}

/** The outline: of one build, so what is inside has its types. */
export function isSnapshot(value: unknown): value is NodeSnapshot {
  if (!isRecord(value)) return false;
  const lists = ["members", "conversations", "groups", "invites", "refills", "notices"];
  return (
    isPhase(value["phase"]) &&
    lists.every((name) => Array.isArray(value[name])) &&
    isRecord(value["connection"]) &&
    isRecord(value["ledger"])
  );
}

function isPhase(phase: unknown): boolean {
  return typeof phase === "string" && Object.hasOwn(PHASES, phase);
}

function isResult(value: unknown): value is Result<unknown> {
  if (!isRecord(value)) return false;
  if (value["ok"] === true) return "value" in value;
  return value["ok"] === false && isName(value["code"]) && typeof value["detail"] === "string";
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= NAME_LENGTH_MAX;
}

function isFence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
