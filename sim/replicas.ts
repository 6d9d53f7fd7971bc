/**
 * Several replicas of the consensus core itself, `step` unchanged, over a network that loses,
 * doubles, reorders and delays, with crashes between signing, logging, sending and applying, one
 * lying replica where n allows for one, and forged certificates. The shell here is the simulator's
 * own and small; the whole node is family.ts's. View changes do not exist yet, so nothing is asked
 * for while the primary lies. SPEC SI21.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import {
  decodeConsensus,
  encodeConsensus,
  type ConsensusMessage,
  type VerifiedVote,
} from "../workers/core/consensus/messages.ts";
import {
  createReplica,
  messagesInFlight,
  step,
  type Ready,
  type RecordRequest,
  type Replica,
} from "../workers/core/consensus/replica.ts";
import {
  blockHashOf,
  encodeVote,
  type Block,
  type Certificate,
} from "../workers/core/ledger/block.ts";
import { judgeBlock, type Head, type VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { execute } from "../workers/core/ledger/execute.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { voteOf } from "../workers/node/verify.ts";
import { quorum } from "./checkers/chain.ts";
import { EPOCH_MS } from "./device-clock.ts";
import type { SeedResult } from "./family.ts";
import { createOracle, isSigned } from "./oracle-crypto.ts";
import type { Plant } from "./plant.ts";
import { createReplicaFamily } from "./replica-family.ts";
import { createScheduler } from "./scheduler.ts";
import { createTrace } from "./trace.ts";
import type { Violation } from "./world.ts";

interface Finalised {
  readonly verified: VerifiedBlock;
  readonly certificate: Certificate;
}

interface Station {
  readonly name: string;
  readonly index: number;
  readonly isLiar: boolean;
  /** Survives crashes. */
  readonly disk: {
    log: { readonly request: RecordRequest; readonly vote: VerifiedVote }[];
    readonly chain: Finalised[];
    readonly pending: Map<Hex, VerifiedTransaction>;
    head: Head;
  };
  /** Null while it is down. */
  core: Replica | null;
  /** Steps of its shell until it dies; -1: no death planned. */
  fuse: number;
}

type Packet =
  | { readonly type: "consensus"; readonly bytes: Uint8Array }
  | { readonly type: "transaction"; readonly transaction: VerifiedTransaction }
  | { readonly type: "height"; readonly height: number }
  | { readonly type: "block"; readonly finalised: Finalised };

const SAFETY_MS = 40_000;
const LIVENESS_MS = 60_000;
const STATUS_EVERY_MS = 1_000;
const SIZES = [1, 3, 4, 4, 5, 7];

export interface ReplicasOptions {
  readonly plant: Plant | null;
  readonly print: ((line: string) => void) | null;
}

export function runReplicas(seed: number, { plant, print }: ReplicasOptions): SeedResult {
  const [a, b, c, d] = seedWords(seed);
  const random: Random = createRandom([a ^ 77, b, c, d]);
  const scheduler = createScheduler(createRandom([a ^ 78, b, c, d]));
  const trace = createTrace(() => scheduler.now(), print);
  const oracle = createOracle();
  const size = SIZES[random.below(SIZES.length)] ?? 1;
  const family = createReplicaFamily(oracle, random, size);
  const q = quorum(size);
  const faulty = size >= 4 && random.below(2) === 0 ? random.below(size) : -1;
  const lossFraction = random.fraction() * 0.3;
  const duplicateFraction = random.fraction() * 0.5;
  const delayMeanMs = 5 + random.below(400);
  const violations: Violation[] = [];
  const hashes = new Map<number, Hex>();
  const voted = new Map<string, Hex>();
  const executed = new Map<Hex, number>();
  let isCalm = false;
  let events = 0;

  const stations = family.members.map((_, index): Station => ({
    name: `r${index}`,
    index,
    isLiar: index === faulty,
    disk: { log: [], chain: [], pending: new Map(), head: family.head },
    core: null,
    fuse: -1,
  }));
  const now = (): number => Math.floor(EPOCH_MS + scheduler.now());

  for (const station of stations) start(station);
  const work = (): void => {
    scheduler.after(200 + random.below(3_000), "transaction", () => {
      if (isCalm) return;
      const transaction = family.transact(random.below(size), now());
      const at = stations[random.below(size)];
      if (at?.core !== null && at !== undefined) takeTransaction(at, transaction);
      work();
    });
  };
  const trouble = (): void => {
    scheduler.after(500 + random.below(6_000), "crash", () => {
      if (isCalm) return;
      const at = stations[random.below(size)];
      if (at !== undefined && !at.isLiar) at.fuse = random.below(6);
      trouble();
    });
  };
  const chatter = (): void => {
    scheduler.after(STATUS_EVERY_MS, "status", () => {
      for (const station of stations) speak(station);
      chatter();
    });
  };
  work();
  trouble();
  chatter();
  if (faulty >= 0 || plant?.countsSignatures === true) forge();

  run(SAFETY_MS);
  isCalm = true;
  for (const station of stations) {
    station.fuse = -1;
    start(station);
  }
  const calmSince = scheduler.now();
  do run(scheduler.now() + STATUS_EVERY_MS);
  while (
    violations.length === 0 &&
    whatIsOpen().length > 0 &&
    scheduler.now() < calmSince + LIVENESS_MS
  );
  return {
    seed,
    violations,
    stuck: violations.length > 0 ? [] : whatIsOpen(),
    events,
    commits: hashes.size,
    delivered: 0,
    trace: trace.digest(),
  };

  function run(until: number): void {
    while (violations.length === 0 && (scheduler.peekTime() ?? until) <= until) {
      const event = scheduler.next();
      events += 1;
      trace.note(event?.label ?? "");
      void event?.run();
    }
    if (violations.length === 0) scheduler.advanceTo(until);
  }

  function violate(rule: string, detail: string): void {
    trace.note(`VIOLATION ${rule} ${detail}`);
    violations.push({ rule, tick: Math.round(scheduler.now()), detail });
  }

  /** Once faults are over: equal heads and nothing pending, unless a liar leads. */
  function whatIsOpen(): readonly string[] {
    const honest = stations.filter((one) => !one.isLiar);
    const primary = toHex(family.head.primary);
    const leads = stations.some(
      (one) =>
        one.isLiar && toHex(family.members[one.index]?.device ?? new Uint8Array()) === primary,
    );
    if (leads) return [];
    const heights = new Set(honest.map((one) => one.disk.head.state.height));
    const open = heights.size > 1 ? [`heights ${[...heights].join(", ")}`] : [];
    const waiting = honest.filter((one) => workOf(one) > 0);
    return [...open, ...waiting.map((one) => `${one.name} has ${workOf(one)} pending`)];
  }

  /** Transactions that the next block could hold. */
  function workOf({ disk }: Station): number {
    const { state } = disk.head;
    const context = { height: state.height + 1, time: Math.max(now(), state.time) };
    return [...disk.pending.values()].filter((one) => execute(state, one, context).ok).length;
  }

  function start(station: Station): void {
    if (station.core !== null) return;
    const me = deviceOf(station);
    station.core = createReplica(me, station.disk.head);
    if (plant?.forgetsVotes === true) station.disk.log = [];
    for (const recorded of station.disk.log.slice()) {
      if (station.core === null) return;
      obey(station, step(station.core, { type: "recorded", ...recorded }));
    }
    propose(station);
  }

  function deviceOf(station: Station): Uint8Array {
    return family.members[station.index]?.device ?? new Uint8Array(16);
  }

  /** One step of the shell; false if it died here. */
  function lives(station: Station): boolean {
    if (station.core === null) return false;
    if (station.fuse < 0) return true;
    station.fuse -= 1;
    if (station.fuse >= 0) return true;
    station.core = null;
    trace.note(`dies ${station.name}`);
    scheduler.after(100 + random.below(8_000), `start ${station.name}`, () => start(station));
    return false;
  }

  function propose(station: Station): void {
    if (station.core === null) return;
    const pending = [...station.disk.pending.values()];
    obey(station, step(station.core, { type: "work", pending, now: now() }));
  }

  function obey(station: Station, first: Ready): void {
    const queue = [first];
    for (let ready = queue.shift(); ready !== undefined; ready = queue.shift()) {
      for (const request of ready.record) {
        const vote = sign(station, request);
        if (!lives(station) || vote === null) return;
        station.disk.log.push({ request, vote });
        if (!lives(station) || station.core === null) return;
        queue.push(step(station.core, { type: "recorded", request, vote }));
      }
      for (const message of ready.send) {
        if (!lives(station)) return;
        say(station, message);
      }
      for (const { transaction, reason } of ready.misfits) {
        if (reason === "repeated" || reason === "expired" || reason.includes("invite")) {
          station.disk.pending.delete(toHex(transaction.id));
        }
      }
      if (ready.finalised !== null) {
        if (!lives(station)) return;
        apply(station, ready.finalised, ready.finalised.head);
        if (station.core === null) return;
        const pending = [...station.disk.pending.values()];
        queue.push(step(station.core, { type: "work", pending, now: now() }));
      }
    }
  }

  function sign(station: Station, request: RecordRequest): VerifiedVote | null {
    const member = family.members[station.index];
    if (member === undefined) return null;
    const { phase, body } = request;
    const signature = member.signer.sign(phase, family.family, encodeVote(body));
    return { phase, body, replica: member.device, signature };
  }

  function say(station: Station, message: ConsensusMessage): void {
    const vote = voteOf(family.family, message);
    const isOwn = toHex(vote.replica) === toHex(deviceOf(station));
    if (isOwn && !station.isLiar) {
      const { height, view, blockHash } = vote.body;
      const place = `${station.name}/${height}/${view}/${vote.phase}`;
      const earlier = voted.get(place);
      if (earlier !== undefined && earlier !== toHex(blockHash)) violate("I3", place);
      voted.set(place, toHex(blockHash));
    }
    const bytes = encodeConsensus(message);
    for (const other of stations) {
      if (other === station) continue;
      // A liar tells each of the others what it likes: here, a part of them nothing.
      if (station.isLiar && random.below(3) === 0) continue;
      send(station, other, { type: "consensus", bytes });
    }
  }

  function send(from: Station, to: Station, packet: Packet): void {
    if (!isCalm && random.fraction() < lossFraction) return;
    const copies = !isCalm && random.fraction() < duplicateFraction ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const delay = 1 - Math.log(1 - random.fraction()) * (isCalm ? 10 : delayMeanMs);
      scheduler.after(delay, `${packet.type} ${from.name}>${to.name}`, () =>
        receive(to, from, packet),
      );
    }
  }

  function receive(station: Station, from: Station, packet: Packet): void {
    if (station.core === null || !lives(station)) return;
    switch (packet.type) {
      case "transaction":
        takeTransaction(station, packet.transaction);
        break;
      case "height":
        for (const one of station.disk.chain.slice(packet.height, packet.height + 8)) {
          send(station, from, { type: "block", finalised: one });
        }
        break;
      case "block":
        takeBlock(station, packet.finalised);
        break;
      case "consensus":
        takeMessage(station, packet.bytes);
        break;
    }
  }

  function takeTransaction(station: Station, transaction: VerifiedTransaction): void {
    const id = toHex(transaction.id);
    const { state } = station.disk.head;
    if (state.executed.some((one) => toHex(one.id) === id)) return;
    if (station.disk.pending.has(id)) return;
    station.disk.pending.set(id, transaction);
    for (const other of stations) {
      if (other !== station) send(station, other, { type: "transaction", transaction });
    }
    propose(station);
  }

  function takeMessage(station: Station, bytes: Uint8Array): void {
    const decoded = decodeConsensus(bytes);
    if (!decoded.ok || station.core === null) return;
    const message = decoded.value;
    const vote = voteOf(family.family, message);
    if (!isVoteSigned(vote)) return;
    if (message.type !== "pre-prepare") {
      obey(station, step(station.core, { type: "vote", vote }));
      return;
    }
    const verified = verify(message.block);
    if (verified === null) return;
    const proposal = { verified, prepare: vote };
    obey(station, step(station.core, { type: "pre-prepare", message: proposal, now: now() }));
  }

  function isVoteSigned(vote: VerifiedVote): boolean {
    const key = family.members.find((one) => toHex(one.device) === toHex(vote.replica))?.signer;
    if (key === undefined) return false;
    const message = encodeVote(vote.body);
    return isSigned(oracle, key.publicKey, vote.phase, family.family, message, vote.signature);
  }

  function verify(block: Block): VerifiedBlock | null {
    const transactions = block.transactions.flatMap(
      (one) => family.known.get(toHex(one.bytes)) ?? [],
    );
    if (transactions.length !== block.transactions.length) return null;
    return { block, hash: blockHashOf(family.family, block.header), transactions };
  }

  function takeBlock(station: Station, finalised: Finalised): void {
    const { header } = finalised.verified.block;
    if (header.height !== station.disk.head.state.height + 1) return;
    if (!accepts(finalised)) return;
    const judged = judgeBlock(station.disk.head, finalised.verified);
    if (!judged.ok || station.core === null) return;
    apply(station, finalised, judged.head);
    if (station.core === null) return;
    step(station.core, { type: "advanced", head: station.disk.head });
    propose(station);
  }

  /** What a receiver checks: q distinct signers, or with the planted bug q signatures. */
  function accepts({ verified, certificate }: Finalised): boolean {
    const signers = signersOf(verified, certificate);
    const count = plant?.countsSignatures === true ? signers.length : new Set(signers).size;
    return signers.length === certificate.commits.length && count >= q;
  }

  function signersOf(verified: VerifiedBlock, { view, commits }: Certificate): readonly Hex[] {
    const { epoch, height } = verified.block.header;
    const body = { epoch, height, view, blockHash: verified.hash };
    return commits
      .filter((one) => isVoteSigned({ phase: "commit", body, ...one }))
      .map((one) => toHex(one.replica));
  }

  function apply(station: Station, finalised: Finalised, head: Head): void {
    const { height } = head.state;
    const { disk } = station;
    disk.chain[height - 1] = { verified: finalised.verified, certificate: finalised.certificate };
    disk.head = plant?.forgetsExecuted === true ? forgetful(head) : head;
    if (plant?.forgetsExecuted === true && station.core !== null) station.core.head = disk.head;
    disk.log = [];
    for (const { id } of finalised.verified.transactions) {
      if (plant?.forgetsExecuted !== true) disk.pending.delete(toHex(id));
    }
    if (station.isLiar) return;
    const signers = new Set(signersOf(finalised.verified, finalised.certificate));
    if (signers.size < q) violate("I2", `${station.name} at ${height}`);
    const known = hashes.get(height);
    if (known === undefined) {
      hashes.set(height, toHex(head.hash));
      for (const { id } of finalised.verified.transactions) {
        const earlier = executed.get(toHex(id));
        if (earlier !== undefined) violate("I9", `at ${earlier} and ${height}`);
        executed.set(toHex(id), height);
      }
    } else if (known !== toHex(head.hash)) violate("I1", `${station.name} at ${height}`);
  }

  /** What each sends from time to time: where it stands, and what is in flight. */
  function speak(station: Station): void {
    if (station.core === null) return;
    const { height } = station.disk.head.state;
    for (const other of stations) {
      if (other === station) continue;
      send(station, other, { type: "height", height });
      for (const message of messagesInFlight(station.core)) {
        send(station, other, { type: "consensus", bytes: encodeConsensus(message) });
      }
      for (const transaction of station.disk.pending.values()) {
        send(station, other, { type: "transaction", transaction });
      }
    }
  }

  /** A liar makes up a block and signs for it as often as a certificate has signatures. */
  function forge(): void {
    scheduler.after(3_000 + random.below(6_000), "forge", () => {
      const liar = stations[Math.max(0, faulty)];
      const member = family.members[liar?.index ?? 0];
      const victim = stations[random.below(size)];
      if (liar === undefined || member === undefined || victim === undefined) return;
      const genuine = victim.disk.chain.at(-1);
      if (genuine !== undefined && size > 1) {
        const header = { ...genuine.verified.block.header, height: victim.disk.head.state.height };
        const hash = blockHashOf(family.family, header);
        const { epoch, height } = header;
        const message = encodeVote({ epoch, height, view: 0, blockHash: hash });
        const signature = member.signer.sign("commit", family.family, message);
        const commits = Array.from({ length: q }, () => ({ replica: member.device, signature }));
        for (const other of stations) {
          send(liar, other, {
            type: "block",
            finalised: { verified: genuine.verified, certificate: { view: 0, commits } },
          });
        }
      }
      if (!isCalm) forge();
    });
  }
}

/** A state that has lost what says that something was done before. */
function forgetful(head: Head): Head {
  return { ...head, state: { ...head.state, executed: [], invites: [] } };
}
