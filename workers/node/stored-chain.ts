/**
 * The chain as this device keeps it: blocks with certificates on the disk, the state after each in
 * memory, and the judgement on a block from elsewhere. A block proves itself or is not taken: its
 * transactions' signatures, the state that it makes, a quorum of the set before it, the invite's pin.
 * SPEC LP4, LP5, LP7, LP13. Source: DESIGN §4.6, §4.11.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { BlockHash, FamilyId } from "../core/codec/ids.ts";
import { decodeFinalised, encodeFinalised, type FinalisedBlock } from "../core/ledger/block.ts";
import { judgeBlock, judgeFounding, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import { prefixRange, StoreError, type Write } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import { BLOCKS_PER_FRAME_MAX } from "./frames.ts";
import { BLOCKS_FRAME_BYTES } from "./limits.ts";
import { isCertified, trustBlock, verifyBlock } from "./verify.ts";

/** Where a newcomer's chain must pass: from its invite. */
export interface Pin {
  readonly height: number;
  readonly hash: BlockHash;
}

/** Why a block from elsewhere is not taken. `not-reproducible`: it is certified, and I make another state. */
export type BlockFault =
  | "signature"
  | "founding"
  | "certificate"
  | "height"
  | "parent"
  | "pin"
  | "not-reproducible";

export interface Chain {
  /** Null until the founding block is here. */
  readonly head: () => Head | null;
  /** State after a height; the first one for heights below it, null above the head. */
  readonly stateAt: (height: number) => LedgerState | null;
  readonly blocksFrom: (height: number, count: number) => Promise<readonly Uint8Array[]>;
  /** Judges a block on the head; changes nothing. */
  readonly judge: (
    finalised: FinalisedBlock,
  ) => Promise<
    | { readonly ok: true; readonly verified: VerifiedBlock; readonly head: Head }
    | { readonly ok: false; readonly fault: BlockFault }
  >;
  /** The write that keeps a block; part of a strict commit, after which `advance` is called. */
  readonly writeOf: (finalised: FinalisedBlock) => Write;
  readonly advance: (head: Head) => void;
}

/** Opens the chain by replaying its blocks; StoreError `corrupt` where they do not follow each other. */
export async function openChain(
  env: Environment,
  family: FamilyId,
  pin: Pin | null,
): Promise<Chain> {
  const states: LedgerState[] = [];
  let head: Head | null = null;
  for (const row of await env.store.list("blocks", prefixRange([]))) replay(row.value);

  return {
    head: () => head,
    stateAt,
    blocksFrom,
    judge,
    writeOf: (finalised) => ({
      type: "put",
      table: "blocks",
      key: [finalised.block.header.height],
      value: encodeFinalised(finalised),
    }),
    advance,
  };

  function advance(next: Head): void {
    head = next;
    states.push(next.state);
  }

  function stateAt(height: number): LedgerState | null {
    const first = states[0];
    if (first === undefined || height > (states.at(-1)?.height ?? -1)) return null;
    return states[Math.max(0, height - first.height)] ?? first;
  }

  /** As many whole blocks as a frame holds, one at least. */
  async function blocksFrom(height: number, count: number): Promise<readonly Uint8Array[]> {
    const to = [height + Math.min(count, BLOCKS_PER_FRAME_MAX)];
    const rows = await env.store.list("blocks", { from: [height], to });
    const found: Uint8Array[] = [];
    let size = 0;
    for (const { value } of rows) {
      if (!(value instanceof Uint8Array)) break;
      size += value.length;
      if (found.length > 0 && size > BLOCKS_FRAME_BYTES) break;
      found.push(value);
    }
    return found;
  }

  function replay(value: unknown): void {
    const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
    if (decoded?.ok !== true) throw new StoreError("corrupt", "a stored block is malformed");
    const verified = trustBlock(family, head?.state ?? null, decoded.value.block);
    if (verified === null) throw new StoreError("corrupt", "a stored block is malformed");
    const judged = head === null ? judgeFounding(family, verified) : judgeBlock(head, verified);
    if (!judged.ok)
      throw new StoreError(
        "corrupt",
        `a stored block is not valid: ${JSON.stringify(judged.fault)}`,
      );
    advance(judged.head);
  }

  async function judge(finalised: FinalisedBlock): ReturnType<Chain["judge"]> {
    const before = head?.state ?? null;
    const verified = await verifyBlock(env.crypto, family, before, finalised.block);
    if (verified === null) return { ok: false, fault: "signature" };
    const judged = head === null ? judgeFounding(family, verified) : judgeBlock(head, verified);
    const set = before ?? (judged.ok ? judged.head.state : null);
    if (set === null) return { ok: false, fault: "founding" };
    if (!(await isCertified(env.crypto, family, set, verified, finalised.certificate))) {
      return { ok: false, fault: "certificate" };
    }
    if (!judged.ok) {
      const isOutOfPlace = judged.fault === "height" || judged.fault === "parent";
      return { ok: false, fault: isOutOfPlace ? judged.fault : "not-reproducible" };
    }
    const { height } = judged.head.state;
    if (pin !== null && height === pin.height && !isSameBytes(judged.head.hash, pin.hash)) {
      return { ok: false, fault: "pin" };
    }
    return { ok: true, verified, head: judged.head };
  }
}
