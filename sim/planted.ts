/**
 * The planted bugs, each with the rules that must notice it. A bug that no judge notices is a missing
 * judge. They are put in from outside (plant.ts); what can only be broken inside a core has tests of
 * its own there. SPEC SI20.
 */
import { decodeHeader, streamKey } from "../workers/core/gossip/header.ts";
import { withRange } from "../workers/core/gossip/intervals.ts";
import { NO_FAULTS } from "./network.ts";
import type { Plant } from "./plant.ts";
import { PLANTED_GOSSIP } from "./planted-gossip.ts";
import { PLANTED_KEYS } from "./planted-keys.ts";
import { PLANTED_DATING } from "./planted-dating.ts";
import { PLANTED_GROUPS } from "./planted-groups.ts";
import { PLANTED_LIARS } from "./planted-liars.ts";
import { PLANTED_PLACES } from "./planted-places.ts";
import { PLANTED_LEDGER } from "./planted-ledger.ts";
import { PLANTED_REPORTS } from "./planted-reports.ts";
import { PLANTED_TALKS } from "./planted-talks.ts";
import { PLANTED_RECOVERY } from "./planted-recovery.ts";
import { PLANTED_VERSIONS } from "./planted-versions.ts";
import { withCommit } from "./store-faults.ts";
import type { Frame } from "../workers/node/frames.ts";
import type { Running } from "../workers/node/running.ts";
import type { Session } from "../workers/node/session.ts";
import { WEIGHTS } from "./seed-plan.ts";

/** How late a disk is that says *done* too early. */
const LATE_MS = 3_000;

const QUIET_LOSS = { faults: { ...NO_FAULTS, alterFraction: 0.2 } };

export const PLANTED: readonly Plant[] = [
  {
    name: "a vote is sent before it is in the log",
    rules: ["V1", "I3"],
    world: "family",
    wrapDisk: (disk, scheduler) =>
      withCommit(disk, async (writes, options) => {
        if (!writes.some((one) => one.type === "put" && one.table === "log")) {
          return disk.commit(writes, options);
        }
        scheduler.after(LATE_MS, "late log", async () => disk.commit(writes, options));
      }),
  },
  {
    name: "a register is signed before the entry is stored",
    rules: ["G7"],
    world: "family",
    wrapDisk: (disk, scheduler) =>
      withCommit(disk, async (writes, options) => {
        const hasEntry = writes.some((one) => one.table === "entries");
        if (!hasEntry || options.durability === "strict") return disk.commit(writes, options);
        scheduler.after(LATE_MS, "late entry", async () => disk.commit(writes, options));
      }),
  },
  {
    name: "own entries and registers are written relaxed",
    rules: ["G7", "S1", "P1"],
    world: "family",
    wrapDisk: (disk) =>
      withCommit(disk, async (writes, options) => {
        const isGossip = writes.every(({ table }) =>
          ["entries", "bodies", "registers"].includes(table),
        );
        return disk.commit(writes, isGossip ? { ...options, durability: "relaxed" } : options);
      }),
  },
  {
    name: "a body now and then is not written",
    rules: ["P1", "D1"],
    world: "family",
    wrapDisk: (disk) => {
      let bodies = 0;
      return withCommit(disk, async (writes, options) => {
        const kept = writes.filter((one) => {
          if (one.type === "put" && one.table === "bodies") bodies += 1;
          return one.table !== "bodies" || bodies % 5 !== 0;
        });
        return disk.commit(kept, options);
      });
    },
  },
  {
    name: "retention deletes nothing",
    rules: ["G3"],
    world: "family",
    // Who was away may take a minute to let go.
    plan: {
      awayDays: 45,
      safetyMs: 160_000,
      actionEveryMs: 4_000,
      roles: ["relative"],
      newcomers: [],
    },
    wrapDisk: (disk) =>
      withCommit(disk, async (writes, options) =>
        disk.commit(
          writes.filter((one) => one.type !== "delete-range" || one.table === "log"),
          options,
        ),
      ),
  },
  {
    name: "signatures of messages are not checked",
    rules: ["G4"],
    world: "family",
    plan: QUIET_LOSS,
    wrapCrypto: (crypto) => ({
      ...crypto,
      verify: async (key, domain, family, message, signature) =>
        domain === "message" || crypto.verify(key, domain, family, message, signature),
    }),
  },
  seenBeforeSignature(),
  {
    name: "what was sent counts as delivered",
    rules: ["D1"],
    world: "family",
    meddle: ({ family }) => {
      for (const { register } of family.gossip?.core().registers.values() ?? []) {
        for (const covered of register.vector) {
          Object.assign(covered, { had: [{ from: 1, to: 1_000 }] });
        }
      }
    },
  },
  {
    name: "a message is displayed twice",
    rules: ["G2"],
    world: "family",
    meddle: ({ family }) => {
      for (const items of family.timeline.conversations.values()) {
        const last = items.at(-1);
        if (last !== undefined && items.length === 4) items.push(last);
      }
    },
  },
  {
    name: "messages are listed as they arrive",
    rules: ["O1"],
    world: "family",
    meddle: ({ family }) => {
      for (const items of family.timeline.conversations.values()) {
        const [last, before] = [items.at(-1), items.at(-2)];
        if (last === undefined || before === undefined || items.length % 3 !== 0) continue;
        items.splice(-2, 2, last, before);
      }
    },
  },
  {
    name: "what is parked counts as had",
    rules: ["G7"],
    world: "family",
    meddle: ({ family }) => {
      const core = family.gossip?.core();
      for (const { entry } of [...(core?.parked.values() ?? [])].flat()) {
        const { author, stream, seq } = entry.header;
        const known = core?.streams.get(streamKey(author, stream));
        if (known !== undefined) known.had = withRange(known.had, seq, seq);
      }
    },
  },
  {
    name: "a revoked device is still believed",
    rules: ["G4"],
    world: "family",
    plan: { weights: { ...WEIGHTS.gossip, furtherDevice: 12, revoke: 12 }, safetyMs: 60_000 },
    meddle: ({ family }) => {
      for (const stream of family.gossip?.core().streams.values() ?? []) {
        for (const [seq, known] of stream.known) {
          if (known.verdict.type !== "refused" || known.verdict.rule !== "revoked") continue;
          stream.known.set(seq, { ...known, verdict: { type: "accepted" } });
        }
      }
    },
  },
  {
    name: "nobody asks for what is missing",
    rules: ["G1", "P1"],
    world: "family",
    meddle: ({ family }) => {
      for (const session of family.sessions.values()) silence(session);
    },
  },
  ...PLANTED_GOSSIP,
  ...PLANTED_LIARS,
  ...PLANTED_DATING,
  ...PLANTED_PLACES,
  ...PLANTED_GROUPS,
  ...PLANTED_REPORTS,
  ...PLANTED_TALKS,
  ...PLANTED_KEYS,
  ...PLANTED_LEDGER,
  ...PLANTED_RECOVERY,
  ...PLANTED_VERSIONS,
];

const silenced = new WeakSet<Session>();

/** Questions for missing entries never leave. */
function silence(session: Session): void {
  if (silenced.has(session)) return;
  silenced.add(session);
  const { send } = session;
  Object.assign(session, {
    send: (frame: Frame) => {
      if (frame.type !== "want") send(frame);
    },
  });
}

/** A forged entry takes the number of the true one, which is then never asked for. */
function seenBeforeSignature(): Plant {
  const open = new Map<string, Running>();
  return {
    name: "an entry counts as had before its signature is checked",
    rules: ["G7", "G1", "P1"],
    world: "family",
    plan: QUIET_LOSS,
    meddle: (running, device) => open.set(device, running),
    wrapCrypto: (crypto, device) => ({
      ...crypto,
      verify: async (key, domain, family, message, signature) => {
        const holds = await crypto.verify(key, domain, family, message, signature);
        if (holds || domain !== "message") return holds;
        const header = decodeHeader(message);
        const streams = open.get(device)?.family.gossip?.core().streams;
        if (!header.ok || streams === undefined) return false;
        const { author, stream, seq } = header.value;
        const known = streams.get(streamKey(author, stream));
        if (known !== undefined && seq < 10_000) known.had = withRange(known.had, seq, seq);
        return false;
      },
    }),
  };
}
