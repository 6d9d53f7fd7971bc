/**
 * What the judges write down of what one simulated replica was given at the height in flight since
 * it started: honest votes by view and signer, blocks, VIEW-CHANGEs. SPEC SI13.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { VIEWS_AHEAD_MAX, VIEWS_BEHIND_MAX } from "../workers/core/consensus/limits.ts";
import type { Phase, VerifiedVote } from "../workers/core/consensus/messages.ts";
import type { Input, Ready } from "../workers/core/consensus/replica-state.ts";
import type { Head } from "../workers/core/ledger/chain.ts";

export interface Book {
  /** The head that the height in flight builds on. */
  readonly head: Head;
  /** View to signer to block, of those who tell everybody the same. */
  readonly votes: Readonly<Record<Phase, Map<number, Map<Hex, Hex>>>>;
  readonly blocks: Set<Hex>;
  /** The highest view that each has asked for. */
  readonly changes: Map<Hex, number>;
  /** The highest view of which a proposal was accepted; -1: none. */
  entered: number;
  hasStatus: boolean;
  /** What it took in last; null since a start or a new height. */
  cause: Input["type"] | null;
  /** A vote of its own was shown that its log lacks. */
  isLost: boolean;
}

export function emptyBook(head: Head): Book {
  return {
    head,
    votes: { prepare: new Map(), commit: new Map() },
    blocks: new Set(),
    changes: new Map(),
    entered: -1,
    hasStatus: false,
    cause: null,
    isLost: false,
  };
}

/** Writes down an input. What was ignored counts only where the rules leave no choice: votes. */
export function note(
  book: Book,
  input: Input,
  { ignored }: Ready,
  isHonest: (device: Uint8Array) => boolean,
  view: number,
): void {
  switch (input.type) {
    case "vote":
      if (isHonest(input.vote.replica)) noteVote(book, input.vote, view);
      return;
    case "proposal": {
      if (ignored !== null) return;
      const { verified, prepare, viewChanges } = input.proposal;
      book.blocks.add(toHex(verified.hash));
      book.entered = Math.max(book.entered, prepare.body.view);
      if (isHonest(prepare.replica)) noteVote(book, prepare, view);
      for (const one of viewChanges) noteChange(book, one.replica, one.body.view);
      return;
    }
    case "view-change":
      if (ignored !== null) return;
      noteChange(book, input.change.replica, input.change.body.view);
      if (input.verified !== null) book.blocks.add(toHex(input.verified.hash));
      return;
    default:
  }
}

/** The highest view in which q have voted for one block that is here; -1: none. */
export function quorumView(book: Book, phase: Phase, q: number): number {
  const views = [...book.votes[phase]].filter(([, votes]) =>
    [...book.blocks].some((hash) => [...votes.values()].filter((one) => one === hash).length >= q),
  );
  return Math.max(-1, ...views.map(([view]) => view));
}

function noteVote({ head, votes }: Book, vote: VerifiedVote, mine: number): void {
  const { epoch, height, view, blockHash } = vote.body;
  const { state } = head;
  const signer = toHex(vote.replica);
  const isMember = state.replicas.some((one) => toHex(one) === signer);
  if (epoch !== state.epoch || height !== state.height + 1 || !isMember) return;
  if (view > mine + VIEWS_AHEAD_MAX || view < mine - VIEWS_BEHIND_MAX) return;
  const known = votes[vote.phase].get(view) ?? new Map<Hex, Hex>();
  if (!known.has(signer)) known.set(signer, toHex(blockHash));
  votes[vote.phase].set(view, known);
}

function noteChange({ changes }: Book, replica: Uint8Array, view: number): void {
  const signer = toHex(replica);
  changes.set(signer, Math.max(changes.get(signer) ?? 0, view));
}
