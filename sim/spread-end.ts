/**
 * What must be so in the spread world when faults are over and everybody has had time: all have all
 * (G1), with the same verdicts (G5), delivered is said of what was accepted (D1), and then all is
 * quiet (G6). SPEC SI33.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { streamKey } from "../workers/core/gossip/header.ts";
import { spreadOf } from "../workers/core/gossip/reporting.ts";
import { datedFrom } from "./spread-dating.ts";
import { idOf } from "./spread-frames.ts";
import type { SpreadJudge } from "./spread-judge.ts";
import type { Mote, Spread } from "./spread-parts.ts";
import type { Truth } from "./spread-truth.ts";

const DAY_MS = 86_400_000;
/** In a quiet half minute: an idle register, and one that was due. */
const SIGNED_IN_QUIET = 2;
/** A liar's claims are asked for once after each of its registers. */
const QUESTIONS_A_LIAR = 4;
const SHOWN_MAX = 5;
/** What an author may make others store at once; and the largest body. */
const QUOTA_BYTES = 32 * 1024 * 1024;
const LARGEST_BYTES = 40_000;

/** G1: what some honest device has, or an honest one wrote, and another has not; in words. */
export function missing(spread: Spread, truth: Truth): readonly string[] {
  const honest = honestOf(spread);
  const floor = Math.max(...honest.map((one) => one.core.floorDay));
  const all = new Map<string, Mote["index"]>();
  const dated = datedFrom(spread);
  for (const { key, by, entry } of spread.published) {
    if (spread.motes[by]?.alter === null && dayOf(entry.header.clock.ms) > floor) all.set(key, by);
  }
  for (const mote of honest) {
    for (const [key, { header, id }] of mote.stored) {
      const expected = truth.expect(toHex(id), header, mote.height);
      // Of a fork each has what it was told first, and the other's body may be gone.
      const isProven = dated.get(streamKey(header.author, header.stream))?.isShown ?? true;
      const isOpen = expected.type === "forked" || (expected.type === "dated" && !isProven);
      if (!isOpen && dayOf(header.clock.ms) > floor) all.set(key, mote.index);
    }
  }
  return honest.flatMap((mote) =>
    [...all]
      .filter(([key]) => !mote.stored.has(key))
      .map(([key, by]) => `G1 ${mote.index} lacks ${key} of ${by}`),
  );
}

/** D1: the author's word is what the reader's device has accepted; what is not said yet. */
export function undelivered(spread: Spread, truth: Truth, judge: SpreadJudge): readonly string[] {
  const open: string[] = [];
  const isHeldBack = mayHoldBack(spread) && judge.isAnyGone();
  for (const { key, by, entry } of spread.published) {
    const [author] = spread.motes.slice(by, by + 1);
    if (author === undefined || author.alter !== null || !author.stored.has(key)) continue;
    const recipients = entry.header.recipients.map(({ device }) => device);
    const { reached } = spreadOf(author.core, entry.header, recipients);
    for (const reader of spread.motes) {
      if (reader.alter !== null || !recipients.some((one) => toHex(one) === reader.name)) continue;
      const isShown = judge.bookOf(reader).shown.has(idOf(entry));
      if (reached.has(reader.name) && !isShown && !isHeldBack) {
        spread.violations.push(`D1 ${by} says that ${key} has reached ${reader.index}`);
      }
      const isRight = truth.expect(idOf(entry), entry.header, author.height).type === "accepted";
      const isKept = dayOf(entry.header.clock.ms) > author.core.floorDay && reader.stored.has(key);
      if (isRight && isKept && isShown && !reached.has(reader.name)) {
        open.push(`D1 ${by} does not say that ${key} has reached ${reader.index}`);
      }
    }
  }
  return open;
}

/** G5: everybody says of everything the same, and what it is. */
export function judgeAgreement(spread: Spread, truth: Truth, judge: SpreadJudge): void {
  const honest = honestOf(spread);
  const dated = datedFrom(spread);
  const isHeldBack = mayHoldBack(spread) && judge.isAnyGone();
  for (const mote of honest) {
    for (const stream of mote.core.streams.values()) {
      const streamName = streamKey(stream.author, stream.number);
      for (const [seq, { id, header, verdict }] of stream.known) {
        const key = `${streamName}/${seq}`;
        const expected = truth.expect(toHex(id), header, mote.height);
        if (expected.type === "forked") continue;
        const own = truth.ownFault(toHex(id), header, mote.height);
        const { from = Infinity, isShown = true } = dated.get(streamName) ?? {};
        const isDated = expected.type === "dated" && seq >= from;
        // Who came when the proof was gone believes it, or does not take what comes without a body.
        if (isDated && !isShown) continue;
        const plain = expected.type === "dated" ? expected.otherwise : expected;
        const rule = plain.type === "refused" ? plain.rule : plain.type;
        const shouldBe = isDated ? "backdated" : rule;
        const is = verdict.type === "refused" ? verdict.rule : verdict.type;
        if (is === shouldBe || (is === own && !isDated)) continue;
        if (is === "provisional" && isHeldBack) continue;
        // What a liar keeps back is waited for; what an honest device wrote never is, in the end.
        const isOfLiar = spread.motes.some((one) => one.alter !== null && key.startsWith(one.name));
        if (
          is === "provisional" &&
          isOfLiar &&
          !hasAllBefore(mote, stream.first, header.seq, key)
        ) {
          continue;
        }
        spread.violations.push(`G5 ${mote.index} says ${is} of ${key} in the end: ${shouldBe}`);
      }
    }
  }
}

/** G5 of forks: what one honest device knows to be forked everybody refuses who has it. */
export function unheard(spread: Spread): readonly string[] {
  const honest = honestOf(spread);
  return honest.flatMap((mote) =>
    [...mote.core.streams].flatMap(([key, { proof, known }]) => {
      if (proof === null || !known.has(proof.header.seq)) return [];
      return honest.flatMap((other) => {
        const theirs = other.core.streams.get(key);
        const believed = [...(theirs?.known ?? [])].find(
          ([seq, { verdict }]) => seq >= proof.header.seq && verdict.type === "accepted",
        );
        if (believed === undefined) return [];
        return [`G5 ${other.index} accepts ${key}/${believed[0]}, which ${mote.index} saw forked`];
      });
    }),
  );
}

/** G5 of forks: where two honest devices have different entries at one number, all know that it is forked. */
export function torn(spread: Spread): readonly string[] {
  const honest = honestOf(spread);
  const ids = new Map<string, Map<number, Hex>>();
  const tornAt = new Map<string, number>();
  for (const mote of honest) {
    for (const [key, { known }] of mote.core.streams) {
      const seen = ids.get(key) ?? new Map<number, Hex>();
      ids.set(key, seen);
      for (const [seq, { id }] of known) {
        const other = seen.get(seq);
        if (other === undefined) seen.set(seq, toHex(id));
        else if (other !== toHex(id)) tornAt.set(key, Math.min(seq, tornAt.get(key) ?? seq));
      }
    }
  }
  return [...tornAt].flatMap(([key, from]) =>
    honest.flatMap(({ core, index }) => {
      const stream = core.streams.get(key);
      if (stream?.known.has(from) !== true) return [];
      const isKnown = stream.forkAt !== null && stream.forkAt <= from;
      return isKnown ? [] : [`G5 ${index} knows one ${key}/${from}, of which others have another`];
    }),
  );
}

/** G6: in a quiet half minute nobody asks, pushes or has words to say, and registers are few. */
export function judgeQuiet(spread: Spread, judge: SpreadJudge, liars: number): void {
  for (const mote of honestOf(spread)) {
    const { core, index } = mote;
    const { questions, signed, pushed, drilled } = judge.bookOf(mote);
    const tell = (what: string): void => void spread.violations.push(`G6 ${index} ${what}`);
    if (core.untold.length > 0) tell("still has words to say");
    if (questions > liars * QUESTIONS_A_LIAR) tell(`asked ${questions} times in quiet`);
    if (drilled > 0) tell(`looked ${drilled} times for what does not differ`);
    if (pushed > 0) tell(`pushed ${pushed} in quiet`);
    if (signed > SIGNED_IN_QUIET) tell(`signed ${signed} registers in quiet`);
    const parked = [...core.parked.values()].flat();
    if (parked.some((one) => one.entry.header.height <= mote.height && one.why === "height")) {
      tell("keeps parked what it could take");
    }
  }
}

/** G6: no author makes an honest device store more than its quota, by the bytes that are on the disk. */
export function judgeDisks(spread: Spread): void {
  for (const { stored, index } of honestOf(spread)) {
    const streams = new Map<string, { bytes: number; from: number; to: number }>();
    for (const { entry, header } of stored.values()) {
      const key = streamKey(header.author, header.stream);
      const { ms } = header.clock;
      const one = streams.get(key) ?? { bytes: 0, from: ms, to: ms };
      streams.set(key, one);
      one.bytes += entry.body.length;
      one.from = Math.min(one.from, ms);
      one.to = Math.max(one.to, ms);
    }
    for (const [key, { bytes, from, to }] of streams) {
      const share = key.endsWith("/0") ? 1 : key.endsWith("/30") ? 8 : 32;
      const isOver = bytes > (QUOTA_BYTES + ((to - from) / 1_000) * 128) / share + LARGEST_BYTES;
      if (isOver) spread.violations.push(`G6 ${index} stores ${bytes} bytes of ${key}`);
    }
  }
}

/** Whether something is dated so that it will only be taken on a later day. */
export function waitsForTime(spread: Spread): boolean {
  return honestOf(spread).some(
    (mote) =>
      mote.core.clock.ms > spread.wall(mote) + DAY_MS / 24 / 60 ||
      [...mote.core.parked.values()].flat().some((one) => one.why === "clock"),
  );
}

/** A liar that says it has what is gone everywhere: who lacks it waits for that (LIMITS). */
function mayHoldBack({ motes }: Spread): boolean {
  return motes.some((one) => one.claims);
}

export function honestOf({ motes }: Spread): readonly Mote[] {
  return motes.filter((one) => one.alter === null);
}

/** For people: not more than a few. */
export function some(lines: readonly string[]): readonly string[] {
  return lines.slice(0, SHOWN_MAX);
}

function hasAllBefore(mote: Mote, first: number, seq: number, key: string): boolean {
  const stream = key.slice(0, key.lastIndexOf("/"));
  for (let before = first; before < seq; before += 1) {
    if (!mote.stored.has(`${stream}/${before}`)) return false;
  }
  return true;
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
