import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  blockHashOf,
  certificateFault,
  faultsTolerated,
  quorumOf,
  transactionsRootOf,
  type BlockHeader,
  type Certificate,
} from "./block.ts";
import { actorOf, FAMILY, fill, foundFamily, keyOf } from "./family-fixture.suite.test.ts";

const SET = [1, 2, 3, 4].map((one) => actorOf(keyOf(one)).device);
const commitOf = (index: number, signature = 0): Certificate["commits"][number] => ({
  replica: SET[index] ?? actorOf(keyOf(99)).device,
  signature: fill(64, signature),
});

describe("quorums", () => {
  test("[BL1] q is ceil(2n/3) for n = 1 to 10 (DESIGN 4.1)", () => {
    const table = [1, 2, 2, 3, 4, 4, 5, 6, 6, 7];
    for (const [index, q] of table.entries()) {
      expect([index + 1, quorumOf(index + 1)]).toEqual([index + 1, q]);
      expect(q).toBe(Math.ceil((2 * (index + 1)) / 3));
    }
  });

  test("[BL1] two quorums share more than f replicas, and the honest ones are a quorum", () => {
    for (let n = 1; n <= 10; n += 1) {
      const f = faultsTolerated(n);
      expect(2 * quorumOf(n) - n).toBeGreaterThan(f);
      expect(n - f).toBeGreaterThanOrEqual(quorumOf(n));
    }
  });
});

describe("block hashes", () => {
  test("[BL2] every field of the header changes the hash", () => {
    const { header } = foundFamily().verified.block;
    const other = fill(32, 0x77);
    const headers: readonly BlockHeader[] = [
      header,
      { ...header, rulesVersion: 2 },
      { ...header, epoch: 1 },
      { ...header, height: 1 },
      { ...header, parent: other },
      { ...header, primary: fill(16, 0x77) },
      { ...header, time: header.time + 1 },
      { ...header, replicaSet: other },
      { ...header, nextReplicaSet: other },
      { ...header, stateRoot: other },
      { ...header, transactions: other },
    ];
    const hashes = headers.map((one) => toHex(blockHashOf(FAMILY, one)));
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(toHex(blockHashOf(other, header))).not.toBe(hashes[0]);
  });

  test("[BL3] the transactions root depends on the ids and their order", () => {
    const [a, b] = [keyOf(1), keyOf(2)];
    const roots = [[a, b], [b, a], [a], [a, a, b], []].map((ids) =>
      toHex(transactionsRootOf(FAMILY, ids)),
    );
    expect(new Set(roots).size).toBe(roots.length);
  });
});

describe("certificates", () => {
  const fault = (commits: readonly Certificate["commits"][number][]): string | null =>
    certificateFault({ view: 0, commits }, SET);

  test("[BL4] exactly q signers", () => {
    expect(fault([commitOf(0), commitOf(1), commitOf(2)])).toBeNull();
    expect(fault([commitOf(3), commitOf(1), commitOf(2)])).toBeNull();
    expect(fault([commitOf(0), commitOf(1)])).toBe("not-a-quorum");
    expect(fault([0, 1, 2, 3].map((index) => commitOf(index)))).toBe("not-a-quorum");
    expect(fault([])).toBe("not-a-quorum");
    expect(certificateFault({ view: 5, commits: [commitOf(0)] }, SET.slice(0, 1))).toBeNull();
  });

  test("[BL5] one signer with three signatures is one signer", () => {
    expect(fault([commitOf(0, 1), commitOf(0, 2), commitOf(0, 3)])).toBe("repeated-signer");
    expect(fault([commitOf(0, 1), commitOf(0, 2), commitOf(1)])).toBe("repeated-signer");
  });

  test("[BL6] a signer outside the set makes no certificate", () => {
    expect(fault([commitOf(0), commitOf(1), commitOf(9)])).toBe("not-a-replica");
  });
});
