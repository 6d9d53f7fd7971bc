/**
 * A family whose rules are kept by three people's devices, and devices that are opened one at a time,
 * each beside a device that only carries what the others have signed.
 */
import { expect } from "@playwright/test";
import type { Device } from "./device.ts";
import { admit, startFamily } from "./family-story.ts";
import type { Fixtures } from "./fixtures.ts";
import { countRows } from "./pages/disk.ts";
import { answerLikeFirefox, FIREFOX_PHONE } from "./promising-browser.ts";

/** Mum, Dad and Gran, whose devices keep the rules together. */
export async function threeKeep(
  newDevice: Fixtures["newDevice"],
): Promise<[Device, Device, Device]> {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad", FIREFOX_PHONE);
  const gran = await newDevice("Gran", FIREFOX_PHONE);
  for (const one of [dad, gran]) await answerLikeFirefox(one, true);
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await admit(mum, gran, "Relative");
  await mum.family.expectKept("Mum's device writes down");
  for (const one of [dad, gran]) {
    await one.family.expectKept("its browser may forget what is stored here");
    await one.family.keepHere();
    await one.family.letHelp();
    if (one === dad) await one.family.expectKept("This device is ready to help.");
  }
  for (const one of [mum, dad, gran]) {
    await one.family.expectKept("3 devices keep the rules. One of them may be off or lost");
  }
  return [mum, dad, gran];
}

/** How long the carrier's disk must stay as it is before nothing more is expected of who is open. */
const QUIET_MS = 1_500;

/**
 * Waits until the carrier has stored everything that the device which is open beside it has to say:
 * its rows of the height in flight, of blocks and of what waits stay as they are.
 */
export async function expectNothingMoreIsSaid(carrier: Device): Promise<void> {
  let last = "";
  let since = 0;
  await expect
    .poll(
      async () => {
        const tables = ["log", "blocks", "pending"] as const;
        const rows = await Promise.all(tables.map((table) => countRows(carrier, table)));
        if (rows.join(",") !== last) {
          last = rows.join(",");
          since = performance.now();
        }
        return performance.now() - since;
      },
      { intervals: [250] },
    )
    .toBeGreaterThan(QUIET_MS);
}
