/**
 * Planted bugs of gossip, each around the cores of the spread world (spread-parts.ts): what a core is
 * given, by which ledger and time it judges, what becomes of it and what it says. Each with the rules of
 * which one must notice it. SPEC SI20, SI35.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import { isDurable, streamKey, type Header } from "../workers/core/gossip/header.ts";
import { withRange } from "../workers/core/gossip/intervals.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import { buildRegister } from "../workers/core/gossip/reporting.ts";
import type { Gossip } from "../workers/core/gossip/state.ts";
import type { Known } from "../workers/core/gossip/stream.ts";
import type { LedgerView } from "../workers/core/gossip/verdict.ts";
import type { RuleBook } from "../workers/core/ledger/rule-book.ts";
import type { LedgerState } from "../workers/core/ledger/state.ts";
import type { Plant } from "./plant.ts";
import type { SpreadPlant } from "./spread-parts.ts";
import type { SpreadPlan } from "./spread-plan.ts";

const DAY_MS = 86_400_000;
/** Small and quick, with nothing that the bug does not need. */
export const SMALL: Partial<SpreadPlan> = {
  size: 5,
  degree: Number.POSITIVE_INFINITY,
  lossFraction: 0,
  doubleFraction: 0,
  faultsMs: 20_000,
  messageMs: 700,
  placeMs: 0,
  groupMs: 0,
  arePhones: false,
  oneWays: 0,
  isParted: false,
  awayDays: 0,
  wrongClocks: 0,
  isOneFrozen: false,
  rulings: 0,
  liars: 0,
  tricks: [],
  calls: 0,
};
const ruled: Partial<SpreadPlan> = { ...SMALL, rulings: 3 };
/** One liar with these tricks. */
export const lying = (...tricks: SpreadPlan["tricks"]): Partial<SpreadPlan> => ({
  ...SMALL,
  liars: 1,
  tricks,
});
const lossy: Partial<SpreadPlan> = { ...SMALL, lossFraction: 0.3 };

/** Once an entry: else they would go round without end. */
const passedOn = new Set<string>();

const NAMES = {
  rate: "an allowance that its author claims",
  clock: "an entry dated back",
  height: "a cited height that falls",
  chain: "an entry that does not continue the one before it",
  recipients: "a recipient from outside of the conversation",
} as const;

export const PLANTED_GOSSIP: readonly Plant[] = [
  {
    name: "an entry is had before its signature is checked",
    rules: ["G7", "G1"],
    world: "spread",
    spreadPlan: lying("forge"),
    spread: { forged: ({ header }, { core }) => markHad(core, header) },
  },
  {
    name: "a forged entry spends its author's allowance",
    rules: ["G5"],
    world: "spread",
    spreadPlan: lying("forge"),
    spread: {
      forged: ({ header }, { core }) => {
        const last = [...(streamOf(core, header)?.known.values() ?? [])].at(-1);
        if (last !== undefined) Object.assign(last, { mark: header.rateMark });
      },
    },
  },
  {
    name: "a forged entry lifts the clock",
    rules: ["HC"],
    world: "spread",
    spreadPlan: lying("forge"),
    spread: {
      forged: ({ header }, { core }) => {
        core.clock = header.clock;
      },
    },
  },
  {
    name: "what is refused is not in the register's exceptions",
    rules: ["D1"],
    world: "spread",
    spreadPlan: ruled,
    spread: { after: (ready) => signing(ready, (sign) => ({ ...sign, exceptions: [] })) },
  },
  {
    name: "a register covers what only waits",
    rules: ["D1", "G7"],
    world: "spread",
    spreadPlan: lying("future"),
    spread: { after: hadIf("parked") },
  },
  {
    name: "what there is no room to park counts as had",
    rules: ["G7"],
    world: "spread",
    spreadPlan: lying("future"),
    spread: { after: hadIf("parked-full") },
  },
  {
    name: "what is dropped for its date counts as had",
    rules: ["G7", "G1"],
    world: "spread",
    spreadPlan: { ...SMALL, wrongClocks: 5, skewMs: DAY_MS - 60_000 },
    spread: { after: hadIf("far-future") },
  },
  {
    name: "an entry without its body counts as had",
    rules: ["G7", "G1"],
    world: "spread",
    spreadPlan: { ...lossy, liars: 1, tricks: ["strip"] },
    spread: { after: hadIf("no-body") },
  },
  {
    name: "a narrowing is not applied to what is stored",
    rules: ["G5"],
    world: "spread",
    spreadPlan: ruled,
    spread: { before: (input) => (input.type === "ledger" ? null : input) },
  },
  {
    name: "a narrowing's cut is not looked at",
    rules: ["G5"],
    world: "spread",
    spreadPlan: ruled,
    spread: {
      view: withRules((rules) => ({
        narrowings: rules.narrowings.map((one) => ({ ...one, cuts: [] })),
      })),
    },
  },
  {
    name: "narrowings above the cited height are not looked at",
    rules: ["G4"],
    world: "spread",
    spreadPlan: ruled,
    spread: { view: withRules(() => ({ narrowings: [] })) },
  },
  {
    name: "an entry is judged by the rules of the head",
    rules: ["G5"],
    world: "spread",
    spreadPlan: ruled,
    spread: { view: (view) => ({ ...view, stateAt: () => view.head }) },
  },
  {
    name: "a revoked device is believed",
    rules: ["G4"],
    world: "spread",
    spreadPlan: ruled,
    spread: {
      view: withState(({ devices }) => ({
        devices: devices.map((one) => ({ ...one, revoked: null })),
      })),
    },
  },
  {
    name: "a revocation's cut is not looked at",
    rules: ["G5"],
    world: "spread",
    spreadPlan: ruled,
    spread: {
      view: withState(({ devices }) => ({
        devices: devices.map((one) =>
          one.revoked === null ? one : { ...one, revoked: { ...one.revoked, cuts: [] } },
        ),
      })),
    },
  },
  ...(["rate", "clock", "height", "chain", "recipients"] as const).map((rule): Plant => ({
    name: `${NAMES[rule]} is let pass`,
    rules: ["G4"],
    world: "spread",
    spreadPlan: { ...lying(rule), rulings: 2 },
    spread: { after: letting((known) => isRefusedBy(known, rule)) },
  })),
  {
    name: "what waits for its predecessor is shown",
    rules: ["G4", "G5"],
    world: "spread",
    spreadPlan: { ...lossy, ...lying("gap") },
    spread: { after: letting((known) => known.verdict.type === "provisional") },
  },
  {
    name: "what is refused is passed on",
    rules: ["G4"],
    world: "spread",
    spreadPlan: lying("recipients"),
    spread: {
      after: (ready, { core }) => ({
        ...ready,
        push: [
          ...ready.push,
          ...ready.store
            .filter(({ known }) => known.verdict.type === "refused")
            .map(({ entry }) => ({ entry, to: [...core.peers.keys()] })),
        ],
      }),
    },
  },
  {
    name: "an entry goes back to where it came from",
    rules: ["G2"],
    world: "spread",
    spreadPlan: SMALL,
    spread: {
      after: (ready, _mote, input) =>
        input.type !== "entry" || input.from === null
          ? ready
          : pushing(ready, (to) => [...to, input.from ?? ""]),
    },
  },
  {
    name: "what was seen is passed on again",
    rules: ["G2"],
    world: "spread",
    spreadPlan: SMALL,
    spread: {
      after: (ready, { stored, core, name }, input) => {
        if (input.type !== "again") return ready;
        const { author, stream, seq } = input.header;
        const key = `${streamKey(author, stream)}/${seq}`;
        const entry = stored.get(key);
        if (entry === undefined || passedOn.has(`${name} ${key}`)) return ready;
        passedOn.add(`${name} ${key}`);
        return { ...ready, push: [{ entry, to: [...core.peers.keys()] }] };
      },
    },
  },
  {
    name: "nobody asks for what is missing",
    rules: ["G1"],
    world: "spread",
    spreadPlan: lossy,
    spread: { after: (ready) => ({ ...ready, want: [] }) },
  },
  {
    name: "who has nothing is asked again and again",
    rules: ["G6"],
    world: "spread",
    spreadPlan: lying("claim", "withhold"),
    spread: {
      before: (input, { core }) => {
        for (const peer of core.peers.values()) peer.isDry = false;
        return input;
      },
    },
  },
  {
    name: "a gap of an ephemeral stream is asked for",
    rules: ["G6"],
    world: "spread",
    spreadPlan: lying("claim"),
    spread: {
      after: (ready, _mote, input) => {
        if (input.type !== "register" || input.from === null) return ready;
        const { from, register } = input;
        const wants = register.register.vector
          .filter((one) => !isDurable(one.stream))
          .map(({ author, stream, had }) => ({ author, stream, ranges: had }));
        return wants.length === 0
          ? ready
          : { ...ready, want: [...ready.want, { to: from, wants, by: null }] };
      },
    },
  },
  {
    name: "who was away is not told of a fork",
    rules: ["G5"],
    world: "spread",
    spreadPlan: { ...lying("fork"), sleepMs: 4_000, partingMs: 1_000 },
    spread: { after: (ready) => ({ ...ready, proofs: [] }) },
  },
  {
    name: "a register causes a register",
    rules: ["G6"],
    world: "spread",
    spreadPlan: SMALL,
    spread: {
      after: (ready, { core, height }, input) => {
        if (input.type !== "register" || input.from === null) return ready;
        core.clock = { ...core.clock, counter: core.clock.counter + 1 };
        return { ...ready, sign: buildRegister(core, core.clock, height) };
      },
    },
  },
  {
    name: "an older register takes the place of a newer one",
    rules: ["RG"],
    world: "spread",
    spreadPlan: { ...lying("replay"), faultsMs: 60_000 },
    spread: {
      before: (input, { core, name }) => {
        if (input.type !== "register") return input;
        const device = toHex(input.register.register.device);
        if (device !== name) core.registers.delete(device);
        return input;
      },
    },
  },
  {
    name: "a clock is lifted by whatever comes",
    rules: ["HC"],
    world: "spread",
    spreadPlan: { ...SMALL, wrongClocks: 5, skewMs: DAY_MS / 2 },
    spread: {
      before: (input, { core }) => {
        if (input.type === "register") core.clock = later(core, input.register.register.clock);
        return input;
      },
    },
  },
  {
    name: "what is dated ahead is taken at once",
    rules: ["HC"],
    world: "spread",
    spreadPlan: { ...SMALL, wrongClocks: 5, skewMs: DAY_MS / 2 },
    spread: { now: (now, input) => (input.type === "entry" ? now + DAY_MS : now) },
  },
  {
    name: "retention's floor moves back",
    rules: ["G3"],
    world: "spread",
    spreadPlan: { ...lying("replay"), awayDays: 40, faultsMs: 60_000 },
    spread: {
      before: (input, { core }) => {
        if (input.type === "entry" && input.from !== null) core.floorDay -= 60;
        return input;
      },
      after: (ready, { core }, input) => {
        if (input.type === "entry" && input.from !== null) core.floorDay += 60;
        return ready;
      },
    },
  },
  {
    name: "retention lets nothing go",
    rules: ["G3"],
    world: "spread",
    spreadPlan: { ...SMALL, awayDays: 40 },
    spread: {
      before: (input, { core }) => {
        core.retentionDays = 1_000;
        return input;
      },
    },
  },
  {
    name: "where a register begins holds others back",
    rules: ["G5"],
    world: "spread",
    spreadPlan: { ...lossy, size: 7, awayDays: 40, isParted: true, faultsMs: 60_000 },
    spread: {
      before: (input) => (input.type === "register" ? { ...input, register: begun(input) } : input),
    },
  },
  {
    name: "what a register does not name counts as delivered",
    rules: ["D1"],
    world: "spread",
    spreadPlan: { ...ruled, lossFraction: 0.3 },
    spread: {
      before: (input) =>
        input.type === "register" ? { ...input, register: boasting(input) } : input,
    },
  },
];

function streamOf(core: Gossip, { author, stream }: Header): ReturnType<Gossip["streams"]["get"]> {
  return core.streams.get(streamKey(author, stream));
}

function markHad(core: Gossip, header: Header): void {
  const stream = streamOf(core, header);
  if (stream === undefined || header.seq > 10_000) return;
  stream.had = withRange(stream.had, header.seq, header.seq);
  core.isDirty = true;
}

/** What is not taken for that reason counts as had. */
function hadIf(
  reason: NonNullable<GossipReady["untaken"]>["reason"],
): NonNullable<SpreadPlant["after"]> {
  return (ready, { core }, input) => {
    if (input.type === "entry" && ready.untaken?.reason === reason) {
      markHad(core, input.entry.header);
    }
    return ready;
  };
}

function signing(
  ready: GossipReady,
  change: (sign: NonNullable<GossipReady["sign"]>) => GossipReady["sign"],
): GossipReady {
  return ready.sign === null ? ready : { ...ready, sign: change(ready.sign) };
}

function pushing(
  ready: GossipReady,
  change: (to: readonly string[]) => readonly string[],
): GossipReady {
  return { ...ready, push: ready.push.map(({ entry, to }) => ({ entry, to: change(to) })) };
}

function withState(
  change: (state: LedgerState) => Partial<LedgerState>,
): NonNullable<SpreadPlant["view"]> {
  const changed = (state: LedgerState): LedgerState => ({ ...state, ...change(state) });
  return ({ head, stateAt }: LedgerView) => ({
    head: changed(head),
    stateAt: (height) => {
      const state = stateAt(height);
      return state === null ? null : changed(state);
    },
  });
}

export function withRules(
  change: (rules: RuleBook) => Partial<RuleBook>,
): NonNullable<SpreadPlant["view"]> {
  return withState(({ rules }) => ({ rules: { ...rules, ...change(rules) } }));
}

/** Verdicts of the kind are taken for good, in what is kept and in what is said. */
export function letting(isLetPass: (known: Known) => boolean): NonNullable<SpreadPlant["after"]> {
  const passed = (known: Known): Known =>
    isLetPass(known) ? { ...known, verdict: { type: "accepted" } } : known;
  return (ready, { core }) => {
    for (const { known } of ready.changes) {
      const stream = streamOf(core, known.header);
      const kept = stream?.known.get(known.header.seq);
      if (stream !== undefined && kept !== undefined)
        stream.known.set(known.header.seq, passed(kept));
    }
    return {
      ...ready,
      changes: ready.changes.map((one) => ({ ...one, known: passed(one.known) })),
      store: ready.store.map((one) => ({ ...one, known: passed(one.known) })),
    };
  };
}

export function isRefusedBy({ verdict }: Known, rule: string): boolean {
  return verdict.type === "refused" && verdict.rule === rule;
}

function later(core: Gossip, clock: Gossip["clock"]): Gossip["clock"] {
  return clock.ms > core.clock.ms ? clock : core.clock;
}

type RegisterInput = Extract<GossipInput, { readonly type: "register" }>;

/** Where a stream begins counts as if it were there. */
function begun({ register }: RegisterInput): RegisterInput["register"] {
  const vector = register.register.vector.map((one) => ({
    ...one,
    had: withRange(one.had, one.first, one.first),
  }));
  return { ...register, register: { ...register.register, vector } };
}

/** A register is read as if its device had everything. */
function boasting({ register }: RegisterInput): RegisterInput["register"] {
  const vector = register.register.vector.map((one) => ({
    ...one,
    had: [{ from: 1, to: 1_000 }],
  }));
  return { ...register, register: { ...register.register, vector } };
}
