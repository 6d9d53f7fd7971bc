import { expect, test } from "../fixtures.ts";
import { watch } from "../watch.ts";

const STRANGER = "http://stranger.test/";

test("[E2E30] what the stories watch for is seen when it happens, on the page and in the worker", async ({
  browser,
  host,
}) => {
  const context = await browser.newContext();
  const seen = await watch(context, [new URL(host.url).host]);
  const page = await context.newPage();
  await page.goto(host.url);
  await page.getByRole("button", { name: "Start a family" }).waitFor();
  expect(seen).toEqual({ violations: [], errors: [], strangers: [] });

  await page.evaluate(() => {
    try {
      document.body.innerHTML = "<b>not by our policy</b>";
    } catch (error) {
      console.error(String(error));
    }
  });
  await expect.poll(() => seen.violations).toContainEqual(expect.stringContaining("trusted-types"));
  await expect.poll(() => seen.errors).toContainEqual(expect.stringContaining("TrustedHTML"));

  await page.evaluate((address) => fetch(address).catch(() => null), STRANGER);
  await expect.poll(() => seen.violations).toContainEqual(expect.stringContaining("connect-src"));

  const [worker] = page.workers();
  await worker?.evaluate((address) => fetch(address).catch(() => null), STRANGER);
  await expect
    .poll(() => seen.errors)
    .toContainEqual(expect.stringContaining("violation in the worker: connect-src"));

  await page.goto(`${host.url}config.json`);
  await page.evaluate((address) => {
    location.href = address;
  }, STRANGER);
  await expect.poll(() => seen.strangers).toContain(STRANGER);
  await context.close();
});
