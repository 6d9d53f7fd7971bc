import { expect, startFamily, test } from "../fixtures.ts";
import { countRows } from "../pages/disk.ts";

test("[E2E15] whoever has the link alone gets no byte of the ledger, and a No burns it", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const thief = await newDevice("Dad");
  await startFamily(mum);
  const link = await mum.invite.create("Parent");
  await thief.joining.ask(link);
  await expect(thief.joining.code).toHaveText(/^\d{6}$/);
  await expect(mum.invite.code).toBeVisible();
  expect(await countRows(mum, "blocks")).toBeGreaterThan(0);
  expect(await countRows(thief, "blocks")).toBe(0);

  await mum.page.getByRole("button", { name: "They differ" }).click();
  await expect(mum.page.getByText("nobody was let in")).toBeVisible();
  await expect(thief.page.getByRole("heading", { name: "This did not work" })).toBeVisible();
  expect(await countRows(thief, "blocks")).toBe(0);
  for (const table of ["entries", "bodies", "blobs", "registers"]) {
    expect(await countRows(thief, table), table).toBe(0);
  }
  await mum.family.expectMembers(["Mum"]);

  // The link is dead for everybody.
  const other = await newDevice("Dad");
  await other.joining.ask(link);
  await other.joining.expectWords("Looking for");
  await mum.openTab("Chats");
  await expect(mum.page.getByText(/asks to join|Somebody opened/)).toBeHidden();
  expect(await countRows(other, "blocks")).toBe(0);
});

test(
  "[E2E16] the newcomer can say that the digits differ, and nobody is let in",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    await startFamily(mum);
    await dad.joining.ask(await mum.invite.create("Parent"));
    await dad.page.getByRole("button", { name: "They differ" }).click();
    await expect(dad.page.getByRole("alert")).toContainText("The digits differed");
    await expect(mum.page.getByText("The digits differed, so nobody was let in")).toBeVisible();
    await expect(mum.invite.approve).toBeHidden();
    await mum.family.expectMembers(["Mum"]);
  },
);
