import { expect, FAMILY_NAME, test } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

test("[E2E27] every screen of a first run: axe finds nothing serious", async ({ newDevice }) => {
  test.slow();
  const mum = await newDevice("Mum");
  await mum.open();
  const { page } = mum;
  const button = (name: string) => page.getByRole("button", { name });
  await button("Look around").waitFor();
  const found = [...(await lookAt(mum, "01-welcome"))];
  await button("I was invited").click();
  found.push(...(await lookAt(mum, "02-invited")));
  await button("Back").click();
  await button("Restore with words").click();
  found.push(...(await lookAt(mum, "03-restore")));
  await button("Back").click();
  await button("Start a family").click();
  await button("Create family").click();
  found.push(...(await lookAt(mum, "04-start-with-a-problem")));
  await button("Back").click();
  await mum.welcome.startFamily(FAMILY_NAME);
  const words = await mum.words.read();
  found.push(...(await lookAt(mum, "05-words")));
  await mum.words.wroteThemDown();
  await mum.words.confirm(() => "zoo");
  await expect(page.getByRole("alert")).toBeVisible();
  found.push(...(await lookAt(mum, "06-words-asked")));
  await mum.words.confirm((number) => words[number - 1] ?? "");
  await expect(page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  found.push(...(await lookAt(mum, "07-chats-empty")));
  await button("Invite").click();
  found.push(...(await lookAt(mum, "08-invite")));
  expect(found).toEqual([]);
});

test("[E2E28] every screen of joining: axe finds nothing serious", async ({
  family,
  newDevice,
}) => {
  test.slow();
  const [mum] = await family(1);
  const dad = await newDevice("Dad");
  const link = await mum.invite.create("Parent");
  const found = [...(await lookAt(mum, "10-invite-shown"))];
  await dad.open(link);
  await expect(dad.page.getByText("You have an invite.")).toBeVisible();
  found.push(...(await lookAt(dad, "11-invited-by-link")));
  await dad.joining.askHere();
  await expect(mum.invite.code).toBeVisible();
  await expect(dad.joining.code).toBeVisible();
  found.push(...(await lookAt(dad, "12-joining-compare")));
  found.push(...(await lookAt(mum, "13-inviter-compare")));
  await mum.invite.theyAreTheSame.click();
  await expect(mum.invite.approve).toBeEnabled();
  found.push(...(await lookAt(mum, "14-inviter-approve")));
  await mum.page.getByRole("button", { name: "They differ" }).click();
  await expect(dad.page.getByRole("alert")).toBeVisible();
  found.push(...(await lookAt(dad, "15-joining-failed")));
  found.push(...(await lookAt(mum, "16-invite-burned")));
  expect(found).toEqual([]);
});

test("[E2E29] every screen of a family that talks: axe finds nothing serious", async ({
  family,
  expectedErrors,
}) => {
  test.slow();
  expectedErrors.push(/planted/);
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await mum.conversation.send(
    "Have a look: https://example.org/a/very/long/path/that/wraps?on=a-phone",
  );
  await mum.conversation.send("שלום, מה שלומך?");
  await mum.conversation.expectState("שלום, מה שלומך?", "delivered");
  await dad.chats.openConversation("Mum");
  await dad.conversation.send(
    "Dinner at seven? 👨‍👩‍👧‍👦 I bring the bread, the long one that everybody liked.",
  );
  await expect(mum.conversation.log).toContainText("Dinner at seven?");
  const found = [...(await lookAt(mum, "20-conversation"))];
  await dad.close();
  await mum.conversation.expectPresence("not connected");
  await mum.conversation.send("see you later");
  await mum.conversation.expectState("see you later", "queued");
  await mum.conversation.field.fill("x".repeat(32 * 1024 + 7));
  found.push(...(await lookAt(mum, "21-conversation-too-long")));
  await mum.conversation.field.fill("");
  await mum.openTab("Chats");
  found.push(...(await lookAt(mum, "22-chats")));
  await mum.openTab("Family");
  found.push(...(await lookAt(mum, "23-family")));
  await mum.page.getByRole("button", { name: "Add a new device for Dad" }).click();
  found.push(...(await lookAt(mum, "24-new-device")));
  await mum.more.readDetails();
  found.push(...(await lookAt(mum, "25-more")));
  const [worker] = mum.page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await expect(mum.page.getByRole("dialog")).toBeVisible();
  found.push(...(await lookAt(mum, "26-stopped")));
  expect(found).toEqual([]);
});
