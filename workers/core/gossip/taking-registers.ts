/**
 * Takes a register: of each device the latest is kept and handed on, and what it says moves anchors,
 * questions, ways and proofs. SPEC GP15, GP21, GP24, BK3, BK4, SD4, SD8. Source: DESIGN §5.
 */
import { toHex, type Hex } from "../codec/ids.ts";
import { findDevice } from "../ledger/state.ts";
import { ask } from "./asking.ts";
import { dayOf } from "./clock.ts";
import { compareFirst } from "./comparing.ts";
import { keepWitnesses, weighRegister } from "./dating.ts";
import { proofsFor } from "./forks.ts";
import { passClock } from "./arrivals.ts";
import { compareClock } from "./header.ts";
import { COPIES_MS, FUTURE_PARK_MS } from "./limits.ts";
import { ready, untaken, type GossipReady } from "./ready.ts";
import { coverageIn, type Register, type VerifiedRegister } from "./register.ts";
import { registerTargets } from "./register-rounds.ts";
import { graft, isInTime, isToBeSpared, noteWay, wishing } from "./spreading.ts";
import { anchorOf, durableStreams, lowestOf, type Gossip } from "./state.ts";
import { judgeAgain, type Stream } from "./stream.ts";
import type { LedgerView } from "./verdict.ts";

/** `from` is the linked device that sent it, null for my own. */
export function onRegister(
  gossip: Gossip,
  register: VerifiedRegister,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): GossipReady {
  const device = toHex(register.register.device);
  if (findDevice(ledger.head, register.register.device) === null) {
    return untaken("unknown-author", true);
  }
  if (register.register.clock.ms > now + FUTURE_PARK_MS) return untaken("far-future", false);
  const latest = gossip.registers.get(device);
  const isNewer =
    latest === undefined || compareClock(register.register.clock, latest.register.clock) > 0;
  if (!isNewer) {
    const stale = staleRegister(gossip, register.register, latest.register, from, now);
    // What it says of its own device's entries holds for ever.
    const dated = from === null ? null : weighRegister(gossip, register, ledger, now);
    if (dated !== null) keepWitnesses(gossip, register.register.device, [register]);
    return { ...stale, ...dated };
  }
  gossip.registers.set(device, register);
  passClock(gossip, register.register.clock, register.register.device, from, now);
  if (from === null) {
    const to = registerTargets(gossip, latest?.register ?? null, register.register, now);
    return ready({ registers: [{ register, to }] });
  }
  // From now on its register says what it has.
  gossip.peers.get(device)?.told.clear();
  const peer = gossip.peers.get(from);
  if (peer !== undefined && device === from) peer.isDry = false;
  const isRelayWorthwhile = device === from || !gossip.peers.has(device);
  const others = [...gossip.peers.keys()].filter((one) => one !== from && one !== device).sort();
  // Who was away is told to everybody: those that are not linked to it ask for what it says. So is
  // what came late: those that brought its word have it no more, others wait behind me.
  const isLate = !isInTime(gossip, device, now);
  const wishes =
    isLate && gossip.heardAt.has(device) ? graft(gossip, from, register.register.device) : [];
  gossip.heardAt.set(device, now);
  noteWay(gossip, nameOfRegister(register.register), from);
  const changes = durableStreams(gossip).flatMap((stream) =>
    isBeginningNew(stream, latest?.register ?? null, register.register, now) && isWaiting(stream)
      ? judgeAgain(stream, ledger, anchorOf(gossip, stream, now, ledger.head))
      : [],
  );
  const dated = weighRegister(gossip, register, ledger, now);
  keepWitnesses(gossip, register.register.device, latest === undefined ? [] : [latest]);
  const first = device === from ? compareFirst(gossip, from) : null;
  return ready({
    fingerprints: first?.say ?? [],
    changes: [...changes, ...dated.changes],
    registers: [
      {
        register,
        to: isRelayWorthwhile ? (isLate ? others : wishing(gossip, device, others, now)) : [],
      },
    ],
    wishes,
    want: ask(gossip, from, now),
    proofs: [...dated.proofs, ...(device === from ? proofsFor(gossip, from, now) : [])],
  });
}

function staleRegister(
  gossip: Gossip,
  { device, clock }: Register,
  latest: Register,
  from: Hex | null,
  now: number,
): GossipReady {
  const stale = untaken("stale-register", false);
  if (from === null || compareClock(clock, latest.clock) !== 0) return stale;
  // Later copies are those that a random peer is given, and say nothing of ways.
  if (Math.abs(now - (gossip.heardAt.get(toHex(device)) ?? 0)) > COPIES_MS) return stale;
  if (!isToBeSpared(gossip, device, nameOfRegister({ device, clock }), from)) return stale;
  return { ...stale, wishes: [{ to: from, author: device, isWanted: false }] };
}

function nameOfRegister({ device, clock }: Pick<Register, "device" | "clock">): string {
  return `${toHex(device)}@${clock.ms}.${clock.counter}`;
}

/** Whether a device's register may move a stream's anchor: it says another beginning than earlier today. */
function isBeginningNew(
  { author, number }: Stream,
  before: Register | null,
  next: Register,
  now: number,
): boolean {
  if (before === null || dayOf(before.clock.ms) < dayOf(now)) return true;
  const [was, is] = [before, next].map((one) => coverageIn(one, author, number));
  if (was === undefined || is === undefined) return was !== is;
  return was.first !== is.first || lowestOf(was) !== lowestOf(is);
}

function isWaiting(stream: Stream): boolean {
  return [...stream.known.values()].some((one) => !one.isLinked);
}
