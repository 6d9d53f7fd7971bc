/**
 * The newcomer's side of joining: speaks over the invite's link, keeps its record through reloads,
 * and ends when the ledger that it has checked names its device and the family secret is here. The
 * transitions are join-record.ts's. SPEC JN5 to JN9, JN14. Source: DESIGN §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import { findDevice } from "../core/ledger/state.ts";
import { encodeJoinRequest } from "../core/ledger/transaction.ts";
import type { JoiningView } from "../api.ts";
import type { Write } from "../storage/store.ts";
import type { Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import type { HandshakePeer } from "./handshake.ts";
import {
  answered,
  codeOf,
  commitmentOf,
  decodeJoinRecord,
  encodeJoinRecord,
  fail,
  progressed,
  requestOf,
  type JoinRecord,
  type OwnKeys,
} from "./join-record.ts";
import { inviteKeysOf, type InviteKeys } from "./invite-link.ts";
import { shownName } from "./names.ts";
import { ownEncryptionKey } from "./profile.ts";
import type { Channel } from "./rendezvous.ts";
import type { Session } from "./session.ts";

export interface Joining {
  /** The inviter's link is open. False where it is not the pinned device. */
  readonly greet: (session: Session, peer: HandshakePeer) => Promise<boolean>;
  readonly take: (session: Session, frame: Frame) => Promise<void>;
  readonly ended: (session: Session) => void;
  /** My "They differ", or giving up. */
  readonly refuse: (why: "differ" | "cancelled") => Promise<void>;
  readonly tick: () => Promise<void>;
  readonly channel: () => Channel | null;
  /** The inviter's session once it says that I am in: from then on it is the family's. */
  readonly admitted: () => Session | null;
  readonly view: () => JoiningView;
  /** Signs with the invite's key in the handshake. */
  readonly keys: InviteKeys;
}

const JOIN_KEY = ["joining"];

/** Milliseconds past the end in which an unanswered newcomer still waits: its clock may be fast. */
const EXPIRY_SLACK_MS = 2 * 60_000;

/** Reads a joining that is under way; null where there is none. */
export async function readJoining(family: Family): Promise<Joining | null> {
  const sealed = await family.env.store.get("meta", JOIN_KEY);
  const plain = sealed instanceof Uint8Array ? await family.env.vault.unwrap(sealed) : null;
  const record = plain === null ? null : decodeJoinRecord(plain);
  return record === null ? null : openJoining(family, record);
}

/** The write that stores the record; part of a strict commit. */
export async function joinWrite(env: Family["env"], record: JoinRecord): Promise<Write> {
  return {
    type: "put",
    table: "meta",
    key: JOIN_KEY,
    value: await env.vault.wrap(encodeJoinRecord(record)),
  };
}

export const FORGET_JOINING: Write = { type: "delete", table: "meta", key: JOIN_KEY };

async function openJoining(family: Family, first: JoinRecord): Promise<Joining> {
  const familyId = family.identity.profile.family;
  const keys = await inviteKeysOf(family.env.crypto, familyId, first.secret);
  const own: OwnKeys = {
    deviceKey: family.identity.signer.publicKey,
    encryptionKey: await ownEncryptionKey(family),
  };
  let record = first;
  let current: Session | null = null;

  return { greet, take, ended, refuse, tick, channel, admitted, view, keys };

  async function greet(session: Session, peer: HandshakePeer): Promise<boolean> {
    if (!isSameBytes(peer.deviceKey, record.inviterKey)) return false;
    current = session;
    if (record.step === "connecting") await change({ ...record, step: "asking" });
    session.send({
      type: "join-commitment",
      commitment: commitmentOf(familyId, record, own),
      inviteId: keys.id,
    });
    return true;
  }

  async function take(session: Session, frame: Frame): Promise<void> {
    switch (frame.type) {
      case "join-nonce":
        await onAnswer(session, frame);
        break;
      case "join-progress":
        await change(progressed(record, frame));
        break;
      default:
        session.blame(1);
    }
  }

  async function onAnswer(
    session: Session,
    frame: Extract<Frame, { type: "join-nonce" }>,
  ): Promise<void> {
    const { familyName, inviterName } = frame;
    const names = { familyName: shownName(familyName), inviterName: shownName(inviterName) };
    await change(answered(record, { ...frame, ...names }));
    const request = requestOf(familyId, record, own);
    if (request === null || record.step === "failed") return;
    const message = encodeJoinRequest(request);
    session.send({
      type: "join-reveal",
      nonce: record.nonce,
      encryptionKey: own.encryptionKey,
      name: record.myName,
      nameSalt: record.nameSalt,
      inviteProof: await keys.signer.sign("join-request", familyId, message),
      deviceProof: await family.identity.signer.sign("join-request", familyId, message),
    });
  }

  function ended(session: Session): void {
    if (current === session) current = null;
  }

  async function refuse(why: "differ" | "cancelled"): Promise<void> {
    current?.send({ type: "join-refused", why });
    await change(fail(record, why === "differ" ? "differ" : "none"));
  }

  async function tick(): Promise<void> {
    const isEarly = record.step === "connecting" || record.step === "asking";
    const isLate = family.env.now() > record.expiresAt + EXPIRY_SLACK_MS;
    if (isEarly && current === null && isLate) await change(fail(record, "expired"));
  }

  function channel(): Channel | null {
    if (record.step === "failed") return null;
    return {
      purpose: { type: "invite", invite: toHex(keys.id), side: "newcomer" },
      topics: [keys.topic],
      keyFor: () => keys.key,
      admits: (deviceKey) => isSameBytes(deviceKey, record.inviterKey),
      isComplete: () => current !== null,
    };
  }

  function admitted(): Session | null {
    if (record.step !== "receiving" && !isRegistered()) return null;
    return current;
  }

  function isRegistered(): boolean {
    const head = family.ledger.head();
    return head !== null && findDevice(head.state, family.identity.device) !== null;
  }

  async function change(after: JoinRecord): Promise<void> {
    if (after === record) return;
    await family.env.store.commit([await joinWrite(family.env, after)], {
      durability: "strict",
      fence: family.fence,
    });
    record = after;
  }

  function view(): JoiningView {
    return {
      step: record.step,
      why: record.why === "none" ? null : record.why,
      familyName: record.answer?.familyName ?? null,
      inviterName: record.answer?.inviterName ?? null,
      role: record.answer?.role ?? null,
      myName: record.myName,
      code: record.step === "comparing" ? codeOf(familyId, keys.id, record, own) : null,
      waitsFor: record.waitsFor,
      isInviterConnected: current !== null,
      expiresAt: record.expiresAt,
    };
  }
}
