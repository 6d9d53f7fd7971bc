/**
 * Planted bugs of what is written down of broken rules: around the cores of the spread world, and between
 * a whole node and its ledger. Each with the rule that must notice it. SPEC SI20, SI38.
 */
import { violationsIn, type Violation } from "../workers/core/gossip/violations.ts";
import { decodeTransaction, type SignedTransaction } from "../workers/core/ledger/transaction.ts";
import { signTransaction } from "../workers/node/family.ts";
import type { Running } from "../workers/node/running.ts";
import type { Plant } from "./plant.ts";
import type { Mote, Spread } from "./spread-parts.ts";
import type { SpreadPlan } from "./spread-plan.ts";
import { NO_FAULTS } from "./network.ts";
import type { SeedPlan } from "./seed-plan.ts";

/** Mutes while everybody speaks, some of it in spite of them. */
const MUTED: Partial<SpreadPlan> = {
  size: 6,
  degree: Number.POSITIVE_INFINITY,
  lossFraction: 0.02,
  doubleFraction: 0,
  faultsMs: 30_000,
  messageMs: 500,
  arePhones: false,
  oneWays: 0,
  isParted: false,
  awayDays: 0,
  wrongClocks: 0,
  isOneFrozen: false,
  rulings: 3,
  liars: 1,
  tricks: ["chain", "rate"],
};
/** A contact and those whom it may not write to. */
const DEFIANT: Partial<SeedPlan> = {
  roles: ["contact", "relative"],
  newcomers: [],
  faults: NO_FAULTS,
  safetyMs: 90_000,
};

export const PLANTED_REPORTS: readonly Plant[] = [
  {
    name: "what a later rule refuses is reported",
    rules: ["VI"],
    world: "spread",
    spreadPlan: MUTED,
    spread: { reports: byNow },
  },
  {
    name: "what is said in spite of a known rule is not reported",
    rules: ["VI"],
    world: "spread",
    spreadPlan: MUTED,
    spread: { reports: () => [] },
  },
  {
    name: "a broken rule is reported twice",
    rules: ["VR"],
    world: "family",
    plan: DEFIANT,
    meddle: (running) =>
      aroundReports(running, async (signed, say) => {
        const answer = await say(signed);
        const content = decodeTransaction(signed.bytes);
        if (content.ok) await say(await signTransaction(running.family, content.value.body, []));
        return answer;
      }),
  },
  {
    name: "a broken rule is not reported",
    rules: ["VR"],
    world: "family",
    plan: DEFIANT,
    meddle: (running) => aroundReports(running, async () => null),
  },
  {
    name: "a report names another day",
    rules: ["VR"],
    world: "family",
    plan: DEFIANT,
    meddle: (running) =>
      aroundReports(running, async (signed, say) => {
        const content = decodeTransaction(signed.bytes);
        if (!content.ok || content.value.body.type !== "violation-recorded") return say(signed);
        const subject = content.value.body.subject.map((byte) => byte ^ 1);
        const body = { ...content.value.body, subject };
        return say(await signTransaction(running.family, body, []));
      }),
  },
];

/** By the rules of now, whichever its author could know. */
function byNow(mote: Mote, spread: Spread): readonly Violation[] {
  const { head } = spread.viewOf(mote);
  return violationsIn(mote.core, { head, stateAt: () => head }, 0);
}

const patched = new WeakSet<Running>();

type Say = (signed: SignedTransaction) => Promise<unknown>;

/** Puts itself between a node and its ledger where it reports a broken rule. */
function aroundReports(
  running: Running,
  change: (signed: SignedTransaction, say: Say) => Promise<unknown>,
): void {
  if (patched.has(running)) return;
  patched.add(running);
  const { ledger } = running.family;
  const { submit } = ledger;
  Object.assign(ledger, {
    submit: async (...given: Parameters<typeof submit>) => {
      const [signed] = given;
      const content = decodeTransaction(signed.bytes);
      if (!content.ok || content.value.body.type !== "violation-recorded") return submit(...given);
      return change(signed, async (one) => submit(one, []));
    },
  });
}
