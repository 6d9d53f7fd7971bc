/**
 * Whom to ask for which blocks: what comes after my head of whoever is ahead, and, where the chain
 * stands on a snapshot, what lies below it, from one device at a time and only when nothing newer is
 * missing. SPEC XC1, LP17. Source: DESIGN §4.11.
 */
import { BLOCKS_PER_FRAME_MAX } from "./frames.ts";
import type { LedgerKeeper } from "./ledger-keeper.ts";
import { SNAPSHOT_ANSWER_MS } from "./limits.ts";
import type { Session } from "./session.ts";
import type { SnapshotFetch } from "./snapshot-fetch.ts";

export interface BlockFetch {
  /** What a device says of its height. */
  readonly hears: (session: Session, height: number) => void;
  /** What it said last; -1 where it has said nothing. */
  readonly heightOf: (session: Session) => number;
  /** Asks a device for what it has and I lack. */
  readonly ask: (session: Session) => void;
  /** The same of the next blocks, whatever it said of its height. */
  readonly want: (session: Session) => void;
  /** It answered with this many. */
  readonly answered: (session: Session, count: number) => void;
  readonly part: (session: Session) => void;
}

export function createBlockFetch(
  ledger: LedgerKeeper,
  snapshots: SnapshotFetch,
  monotonic: () => number,
): BlockFetch {
  const heights = new Map<Session, number>();
  /** Whom the blocks below the snapshot were asked of. */
  let below: { readonly session: Session; readonly at: number } | null = null;
  /** They have not got them either. */
  const lacking = new WeakSet<Session>();

  return { hears, heightOf: (session) => heights.get(session) ?? -1, ask, want, answered, part };

  function hears(session: Session, height: number): void {
    heights.set(session, height);
  }

  function ask(session: Session): void {
    const mine = ledger.reach();
    if ((heights.get(session) ?? -1) > mine) want(session);
    else askBelow(session);
  }

  function want(session: Session): void {
    if (snapshots.ask(session)) return;
    const from = ledger.reach() + 1;
    session.send({ type: "blocks-wanted", from, count: BLOCKS_PER_FRAME_MAX });
  }

  function askBelow(session: Session): void {
    const from = ledger.missingBelow();
    if (from === null || lacking.has(session)) return;
    if (below !== null && monotonic() - below.at < SNAPSHOT_ANSWER_MS) return;
    below = { session, at: monotonic() };
    session.send({ type: "blocks-wanted", from, count: BLOCKS_PER_FRAME_MAX });
  }

  function answered(session: Session, count: number): void {
    if (below?.session !== session) return;
    below = null;
    if (count === 0) lacking.add(session);
  }

  function part(session: Session): void {
    heights.delete(session);
    if (below?.session === session) below = null;
  }
}
