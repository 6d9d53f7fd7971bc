/**
 * Gossip for tests: honest and dishonest entries of the fixture's family, ledger views over states
 * made by hand, and short ways to feed a core. Signatures are filler.
 */
import { compareBytes, toHex } from "../codec/ids.ts";
import type { Hex } from "../codec/ids.ts";
import {
  actorOf,
  FAMILY,
  fill,
  FOUNDER,
  keyOf,
  NOW,
  stateOf,
  DAY,
  type Actor,
} from "../ledger/family-fixture.suite.test.ts";
import type { LedgerState } from "../ledger/state.ts";
import type { Cut } from "../ledger/transaction.ts";
import { step, type GossipInput } from "./gossip.ts";
import type { GossipReady } from "./ready.ts";
import { encodeHeader, messageIdOf, type Header, type UnboundHeader } from "./header.ts";
import { RATE_INTERVAL_MS } from "./limits.ts";
import { costOf, owedAt } from "./rate.ts";
import { REGISTER_VERSION, UNKNOWN_ID, type Register, type VerifiedRegister } from "./register.ts";
import { createGossip, type Gossip, type VerifiedEntry } from "./state.ts";
import type { LedgerView } from "./verdict.ts";

export const DAD = FOUNDER;
export const MUM = actorOf(keyOf(2));
export const CHILD = actorOf(keyOf(3));
export const AUNT = actorOf(keyOf(4));
export const FRIEND = actorOf(keyOf(5));
export const STRANGER = actorOf(keyOf(6));
export const PEOPLE: readonly Actor[] = [DAD, MUM, CHILD, AUNT, FRIEND];

/** Devices were registered a day before NOW. */
export const REGISTERED = NOW - DAY;

export function familyAt(height: number): LedgerState {
  return stateOf(
    [
      { actor: DAD, role: "parent", isReplica: true },
      { actor: MUM, role: "parent" },
      { actor: CHILD, role: "child" },
      { actor: AUNT, role: "relative" },
      { actor: FRIEND, role: "contact", admittedBy: DAD },
    ],
    height,
  );
}

/** The state with the device revoked, at the state's own height. */
export function withRevoked(
  state: LedgerState,
  actor: Actor,
  cuts: readonly Cut[] = [],
  staysUntil = 0,
): LedgerState {
  const revoked = { height: state.height, reason: "lost" as const, cuts, staysUntil };
  const devices = state.devices.map((one) =>
    toHex(one.id) === toHex(actor.device) ? { ...one, revoked } : one,
  );
  return { ...state, devices };
}

/** A view over states of rising height; the oldest stands for all below it. */
export function viewOf(...states: readonly LedgerState[]): LedgerView {
  const head = states.at(-1);
  if (head === undefined) throw new Error("a view needs a state");
  return {
    head,
    stateAt: (height) =>
      height > head.height
        ? null
        : (states.findLast((one) => one.height <= height) ?? states[0] ?? null),
  };
}

export const VIEW = viewOf(familyAt(5));

export const entryOf = (header: Header, hops = 0): VerifiedEntry => {
  const bytes = encodeHeader(header);
  return {
    id: messageIdOf(FAMILY, bytes),
    header,
    entry: { header: bytes, signature: fill(64, 1), body: Uint8Array.of(1), hops },
  };
};

export const bound = (header: UnboundHeader): VerifiedEntry =>
  entryOf({ ...header, bodyHash: fill(32, 9), bodyBytes: 1 });

export interface ChainOptions {
  readonly start?: number;
  readonly gapMs?: number;
  readonly height?: number;
  readonly stream?: number;
  readonly registered?: number;
  readonly to?: Actor;
}

/** Honest entries 1 to count of one stream. */
export function chainOf(
  author: Actor,
  count: number,
  options: ChainOptions = {},
): readonly VerifiedEntry[] {
  const chain: VerifiedEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    chain.push(following(author, chain.at(-1) ?? null, options, index));
  }
  return chain;
}

/** The honest entry after `before`, with whatever `changes` make of it. */
export function following(
  author: Actor,
  before: VerifiedEntry | null,
  options: ChainOptions = {},
  index = 0,
  changes: Partial<Header> = {},
): VerifiedEntry {
  const start = options.start ?? NOW - 60_000;
  const ms =
    before === null || index > 0
      ? start + index * (options.gapMs ?? 1_000)
      : before.header.clock.ms + (options.gapMs ?? 1_000);
  const header = before?.header;
  const storedBefore = header === undefined ? 0 : header.clock.ms + header.owed + costOf(header);
  const markBefore = before?.header.rateMark ?? options.registered ?? REGISTERED;
  return entryOf({
    version: 1,
    suite: 1,
    kind: "direct",
    author: author.device,
    stream: options.stream ?? 0,
    seq: (before?.header.seq ?? 0) + 1,
    previous: before?.id ?? fill(16, 0),
    clock: { ms, counter: 0 },
    ttlSeconds: 0,
    height: options.height ?? 5,
    rateMark: Math.max(markBefore, changes.clock?.ms ?? ms) + RATE_INTERVAL_MS,
    owed: owedAt(storedBefore, changes.clock?.ms ?? ms),
    audience: { type: "member", member: (options.to ?? MUM).member },
    recipients: [],
    joins: [],
    bodyHash: fill(32, 9),
    bodyBytes: 1,
    ...changes,
  });
}

export const at = <T>(list: readonly T[], index: number): T => {
  const found = list.at(index);
  if (found === undefined) throw new Error(`nothing at ${index}`);
  return found;
};

export const gossipOf = (me: Actor = MUM, now: number = NOW, retentionDays = 30): Gossip =>
  createGossip(FAMILY, me.device, [1, 2, 3, 4], retentionDays, now);

export const peerOf = (actor: Actor): Hex => toHex(actor.device);

export function feed(
  gossip: Gossip,
  input: GossipInput,
  view: LedgerView = VIEW,
  now: number = NOW,
): GossipReady {
  return step(gossip, input, view, now);
}

export const receive = (
  gossip: Gossip,
  entry: VerifiedEntry,
  from: Actor | null = DAD,
  view: LedgerView = VIEW,
  now: number = NOW,
): GossipReady =>
  feed(gossip, { type: "entry", entry, from: from === null ? null : peerOf(from) }, view, now);

export const link = (gossip: Gossip, ...peers: readonly Actor[]): void => {
  for (const one of peers) feed(gossip, { type: "link-up", peer: peerOf(one) });
};

export function registerOf(actor: Actor, changes: Partial<Register> = {}): VerifiedRegister {
  const register: Register = {
    version: REGISTER_VERSION,
    device: actor.device,
    clock: { ms: NOW, counter: 0 },
    height: 5,
    lasting: "unknown",
    // Whatever a test's chain has by then, its register does not deny it.
    heads: [{ stream: 0, seq: 2 ** 40, id: UNKNOWN_ID }],
    vector: [],
    exceptions: [],
    ...changes,
  };
  return { register, signed: { bytes: fill(1, 1), signature: fill(64, 1) } };
}

/** A register that has numbers `from..to` of the author's stream 0. */
export const registerWith = (
  actor: Actor,
  author: Actor,
  from: number,
  to: number,
  changes: Partial<Register> = {},
): VerifiedRegister =>
  registerOf(actor, {
    vector: [{ author: author.device, stream: 0, first: 1, had: [{ from, to }] }],
    ...changes,
  });

export const takeRegister = (
  gossip: Gossip,
  register: VerifiedRegister,
  from: Actor | null,
  now: number = NOW,
  view: LedgerView = VIEW,
): GossipReady =>
  feed(
    gossip,
    { type: "register", register, from: from === null ? null : peerOf(from) },
    view,
    now,
  );

/** Verdicts of a stream by number: "accepted", "provisional", or the rule that refuses. */
export function verdictsOf(gossip: Gossip, author: Actor, stream = 0): Record<number, string> {
  const known = gossip.streams.get(`${toHex(author.device)}/${stream}`)?.known ?? new Map();
  return Object.fromEntries(
    [...known.entries()]
      .sort(([a], [b]) => a - b)
      .map(([seq, { verdict }]) => [seq, verdict.type === "refused" ? verdict.rule : verdict.type]),
  );
}

export const recipientsOf = (...actors: readonly Actor[]): Header["recipients"] =>
  actors
    .map((one) => ({ device: one.device, keyNumber: 0 }))
    .sort((a, b) => compareBytes(a.device, b.device));
