/**
 * One replica of the simulated set: the consensus core, `step` unchanged, behind a small shell on a
 * disk that survives crashes. The shell obeys Ready as the node's does (sign, log, send, apply) and
 * can die between any two of these. It judges nothing: what it does is told to whoever watches.
 * SPEC SI21. Source: workers/node/consensus-keeper.ts, of which this is the synchronous twin.
 */
import { toHex, type DeviceId, type Hex } from "../workers/core/codec/ids.ts";
import { encodeViewChange, type ConsensusMessage } from "../workers/core/consensus/messages.ts";
import {
  createReplica,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
} from "../workers/core/consensus/replica-state.ts";
import { step } from "../workers/core/consensus/replica.ts";
import type { Evidence } from "../workers/core/consensus/tally.ts";
import { encodeVote, type Certificate } from "../workers/core/ledger/block.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
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
  /** Null while it is down. */
  core: Replica | null;
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
  /** One step of the shell; false if it dies here. */
  readonly lives: (station: Station) => boolean;
  /** A planted bug may sign before it writes. */
  readonly sendsBeforeLog: boolean;
}

/** Starts the core from the disk: with its log, and not yet allowed to vote if others could know more. */
export function startStation(station: Station, ports: StationPorts): void {
  if (station.core !== null) return;
  const { disk } = station;
  station.core = createReplica(station.device, disk.head);
  const log = disk.log.slice();
  obey(station, ports, step(station.core, { type: "resumed", log, aloneMs: disk.aloneMs }));
  work(station, ports);
}

export function feed(station: Station, ports: StationPorts, input: Input): Ready | null {
  if (station.core === null) return null;
  const ready = step(station.core, input);
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
      const isHopeless = reason === "repeated" || reason === "expired" || reason.includes("invite");
      if (isHopeless) station.disk.pending.delete(toHex(transaction.id));
    }
    if (ready.finalised !== null) {
      if (!finish(station, ports, ready.finalised) || station.core === null) return;
      queue.push(step(station.core, workOf(station, ports)));
    }
  }
}

function finish(station: Station, ports: StationPorts, finalised: Finalised): boolean {
  if (!ports.lives(station)) return false;
  apply(station, ports, finalised, finalised.head);
  return true;
}

function record(station: Station, ports: StationPorts, request: RecordRequest): Recorded | null {
  const recorded = sign(station, ports, request);
  if (!ports.lives(station)) return null;
  if (!ports.sendsBeforeLog) {
    station.disk.log.push(recorded);
    ports.onRecorded(station, recorded);
  }
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
  disk.head = ports.onFinalised(station, block, head);
  // The same, but where a planted bug keeps another.
  if (station.core !== null) station.core.head = disk.head;
  disk.log = [];
  disk.aloneMs = 0;
}
