import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fill, HOUR, MINUTE, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import { grantFor, groupOf, withRules } from "../ledger/rules-fixture.suite.test.ts";
import { isCurrent, recordsFrom, settleWords, type Word } from "./emergencies.ts";
import {
  at,
  AUNT,
  chainOf,
  CHILD,
  DAD,
  familyAt,
  feed,
  following,
  FRIEND,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  recipientsOf,
  STRANGER,
  verdictsOf,
  VIEW,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import { compose } from "./composing.ts";
import {
  decodeHeader,
  EMERGENCY_KINDS,
  EMERGENCY_STREAM,
  encodeHeader,
  isEmergencyBytes,
  KINDS,
  type Header,
  type Kind,
} from "./header.ts";
import { EMERGENCY_BURST, EMERGENCY_INTERVAL_MS, RATE_INTERVAL_MS } from "./limits.ts";
import { decodePayload, encodePayload, EMERGENCY_WORDS, type Payload } from "./payload.ts";
import { isWithinRate, markAfter } from "./rate.ts";
import { streamOf, type VerifiedEntry } from "./state.ts";

const FAMILY_WIDE = { type: "family" as const };

/** A call for help, or a word to one, that follows the rules of its stream. */
function help(
  author: Actor,
  before: VerifiedEntry | null,
  changes: Partial<Header> = {},
  ms = NOW - MINUTE,
): VerifiedEntry {
  const clock = changes.clock ?? {
    ms: Math.max(ms, (before?.header.clock.ms ?? 0) + 1),
    counter: 0,
  };
  const markBefore = before?.header.rateMark ?? NOW - 24 * HOUR;
  return following(author, before, {}, 0, {
    kind: "emergency",
    stream: EMERGENCY_STREAM,
    audience: FAMILY_WIDE,
    recipients: recipientsOf(DAD, MUM, AUNT),
    clock,
    rateMark: markAfter(markBefore, clock.ms, EMERGENCY_STREAM),
    ...changes,
  });
}

const verdictOf = (entry: VerifiedEntry, view = VIEW): string =>
  verdictsOf(
    ((): ReturnType<typeof gossipOf> => {
      const gossip = gossipOf();
      receive(gossip, entry, DAD, view);
      return gossip;
    })(),
    entry.header.author.join() === FRIEND.device.join() ? FRIEND : CHILD,
    EMERGENCY_STREAM,
  )[entry.header.seq] ?? "none";

describe("their own stream", () => {
  const bytesOf = (changes: Partial<Header>): Uint8Array =>
    encodeHeader({ ...help(CHILD, null).header, ...changes });

  test("[GH7] they ride it and nothing else does, for the family as a whole", () => {
    for (const kind of KINDS) {
      const isEmergency = EMERGENCY_KINDS.has(kind);
      expect(decodeHeader(bytesOf({ kind })).ok).toBe(isEmergency);
      for (const stream of [0, 1, 28]) {
        if (isEmergency) expect(decodeHeader(bytesOf({ kind, stream })).ok).toBe(false);
      }
    }
    for (const audience of [
      { type: "member" as const, member: MUM.member },
      { type: "group" as const, group: fill(16, 1) },
    ]) {
      expect(decodeHeader(bytesOf({ audience })).ok).toBe(false);
    }
  });

  test("[GH7] encoded bytes show whether they are one", () => {
    for (const kind of KINDS) {
      expect(isEmergencyBytes(bytesOf({ kind }))).toBe(EMERGENCY_KINDS.has(kind));
    }
    expect(isEmergencyBytes(new Uint8Array(0))).toBe(false);
    expect(isEmergencyBytes(Uint8Array.of(1, 2, 3, 255))).toBe(false);
  });

  test("[RT3] a minute for each, a burst of thirty, and no other stream's room", () => {
    expect(markAfter(5, 9, EMERGENCY_STREAM)).toBe(9 + EMERGENCY_INTERVAL_MS);
    expect(markAfter(5, 9, 0)).toBe(9 + RATE_INTERVAL_MS);
    const count = (stream: number): number => {
      let [mark, sent] = [NOW, 0];
      while (isWithinRate(mark, NOW, stream)) {
        mark = markAfter(mark, NOW, stream);
        sent += 1;
      }
      return sent;
    };
    expect(count(EMERGENCY_STREAM)).toBe(EMERGENCY_BURST + 1);
    expect(count(0)).toBeGreaterThan(400);
    const gossip = gossipOf();
    const flood = chainOf(CHILD, 510, { gapMs: 1, start: NOW - MINUTE, registered: NOW - MINUTE });
    for (const one of flood) receive(gossip, one);
    receive(gossip, help(CHILD, null));
    expect(verdictsOf(gossip, CHILD, EMERGENCY_STREAM)).toEqual({ 1: "accepted" });
    expect(Object.values(verdictsOf(gossip, CHILD))).toContain("accepted");
    let before: VerifiedEntry | null = null;
    for (let seq = 1; seq <= EMERGENCY_BURST + 5; seq += 1) {
      const markBefore: number = before?.header.rateMark ?? NOW - 24 * HOUR;
      const clock = { ms: NOW - MINUTE + seq, counter: 0 };
      const rateMark = markAfter(markBefore, clock.ms, EMERGENCY_STREAM);
      const next: VerifiedEntry = help(AUNT, before, { clock, rateMark });
      receive(gossip, next);
      before = next;
    }
    const said = Object.values(verdictsOf(gossip, AUNT, EMERGENCY_STREAM));
    expect(said.filter((one) => one === "rate").length).toBeGreaterThan(0);
    expect(said.filter((one) => one === "accepted").length).toBe(EMERGENCY_BURST + 1);
    // Their ordinary words have their own.
    receive(gossip, following(AUNT, null));
    expect(verdictsOf(gossip, AUNT)).toEqual({ 1: "accepted" });
  });

  test("[RT3] an entry whose predecessor is gone everywhere is taken at its own mark", () => {
    const gossip = gossipOf();
    const first = help(CHILD, null);
    const second = help(CHILD, first);
    const stream = streamOf(gossip, CHILD.device, EMERGENCY_STREAM);
    stream.first = 2;
    stream.had = [{ from: 1, to: 1 }];
    receive(gossip, second);
    expect(verdictsOf(gossip, CHILD, EMERGENCY_STREAM)).toEqual({ 2: "accepted" });
    receive(gossip, help(CHILD, second));
    expect(verdictsOf(gossip, CHILD, EMERGENCY_STREAM)).toEqual({ 2: "accepted", 3: "accepted" });
  });
});

describe("who may call whom", () => {
  test("[VD20] everybody calls whom it may meet, whatever is denied", () => {
    const denial = grantFor(CHILD, { isDenial: true, from: 2 });
    const narrowing = {
      id: fill(16, 0x44),
      height: 6,
      time: NOW,
      by: DAD.member,
      members: [],
      cuts: [],
    };
    const muted = viewOf(
      familyAt(5),
      withRules(
        { grants: [denial], narrowings: [narrowing], groups: [groupOf(1, "family", DAD, [])] },
        familyAt(6),
      ),
    );
    for (const height of [5, 6]) {
      expect(verdictOf(help(CHILD, null, { height }), muted)).toBe("accepted");
      const word = { height, kind: "emergency-word" as Kind };
      expect(verdictOf(help(CHILD, null, word), muted)).toBe("accepted");
    }
  });

  test("[VD20] a contact calls whom it may meet and nobody else, and may be told", () => {
    const of = (author: Actor, ...to: readonly Actor[]): string =>
      verdictOf(help(author, null, { recipients: recipientsOf(...to) }));
    expect(of(FRIEND, DAD, MUM, FRIEND)).toBe("accepted");
    expect(of(FRIEND, DAD, CHILD)).toBe("contacts-meet-who-accepted-them");
    expect(of(CHILD, DAD, AUNT, MUM)).toBe("accepted");
    expect(of(CHILD, FRIEND)).toBe("contacts-meet-who-accepted-them");
    expect(of(CHILD, STRANGER)).toBe("recipients");
  });
});

describe("the core", () => {
  test("[SD12] it goes to every peer that may lack it, whoever it is from and whatever they want", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT, FRIEND);
    const peers = [DAD, AUNT, FRIEND];
    for (const one of peers) {
      feed(gossip, { type: "wish", from: peerOf(one), author: CHILD.device, isWanted: false });
    }
    const plain = receive(gossip, at(chainOf(CHILD, 1), 0), DAD);
    expect(plain.push.flatMap(({ to }) => to)).toEqual([]);
    const { push } = receive(gossip, help(CHILD, null), DAD);
    expect(push.flatMap(({ to }) => to).toSorted()).toEqual([AUNT, FRIEND].map(peerOf).toSorted());
  });

  test("[SD12] also to more than an ordinary one goes to", () => {
    const gossip = gossipOf();
    const peers = Array.from({ length: 40 }, (_, index) => `${index}`.padStart(32, "0"));
    for (const peer of peers) feed(gossip, { type: "link-up", peer });
    const { push } = receive(gossip, help(CHILD, null), null);
    expect(push.flatMap(({ to }) => to)).toHaveLength(40);
  });

  test("[GP25] it is taken whatever its clock says, up to a day ahead", () => {
    for (const [ahead, expected] of [
      [10 * MINUTE, { 1: "accepted" }],
      [23 * HOUR, { 1: "accepted" }],
      [25 * HOUR, {}],
    ] as const) {
      const gossip = gossipOf();
      receive(gossip, help(CHILD, null, {}, NOW + ahead));
      expect(verdictsOf(gossip, CHILD, EMERGENCY_STREAM)).toEqual(expected);
      // Nobody is dragged along.
      expect(gossip.clock.ms).toBeLessThanOrEqual(NOW + MINUTE);
    }
  });

  test("[GP25] it is composed whatever my clock did", () => {
    const gossip = gossipOf(CHILD);
    gossip.clock = { ms: NOW + HOUR, counter: 0 };
    const draft = { audience: FAMILY_WIDE, recipients: recipientsOf(DAD), isEphemeral: false };
    const plain = { ...draft, kind: "direct" as const };
    expect(compose(gossip, plain, VIEW, NOW)).toEqual({ ok: false, reason: "clock" });
    const composed = compose(gossip, { ...draft, kind: "emergency" }, VIEW, NOW);
    if (!composed.ok) throw new Error(composed.reason);
    const { stream, seq, rateMark, clock } = composed.header;
    expect([stream, seq]).toEqual([EMERGENCY_STREAM, 1]);
    expect(rateMark).toBe(clock.ms + EMERGENCY_INTERVAL_MS);
    const bound = { ...composed.header, bodyHash: fill(32, 9), bodyBytes: 1 };
    expect(verdictOf(following(CHILD, null, {}, 0, bound))).toBe("accepted");
  });
});

describe("payloads", () => {
  const place = { latitude: 1_415_000_000, longitude: 1_934_000_000, accuracy: 25 };
  const alert = fill(16, 7);

  test("[PL4] they come back as they were, and more text than that does not go", () => {
    const all: readonly Payload[] = [
      { type: "emergency", text: "", place: null },
      { type: "emergency", text: "x".repeat(1_000), place },
      ...EMERGENCY_WORDS.map((word): Payload => ({
        type: "emergency-word",
        alert,
        word,
        place: null,
      })),
      { type: "emergency-word", alert, word: "place", place },
    ];
    for (const one of all)
      expect(decodePayload(encodePayload(one))).toEqual({ ok: true, value: one });
    const long: Payload = { type: "emergency", text: "x".repeat(1_001), place: null };
    expect(() => encodePayload(long)).toThrow();
  });
});

describe("what becomes of one", () => {
  const MIA = "aa";
  const isParent = (one: string): boolean => ["01", "02"].includes(one);
  let last = 0;
  const says = (by: string, word: Word["word"], ms: number, place: Word["place"] = null): Word => {
    last += 1;
    return { id: `${last}`.padStart(4, "0"), clock: { ms, counter: 0 }, by, word, place };
  };
  const place = (latitude: number) => ({ latitude, longitude: 1, accuracy: 5 });
  const words = [
    says("03", "seen", 10),
    says("02", "seen", 11),
    says("01", "coming", 12),
    says("02", "coming", 14),
    says("03", "over", 15),
    says(MIA, "place", 16, place(1)),
    says(MIA, "place", 18, place(2)),
    says("03", "place", 19, place(3)),
    says(MIA, "over", 20),
    says("03", "fine", 21),
    says(MIA, "seen", 22),
  ];

  test("[EM1] who has seen it, who is on it, where its author is, and nobody speaks for another", () => {
    const settled = settleWords(MIA, words, isParent);
    expect(settled).toEqual({
      seen: ["03", "02", "01"],
      coming: ["01", "02"],
      isFine: false,
      overBy: null,
      place: { place: place(2), at: 18 },
    });
    const ended = [...words, says("02", "over", 30), says("01", "over", 31), says(MIA, "fine", 32)];
    expect(settleWords(MIA, ended, isParent)).toMatchObject({ overBy: "02", isFine: true });
    // A parent does not end its own either.
    expect(settleWords("01", [says("01", "over", 1)], isParent).overBy).toBeNull();
  });

  test("[EM2] the same of the same words in every order", () => {
    const expected = settleWords(MIA, words, isParent);
    fc.assert(
      fc.property(fc.shuffledSubarray(words, { minLength: words.length }), (order) => {
        expect(settleWords(MIA, order, isParent)).toEqual(expected);
      }),
    );
  });

  test("[EM3] a parent that is on it writes it down at once, its author's device after ten minutes, others after fifteen", () => {
    const from = (isOwn: boolean, role: string, hasAnswered = false): number | null =>
      recordsFrom(NOW, { isOwn, role, hasAnswered });
    expect(from(false, "parent", true)).toBe(Number.NEGATIVE_INFINITY);
    expect(from(true, "child")).toBe(NOW + 10 * MINUTE);
    expect(from(true, "contact")).toBe(NOW + 10 * MINUTE);
    for (const role of ["parent", "child", "relative"]) {
      expect(from(false, role)).toBe(NOW + 15 * MINUTE);
    }
    expect(from(false, "relative", true)).toBe(NOW + 15 * MINUTE);
    expect(from(false, "contact")).toBeNull();
  });

  test("[EM4] it concerns people for a day", () => {
    expect(isCurrent(NOW, NOW + 24 * HOUR - 1)).toBe(true);
    expect(isCurrent(NOW, NOW + 24 * HOUR)).toBe(false);
    expect(isCurrent(NOW + HOUR, NOW)).toBe(true);
  });
});
