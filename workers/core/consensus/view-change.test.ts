/** View change at one height: PBFT, OSDI'99 §4.4; DESIGN §4.4, §4.5, §4.7. */
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { buildBlock, type VerifiedBlock } from "../ledger/chain.ts";
import { fill, NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  certificateBy,
  changeBy,
  createCluster,
  headWith,
  proposalBy,
  recordedBy,
  REPLICAS,
  transactionOf,
  voteBy,
  voteRequest,
  voterAt,
} from "./cluster-fixture.suite.test.ts";
import { ALONE_TIMEOUT_MS_MIN, VIEWS_AHEAD_MAX } from "./limits.ts";
import type { PreparedCertificate, VerifiedViewChange } from "./messages.ts";
import { areJustification, highestPrepared, isPrepared, isProven } from "./prepared.ts";
import { createReplica, placeOf, type Ready, type Replica } from "./replica-state.ts";
import { messagesInFlight, missingReplicas, step } from "./replica.ts";

const actor = (index: number): (typeof REPLICAS)[number] => {
  const found = REPLICAS[index];
  if (found === undefined) throw new Error("no such replica");
  return found;
};
const actors = (...indices: readonly number[]): readonly (typeof REPLICAS)[number][] =>
  indices.map((one) => actor(one));
const HEAD = headWith(4);
const PLACE = placeOf(createReplica(actor(0).device, HEAD));

/** A block that this replica first proposed. */
function blockBy(index: number, transaction: number): VerifiedBlock {
  const { verified } = buildBlock(HEAD, [transactionOf(transaction)], actor(index).device, NOW);
  if (verified === null) throw new Error("it fits");
  return verified;
}
const B0 = blockBy(0, 1);
const B1 = blockBy(1, 2);

const change = (
  index: number,
  view: number,
  prepared: PreparedCertificate | null = null,
): VerifiedViewChange => changeBy(actor(index), HEAD, view, prepared);

const feed = (
  replica: Replica,
  one: VerifiedViewChange,
  verified: VerifiedBlock | null = null,
): Ready => step(replica, { type: "view-change", change: one, verified });

const propose = (
  replica: Replica,
  by: number,
  verified: VerifiedBlock,
  view: number,
  changes: readonly VerifiedViewChange[],
): Ready =>
  step(replica, {
    type: "proposal",
    proposal: proposalBy(actor(by), verified, view, changes),
    now: NOW,
  });

const CERTIFICATE = certificateBy(actors(0, 1, 2), B0, 0);

describe("prepared certificates", () => {
  test("[VC1] exactly q PREPAREs of distinct members, of one view, for one block of this height", () => {
    expect(isPrepared(CERTIFICATE, PLACE)).toBe(true);
    const [first, second, third] = CERTIFICATE.prepares;
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    const wrong: readonly (readonly [string, readonly (typeof first)[]])[] = [
      ["too few", [first, second]],
      ["too many", [first, second, third, ...certificateBy(actors(3), B0, 0).prepares]],
      ["one signer twice", [first, second, { ...second, signature: fill(64, 9) }]],
      ["a stranger", [first, second, ...certificateBy(actors(4), B0, 0).prepares]],
      ["another view", [first, second, ...certificateBy(actors(3), B0, 1).prepares]],
      ["another block", [first, second, ...certificateBy(actors(3), B1, 0).prepares]],
      ["COMMITs", [first, second, voteBy(actor(3), { phase: "commit", body: first.body })]],
    ];
    for (const [what, prepares] of wrong) {
      expect([what, isPrepared({ ...CERTIFICATE, prepares }, PLACE)]).toEqual([what, false]);
    }
    expect(isPrepared(CERTIFICATE, { ...PLACE, height: 7 })).toBe(false);
    expect(isPrepared(CERTIFICATE, { ...PLACE, epoch: 1 })).toBe(false);
  });

  test("[VC2] a claim is proven by its certificate, below the view that is asked for", () => {
    expect(isProven(change(1, 1), PLACE)).toBe(true);
    expect(isProven(change(1, 1, CERTIFICATE), PLACE)).toBe(true);
    expect(isProven({ ...change(1, 1, CERTIFICATE), prepared: null }, PLACE)).toBe(false);
    expect(isProven({ ...change(1, 1), prepared: CERTIFICATE }, PLACE)).toBe(false);
    expect(isProven(change(1, 1, certificateBy(actors(0, 1, 2), B0, 1)), PLACE)).toBe(false);
    expect(isProven(change(1, 1, certificateBy(actors(0, 1), B0, 0)), PLACE)).toBe(false);
    expect(isProven(change(4, 1), PLACE)).toBe(false);
    expect(isProven(change(1, 1), { ...PLACE, height: 7 })).toBe(false);
  });

  test("[VC3] q distinct VIEW-CHANGEs of exactly one view justify a proposal", () => {
    const three = [1, 2, 3].map((one) => change(one, 1));
    expect(areJustification(three, 1, PLACE)).toBe(true);
    expect(areJustification(three, 2, PLACE)).toBe(false);
    expect(areJustification(three.slice(1), 1, PLACE)).toBe(false);
    expect(areJustification([...three, change(0, 1)], 1, PLACE)).toBe(false);
    expect(areJustification([change(1, 1), change(1, 1), change(2, 1)], 1, PLACE)).toBe(false);
    expect(areJustification([change(1, 1), change(2, 1), change(3, 2)], 1, PLACE)).toBe(false);
  });

  test("[VC4] the certificate of the highest view binds", () => {
    const higher = certificateBy(actors(1, 2, 3), B1, 1);
    const order = [change(1, 2, CERTIFICATE), change(2, 2, higher), change(3, 2)];
    expect(highestPrepared(order)?.view).toBe(1);
    expect(highestPrepared(order.toReversed())?.view).toBe(1);
    expect(highestPrepared([change(1, 2)])).toBeNull();
  });
});

describe("giving a view up", () => {
  /** A backup of four with work and no proposal. */
  function waiting(index: number): Replica {
    const replica = voterAt(actor(index).device, HEAD);
    step(replica, { type: "work", pending: [transactionOf(1)], now: NOW });
    return replica;
  }
  const linked = REPLICAS.map((one) => one.device);
  const tick = (replica: Replica, elapsedMs: number, devices = linked): Ready =>
    step(replica, { type: "tick", now: NOW, elapsedMs, linked: devices, roundTripMs: 0 });

  test("[RP17] a primary that ignores a transaction loses its view after the time for it", () => {
    const replica = waiting(1);
    expect(tick(replica, 999).record).toEqual([]);
    expect(tick(replica, 1).record).toMatchObject([
      { phase: "view-change", body: { view: 1, prepared: null }, verified: null },
    ]);
    expect(replica).toMatchObject({ view: 1, isChanging: true });
  });

  test("[RP17] an expired transaction, or none, deposes nobody", () => {
    const replica = voterAt(actor(1).device, HEAD);
    expect(tick(replica, 60_000).record).toEqual([]);
    const late = {
      ...transactionOf(1),
      content: { ...transactionOf(1).content, expiresHeight: 1 },
    };
    step(replica, { type: "work", pending: [late], now: NOW });
    expect(tick(replica, 60_000).record).toEqual([]);
  });

  test("[RP17] a VIEW-CHANGE alone is no work: it is joined and starts no timer", () => {
    const replica = voterAt(actor(3).device, HEAD);
    feed(replica, change(1, 1));
    expect(tick(replica, 60_000).record).toEqual([]);
    expect(feed(replica, change(2, 1)).record).toMatchObject([{ phase: "view-change" }]);
    expect(tick(replica, 60_000).record).toEqual([]);
  });

  test("[RP17] without a connected quorum only awake hours count", () => {
    const replica = waiting(1);
    expect(tick(replica, ALONE_TIMEOUT_MS_MIN - 1, []).record).toEqual([]);
    expect(tick(replica, 1, []).record).toMatchObject([{ phase: "view-change" }]);
  });

  test("[RP18] after its VIEW-CHANGE a replica votes for nothing below it", () => {
    const replica = voterAt(actor(1).device, HEAD);
    step(replica, { type: "work", pending: [transactionOf(1)], now: NOW });
    const request = tick(replica, 1_000).record[0];
    if (request === undefined) throw new Error("it is asked for");
    step(replica, { type: "recorded", recorded: recordedBy(actor(1), request) });
    const ready = propose(replica, 0, B0, 0, []);
    expect(ready.record).toEqual([]);
    for (const index of [0, 2, 3]) {
      const body = { epoch: 0, height: 6, view: 0, blockHash: B0.hash };
      const vote = voteBy(actor(index), { phase: "prepare", body });
      expect(step(replica, { type: "vote", vote }).record).toEqual([]);
    }
    // But what it learns so it carries on.
    expect(replica.prepared?.view).toBe(0);
  });

  test("[RP18] restarted it is where its log says, and sends its VIEW-CHANGE again", () => {
    const replica = waiting(1);
    const request = tick(replica, 1_000).record[0];
    if (request === undefined) throw new Error("it is asked for");
    const recorded = recordedBy(actor(1), request);
    const first = step(replica, { type: "recorded", recorded });
    const again = createReplica(actor(1).device, HEAD);
    const second = step(again, { type: "resumed", log: [recorded], aloneMs: 5 });
    expect(second.send).toEqual(first.send);
    expect(again).toMatchObject({ view: 1, isChanging: true, timer: { aloneMs: 5 } });
    expect(propose(again, 0, B0, 0, []).record).toEqual([]);
  });

  test("[RP19] f+1 VIEW-CHANGEs ahead are joined at the smallest, with what I know", () => {
    const replica = voterAt(actor(3).device, HEAD);
    propose(replica, 0, B0, 0, []);
    for (const index of [0, 1]) {
      const body = { epoch: 0, height: 6, view: 0, blockHash: B0.hash };
      step(replica, { type: "vote", vote: voteBy(actor(index), { phase: "prepare", body }) });
    }
    const own = voteRequest(propose(voterAt(actor(3).device, HEAD), 0, B0, 0, []).record[0]);
    step(replica, { type: "recorded", recorded: recordedBy(actor(3), own) });
    expect(feed(replica, change(1, 5)).record).toEqual([]);
    const joined = feed(replica, change(2, 2)).record;
    expect(joined).toMatchObject([{ body: { view: 2, prepared: { view: 0 } } }]);
  });

  test("[RP19] an unproven, a foreign and a far VIEW-CHANGE are dropped; one of each signer is kept", () => {
    const replica = voterAt(actor(3).device, HEAD);
    const short = certificateBy(actors(0, 1), B0, 0);
    expect(feed(replica, change(1, 1, short), B0).ignored).toBe("unproven");
    expect(feed(replica, change(1, 1, CERTIFICATE)).ignored).toBe("unproven");
    expect(feed(replica, change(1, 1, CERTIFICATE), B1).ignored).toBe("unproven");
    expect(feed(replica, change(4, 1)).ignored).toBe("not-a-replica");
    expect(feed(replica, change(1, VIEWS_AHEAD_MAX + 1)).ignored).toBe("other-view");
    const other = { ...change(1, 1), body: { ...change(1, 1).body, height: 7 } };
    expect(feed(replica, other).ignored).toBe("other-height");
    feed(replica, change(1, 3));
    expect(feed(replica, change(1, 2)).ignored).toBe("repeated-vote");
    expect(replica.viewChanges.size).toBe(1);
  });
});

describe("the next primary", () => {
  test("[RP20] proposes with exactly q VIEW-CHANGEs, bound to the highest certificate", () => {
    const replica = voterAt(actor(1).device, HEAD);
    step(replica, { type: "work", pending: [transactionOf(2)], now: NOW });
    feed(replica, change(2, 1, CERTIFICATE), B0);
    const joined = feed(replica, change(3, 1)).record[0];
    if (joined === undefined) throw new Error("f+1 are ahead");
    const ready = step(replica, { type: "recorded", recorded: recordedBy(actor(1), joined) });
    const draft = voteRequest(ready.record[0]);
    expect(toHex(draft.body.blockHash)).toBe(toHex(B0.hash));
    expect(draft.viewChanges).toHaveLength(3);
    const sent = step(replica, { type: "recorded", recorded: recordedBy(actor(1), draft) }).send;
    expect(sent).toMatchObject([{ type: "new-view", view: 1 }]);
  });

  test("[RP20] is free only where nobody has a certificate, and waits for work then", () => {
    const replica = voterAt(actor(1).device, HEAD);
    feed(replica, change(2, 1));
    const joined = feed(replica, change(3, 1)).record[0];
    if (joined === undefined) throw new Error("f+1 are ahead");
    const own = { type: "recorded", recorded: recordedBy(actor(1), joined) } as const;
    expect(step(replica, own).record).toEqual([]);
    const ready = step(replica, { type: "work", pending: [transactionOf(2)], now: NOW });
    expect(toHex(voteRequest(ready.record[0]).body.blockHash)).toBe(toHex(B1.hash));
  });

  test("[RP21] its proposal is recomputed: wrong view, block, signers or primary get no vote", () => {
    const three = [change(0, 1), change(2, 1), change(3, 1)];
    const bound = [change(0, 1), change(2, 1, CERTIFICATE), change(3, 1)];
    const fresh = (): Replica => voterAt(actor(3).device, HEAD);
    expect(propose(fresh(), 1, B1, 1, three).record).toMatchObject([{ phase: "prepare" }]);
    expect(propose(fresh(), 1, B0, 1, bound).record).toMatchObject([{ phase: "prepare" }]);
    const refused: readonly (readonly [Ready, string])[] = [
      [propose(fresh(), 1, B1, 1, bound), "unjustified"],
      [propose(fresh(), 1, B1, 1, three.slice(1)), "unjustified"],
      [propose(fresh(), 1, B1, 1, []), "unjustified"],
      [propose(fresh(), 1, B0, 1, three), "invalid-block"],
      [propose(fresh(), 2, B1, 1, three), "not-the-primary"],
      [propose(fresh(), 0, B0, 0, three), "unjustified"],
    ];
    for (const [ready, ignored] of refused) expect(ready).toMatchObject({ ignored, record: [] });
  });

  test("[RP25] a proposal of a view that was left teaches once; the second time it is no news", () => {
    const replica = voterAt(actor(3).device, HEAD);
    propose(replica, 1, B1, 1, [change(0, 1), change(2, 1), change(3, 1)]);
    expect(propose(replica, 0, B0, 0, [])).toMatchObject({ ignored: null, record: [] });
    expect(replica.blocks.has(toHex(B0.hash))).toBe(true);
    expect(propose(replica, 0, B0, 0, [])).toMatchObject({ ignored: "stale" });
  });

  test("[RP21] a re-proposal keeps its block, first primary and old time, and is judged by no clock", () => {
    const replica = voterAt(actor(3).device, HEAD);
    const bound = [change(0, 1), change(2, 1, CERTIFICATE), change(3, 1)];
    const proposal = proposalBy(actor(1), B0, 1, bound);
    const early = NOW - 365 * 24 * 3_600_000;
    expect(step(replica, { type: "proposal", proposal, now: early }).record).toHaveLength(1);
    expect(toHex(B0.block.header.primary)).toBe(toHex(actor(0).device));
  });

  test("[HO12] a held primary gets no PREPARE for its own changes, but for what is bound", () => {
    const of = (
      by: number,
      verified: VerifiedBlock,
      changes: readonly VerifiedViewChange[],
    ): Ready => {
      const replica = voterAt(actor(3).device, HEAD);
      const proposal = proposalBy(actor(by), verified, changes.length === 0 ? 0 : 1, changes);
      return step(replica, { type: "proposal", proposal, now: NOW, isHeld: true });
    };
    expect(of(0, B0, [])).toMatchObject({ ignored: "held", record: [] });
    const three = [change(0, 1), change(2, 1), change(3, 1)];
    expect(of(1, B1, three)).toMatchObject({ ignored: "held", record: [] });
    const bound = [change(0, 1), change(2, 1, CERTIFICATE), change(3, 1)];
    expect(of(1, B0, bound).record).toMatchObject([{ phase: "prepare" }]);
  });

  test("[RP24] what it is in flight is handed on in an order that keeps certificates", () => {
    const replica = voterAt(actor(3).device, HEAD);
    feed(replica, change(2, 1, CERTIFICATE), B0);
    feed(replica, change(0, 1));
    propose(replica, 1, B0, 1, [change(0, 1), change(1, 1), change(2, 1, CERTIFICATE)]);
    expect(messagesInFlight(replica).map((one) => one.type)).toEqual([
      "new-view",
      "prepare",
      "view-change",
      "view-change",
      "view-change",
    ]);
    const changing = voterAt(actor(3).device, HEAD);
    feed(changing, change(0, 1));
    feed(changing, change(1, 1));
    expect(missingReplicas(changing).map((one) => toHex(one))).toEqual(
      [2, 3].map((one) => toHex(actor(one).device)),
    );
  });
});

describe("who may vote", () => {
  const STATUS = { height: 5, votes: [], viewChanges: [] };

  test("[RP22] after a start nobody among several votes before a STATUS of its height", () => {
    const replica = createReplica(actor(1).device, HEAD);
    expect(propose(replica, 0, B0, 0, []).record).toEqual([]);
    const behind = { ...STATUS, height: 4 };
    expect(step(replica, { type: "status", known: behind }).record).toEqual([]);
    const ready = step(replica, { type: "status", known: STATUS });
    expect(ready.record).toMatchObject([{ phase: "prepare" }]);
  });

  test("[RP22] a vote of mine that my log does not have silences me, from STATUS or in passing", () => {
    const body = { epoch: 0, height: 6, view: 0, blockHash: B0.hash };
    const vote = voteBy(actor(1), { phase: "commit", body });
    for (const [input, what] of [
      [{ type: "status", known: { ...STATUS, votes: [vote] } }, "status"],
      [{ type: "status", known: { ...STATUS, viewChanges: [change(1, 1)] } }, "status"],
      [{ type: "vote", vote }, "vote"],
      [{ type: "view-change", change: change(1, 1), verified: null }, "view-change"],
      [
        {
          type: "proposal",
          proposal: proposalBy(
            actor(1),
            B1,
            1,
            [0, 2, 3].map((one) => change(one, 1)),
          ),
          now: NOW,
        },
        "my own proposal",
      ],
    ] as const) {
      const replica = createReplica(actor(1).device, HEAD);
      expect([what, step(replica, input).isRefused]).toEqual([what, true]);
      step(replica, { type: "status", known: STATUS });
      expect(propose(replica, 0, B0, 0, []).record).toEqual([]);
      // Told once.
      expect(step(replica, input).isRefused).toBe(false);
    }
  });

  test("[RP22] my own votes as my log has them, and those of a finished height, are no alarm", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const request = voteRequest(propose(replica, 0, B0, 0, []).record[0]);
    const recorded = recordedBy(actor(1), request);
    const again = createReplica(actor(1).device, HEAD);
    step(again, { type: "resumed", log: [recorded], aloneMs: 0 });
    const old = voteBy(actor(1), { phase: "commit", body: { ...request.body, height: 5 } });
    const votes = [voteBy(actor(1), request), old];
    expect(step(again, { type: "status", known: { ...STATUS, votes } }).isRefused).toBe(false);
    expect(again.standing).toBe("may-vote");
  });
});

describe("evidence", () => {
  test("[RP23] two votes for different blocks convict their signer; two signatures of one do not", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const body = { epoch: 0, height: 6, view: 0, blockHash: B0.hash };
    const vote = voteBy(actor(2), { phase: "commit", body });
    step(replica, { type: "vote", vote });
    const resigned = { ...vote, signature: fill(64, 3) };
    expect(step(replica, { type: "vote", vote: resigned }).evidence).toEqual([]);
    const second = voteBy(actor(2), { phase: "commit", body: { ...body, blockHash: B1.hash } });
    expect(step(replica, { type: "vote", vote: second }).evidence).toEqual([
      { first: vote, second },
    ]);
    propose(replica, 0, B0, 0, []);
    expect(propose(replica, 0, blockBy(0, 2), 0, []).evidence).toHaveLength(1);
  });
});

describe("the whole way", () => {
  test("[RP17] [RP20] a dead primary: the other three finalise in the next view, and it stays primary", () => {
    const cluster = createCluster(4);
    const three = [1, 2, 3];
    for (const index of three) cluster.work(index, [transactionOf(1)]);
    for (const index of three) cluster.tick(index, 200, three);
    cluster.settle([...three, 4]);
    const hashes = [1, 2, 3, 4].map((one) => cluster.nodes[one]?.finalised[0]);
    expect(new Set(hashes.map((one) => toHex(one?.verified.hash ?? fill(0, 0)))).size).toBe(1);
    expect(hashes[0]?.certificate.view).toBe(1);
    expect(toHex(hashes[0]?.head.primary ?? fill(0, 0))).toBe(toHex(actor(1).device));
    cluster.reconnect();
    cluster.settle();
    expect(cluster.nodes.map((one) => one.finalised.length)).toEqual([1, 1, 1, 1, 1]);
  });

  test("[RP18] [RP20] what was prepared survives its primary's view", () => {
    const cluster = createCluster(4);
    cluster.work(0, [transactionOf(1)]);
    cluster.record(0);
    // The proposal reaches 1 and 2; their PREPAREs reach 1 alone; then the primary is gone.
    const to = (index: number, from: readonly string[]): void => {
      for (const packet of cluster.packets.filter((one) => one.to === index)) {
        if (from.includes(packet.message.type)) cluster.deliver(packet);
      }
    };
    to(1, ["pre-prepare"]);
    to(2, ["pre-prepare"]);
    cluster.record(1);
    cluster.record(2);
    to(1, ["prepare"]);
    cluster.record(1);
    cluster.packets.length = 0;
    const b0 = toHex(cluster.nodes[1]?.replica.prepared?.blockHash ?? fill(0, 0));
    const three = [1, 2, 3];
    cluster.work(3, [transactionOf(7)]);
    for (const index of three) cluster.tick(index, 200, three);
    cluster.settle(three);
    for (const index of three) {
      const [finalised] = cluster.nodes[index]?.finalised ?? [];
      expect(toHex(finalised?.verified.hash ?? fill(0, 0))).toBe(b0);
      expect(finalised?.certificate.view).toBe(1);
    }
  });
});
