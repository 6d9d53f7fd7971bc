/** Planted bugs about who comes into a group, around the cores of the spread world. SPEC SI20, SI59. */
import { encodeTransaction } from "../workers/core/ledger/transaction.ts";
import type { Header } from "../workers/core/gossip/header.ts";
import { readJoin } from "../workers/core/gossip/joins.ts";
import type { Plant } from "./plant.ts";
import { lying, SMALL, withRules } from "./planted-gossip.ts";
import type { SpreadPlan } from "./spread-plan.ts";
import type { SpreadPlant } from "./spread-parts.ts";

/** Small and quick, with much happening in the group. */
const GROUPS: Partial<SpreadPlan> = { ...SMALL, size: 6, faultsMs: 40_000, groupMs: 400 };

export const PLANTED_GROUPS: readonly Plant[] = [
  {
    name: "who came by a join is not in the group",
    rules: ["G5"],
    world: "spread",
    spreadPlan: GROUPS,
    spread: { before: withJoins(() => []) },
  },
  {
    name: "a join counts for ever",
    rules: ["G4", "G5"],
    world: "spread",
    spreadPlan: { ...lying("join"), groupMs: 400 },
    spread: { before: withJoins(({ joins, clock }) => joins.map((one) => dated(one, clock.ms))) },
  },
  {
    name: "who was taken out is in the group still",
    rules: ["G4", "G5"],
    world: "spread",
    spreadPlan: GROUPS,
    spread: {
      view: withRules(({ groups }) => ({
        groups: groups.map((group) => ({
          ...group,
          members: group.members.map((one) => ({ ...one, ended: null })),
        })),
      })),
    },
  },
];

/** An entry is judged as if it carried these. */
function withJoins(
  change: (header: Header) => Header["joins"],
): NonNullable<SpreadPlant["before"]> {
  return (input) => {
    if (input.type !== "entry" || input.entry.header.joins.length === 0) return input;
    const header = { ...input.entry.header, joins: change(input.entry.header) };
    return { ...input, entry: { ...input.entry, header } };
  };
}

/** The same change as if it had been signed now. */
function dated(one: Header["joins"][number], time: number): Header["joins"][number] {
  const content = readJoin(one)?.content;
  return content === undefined
    ? one
    : { ...one, transaction: encodeTransaction({ ...content, time }) };
}
