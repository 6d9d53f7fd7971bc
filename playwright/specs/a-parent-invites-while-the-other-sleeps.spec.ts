import { expect, FAMILY_NAME, test } from "../fixtures.ts";

test(
  "[E2E12] a join waits for the device that keeps the rules, says so, and completes",
  { tag: "@long" },
  async ({ family, newDevice }) => {
    const [mum, dad] = await family(2);
    await mum.close();
    await expect(dad.chats.chip).toHaveText("0 of 1 devices connected");
    const gran = await newDevice("Gran");
    await gran.joining.ask(await dad.invite.create("Relative"));
    await expect(gran.joining.code).toHaveText(/^\d{6}$/);
    await expect(dad.invite.code).toHaveText(await gran.joining.code.innerText());
    await dad.invite.approveAfterComparing();
    await expect(
      dad.page.getByText("Waiting for Mum's device to open; then Gran is in."),
    ).toBeVisible();
    await gran.joining.expectWords("Now it waits for Mum: ask them to open TinyWeb");

    await gran.reload();
    await gran.joining.expectWords("Now it waits for Mum: ask them to open TinyWeb");

    await mum.open();
    await dad.invite.expectDone(`Gran is in ${FAMILY_NAME}.`);
    await expect(gran.chats.entry("Dad")).toBeVisible();
    await gran.family.expectMembers(["Mum", "Dad", "Gran"]);
    await mum.family.expectMembers(["Mum", "Dad", "Gran"]);
    const heads = await Promise.all(
      [mum, dad, gran].map((one) => one.more.readDetail("ledger head")),
    );
    expect(new Set(heads).size).toBe(1);
  },
);
