/**
 * Several replicas of the consensus core over a network that loses, doubles, reorders, delays and
 * falls into groups, with deaths between signing, logging, sending and applying, wrong clocks, one
 * liar where n allows for one (silent to some, or twins with one key), and forged certificates. A
 * phase with faults in which nothing may break, then all heal and everything that can be done must
 * be done although the liar goes on. SPEC SI16, SI21.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import {
  decodeConsensus,
  encodeConsensus,
  type ConsensusMessage,
} from "../workers/core/consensus/messages.ts";
import type { Input, KnownVotes } from "../workers/core/consensus/replica-state.ts";
import { messagesInFlight } from "../workers/core/consensus/replica.ts";
import { judgeBlock, type Head } from "../workers/core/ledger/chain.ts";
import { execute } from "../workers/core/ledger/execute.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import { createRandom, seedWords, type Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import type { SeedResult } from "./family.ts";
import { createOracle } from "./oracle-crypto.ts";
import type { Plant } from "./plant.ts";
import { createReplicaFamily } from "./replica-family.ts";
import { drawGroups, drawReplicaPlan } from "./replica-faults.ts";
import { createReplicaJudge } from "./replica-judge.ts";
import { createChecks } from "./replica-checks.ts";
import { createScheduler } from "./scheduler.ts";
import {
  adopt,
  feed,
  startStation,
  work,
  type Certified,
  type Station,
  type StationPorts,
} from "./station.ts";
import { createTrace } from "./trace.ts";
import type { Violation } from "./world.ts";

type Packet =
  | { readonly type: "consensus"; readonly bytes: Uint8Array }
  | { readonly type: "transaction"; readonly transaction: VerifiedTransaction }
  | { readonly type: "height"; readonly height: number }
  | { readonly type: "known"; readonly known: KnownVotes }
  | { readonly type: "block"; readonly block: Certified };

const LIVENESS_MS = 120_000;
const STATUS_EVERY_MS = 1_000;
const TICK_MS = 100;

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
  const plan = drawReplicaPlan(random);
  const { size, liar } = plan;
  const family = createReplicaFamily(oracle, random, size);
  const checks = createChecks(oracle, family);
  const violations: Violation[] = [];
  const judge = createReplicaJudge(family, checks, (rule, detail) => {
    trace.note(`VIOLATION ${rule} ${detail}`);
    violations.push({ rule, tick: Math.round(scheduler.now()), detail });
  });
  let isCalm = false;
  let events = 0;

  const indices = family.members.map((_, index) => index);
  // Twins: one key, one member, two machines that know nothing of each other.
  const twin = liar >= 0 && plan.isTwin ? [liar] : [];
  const stations = [...indices, ...twin].flatMap((index, at): Station[] => {
    const member = family.members[index];
    if (member === undefined) return [];
    return [
      {
        name: at < size ? `r${index}` : `r${index}'`,
        index,
        isLiar: index === liar,
        device: member.device,
        signer: member.signer,
        disk: { log: [], aloneMs: 0, chain: [], pending: new Map(), head: family.head },
        core: null,
        fuse: -1,
      },
    ];
  });
  const everybody = new Set(stations.map((_, at) => at));
  let groups: readonly ReadonlySet<number>[] = [everybody];

  const nowOf = (station: Station): number =>
    Math.floor(EPOCH_MS + scheduler.now() + (plan.clockOffsetsMs[station.index] ?? 0));
  let current: Station | undefined = stations[0];
  const ports: StationPorts = {
    family: family.family,
    now: () => (current === undefined ? EPOCH_MS : nowOf(current)),
    send: (station, message) => say(station, message),
    onFinalised: (station, block, head) => {
      for (const { id } of block.verified.transactions) {
        if (plant?.forgetsExecuted !== true) station.disk.pending.delete(toHex(id));
      }
      if (!station.isLiar) judge.onFinalised(station, block, head);
      return plant?.forgetsExecuted === true ? forgetful(head) : head;
    },
    onRecorded: (station, recorded) => judge.onRecorded(station, recorded),
    onEvidence: (_station, evidence) => judge.onEvidence(evidence, liar),
    onSilenced: (station) => judge.onSilenced(station),
    lives,
    sendsBeforeLog: plant?.forgetsVotes === true,
  };

  for (const station of stations) begin(station);
  repeat(plan.workMeanMs, "transaction", () => {
    const transaction = family.transact(random.below(size), Math.floor(EPOCH_MS + scheduler.now()));
    const at = stations[random.below(stations.length)];
    if (at?.core !== null && at !== undefined) takeTransaction(at, transaction);
  });
  repeat(plan.deathMeanMs, "death", () => {
    const at = stations[random.below(stations.length)];
    if (at !== undefined) at.fuse = random.below(8);
  });
  repeat(plan.partitionMeanMs, "groups", () => {
    groups = random.below(4) === 0 ? [everybody] : drawGroups(random, stations.length);
  });
  every(STATUS_EVERY_MS, "status", () => {
    for (const station of stations) speak(station);
  });
  every(TICK_MS, "tick", () => {
    for (const station of stations) tick(station);
  });
  if (liar >= 0 || plant?.countsSignatures === true) repeat(4_000, "forge", forge);

  run(plan.safetyMs);
  isCalm = true;
  groups = [everybody];
  for (const station of stations) {
    station.fuse = -1;
    begin(station);
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
    commits: judge.commits(),
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

  /** A fault: again and again at random times until calm; never where the mean is 0. */
  function repeat(meanMs: number, label: string, happen: () => void): void {
    if (meanMs === 0) return;
    scheduler.after(meanMs * (0.3 + 1.4 * random.fraction()), label, () => {
      if (isCalm) return;
      happen();
      repeat(meanMs, label, happen);
    });
  }

  function every(ms: number, label: string, happen: () => void): void {
    scheduler.after(ms, label, () => {
      happen();
      every(ms, label, happen);
    });
  }

  /** Equal heads and nothing left that a block could hold. */
  function whatIsOpen(): readonly string[] {
    const honest = stations.filter((one) => !one.isLiar);
    const heights = new Set(honest.map((one) => one.disk.head.state.height));
    const open = heights.size > 1 ? [`heights ${[...heights].join(", ")}`] : [];
    const waiting = honest.filter((one) => workOf(one) > 0);
    return [...open, ...waiting.map((one) => `${one.name} has ${workOf(one)} pending`)];
  }

  /** Transactions that the next block could hold. */
  function workOf(station: Station): number {
    const { state, hash } = station.disk.head;
    const time = Math.max(nowOf(station), state.time);
    const context = { height: state.height + 1, time, parent: hash };
    return [...station.disk.pending.values()].filter((one) => execute(state, one, context).ok)
      .length;
  }

  function begin(station: Station): void {
    current = station;
    if (station.core === null && plant?.forgetsVotes === true) station.disk.log = [];
    startStation(station, ports);
  }

  function lives(station: Station): boolean {
    if (station.core === null) return false;
    if (station.fuse < 0) return true;
    station.fuse -= 1;
    if (station.fuse >= 0) return true;
    station.core = null;
    trace.note(`dies ${station.name}`);
    const downMs = plan.downMeanMs * (0.2 + 1.6 * random.fraction());
    scheduler.after(downMs, `start ${station.name}`, () => begin(station));
    return false;
  }

  function isLinked(from: Station, to: Station): boolean {
    const [x, y] = [stations.indexOf(from), stations.indexOf(to)];
    return groups.some((one) => one.has(x) && one.has(y));
  }

  function tick(station: Station): void {
    current = station;
    if (station.core === null) return;
    const linked = stations
      .filter((one) => one.core !== null && one !== station && isLinked(station, one))
      .map((one) => one.device);
    const now = nowOf(station);
    const roundTripMs = Math.min(2 * plan.delayMeanMs, 2_000);
    feed(station, ports, { type: "tick", now, elapsedMs: TICK_MS, linked, roundTripMs });
    if (station.core !== null && !station.isLiar) judge.onRest(station, station.core);
  }

  function say(station: Station, message: ConsensusMessage): void {
    if (!station.isLiar) judge.onSaid(station, message);
    const bytes = encodeConsensus(message);
    for (const other of stations) {
      if (other === station || other.index === station.index) continue;
      // A liar tells each of the others what it likes: here, a part of them nothing.
      if (station.isLiar && random.below(3) === 0) continue;
      send(station, other, { type: "consensus", bytes });
    }
  }

  function send(from: Station, to: Station, packet: Packet): void {
    if (!isLinked(from, to)) return;
    if (!isCalm && random.fraction() < plan.lossFraction) return;
    const copies = !isCalm && random.fraction() < plan.duplicateFraction ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const meanMs = isCalm ? 10 : plan.delayMeanMs;
      const delay = 1 - Math.log(1 - random.fraction()) * meanMs;
      scheduler.after(delay, `${packet.type} ${from.name}>${to.name}`, () =>
        receive(to, from, packet),
      );
    }
  }

  function receive(station: Station, from: Station, packet: Packet): void {
    current = station;
    if (station.core === null || !lives(station)) return;
    switch (packet.type) {
      case "transaction":
        return takeTransaction(station, packet.transaction);
      case "height":
        return answer(station, from, packet.height);
      case "known":
        feed(station, ports, { type: "status", known: packet.known });
        return;
      case "block":
        return takeBlock(station, packet.block);
      case "consensus":
        return takeMessage(station, packet.bytes);
    }
  }

  /** Blocks for who is behind; for who is level, what is known of its votes. */
  function answer(station: Station, to: Station, height: number): void {
    const { chain, head } = station.disk;
    for (const block of chain.slice(height, height + 8))
      send(station, to, { type: "block", block });
    if (height !== head.state.height || station.core === null) return;
    send(station, to, { type: "known", known: knownOf(station, to) });
  }

  function knownOf(station: Station, of: Station): KnownVotes {
    const { core, disk } = station;
    const isTheirs = (one: { readonly replica: Uint8Array }): boolean =>
      isSameBytes(one.replica, of.device);
    const votes =
      core === null
        ? []
        : Object.values(core.tallies).flatMap((tally) =>
            [...tally.views.values()].flatMap((view) => [...view.values()].filter(isTheirs)),
          );
    const changes = core === null ? [] : [...core.viewChanges.values()].filter(isTheirs);
    return { height: disk.head.state.height, votes, viewChanges: changes };
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
    current = station;
    work(station, ports);
  }

  function takeMessage(station: Station, bytes: Uint8Array): void {
    const decoded = decodeConsensus(bytes);
    if (!decoded.ok) return;
    const input: Input | null = checks.inputOf(decoded.value, nowOf(station));
    if (input === null) return;
    const ready = feed(station, ports, input);
    // Every replica carries others' words on, once.
    if (ready?.ignored === null && random.below(3) === 0) {
      for (const other of stations) {
        if (other !== station) send(station, other, { type: "consensus", bytes });
      }
    }
  }

  function takeBlock(station: Station, block: Certified): void {
    const { head } = station.disk;
    const { height } = block.verified.block.header;
    if (height !== head.state.height + 1 || station.core === null) return;
    if (!checks.isCertified(block, plant?.countsSignatures === true)) return;
    const judged = judgeBlock(head, block.verified);
    if (judged.ok) adopt(station, ports, block, judged.head);
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

  /** A liar signs for a block of its own as often as a certificate has signatures. */
  function forge(): void {
    const from = stations[Math.max(0, liar)];
    const victim = stations[random.below(stations.length)];
    if (from === undefined || victim === undefined || size === 1) return;
    const block = checks.forge(from, victim);
    if (block === null) return;
    for (const other of stations) send(from, other, { type: "block", block });
  }
}

/** A state that has lost what says that something was done before. */
function forgetful(head: Head): Head {
  return { ...head, state: { ...head.state, executed: [], invites: [] } };
}
