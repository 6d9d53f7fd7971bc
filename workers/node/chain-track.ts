/**
 * A run of blocks that follow each other, from nothing or from a believed head: judges the next one
 * and keeps the state after each. A block proves itself or is not taken: its place, a quorum of the
 * set before it (exactly q signatures), its transactions' signatures, the state that it makes, and
 * the hashes that are known beforehand. Nothing is stored here. SPEC LP4, LP5, LP7, LP15.
 * Source: DESIGN §4.3, §4.11.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { BlockHash, DeviceId, FamilyId } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  type Block,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import {
  isNewer,
  judgeFounding,
  type Head,
  type Judgement,
  type VerifiedBlock,
} from "../core/ledger/chain.ts";
import { judgeNext } from "../core/ledger/recovery.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import { decodeTransaction } from "../core/ledger/transaction.ts";
import { StoreError } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import { isCertified, trustBlock, verifyBlock } from "./verify.ts";

/** Why a block from elsewhere is not taken. `not-reproducible`: it is certified, and I make another state. */
export type BlockFault =
  | "signature"
  | "founding"
  | "certificate"
  /** Of before or after a recovery that was or was not taken here. */
  | "epoch"
  | "height"
  | "parent"
  | "pin"
  /** Of rules that this build does not know: not judged. */
  | "newer-rules"
  | "not-reproducible";

export type Judged =
  | { readonly ok: true; readonly verified: VerifiedBlock; readonly head: Head }
  | { readonly ok: false; readonly fault: BlockFault };

export interface Track {
  /** Null until the founding block is here. */
  readonly head: () => Head | null;
  /** States after its blocks in their order, that of the head it began with included. */
  readonly states: () => readonly LedgerState[];
  /** Judges a block on the head; changes nothing. */
  readonly judge: (finalised: FinalisedBlock) => Promise<Judged>;
  readonly advance: (head: Head) => void;
  /**
   * Takes up a block of my own disk; StoreError `corrupt` where it does not follow. False: it is of
   * rules that this build does not know, and was written by a later one.
   */
  readonly replay: (value: unknown) => boolean;
}

/** `hashAt`: the hash that the block of a height must have; null where any will do. */
export function createTrack(
  env: Environment,
  family: FamilyId,
  start: Head | null,
  hashAt: (height: number) => BlockHash | null,
): Track {
  const states: LedgerState[] = start === null ? [] : [start.state];
  let head = start;

  return { head: () => head, states: () => states, judge, advance, replay };

  function advance(next: Head): void {
    head = next;
    states.push(next.state);
  }

  function replay(value: unknown): boolean {
    const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
    if (decoded?.ok !== true) throw new StoreError("corrupt", "a stored block is malformed");
    const { block } = decoded.value;
    if (isNewer(block.header, env.rulesKnown)) return false;
    const verified = trustBlock(family, head?.state ?? null, block);
    if (verified === null) throw new StoreError("corrupt", "a stored block is malformed");
    const judged = judgeOn(head, verified);
    if (!judged.ok)
      throw new StoreError(
        "corrupt",
        `a stored block is not valid: ${JSON.stringify(judged.fault)}`,
      );
    advance(judged.head);
    return true;
  }

  function judgeOn(before: Head | null, verified: VerifiedBlock): Judgement {
    return before === null
      ? judgeFounding(family, verified, env.rulesKnown)
      : judgeNext(before, verified, env.rulesKnown);
  }

  async function judge({ block, certificate }: FinalisedBlock): Promise<Judged> {
    const { header } = block;
    const hash = blockHashOf(family, header);
    const before = head;
    const isRecovery = isRecoveryBlock(block);
    if (before !== null && header.epoch !== before.state.epoch + (isRecovery ? 1 : 0)) {
      return fault("epoch");
    }
    if (header.height !== (before?.state.height ?? -1) + 1) return fault("height");
    if (before !== null && !isSameBytes(header.parent, before.hash)) return fault("parent");
    if (isNewer(header, env.rulesKnown)) return fault("newer-rules");
    // Before any signature of a transaction is looked at: whoever brings it has q signatures.
    const set =
      before === null || !isRecovery ? before?.state : recoverersOf(before, header.primary);
    const isSure =
      set === undefined ||
      (await isCertified(env.crypto, family, set, { block, hash }, certificate));
    if (!isSure) return fault("certificate");
    const verified = await verifyBlock(env.crypto, family, before?.state ?? null, block);
    if (verified === null) return fault("signature");
    const judged = judgeOn(before, verified);
    // Whoever makes a recovery signs it alone: no quorum stands behind one that is not valid.
    if (!judged.ok && isRecovery) return fault("certificate");
    if (!judged.ok) return fault(before === null ? "founding" : "not-reproducible");
    const { state } = judged.head;
    if (before === null && !(await isCertified(env.crypto, family, state, verified, certificate))) {
      return fault("certificate");
    }
    const expected = hashAt(header.height);
    if (expected !== null && !isSameBytes(hash, expected)) return fault("pin");
    return { ok: true, verified, head: judged.head };
  }
}

/** Whether a block claims to be a recovery. */
export function isRecoveryBlock(block: Block): boolean {
  const [first] = block.transactions;
  const decoded = first === undefined ? null : decodeTransaction(first.bytes);
  return decoded?.ok === true && decoded.value.body.type === "recovery";
}

/** Who signs a recovery: the device that made it, beside the words. */
function recoverersOf(before: Head, device: DeviceId): LedgerState {
  return { ...before.state, replicas: [device] };
}

function fault(what: BlockFault): Judged {
  return { ok: false, fault: what };
}
