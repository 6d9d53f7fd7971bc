/**
 * How many received messages a worker takes in a second, by the node's own keeper of gossip: beside
 * WebCrypto's verification alone, with storing beside raw puts, and without WebCrypto's Ed25519 beside
 * noble. Each run asks all in turn, so that their shares can be believed where the rates cannot.
 */
import { launchOnDisk, makeFolder } from "./browser.ts";
import { createFigures } from "./figures.ts";
import { ask, openWorker } from "./in-worker.ts";
import type { FallbackRates, Rates } from "./pages/validate-worker.ts";
import { servePages } from "./rivals.ts";
import type { Stage } from "./stage.ts";
import { describeMachine, type Measurement } from "./types.ts";

const MESSAGES = 4_096;
const WITHOUT_WEBCRYPTO = 256;
const RUNS = 5;
const UNIT = "messages/s";

export async function measureValidation(stage: Stage): Promise<Measurement> {
  const figures = createFigures();
  const address = await servePages(stage, ["in-worker"]);
  const context = await launchOnDisk(stage, makeFolder(stage), { bypassCSP: true });
  const page = await context.newPage();
  await openWorker(page, address, "validate");
  stage.say(`validate: writing ${MESSAGES} messages`);
  figures.keep(
    "a message",
    "header and body",
    "bytes",
    await ask(page, "make", { count: MESSAGES }),
  );
  // What runs first runs before its code is compiled.
  await ask(page, "measure", null);
  for (let run = 1; run <= RUNS; run += 1) {
    stage.say(`validate: run ${run} of ${RUNS}`);
    const { validated, rawOneByOne, rawTogether, stored, rawPuts } = await ask<Rates>(
      page,
      "measure",
      null,
    );
    const raw = Math.max(rawOneByOne, rawTogether);
    figures.keep("decoded, checked, verified, judged", "rate", UNIT, validated);
    figures.keep("WebCrypto verify, one by one", "rate", UNIT, rawOneByOne);
    figures.keep("WebCrypto verify, 32 at once", "rate", UNIT, rawTogether);
    figures.keep(
      "decoded, checked, verified, judged",
      "of the faster",
      "%",
      (100 * validated) / raw,
    );
    figures.keep("the same and stored", "rate", UNIT, stored);
    figures.keep("raw puts, 32 a transaction", "rate", UNIT, rawPuts);
    figures.keep("the same and stored", "of raw puts", "%", (100 * stored) / rawPuts);
    const request = { count: WITHOUT_WEBCRYPTO };
    const slow = await ask<FallbackRates>(page, "measureFallback", request);
    figures.keep("without WebCrypto's Ed25519", "rate", UNIT, slow.validated);
    figures.keep("noble verify", "rate", UNIT, slow.raw);
    figures.keep("without WebCrypto's Ed25519", "of noble", "%", (100 * slow.validated) / slow.raw);
  }
  const version = context.browser()?.version() ?? null;
  await context.close();
  return { topic: "validate", machine: describeMachine(version), rows: figures.rows() };
}
