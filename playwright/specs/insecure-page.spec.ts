import { expect, test } from "../fixtures.ts";

test("[E2E21] a page without a secure context says what to do", async ({
  newDevice,
  host,
  expectedErrors,
}) => {
  // The browser ignores that header on such a page, and says so.
  expectedErrors.push(/Cross-Origin-Opener-Policy header has been ignored/);
  const phone = await newDevice("Mum");
  await phone.open(host.insecureUrl);
  await expect(
    phone.page.getByRole("heading", { name: "This page needs a safe address" }),
  ).toBeVisible();
  await expect(phone.page.getByText("Open this page with https")).toBeVisible();
  await expect(phone.page.getByRole("button")).toHaveCount(0);
});
