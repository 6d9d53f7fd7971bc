/** One replica at a time, message by message: PBFT, OSDI'99 §4.2; DESIGN §4.3, §4.6, §4.7. */
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { blockHashOf, certificateFault, type BlockHeader } from "../ledger/block.ts";
import { buildBlock, judgeBlock, type Head, type VerifiedBlock } from "../ledger/chain.ts";
import {
  FAMILY,
  fill,
  HOUR,
  MINUTE,
  NOW,
  signed,
  inviteBody,
  keyOf,
} from "../ledger/family-fixture.suite.test.ts";
import {
  createCluster,
  headWith,
  OBSERVER,
  proposalBy,
  REPLICAS,
  recordedBy,
  transactionOf,
  voteBy,
  voteRequest,
  voterAt,
} from "./cluster-fixture.suite.test.ts";
import { VIEWS_AHEAD_MAX } from "./limits.ts";
import type { Phase, VerifiedVote } from "./messages.ts";
import { primaryOf } from "./place.ts";
import { createReplica, type Ready, type Recorded, type Replica } from "./replica-state.ts";
import { TRUE_RULES } from "./rules.ts";
import { messagesInFlight, missingReplicas, step } from "./replica.ts";

const actor = (index: number): (typeof REPLICAS)[number] => {
  const found = REPLICAS[index];
  if (found === undefined) throw new Error("no such replica");
  return found;
};
const P = actor(0);
const HEAD = headWith(4);

function blockOf(index: number, head: Head = HEAD, now = NOW, primary = P.device): VerifiedBlock {
  const { verified } = buildBlock(head, [transactionOf(index)], primary, now);
  if (verified === null) throw new Error("it fits");
  return verified;
}

const BLOCK = blockOf(1);
const OTHER = blockOf(2);
const BODY = { epoch: 0, height: 6, view: 0, blockHash: BLOCK.hash };

const vote = (index: number, phase: Phase, changes: Partial<typeof BODY> = {}): VerifiedVote =>
  voteBy(actor(index), { phase, body: { ...BODY, ...changes } });

const feedVote = (replica: Replica, one: VerifiedVote): Ready =>
  step(replica, { type: "vote", vote: one });

const propose = (replica: Replica, verified: VerifiedBlock = BLOCK, by = P, now = NOW): Ready =>
  step(replica, { type: "proposal", proposal: proposalBy(by, verified), now });

/** A backup that has accepted the proposal and whose PREPARE is recorded. */
function preparedBackup(index = 1): Replica {
  const replica = voterAt(actor(index).device, HEAD);
  const request = voteRequest(propose(replica).record[0]);
  step(replica, { type: "recorded", recorded: recordedBy(actor(index), request) });
  return replica;
}

describe("one replica alone", () => {
  /** Runs n = 1 and restarts after that many moves; the block in the end. */
  function restartAfter(moves: number): { readonly hash: string; readonly records: number } {
    const cluster = createCluster(1);
    const steps = [
      (): void => cluster.work(0, [transactionOf(1)]),
      (): void => cluster.record(0),
      (): void => cluster.record(0),
    ];
    for (const one of steps.slice(0, moves)) one();
    cluster.restart(0);
    for (const _ of steps) {
      cluster.work(0, cluster.nodes[0]?.finalised.length === 0 ? [transactionOf(1)] : []);
      cluster.record(0);
    }
    const finalised = cluster.nodes[0]?.finalised ?? [];
    return { hash: toHex(finalised[0]?.verified.hash ?? fill(0, 0)), records: finalised.length };
  }

  test("[RP1] commits with no peer: PREPARE, COMMIT, a certificate of one", () => {
    const head = headWith(1);
    const replica = voterAt(P.device, head);
    const work = step(replica, { type: "work", pending: [transactionOf(1)], now: NOW });
    expect(work.record.map((one) => one.phase)).toEqual(["prepare"]);
    expect([work.send, work.finalised]).toEqual([[], null]);
    const prepare = voteRequest(work.record[0]);
    const prepared = step(replica, { type: "recorded", recorded: recordedBy(P, prepare) });
    expect(prepared.record.map((one) => one.phase)).toEqual(["commit"]);
    expect(prepared.send.map((one) => one.type)).toEqual(["pre-prepare"]);
    const commit = voteRequest(prepared.record[0]);
    const done = step(replica, { type: "recorded", recorded: recordedBy(P, commit) });
    expect(done.finalised?.certificate).toEqual({
      view: 0,
      commits: [{ replica: P.device, signature: voteBy(P, commit).signature }],
    });
    expect(replica.head.state.height).toBe(6);
  });

  for (const [moves, when] of [
    "before anything was asked for",
    "before the PREPARE is recorded",
    "after the PREPARE is recorded",
    "after the block is finalised",
  ].entries()) {
    test(`[RP2] restarted ${when}: the same block, once`, () => {
      expect(restartAfter(moves)).toEqual({
        hash: toHex(blockOf(1, headWith(1)).hash),
        records: 1,
      });
    });
  }

  test("[RP2] [RP4] restarted after the COMMIT was recorded and nothing applied", () => {
    const cluster = createCluster(1);
    cluster.work(0, [transactionOf(1)]);
    cluster.record(0);
    const [node] = cluster.nodes;
    const [prepare] = node?.log ?? [];
    const request = voteRequest(node?.signing[0]);
    if (node === undefined || prepare === undefined) throw new Error();
    const commit = recordedBy(P, request);
    // In either order, and where the log kept the COMMIT alone: never another block.
    for (const log of [[prepare, commit], [commit, prepare], [commit]]) {
      const replica = voterAt(P.device, headWith(1));
      const ready = step(replica, { type: "resumed", log, aloneMs: 0 });
      expect(toHex(ready.finalised?.verified.hash ?? fill(0, 0))).toBe(
        toHex(request.verified.hash),
      );
      expect(ready.record).toEqual([]);
    }
  });
});

describe("resuming", () => {
  test("[RP15] an empty log says nothing, one of another height is stale", () => {
    const replica = voterAt(P.device, HEAD);
    expect(step(replica, { type: "resumed", log: [], aloneMs: 0 })).toMatchObject({
      ignored: null,
      send: [],
    });
    const body = { ...BODY, height: 5 };
    const request = {
      phase: "prepare" as const,
      body,
      verified: BLOCK,
      prepared: [],
      viewChanges: [],
    };
    const log = [recordedBy(P, request)];
    expect(step(replica, { type: "resumed", log, aloneMs: 0 })).toMatchObject({
      ignored: "stale",
      send: [],
    });
  });

  test("[RP3] the primary sends its proposal and its COMMIT again, and asks for neither", () => {
    const replica = voterAt(P.device, HEAD);
    const work = step(replica, { type: "work", pending: [transactionOf(1)], now: NOW });
    const log: Recorded[] = [];
    const sent = work.record.flatMap((request) => {
      const recorded = recordedBy(P, request);
      log.push(recorded);
      return step(replica, { type: "recorded", recorded }).send;
    });
    const { blockHash } = voteRequest(work.record[0]).body;
    feedVote(replica, vote(1, "prepare", { blockHash }));
    const request = voteRequest(feedVote(replica, vote(2, "prepare", { blockHash })).record[0]);
    log.push(recordedBy(P, request));
    const ready = step(voterAt(P.device, HEAD), { type: "resumed", log, aloneMs: 0 });
    expect(ready.send.map((one) => one.type)).toEqual(["pre-prepare", "commit"]);
    expect(ready.send[0]).toEqual(sent[0]);
    expect(ready.record).toEqual([]);
  });
});

describe("the rules", () => {
  test("[RP26] a replica judges by the true rules, and nobody can change them", () => {
    expect(createReplica(P.device, HEAD).rules).toBe(TRUE_RULES);
    expect(Object.isFrozen(TRUE_RULES)).toBe(true);
  });
});

describe("proposing", () => {
  test("[RP13] the primary stays while all goes well, and the view counts on from it", () => {
    const by = (head: Head, view: number): string => toHex(primaryOf(head, view));
    const third = { ...HEAD, primary: actor(2).device };
    expect([0, 1, 2, 3, 4].map((view) => by(third, view))).toEqual(
      [2, 3, 0, 1, 2].map((index) => toHex(actor(index).device)),
    );
    expect(by({ ...HEAD, primary: OBSERVER.device }, 0)).toBe(toHex(P.device));
  });

  test("[RP14] the primary proposes once a height, and nobody else does", () => {
    const input = { type: "work", pending: [transactionOf(1)], now: NOW } as const;
    const replica = voterAt(P.device, HEAD);
    expect(step(replica, input).record).toHaveLength(1);
    expect(step(replica, input).record).toEqual([]);
    expect(step(replica, { ...input, pending: [transactionOf(2)] }).record).toEqual([]);
    for (const other of [actor(1), OBSERVER]) {
      expect(step(voterAt(other.device, HEAD), input).record).toEqual([]);
    }
  });

  test("[RP14] what fits nowhere is reported and not proposed; nothing is no proposal", () => {
    const replica = voterAt(P.device, HEAD);
    const misfit = signed(P, inviteBody(keyOf(5), "child", NOW - HOUR));
    const ready = step(replica, { type: "work", pending: [misfit], now: NOW });
    expect(ready.misfits).toEqual([{ transaction: misfit, reason: "bad-invite-life" }]);
    expect(ready.record).toEqual([]);
    expect(step(replica, { type: "work", pending: [], now: NOW }).record).toEqual([]);
  });

  test("[RP3] the proposal leaves only when its PREPARE is recorded", () => {
    const replica = voterAt(P.device, HEAD);
    const pending = [transactionOf(1)];
    const { send, record } = step(replica, { type: "work", pending, now: NOW });
    expect([send, messagesInFlight(replica)]).toEqual([[], []]);
    const request = voteRequest(record[0]);
    const ready = step(replica, { type: "recorded", recorded: recordedBy(P, request) });
    expect(ready.send.map((one) => one.type)).toEqual(["pre-prepare"]);
  });
});

describe("a backup", () => {
  test("[RP3] [RP9] PREPAREs a valid proposal: asked for, recorded, then sent", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const ready = propose(replica);
    expect(ready.send).toEqual([]);
    expect(ready.record).toEqual([
      {
        phase: "prepare",
        body: BODY,
        verified: BLOCK,
        prepared: [proposalBy(P, BLOCK).prepare],
        viewChanges: [],
      },
    ]);
    const request = voteRequest(ready.record[0]);
    const own = voteBy(actor(1), request);
    const { send } = step(replica, { type: "recorded", recorded: { request, vote: own } });
    expect(send).toEqual([
      { type: "prepare", ...BODY, replica: own.replica, signature: own.signature },
    ]);
  });

  test("[RP7] a second proposal, another's, and one in another's name get no vote", () => {
    const replica = preparedBackup();
    expect(propose(replica, OTHER)).toMatchObject({ ignored: "repeated-vote", record: [] });
    expect(propose(replica, BLOCK)).toMatchObject({ ignored: "stale", record: [] });
    const fresh = voterAt(actor(1).device, HEAD);
    expect(propose(fresh, BLOCK, actor(2))).toMatchObject({ ignored: "not-the-primary" });
    const named = blockOf(1, HEAD, NOW, actor(2).device);
    expect(propose(fresh, named)).toMatchObject({ ignored: "invalid-block", record: [] });
    const early = proposalBy(actor(1), blockOf(1, HEAD, NOW, actor(1).device), 1);
    expect(step(fresh, { type: "proposal", proposal: early, now: NOW })).toMatchObject({
      ignored: "unjustified",
    });
  });

  const { header } = BLOCK.block;
  const invalid: readonly (readonly [string, Partial<BlockHeader>])[] = [
    ["a wrong state root", { stateRoot: fill(32, 1) }],
    ["a time before the parent's", { time: NOW - 1 }],
    ["another parent", { parent: fill(32, 1) }],
    ["another next replica set", { nextReplicaSet: fill(32, 1) }],
    ["another rules version", { rulesVersion: 2 }],
  ];
  for (const [what, changes] of invalid) {
    test(`[RP8] ${what} gets no vote, and a valid proposal after it still does`, () => {
      const replica = voterAt(actor(1).device, HEAD);
      const changed = { ...header, ...changes };
      const block = { ...BLOCK.block, header: changed };
      const hash = blockHashOf(FAMILY, changed);
      expect(propose(replica, { ...BLOCK, block, hash })).toMatchObject({
        ignored: "invalid-block",
        record: [],
      });
      expect(propose(replica).record).toHaveLength(1);
    });
  }

  test("[RP8] a time too far ahead of my clock gets no vote until my clock has come near", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const ahead = blockOf(1, HEAD, NOW + 10 * MINUTE + 1);
    expect(propose(replica, ahead)).toMatchObject({ ignored: "too-far-ahead", record: [] });
    expect(propose(replica, ahead, P, NOW + 1).record).toHaveLength(1);
  });

  test("[RP8] finalised by others, a block from far ahead is taken by state transfer", () => {
    const ahead = blockOf(1, HEAD, NOW + HOUR);
    const judged = judgeBlock(HEAD, ahead);
    const replica = voterAt(actor(1).device, HEAD);
    if (judged.ok) step(replica, { type: "advanced", head: judged.head });
    expect(replica.head.state.height).toBe(6);
  });

  test("[RP9] COMMITs with the block and q PREPAREs, not before; the record carries them", () => {
    const replica = preparedBackup();
    expect(messagesInFlight(replica).map((one) => one.type)).toEqual([
      "pre-prepare",
      "prepare",
      "prepare",
    ]);
    const ready = feedVote(replica, vote(3, "prepare"));
    expect(ready.record.map((one) => one.phase)).toEqual(["commit"]);
    const signers = voteRequest(ready.record[0]).prepared.map((one) => toHex(one.replica));
    expect(new Set(signers)).toEqual(new Set([0, 1, 3].map((index) => toHex(actor(index).device))));
  });

  test("[RP9] q PREPAREs without the block, or for another block, are no reason to COMMIT", () => {
    const replica = voterAt(actor(1).device, HEAD);
    for (const index of [0, 2, 3]) {
      expect(feedVote(replica, vote(index, "prepare")).record).toEqual([]);
    }
    const second = propose(replica, OTHER);
    expect([second.record, second.evidence.length]).toEqual([[], 1]);
    const late = voterAt(actor(1).device, HEAD);
    for (const index of [0, 2, 3]) feedVote(late, vote(index, "prepare"));
    expect(propose(late).record.map((one) => one.phase)).toEqual(["prepare", "commit"]);
  });

  test("[RP2] [RP3] restarted, it has the proposal again and sends the same bytes", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const request = voteRequest(propose(replica).record[0]);
    const own = voteBy(actor(1), request);
    const first = step(replica, { type: "recorded", recorded: { request, vote: own } });
    const again = voterAt(actor(1).device, HEAD);
    const second = step(again, { type: "resumed", log: [{ request, vote: own }], aloneMs: 0 });
    expect(second.send).toEqual(first.send);
    expect(messagesInFlight(again)).toEqual(messagesInFlight(replica));
    expect(propose(again, OTHER)).toMatchObject({ ignored: "repeated-vote", record: [] });
    expect(feedVote(again, vote(2, "prepare")).record.map((one) => one.phase)).toEqual(["commit"]);
  });

  test("[RP4] with only its COMMIT in the log it never PREPAREs another block", () => {
    const replica = preparedBackup(3);
    const request = voteRequest(feedVote(replica, vote(2, "prepare")).record[0]);
    const again = voterAt(actor(3).device, HEAD);
    const own = voteBy(actor(3), request);
    step(again, { type: "resumed", log: [{ request, vote: own }], aloneMs: 0 });
    expect(propose(again, OTHER).record).toEqual([]);
    // A record without any PREPARE (an older log) rules it out just as well.
    const bare = voterAt(actor(3).device, HEAD);
    const stripped = { ...request, prepared: [] };
    step(bare, { type: "resumed", log: [{ request: stripped, vote: own }], aloneMs: 0 });
    expect(propose(bare, OTHER).record).toEqual([]);
  });
});

describe("votes", () => {
  test("[RP10] other heights, epochs, strangers and far views change nothing", () => {
    const replica = preparedBackup();
    const before = messagesInFlight(replica);
    const stranger = voteBy(OBSERVER, { phase: "prepare", body: BODY });
    const hostile: readonly (readonly [VerifiedVote, string])[] = [
      [vote(2, "prepare", { height: 5 }), "other-height"],
      [vote(2, "commit", { height: 7 }), "other-height"],
      [vote(2, "prepare", { epoch: 1 }), "other-epoch"],
      [vote(2, "commit", { view: VIEWS_AHEAD_MAX + 1 }), "other-view"],
      [stranger, "not-a-replica"],
    ];
    for (const [one, ignored] of hostile) {
      expect(feedVote(replica, one)).toMatchObject({ ignored, record: [], send: [] });
    }
    expect(messagesInFlight(replica)).toEqual(before);
    const elsewhere = { ...BLOCK, block: { ...BLOCK.block, header: { ...BLOCK.block.header } } };
    const foreign = proposalBy(P, elsewhere);
    const body = { ...foreign.prepare.body, epoch: 9 };
    const message = { ...foreign, prepare: { ...foreign.prepare, body } };
    expect(step(replica, { type: "proposal", proposal: message, now: NOW }).ignored).toBe(
      "other-epoch",
    );
  });

  test("[RP10] [RP11] a vote of a view ahead is kept, and counts for that view alone", () => {
    const replica = preparedBackup();
    expect(feedVote(replica, vote(2, "commit", { view: VIEWS_AHEAD_MAX })).ignored).toBeNull();
    expect(feedVote(replica, vote(3, "commit", { view: 1 })).finalised).toBeNull();
    expect(feedVote(replica, vote(0, "commit")).finalised).toBeNull();
  });

  test("[RP11] q COMMITs finalise what I have not prepared, in any one view", () => {
    for (const view of [0, 3]) {
      const replica = voterAt(actor(1).device, HEAD);
      propose(replica);
      expect(feedVote(replica, vote(0, "commit", { view })).finalised).toBeNull();
      expect(feedVote(replica, vote(3, "commit", { view })).finalised).toBeNull();
      const { finalised } = feedVote(replica, vote(2, "commit", { view }));
      expect(finalised?.certificate.view).toBe(view);
      expect(finalised?.certificate.commits).toHaveLength(3);
    }
  });

  test("[RP11] one signer with many signatures is one signer", () => {
    const replica = preparedBackup();
    feedVote(replica, vote(0, "commit"));
    for (const signature of [7, 8, 9]) {
      const again = { ...vote(0, "commit"), signature: fill(64, signature) };
      expect(feedVote(replica, again)).toMatchObject({ ignored: "repeated-vote", finalised: null });
      const prepare = { ...vote(0, "prepare"), signature: fill(64, signature) };
      expect(feedVote(replica, prepare)).toMatchObject({ ignored: "repeated-vote", record: [] });
    }
  });

  test("[RP12] an observer finalises from proposal and COMMITs, and never votes", () => {
    const replica = voterAt(OBSERVER.device, HEAD);
    const readies = [
      feedVote(replica, vote(2, "commit")),
      feedVote(replica, vote(1, "commit")),
      feedVote(replica, vote(0, "commit")),
      propose(replica),
    ];
    expect(readies.flatMap((one) => [...one.record, ...one.send])).toEqual([]);
    expect(readies.map((one) => one.finalised !== null)).toEqual([false, false, false, true]);
  });
});

describe("certificates", () => {
  test("[RP6] more COMMITs than q before the proposal still make a certificate of q", () => {
    const replica = voterAt(OBSERVER.device, HEAD);
    for (const index of [3, 2, 1, 0]) feedVote(replica, vote(index, "commit"));
    const { finalised } = propose(replica);
    const set = HEAD.state.replicas;
    expect(finalised?.certificate.commits).toHaveLength(3);
    expect(finalised !== null && certificateFault(finalised.certificate, set)).toBeNull();
  });
});

describe("between heights", () => {
  test("[RP15] nothing of the last height is left", () => {
    const replica = preparedBackup();
    for (const index of [0, 2, 3]) feedVote(replica, vote(index, "commit"));
    expect(replica.head.state.height).toBe(6);
    expect(messagesInFlight(replica)).toEqual([]);
    expect(feedVote(replica, vote(0, "commit")).ignored).toBe("other-height");
    const next = blockOf(2, replica.head);
    expect(propose(replica, next).record.map((one) => one.body.height)).toEqual([7]);
  });

  test("[RP15] a record that comes back after a transferred block is neither kept nor sent", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const request = voteRequest(propose(replica).record[0]);
    const judged = judgeBlock(HEAD, BLOCK);
    if (!judged.ok) throw new Error("it is valid");
    step(replica, { type: "advanced", head: judged.head });
    const late = step(replica, { type: "recorded", recorded: recordedBy(actor(1), request) });
    expect(late).toMatchObject({ ignored: "stale", send: [], record: [] });
  });

  test("[RP16] what is in flight, and who is missing", () => {
    const replica = voterAt(actor(1).device, HEAD);
    const missing = (): readonly string[] => missingReplicas(replica).map((one) => toHex(one));
    expect(missing()).toEqual([toHex(P.device)]);
    propose(replica);
    expect(missing()).toHaveLength(4);
    feedVote(replica, vote(2, "commit"));
    expect(missing()).toEqual([0, 1, 3].map((index) => toHex(actor(index).device)));
    expect(messagesInFlight(replica).map((one) => one.type)).toEqual([
      "pre-prepare",
      "prepare",
      "commit",
    ]);
  });
});
