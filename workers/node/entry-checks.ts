/**
 * Received entries read and their signatures checked. A frame that waits for its turn may be begun
 * with before: while one frame is written to the disk, the signatures of the next are verified. What
 * can have changed until its turn is looked at again then: whether an entry is there meanwhile, and
 * whether its author is known. SPEC GP29.
 */
import { streamKey, type Entry, type Header } from "../core/gossip/header.ts";
import type { Gossip, VerifiedEntry } from "../core/gossip/state.ts";
import { lookUp } from "../core/gossip/stream.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import type { Frame } from "./frames.ts";
import { readEntry, verifyEntry } from "./verify.ts";

export type EntriesFrame = Extract<Frame, { type: "entries" }>;

/** `seen`: it is there already; its signature was not looked at. */
export type CheckedEntry = Awaited<ReturnType<typeof verifyEntry>> & { readonly seen?: Header };

export interface EntryChecks {
  /** Begins with a frame whose turn is to come. */
  readonly begin: (frame: EntriesFrame) => void;
  /** Of each entry of a frame, in order, what it is now. */
  readonly of: (frame: EntriesFrame) => Promise<readonly CheckedEntry[]>;
}

export function createEntryChecks(
  crypto: CryptoSuite,
  core: () => Gossip,
  state: () => LedgerState,
): EntryChecks {
  const begun = new WeakMap<EntriesFrame, readonly Promise<CheckedEntry>[]>();

  return {
    begin: (frame) => {
      const checks = frame.entries.map(check);
      begun.set(frame, checks);
      // Its turn may never come; what fails before it fails then.
      void Promise.allSettled(checks);
    },
    // All at once: while the browser verifies one signature the next entry is read.
    of: async (frame) => {
      const checks = begun.get(frame);
      if (checks === undefined) return Promise.all(frame.entries.map(check));
      return Promise.all(
        frame.entries.map(async (entry, index) => {
          const checked = await checks[index];
          return checked === undefined || isOther(checked) ? check(entry) : checked;
        }),
      );
    },
  };

  async function check(entry: Entry): Promise<CheckedEntry> {
    const read = readEntry(state().family, entry);
    if (!read.ok) return read;
    if (isSeen(read.entry)) {
      return { ok: false, reason: "seen", isPeerFault: false, seen: read.entry.header };
    }
    return verifyEntry(crypto, state(), read.entry);
  }

  /** Whether its turn may give another answer than before. */
  function isOther(checked: CheckedEntry): boolean {
    if (checked.ok) return isSeen(checked.entry);
    return checked.seen !== undefined || checked.reason === "unknown-author";
  }

  function isSeen({ header, id }: Pick<VerifiedEntry, "header" | "id">): boolean {
    const stream = core().streams.get(streamKey(header.author, header.stream));
    return stream !== undefined && lookUp(stream, header.seq, id) === "same";
  }
}
