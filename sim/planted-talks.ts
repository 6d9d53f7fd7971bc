/**
 * Planted bugs of conversations of several: one device shows something else than the others. Each with the
 * rule that must notice it. SPEC SI20, SI50.
 */
import type { MessageView } from "../workers/api.ts";
import type { Conversations } from "../workers/node/conversations.ts";
import type { Running } from "../workers/node/running.ts";
import { NO_FAULTS } from "./network.ts";
import type { Plant } from "./plant.ts";
import type { SeedPlan } from "./seed-plan.ts";

const TALKING: Partial<SeedPlan> = {
  roles: ["parent", "relative", "child"],
  newcomers: [],
  faults: NO_FAULTS,
  safetyMs: 90_000,
  awayDays: 0,
};

export const PLANTED_TALKS: readonly Plant[] = [
  plant("what was taken back stays on a screen", (one) =>
    one.hidden === "deleted" ? { ...one, hidden: null, text: "still there" } : one,
  ),
  plant("a reaction is not shown on one device", (one) => ({ ...one, reactions: [] })),
  plant("a change is shown at its author's alone", (one) =>
    one.isEdited ? { ...one, text: "as it was" } : one,
  ),
];

function plant(name: string, change: (one: MessageView) => MessageView): Plant {
  return {
    name,
    rules: ["TK"],
    world: "family",
    plan: TALKING,
    meddle: (running, device) => {
      if (device === "p0") around(running, change);
    },
  };
}

const patched = new WeakSet<Conversations>();

function around(running: Running, change: (one: MessageView) => MessageView): void {
  const conversations = running.conversations();
  if (conversations === null || patched.has(conversations)) return;
  patched.add(conversations);
  const { page } = conversations;
  Object.assign(conversations, {
    page: async (...given: Parameters<typeof page>) => {
      const { messages, hasMore } = await page(...given);
      const isOfSeveral = messages.map((one) => (one.isMine ? one : change(one)));
      return { messages: isOfSeveral, hasMore };
    },
  });
}
