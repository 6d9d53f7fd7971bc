import { expect } from "@playwright/test";
import type { Device } from "../device.ts";

/** First run: starting a family, or restoring one from its words. */
export class WelcomePage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Ends on the recovery words. */
  async startFamily(familyName: string): Promise<void> {
    const { page, person } = this.#device;
    await page.getByRole("button", { name: "Start a family" }).click();
    await page.getByRole("textbox", { name: "Family name" }).fill(familyName);
    await page.getByRole("textbox", { name: "Your name" }).fill(person);
    await page.getByRole("button", { name: "Create family" }).click();
  }

  async restore(words: readonly string[], familyName: string): Promise<void> {
    const { page, person } = this.#device;
    await page.getByRole("button", { name: "Restore with words" }).click();
    await page.getByRole("textbox", { name: "Recovery words" }).fill(words.join(" "));
    await page.getByRole("textbox", { name: "Family name" }).fill(familyName);
    await page.getByRole("textbox", { name: "Your name" }).fill(person);
    await page.getByRole("button", { name: "Restore family" }).click();
  }

  async expectFirstRun(): Promise<void> {
    const start = this.#device.page.getByRole("button", { name: "Start a family" });
    await expect(start).toBeVisible();
  }
}
