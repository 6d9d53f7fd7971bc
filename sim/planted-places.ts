/** Planted bugs about places, around the cores of the spread world as in planted-gossip.ts. SPEC SI20, SI43. */
import { toHex } from "../workers/core/codec/ids.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import type { HeldPlace, VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { Plant } from "./plant.ts";
import { SMALL } from "./planted-gossip.ts";
import type { SpreadPlan } from "./spread-plan.ts";
import { STOP_SECONDS } from "./spread-places.ts";

/** Small and quick: places follow each other closely, and come by more than one way. */
const PLACES: Partial<SpreadPlan> = {
  ...SMALL,
  size: 6,
  doubleFraction: 0.3,
  faultsMs: 40_000,
  messageMs: 2_000,
  placeMs: 900,
};

/** What a core held of each when it was last fed. */
const held = new WeakMap<HeldPlace, VerifiedEntry>();

export const PLANTED_PLACES: readonly Plant[] = [
  {
    name: "an older place is shown over a newer one",
    rules: ["PC"],
    world: "spread",
    spreadPlan: { ...PLACES, liars: 1, tricks: ["replay"] },
    spread: {
      before: (input, { core }) => {
        const author = placeAuthor(input);
        if (author !== null) core.places.delete(author);
        return input;
      },
    },
  },
  {
    name: "a gap of an ephemeral stream is asked for",
    rules: ["PC", "G6"],
    world: "spread",
    spreadPlan: PLACES,
    spread: {
      after: (ready, _mote, input) => {
        if (input.type !== "entry" || input.from === null || placeAuthor(input) === null) {
          return ready;
        }
        const { author, stream, seq } = input.entry.header;
        if (seq < 2) return ready;
        const wants = [{ author, stream, ranges: [{ from: 1, to: seq - 1 }] }];
        return { ...ready, want: [...ready.want, { to: input.from, wants, by: null }] };
      },
    },
  },
  {
    name: "a place is shown after its stop",
    rules: ["PC"],
    world: "spread",
    spreadPlan: PLACES,
    spread: {
      after: (ready) => showing(ready, ({ entry }) => entry?.header.ttlSeconds !== STOP_SECONDS),
    },
  },
  {
    name: "a place that a rule takes stays on the screen",
    rules: ["PC"],
    world: "spread",
    spreadPlan: { ...PLACES, rulings: 3 },
    spread: {
      after: (ready, _mote, input) =>
        input.type === "ledger" ? showing(ready, ({ entry }) => entry !== null) : ready,
    },
  },
  {
    name: "a place whose time is over goes on being given",
    rules: ["PC"],
    world: "spread",
    spreadPlan: { ...PLACES, placeSeconds: 3, partingMs: 500, sleepMs: 2_000 },
    spread: {
      before: (input, { core }) => {
        for (const one of core.places.values()) {
          const last = held.get(one);
          if (one.entry !== null) held.set(one, one.entry);
          else if (input.type === "link-up" && last !== undefined) one.entry = last;
        }
        return input;
      },
    },
  },
  {
    name: "what came too soon never has its turn",
    rules: ["PC"],
    world: "spread",
    spreadPlan: PLACES,
    spread: {
      before: (input, { core }) => {
        if (input.type === "tick") for (const held of core.places.values()) held.isOwed = false;
        return input;
      },
    },
  },
];

function placeAuthor(input: GossipInput): string | null {
  if (input.type !== "entry" || input.from === null) return null;
  const { kind, author } = input.entry.header;
  return kind === "place" ? toHex(author) : null;
}

function showing(
  ready: GossipReady,
  isShown: (news: GossipReady["places"][number]) => boolean,
): GossipReady {
  return { ...ready, places: ready.places.filter(isShown) };
}
