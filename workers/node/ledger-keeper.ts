/**
 * The shell of the ledger: verifies what arrives, feeds the consensus core, obeys its Ready (sign
 * and log durably, then send, then finalise in one transaction) and keeps blocks, pending
 * transactions and blobs. It decides nothing that the core decides. One caller at a time: the node's
 * mailbox sees to it. SPEC LP1..LP12. Source: DESIGN §4.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { BlobHash, BlockHash, DeviceId, FamilyId, Hex } from "../core/codec/ids.ts";
import { decodeConsensus, encodeConsensus } from "../core/consensus/messages.ts";
import {
  createReplica,
  messagesInFlight,
  missingReplicas,
  step,
  type Finalised,
  type Input,
  type Ready,
  type Replica,
} from "../core/consensus/replica.ts";
import {
  decodeFinalised,
  encodeFinalised,
  encodeVote,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import { judgeBlock, judgeFounding, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import { execute, type Refusal } from "../core/ledger/execute.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import {
  decodeSignedTransaction,
  encodeSignedTransaction,
  type SignedTransaction,
  type VerifiedTransaction,
} from "../core/ledger/transaction.ts";
import type { Signer } from "../crypto/suite.ts";
import { prefixRange, StoreError, type Write } from "../storage/store.ts";
import { blobHashOf } from "./blobs.ts";
import type { Environment } from "./environment.ts";
import { BLOCKS_PER_FRAME_MAX, type Frame } from "./frames.ts";
import { PENDING_MAX, BLOBS_LOOSE_MAX } from "./limits.ts";
import {
  isCertified,
  trustBlock,
  trustTransaction,
  verifyBlock,
  verifyPrePrepare,
  verifyTransaction,
  verifyVote,
  voteOf,
} from "./verify.ts";
import { logWrite, pruneWrites, readLog } from "./vote-log.ts";

/** What the keeper tells the node. */
export interface LedgerPorts {
  /** To every linked device of the family. */
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  /** A block is durable and the state stands. */
  readonly onAdvanced: (head: Head, verified: VerifiedBlock) => Promise<void>;
  /** A pending transaction can no longer happen. */
  readonly onRefused: (transaction: VerifiedTransaction, reason: Refusal) => void;
  /** A certified block whose state this build cannot reproduce: nothing more is applied. */
  readonly onStopped: (height: number) => void;
}

/** Where a newcomer's chain must pass: from its invite. */
export interface Pin {
  readonly height: number;
  readonly hash: BlockHash;
}

export interface LedgerKeeper {
  /** Takes up my own votes in flight and what is pending; once, when everybody listens. */
  readonly resume: () => Promise<void>;
  /** Null until the founding block is here. */
  readonly head: () => Head | null;
  /** State after a height; the first one for heights below it, null above the head. */
  readonly stateAt: (height: number) => LedgerState | null;
  /** Writes the founding block of a new family; it is certified by its one replica. */
  readonly found: (verified: VerifiedBlock, head: Head) => Promise<void>;
  /** Adds an own transaction: durable, then sent, then worked on. Null, or why it could not stand. */
  readonly submit: (
    signed: SignedTransaction,
    blobs: readonly Uint8Array[],
  ) => Promise<Refusal | "invalid" | null>;
  readonly takeTransactions: (
    signed: readonly SignedTransaction[],
    blobs: readonly Uint8Array[],
    from: Hex,
  ) => Promise<void>;
  readonly takeConsensus: (
    message: Uint8Array,
    from: Hex,
  ) => Promise<"malformed" | "invalid" | null>;
  /** Applies blocks by state transfer; the count of new ones, or why they were refused. */
  readonly takeBlocks: (
    finalised: readonly Uint8Array[],
  ) => Promise<{ readonly applied: number; readonly fault: string | null }>;
  readonly takeBlobs: (blobs: readonly Uint8Array[]) => Promise<void>;
  readonly blocksFrom: (height: number, count: number) => Promise<readonly Uint8Array[]>;
  readonly blobsOf: (hashes: readonly BlobHash[]) => readonly Uint8Array[];
  readonly blob: (hash: BlobHash) => Uint8Array | null;
  /** Blobs that the state names and that are not here. */
  readonly missingBlobs: () => readonly BlobHash[];
  /** What a device that has just linked is given: pending transactions and the height in flight. */
  readonly handOver: () => readonly Frame[];
  readonly pending: () => readonly VerifiedTransaction[];
  /** Replicas that the next block waits for; empty while nothing waits. */
  readonly waitsFor: () => readonly DeviceId[];
}

/** Refusals that a later block can lift; the transaction waits until it expires. */
const TRANSIENT: ReadonlySet<Refusal> = new Set<Refusal>([
  "unknown-author",
  "unknown-invite",
  "unknown-member",
  "unknown-device",
  "expiry-too-far",
  "too-many-invites",
  "full",
]);

/** Opens the ledger of this profile by replaying its own blocks. */
export async function openLedger(
  env: Environment,
  family: FamilyId,
  signer: Signer,
  me: DeviceId,
  fence: number,
  pin: Pin | null,
  ports: LedgerPorts,
): Promise<LedgerKeeper> {
  const states: LedgerState[] = [];
  const pending = new Map<Hex, VerifiedTransaction>();
  const blobs = new Map<Hex, Uint8Array>();
  let head: Head | null = null;
  let replica: Replica | null = null;
  let isStopped = false;

  const commit = async (
    writes: readonly Write[],
    durability: "strict" | "relaxed",
  ): Promise<void> => env.store.commit(writes, { durability, fence });

  const stateAt = (height: number): LedgerState | null => {
    const first = states[0];
    if (first === undefined || height > (states.at(-1)?.height ?? -1)) return null;
    return states[Math.max(0, height - first.height)] ?? first;
  };

  await load();

  return {
    resume,
    head: () => head,
    stateAt,
    found: foundFamily,
    submit,
    takeTransactions,
    takeConsensus,
    takeBlocks,
    takeBlobs: async (some) => keepBlobs(some, true),
    blocksFrom: async (height, count) => {
      const rows = await env.store.list("blocks", {
        from: [height],
        to: [height + Math.min(count, BLOCKS_PER_FRAME_MAX)],
      });
      return rows.flatMap((row) => (row.value instanceof Uint8Array ? [row.value] : []));
    },
    blobsOf: (hashes) => hashes.flatMap((hash) => blobs.get(toHex(hash)) ?? []),
    blob: (hash) => blobs.get(toHex(hash)) ?? null,
    missingBlobs: () => namedBlobs().filter((hash) => !blobs.has(toHex(hash))),
    handOver,
    pending: () => [...pending.values()],
    waitsFor: () =>
      replica === null || (pending.size === 0 && replica.proposal === null)
        ? []
        : missingReplicas(replica).filter((one) => !isSameBytes(one, me)),
  };

  async function load(): Promise<void> {
    for (const row of await env.store.list("blobs", prefixRange([]))) {
      const [hash] = row.key;
      if (hash instanceof Uint8Array && row.value instanceof Uint8Array) {
        blobs.set(toHex(hash), row.value);
      }
    }
    for (const row of await env.store.list("blocks", prefixRange([]))) replay(row.value);
    if (head === null) return;
    for (const row of await env.store.list("pending", prefixRange([]))) {
      const signed = row.value instanceof Uint8Array ? decodeSignedTransaction(row.value) : null;
      const trusted =
        signed?.ok === true ? trustTransaction(family, head.state, signed.value) : null;
      if (trusted !== null) pending.set(toHex(trusted.id), trusted);
    }
    replica = createReplica(me, head);
  }

  async function resume(): Promise<void> {
    if (replica === null || head === null) return;
    const log = await readLog(env.store, head.state);
    await obey(step(replica, { type: "resumed", log }));
    await work();
  }

  function replay(value: unknown): void {
    const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
    if (decoded?.ok !== true) throw new StoreError("corrupt", "a stored block is malformed");
    const verified = trustBlock(family, head?.state ?? null, decoded.value.block);
    if (verified === null) throw new StoreError("corrupt", "a stored block is malformed");
    const judged = head === null ? judgeFounding(family, verified) : judgeBlock(head, verified);
    if (!judged.ok)
      throw new StoreError(
        "corrupt",
        `a stored block is not valid: ${JSON.stringify(judged.fault)}`,
      );
    head = judged.head;
    states.push(judged.head.state);
  }

  async function foundFamily(verified: VerifiedBlock, founded: Head): Promise<void> {
    const { epoch, height } = verified.block.header;
    const message = encodeVote({ epoch, height, view: 0, blockHash: verified.hash });
    const signature = await signer.sign("commit", family, message);
    const certificate = { view: 0, commits: [{ replica: me, signature }] };
    await apply({ verified, certificate, head: founded });
  }

  async function submit(
    signed: SignedTransaction,
    some: readonly Uint8Array[],
  ): Promise<Refusal | "invalid" | null> {
    if (head === null) return "invalid";
    const verified = await verifyTransaction(env.crypto, family, head.state, signed);
    if (verified === null) return "invalid";
    const refusal = trial(verified);
    if (refusal !== null && !TRANSIENT.has(refusal)) return refusal;
    await keepBlobs(some, false);
    await keepPending(verified);
    ports.broadcast({ type: "transactions", transactions: [signed], blobs: some }, null);
    await work();
    return null;
  }

  async function takeTransactions(
    signed: readonly SignedTransaction[],
    some: readonly Uint8Array[],
    from: Hex,
  ): Promise<void> {
    if (head === null) return;
    await keepBlobs(some, true);
    let isNew = false;
    for (const one of signed) {
      if (pending.size >= PENDING_MAX) break;
      const verified = await verifyTransaction(env.crypto, family, head.state, one);
      if (verified === null || pending.has(toHex(verified.id))) continue;
      const refusal = trial(verified);
      if (refusal !== null && !TRANSIENT.has(refusal)) continue;
      await keepPending(verified);
      ports.broadcast({ type: "transactions", transactions: [one], blobs: some }, from);
      isNew = true;
    }
    if (isNew) await work();
  }

  async function takeConsensus(
    messageBytes: Uint8Array,
    from: Hex,
  ): Promise<"malformed" | "invalid" | null> {
    const decoded = decodeConsensus(messageBytes);
    if (!decoded.ok) return "malformed";
    if (replica === null || head === null || isStopped) return null;
    const message = decoded.value;
    const { height } = voteOf(family, message).body;
    if (height !== head.state.height + 1) return null;
    const input = await verifyInput(message, head.state);
    if (input === null) return "invalid";
    const ready = step(replica, input);
    if (ready.ignored === null) {
      ports.broadcast({ type: "consensus", message: messageBytes }, from);
    }
    await obey(ready);
    return null;
  }

  async function verifyInput(
    message: Parameters<typeof voteOf>[1],
    state: LedgerState,
  ): Promise<Input | null> {
    if (message.type === "pre-prepare") {
      const proposal = await verifyPrePrepare(env.crypto, state, message);
      return proposal === null ? null : { type: "pre-prepare", message: proposal, now: env.now() };
    }
    const vote = await verifyVote(env.crypto, state, voteOf(family, message));
    return vote === null ? null : { type: "vote", vote };
  }

  async function takeBlocks(
    finalised: readonly Uint8Array[],
  ): Promise<{ readonly applied: number; readonly fault: string | null }> {
    let applied = 0;
    for (const one of finalised) {
      if (isStopped) return { applied, fault: "stopped" };
      const decoded = decodeFinalised(one);
      if (!decoded.ok) return { applied, fault: "malformed" };
      const { height } = decoded.value.block.header;
      if (height <= (head?.state.height ?? -1)) continue;
      const fault = await takeBlock(decoded.value);
      if (fault !== null) return { applied, fault };
      applied += 1;
    }
    if (applied > 0) await work();
    return { applied, fault: null };
  }

  async function takeBlock(finalised: FinalisedBlock): Promise<string | null> {
    const before = head?.state ?? null;
    const verified = await verifyBlock(env.crypto, family, before, finalised.block);
    if (verified === null) return "signature";
    const judged = head === null ? judgeFounding(family, verified) : judgeBlock(head, verified);
    const set = before ?? (judged.ok ? judged.head.state : null);
    if (set === null) return "founding";
    if (!(await isCertified(env.crypto, family, set, verified, finalised.certificate))) {
      return "certificate";
    }
    if (!judged.ok) {
      if (judged.fault === "height" || judged.fault === "parent") return judged.fault;
      isStopped = true;
      ports.onStopped(finalised.block.header.height);
      return "not-reproducible";
    }
    const { height } = judged.head.state;
    if (pin !== null && height === pin.height && !isSameBytes(judged.head.hash, pin.hash)) {
      return "pin";
    }
    await apply({ verified, certificate: finalised.certificate, head: judged.head });
    if (replica !== null) step(replica, { type: "advanced", head: judged.head });
    return null;
  }

  /** Does what the core says, in its order, and what follows from that, until nothing is left. */
  async function obey(first: Ready): Promise<void> {
    const queue: Ready[] = [first];
    for (let ready = queue.shift(); ready !== undefined; ready = queue.shift()) {
      for (const request of ready.record) {
        const message = encodeVote(request.body);
        const signature = await signer.sign(request.phase, family, message);
        const vote = { phase: request.phase, body: request.body, replica: me, signature };
        await commit([logWrite(request, vote)], "strict");
        if (replica !== null) queue.push(step(replica, { type: "recorded", request, vote }));
      }
      for (const message of ready.send) {
        ports.broadcast({ type: "consensus", message: encodeConsensus(message) }, null);
      }
      if (ready.finalised !== null) {
        await apply(ready.finalised);
        queue.push(workReady());
      }
      for (const { transaction, reason } of ready.misfits) await dropMisfit(transaction, reason);
    }
  }

  function workReady(): Ready {
    if (replica === null) throw new Error("invariant: a finalised block comes from a replica");
    return step(replica, { type: "work", pending: [...pending.values()], now: env.now() });
  }

  async function work(): Promise<void> {
    if (replica !== null && !isStopped) await obey(workReady());
  }

  /** Block, certificate, pruned log and executed transactions in one strict transaction. */
  async function apply(finalised: Finalised): Promise<void> {
    const { verified, certificate } = finalised;
    const { height } = verified.block.header;
    const done = verified.transactions.filter((one) => pending.has(toHex(one.id)));
    await commit(
      [
        {
          type: "put",
          table: "blocks",
          key: [height],
          value: encodeFinalised({ block: verified.block, certificate }),
        },
        ...pruneWrites(height),
        ...done.map((one) => ({
          type: "delete" as const,
          table: "pending" as const,
          key: [one.id],
        })),
      ],
      "strict",
    );
    head = finalised.head;
    states.push(head.state);
    replica ??= createReplica(me, head);
    for (const one of done) pending.delete(toHex(one.id));
    await dropHopeless();
    await ports.onAdvanced(head, verified);
  }

  async function dropHopeless(): Promise<void> {
    for (const one of pending.values()) {
      const refusal = trial(one);
      if (refusal !== null) await dropMisfit(one, refusal);
    }
  }

  async function dropMisfit(transaction: VerifiedTransaction, reason: Refusal): Promise<void> {
    const isExpired = transaction.content.expiresHeight <= (head?.state.height ?? 0);
    if (TRANSIENT.has(reason) && !isExpired) return;
    if (!pending.delete(toHex(transaction.id))) return;
    await commit([{ type: "delete", table: "pending", key: [transaction.id] }], "relaxed");
    ports.onRefused(transaction, reason);
  }

  /** What the head alone would say to a transaction now. */
  function trial(transaction: VerifiedTransaction): Refusal | null {
    if (head === null) return "unknown-author";
    const context = { height: head.state.height + 1, time: Math.max(env.now(), head.state.time) };
    const executed = execute(head.state, transaction, context);
    return executed.ok ? null : executed.reason;
  }

  async function keepPending(verified: VerifiedTransaction): Promise<void> {
    const value = encodeSignedTransaction(verified.signed);
    await commit([{ type: "put", table: "pending", key: [verified.id], value }], "strict");
    pending.set(toHex(verified.id), verified);
  }

  /** Keeps blobs that are asked for; loose ones (of transactions still pending) up to a bound. */
  async function keepBlobs(some: readonly Uint8Array[], isForeign: boolean): Promise<void> {
    const writes: Write[] = [];
    for (const one of some) {
      const hash = blobHashOf(family, one);
      if (blobs.has(toHex(hash))) continue;
      if (isForeign && blobs.size >= BLOBS_LOOSE_MAX) break;
      blobs.set(toHex(hash), one);
      writes.push({ type: "put", table: "blobs", key: [hash], value: one });
    }
    if (writes.length > 0) await commit(writes, "relaxed");
  }

  function namedBlobs(): readonly BlobHash[] {
    if (head === null) return [];
    return [head.state.familyName, ...head.state.members.map((one) => one.name)];
  }

  function handOver(): readonly Frame[] {
    const frames: Frame[] = [];
    const waiting = [...pending.values()];
    for (let index = 0; index < waiting.length; index += 16) {
      const transactions = waiting.slice(index, index + 16).map((one) => one.signed);
      frames.push({
        type: "transactions",
        transactions,
        blobs: blobsOfPending(waiting.slice(index, index + 16)),
      });
    }
    if (replica === null) return frames;
    return [
      ...frames,
      ...messagesInFlight(replica).map((message): Frame => ({
        type: "consensus",
        message: encodeConsensus(message),
      })),
    ];
  }

  function blobsOfPending(some: readonly VerifiedTransaction[]): readonly Uint8Array[] {
    return some.flatMap((one) => {
      const { body } = one.content;
      return body.type === "member-registered" ? (blobs.get(toHex(body.name)) ?? []) : [];
    });
  }
}
