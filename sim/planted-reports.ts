/**
 * Planted bugs of what is written down of broken rules and of calls for help: around the cores of the spread world, and between
 * a whole node and its ledger. Each with the rule that must notice it. SPEC SI20, SI38, SI39, SI45.
 */
import { violationsIn, type Violation } from "../workers/core/gossip/violations.ts";
import {
  decodeTransaction,
  type SignedTransaction,
  type TransactionBody,
} from "../workers/core/ledger/transaction.ts";
import type { RequestView } from "../workers/api.ts";
import type { Requests } from "../workers/node/requests.ts";
import type { Emergencies } from "../workers/node/emergencies.ts";
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

/** Two parents and a child who asks. */
const ASKING: Partial<SeedPlan> = {
  roles: ["parent", "child"],
  newcomers: [],
  faults: NO_FAULTS,
  safetyMs: 90_000,
};

/** Two parents and a child who call. */
const CALLING: Partial<SeedPlan> = {
  roles: ["parent", "child"],
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
      around(running, "violation-recorded", async (signed, say) => {
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
    meddle: (running) => around(running, "violation-recorded", async () => null),
  },
  {
    name: "a call for help is written down twice",
    rules: ["EM"],
    world: "family",
    plan: CALLING,
    meddle: (running) =>
      around(running, "emergency-recorded", async (signed, say) => {
        const answer = await say(signed);
        const content = decodeTransaction(signed.bytes);
        if (content.ok) await say(await signTransaction(running.family, content.value.body, []));
        return answer;
      }),
  },
  {
    name: "a call for help is not written down",
    rules: ["EM"],
    world: "family",
    plan: CALLING,
    meddle: (running) => around(running, "emergency-recorded", async () => null),
  },
  {
    name: "a call for help is shown without its words",
    rules: ["EM"],
    world: "family",
    plan: CALLING,
    meddle: (running) => {
      const emergencies = running.emergencies();
      if (emergencies === null || silent.has(emergencies)) return;
      silent.add(emergencies);
      const { views } = emergencies;
      Object.assign(emergencies, {
        views: async () => (await views()).map((one) => ({ ...one, text: "" })),
      });
    },
  },
  {
    name: "a request is decided twice",
    rules: ["RQ"],
    world: "family",
    plan: ASKING,
    meddle: (running) =>
      around(running, "request-decided", async (signed, say) => {
        const answer = await say(signed);
        const content = decodeTransaction(signed.bytes);
        if (content.ok) await say(await signTransaction(running.family, content.value.body, []));
        return answer;
      }),
  },
  {
    name: "what is decided about a request is kept from it",
    rules: ["RQ"],
    world: "family",
    plan: ASKING,
    meddle: (running) =>
      showing(running, (one) => (one.state === "answered" ? { ...one, ...KEPT } : one)),
  },
  {
    name: "a no to a request is shown as a yes",
    rules: ["RQ"],
    world: "family",
    plan: ASKING,
    meddle: (running) =>
      showing(running, ({ answer, ...one }) => ({
        ...one,
        answer: answer === null ? null : { ...answer, isYes: true },
      })),
  },
  {
    name: "an answer goes to another request",
    rules: ["RQ"],
    world: "family",
    plan: ASKING,
    meddle: (running) =>
      around(running, "request-decided", async (signed, say) => {
        const content = decodeTransaction(signed.bytes);
        if (!content.ok || content.value.body.type !== "request-decided") return say(signed);
        const request = content.value.body.request.map((byte) => byte ^ 1);
        const body = { ...content.value.body, request };
        return say(await signTransaction(running.family, body, []));
      }),
  },
  {
    name: "a report names another day",
    rules: ["VR"],
    world: "family",
    plan: DEFIANT,
    meddle: (running) =>
      around(running, "violation-recorded", async (signed, say) => {
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

/** Puts itself between a node's requests and whoever looks at them. */
function showing(running: Running, change: (one: RequestView) => RequestView): void {
  const requests = running.requests();
  if (requests === null || turned.has(requests)) return;
  turned.add(requests);
  const { views } = requests;
  Object.assign(requests, { views: async () => (await views()).map(change) });
}

const KEPT = { state: "open", answer: null } as const;
const turned = new WeakSet<Requests>();
const patched = new WeakSet<Running>();
const silent = new WeakSet<Emergencies>();

type Say = (signed: SignedTransaction) => Promise<unknown>;

/** Puts itself between a node and its ledger where it writes such a thing. */
function around(
  running: Running,
  type: TransactionBody["type"],
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
      if (!content.ok || content.value.body.type !== type) return submit(...given);
      return change(signed, async (one) => submit(one, []));
    },
  });
}
