import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { DAY, fill, HOUR, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import {
  controlFor,
  grantFor,
  settingsIn,
  UTC,
  withRules,
} from "../ledger/rules-fixture.suite.test.ts";
import type { Decision } from "../ledger/rule-book.ts";
import {
  AUNT,
  CHILD,
  DAD,
  familyAt,
  following,
  FRIEND,
  gossipOf,
  MUM,
  receive,
  recipientsOf,
  verdictsOf,
  VIEW,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import { decodeHeader, encodeHeader, REQUEST_KINDS, type Header, type Kind } from "./header.ts";
import { REQUEST_LIFE_MS, REQUEST_SHOWN_MS, REQUESTS_OPEN_MAX } from "./limits.ts";
import { decodePayload, encodePayload, REQUEST_THINGS, type Payload } from "./payload.ts";
import { isConcerning, standOf, withoutFlood, type Asked, type RequestSaid } from "./requests.ts";
import type { VerifiedEntry } from "./state.ts";
import type { LedgerView } from "./verdict.ts";

const KINDS: readonly Kind[] = ["request", "request-word"];

function ask(author: Actor, to: readonly Actor[], changes: Partial<Header> = {}): VerifiedEntry {
  return following(author, null, {}, 0, {
    kind: "request",
    audience: { type: "family" },
    recipients: recipientsOf(...to),
    ...changes,
  });
}

function verdictOf(author: Actor, entry: VerifiedEntry, view: LedgerView = VIEW): string {
  const gossip = gossipOf();
  receive(gossip, entry, DAD, view);
  return verdictsOf(gossip, author)[1] ?? "none";
}

describe("who asks whom", () => {
  test("[RQ1] a request goes to those who decide for its author and to its own devices, to nobody else", () => {
    for (const kind of KINDS) {
      const of = (author: Actor, ...to: readonly Actor[]): string =>
        verdictOf(author, ask(author, to, { kind }));
      expect(of(CHILD, DAD, MUM, CHILD)).toBe("accepted");
      expect(of(CHILD, MUM)).toBe("accepted");
      expect(of(CHILD, DAD, AUNT)).toBe("recipients");
      expect(of(CHILD, FRIEND)).toBe("recipients");
      expect(of(AUNT, DAD, MUM)).toBe("accepted");
      expect(of(AUNT, CHILD)).toBe("recipients");
    }
  });

  test("[RQ1] to the guardians that a control names, and no other parent", () => {
    const control = controlFor(CHILD, { guardians: [MUM.member], from: 2 });
    const view = viewOf(withRules({ controls: [control] }, familyAt(5)));
    expect(verdictOf(CHILD, ask(CHILD, [MUM]), view)).toBe("accepted");
    expect(verdictOf(CHILD, ask(CHILD, [MUM, DAD]), view)).toBe("recipients");
  });

  test("[RQ1] a child asks its guardians whatever is denied, quiet or narrowed; whoever else is muted does not", () => {
    const always = { days: 127, from: 0, to: 0 };
    const quiet = controlFor(CHILD, { quiet: [always], from: 2 });
    const rules = {
      controls: [quiet],
      grants: [
        grantFor(CHILD, { isDenial: true, from: 2 }),
        grantFor(AUNT, { isDenial: true, from: 2, id: fill(16, 0x45) }),
      ],
      settings: settingsIn(UTC),
      narrowings: [
        { id: fill(16, 0x44), height: 6, time: NOW, by: DAD.member, members: [], cuts: [] },
      ],
    };
    const view = viewOf(familyAt(4), withRules(rules, familyAt(6)));
    for (const height of [4, 6]) {
      expect(verdictOf(CHILD, ask(CHILD, [DAD, MUM], { height }), view)).toBe("accepted");
      expect(verdictOf(AUNT, ask(AUNT, [DAD], { height }), view)).toBe("denied");
      // It is no way to say something to anybody else.
      const direct = {
        kind: "direct" as const,
        audience: { type: "member" as const, member: AUNT.member },
      };
      expect(verdictOf(CHILD, ask(CHILD, [AUNT], { height, ...direct }), view)).not.toBe(
        "accepted",
      );
    }
  });

  test("[RQ1] they ride the ordinary stream and are for the family as a whole", () => {
    expect([...REQUEST_KINDS]).toEqual(KINDS);
    for (const kind of KINDS) {
      const bytesOf = (changes: Partial<Header>): Uint8Array =>
        encodeHeader({ ...ask(CHILD, [DAD], { kind }).header, ...changes });
      expect(decodeHeader(bytesOf({})).ok).toBe(true);
      for (const stream of [1, 30]) expect(decodeHeader(bytesOf({ stream })).ok).toBe(false);
      const audience = { type: "member" as const, member: DAD.member };
      expect(decodeHeader(bytesOf({ audience })).ok).toBe(false);
      const group = { type: "group" as const, group: fill(16, 1) };
      expect(decodeHeader(bytesOf({ audience: group })).ok).toBe(false);
    }
    // Where somebody is rides the ephemeral one.
    const place = { ...ask(CHILD, [DAD]).header, kind: "place" as const, ttlSeconds: 60 };
    expect(decodeHeader(encodeHeader(place)).ok).toBe(false);
    expect(decodeHeader(encodeHeader({ ...place, stream: 1 })).ok).toBe(true);
  });
});

describe("payloads", () => {
  test("[RQ7] a request says what, about whom, until when and in words, and comes back as it was", () => {
    const request = fill(16, 7);
    const all: readonly Payload[] = [
      ...REQUEST_THINGS.map((thing): Payload => ({
        type: "request",
        thing,
        about: null,
        until: null,
        text: "",
      })),
      {
        type: "request",
        thing: "contact",
        about: { type: "member", member: FRIEND.member },
        until: NOW,
        text: "x".repeat(1_000),
      },
      {
        type: "request",
        thing: "group",
        about: { type: "group", group: fill(16, 3) },
        until: null,
        text: "the band",
      },
      { type: "request-word", request, word: "taken-back" },
    ];
    for (const one of all)
      expect(decodePayload(encodePayload(one))).toEqual({ ok: true, value: one });
    const [first] = all;
    if (first?.type !== "request") throw new Error("a request");
    expect(() => encodePayload({ ...first, text: "x".repeat(1_001) })).toThrow();
  });
});

describe("what becomes of one", () => {
  const ASKED: Asked = { id: fill(16, 9), by: CHILD.member, at: NOW };
  const decision = (changes: Partial<Decision> = {}): Decision => ({
    id: fill(16, 0x50),
    request: ASKED.id,
    member: CHILD.member,
    grant: null,
    isApproved: true,
    until: NOW + HOUR,
    by: DAD.member,
    from: 6,
    ended: null,
    ...changes,
  });
  const back = (by: Actor = CHILD, request = ASKED.id): RequestSaid => ({
    by: toHex(by.member),
    request: toHex(request),
  });

  test("[RQ2] what the ledger says of it counts, also where it was taken back or its days are over", () => {
    const yes = decision();
    for (const said of [[], [back()]]) {
      for (const now of [NOW, NOW + 30 * DAY]) {
        expect(standOf(ASKED, said, [yes], now)).toEqual({ type: "decided", decision: yes });
      }
    }
    // Another's answer of that name, and an answer to another request, are none.
    const other = [decision({ member: AUNT.member }), decision({ request: fill(16, 8) })];
    expect(standOf(ASKED, [], other, NOW).type).toBe("open");
  });

  test("[RQ3] its author takes it back, and nobody else", () => {
    expect(standOf(ASKED, [back()], [], NOW).type).toBe("taken-back");
    expect(standOf(ASKED, [back(DAD), back(CHILD, fill(16, 8))], [], NOW).type).toBe("open");
    expect(standOf(ASKED, [back()], [], NOW + 30 * DAY).type).toBe("taken-back");
  });

  test("[RQ4] it is open for seven days, and shown for two weeks or as long as a yes holds", () => {
    expect(standOf(ASKED, [], [], NOW + REQUEST_LIFE_MS - 1).type).toBe("open");
    expect(standOf(ASKED, [], [], NOW + REQUEST_LIFE_MS).type).toBe("expired");
    const shown = (changes: Partial<Decision> | null, now: number): boolean =>
      isConcerning(
        ASKED,
        standOf(ASKED, [], changes === null ? [] : [decision(changes)], now),
        now,
      );
    expect(shown(null, NOW + REQUEST_SHOWN_MS - 1)).toBe(true);
    expect(shown(null, NOW + REQUEST_SHOWN_MS)).toBe(false);
    const month = { until: NOW + 30 * DAY };
    expect(shown(month, NOW + 30 * DAY - 1)).toBe(true);
    expect(shown(month, NOW + 30 * DAY)).toBe(false);
    expect(shown({ ...month, isApproved: false }, NOW + REQUEST_SHOWN_MS)).toBe(false);
  });

  test("[RQ5] the same of the same words and decisions, in every order and with anything twice", () => {
    const said = [back(), back(DAD), back(CHILD, fill(16, 8)), back()];
    const decisions = [decision({ member: AUNT.member }), decision({ request: fill(16, 8) })];
    const [plain, decided] = [decisions, [...decisions, decision()]].map((some) =>
      standOf(ASKED, said, some, NOW),
    );
    expect([plain?.type, decided?.type]).toEqual(["taken-back", "decided"]);
    const orders = fc.shuffledSubarray(said, { minLength: said.length });
    fc.assert(
      fc.property(orders, fc.shuffledSubarray(decisions, { minLength: 2 }), (one, other) => {
        expect(standOf(ASKED, one, other, NOW)).toEqual(plain);
        expect(standOf(ASKED, one, [...other, decision()], NOW)).toEqual(decided);
      }),
    );
  });

  test("[RQ6] of the open ones of a member the newest eight are shown, of the decided all, in every order", () => {
    const open = Array.from({ length: REQUESTS_OPEN_MAX + 3 }, (_, index) => ({
      asked: { id: fill(16, index + 1), by: CHILD.member, at: NOW + Math.floor(index / 2) },
      stand: { type: "open" } as const,
    }));
    const aunts = {
      asked: { id: fill(16, 99), by: AUNT.member, at: NOW - DAY },
      stand: { type: "open" } as const,
    };
    const old = {
      asked: { id: fill(16, 98), by: CHILD.member, at: NOW - DAY },
      stand: { type: "expired" } as const,
    };
    const all = [...open, aunts, old];
    const shown = withoutFlood(all);
    expect(shown).toHaveLength(REQUESTS_OPEN_MAX + 2);
    expect(shown).toContain(aunts);
    expect(shown).toContain(old);
    expect(shown[0]).toBe(open.at(-1));
    expect(shown).not.toContain(open[0]);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (order) => {
        expect(withoutFlood(order)).toEqual(shown);
      }),
    );
  });
});
