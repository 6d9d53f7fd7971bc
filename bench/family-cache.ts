/**
 * Keeps stored families between runs: making 10,000 messages takes minutes of signing and sealing. A
 * kept one is used while the code that made it is the same and its past is still inside retention.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredDevice } from "./disk-rows.ts";
import { makeStoredFamily, type StoredFamilyOptions } from "./stored-family.ts";

const FOLDER = "node_modules/.cache/bench-families";
const MADE_BY = ["workers", "bench/stored-family.ts", "bench/disk-rows.ts"];
/** With 25 days of past: well inside the 30 of retention. */
const AGE_MS_MAX = 3 * 86_400_000;

interface Kept {
  readonly until: number;
  readonly devices: readonly StoredDevice[];
}

export async function storedFamily(
  options: Omit<StoredFamilyOptions, "until">,
): Promise<readonly StoredDevice[]> {
  const { names, messages, say, keepers = 1 } = options;
  const path = join(FOLDER, `${hashMakers()}-${names.length}-${messages}-${keepers}.json`);
  const now = Date.now();
  if (existsSync(path)) {
    const kept = JSON.parse(readFileSync(path, "utf8")) as Kept;
    if (now - kept.until < AGE_MS_MAX) return kept.devices;
  }
  say(`making a family of ${names.length} with ${messages} messages, once`);
  const devices = await makeStoredFamily({ ...options, until: now });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path, JSON.stringify({ until: now, devices } satisfies Kept));
  return devices;
}

function hashMakers(): string {
  const hash = createHash("sha256");
  for (const path of MADE_BY.flatMap(listFiles)) {
    hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}

function listFiles(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
