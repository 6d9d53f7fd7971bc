import { expect, FAMILY_NAME, test } from "../fixtures.ts";

test("[E2E1] the words are shown until they are confirmed, and never again", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  await mum.open();
  await mum.welcome.startFamily(FAMILY_NAME);
  const words = await mum.words.read();
  expect(new Set(words).size).toBeGreaterThan(12);

  await mum.reload();
  expect(await mum.words.read()).toEqual(words);

  await mum.words.wroteThemDown();
  await mum.words.confirm((number) => (words[number - 1] === "zoo" ? "zone" : "zoo"));
  await expect(mum.page.getByRole("alert")).toContainText("does not match");
  await mum.words.showAgain();
  expect(await mum.words.read()).toEqual(words);

  await mum.words.wroteThemDown();
  await mum.words.confirm((number) => ` ${words[number - 1]?.toUpperCase()} `);
  await expect(mum.page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  await expect(mum.chats.chip).toHaveText("Only this device so far");

  await mum.reload();
  await expect(mum.page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  await expect(mum.page.getByRole("list", { name: "Your recovery words" })).toBeHidden();
});

test("[E2E2] names that cannot be used are told before anything is made", async ({ newDevice }) => {
  const mum = await newDevice("Mum");
  await mum.open();
  await mum.welcome.startFamily("   ");
  await expect(mum.page.getByRole("alert")).toContainText("This name does not work");
  await mum.reload();
  await expect(mum.page.getByRole("button", { name: "Create family" })).toBeVisible();
});
