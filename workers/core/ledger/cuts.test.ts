import { describe, expect, test } from "vitest";
import { after, onProposal, proposedBody, roleBody, run } from "./execution-fixture.suite.test.ts";
import { furthestCuts } from "./cuts.ts";
import { fill, type Actor } from "./family-fixture.suite.test.ts";
import { NARROWED_STREAMS_MAX } from "./limits.ts";
import type { NarrowedCuts } from "./rule-book.ts";
import { DAD, FAMILY_OF_EIGHT, GRAN, MIA, MUM, TOM } from "./rules-fixture.suite.test.ts";
import { findDevice, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const at = (device: Actor, seq: number, stream = 1): NarrowedCuts[number] => ({
  device: device.device,
  stream,
  seq,
  id: fill(16, seq),
});
const removalOf = (who: Actor, cuts: NarrowedCuts): TransactionBody => ({
  type: "member-removed",
  member: who.member,
  cuts,
});
const shown = (cuts: NarrowedCuts): readonly (readonly [number, number, number])[] =>
  cuts.map(({ device, stream, seq }) => [device[0] ?? 0, stream, seq]);

describe("furthestCuts", () => {
  test("[DC23] of each stream the furthest, whichever of the two it is, with its own id", () => {
    const before = [at(MIA, 5), at(TOM, 9), at(MIA, 2, 3)];
    const later = [at(MIA, 8), at(TOM, 4), at(GRAN, 1)];
    const both = furthestCuts(before, later);
    expect(shown(both)).toEqual(shown([at(MIA, 8), at(TOM, 9), at(MIA, 2, 3), at(GRAN, 1)]));
    expect(both[0]?.id).toEqual(fill(16, 8));
  });

  test("[DC23] no more than a narrowing holds, what was there first before all", () => {
    const many = (from: number): NarrowedCuts =>
      Array.from({ length: NARROWED_STREAMS_MAX }, (_, index) => at(MIA, 1, from + index));
    const both = furthestCuts(many(0), many(1_000));
    expect(both).toEqual(many(0));
  });
});

describe("what was said while a proposal waited", () => {
  /** Dad asks for it with the first cuts, and somebody's word with others completes it. */
  function completed(
    action: TransactionBody,
    who: Actor,
    cuts: NarrowedCuts,
    state: LedgerState = FAMILY_OF_EIGHT,
  ): LedgerState {
    const opened = after(run(state, DAD, proposedBody(action)));
    const [proposal] = opened.rules.proposals;
    if (proposal === undefined) throw new Error("it waits");
    return after(run(opened, who, onProposal("approved", proposal.id, cuts)));
  }

  test("[DC23] the completing word moves the cuts of the removed devices", () => {
    const state = completed(removalOf(MIA, [at(MIA, 5)]), MUM, [at(MIA, 7), at(TOM, 3)]);
    expect(findDevice(state, MIA.device)?.revoked?.cuts.map(({ seq }) => seq)).toEqual([7]);
  });

  test("[DC23] it takes none back", () => {
    const state = completed(removalOf(MIA, [at(MIA, 5)]), MUM, [at(MIA, 2)]);
    expect(findDevice(state, MIA.device)?.revoked?.cuts.map(({ seq }) => seq)).toEqual([5]);
  });

  test("[DC23] the subject's own word moves nothing: it could go on writing after it was removed", () => {
    const action = removalOf(MUM, [at(MUM, 5)]);
    const state = completed(action, MUM, [at(MUM, 2 ** 39)]);
    expect(findDevice(state, MUM.device)?.revoked?.cuts.map(({ seq }) => seq)).toEqual([5]);
  });

  test("[DC23] the same of a role that two parents change", () => {
    const state = completed(roleBody(GRAN, "relative", "parent"), MUM, [at(GRAN, 4)]);
    expect(shown(state.rules.narrowings[0]?.cuts ?? [])).toEqual(shown([at(GRAN, 4)]));
  });
});
