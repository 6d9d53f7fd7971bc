/**
 * `npm run picture`: makes docs/pictures/demo.png, the first picture of the README, from the real
 * demo family in a real browser. Nothing in it is drawn: what it shows has just happened.
 */

import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { chromium, type Page } from "@playwright/test";
import { LAUNCH_OPTIONS } from "../playwright/browser.ts";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { startServer } from "../signaling/server.ts";

const PICTURE = "docs/pictures/demo.png";
const SIZE = { width: 1600, height: 1000 };
const BYTES_MAX = 400_000;

async function main(): Promise<void> {
  buildUnlessFresh();
  const server = await startServer({ port: 0, staticDir: "dist/app" });
  const browser = await chromium.launch(LAUNCH_OPTIONS);
  try {
    const page = await browser.newPage({
      viewport: SIZE,
      locale: "en-GB",
      colorScheme: "light",
      reducedMotion: "reduce",
    });
    await page.goto(`http://localhost:${server.port}/`);
    await page.getByRole("button", { name: "Look around" }).click();
    await play(page);
    mkdirSync(dirname(PICTURE), { recursive: true });
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
    await server.close();
  }
  const { size } = statSync(PICTURE);
  console.log(`${PICTURE}: ${Math.round(size / 1000)} kB`);
  if (size > BYTES_MAX) throw new Error(`the picture is larger than ${BYTES_MAX} bytes`);
}

/** A message that arrived, one that is held, one that waits, and one that a rule refused. */
async function play(page: Page): Promise<void> {
  const screen = (person: string) => page.getByTitle(`${person}'s phone`).contentFrame();
  const write = async (person: string, text: string) => {
    await screen(person).getByRole("textbox", { name: "Message" }).fill(text);
    await screen(person).getByRole("button", { name: "Send" }).click();
  };
  await page.getByRole("button", { name: "Put to sleep: Mia" }).click({ trial: true });
  await write("Mum", "Yes, of course!");
  await screen("Mum").getByText("delivered").nth(1).waitFor();
  await page.getByRole("button", { name: "Put to sleep: Mia" }).click();
  await write("Mum", "Bring your helmet.");
  await screen("Mum").getByRole("log").getByText("held by 2 devices").last().waitFor();
  await page.getByRole("button", { name: "Cut the connection: Grandma Rose" }).click();
  await write("Grandma Rose", "It is in the oven already.");
  await screen("Grandma Rose").getByText("queued, waiting for Mum").waitFor();
  await write("Zoe", "Are you coming out to play?");
  await screen("Zoe").getByRole("alert").waitFor();
  await page.mouse.move(0, 0);
  await page.getByRole("heading", { name: "A make-believe family" }).focus();
  // What was drawn last is on the screen with the second frame from now.
  await page.evaluate(
    async () =>
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

await main();
