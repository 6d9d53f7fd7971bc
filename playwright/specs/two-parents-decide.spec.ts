import { admit, expect, startFamily, test } from "../fixtures.ts";

test(
  "[E2E97, IN25, UI100, UI101] a third parent is let in by two, and a role is changed by two",
  { tag: "@long" },
  async ({ newDevice }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    const gran = await newDevice("Gran");
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    const link = await mum.invite.create("Parent");
    await expect(mum.page.getByText("Dad has to agree too")).toBeVisible();
    await gran.joining.ask(link);
    await expect(gran.joining.code).toBeVisible();
    await mum.invite.approveAfterComparing();
    await expect(mum.page.getByText("Gran is in as soon as Dad agrees too")).toBeVisible();
    await expect(dad.page.getByText("Something waits for your word.")).toBeVisible();
    await dad.deciding.expectAsked("Mum asks to let Gran join as a parent", "You have to agree.");
    await dad.deciding.agree("let Gran join");
    await mum.invite.expectDone("Gran is in The Okafors.");
    await expect(gran.chats.entry("Mum")).toBeVisible();
    await dad.family.expectMembers(["Mum", "Dad", "Gran"]);
    // And back again, by two others than Gran.
    await mum.deciding.makeRole("Gran", "Make a relative");
    await mum.deciding.expectSaid("Asked.");
    await gran.deciding.expectAsked("Mum asks to make you a relative, and no parent any more");
    await dad.deciding.object("make Gran a relative");
    await mum.deciding.expectAsked("You asked to make Gran a relative", "Not agreed: Dad.");
    await dad.deciding.agree("make Gran a relative");
    await expect(dad.page.getByRole("article")).toHaveCount(0);
    await expect(gran.page.getByRole("button", { name: "Invite", exact: true })).toHaveCount(0);
  },
);

test("[E2E98, HO8, XC13, UI103, UI104, UI105] a lost phone is held and taken out: it says so when it is found, and the others have its messages", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const mia = await newDevice("Mia");
  await startFamily(mum);
  await admit(mum, mia, "Child");
  await mia.chats.openConversation("Mum");
  await mia.conversation.send("I am at the bus stop");
  await mum.openTab("Chats");
  await mum.chats.openConversation("Mia");
  await expect(mum.conversation.message("I am at the bus stop")).toBeVisible();
  await mum.deciding.hold("Mia");
  await expect(mia.page.getByText("Mum has put this device on hold")).toBeVisible();
  await mia.close();
  await mum.deciding.takeDeviceOut("Mia", "It is lost or stolen");
  await mum.deciding.expectSaid("Done.");
  await mia.open();
  await expect(
    mia.page.getByRole("heading", { name: "This device is not in The Okafors any more" }),
  ).toBeVisible();
  await expect(mia.page.getByText("thought lost or stolen")).toBeVisible();
  await mia.page.reload();
  await expect(mia.page.getByText("thought lost or stolen")).toBeVisible();
  await mum.openTab("Chats");
  await mum.chats.openConversation("Mia");
  await expect(mum.conversation.message("I am at the bus stop")).toBeVisible();
  // The phone is found: an invite for a device of hers begins it anew.
  const link = await mum.invite.createForDeviceOf("Mia");
  expect(link).toContain("#j1.");
});
