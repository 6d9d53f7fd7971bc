/**
 * Recoveries of the next block: kept with how long they were shown on this device, handed on to others
 * with what was said against them, and taken when their time has come. A block of the old set ends
 * them all. Making one from words is recovering.ts. SPEC RK1 to RK8. Source: DESIGN §4.10.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { BlockHash, FamilyId, Hex, MemberId } from "../core/codec/ids.ts";
import { decodeFinalised, type FinalisedBlock } from "../core/ledger/block.ts";
import { isTooFarAhead, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import { RECOVERIES_MAX } from "../core/ledger/limits.ts";
import { ownerOfRecovery } from "../core/ledger/recovery.ts";
import {
  encodeObjection,
  lookAgain,
  mayObject,
  standingOf,
  waitMs,
  type KnownRecovery,
  type RecoveryStanding,
  type Shown,
} from "../core/ledger/recovery-wait.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { Write } from "../storage/store.ts";
import type { Judged } from "./chain-track.ts";
import type { Environment } from "./environment.ts";
import type { Frame } from "./frames.ts";
import { OBJECTIONS_MAX, RECOVERY_LISTEN_MS, RECOVERY_WRITE_MS } from "./limits.ts";
import {
  FORGET_RECOVERIES,
  objectionWrite,
  readRecoveries,
  recoveryWrite,
  type Objection,
  type StoredRecovery,
} from "./stored-recovery.ts";

export interface RecoveryPorts {
  readonly head: () => Head | null;
  readonly judge: (finalised: FinalisedBlock) => Promise<Judged>;
  readonly commit: (writes: readonly Write[], durability: "strict" | "relaxed") => Promise<void>;
  /** Lets a recovery be the next block. */
  readonly apply: (
    verified: VerifiedBlock,
    certificate: FinalisedBlock["certificate"],
    head: Head,
  ) => Promise<void>;
  /** Whether the family has gone on by rules that this build does not know: nothing is taken here. */
  readonly isHeld: () => boolean;
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  readonly onChanged: () => void;
}

/** A recovery as the screens show it. */
export interface ShownRecovery {
  readonly hash: BlockHash;
  readonly owner: MemberId;
  readonly verified: VerifiedBlock;
  readonly standing: RecoveryStanding;
}

export interface RecoveryKeeper {
  readonly all: () => readonly ShownRecovery[];
  /** A block that may be one; what is for a later head waits for it. */
  readonly takeBlock: (
    bytes: Uint8Array,
    from: Hex | null,
  ) => Promise<"malformed" | "invalid" | null>;
  readonly takeObjection: (objection: Objection, from: Hex | null) => Promise<"invalid" | null>;
  /** The person here takes this one of several, when its time has come. */
  readonly choose: (hash: BlockHash) => Promise<boolean>;
  /** Lets time pass, and takes what is due. */
  readonly tick: () => Promise<void>;
  /** The head is another: everything was about the last one. */
  readonly follow: () => Promise<void>;
  /** What forgets them, as part of a block's commit. */
  readonly forgetWrites: () => readonly Write[];
  /** For a device that has just linked. */
  readonly frames: () => readonly Frame[];
}

interface Entry extends StoredRecovery {
  readonly finalised: FinalisedBlock;
  readonly verified: VerifiedBlock;
  readonly after: Head;
  readonly owner: MemberId;
  /** Shown for so long when it was last written down. */
  readonly writtenMs: number;
}

export async function openRecoveries(
  env: Environment,
  family: FamilyId,
  ports: RecoveryPorts,
): Promise<RecoveryKeeper> {
  const entries = new Map<Hex, Entry>();
  const objections = new Map<Hex, Objection>();
  /** For a head that is not here yet, or too far ahead of my clock. */
  let parked: readonly Uint8Array[] = [];
  const startedAt = env.monotonic();
  let lookedAt = startedAt;
  let isFirstLook = true;
  await load();

  return {
    all,
    takeBlock,
    takeObjection,
    choose,
    tick,
    follow,
    forgetWrites: () => [FORGET_RECOVERIES, ...early().map((one) => objectionWrite(one))],
    frames,
  };

  async function load(): Promise<void> {
    const stored = await readRecoveries(env.store);
    for (const one of stored.objections) objections.set(nameOf(one), one);
    for (const { bytes, shown, isChosen } of stored.recoveries.values()) {
      const entry = await read(bytes, shown, isChosen);
      if (entry !== null && typeof entry !== "string") entries.set(hexOf(entry), entry);
    }
  }

  /** A valid recovery of the next block; `later` for one of a block that is not here. */
  async function read(
    bytes: Uint8Array,
    shown: Shown,
    isChosen: boolean,
  ): Promise<Entry | "malformed" | "invalid" | "later" | null> {
    const decoded = decodeFinalised(bytes);
    if (!decoded.ok) return "malformed";
    const finalised = decoded.value;
    const { header } = finalised.block;
    const head = ports.head();
    if (head === null || header.height > head.state.height + 1) return "later";
    const isOfNext =
      header.height === head.state.height + 1 && isSameBytes(header.parent, head.hash);
    if (!isOfNext) return null;
    const judged = await ports.judge(finalised);
    if (!judged.ok) return "invalid";
    const owner = ownerOfRecovery(head.state, judged.verified);
    if (owner === null) return "invalid";
    if (isTooFarAhead(finalised.block, env.now())) return "later";
    const { verified, head: after } = judged;
    return { bytes, shown, isChosen, finalised, verified, after, owner, writtenMs: shown.ms };
  }

  async function takeBlock(
    bytes: Uint8Array,
    from: Hex | null,
  ): Promise<"malformed" | "invalid" | null> {
    if ([...entries.values()].some((one) => isSameBytes(one.bytes, bytes))) return null;
    const entry = await read(bytes, { ms: 0, wall: env.now() }, false);
    if (entry === "later") {
      park(bytes);
      return null;
    }
    if (entry === null || entry === "malformed" || entry === "invalid") return entry;
    const name = hexOf(entry);
    if (entries.has(name) || entries.size >= RECOVERIES_MAX) return null;
    await ports.commit([recoveryWrite(entry.verified.hash, entry)], "strict");
    entries.set(name, entry);
    ports.broadcast({ type: "recovery", blocks: [bytes], objections: [] }, from);
    ports.onChanged();
    await takeDue();
    return null;
  }

  function park(bytes: Uint8Array): void {
    if (parked.some((one) => isSameBytes(one, bytes))) return;
    parked = [...parked, bytes].slice(-RECOVERIES_MAX);
  }

  /** Kept also of a recovery that is not here yet: which comes first must not matter. */
  async function takeObjection(objection: Objection, from: Hex | null): Promise<"invalid" | null> {
    const head = ports.head();
    const name = nameOf(objection);
    if (head === null || objections.has(name)) return null;
    const { recovery, device, signature } = objection;
    const key = findDevice(head.state, device)?.key;
    // Its device may be registered in a block that is still to come.
    if (key === undefined) return null;
    const message = encodeObjection(recovery);
    if (!(await env.crypto.verify(key, "recovery-objection", family, message, signature))) {
      return "invalid";
    }
    const own = [...objections.values()].filter((one) => isSameBytes(one.device, device));
    if (own.length >= RECOVERIES_MAX || objections.size >= OBJECTIONS_MAX) return null;
    await ports.commit([objectionWrite(objection)], "strict");
    objections.set(name, objection);
    ports.broadcast({ type: "recovery", blocks: [], objections: [objection] }, from);
    ports.onChanged();
    return null;
  }

  async function choose(hash: BlockHash): Promise<boolean> {
    if (!entries.has(toHex(hash))) return false;
    for (const [name, one] of entries) {
      const chosen = { ...one, isChosen: isSameBytes(one.verified.hash, hash) };
      await ports.commit([recoveryWrite(one.verified.hash, chosen)], "strict");
      entries.set(name, chosen);
    }
    ports.onChanged();
    await takeDue();
    return true;
  }

  async function tick(): Promise<void> {
    const now = env.monotonic();
    const awakeMs = isFirstLook ? null : now - lookedAt;
    lookedAt = now;
    isFirstLook = false;
    const wall = env.now();
    for (const [name, one] of entries) {
      const shown = lookAgain(one.shown, wall, awakeMs);
      const isWritten = shown.ms - one.writtenMs >= RECOVERY_WRITE_MS;
      const next = { ...one, shown, writtenMs: isWritten ? shown.ms : one.writtenMs };
      if (isWritten) await ports.commit([recoveryWrite(one.verified.hash, next)], "relaxed");
      entries.set(name, next);
    }
    if (parked.length > 0) await takeParked();
    await takeDue();
  }

  async function takeParked(): Promise<void> {
    const waiting = parked;
    parked = [];
    for (const bytes of waiting) await takeBlock(bytes, null);
  }

  /** After a start others are listened to first: they may know of an objection, or of a block. */
  async function takeDue(): Promise<void> {
    const head = ports.head();
    if (head === null) return;
    const hasListened =
      waitMs(head.state) === 0 || env.monotonic() - startedAt >= RECOVERY_LISTEN_MS;
    const due = all().find((one) => one.standing.type === "due");
    const entry = due === undefined ? undefined : entries.get(toHex(due.hash));
    if (!hasListened || entry === undefined || ports.isHeld()) return;
    await ports.apply(entry.verified, entry.finalised.certificate, entry.after);
  }

  async function follow(): Promise<void> {
    const had = entries.size > 0;
    const kept = early();
    entries.clear();
    objections.clear();
    for (const one of kept) objections.set(nameOf(one), one);
    if (parked.length > 0) await takeParked();
    if (had) ports.onChanged();
  }

  /** Objections that may be to a recovery which waits for its head. */
  function early(): readonly Objection[] {
    if (parked.length === 0) return [];
    return [...objections.values()].filter((one) => !entries.has(toHex(one.recovery)));
  }

  function all(): readonly ShownRecovery[] {
    const head = ports.head();
    if (head === null) return [];
    const known = [...entries.keys()].sort().flatMap((name) => {
      const entry = entries.get(name);
      return entry === undefined ? [] : [{ entry, known: knownOf(head, entry) }];
    });
    const others = known.map((one) => one.known);
    return known.map(({ entry, known: one }) => ({
      hash: entry.verified.hash,
      owner: entry.owner,
      verified: entry.verified,
      standing: standingOf(head.state, one, others),
    }));
  }

  function knownOf(head: Head, entry: Entry): KnownRecovery {
    const { owner, shown, isChosen } = entry;
    const { hash, block } = entry.verified;
    const author = block.header.primary;
    const against = [...objections.values()].filter(
      (one) => isSameBytes(one.recovery, hash) && mayObject(head.state, author, one.device),
    );
    return { hash, owner, shown, isChosen, objections: against.map((one) => one.device) };
  }

  function frames(): readonly Frame[] {
    if (entries.size + objections.size === 0) return [];
    const blocks = [...entries.values()].map((one) => one.bytes);
    return [{ type: "recovery", blocks, objections: [...objections.values()] }];
  }
}

function hexOf(entry: Entry): Hex {
  return toHex(entry.verified.hash);
}

function nameOf({ recovery, device }: Objection): Hex {
  return `${toHex(recovery)}/${toHex(device)}`;
}
