import { expect, startFamily, test } from "../fixtures.ts";

test("[E2E137, PW39] the invite goes through the device's share sheet where there is one, and can be copied", async ({
  newDevice,
  permissions,
}) => {
  const clipboard = [...(permissions ?? []), "clipboard-read", "clipboard-write"];
  const mum = await newDevice("Mum", { permissions: clipboard });
  // The sheet itself is the system's: here it takes what it is given, or is closed by the person.
  await mum.context.addInitScript(() => {
    const shared: ShareData[] = [];
    Object.assign(window, { shared });
    navigator.share = async (data) => {
      shared.push(data ?? {});
      if (shared.length > 1) throw new DOMException("closed", "AbortError");
    };
  });
  await startFamily(mum);
  const link = await mum.invite.create("Child");
  const { page } = mum;
  const share = page.getByRole("button", { name: "Share link" });
  await share.click();
  await share.click();
  const shared = await page.evaluate(
    () => (window as unknown as { readonly shared: readonly ShareData[] }).shared,
  );
  expect(shared.map(({ url }) => url)).toEqual([link, link]);
  await expect(share).toBeEnabled();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  expect(await page.evaluate(async () => navigator.clipboard.readText())).toBe(link);
});

test(
  "[E2E137, PW39] without a share sheet there is no button for it",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    await mum.context.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, "share");
    });
    await startFamily(mum);
    await mum.invite.create("Child");
    await expect(mum.page.getByRole("button", { name: "Copy", exact: true })).toBeVisible();
    await expect(mum.page.getByRole("button", { name: "Share link" })).toBeHidden();
  },
);
