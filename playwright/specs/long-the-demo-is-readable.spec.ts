import { AxeBuilder } from "@axe-core/playwright";
import { DESKTOP, PHONE } from "../browser.ts";
import { expect, test } from "../fixtures.ts";
import { DemoPage } from "../pages/demo-page.ts";

test.use({ viewport: DESKTOP });

test("[DM11] the demo is readable for everybody, on a phone and on a desk, light and dark", async ({
  newDevice,
}) => {
  test.slow();
  const visitor = await newDevice("a visitor");
  const demo = new DemoPage(visitor);
  await visitor.open();
  const { page } = visitor;
  await demo.lookAround();
  await demo.button("Put to sleep", "Mia").click();
  await demo.button("Cut the connection", "Grandma Rose").click();
  await demo.write("Zoe", "Are you coming out?");
  await expect(demo.screen("Zoe").getByRole("alert")).toBeVisible();
  const found: string[] = [];
  for (const viewport of [DESKTOP, PHONE]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Legacy mode stays in this page: the other one opens a blank page without the app's policy.
      // Each phone is a page of its own, with a main part and a head like the others'.
      const { violations } = await new AxeBuilder({ page })
        .setLegacyMode()
        .disableRules(["landmark-unique"])
        .analyze();
      for (const { id, nodes } of violations) {
        found.push(...nodes.map(({ target }) => `${colorScheme}: ${id} at ${target.join(" ")}`));
      }
    }
  }
  expect(found).toEqual([]);
});
