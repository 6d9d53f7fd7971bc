/** Proof against a device: what it does, and what may follow from it. DESIGN §4.9. */
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { execute } from "./execute.ts";
import {
  actorOf,
  fill,
  FOUNDER,
  furtherDevice,
  keyOf,
  NOW,
  signed,
  stateOf,
  type Actor,
} from "./family-fixture.suite.test.ts";
import { changeReplicaSet, isEligible } from "./replica-set.ts";
import { findDevice, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const MUM = actorOf(keyOf(2));
const AUNT = actorOf(keyOf(3));
const CHILD = actorOf(keyOf(4));
const FRIEND = actorOf(keyOf(5));
const TABLET = furtherDevice(MUM, keyOf(6));
const HERE = { height: 6, time: NOW, parent: fill(32, 7), rulesKnown: 1 };

const family = (...replicas: readonly Actor[]): LedgerState => ({
  ...stateOf([
    { actor: FOUNDER, role: "parent" },
    { actor: MUM, role: "parent" },
    { actor: TABLET, role: "parent" },
    { actor: AUNT, role: "relative" },
    { actor: CHILD, role: "child" },
    { actor: FRIEND, role: "contact" },
  ]),
  replicas: replicas.map((one) => one.device),
});

const proof = (actor: Actor): TransactionBody => ({
  type: "evidence",
  device: actor.device,
  epoch: 0,
  height: 4,
  view: 2,
  phase: "commit",
  first: { blockHash: fill(32, 8), signature: fill(64, 1) },
  second: { blockHash: fill(32, 9), signature: fill(64, 2) },
});

function convicted(state: LedgerState, actor: Actor, by: Actor = CHILD): LedgerState {
  const executed = execute(state, signed(by, proof(actor)), HERE);
  if (!executed.ok) throw new Error(executed.reason);
  return executed.state;
}

const ids = (...actors: readonly Actor[]): readonly string[] =>
  actors.map((one) => toHex(one.device));
const replicasOf = (state: LedgerState): readonly string[] =>
  state.replicas.map((one) => toHex(one));

describe("evidence", () => {
  test("[EX19] whoever it is brings it, and it marks the device for ever and nothing else", () => {
    const before = family(FOUNDER, MUM, AUNT);
    for (const by of [FOUNDER, AUNT, CHILD, FRIEND, MUM]) {
      const state = convicted(before, MUM, by);
      expect(findDevice(state, MUM.device)?.convictedAt).toBe(6);
      expect(findDevice(state, TABLET.device)?.convictedAt).toBeNull();
      expect(state.members).toEqual(before.members);
      expect(findDevice(state, MUM.device)?.revoked).toBeNull();
    }
  });

  test("[EX19] from four replicas on it takes the device out; of three or fewer it stays", () => {
    const of = (...replicas: readonly Actor[]): readonly string[] =>
      replicasOf(convicted(family(...replicas), MUM));
    expect(of(FOUNDER, MUM, AUNT, TABLET)).toEqual(ids(FOUNDER, AUNT, TABLET));
    expect(of(FOUNDER, MUM, AUNT)).toEqual(ids(FOUNDER, MUM, AUNT));
    expect(of(MUM)).toEqual(ids(MUM));
    expect(of(FOUNDER, AUNT, TABLET)).toEqual(ids(FOUNDER, AUNT, TABLET));
    // A second one in the same block finds three, and stays.
    const both = convicted(convicted(family(FOUNDER, MUM, AUNT, TABLET), MUM), AUNT);
    expect(replicasOf(both)).toEqual(ids(FOUNDER, AUNT, TABLET));
  });

  test("[RS8] a device with proof against it never keeps the rules again", () => {
    const state = convicted(family(FOUNDER), MUM);
    expect(isEligible(state, MUM.device)).toBe(false);
    expect(isEligible(state, TABLET.device)).toBe(true);
    const change = { added: [MUM.device, AUNT.device], removed: [] };
    expect(changeReplicaSet(state, FOUNDER.member, change)).toMatchObject({
      reason: "not-eligible",
    });
  });

  test("[RS8] any parent takes out a replica with proof against it", () => {
    const before = family(FOUNDER, MUM, AUNT);
    const change = { added: [], removed: [MUM.device] };
    const author = FOUNDER.member;
    expect(changeReplicaSet(before, author, change)).toMatchObject({
      reason: "needs-second-parent",
    });
    expect(changeReplicaSet(convicted(before, MUM), author, change).ok).toBe(true);
  });

  test("[RS8] it does not count as the other parent's device that could help", () => {
    const [mine, mine2] = [FOUNDER, furtherDevice(FOUNDER, keyOf(9))];
    const state: LedgerState = {
      ...stateOf([
        { actor: mine, role: "parent" },
        { actor: mine2, role: "parent" },
        { actor: MUM, role: "parent" },
        { actor: AUNT, role: "relative" },
      ]),
      replicas: [mine.device],
    };
    const change = { added: [mine2.device, AUNT.device], removed: [] };
    expect(changeReplicaSet(state, mine.member, change)).toMatchObject({
      reason: "one-member-holds-it",
    });
    expect(changeReplicaSet(convicted(state, MUM, AUNT), mine.member, change).ok).toBe(true);
  });
});
