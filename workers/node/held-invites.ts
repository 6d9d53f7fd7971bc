/**
 * The invites that this device has made: their records, sealed on the disk, the links of newcomers on
 * each, what those and the page are told, and where each is met. It keeps and shows; what happens to
 * an invite is inviting.ts's to decide. SPEC IN1, IN13, IN16, IN17. Source: DESIGN §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { deviceIdOf, toHex } from "../core/codec/ids.ts";
import type { FamilyId, Hex, SigningKey } from "../core/codec/ids.ts";
import { findDevice, findInvite } from "../core/ledger/state.ts";
import { prefixRange, type Write } from "../storage/store.ts";
import type { InviteView } from "../api.ts";
import { isAfterDay, needsOf } from "./admission-needs.ts";
import { familyNow, signTransaction, stateOf, waitingNames, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { inviteKeysOf, type InviteKeys } from "./invite-link.ts";
import {
  codeOf,
  decodeInviteRecord,
  encodeInviteRecord,
  isListening,
  isLive,
  type InviteRecord,
} from "./invite-record.ts";
import type { Channel } from "./rendezvous.ts";
import type { Session } from "./session.ts";

export interface Held {
  record: InviteRecord;
  readonly keys: InviteKeys;
  /** Open links of newcomers on this invite, by device key (hex). */
  readonly sessions: Map<Hex, Session>;
}

export interface HeldInvites {
  /** By invite id, hex. */
  readonly held: Map<Hex, Held>;
  /** Makes a change durable, then tells whoever is linked; a dead invite is revoked in the ledger too. */
  readonly change: (invite: Hex, one: Held, after: InviteRecord) => Promise<void>;
  readonly forget: (invite: Hex) => Promise<void>;
  /** The write that keeps a record; part of a strict commit. */
  readonly recordWrite: (invite: Hex, record: InviteRecord) => Promise<Write>;
  /** Says to every linked newcomer, or to one, how far the invite is. */
  readonly tell: (one: Held) => void;
  readonly tellOne: (one: Held, session: Session, deviceKey: SigningKey) => void;
  readonly channels: () => readonly Channel[];
  readonly views: () => readonly InviteView[];
}

export async function openHeldInvites(
  family: Family,
  myEncryptionKey: Uint8Array,
): Promise<HeldInvites> {
  const familyId = family.identity.profile.family;
  const held = new Map<Hex, Held>();
  for (const row of await family.env.store.list("invites", prefixRange([]))) {
    const sealed =
      row.value instanceof Uint8Array ? await family.env.vault.unwrap(row.value) : null;
    const record = sealed === null ? null : decodeInviteRecord(sealed);
    if (record === null) continue;
    const keys = await inviteKeysOf(family.env.crypto, familyId, record.secret);
    held.set(toHex(keys.id), { record, keys, sessions: new Map() });
  }

  return {
    held,
    change,
    forget,
    recordWrite,
    tell,
    tellOne,
    channels: () =>
      [...held.entries()]
        .filter(([, one]) => isListening(one.record, familyNow(family)))
        .map(([invite, one]) => channelOf(invite, one)),
    views: () =>
      [...held.entries()]
        .filter(([, one]) => one.record.isDismissed === 0)
        .map(([invite, one]) => viewOf(invite, one))
        .toSorted((a, b) => b.expiresAt - a.expiresAt),
  };

  async function change(invite: Hex, one: Held, after: InviteRecord): Promise<void> {
    if (after === one.record) return;
    const wasOpen = isLive(one.record) || one.record.step === "compared";
    await keep(invite, after);
    one.record = after;
    tell(one);
    const isDead = after.step === "burned" || after.step === "revoked";
    // After its end nobody can be let in by it: there is nothing to take back.
    const isOver = familyNow(family) > one.record.expiresAt;
    const isUsed = findInvite(stateOf(family), one.keys.id)?.isUsed === 1;
    if (wasOpen && isDead && !isUsed && !isOver) {
      const body = { type: "invite-revoked" as const, invite: one.keys.id };
      await family.ledger.submit(await signTransaction(family, body, []), []);
    }
  }

  function tell(one: Held): void {
    for (const session of one.sessions.values()) {
      const key = session.peer()?.deviceKey;
      if (key !== undefined) tellOne(one, session, key);
    }
  }

  function tellOne(one: Held, session: Session, deviceKey: SigningKey): void {
    const { record } = one;
    const isTheirs = isNewcomer(one, deviceKey);
    const step = progressOf(record, isTheirs);
    if (step === null) return;
    const why = record.why === "refused" || !isTheirs ? "none" : record.why;
    const names = step === "approved" ? [...needsOf(family, record), ...waitingNames(family)] : [];
    const waitsFor = [...new Set(names)].slice(0, 8);
    session.send({ type: "join-progress", step, why, waitsFor });
  }

  function channelOf(invite: Hex, one: Held): Channel {
    return {
      purpose: { type: "invite", invite, side: "inviter" },
      topics: [one.keys.topic],
      keyFor: () => one.keys.key,
      admits: (deviceKey) => isForInvite(one, deviceKey),
      isComplete: () => one.record.step === "done" && one.sessions.size > 0,
    };
  }

  /** Devices of the family have no business on an invite, but for the newcomer it made one. */
  function isForInvite(one: Held, deviceKey: SigningKey): boolean {
    const device = deviceIdOf(familyId, deviceKey);
    return isNewcomer(one, deviceKey) || findDevice(stateOf(family), device) === null;
  }

  function viewOf(invite: Hex, one: Held): InviteView {
    const { record } = one;
    const mine = { deviceKey: family.identity.signer.publicKey, encryptionKey: myEncryptionKey };
    return {
      id: invite,
      role: record.role,
      link: record.link,
      expiresAt: record.expiresAt,
      forMember: record.member === null ? null : toHex(record.member),
      needs: needsOf(family, record),
      isAfterDay: isAfterDay(family, record),
      step: record.step,
      why: record.why === "none" ? null : record.why,
      newcomerName: record.newcomer?.revealed?.name ?? null,
      code: codeOf(familyId, one.keys.id, record, mine),
      waitsFor: record.step === "committing" ? waitingNames(family) : [],
    };
  }

  async function forget(invite: Hex): Promise<void> {
    await write([{ type: "delete", table: "invites", key: [invite] }]);
    held.delete(invite);
  }

  async function keep(invite: Hex, record: InviteRecord): Promise<void> {
    await write([await recordWrite(invite, record)]);
  }

  async function recordWrite(invite: Hex, record: InviteRecord): Promise<Write> {
    const value = await family.env.vault.wrap(encodeInviteRecord(record));
    return { type: "put", table: "invites", key: [invite], value };
  }

  async function write(writes: readonly Write[]): Promise<void> {
    await family.env.store.commit(writes, { durability: "strict", fence: family.fence });
  }
}

/** What a newcomer is told; null while there is nothing to say. Others than the newcomer learn only the end. */
function progressOf(
  record: InviteRecord,
  isTheirs: boolean,
): Extract<Frame, { type: "join-progress" }>["step"] | null {
  switch (record.step) {
    case "waiting":
    case "opened":
      return null;
    case "comparing":
    case "compared":
      return isTheirs ? "comparing" : null;
    case "committing":
      return isTheirs ? "approved" : "burned";
    case "done":
      return isTheirs ? "done" : "burned";
    case "burned":
      return record.why === "refused" ? "refused" : "burned";
    case "expired":
    case "revoked":
      return record.step;
  }
}

export function isNewcomer(one: Held, deviceKey: SigningKey): boolean {
  const known = one.record.newcomer?.deviceKey;
  return known !== undefined && isSameBytes(known, deviceKey);
}

/** Device id (hex) of an invite's newcomer; null before there is one. */
export function newcomerDevice(family: FamilyId, one: Held): Hex | null {
  const key = one.record.newcomer?.deviceKey;
  return key === undefined ? null : toHex(deviceIdOf(family, key));
}
