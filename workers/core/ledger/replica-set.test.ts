/** Who may keep the rules after whom: DESIGN §4.1, §4.8, §4.12. */
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { buildBlock, judgeBlock } from "./chain.ts";
import {
  actorOf,
  FAMILY,
  fill,
  FOUNDER,
  furtherDevice,
  headOf,
  keyOf,
  NOW,
  signed,
  stateOf,
  type Actor,
  type Person,
} from "./family-fixture.suite.test.ts";
import { execute } from "./execute.ts";
import { REPLICAS_MAX } from "./limits.ts";
import { changeReplicaSet, isEligible } from "./replica-set.ts";
import { replicaSetHash, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const MUM = actorOf(keyOf(2));
const AUNT = actorOf(keyOf(3));
const CHILD = actorOf(keyOf(4));
const FRIEND = actorOf(keyOf(5));
const TABLET = furtherDevice(FOUNDER, keyOf(6));

const HOUSE: readonly Person[] = [
  { actor: FOUNDER, role: "parent", isReplica: true },
  { actor: TABLET, role: "parent" },
  { actor: MUM, role: "parent" },
  { actor: AUNT, role: "relative" },
  { actor: CHILD, role: "child" },
  { actor: FRIEND, role: "contact" },
];

/** The house with these devices as its replicas, in this order. */
const withReplicas = (...actors: readonly Actor[]): LedgerState => ({
  ...stateOf(HOUSE),
  replicas: actors.map((one) => one.device),
});

const change = (
  state: LedgerState,
  added: readonly Actor[],
  removed: readonly Actor[] = [],
  author: Actor = FOUNDER,
): string | readonly string[] => {
  const changed = changeReplicaSet(state, author.member, {
    added: added.map((one) => one.device),
    removed: removed.map((one) => one.device),
  });
  return changed.ok ? changed.replicas.map((one) => toHex(one)) : changed.reason;
};
const ids = (...actors: readonly Actor[]): readonly string[] =>
  actors.map((one) => toHex(one.device));

describe("who keeps the rules", () => {
  test("[RS1] active devices of parents and relatives, once; never a child's or a contact's", () => {
    const state = withReplicas(FOUNDER);
    expect(change(state, [MUM, AUNT])).toEqual(ids(FOUNDER, MUM, AUNT));
    for (const wrong of [[CHILD], [FRIEND], [FOUNDER], [MUM, MUM], [actorOf(keyOf(99))], []]) {
      expect(change(state, wrong)).toBe("not-eligible");
    }
    const gone = {
      ...state,
      devices: state.devices.map((one) =>
        toHex(one.id) === toHex(MUM.device)
          ? { ...one, revoked: { height: 1, reason: "lost" as const, cuts: [], staysUntil: 0 } }
          : one,
      ),
    };
    expect(isEligible(gone, MUM.device)).toBe(false);
    expect(change(gone, [MUM])).toBe("not-eligible");
  });

  test("[RS2] only replicas are removed, each once", () => {
    const state = withReplicas(FOUNDER, MUM, AUNT);
    expect(change(state, [], [AUNT])).toEqual(ids(FOUNDER, MUM));
    expect(change(state, [], [TABLET])).toBe("not-a-replica");
    expect(change(state, [], [AUNT, AUNT])).toBe("not-a-replica");
  });

  test("[RS3] the last is never removed; a swap, and back to one, are one step", () => {
    expect(change(withReplicas(FOUNDER), [], [FOUNDER])).toBe("last-replica");
    expect(change(withReplicas(FOUNDER), [MUM], [FOUNDER])).toEqual(ids(MUM));
    expect(change(withReplicas(FOUNDER, AUNT, TABLET), [], [AUNT, TABLET])).toEqual(ids(FOUNDER));
  });

  test("[RS4] a parent removes its own devices and those of who is no parent", () => {
    const state = withReplicas(FOUNDER, MUM, AUNT);
    expect(change(state, [], [MUM])).toBe("needs-second-parent");
    expect(change(state, [TABLET], [MUM])).toBe("needs-second-parent");
    expect(change(state, [], [MUM], MUM)).toEqual(ids(FOUNDER, AUNT));
  });

  test("[RS5] no member can hold the others up while another parent has a device to spare", () => {
    // n = 3, q = 2: two of them could.
    expect(change(withReplicas(FOUNDER), [TABLET, AUNT])).toBe("one-member-holds-it");
    // Once the other parent's device is among them there is none to spare.
    expect(change(withReplicas(FOUNDER, MUM), [TABLET])).toEqual(ids(FOUNDER, MUM, TABLET));
    const alone = withReplicas(FOUNDER);
    const single = {
      ...alone,
      devices: alone.devices.filter((one) => toHex(one.member) !== toHex(MUM.member)),
    };
    expect(change(single, [TABLET, AUNT])).toEqual(ids(FOUNDER, TABLET, AUNT));
  });

  test("[RS6] there are at most seven", () => {
    const many = Array.from({ length: REPLICAS_MAX }, (_, index) => actorOf(keyOf(100 + index)));
    const people = many.map((actor) => ({ actor, role: "relative" as const }));
    const state = { ...stateOf([...HOUSE, ...people]), replicas: [FOUNDER.device] };
    expect(change(state, many)).toBe("full");
    expect(change(state, many.slice(1))).toHaveLength(REPLICAS_MAX);
  });

  test("[RS7] a change takes effect with the next height, which its block's header names", () => {
    const head = headOf(withReplicas(FOUNDER));
    const body: TransactionBody = {
      type: "replicas-changed",
      parent: head.hash,
      added: [MUM, AUNT].map((one) => ({ device: one.device, ready: fill(64, 1) })),
      removed: [],
    };
    const { verified } = buildBlock(head, [signed(FOUNDER, body)], FOUNDER.device, NOW);
    if (verified === null) throw new Error("it fits");
    const { header } = verified.block;
    expect(header.replicaSet).toEqual(replicaSetHash(FAMILY, head.state.replicas));
    const judged = judgeBlock(head, verified);
    if (!judged.ok) throw new Error("it is valid");
    expect(judged.head.state.replicas.map((one) => toHex(one))).toEqual(ids(FOUNDER, MUM, AUNT));
    expect(header.nextReplicaSet).toEqual(replicaSetHash(FAMILY, judged.head.state.replicas));
  });
});

describe("stepping down", () => {
  const HERE = { height: 1, time: NOW, parent: fill(32, 7), rulesKnown: 1 };
  const outcome = (
    author: Actor,
    removed: readonly Actor[],
    added: readonly Actor[] = [],
  ): string | readonly string[] => {
    const body: TransactionBody = {
      type: "replicas-changed",
      parent: HERE.parent,
      added: added.map((one) => ({ device: one.device, ready: fill(64, 1) })),
      removed: removed.map((one) => one.device),
    };
    const kept = withReplicas(FOUNDER, MUM, AUNT);
    const executed = execute(kept, signed(author, body), HERE);
    return executed.ok ? executed.state.replicas.map((one) => toHex(one)) : executed.reason;
  };

  test("[EX18] a relative takes back its own device's help, and nothing else", () => {
    expect(outcome(AUNT, [AUNT])).toEqual(ids(FOUNDER, MUM));
    expect(outcome(AUNT, [FOUNDER])).toBe("not-a-parent");
    expect(outcome(AUNT, [AUNT, MUM])).toBe("not-a-parent");
    expect(outcome(AUNT, [AUNT], [TABLET])).toBe("not-a-parent");
    expect(outcome(AUNT, [], [TABLET])).toBe("not-a-parent");
    expect(outcome(CHILD, [AUNT])).toBe("not-a-parent");
    // An empty change is none, whoever makes it.
    expect(outcome(CHILD, [])).toBe("not-eligible");
  });

  test("[EX18, RS4] a parent takes out its own device and a relative's, another parent's not", () => {
    expect(outcome(MUM, [MUM])).toEqual(ids(FOUNDER, AUNT));
    expect(outcome(MUM, [AUNT])).toEqual(ids(FOUNDER, MUM));
    expect(outcome(MUM, [FOUNDER])).toBe("needs-second-parent");
  });
});
