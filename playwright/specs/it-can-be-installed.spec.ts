import { chromium } from "@playwright/test";
import { LAUNCH_OPTIONS } from "../browser.ts";
import { expect, test } from "../fixtures.ts";

test("[E2E128, PW7] browsers find it fit to be installed", async ({ host }, testInfo) => {
  // An incognito context can never install.
  const context = await chromium.launchPersistentContext(
    testInfo.outputPath("profile"),
    LAUNCH_OPTIONS,
  );
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await page.goto(host.url);
  await page.evaluate(async () => navigator.serviceWorker.ready);
  const manifest = await session.send("Page.getAppManifest");
  expect(manifest.errors).toEqual([]);
  expect(new URL(manifest.url).pathname).toBe("/manifest.webmanifest");
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  expect(installabilityErrors).toEqual([]);
  const { appId } = await session.send("Page.getAppId");
  expect(appId).toBe(host.url);
  await context.close();
});
