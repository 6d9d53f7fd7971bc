/**
 * What two devices of the family exchange over an open session: where each ledger stands, blocks,
 * pending transactions, votes, blobs, registers and messages. Gives to devices that the ledger names
 * as active and to nobody else; takes blocks, which prove themselves, from whoever is ahead.
 * SPEC XC1 to XC14. Source: DESIGN §4.6, §5.
 */
import { toHex } from "../core/codec/ids.ts";
import type { BlockHash, DeviceId, Hex, Signature } from "../core/codec/ids.ts";
import { activeDevice } from "../core/ledger/state.ts";
import { createBlockFetch } from "./block-fetch.ts";
import { createFarewells } from "./farewell.ts";
import { isUrgent, type Frame } from "./frames.ts";
import { PULL_INTERVAL_MS, PUSH_QUEUE_BYTES_MAX, STRANGERS_MAX } from "./limits.ts";
import { holdOf, stateOf, type Family } from "./family.ts";
import { latestSecret } from "./profile.ts";
import type { Session } from "./session.ts";
import { createSnapshotFetch } from "./snapshot-fetch.ts";

export interface Exchange {
  /**
   * An authenticated device: the family's from now on, one that was taken out and does not know it, or
   * a stranger that may be ahead of me. False: no room, or no business here.
   */
  readonly meet: (session: Session, device: DeviceId) => Promise<boolean>;
  readonly part: (session: Session) => Promise<void>;
  /** Frames of the family's own protocols; join frames are not for here. */
  readonly take: (session: Session, frame: Frame) => Promise<void>;
  /** My ledger moved: tell everybody, look again at strangers. */
  readonly advanced: () => Promise<void>;
  readonly broadcast: (frame: Frame, except: Hex | null) => void;
  readonly send: (to: Hex, frame: Frame) => void;
  /** Gives blocks that I cannot judge to everybody who stands where I do. */
  readonly handOn: () => void;
  /** Somebody cites what I do not have: ask everybody who is ahead. */
  readonly pull: () => void;
  /** Asks again for what was not answered in time. */
  readonly tick: () => void;
  /** These devices are held, or held no more. */
  readonly holdsChanged: (devices: readonly DeviceId[]) => Promise<void>;
  /** Says again where I stand, after something other than the ledger has changed. */
  readonly restate: () => void;
}

export interface ExchangePorts {
  /** A device of the family is linked, or no longer. */
  readonly onMet: (device: DeviceId) => Promise<void>;
  readonly onParted: (device: DeviceId) => void;
  /** A linked device's family secret is older than mine. */
  readonly onSecretLacking: (device: DeviceId) => Promise<void>;
  /** A linked device is ready to keep the rules; false where its signature does not hold. */
  readonly onReady: (device: DeviceId, parent: BlockHash, ready: Signature) => Promise<boolean>;
  /** Where a linked device says that it stands; what it is to be shown. */
  readonly onStatus: (
    device: DeviceId,
    status: Extract<Frame, { type: "status" }>,
  ) => Promise<Frame | null>;
  /** Finalised blocks of a linked device, which may be of another chain than mine. */
  readonly onBlocks: (
    device: DeviceId,
    finalised: readonly Uint8Array[],
  ) => Promise<{ readonly answer: Frame | null; readonly faults: number }>;
  /** Whether it is known to follow another chain: what it brings is no lie. */
  readonly isElsewhere: (device: DeviceId) => boolean;
  /** A linked device has the family secret: it can find the family by itself from now on. */
  readonly onSecretHeld: (device: DeviceId) => Promise<void>;
}

/** A certified block that I cannot follow, and all after it: whoever brings them is no liar. */
const MY_OWN_TROUBLE: ReadonlySet<string> = new Set([
  "not-reproducible",
  "stopped",
  "epoch",
  "newer-rules",
]);

export function createExchange(family: Family, ports: ExchangePorts): Exchange {
  /** Authenticated devices that my ledger does not name, or that I have no ledger to look up in. */
  const strangers = new Map<Session, DeviceId>();
  const monotonic = (): number => family.env.monotonic();
  const snapshots = createSnapshotFetch(family.ledger.snapshot, monotonic);
  const fetch = createBlockFetch(family.ledger, snapshots, monotonic);
  const farewells = createFarewells(family);
  const told = new WeakSet<Session>();
  /** They have said that they stand below me. */
  const behind = new WeakSet<Session>();
  let pulledAt = Number.NEGATIVE_INFINITY;

  return {
    meet,
    part,
    take,
    advanced,
    broadcast,
    send,
    handOn,
    pull,
    tick,
    restate,
    holdsChanged,
  };

  function restate(): void {
    if (family.ledger.head() !== null) broadcast(status(), null);
  }

  async function meet(session: Session, device: DeviceId): Promise<boolean> {
    const theirs = session.peer()?.hello.height ?? 0;
    if (farewells.isDue(device, theirs)) return farewells.open(session, device);
    if (family.holds?.isCutOff(device) === true) return sendOff(session);
    const isKnown = isFamily(device) || strangers.has(session);
    const isAhead = theirs > (family.ledger.head()?.state.height ?? -1);
    if (!isKnown && (!isAhead || strangers.size >= STRANGERS_MAX)) return false;
    fetch.hears(session, theirs);
    if (isFamily(device)) {
      await adopt(session, device);
      return true;
    }
    strangers.set(session, device);
    fetch.ask(session);
    return true;
  }

  async function adopt(session: Session, device: DeviceId): Promise<void> {
    const name = toHex(device);
    const older = family.sessions.get(name);
    if (older === session) return;
    family.sessions.set(name, session);
    if (older !== undefined) {
      fetch.part(older);
      snapshots.part(older);
      older.close("replaced");
      await family.gossip?.linkDown(name);
    }
    strangers.delete(session);
    session.send(status());
    for (const frame of family.ledger.handOver()) session.send(frame);
    const holds = family.holds?.frame() ?? null;
    if (holds !== null) session.send(holds);
    fetch.ask(session);
    askBlobs(session);
    if (holdOf(family, device) === null) await linkTalk(name);
    await ports.onMet(device);
  }

  /** Keys before messages, which are sealed to them. */
  async function linkTalk(name: Hex): Promise<void> {
    if (family.gossip === null) return;
    family.keys?.linkUp(name);
    await family.gossip.linkUp(name);
  }

  /** A held device learns that it is, and nothing else. */
  function sendOff(session: Session): boolean {
    const holds = family.holds?.frame() ?? null;
    if (!farewells.hold(session)) return false;
    if (holds !== null) session.send(holds);
    return true;
  }

  async function holdsChanged(devices: readonly DeviceId[]): Promise<void> {
    for (const device of devices) {
      const name = toHex(device);
      const session = family.sessions.get(name);
      if (session === undefined) continue;
      if (holdOf(family, device) === null) {
        await linkTalk(name);
        continue;
      }
      await family.gossip?.linkDown(name);
      if (family.holds?.isCutOff(device) !== true) continue;
      family.sessions.delete(name);
      fetch.part(session);
      snapshots.part(session);
      if (!sendOff(session)) session.close("held");
      ports.onParted(device);
    }
  }

  async function part(session: Session): Promise<void> {
    strangers.delete(session);
    farewells.part(session);
    fetch.part(session);
    snapshots.part(session);
    const device = session.peer()?.device;
    if (device === undefined || family.sessions.get(toHex(device)) !== session) return;
    family.sessions.delete(toHex(device));
    await family.gossip?.linkDown(toHex(device));
    ports.onParted(device);
  }

  async function take(session: Session, frame: Frame): Promise<void> {
    const device = session.peer()?.device;
    if (device === undefined || (await farewells.take(session, frame))) return;
    if (frame.type === "blocks") {
      await lookAtBlocks(session, device, frame.finalised);
      await takeBlocks(session, device, frame.finalised);
      return;
    }
    if (await takeSnapshot(session, frame)) {
      fetch.ask(session);
      return;
    }
    if (frame.type === "status") {
      fetch.hears(session, frame.height);
      fetch.ask(session);
      tellVotes(session, device, frame.height);
    }
    const from = toHex(device);
    if (family.sessions.get(from) !== session) return;
    if (frame.type === "status") {
      handOverAgain(session, frame.height);
      handOnNewer(session, frame.height);
    }
    if (frame.type === "status") {
      await offerSecret(device, frame.secretEpoch);
      const shown = await ports.onStatus(device, frame);
      if (shown !== null) session.send(shown);
    }
    await takeLedger(session, device, frame, from);
    await takeGossip(session, device, frame, from);
  }

  /** What is in flight is of no use to who lacks the blocks below it: that is said once these are there. */
  function handOverAgain(session: Session, height: number): void {
    const mine = family.ledger.head()?.state.height ?? -1;
    if (height < mine) behind.add(session);
    else if (height === mine && behind.delete(session)) {
      for (const frame of family.ledger.handOver()) session.send(frame);
    }
  }

  function handOn(): void {
    for (const session of family.sessions.values()) handOnNewer(session, fetch.heightOf(session));
  }

  /** Who stands where I do cannot know that I have more than I could take: it does not ask. */
  function handOnNewer(session: Session, height: number): void {
    const finalised = family.ledger.newerBlocks();
    const isBelow = height === family.ledger.head()?.state.height;
    if (isBelow && finalised.length > 0) session.send({ type: "blocks", finalised });
  }

  async function offerSecret(device: DeviceId, theirs: number): Promise<void> {
    const mine = latestSecret(family.identity.profile);
    if (mine !== null && theirs < mine.epoch) await ports.onSecretLacking(device);
    else if (theirs > 0) await ports.onSecretHeld(device);
  }

  /** The other side of a split shows what it is by, and is shown the same. */
  async function lookAtBlocks(
    session: Session,
    device: DeviceId,
    finalised: readonly Uint8Array[],
  ): Promise<void> {
    if (family.sessions.get(toHex(device)) !== session) return;
    const { answer, faults } = await ports.onBlocks(device, finalised);
    session.blame(faults);
    if (answer !== null) session.send(answer);
  }

  async function takeBlocks(
    session: Session,
    device: DeviceId,
    finalised: readonly Uint8Array[],
  ): Promise<void> {
    const { applied, fault } = await family.ledger.takeBlocks(finalised);
    const isTrouble = fault !== null && MY_OWN_TROUBLE.has(fault);
    if (fault !== null && !isTrouble && !ports.isElsewhere(device)) session.blame(1);
    fetch.answered(session, finalised.length);
    if (applied > 0) fetch.ask(session);
  }

  /** Like blocks, a snapshot proves itself, whoever brings it. */
  async function takeSnapshot(session: Session, frame: Frame): Promise<boolean> {
    if (frame.type === "snapshot") await snapshots.takeManifest(session, frame);
    else if (frame.type === "state-part") await snapshots.takePart(session, frame);
    else return false;
    return true;
  }

  async function takeLedger(
    session: Session,
    device: DeviceId,
    frame: Frame,
    from: Hex,
  ): Promise<void> {
    switch (frame.type) {
      case "blocks-wanted": {
        const finalised = await family.ledger.blocksFrom(frame.from, frame.count);
        session.send({ type: "blocks", finalised });
        break;
      }
      case "snapshot-wanted": {
        const manifest = await family.ledger.manifestFor(frame);
        session.send({ type: "snapshot", ...manifest });
        break;
      }
      case "state-wanted": {
        const { height, part: index } = frame;
        const bytes = family.ledger.partFor(height, index) ?? new Uint8Array();
        session.send({ type: "state-part", height, part: index, bytes });
        break;
      }
      case "recovery":
        await lookAtBlocks(session, device, frame.blocks);
        session.blame(await takeRecovery(frame, from));
        break;
      case "holds":
        session.blame((await family.holds?.take(frame.holds, from)) ?? 0);
        break;
      case "transactions":
        session.blame(await family.ledger.takeTransactions(frame.transactions, frame.blobs, from));
        break;
      case "consensus": {
        const fault = await family.ledger.takeConsensus(frame.message, from);
        if (fault !== null) session.blame(1);
        break;
      }
      case "ready": {
        const holds = await ports.onReady(device, frame.parent, frame.signature);
        if (!holds) session.blame(1);
        break;
      }
      case "known-votes": {
        const fault = await family.ledger.takeKnownVotes(frame.height, frame.messages);
        if (fault !== null) session.blame(1);
        break;
      }
      case "blobs-wanted":
        session.send({ type: "blobs", blobs: family.ledger.blobsOf(frame.hashes) });
        break;
      case "blobs":
        await family.ledger.takeBlobs(frame.blobs);
        break;
      default:
        break;
    }
  }

  async function takeRecovery(
    { blocks, objections }: Extract<Frame, { type: "recovery" }>,
    from: Hex,
  ): Promise<number> {
    const { recoveries } = family.ledger;
    let faults = 0;
    for (const one of blocks) faults += (await recoveries.takeBlock(one, from)) === null ? 0 : 1;
    for (const one of objections) {
      faults += (await recoveries.takeObjection(one, from)) === null ? 0 : 1;
    }
    return faults;
  }

  async function takeGossip(
    session: Session,
    device: DeviceId,
    frame: Frame,
    from: Hex,
  ): Promise<void> {
    const { gossip } = family;
    if (gossip === null || holdOf(family, device) !== null) return;
    switch (frame.type) {
      case "register":
        session.blame(await gossip.takeRegister(frame, from));
        break;
      case "dated":
        session.blame(await gossip.takeDated(frame, from));
        break;
      case "entries":
        session.blame(await gossip.takeEntries(frame, from));
        break;
      case "want":
        session.blame(await gossip.takeWant(frame.packed, from));
        break;
      case "lacking":
        await gossip.takeLacking(frame.clock, from);
        break;
      case "have":
        session.blame(await gossip.takeHave(frame.packed, from));
        break;
      case "registers":
        session.blame(await gossip.takeList(frame.packed, from));
        break;
      case "fingerprint":
        session.blame(await gossip.takeFingerprint(frame, from));
        break;
      case "wishes":
        await gossip.takeWishes(frame, from);
        break;
      case "keys":
        session.blame((await family.keys?.take(frame.keys, from)) ?? 0);
        break;
      case "keys-known":
        family.keys?.compare(frame, from);
        break;
      default:
        break;
    }
  }

  async function advanced(): Promise<void> {
    for (const [session, device] of strangers) {
      if (isFamily(device)) await adopt(session, device);
    }
    for (const [name, session] of family.sessions) {
      const device = session.peer()?.device;
      if (device !== undefined && !isFamily(device)) {
        family.sessions.delete(name);
        fetch.part(session);
        snapshots.part(session);
        await farewells.tell(session, device);
        await family.gossip?.linkDown(name);
        ports.onParted(device);
      }
    }
    broadcast(status(), null);
    for (const session of family.sessions.values()) {
      askBlobs(session);
      fetch.ask(session);
    }
  }

  /** Once a session, as soon as both are at one height: what I know of its votes (DESIGN §4.7). */
  function tellVotes(session: Session, device: DeviceId, theirs: number): void {
    const head = family.ledger.head();
    if (head === null || theirs !== head.state.height || told.has(session)) return;
    if (!isFamily(device)) return;
    const known = family.ledger.knownVotesOf(device);
    if (known === null) return;
    told.add(session);
    session.send(known);
  }

  function broadcast(frame: Frame, except: Hex | null): void {
    for (const [name, session] of family.sessions) {
      if (name !== except) session.send(frame);
    }
  }

  function send(to: Hex, frame: Frame): void {
    const session = family.sessions.get(to);
    if (session === undefined || (isPush(frame) && isBehind(session))) return;
    session.send(frame);
  }

  /** Whoever takes long gets what is new by asking, when it has dealt with what is under way. */
  function isBehind(session: Session): boolean {
    return session.queuedBytes() > PUSH_QUEUE_BYTES_MAX;
  }

  /** Whatever their last word on their height was: who cites a block has it. */
  function pull(): void {
    const now = family.env.monotonic();
    if (now - pulledAt < PULL_INTERVAL_MS) return;
    pulledAt = now;
    for (const session of [...family.sessions.values(), ...strangers.keys()]) fetch.want(session);
  }

  function tick(): void {
    farewells.tick();
    const isMissing = family.ledger.missingBelow() !== null;
    if (!isMissing && family.ledger.snapshot.wanted() === null) return;
    for (const session of [...family.sessions.values(), ...strangers.keys()]) fetch.ask(session);
  }

  function askBlobs(session: Session): void {
    const hashes = family.ledger.missingBlobs().slice(0, 64);
    if (hashes.length > 0) session.send({ type: "blobs-wanted", hashes });
  }

  function isFamily(device: DeviceId): boolean {
    const head = family.ledger.head();
    return head !== null && activeDevice(head.state, device) !== null;
  }

  function status(): Frame {
    const head = family.ledger.head();
    const { epoch, height } = stateOf(family);
    const secretEpoch = latestSecret(family.identity.profile)?.epoch ?? 0;
    return { type: "status", epoch, height, head: head?.hash ?? new Uint8Array(32), secretEpoch };
  }
}

/** A new message passed on unasked; a call for help goes to whoever is behind, too. */
function isPush(frame: Frame): boolean {
  return frame.type === "entries" && !frame.isAnswer && !isUrgent(frame);
}
