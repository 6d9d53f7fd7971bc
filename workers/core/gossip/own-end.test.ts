/**
 * The end that a member gives its own streams: by the time of the block and not by the cuts that it
 * names. Transactions are executed and entries judged as on a device.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  after,
  denialBody,
  onProposal,
  proposedBody,
  reasonOf,
  roleBody,
  run,
} from "../ledger/execution-fixture.suite.test.ts";
import {
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  MINUTE,
  NOW,
  requestOf,
  type Actor,
} from "../ledger/family-fixture.suite.test.ts";
import { OWN_END_SLACK_MS } from "../ledger/limits.ts";
import type { NarrowedCuts } from "../ledger/rule-book.ts";
import {
  decodeState,
  encodeState,
  findDevice,
  withEntry,
  type LedgerState,
} from "../ledger/state.ts";
import type { TransactionBody } from "../ledger/transaction.ts";
import {
  at,
  AUNT,
  CHILD,
  DAD,
  familyAt,
  following,
  FRIEND,
  MUM,
  viewOf,
} from "./gossip-fixture.suite.test.ts";
import type { VerifiedEntry } from "./state.ts";
import { addEntry, createStream, judgeAgain } from "./stream.ts";
import { judge, judgeEphemeral } from "./verdict.ts";

const TABLET = furtherDevice(MUM, keyOf(77));
const REGISTERED = NOW - 60 * DAY;
const BASE: LedgerState = [DAD, MUM, CHILD, AUNT, FRIEND, TABLET].reduce(
  (state, one) => ({
    ...state,
    devices: withEntry(state.devices, deviceEntry(one, REGISTERED)),
  }),
  familyAt(5),
);
/** Names far too much for this stream. */
const endless = (author: Actor): NarrowedCuts => [
  { device: author.device, stream: 0, seq: 2 ** 39, id: fill(16, 1) },
];

const leaving = (cuts: NarrowedCuts): TransactionBody => ({ type: "member-left", cuts });
const revoking = (
  device: Actor,
  reason: "lost" | "retired" | "compromised",
  cuts: NarrowedCuts = [],
): TransactionBody => ({
  type: "device-revoked",
  device: device.device,
  reason,
  cuts: cuts.map(({ stream, seq, id }) => ({ stream, seq, id })),
});

const done = (by: Actor, body: TransactionBody, state = BASE): LedgerState => {
  const next = after(run(state, by, body));
  return { ...next, height: 6 };
};

/** What becomes of one entry of that author's clock, said by the rules of before. */
function fateOf(
  head: LedgerState,
  author: Actor,
  ms: number,
  to: Actor = DAD,
  state: LedgerState = BASE,
): string {
  const { header } = following(author, null, { start: ms, to, registered: REGISTERED });
  const { verdict } = judge(header, "start", viewOf(state, head));
  return verdict.type === "refused" ? `${verdict.rule} ${verdict.height}` : verdict.type;
}

describe("who leaves", () => {
  test("[MR8] withdraws nothing by naming no cut, on none of its devices", () => {
    const head = done(MUM, leaving([]));
    for (const author of [MUM, TABLET]) {
      expect(fateOf(head, author, NOW - 20 * DAY)).toBe("accepted");
      expect(fateOf(head, author, NOW)).toBe("accepted");
      expect(fateOf(head, author, NOW + OWN_END_SLACK_MS)).toBe("accepted");
    }
  });

  test("[MR8] does not go on by naming one too far: later by the author's clock is refused", () => {
    const head = done(MUM, leaving([...endless(MUM), ...endless(TABLET)]));
    for (const author of [MUM, TABLET]) {
      expect(fateOf(head, author, NOW + OWN_END_SLACK_MS + 1)).toBe("revoked 6");
      expect(fateOf(head, author, NOW + HOUR)).toBe("revoked 6");
    }
  });

  test("[MR8] the time is the block's and not the signer's", () => {
    const next = after(run(BASE, MUM, leaving([]), { time: NOW - 5 * DAY, at: NOW }));
    expect(fateOf({ ...next, height: 6 }, MUM, NOW)).toBe("accepted");
    const slack = { time: NOW + OWN_END_SLACK_MS, at: NOW };
    expect(fateOf({ ...after(run(BASE, MUM, leaving([]), slack)), height: 6 }, MUM, NOW)).toBe(
      "accepted",
    );
  });

  test("[MR8] whoever dates the block before it was signed withdraws nothing: it waits", () => {
    const early = { time: NOW + OWN_END_SLACK_MS + 1, at: NOW };
    expect(reasonOf(run(BASE, MUM, leaving([]), early))).toBe("not-yet");
    expect(reasonOf(run(BASE, MUM, revoking(TABLET, "retired"), early))).toBe("not-yet");
    expect(run(BASE, MUM, revoking(TABLET, "lost"), early).ok).toBe(true);
    expect(
      run(BASE, DAD, { type: "member-removed", member: AUNT.member, cuts: [] }, early).ok,
    ).toBe(true);
  });

  test("[MR8] so is whoever asks for its own removal; somebody else's names cuts", () => {
    const removed = (who: Actor, by: Actor, cuts: NarrowedCuts): LedgerState =>
      done(by, { type: "member-removed", member: who.member, cuts });
    expect(fateOf(removed(AUNT, DAD, []), AUNT, NOW - DAY)).toBe("revoked 6");
    expect(fateOf(removed(AUNT, DAD, endless(AUNT)), AUNT, NOW + DAY)).toBe("accepted");
    // A parent's own takes another parent's word; whose wish it was stays.
    const wish: TransactionBody = {
      type: "member-removed",
      member: MUM.member,
      cuts: endless(MUM),
    };
    const waiting = after(run(BASE, MUM, proposedBody(wish)));
    const [proposal] = waiting.rules.proposals;
    const agreed = done(DAD, onProposal("approved", proposal?.id ?? fill(16, 0)), waiting);
    expect(findDevice(agreed, MUM.device)?.revoked).toMatchObject({
      cuts: [],
      staysUntil: NOW + OWN_END_SLACK_MS,
    });
    expect(fateOf(agreed, TABLET, NOW - DAY)).toBe("accepted");
  });

  test("[MR8] what is ephemeral does not stay", () => {
    const head = done(MUM, leaving([]));
    const { header } = following(MUM, null, { start: NOW - MINUTE }, 0, {
      kind: "presence",
      stream: 1,
    });
    expect(judgeEphemeral(header, viewOf(BASE, head))).toMatchObject({ rule: "revoked" });
  });

  test("[MR8] a device that somebody else had taken out before keeps the cut of then", () => {
    const taken = done(DAD, revoking(AUNT, "lost", endless(AUNT)));
    const further = furtherDevice(AUNT, keyOf(78));
    const both = { ...taken, devices: withEntry(taken.devices, deviceEntry(further, REGISTERED)) };
    const left = after(run(both, further, leaving([]), { height: 7, at: NOW + 9 * DAY }));
    expect(findDevice(left, AUNT.device)?.revoked).toEqual(findDevice(taken, AUNT.device)?.revoked);
    expect(findDevice(left, further.device)?.revoked).toMatchObject({
      staysUntil: NOW + 9 * DAY + OWN_END_SLACK_MS,
    });
  });

  test("[MR8] every node says the same of a stream, whenever it heard of the leaving", () => {
    const head = done(MUM, leaving(endless(MUM)));
    const chain: VerifiedEntry[] = [];
    for (const ms of [NOW - HOUR, NOW, NOW + MINUTE, NOW + HOUR, NOW + 2 * HOUR]) {
      chain.push(
        following(MUM, chain.at(-1) ?? null, {}, 0, {
          clock: { ms, counter: 0 },
          rateMark: Math.max(chain.at(-1)?.header.rateMark ?? REGISTERED, ms) + 2_000,
          audience: { type: "member", member: DAD.member },
        }),
      );
    }
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    fc.assert(
      fc.property(order, fc.integer({ min: 0, max: 5 }), (arrival, heardAfter) => {
        const stream = createStream(MUM.device, 0);
        arrival.forEach((index, count) => {
          if (count === heardAfter) judgeAgain(stream, viewOf(BASE, head), 1);
          const view = count < heardAfter ? viewOf(BASE) : viewOf(BASE, head);
          const { header, id } = at(chain, index);
          addEntry(stream, header, id, view, 1);
        });
        judgeAgain(stream, viewOf(BASE, head), 1);
        const verdicts = [...stream.known.entries()].map(([seq, { verdict }]) => [
          seq,
          verdict.type,
        ]);
        expect(Object.fromEntries(verdicts)).toEqual({
          1: "accepted",
          2: "accepted",
          3: "accepted",
          4: "refused",
          5: "refused",
        });
      }),
    );
  });

  test("[MR8] a newcomer reads it out of the state", () => {
    const head = done(MUM, leaving([]));
    const read = decodeState(encodeState(head));
    if (!read.ok) throw new Error(read.detail);
    expect(fateOf(read.value, MUM, NOW, DAD, read.value)).toBe("author 5");
    expect(fateOf(read.value, MUM, NOW)).toBe("accepted");
    expect(fateOf(read.value, MUM, NOW + HOUR)).toBe("revoked 6");
  });
});

describe("a parent's own device", () => {
  test("[MR8] that it retires has no named end either", () => {
    const head = done(MUM, revoking(TABLET, "retired", []));
    expect(fateOf(head, TABLET, NOW - 20 * DAY)).toBe("accepted");
    const far = done(MUM, revoking(TABLET, "retired", endless(TABLET)));
    expect(fateOf(far, TABLET, NOW + HOUR)).toBe("revoked 6");
    expect(fateOf(far, MUM, NOW + HOUR)).toBe("accepted");
  });

  test("[MR8] another's retired device has the end that is named", () => {
    const head = done(DAD, revoking(AUNT, "retired", []));
    expect(fateOf(head, AUNT, NOW - DAY)).toBe("revoked 6");
  });

  test("[MR9] that it lost, or puts another in place of, ends where its member says", () => {
    const cut = [{ device: TABLET.device, stream: 0, seq: 1, id: fill(16, 1) }];
    for (const reason of ["lost", "compromised"] as const) {
      const head = done(MUM, revoking(TABLET, reason, []));
      expect(fateOf(head, TABLET, NOW - 20 * DAY)).toBe("revoked 6");
      expect(fateOf(done(MUM, revoking(TABLET, reason, cut)), TABLET, NOW)).toBe("accepted");
    }
    const inviteKey = keyOf(60);
    const invited = done(MUM, inviteBody(inviteKey, "parent", NOW + HOUR, MUM.member));
    const phone = furtherDevice(MUM, keyOf(79));
    const request = requestOf(inviteKey, phone, "parent", MUM.member);
    const replaced = [{ device: TABLET.device, cuts: [] }];
    const head = done(MUM, { type: "device-registered", request, replaced }, invited);
    expect(fateOf(head, TABLET, NOW - 20 * DAY)).toBe("revoked 6");
  });
});

describe("who asks for a narrowing", () => {
  test("[NR3] names no cut of its own streams: the time counts, for what it says and not for others", () => {
    const asked = done(MUM, {
      ...roleBody(MUM, "parent", "relative"),
      cuts: endless(MUM),
    } as TransactionBody);
    // A relative may not write to a contact that somebody else let in.
    expect(fateOf(asked, MUM, NOW - 20 * DAY, FRIEND)).toBe("accepted");
    expect(fateOf(asked, TABLET, NOW + OWN_END_SLACK_MS, FRIEND)).toBe("accepted");
    expect(fateOf(asked, MUM, NOW + OWN_END_SLACK_MS + 1, FRIEND)).toMatch("contacts-meet");
    const none = done(MUM, roleBody(MUM, "parent", "relative"));
    expect(fateOf(none, MUM, NOW - 20 * DAY, FRIEND)).toBe("accepted");
    expect(fateOf(none, FRIEND, NOW - DAY, MUM)).toMatch("contacts-meet");
    expect(toHex(asked.rules.narrowings[0]?.by ?? fill(1, 0))).toBe(toHex(MUM.member));
  });

  test("[NR3] somebody else's streams have the named cuts", () => {
    const cuts = [{ device: AUNT.device, stream: 0, seq: 1, id: fill(16, 1) }];
    const muted = done(DAD, denialBody(AUNT, { cuts }));
    expect(fateOf(muted, AUNT, NOW + DAY, MUM)).toBe("accepted");
    expect(fateOf(done(DAD, denialBody(AUNT)), AUNT, NOW - DAY, MUM)).toBe("denied 6");
  });
});
