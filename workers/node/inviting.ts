/**
 * The inviter's side of joining: answers newcomers over invite links, and turns an approval into a
 * transaction. The transitions are invite-record.ts's, the records held-invites.ts's. Every change is
 * durable before it is said. SPEC IN6 to IN11, IN14, IN16 to IN25. Source: DESIGN §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { Hex, MemberId, SigningKey } from "../core/codec/ids.ts";
import { isDayFull } from "../core/ledger/bounds.ts";
import { INVITE_LIFE_MS, INVITES_PER_MEMBER_MAX } from "../core/ledger/limits.ts";
import { admissionNeed } from "../core/ledger/needs.ts";
import { findDevice, findInvite, findMember } from "../core/ledger/state.ts";
import {
  encodeAction,
  encodeJoinRequest,
  transactionIdOf,
  type Role,
} from "../core/ledger/transaction.ts";
import type { FailureCode, InviteView } from "../api.ts";
import { sealBlob } from "./blobs.ts";
import {
  familyNow,
  myMember,
  nameOf,
  signTransaction,
  stateOf,
  textOf,
  type Family,
} from "./family.ts";
import type { Frame } from "./frames.ts";
import type { HandshakePeer } from "./handshake.ts";
import { isNewcomer, newcomerDevice, openHeldInvites, type Held } from "./held-invites.ts";
import { isOpenFor } from "./admission-needs.ts";
import { formatInviteLink, inviteKeysOf } from "./invite-link.ts";
import {
  burn,
  commit,
  compare,
  expire,
  isListening,
  isLive,
  release,
  requestOf,
  reveal,
  type InviteRecord,
} from "./invite-record.ts";
import { cleanName } from "./names.ts";
import { NEWCOMERS_MAX } from "./limits.ts";
import { latestSecret, ownEncryptionKey } from "./profile.ts";
import type { Channel } from "./rendezvous.ts";
import type { Session } from "./session.ts";

type Outcome =
  | { readonly ok: true; readonly invite: Hex }
  | { readonly ok: false; readonly code: FailureCode };

export interface Inviting {
  readonly create: (request: {
    readonly role: Role;
    readonly lifetime: "qr" | "link";
    readonly forMember: MemberId | null;
  }) => Promise<Outcome>;
  readonly revoke: (invite: Hex) => Promise<Outcome>;
  readonly compare: (invite: Hex, isSame: boolean) => Promise<Outcome>;
  readonly approve: (invite: Hex) => Promise<Outcome>;
  readonly dismiss: (invite: Hex) => Promise<Outcome>;
  /** A newcomer's link is open; false where it has no business here. */
  readonly greet: (session: Session, peer: HandshakePeer, invite: Hex) => Promise<boolean>;
  readonly take: (session: Session, frame: Frame, invite: Hex) => Promise<void>;
  readonly ended: (session: Session) => void;
  /** The ledger moved: approvals may be done, or refused. */
  readonly advanced: () => Promise<void>;
  readonly refused: (transaction: Uint8Array) => Promise<void>;
  /** A device has the family secret: nobody need listen for it on its invite any more. */
  readonly seen: (device: Hex) => Promise<void>;
  readonly tick: () => Promise<void>;
  readonly channels: () => readonly Channel[];
  /** Sessions whose newcomer is registered now: they become the family's. */
  readonly admitted: () => readonly Session[];
  readonly views: () => readonly InviteView[];
}

export async function openInviting(family: Family, appUrl: string): Promise<Inviting> {
  const familyId = family.identity.profile.family;
  const myEncryptionKey = await ownEncryptionKey(family);
  const invites = await openHeldInvites(family, myEncryptionKey);
  const { held, change, forget, recordWrite, tell, tellOne } = invites;

  return {
    create,
    revoke: async (invite) => revokeInvite(invite),
    compare: async (invite, isSame) => {
      const one = held.get(invite);
      if (one === undefined) return { ok: false, code: "unknown-invite" };
      const after = compare(one.record, isSame);
      if (after === one.record && after.step !== "compared")
        return { ok: false, code: "wrong-step" };
      await change(invite, one, after);
      return { ok: true, invite };
    },
    approve,
    dismiss: async (invite) => {
      const one = held.get(invite);
      if (one === undefined) return { ok: false, code: "unknown-invite" };
      const { step } = one.record;
      if (isLive(one.record) || step === "compared" || step === "committing")
        return { ok: false, code: "wrong-step" };
      // Approved while the newcomer was away: it still has to be let in. And latecomers are told.
      if (isListening(one.record, familyNow(family)))
        await change(invite, one, { ...one.record, isDismissed: 1 });
      else await forget(invite);
      return { ok: true, invite };
    },
    greet,
    take,
    ended: (session) => {
      for (const one of held.values()) {
        for (const [key, open] of one.sessions) if (open === session) one.sessions.delete(key);
      }
    },
    advanced,
    refused: async (transaction) => {
      for (const [invite, one] of held) {
        const { approval } = one.record;
        if (approval !== null && isSameBytes(approval, transaction)) {
          await change(invite, one, burn(one.record, "refused"));
        }
      }
    },
    seen: async (device) => {
      for (const [invite, one] of held) {
        if (
          one.record.step === "done" &&
          newcomerDevice(familyId, one) === device &&
          one.record.isSeen === 0
        ) {
          await change(invite, one, { ...one.record, isSeen: 1 });
        }
      }
    },
    tick: async () => {
      for (const [invite, one] of held) {
        const now = familyNow(family);
        await change(invite, one, expire(one.record, now));
        await endUnanswered(invite, one);
        if (one.record.isDismissed === 1 && !isListening(one.record, now)) await forget(invite);
      }
    },
    channels: invites.channels,
    admitted: () =>
      [...held.values()].flatMap((one) =>
        [...one.sessions.values()].filter((session) => isRegistered(session)),
      ),
    views: invites.views,
  };

  async function create(request: {
    readonly role: Role;
    readonly lifetime: "qr" | "link";
    readonly forMember: MemberId | null;
  }): Promise<Outcome> {
    const me = myMember(family);
    if (me === null) return { ok: false, code: "not-member" };
    if (me.role !== "parent") return { ok: false, code: "not-allowed" };
    const live = [...held.values()].filter((one) => isLive(one.record));
    if (live.length >= INVITES_PER_MEMBER_MAX) return { ok: false, code: "too-many-invites" };
    const state = stateOf(family);
    const head = family.ledger.head();
    if (head === null) return { ok: false, code: "not-member" };
    const role =
      request.forMember === null ? request.role : findMember(state, request.forMember)?.role;
    if (role === undefined) return { ok: false, code: "unknown-conversation" };
    // It would wait for tomorrow, and its code would be over by then.
    if (isDayFull(state, me.id, familyNow(family))) return { ok: false, code: "too-many-today" };
    const secret = family.env.crypto.randomBytes(16);
    const keys = await inviteKeysOf(family.env.crypto, familyId, secret);
    const expiresAt = familyNow(family) + INVITE_LIFE_MS[request.lifetime];
    const { servers } = family.identity.profile;
    const link = formatInviteLink(appUrl, {
      servers,
      secret,
      family: familyId,
      height: state.height,
      head: head.hash,
      inviterKey: family.identity.signer.publicKey,
      expiresAt,
    });
    const record: InviteRecord = {
      secret,
      inviteKey: keys.signer.publicKey,
      role,
      member: request.forMember,
      expiresAt,
      link,
      step: "waiting",
      why: "none",
      newcomer: null,
      approval: null,
      isSeen: 0,
      isDismissed: 0,
      servers,
    };
    const invite = toHex(keys.id);
    const body = {
      type: "invite-created" as const,
      inviteKey: record.inviteKey,
      role,
      member: request.forMember,
      expiresAt,
    };
    const refusal = await family.ledger.submit(await signTransaction(family, body, []), [], {
      writes: [await recordWrite(invite, record)],
      onDurable: () => held.set(invite, { record, keys, sessions: new Map() }),
    });
    if (refusal === null) return { ok: true, invite };
    return { ok: false, code: refusal === "too-many-invites" ? refusal : "not-allowed" };
  }

  async function revokeInvite(invite: Hex): Promise<Outcome> {
    const one = held.get(invite);
    if (one === undefined) return { ok: false, code: "unknown-invite" };
    if (!isLive(one.record) && one.record.step !== "compared")
      return { ok: false, code: "wrong-step" };
    await change(invite, one, { ...one.record, step: "revoked" });
    return { ok: true, invite };
  }

  async function approve(invite: Hex): Promise<Outcome> {
    const one = held.get(invite);
    if (one === undefined) return { ok: false, code: "unknown-invite" };
    const request = requestOf(familyId, one.record);
    const opened = one.record.newcomer?.revealed ?? null;
    const secret = latestSecret(family.identity.profile);
    if (one.record.step !== "compared" || request === null || opened === null || secret === null) {
      return { ok: false, code: "wrong-step" };
    }
    // Signed now it would be refused, or wait for an invite that the rules have forgotten.
    if (familyNow(family) > one.record.expiresAt) {
      await change(invite, one, { ...one.record, step: "expired" });
      return { ok: false, code: "link-expired" };
    }
    const name = sealBlob(family.env.crypto, familyId, secret, {
      salt: opened.nameSalt,
      text: opened.name,
    });
    const admission =
      request.member === null
        ? { type: "member-registered" as const, request, name: name.hash }
        : { type: "device-registered" as const, request, replaced: [] };
    // A third parent: the other parents are asked by the same press (DC9).
    const body =
      admissionNeed(stateOf(family), request) === null
        ? admission
        : { type: "proposed" as const, action: encodeAction(admission) };
    const proofs = [opened.inviteProof, opened.deviceProof];
    const signed = await signTransaction(family, body, proofs);
    const blobs = request.member === null ? [name.bytes] : [];
    const approval = transactionIdOf(familyId, signed.bytes);
    const after: InviteRecord = { ...one.record, step: "committing", approval };
    const refusal = await family.ledger.submit(signed, blobs, {
      writes: [await recordWrite(invite, after)],
      onDurable: () => {
        one.record = after;
        tell(one);
      },
    });
    if (refusal === null) {
      tell(one);
      return { ok: true, invite };
    }
    await change(invite, one, burn(one.record, "refused"));
    return { ok: false, code: "not-allowed" };
  }

  async function greet(session: Session, peer: HandshakePeer, invite: Hex): Promise<boolean> {
    const one = held.get(invite);
    if (one === undefined || peer.inviteProof === null) return false;
    const holds = await family.env.crypto.verify(
      one.record.inviteKey,
      "invite-proof",
      familyId,
      peer.transcript,
      peer.inviteProof,
    );
    if (!holds) return false;
    const name = toHex(peer.deviceKey);
    const older = one.sessions.get(name);
    const hasRoom = older !== undefined || isNewcomer(one, peer.deviceKey);
    if (!hasRoom && one.sessions.size >= NEWCOMERS_MAX) return false;
    one.sessions.set(name, session);
    older?.close("replaced");
    return true;
  }

  async function take(session: Session, frame: Frame, invite: Hex): Promise<void> {
    const one = held.get(invite);
    const peer = session.peer();
    if (one === undefined || peer === null) return;
    switch (frame.type) {
      case "join-commitment":
        await onCommitment(invite, one, peer.deviceKey, frame.commitment);
        answer(one, session, peer.deviceKey);
        break;
      case "join-reveal":
        await onReveal(invite, one, peer.deviceKey, frame);
        break;
      case "join-refused":
        if (isNewcomer(one, peer.deviceKey)) {
          const after = frame.why === "differ" ? compare(one.record, false) : release(one.record);
          await change(invite, one, after);
        }
        break;
      default:
        session.blame(1);
    }
  }

  async function onCommitment(
    invite: Hex,
    one: Held,
    deviceKey: SigningKey,
    commitment: Uint8Array,
  ): Promise<void> {
    const fresh = expire(one.record, familyNow(family));
    const nonce = family.env.crypto.randomBytes(32);
    await change(invite, one, commit(fresh, deviceKey, commitment, nonce));
  }

  function answer(one: Held, session: Session, deviceKey: SigningKey): void {
    const { record } = one;
    const me = myMember(family);
    if (isNewcomer(one, deviceKey) && record.newcomer !== null && me !== null) {
      session.send({
        type: "join-nonce",
        nonce: record.newcomer.myNonce,
        encryptionKey: myEncryptionKey,
        familyName: textOf(family, stateOf(family).familyName) ?? "",
        inviterName: nameOf(family, me.id),
        role: record.role,
        member: record.member,
        expiresAt: record.expiresAt,
      });
    }
    tellOne(one, session, deviceKey);
  }

  async function onReveal(
    invite: Hex,
    one: Held,
    deviceKey: SigningKey,
    frame: Extract<Frame, { type: "join-reveal" }>,
  ): Promise<void> {
    if (!isNewcomer(one, deviceKey)) return;
    const { type: _, ...opened } = frame;
    // Its own app refuses such a name: whoever sends one wants it to look like another.
    const isName = cleanName(opened.name) === opened.name;
    const { step } = one.record;
    if (!isName && step !== "opened") return;
    const after = isName ? reveal(one.record, familyId, opened) : burn(one.record, "bad-reveal");
    const isSound = after.step !== "comparing" || (await areProofsSound(after));
    await change(invite, one, isSound ? after : burn(after, "bad-reveal"));
  }

  async function areProofsSound(record: InviteRecord): Promise<boolean> {
    const request = requestOf(familyId, record);
    const opened = record.newcomer?.revealed ?? null;
    if (request === null || opened === null) return false;
    const message = encodeJoinRequest(request);
    const { crypto } = family.env;
    const checks = [
      crypto.verify(request.inviteKey, "join-request", familyId, message, opened.inviteProof),
      crypto.verify(request.deviceKey, "join-request", familyId, message, opened.deviceProof),
    ];
    return (
      (await Promise.all(checks)).every(Boolean) &&
      crypto.isAdmissibleSigningKey(request.deviceKey) &&
      crypto.isAdmissibleEncryptionKey(request.encryptionKey)
    );
  }

  async function advanced(): Promise<void> {
    const state = stateOf(family);
    for (const [invite, one] of held) {
      const device = newcomerDevice(familyId, one);
      const isIn = device !== null && state.devices.some((known) => toHex(known.id) === device);
      if (isIn && one.record.step !== "done")
        await change(invite, one, { ...one.record, step: "done" });
      const known = findInvite(state, one.keys.id);
      if (known?.isUsed === 1 && isLive(one.record)) {
        await change(invite, one, { ...one.record, step: "revoked" });
      }
      await endUnanswered(invite, one);
      tell(one);
    }
  }

  /** Refused, or nobody agreed in time, or killed before the word of it came here. */
  async function endUnanswered(invite: Hex, one: Held): Promise<void> {
    if (one.record.step !== "committing") return;
    const isUnderWay = isPending(one.record.approval) || isOpenFor(family, one.record);
    const device = newcomerDevice(familyId, one);
    const isIn = stateOf(family).devices.some((known) => toHex(known.id) === device);
    if (!isUnderWay && !isIn) await change(invite, one, burn(one.record, "refused"));
  }

  function isRegistered(session: Session): boolean {
    const device = session.peer()?.device;
    const found = device === undefined ? null : findDevice(stateOf(family), device);
    return found !== null && found.revoked === null;
  }

  function isPending(approval: Uint8Array | null): boolean {
    if (approval === null) return false;
    return family.ledger.pending().some((one) => isSameBytes(one.id, approval));
  }
}
