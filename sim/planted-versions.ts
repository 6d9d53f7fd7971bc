/**
 * Planted bugs of builds that do not know the family's rules: one judgement of the core replaced, each
 * with the scenario in which it shows. SPEC SI20, SI30.
 */
import { blockHashOf } from "../workers/core/ledger/block.ts";
import {
  buildBlock,
  judgeBlock,
  type Head,
  type VerifiedBlock,
} from "../workers/core/ledger/chain.ts";
import type { ConsensusRules } from "../workers/core/consensus/rules.ts";
import type { Plant } from "./plant.ts";
import type { ScenarioName } from "./scenarios.ts";

const NEWEST = 255;

export const PLANTED_VERSIONS: readonly Plant[] = [
  plant("a block of unknown rules is judged all the same", "K1", "rules-raised-by-a-quorum", {
    judgeBlock: (head, verified) => judgeBlock(head, verified, NEWEST),
  }),
  plant("rules are raised that the proposer does not know", "K1", "rules-raised-without-a-quorum", {
    buildBlock: (head, pending, primary, now) => buildBlock(head, pending, primary, now, NEWEST),
    judgeBlock: (head, verified) => judgeBlock(head, verified, NEWEST),
  }),
  plant("a block does not say which rules it is of", "I7", "rules-raised-by-a-quorum", {
    buildBlock: (head, pending, primary, now, rulesKnown) => {
      const built = buildBlock(head, pending, primary, now, rulesKnown);
      const { verified } = built;
      return { ...built, verified: verified === null ? null : labelled(head, verified, 1) };
    },
    judgeBlock: (head, verified, rulesKnown) => {
      const judged = judgeBlock(head, verified, rulesKnown);
      if (judged.ok || judged.fault !== "rules-version") return judged;
      const again = judgeBlock(head, labelled(head, verified, 2), rulesKnown);
      return again.ok ? { ok: true, head: { ...again.head, hash: verified.hash } } : again;
    },
  }),
];

function labelled(head: Head, verified: VerifiedBlock, rulesVersion: number): VerifiedBlock {
  const header = { ...verified.block.header, rulesVersion };
  const hash = blockHashOf(head.state.family, header);
  return { ...verified, block: { ...verified.block, header }, hash };
}

function plant(
  name: string,
  rule: string,
  scenario: ScenarioName,
  rules: Partial<ConsensusRules>,
): Plant {
  return { name, rules: [rule], world: "replicas", scenario, core: () => rules };
}
