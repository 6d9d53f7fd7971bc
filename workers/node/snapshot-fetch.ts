/**
 * Whom a newcomer asks for which part of its snapshot: from every device that may have it, two parts
 * at once from each, what is not answered in time from another. Whoever brings a false part or a
 * manifest that does not lead to the pin is cut off; whoever has none gives blocks instead.
 * SPEC XC11, XC12. Source: DESIGN §4.11.
 */
import type { Manifest, ManifestFault } from "../core/ledger/snapshot.ts";
import type { Frame } from "./frames.ts";
import { PEER_FAULTS_MAX, SNAPSHOT_ANSWER_MS, SNAPSHOT_PARTS_ASKED_MAX } from "./limits.ts";
import type { Session } from "./session.ts";
import type { SnapshotKeeper } from "./snapshot-keeper.ts";

export interface SnapshotFetch {
  /** Asks this device for what is missing; false: it is to be asked for blocks. */
  readonly ask: (session: Session) => boolean;
  readonly takeManifest: (session: Session, manifest: Manifest) => Promise<void>;
  readonly takePart: (
    session: Session,
    part: Extract<Frame, { type: "state-part" }>,
  ) => Promise<void>;
  readonly part: (session: Session) => void;
}

/** Faults that an honest device can have too: it knows other rules, or no such block. */
const NOBODYS_FAULT: ReadonlySet<ManifestFault> = new Set(["rules-version"]);

interface Asked {
  readonly session: Session;
  readonly at: number;
}

export function createSnapshotFetch(
  snapshot: SnapshotKeeper,
  monotonic: () => number,
): SnapshotFetch {
  const asked = new Map<number, Asked>();
  const manifestAsked = new Map<Session, number>();
  const lacking = new WeakSet<Session>();

  return { ask, takeManifest, takePart, part };

  function ask(session: Session): boolean {
    const wanted = snapshot.wanted();
    if (wanted === null || lacking.has(session)) return false;
    const { pin, height, parts } = wanted;
    if (parts === null) {
      if (isRecent(manifestAsked.get(session))) return true;
      manifestAsked.set(session, monotonic());
      session.send({ type: "snapshot-wanted", height: pin.height, hash: pin.hash });
      return true;
    }
    for (const index of parts) {
      const mine = [...asked.values()].filter((one) => one.session === session);
      if (mine.filter((one) => isRecent(one.at)).length >= SNAPSHOT_PARTS_ASKED_MAX) break;
      if (isRecent(asked.get(index)?.at)) continue;
      asked.set(index, { session, at: monotonic() });
      session.send({ type: "state-wanted", height, part: index });
    }
    return true;
  }

  async function takeManifest(session: Session, manifest: Manifest): Promise<void> {
    if (!manifestAsked.delete(session)) return;
    if (manifest.headers.length === 0) lacking.add(session);
    else {
      const fault = await snapshot.takeManifest(manifest);
      if (fault !== null) lacking.add(session);
      if (fault !== null && !NOBODYS_FAULT.has(fault)) session.blame(PEER_FAULTS_MAX);
    }
  }

  async function takePart(
    session: Session,
    { part: index, bytes }: Extract<Frame, { type: "state-part" }>,
  ): Promise<void> {
    const question = asked.get(index);
    if (question?.session !== session) return;
    asked.delete(index);
    if (bytes.length === 0) lacking.add(session);
    else if (!(await snapshot.takePart(index, bytes))) session.blame(PEER_FAULTS_MAX);
  }

  /** What it was asked for is asked of another. */
  function part(session: Session): void {
    manifestAsked.delete(session);
    for (const [index, one] of asked) if (one.session === session) asked.delete(index);
  }

  function isRecent(at: number | undefined): boolean {
    return at !== undefined && monotonic() - at < SNAPSHOT_ANSWER_MS;
  }
}
