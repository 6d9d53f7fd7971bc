/** The normal case on a hostile network: PBFT, OSDI'99 §4.2 and §4.5.1; DESIGN §4.3, §4.6, §4.7. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, toHex } from "../codec/ids.ts";
import { certificateFault, quorumOf } from "../ledger/block.ts";
import { buildBlock } from "../ledger/chain.ts";
import { NOW } from "../ledger/family-fixture.suite.test.ts";
import {
  createCluster,
  headWith,
  proposalBy,
  REPLICAS,
  transactionOf,
  voteBy,
  type Cluster,
} from "./cluster-fixture.suite.test.ts";
import { proposalMessageOf, voteMessageOf } from "./messages.ts";

/** What the network does next; numbers choose among what there is. */
type Move =
  | { readonly type: "deliver"; readonly which: number; readonly isKept: boolean }
  | { readonly type: "drop"; readonly which: number }
  | { readonly type: "record"; readonly node: number }
  | { readonly type: "restart"; readonly node: number };

const which = fc.nat(1_000);
const deliver = fc.record({
  type: fc.constant("deliver" as const),
  which,
  isKept: fc.boolean(),
});
const record = fc.record({ type: fc.constant("record" as const), node: which });
const drop = fc.record({ type: fc.constant("drop" as const), which });
const restart = fc.record({ type: fc.constant("restart" as const), node: which });
const moves = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: deliver },
    { weight: 5, arbitrary: record },
    { weight: 2, arbitrary: drop },
    { weight: 1, arbitrary: restart },
  ),
  { minLength: 10, maxLength: 80 },
);

function play(cluster: Cluster, move: Move): void {
  const { packets, nodes } = cluster;
  if (move.type === "record") return cluster.record(move.node % nodes.length);
  if (move.type === "restart") return cluster.restart(move.node % nodes.length);
  if (packets.length === 0) return;
  const at = move.which % packets.length;
  const isKept = move.type === "deliver" && move.isKept;
  const [packet] = isKept ? packets.slice(at, at + 1) : packets.splice(at, 1);
  if (packet !== undefined && move.type === "deliver") cluster.deliver(packet);
}

/** Heals the network, until all are level or nothing helps. */
function heal(cluster: Cluster): void {
  for (let round = 0; round < 8; round += 1) {
    cluster.settle();
    if (cluster.nodes.every((one) => one.finalised.length > 0)) return;
    // What a primary that crashed before its record had in mind is proposed again by its shell.
    cluster.work(0, [transactionOf(1)]);
    cluster.reconnect();
  }
}

const hashes = (cluster: Cluster): ReadonlySet<string> =>
  new Set(
    cluster.nodes.flatMap((one) => one.finalised.map(({ verified }) => toHex(verified.hash))),
  );

describe("agreement in the normal case", () => {
  for (const n of [1, 2, 3, 4, 5, 7]) {
    test(`[RP5] [RP6] n = ${n}: all finalise one block, with exactly q COMMITs`, () => {
      const cluster = createCluster(n);
      cluster.work(0, [transactionOf(1)]);
      cluster.settle();
      expect(hashes(cluster).size).toBe(1);
      for (const { finalised } of cluster.nodes) {
        expect(finalised).toHaveLength(1);
        const commits = finalised[0]?.certificate.commits ?? [];
        expect(commits).toHaveLength(quorumOf(n));
        const sorted = commits.toSorted((a, b) => compareBytes(a.replica, b.replica));
        expect(commits).toEqual(sorted);
      }
    });
  }

  for (const n of [1, 3, 4]) {
    test(`[RP3] [RP4] [RP5] n = ${n}: any order, duplicates, losses, restarts`, () => {
      fc.assert(
        fc.property(moves, (plan) => {
          const cluster = createCluster(n);
          cluster.work(0, [transactionOf(1)]);
          for (const move of plan) play(cluster, move);
          heal(cluster);
          expect(cluster.nodes.map((one) => one.finalised.length)).toEqual(
            cluster.nodes.map(() => 1),
          );
          expect(hashes(cluster).size).toBe(1);
          const set = headWith(n).state.replicas;
          for (const { finalised } of cluster.nodes) {
            for (const one of finalised) expect(certificateFault(one.certificate, set)).toBeNull();
          }
        }),
        { numRuns: 250 },
      );
    });
  }

  test("[RP5] n = 4: three suffice, the fourth follows by state transfer", () => {
    const cluster = createCluster(4);
    cluster.work(0, [transactionOf(1)]);
    for (let round = 0; round < 20; round += 1) {
      for (const packet of cluster.packets.splice(0)) if (packet.to !== 3) cluster.deliver(packet);
      for (const index of [0, 1, 2]) cluster.record(index);
    }
    expect(cluster.nodes.map((one) => one.finalised.length)).toEqual([1, 1, 1, 0, 1]);
    cluster.reconnect();
    cluster.settle();
    expect(hashes(cluster).size).toBe(1);
    expect(cluster.nodes[3]?.replica.head.state.height).toBe(6);
  });

  test("[RP5] n = 3: two are not enough to lose, one is not enough to go on", () => {
    const cluster = createCluster(3);
    cluster.work(0, [transactionOf(1)]);
    for (let round = 0; round < 20; round += 1) {
      cluster.packets.splice(0);
      cluster.record(0);
    }
    expect(hashes(cluster).size).toBe(0);
    heal(cluster);
    expect(hashes(cluster).size).toBe(1);
  });

  test("[RP14] n = 4: an equivocating primary never makes two honest replicas differ", () => {
    const head = headWith(4);
    const [liar] = REPLICAS;
    if (liar === undefined) throw new Error("four replicas");
    const blocks = [1, 2].map((one) => {
      const { verified } = buildBlock(head, [transactionOf(one)], liar.device, NOW);
      if (verified === null) throw new Error("it fits");
      return verified;
    });
    fc.assert(
      fc.property(moves, fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }), (plan, sides) => {
        const cluster = createCluster(4);
        for (const one of blocks) cluster.blocks.set(toHex(one.hash), one);
        // To each its side's proposal; to everybody the liar's votes for both.
        for (const to of [1, 2, 3, 4]) {
          for (const [side, verified] of blocks.entries()) {
            const { prepare } = proposalBy(liar, verified);
            const commit = voteBy(liar, { phase: "commit", body: prepare.body });
            const proposal = proposalMessageOf({ verified, prepare, viewChanges: [] });
            if (sides[to - 1] === side) cluster.packets.push({ to, message: proposal });
            cluster.packets.push({ to, message: voteMessageOf(prepare) });
            cluster.packets.push({ to, message: voteMessageOf(commit) });
          }
        }
        const isHonest = (move: Move): boolean => !("node" in move) || move.node % 5 !== 0;
        for (const move of plan.filter(isHonest)) play(cluster, move);
        cluster.settle();
        expect(hashes(cluster).size).toBeLessThanOrEqual(1);
      }),
      { numRuns: 250 },
    );
  });
});
