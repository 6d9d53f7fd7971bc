import { expect, FAMILY_NAME, startFamily, test } from "../fixtures.ts";

const TEXT_BYTES_MAX = 32 * 1024;
const EMOJI = "👨‍👩‍👧‍👦";

test("[E2E5] joining by a link: the secret leaves the address, both see six digits, one history", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  await startFamily(mum);
  const link = await mum.invite.create("Parent");
  await expect(mum.page.getByRole("timer")).toContainText(/Ends in (10|9) min/);
  const before = await mum.page.getByRole("timer").innerText();
  await expect(mum.page.getByRole("timer")).not.toHaveText(before);

  await dad.open(link);
  expect(dad.page.url()).not.toContain("#");
  await dad.joining.askHere();
  await expect(mum.page.getByRole("heading", { name: "Dad asks to join" })).toBeVisible();
  await expect(dad.joining.code).toHaveText(/^\d{6}$/);
  await expect(mum.invite.code).toHaveText(await dad.joining.code.innerText());
  await expect(mum.invite.approve).toBeDisabled();

  await mum.invite.approveAfterComparing();
  await mum.invite.expectDone(`Dad is in ${FAMILY_NAME}.`);
  await mum.family.expectMembers(["Mum", "Dad"]);
  await dad.family.expectMembers(["Mum", "Dad"]);
  await dad.chats.expectConnected(1, 1);
  const head = await mum.more.readDetail("ledger head");
  expect(head).toMatch(/^[0-9a-f]{64}$/);
  expect(await dad.more.readDetail("ledger head")).toBe(head);
  expect(await dad.more.readDetail("ledger height")).toBe(
    await mum.more.readDetail("ledger height"),
  );
});

test("[E2E6] messages go both ways, crossing ones too, and say what became of them", async ({
  family,
  expectedErrors,
}) => {
  // What a browser logs by itself of every attempt to reach the server while it is offline.
  expectedErrors.push(/ERR_INTERNET_DISCONNECTED/);
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");

  await dad.context.setOffline(true);
  await dad.conversation.send("Hello Mum");
  await dad.conversation.expectState("Hello Mum", "delivered");
  await mum.conversation.expectMessage("Hello Mum");
  await dad.context.setOffline(false);

  await Promise.all([
    mum.conversation.send("crossing from Mum"),
    dad.conversation.send("crossing from Dad"),
  ]);
  for (const person of [mum, dad]) {
    await person.conversation.expectMessage("crossing from Mum");
    await person.conversation.expectMessage("crossing from Dad");
  }
  await mum.conversation.expectState("crossing from Mum", "delivered");
  await dad.conversation.expectState("crossing from Dad", "delivered");
  const texts = ["Hello Mum", "crossing from Mum", "crossing from Dad"];
  expect(await dad.conversation.orderOf(texts)).toEqual(await mum.conversation.orderOf(texts));

  await dad.close();
  await mum.conversation.expectPresence("not connected");
  await mum.conversation.send("see you later");
  await mum.conversation.expectState("see you later", "queued, waiting for Dad to connect");
  await dad.open();
  await mum.conversation.expectState("see you later", "delivered");
});

test(
  "[E2E7] a text of family emoji at the limit arrives; one byte over is told before sending",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await mum.chats.openConversation("Dad");
    const room = TEXT_BYTES_MAX;
    const count = Math.floor(room / Buffer.byteLength(EMOJI));
    const full = EMOJI.repeat(count) + "x".repeat(room - count * Buffer.byteLength(EMOJI));
    expect(Buffer.byteLength(full)).toBe(room);

    await mum.conversation.field.fill(`${full}x`);
    await expect(mum.page.getByText("Too long by 1 bytes.")).toBeVisible();
    await expect(mum.conversation.sendButton).toBeDisabled();

    await mum.conversation.send(full);
    await dad.chats.openConversation("Mum");
    await dad.conversation.expectMessage(full);
    await mum.conversation.expectState(full, "delivered");
  },
);

test("[E2E8] links are safe, other schemes and tags are text, right-to-left text reads from the right", async ({
  family,
}) => {
  const [mum, dad] = await family(2);
  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  await mum.conversation.send("look: https://example.org/recipe?a=1.");
  const link = dad.conversation.log.getByRole("link");
  await expect(link).toHaveText("https://example.org/recipe?a=1");
  await expect(link).toHaveAttribute("href", "https://example.org/recipe?a=1");
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  await expect(link).toHaveAttribute("target", "_blank");

  const markup = "javascript:alert(1) <img src=x onerror=alert(1)> <b>bold</b>";
  await mum.conversation.send(markup);
  await dad.conversation.expectMessage(markup);
  await expect(dad.conversation.log.getByRole("link")).toHaveCount(1);
  await expect(dad.conversation.log.getByRole("img")).toHaveCount(0);

  await mum.conversation.send("שלום אבא, מה שלומך?");
  const greeting = dad.conversation.message("שלום אבא, מה שלומך?");
  await expect(greeting).toBeVisible();
  expect(await greeting.evaluate((shown) => getComputedStyle(shown).direction)).toBe("rtl");
});
