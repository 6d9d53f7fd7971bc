/**
 * House rules that no other tool checks: which way imports run, how long files are, that every SPEC
 * rule is shown by a test and every rule that a file cites exists. SPEC TD1..TD6.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const FOLDERS = ["workers", "web", "signaling", "sim", "bench", "scripts", "playwright"];
const LINES_MAX = 600;
const FUNCTION_FILE_LINES_ENTRY_MAX = 60;

interface Source {
  readonly path: string;
  readonly text: string;
}

function filesBelow(folder: string, ending: RegExp): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes("node_modules"))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
}

const sources = FOLDERS.flatMap((folder) => filesBelow(folder, /\.ts$/));
const product = sources.filter((one) => !isTestCode(one.path));
const tests = sources.filter((one) => isTestCode(one.path) || one.path.startsWith("playwright/"));

function isTestCode(path: string): boolean {
  return /\.test\.ts$|\/testing\/|^web\/dev\//.test(path);
}

function importsOf({ path, text }: Source): readonly string[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"\n ]+)"/g);
  return [...found].map(([, target = ""]) =>
    target.startsWith(".") ? normalize(join(dirname(path), target)) : target,
  );
}

/** For the files under a folder: what they may import, as beginnings of paths or package names. */
const ALLOWED: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  ["workers/core/codec/", ["workers/core/", "@noble/hashes", "cborg"]],
  ["workers/core/ledger/", ["workers/core/codec/", "workers/core/ledger/"]],
  [
    "workers/core/consensus/",
    ["workers/core/codec/", "workers/core/ledger/", "workers/core/consensus/"],
  ],
  [
    "workers/core/gossip/",
    [
      "workers/core/codec/",
      "workers/core/ledger/",
      "workers/core/gossip/",
      "workers/core/random.ts",
    ],
  ],
  ["workers/core/", ["workers/core/"]],
  ["workers/crypto/", ["workers/core/", "workers/crypto/", "@noble/", "@hpke/", "@scure/"]],
  ["workers/storage/", ["workers/storage/", "idb"]],
  [
    "workers/node/",
    [
      "workers/core/",
      "workers/crypto/",
      "workers/storage/",
      "workers/node/",
      "workers/api.ts",
      "@noble/hashes",
    ],
  ],
  ["workers/api", ["workers/api"]],
  ["workers/shell/", ["workers/shell/", "workbox-precaching"]],
  ["workers/service-worker.ts", ["workers/shell/", "workbox-precaching"]],
  ["workers/main.ts", ["workers/node/", "comlink"]],
  [
    "web/mesh/",
    ["web/mesh/", "workers/api.ts", "signaling/protocol.ts", "signaling/limits.ts", "simple-peer"],
  ],
  [
    "web/",
    [
      "web/",
      "workers/api.ts",
      "workers/main.ts",
      "workers/shell/messages.ts",
      "signaling/protocol.ts",
      "lit",
      "comlink",
      "qr/decode.js",
      "uqr",
      "@awesome.me/webawesome/",
    ],
  ],
  ["signaling/", ["signaling/", "node:", "ws"]],
];

test("[TD1] imports run one way: each folder imports only what lies below it", () => {
  const faults = product.flatMap((source) => {
    const rule = ALLOWED.find(([folder]) => source.path.startsWith(folder));
    if (rule === undefined) return [];
    return importsOf(source)
      .filter((target) => !rule[1].some((start) => target.startsWith(start)))
      .map((target) => `${source.path} imports ${target}`);
  });
  expect(faults).toEqual([]);
});

test("[TD2] nothing of the product imports the simulator, the benchmarks or test code", () => {
  const faults = product
    .filter(({ path }) => /^(workers|web|signaling)\//.test(path))
    .flatMap((source) =>
      importsOf(source)
        .filter((target) => /^(sim|bench|playwright)\/|\/testing\/|\.test/.test(target))
        .map((target) => `${source.path} imports ${target}`),
    );
  expect(faults).toEqual([]);
});

test("[TD3] no file is longer than 600 lines, and entry files than 60", () => {
  const faults = product.filter(({ path, text }) => {
    const lines = text.split("\n").length;
    const isEntry =
      path === "workers/main.ts" ||
      path === "workers/service-worker.ts" ||
      path === "signaling/main.ts";
    return lines > (isEntry ? FUNCTION_FILE_LINES_ENTRY_MAX : LINES_MAX);
  });
  expect(faults.map((one) => one.path)).toEqual([]);
});

test("[TD4] no any, no enum, no non-null assertion by comment, no swallowed error, no skipped test", () => {
  const banned =
    /@ts-(ignore|nocheck)|\bas any\b|: any\s*[;,)=\]>|{]|^\s*(export )?(const )?enum |catch *(\([a-z_]*\))? *\{ *\}|\.(skip|only|todo)\(/m;
  const faults = sources.filter(
    ({ path, text }) => path !== "scripts/tidy.test.ts" && banned.test(text),
  );
  expect(faults.map((one) => one.path)).toEqual([]);
});

test("[TD5] every rule of docs/spec is named by the title of a test", () => {
  const titles = tests.map((one) => one.text).join("\n");
  const missing = rules().filter(
    (id) => !new RegExp(`\\[[^\\]\\n]*\\b${id}\\b[^\\]\\n]*\\]`).test(titles),
  );
  expect(missing).toEqual([]);
});

test("[TD6] every rule that a file cites exists", () => {
  const known = new Set([...rules(), "TD1", "TD2", "TD3", "TD4", "TD5", "TD6", "TD7"]);
  const prefixes = new Set([...known].map((id) => id.replace(/\d+$/, "")));
  const faults = product.flatMap(({ path, text }) => {
    const cited = [...text.matchAll(/SPEC ([^\n]*)/g)].flatMap(([, rest = ""]) => [
      ...rest.matchAll(/\b([A-Z]{2}|E2E)(\d+)\b/g),
    ]);
    return cited
      .filter(([id, prefix = ""]) => prefixes.has(prefix) && !known.has(id))
      .map(([id]) => `${path} cites ${id}`);
  });
  expect(faults).toEqual([]);
});

test("[TD7] only the simulator gives a replica other rules than the true ones", () => {
  const users = product.filter(({ text }) => /createReplicaUnder|ConsensusRules/.test(text));
  const others = users.filter(
    ({ path }) => !path.startsWith("sim/") && !path.startsWith("workers/core/consensus/"),
  );
  expect(others.map((one) => one.path)).toEqual([]);
  const callers = product.filter(
    ({ path, text }) => text.includes("createReplicaUnder(") && path.startsWith("workers/"),
  );
  expect(callers.map((one) => one.path)).toEqual(["workers/core/consensus/replica-state.ts"]);
});

function rules(): readonly string[] {
  return filesBelow("docs/spec", /\.md$/).flatMap(({ text }) =>
    [...text.matchAll(/^(?:[-*]\s+)?\*\*((?:[A-Z]{2}|E2E)\d+)\*\*/gm)].map(([, id = ""]) => id),
  );
}
