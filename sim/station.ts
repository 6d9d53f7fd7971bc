/**
 * One replica of the simulated set: the consensus core, `step` unchanged, behind a small shell on a
 * disk that survives crashes. The shell obeys Ready as the node's does (sign, log, send, apply) and
 * can die between any two of these. It judges nothing: what it does is told to whoever watches.
 * SPEC SI21. Source: workers/node/consensus-keeper.ts, of which this is the synchronous twin.
 */
import { toHex, type DeviceId, type Hex } from "../workers/core/codec/ids.ts";
import { encodeViewChange, type ConsensusMessage } from "../workers/core/consensus/messages.ts";
import {
  createReplicaUnder,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
} from "../workers/core/consensus/replica-state.ts";
import { step } from "../workers/core/consensus/replica.ts";
import type { ConsensusRules } from "../workers/core/consensus/rules.ts";
import type { Evidence } from "../workers/core/consensus/tally.ts";
import { encodeVote, type Certificate } from "../workers/core/ledger/block.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
import type { Refusal } from "../workers/core/ledger/execute.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import type { OracleSigner } from "./oracle-crypto.ts";

export interface Certified {
  readonly verified: VerifiedBlock;
  readonly certificate: Certificate;
}

/** What survives a crash. */
export interface Disk {
  log: Recorded[];
  aloneMs: number;
  readonly chain: Certified[];
  readonly pending: Map<Hex, VerifiedTransaction>;
  /** Transactions that its blocks hold. */
  readonly done: Set<Hex>;
  /** Hashes of the heads that it has had. */
  readonly passed: Set<Hex>;
  head: Head;
}

export interface Station {
  readonly name: string;
  /** Which member of the set it is. */
  readonly index: number;
  readonly isLiar: boolean;
  readonly device: DeviceId;
  readonly signer: OracleSigner;
  readonly disk: Disk;
  /** The newest rules that its build knows, from its next start on. */
  rulesKnown: number;
  /** Null while it is down. */
  core: Replica | null;
  /** Starts so far. */
  run: number;
  /** Steps of its shell until it dies; -1: no death planned. */
  fuse: number;
}

export interface StationPorts {
  readonly family: Uint8Array;
  readonly now: () => number;
  readonly send: (station: Station, message: ConsensusMessage) => void;
  /** A finalised block, before it is applied; the head that this station's disk takes. */
  readonly onFinalised: (station: Station, block: Certified, head: Head) => Head;
  readonly onRecorded: (station: Station, recorded: Recorded) => void;
  readonly onEvidence: (station: Station, evidence: Evidence) => void;
  readonly onSilenced: (station: Station) => void;
  readonly onStarted: (station: Station) => void;
  /** The core has taken something in; what it asks for is still to be done. */
  readonly onTaken: (station: Station, input: Input, ready: Ready) => void;
  /** One step of the shell; false if it dies here. */
  readonly lives: (station: Station) => boolean;
  /** What a core judges by, from one start to the next. */
  readonly rules: (station: Station) => ConsensusRules;
  /** What of a record reaches the log: all of it, but where a bug is planted. */
  readonly toLog: (recorded: Recorded) => Recorded | null;
  /** The head that a transferred block leaves: the true one, but where a bug is planted. */
  readonly transferred: (head: Head) => Head;
}

/** Starts the core from the disk: with its log, and not yet allowed to vote if others could know more. */
export function startStation(station: Station, ports: StationPorts): void {
  if (station.core !== null) return;
  const { disk } = station;
  station.core = createReplicaUnder(
    ports.rules(station),
    station.device,
    disk.head,
    station.rulesKnown,
  );
  station.run += 1;
  ports.onStarted(station);
  const log = disk.log.slice();
  obey(station, ports, step(station.core, { type: "resumed", log, aloneMs: disk.aloneMs }));
  work(station, ports);
}

export function feed(station: Station, ports: StationPorts, input: Input): Ready | null {
  if (station.core === null) return null;
  const ready = step(station.core, input);
  ports.onTaken(station, input, ready);
  obey(station, ports, ready);
  return ready;
}

/** Gives the core what waits. */
export function work(station: Station, ports: StationPorts): void {
  feed(station, ports, workOf(station, ports));
}

/** A block that came by state transfer and was judged. */
export function adopt(station: Station, ports: StationPorts, block: Certified, head: Head): void {
  apply(station, ports, block, head);
  station.disk.head = ports.transferred(station.disk.head);
  if (station.core === null) return;
  step(station.core, { type: "advanced", head: station.disk.head });
  work(station, ports);
}

function workOf({ disk }: Station, ports: StationPorts): Input {
  return { type: "work", pending: [...disk.pending.values()], now: ports.now() };
}

function obey(station: Station, ports: StationPorts, first: Ready): void {
  const queue = [first];
  for (let ready = queue.shift(); ready !== undefined; ready = queue.shift()) {
    for (const request of ready.record) {
      const recorded = record(station, ports, request);
      if (recorded === null || station.core === null) return;
      queue.push(step(station.core, { type: "recorded", recorded }));
    }
    for (const message of ready.send) {
      if (!ports.lives(station)) return;
      ports.send(station, message);
    }
    for (const one of ready.evidence) ports.onEvidence(station, one);
    if (ready.isRefused) ports.onSilenced(station);
    if (ready.aloneMs !== null) station.disk.aloneMs = ready.aloneMs;
    for (const { transaction, reason } of ready.misfits) {
      if (isHopeless(station, transaction, reason)) {
        station.disk.pending.delete(toHex(transaction.id));
      }
    }
    if (ready.finalised !== null) {
      if (!finish(station, ports, ready.finalised) || station.core === null) return;
      queue.push(step(station.core, workOf(station, ports)));
    }
  }
}

/** Whether what is refused so is let go of, and not taken where the head alone says it. */
export function isHopeless(
  station: Station,
  transaction: VerifiedTransaction,
  reason: Refusal,
): boolean {
  return (
    reason === "repeated" ||
    reason === "expired" ||
    reason.includes("invite") ||
    isTooLate(station, transaction)
  );
}

/** A change of the set that was for a block long since built upon. */
function isTooLate({ disk }: Station, { content }: VerifiedTransaction): boolean {
  if (content.body.type !== "replicas-changed") return false;
  const parent = toHex(content.body.parent);
  return disk.passed.has(parent) && toHex(disk.head.hash) !== parent;
}

function finish(station: Station, ports: StationPorts, finalised: Finalised): boolean {
  if (!ports.lives(station)) return false;
  apply(station, ports, finalised, finalised.head);
  return true;
}

function record(station: Station, ports: StationPorts, request: RecordRequest): Recorded | null {
  const recorded = sign(station, ports, request);
  if (!ports.lives(station)) return null;
  const written = ports.toLog(recorded);
  if (written !== null) station.disk.log.push(written);
  ports.onRecorded(station, recorded);
  return ports.lives(station) ? recorded : null;
}

function sign({ signer, device }: Station, ports: StationPorts, request: RecordRequest): Recorded {
  if (request.phase === "view-change") {
    const { body, prepared } = request;
    const signature = signer.sign("view-change", ports.family, encodeViewChange(body));
    return { request, change: { body, prepared, replica: device, signature } };
  }
  const { phase, body } = request;
  const signature = signer.sign(phase, ports.family, encodeVote(body));
  return { request, vote: { phase, body, replica: device, signature } };
}

function apply(station: Station, ports: StationPorts, block: Certified, head: Head): void {
  const { disk } = station;
  disk.chain[head.state.height - 1] = block;
  disk.passed.add(toHex(disk.head.hash));
  disk.head = ports.onFinalised(station, block, head);
  // The same, but where a planted bug keeps another.
  if (station.core !== null) station.core.head = disk.head;
  disk.log = [];
  disk.aloneMs = 0;
}
