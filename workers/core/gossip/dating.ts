/**
 * Back-dating, by a device's own words: its clock strictly increases over entries and registers
 * together, so what it had written when it signed a register is older than that, and all else is later.
 * A register and an entry that contradict each other are signed by nobody's app; the two are kept and
 * shown as forks are (forks.ts). SPEC BK1 to BK8. Source: DESIGN §5.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { compareClock, DURABLE_STREAM, EMERGENCY_STREAM, streamKey } from "./header.ts";
import { hasSeq } from "./intervals.ts";
import { WITNESSES_MAX } from "./limits.ts";
import { showDating, type DoubtProof } from "./forks.ts";
import {
  contradicts,
  headIn,
  isJudged,
  type Register,
  type Signed,
  type VerifiedRegister,
} from "./register.ts";
import { anchorOf, streamOf, type Gossip } from "./state.ts";
import { markDated, type Change, type Known, type Stream } from "./stream.ts";
import type { LedgerView } from "./verdict.ts";

/** What became of it: verdicts that changed, and to whom the proof goes at once. */
export interface Dated {
  readonly changes: readonly Change[];
  readonly proofs: readonly DoubtProof[];
}

export const NOTHING_DATED: Dated = { changes: [], proofs: [] };

/** A register, new or old, against the entries of its device that are here. */
export function weighRegister(
  gossip: Gossip,
  signed: VerifiedRegister,
  ledger: LedgerView,
  now: number,
): Dated {
  const { device } = signed.register;
  const found = streamsOf(gossip, device).map((stream) => {
    const known = lowestAgainst(stream, signed.register);
    return known === null ? NOTHING_DATED : date(gossip, stream, known, signed, null, ledger, now);
  });
  return {
    changes: found.flatMap((one) => one.changes),
    proofs: found.flatMap((one) => one.proofs),
  };
}

/**
 * An entry that is about to be taken, against the registers of its device that are kept. Mine follow my
 * own clock; if that was lost with a disk, others say so.
 */
export function weighEntry(
  gossip: Gossip,
  stream: Stream,
  entry: Signed,
  ledger: LedgerView,
  now: number,
): Dated {
  if (isSameBytes(stream.author, gossip.me)) return NOTHING_DATED;
  const latest = gossip.registers.get(toHex(stream.author));
  const kept = latest === undefined ? stream.witnesses : [...stream.witnesses, latest];
  const against = kept.find(({ register }) => contradicts(register, entry));
  if (against === undefined) return NOTHING_DATED;
  return date(gossip, stream, entry, against, null, ledger, now);
}

/** From this entry on the stream is in doubt, if it was not before. `from` has shown it. */
export function date(
  gossip: Gossip,
  stream: Stream,
  { header }: Signed,
  by: VerifiedRegister,
  from: Hex | null,
  ledger: LedgerView,
  now: number,
): Dated {
  if (stream.datedAt !== null && stream.datedAt <= header.seq) return NOTHING_DATED;
  const changes = markDated(
    stream,
    header.seq,
    by,
    ledger,
    anchorOf(gossip, stream, now, ledger.head),
  );
  gossip.isDirty = true;
  return { changes, proofs: showDating(gossip, stream, header, by, from, now) };
}

/**
 * Keeps what an earlier register still has to say of what is not here: which entries came after it, and
 * which one was its last. `others`: registers of the device that are not its latest.
 */
export function keepWitnesses(
  gossip: Gossip,
  device: DeviceId,
  others: readonly VerifiedRegister[],
): void {
  const latest = gossip.registers.get(toHex(device));
  if (latest === undefined || isSameBytes(device, gossip.me)) return;
  const { heads } = latest.register;
  const named = heads.filter(({ seq, stream }) => seq > 0 && isJudged(stream));
  // Of what it names and nobody has shown yet, earlier ones say that it was not there.
  for (const { stream } of named) streamOf(gossip, device, stream);
  for (const stream of streamsOf(gossip, device)) {
    const all = [...stream.witnesses, ...others].sort(byClock).concat(latest);
    const isOpen = all.map((one, at) => isWitness(stream, one.register, all.slice(at + 1)));
    stream.witnesses = all.filter((_, at) => isOpen[at] === true).slice(0, WITNESSES_MAX);
  }
}

/**
 * Whether something that is not here could contradict it and none of the `later` ones: its own last
 * entry, or the next one where all of these have more.
 */
function isWitness(
  stream: Stream,
  register: Register,
  later: readonly VerifiedRegister[],
): boolean {
  if (later.length === 0) return false;
  const { seq, id } = headIn(register, stream.number);
  const heads = later.map((one) => headIn(one.register, stream.number));
  if (heads.some((one) => one.seq === seq && isSameBytes(one.id, id))) return false;
  const isLastOpen = seq > 0 && !isHad(stream, seq);
  return isLastOpen || (!isHad(stream, seq + 1) && heads.every((one) => one.seq > seq));
}

function isHad({ first, had }: Stream, seq: number): boolean {
  return seq < first || hasSeq(had, seq);
}

/**
 * The lowest entry that a register contradicts. Along a stream clocks rise, or `clock` refuses what
 * follows: where one at its head is older than the register, all below are, where one beyond is later,
 * all above are.
 */
function lowestAgainst(stream: Stream, register: Register): Known | null {
  const head = headIn(register, stream.number).seq;
  let found: Known | null = null;
  for (const known of downFrom(stream, head)) {
    if (!contradicts(register, known)) break;
    found = known;
  }
  if (found !== null) return found;
  for (const known of upFrom(stream, head + 1)) {
    if (contradicts(register, known)) return known;
    if (known.isLinked) return null;
  }
  return null;
}

function* downFrom({ had, known, first }: Stream, from: number): Generator<Known> {
  for (const range of had.toReversed()) {
    const low = Math.max(range.from, first);
    for (let seq = Math.min(range.to, from); seq >= low; seq -= 1) {
      const one = known.get(seq);
      if (one !== undefined) yield one;
    }
  }
}

function* upFrom({ had, known, first }: Stream, from: number): Generator<Known> {
  for (const range of had) {
    for (let seq = Math.max(range.from, from, first); seq <= range.to; seq += 1) {
      const one = known.get(seq);
      if (one !== undefined) yield one;
    }
  }
}

/** Streams of a device that are here. */
function streamsOf(gossip: Gossip, device: DeviceId): readonly Stream[] {
  const streams: Stream[] = [];
  for (let number = DURABLE_STREAM; number < EMERGENCY_STREAM; number += 2) {
    const stream = gossip.streams.get(streamKey(device, number));
    if (stream !== undefined) streams.push(stream);
  }
  return streams;
}

function byClock(one: VerifiedRegister, other: VerifiedRegister): number {
  return compareClock(one.register.clock, other.register.clock);
}
