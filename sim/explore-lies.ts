/**
 * What the liar of the explorer can say: for every block that is known, in every view, its votes; its
 * VIEW-CHANGEs with every certificate that there is and with none; where it is primary, two blocks
 * and every NEW-VIEW that can be justified. SPEC SI26.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import type {
  PreparedCertificate,
  VerifiedViewChange,
  VerifiedVote,
} from "../workers/core/consensus/messages.ts";
import type { Recorded, RecordRequest } from "../workers/core/consensus/replica-state.ts";
import type { VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { quorum } from "./checkers/chain.ts";
import { areDistinct, votesIn, type Said, type Troupe } from "./explore-replicas.ts";
import { subsetsOf } from "./subsets.ts";

export interface LiesOptions {
  /** -1: nobody lies. */
  readonly liar: number;
  readonly viewMost: number;
  readonly intern: (signer: number, recorded: Recorded) => Said;
}

/** Gives what the liar can say once this has been said by the others. */
export function createLies(
  troupe: Troupe,
  { liar, viewMost, intern }: LiesOptions,
): (own: readonly Said[]) => readonly Said[] {
  const { size } = troupe;
  const q = quorum(size);
  const lied = new Map<string, Said>();
  return liesAfter;

  /** All that the liar can say when this has been said, until nothing is new. */
  function liesAfter(own: readonly Said[]): readonly Said[] {
    if (liar < 0) return [];
    const blocks = new Map<Hex | null, VerifiedBlock>();
    const note = (one: Said): void => {
      const { verified } = one.recorded.request;
      if (verified !== null) blocks.set(toHex(verified.hash), verified);
    };
    own.forEach(note);
    const views = Array.from({ length: viewMost + 1 }, (_, view) => view);
    const turns = views.filter((view) => troupe.primary(view) === liar);
    if (turns.length > 0) {
      for (const actor of [liar, size]) {
        const block = troupe.fresh(liar, actor);
        blocks.set(toHex(block.hash), block);
      }
    }
    const lies = new Map<number, Said>();
    const say = (one: Said): void => void lies.set(one.index, one);
    for (const verified of blocks.values()) {
      for (const view of views) {
        // What a primary PREPAREs is its proposal; without justification it is none.
        if (!turns.includes(view)) say(voteOf("prepare", view, verified, []));
        say(voteOf("commit", view, verified, []));
      }
    }
    if (turns.includes(0)) {
      for (const actor of [liar, size]) say(voteOf("prepare", 0, troupe.fresh(liar, actor), []));
    }
    for (const view of views.slice(1)) {
      say(changeOf(view, null, null));
      const prepares = votesIn([...own, ...lies.values()], "prepare");
      for (const votes of prepares.values()) {
        const [first] = votes;
        const signers = new Map(votes.map((one) => [one.signer, one]));
        if (first === undefined || first.view >= view || signers.size < q) continue;
        const block = blocks.get(first.hash);
        if (block !== undefined) say(changeOf(view, certificateOf([...signers.values()]), block));
      }
      if (turns.includes(view)) proposeAll(view);
    }
    return [...lies.values()];

    function proposeAll(view: number): void {
      const there = [...own, ...lies.values()].filter(
        (one) => one.view === view && one.recorded.request.phase === "view-change",
      );
      for (const cited of subsetsOf(there, q).filter(areDistinct)) {
        const viewChanges = cited.flatMap(({ recorded }) =>
          "change" in recorded ? [recorded.change] : [],
        );
        const bound = troupe.rules.highestPrepared(viewChanges);
        const choices =
          bound === null
            ? [troupe.fresh(liar, liar), troupe.fresh(liar, size)]
            : [blocks.get(toHex(bound.blockHash)) ?? []].flat();
        for (const block of choices) say(voteOf("prepare", view, block, viewChanges));
      }
    }
  }

  function voteOf(
    phase: VerifiedVote["phase"],
    view: number,
    verified: VerifiedBlock,
    viewChanges: readonly VerifiedViewChange[],
  ): Said {
    const claims = viewChanges.map((one) => one.prepared?.view ?? -1);
    const place = `${phase}/${view}/${toHex(verified.hash)}/${Math.max(-1, ...claims)}`;
    return liesOnce(place, () => {
      const { epoch, height } = troupe.head.state;
      const body = { epoch, height: height + 1, view, blockHash: verified.hash };
      return { phase, body, verified, prepared: [], viewChanges };
    });
  }

  function changeOf(
    view: number,
    prepared: PreparedCertificate | null,
    verified: VerifiedBlock | null,
  ): Said {
    const claim = prepared === null ? null : { view: prepared.view, blockHash: prepared.blockHash };
    const hash = claim === null ? "" : toHex(claim.blockHash);
    return liesOnce(`change/${view}/${claim?.view ?? -1}/${hash}`, () => {
      const { epoch, height } = troupe.head.state;
      const body = { epoch, height: height + 1, view, prepared: claim };
      return { phase: "view-change", body, prepared, verified };
    });
  }

  function liesOnce(place: string, request: () => RecordRequest): Said {
    const known = lied.get(place);
    if (known !== undefined) return known;
    const one = intern(liar, troupe.sign(liar, request()));
    lied.set(place, one);
    return one;
  }

  function certificateOf(votes: readonly Said[]): PreparedCertificate {
    const prepares = votes
      .flatMap(({ recorded }) => ("vote" in recorded ? [recorded.vote] : []))
      .slice(0, q);
    const [first] = prepares;
    if (first === undefined) throw new Error("invariant: a certificate has votes");
    return { view: first.body.view, blockHash: first.body.blockHash, prepares };
  }
}
