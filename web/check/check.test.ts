/** What the check says, out of facts that are handed in. */

import { describe, expect, it, vi } from "vitest";
import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";
import { MEMBER } from "../dev/fixtures.ts";
import { t } from "../strings/strings.ts";
import {
  type Ability,
  ABILITY_NAMES,
  probeAbilities,
  PROBE_MS_MAX,
  type Probes,
} from "./abilities.ts";
import { type Facts, findFindings } from "./findings.ts";
import { formatReport } from "./report.ts";

const words = t.check.findings;

const DIAGNOSTICS: Diagnostics = {
  build: "0123456789ab",
  ledgerHeight: 7,
  ledgerHead: "5f1d",
  links: [],
  replicas: { count: 1, quorum: 1, linked: 0, isMine: true },
  servers: ["open"],
  storage: { usedBytes: 10, quotaBytes: 100 },
  rejected: {},
};

const QUIET: NodeSnapshot = {
  ...MEMBER,
  conversations: [],
  connection: { linked: 4, others: 4, signalling: "open" },
};

function can(part: Partial<Record<string, Ability["state"]>> = {}): readonly Ability[] {
  return ABILITY_NAMES.map((name) => ({ name, state: part[name] ?? "yes", detail: "" }));
}

function probesWith(part: Partial<Probes>): Probes {
  const all = ABILITY_NAMES.map((name) => [name, () => ({ state: "yes" })]);
  return { ...(Object.fromEntries(all) as Probes), ...part };
}

it("[UI121] says that the family goes by two sets of rules, also when that was read", () => {
  const split = { people: ["Dad"], isTheirs: true, isRead: true };
  const facts = (ledger: NodeSnapshot["ledger"]): Facts => ({
    snapshot: { ...QUIET, ledger },
    diagnostics: DIAGNOSTICS,
    abilities: can(),
    isOnline: true,
  });
  expect(findFindings(facts({ ...QUIET.ledger, split }))[0]).toContain("the devices of Dad");
  expect(findFindings(facts(QUIET.ledger))).toEqual([]);
});

describe("probing", () => {
  it("[CK2] takes a probe that throws for a no, in the browser's own word, and goes on", async () => {
    const found = await probeAbilities(
      probesWith({
        ed25519: () => Promise.reject(new DOMException("no", "NotSupportedError")),
        locks: () => {
          throw new TypeError("not a function");
        },
      }),
    );
    expect(found.map(({ name }) => name)).toEqual(ABILITY_NAMES);
    expect(found.filter(({ state }) => state === "no")).toEqual([
      { name: "ed25519", state: "no", detail: "NotSupportedError" },
      { name: "locks", state: "no", detail: "TypeError" },
    ]);
  });

  it("[CK2] waits three seconds for a probe, and no longer", async () => {
    vi.useFakeTimers();
    const asked = probeAbilities(probesWith({ broadcast: () => new Promise(() => undefined) }));
    await vi.advanceTimersByTimeAsync(PROBE_MS_MAX);
    const found = await asked;
    vi.useRealTimers();
    expect(PROBE_MS_MAX).toBe(3000);
    expect(found.find(({ name }) => name === "broadcast")).toMatchObject({
      state: "no",
      detail: "no answer",
    });
  });
});

describe("findings", () => {
  const find = (part: Partial<Facts>) =>
    findFindings({
      snapshot: QUIET,
      diagnostics: DIAGNOSTICS,
      abilities: can(),
      isOnline: true,
      ...part,
    });

  it("[CK5] says nothing where nothing is in the way, and before anything is known", () => {
    expect(find({})).toEqual([]);
    expect(find({ diagnostics: null, abilities: null })).toEqual([]);
    expect(find({ abilities: can({ push: "off", share: "no", installed: "off" }) })).toEqual([]);
  });

  it("[CK5] says what a person should know, the gravest first", () => {
    expect(find({ abilities: can({ webrtc: "no", persistence: "off" }) })).toEqual([
      words.noWebrtc,
      words.mayForget,
    ]);
    expect(find({ abilities: can({ x25519: "no", "strict-writes": "no" }) })).toEqual([
      words.looseWrites,
      words.noCrypto,
    ]);
    const cut = { ...QUIET, connection: { linked: 0, others: 4, signalling: "closed" } } as const;
    expect(find({ snapshot: cut })).toEqual([words.noServer, words.nobody]);
    expect(find({ snapshot: cut, isOnline: false })).toEqual([words.offline, words.nobody]);
  });

  it("[CK5] says what waits, and that too few keep the rules together", () => {
    const waits = { ...MEMBER, ledger: { ...MEMBER.ledger, pending: 1 } };
    const replicas = { count: 4, quorum: 3, linked: 1, isMine: true };
    expect(find({ snapshot: waits, diagnostics: { ...DIAGNOSTICS, replicas } })).toEqual([
      words.waiting(1),
      words.changes,
      words.quorum,
    ]);
    const storage = { usedBytes: 81, quotaBytes: 100 };
    expect(find({ diagnostics: { ...DIAGNOSTICS, storage } })).toEqual([words.nearlyFull]);
  });
});

it("[CK6] writes all of it as lines, with nobody's name and nobody's words", () => {
  const text = formatReport({
    diagnostics: DIAGNOSTICS,
    snapshot: MEMBER,
    abilities: can({ push: "off" }),
    sizes: new Map([["bodies", { rows: 12, bytes: 3456 }]]),
    isWhole: true,
    canLink: true,
    agent: "Mozilla/5.0 (Test)",
  });
  const lines = text.split("\n");
  for (const line of [
    "build 0123456789ab",
    "browser Mozilla/5.0 (Test)",
    "ledger head 5f1d",
    "replicas 1, quorum 1, linked 0, mine yes",
    "server 1 open",
    "can ed25519 yes",
    "can push off",
    "stored bodies 12 rows, 3456 bytes",
    "stored all counted yes",
  ]) {
    expect(lines).toContain(line);
  }
  for (const { name } of MEMBER.members) expect(text).not.toContain(name);
  expect(text).not.toContain(MEMBER.familyName);
  for (const { last } of MEMBER.conversations)
    if (last !== null) expect(text).not.toContain(last.text);
});
