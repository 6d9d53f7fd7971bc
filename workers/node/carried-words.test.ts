/** What is kept of the words about blocks that this build cannot judge. */
import { expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import type { Signature } from "../core/codec/ids.ts";
import type { ProposalMessage } from "../core/consensus/messages.ts";
import {
  actorOf,
  fill,
  FAMILY,
  headOf,
  keyOf,
  stateOf,
  type Actor,
} from "../core/ledger/family-fixture.suite.test.ts";
import { blockHashOf, type BlockHeader } from "../core/ledger/block.ts";
import { asNewer, createCarriedWords, isInPlace, type NewerMessage } from "./carried-words.ts";

const PEOPLE = [1, 2, 3].map((one) => actorOf(keyOf(one)));
const HEAD = headOf(
  stateOf(PEOPLE.map((actor) => ({ actor, role: "parent" as const, isReplica: true }))),
);
const HEIGHT = HEAD.state.height + 1;
const signature = fill(64, 5) as Signature;

const header: BlockHeader = {
  rulesVersion: 2,
  epoch: 0,
  height: HEIGHT,
  parent: HEAD.hash,
  primary: HEAD.primary,
  time: HEAD.state.time,
  replicaSet: fill(32, 1),
  nextReplicaSet: fill(32, 1),
  stateRoot: fill(32, 2),
  transactions: fill(32, 3),
};
const block = { header, transactions: [] };

const proposal = (view: number, by: Actor): ProposalMessage =>
  view === 0
    ? { type: "pre-prepare", view, block, signature, replica: by.device }
    : { type: "new-view", view, block, signature, replica: by.device, viewChanges: [] };
const change = (view: number, by: Actor): NewerMessage => ({
  type: "view-change",
  change: { epoch: 0, height: HEIGHT, view, prepared: null, replica: by.device, signature },
  block,
});
/** Whose turn it is in a view. */
const primaryOf = (view: number): Actor => {
  const set = HEAD.state.replicas.map((one) => toHex(one));
  const at = set.indexOf(toHex(HEAD.primary));
  const id = set[(Math.max(at, 0) + view) % set.length];
  const found = PEOPLE.find((one) => toHex(one.device) === id);
  if (found === undefined) throw new Error("nobody's turn");
  return found;
};
const other = PEOPLE.find((one) => one !== primaryOf(0)) ?? primaryOf(1);

test("[LV4] only what is about a block of later rules is carried so", () => {
  expect(asNewer(proposal(0, primaryOf(0)), 1)).not.toBeNull();
  expect(asNewer(proposal(0, primaryOf(0)), 2)).toBeNull();
  expect(asNewer(change(1, other), 1)).not.toBeNull();
  expect(asNewer({ ...change(1, other), block: null } as NewerMessage, 1)).toBeNull();
});

test("[LV4] a proposal is its primary's, and of a view that is not far", () => {
  expect(isInPlace(proposal(0, primaryOf(0)), HEAD, 0)).toBe(true);
  expect(isInPlace(proposal(0, other), HEAD, 0)).toBe(false);
  expect(isInPlace(proposal(1, primaryOf(1)), HEAD, 0)).toBe(true);
  expect(isInPlace(proposal(600, primaryOf(600)), HEAD, 0)).toBe(false);
  expect(isInPlace(change(2, other), HEAD, 0)).toBe(true);
  expect(isInPlace(change(600, other), HEAD, 0)).toBe(false);
});

test("[LV4] of proposals the highest view is kept, of VIEW-CHANGEs each signer's highest; another height begins anew", () => {
  const words = createCarriedWords(FAMILY);
  expect(words.keep(HEIGHT, proposal(1, primaryOf(1)))).toBe(true);
  expect(words.keep(HEIGHT, proposal(1, primaryOf(1)))).toBe(false);
  expect(words.keep(HEIGHT, proposal(0, primaryOf(0)))).toBe(false);
  expect(words.keep(HEIGHT, proposal(2, primaryOf(2)))).toBe(true);
  for (const one of PEOPLE) expect(words.keep(HEIGHT, change(1, one))).toBe(true);
  expect(words.keep(HEIGHT, change(1, other))).toBe(false);
  expect(words.keep(HEIGHT, change(3, other))).toBe(true);
  expect(words.all(HEIGHT)).toHaveLength(4);
  expect(words.all(HEIGHT + 1)).toEqual([]);
  expect(words.isNew(HEIGHT + 1, change(1, other))).toBe(true);
  words.keep(HEIGHT + 1, change(1, other));
  expect([words.all(HEIGHT).length, words.all(HEIGHT + 1).length]).toEqual([0, 1]);
});

test("[LV4] a STATUS says the votes in them: a proposal's PREPARE, and a VIEW-CHANGE without its block", () => {
  const words = createCarriedWords(FAMILY);
  const by = primaryOf(2);
  words.keep(HEIGHT, proposal(2, by));
  words.keep(HEIGHT, change(2, by));
  words.keep(HEIGHT, change(2, PEOPLE.find((one) => one !== by) ?? other));
  const blockHash = blockHashOf(FAMILY, header);
  const { device: replica } = by;
  expect(words.votesOf(HEIGHT, replica)).toEqual([
    { type: "prepare", epoch: 0, height: HEIGHT, view: 2, blockHash, replica, signature },
    { ...change(2, by), block: null },
  ]);
  expect(words.votesOf(HEIGHT + 1, replica)).toEqual([]);
});
