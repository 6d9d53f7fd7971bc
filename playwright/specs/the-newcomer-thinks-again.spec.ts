import { expect, startFamily, test } from "../fixtures.ts";

test(
  "[E2E70, UI15] a newcomer is asked before the asking stops, and can stay",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    await startFamily(mum);
    await dad.joining.ask(await mum.invite.create("Parent"));
    await expect(dad.joining.code).toBeVisible();
    const { page } = dad;
    const dialog = page.getByRole("dialog", { name: "Stop asking to join?" });

    await page.getByRole("button", { name: "Stop asking" }).click();
    await expect(dialog).toContainText("The invite works once.");
    await expect(dialog.getByRole("button", { name: "Keep waiting" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("button", { name: "Stop asking" })).toBeFocused();
    await expect(dad.joining.code).toBeVisible();

    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();

    await page.getByRole("button", { name: "Stop asking" }).click();
    await dialog.getByRole("button", { name: "Stop asking" }).click();
    await expect(page.getByRole("button", { name: "Start a family" })).toBeVisible();
  },
);

test("[E2E71, WA4] what cannot be copied says so, also without the page's server", async ({
  newDevice,
  expectedErrors,
}) => {
  expectedErrors.push(/Failed to load resource/);
  // Kept by a service worker nothing would be missing.
  const mum = await newDevice("Mum", { permissions: [], serviceWorkers: "block" });
  await startFamily(mum);
  await mum.invite.create("Parent");
  const { page } = mum;
  await page.evaluate(() => {
    // A browser that forbids it: what a policy or a person's No does.
    navigator.clipboard.writeText = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  const told = page.getByText("This browser did not let the app copy.");
  await page.route("**/assets/**", (route) => route.abort());
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("textbox", { name: "Invite link" })).toBeVisible();
  await expect(told).toBeHidden();
  await page.unroute("**/assets/**");
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(told.first()).toBeVisible();
  await expect(page.getByRole("status").filter({ visible: true })).toHaveCount(0);
});
