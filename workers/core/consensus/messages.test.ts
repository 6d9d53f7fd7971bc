import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, toHex } from "../codec/ids.ts";
import { fill, foundFamily, FOUNDER } from "../ledger/family-fixture.suite.test.ts";
import { BLOCK_BYTES_MAX } from "../ledger/limits.ts";
import {
  certificateBy,
  changeBy,
  headWith,
  proposalBy,
  REPLICAS,
  voteBy,
} from "./cluster-fixture.suite.test.ts";
import {
  decodeConsensus,
  encodeConsensus,
  encodeViewChange,
  proposalMessageOf,
  viewChangeMessageOf,
  viewChangeOf,
  voteMessageOf,
  type VerifiedVote,
} from "./messages.ts";
import { addVote, emptyTally, votesFor, votesOf } from "./tally.ts";

const HASH = fill(32, 1);
const OTHER = fill(32, 2);

const vote = (index: number, view = 0, blockHash = HASH): VerifiedVote => {
  const actor = REPLICAS[index];
  if (actor === undefined) throw new Error("no such replica");
  return voteBy(actor, { phase: "prepare", body: { epoch: 0, height: 1, view, blockHash } });
};

describe("messages", () => {
  test("[CM1] [CM2] a vote's wire form says what the vote says", () => {
    for (const phase of ["prepare", "commit"] as const) {
      const one = { ...vote(1, 3), phase };
      const message = voteMessageOf(one);
      expect(message).toEqual({
        type: phase,
        ...one.body,
        replica: one.replica,
        signature: one.signature,
      });
      expect(decodeConsensus(encodeConsensus(message))).toEqual({ ok: true, value: message });
    }
  });

  test("[CM1] a proposal carries the block once, its view and the primary's PREPARE", () => {
    const { verified } = foundFamily();
    const body = { epoch: 0, height: 0, view: 0, blockHash: verified.hash };
    const prepare = voteBy(FOUNDER, { phase: "prepare", body });
    const message = proposalMessageOf({ verified, prepare, viewChanges: [] });
    expect(message).toEqual({
      type: "pre-prepare",
      view: 0,
      block: verified.block,
      signature: prepare.signature,
      replica: FOUNDER.device,
    });
    expect(decodeConsensus(encodeConsensus(message))).toEqual({ ok: true, value: message });
  });

  test("[CM4] [CM5] a VIEW-CHANGE claims what it signs; above view 0 a proposal is a NEW-VIEW", () => {
    const { verified } = foundFamily();
    const certificate = certificateBy(REPLICAS.slice(0, 3), verified, 4);
    const head = headWith(4);
    for (const prepared of [null, certificate]) {
      const change = changeBy(FOUNDER, head, 7, prepared);
      const body = { ...change.body, epoch: 0, height: 0 };
      const moved = { ...change, body };
      const message = viewChangeMessageOf(moved, prepared === null ? null : verified);
      expect(decodeConsensus(encodeConsensus(message))).toEqual({ ok: true, value: message });
      if (message.type !== "view-change") throw new Error("it is one");
      expect(viewChangeOf(message.change)).toEqual(moved);
      const signed = encodeViewChange(moved.body);
      for (const other of [
        { ...body, view: 8 },
        { ...body, height: 1 },
        { ...body, prepared: { view: 5, blockHash: verified.hash } },
      ]) {
        expect(encodeViewChange(other)).not.toEqual(signed);
      }
      const proposal = { ...proposalBy(FOUNDER, verified, 7, [moved]) };
      const sent = proposalMessageOf(proposal);
      expect(sent).toMatchObject({ type: "new-view", view: 7, viewChanges: [message.change] });
      expect(decodeConsensus(encodeConsensus(sent))).toEqual({ ok: true, value: sent });
    }
  });

  test("[CM3] more bytes than the limit are refused unread", () => {
    expect(decodeConsensus(new Uint8Array(BLOCK_BYTES_MAX + 8193))).toMatchObject({
      reason: "too-large",
    });
  });
});

describe("the tally", () => {
  test("[TL1] the first vote of a signer in a view stays", () => {
    const tally = emptyTally();
    expect(addVote(tally, vote(1)).type).toBe("added");
    expect(addVote(tally, vote(1)).type).toBe("repeated");
    expect(addVote(tally, vote(1, 0, OTHER)).type).toBe("conflict");
    // Another signature of the same vote is no proof of anything.
    expect(addVote(tally, { ...vote(1), signature: fill(64, 9) }).type).toBe("repeated");
    expect(votesOf(tally)).toEqual([vote(1)]);
    expect(votesFor(tally, 0, OTHER)).toEqual([]);
  });

  test("[TL2] the order of reading is that of the signers, whatever arrived first", () => {
    const votes = [0, 1, 2, 3, 4].map((index) => vote(index));
    const expected = votes
      .map((one) => one.replica)
      .toSorted(compareBytes)
      .map((one) => toHex(one));
    fc.assert(
      fc.property(fc.shuffledSubarray(votes, { minLength: 5 }), (order) => {
        const tally = emptyTally();
        for (const one of order) addVote(tally, one);
        expect(votesFor(tally, 0, HASH).map((one) => toHex(one.replica))).toEqual(expected);
        expect(votesOf(tally).map((one) => toHex(one.replica))).toEqual(expected);
      }),
    );
  });

  test("[TL3] views are apart", () => {
    const tally = emptyTally();
    for (const view of [2, 0, 1]) addVote(tally, vote(1, view));
    expect(votesOf(tally).map((one) => one.body.view)).toEqual([0, 1, 2]);
    for (const view of [0, 1, 2]) expect(votesFor(tally, view, HASH)).toHaveLength(1);
    expect(votesFor(tally, 3, HASH)).toEqual([]);
  });
});
