import { admit, expect, startFamily, test } from "../fixtures.ts";
import { answerLikeFirefox, FIREFOX_PHONE } from "../promising-browser.ts";

test("[E2E136, PW34, PW35, PW36] whether a browser keeps the family is told on every screen of it, and asked for by a press", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad", FIREFOX_PHONE);
  await answerLikeFirefox(dad, true);
  await startFamily(mum);
  await admit(mum, dad, "Parent");

  // Chromium's own answer, in a fresh profile, is no.
  await mum.openTab("More");
  await expect(mum.page.getByText("may be forgotten")).toBeVisible();
  await expect(dad.page.getByText("Keep your family on this device?")).toBeVisible();
  await mum.openTab("Family");
  await dad.openTab("Family");
  for (const { page } of [mum, dad]) {
    await expect(page.getByText("may forget", { exact: true })).toHaveCount(2);
    await expect(page.getByText("has not promised to keep")).toBeVisible();
  }

  await dad.openTab("Chats");
  await dad.page.getByRole("button", { name: "Keep it here" }).click();
  await expect(dad.page.getByText("Keep your family on this device?")).toBeHidden();
  await expect(mum.page.getByText("may forget", { exact: true })).toHaveCount(1);
  await dad.openTab("More");
  await expect(dad.page.getByText("stays, this browser has promised it")).toBeVisible();
  await dad.close();
  await mum.reload();
  await mum.openTab("Family");
  await expect(mum.page.getByText("may forget", { exact: true })).toHaveCount(1);
});

test(
  "[E2E136, PW36] a browser that says no is not asked again and again",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad", FIREFOX_PHONE);
    await answerLikeFirefox(dad, false);
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await dad.page.getByRole("button", { name: "Keep it here" }).click();
    await expect(dad.page.getByText("Keep your family on this device?")).toBeHidden();
    await dad.openTab("More");
    await expect(dad.page.getByText("The browser did not promise it")).toBeVisible();
    await dad.reload();
    await dad.openTab("Chats");
    await dad.page.getByRole("button", { name: "Not now" }).click();
    await dad.reload();
    await expect(dad.chats.entry("Mum")).toBeVisible();
    await expect(dad.page.getByText("Keep your family on this device?")).toBeHidden();
  },
);
