/**
 * Twins (Bano et al., OPODIS 2021), enumerated: one replica runs twice with one key, and in each
 * round the machines fall into two groups in every way there is. A round: all tell their group what
 * they know until nothing is new, then time for the view is over. Equal situations are played once;
 * the scenarios that lead to them are counted. Judged: I1, I2 and I3 of the honest. SPEC SI27.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type { Input, Recorded, Replica } from "../workers/core/consensus/replica-state.ts";
import { votesOf } from "../workers/core/consensus/tally.ts";
import { certificateFault } from "../workers/core/ledger/block.ts";
import { EPOCH_MS } from "./device-clock.ts";
import {
  cloneReplica,
  createTroupe,
  describeReplica,
  inputOf,
  nameOf,
  type Outcome,
  type Troupe,
} from "./explore-replicas.ts";

export interface TwinsOptions {
  readonly size: number;
  /** Whose key runs twice; -1: nobody's. */
  readonly twin: number;
  readonly rounds: number;
}

export interface TwinsReport extends TwinsOptions {
  /** Sequences of partitions that were covered. */
  readonly scenarios: number;
  /** Rounds that were really played. */
  readonly played: number;
  /** Scenarios in which an honest replica finalised a block. */
  readonly decided: number;
  readonly highestView: number;
  /** Rules that were broken, by name. */
  readonly broken: readonly string[];
  readonly wallMs: number;
}

interface Machine {
  readonly member: number;
  readonly core: Replica;
  readonly said: readonly Recorded[];
  readonly finalised: Hex | null;
}

interface Situation {
  readonly machines: readonly Machine[];
  readonly count: number;
}

export function enumerateTwins({ size, twin, rounds }: TwinsOptions): TwinsReport {
  const began = Date.now();
  const troupe = createTroupe(size);
  const broken = new Set<string>();
  const members = Array.from({ length: size }, (_, index) => index);
  const actors = [...members, ...(twin < 0 ? [] : [twin])];
  const first = actors.map((member, actor): Machine => {
    const [core, { recorded }] = troupe.wake(member, actor, [], member === twin);
    return { member, core, said: recorded, finalised: null };
  });
  let played = 0;
  let highestView = 0;
  let scenarios = 0;
  let decided = 0;
  let level = new Map<string, Situation>([["", { machines: first, count: 1 }]]);
  for (let round = 0; round < rounds; round += 1) {
    const next = new Map<string, Situation>();
    for (const { machines, count } of level.values()) {
      for (const groups of splits(actors.length)) {
        const after = playRound(troupe, machines, groups);
        played += 1;
        judge(after);
        if (round === rounds - 1) {
          scenarios += count;
          if (after.some((one) => isDecided(one))) decided += count;
          continue;
        }
        const place = after.map(describeMachine).join("\n");
        next.set(place, { machines: after, count: count + (next.get(place)?.count ?? 0) });
      }
    }
    level = next;
  }
  return {
    size,
    twin,
    rounds,
    scenarios,
    played,
    decided,
    highestView,
    broken: [...broken],
    wallMs: Date.now() - began,
  };

  function isDecided({ member, finalised }: Machine): boolean {
    return member !== twin && finalised !== null;
  }

  function judge(machines: readonly Machine[]): void {
    const honest = machines.filter((one) => one.member !== twin);
    const blocks = new Set(honest.flatMap(({ finalised }) => finalised ?? []));
    if (blocks.size > 1) broken.add("I1");
    for (const { said, core } of honest) {
      highestView = Math.max(highestView, core.view);
      const votes = new Map<string, string>();
      for (const { request } of said) {
        if (request.phase === "view-change") continue;
        const place = `${request.phase}/${request.body.view}`;
        const hash = toHex(request.body.blockHash);
        if ((votes.get(place) ?? hash) !== hash) broken.add("I3");
        votes.set(place, hash);
      }
    }
  }

  function playRound(
    { feed, tick, head }: Troupe,
    before: readonly Machine[],
    groups: readonly number[],
  ): readonly Machine[] {
    const cores = before.map((one) => cloneReplica(one.core));
    const said = before.map((one) => [...one.said]);
    const finalised = before.map((one) => one.finalised);
    const queue: { readonly to: number; readonly input: Input }[] = [];

    const tell = (from: number, inputs: readonly Input[]): void => {
      for (const input of inputs) {
        for (const to of cores.keys()) {
          if (groups[to] === groups[from] && actors[to] !== actors[from]) queue.push({ to, input });
        }
      }
    };
    const note = (at: number, outcome: Outcome): void => {
      said[at]?.push(...outcome.recorded);
      tell(
        at,
        outcome.recorded.map((one) => inputOf(one, isProposal(at, one))),
      );
      if (outcome.finalised === null) return;
      const { certificate, verified } = outcome.finalised;
      if (certificateFault(certificate, head.state.replicas) !== null) broken.add("I2");
      finalised[at] = toHex(verified.hash);
    };
    for (const [at, core] of cores.entries()) {
      const own = (said[at] ?? []).map((one) => inputOf(one, isProposal(at, one)));
      tell(at, finalised[at] === null ? [...own, ...knownTo(core)] : own);
    }
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      give(next.to, next.input);
    for (const at of cores.keys()) {
      // What it says now is heard in the next round.
      const core = cores[at];
      if (core === undefined || finalised[at] !== null) continue;
      said[at]?.push(...feed(actors[at] ?? 0, core, tick).recorded);
    }
    return cores.map((core, at) => ({
      member: actors[at] ?? 0,
      core,
      said: said[at] ?? [],
      finalised: finalised[at] ?? null,
    }));

    function give(at: number, input: Input): void {
      const core = cores[at];
      if (core === undefined || finalised[at] !== null) return;
      note(at, feed(actors[at] ?? 0, core, input));
    }
  }

  function isProposal(at: number, { request }: Recorded): boolean {
    return request.phase === "prepare" && troupe.primary(request.body.view) === actors[at];
  }

  function describeMachine({ core, said, finalised, member }: Machine, at: number): string {
    const names = said.map((one) => nameOf(member, one, isProposal(at, one))).sort();
    return `${finalised ?? describeReplica(core)}#${names.join()}`;
  }
}

/** What a machine hands on of others: proposal, PREPAREs, COMMITs, VIEW-CHANGEs. */
function knownTo(core: Replica): readonly Input[] {
  const { proposal, tallies, viewChanges, blocks } = core;
  return [
    ...(proposal === null
      ? []
      : [{ type: "proposal" as const, proposal: proposal.message, now: EPOCH_MS }]),
    ...[...votesOf(tallies.prepare), ...votesOf(tallies.commit)].map((vote) => ({
      type: "vote" as const,
      vote,
    })),
    ...[...viewChanges.values()].map((change) => {
      const { prepared } = change;
      const block = prepared === null ? undefined : blocks.get(toHex(prepared.blockHash));
      return { type: "view-change" as const, change, verified: block?.verified ?? null };
    }),
  ];
}

/** Every way of putting machines into one or two groups: for each the group of each. */
function splits(machines: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** (machines - 1) }, (_, bits) =>
    Array.from({ length: machines }, (_, at) => (at === 0 ? 0 : (bits >> (at - 1)) & 1)),
  );
}
