import { expect, startFamily, test } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";

test("[E2E138] the screens about the browser around the app: axe finds nothing serious", async ({
  newDevice,
  host,
}) => {
  test.slow();
  const found: string[] = [];
  const gran = await newDevice("Gran", {
    userAgent: `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`,
  });
  await gran.open();
  await gran.page.getByText("Put TinyWeb on your Home Screen first").click();
  found.push(...(await lookAt(gran, "home-screen-welcome")));
  await gran.page.getByRole("button", { name: "I was invited" }).click();
  found.push(...(await lookAt(gran, "home-screen-invited")));

  const mia = await newDevice("Mia", { userAgent: `${IPHONE} Mobile/15E148 Instagram 389.0` });
  await mia.open(`${host.url}#j1.AbCd`);
  await expect(mia.page.getByRole("heading")).toContainText("Instagram");
  found.push(...(await lookAt(mia, "inside-instagram")));

  const dad = await newDevice("Dad");
  await dad.open();
  await dad.page.getByRole("button", { name: "I was invited" }).click();
  found.push(...(await lookAt(dad, "invited-scan")));
  await dad.page.getByRole("button", { name: "Scan the code" }).click();
  await expect(dad.page.getByRole("button", { name: "Try again" })).toBeVisible();
  found.push(...(await lookAt(dad, "scanner-without-camera")));

  const mum = await newDevice("Mum", { userAgent: "Mozilla/5.0 (Android 15) Firefox/150.0" });
  await startFamily(mum);
  await expect(mum.page.getByText("Keep your family on this device?")).toBeVisible();
  found.push(...(await lookAt(mum, "keep-card")));
  await mum.more.expectOpensWithoutInternet();
  found.push(...(await lookAt(mum, "more-this-device")));
  await mum.openTab("Family");
  await expect(mum.page.getByText("may forget", { exact: true })).toBeVisible();
  found.push(...(await lookAt(mum, "family-may-forget")));
  expect(found).toEqual([]);
});
