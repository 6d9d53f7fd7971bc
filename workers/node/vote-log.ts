/**
 * The write-ahead log of consensus: everything of this device that was signed for the height in
 * flight, with the block it is for; with a COMMIT or VIEW-CHANGE its prepared certificate, with a
 * PREPARE above view 0 the VIEW-CHANGEs that justify it. Written with strict durability before it
 * leaves; read at start, so that a restart sends the same bytes again. Beside it, relaxed: the awake
 * time without a quorum, and of each other replica the latest word of each kind, for whoever links
 * next. Keys [height, view, phase], [height, "alone"], [height, "seen", kind, signer].
 * SPEC WL1..WL6. Source: DESIGN §4.6, §4.7.
 */
import { deviceId, hash32, toHex } from "../core/codec/ids.ts";
import type { DeviceId, Signature } from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  struct,
  uint,
  union,
  type Shaped,
} from "../core/codec/shape.ts";
import {
  changeMessageOf,
  decodeConsensus,
  encodeConsensus,
  viewChangeOf,
  viewChangeShape,
  type ConsensusMessage,
  type Phase,
} from "../core/consensus/messages.ts";
import type { Recorded } from "../core/consensus/replica-state.ts";
import { decodeBlock, encodeBlock } from "../core/ledger/block.ts";
import type { VerifiedBlock } from "../core/ledger/chain.ts";
import { BLOCK_BYTES_MAX, REPLICAS_MAX } from "../core/ledger/limits.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import { prefixRange, StoreError, type Key, type Store, type Write } from "../storage/store.ts";
import { trustBlock } from "./verify.ts";

const blockBytes = bytes(1, BLOCK_BYTES_MAX);

const logShape = union({
  vote: [
    0,
    struct({
      phase: oneOf(["prepare", "commit"]),
      epoch: uint(),
      height: uint(),
      view: uint(2 ** 32),
      blockHash: hash32,
      replica: deviceId,
      signature: bytes<Signature>(64),
      block: blockBytes,
      prepared: list(struct({ replica: deviceId, signature: bytes<Signature>(64) }), REPLICAS_MAX),
      viewChanges: list(viewChangeShape, REPLICAS_MAX),
    }),
  ],
  "view-change": [1, struct({ change: viewChangeShape, block: option(blockBytes) })],
});
type LogEntry = Shaped<typeof logShape>;

/** What a restart finds of the height in flight. */
export interface VoteLog {
  /** In the order in which it was made. */
  readonly recorded: readonly Recorded[];
  /** Awake time without a connected quorum in the present view, milliseconds. */
  readonly aloneMs: number;
}

/** The write that makes something signed durable. */
export function logWrite(recorded: Recorded): Write {
  const { body, phase } = recorded.request;
  const value = encodeWith(logShape, entryOf(recorded));
  return { type: "put", table: "log", key: [body.height, body.view, phase], value };
}

/** The write that keeps the awake time. */
export function aloneWrite(height: number, aloneMs: number): Write {
  return { type: "put", table: "log", key: [height, "alone"], value: Math.round(aloneMs) };
}

/** The write that keeps what another replica said; its latest of each kind, the latest proposal. */
export function seenWrite(height: number, message: ConsensusMessage): Write {
  const isProposal = message.type === "pre-prepare" || message.type === "new-view";
  const kind = isProposal ? "proposal" : message.type;
  const from = isProposal ? "" : toHex(signerOf(message));
  const key = [height, "seen", kind, from];
  return { type: "put", table: "log", key, value: encodeConsensus(message) };
}

/** Whose signature a message carries. */
export function signerOf(message: ConsensusMessage): DeviceId {
  return message.type === "view-change" ? message.change.replica : message.replica;
}

/** What others said of the height after `state`: proposal, PREPAREs, COMMITs, then VIEW-CHANGEs. */
export async function readSeen(
  store: Store,
  state: LedgerState,
): Promise<readonly ConsensusMessage[]> {
  const rows = await store.list("log", prefixRange([state.height + 1, "seen"]));
  const messages = rows.flatMap(({ value }) => {
    const decoded = value instanceof Uint8Array ? decodeConsensus(value) : null;
    if (decoded?.ok !== true) throw new StoreError("corrupt", "what others said");
    return decoded.value;
  });
  return messages.sort((a, b) => SEEN_ORDER.indexOf(a.type) - SEEN_ORDER.indexOf(b.type));
}

const SEEN_ORDER: readonly ConsensusMessage["type"][] = [
  "pre-prepare",
  "new-view",
  "prepare",
  "commit",
  "view-change",
];

/** Writes that forget everything up to a finalised height. */
export function pruneWrites(height: number): readonly Write[] {
  return [{ type: "delete-range", table: "log", range: { from: [0], to: [height + 1] } }];
}

/** What this device has signed for the height after `state`. */
export async function readLog(store: Store, state: LedgerState): Promise<VoteLog> {
  const rows = await store.list("log", prefixRange([state.height + 1]));
  let aloneMs = 0;
  const recorded: Recorded[] = [];
  for (const { key, value } of rows) {
    if (isAlone(key)) aloneMs = typeof value === "number" && value >= 0 ? value : 0;
    else if (key[1] !== "seen") recorded.push(readRow(value, state));
  }
  return { recorded: recorded.sort(inOrder), aloneMs };
}

function isAlone(key: Key): boolean {
  return key[1] === "alone";
}

/** By view: in each the VIEW-CHANGE that asked for it, then PREPARE, then COMMIT. */
function inOrder(a: Recorded, b: Recorded): number {
  return a.request.body.view - b.request.body.view || RANK[a.request.phase] - RANK[b.request.phase];
}

const RANK: Readonly<Record<Phase | "view-change", number>> = {
  "view-change": 0,
  prepare: 1,
  commit: 2,
};

function entryOf(recorded: Recorded): LogEntry {
  if ("change" in recorded) {
    const { verified } = recorded.request;
    return {
      type: "view-change",
      change: changeMessageOf(recorded.change),
      block: verified === null ? null : encodeBlock(verified.block),
    };
  }
  const { request, vote } = recorded;
  return {
    type: "vote",
    phase: request.phase,
    ...request.body,
    replica: vote.replica,
    signature: vote.signature,
    block: encodeBlock(request.verified.block),
    prepared: request.prepared.map(({ replica, signature }) => ({ replica, signature })),
    viewChanges: request.viewChanges.map((one) => changeMessageOf(one)),
  };
}

function readRow(value: unknown, state: LedgerState): Recorded {
  if (!(value instanceof Uint8Array)) throw new StoreError("corrupt", "vote log");
  const entry = decodeWith(logShape, value, 2 * BLOCK_BYTES_MAX);
  if (!entry.ok) throw new StoreError("corrupt", `vote log: ${entry.detail}`);
  return entry.value.type === "vote"
    ? readVote(entry.value, state)
    : readViewChange(entry.value, state);
}

function readVote(entry: Extract<LogEntry, { type: "vote" }>, state: LedgerState): Recorded {
  const { phase, epoch, height, view, blockHash, replica, signature } = entry;
  const body = { epoch, height, view, blockHash };
  const prepared = entry.prepared.map((one) => ({ phase: "prepare" as const, body, ...one }));
  const viewChanges = entry.viewChanges.map((one) => viewChangeOf(one));
  return {
    request: { phase, body, verified: readBlock(entry.block, state), prepared, viewChanges },
    vote: { phase, body, replica, signature },
  };
}

function readViewChange(
  entry: Extract<LogEntry, { type: "view-change" }>,
  state: LedgerState,
): Recorded {
  const change = viewChangeOf(entry.change);
  const { body, prepared } = change;
  const verified = entry.block === null ? null : readBlock(entry.block, state);
  return { request: { phase: "view-change", body, prepared, verified }, change };
}

function readBlock(encoded: Uint8Array, state: LedgerState): VerifiedBlock {
  const block = decodeBlock(encoded);
  const verified = block.ok ? trustBlock(state.family, state, block.value) : null;
  if (verified === null) throw new StoreError("corrupt", "vote log: block");
  return verified;
}
