/**
 * From pressing "Send" in one page to the text being in the other's list, in two real pages that
 * share a family, beside the raw data-channel round trip of the same two pages, and beside y-webrtc
 * and trystero in pages of their own, all in one run and one browser.
 */
import type { Browser } from "@playwright/test";
import { Device } from "../playwright/device.ts";
import { admit, startFamily } from "../playwright/family-story.ts";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { watch } from "../playwright/watch.ts";
import { launchBrowser, openContext } from "./browser.ts";
import { measureRawRoundTrips } from "./raw-channel.ts";
import { openPair, servePages, type Rival } from "./rivals.ts";
import { measureDelays } from "./sending.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement, quantile, type Row, toRow } from "./types.ts";

const MESSAGES = 200;
const WARM_UP_MESSAGES = 10;
const PINGS = 500;
const RUNS = 3;
/** Between two messages: a person's pace would be slower; the node's rate limit is higher. */
const PAUSE_MS = 25;
const SENDING = { count: WARM_UP_MESSAGES + MESSAGES, name: "message", pauseMs: PAUSE_MS };
const RIVALS: readonly Rival[] = ["y-webrtc", "trystero"];

const SHOWN = "message, Send to shown";
/** The same over the pump: what browsers get that cannot transfer a data channel. */
const PUMPED = `${SHOWN}, pumped`;
const ROUND_TRIP = "raw channel, round trip";

/** Of each subject the milliseconds of each run, sorted. */
type Runs = Map<string, (readonly number[])[]>;

export async function measureMessages(stage: Stage): Promise<Measurement> {
  buildUnlessFresh();
  const host = stage.own(await Host.start(), (one) => one.stop());
  const address = await servePages(stage, RIVALS);
  const browser = await launchBrowser(stage);
  const runs: Runs = new Map();
  for (let run = 1; run <= RUNS; run += 1) {
    stage.say(`message: run ${run} of ${RUNS}, ${SHOWN}`);
    await measureFamily(browser, host, runs);
    for (const rival of RIVALS) {
      stage.say(`message: run ${run} of ${RUNS}, ${rival}`);
      const pair = await openPair(browser, address, rival, `room-${run}`);
      const delays = await measureDelays(pair.from, pair.to, SENDING);
      keep(runs, `${rival}, Send to shown`, delays.slice(WARM_UP_MESSAGES));
      await pair.close();
    }
  }
  const rows = [...runs].flatMap(([subject, delays]) => rowsOf(subject, delays));
  return { topic: "message", machine: describeMachine(browser.version()), rows };
}

async function measureFamily(browser: Browser, host: Host, runs: Runs): Promise<void> {
  const open = async (person: string): Promise<Device> => {
    const context = await openContext(browser);
    return new Device(person, context, await watch(context, [new URL(host.url).host]), host);
  };
  const mum = await open("Mum");
  const dad = await open("Dad");
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  const trips = await measureRawRoundTrips(mum.page, dad.page, PINGS);
  const delays = await measureDelays(mum.page, dad.page, SENDING);
  keep(runs, SHOWN, delays.slice(WARM_UP_MESSAGES));
  for (const device of [mum, dad]) await device.page.goto(`${host.url}?channel=pump`);
  for (const device of [mum, dad]) await device.chats.expectConnected(1, 1);
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  const pumped = await measureDelays(mum.page, dad.page, { ...SENDING, name: "pumped" });
  keep(runs, PUMPED, pumped.slice(WARM_UP_MESSAGES));
  keep(runs, ROUND_TRIP, trips);
  keep(
    runs,
    "raw channel, half round trip",
    trips.map((ms) => ms / 2),
  );
  await Promise.all([mum.context.close(), dad.context.close()]);
}

function keep(runs: Runs, subject: string, values: readonly number[]): void {
  runs.set(subject, [...(runs.get(subject) ?? []), values.toSorted((a, b) => a - b)]);
}

function rowsOf(subject: string, runs: readonly (readonly number[])[]): readonly Row[] {
  return [0.5, 0.99].map((share) =>
    toRow(
      { subject, metric: `p${share * 100}`, unit: "ms" },
      runs.map((sorted) => quantile(sorted, share)),
    ),
  );
}
