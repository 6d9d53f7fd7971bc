import { expect, startFamily, test } from "../fixtures.ts";

test("[E2E17] two people with one link: it burns, all three are told, nobody is in", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const stranger = await newDevice("Stranger");
  await startFamily(mum);
  const link = await mum.invite.create("Parent");
  await Promise.all([dad.joining.ask(link), stranger.joining.ask(link)]);
  await expect(mum.page.getByText("Two people used it at the same time")).toBeVisible();
  for (const person of [dad, stranger]) {
    await expect(person.page.getByRole("alert")).toContainText("used by two people at once");
  }
  await mum.family.expectMembers(["Mum"]);
});

test(
  "[E2E18] a second person burns an invite that is already being compared",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    const stranger = await newDevice("Stranger");
    await startFamily(mum);
    const link = await mum.invite.create("Parent");
    await dad.joining.ask(link);
    await mum.invite.theyAreTheSame.click();
    await expect(mum.invite.approve).toBeEnabled();
    await stranger.joining.ask(link);
    await expect(mum.page.getByText("Two people used it at the same time")).toBeVisible();
    await expect(mum.invite.approve).toBeHidden();
    await expect(dad.page.getByRole("alert")).toContainText("used by two people at once");
    await mum.family.expectMembers(["Mum"]);
  },
);
