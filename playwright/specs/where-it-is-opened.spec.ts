import { expect, startFamily, test } from "../fixtures.ts";

const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const SAFARI = { userAgent: `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1` };
const INSTAGRAM = { userAgent: `${IPHONE} Mobile/15E148 Instagram 389.0.0.49.87 (iPhone16,2)` };
const WEB_VIEW = {
  userAgent:
    "Mozilla/5.0 (Linux; Android 15; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.0.0 Mobile Safari/537.36",
};

test(
  "[E2E133, PW32] an iPhone's browser leads to the Home Screen first, and joins only who insists",
  { tag: "@long" },
  async ({ newDevice, permissions }) => {
    const mum = await newDevice("Mum");
    const clipboard = {
      permissions: [...(permissions ?? []), "clipboard-read", "clipboard-write"],
    };
    const dad = await newDevice("Dad", { ...SAFARI, ...clipboard });
    await startFamily(mum);
    const link = await mum.invite.create("Parent");
    await dad.open(link);
    const { page } = dad;
    await expect(
      page.getByRole("heading", { name: "First put TinyWeb on your Home Screen" }),
    ).toBeVisible();
    await expect(page.getByText("Add to Home Screen”, then “Add”")).toBeVisible();
    expect(new URL(page.url()).hash).toBe("");
    await expect(page.getByRole("button", { name: "Ask to join" })).toBeHidden();
    await expect(mum.page.getByText("Waiting for somebody to open it")).toBeVisible();
    await page.getByRole("button", { name: "Copy the invite" }).click();
    await expect(page.getByText("Copied")).toBeVisible();
    expect(await page.evaluate(async () => navigator.clipboard.readText())).toBe(link);

    await page.getByRole("button", { name: "Join in this browser all the same" }).click();
    await dad.joining.askHere();
    await expect(dad.joining.code).toBeVisible();
    await mum.invite.approveAfterComparing();
    await expect(dad.chats.entry("Mum")).toBeVisible();
    await dad.openTab("More");
    await page.getByText("Put TinyWeb on your Home Screen").click();
    await expect(page.getByText("Tap the Share button")).toBeVisible();
  },
);

test(
  "[E2E134, PW30] from the Home Screen the same iPhone joins by pasting",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad", SAFARI);
    await dad.context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "standalone", { get: () => true });
    });
    await startFamily(mum);
    const link = await mum.invite.create("Parent");
    await dad.open();
    const { page } = dad;
    await page.getByRole("button", { name: "I was invited" }).click();
    await page.getByRole("textbox", { name: "Paste the invite link" }).fill(link);
    await dad.joining.askHere();
    await expect(dad.joining.code).toBeVisible();
    await mum.invite.approveAfterComparing();
    await expect(dad.chats.entry("Mum")).toBeVisible();
    await dad.openTab("More");
    await expect(page.getByText("stays, as an installed app")).toBeVisible();
    await mum.openTab("Family");
    await expect(mum.page.getByText("may forget").first()).toBeVisible();
    const dads = mum.page.getByRole("listitem").filter({ hasText: "Dad" });
    await expect(dads.getByText("may forget")).toBeHidden();
  },
);

test("[E2E135, PW31] inside another app nothing starts; the app is named, and the invite can be taken along", async ({
  newDevice,
  permissions,
  host,
}) => {
  const clipboard = { permissions: [...(permissions ?? []), "clipboard-read", "clipboard-write"] };
  const dad = await newDevice("Dad", { ...INSTAGRAM, ...clipboard });
  const link = `${host.url}#j1.AbCd`;
  await dad.open(link);
  const { page } = dad;
  await expect(page.getByRole("heading")).toHaveText("This page is open inside Instagram");
  await expect(page.getByText("Open in Safari")).toBeVisible();
  // The app's own "Open in Safari" takes the address, so the invite is in it.
  expect(page.url()).toBe(link);
  await page.getByRole("button", { name: "Copy the invite" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(async () => navigator.clipboard.readText())).toBe(link);
  expect(page.workers()).toEqual([]);
  expect(await page.evaluate(async () => indexedDB.databases())).toEqual([]);
  await expect(page.getByRole("button")).toHaveCount(1);
});

test("[E2E135, PW31] an app that does not say its name may be a browser after all", async ({
  newDevice,
}) => {
  const gran = await newDevice("Gran", WEB_VIEW);
  await gran.open();
  const { page } = gran;
  await expect(page.getByRole("heading")).toHaveText("This page is open inside another app");
  await expect(page.getByText("Open in Chrome")).toBeVisible();
  await page.getByRole("button", { name: "It is a browser: go on here" }).click();
  await gran.welcome.expectFirstRun();
});
