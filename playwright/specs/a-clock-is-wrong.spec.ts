import { expect, FAMILY_NAME, admit, startFamily, test } from "../fixtures.ts";

/** Puts the clock of the device's worker ahead. The page's own clock shows times only. */
const FIVE_MINUTES_AHEAD = `{
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...values) { super(...(values.length === 0 ? [Real.now() + 300000] : values)); }
    static now() { return Real.now() + 300000; }
  };
}
`;

test("[E2E20] a clock five minutes ahead is told, and both see the same order", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  // A service worker refuses a file that was changed on its way (SPEC PW5).
  const dad = await newDevice("Dad", { serviceWorkers: "block" });
  await dad.context.route(/\/assets\/worker-main-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: FIVE_MINUTES_AHEAD + (await response.text()) });
  });
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await expect(dad.page.getByRole("alert")).toContainText(
    "The clock of this device is wrong by 5 minutes",
  );
  await expect(mum.page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  await expect(mum.page.getByRole("alert")).toBeHidden();

  await mum.chats.openConversation("Dad");
  await dad.chats.openConversation("Mum");
  const texts: string[] = [];
  for (const number of [1, 2, 3]) {
    for (const [from, to] of [
      [dad, mum],
      [mum, dad],
    ] as const) {
      const text = `${from.person} says ${number}`;
      await from.conversation.send(text);
      await to.conversation.expectMessage(text);
      texts.push(text);
    }
  }
  expect(await mum.conversation.orderOf(texts)).toEqual(texts);
  expect(await dad.conversation.orderOf(texts)).toEqual(texts);

  // Alone, Dad's device has nobody to tell it the time.
  await mum.close();
  await dad.reload();
  await dad.conversation.send("Dad says 4");
  await mum.open();
  await mum.chats.openConversation("Dad");
  await mum.conversation.expectMessage("Dad says 4");
  await mum.conversation.send("Mum says 4");
  await dad.conversation.expectMessage("Mum says 4");
  const all = [...texts, "Dad says 4", "Mum says 4"];
  expect(await mum.conversation.orderOf(all)).toEqual(all);
  expect(await dad.conversation.orderOf(all)).toEqual(all);
});
