/**
 * Places in the spread world: who says where it is, and judges of what each honest device shows. Kept in
 * books of their own: of each author the newest that was given, and what is shown. A stop is an entry
 * like any other to whoever cannot open it, so "nothing after a stop" is "nothing older than the newest".
 * The core answers for a place until its time is over (PC7); one that is shown for longer is the shell's
 * to take away (PN6), which is not here.
 * SPEC SI41, SI42.
 */
import { compareBytes, toHex } from "../workers/core/codec/ids.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import { compareClock, isDurable, type Clock } from "../workers/core/gossip/header.ts";
import { FUTURE_ACCEPT_MS, PLACE_PASS_MS } from "../workers/core/gossip/limits.ts";
import type { GossipReady, PlaceNews } from "../workers/core/gossip/ready.ts";
import type { VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { Mote, Spread } from "./spread-parts.ts";
import type { Truth } from "./spread-truth.ts";

const DAY_MS = 86_400_000;
/** From a place that was given to its turn: two ticks more than it may take. */
const TURN_MS_MAX = PLACE_PASS_MS + 2_000;
/** What tells the two apart here, where no body is opened: a stop lives for a day. */
export const STOP_SECONDS = 86_400;
export const PLACE_SECONDS = 600;

interface Given {
  readonly entry: VerifiedEntry;
  readonly clock: Clock;
  readonly id: Uint8Array;
  /** Virtual milliseconds. */
  readonly at: number;
}

export interface SpreadPlaces {
  /** A device says where it is, or that it says so no more; null: its core does not let it. */
  readonly say: (by: Mote, isStop?: boolean, ttlSeconds?: number) => VerifiedEntry | null;
  /** What a device shows of another: a place's id, "stopped", or nothing. */
  readonly shownAt: (at: Mote, of: Mote) => string | null;
  /** Everybody honest says where it is; who of the others does not show it once all have had their turn. */
  readonly close: () => readonly string[];
}

export function watchPlaces(spread: Spread, truth: Truth): SpreadPlaces {
  const newest = new Map<string, Given>();
  const shown = new Map<string, PlaceNews>();
  /** Keys of `shown`: the time of what is there was over at a tick of that device. */
  const over = new Set<string>();
  const { scheduler, violations } = spread;
  spread.watches.push({ stepped });

  return {
    say: (by, isStop = false, ttlSeconds = PLACE_SECONDS) =>
      spread.place(by, isStop ? STOP_SECONDS : ttlSeconds),
    shownAt,
    close,
  };

  function broken(mote: Mote, what: string): void {
    violations.push(`PC ${mote.index} ${what}`);
  }

  function stepped(
    mote: Mote,
    input: GossipInput,
    ready: GossipReady,
    _view: unknown,
    now: number,
  ): void {
    if (mote.alter !== null) return;
    forget(mote, now);
    if (input.type === "entry") give(mote, input.entry, now);
    judgeKept(mote, ready);
    for (const news of ready.places) {
      const { author, clock, id, entry } = news;
      const key = `${mote.name}<${toHex(author)}`;
      const given = newest.get(key);
      if (given !== undefined && compareAge({ clock, id }, given) < 0) {
        broken(mote, `shows a place of ${toHex(author)} older than the latest that it was given`);
      }
      shown.set(key, news);
      over.delete(key);
      if (entry !== null && isForbidden(mote, entry)) broken(mote, "shows a place of who may not");
    }
    judgeGiven(mote, ready);
    if (input.type === "ledger") judgeRules(mote);
    if (input.type !== "tick") return;
    judgeNewest(mote, now);
    noteOver(mote, now);
  }

  /** Whatever is older than a day is not taken any more, and need not be remembered. */
  function forget(mote: Mote, now: number): void {
    for (const [key, { clock }] of newest) {
      if (key.startsWith(`${mote.name}<`) && clock.ms < now - DAY_MS) newest.delete(key);
    }
  }

  /** Notes what could be taken when it came. */
  function give(mote: Mote, entry: VerifiedEntry, now: number): void {
    const { header, id } = entry;
    const { kind, clock, height } = header;
    if (kind !== "place" || entry.entry.body.length === 0) return;
    const isTakable =
      clock.ms <= now + FUTURE_ACCEPT_MS && !isOver(entry, now) && height <= mote.height;
    const key = `${mote.name}<${toHex(header.author)}`;
    const before = newest.get(key);
    if (!isTakable || (before !== undefined && compareAge({ clock, id }, before) <= 0)) return;
    newest.set(key, { entry, clock, id, at: scheduler.now() });
  }

  /** Nothing ephemeral is stored, named in a register, told of or asked for. */
  function judgeKept(mote: Mote, ready: GossipReady): void {
    const wants = ready.want.flatMap((one) => one.wants);
    const words = ready.tell.flatMap((one) => one.has);
    const stored = ready.store.map(({ entry }) => entry.header);
    const named = ready.sign?.vector ?? [];
    for (const { stream } of [...wants, ...words, ...stored, ...named]) {
      if (!isDurable(stream)) broken(mote, "keeps, names or asks for what is ephemeral");
    }
  }

  function judgeRules(mote: Mote): void {
    for (const [key, { entry }] of shown) {
      if (!key.startsWith(`${mote.name}<`) || entry === null || over.has(key)) continue;
      if (isForbidden(mote, entry)) broken(mote, "goes on showing a place that a rule takes");
    }
  }

  /** Of these its core holds nothing more, also where its clock is set back later. */
  function noteOver(mote: Mote, now: number): void {
    for (const [key, { entry }] of shown) {
      if (!key.startsWith(`${mote.name}<`) || entry === null) continue;
      if (isOver(entry, now)) over.add(key);
    }
  }

  /** What is over is passed on to nobody. */
  function judgeGiven(mote: Mote, ready: GossipReady): void {
    for (const { entry, to } of ready.push) {
      const key = `${mote.name}<${toHex(entry.header.author)}`;
      const last = shown.get(key);
      if (to.length === 0 || !over.has(key) || last === undefined) continue;
      if (compareBytes(last.id, entry.id) === 0) broken(mote, "gives a place whose time is over");
    }
  }

  /** What was given a while ago is shown by now, a stop too. */
  function judgeNewest(mote: Mote, now: number): void {
    // By a clock that stands still no time has passed.
    if (mote.frozenAt !== null) return;
    for (const [key, { entry, id, at }] of newest) {
      if (!key.startsWith(`${mote.name}<`) || scheduler.now() - at < TURN_MS_MAX) continue;
      if (isOver(entry, now) || isForbidden(mote, entry)) continue;
      // What waited for the ledger may be newer than what was given since.
      const is = shown.get(key);
      if (is !== undefined && compareAge(is, { clock: entry.header.clock, id }) >= 0) continue;
      broken(
        mote,
        entry.header.ttlSeconds === STOP_SECONDS
          ? "shows a place after its stop"
          : "does not show the newest place",
      );
    }
  }

  function isForbidden(mote: Mote, { id, header }: VerifiedEntry): boolean {
    return truth.ownFault(toHex(id), header, mote.height) !== null;
  }

  function shownAt(at: Mote, of: Mote): string | null {
    const entry = shown.get(`${at.name}<${of.name}`)?.entry ?? null;
    if (entry === null) return null;
    return entry.header.ttlSeconds === STOP_SECONDS ? "stopped" : toHex(entry.id);
  }

  function close(): readonly string[] {
    const honest = spread.motes.filter((one) => one.alter === null);
    const said = honest.flatMap((by) => {
      const entry = spread.place(by, PLACE_SECONDS);
      return entry === null || isForbidden(by, entry) ? [] : [{ by, id: toHex(entry.id) }];
    });
    spread.run(scheduler.now() + 2 * TURN_MS_MAX);
    return said.flatMap(({ by, id }) =>
      honest
        .filter((one) => one !== by && !isGone(one) && shownAt(one, by) !== id)
        .map((one) => `PC ${one.index} does not show where ${by.index} is`),
    );
  }

  /** Taken out: nothing is sealed for it. */
  function isGone({ name, height }: Mote): boolean {
    const device = spread.family.viewAt(height).head.devices.find((one) => toHex(one.id) === name);
    return device === undefined || device.revoked !== null;
  }
}

function isOver({ header: { clock, ttlSeconds } }: VerifiedEntry, now: number): boolean {
  return clock.ms + Math.min(ttlSeconds * 1_000, DAY_MS) <= now;
}

function compareAge(
  one: { readonly clock: Clock; readonly id: Uint8Array },
  other: { readonly clock: Clock; readonly id: Uint8Array },
): number {
  return compareClock(one.clock, other.clock) || compareBytes(one.id, other.id);
}
