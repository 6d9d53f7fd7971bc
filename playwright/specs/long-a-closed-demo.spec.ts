import { DESKTOP } from "../browser.ts";
import { expect, test } from "../fixtures.ts";
import { DemoPage } from "../pages/demo-page.ts";

const DEMO_DATABASES = ["MIA", "MUM", "ROSE", "ZOE"].map((phone) =>
  expect.stringMatching(new RegExp(`^tinyweb-demo-[0-9A-F]{8}-${phone}$`)),
);

test.use({ viewport: DESKTOP });

test("[DM2] a closed tab's demo is deleted by the next one, another tab's is left alone", async ({
  newDevice,
  host,
}) => {
  const visitor = await newDevice("a visitor");
  const demo = new DemoPage(visitor);
  await visitor.open();
  await visitor.page.getByRole("button", { name: "Look around" }).click();
  await expect(demo.region("Mum")).toContainText(/Starting|Inviting/);
  await visitor.page.getByRole("button", { name: "Back" }).first().click();
  await expect.poll(async () => demo.databases()).toEqual(["tinyweb"]);
  await demo.lookAround();
  expect(await demo.databases()).toEqual(["tinyweb", ...DEMO_DATABASES]);
  await visitor.close();
  await visitor.open();
  await demo.lookAround();
  expect(await demo.databases()).toEqual(["tinyweb", ...DEMO_DATABASES]);

  const first = visitor.page;
  await visitor.open(`${host.url}?profile=second`);
  await demo.lookAround();
  expect(await demo.databases()).toHaveLength(2 + 2 * DEMO_DATABASES.length);
  await visitor.page.getByRole("button", { name: "Back" }).first().click();
  await expect.poll(async () => demo.databases()).toHaveLength(2 + DEMO_DATABASES.length);
  await visitor.close();
  const rose = first.getByTitle("Grandma Rose's phone").contentFrame();
  await rose.getByRole("textbox", { name: "Message" }).fill("still here");
  await rose.getByRole("button", { name: "Send" }).click();
  const mum = first.getByTitle("Mum's phone").contentFrame();
  await mum.getByRole("button", { name: "Back" }).click();
  await expect(mum.getByText("still here")).toBeVisible();
});
