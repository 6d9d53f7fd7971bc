import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, inviteIdOf, toHex } from "../codec/ids.ts";
import { blockHashOf, encodeBlock, transactionsRootOf, type BlockHeader } from "./block.ts";
import {
  buildBlock,
  buildFounding,
  isTooFarAhead,
  judgeBlock,
  judgeFounding,
  type BlockFault,
  type Head,
  type Misfit,
  type VerifiedBlock,
} from "./chain.ts";
import {
  actorOf,
  admitted,
  deviceEntry,
  FAMILY,
  fill,
  foundFamily,
  FOUNDER,
  FOUNDING,
  FOUNDING_BODY,
  furtherDevice,
  grow,
  headOf,
  HOUR,
  inviteBody,
  keyOf,
  MINUTE,
  NOW,
  requestOf,
  signed,
  stateOf,
} from "./family-fixture.suite.test.ts";
import { enterHeight } from "./execute.ts";
import { BLOCK_BYTES_MAX, BLOCK_FUTURE_MS, BLOCK_TRANSACTIONS_MAX } from "./limits.ts";
import { stateRootOf } from "./state.ts";
import type { TransactionBody, VerifiedTransaction } from "./transaction.ts";

const MUM = actorOf(keyOf(2));
const CHILD = actorOf(keyOf(3));
const { head: FOUNDED, verified: FOUNDING_BLOCK } = foundFamily();

const inviteOf = (index: number, time = NOW, author = FOUNDER): VerifiedTransaction =>
  signed(author, inviteBody(keyOf(300 + index), "child", time + HOUR), { time, salt: index % 256 });

/** The block with another header, hashed again: what a lying primary could propose. */
function withHeader(verified: VerifiedBlock, changes: Partial<BlockHeader>): VerifiedBlock {
  const header = { ...verified.block.header, ...changes };
  return {
    ...verified,
    block: { ...verified.block, header },
    hash: blockHashOf(FAMILY, header),
  };
}

/** The block with other transactions, their root put right: only the state can tell. */
function withTransactions(
  verified: VerifiedBlock,
  transactions: readonly VerifiedTransaction[],
): VerifiedBlock {
  const root = transactionsRootOf(
    FAMILY,
    transactions.map((one) => one.id),
  );
  const changed = withHeader(verified, { transactions: root });
  const block = { ...changed.block, transactions: transactions.map((one) => one.signed) };
  return { ...changed, block, transactions };
}

const faultOf = (head: Head, verified: VerifiedBlock): BlockFault | null => {
  const judged = judgeBlock(head, verified);
  return judged.ok ? null : judged.fault;
};

describe("the founding block", () => {
  test("[CH1] is judged valid by building it again", () => {
    expect(judgeFounding(FAMILY, FOUNDING_BLOCK)).toEqual({ ok: true, head: FOUNDED });
  });

  test("[CH1] any other header, transaction or number of them is refused", () => {
    const { header } = FOUNDING_BLOCK.block;
    const changes: readonly Partial<BlockHeader>[] = [
      { height: 1 },
      { time: header.time + 1 },
      { stateRoot: fill(32, 1) },
      { parent: fill(32, 1) },
      { primary: MUM.device },
      { epoch: 7 },
    ];
    for (const change of changes) {
      expect(judgeFounding(FAMILY, withHeader(FOUNDING_BLOCK, change)).ok).toBe(false);
    }
    const twice = { ...FOUNDING_BLOCK, transactions: [FOUNDING, FOUNDING] };
    expect(judgeFounding(FAMILY, twice)).toMatchObject({ fault: "transactions-root" });
    expect(judgeFounding(FAMILY, { ...FOUNDING_BLOCK, transactions: [] }).ok).toBe(false);
    const other = signed(FOUNDER, { ...FOUNDING_BODY, memberName: fill(32, 9) });
    const swapped = { ...FOUNDING_BLOCK, transactions: [other] };
    expect(judgeFounding(FAMILY, swapped)).toMatchObject({ fault: "state-root" });
    expect(buildFounding(keyOf(1), FOUNDING)).toMatchObject({ fault: { reason: "wrong-family" } });
  });
});

describe("versions of the rules", () => {
  const raised = signed(FOUNDER, { type: "rules-raised", version: 2 });
  const headAfter = (head: Head, verified: VerifiedBlock, rulesKnown: number): Head => {
    const judged = judgeBlock(head, verified, rulesKnown);
    if (!judged.ok) throw new Error(JSON.stringify(judged.fault));
    return judged.head;
  };
  const built = (head: Head, pending: readonly VerifiedTransaction[], known: number) => {
    const { verified } = buildBlock(head, pending, FOUNDER.device, NOW, known);
    if (verified === null) throw new Error("nothing fits");
    return verified;
  };

  test("[LV1] the block that raises them is of the new version, and so are all after it", () => {
    const block = built(FOUNDED, [raised], 2);
    expect(block.block.header.rulesVersion).toBe(2);
    const head = headAfter(FOUNDED, block, 2);
    expect(head.state.rulesVersion).toBe(2);
    const next = built(head, [inviteOf(1)], 2);
    expect(next.block.header.rulesVersion).toBe(2);
    expect(headAfter(head, next, 3).state.height).toBe(2);
    for (const [on, one, version] of [
      [FOUNDED, block, 1],
      [head, next, 1],
      [head, next, 3],
      [FOUNDED, built(FOUNDED, [inviteOf(1)], 2), 2],
    ] as const) {
      const judged = judgeBlock(on, withHeader(one, { rulesVersion: version }), 3);
      expect(judged).toEqual({ ok: false, fault: "rules-version" });
    }
  });

  test("[LV1] who knows version 2 builds and judges by version 1 until it is raised", () => {
    const { verified } = grow(FOUNDED, [inviteOf(1)]);
    expect(judgeBlock(FOUNDED, verified, 2).ok).toBe(true);
    expect(built(FOUNDED, [inviteOf(1)], 2).hash).toEqual(built(FOUNDED, [inviteOf(1)], 1).hash);
    expect(judgeFounding(FAMILY, FOUNDING_BLOCK, 2)).toEqual({ ok: true, head: FOUNDED });
  });

  test("[LV1] a founding block of a later version is built as such, and not judged by who does not know it", () => {
    const later = buildFounding(FAMILY, FOUNDING, 2);
    if (!later.ok || later.verified === undefined) throw new Error("it is valid");
    expect(later.head.state.rulesVersion).toBe(2);
    expect(judgeFounding(FAMILY, later.verified, 2)).toEqual({ ok: true, head: later.head });
    expect(judgeFounding(FAMILY, later.verified, 1)).toEqual({ ok: false, fault: "rules-version" });
    const relabelled = withHeader(later.verified, { rulesVersion: 1 });
    expect(judgeFounding(FAMILY, relabelled, 2).ok).toBe(false);
  });

  test("[FS3] [LV1] they rise by one, to one that is known, and never fall", () => {
    const head = headAfter(FOUNDED, built(FOUNDED, [raised], 2), 2);
    for (const [version, known, reason] of [
      [1, 3, "rules-moved"],
      [2, 3, "rules-moved"],
      [3, 2, "unknown-rules-version"],
      [4, 9, "unknown-rules-version"],
    ] as const) {
      const next = signed(FOUNDER, { type: "rules-raised", version }, { salt: 7 });
      const { verified, misfits } = buildBlock(head, [next], FOUNDER.device, NOW, known);
      expect([verified, misfits[0]?.reason]).toEqual([null, reason]);
    }
    const third = signed(FOUNDER, { type: "rules-raised", version: 3 }, { salt: 8 });
    expect(headAfter(head, built(head, [third], 3), 3).state.rulesVersion).toBe(3);
  });

  test("[LV2] who does not know it neither judges nor proposes it, and leaves it to wait", () => {
    const block = built(FOUNDED, [raised], 2);
    expect(judgeBlock(FOUNDED, block, 1)).toEqual({ ok: false, fault: "rules-version" });
    const { verified, misfits } = buildBlock(
      FOUNDED,
      [raised, inviteOf(1)],
      FOUNDER.device,
      NOW,
      1,
    );
    expect(verified?.transactions.map((one) => one.id)).toEqual([inviteOf(1).id]);
    expect(misfits).toMatchObject([{ reason: "unknown-rules-version" }]);
  });
});

describe("building and judging", () => {
  test("[CH2] what is built is valid and leads where it says", () => {
    const { verified } = buildBlock(FOUNDED, [inviteOf(1)], FOUNDER.device, NOW + 5);
    if (verified === null) throw new Error("it fits");
    const judged = judgeBlock(FOUNDED, verified);
    if (!judged.ok) throw new Error("it is valid");
    const { state, hash, primary } = judged.head;
    expect([state.height, state.time]).toEqual([1, NOW + 5]);
    expect(stateRootOf(state)).toEqual(verified.block.header.stateRoot);
    expect([hash, primary]).toEqual([verified.hash, FOUNDER.device]);
  });

  test("[CH2] a chain of blocks holds what its transactions said", () => {
    const head = admitted(admitted(FOUNDED, FOUNDER, MUM, "parent"), MUM, CHILD, "child");
    expect(head.state.height).toBe(4);
    expect(head.state.members.map((one) => one.role).sort()).toEqual(["child", "parent", "parent"]);
    expect(head.state.members.find((one) => one.role === "child")?.admittedBy).toEqual(MUM.member);
  });

  const { verified: block } = grow(FOUNDED, [inviteOf(1)]);
  const faults: readonly (readonly [BlockFault, string, VerifiedBlock])[] = [
    ["rules-version", "a later version", withHeader(block, { rulesVersion: 2 })],
    ["rules-version", "an earlier version", withHeader(block, { rulesVersion: 0 })],
    ["epoch", "another epoch", withHeader(block, { epoch: 1 })],
    ["height", "the height again", withHeader(block, { height: 0 })],
    ["height", "a height left out", withHeader(block, { height: 2 })],
    ["parent", "another parent", withHeader(block, { parent: fill(32, 9) })],
    ["time", "a time before the parent's", withHeader(block, { time: NOW - 1 })],
    ["primary", "a primary that is no replica", withHeader(block, { primary: MUM.device })],
    ["replica-set", "another set", withHeader(block, { replicaSet: fill(32, 9) })],
    ["replica-set", "another next set", withHeader(block, { nextReplicaSet: fill(32, 9) })],
    ["transactions-root", "another root", withHeader(block, { transactions: fill(32, 9) })],
    ["transactions-root", "swapped transactions", { ...block, transactions: [inviteOf(2)] }],
    ["state-root", "another state root", withHeader(block, { stateRoot: fill(32, 9) })],
    ["state-root", "a state of other transactions", withTransactions(block, [inviteOf(2)])],
    ["transactions-root", "no transactions at all", withTransactions(block, [])],
  ];
  for (const [fault, what, verified] of faults) {
    test(`[CH3] ${what}: ${JSON.stringify(fault)}`, () => {
      expect(faultOf(FOUNDED, verified)).toEqual(fault);
    });
  }

  test("[CH3] the time of the parent itself is allowed", () => {
    expect(faultOf(FOUNDED, grow(FOUNDED, [inviteOf(1)], NOW).verified)).toBeNull();
  });

  test("[CH4] a refused transaction makes the block invalid, with position and reason", () => {
    const stranger = signed(MUM, inviteBody(keyOf(5), "child"));
    const verified = withTransactions(block, [inviteOf(1), stranger]);
    expect(faultOf(FOUNDED, verified)).toEqual({ transaction: 1, reason: "unknown-author" });
    const twice = withTransactions(block, [inviteOf(1), inviteOf(1)]);
    expect(faultOf(FOUNDED, twice)).toEqual({ transaction: 1, reason: "repeated" });
  });

  test("[CH5] the time is the proposer's clock, never before the parent's", () => {
    const timeAt = (now: number): number =>
      grow(FOUNDED, [inviteOf(1)], now).verified.block.header.time;
    expect([timeAt(NOW + 7), timeAt(NOW - 7 * HOUR)]).toEqual([NOW + 7, NOW]);
  });
});

describe("choosing transactions", () => {
  test("[CH6] by time, then id, whatever the order of arrival", () => {
    const pending = [inviteOf(3, NOW + 2), inviteOf(1, NOW + 1), inviteOf(2, NOW + 1)];
    const expected = pending
      .toSorted((a, b) => a.content.time - b.content.time || compareBytes(a.id, b.id))
      .map((one) => toHex(one.id));
    fc.assert(
      fc.property(fc.shuffledSubarray(pending, { minLength: 3 }), (order) => {
        const { verified } = buildBlock(FOUNDED, order, FOUNDER.device, NOW);
        expect(verified?.transactions.map((one) => toHex(one.id))).toEqual(expected);
      }),
    );
  });

  test("[CH6] what does not fit is a misfit with its reason, and does not hold up the rest", () => {
    const stranger = signed(MUM, inviteBody(keyOf(5), "child"), { time: NOW - 1 });
    const built = buildBlock(FOUNDED, [stranger, inviteOf(1)], FOUNDER.device, NOW);
    expect(built.misfits).toEqual<readonly Misfit[]>([
      { transaction: stranger, reason: "unknown-author" },
    ]);
    expect(built.verified?.transactions).toEqual([inviteOf(1)]);
  });

  test("[CH6] an invite and the approval that it allows fit into one block", () => {
    const request = requestOf(keyOf(301), CHILD, "child");
    const body: TransactionBody = { type: "member-registered", request, name: fill(32, 1) };
    const approval = signed(FOUNDER, body, { time: NOW + 1 });
    const { head } = grow(FOUNDED, [approval, inviteOf(1)]);
    expect(head.state.members).toHaveLength(2);
  });

  test("[CH6] at most 64 transactions, the rest waits and is no misfit", () => {
    const parents = Array.from({ length: 20 }, (_, index) => actorOf(keyOf(700 + index)));
    const head = headOf(
      stateOf([
        { actor: FOUNDER, role: "parent", isReplica: true },
        ...parents.map((actor) => ({ actor, role: "parent" as const })),
      ]),
    );
    const pending = parents.flatMap((parent, at) =>
      [0, 1, 2, 3].map((index) => inviteOf(10 * at + index, NOW, parent)),
    );
    const { verified, misfits } = buildBlock(head, pending, FOUNDER.device, NOW);
    expect(verified?.transactions).toHaveLength(BLOCK_TRANSACTIONS_MAX);
    expect(misfits).toEqual([]);
  });

  test("[CH6] a block of the largest transactions stays inside its limit of bytes", () => {
    const cuts = Array.from({ length: 64 }, () => ({ stream: 0, seq: 2 ** 40, id: fill(16, 1) }));
    const relatives = Array.from({ length: 64 }, (_, index) => actorOf(keyOf(700 + index)));
    const tablets = relatives.map((one, index) => furtherDevice(one, keyOf(800 + index)));
    const head = headOf(
      stateOf([
        { actor: FOUNDER, role: "parent", isReplica: true },
        ...relatives.map((actor) => ({ actor, role: "relative" as const })),
      ]),
    );
    const invites = relatives.map((one, index) => ({
      id: inviteIdOf(FAMILY, keyOf(900 + index)),
      key: keyOf(900 + index),
      by: FOUNDER.device,
      role: "relative" as const,
      member: one.member,
      expiresAt: NOW + HOUR,
      isUsed: 0,
    }));
    const state = { ...head.state, invites: invites.sort((a, b) => compareBytes(a.id, b.id)) };
    const devices = relatives.flatMap((one, index) =>
      [0, 1, 2].map((more) => deviceEntry(furtherDevice(one, keyOf(1_000 + 10 * index + more)))),
    );
    const crowded = {
      ...head,
      state: {
        ...state,
        devices: [...state.devices, ...devices].sort((a, b) => compareBytes(a.id, b.id)),
      },
    };
    const pending = relatives.map((one, index) => {
      const own = devices.filter((other) => toHex(other.member) === toHex(one.member));
      const replaced = own.map(({ id }) => ({ device: id, cuts }));
      const tablet = tablets[index] ?? one;
      const request = requestOf(keyOf(900 + index), tablet, "relative", one.member);
      const body: TransactionBody = { type: "device-registered", request, replaced };
      return signed(FOUNDER, body, { proofs: 2 });
    });
    const { verified, misfits } = buildBlock(crowded, pending, FOUNDER.device, NOW);
    if (verified === null) throw new Error("they fit");
    const size = encodeBlock(verified.block).length;
    expect(misfits).toEqual([]);
    expect(verified.transactions.length).toBeLessThan(pending.length);
    expect(size).toBeLessThanOrEqual(BLOCK_BYTES_MAX);
    expect(size).toBeGreaterThan(BLOCK_BYTES_MAX - 16 * 1024);
    expect(faultOf(crowded, verified)).toBeNull();
  });

  test("[CH7] an empty block is invalid, even if its roots are right", () => {
    const block = grow(FOUNDED, [inviteOf(1)], NOW).verified;
    const stateRoot = stateRootOf(enterHeight(FOUNDED.state, { height: 1, time: NOW }));
    const empty = withHeader(withTransactions(block, []), { stateRoot });
    expect(faultOf(FOUNDED, empty)).toBe("transactions-root");
  });

  test("[CH7] nothing pending, or nothing that fits, is no block", () => {
    expect(buildBlock(FOUNDED, [], FOUNDER.device, NOW).verified).toBeNull();
    const stranger = signed(MUM, inviteBody(keyOf(5), "child"));
    expect(buildBlock(FOUNDED, [stranger], FOUNDER.device, NOW)).toMatchObject({
      verified: null,
      misfits: [{ reason: "unknown-author" }],
    });
  });
});

describe("clocks and order", () => {
  test("[CH8] ten minutes ahead is allowed, a millisecond more is not", () => {
    const { block } = grow(FOUNDED, [inviteOf(1)], NOW + 10 * MINUTE).verified;
    expect(BLOCK_FUTURE_MS).toBe(10 * MINUTE);
    expect([isTooFarAhead(block, NOW), isTooFarAhead(block, NOW - 1)]).toEqual([false, true]);
  });

  test("[CH8] the judgement reads no clock: a block from far ahead is valid", () => {
    const { verified } = grow(FOUNDED, [inviteOf(1)], NOW + 365 * 24 * HOUR);
    expect(faultOf(FOUNDED, verified)).toBeNull();
  });

  test("[CH9] commuting transactions give one state root in any order", () => {
    const head = admitted(FOUNDED, FOUNDER, MUM, "parent");
    const pending = [inviteOf(1), inviteOf(2), inviteOf(3, NOW, MUM), inviteOf(4, NOW, MUM)];
    const block = grow(head, pending).verified;
    const expected = block.block.header.stateRoot;
    fc.assert(
      fc.property(fc.shuffledSubarray(pending, { minLength: 4 }), (order) => {
        expect(grow(head, order).verified.hash).toEqual(block.hash);
        // Not the builder's order either: the lists in the state are sorted by id.
        const reordered = withTransactions(block, order);
        const judged = judgeBlock(head, reordered);
        expect(judged.ok && stateRootOf(judged.head.state)).toEqual(expected);
      }),
    );
  });
});
