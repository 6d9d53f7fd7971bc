/**
 * Runs one seed and adds what nobody awaited: a promise that fails with nobody listening is a broken
 * rule (U1), too. One process runs one seed at a time. SPEC SI14.
 */
import type { SeedOptions, SeedResult } from "./family.ts";
import { runSeed } from "./run.ts";

const loose: string[] = [];

process.on("unhandledRejection", (reason) => {
  loose.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
});

export async function runGuarded(seed: number, options: SeedOptions): Promise<SeedResult> {
  const result = await runSeed(seed, options);
  const [detail] = loose.splice(0);
  if (detail === undefined) return result;
  return { ...result, violations: [...result.violations, { rule: "U1", tick: 0, detail }] };
}
