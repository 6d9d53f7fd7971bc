/**
 * What waits for a block on this device: transactions with the sealed blobs that they name, and the
 * blobs that the rules name. Bounded for each author, so that no device can fill it; a blob that
 * nothing names is not kept. Disk first, memory after it. SPEC LP8 to LP12. Source: DESIGN §4.6.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { BlobHash, FamilyId, Hex } from "../core/codec/ids.ts";
import type { Refusal } from "../core/ledger/execute.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import {
  actionOf,
  decodeAction,
  decodeSignedTransaction,
  encodeSignedTransaction,
  transactionIdOf,
  type SignedTransaction,
  type TransactionBody,
  type VerifiedTransaction,
} from "../core/ledger/transaction.ts";
import { prefixRange, type Store, type Write } from "../storage/store.ts";
import { blobHashOf } from "./blobs.ts";
import type { Frame } from "./frames.ts";
import { PENDING_MAX, PENDING_PER_AUTHOR_MAX } from "./limits.ts";
import { trustTransaction } from "./verify.ts";

/** Refusals that a later block can lift; the transaction waits until it expires. */
const TRANSIENT: ReadonlySet<Refusal> = new Set<Refusal>([
  "unknown-author",
  "unknown-invite",
  "unknown-member",
  "unknown-device",
  "too-many-invites",
  "full",
  "too-many-today",
  "too-many-proposals",
  "unknown-proposal",
  "unknown-group",
  "unknown-rule",
  "not-yet",
  "unknown-rules-version",
]);

/** Whether a transaction that is refused so may wait for a later block, until it expires. */
export function mayWait(refusal: Refusal): boolean {
  return TRANSIENT.has(refusal);
}

type Commit = (writes: readonly Write[], durability: "strict" | "relaxed") => Promise<void>;

export interface PendingPool {
  /** What the disk holds; `state` null while there is no founding block. */
  readonly load: (state: LedgerState | null) => Promise<void>;
  readonly all: () => readonly VerifiedTransaction[];
  readonly has: (id: Uint8Array) => boolean;
  /** The one that waits here with these very bytes and signatures. */
  readonly known: (signed: SignedTransaction) => VerifiedTransaction | null;
  /** Whether one more of this author's may wait here. */
  readonly hasRoomFor: (author: Uint8Array) => boolean;
  /**
   * Keeps a transaction and its blobs, and `along` in the same strict commit. The blobs that were
   * kept: those that it names.
   */
  readonly keep: (
    transaction: VerifiedTransaction,
    blobs: readonly Uint8Array[],
    along: readonly Write[],
  ) => Promise<readonly Uint8Array[]>;
  /**
   * Lets one go that can no longer happen, with its blobs, and `along` in the same commit; false when
   * it was not here.
   */
  readonly drop: (
    transaction: VerifiedTransaction,
    state: LedgerState,
    along: readonly Write[],
  ) => Promise<boolean>;
  /** The writes that take executed ones off the disk: part of the block's own commit. */
  readonly doneWrites: (executed: readonly VerifiedTransaction[]) => readonly Write[];
  /** The same in memory, after that commit. */
  readonly done: (executed: readonly VerifiedTransaction[]) => void;
  /** Keeps blobs that the state names. */
  readonly takeBlobs: (blobs: readonly Uint8Array[], state: LedgerState) => Promise<void>;
  /** Writes for blobs of the founding block, and their place in memory after it. */
  readonly blobWrites: (blobs: readonly Uint8Array[]) => readonly Write[];
  readonly addBlobs: (blobs: readonly Uint8Array[]) => void;
  readonly blob: (hash: BlobHash) => Uint8Array | null;
  readonly missingBlobs: (state: LedgerState) => readonly BlobHash[];
  /** All that waits, in frames, for a device that has just linked. */
  readonly frames: () => readonly Frame[];
}

/** Transactions of one frame of a hand-over: with their blobs they stay below a frame's bytes. */
const HAND_OVER_MAX = 16;

export function createPendingPool(store: Store, family: FamilyId, commit: Commit): PendingPool {
  const pending = new Map<Hex, VerifiedTransaction>();
  const blobs = new Map<Hex, Uint8Array>();

  return {
    load,
    all: () => [...pending.values()],
    has: (id) => pending.has(toHex(id)),
    known,
    hasRoomFor,
    keep,
    drop,
    doneWrites: (executed) =>
      executed
        .filter((one) => pending.has(toHex(one.id)))
        .map((one) => ({ type: "delete", table: "pending", key: [one.id] })),
    done: (executed) => {
      for (const one of executed) pending.delete(toHex(one.id));
    },
    takeBlobs,
    blobWrites,
    addBlobs,
    blob: (hash) => blobs.get(toHex(hash)) ?? null,
    missingBlobs: (state) => blobsOfState(state).filter((hash) => !blobs.has(toHex(hash))),
    frames,
  };

  async function load(state: LedgerState | null): Promise<void> {
    for (const row of await store.list("blobs", prefixRange([]))) {
      const [hash] = row.key;
      if (hash instanceof Uint8Array && row.value instanceof Uint8Array) {
        blobs.set(toHex(hash), row.value);
      }
    }
    if (state === null) return;
    const rows = await store.list("pending", prefixRange([]));
    const all = rows.flatMap(({ value }) => {
      const signed = value instanceof Uint8Array ? decodeSignedTransaction(value) : null;
      return signed?.ok === true ? (trustTransaction(family, state, signed.value) ?? []) : [];
    });
    // What goes by another comes after it.
    for (const one of all.toSorted((a, b) => a.content.time - b.content.time)) {
      pending.set(toHex(one.id), one);
    }
  }

  function known(signed: SignedTransaction): VerifiedTransaction | null {
    const found = pending.get(toHex(transactionIdOf(family, signed.bytes)));
    if (found === undefined) return null;
    const isSame = isSameBytes(
      encodeSignedTransaction(found.signed),
      encodeSignedTransaction(signed),
    );
    return isSame ? found : null;
  }

  function hasRoomFor(author: Uint8Array): boolean {
    if (pending.size >= PENDING_MAX) return false;
    const name = toHex(author);
    const own = [...pending.values()].filter((one) => toHex(one.content.author) === name);
    return own.length < PENDING_PER_AUTHOR_MAX;
  }

  async function keep(
    transaction: VerifiedTransaction,
    some: readonly Uint8Array[],
    along: readonly Write[],
  ): Promise<readonly Uint8Array[]> {
    const names = new Set(blobsNamedBy(transaction).map((hash) => toHex(hash)));
    const named = some.filter((one) => names.has(toHex(blobHashOf(family, one))));
    const value = encodeSignedTransaction(transaction.signed);
    await commit(
      [
        ...along,
        ...blobWrites(named),
        { type: "put", table: "pending", key: [transaction.id], value },
      ],
      "strict",
    );
    addBlobs(named);
    pending.set(toHex(transaction.id), transaction);
    return named;
  }

  async function drop(
    transaction: VerifiedTransaction,
    state: LedgerState,
    along: readonly Write[],
  ): Promise<boolean> {
    const name = toHex(transaction.id);
    if (!pending.has(name)) return false;
    const others = [...pending.values()].filter((one) => toHex(one.id) !== name);
    const needed = new Set(
      [...blobsOfState(state), ...others.flatMap((one) => blobsNamedBy(one))].map((hash) =>
        toHex(hash),
      ),
    );
    const idle = blobsNamedBy(transaction).filter((hash) => !needed.has(toHex(hash)));
    await commit(
      [
        ...along,
        { type: "delete", table: "pending", key: [transaction.id] },
        ...idle.map((hash) => ({ type: "delete" as const, table: "blobs" as const, key: [hash] })),
      ],
      "relaxed",
    );
    pending.delete(name);
    for (const hash of idle) blobs.delete(toHex(hash));
    return true;
  }

  async function takeBlobs(some: readonly Uint8Array[], state: LedgerState): Promise<void> {
    const wanted = new Set(
      blobsOfState(state)
        .map((hash) => toHex(hash))
        .filter((hash) => !blobs.has(hash)),
    );
    const found = some.filter((one) => wanted.has(toHex(blobHashOf(family, one))));
    if (found.length === 0) return;
    await commit(blobWrites(found), "relaxed");
    addBlobs(found);
  }

  function blobWrites(some: readonly Uint8Array[]): readonly Write[] {
    return some.map((one) => ({
      type: "put",
      table: "blobs",
      key: [blobHashOf(family, one)],
      value: one,
    }));
  }

  function addBlobs(some: readonly Uint8Array[]): void {
    for (const one of some) blobs.set(toHex(blobHashOf(family, one)), one);
  }

  function frames(): readonly Frame[] {
    const waiting = [...pending.values()];
    const made: Frame[] = [];
    for (let index = 0; index < waiting.length; index += HAND_OVER_MAX) {
      const part = waiting.slice(index, index + HAND_OVER_MAX);
      made.push({
        type: "transactions",
        transactions: part.map((one): SignedTransaction => one.signed),
        blobs: part.flatMap((one) =>
          blobsNamedBy(one).flatMap((hash) => blobs.get(toHex(hash)) ?? []),
        ),
      });
    }
    return made;
  }
}

/** Blobs that the rules name. */
function blobsOfState(state: LedgerState): readonly BlobHash[] {
  const { groups, filters, places } = state.rules;
  return [
    state.familyName,
    ...state.members.map((one) => one.name),
    ...groups.filter((one) => one.ended === null).map((one) => one.name),
    ...[...filters, ...places].filter((one) => one.ended === null).map((one) => one.sealed),
    ...state.rules.proposals.flatMap((one) => {
      const action = decodeAction(one.action);
      return action.ok ? blobsOfBody(action.value) : [];
    }),
  ];
}

function blobsNamedBy(transaction: VerifiedTransaction): readonly BlobHash[] {
  const action = actionOf(transaction.content.body);
  return action === null ? [] : blobsOfBody(action);
}

function blobsOfBody(body: TransactionBody): readonly BlobHash[] {
  switch (body.type) {
    case "member-registered":
    case "group-created":
    case "group-updated":
      return [body.name];
    case "filter-set":
    case "place-set":
      return [body.sealed];
    default:
      return [];
  }
}
