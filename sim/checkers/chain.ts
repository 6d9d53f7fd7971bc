/**
 * Judges the ledger by replaying it from the blocks that disks took: I1 one hash a height, I2 every
 * certificate is a quorum of distinct members of the set before it, I7 every state root and every
 * open head is what replay gives, I9 every transaction once. Keeps a chain of its own. SPEC SI16.
 */
import { toHex, type FamilyId } from "../../workers/core/codec/ids.ts";
import {
  decodeFinalised,
  encodeVote,
  type FinalisedBlock,
} from "../../workers/core/ledger/block.ts";
import { judgeBlock, judgeFounding, type Head } from "../../workers/core/ledger/chain.ts";
import { stateRootOf, type LedgerState } from "../../workers/core/ledger/state.ts";
import { trustBlock } from "../../workers/node/verify.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { Verdicts } from "../verdicts.ts";

export interface ChainJudge extends Judge {
  /** The highest head that any disk has taken. */
  readonly head: () => Head | null;
  readonly height: () => number;
}

export function createChainJudge(
  devices: () => readonly Device[],
  verdicts: Verdicts,
  violate: Violate,
): ChainJudge {
  const heads: Head[] = [];
  const executed = new Map<string, number>();

  return {
    head: () => heads.at(-1) ?? null,
    height: () => heads.length - 1,
    onCommitted: (device, writes) => {
      for (const write of writes) {
        if (write.type !== "put" || write.table !== "blocks") continue;
        const { value } = write;
        const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
        if (decoded?.ok !== true) violate("I7", `${device.name} stored a malformed block`);
        else take(device.name, familyOf(device), decoded.value);
      }
    },
    afterEvent: (device) => {
      const head = device.running()?.family.ledger.head();
      const known = head === undefined || head === null ? null : heads[head.state.height];
      if (head === undefined || head === null || known === undefined || known === null) return;
      if (toHex(head.hash) !== toHex(known.hash))
        violate("I1", `${device.name} is on another head`);
    },
    atEnd: async () => {
      for (const device of devices()) {
        const state = device.running()?.family.ledger.head()?.state;
        const known = state === undefined ? undefined : heads[state.height];
        if (state === undefined || known === undefined) continue;
        const isSame = toHex(stateRootOf(state)) === toHex(stateRootOf(known.state));
        if (!isSame) violate("I7", `${device.name} does not hold what replay gives`);
      }
    },
  };

  function familyOf(device: Device): FamilyId | null {
    return device.running()?.family.identity.profile.family ?? heads[0]?.state.family ?? null;
  }

  function take(name: string, family: FamilyId | null, finalised: FinalisedBlock): void {
    const { height } = finalised.block.header;
    if (family === null || height > heads.length) {
      violate("I1", `${name} finalised height ${height} after ${heads.length - 1}`);
      return;
    }
    const before = heads[height - 1] ?? null;
    const verified = trustBlock(family, before?.state ?? null, finalised.block);
    if (verified === null) {
      violate("I7", `${name} finalised a block that does not decode`);
      return;
    }
    const judged = before === null ? judgeFounding(family, verified) : judgeBlock(before, verified);
    if (!judged.ok) {
      violate("I7", `${name} finalised an invalid block at ${height}`);
      return;
    }
    certificate(name, before?.state ?? judged.head.state, finalised, judged.head);
    const known = heads[height];
    if (known !== undefined) {
      if (toHex(known.hash) !== toHex(judged.head.hash)) violate("I1", `${name} at ${height}`);
      return;
    }
    heads.push(judged.head);
    for (const { id } of verified.transactions) {
      const earlier = executed.get(toHex(id));
      if (earlier !== undefined) violate("I9", `at ${earlier} and ${height}`);
      executed.set(toHex(id), height);
    }
  }

  function certificate(
    name: string,
    set: LedgerState,
    finalised: FinalisedBlock,
    head: Head,
  ): void {
    const { view, commits } = finalised.certificate;
    const { epoch, height } = finalised.block.header;
    const message = encodeVote({ epoch, height, view, blockHash: head.hash });
    const members = new Set(set.replicas.map((one) => toHex(one)));
    const signers = new Set<string>();
    for (const { replica, signature } of commits) {
      const key = set.devices.find((one) => toHex(one.id) === toHex(replica))?.key;
      const holds =
        key !== undefined &&
        members.has(toHex(replica)) &&
        verdicts.isSigned(key, "commit", set.family, message, signature);
      if (holds) signers.add(toHex(replica));
    }
    const isExact = signers.size === commits.length;
    if (!isExact || signers.size < quorum(set.replicas.length)) {
      violate("I2", `${name} took ${signers.size} of ${commits.length} at ${height}`);
    }
  }
}

/** The least q of which two share an honest replica, f = floor((n-1)/3) of them lying. */
export function quorum(replicas: number): number {
  const faults = Math.floor((replicas - 1) / 3);
  let q = 1;
  while (2 * q - replicas <= faults) q += 1;
  return q;
}
