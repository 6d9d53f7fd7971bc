/**
 * Judges of back-dating in the spread world: by what each honest device was given, no product code asked.
 * A device that was given a register of somebody accepts nothing of that one's, in the end, that is dated
 * before it and was not in it; what one refuses for it all refuse. SPEC SI33, SI58.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { compareClock, EMERGENCY_STREAM, streamKey } from "../workers/core/gossip/header.ts";
import type { Register } from "../workers/core/gossip/register.ts";
import { honestOf } from "./spread-end.ts";
import type { Mote, Spread } from "./spread-parts.ts";

const DAY_MS = 86_400_000;

export interface SpreadDating {
  /** What some device accepts although it was given a register that denies it; in words. */
  readonly believed: () => readonly string[];
}

export function watchDating(spread: Spread): SpreadDating {
  /** Of each device, of the registers with the same last entries the latest: it denies all that they do. */
  const given = new Map<Mote, Map<Hex, Map<string, Register>>>();
  spread.watches.push({
    came: (to, _from, frame) => {
      if (to.alter !== null || (frame.type !== "register" && frame.type !== "dated")) return;
      const { register } = frame.register;
      // What is that far ahead is not taken.
      if (register.clock.ms > spread.wall(to) + DAY_MS) return;
      const books = given.get(to) ?? new Map<Hex, Map<string, Register>>();
      given.set(to, books);
      const device = toHex(register.device);
      const book = books.get(device) ?? new Map<string, Register>();
      books.set(device, book);
      const ends = register.heads.map(({ stream, seq }) => `${stream}/${seq}`).join();
      const before = book.get(ends);
      if (before === undefined || compareClock(register.clock, before.clock) > 0) {
        book.set(ends, register);
      }
    },
  });
  return { believed };

  function believed(): readonly string[] {
    return honestOf(spread).flatMap((mote) =>
      [...mote.core.streams.values()].flatMap(({ author, number, known }) => {
        const registers = [...(given.get(mote)?.get(toHex(author))?.values() ?? [])];
        if (number === EMERGENCY_STREAM) return [];
        const wrong = [...known.values()].find(
          ({ verdict, header }) =>
            verdict.type === "accepted" &&
            registers.some(
              ({ clock, heads }) =>
                compareClock(header.clock, clock) <= 0 &&
                header.seq > (heads.find((one) => one.stream === number)?.seq ?? 0),
            ),
        );
        if (wrong === undefined) return [];
        const key = `${streamKey(author, number)}/${wrong.header.seq}`;
        return [`G4 ${mote.index} accepts ${key}, dated before a register without it`];
      }),
    );
  }
}

/**
 * From which number on some honest device refuses a stream for its dates: of each the lowest; and whether
 * somebody still has that entry, without which nobody is shown why.
 */
export function datedFrom(
  spread: Spread,
): ReadonlyMap<string, { readonly from: number; readonly isShown: boolean }> {
  const lowest = new Map<string, number>();
  const honest = honestOf(spread);
  for (const { core } of honest) {
    for (const [key, { datedAt }] of core.streams) {
      if (datedAt !== null) lowest.set(key, Math.min(datedAt, lowest.get(key) ?? datedAt));
    }
  }
  return new Map(
    [...lowest].map(([key, from]) => {
      const isShown = honest.some((one) => one.core.streams.get(key)?.known.has(from) === true);
      return [key, { from, isShown }];
    }),
  );
}

/** G5: who has something at or above such a number and does not know of it, as long as it can be shown. */
export function undated(spread: Spread): readonly string[] {
  const honest = honestOf(spread);
  return [...datedFrom(spread)].flatMap(([key, { from, isShown }]) => {
    return honest.flatMap(({ core, index }) => {
      const stream = core.streams.get(key);
      const isConcerned = [...(stream?.known.keys() ?? [])].some((seq) => seq >= from);
      // Of two at one number it may keep the one that nothing contradicts, and refuses both as forked.
      const isForked = stream?.forkAt !== null && (stream?.forkAt ?? from) <= from;
      if (!isShown || !isConcerned || isForked || stream?.datedAt === from) return [];
      return [`G5 ${index} does not know that ${key} is dated back from ${from} on`];
    });
  });
}
