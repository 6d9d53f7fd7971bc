/**
 * The write-ahead log of consensus: every vote of this device, with the block it is for and, for a
 * COMMIT, its prepared certificate. Written with strict durability before the vote leaves; read at
 * start, so that a restart sends the same bytes again. Key [height, view, phase]. SPEC WL1..WL4.
 * Source: DESIGN §4.7.
 */
import { deviceId, hash32 } from "../core/codec/ids.ts";
import type { Signature } from "../core/codec/ids.ts";
import { bytes, decodeWith, encodeWith, list, oneOf, struct, uint } from "../core/codec/shape.ts";
import type { VerifiedVote } from "../core/consensus/messages.ts";
import type { RecordRequest } from "../core/consensus/replica.ts";
import { decodeBlock, encodeBlock } from "../core/ledger/block.ts";
import { BLOCK_BYTES_MAX, REPLICAS_MAX } from "../core/ledger/limits.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import { prefixRange, StoreError, type Key, type Store, type Write } from "../storage/store.ts";
import { trustBlock } from "./verify.ts";

const logShape = struct({
  phase: oneOf(["prepare", "commit"]),
  epoch: uint(),
  height: uint(),
  view: uint(2 ** 32),
  blockHash: hash32,
  replica: deviceId,
  signature: bytes<Signature>(64),
  block: bytes(1, BLOCK_BYTES_MAX),
  prepared: list(struct({ replica: deviceId, signature: bytes<Signature>(64) }), REPLICAS_MAX),
});

/** A vote found in the log. */
export interface Recorded {
  readonly request: RecordRequest;
  readonly vote: VerifiedVote;
}

/** The write that makes a vote durable. */
export function logWrite(request: RecordRequest, vote: VerifiedVote): Write {
  const { phase, body, verified, prepared } = request;
  const value = encodeWith(logShape, {
    phase,
    ...body,
    replica: vote.replica,
    signature: vote.signature,
    block: encodeBlock(verified.block),
    prepared: prepared.map(({ replica, signature }) => ({ replica, signature })),
  });
  return { type: "put", table: "log", key: logKey(request), value };
}

/** Writes that forget all votes up to a finalised height. */
export function pruneWrites(height: number): readonly Write[] {
  return [{ type: "delete-range", table: "log", range: { from: [0], to: [height + 1] } }];
}

/** My votes for the height after `state`, in the order in which they were made. */
export async function readLog(store: Store, state: LedgerState): Promise<readonly Recorded[]> {
  const rows = await store.list("log", prefixRange([state.height + 1]));
  const recorded = rows.map((row) => readRow(row.value, state));
  return recorded.sort(
    (a, b) =>
      a.request.body.view - b.request.body.view ||
      (a.request.phase === b.request.phase ? 0 : a.request.phase === "prepare" ? -1 : 1),
  );
}

function readRow(value: unknown, state: LedgerState): Recorded {
  if (!(value instanceof Uint8Array)) throw new StoreError("corrupt", "vote log");
  const entry = decodeWith(logShape, value, 2 * BLOCK_BYTES_MAX);
  if (!entry.ok) throw new StoreError("corrupt", `vote log: ${entry.detail}`);
  const { phase, epoch, height, view, blockHash, replica, signature } = entry.value;
  const block = decodeBlock(entry.value.block);
  const verified = block.ok ? trustBlock(state.family, state, block.value) : null;
  if (verified === null) throw new StoreError("corrupt", "vote log: block");
  const body = { epoch, height, view, blockHash };
  const prepared = entry.value.prepared.map((one) => ({ phase: "prepare" as const, body, ...one }));
  return {
    request: { phase, body, verified, prepared },
    vote: { phase, body, replica, signature },
  };
}

function logKey(request: RecordRequest): Key {
  return [request.body.height, request.body.view, request.phase];
}
