/**
 * The worker behind web/dev: answers every call from one state and moves just enough to press
 * through a screen. It is for looking only; no product code imports it.
 */

import * as Comlink from "comlink";
import type { NodeApi, NodeEvent, Result } from "../../workers/api.ts";
import { HISTORY } from "./history-fixtures.ts";
import { STATES } from "./states.ts";
import { MESSAGES, WORDS } from "./fixtures.ts";

const state = STATES[self.name];
if (state === undefined) throw new Error(`no such state: ${self.name}`);
const TABLES = ["meta", "log", "blocks", "entries", "timeline", "bodies", "invites", "keys"];
let { snapshot } = state;
let people = state.people ?? [];
let messages = state.messages ?? MESSAGES;
let listener: (event: NodeEvent) => void = () => undefined;

function done<T>(value: T): Promise<Result<T>> {
  return Promise.resolve({ ok: true, value });
}

function show(change: Partial<typeof snapshot>): Promise<Result<null>> {
  snapshot = { ...snapshot, ...change };
  listener({ type: "snapshot", snapshot });
  return done(null);
}

function fail(): Promise<Result<never>> {
  return Promise.resolve({ ok: false, code: state?.failure ?? "internal", detail: "still" });
}

const api: NodeApi = {
  start: () => (state.refusal === undefined ? done(snapshot) : Promise.resolve(state.refusal)),
  subscribe: (given) => {
    listener = given;
    if (state.dies === true)
      setTimeout(() => listener({ type: "stopped", detail: "planted" }), 300);
    return Promise.resolve();
  },
  attachMesh: () => Promise.resolve(),
  setAway: () => Promise.resolve(),
  startFamily: () => (state.failure === undefined ? show({ phase: "words" }) : fail()),
  recoveryWords: () => done(WORDS),
  confirmWords: () => (state.failure === undefined ? show({ phase: "member" }) : fail()),
  restoreFamily: fail,
  createInvite: () => (state.failure === undefined ? done({ invite: "11" }) : fail()),
  revokeInvite: () => done(null),
  compareCode: (id, isSame) =>
    show({
      invites: snapshot.invites.map((one) =>
        one.id === id ? { ...one, step: isSame ? "compared" : "burned", why: "differ" } : one,
      ),
    }),
  approveJoin: () => done(null),
  dismissInvite: () => done(null),
  inspectInvite: () =>
    state.failure === undefined ? done({ expiresAt: Date.now() + 500_000 }) : fail(),
  askToJoin: fail,
  rejectCode: () => done(null),
  cancelJoin: () => show({ phase: "empty", joining: null }),
  sendMessage: (conversation, text) => {
    if (state.failure !== undefined) return fail();
    const id = `m${messages.length}`;
    const delivery = { type: "queued" } as const;
    const at = Date.now();
    const plain = { author: "04aa", authorName: "Mum", isMine: true, hidden: null } as const;
    const more = { isEdited: false, quote: null, reactions: [] } as const;
    messages = [...messages, { id, at, text, delivery, ...plain, ...more }];
    listener({ type: "conversation", id: conversation });
    return done({ message: id });
  },
  listMessages: (_conversation, { before, limit }) => {
    const end =
      before === undefined ? messages.length : messages.findIndex(({ id }) => id === before);
    const start = Math.max(0, end - limit);
    return done({ messages: messages.slice(start, end), hasMore: start > 0 });
  },
  changeMessage: () => (state.failure === undefined ? done(null) : fail()),
  listReach: () => done(state.reach ?? []),
  markRead: () => done(null),
  shareReading: (sharesReading) => show({ sharesReading }),
  noteTyping: () => done(null),
  setLasting: () => done(null),
  listHistory: ({ before, limit, isAboutMe }) => {
    if (state.failure !== undefined) return fail();
    const { blocks, from } = state.history ?? HISTORY;
    const asked = blocks
      .map((block) => ({
        ...block,
        changes: block.changes.filter((one) => !isAboutMe || one.isAboutMe),
      }))
      .filter(({ changes, height }) => changes.length > 0 && (before === null || height < before));
    const page = asked.slice(0, limit);
    const next = asked.length > page.length ? (page.at(-1)?.height ?? null) : null;
    return done({ blocks: page, top: blocks[0]?.height ?? 0, next, from });
  },
  sharePlace: () => (state.failure === undefined ? done(null) : fail()),
  notePlace: () => done(null),
  stopPlace: () => (state.failure === undefined ? done(null) : fail()),
  callForHelp: () => (state.failure === undefined ? done({ call: "ca11" }) : fail()),
  answerCall: () => (state.failure === undefined ? done(null) : fail()),
  addPlace: () => done(null),
  askFor: () => (state.failure === undefined ? done(null) : fail()),
  takeBackRequest: () => (state.failure === undefined ? done(null) : fail()),
  answerRequest: () => (state.failure === undefined ? done(null) : fail()),
  answerRefill: () => show({ refills: [] }),
  setHelping: () => done(null),
  recoverRules: () => (state.failure === undefined ? done(null) : fail()),
  decideRecovery: () => (state.failure === undefined ? done(null) : fail()),
  changeRules: (request) => {
    if (state.failure !== undefined) return fail();
    return request.type === "keep-messages" && request.days < snapshot.retentionDays
      ? done("asked")
      : done("done");
  },
  holdDevice: () => (state.failure === undefined ? done(null) : fail()),
  decideProposal: () => (state.failure === undefined ? done(null) : fail()),
  noteRefused: () => done(null),
  noteSplit: () => done(null),
  takeOut: () => (state.failure === undefined ? done(null) : fail()),
  measureStorage: (from) => {
    const at = Math.max(TABLES.indexOf(from.table), 0);
    const table = TABLES[at] ?? "meta";
    const following = TABLES[at + 1];
    return done({
      table,
      rows: (at + 1) * 17,
      bytes: (at + 1) ** 3 * 4_321,
      done: at + 1,
      tables: TABLES.length,
      next: following === undefined ? null : { table: following, after: [] },
    });
  },
  diagnostics: () =>
    done({
      build: "0123456789ab",
      ledgerHeight: 7,
      ledgerHead: "5f1d0c9a7b3e".repeat(5),
      links: [
        {
          device: "a1b2c3d4",
          kind: "rtc",
          carrier: "transferred",
          roundTripMs: 12.4,
          bufferedBytes: 0,
        },
      ],
      storage: { usedBytes: 4_200_000, quotaBytes: 2_000_000_000 },
      replicas: { count: 4, quorum: 3, linked: 2, isMine: true },
      servers: ["open", "closed"],
      rejected: { "bad-signature": 1 },
    }),
  listProfiles: () => done(people),
  removeProfile: ({ profile }) => {
    if (state.failure !== undefined) return fail();
    people = people.filter((one) => one.profile !== profile);
    return done(null);
  },
  unlock: () => (state.failure === undefined ? show({ phase: "member" }) : fail()),
  lockNow: () => show({ phase: "locked" }),
  setLock: ({ next }) =>
    state.failure === undefined
      ? show({ lock: { ...snapshot.lock, isSet: next !== null, isNeeded: false } })
      : fail(),
  setLockIdle: () => done(null),
  noteUse: () => done(null),
};

Comlink.expose(api);
