/** Places: who may see one, which of a device counts, how long it is held, and who is given it. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, toHex } from "../codec/ids.ts";
import { fill, HOUR, MINUTE, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import { controlFor, grantFor, groupOf, withRules } from "../ledger/rules-fixture.suite.test.ts";
import type { PermissionWord } from "../ledger/vocabulary.ts";
import { compose } from "./composing.ts";
import {
  at,
  AUNT,
  CHILD,
  DAD,
  entryOf,
  familyAt,
  feed,
  FRIEND,
  gossipOf,
  link,
  MUM,
  peerOf,
  receive,
  recipientsOf,
  takeRegister,
  registerOf,
  VIEW,
  viewOf,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import { decodeHeader, encodeHeader, KINDS, type Header } from "./header.ts";
import {
  DAY_MS,
  HOPS_MAX,
  PLACE_BODY_BYTES_MAX,
  PLACE_LIFE_SECONDS_MAX,
  PLACE_PASS_MS,
} from "./limits.ts";
import { decodePayload, encodePayload, type Payload } from "./payload.ts";
import type { GossipReady } from "./ready.ts";
import type { Gossip, VerifiedEntry } from "./state.ts";
import { judgeEphemeral } from "./verdict.ts";

const SECOND = 1_000;

/** A place of CHILD for Dad and Mum, said at `ms`. */
function place(ms: number, changes: Partial<Header> = {}): VerifiedEntry {
  return entryOf({
    version: 1,
    suite: 1,
    kind: "place",
    author: CHILD.device,
    stream: 1,
    seq: 7,
    previous: fill(16, 0),
    clock: { ms, counter: 0 },
    ttlSeconds: 3_600,
    height: 5,
    rateMark: 0,
    owed: 0,
    bodyBytes: 1,
    audience: { type: "family" },
    recipients: recipientsOf(DAD, MUM),
    joins: [],
    bodyHash: fill(32, 9),
    ...changes,
  });
}

const typing = (ms: number): VerifiedEntry =>
  place(ms, {
    kind: "presence",
    ttlSeconds: 0,
    audience: { type: "member", member: MUM.member },
    recipients: recipientsOf(MUM),
  });

const withBody = (entry: VerifiedEntry, length: number): VerifiedEntry => ({
  ...entry,
  entry: { ...entry.entry, body: new Uint8Array(length) },
});

const tick = (gossip: Gossip, now: number): GossipReady =>
  feed(gossip, { type: "tick" }, VIEW, now);

/** What a shell shows after these: the id of the newest place of CHILD, or none. */
function shownAfter(readies: readonly GossipReady[]): string {
  const news = readies.flatMap((one) => one.places).at(-1);
  return news === undefined ? "nothing" : news.entry === null ? "gone" : toHex(news.entry.id);
}

const pushedTo = (ready: GossipReady): readonly string[] => ready.push.flatMap(({ to }) => to);

describe("its bytes", () => {
  test("[PC1] for whom it likes, on an odd stream, for a second to a day", () => {
    const isHeader = (changes: Partial<Header>): boolean =>
      decodeHeader(encodeHeader({ ...place(NOW).header, ...changes })).ok;
    for (const audience of [
      { type: "family" as const },
      { type: "member" as const, member: DAD.member },
      { type: "group" as const, group: fill(16, 1) },
    ]) {
      expect(isHeader({ audience })).toBe(true);
    }
    expect([1, 3, 31].every((stream) => isHeader({ stream }))).toBe(true);
    expect([0, 2, 30].some((stream) => isHeader({ stream }))).toBe(false);
    expect([1, PLACE_LIFE_SECONDS_MAX].every((ttlSeconds) => isHeader({ ttlSeconds }))).toBe(true);
    expect([0, PLACE_LIFE_SECONDS_MAX + 1].some((ttlSeconds) => isHeader({ ttlSeconds }))).toBe(
      false,
    );
    // Its number on the wire.
    expect(KINDS.indexOf("place")).toBe(11);
  });

  test("[PC2] where, until when, and that it is over come back as they were", () => {
    const here = { latitude: 1_415_073_509, longitude: 1_798_722_416, accuracy: 18 };
    const said: readonly Payload[] = [
      { type: "place", place: here, until: NOW },
      { type: "place", place: here, until: null },
      { type: "place", place: null, until: null },
    ];
    for (const one of said) {
      expect(decodePayload(encodePayload(one))).toEqual({ ok: true, value: one });
    }
    expect(encodePayload(at(said, 2))[1]).toBe(10);
    const off: Payload = {
      type: "place",
      place: { ...here, latitude: 1_800_000_001 },
      until: null,
    };
    expect(() => encodePayload(off)).toThrow();
  });
});

describe("who may see it", () => {
  const base = familyAt(5);
  const group = fill(16, 40);
  const inGroup = withRules(
    {
      groups: [groupOf(40, "friends", CHILD, [CHILD, DAD, FRIEND])],
    },
    base,
  );
  const ruleOf = (changes: Partial<Header>, state = base): string => {
    const verdict = judgeEphemeral(place(NOW, changes).header, viewOf(state));
    return verdict.type === "refused" ? verdict.rule : verdict.type;
  };
  const one = (to: Actor): Partial<Header> => ({
    audience: { type: "member", member: to.member },
    recipients: recipientsOf(to),
  });

  test("[PC3] the family may, and no contact, whatever is granted", () => {
    expect(ruleOf({})).toBe("accepted");
    expect(ruleOf({ recipients: recipientsOf(DAD, MUM, AUNT, CHILD) })).toBe("accepted");
    expect(ruleOf(one(AUNT))).toBe("accepted");
    expect(ruleOf(one(FRIEND))).toBe("not-by-role");
    const all = { scope: { type: "everybody" as const } };
    const granted = withRules(
      {
        grants: [
          grantFor(CHILD, { permission: "share-place", ...all }),
          grantFor(FRIEND, { permission: "see-place", ...all }),
          grantFor(FRIEND, { permission: "share-place", ...all }),
          grantFor(DAD, { permission: "see-place", ...all }),
        ],
      },
      base,
    );
    expect(ruleOf(one(FRIEND), granted)).toBe("not-by-role");
    expect(ruleOf({ author: FRIEND.device, ...one(DAD) }, granted)).toBe("not-by-role");
    expect(ruleOf({ author: FRIEND.device, audience: { type: "family" } }, granted)).not.toBe(
      "accepted",
    );
  });

  test("[PC3] it takes leave to share and leave to see, of each one that it is sealed for", () => {
    const denied = (who: Actor, permission: PermissionWord, of: Actor): typeof base =>
      withRules(
        {
          grants: [
            grantFor(who, {
              permission,
              isDenial: true,
              scope: { type: "member", member: of.member },
            }),
          ],
        },
        base,
      );
    const both = { recipients: recipientsOf(DAD, AUNT) };
    expect(ruleOf(both)).toBe("accepted");
    expect(ruleOf(both, denied(CHILD, "share-place", AUNT))).toBe("denied");
    expect(ruleOf(both, denied(AUNT, "see-place", CHILD))).toBe("denied");
    expect(ruleOf({}, denied(AUNT, "see-place", CHILD))).toBe("accepted");
    // Named and not sealed for: it is asked about all the same.
    expect(ruleOf({ ...one(AUNT), recipients: [] }, denied(AUNT, "see-place", CHILD))).toBe(
      "denied",
    );
  });

  test("[PC3] [PM18] a child's place that is its guardians' goes to them, and to its own devices", () => {
    const state = withRules(
      {
        controls: [controlFor(CHILD, { location: "guardians-only" })],
      },
      base,
    );
    expect(ruleOf({ recipients: recipientsOf(DAD, MUM, CHILD) }, state)).toBe("accepted");
    expect(ruleOf({ recipients: recipientsOf(DAD, AUNT) }, state)).toBe("place-for-guardians");
    expect(ruleOf(one(AUNT), state)).toBe("place-for-guardians");
  });

  test("[PC3] in a group author and reader are in it, and a contact there gets none", () => {
    const to = (...actors: readonly Actor[]): Partial<Header> => ({
      audience: { type: "group", group },
      recipients: recipientsOf(...actors),
    });
    expect(ruleOf(to(DAD), inGroup)).toBe("accepted");
    expect(ruleOf(to(DAD, FRIEND), inGroup)).toBe("not-by-role");
    expect(ruleOf(to(MUM), inGroup)).toBe("recipients");
    expect(ruleOf({ ...to(DAD), author: MUM.device }, inGroup)).not.toBe("accepted");
    expect(ruleOf(to(DAD))).not.toBe("accepted");
  });
});

describe("which of a device counts", () => {
  test("[PC4] the newest, in every order, with anything twice", () => {
    const old = place(NOW - 3 * MINUTE);
    const mid = place(NOW - 2 * MINUTE, { stream: 3 });
    const refused = place(NOW - MINUTE, { recipients: recipientsOf(DAD, FRIEND) });
    const others = place(NOW, { recipients: recipientsOf(DAD) });
    const equal = place(NOW - 2 * MINUTE, { ttlSeconds: 600 });
    const winner = compareBytes(mid.id, equal.id) > 0 ? mid : equal;
    const sets: readonly (readonly [readonly VerifiedEntry[], string])[] = [
      [[old, mid], toHex(mid.id)],
      [[old, mid, equal], toHex(winner.id)],
      [[old, mid, refused], "gone"],
      [[old, mid, refused, others], toHex(others.id)],
    ];
    for (const [entries, expected] of sets) {
      const orders = fc.shuffledSubarray([...entries, ...entries], {
        minLength: entries.length * 2,
      });
      fc.assert(
        fc.property(orders, (order) => {
          const gossip = gossipOf();
          const readies = order.map((one) => receive(gossip, one));
          expect(shownAfter([...readies, tick(gossip, NOW + PLACE_PASS_MS)])).toBe(expected);
        }),
        { numRuns: 60 },
      );
    }
  });

  test("[PC5] who is writing takes no place away, nor the other way about", () => {
    const gossip = gossipOf();
    receive(gossip, typing(NOW - SECOND));
    expect(receive(gossip, place(NOW - MINUTE)).places).toHaveLength(1);
    const other = gossipOf();
    receive(other, place(NOW - SECOND));
    expect(receive(other, typing(NOW - MINUTE)).ephemeral).toHaveLength(1);
  });

  test("[PC8] of what comes fast the newest has its turn after five seconds, and is passed on then", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    expect(pushedTo(receive(gossip, place(NOW - 50 * SECOND)))).toEqual([peerOf(AUNT)]);
    const last = place(NOW - SECOND);
    for (const ms of [40, 30, 20, 10]) {
      expect(receive(gossip, place(NOW - ms * SECOND))).toMatchObject({ places: [], push: [] });
    }
    expect(receive(gossip, last)).toMatchObject({ places: [], push: [] });
    expect(tick(gossip, NOW + PLACE_PASS_MS - 1)).toMatchObject({ places: [], push: [] });
    const turn = tick(gossip, NOW + PLACE_PASS_MS);
    expect(turn.places).toMatchObject([
      { author: CHILD.device, clock: last.header.clock, id: last.id, entry: last },
    ]);
    expect(pushedTo(turn)).toEqual([peerOf(AUNT)]);
    expect(tick(gossip, NOW + 2 * PLACE_PASS_MS)).toMatchObject({ places: [], push: [] });
    // A clock that was set back does not keep the next one.
    const next = receive(gossip, place(NOW + SECOND), DAD, VIEW, NOW - HOUR + 2 * MINUTE);
    expect(next.untaken?.reason).toBe("far-future");
    expect(receive(gossip, place(NOW + SECOND), DAD, VIEW, NOW + SECOND).places).toHaveLength(1);
  });

  test("[PC4] [HC2] it moves the clock like any other entry: the next own one is later", () => {
    const gossip = gossipOf(CHILD);
    const draft = {
      kind: "place" as const,
      audience: { type: "family" as const },
      recipients: recipientsOf(DAD),
      isEphemeral: true,
      ttlSeconds: 60,
    };
    const next = () => {
      const composed = compose(gossip, draft, VIEW, NOW);
      return composed.ok ? composed.header.clock : null;
    };
    receive(gossip, place(NOW, { clock: { ms: NOW, counter: 3 } }), null);
    expect(next()).toEqual({ ms: NOW, counter: 4 });
    receive(gossip, place(NOW + 30 * SECOND, { author: MUM.device }));
    expect(next()).toEqual({ ms: NOW + 30 * SECOND, counter: 1 });
  });

  test("[PC8] an own one goes at once, as often as it is made", () => {
    const gossip = gossipOf(CHILD);
    link(gossip, DAD);
    for (const ms of [0, 1, 2]) {
      const own = receive(gossip, place(NOW + ms, { seq: ms + 1 }), null);
      expect(pushedTo(own)).toEqual([peerOf(DAD)]);
      expect(gossip.own.ephemeralSeq).toBe(ms + 1);
    }
  });
});

describe("how long it is held", () => {
  test("[PC6] nothing is stored, named, told of or asked for; one above the head waits", () => {
    const gossip = gossipOf();
    link(gossip, DAD, AUNT);
    const first = receive(gossip, place(NOW));
    expect(first).toMatchObject({ store: [], tell: [], want: [], changes: [] });
    expect(gossip.untold).toEqual([]);
    expect(gossip.streams.size).toBe(0);
    expect(tick(gossip, NOW + MINUTE).sign?.vector).toEqual([]);
    const [older, newer] = [place(NOW + 1, { height: 6 }), place(NOW + 2, { height: 6 })];
    for (const one of [older, newer, older]) {
      expect(receive(gossip, one).untaken).toEqual({ reason: "parked", needsLedger: true });
    }
    expect(gossip.placesAhead.size).toBe(1);
    const come = feed(gossip, { type: "ledger" }, viewOf(familyAt(6)), NOW + MINUTE);
    expect(come.places).toMatchObject([{ author: CHILD.device, entry: newer }]);
    expect(gossip.placesAhead.size).toBe(0);
  });

  test("[PC6] what waits for the ledger is let go when its time is over", () => {
    const gossip = gossipOf();
    receive(gossip, place(NOW, { height: 6, ttlSeconds: 60 }));
    tick(gossip, NOW + MINUTE);
    expect(gossip.placesAhead.size).toBe(0);
  });

  test("[PC7] its time over it is given to nobody, and nothing older comes back within two", () => {
    const gossip = gossipOf();
    receive(gossip, place(NOW, { ttlSeconds: 60 }));
    tick(gossip, NOW + MINUTE - 1);
    expect(feed(gossip, { type: "link-up", peer: peerOf(AUNT) }).push).toHaveLength(1);
    tick(gossip, NOW + MINUTE);
    expect(feed(gossip, { type: "link-up", peer: peerOf(DAD) }).push).toEqual([]);
    const old = place(NOW - MINUTE, { ttlSeconds: PLACE_LIFE_SECONDS_MAX });
    expect(receive(gossip, old, DAD, VIEW, NOW + HOUR).untaken?.reason).toBe("seen");
    tick(gossip, NOW + 2 * DAY_MS);
    expect(gossip.places.size).toBe(1);
    tick(gossip, NOW + 2 * DAY_MS + 1);
    expect(gossip.places.size).toBe(0);
    expect(receive(gossip, old, DAD, VIEW, NOW + DAY_MS + 1).untaken?.reason).toBe("expired");
  });

  test("[PC7] to a clock that was a day ahead and is put right the same place is none twice", () => {
    const gossip = gossipOf();
    const one = place(NOW, { ttlSeconds: PLACE_LIFE_SECONDS_MAX });
    receive(gossip, one);
    tick(gossip, NOW + DAY_MS + HOUR);
    expect(receive(gossip, one, DAD, VIEW, NOW + HOUR).untaken?.reason).toBe("seen");
  });

  test("[PC7] one whose time is over is not taken, nor one from ahead", () => {
    const over = place(NOW - MINUTE, { ttlSeconds: 60 });
    expect(receive(gossipOf(), over).untaken?.reason).toBe("expired");
    const ahead = place(NOW + 2 * MINUTE + 1);
    expect(receive(gossipOf(), ahead).untaken?.reason).toBe("far-future");
  });

  test("[PC10] a revocation and a narrowing end it at once", () => {
    const denial = grantFor(CHILD, {
      permission: "share-place",
      isDenial: true,
      scope: { type: "everybody" },
      from: 6,
    });
    const narrowed = withRules(
      {
        grants: [denial],
        narrowings: [
          {
            id: fill(16, 2),
            height: 6,
            time: NOW,
            by: DAD.member,
            members: [CHILD.member],
            cuts: [{ device: CHILD.device, stream: 1, seq: 99, id: fill(16, 1) }],
          },
        ],
      },
      familyAt(6),
    );
    for (const head of [narrowed, withRevoked(familyAt(6), CHILD)]) {
      const gossip = gossipOf();
      receive(gossip, place(NOW));
      const same = feed(gossip, { type: "ledger" }, viewOf(familyAt(6)));
      expect(same.places).toEqual([]);
      const gone = feed(gossip, { type: "ledger" }, viewOf(familyAt(5), head));
      expect(gone.places).toMatchObject([
        { author: CHILD.device, clock: { ms: NOW }, entry: null },
      ]);
      expect(feed(gossip, { type: "link-up", peer: peerOf(AUNT) }).push).toEqual([]);
      expect(receive(gossip, place(NOW), AUNT, viewOf(familyAt(5), head)).untaken?.reason).toBe(
        "seen",
      );
    }
  });

  test("[PC11] after a restart nothing older is taken, and an own one is later", () => {
    const gossip = gossipOf();
    const last = place(NOW);
    const { clock } = last.header;
    const recall = { type: "recalled" as const, author: CHILD.device, clock, id: last.id };
    feed(gossip, recall);
    expect(receive(gossip, place(NOW - 1)).untaken?.reason).toBe("seen");
    expect(receive(gossip, last).untaken?.reason).toBe("seen");
    expect(receive(gossip, place(NOW + 1)).places).toHaveLength(1);
    // What is here is newer than what the disk knows.
    feed(gossip, recall);
    expect(gossip.places.get(peerOf(CHILD))?.clock.ms).toBe(NOW + 1);
    const own = gossipOf(CHILD);
    feed(own, { ...recall, clock: { ms: NOW + MINUTE, counter: 4 } });
    const draft = {
      kind: "place" as const,
      audience: { type: "family" as const },
      recipients: recipientsOf(DAD),
      isEphemeral: true,
      ttlSeconds: 60,
    };
    const composed = compose(own, draft, VIEW, NOW);
    expect(composed).toMatchObject({
      ok: true,
      header: { clock: { ms: NOW + MINUTE, counter: 5 }, ttlSeconds: 60, stream: 1 },
    });
  });

  test("[PC12] without a body, or with a large one, it is not taken", () => {
    const reasonOf = (length: number): string | undefined =>
      receive(gossipOf(), withBody(place(NOW), length)).untaken?.reason;
    expect(reasonOf(0)).toBe("no-body");
    expect(reasonOf(PLACE_BODY_BYTES_MAX)).toBeUndefined();
    expect(reasonOf(PLACE_BODY_BYTES_MAX + 1)).toBe("too-large");
  });
});

describe("who is given it", () => {
  const up = (gossip: Gossip, peer: Actor): readonly VerifiedEntry[] =>
    feed(gossip, { type: "link-up", peer: peerOf(peer) }).push.map(({ entry, to }) => {
      expect(to).toEqual([peerOf(peer)]);
      return entry;
    });

  test("[PC9] whoever is linked gets my own newest", () => {
    const gossip = gossipOf(CHILD);
    receive(gossip, place(NOW - MINUTE), null);
    const last = place(NOW);
    receive(gossip, last, null);
    expect(up(gossip, DAD)).toEqual([last]);
    // Known by its clock alone after a restart: there is nothing to give.
    const again = gossipOf(CHILD);
    feed(again, { type: "recalled", author: CHILD.device, clock: last.header.clock, id: last.id });
    expect(up(again, DAD)).toEqual([]);
  });

  test("[PC9] of who is not linked to me what is for me, not the author, nothing that waits its turn", () => {
    const gossip = gossipOf(MUM);
    const said = place(NOW);
    receive(gossip, said);
    expect(up(gossip, AUNT)).toEqual([said]);
    expect(up(gossip, CHILD)).toEqual([]);
    // Linked to me, it gives what it says itself.
    expect(up(gossip, DAD)).toEqual([]);
    feed(gossip, { type: "link-down", peer: peerOf(CHILD) });
    receive(gossip, place(NOW + 1));
    expect(up(gossip, DAD)).toEqual([]);
    const stranger = gossipOf(AUNT);
    receive(stranger, said);
    expect(up(stranger, MUM)).toEqual([]);
  });

  test("[PC9] [GP8] nothing goes on beyond its hops", () => {
    const gossip = gossipOf(MUM);
    const far = entryOf(place(NOW).header, HOPS_MAX);
    receive(gossip, far);
    expect(up(gossip, AUNT)).toEqual([]);
  });

  test("[PC9] it comes once: who has it is not given it again over the same link", () => {
    const gossip = gossipOf(MUM);
    takeRegister(gossip, registerOf(AUNT), null);
    receive(gossip, place(NOW));
    expect(up(gossip, AUNT)).toHaveLength(1);
    expect(pushedTo(tick(gossip, NOW + MINUTE))).toEqual([]);
    expect(receive(gossip, place(NOW), AUNT).untaken?.reason).toBe("seen");
  });
});
