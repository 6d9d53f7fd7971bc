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
   * All that could change what this replica signs, each by a mark. Who stands in a quorum, or signed a
   * VIEW-CHANGE, makes no difference to what is signed, unless its own log cites some: what differs by
   * that alone has one mark.
   */
  function actsOf(who: number, log: readonly Said[], sight: Sight): ReadonlyMap<string, Act> {
    const others = (list: readonly Said[]): readonly Said[] =>
      list.filter((one) => one.signer !== who);
    const view = Math.max(0, ...log.map((one) => one.view));
    const cited = citedIn(log);
    const claims = (changes: readonly Said[]): string => claimsOf(changes, cited);
    const certificates = [...sight.prepares]
      .filter(([, votes]) => new Set(votes.map((one) => one.signer)).size >= q)
      .flatMap(([place, votes]) => knowledgeOf(place, votes, others, sight, claims));
    const knowledge: readonly Act[] = [{ mark: "", inputs: [] }, ...certificates];
    const here = others(sight.changes.filter((one) => one.view === view));
    const ahead = others(sight.changes.filter((one) => one.view > view));
    const joined = unlike(arrangementsOf(ahead, faults + 1).filter(areDistinct), claims);
    const justified = Array.from({ length: viewMost }, (_, index) => index + 1)
      .filter((one) => troupe.primary(one) === who && one >= view)
      .flatMap((one) => {
        const there = sight.changes.filter((change) => change.view === one);
        const lacking = log.some((own) => there.includes(own)) ? q - 1 : q;
        return [...unlike(arrangementsOf(others(there), lacking).filter(areDistinct), claims)];
      });
    const asked = claimsBySigner(here, cited);
    const found = new Map<string, Act>();
    const add = (mark: string, inputs: readonly Input[]): void =>
      void found.set(mark, { mark, inputs });
    add("", []);
    for (const one of others(sight.proposals)) add(`N${one.index}`, [one.input]);
    for (const one of certificates) add(one.mark, one.inputs);
    for (const { mark, inputs } of knowledge) {
      add(`${mark}T`, [...inputs, troupe.tick]);
      if (here.length > 0) {
        add(`${mark}H${asked}T`, [...inputs, ...here.map((one) => one.input), troupe.tick]);
      }
      for (const [claimed, changes] of joined) {
        add(`${mark}A${claimed}`, [...inputs, ...changes.map((one) => one.input)]);
      }
    }
    for (const [claimed, changes] of justified)
      add(
        `J${claimed}`,
        changes.map((one) => one.input),
      );
    return found;
  }

  /** PREPAREs, with each place from which their block may be known, or none. */
  function knowledgeOf(
    place: string,
    votes: readonly Said[],
    others: (list: readonly Said[]) => readonly Said[],
    sight: Sight,
    claims: (changes: readonly Said[]) => string,
  ): readonly Act[] {
    const hash = votes[0]?.hash;
    const inputs = votes.map((one) => prepareOf(one));
    const proposals = sight.proposals.filter((one) => one.hash === hash);
    const changes = unlike(
      others(sight.changes)
        .filter((one) => one.hash === hash)
        .map((one) => [one]),
      claims,
    );
    return [
      { mark: `Q${place}`, inputs },
      ...proposals.map((one) => ({
        mark: `Q${place}N${one.index}`,
        inputs: [one.input, ...inputs],
      })),
      ...[...changes].map(([claimed, from]) => ({
        mark: `Q${place}V${claimed}`,
        inputs: [...from.map((one) => one.input), ...inputs],
      })),
    ];
  }

  /** What VIEW-CHANGEs ask for and claim, and who signed them where the log cites one of that signer. */
  function claimsOf(changes: readonly Said[], cited: ReadonlySet<string>): string {
    return changes
      .map(({ index, recorded, view }) => {
        const name = nameAt(index);
        const signer = "change" in recorded ? toHex(recorded.change.replica) : "";
        return cited.has(`${signer}/${view}`) ? name : name.slice(name.indexOf("/"));
      })
      .join();
  }

  function claimsBySigner(changes: readonly Said[], cited: ReadonlySet<string>): string {
    const signers = [...new Set(changes.map((one) => one.signer))];
    return signers
      .map((signer) => changes.filter((one) => one.signer === signer))
      .map((those) => claimsOf(those, cited))
      .sort()
      .join(";");
  }
}

export function sightOf(all: readonly Said[]): Sight {
  return {
    proposals: all.filter((one) => one.input.type === "proposal"),
    changes: all.filter((one) => one.recorded.request.phase === "view-change"),
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

/** The first of each that have one name. */
function unlike<T>(all: readonly T[], nameOf: (one: T) => string): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const one of all) {
    const name = nameOf(one);
    if (!found.has(name)) found.set(name, one);
  }
  return found;
}

/** The PREPARE in what somebody said, also of a primary. */
function prepareOf({ recorded, input }: Said): Input {
  return "vote" in recorded ? { type: "vote", vote: recorded.vote } : input;
}
