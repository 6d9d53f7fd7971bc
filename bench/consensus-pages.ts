/**
 * What a change of the rules takes in real browsers: five devices of one family, each a browser of its
 * own with its storage on disk, four of which keep the rules. From the press on "Create invite" until
 * the new block is durable at each, beside what must lie between: half round trips of the links, by the
 * app's own pings, and the strict writes that one waits for, written again in the same browsers while
 * nothing else happens.
 */
import { Device } from "../playwright/device.ts";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { readLastBlock } from "../playwright/pages/disk.ts";
import { watch } from "../playwright/watch.ts";
import { launchOnDisk, makeFolder } from "./browser.ts";
import { fillBrowser } from "./disk-rows.ts";
import { storedFamily } from "./family-cache.ts";
import type { Figures } from "./figures.ts";
import { measureRawRoundTrips } from "./raw-channel.ts";
import type { Stage } from "./stage.ts";
import {
  measureStrictWrites,
  probeWrites,
  readWritten,
  type Put,
  type Written,
} from "./strict-writes.ts";
import { quantile } from "./types.ts";

const NAMES = ["Mum", "Dad", "Gran", "Ben", "Mia"] as const;
const KEEPERS = 4;
const QUORUM = 3;
const RUNS = 5;
const SETTLE_MS = 3_000;
const PATIENCE_MS = 60_000;
const STRICT_COUNT = 30;
const PINGS = 200;

/** What one device wrote for one height: the transaction that was pending, its two votes, the block. */
type Step = "pending" | "prepare" | "commit" | "blocks";
const STEPS: readonly Step[] = ["pending", "prepare", "commit", "blocks"];

/** Strict writes one after the other until the last replica has the block, and half round trips. */
const PATHS = {
  "the primary's change": {
    writes: ["pending", "prepare", "prepare", "commit", "blocks"],
    halves: 3,
  },
  "another's change": {
    writes: ["pending", "pending", "prepare", "prepare", "commit", "blocks"],
    halves: 4,
  },
} as const satisfies Record<string, { readonly writes: readonly Step[]; readonly halves: number }>;
type Who = keyof typeof PATHS;

/** Kept of all commits: what was written at each step. */
type Shapes = ReadonlyMap<
  Step,
  { readonly rows: number[]; readonly bytes: number[]; readonly ms: number[] }
>;

/** The second half of `npm run bench -- consensus`; the browser's version. */
export async function measurePages(stage: Stage, figures: Figures): Promise<string> {
  buildUnlessFresh();
  const host = stage.own(await Host.start(), (one) => one.stop());
  const devices = await openFamily(stage, host);
  const [primary, other] = devices;
  if (primary === undefined || other === undefined) throw new Error("five devices");
  const primaryId = await primary.more.readDetail("device");
  const shapes: Shapes = new Map(STEPS.map((step) => [step, { rows: [], bytes: [], ms: [] }]));
  const commits = new Map<Who, number[]>();
  for (let run = 0; run <= RUNS; run += 1) {
    for (const [who, author] of [
      ["the primary's change", primary],
      ["another's change", other],
    ] as const) {
      stage.say(
        `consensus: ${who} in pages, ${run === 0 ? "to warm up" : `run ${run} of ${RUNS}`}`,
      );
      const moments = await measureCommit(devices, author, primaryId, shapes);
      if (run === 0) continue;
      commits.set(who, [...(commits.get(who) ?? []), moments["new head at the last replica"]]);
      for (const [moment, ms] of Object.entries(moments)) {
        figures.keep(`${who}, pages`, moment, "ms", ms);
      }
    }
  }
  await compare(stage, figures, devices, shapes, commits);
  return primary.context.browser()?.version() ?? "unknown";
}

/** Five devices with what whole nodes left on their disks, open and all linked. */
async function openFamily(stage: Stage, host: Host): Promise<readonly Device[]> {
  const family = await storedFamily({
    names: NAMES,
    messages: 0,
    keepers: KEEPERS,
    say: stage.say,
  });
  const devices: Device[] = [];
  for (const stored of family) {
    // The probe changes a file of the app, which a service worker would refuse.
    const context = await launchOnDisk(stage, makeFolder(stage), { serviceWorkers: "block" });
    const seen = await watch(context, [new URL(host.url).host]);
    await fillBrowser(context, host.url, stored);
    await probeWrites(context);
    devices.push(new Device(stored.name, context, seen, host));
  }
  for (const device of devices) await device.open();
  const others = NAMES.length - 1;
  for (const { page } of devices) {
    await page.getByText(`${others} of ${others} devices connected`).first().waitFor();
  }
  await sleep(SETTLE_MS);
  return devices;
}

/** What is durable when, milliseconds since the press. Then all is taken back. */
async function measureCommit(
  devices: readonly Device[],
  author: Device,
  primaryId: string,
  shapes: Shapes,
) {
  const { page } = author;
  const height = (await readLastBlock(author)).block.header.height + 1;
  await author.openTab("Chats");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const create = page.getByRole("button", { name: "Create invite" });
  await create.waitFor();
  const pressedAt = await create.evaluate((button: HTMLButtonElement) => {
    const at = performance.timeOrigin + performance.now();
    button.click();
    return at;
  });
  // Looking would take part in what is measured.
  await sleep(SETTLE_MS);
  const all: (readonly Written[])[] = [];
  for (const device of devices) all.push(await waitForBlock(device, height));
  for (const written of all) keepShapes(shapes, written, height, pressedAt);
  const { block, certificate } = await readLastBlock(author);
  const isByPrimary = Buffer.from(block.header.primary).toString("hex") === primaryId;
  // Another view, or another's block, would be another measurement.
  if (certificate.view !== 0 || !isByPrimary) throw new Error("the primary changed");
  await page.getByRole("button", { name: "Withdraw it" }).click();
  for (const device of devices) await waitForBlock(device, height + 1);
  await sleep(SETTLE_MS);
  /** When a step was done at each, the earliest first. */
  const at = (step: Step, some: typeof all): readonly number[] =>
    some
      .flatMap((written) => find(written, step, height, pressedAt)?.ended ?? [])
      .map((ended) => ended - pressedAt)
      .sort((a, b) => a - b);
  const keepers = all.slice(0, KEEPERS);
  const mine = all[devices.indexOf(author)] ?? [];
  return {
    "change at the author": at("pending", [mine])[0] ?? Number.NaN,
    "PREPARE at the primary": at("prepare", keepers)[0] ?? Number.NaN,
    "PREPARE at a quorum": at("prepare", keepers)[QUORUM - 1] ?? Number.NaN,
    "COMMIT at a quorum": at("commit", keepers)[QUORUM - 1] ?? Number.NaN,
    "new head at the author": at("blocks", [mine])[0] ?? Number.NaN,
    "new head at the last replica": at("blocks", keepers)[KEEPERS - 1] ?? Number.NaN,
    "new head at an observer": at("blocks", all.slice(KEEPERS))[0] ?? Number.NaN,
  };
}

async function waitForBlock(device: Device, height: number): Promise<readonly Written[]> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until;) {
    const written = await readWritten(device.page);
    if (find(written, "blocks", height, 0) !== undefined) return written;
    await sleep(50);
  }
  throw new Error(`${device.person} has no block ${height}`);
}

/** The transaction in which a device wrote one step for a height, after the press. */
function find(
  written: readonly Written[],
  step: Step,
  height: number,
  pressedAt: number,
): Written | undefined {
  const isStep = ({ table, key }: Put): boolean => {
    if (step === "pending") return table === "pending";
    if (step === "blocks") return table === "blocks" && key[0] === String(height);
    // What others said is kept beside the own votes, relaxed.
    return table === "log" && key[0] === String(height) && key[1] !== "seen" && key[2] === step;
  };
  return written.find(({ began, puts }) => began > pressedAt && puts.some(isStep));
}

function keepShapes(
  shapes: Shapes,
  written: readonly Written[],
  height: number,
  pressedAt: number,
): void {
  for (const step of STEPS) {
    const one = find(written, step, height, pressedAt);
    if (one === undefined || !one.isStrict) continue;
    const shape = shapes.get(step);
    shape?.rows.push(one.puts.length);
    shape?.bytes.push(one.puts.reduce((sum, { bytes }) => sum + bytes, 0));
    shape?.ms.push(one.ended - one.began);
  }
}

/** What lies between by itself, and the commits beside it. */
async function compare(
  stage: Stage,
  figures: Figures,
  devices: readonly Device[],
  shapes: Shapes,
  commits: ReadonlyMap<Who, readonly number[]>,
): Promise<void> {
  stage.say("consensus: links and disks by themselves");
  const [first, second] = devices;
  if (first === undefined || second === undefined) throw new Error("five devices");
  const trips = (await Promise.all(devices.map(roundTripsOf))).flat();
  for (const ms of trips) figures.keep("links", "round trip, by the app's pings", "ms", ms);
  const raw = await measureRawRoundTrips(first.page, second.page, PINGS);
  figures.keep("links", "round trip, raw channel, p50", "ms", medianOf(raw));
  const alone = new Map<Step, number>();
  const inCommit = new Map<Step, number>();
  for (const [step, { rows, bytes, ms }] of shapes) {
    const request = { rows: medianOf(rows), bytes: medianOf(bytes), count: STRICT_COUNT };
    const took: number[] = [];
    for (const { page } of devices.slice(0, KEEPERS)) {
      took.push(...(await measureStrictWrites(page, request)));
    }
    const subject = `strict write, ${step}, ${request.rows} row of ${request.bytes} B`;
    alone.set(step, medianOf(took));
    inCommit.set(step, medianOf(ms));
    figures.keep(subject, "by itself", "ms", medianOf(took));
    figures.keep(subject, "in a commit", "ms", medianOf(ms));
  }
  for (const [who, all] of commits) {
    const { writes, halves } = PATHS[who];
    const sum = (took: ReadonlyMap<Step, number>): number =>
      writes.reduce((ms, step) => ms + (took.get(step) ?? Number.NaN), 0);
    const linkMs = (halves * medianOf(trips)) / 2;
    const subject = `${who}, pages`;
    figures.keep(subject, `${halves} half round trips`, "ms", linkMs);
    figures.keep(subject, `${writes.length} strict writes, by themselves`, "ms", sum(alone));
    figures.keep(subject, `${writes.length} strict writes, in a commit`, "ms", sum(inCommit));
    for (const ms of all) {
      figures.keep(subject, "new head / (links + writes)", "x", ms / (linkMs + sum(alone)));
      figures.keep(
        subject,
        "new head / (links + writes in a commit)",
        "x",
        ms / (linkMs + sum(inCommit)),
      );
    }
  }
}

/** As the app measures its links; it says whole milliseconds. */
async function roundTripsOf(device: Device): Promise<readonly number[]> {
  const lines = await device.more.readDetails();
  return lines.flatMap((line) => {
    const [, ms] = /^link .* round trip (\d+) ms/.exec(line) ?? [];
    return ms === undefined ? [] : [Number(ms)];
  });
}

function medianOf(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
