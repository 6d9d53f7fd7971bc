/** What each kind of narrowing writes down: whom it touches, and the cuts that its signer knew. */
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  after,
  controlBody,
  denialBody,
  proposedBody,
  onProposal,
  roleBody,
  run,
  withGroup,
} from "./execution-fixture.suite.test.ts";
import { fill, inviteBody, keyOf, NOW, HOUR, type Actor } from "./family-fixture.suite.test.ts";
import { TOUCHED_MAX } from "./limits.ts";
import type { NarrowedCuts } from "./rule-book.ts";
import {
  AUNT,
  controlFor,
  DAD,
  FAMILY_OF_EIGHT,
  grantFor,
  GRAN,
  MIA,
  MUM,
  TOM,
  withRules,
} from "./rules-fixture.suite.test.ts";
import type { LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const CUTS: NarrowedCuts = [{ device: MIA.device, stream: 0, seq: 7, id: fill(16, 7) }];
const names = new Map(
  [DAD, MUM, MIA, TOM, GRAN, AUNT].map((one, index) => [
    toHex(one.member),
    ["Dad", "Mum", "Mia", "Tom", "Gran", "Aunt"][index] ?? "?",
  ]),
);

/** The narrowing that a body leaves: whom it touches, and the sequence numbers of its cuts. */
function left(state: LedgerState, by: Actor, body: TransactionBody): unknown {
  const next = after(run(state, by, body));
  const [narrowing] = next.rules.narrowings.filter((one) => one.height === 6);
  return narrowing === undefined
    ? "nothing"
    : {
        touched: narrowing.members.map((one) => names.get(toHex(one)) ?? "?").toSorted(),
        cuts: narrowing.cuts.map(({ seq }) => seq),
      };
}

describe("a narrowing", () => {
  test("[NR1] [GD1] of a denial and [GD4] of the end of a grant touches its member", () => {
    expect(
      left(FAMILY_OF_EIGHT, DAD, { ...denialBody(MIA), cuts: CUTS } as TransactionBody),
    ).toEqual({
      touched: ["Mia"],
      cuts: [7],
    });
    const grant = grantFor(AUNT, { permission: "create-group" });
    const ended: TransactionBody = { type: "permission-ended", rule: grant.id, cuts: CUTS };
    expect(left(withRules({ grants: [grant] }), DAD, ended)).toEqual({
      touched: ["Aunt"],
      cuts: [7],
    });
  });

  test("[NR1] [CN4] of a control touches its child", () => {
    const body = controlBody(MIA, { version: 2, contacts: "family", cuts: CUTS });
    expect(left(withRules({ controls: [controlFor(MIA)] }), DAD, body)).toEqual({
      touched: ["Mia"],
      cuts: [7],
    });
  });

  test("[NR1] of a role touches who has it", () => {
    const body = { ...roleBody(AUNT, "relative", "contact"), cuts: CUTS } as TransactionBody;
    expect(left(FAMILY_OF_EIGHT, DAD, body)).toEqual({ touched: ["Aunt"], cuts: [7] });
  });

  test("[NR1] [GR2] of who is taken out of a group touches that member", () => {
    const { state, group } = withGroup([AUNT]);
    const body: TransactionBody = {
      type: "group-member-removed",
      group,
      member: AUNT.member,
      cuts: CUTS,
    };
    const next = { ...state, height: 5 };
    expect(left(next, GRAN, body)).toEqual({ touched: ["Aunt"], cuts: [7] });
  });

  test("[NR1] [GR1] of a group that is archived touches all that are in it", () => {
    const { state, group } = withGroup([AUNT, DAD]);
    const body: TransactionBody = { type: "group-archived", group, cuts: CUTS };
    expect(left({ ...state, height: 5 }, GRAN, body)).toEqual({
      touched: ["Aunt", "Dad", "Gran"],
      cuts: [7],
    });
  });

  test("[NR2] touching more than eight it touches the whole family", () => {
    const { state, group } = withGroup([AUNT, DAD]);
    const members = Array.from({ length: TOUCHED_MAX + 1 }, (_, index) => ({
      member: fill(16, 100 + index),
      via: fill(16, 1),
      signedAt: NOW - HOUR,
      from: 3,
      ended: null,
    }));
    const many: LedgerState = {
      ...state,
      members: [
        ...state.members,
        ...members.map(({ member }, index) => ({
          id: member,
          role: "relative" as const,
          name: fill(32, index),
          registeredAt: 1,
          admittedBy: DAD.member,
          recoveryKey: null,
          formerRoles: [],
          leftAt: null,
        })),
      ],
      rules: {
        ...state.rules,
        groups: state.rules.groups.map((one) => ({ ...one, members })),
      },
    };
    const body: TransactionBody = { type: "group-archived", group, cuts: CUTS };
    expect(left({ ...many, height: 5 }, DAD, body)).toEqual({ touched: [], cuts: [7] });
  });
});

test("[MR3] [MR5] who governs no more takes its own invites along and nobody else's", () => {
  let state = after(run(FAMILY_OF_EIGHT, DAD, inviteBody(keyOf(80), "child", NOW + HOUR)));
  state = after(run(state, MUM, inviteBody(keyOf(81), "child", NOW + HOUR)));
  const gone = after(run(state, MUM, { type: "member-left", cuts: [] }));
  const isUsed = (by: Actor): number | undefined =>
    gone.invites.find((one) => toHex(one.by) === toHex(by.device))?.isUsed;
  expect([isUsed(DAD), isUsed(MUM)]).toEqual([0, 1]);
});

test("[MR5] what somebody who goes had proposed goes too, and nothing else", () => {
  const promote = proposedBody(roleBody(GRAN, "relative", "parent"));
  const state = after(run(FAMILY_OF_EIGHT, MUM, promote));
  expect(state.rules.proposals).toHaveLength(1);
  const gone = after(run(state, MUM, { type: "member-left", cuts: [] }));
  expect(gone.rules.proposals).toEqual([]);
  const kept = after(run(state, AUNT, { type: "member-left", cuts: [] }));
  expect(kept.rules.proposals).toHaveLength(1);
  const [proposal] = kept.rules.proposals;
  expect(run(kept, DAD, onProposal("approved", proposal?.id ?? fill(16, 0))).ok).toBe(true);
});
