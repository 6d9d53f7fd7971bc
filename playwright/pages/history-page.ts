import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** Who changed which rule when, and the proof. */
export class HistoryPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get heading(): Locator {
    return this.#device.page.getByRole("heading", { name: "History", level: 1 });
  }

  /** The lines of the list, newest first. */
  get entries(): Locator {
    return this.#device.page.locator(".history-entry");
  }

  get sentences(): Locator {
    return this.#device.page.locator(".history-what");
  }

  async open(): Promise<void> {
    await this.#device.openTab("Family");
    await this.#device.page.getByRole("button", { name: "Look at the history" }).click();
    await expect(this.heading).toBeVisible();
  }

  /** Everything, or what is about this person. */
  async choose(words: "Everything" | "About me"): Promise<void> {
    const radio = this.#device.page.getByRole("radio", { name: words });
    // Its label is what is pressed, as soon as it stands still.
    await this.#device.page.locator("label").filter({ has: radio }).click();
    await expect(radio).toBeChecked();
  }

  /** Down to the founding. */
  async showAll(): Promise<void> {
    const end = this.#device.page.getByText("Here the family began.");
    const earlier = this.#device.page.getByRole("button", { name: "Show earlier" });
    await end.or(earlier).first().waitFor();
    while (!(await end.isVisible())) await earlier.click();
  }

  /** Opens the entry that says this; its proof. */
  async proofOf(sentence: string | RegExp): Promise<Locator> {
    const entry = this.entries.filter({ hasText: sentence }).first();
    if ((await entry.getAttribute("open")) === null) await entry.locator("summary").first().click();
    return entry.locator(".history-proof").first();
  }

  /** The fingerprints of all changes, newest first, as they stand under Details. */
  async fingerprints(): Promise<readonly string[]> {
    await this.showAll();
    return this.#device.page
      .locator(".history-prints dd:first-of-type")
      .evaluateAll((all) => all.map((one) => one.textContent?.trim() ?? ""));
  }
}
