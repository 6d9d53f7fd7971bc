/**
 * What a replica of the explorer can be given before it is looked what it signs: every way of hearing
 * others that could make a difference, each by a mark under which its result is remembered. SPEC SI26.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import type { Input } from "../workers/core/consensus/replica-state.ts";
import { quorum } from "./checkers/chain.ts";
import { areDistinct, votesIn, type Said, type Troupe } from "./explore-replicas.ts";
import { arrangementsOf } from "./subsets.ts";

/** All that there is to hear. */
export interface Sight {
  readonly proposals: readonly Said[];
  readonly changes: readonly Said[];
  /** By view and block: those who PREPAREd, those who COMMITted. */
  readonly prepares: ReadonlyMap<string, readonly Said[]>;
  readonly commits: ReadonlyMap<string, readonly Said[]>;
}

export interface Act {
  readonly mark: string;
  readonly inputs: readonly Input[];
}

export type ActsOf = (who: number, log: readonly Said[], sight: Sight) => ReadonlyMap<string, Act>;

/** A piece of what is heard: a proposal or VIEW-CHANGE, or a block's PREPAREs all at once, or time. */
type Piece = Said | { readonly place: string; readonly votes: readonly Said[] } | "tick";

/** `nameAt`: what was said, by its index. */
export function createActs(
  troupe: Troupe,
  viewMost: number,
  nameAt: (index: number) => string,
): ActsOf {
  const q = quorum(troupe.size);
  const faults = Math.floor((troupe.size - 1) / 3);
  return actsOf;

  /**
   * All that could change what this replica signs, in every order of VIEW-CHANGEs. Who stands in a
   * quorum makes no difference, nor who signed which VIEW-CHANGE, but for which of them are of one
   * signer, and for those that its own NEW-VIEW cites: what differs by that alone has one mark.
   */
  function actsOf(who: number, log: readonly Said[], sight: Sight): ReadonlyMap<string, Act> {
    const others = (list: readonly Said[]): readonly Said[] =>
      list.filter((one) => one.signer !== who);
    const view = Math.max(0, ...log.map((one) => one.view));
    const cited = citedIn(log);
    const changes = others(sight.changes);
    const proposals = others(sight.proposals);
    const here = changes.filter((one) => one.view === view);
    const ahead = changes.filter((one) => one.view > view);
    const joined = arrangementsOf(ahead, faults + 1).filter(areDistinct);
    const found = new Map<string, Act>();
    const add = (...pieces: readonly Piece[]): void => {
      const mark = markOf(pieces, cited);
      if (!found.has(mark)) found.set(mark, { mark, inputs: pieces.flatMap((one) => heard(one)) });
    };
    add();
    for (const one of proposals) add(one);
    for (const known of [[], ...knowledgeOf(sight, [...proposals, ...changes])]) {
      add(...known);
      add(...known, "tick");
      if (here.length > 0) add(...known, ...here, "tick");
      for (const some of joined) add(...known, ...some);
    }
    for (let own = Math.max(1, view); own <= viewMost; own += 1) {
      if (troupe.primary(own) !== who) continue;
      const lacking = log.some((one) => one.view === own && isChange(one)) ? q - 1 : q;
      const there = changes.filter((one) => one.view === own);
      for (const some of arrangementsOf(there, lacking).filter(areDistinct)) add(...some);
    }
    return found;
  }

  /** A quorum's PREPAREs, with each place from which their block may be known, or none. */
  function knowledgeOf(
    { prepares }: Sight,
    sources: readonly Said[],
  ): readonly (readonly Piece[])[] {
    return [...prepares].flatMap(([place, votes]) => {
      if (new Set(votes.map((one) => one.signer)).size < q) return [];
      const [first] = votes;
      const own = sources.filter((one) => one.hash === first?.hash);
      return [[{ place, votes }], ...own.map((one) => [one, { place, votes }])];
    });
  }

  function heard(piece: Piece): readonly Input[] {
    if (piece === "tick") return [troupe.tick];
    return "votes" in piece ? piece.votes.map(prepareOf) : [piece.input];
  }

  function markOf(pieces: readonly Piece[], cited: ReadonlySet<string>): string {
    const signers: number[] = [];
    let mark = "";
    for (const piece of pieces) {
      if (piece === "tick") mark += "T";
      else if ("votes" in piece) mark += `Q${piece.place};`;
      else if (!isChange(piece) || cited.has(placeOf(piece))) mark += `${nameAt(piece.index)};`;
      else {
        if (!signers.includes(piece.signer)) signers.push(piece.signer);
        const name = nameAt(piece.index);
        mark += `W${signers.indexOf(piece.signer)}${name.slice(name.indexOf("/"))};`;
      }
    }
    return mark;
  }
}

export function sightOf(all: readonly Said[]): Sight {
  return {
    proposals: all.filter((one) => one.input.type === "proposal"),
    changes: all.filter(isChange),
    prepares: votesIn(all, "prepare"),
    commits: votesIn(all, "commit"),
  };
}

/** Of whom, and for which view, its own NEW-VIEWs cite a VIEW-CHANGE. */
function citedIn(log: readonly Said[]): ReadonlySet<string> {
  const cited = log.flatMap(({ recorded }) =>
    "vote" in recorded ? recorded.request.viewChanges : [],
  );
  return new Set(cited.map(({ replica, body }) => `${toHex(replica)}/${body.view}`));
}

function placeOf({ recorded, view }: Said): string {
  return "change" in recorded ? `${toHex(recorded.change.replica)}/${view}` : "";
}

function isChange({ recorded }: Said): boolean {
  return "change" in recorded;
}

/** The PREPARE in what somebody said, also of a primary. */
function prepareOf({ recorded, input }: Said): Input {
  return "vote" in recorded ? { type: "vote", vote: recorded.vote } : input;
}
