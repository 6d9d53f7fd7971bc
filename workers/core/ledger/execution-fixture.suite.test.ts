/** Ways to run transactions on the family of eight, one after the other. */
import { execute, type Execution } from "./execute.ts";
import { fill, NOW, signed, type Actor, type SignOptions } from "./family-fixture.suite.test.ts";
import { controlFor, FAMILY_OF_EIGHT, GRAN, MIA } from "./rules-fixture.suite.test.ts";
import type { NarrowedCuts } from "./rule-book.ts";
import type { LedgerState } from "./state.ts";
import { encodeAction, type TransactionBody } from "./transaction.ts";

export const HERE = { height: 6, time: NOW, parent: fill(32, 0x77), rulesKnown: 1 };

export interface RunOptions extends SignOptions {
  /** Of the block; the next one at NOW where it is left out. */
  readonly at?: number;
  readonly height?: number;
}

let salts = 0;

/** Executes one transaction, with a salt of its own unless one is given. */
export function run(
  state: LedgerState,
  author: Actor,
  body: TransactionBody,
  { at = NOW, height = 6, ...options }: RunOptions = {},
): Execution {
  salts = (salts + 1) % 251;
  const context = { ...HERE, height, time: at };
  return execute(state, signed(author, body, { salt: salts, time: at, ...options }), context);
}

/** The state after it; the test fails if it is refused. */
export function after(execution: Execution): LedgerState {
  if (!execution.ok) throw new Error(`refused: ${execution.reason}`);
  return execution.state;
}

export const reasonOf = (execution: Execution): string =>
  execution.ok ? "accepted" : execution.reason;

export const NO_CUTS = { cuts: [] } as const;

export const roleBody = (
  member: Actor,
  from: "parent" | "child" | "relative" | "contact",
  to: "parent" | "child" | "relative" | "contact",
): TransactionBody => ({ type: "role-assigned", member: member.member, from, to, ...NO_CUTS });

export const removal = (member: Actor): TransactionBody => ({
  type: "member-removed",
  member: member.member,
  ...NO_CUTS,
});

export const grantBody = (
  member: Actor,
  fields: Partial<Extract<TransactionBody, { type: "permission-granted" }>> = {},
): TransactionBody => ({
  type: "permission-granted",
  member: member.member,
  permission: "create-group",
  scope: { type: "everybody" },
  condition: { type: "always" },
  expiresAt: null,
  ...fields,
});

export const denialBody = (
  member: Actor,
  fields: Partial<Extract<TransactionBody, { type: "permission-denied" }>> = {},
): TransactionBody => ({
  type: "permission-denied",
  member: member.member,
  permission: "send",
  scope: { type: "everybody" },
  condition: { type: "always" },
  expiresAt: null,
  ...NO_CUTS,
  ...fields,
});

export const controlBody = (
  child: Actor = MIA,
  fields: Partial<Extract<TransactionBody, { type: "control-set" }>> = {},
): Extract<TransactionBody, { type: "control-set" }> => {
  const { id: _id, by: _by, from: _from, ended: _ended, ...rest } = controlFor(child);
  return { type: "control-set", ...rest, ...NO_CUTS, ...fields };
};

export const settingBody = (
  fields: Partial<Extract<TransactionBody, { type: "setting-changed" }>> = {},
): TransactionBody => ({
  type: "setting-changed",
  version: 1,
  retentionDays: 30,
  messageBytes: 4_096,
  locationSeconds: 120,
  zone: null,
  ...NO_CUTS,
  ...fields,
});

export const groupBody = (
  kind: "family" | "friends",
  members: readonly Actor[] = [],
): TransactionBody => ({
  type: "group-created",
  kind,
  name: fill(32, 0x61),
  members: members.map((one) => one.member),
});

export const proposedBody = (action: TransactionBody): TransactionBody => ({
  type: "proposed",
  action: encodeAction(action),
});

export const onProposal = (
  type: "approved" | "objected" | "withdrawn" | "enacted",
  proposal: Uint8Array,
  cuts: NarrowedCuts = [],
): TransactionBody =>
  type === "approved" || type === "enacted" ? { type, proposal, cuts } : { type, proposal };

/** Gran's own group, and its id. */
export function withGroup(members: readonly Actor[] = []): {
  readonly state: LedgerState;
  readonly group: Uint8Array;
} {
  const state = after(run(FAMILY_OF_EIGHT, GRAN, groupBody("friends", members)));
  const [group] = state.rules.groups;
  if (group === undefined) throw new Error("the group is there");
  return { state, group: group.id };
}
