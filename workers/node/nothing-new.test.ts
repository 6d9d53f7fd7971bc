import { expect, test } from "vitest";
import type { ConsensusMessage, VerifiedVote } from "../core/consensus/messages.ts";
import { createReplica, type Replica } from "../core/consensus/replica-state.ts";
import { addVote } from "../core/consensus/tally.ts";
import { actorOf, fill, headOf, keyOf, stateOf } from "../core/ledger/family-fixture.suite.test.ts";
import { isNothingNew } from "./nothing-new.ts";

const [ME, ALICE, BOB, CAROL] = [1, 2, 3, 4].map((number) => actorOf(keyOf(number)).device);
const BLOCK = fill(32, 7);

function vote(
  replica: Uint8Array | undefined,
  part: Partial<{ view: number; blockHash: Uint8Array; signature: Uint8Array }> = {},
  phase: "prepare" | "commit" = "prepare",
): Extract<ConsensusMessage, { type: "prepare" | "commit" }> {
  const base = { epoch: 0, height: 6, view: 0, blockHash: BLOCK, signature: fill(64, 1) };
  return { type: phase, replica: replica ?? fill(16, 0), ...base, ...part };
}

function known({ type, replica, signature, ...body }: ReturnType<typeof vote>): VerifiedVote {
  return { phase: type, body, replica, signature };
}

/** It has Alice's and Bob's PREPAREs; with three of four the block is prepared. */
function replicaWith(isPrepared: boolean): Replica {
  const people = [1, 2, 3, 4].map((number) => ({
    actor: actorOf(keyOf(number)),
    role: "parent" as const,
    isReplica: true,
  }));
  const replica = createReplica(ME ?? fill(16, 0), headOf(stateOf(people)));
  const prepares = [known(vote(ALICE)), known(vote(BOB))];
  for (const one of prepares) addVote(replica.tallies.prepare, one);
  if (isPrepared) replica.prepared = { view: 0, blockHash: BLOCK, prepares };
  return replica;
}

test("[LP20] a vote that is known with this very signature is nothing new; anything else of its signer is", () => {
  const replica = replicaWith(false);
  expect(isNothingNew(replica, vote(ALICE))).toBe(true);
  expect(isNothingNew(replica, vote(ALICE, { signature: fill(64, 2) }))).toBe(false);
  // The other half of a proof.
  expect(isNothingNew(replica, vote(ALICE, { blockHash: fill(32, 8) }))).toBe(false);
  expect(isNothingNew(replica, vote(ALICE, { view: 1 }))).toBe(false);
  expect(isNothingNew(replica, vote(ALICE, {}, "commit"))).toBe(false);
  expect(isNothingNew(replica, vote(CAROL))).toBe(false);
});

test("[LP20] another's PREPARE of what is prepared is nothing new, of another block or view it is", () => {
  const replica = replicaWith(true);
  expect(isNothingNew(replica, vote(CAROL))).toBe(true);
  expect(isNothingNew(replica, vote(CAROL, { blockHash: fill(32, 8) }))).toBe(false);
  expect(isNothingNew(replica, vote(CAROL, { view: 1 }))).toBe(false);
  expect(isNothingNew(replica, vote(CAROL, {}, "commit"))).toBe(false);
  // Also where what is known of the signer is prepared: evidence is looked at.
  expect(isNothingNew(replica, vote(ALICE, { blockHash: fill(32, 8) }))).toBe(false);
});

test("[LP20] a PREPARE of my own is always looked at: my log may have lost it", () => {
  expect(isNothingNew(replicaWith(true), vote(ME))).toBe(false);
});
