/**
 * The chain as this device keeps it: blocks with certificates on the disk, the state after each in
 * memory. It stands on the founding block, or on a snapshot until all blocks below that have been
 * fetched and judged too, from the founding one up: rules are kept for ever, on every device.
 * SPEC LP4, LP5, LP7, LP13, LP15 to LP18. Source: DESIGN §4.6, §4.11.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { BlockHash, FamilyId } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  encodeFinalised,
  type BlockHeader,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import type { Head } from "../core/ledger/chain.ts";
import {
  NO_MANIFEST,
  snapshotHeightFor,
  stateAsOf,
  type Manifest,
  type Pin,
} from "../core/ledger/snapshot.ts";
import { partHashOf, partsOf } from "../core/ledger/state-parts.ts";
import { encodeState, type LedgerState } from "../core/ledger/state.ts";
import { prefixRange, type Write } from "../storage/store.ts";
import { createTrack, type Judged, type Track } from "./chain-track.ts";
import type { Environment } from "./environment.ts";
import { BLOCKS_PER_FRAME_MAX } from "./frames.ts";
import { BLOCKS_FRAME_BYTES } from "./limits.ts";
import { FORGET_SNAPSHOT, readBase } from "./stored-snapshot.ts";

export type { Pin } from "../core/ledger/snapshot.ts";

export interface Chain {
  /** Null until the founding block or a snapshot is here. */
  readonly head: () => Head | null;
  /** Whether the disk goes on with blocks of rules that this build does not know. */
  readonly goesOn: boolean;
  /** State after a height; what verdicts need of it below a snapshot; null above the head. */
  readonly stateAt: (height: number) => LedgerState | null;
  /** Height of the oldest state that is whole: 0, or that of the snapshot that this device began with. */
  readonly firstHeight: () => number;
  readonly blocksFrom: (height: number, count: number) => Promise<readonly Uint8Array[]>;
  /** Judges a block on the head; changes nothing. */
  readonly judge: (finalised: FinalisedBlock) => Promise<Judged>;
  /** The write that keeps a block; part of a strict commit, after which `advance` is called. */
  readonly writeOf: (finalised: FinalisedBlock) => Write;
  readonly advance: (head: Head) => void;
  /** The chain stands on a snapshot from now on, which is durable. */
  readonly standOn: (head: Head, manifest: Manifest) => void;
  /** Height of the next block below the snapshot that is missing; null where none is. */
  readonly missingBelow: () => number | null;
  /** Judges that block. `pin`: its chain does not lead to the snapshot. */
  readonly judgeBelow: (finalised: FinalisedBlock) => Promise<Judged>;
  /** What keeps it, and with the last one lets the snapshot go. */
  readonly writesBelow: (finalised: FinalisedBlock) => readonly Write[];
  readonly advanceBelow: (head: Head) => void;
  /** Lets go of all that lies below the snapshot: it was another chain. */
  readonly forgetBelow: () => readonly Write[];
  /** What leads from a pin to the snapshot below it, as far as this device has both. */
  readonly manifestFor: (pin: Pin) => Promise<Manifest>;
  /** A part of the state after a height; null where it is not here. */
  readonly partFor: (height: number, index: number) => Uint8Array | null;
}

/** Opens the chain by replaying its blocks; StoreError `corrupt` where they do not follow each other. */
export async function openChain(
  env: Environment,
  family: FamilyId,
  pin: Pin | null,
): Promise<Chain> {
  let headers: readonly BlockHeader[] = [];
  let main = createTrack(env, family, null, pinnedAt);
  /** From the founding block up to the snapshot that the main one stands on; null where all is here. */
  let below: Track | null = null;
  /** The state that was last given away, in parts. */
  let given: { readonly height: number; readonly parts: readonly Uint8Array[] } | null = null;
  const base = await readBase(env, family, pin);
  if (base !== null) standOn(base.head, base.manifest);
  const baseHeight = base?.head.state.height ?? -1;
  let goesOn = false;
  for (const row of await env.store.list("blocks", prefixRange([]))) {
    const isBelow = typeof row.key[0] === "number" && row.key[0] <= baseHeight;
    goesOn ||= !(isBelow && below !== null ? below : main).replay(row.value);
    if (goesOn) break;
  }

  return {
    head: () => main.head(),
    goesOn,
    stateAt,
    firstHeight,
    blocksFrom,
    judge: async (finalised) => main.judge(finalised),
    writeOf,
    advance: (head) => main.advance(head),
    standOn,
    missingBelow: () => (below === null ? null : heightAfter(below)),
    judgeBelow: async (finalised) =>
      below === null ? { ok: false, fault: "height" } : below.judge(finalised),
    writesBelow: (finalised) => {
      const isLast = finalised.block.header.height === firstHeight();
      return [writeOf(finalised), ...(isLast ? [FORGET_SNAPSHOT] : [])];
    },
    advanceBelow,
    forgetBelow: () => {
      if (below !== null) below = createTrack(env, family, null, pinnedAt);
      const range = { from: [0], to: [firstHeight() + 1] };
      return [{ type: "delete-range", table: "blocks", range }];
    },
    manifestFor,
    partFor,
  };

  /** What is known of a height before its block is here: the pin, and what led from it to a snapshot. */
  function pinnedAt(height: number): BlockHash | null {
    const header = headers.find((one) => one.height === height);
    if (header !== undefined) return blockHashOf(family, header);
    return pin !== null && pin.height === height ? pin.hash : null;
  }

  function standOn(head: Head, manifest: Manifest): void {
    headers = manifest.headers;
    main = createTrack(env, family, head, pinnedAt);
    below = createTrack(env, family, null, pinnedAt);
  }

  function firstHeight(): number {
    return main.states()[0]?.height ?? 0;
  }

  function stateAt(height: number): LedgerState | null {
    const states = main.states();
    const first = states[0];
    if (first === undefined || height > (states.at(-1)?.height ?? -1)) return null;
    if (height >= first.height) return states[height - first.height] ?? first;
    return stateAsOf(first, Math.max(0, height));
  }

  function advanceBelow(head: Head): void {
    if (below === null) return;
    below.advance(head);
    if (head.state.height < firstHeight()) return;
    const [first, ...others] = below.states();
    const [, ...later] = main.states();
    const top = main.head();
    if (first === undefined || top === null) return;
    // One chain from the founding block on.
    const states = [...others, ...later];
    const hashOf = { hash: top.hash, primary: top.primary };
    main = createTrack(env, family, { state: first, ...hashOf }, pinnedAt);
    for (const state of states) main.advance({ state, ...hashOf });
    below = null;
  }

  function writeOf(finalised: FinalisedBlock): Write {
    const value = encodeFinalised(finalised);
    return { type: "put", table: "blocks", key: [finalised.block.header.height], value };
  }

  /** As many whole blocks as a frame holds, one at least; none where the first one is not here. */
  async function blocksFrom(height: number, count: number): Promise<readonly Uint8Array[]> {
    const to = [height + Math.min(count, BLOCKS_PER_FRAME_MAX)];
    const rows = await env.store.list("blocks", { from: [height], to });
    const found: Uint8Array[] = [];
    let size = 0;
    for (const { key, value } of rows) {
      if (!(value instanceof Uint8Array) || key[0] !== height + found.length) break;
      size += value.length;
      if (found.length > 0 && size > BLOCKS_FRAME_BYTES) break;
      found.push(value);
    }
    return found;
  }

  async function manifestFor(asked: Pin): Promise<Manifest> {
    const from = snapshotHeightFor(asked.height);
    const top = main.head()?.state.height ?? -1;
    if (from === null || from < firstHeight() || asked.height > top) return NO_MANIFEST;
    const found = await headersBetween(from, asked.height);
    const last = found.at(-1);
    if (last === undefined || !isSameBytes(blockHashOf(family, last), asked.hash)) {
      return NO_MANIFEST;
    }
    const parts = partsAt(from) ?? [];
    return { headers: found, parts: parts.map((one) => partHashOf(family, one)) };
  }

  /** The block of a snapshot that this device itself began with is only here as a header. */
  async function headersBetween(from: number, to: number): Promise<readonly BlockHeader[]> {
    const rows = await env.store.list("blocks", { from: [from], to: [to + 1] });
    const stored = rows.flatMap(({ value }) => {
      const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
      return decoded?.ok === true ? [decoded.value.block.header] : [];
    });
    const missing = to - from + 1 - stored.length;
    const first = headers.find((one) => one.height === from);
    if (missing === 1 && first !== undefined) return [first, ...stored];
    return missing === 0 ? stored : [];
  }

  function partFor(height: number, index: number): Uint8Array | null {
    if (height !== snapshotHeightFor(height)) return null;
    return partsAt(height)?.[index] ?? null;
  }

  function partsAt(height: number): readonly Uint8Array[] | null {
    if (given?.height !== height) {
      const state = height < firstHeight() ? null : stateAt(height);
      if (state === null) return null;
      given = { height, parts: partsOf(encodeState(state)) };
    }
    return given.parts;
  }
}

function heightAfter(track: Track): number {
  return (track.head()?.state.height ?? -1) + 1;
}
