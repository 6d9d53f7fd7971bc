/**
 * Judges what simulated replicas sign, against what they were given: I3 no key votes twice in a view
 * and phase, I4 nothing below a view that was asked for, I5 what is signed carries its proof, I6 what
 * q may have COMMITted is PREPAREd in every later view, W2 no vote before a STATUS nor after one that
 * shows a lost vote, T1 no further view alone, T2 f+1 ahead are followed, fewer are not, T3 no view without work, F1
 * q COMMITs finalise, C1 a VIEW-CHANGE claims the highest certificate, B1 no fresh block far ahead of
 * the clock is PREPAREd. SPEC SI16.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../workers/core/codec/ids.ts";
import type {
  ConsensusMessage,
  VerifiedViewChange,
  VerifiedVote,
} from "../workers/core/consensus/messages.ts";
import type { Input, Ready, Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import { buildBlock, type Head } from "../workers/core/ledger/chain.ts";
import { BLOCK_FUTURE_MS } from "../workers/core/ledger/limits.ts";
import { voteIn } from "../workers/node/verify.ts";
import { quorum } from "./checkers/chain.ts";
import { emptyBook, note, quorumView, type Book } from "./replica-books.ts";
import type { JudgeOptions } from "./replica-judge.ts";
import { isJustified, isProven, isQuorumOf } from "./replica-proofs.ts";
import type { Station } from "./station.ts";

export interface WordsJudge {
  readonly onStarted: (station: Station) => void;
  readonly onTaken: (station: Station, input: Input, ready: Ready) => void;
  readonly onSaid: (station: Station, message: ConsensusMessage) => void;
  readonly onRecorded: (station: Station, recorded: Recorded) => void;
  readonly onAdvanced: (station: Station, head: Head) => void;
  readonly onRest: (station: Station, core: Replica) => void;
}

export function createWordsJudge({
  family,
  checks,
  isFaulty,
  nowOf,
  violate,
}: JudgeOptions): WordsJudge {
  const voted = new Map<string, Hex>();
  const books = new Map<string, Book>();
  /** By station and height, over its restarts: the highest view asked for, entered, COMMITted in. */
  const asked = new Map<string, number>();
  const entered = new Map<string, number>();
  const committed = new Map<string, number>();
  /** By height: honest votes as they became durable. */
  const signed = new Map<number, VerifiedVote[]>();
  const faulty = new Set(
    family.members.filter((_, index) => isFaulty(index)).map((one) => toHex(one.device)),
  );
  const isHonest = (device: Uint8Array): boolean => !faulty.has(toHex(device));

  return { onStarted, onTaken, onSaid, onRecorded, onAdvanced, onRest };

  function bookOf(station: Station): Book {
    const known = books.get(station.name);
    if (known !== undefined) return known;
    const book = emptyBook(station.disk.head);
    books.set(station.name, book);
    return book;
  }

  function onStarted(station: Station): void {
    const book = emptyBook(station.disk.head);
    books.set(station.name, { ...book, hasStatus: isAloneIn(station, station.disk.head) });
  }

  function onAdvanced(station: Station, head: Head): void {
    const { hasStatus } = bookOf(station);
    const mayVote = hasStatus || isAloneIn(station, head);
    books.set(station.name, { ...emptyBook(head), hasStatus: mayVote });
  }

  function onTaken(station: Station, input: Input, ready: Ready): void {
    const book = bookOf(station);
    const { height } = book.head.state;
    book.cause = input.type;
    if (input.type === "status" && input.known.height === height) book.hasStatus = true;
    if (lostVotes(station, input, height + 1)) book.isLost = true;
    note(book, input, ready, isHonest, station.core?.view ?? 0);
  }

  /** Whether something shows a vote of this station, of the height in flight, that its log lacks. */
  function lostVotes({ device, disk }: Station, input: Input, height: number): boolean {
    if (!faulty.has(toHex(device))) return false;
    const shown = votesShownBy(input);
    return shown.some(
      (one) =>
        isSameBytes(one.replica, device) &&
        one.body.height === height &&
        !disk.log.some(
          ({ request }) =>
            request.phase === one.phase &&
            request.body.view === one.body.view &&
            isSameBytes(request.body.blockHash, one.body.blockHash),
        ),
    );
  }

  function onSaid(station: Station, message: ConsensusMessage): void {
    if (isFaulty(station.index)) return;
    const place = bookOf(station).head;
    if (message.type === "view-change") {
      const change = checks.verifyChange(message.change);
      const isWhole = (message.change.prepared === null) === (message.block === null);
      if (change === null || !isWhole || !isProven(change, place)) {
        violate("I5", `${station.name} asks for ${message.change.view}`);
      }
      return;
    }
    if (message.type === "new-view") {
      const changes = message.viewChanges.map((one) => checks.verifyChange(one));
      const whole = changes.filter((one) => one !== null);
      const isWhole = whole.length === changes.length;
      if (!isWhole || !isJustified(whole, message.view, message.block.header, place)) {
        violate("I5", `${station.name}'s NEW-VIEW ${message.view}`);
      }
    }
    const vote = voteIn(family.family, message);
    if (vote === null) return;
    const { height, view, blockHash } = vote.body;
    const at = `${station.name}/${height}/${view}/${vote.phase}`;
    const earlier = voted.get(at);
    if (earlier !== undefined && earlier !== toHex(blockHash)) violate("I3", at);
    voted.set(at, toHex(blockHash));
  }

  function onRecorded(station: Station, recorded: Recorded): void {
    const book = bookOf(station);
    const { view, height } = recorded.request.body;
    const isOwn = !station.isLiar;
    if (isOwn && !book.hasStatus) violate("W2", `${station.name} signs before a STATUS`);
    if (isOwn && book.isLost) violate("W2", `${station.name} signs after a lost vote`);
    if (isFaulty(station.index)) return;
    const key = `${station.name}/${height}`;
    if (view < (asked.get(key) ?? 0)) violate("I4", `${key}: ${view} below ${asked.get(key)}`);
    if ("change" in recorded) {
      judgeChange(station, book, recorded.change, key);
      asked.set(key, view);
      book.changes.set(toHex(station.device), view);
      return;
    }
    judgeVote(station, book, recorded);
    raise(entered, key, view);
    if (recorded.vote.phase === "commit") raise(committed, key, view);
    keepVote(book, recorded.vote);
    remember(station, recorded.vote);
  }

  function keepVote(book: Book, vote: VerifiedVote): void {
    const views = book.votes[vote.phase];
    const view = views.get(vote.body.view) ?? new Map<Hex, Hex>();
    view.set(toHex(vote.replica), toHex(vote.body.blockHash));
    book.blocks.add(toHex(vote.body.blockHash));
    views.set(vote.body.view, view);
  }

  function judgeVote(
    station: Station,
    { head }: Book,
    { request, vote }: Extract<Recorded, { vote: VerifiedVote }>,
  ): void {
    const { view } = vote.body;
    if (vote.phase === "commit") {
      if (!isQuorumOf(request.prepared, vote.body, head)) {
        violate("I5", `${station.name} COMMITs in ${view}`);
      }
      return;
    }
    const { header } = request.verified.block;
    const primary = toHex(turnOf(head, view));
    const isBackup = primary !== toHex(station.device);
    const isFromPrimary =
      !isBackup || request.prepared.some((one) => toHex(one.replica) === primary);
    const isGrounded = view === 0 || isJustified(request.viewChanges, view, header, head);
    if (!isFromPrimary || !isGrounded) violate("I5", `${station.name} PREPAREs in ${view}`);
    const isFresh = request.viewChanges.every((one) => one.prepared === null);
    if (isBackup && isFresh && header.time > nowOf(station) + BLOCK_FUTURE_MS) {
      violate("B1", `${station.name} PREPAREs ${header.time}`);
    }
  }

  /** I6 in both orders: what may be chosen, and a later PREPARE for something else. */
  function remember(station: Station, vote: VerifiedVote): void {
    const { height } = vote.body;
    const votes = signed.get(height) ?? [];
    votes.push(vote);
    signed.set(height, votes);
    const set = bookOf(station).head.state.replicas;
    const spare = set.filter((one) => !isHonest(one)).length;
    for (const commit of votes) {
      if (commit.phase !== "commit") continue;
      const same = votes.filter((one) => one.phase === "commit" && isSame(one, commit));
      const signers = new Set(same.map((one) => toHex(one.replica)));
      if (signers.size + spare < quorum(set.length)) continue;
      const broken = votes.find(
        (one) =>
          one.phase === "prepare" &&
          one.body.view > commit.body.view &&
          !isSameBytes(one.body.blockHash, commit.body.blockHash),
      );
      if (broken === undefined) continue;
      violate("I6", `${height}: ${commit.body.view} and ${broken.body.view}`);
      return;
    }
  }

  function judgeChange(
    station: Station,
    book: Book,
    { body }: VerifiedViewChange,
    key: string,
  ): void {
    const { head } = book;
    const { view } = body;
    const set = head.state.replicas;
    const q = quorum(set.length);
    const claimed = body.prepared?.view ?? -1;
    const known = Math.max(quorumView(book, "prepare", q), committed.get(key) ?? -1);
    if (claimed < known) violate("C1", `${station.name} claims ${claimed}, knows ${known}`);
    const others = [...book.changes].filter(([signer]) => signer !== toHex(station.device));
    const before = Math.max(asked.get(key) ?? 0, entered.get(key) ?? 0, book.entered);
    const ahead = others.filter(([, one]) => one > before).length;
    if (ahead > Math.floor((set.length - 1) / 3)) return;
    if (book.cause !== null && book.cause !== "tick") {
      violate("T2", `${station.name} follows ${ahead} into ${view} before its time is over`);
    }
    const last = asked.get(key) ?? 0;
    const isHeld = last > Math.max(entered.get(key) ?? -1, book.entered);
    const there = others.filter(([, one]) => one >= last).length + 1;
    if (last > 0 && isHeld && there < q) violate("T1", `${station.name}: ${last} to ${view} alone`);
    const hasWork =
      book.blocks.size > 0 ||
      station.disk.log.some(({ request }) => request.verified !== null) ||
      buildBlock(
        head,
        [...station.disk.pending.values()],
        station.device,
        nowOf(station),
        station.rulesKnown,
      ).verified !== null;
    if (!hasWork) violate("T3", `${station.name} asks for ${view}`);
  }

  function onRest(station: Station, core: Replica): void {
    const book = bookOf(station);
    const { state } = book.head;
    const q = quorum(state.replicas.length);
    if (core.head.state.height === state.height && quorumView(book, "commit", q) >= 0) {
      violate("F1", `${station.name} has a certificate of ${state.height + 1}`);
    }
    const isVoter =
      core.standing === "may-vote" && state.replicas.some((one) => isSameBytes(one, core.me));
    if (!isVoter) return;
    const ahead = [...book.changes].filter(
      ([signer, view]) => !faulty.has(signer) && signer !== toHex(core.me) && view > core.view,
    );
    if (ahead.length > Math.floor((state.replicas.length - 1) / 3)) {
      violate("T2", `${station.name} stays in ${core.view}`);
    }
  }
}

function votesShownBy(input: Input): readonly VerifiedVote[] {
  switch (input.type) {
    case "vote":
      return [input.vote];
    case "status":
      return input.known.votes;
    case "proposal":
      return [input.proposal.prepare];
    default:
      return [];
  }
}

function isAloneIn({ device }: Station, { state }: Head): boolean {
  const [only, ...others] = state.replicas;
  return only !== undefined && others.length === 0 && isSameBytes(only, device);
}

function isSame(a: VerifiedVote, b: VerifiedVote): boolean {
  return a.body.view === b.body.view && isSameBytes(a.body.blockHash, b.body.blockHash);
}

/** Whose turn it is in a view. */
function turnOf({ state, primary }: Head, view: number): DeviceId {
  const { replicas } = state;
  const before = replicas.findIndex((one) => isSameBytes(one, primary));
  return replicas[(Math.max(0, before) + view) % replicas.length] ?? primary;
}

function raise(views: Map<string, number>, key: string, view: number): void {
  views.set(key, Math.max(views.get(key) ?? -1, view));
}
