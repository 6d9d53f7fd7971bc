/**
 * An explorer over the real `step`: every order in which the replicas of one height can hear each
 * other, give views up, die and come back, up to a view. Whatever was said may be heard at any time,
 * again, or never; a replica that acts has its log and what it is given for this act, so that every
 * crash is covered and a state is the set of what was said. At four one replica lies: all that it
 * could sign is always there to be heard. After every act: I1 and I2 of what is decided, I3, I4 of
 * what was signed. SPEC SI26. Source: facts of the model, of which this is the real code's twin.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { Input, Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import type { ConsensusRules } from "../workers/core/consensus/rules.ts";
import { certificateFault } from "../workers/core/ledger/block.ts";
import { quorum } from "./checkers/chain.ts";
import { createLies } from "./explore-lies.ts";
import {
  areDistinct,
  createTroupe,
  inputOf,
  nameOf,
  votesIn,
  type Said,
} from "./explore-replicas.ts";
import { subsetsOf } from "./subsets.ts";

export interface ExploreOptions {
  readonly size: number;
  /** Index of the liar; -1: none. */
  readonly liar: number;
  /** The highest view that is entered. */
  readonly viewMost: number;
  readonly statesMost: number;
  /** Broken rules, to show that they are found. */
  readonly rules?: Partial<ConsensusRules>;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** Steps of the core that were really taken; what is the same act is taken once. */
  readonly acts: number;
  /** States in which a block is decided. */
  readonly decided: number;
  /** All there is up to that view was seen. */
  readonly isComplete: boolean;
  /** What broke, with the names of what had been said; null: nothing. */
  readonly broken: { readonly rule: string; readonly said: readonly string[] } | null;
  readonly wallMs: number;
}

interface Sight {
  readonly all: readonly Said[];
  readonly proposals: readonly Said[];
  readonly changes: readonly Said[];
  /** By view and block: those who PREPAREd, those who COMMITted. */
  readonly prepares: ReadonlyMap<string, readonly Said[]>;
  readonly commits: ReadonlyMap<string, readonly Said[]>;
}

export function explore(options: ExploreOptions): Exploration {
  const { size, liar, viewMost, statesMost } = options;
  const began = Date.now();
  const troupe = createTroupe(size, options.rules);
  const q = quorum(size);
  const faults = Math.floor((size - 1) / 3);
  const members = Array.from({ length: size }, (_, index) => index);
  const honest = members.filter((one) => one !== liar);
  const said: Said[] = [];
  const names: string[] = [];
  const byName = new Map<string, number>();
  const results = new Map<string, readonly number[]>();
  const certified = new Map<string, boolean>();
  const lies = createLies(troupe, { liar, viewMost, intern });
  let transitions = 0;
  let acts = 0;
  let decided = 0;
  let broken: Exploration["broken"] = null;

  const tick: Given = { mark: "tick", input: troupe.tick };
  const seen = new Set<string>([""]);
  const open: string[] = [""];
  for (let key = nextOpen(); key !== undefined; key = nextOpen()) expand(key);
  return {
    states: seen.size,
    transitions,
    acts,
    decided,
    isComplete: open.length === 0 && broken === null && seen.size <= statesMost,
    broken,
    wallMs: Date.now() - began,
  };

  function nextOpen(): string | undefined {
    return broken !== null || seen.size > statesMost ? undefined : open.pop();
  }

  function expand(key: string): void {
    const own = indicesOf(key).map((one) => saidAt(one));
    const sight = sightOf([...own, ...lies(own)]);
    if (!judge(sight)) return;
    for (const who of honest) {
      const log = own.filter((one) => one.signer === who);
      for (const inputs of actsOf(who, log, sight)) {
        const made = act(who, log, inputs);
        // It may die after each of them.
        for (let count = 1; count <= made.length; count += 1) {
          visit(key, own, made.slice(0, count));
        }
      }
    }
  }

  function visit(key: string, own: readonly Said[], made: readonly number[]): void {
    transitions += 1;
    for (const index of made) {
      const rule = faultOf(own, saidAt(index));
      if (rule !== null) breakAt(rule, [...indicesOf(key), ...made]);
    }
    const next = keyOf([...indicesOf(key), ...made]);
    if (seen.has(next)) return;
    seen.add(next);
    open.push(next);
  }

  function saidAt(index: number): Said {
    const found = said[index];
    if (found === undefined) throw new Error("invariant: what was said is kept");
    return found;
  }

  function intern(signer: number, recorded: Recorded): Said {
    const { verified } = recorded.request;
    const { view } = recorded.request.body;
    const isPrimary = recorded.request.phase === "prepare" && troupe.primary(view) === signer;
    const name = nameOf(signer, recorded, isPrimary);
    const known = byName.get(name);
    if (known !== undefined) return saidAt(known);
    const one = {
      index: said.length,
      signer,
      view,
      recorded,
      hash: verified === null ? null : toHex(verified.hash),
      input: inputOf(recorded, isPrimary),
    };
    byName.set(name, one.index);
    names.push(name);
    said.push(one);
    return one;
  }

  /** I3: a second vote in a view and phase; I4: a vote below a view that was asked for. */
  function faultOf(own: readonly Said[], one: Said): string | null {
    const { phase, body } = one.recorded.request;
    for (const other of own) {
      if (other.signer !== one.signer || other.index === one.index) continue;
      const { request } = other.recorded;
      if (request.phase === "view-change" && request.body.view > body.view) return "I4";
      if (request.phase === phase && request.body.view === body.view && phase !== "view-change") {
        if (other.hash !== one.hash) return "I3";
      }
    }
    return null;
  }

  function breakAt(rule: string, indices: readonly number[]): void {
    broken ??= { rule, said: indices.map((one) => names[one] ?? "") };
  }

  /** I1 and I2; false where something is broken. */
  function judge({ all, commits, proposals, changes }: Sight): boolean {
    const blocks = new Set<Hex | null>();
    for (const [place, votes] of commits) {
      if (new Set(votes.map((one) => one.signer)).size < q) continue;
      const [first] = votes;
      if (first === undefined) continue;
      blocks.add(first.hash);
      const isGood = certified.get(place) ?? finalises(votes, [...proposals, ...changes]);
      certified.set(place, isGood);
      if (!isGood) {
        breakAt(
          "I2",
          all.map((one) => one.index),
        );
        return false;
      }
    }
    if (blocks.size > 0) decided += 1;
    if (blocks.size < 2) return true;
    breakAt(
      "I1",
      all.map((one) => one.index),
    );
    return false;
  }

  /** Whether who hears the block and these COMMITs finalises it with a certificate that holds. */
  function finalises(commits: readonly Said[], sources: readonly Said[]): boolean {
    const [first] = commits;
    if (first === undefined) return false;
    // Who is in no set has nothing to say of its own.
    const [core] = troupe.wake(size, size, []);
    const hash = first.hash;
    const inputs = [...sources.filter((one) => one.hash === hash), ...commits];
    for (const { input } of inputs) {
      const { finalised } = troupe.feed(size, core, input);
      if (finalised === null) continue;
      return (
        toHex(finalised.verified.hash) === hash &&
        certificateFault(finalised.certificate, troupe.head.state.replicas) === null
      );
    }
    return false;
  }

  /** What a replica with this log records when it is given these; taken from memory if known. */
  function act(who: number, log: readonly Said[], inputs: readonly Given[]): readonly number[] {
    const place = `${who}:${marks(log)}:${inputs.map((one) => one.mark).join()}`;
    const known = results.get(place);
    if (known !== undefined) return known;
    acts += 1;
    const order = log.toSorted((a, b) => a.view - b.view || rankOf(a) - rankOf(b));
    const [core, woken] = troupe.wake(
      who,
      who,
      order.map((one) => one.recorded),
    );
    const recorded = [...woken.recorded];
    for (const { input } of inputs) recorded.push(...feedHigh(who, core, input));
    const within = recorded.findIndex((one) => one.request.body.view > viewMost);
    const kept = within < 0 ? recorded : recorded.slice(0, within);
    const made = kept.map((one) => intern(who, one).index);
    results.set(place, made);
    return made;
  }

  function feedHigh(who: number, core: Replica, input: Input): readonly Recorded[] {
    return core.head === troupe.head ? troupe.feed(who, core, input).recorded : [];
  }

  /** All that could change what this replica signs. */
  function actsOf(who: number, log: readonly Said[], sight: Sight): readonly Given[][] {
    const others = (list: readonly Said[]): readonly Said[] =>
      list.filter((one) => one.signer !== who);
    const view = Math.max(0, ...log.map((one) => one.view));
    const certificates = [...sight.prepares.values()]
      .filter((votes) => new Set(votes.map((one) => one.signer)).size >= q)
      .flatMap((votes) => knowledgeOf(votes, sight));
    const knowledge: readonly (readonly Given[])[] = [[], ...certificates];
    const here = others(sight.changes.filter((one) => one.view === view)).map(given);
    const ahead = others(sight.changes.filter((one) => one.view > view));
    const joined = subsetsOf(ahead, faults + 1).filter(areDistinct);
    const justified = Array.from({ length: viewMost }, (_, index) => index + 1)
      .filter((one) => troupe.primary(one) === who && one >= view)
      .flatMap((one) =>
        subsetsOf(
          sight.changes.filter((change) => change.view === one),
          q,
        ),
      )
      .filter(areDistinct);
    return [
      [],
      ...others(sight.proposals).map((one) => [given(one)]),
      ...certificates.map((one) => [...one]),
      ...knowledge.map((one) => [...one, tick]),
      ...(here.length === 0 ? [] : knowledge.map((one) => [...one, ...here, tick])),
      ...knowledge.flatMap((one) => joined.map((changes) => [...one, ...changes.map(given)])),
      ...justified.map((changes) => changes.map(given)),
    ];
  }

  /** PREPAREs, with each place from which their block may be known, or none. */
  function knowledgeOf(votes: readonly Said[], sight: Sight): readonly (readonly Given[])[] {
    const [first] = votes;
    if (first === undefined) return [];
    const hash = first.hash;
    const prepares = votes.map((one) => ({ ...given(one), input: prepareOf(one) }));
    const sources = [...sight.proposals, ...sight.changes].filter((one) => one.hash === hash);
    return [prepares, ...sources.map((one) => [given(one), ...prepares])];
  }

  function sightOf(all: readonly Said[]): Sight {
    return {
      all,
      proposals: all.filter((one) => one.input.type === "proposal"),
      changes: all.filter((one) => one.recorded.request.phase === "view-change"),
      prepares: votesIn(all, "prepare"),
      commits: votesIn(all, "commit"),
    };
  }
}

interface Given {
  readonly mark: string;
  readonly input: Input;
}

/** A state is the sorted indices of what was said, a character each. */
function keyOf(indices: readonly number[]): string {
  return String.fromCharCode(...[...new Set(indices)].sort((a, b) => a - b));
}

function indicesOf(key: string): readonly number[] {
  return Array.from({ length: key.length }, (_, at) => key.charCodeAt(at));
}

function given(one: Said): Given {
  return { mark: String(one.index), input: one.input };
}

function marks(log: readonly Said[]): string {
  return log.map((one) => one.index).join();
}

function rankOf({ recorded }: Said): number {
  return ["view-change", "prepare", "commit"].indexOf(recorded.request.phase);
}

/** The PREPARE in what somebody said, also of a primary. */
function prepareOf({ recorded, input }: Said): Input {
  return "vote" in recorded ? { type: "vote", vote: recorded.vote } : input;
}
