import { admit, expect, startFamily, test, type Device } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

/** The card of a request, on the Family screen. */
const cardOf = ({ page }: Device, title: string) => page.getByRole("article", { name: title });

test("[E2E147] a child asks, both parents see it, one says yes for today, and all three read it", async ({
  newDevice,
}) => {
  test.slow();
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  const mia = await newDevice("Mia");
  await startFamily(mum);
  await admit(mum, dad, "Parent");
  await admit(mum, mia, "Child");
  const found: string[] = [];
  const asked = "You asked to stay up or play for longer";
  const asks = "Mia asks to stay up or play for longer";

  await mia.openTab("Family");
  await mia.page.getByRole("button", { name: "Ask", exact: true }).click();
  const sheet = mia.page.getByRole("dialog", { name: "Ask your parents" });
  await sheet.getByLabel("What is it about?").selectOption("More time");
  await sheet.getByLabel("Say it in your words").fill("Until ten? It is Friday");
  found.push(...(await lookAt(mia, "ask-1-sheet")));
  await sheet.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(cardOf(mia, asked).getByText("Dad and Mum can see it.")).toBeVisible();
  found.push(...(await lookAt(mia, "ask-2-asked")));

  for (const parent of [mum, dad]) {
    const tab = parent.page.getByRole("navigation", { name: "Main" });
    await expect(tab.getByRole("button", { name: /Family.*1 waits for you/ })).toBeVisible();
    await parent.openTab("Family");
    await expect(cardOf(parent, asks).getByText("Until ten? It is Friday")).toBeVisible();
  }
  found.push(...(await lookAt(dad, "ask-3-asked-of-dad")));
  await cardOf(dad, asks).getByRole("button", { name: "Yes…" }).click();
  const yes = dad.page.getByRole("dialog", { name: "Say yes to Mia?" });
  await expect(yes.getByText("It changes no rule of the family.")).toBeVisible();
  await expect(yes.getByRole("radio", { name: "Today" })).toBeChecked();
  found.push(...(await lookAt(dad, "ask-4-yes")));
  await yes.getByRole("button", { name: "Say yes" }).click();

  await expect(cardOf(dad, asks).getByText(/^You said yes, until the end of/)).toBeVisible();
  await expect(cardOf(mum, asks).getByText(/^Dad said yes, until/)).toBeVisible();
  await expect(cardOf(mum, asks).getByRole("button")).toHaveCount(0);
  await expect(cardOf(mia, asked).getByText(/^Dad said yes, until/)).toBeVisible();
  await expect(mum.page.getByText(/waits for you/)).toHaveCount(0);
  found.push(...(await lookAt(mia, "ask-5-answered")));

  // A second one, that she takes back herself.
  await mia.page.getByRole("button", { name: "Ask", exact: true }).click();
  await sheet.getByLabel("What is it about?").selectOption("Going somewhere");
  await sheet.getByLabel("Say it in your words").fill("To the lake with Tom");
  await sheet.getByRole("button", { name: "Ask", exact: true }).click();
  const lake = cardOf(mum, "Mia asks to go somewhere");
  await expect(lake.getByRole("button", { name: "No" })).toBeVisible();
  const mine = cardOf(mia, "You asked to go somewhere");
  await mine.getByRole("button", { name: "Take it back" }).click();
  await expect(mine.getByText("You took it back.")).toBeVisible();
  await expect(lake.getByText("Mia took it back.")).toBeVisible();
  await expect(lake.getByRole("button")).toHaveCount(0);

  // All of it is there for who opens the app later, and the answer is in History.
  await mum.page.reload();
  await mum.openTab("Family");
  await expect(cardOf(mum, asks).getByText(/^Dad said yes, until/)).toBeVisible();
  await mum.history.open();
  await expect(mum.page.getByText("Dad said yes to a request of Mia's.")).toBeVisible();
  expect(found).toEqual([]);
});
