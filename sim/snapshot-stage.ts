/**
 * A newcomer on a stage that begins with a snapshot: given manifests and parts, true ones or those of
 * a liar, it believes what the core's judgements believe, then takes blocks. N1: its first state, and
 * the one at the head, are what replay gives. SPEC SI29. Source: workers/node/snapshot-keeper.ts.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import { judgeBlock, type Head } from "../workers/core/ledger/chain.ts";
import {
  isPart,
  manifestFault,
  openSnapshot,
  snapshotHeightFor,
  type Manifest,
} from "../workers/core/ledger/snapshot.ts";
import { partHashOf, partsOf } from "../workers/core/ledger/state-parts.ts";
import { encodeState, stateRootOf, type LedgerState } from "../workers/core/ledger/state.ts";
import type { Stage } from "./stage.ts";

/** What a newcomer judges a snapshot by; the simulator alone replaces one. */
export interface SnapshotRules {
  readonly manifestFault: typeof manifestFault;
  readonly isPart: typeof isPart;
  readonly openSnapshot: typeof openSnapshot;
}

/** What a lying device gives: states of its own making, in true or false headers. */
export type Gift = "another-chain" | "another-state" | "nothing-executed";

export interface JoinRequest {
  readonly pinHeight: number;
  /** They are asked first. */
  readonly liars: readonly Gift[];
  readonly planted: Partial<SnapshotRules> | undefined;
}

export interface Joined {
  readonly isIn: boolean;
  /** Liars whose gift was not taken. */
  readonly refused: number;
  readonly blocksTaken: number;
  /** Height of the snapshot. */
  readonly from: number;
}

export function joinBySnapshot(stage: Stage, { pinHeight, liars, planted }: JoinRequest): Joined {
  const rules: SnapshotRules = { manifestFault, isPart, openSnapshot, ...planted };
  const { world } = stage;
  const { family, head: genesis } = world.family;
  const { chain, head } = stage.at(0).disk;
  const heads = replay(genesis, chain);
  const from = snapshotHeightFor(pinHeight) ?? 0;
  const pinned = heads[pinHeight];
  const truth = heads[from];
  const nothing = { isIn: false, refused: 0, blocksTaken: 0, from };
  if (pinned === undefined || truth === undefined) return nothing;
  const pin = { height: pinHeight, hash: pinned.hash };
  const headers = chain.slice(from - 1, pinHeight).map((one) => one.verified.block.header);
  let refused = 0;
  for (const gift of [...liars, null]) {
    const { manifest, parts } = giftOf(gift);
    const first = open(manifest, parts);
    if (first === null) {
      refused += 1;
      continue;
    }
    if (toHex(stateRootOf(first.state)) !== toHex(stateRootOf(truth.state))) {
      world.violate("N1", `a first state by ${gift ?? "an honest device"}`);
    }
    return { ...follow(first), refused };
  }
  return { ...nothing, refused };

  function open(manifest: Manifest, parts: readonly Uint8Array[]): Head | null {
    if (rules.manifestFault(family, pin, manifest) !== null) return null;
    if (!parts.every((one, index) => rules.isPart(family, manifest, index, one))) return null;
    return rules.openSnapshot(family, manifest, joinParts(parts));
  }

  function follow(first: Head): Omit<Joined, "refused"> {
    let at = first;
    let blocksTaken = 0;
    for (const block of chain.slice(from)) {
      const judged = judgeBlock(at, block.verified);
      if (!judged.ok || !world.checks.isCertified(block, at, false)) break;
      at = judged.head;
      blocksTaken += 1;
    }
    const isIn = toHex(at.hash) === toHex(head.hash);
    if (isIn && toHex(stateRootOf(at.state)) !== toHex(stateRootOf(head.state))) {
      world.violate("N1", "the state at the head");
    }
    return { isIn, blocksTaken, from };
  }

  function giftOf(gift: Gift | null): { manifest: Manifest; parts: readonly Uint8Array[] } {
    const state = truth === undefined ? genesis.state : stateOf(gift, truth.state);
    const parts = partsOf(encodeState(state));
    const hashes = parts.map((one) => partHashOf(family, one));
    const [snapshot, ...later] = headers;
    // Another chain: a first header of its own, under the true ones.
    const isForged = gift === "another-chain" && snapshot !== undefined;
    const given = isForged ? [{ ...snapshot, stateRoot: stateRootOf(state) }, ...later] : headers;
    return { manifest: { headers: given, parts: hashes }, parts };
  }
}

function stateOf(gift: Gift | null, state: LedgerState): LedgerState {
  switch (gift) {
    case null:
      return state;
    case "nothing-executed":
      return { ...state, executed: [] };
    case "another-chain":
    case "another-state":
      // Somebody is a parent who is none, say.
      return { ...state, retentionDays: 1, invites: [] };
  }
}

/** Heads by height. */
function replay(
  genesis: Head,
  chain: Stage["world"]["stations"][number]["disk"]["chain"],
): readonly Head[] {
  const heads = [genesis];
  for (const { verified } of chain) {
    const before = heads.at(-1);
    const judged = before === undefined ? null : judgeBlock(before, verified);
    if (judged?.ok !== true) break;
    heads.push(judged.head);
  }
  return heads;
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}
