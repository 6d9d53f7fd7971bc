/**
 * Simulated replicas, their network and their judge: who hears whom, how messages travel, what each
 * does with them, how they die and start. What happens when is decided elsewhere: by a seed
 * (replicas.ts) or by hand (scenarios.ts). SPEC SI21.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import { encodeConsensus, type ConsensusMessage } from "../workers/core/consensus/messages.ts";
import type { KnownVotes } from "../workers/core/consensus/replica-state.ts";
import { messagesInFlight } from "../workers/core/consensus/replica.ts";
import { TRUE_RULES } from "../workers/core/consensus/rules.ts";
import { execute } from "../workers/core/ledger/execute.ts";
import { RULES_VERSION } from "../workers/core/ledger/state.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import type { Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { createOracle } from "./oracle-crypto.ts";
import type { Plant } from "./plant.ts";
import { createChecks, type Checks } from "./replica-checks.ts";
import { createReplicaFamily, type ReplicaFamily } from "./replica-family.ts";
import type { ReplicaPlan } from "./replica-faults.ts";
import { createReplicaJudge, type ReplicaJudge } from "./replica-judge.ts";
import type { Scheduler } from "./scheduler.ts";
import {
  adopt,
  feed,
  isHopeless,
  startStation,
  work,
  type Certified,
  type Station,
  type StationPorts,
} from "./station.ts";
import type { Trace } from "./trace.ts";
import type { Violation } from "./world.ts";

type Packet =
  | { readonly type: "consensus"; readonly bytes: Uint8Array }
  | { readonly type: "transaction"; readonly transaction: VerifiedTransaction }
  | { readonly type: "height"; readonly height: number }
  | { readonly type: "known"; readonly known: KnownVotes }
  | { readonly type: "block"; readonly block: Certified };

/** A seed has some 15,000; one that runs into this feeds itself. */
const EVENTS_MAX = 500_000;

export interface ReplicaWorldOptions {
  readonly plan: ReplicaPlan;
  readonly plant: Plant | null;
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly isLinked: (from: Station, to: Station) => boolean;
  /** Milliseconds until each copy of a message arrives; none: it is lost. */
  readonly delays: () => readonly number[];
}

export interface ReplicaWorld {
  readonly family: ReplicaFamily;
  readonly checks: Checks;
  readonly stations: readonly Station[];
  readonly judge: ReplicaJudge;
  readonly violations: readonly Violation[];
  readonly events: () => number;
  /** A judge of a scenario of its own has something to say. */
  readonly violate: (rule: string, detail: string) => void;
  readonly nowOf: (station: Station) => number;
  readonly start: (station: Station) => void;
  /** It is closed: what is on its disk stays. */
  readonly close: (station: Station) => void;
  readonly tick: (station: Station, elapsedMs: number) => void;
  /** It says where it stands and what is in flight, as on connect. */
  readonly speak: (station: Station) => void;
  readonly take: (station: Station, transaction: VerifiedTransaction) => void;
  readonly say: (station: Station, message: ConsensusMessage) => void;
  readonly give: (from: Station, to: Station, block: Certified) => void;
  /** Runs events up to a time, or to the first broken rule. */
  readonly run: (untilMs: number) => void;
  /** Transactions that the next block could hold. */
  readonly workOf: (station: Station) => number;
}

const ROUND_TRIP_MS_MAX = 2_000;

export function createReplicaWorld(options: ReplicaWorldOptions): ReplicaWorld {
  const { plan, plant, random, scheduler, trace, isLinked } = options;
  const { size, liar } = plan;
  const oracle = createOracle();
  const family = createReplicaFamily(oracle, random, size, plan.spares);
  const checks = createChecks(oracle, family);
  const violations: Violation[] = [];
  const judge = createReplicaJudge({
    family,
    checks,
    isFaulty: (index) => index === liar || index === plan.rolledBack,
    nowOf,
    violate,
  });
  let events = 0;

  const indices = family.members.map((_, index) => index);
  // Twins: one key, one member, two machines that know nothing of each other.
  const twin = liar >= 0 && plan.isTwin ? [liar] : [];
  const stations = [...indices, ...twin].flatMap((index, at): Station[] => {
    const member = family.members[index];
    if (member === undefined) return [];
    return [
      {
        name: at < indices.length ? `r${index}` : `r${index}'`,
        index,
        isLiar: index === liar,
        device: member.device,
        signer: member.signer,
        disk: {
          log: [],
          aloneMs: 0,
          chain: [],
          pending: new Map(),
          done: new Set(),
          passed: new Set(),
          head: family.head,
        },
        rulesKnown: RULES_VERSION,
        core: null,
        run: 0,
        fuse: -1,
      },
    ];
  });

  let current: Station | undefined = stations[0];
  const ports: StationPorts = {
    family: family.family,
    now: () => (current === undefined ? EPOCH_MS : nowOf(current)),
    send: (station, message) => say(station, message),
    onFinalised: (station, block, head) => {
      if (!station.isLiar) judge.onFinalised(station, block, head);
      const kept = plant?.finalised?.(head) ?? head;
      // A state that forgot what was done has it done again.
      if (kept === head) {
        for (const { id } of block.verified.transactions) {
          station.disk.pending.delete(toHex(id));
          station.disk.done.add(toHex(id));
        }
      }
      return kept;
    },
    onRecorded: (station, recorded) => judge.onRecorded(station, recorded),
    onEvidence: (_station, evidence) => judge.onEvidence(evidence),
    onSilenced: (station) => judge.onSilenced(station),
    onStarted: (station) => judge.onStarted(station),
    onTaken: (station, input, ready) => judge.onTaken(station, input, ready),
    lives,
    // A liar goes on whatever is shown to it.
    rules: (station) => ({
      ...TRUE_RULES,
      ...(station.isLiar ? { isSameVote: () => true, coversChange: () => true } : {}),
      ...plant?.core?.(() => nowOf(station)),
    }),
    toLog: plant?.toLog ?? ((recorded) => recorded),
    transferred: plant?.transferred ?? ((head) => head),
  };

  return {
    family,
    checks,
    stations,
    judge,
    violations,
    events: () => events,
    violate,
    nowOf,
    start,
    close: (station) => {
      station.core = null;
    },
    tick,
    speak,
    take,
    say,
    give: (from, to, block) => send(from, to, { type: "block", block }),
    run,
    workOf,
  };

  function violate(rule: string, detail: string): void {
    trace.note(`VIOLATION ${rule} ${detail}`);
    violations.push({ rule, tick: Math.round(scheduler.now()), detail });
  }

  function nowOf(station: Station): number {
    return Math.floor(EPOCH_MS + scheduler.now() + (plan.clockOffsetsMs[station.index] ?? 0));
  }

  function run(untilMs: number): void {
    while (violations.length === 0 && (scheduler.peekTime() ?? untilMs) <= untilMs) {
      const event = scheduler.next();
      if (event === null) break;
      events += 1;
      trace.note(event.label);
      if (events === EVENTS_MAX) violate("X2", `${EVENTS_MAX} events: they never come to rest`);
      try {
        void event.run();
      } catch (error) {
        violate("X1", error instanceof Error ? error.message : String(error));
      }
    }
    if (violations.length === 0) scheduler.advanceTo(untilMs);
  }

  function workOf(station: Station): number {
    return [...station.disk.pending.values()].filter((one) => trial(station, one).ok).length;
  }

  /** What the head alone says to a transaction now. */
  function trial(station: Station, transaction: VerifiedTransaction): ReturnType<typeof execute> {
    const { state, hash } = station.disk.head;
    const time = Math.max(nowOf(station), state.time);
    const { rulesKnown } = station;
    const context = { height: state.height + 1, time, parent: hash, rulesKnown };
    return execute(state, transaction, context);
  }

  function start(station: Station): void {
    current = station;
    if (plant?.forgetsAwakeTime === true) station.disk.aloneMs = 0;
    startStation(station, ports);
  }

  function lives(station: Station): boolean {
    if (station.core === null) return false;
    if (station.fuse < 0) return true;
    station.fuse -= 1;
    if (station.fuse >= 0) return true;
    station.core = null;
    trace.note(`dies ${station.name}`);
    // An older state of the disk: what was signed since is not in it.
    if (station.index === plan.rolledBack && random.below(2) === 0) station.disk.log = [];
    const downMs = plan.downMeanMs * (0.2 + 1.6 * random.fraction());
    scheduler.after(downMs, `start ${station.name}`, () => start(station));
    return false;
  }

  function tick(station: Station, elapsedMs: number): void {
    current = station;
    if (station.core === null) return;
    const linked = stations
      .filter((one) => one.core !== null && one !== station && isLinked(station, one))
      .map((one) => one.device);
    const now = nowOf(station);
    const roundTripMs = plan.knowsRoundTrip ? Math.min(2 * plan.delayMeanMs, ROUND_TRIP_MS_MAX) : 0;
    feed(station, ports, { type: "tick", now, elapsedMs, linked, roundTripMs });
    rest(station);
  }

  function rest(station: Station): void {
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
    for (const delay of options.delays()) {
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
        return take(station, packet.transaction);
      case "height":
        return answer(station, from, packet.height);
      case "known":
        feed(station, ports, { type: "status", known: packet.known });
        return;
      case "block":
        return takeBlock(station, packet.block);
      case "consensus":
        takeMessage(station, packet.bytes);
        return rest(station);
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

  function take(station: Station, transaction: VerifiedTransaction): void {
    const id = toHex(transaction.id);
    const { pending, done } = station.disk;
    if (station.core === null || pending.has(id) || done.has(id)) return;
    const tried = trial(station, transaction);
    if (!tried.ok && isHopeless(station, transaction, tried.reason)) return;
    station.disk.pending.set(id, transaction);
    for (const other of stations) {
      if (other !== station) send(station, other, { type: "transaction", transaction });
    }
    current = station;
    work(station, ports);
  }

  function takeMessage(station: Station, bytes: Uint8Array): void {
    const input = checks.read(bytes, nowOf(station));
    if (input === null) return;
    const ready = feed(station, ports, input);
    // Every replica carries others' words on, once.
    if (station.core !== null && ready?.ignored === null && random.below(3) === 0) {
      for (const other of stations) {
        if (other !== station) send(station, other, { type: "consensus", bytes });
      }
    }
  }

  function takeBlock(station: Station, block: Certified): void {
    const { head } = station.disk;
    const { height } = block.verified.block.header;
    if (height !== head.state.height + 1 || station.core === null) return;
    if (!checks.isCertified(block, head, plant?.countsSignatures === true)) return;
    const judged = station.core.rules.judgeBlock(head, block.verified, station.rulesKnown);
    if (judged.ok) adopt(station, ports, block, judged.head);
  }

  function speak(station: Station): void {
    if (station.core === null) return;
    const { height } = station.disk.head.state;
    const inFlight = messagesInFlight(station.core).map((one) => encodeConsensus(one));
    for (const other of stations) {
      if (other === station) continue;
      send(station, other, { type: "height", height });
      for (const bytes of inFlight) send(station, other, { type: "consensus", bytes });
      for (const transaction of station.disk.pending.values()) {
        send(station, other, { type: "transaction", transaction });
      }
    }
  }
}
