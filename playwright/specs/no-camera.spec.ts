import { expect, startFamily, test } from "../fixtures.ts";

test(
  "[E2E132, PW41] without a camera the scanner says so, and the link can be pasted",
  { tag: "@long" },
  async ({ newDevice, permissions }) => {
    const mum = await newDevice("Mum");
    const clipboard = [...(permissions ?? []), "clipboard-read", "clipboard-write"];
    const dad = await newDevice("Dad", { permissions: clipboard });
    await startFamily(mum);
    const link = await mum.invite.create("Parent");
    await dad.open();
    const { page } = dad;
    await page.getByRole("button", { name: "I was invited" }).click();
    await page.getByRole("button", { name: "Scan the code" }).click();
    await expect(page.getByText("has no camera that the browser can use")).toBeVisible();
    await page.getByRole("button", { name: "Stop" }).click();

    await page.evaluate(async (text) => navigator.clipboard.writeText(text), `Join us! ${link}`);
    await page.getByRole("button", { name: "Paste" }).click();
    await expect(page.getByRole("textbox", { name: "Paste the invite link" })).toHaveValue(
      `Join us! ${link}`,
    );
    await dad.joining.askHere();
    await expect(dad.joining.code).toBeVisible();
    await mum.invite.approveAfterComparing();
    await expect(dad.chats.entry("Mum")).toBeVisible();
  },
);

test("[E2E132, PW41] a camera that may not be used is told apart from one that is not there", async ({
  newDevice,
}) => {
  const dad = await newDevice("Dad", { permissions: [] });
  await dad.open();
  const { page } = dad;
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = async () =>
      Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await dad.reload();
  await page.getByRole("button", { name: "I was invited" }).click();
  await page.getByRole("button", { name: "Scan the code" }).click();
  await expect(page.getByText("TinyWeb may not use the camera")).toBeVisible();
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
});
