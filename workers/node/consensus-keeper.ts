/**
 * The shell of the consensus core: verifies what arrives, obeys Ready (sign and log durably, then
 * send, then finalise), keeps what other replicas said of the height in flight so that this device
 * can carry it on over its own restarts, and answers what it knows of another's votes. What fails to
 * be written is thrown as StoreError: the core is then built again from the disk before it goes on.
 * SPEC LP2, LP6, LP14. Source: DESIGN §4.5 to §4.7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type FamilyId, type Hex } from "../core/codec/ids.ts";
import {
  decodeConsensus,
  encodeConsensus,
  encodeViewChange,
  type ConsensusMessage,
  type VerifiedViewChange,
  type VerifiedVote,
} from "../core/consensus/messages.ts";
import {
  createReplica,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
} from "../core/consensus/replica-state.ts";
import { messagesInFlight, missingReplicas, step } from "../core/consensus/replica.ts";
import type { Evidence } from "../core/consensus/tally.ts";
import { encodeVote } from "../core/ledger/block.ts";
import { isNewer, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import type { Refusal } from "../core/ledger/execute.ts";
import type { VerifiedTransaction } from "../core/ledger/transaction.ts";
import type { Signer } from "../crypto/suite.ts";
import type { Store, Write } from "../storage/store.ts";
import { asNewer, createCarriedWords, isInPlace, type NewerMessage } from "./carried-words.ts";
import type { Environment } from "./environment.ts";
import type { Frame } from "./frames.ts";
import { CONSENSUS_ELAPSED_MS_MAX, RELAY_DELAY_MS } from "./limits.ts";
import { isNothingNew } from "./nothing-new.ts";
import { heightOf, isSignedMessage, verifyConsensus, type KnownTransaction } from "./verify.ts";
import { aloneWrite, logWrite, readLog, readSeen, seenWrite, signerOf } from "./vote-log.ts";
import { createWaitingWords } from "./waiting-words.ts";

export interface ConsensusPorts {
  readonly commit: (writes: readonly Write[], durability: "strict" | "relaxed") => Promise<void>;
  /** The head that is durable; null until the founding block is here. */
  readonly head: () => Head | null;
  readonly pending: () => readonly VerifiedTransaction[];
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  /** One that was verified before, with these very signatures; null: it is to be checked. */
  readonly known: KnownTransaction;
  /** Makes a block durable and lets the state stand. */
  readonly apply: (finalised: Finalised) => Promise<void>;
  /** Whether this device lends its name to a fresh block that another proposes. */
  readonly mayPrepare: (verified: VerifiedBlock) => boolean;
  readonly dropMisfit: (transaction: VerifiedTransaction, reason: Refusal) => Promise<void>;
  /** Devices that are linked now, and the round trip to the slowest of them (0: not known). */
  readonly linked: () => { readonly devices: readonly DeviceId[]; readonly roundTripMs: number };
  /** A word that has waited unchecked is to be taken, in the node's order. */
  readonly recheck: (message: Uint8Array, from: Hex) => void;
  /** A replica has voted for two blocks. */
  readonly onEvidence: (evidence: Evidence) => void;
  /** A vote of this device is known that its log does not have: it votes no more. */
  readonly onSilenced: () => void;
  /** My own log is a later build's: it holds votes for blocks that this one cannot judge. */
  readonly onNewerLog: () => void;
}

export interface ConsensusKeeper {
  /** There is a first head, or another one that came by state transfer. */
  readonly follow: (head: Head) => void;
  /** A write failed: the core may be ahead of the disk. */
  readonly fallBehind: () => void;
  readonly isBehind: () => boolean;
  /** Proposes what waits, after taking up the log where a write had failed. */
  readonly work: () => Promise<void>;
  /** `isDue`: it has waited, and is checked now. */
  readonly take: (
    message: Uint8Array,
    from: Hex,
    isDue?: boolean,
  ) => Promise<"malformed" | "invalid" | null>;
  /** What a node at my height knows of my votes. */
  readonly takeKnown: (
    height: number,
    messages: readonly Uint8Array[],
  ) => Promise<"malformed" | "invalid" | null>;
  readonly tick: () => Promise<void>;
  /** The height in flight, for a device that has just linked. */
  readonly inFlight: () => readonly Frame[];
  /** What this node knows of that device's votes. */
  readonly knownOf: (device: DeviceId) => Frame;
  /** Whether time matters now: several replicas and something under way. */
  readonly isBusy: () => boolean;
  readonly waitsFor: () => readonly DeviceId[];
}

export function createConsensusKeeper(
  env: Environment,
  family: FamilyId,
  signer: Signer,
  me: DeviceId,
  ports: ConsensusPorts,
): ConsensusKeeper {
  const store: Store = env.store;
  let replica: Replica | null = null;
  let isBehind = false;
  let tickedAt = env.monotonic();
  const carried = createCarriedWords(family);
  const waiting = createWaitingWords({
    after: (task) => void env.after(RELAY_DELAY_MS, task),
    height: () => replica?.head.state.height ?? null,
    broadcast: ({ message, from }) => ports.broadcast({ type: "consensus", message }, from),
    check: ({ message, from }) => ports.recheck(message, from),
  });

  return {
    follow,
    fallBehind: () => {
      isBehind = true;
    },
    isBehind: () => isBehind,
    work,
    take,
    takeKnown,
    tick,
    inFlight,
    knownOf,
    isBusy: () =>
      replica !== null &&
      replica.head.state.replicas.length > 1 &&
      (ports.pending().length > 0 || replica.proposal !== null || replica.viewChanges.size > 0),
    waitsFor: () =>
      replica === null || (ports.pending().length === 0 && replica.proposal === null)
        ? []
        : missingReplicas(replica).filter((one) => !isSameBytes(one, me)),
  };

  function follow(head: Head): void {
    if (replica === null) replica = createReplica(me, head, env.rulesKnown);
    else if (replica.head !== head) step(replica, { type: "advanced", head });
  }

  async function work(): Promise<void> {
    const head = ports.head();
    if (head === null) return;
    // The core may be a height ahead of a disk that refused the block.
    if (isBehind) await takeUp(head);
    await feed(workInput());
  }

  /** The core as the disk has it: what I signed, then what I had heard. */
  async function takeUp(head: Head): Promise<void> {
    const { recorded, aloneMs } = await readLog(store, head.state);
    replica = createReplica(me, head, env.rulesKnown);
    isBehind = false;
    if (recorded.some(({ request }) => isOfNewerRules(request.verified))) {
      ports.onNewerLog();
      return;
    }
    await feed({ type: "resumed", log: recorded, aloneMs });
    for (const message of await readSeen(store, head.state)) {
      if (replica.head !== head) return;
      const newer = asNewer(message, env.rulesKnown);
      if (newer !== null) {
        carried.keep(head.state.height + 1, newer);
        continue;
      }
      const input = await verifyConsensus(env.crypto, head.state, message, env.now());
      if (input !== null) await feed(input);
    }
  }

  async function take(
    messageBytes: Uint8Array,
    from: Hex,
    isDue = false,
  ): Promise<"malformed" | "invalid" | null> {
    const decoded = decodeConsensus(messageBytes);
    if (!decoded.ok) return "malformed";
    if (replica === null || isBehind) return null;
    const { state } = replica.head;
    if (heightOf(decoded.value) !== state.height + 1) return null;
    if (isNothingNew(replica, decoded.value)) return null;
    const newer = asNewer(decoded.value, env.rulesKnown);
    if (newer !== null) return carry(newer, messageBytes, from, replica);
    const word = { message: messageBytes, from, height: state.height };
    const slot = isDue ? null : slotOf(decoded.value, replica);
    if (slot !== null && waiting.putOff(word, slot)) return null;
    const known = ports.known;
    const input = await verifyConsensus(env.crypto, state, decoded.value, env.now(), known);
    if (input === null) return "invalid";
    const isHeld = input.type === "proposal" && !ports.mayPrepare(input.proposal.verified);
    const ready = step(replica, isHeld ? { ...input, isHeld } : input);
    if (ready.ignored === null) {
      if (isDue) ports.broadcast({ type: "consensus", message: messageBytes }, from);
      else waiting.passOn(word);
      await keepSeen(decoded.value, state.height + 1);
    }
    await obey(ready);
    return null;
  }

  /** What cannot be judged here is kept and handed on, by its signatures alone. */
  async function carry(
    message: NewerMessage,
    bytes: Uint8Array,
    from: Hex,
    { head, view }: Replica,
  ): Promise<"invalid" | null> {
    const height = head.state.height + 1;
    if (!carried.isNew(height, message) || !isInPlace(message, head, view)) return null;
    const isMember = head.state.replicas.some((one) => isSameBytes(one, signerOf(message)));
    if (!isMember || !(await isSignedMessage(env.crypto, head.state, message))) return "invalid";
    carried.keep(height, message);
    waiting.passOn({ message: bytes, from, height: head.state.height });
    await keepSeen(message, height);
    return null;
  }

  function isOfNewerRules(verified: VerifiedBlock | null): boolean {
    return verified !== null && isNewer(verified.block.header, env.rulesKnown);
  }

  function inFlight(): readonly Frame[] {
    if (replica === null) return [];
    const height = replica.head.state.height + 1;
    return [...messagesInFlight(replica), ...carried.all(height)].map(frameOf);
  }

  /** Others' words of the height in flight, so that a carrier that is closed has them again. */
  async function keepSeen(message: ConsensusMessage, height: number): Promise<void> {
    if (isSameBytes(signerOf(message), me) || !hasSeveral()) return;
    await ports.commit([seenWrite(height, message)], "relaxed");
  }

  async function takeKnown(
    height: number,
    messages: readonly Uint8Array[],
  ): Promise<"malformed" | "invalid" | null> {
    if (replica === null || isBehind || height !== replica.head.state.height) return null;
    const votes: VerifiedVote[] = [];
    const viewChanges: VerifiedViewChange[] = [];
    for (const one of messages) {
      const decoded = decodeConsensus(one);
      if (!decoded.ok) return "malformed";
      const input = await verifyConsensus(env.crypto, replica.head.state, decoded.value, env.now());
      if (input === null) return "invalid";
      if (input.type === "vote") votes.push(input.vote);
      if (input.type === "view-change") viewChanges.push(input.change);
    }
    await feed({ type: "status", known: { height, votes, viewChanges } });
    return null;
  }

  async function tick(): Promise<void> {
    const now = env.monotonic();
    const elapsedMs = Math.min(CONSENSUS_ELAPSED_MS_MAX, Math.max(0, now - tickedAt));
    tickedAt = now;
    if (replica === null) return;
    if (isBehind) await work();
    if (!hasSeveral()) {
      // Time alone may have made room: another day, the end of a notice.
      if (ports.pending().length > 0) await work();
      return;
    }
    const { devices, roundTripMs } = ports.linked();
    await feed({ type: "tick", now: env.now(), elapsedMs, linked: devices, roundTripMs });
  }

  async function feed(input: Input): Promise<void> {
    if (replica !== null) await obey(step(replica, input));
  }

  /** Does what the core says, in its order, and what follows from that, until nothing is left. */
  async function obey(first: Ready): Promise<void> {
    const queue: Ready[] = [first];
    for (let ready = queue.shift(); ready !== undefined; ready = queue.shift()) {
      for (const request of ready.record) {
        const recorded = await sign(request);
        await ports.commit([logWrite(recorded)], "strict");
        if (replica !== null) queue.push(step(replica, { type: "recorded", recorded }));
      }
      for (const message of ready.send) ports.broadcast(frameOf(message), null);
      for (const one of ready.evidence) ports.onEvidence(one);
      if (ready.isRefused) ports.onSilenced();
      if (ready.aloneMs !== null && replica !== null) {
        const height = replica.head.state.height + 1;
        await ports.commit([aloneWrite(height, ready.aloneMs)], "relaxed");
      }
      if (ready.finalised !== null) {
        await ports.apply(ready.finalised);
        if (replica !== null) queue.push(step(replica, workInput()));
      }
      for (const { transaction, reason } of ready.misfits) {
        await ports.dropMisfit(transaction, reason);
      }
    }
  }

  async function sign(request: RecordRequest): Promise<Recorded> {
    if (request.phase === "view-change") {
      const { body, prepared } = request;
      const signature = await signer.sign("view-change", family, encodeViewChange(body));
      return { request, change: { body, prepared, replica: me, signature } };
    }
    const { phase, body } = request;
    const signature = await signer.sign(phase, family, encodeVote(body));
    return { request, vote: { phase, body, replica: me, signature } };
  }

  function workInput(): Input {
    return { type: "work", pending: ports.pending(), now: env.now() };
  }

  function hasSeveral(): boolean {
    return replica !== null && replica.head.state.replicas.length > 1;
  }

  function knownOf(device: DeviceId): Frame {
    const height = replica?.head.state.height ?? 0;
    const theirs = (replica === null ? [] : messagesInFlight(replica)).filter(
      (one) =>
        one.type !== "pre-prepare" &&
        one.type !== "new-view" &&
        toHex(signerOf(one)) === toHex(device),
    );
    const unjudged = carried.votesOf(height + 1, device);
    const messages = [...theirs, ...unjudged].map((one) =>
      // The claim alone says what it has signed; its block travels with the height in flight.
      encodeConsensus(one.type === "view-change" ? { ...one, block: null } : one),
    );
    return { type: "known-votes", height, messages: messages.slice(-KNOWN_VOTES_MAX) };
  }
}

const KNOWN_VOTES_MAX = 16;

/**
 * Who says a PREPARE in which view, where this device only follows and carries it, and knows no other of
 * the same: two are evidence.
 */
function slotOf(message: ConsensusMessage, { me, head, tallies }: Replica): string | null {
  if (message.type !== "prepare" || head.state.replicas.some((one) => isSameBytes(one, me))) {
    return null;
  }
  const signer = toHex(message.replica);
  const isKnown = tallies.prepare.views.get(message.view)?.has(signer) === true;
  return isKnown ? null : `${message.view}/${signer}`;
}

function frameOf(message: ConsensusMessage): Frame {
  return { type: "consensus", message: encodeConsensus(message) };
}
