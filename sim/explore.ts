/**
 * An explorer over the real `step`: every order in which the replicas of one height can hear each
 * other, give views up, die and come back, up to a view. Whatever was said may be heard at any time,
 * again, or never; a replica that acts has its log and what it is given for this act, so that every
 * crash is covered and a state is the set of what honest replicas said. At four one replica lies: all that it
 * could sign is always there to be heard. After every act: I1 and I2 of what is decided, I3, I4 of
 * what was signed. SPEC SI26. Source: facts of the model, of which this is the real code's twin.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { Input, Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import type { ConsensusRules } from "../workers/core/consensus/rules.ts";
import { certificateFault } from "../workers/core/ledger/block.ts";
import { createBitSets, hasBit, setBit } from "./bit-sets.ts";
import { quorum } from "./checkers/chain.ts";
import { createActs, sightOf, type Act, type Sight } from "./explore-acts.ts";
import { createLies } from "./explore-lies.ts";
import { createWords, WORDS } from "./explore-words.ts";
import {
  cloneReplica,
  createTroupe,
  inputOf,
  nameOf,
  type Said,
  type Troupe,
} from "./explore-replicas.ts";

const PROGRESS_EVERY = 100_000;
/** Of what is taken from memory so much is taken again, and has to be the same. */
const AUDIT_EVERY = 64;

export interface ExploreOptions {
  readonly size: number;
  /** Index of the liar; -1: none. */
  readonly liar: number;
  /** The highest view that is entered. */
  readonly viewMost: number;
  readonly statesMost: number;
  /** Broken rules, to show that they are found. */
  readonly rules?: Partial<ConsensusRules>;
  /** Told now and then how many states were walked, and how many are known. */
  readonly progress?: (walked: number, known: number) => void;
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
  /**
   * What broke, with the names of what had been said; null: nothing. `memory`: two acts that were held
   * to be the same are not.
   */
  readonly broken: { readonly rule: string; readonly said: readonly string[] } | null;
  readonly wallMs: number;
}

/** What a replica can do next. */
interface Nexts {
  readonly faults: readonly Fault[];
  /** The bits that each way adds. */
  readonly made: readonly (readonly number[])[];
  readonly transitions: number;
}

interface Fault {
  readonly rule: string;
  readonly made: readonly Said[];
}

interface Verdict {
  readonly isDecided: boolean;
  readonly rule: string | null;
}

export function explore(options: ExploreOptions): Exploration {
  const { size, liar, viewMost, statesMost } = options;
  const began = Date.now();
  const troupe = createTroupe(size, options.rules);
  const q = quorum(size);
  const members = Array.from({ length: size }, (_, index) => index);
  const honest = members.filter((one) => one !== liar);
  const said: Said[] = [];
  const names: string[] = [];
  const byName = new Map<string, number>();
  const results = new Map<string, readonly number[]>();
  const woken = new Map<string, ReturnType<Troupe["wake"]>>();
  const certified = new Map<string, boolean>();
  const actsOf = createActs(troupe, viewMost, (index) => names[index] ?? "");
  const lies = createLies(troupe, { liar, viewMost, intern });
  const words = createWords({
    honest,
    viewMost,
    quorum: q,
    isLiars: (view) => troupe.primary(view) === liar,
  });
  const seen = createBitSets(WORDS);
  const nexts = new Map<string, Nexts>();
  const verdicts = new Map<string, Verdict>();
  let transitions = 0;
  let acts = 0;
  let remembered = 0;
  let recalled = 0;
  let decided = 0;
  let broken: Exploration["broken"] = null;

  const here = new Uint32Array(WORDS);
  const next = new Uint32Array(WORDS);
  seen.add(here);
  let walked = 0;
  for (
    let isGood = true;
    isGood && walked < seen.size() && seen.size() <= statesMost;
    walked += 1
  ) {
    seen.read(walked, here);
    isGood = expand();
    if (walked % PROGRESS_EVERY === PROGRESS_EVERY - 1) options.progress?.(walked + 1, seen.size());
  }
  return {
    states: seen.size(),
    transitions,
    acts,
    decided,
    isComplete: walked === seen.size() && broken === null,
    broken,
    wallMs: Date.now() - began,
  };

  /** All that can come next of `here`; false where something broke. */
  function expand(): boolean {
    const { isDecided, rule } = verdictOn();
    if (rule !== null) {
      breakAt(rule, words.saidIn(here));
      return false;
    }
    if (isDecided) decided += 1;
    for (const who of honest) {
      const { faults: broke, made, transitions: count } = nextsOf(who);
      transitions += count;
      const [first] = broke;
      if (first !== undefined) {
        breakAt(first.rule, [...words.saidIn(here), ...first.made]);
        return false;
      }
      for (const bits of made) {
        next.set(here);
        for (const bit of bits) setBit(next, bit);
        seen.add(next);
      }
    }
    return broken === null;
  }

  /** I1 and I2 depend on the COMMITs alone: the liar's are there as soon as there is a block. */
  function verdictOn(): Verdict {
    const key = words.commitsIn(here);
    const known = verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = judge(sightOf(withLies(words.saidIn(here))));
    verdicts.set(key, verdict);
    return verdict;
  }

  /** What this replica can add, from memory where all that it depends on was the same. */
  function nextsOf(who: number): Nexts {
    const key = words.knownTo(who, here);
    const known = nexts.get(key);
    if (known !== undefined) {
      recalled += 1;
      if (recalled % AUDIT_EVERY !== 0) return known;
    }
    const found = findNexts(who);
    if (known !== undefined && waysOf(known) !== waysOf(found))
      breakAt("memory", words.saidIn(here));
    nexts.set(key, found);
    return found;
  }

  function findNexts(who: number): Nexts {
    const own = words.saidIn(here);
    const log = own.filter((one) => one.signer === who);
    const faults: Fault[] = [];
    const made = new Map<string, readonly number[]>();
    let count = 0;
    for (const one of actsOf(who, log, sightOf(withLies(own))).values()) {
      const signed = act(who, log, one).map(saidAt);
      const rule = faultIn(log, signed);
      if (rule !== null) faults.push({ rule, made: signed });
      const bits: number[] = [];
      for (const each of signed) {
        count += 1;
        const bit = words.bitOf(each);
        if (hasBit(here, bit)) continue;
        bits.push(bit);
        // It may die after each of them.
        made.set(bits.toSorted((a, b) => a - b).join(), [...bits]);
      }
    }
    return { faults, made: [...made.values()], transitions: count };
  }

  /** With what the liar can say then, for which COMMITs say nothing new. */
  function withLies(own: readonly Said[]): readonly Said[] {
    return [...own, ...lies(own)];
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
  function faultIn(log: readonly Said[], made: readonly Said[]): string | null {
    const before = [...log];
    for (const one of made) {
      const { phase, body } = one.recorded.request;
      for (const other of before) {
        if (other.index === one.index) continue;
        const { request } = other.recorded;
        if (request.phase === "view-change" && request.body.view > body.view) return "I4";
        if (phase === "view-change" || request.phase !== phase) continue;
        if (request.body.view === body.view && other.hash !== one.hash) return "I3";
      }
      before.push(one);
    }
    return null;
  }

  function breakAt(rule: string, all: readonly Said[]): void {
    broken ??= { rule, said: all.map((one) => names[one.index] ?? "") };
  }

  /** I1 and I2. */
  function judge({ commits, proposals, changes }: Sight): Verdict {
    const blocks = new Set<Hex | null>();
    for (const [place, votes] of commits) {
      if (new Set(votes.map((one) => one.signer)).size < q) continue;
      const [first] = votes;
      if (first === undefined) continue;
      blocks.add(first.hash);
      const isGood = certified.get(place) ?? finalises(votes, [...proposals, ...changes]);
      certified.set(place, isGood);
      if (!isGood) return { isDecided: true, rule: "I2" };
    }
    return { isDecided: blocks.size > 0, rule: blocks.size < 2 ? null : "I1" };
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
  function act(who: number, log: readonly Said[], { mark, inputs }: Act): readonly number[] {
    const place = `${who}:${marks(log)}:${mark}`;
    const known = results.get(place);
    if (known !== undefined) {
      remembered += 1;
      if (remembered % AUDIT_EVERY !== 0) return known;
    }
    acts += 1;
    const [woken, first] = wakeOf(who, log);
    const core = cloneReplica(woken);
    const recorded = [...first.recorded];
    for (const input of inputs) recorded.push(...feedHigh(who, core, input));
    const within = recorded.findIndex((one) => one.request.body.view > viewMost);
    const kept = within < 0 ? recorded : recorded.slice(0, within);
    const made = kept.map((one) => intern(who, one).index);
    if (known !== undefined && known.join() !== made.join()) {
      breakAt("memory", [...log, ...made.map(saidAt)]);
    }
    results.set(place, made);
    return made;
  }

  /** A core that has this log, to be copied before it is given anything. */
  function wakeOf(who: number, log: readonly Said[]): ReturnType<Troupe["wake"]> {
    const place = `${who}:${marks(log)}`;
    const known = woken.get(place);
    if (known !== undefined) return known;
    const order = log.toSorted((a, b) => a.view - b.view || rankOf(a) - rankOf(b));
    const made = troupe.wake(
      who,
      who,
      order.map((one) => one.recorded),
    );
    woken.set(place, made);
    return made;
  }

  function feedHigh(who: number, core: Replica, input: Input): readonly Recorded[] {
    return core.head === troupe.head ? troupe.feed(who, core, input).recorded : [];
  }
}

/** All ways on, in an order of their own. */
function waysOf({ made }: Nexts): string {
  return made
    .map((bits) => bits.toSorted((a, b) => a - b).join())
    .sort()
    .join(";");
}

function marks(log: readonly Said[]): string {
  return log.map((one) => one.index).join();
}

function rankOf({ recorded }: Said): number {
  return ["view-change", "prepare", "commit"].indexOf(recorded.request.phase);
}
