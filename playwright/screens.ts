/**
 * Looks at one screen as people do: on a phone and on a desk, in light and in dark. Each look is
 * saved as a picture (test-results/screens, for a person to look at) and judged by axe.
 */
import { AxeBuilder } from "@axe-core/playwright";
import type { Device } from "./device.ts";
import { DESKTOP, PHONE } from "./browser.ts";

const FOLDER = "test-results/screens";
const SIZES = { phone: PHONE, desktop: DESKTOP } as const;
const GRAVE: readonly (string | null | undefined)[] = ["serious", "critical"];

/** What axe finds serious or critical, one line each; empty is good. */
export async function lookAt({ page }: Device, screen: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(drawTwice);
      const name = `${screen}-${size}-${colorScheme}`;
      await page.screenshot({ path: `${FOLDER}/${name}.png` });
      // Legacy mode stays in this page: the other one opens a blank page without the app's policy.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      for (const { id, impact, nodes } of violations) {
        if (!GRAVE.includes(impact)) continue;
        found.push(...nodes.map((node) => `${name}: ${id} at ${node.target.join(" ")}`));
      }
    }
  }
  await page.setViewportSize(PHONE);
  return found;
}

/** Until new colours are really on the screen: with a full field that takes more than one frame. */
function drawTwice(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}
