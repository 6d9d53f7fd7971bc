/**
 * The ledger of this device: its chain, what waits for a block, and consensus between them. A block
 * is finalised in one transaction. A write that fails leaves consensus as the disk has it, and is
 * tried again. One caller at a time: the node's mailbox sees to it.
 * SPEC LP1 to LP3, LP6, LP10. Source: DESIGN §4.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { BlobHash, DeviceId, FamilyId, Hex } from "../core/codec/ids.ts";
import type { Finalised } from "../core/consensus/replica-state.ts";
import type { Evidence } from "../core/consensus/tally.ts";
import { encodeVote, type FinalisedBlock } from "../core/ledger/block.ts";
import type { Head, VerifiedBlock } from "../core/ledger/chain.ts";
import { enterHeight, execute, type Refusal } from "../core/ledger/execute.ts";
import type { Manifest } from "../core/ledger/snapshot.ts";
import type { SignedTransaction, VerifiedTransaction } from "../core/ledger/transaction.ts";
import type { Signer } from "../crypto/suite.ts";
import { StoreError, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import { createBlockIntake, type TakenBlocks } from "./block-intake.ts";
import { createConsensusKeeper, type ConsensusKeeper } from "./consensus-keeper.ts";
import type { Frame } from "./frames.ts";
import { JOIN_LIFE_MS } from "../core/gossip/limits.ts";
import { CONSENSUS_TICK_MS } from "./limits.ts";
import { createNewerBlocks } from "./newer-blocks.ts";
import { createPendingPool, mayWait } from "./pending-pool.ts";
import { openRecoveries, type RecoveryKeeper } from "./recovery-keeper.ts";
import { openSnapshotKeeper, type SnapshotKeeper } from "./snapshot-keeper.ts";
import { openChain, type Chain, type Pin } from "./stored-chain.ts";
import { isForgedTransaction, verifyTransaction } from "./verify.ts";
import { pruneWrites } from "./vote-log.ts";

/** What the keeper tells the node. */
export interface LedgerPorts {
  /** To every linked device of the family. */
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  /** A block is durable and the state stands. */
  readonly onAdvanced: (head: Head) => Promise<void>;
  /** What is written with the commit that lets a pending transaction go. */
  readonly refusedWrites: (transaction: VerifiedTransaction, reason: Refusal) => readonly Write[];
  /** A pending transaction can no longer happen. */
  readonly onRefused: (transaction: VerifiedTransaction, reason: Refusal) => void;
  /** A certified block whose state this build cannot reproduce: nothing more is applied. */
  readonly onStopped: (height: number) => void;
  /** The family's rules are newer than this build, which waits for an update; another such block is here. */
  readonly onNewerRules: () => void;
  /** Whether it goes into a block of mine now: a local rule for what is fresh (DESIGN §4.2). */
  readonly mayPropose: (transaction: VerifiedTransaction) => boolean;
  /** Whether this device lends its name to a fresh block of another's. */
  readonly mayPrepare: (verified: VerifiedBlock) => boolean;
  /** What is known of recoveries is another. */
  readonly onRecovery: () => void;
  /** The store failed after something was taken: nothing is lost, `tick` tries again. */
  readonly onDelayed: (error: StoreError) => void;
  /** Devices that are linked now, and the round trip to the slowest of them (0: not known). */
  readonly linked: () => { readonly devices: readonly DeviceId[]; readonly roundTripMs: number };
  /** Runs a task in the node's order. */
  readonly inTurn: (task: () => Promise<void>) => void;
  /** What that device brought was found forged after it was taken. */
  readonly onForged: (from: Hex) => void;
  /** A replica has voted for two blocks. */
  readonly onEvidence: (evidence: Evidence) => void;
  /** This device has lost votes that others know of, and votes no more. */
  readonly onSilenced: () => void;
}

/** What becomes durable in one with a submitted transaction; `onDurable` before it is worked on. */
export interface Along {
  readonly writes: readonly Write[];
  readonly onDurable: () => void;
}

export interface LedgerKeeper {
  /** Takes up my own votes in flight and what is pending; once, when everybody listens. */
  readonly resume: () => Promise<void>;
  /** Null until the founding block is here. */
  readonly head: () => Head | null;
  readonly stateAt: Chain["stateAt"];
  readonly firstHeight: Chain["firstHeight"];
  /** Writes the founding block of a new family, with its blobs; its one replica certifies it. */
  readonly found: (
    verified: VerifiedBlock,
    head: Head,
    blobs: readonly Uint8Array[],
  ) => Promise<void>;
  /**
   * Adds an own transaction: durable, then sent, then worked on. Null, or why it could not stand.
   * StoreError: nothing was taken.
   */
  readonly submit: (
    signed: SignedTransaction,
    blobs: readonly Uint8Array[],
    along?: Along,
  ) => Promise<Refusal | "invalid" | null>;
  /** Lets time pass for consensus, and tries again what a failed write has held up. */
  readonly tick: () => Promise<void>;
  readonly stop: () => void;
  /** The count of those that are forged: the peer's fault. */
  readonly takeTransactions: (
    signed: readonly SignedTransaction[],
    blobs: readonly Uint8Array[],
    from: Hex,
  ) => Promise<number>;
  readonly takeConsensus: (
    message: Uint8Array,
    from: Hex,
  ) => Promise<"malformed" | "invalid" | null>;
  /** What another node knows of this device's votes. */
  readonly takeKnownVotes: ConsensusKeeper["takeKnown"];
  /** What this node knows of that device's votes; null where one replica keeps the rules alone. */
  readonly knownVotesOf: (device: DeviceId) => Frame | null;
  /** Applies blocks by state transfer; the count of new ones, or why they were refused. */
  readonly takeBlocks: (finalised: readonly Uint8Array[]) => Promise<TakenBlocks>;
  readonly takeBlobs: (blobs: readonly Uint8Array[]) => Promise<void>;
  readonly blocksFrom: Chain["blocksFrom"];
  /** Height of the last block that is here, of newer rules too; -1 without one. */
  readonly reach: () => number;
  /** Whether the family's rules are newer than this build. */
  readonly isBehindRules: () => boolean;
  /** Certified blocks above my head that this build cannot judge, to be handed on. */
  readonly newerBlocks: () => readonly Uint8Array[];
  /** Height of the next block below the snapshot that is missing; null where none is. */
  readonly missingBelow: Chain["missingBelow"];
  readonly manifestFor: Chain["manifestFor"];
  readonly partFor: Chain["partFor"];
  /** The snapshot that this device begins with. */
  readonly snapshot: SnapshotKeeper;
  readonly recoveries: RecoveryKeeper;
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
  let isStopped = false;
  let cancelTick: (() => void) | null = null;

  const commit = async (
    writes: readonly Write[],
    durability: "strict" | "relaxed",
  ): Promise<void> => env.store.commit(writes, { durability, fence });
  const pool = createPendingPool(env.store, family, commit);
  const chain = await openChain(env, family, pin);
  const newer = createNewerBlocks(env, family, chain.head);
  if (chain.goesOn) newer.trust();
  const first = chain.head();
  await pool.load(first?.state ?? null);
  const consensus = createConsensusKeeper(env, family, signer, me, {
    commit,
    head: chain.head,
    pending: () => pool.all().filter((one) => ports.mayPropose(one)),
    known: pool.known,
    broadcast: ports.broadcast,
    apply: async (finalised) => apply(finalised, []),
    mayPrepare: ports.mayPrepare,
    dropMisfit,
    linked: ports.linked,
    recheck: (message, from) => {
      ports.inTurn(async () => {
        const fault = await vote(async () => consensus.take(message, from, true));
        if (fault !== null) ports.onForged(from);
      });
    },
    onEvidence: ports.onEvidence,
    onSilenced: ports.onSilenced,
    onNewerLog: () => {
      newer.trust();
      ports.onNewerRules();
    },
  });
  if (first !== null) consensus.follow(first);
  const snapshot = await openSnapshotKeeper(env, family, pin, {
    commit,
    hasHead: () => chain.head() !== null,
    standOn,
  });
  const recoveries: RecoveryKeeper = await openRecoveries(env, family, {
    head: chain.head,
    judge: chain.judge,
    commit,
    isHeld: newer.isAny,
    apply: async (verified, certificate, head) => {
      await apply({ verified, certificate, head }, []);
      await work();
    },
    broadcast: ports.broadcast,
    onChanged: ports.onRecovery,
  });
  const intake = createBlockIntake(chain, {
    commit,
    isStopped: () => isStopped,
    attempt,
    apply: async (verified, certificate, head) => apply({ verified, certificate, head }, []),
    rulesKnown: env.rulesKnown,
    reach: newer.reach,
    onNewer,
    pinHeight: pin?.height ?? -1,
    onRecovery: async (bytes) => recoveries.takeBlock(bytes, null),
    onStopped: (height) => {
      isStopped = true;
      ports.onStopped(height);
    },
  });

  return {
    resume,
    head: chain.head,
    stateAt: chain.stateAt,
    firstHeight: chain.firstHeight,
    found: foundFamily,
    submit,
    takeTransactions,
    takeConsensus: async (message, from) => vote(async () => consensus.take(message, from)),
    takeKnownVotes: async (height, messages) =>
      vote(async () => consensus.takeKnown(height, messages)),
    knownVotesOf: (device) =>
      (chain.head()?.state.replicas.length ?? 0) > 1 ? consensus.knownOf(device) : null,
    takeBlocks,
    takeBlobs: async (some) => {
      const head = chain.head();
      if (head !== null) await pool.takeBlobs(some, head.state);
    },
    blocksFrom: async (height, count) => {
      const stored = await chain.blocksFrom(height, count);
      const isNext = stored.length === 0 && height === (chain.head()?.state.height ?? -1) + 1;
      return isNext ? newer.all().slice(0, count) : stored;
    },
    reach: newer.reach,
    isBehindRules: newer.isAny,
    newerBlocks: newer.all,
    missingBelow: chain.missingBelow,
    manifestFor: chain.manifestFor,
    partFor: chain.partFor,
    snapshot,
    recoveries,
    blobsOf: (hashes) => hashes.flatMap((hash) => pool.blob(hash) ?? []),
    blob: pool.blob,
    missingBlobs: () => {
      const head = chain.head();
      return head === null ? [] : pool.missingBlobs(head.state);
    },
    handOver: () => [...recoveries.frames(), ...pool.frames(), ...consensus.inFlight()],
    tick,
    stop: () => {
      isStopped = true;
      cancelTick?.();
    },
    pending: pool.all,
    waitsFor: consensus.waitsFor,
  };

  async function resume(): Promise<void> {
    if (newer.isAny()) ports.onNewerRules();
    consensus.fallBehind();
    await work();
  }

  async function foundFamily(
    verified: VerifiedBlock,
    founded: Head,
    blobs: readonly Uint8Array[],
  ): Promise<void> {
    const { epoch, height } = verified.block.header;
    const message = encodeVote({ epoch, height, view: 0, blockHash: verified.hash });
    const signature = await signer.sign("commit", family, message);
    const certificate = { view: 0, commits: [{ replica: me, signature }] };
    await apply({ verified, certificate, head: founded }, blobs);
  }

  async function submit(
    signed: SignedTransaction,
    blobs: readonly Uint8Array[],
    along?: Along,
  ): Promise<Refusal | "invalid" | null> {
    const head = chain.head();
    if (head === null) return "invalid";
    const verified = await verifyTransaction(env.crypto, family, head.state, signed);
    if (verified === null) return "invalid";
    const refusal = trial(verified);
    if (refusal !== null && !mayWait(refusal) && !isEarly(verified, refusal)) return refusal;
    const kept = await pool.keep(verified, blobs, along?.writes ?? []);
    along?.onDurable();
    ports.broadcast({ type: "transactions", transactions: [signed], blobs: kept }, null);
    await work();
    return null;
  }

  async function takeTransactions(
    signed: readonly SignedTransaction[],
    blobs: readonly Uint8Array[],
    from: Hex,
  ): Promise<number> {
    let isNew = false;
    let faults = 0;
    for (const one of signed) {
      const head = chain.head();
      if (head === null) return faults;
      if (pool.known(one) !== null) continue;
      const verified = await verifyTransaction(env.crypto, family, head.state, one);
      if (verified === null) {
        const isForged = await isForgedTransaction(env.crypto, family, head.state, one);
        // By rules that this build does not know it may be none at all.
        faults += isForged && !newer.isAny() ? 1 : 0;
        continue;
      }
      if (pool.has(verified.id)) continue;
      const refusal = newer.isAny() ? null : trial(verified);
      if (refusal !== null && !mayStillWait(verified, refusal)) continue;
      if (!pool.hasRoomFor(verified.content.author)) continue;
      const kept = await pool.keep(verified, blobs, []);
      ports.broadcast({ type: "transactions", transactions: [one], blobs: kept }, from);
      isNew = true;
    }
    if (isNew) await work();
    return faults;
  }

  /** One word of another replica, or about my own. */
  async function vote(
    task: () => Promise<"malformed" | "invalid" | null>,
  ): Promise<"malformed" | "invalid" | null> {
    if (consensus.isBehind()) await work();
    if (isHeld()) return null;
    let fault: "malformed" | "invalid" | null = null;
    await attempt(async () => {
      fault = await task();
    });
    schedule();
    return fault;
  }

  async function tick(): Promise<void> {
    if (isStopped) return;
    await attempt(async () => {
      await snapshot.complete();
      await recoveries.tick();
      if (isHeld()) return;
      await consensus.tick();
      await dropHopeless();
    });
    schedule();
  }

  /** While several replicas are at work a second is too coarse. */
  function schedule(): void {
    if (isHeld() || cancelTick !== null || !consensus.isBusy()) return;
    cancelTick = env.after(CONSENSUS_TICK_MS, () => {
      cancelTick = null;
      ports.inTurn(tick);
    });
  }

  async function takeBlocks(finalised: readonly Uint8Array[]): Promise<TakenBlocks> {
    const taken = await intake.take(finalised);
    if (taken.applied > 0) await work();
    return taken;
  }

  /** All of a snapshot is here: what comes next is built on it. */
  async function standOn(head: Head, manifest: Manifest): Promise<void> {
    chain.standOn(head, manifest);
    consensus.follow(head);
    await ports.onAdvanced(head);
    await work();
  }

  /** Nothing is signed and nothing applied: after what cannot be reproduced, or cannot be judged here. */
  function isHeld(): boolean {
    return isStopped || newer.isAny();
  }

  async function onNewer(finalised: FinalisedBlock, bytes: Uint8Array): Promise<string | null> {
    const fault = await newer.take(finalised, bytes);
    // A newcomer is told, and held by nothing: whoever says so is not yet known.
    if (fault === null || chain.head() === null) ports.onNewerRules();
    return fault;
  }

  async function work(): Promise<void> {
    if (isHeld()) return;
    await attempt(consensus.work);
    schedule();
  }

  /** Runs what steps the core; after a failed write the core waits to be built again. */
  async function attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task();
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      consensus.fallBehind();
      ports.onDelayed(error);
      return false;
    }
  }

  /** Block, certificate, pruned log and executed transactions in one strict transaction. */
  async function apply(finalised: Finalised, blobs: readonly Uint8Array[]): Promise<void> {
    const { verified, certificate } = finalised;
    const { height } = verified.block.header;
    await commit(
      [
        chain.writeOf({ block: verified.block, certificate }),
        ...pool.blobWrites(blobs),
        ...pruneWrites(height),
        ...pool.doneWrites(verified.transactions),
        ...recoveries.forgetWrites(),
      ],
      "strict",
    );
    const { head } = finalised;
    chain.advance(head);
    pool.addBlobs(blobs);
    pool.done(verified.transactions);
    consensus.follow(head);
    await recoveries.follow();
    await ports.onAdvanced(head);
    await dropHopeless();
  }

  async function dropHopeless(): Promise<void> {
    for (const one of pool.all()) {
      const refusal = trial(one);
      if (refusal !== null) await dropMisfit(one, refusal);
    }
  }

  async function dropMisfit(transaction: VerifiedTransaction, reason: Refusal): Promise<void> {
    const head = chain.head();
    if (head === null) return;
    const isExpired = transaction.content.expiresHeight <= head.state.height;
    if (mayStillWait(transaction, reason) && !isExpired) return;
    const along = ports.refusedWrites(transaction, reason);
    if (await pool.drop(transaction, head.state, along)) ports.onRefused(transaction, reason);
  }

  /**
   * What is said of a proposal that is not there waits for it, unless it has gone: what I said myself was
   * of one that I knew, and what was written down once is not written down again.
   */
  function mayStillWait({ content }: VerifiedTransaction, reason: Refusal): boolean {
    const { body, author } = content;
    if (reason === "not-in-group" || reason === "already-in-group") {
      return isEarly({ content }, reason);
    }
    if (reason !== "unknown-proposal") return mayWait(reason);
    const isOver = "proposal" in body && isWrittenDown(body.proposal);
    return !isOver && !isSameBytes(author, me);
  }

  /**
   * Whether it takes somebody out of a group whom no block has brought into it yet, or brings in again whom
   * another takes out: what comes before it may be on its way, or wait here.
   */
  function isEarly(
    { content: { body, time } }: Pick<VerifiedTransaction, "content">,
    reason: Refusal,
  ): boolean {
    if (reason === "already-in-group" && body.type === "group-member-added") {
      return pool
        .all()
        .some(
          ({ content: { body: other, time: at } }) =>
            other.type === "group-member-removed" &&
            at < time &&
            isSameBytes(other.group, body.group) &&
            isSameBytes(other.member, body.member),
        );
    }
    if (reason !== "not-in-group" || body.type !== "group-member-removed") return false;
    const group = chain.head()?.state.rules.groups.find((one) => isSameBytes(one.id, body.group));
    const wasIn = group?.members.some((one) => isSameBytes(one.member, body.member)) === true;
    return !wasIn && env.now() < time + JOIN_LIFE_MS;
  }

  /** A proposal is named by the first half of its transaction's id. */
  function isWrittenDown(proposal: Uint8Array): boolean {
    const executed = chain.head()?.state.executed ?? [];
    return executed.some(({ id }) => isSameBytes(id.subarray(0, proposal.length), proposal));
  }

  /** What the head alone would say to a transaction now. */
  function trial(transaction: VerifiedTransaction): Refusal | null {
    const head = chain.head();
    if (head === null) return "unknown-author";
    const time = Math.max(env.now(), head.state.time);
    const { rulesKnown } = env;
    const context = { height: head.state.height + 1, time, parent: head.hash, rulesKnown };
    const executed = execute(enterHeight(head.state, context), transaction, context);
    return executed.ok ? null : executed.reason;
  }
}
