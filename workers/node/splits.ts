/**
 * Two sets of rules in one family: keepers that were thought lost had gone on, or two recoveries were
 * chosen, and each side follows its own for good. It is known by a block of the other side that its own
 * keepers have certified, on a block that this device has too, and never by what a device says of
 * itself. Each device of the other side is told once. SPEC SL1 to SL6. Source: DESIGN §4.10.
 */
import type { SplitView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type DeviceId, type Hex } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  type BlockHeader,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import { activeDevice } from "../core/ledger/state.ts";
import { prefixRange } from "../storage/store.ts";
import { createTrack, isRecoveryBlock } from "./chain-track.ts";
import { ownerName, stateOf, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { RECOVERY_BYTES_MAX } from "./limits.ts";

export interface Splits {
  /** Where a linked device says that it stands; what it is to be shown, so that it can see. */
  readonly hears: (device: DeviceId, status: Status) => Promise<Frame | null>;
  /**
   * Blocks that a linked device brought. Those that are certified and not of my chain are a split:
   * `answer` is my own block of that place, for the other side to see.
   */
  readonly look: (
    device: DeviceId,
    finalised: readonly Uint8Array[],
  ) => Promise<{ readonly answer: Frame | null; readonly faults: number }>;
  /** Whether this device is known to follow another chain: what it brings is no lie. */
  readonly isElsewhere: (device: DeviceId) => boolean;
  /** Null where the family is one, as far as is known here. */
  readonly view: () => SplitView | null;
  /** The person has read it. */
  readonly acknowledge: () => Promise<void>;
}

type Status = Pick<Extract<Frame, { type: "status" }>, "epoch" | "height" | "head">;

const TABLE_KEY = "split";

interface Known {
  /** Height of the first block that is another on the other side. */
  readonly height: number;
  /** The other side's block there is a recovery, which this device did not take. */
  readonly isTheirs: boolean;
  readonly isTold: boolean;
}

export async function openSplits(family: Family, onFound: () => void): Promise<Splits> {
  const { env, ledger } = family;
  const known = new Map<Hex, Known>();
  /** Whom my recovery was shown since the start, and where each says that it stands. */
  const shown = new Set<Hex>();
  const stands = new Map<Hex, Status>();
  for (const { key, value } of await env.store.list("meta", prefixRange([TABLE_KEY]))) {
    const [, device] = key;
    const read = readStored(value);
    if (typeof device === "string" && read !== null) known.set(device, read);
  }

  return {
    hears,
    look,
    isElsewhere: (device) => known.has(toHex(device)),
    view,
    acknowledge,
  };

  async function hears(device: DeviceId, status: Status): Promise<Frame | null> {
    const name = toHex(device);
    stands.set(name, status);
    const mine = ownRecovery();
    if (mine === null || shown.has(name) || status.height < mine) return null;
    if (!(await isOther(status))) return null;
    const block = await stored(mine);
    if (block === null || block.bytes.length > RECOVERY_BYTES_MAX) return null;
    shown.add(name);
    return { type: "recovery", blocks: [block.bytes], objections: [] };
  }

  /** By its own word: enough to show it something, and for nothing else. */
  async function isOther({ epoch, height, head }: Status): Promise<boolean> {
    const own = stateOf(family);
    if (epoch !== own.epoch) return epoch < own.epoch;
    if (height > own.height) return false;
    const block = await stored(height);
    return block !== null && !isSameBytes(block.hash, head);
  }

  /** Height of the last recovery of my chain, as far as its states are here; null without one. */
  function ownRecovery(): number | null {
    const { epoch, height } = stateOf(family);
    for (let below = height; below > ledger.firstHeight(); below -= 1) {
      if (ledger.stateAt(below - 1)?.epoch !== epoch) return below;
    }
    return null;
  }

  async function look(
    device: DeviceId,
    finalised: readonly Uint8Array[],
  ): Promise<{ readonly answer: Frame | null; readonly faults: number }> {
    if (known.has(toHex(device)) || ledger.head() === null) return { answer: null, faults: 0 };
    for (const bytes of finalised) {
      const decoded = decodeFinalised(bytes);
      if (!decoded.ok) continue;
      const place = isFollowed(device, decoded.value) ? await placeOf(decoded.value) : null;
      if (place === null) continue;
      if (!(await isCertified(decoded.value, place))) return { answer: null, faults: 1 };
      await keep(device, {
        height: place.header.height,
        isTheirs: isRecoveryBlock(decoded.value.block),
        isTold: false,
      });
      onFound();
      return { answer: { type: "blocks", finalised: [place.bytes] }, faults: 0 };
    }
    return { answer: null, faults: 0 };
  }

  /** Whether whoever brings it says that its chain has it: a recovery that nobody took splits nobody. */
  function isFollowed(device: DeviceId, { block }: FinalisedBlock): boolean {
    const at = stands.get(toHex(device));
    const { epoch, height } = block.header;
    return at !== undefined && at.height >= height && at.epoch >= epoch;
  }

  interface Place {
    readonly bytes: Uint8Array;
    /** Of my own block at its height, and of the one below. */
    readonly header: BlockHeader;
    readonly below: BlockHeader;
  }

  /** My own block in the place of one that is another and continues the same; null where it is none. */
  async function placeOf({ block }: FinalisedBlock): Promise<Place | null> {
    const { height, parent } = block.header;
    if (height <= ledger.firstHeight() || height > stateOf(family).height) return null;
    const [below, mine] = [await stored(height - 1), await stored(height)];
    if (below === null || mine === null || !isSameBytes(parent, below.hash)) return null;
    const hash = blockHashOf(family.identity.profile.family, block.header);
    if (isSameBytes(hash, mine.hash)) return null;
    return { bytes: mine.bytes, header: mine.header, below: below.header };
  }

  /** Judged like any block, on the rules that both sides still had. */
  async function isCertified(finalised: FinalisedBlock, { below }: Place): Promise<boolean> {
    const id = family.identity.profile.family;
    const state = ledger.stateAt(below.height);
    if (state === null) return false;
    const hash = blockHashOf(id, below);
    const track = createTrack(env, id, { state, hash, primary: below.primary }, () => null);
    return (await track.judge(finalised)).ok;
  }

  async function stored(height: number): Promise<{
    readonly bytes: Uint8Array;
    readonly header: BlockHeader;
    readonly hash: Uint8Array;
  } | null> {
    const [bytes] = height < 0 ? [] : await ledger.blocksFrom(height, 1);
    const decoded = bytes === undefined ? null : decodeFinalised(bytes);
    if (bytes === undefined || decoded?.ok !== true) return null;
    const { header } = decoded.value.block;
    return { bytes, header, hash: blockHashOf(family.identity.profile.family, header) };
  }

  async function keep(device: DeviceId, one: Known): Promise<void> {
    await write(toHex(device), one);
    known.set(toHex(device), one);
  }

  async function write(name: Hex, { height, isTheirs, isTold }: Known): Promise<void> {
    const value = [height, isTheirs, isTold];
    await env.store.commit([{ type: "put", table: "meta", key: [TABLE_KEY, name], value }], {
      durability: "relaxed",
      fence: family.fence,
    });
  }

  /** Of devices that are in the family by the rules of here. */
  function present(): readonly (readonly [Hex, Known])[] {
    if (ledger.head() === null) return [];
    const state = stateOf(family);
    return [...known].filter(([name]) => activeDevice(state, fromHex(name)) !== null);
  }

  function view(): SplitView | null {
    const found = present();
    const [first] = found;
    if (first === undefined) return null;
    const names = found
      .map(([name]) => ownerName(family, fromHex(name)))
      .filter((one) => one !== "");
    return {
      people: [...new Set(names)].toSorted(),
      isTheirs: found.some(([, one]) => one.isTheirs),
      isRead: found.every(([, one]) => one.isTold),
    };
  }

  async function acknowledge(): Promise<void> {
    for (const [name, one] of known) {
      if (one.isTold) continue;
      const told = { ...one, isTold: true };
      await write(name, told);
      known.set(name, told);
    }
  }
}

function readStored(value: unknown): Known | null {
  if (!Array.isArray(value)) return null;
  const [height, isTheirs, isTold] = value as readonly unknown[];
  const isWhole =
    typeof height === "number" && typeof isTheirs === "boolean" && typeof isTold === "boolean";
  return isWhole ? { height, isTheirs, isTold } : null;
}
