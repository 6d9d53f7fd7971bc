/**
 * An open family on this device: the parts of the node that share one identity, and the small
 * questions that all of them ask. No behaviour of its own. SPEC FM1.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, MemberId } from "../core/codec/ids.ts";
import type { LedgerView } from "../core/gossip/verdict.ts";
import type { VerifiedBlock } from "../core/ledger/chain.ts";
import {
  findDevice,
  findMember,
  type Device,
  type LedgerState,
  type Member,
} from "../core/ledger/state.ts";
import {
  encodeTransaction,
  TRANSACTION_VERSION,
  type SignedTransaction,
  type TransactionBody,
  type VerifiedTransaction,
} from "../core/ledger/transaction.ts";
import { EXPIRY_HEIGHTS_MAX } from "../core/ledger/limits.ts";
import type { Signature } from "../core/codec/ids.ts";
import { openBlob } from "./blobs.ts";
import type { DeviceKeys } from "./device-keys.ts";
import type { Environment } from "./environment.ts";
import type { Holds } from "./holds.ts";
import { isOpenToHeld, type Standing } from "../core/ledger/hold.ts";
import type { GossipKeeper } from "./gossip-keeper.ts";
import type { LedgerKeeper } from "./ledger-keeper.ts";
import type { MeshKeeper } from "./mesh-keeper.ts";
import { shownName } from "./names.ts";
import { secretOf, type Identity } from "./profile.ts";
import type { Session } from "./session.ts";
import type { Timeline } from "./timeline.ts";

export interface Family {
  readonly env: Environment;
  identity: Identity;
  readonly fence: number;
  readonly ledger: LedgerKeeper;
  /** Null until the founding block is here. */
  gossip: GossipKeeper | null;
  readonly timeline: Timeline;
  /** Null until what is kept of them is read. */
  holds: Holds | null;
  /** Null until what is kept of them is read. */
  keys: DeviceKeys | null;
  /** Null until the other parts are open. */
  mesh: MeshKeeper | null;
  /** Open sessions with devices of the family, by device. */
  readonly sessions: Map<Hex, Session>;
  /** Added to the wall clock to get the family's time, milliseconds. */
  correctionMs: number;
  /** Texts of sealed blobs that were opened, by hash: names are asked for with every message shown. */
  readonly texts: Map<Hex, string>;
}

/** The family's time, milliseconds since the epoch. */
export function familyNow(family: Family): number {
  return family.env.now() + family.correctionMs;
}

/** The rules as they stand; only to be asked for once there is a founding block. */
export function stateOf(family: Family): LedgerState {
  const head = family.ledger.head();
  if (head === null) throw new Error("invariant: asked for rules before the founding block");
  return head.state;
}

export function viewOf(family: Family): LedgerView {
  return { head: stateOf(family), stateAt: family.ledger.stateAt };
}

/** My member by the ledger; null while this device is not registered. */
export function myMember(family: Family): Member | null {
  const head = family.ledger.head();
  const device = head === null ? null : findDevice(head.state, family.identity.device);
  if (head === null || device === null || device.revoked !== null) return null;
  return findMember(head.state, device.member);
}

/** How a device is held; null for one that is not. */
export function holdOf(family: Family, device: DeviceId): Standing | null {
  return family.holds?.of(device) ?? null;
}

/** Whether what somebody signed waits because the device is held: nobody puts it into a fresh block. */
export function isHeldBack(family: Family, { content }: VerifiedTransaction): boolean {
  return !isOpenToHeld(content.body) && holdOf(family, content.author) !== null;
}

/**
 * Whether a held primary has put into its block what nobody else would: what it signed itself. Not part
 * of a block's validity, which knows of no hold: who is asked by it merely lends it no name.
 */
export function isHeldPrimarys(family: Family, { block, transactions }: VerifiedBlock): boolean {
  const { primary } = block.header;
  return transactions.some(
    (one) => isSameBytes(one.content.author, primary) && isHeldBack(family, one),
  );
}

/** This device, where the rules say that it was taken out of the family; else null. */
export function removedDevice(family: Family): Device | null {
  const head = family.ledger.head();
  const device = head === null ? null : findDevice(head.state, family.identity.device);
  return device === null || device.revoked === null ? null : device;
}

/** A member's name as far as this device can read it. */
export function nameOf(family: Family, member: MemberId): string {
  const head = family.ledger.head();
  const found = head === null ? null : findMember(head.state, member);
  return found === null ? "" : (textOf(family, found.name) ?? "");
}

/** Name in a sealed blob, as it may be shown; null while blob or secret is missing. */
export function textOf(family: Family, hash: Uint8Array): string | null {
  const known = family.texts.get(toHex(hash));
  if (known !== undefined) return known;
  const blob = family.ledger.blob(hash);
  if (blob === null) return null;
  const { profile } = family.identity;
  const { crypto } = family.env;
  const text = openBlob(crypto, profile.family, (epoch) => secretOf(profile, epoch), blob);
  if (text === null) return null;
  const shown = shownName(text);
  family.texts.set(toHex(hash), shown);
  return shown;
}

/** Name of the member that a device belongs to. */
export function ownerName(family: Family, device: DeviceId): string {
  const found = findDevice(stateOf(family), device);
  return found === null ? "" : nameOf(family, found.member);
}

/** Names of the members whose devices the next block waits for, each once. */
export function waitingNames(family: Family): readonly string[] {
  const names = family.ledger.waitsFor().map((device) => ownerName(family, device));
  return [...new Set(names)].filter((name) => name !== "");
}

/** Signs a transaction of this device, dated now or at `notBefore`, milliseconds since the epoch. */
export async function signTransaction(
  family: Family,
  body: TransactionBody,
  proofs: readonly Signature[],
  notBefore = 0,
): Promise<SignedTransaction> {
  const { identity, env } = family;
  const bytes = encodeTransaction({
    version: TRANSACTION_VERSION,
    author: identity.device,
    time: Math.max(familyNow(family), notBefore),
    expiresHeight: stateOf(family).height + EXPIRY_HEIGHTS_MAX / 2,
    salt: env.crypto.randomBytes(16),
    body,
  });
  const signature = await identity.signer.sign("transaction", identity.profile.family, bytes);
  return { bytes, signature, proofs };
}

/** Whether a device is connected now: linked, or joined over others where not all are linked. */
export function isConnected({ sessions, mesh }: Family, device: DeviceId): boolean {
  const name = toHex(device);
  return sessions.has(name) || mesh?.isJoined(name) === true;
}
