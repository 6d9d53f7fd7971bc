import { describe, expect, test } from "vitest";
import { DAY, NOW } from "../ledger/family-fixture.suite.test.ts";
import { compose } from "./composing.ts";
import {
  at,
  bound,
  chainOf,
  CHILD,
  DAD,
  following,
  gossipOf,
  MUM,
  peerOf,
  receive,
  recipientsOf,
  verdictsOf,
  VIEW,
  feed,
} from "./gossip-fixture.suite.test.ts";
import { EMERGENCY_STREAM, type Header } from "./header.ts";
import {
  BODY_BYTES_MAX,
  PROVISIONAL_BYTES_MAX,
  QUOTA_BURST_MS,
  QUOTA_BYTES_PER_SECOND,
  QUOTA_EMERGENCY_SHARE,
  QUOTA_OTHER_SHARE,
  RECIPIENTS_MAX,
  WANTON_MAX,
} from "./limits.ts";
import { costOf, isWithinQuota, owedAt, storedAfter } from "./rate.ts";
import { streamOf, type Gossip, type VerifiedEntry } from "./state.ts";
import { judge, type Link, type Predecessor } from "./verdict.ts";

const FIRST = at(chainOf(CHILD, 1), 0);
const SECOND_MS = FIRST.header.clock.ms + 1_000;
/** What FIRST leaves behind, with a quota that is spent so far beyond the next one's clock. */
const linkWith = (ahead: number): Link => ({
  id: FIRST.id,
  clock: FIRST.header.clock,
  height: 5,
  mark: FIRST.header.rateMark,
  stored: SECOND_MS + ahead,
});
const second = (changes: Partial<Header>): Header => following(CHILD, FIRST, {}, 0, changes).header;
const says = (header: Header, before: Predecessor): string => {
  const { verdict } = judge(header, before, VIEW);
  return verdict.type === "refused" ? verdict.rule : verdict.type;
};

describe("what an author makes others store", () => {
  test("[QT1] an entry costs the time in which its body, header and recipients may come", () => {
    const recipients = recipientsOf(DAD, MUM);
    const bytes = 384 + 2 * 24 + 1_000;
    const cost = (stream: number): number =>
      costOf({ stream, recipients, joins: [], bodyBytes: 1_000 });
    expect(cost(0)).toBe(Math.ceil((bytes * 1_000) / QUOTA_BYTES_PER_SECOND));
    expect(cost(2)).toBe((bytes * 1_000 * QUOTA_OTHER_SHARE) / QUOTA_BYTES_PER_SECOND);
    expect(cost(EMERGENCY_STREAM)).toBe(
      (bytes * 1_000 * QUOTA_EMERGENCY_SHARE) / QUOTA_BYTES_PER_SECOND,
    );
  });

  test("[QT1] the mark after one is max(mark before, time) and its cost; silence earns no more", () => {
    const { header } = FIRST;
    expect(storedAfter(0, header)).toBe(header.clock.ms + costOf(header));
    expect(storedAfter(header.clock.ms + 7, header)).toBe(header.clock.ms + 7 + costOf(header));
    expect([owedAt(5, 3), owedAt(3, 5)]).toEqual([2, 0]);
  });

  test("[QT1] no stretch of time holds more than 32 MiB and what comes of 128 bytes a second", () => {
    for (const bodyBytes of [1, 700, BODY_BYTES_MAX]) {
      let [ms, stored, bytes] = [NOW, 0, 0];
      const one = { ...FIRST.header, recipients: [], bodyBytes };
      const end = NOW + 2 * DAY;
      while (ms < end) {
        if (!isWithinQuota(owedAt(stored, ms))) {
          ms += 1_000;
          continue;
        }
        stored = storedAfter(stored, { ...one, clock: { ms, counter: 0 } });
        bytes += bodyBytes;
        ms += 200;
      }
      const bound = 32 * 1024 * 1024 + ((end - NOW) / 1_000) * QUOTA_BYTES_PER_SECOND;
      expect(bytes).toBeLessThanOrEqual(bound + BODY_BYTES_MAX);
    }
  });

  test("[QT1] thousands of messages a day to a large family are never held up", () => {
    const people = Array.from({ length: 20 }, () => ({ device: new Uint8Array(16), keyNumber: 0 }));
    let stored = 0;
    for (let count = 0; count < 30 * 2_500; count += 1) {
      // All of a day within eight hours.
      const ms = NOW + Math.floor(count / 2_500) * DAY + (count % 2_500) * 11_520;
      expect(isWithinQuota(owedAt(stored, ms))).toBe(true);
      const clock = { ms, counter: 0 };
      stored = storedAfter(stored, {
        ...FIRST.header,
        clock,
        recipients: people,
        bodyBytes: 2_200,
      });
    }
  });

  test("[QT2] what leads by more than that is refused, and spends too", () => {
    const full = linkWith(QUOTA_BURST_MS);
    expect(says(second({ owed: QUOTA_BURST_MS }), full)).toBe("accepted");
    const over = linkWith(QUOTA_BURST_MS + 1);
    const header = second({ owed: QUOTA_BURST_MS + 1 });
    expect(says(header, over)).toBe("quota");
    expect(judge(header, over, VIEW).stored).toBe(over.stored + costOf(header));
  });

  test("[QT3] who says another sum than what it owes is refused", () => {
    for (const owed of [0, 99, 101]) expect(says(second({ owed }), linkWith(100))).toBe("quota");
    expect(says(second({ owed: 100 }), linkWith(100))).toBe("accepted");
    expect(says(second({ owed: 1 }), linkWith(-1))).toBe("quota");
    expect(says({ ...FIRST.header, owed: 1 }, "start")).toBe("quota");
  });

  test("[QT3] a newcomer that takes one at its own word goes on as the others do", () => {
    const chain = chainOf(CHILD, 3);
    const gossip = gossipOf();
    const stream = streamOf(gossip, CHILD.device, 0);
    stream.first = 2;
    for (const entry of chain.slice(1)) receive(gossip, entry);
    const whole = gossipOf();
    for (const entry of chain) receive(whole, entry);
    expect(at(chain, 1).header.owed).toBeGreaterThan(0);
    expect(verdictsOf(gossip, CHILD)).toEqual({ 2: "accepted", 3: "accepted" });
    const last = (one: Gossip): number | undefined =>
      streamOf(one, CHILD.device, 0).known.get(3)?.stored;
    expect(last(gossip)).toBe(last(whole));
  });
});

describe("composing", () => {
  const DRAFT = {
    kind: "direct" as const,
    audience: { type: "member" as const, member: DAD.member },
    recipients: recipientsOf(DAD),
    isEphemeral: false,
  };

  test("[QT4] what others would refuse is not composed, and goes on within six minutes", () => {
    const gossip = gossipOf(CHILD);
    const first = compose(gossip, DRAFT, VIEW, NOW);
    if (!first.ok) throw new Error(first.reason);
    receive(gossip, bound(first.header), null);
    const known = streamOf(gossip, CHILD.device, 0).known;
    const last = known.get(1);
    if (last === undefined) throw new Error("no entry");
    const largest = { stream: 0, joins: [], bodyBytes: BODY_BYTES_MAX };
    const recipients = Array.from({ length: RECIPIENTS_MAX }, () => at(recipientsOf(DAD), 0));
    // The last that went was the largest of all.
    const stored = NOW + 1_000 + QUOTA_BURST_MS + costOf({ ...largest, recipients });
    known.set(1, { ...last, mark: 0, stored });
    expect(compose(gossip, DRAFT, VIEW, NOW + 1_000)).toEqual({ ok: false, reason: "quota" });
    const later = compose(gossip, DRAFT, VIEW, NOW + 1_000 + 6 * 60_000);
    expect(later.ok && isWithinQuota(later.header.owed)).toBe(true);
    // Calls for help have a stream of their own.
    const help = { ...DRAFT, kind: "emergency" as const, audience: { type: "family" as const } };
    expect(compose(gossip, help, VIEW, NOW + 1_000).ok).toBe(true);
  });
});

describe("what is kept of a hostile stream", () => {
  test("[QT5] of what waits for a predecessor 8 MiB at most; the rest is not had", () => {
    const gossip = gossipOf();
    const bodyBytes = BODY_BYTES_MAX;
    let before: VerifiedEntry = FIRST;
    for (let count = 0; count * bodyBytes < PROVISIONAL_BYTES_MAX + 9 * bodyBytes; count += 1) {
      before = following(CHILD, before, { gapMs: 10 }, 0, { bodyBytes });
      if (count > 0) receive(gossip, before);
    }
    const { known, had } = streamOf(gossip, CHILD.device, 0);
    expect(known.size).toBe(Math.ceil(PROVISIONAL_BYTES_MAX / bodyBytes));
    expect(had).toHaveLength(1);
    expect(receive(gossip, before).untaken).toEqual({ reason: "parked-full", needsLedger: false });
  });

  test("[QT6] of what no app sends by itself 2,048 entries, also above a fork; others go on", () => {
    const gossip = gossipOf();
    receive(gossip, FIRST);
    const second = following(CHILD, FIRST);
    receive(gossip, second);
    let before = second;
    for (let count = 0; count < WANTON_MAX; count += 1) {
      before = following(CHILD, before, { gapMs: 1 }, 0, { rateMark: 7 });
      expect(receive(gossip, before).store).toHaveLength(1);
    }
    const next = following(CHILD, before, { gapMs: 1 }, 0, { rateMark: 7 });
    expect(receive(gossip, next).untaken).toEqual({ reason: "parked-full", needsLedger: false });
    receive(gossip, following(CHILD, FIRST, {}, 0, { ttlSeconds: 9 }));
    expect(verdictsOf(gossip, CHILD)[3]).toBe("fork");
    expect(receive(gossip, next).untaken?.reason).toBe("parked-full");
    expect(streamOf(gossip, CHILD.device, 0).wanton).toBe(WANTON_MAX);
    const other = chainOf(MUM, 1, { to: DAD });
    expect(
      feed(gossip, { type: "entry", entry: at(other, 0), from: peerOf(DAD) }).store,
    ).toHaveLength(1);
  });
});
