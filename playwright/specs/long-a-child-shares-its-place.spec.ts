import { admit, type Device, expect, startFamily, test } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

const HOME = { latitude: 51.5, longitude: -0.125, accuracy: 14 };
const SCHOOL = { latitude: 51.52, longitude: -0.125, accuracy: 8 };
/** The family's interval is a minute: a place that moved follows in the second one. */
const NEXT_PLACE = { timeout: 90_000 };

const rowOf = ({ page }: Device, name: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name, exact: true }) });
const stripOf = ({ page }: Device) => page.getByRole("region", { name: "My place" }).first();

test("[E2E150] a child shares its place for an hour, a parent sees where it is and where it goes, and no more once it stops", async ({
  newDevice,
}) => {
  test.setTimeout(300_000);
  const mum = await newDevice("Mum");
  const mia = await newDevice("Mia", { geolocation: HOME, permissions: ["geolocation"] });
  await startFamily(mum);
  await admit(mum, mia, "Child");
  const found: string[] = [];

  await mum.openTab("Places");
  await expect(mum.page.getByText("Nobody shares a place with you")).toBeVisible();
  await mia.openTab("Places");
  await mia.page.getByRole("button", { name: "Share my place" }).click();
  found.push(...(await lookAt(mia, "places-1-choosing")));
  await mia.page.getByRole("radio", { name: "Mum" }).check();
  await mia.page.getByRole("radio", { name: "An hour" }).check();
  await mia.page.getByRole("button", { name: "Share my place" }).click();

  const strip = stripOf(mia);
  await expect(strip.getByText(/^You share your place with Mum until/)).toBeVisible();
  await expect(mia.page.getByText("It is on Mum's device.")).toBeVisible();
  found.push(...(await lookAt(mia, "places-2-shared")));
  const row = rowOf(mum, "Mia");
  await expect(row.getByText("give or take 10 metres")).toBeVisible();
  const map = row.getByRole("link", { name: "Show Mia in a map app" });
  await expect(map).toHaveAttribute("href", /^geo:51\.50000,-0\.12500/);
  await expect(
    row.getByRole("link", { name: "Show Mia on OpenStreetMap, outside of your family's network" }),
  ).toHaveAttribute("href", /openstreetmap\.org/);
  found.push(...(await lookAt(mum, "places-3-seen")));

  await mia.page.context().setGeolocation(SCHOOL);
  await expect(map).toHaveAttribute("href", /^geo:51\.52000,-0\.12500/, NEXT_PLACE);

  await mum.page.reload();
  await expect(map).toHaveAttribute("href", /^geo:51\.52000,-0\.12500/);
  await mia.page.reload();
  await expect(strip.getByText(/^You share your place with Mum until/)).toBeVisible();
  await mia.openTab("Chats");
  await expect(strip).toBeVisible();

  await strip.getByRole("button", { name: "Stop" }).click();
  await expect(strip).toHaveCount(0);
  await expect(row).toHaveCount(0);
  await mum.page.reload();
  await expect(mum.page.getByText("Nobody shares a place with you")).toBeVisible();
  await mia.page.reload();
  await expect(mia.page.getByRole("button", { name: "Help" })).toBeVisible();
  await expect(strip).toHaveCount(0);
  expect(found).toEqual([]);
});

test("[E2E151] a browser that does not say where it is gets words and a way, and nothing is shared", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const mia = await newDevice("Mia", { permissions: [] });
  await startFamily(mum);
  await admit(mum, mia, "Child");
  await mum.openTab("Places");
  await mia.openTab("Places");
  await mia.page.getByRole("button", { name: "Share my place" }).click();
  await mia.page.getByRole("button", { name: "Share my place" }).click();
  const words = mia.page.getByRole("alert").filter({ hasText: "allow the location for this page" });
  await expect(words).toBeVisible();
  expect(await lookAt(mia, "places-4-refused")).toEqual([]);
  await expect(stripOf(mia)).toHaveCount(0);
  await expect(mum.page.getByText("Nobody shares a place with you")).toBeVisible();

  // Once it is allowed, the same press shares it.
  await mia.page.context().setGeolocation(HOME);
  await mia.page.context().grantPermissions(["geolocation"]);
  await mia.page.getByRole("button", { name: "Share my place" }).click();
  await expect(stripOf(mia)).toBeVisible();
  await expect(rowOf(mum, "Mia")).toBeVisible();
});
