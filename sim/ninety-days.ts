/**
 * Ninety days of a whole family: everybody is online for some minutes a day and writes; then a day passes.
 * What each disk holds is counted at the end of each day: after day 31 it must stay level. SPEC SI37.
 */
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createPeople } from "./people.ts";
import { createWorld } from "./world.ts";

const DAY_MS = 86_400_000;
const STEP_MS = 1_000;
const JOINING_MS_MAX = 120_000;
/** A day's time online. */
const ONLINE_MS = 20_000;

export interface DayCount {
  readonly day: number;
  /** Rows of all devices by table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** @param messages that each device writes a day */
export async function liveFor(
  days: number,
  messages: number,
  seed: number,
): Promise<{ readonly days: readonly DayCount[]; readonly violations: readonly string[] }> {
  const world = createWorld({ seed, isReal: false, plant: null, print: null });
  const people = createPeople(world.devices, createRandom(seedWords(seed)), world.violate);
  const founder = world.addDevice("p0");
  await world.perform("found", async () => {
    await founder.start();
    await people.found(founder);
  });
  for (const role of ["relative", "child"] as const) {
    await world.perform("newcomer", async () => {
      const newcomer = world.addDevice(`${role}${world.devices().length}`);
      await newcomer.start();
      people.beginJoin({ inviter: founder, newcomer, role, forMember: null });
    });
    const until = world.scheduler.now() + JOINING_MS_MAX;
    while (people.joins.some((one) => one.step !== "done") && world.scheduler.now() < until) {
      await world.perform("look", people.look);
      await world.runUntil(world.scheduler.now() + STEP_MS);
    }
  }
  const counts: DayCount[] = [];
  for (let day = 1; day <= days; day += 1) {
    for (const device of world.devices()) device.wake();
    for (let message = 0; message < messages; message += 1) {
      for (const device of world.devices()) {
        await world.perform("write", async () => people.write(device));
      }
      await world.runUntil(world.scheduler.now() + ONLINE_MS / messages);
    }
    await world.runUntil(world.scheduler.now() + ONLINE_MS);
    counts.push({ day, rows: rowsOf(world.devices().map((one) => one.disk().snapshot())) });
    for (const device of world.devices()) device.sleep(true);
    await world.runPastSleep(DAY_MS);
  }
  const violations = world.violations.map(({ rule, detail }) => `${rule} ${detail}`);
  return { days: counts, violations };
}

function rowsOf(
  disks: readonly ReadonlyMap<string, readonly unknown[]>[],
): Readonly<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const disk of disks) {
    for (const [table, all] of disk) rows[table] = (rows[table] ?? 0) + all.length;
  }
  return rows;
}
