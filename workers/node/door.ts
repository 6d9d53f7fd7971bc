/**
 * The door: which links become sessions, whose device is welcome on them, and what each session may
 * say. A frame of a device that is not welcome is not read, however early it was sent.
 * SPEC RU2 to RU7, RU9. Source: DESIGN §6.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, SigningKey } from "../core/codec/ids.ts";
import { activeDevice, findDevice } from "../core/ledger/state.ts";
import { StoreError } from "../storage/store.ts";
import type { Exchange } from "./exchange.ts";
import type { Family } from "./family.ts";
import { createFrameQueue, type WaitingFrame } from "./frame-queue.ts";
import type { Frame } from "./frames.ts";
import type { HandshakePeer } from "./handshake.ts";
import type { Inviting } from "./inviting.ts";
import type { Joining } from "./joining.ts";
import {
  HALF_OPEN_BY_INVITE_MAX,
  HALF_OPEN_MAX,
  PEER_PENALTY_MS,
  QUEUED_FRAME_COST_BYTES,
  UNREAD_BYTES_MAX,
} from "./limits.ts";
import type { Link } from "./link.ts";
import type { MeshKeeper } from "./mesh-keeper.ts";
import { openSession, type Session } from "./session.ts";

export interface DoorPorts {
  /** Runs a task in the node's order. */
  readonly post: (task: () => Promise<void>) => void;
  readonly exchange: Exchange;
  readonly mesh: MeshKeeper;
  readonly inviting: Inviting;
  readonly joining: () => Joining | null;
  /** Looks again at who is the family's now. */
  readonly admit: () => Promise<void>;
  readonly onDelayed: (error: StoreError) => void;
  /** A linked device's clock was measured. */
  readonly onMeasured: () => void;
  /** A doubted link to this device fell silent, or was heard again. */
  readonly onSilence: (deviceKey: SigningKey, isSilent: boolean) => Promise<void>;
  readonly onChanged: () => void;
}

export interface Door {
  /** Takes a link; `expectedKey` is the device that the meeting was with, null where it is open. */
  readonly link: (link: Link, expectedKey: SigningKey | null) => void;
  readonly sessions: () => readonly Session[];
  /** Welcome sessions with the device that invited me. */
  readonly inviters: () => readonly Session[];
  /** How often each kind of bad end was the other side's doing. */
  readonly refusals: () => Readonly<Record<string, number>>;
}

/** Reasons of a session's end that are the other side's doing. */
const REFUSALS = /^(?:handshake|framing|faults$|flood$|other-device$|stranger$)/;

export function createDoor(family: Family, ports: DoorPorts): Door {
  const sessions = new Set<Session>();
  const purposes = new Map<Session, Link["binding"]["purpose"]>();
  /** Sessions whose device may speak: frames of others, sent before they were closed, are not read. */
  const welcome = new Set<Session>();
  /** Bytes of a session's frames that wait for their turn; none of a session that was cut off. */
  const unread = new Map<Session, number>();
  /** Sessions of which it is known whether they may speak. */
  const greeted = new Set<Session>();
  const waiting = createFrameQueue();
  const penalties = new Map<Hex, number>();
  const refused = new Map<string, number>();

  return {
    link,
    sessions: () => [...sessions],
    inviters: () => [...welcome].filter((one) => isInviter(one)),
    refusals: () => Object.fromEntries(refused),
  };

  function link(one: Link, expectedKey: SigningKey | null): void {
    const { purpose } = one.binding;
    if (!hasRoomFor(purpose)) {
      one.close("too-many");
      return;
    }
    // Whoever holds an invite's link learns nothing of where the family's ledger stands.
    const head = purpose.type === "family" ? family.ledger.head() : null;
    const isNewcomer = purpose.type === "invite" && purpose.side === "newcomer";
    if (isNewcomer && ports.joining() === null) {
      one.close("late");
      return;
    }
    const session = openSession(
      family.env,
      family.env.crypto,
      one,
      {
        family: family.identity.profile.family,
        signer: family.identity.signer,
        head: { height: head?.state.height ?? 0, hash: head?.hash ?? new Uint8Array(32) },
        wall: family.env.now(),
        build: family.env.build,
        inviteProver: isNewcomer ? (ports.joining()?.keys.signer ?? null) : null,
      },
      {
        onOpen: (opened, peer) =>
          ports.post(async () => receive(opened, async () => greet(opened, peer, expectedKey))),
        onFrame: enqueue,
        onMeasured: () => ports.post(async () => ports.onMeasured()),
        onSilence: (one) => {
          const device = one.peer()?.deviceKey;
          if (device !== undefined) ports.post(async () => ports.onSilence(device, one.isSilent()));
        },
        onClose: (closed, reason) => ports.post(async () => ended(closed, reason)),
      },
    );
    sessions.add(session);
    purposes.set(session, purpose);
  }

  /** Whoever holds an invite's link never takes up all handshakes. */
  function hasRoomFor(purpose: Link["binding"]["purpose"]): boolean {
    const halfOpen = [...sessions].filter((session) => session.peer() === null);
    if (halfOpen.length >= HALF_OPEN_MAX) return false;
    const invited = halfOpen.filter((session) => purposes.get(session)?.type === "invite");
    return purpose.type !== "invite" || invited.length < HALF_OPEN_BY_INVITE_MAX;
  }

  /** Keeps a frame for its turn; who sends more than can be read is cut off, and the rest forgotten. */
  function enqueue(session: Session, frame: Frame, bytes: number, dealt: () => void): void {
    const cost = bytes + QUEUED_FRAME_COST_BYTES;
    const all = (unread.get(session) ?? 0) + cost;
    unread.set(session, all);
    if (all > UNREAD_BYTES_MAX) {
      unread.delete(session);
      waiting.takeOf(session);
      session.close("flood");
      return;
    }
    const read = (): void => {
      unread.set(session, (unread.get(session) ?? cost) - cost);
      dealt();
    };
    waiting.add({ session, frame, dealt: read });
    ports.post(async () => takeNext());
  }

  /** What could not be stored was not received: the next link brings it again, from its beginning. */
  async function receive(session: Session, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      session.close("storage");
      ports.onDelayed(error);
    }
  }

  /** One frame, the most urgent there is: not always the one for which this task was made. */
  async function takeNext(): Promise<void> {
    const next = waiting.next((session) => greeted.has(session));
    if (next !== undefined) await deal(next);
  }

  async function deal({ session, frame, dealt }: WaitingFrame): Promise<void> {
    try {
      await receive(session, async () => take(session, frame));
    } finally {
      dealt();
    }
  }

  async function greet(
    session: Session,
    peer: HandshakePeer,
    expectedKey: SigningKey | null,
  ): Promise<void> {
    greeted.add(session);
    const isExpected = expectedKey === null || isSameBytes(peer.deviceKey, expectedKey);
    const penalty = penalties.get(toHex(peer.device)) ?? 0;
    if (!isExpected || penalty > family.env.monotonic()) {
      session.close(isExpected ? "penalty" : "other-device");
      return;
    }
    // Over an invite nobody is turned away for want of a place.
    const isFamily = purposes.get(session)?.type === "family" && isActive(peer.device);
    if (isFamily && !ports.mesh.takes(peer.device)) {
      ports.mesh.turnAway(session, peer.device);
      return;
    }
    if (!(await isWelcome(session, peer))) {
      session.close("stranger");
      return;
    }
    welcome.add(session);
    ports.onChanged();
  }

  async function isWelcome(session: Session, peer: HandshakePeer): Promise<boolean> {
    const purpose = purposes.get(session);
    if (purpose?.type === "family") {
      const isAhead = peer.hello.height > (family.ledger.head()?.state.height ?? -1);
      if (!isActive(peer.device) && !isAhead && !isRevoked(peer.device)) return false;
      return ports.exchange.meet(session, peer.device);
    }
    if (purpose?.side === "newcomer") {
      if (!((await ports.joining()?.greet(session, peer)) ?? false)) return false;
      await ports.admit();
      return true;
    }
    const isInvited =
      purpose !== undefined && (await ports.inviting.greet(session, peer, purpose.invite));
    if (isInvited) await ports.admit();
    return isInvited;
  }

  async function take(session: Session, frame: Frame): Promise<void> {
    if (!welcome.has(session)) return;
    const purpose = purposes.get(session);
    if (frame.type === "places") {
      ports.mesh.take(session, frame);
      return;
    }
    if (!frame.type.startsWith("join-")) {
      if (mayTalk(session)) await ports.exchange.take(session, frame);
      else session.blame(1);
      return;
    }
    if (purpose?.type !== "invite") {
      session.blame(1);
    } else if (purpose.side === "inviter") {
      await ports.inviting.take(session, frame, purpose.invite);
    } else {
      await ports.joining()?.take(session, frame);
      await ports.admit();
    }
    ports.onChanged();
  }

  /** On an invite, a newcomer speaks of joining until it is in; the inviter until it was refused. */
  function mayTalk(session: Session): boolean {
    const purpose = purposes.get(session);
    const device = session.peer()?.device;
    if (purpose?.type !== "invite" || device === undefined || isActive(device)) return true;
    return purpose.side === "newcomer" && ports.joining()?.view().step !== "failed";
  }

  async function ended(session: Session, reason: string): Promise<void> {
    // What came before the end counts.
    for (const left of waiting.takeOf(session)) await deal(left);
    greeted.delete(session);
    sessions.delete(session);
    welcome.delete(session);
    purposes.delete(session);
    unread.delete(session);
    const device = session.peer()?.device;
    if ((reason === "faults" || reason === "flood") && device !== undefined) {
      penalties.set(toHex(device), family.env.monotonic() + PEER_PENALTY_MS);
    }
    if (REFUSALS.test(reason)) {
      const name = reason.replaceAll(/[^a-z]+/g, "-");
      refused.set(name, (refused.get(name) ?? 0) + 1);
    }
    ports.inviting.ended(session);
    ports.joining()?.ended(session);
    await ports.exchange.part(session);
    ports.onChanged();
  }

  function isInviter(session: Session): boolean {
    const purpose = purposes.get(session);
    return purpose?.type === "invite" && purpose.side === "newcomer";
  }

  /** It was the family's: the exchange knows whether there is something to tell it. */
  function isRevoked(device: DeviceId): boolean {
    const head = family.ledger.head();
    return head !== null && findDevice(head.state, device) !== null && !isActive(device);
  }

  function isActive(device: DeviceId): boolean {
    const head = family.ledger.head();
    return head !== null && activeDevice(head.state, device) !== null;
  }
}
