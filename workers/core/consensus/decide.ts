/**
 * The one decision of a replica: after any change, what is owed. In this order: a certificate ends
 * the height; a VIEW-CHANGE that f+1 others lead is joined; a new primary with q VIEW-CHANGEs
 * proposes; the accepted proposal is PREPAREd and, prepared, COMMITted. It takes nothing in.
 * SPEC RP1, RP5 to RP9, RP11, RP14, RP17 to RP21. Source: PBFT, OSDI'99 §4.2, §4.4; DESIGN §4.3, §4.4.
 */
import { compareBytes, toHex } from "../codec/ids.ts";
import type { VoteBody } from "../ledger/block.ts";
import type { Head, Misfit, VerifiedBlock } from "../ledger/chain.ts";
import type {
  ConsensusMessage,
  Phase,
  PreparedCertificate,
  VerifiedViewChange,
  VerifiedVote,
} from "./messages.ts";
import { higherOf } from "./prepared.ts";
import {
  faults,
  isAlone,
  isPrimary,
  isReplica,
  quorum,
  ready,
  type Finalised,
  type Ready,
  type RecordRequest,
  type Replica,
  type ViewChangeRequest,
} from "./replica-state.ts";
import { emptyTally, forgetBelow } from "./tally.ts";
import { enterHeight, enterView } from "./timer.ts";
import { VIEWS_BEHIND_MAX } from "./limits.ts";

/** What is owed now, after `send` was already owed. */
export function decide(replica: Replica, send: readonly ConsensusMessage[]): Ready {
  learnPrepared(replica);
  const finalised = finalise(replica);
  if (finalised !== null) {
    enterNextHeight(replica, finalised.head);
    return ready({ send, finalised });
  }
  if (replica.standing !== "may-vote" || !isReplica(replica, replica.me)) return ready({ send });
  const joined = viewToJoin(replica);
  if (joined !== null) return ready({ send, record: [changeView(replica, joined)] });
  const drafted = draft(replica);
  return ready({
    send,
    record: [...drafted.record, ...votesOwed(replica)],
    misfits: drafted.misfits,
  });
}

/** Gives the view up: my VIEW-CHANGE for a higher one, with the highest certificate that I know. */
export function changeView(replica: Replica, atLeast: number): ViewChangeRequest {
  // A claim is of a view below the one that is asked for, also where others are ahead of me.
  const view = Math.max(atLeast, (replica.prepared?.view ?? -1) + 1);
  goTo(replica, view);
  replica.isChanging = true;
  replica.asked.add(askKey("view-change", view));
  const prepared = replica.rules.claimOf(replica.prepared);
  const { epoch, height } = replica.head.state;
  const claim = prepared === null ? null : { view: prepared.view, blockHash: prepared.blockHash };
  return {
    phase: "view-change",
    body: { epoch, height: height + 1, view, prepared: claim },
    prepared,
    verified: prepared === null ? null : blockOf(replica, prepared),
  };
}

/** Leaves a view for a higher one. */
export function goTo(replica: Replica, view: number): void {
  if (view === replica.view) return;
  replica.view = view;
  replica.isChanging = false;
  replica.proposal = null;
  replica.drafting = null;
  for (const tally of Object.values(replica.tallies)) forgetBelow(tally, view - VIEWS_BEHIND_MAX);
  enterView(replica.timer);
}

/** The next height: nothing of the last one counts. */
export function enterNextHeight(replica: Replica, head: Head): void {
  replica.head = head;
  replica.view = 0;
  replica.isChanging = false;
  replica.proposal = null;
  replica.drafting = null;
  replica.prepared = null;
  replica.tallies = { prepare: emptyTally(), commit: emptyTally() };
  if (isAlone(replica) && replica.standing === "unknown") replica.standing = "may-vote";
  replica.asked.clear();
  replica.blocks.clear();
  replica.viewChanges.clear();
  enterHeight(replica.timer);
}

/** VIEW-CHANGEs for exactly a view, by signer id. */
export function changesFor(replica: Replica, view: number): readonly VerifiedViewChange[] {
  return [...replica.viewChanges.values()]
    .filter((one) => one.body.view === view)
    .sort((a, b) => compareBytes(a.replica, b.replica));
}

/** Signers whose VIEW-CHANGE is for a view or a higher one. */
export function changesFrom(replica: Replica, view: number): number {
  return [...replica.viewChanges.values()].filter((one) => one.body.view >= view).length;
}

/** The key under which a signature is asked for once. */
export function askKey(phase: RecordRequest["phase"], view: number): string {
  return `${phase}/${view}`;
}

/** Certificates that the votes make, of any view; only with the block they can be passed on. */
function learnPrepared(replica: Replica): void {
  for (const { view, hash, votes } of quorums(replica, "prepare")) {
    if (!replica.blocks.has(toHex(hash))) continue;
    const certificate: PreparedCertificate = { view, blockHash: hash, prepares: votes };
    replica.prepared = higherOf(replica.prepared, certificate);
  }
}

function quorums(replica: Replica, phase: Phase): ReturnType<Replica["rules"]["quorumsOf"]> {
  return replica.rules.quorumsOf(replica.tallies[phase], quorum(replica));
}

/** q COMMITs of any one view finalise the block, whatever view I am in. */
function finalise(replica: Replica): Finalised | null {
  for (const { view, hash, votes } of quorums(replica, "commit")) {
    const block = replica.blocks.get(toHex(hash));
    if (block === undefined) continue;
    const commits = votes.map(({ replica: one, signature }) => ({ replica: one, signature }));
    return { verified: block.verified, certificate: { view, commits }, head: block.after };
  }
  return null;
}

/** The smallest view that f+1 others ask for above mine; null while fewer do. */
function viewToJoin(replica: Replica): number | null {
  const ahead = [...replica.viewChanges.values()]
    .map((one) => one.body.view)
    .filter((view) => view > replica.view)
    .sort((a, b) => a - b);
  return ahead.length > faults(replica) ? (ahead[0] ?? null) : null;
}

interface Drafted {
  readonly record: readonly RecordRequest[];
  readonly misfits: readonly Misfit[];
}

/** The primary's block: its own choice, or the one that the VIEW-CHANGEs bind it to. */
function draft(replica: Replica): Drafted {
  const nothing: Drafted = { record: [], misfits: [] };
  const { view } = replica;
  if (!isPrimary(replica, view) || replica.proposal !== null || replica.drafting !== null) {
    return nothing;
  }
  if (replica.asked.has(askKey("prepare", view))) return nothing;
  if (view === 0) return draftFresh(replica, []);
  const changes = changesFor(replica, view);
  if (changes.length < quorum(replica)) return nothing;
  const cited = citedChanges(changes, quorum(replica));
  const highest = replica.rules.highestPrepared(cited);
  if (highest === null) return draftFresh(replica, cited);
  const verified = blockOf(replica, highest);
  return { record: draftOf(replica, verified, cited), misfits: [] };
}

/** q VIEW-CHANGEs, the one with the highest certificate among them. */
function citedChanges(
  changes: readonly VerifiedViewChange[],
  q: number,
): readonly VerifiedViewChange[] {
  const viewOf = (one: VerifiedViewChange): number => one.prepared?.view ?? -1;
  const chosen = changes.toSorted((a, b) => viewOf(b) - viewOf(a)).slice(0, q);
  return chosen.sort((a, b) => compareBytes(a.replica, b.replica));
}

function draftFresh(replica: Replica, cited: readonly VerifiedViewChange[]): Drafted {
  const { head, pending, me, now, rulesKnown } = replica;
  if (pending.length === 0) return { record: [], misfits: [] };
  const { verified, misfits } = replica.rules.buildBlock(head, pending, me, now, rulesKnown);
  return { record: verified === null ? [] : draftOf(replica, verified, cited), misfits };
}

function draftOf(
  replica: Replica,
  verified: VerifiedBlock,
  viewChanges: readonly VerifiedViewChange[],
): readonly RecordRequest[] {
  const request = askFor(replica, "prepare", verified, [], viewChanges);
  if (request === null) return [];
  replica.drafting = verified.hash;
  return [request];
}

/** My PREPARE for the accepted proposal and my COMMIT for what is prepared, each once. */
function votesOwed(replica: Replica): readonly RecordRequest[] {
  const { proposal, prepared, view } = replica;
  const owed: (RecordRequest | null)[] = [];
  if (proposal !== null) {
    const { verified, prepare, viewChanges } = proposal.message;
    owed.push(askFor(replica, "prepare", verified, [prepare], viewChanges));
  }
  if (prepared !== null && prepared.view === view) {
    // Not always what I have PREPAREd: the certificate excludes every other block of this view.
    owed.push(askFor(replica, "commit", blockOf(replica, prepared), prepared.prepares, []));
  }
  return owed.filter((one) => one !== null);
}

/** Asks for a signature once per phase and view. */
function askFor(
  replica: Replica,
  phase: Phase,
  verified: VerifiedBlock,
  prepared: readonly VerifiedVote[],
  viewChanges: readonly VerifiedViewChange[],
): RecordRequest | null {
  const { view } = replica;
  const key = askKey(phase, view);
  if (replica.asked.has(key)) return null;
  replica.asked.add(key);
  const { epoch, height } = replica.head.state;
  const body: VoteBody = { epoch, height: height + 1, view, blockHash: verified.hash };
  return { phase, body, verified, prepared, viewChanges };
}

function blockOf(replica: Replica, certificate: PreparedCertificate): VerifiedBlock {
  const block = replica.blocks.get(toHex(certificate.blockHash));
  if (block === undefined) throw new Error("invariant: a certificate is kept with its block");
  return block.verified;
}
