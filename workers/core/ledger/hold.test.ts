import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  deviceEntry,
  DAY,
  furtherDevice,
  HOUR,
  keyOf,
  NOW,
  type Actor,
} from "./family-fixture.suite.test.ts";
import {
  decodeHold,
  encodeHold,
  HOLD_BYTES_MAX,
  isInTime,
  isOpenToHeld,
  keptOf,
  maySay,
  standingOf,
  type Hold,
} from "./hold.ts";
import { HOLD_CLOCK_SLACK_MS, HOLD_KEPT_MS, HOLD_MS, HOLDS_MAX, VOICE_AGE_MS } from "./limits.ts";
import {
  AUNT,
  DAD,
  FAMILY_OF_EIGHT,
  GRAN,
  MIA,
  MR_LEE,
  MUM,
  TOM,
} from "./rules-fixture.suite.test.ts";
import { findMember, withEntry, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const say = (author: Actor, device: Actor, isHeld: boolean, time: number = NOW): Hold => ({
  author: author.device,
  device: device.device,
  isHeld,
  time,
});
const MUM_PHONE = furtherDevice(MUM, keyOf(92));
const withDevice = (device: Actor, registered: number): LedgerState => ({
  ...FAMILY_OF_EIGHT,
  devices: withEntry(FAMILY_OF_EIGHT.devices, deviceEntry(device, registered)),
});
const OLD_PHONE = withDevice(MUM_PHONE, NOW - VOICE_AGE_MS - DAY);
/** Gran is a parent too. */
const granny = findMember(FAMILY_OF_EIGHT, GRAN.member);
if (granny === null) throw new Error("the fixture has everybody");
const THREE: LedgerState = {
  ...FAMILY_OF_EIGHT,
  members: withEntry(FAMILY_OF_EIGHT.members, { ...granny, role: "parent" }),
};

const stands = (
  holds: readonly Hold[],
  device: Actor = MIA,
  state: LedgerState = FAMILY_OF_EIGHT,
  now: number = NOW + HOUR,
): string => {
  const standing = standingOf(state, device.device, holds, now);
  if (standing === null) return "free";
  const names = { [toHex(DAD.member)]: "Dad", [toHex(MUM.member)]: "Mum" };
  const { since, until, by } = standing;
  return `${names[toHex(by)] ?? "?"} ${(since - NOW) / HOUR} to ${(until - NOW) / HOUR}`;
};

describe("who may say so", () => {
  test("[HO1] parents of any device but the one they say it with", () => {
    expect(maySay(FAMILY_OF_EIGHT, say(DAD, MIA, true))).toBe(true);
    expect(maySay(FAMILY_OF_EIGHT, say(DAD, MUM, true))).toBe(true);
    expect(maySay(OLD_PHONE, say(MUM, MUM_PHONE, true))).toBe(true);
    expect(maySay(OLD_PHONE, say(MUM_PHONE, MUM, true))).toBe(true);
    expect(maySay(FAMILY_OF_EIGHT, say(DAD, DAD, true))).toBe(false);
    for (const who of [GRAN, MIA, MR_LEE]) {
      expect(maySay(FAMILY_OF_EIGHT, say(who, TOM, true))).toBe(false);
    }
  });

  test("[HO1] a new device does not, nor one that was taken out, nor of one that was", () => {
    const fresh = withDevice(MUM_PHONE, NOW - DAY);
    expect(maySay(fresh, say(MUM_PHONE, MIA, true))).toBe(false);
    expect(maySay(fresh, say(MUM, MUM_PHONE, true))).toBe(true);
    const revoked = { height: 4, reason: "lost" as const, cuts: [], staysUntil: 0 };
    const without = (who: Actor): LedgerState => ({
      ...FAMILY_OF_EIGHT,
      devices: FAMILY_OF_EIGHT.devices.map((one) =>
        toHex(one.id) === toHex(who.device) ? { ...one, revoked } : one,
      ),
    });
    expect(maySay(without(MUM), say(MUM, MIA, true))).toBe(false);
    expect(maySay(without(MIA), say(MUM, MIA, true))).toBe(false);
    expect(stands([say(MUM, MIA, true)], MIA, without(MUM))).toBe("free");
    expect(stands([say(MUM, MIA, true)], MIA, without(MIA))).toBe("free");
  });

  test("[HO1] bytes come back as they were, and nothing else is a hold", () => {
    const hold = say(DAD, MIA, true);
    expect(encodeHold(hold).length).toBeLessThan(HOLD_BYTES_MAX);
    expect(decodeHold(encodeHold(hold))).toEqual({ ok: true, value: hold });
    expect(decodeHold(encodeHold(hold).subarray(1)).ok).toBe(false);
    expect(decodeHold(new Uint8Array(HOLD_BYTES_MAX + 1)).ok).toBe(false);
  });
});

describe("how long", () => {
  test("[HO2] 72 hours from its time, two minutes early", () => {
    const hold = say(DAD, MIA, true);
    expect(isInTime(hold, NOW + HOLD_KEPT_MS - 1)).toBe(true);
    expect(isInTime(hold, NOW + HOLD_KEPT_MS)).toBe(false);
    expect(isInTime(hold, NOW - HOLD_CLOCK_SLACK_MS)).toBe(true);
    expect(isInTime(hold, NOW - HOLD_CLOCK_SLACK_MS - 1)).toBe(false);
    expect(stands([hold], MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS - 1)).toBe("Dad 0 to 72");
    expect(stands([hold], MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS)).toBe("free");
  });

  test("[HO3] who began it ends it, and so does a parent whose device it is not", () => {
    const hold = say(DAD, MIA, true);
    expect(stands([hold, say(DAD, MIA, false, NOW + 1)])).toBe("free");
    expect(stands([hold, say(MUM, MIA, false, NOW + 1)])).toBe("free");
    expect(stands([hold, say(DAD, MIA, false, NOW - 1)])).toBe("Dad 0 to 72");
    expect(stands([hold, say(DAD, MIA, false, NOW)])).toBe("free");
    expect(stands([hold, say(DAD, TOM, false, NOW + 1)])).toBe("Dad 0 to 72");
  });

  test("[HO3] its owner does not end what another parent began, with whichever device", () => {
    const hold = say(DAD, MUM, true);
    expect(stands([hold, say(MUM_PHONE, MUM, false, NOW + 1)], MUM, OLD_PHONE)).toBe("Dad 0 to 72");
    expect(stands([hold, say(GRAN, MUM, false, NOW + 1)], MUM, THREE)).toBe("free");
    const own = say(MUM_PHONE, MUM, true);
    expect(stands([own, say(MUM_PHONE, MUM, false, NOW + 1)], MUM, OLD_PHONE)).toBe("free");
  });

  test("[HO3] a second word makes it longer, and changes neither its beginning nor whose it is", () => {
    const words = [say(DAD, MIA, true), say(MUM, MIA, true, NOW + HOUR)];
    expect(stands(words)).toBe("Dad 0 to 73");
    expect(stands(words, MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS + 1)).toBe("Dad 0 to 73");
    // One that begins after the last has ended is another.
    const later = say(MUM, MIA, true, NOW + HOLD_MS + HOUR);
    expect(stands([say(DAD, MIA, true), later], MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS)).toBe("free");
    expect(stands([say(DAD, MIA, true), later], MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS + HOUR)).toBe(
      "Mum 73 to 145",
    );
  });

  test("[HO3] its owner's own word, dated before another parent's, does not make that one the owner's", () => {
    const words = [say(DAD, MUM, true), say(MUM_PHONE, MUM, true, NOW - HOUR)];
    expect(stands(words, MUM, OLD_PHONE)).toContain("72");
    const ended = [...words, say(MUM_PHONE, MUM, false, NOW + 1)];
    expect(stands(ended, MUM, OLD_PHONE)).toBe("Dad 0 to 72");
  });

  test("[HO4] of another parent's device one begin a week counts from each member", () => {
    const first = say(DAD, MUM, true);
    const again = say(DAD, MUM, true, NOW + HOLD_MS - HOUR);
    expect(stands([first, again], MUM, THREE, NOW + HOLD_MS)).toBe("free");
    const byGran = say(GRAN, MUM, true, NOW + HOLD_MS - HOUR);
    expect(stands([first, byGran], MUM, THREE, NOW + HOLD_MS)).toBe("Dad 0 to 143");
    // One's own, and those of who is no parent, as long as is needed.
    const own = [say(MUM_PHONE, MUM, true), say(MUM_PHONE, MUM, true, NOW + HOLD_MS - HOUR)];
    expect(stands(own, MUM, OLD_PHONE, NOW + HOLD_MS)).toBe("Mum 0 to 143");
    const childs = [say(DAD, MIA, true), say(DAD, MIA, true, NOW + HOLD_MS - HOUR)];
    expect(stands(childs, MIA, FAMILY_OF_EIGHT, NOW + HOLD_MS)).toBe("Dad 0 to 143");
  });

  test("[HO4] the first three of a member's day count, of another's and of the next day others", () => {
    const noon = Math.floor(NOW / DAY) * DAY + 12 * HOUR;
    const others = [GRAN, TOM, MR_LEE].map((who, index) => say(DAD, who, true, noon + index));
    const fourth = say(DAD, MIA, true, noon + 3);
    const now = noon + HOUR;
    expect(standingOf(FAMILY_OF_EIGHT, MIA.device, [...others, fourth], now)).toBeNull();
    const ending = say(DAD, TOM, false, noon + 4);
    expect(standingOf(FAMILY_OF_EIGHT, TOM.device, [...others, ending], now)).toBeNull();
    const byMum = say(MUM, MIA, true, noon + 3);
    expect(standingOf(FAMILY_OF_EIGHT, MIA.device, [...others, byMum], now)).not.toBeNull();
    const tomorrow = say(DAD, MIA, true, noon + DAY);
    expect(
      standingOf(FAMILY_OF_EIGHT, MIA.device, [...others, fourth, tomorrow], noon + DAY),
    ).not.toBeNull();
  });

  const NEW_PHONE = furtherDevice(MIA, keyOf(94));
  /** Mia's second device, let in an hour before NOW. */
  const BESIDE: LedgerState = {
    ...THREE,
    devices: withEntry(THREE.devices, {
      ...deviceEntry(NEW_PHONE, NOW - HOUR),
      registeredAt: 4,
    }),
  };
  const beside = (words: readonly Hold[], now = NOW + HOUR, state = BESIDE): string =>
    stands(words, NEW_PHONE, state, now);

  test("[HO13] a child's device let in beside a held one is held for its first day", () => {
    const hold = say(DAD, MIA, true);
    expect(beside([])).toBe("free");
    expect(beside([hold])).toBe("Dad -1 to 23");
    expect(beside([hold], NOW + 23 * HOUR - 1)).toBe("Dad -1 to 23");
    expect(beside([hold], NOW + 23 * HOUR)).toBe("free");
    // Held before it was let in, or after.
    expect(beside([say(DAD, MIA, true, NOW - DAY)])).toBe("Dad -1 to 23");
    expect(beside([say(DAD, MIA, true, NOW - HOLD_MS + 2 * HOUR)])).toBe("Dad -1 to 2");
    // The older one itself is held as ever, and so is the new one by a word about it.
    expect(stands([hold], MIA, BESIDE)).toBe("Dad 0 to 72");
    expect(standingOf(BESIDE, NEW_PHONE.device, [hold], NOW)?.isBeside).toBe(true);
    const both = [hold, say(DAD, NEW_PHONE, true)];
    expect(beside(both)).toBe("Dad 0 to 72");
    expect(standingOf(BESIDE, NEW_PHONE.device, both, NOW)?.isBeside).toBe(false);
    // Held is who is new, and not who was there before it.
    expect(stands([say(DAD, NEW_PHONE, true)], MIA, BESIDE)).toBe("free");
  });

  test("[HO13] two parents are enough, who hold the one or end it of the other, and never one", () => {
    const hold = say(DAD, MIA, true);
    expect(beside([hold, say(DAD, NEW_PHONE, false, NOW + 1)])).toBe("Dad -1 to 23");
    expect(beside([hold, say(MUM, NEW_PHONE, false, NOW + 1)])).toBe("free");
    expect(beside([say(MUM, NEW_PHONE, false, NOW - 1), hold])).toBe("free");
    expect(beside([hold, say(MUM, MIA, true, NOW + 1)])).toBe("free");
    expect(beside([hold, say(DAD, MIA, true, NOW + 1)])).toBe("Dad -1 to 23");
    // Who held it before, or has ended it, holds it no more.
    expect(beside([say(MUM, MIA, true, NOW - HOLD_MS - HOUR), hold])).toBe("Dad -1 to 23");
    const ended = [
      say(MUM, MIA, true),
      say(MUM, MIA, false, NOW + 1),
      say(DAD, MIA, true, NOW + 2),
    ];
    expect(beside(ended)).toBe("Dad -1 to 23");
    expect(beside([hold, say(GRAN, TOM, false, NOW + 1)])).toBe("Dad -1 to 23");
    expect(beside([hold, say(MUM, MIA, false, NOW + 1)])).toBe("free");
  });

  test("[HO13] of a grown-up's devices each stands for itself, and of a child's of one block", () => {
    const aunts = furtherDevice(AUNT, keyOf(95));
    const devices = withEntry(THREE.devices, { ...deviceEntry(aunts, NOW), registeredAt: 4 });
    expect(stands([say(DAD, AUNT, true)], aunts, { ...THREE, devices })).toBe("free");
    const together = withEntry(THREE.devices, deviceEntry(NEW_PHONE, NOW));
    expect(beside([say(DAD, MIA, true)], NOW + 1, { ...THREE, devices: together })).toBe("free");
  });

  test("[HO5] which words are kept does not depend on the order in which they were heard", () => {
    const words = [DAD, MUM, GRAN, AUNT, TOM].flatMap((who) =>
      Array.from({ length: 20 }, (_, index) => ({
        hold: say(who, MIA, index % 2 === 0, NOW + index),
      })),
    );
    const kept = keptOf(words, NOW + HOUR);
    expect(kept).toHaveLength(HOLDS_MAX);
    expect(keptOf(words.toReversed(), NOW + HOUR)).toEqual(kept);
    const byDad = kept.filter(({ hold }) => toHex(hold.author) === toHex(DAD.device));
    expect(byDad.length).toBeLessThanOrEqual(16);
    expect(Math.min(...byDad.map(({ hold }) => hold.time))).toBeGreaterThanOrEqual(NOW + 4);
    expect(keptOf(words, NOW + HOLD_KEPT_MS + HOUR)).toEqual([]);
  });

  test("[HO12] a held device votes, objects, calls for help and goes, and writes nothing else", () => {
    const open = ["approved", "objected", "withdrawn", "enacted", "evidence", "member-left"];
    for (const type of [...open, "emergency-recorded", "emergency-resolved"]) {
      expect(isOpenToHeld({ type } as TransactionBody)).toBe(true);
    }
    for (const type of ["invite-created", "device-registered", "device-revoked", "proposed"]) {
      expect(isOpenToHeld({ type } as TransactionBody)).toBe(false);
    }
  });

  test("[HO5] words heard in any order come to the same", () => {
    const words = fc.array(
      fc.record({
        author: fc.constantFrom(DAD, MUM, GRAN),
        isHeld: fc.boolean(),
        time: fc.integer({ min: 0, max: 5 }).map((step) => NOW + step),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(words, fc.infiniteStream(fc.nat()), (some, keys) => {
        const holds = some.map(({ author, isHeld, time }) => say(author, MIA, isHeld, time));
        const shuffled = holds
          .map((hold) => ({ hold, key: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ hold }) => hold);
        expect(stands(shuffled, MIA, THREE)).toBe(stands(holds, MIA, THREE));
      }),
    );
  });
});
