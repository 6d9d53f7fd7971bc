import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { actorOf, deviceEntry, fill, keyOf } from "../ledger/family-fixture.suite.test.ts";
import {
  ANNOUNCEMENT_BYTES_MAX,
  announcementIdOf,
  currentKey,
  decodeAnnouncement,
  encodeAnnouncement,
  isTimely,
  keyOfNumber,
  keysFrom,
  keysWith,
  mayBeOver,
  neededNumbers,
  type KeptKey,
} from "./device-keys.ts";
import { DAY_MS, FUTURE_ACCEPT_MS, KEY_GRACE_DAYS } from "./limits.ts";

const FAMILY = fill(32, 0xfa);
const TODAY = 20_000;
const NOON = TODAY * DAY_MS + DAY_MS / 2;
const DEVICE = deviceEntry(actorOf(keyOf(2)), (TODAY - 200) * DAY_MS);

/** What the device announced on a day, and since when it is known here. */
function kept(number: number, key = 1, since = number): KeptKey {
  const bytes = encodeAnnouncement(DEVICE.id, number, fill(32, key));
  const decoded = decodeAnnouncement(bytes);
  if (!decoded.ok) throw new Error(decoded.detail);
  return { announcement: decoded.value, id: announcementIdOf(FAMILY, bytes), since };
}

/** All of it, one after the other. */
function heard(all: readonly KeptKey[], known: readonly KeptKey[] = []): readonly KeptKey[] {
  return all.reduce((before, one) => keysWith(before, one, TODAY - 30) ?? before, known);
}

const idsOf = (all: readonly KeptKey[]): string => all.map(({ id }) => id.join()).join(" ");
const numbersOf = (all: readonly KeptKey[]): readonly number[] =>
  all.map(({ announcement }) => announcement.number);

describe("the announcement", () => {
  test("[KA1] comes back as it was and fits; another version, number 0 and bytes that are changed or cut are refused", () => {
    const bytes = encodeAnnouncement(DEVICE.id, 2 ** 32 - 1, fill(32, 255));
    expect(bytes.length).toBe(ANNOUNCEMENT_BYTES_MAX);
    const decoded = decodeAnnouncement(bytes);
    expect(
      decoded.ok && encodeAnnouncement(decoded.value.device, 2 ** 32 - 1, fill(32, 255)),
    ).toEqual(bytes);
    expect(decodeAnnouncement(bytes.map((one, at) => (at === 1 ? 2 : one))).ok).toBe(false);
    expect(decodeAnnouncement(encodeAnnouncement(DEVICE.id, 1, fill(32, 1)).slice(0, -1)).ok).toBe(
      false,
    );
    const zero = encodeAnnouncement(DEVICE.id, 1, fill(32, 1)).map((one, at) =>
      at === 19 ? 0 : one,
    );
    expect(decodeAnnouncement(zero).ok).toBe(false);
  });

  test("[KA2] is of a day between its device's registration and now, two minutes early at most", () => {
    const first = (DEVICE.registeredTime / DAY_MS) | 0;
    const isOne = (number: number, now = NOON): boolean =>
      isTimely(kept(number).announcement, DEVICE, now);
    expect([first - 1, first, TODAY, TODAY + 1].map((one) => isOne(one))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    const midnight = (TODAY + 1) * DAY_MS;
    expect(isOne(TODAY + 1, midnight - FUTURE_ACCEPT_MS)).toBe(true);
    expect(isOne(TODAY + 1, midnight - FUTURE_ACCEPT_MS - 1)).toBe(false);
  });
});

describe("what is sealed to", () => {
  test("[KA3] the newest key whose day has come, however old; the one in the registration where there is none", () => {
    expect(currentKey([], DEVICE, NOON)).toEqual({ number: 0, key: DEVICE.encryptionKey });
    const old = heard([kept(TODAY - 190, 4)]);
    expect(currentKey(old, DEVICE, NOON)).toEqual({ number: TODAY - 190, key: fill(32, 4) });
    const all = heard([kept(TODAY - 8, 5), kept(TODAY + 1, 6), kept(TODAY - 1, 7)]);
    expect(currentKey(all, DEVICE, NOON).number).toBe(TODAY - 1);
    expect(currentKey(all, DEVICE, NOON + DAY_MS).number).toBe(TODAY + 1);
  });

  test("[KA4] not one of which a second was announced under its number; what is sealed to that proves nothing", () => {
    const all = heard([kept(TODAY - 8, 5), kept(TODAY - 1, 6), kept(TODAY - 1, 7)]);
    expect(currentKey(all, DEVICE, NOON).number).toBe(TODAY - 8);
    expect(keyOfNumber(all, DEVICE, TODAY - 1, NOON)).toBe("contradicted");
    expect(keyOfNumber(all, DEVICE, TODAY - 8, NOON)).toEqual(fill(32, 5));
  });

  test("[KA4] nor does such a number end the one before it: who lies and falls silent hides nobody's words", () => {
    const all = heard([kept(TODAY - 40, 5), kept(TODAY - 33, 6), kept(TODAY - 33, 7)]);
    const { number, key } = currentKey(all, DEVICE, NOON);
    expect(number).toBe(TODAY - 40);
    expect(keyOfNumber(all, DEVICE, number, NOON)).toEqual(key);
    expect(numbersOf(keysFrom(all, TODAY + 10_000))).toContain(number);
  });

  test("[KA4] of any number of keys under one number the same two are kept, in every order", () => {
    const five = Array.from({ length: 5 }, (_, key) => kept(TODAY - 1, key));
    const lowest = heard(five);
    expect(lowest).toHaveLength(2);
    fc.assert(
      fc.property(fc.shuffledSubarray(five, { minLength: 5 }), (order) => {
        expect(heard(order)).toEqual(lowest);
      }),
    );
  });
});

describe("what a message may be sealed to", () => {
  const SUCCESSOR = TODAY - 20;
  const all = heard([kept(TODAY - 40, 5), kept(SUCCESSOR, 6)]);
  const at = (day: number, number: number): unknown =>
    keyOfNumber(all, DEVICE, number, day * DAY_MS);

  test("[KA5] a number that was not announced is not known", () => {
    expect(at(TODAY, TODAY - 19)).toBe("unknown");
    expect(at(TODAY, SUCCESSOR)).toEqual(fill(32, 6));
  });

  test("[KA6] a key may be used for 31 days after the next was known, the one in the registration too", () => {
    expect(at(SUCCESSOR + KEY_GRACE_DAYS, TODAY - 40)).toEqual(fill(32, 5));
    expect(at(SUCCESSOR + KEY_GRACE_DAYS + 1, TODAY - 40)).toBe("over");
    expect(at(TODAY - 40 + KEY_GRACE_DAYS, 0)).toEqual(DEVICE.encryptionKey);
    expect(at(TODAY - 40 + KEY_GRACE_DAYS + 1, 0)).toBe("over");
  });

  test("[KA14] for somebody it may be over as soon as the next one's own day is 31 days ago, whenever that came here", () => {
    const late = heard([kept(TODAY - 40), kept(TODAY - 33, 2, TODAY)]);
    const mayBe = (number: number, day: number): boolean =>
      mayBeOver(late, number, day * DAY_MS + DAY_MS / 2);
    const last = TODAY - 33 + KEY_GRACE_DAYS;
    expect([mayBe(TODAY - 40, last), mayBe(TODAY - 40, last + 1)]).toEqual([false, true]);
    expect(keyOfNumber(late, DEVICE, TODAY - 40, (last + 1) * DAY_MS)).toEqual(fill(32, 1));
    // The one in the registration, and one that is forgotten here, as well; the newest never.
    const first = TODAY - 40 + KEY_GRACE_DAYS;
    expect([mayBe(0, first), mayBe(0, first + 1)]).toEqual([false, true]);
    expect(mayBe(TODAY - 60, first + 1)).toBe(true);
    expect(mayBe(TODAY - 33, TODAY + 400)).toBe(false);
    expect(mayBeOver([], 0, NOON)).toBe(false);
    // Two under one number end none.
    const contradicted = heard([kept(TODAY - 40), kept(TODAY - 33, 2), kept(TODAY - 33, 3)]);
    expect(mayBeOver(contradicted, TODAY - 40, NOON)).toBe(false);
  });

  test("[KA8] one that is dated back takes no key away from what was sealed before it was heard", () => {
    const late = kept(SUCCESSOR - 10, 9, TODAY);
    const after = keysWith([...heard([kept(TODAY - 40, 5)])], late, TODAY - 30) ?? [];
    expect(numbersOf(after)).toContain(SUCCESSOR - 10);
    expect(keyOfNumber(after, DEVICE, TODAY - 40, NOON)).toEqual(fill(32, 5));
    expect(keyOfNumber(after, DEVICE, TODAY - 40, NOON + (KEY_GRACE_DAYS + 1) * DAY_MS)).toBe(
      "over",
    );
    // Nor does it give one that was over more time.
    const between = keysWith(all, late, TODAY - 30) ?? [];
    const over = (SUCCESSOR + KEY_GRACE_DAYS + 1) * DAY_MS;
    expect(keyOfNumber(between, DEVICE, TODAY - 40, over)).toBe("over");
  });
});

describe("what is kept", () => {
  test("[KA7] as long as a body may be kept that was sealed to it, and the newest always", () => {
    const all = [kept(TODAY - 60), kept(TODAY - 50), kept(TODAY - 43)];
    expect(numbersOf(keysFrom(all, TODAY - 50 + KEY_GRACE_DAYS))).toEqual([
      TODAY - 60,
      TODAY - 50,
      TODAY - 43,
    ]);
    expect(numbersOf(keysFrom(all, TODAY - 50 + KEY_GRACE_DAYS + 1))).toEqual([
      TODAY - 50,
      TODAY - 43,
    ]);
    expect(numbersOf(keysFrom(all, TODAY + 10_000))).toEqual([TODAY - 43]);
    // What would go at once is not taken.
    expect(keysWith(keysFrom(all, TODAY), kept(TODAY - 60), TODAY)).toBeNull();
    expect(keysWith(all, kept(TODAY - 43), TODAY - 50)).toBeNull();
  });

  test("[KA7] of a device that announces one each day without end one for each day of that time is kept", () => {
    const daily = Array.from({ length: 190 }, (_, ago) => kept(TODAY - ago, ago + 1));
    expect(heard(daily)).toHaveLength(30 + KEY_GRACE_DAYS + 2);
    expect(heard(daily.toReversed())).toEqual(heard(daily));
  });

  test("[KA7] of the same announcements the same is kept, in every order, with anything twice", () => {
    const days = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 4 })),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(days, fc.infiniteStream(fc.nat()), (said, chance) => {
        const words = said.map(([ago, key]) => kept(TODAY - ago, key));
        const order = words
          .map((one) => ({ one, at: chance.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one);
        // Whoever compares is given again what a second key under a later number brought back.
        const often = (all: readonly KeptKey[]): readonly KeptKey[] => {
          let before = heard(all);
          for (let after = heard(all, before); idsOf(after) !== idsOf(before);) {
            before = after;
            after = heard(all, before);
          }
          return before;
        };
        expect(idsOf(often([...order, ...words]))).toBe(idsOf(often(words)));
      }),
    );
  });

  test("[KA7] an own private half is needed as long as others may have sealed to it", () => {
    const numbers = [0, TODAY - 50, TODAY - 43, TODAY - 36];
    const own = numbers.slice(1).map((one) => kept(one));
    const floorDay = TODAY - 50 + KEY_GRACE_DAYS;
    expect(neededNumbers(own, numbers, floorDay)).toEqual(numbers);
    expect(neededNumbers(own, numbers, floorDay + 1)).toEqual(numbers.slice(1));
    expect(neededNumbers(own, numbers, TODAY + 10_000)).toEqual([TODAY - 36]);
    expect(neededNumbers([...own, kept(TODAY - 30)], numbers, TODAY + 10_000)).toEqual([
      TODAY - 36,
    ]);
    // Somebody announced another one under the last: the one before is used on.
    const doubted = [...own, kept(TODAY - 36, 9)];
    expect(neededNumbers(doubted, numbers, TODAY + 10_000)).toEqual([TODAY - 43, TODAY - 36]);
  });
});
