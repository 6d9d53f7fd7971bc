import { admit, expect, startFamily, test } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

test("[E2E145] a child calls for help, a parent is on it and ends it, and each reads of the other", async ({
  newDevice,
}) => {
  test.slow();
  const mum = await newDevice("Mum");
  const mia = await newDevice("Mia", {
    geolocation: { latitude: 51.5, longitude: -0.125, accuracy: 14 },
    permissions: ["geolocation"],
  });
  await startFamily(mum);
  await admit(mum, mia, "Child");
  const found: string[] = [];
  const alarm = mum.page.getByRole("alertdialog", { name: "Mia needs help" });

  await mum.openTab("Family");
  await mia.page.getByRole("button", { name: "Help" }).click();
  await expect(mia.page.getByRole("dialog", { name: "Do you need help?" })).toBeVisible();
  await expect(mia.page.getByText("This does not call an ambulance")).toBeVisible();
  found.push(...(await lookAt(mia, "help-1-asked")));
  await expect(alarm).toHaveCount(0);
  await mia.page.getByLabel("What happened?").fill("I fell off my bike");
  await mia.page.getByRole("checkbox", { name: "Say where I am" }).check();
  await mia.page.getByRole("button", { name: "Call my family for help" }).click();

  await expect(alarm).toBeVisible();
  await expect(alarm.getByText("I fell off my bike")).toBeVisible();
  await expect(alarm.getByText("At 51.50000, -0.12500, give or take 14 metres")).toBeVisible();
  found.push(...(await lookAt(mum, "help-2-alarm")));
  const card = mia.page.getByRole("region", { name: /^You called for help at/ });
  await expect(card.getByText("It is on Mum's device.")).toBeVisible();
  found.push(...(await lookAt(mia, "help-3-it-is-on-mums")));

  // It is still there for who opens the app later.
  await mum.page.reload();
  await expect(alarm).toBeVisible();
  await alarm.getByRole("button", { name: "I am on it" }).click();
  await expect(alarm).toHaveCount(0);
  await expect(card.getByText("Mum is on it.")).toBeVisible();
  await mum.openTab("Chats");
  const call = mum.page.getByRole("region", { name: /^Mia called for help at/ });
  await expect(call.getByText("You are on it.")).toBeVisible();
  found.push(...(await lookAt(mum, "help-4-answered")));
  await mia.page.getByRole("button", { name: "I am all right" }).click();
  await expect(call.getByText("Mia says: I am all right.")).toBeVisible();

  await call.getByRole("button", { name: "It is over" }).click();
  await mum.page
    .getByRole("dialog", { name: "Is it over?" })
    .getByRole("button", { name: "It is over" })
    .click();
  await expect(call).toHaveCount(0);
  await expect(card.getByText("Mum said that it is over.")).toBeVisible();
  await mum.history.open();
  await expect(mum.page.getByText("You wrote down that Mia called for help.")).toBeVisible();
  await expect(mum.page.getByText("You marked Mia's call for help as over.")).toBeVisible();
  expect(found).toEqual([]);
});
