import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** The newcomer's side: asking to join and following what happens. */
export class JoiningPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get code(): Locator {
    return this.#device.page.getByLabel("Comparison code");
  }

  /** Opens the link and asks to join under this person's name. */
  async ask(link: string): Promise<void> {
    await this.#device.open(link);
    await this.askHere();
  }

  /** Asks to join on the page that the link has opened. */
  async askHere(): Promise<void> {
    const { page, person } = this.#device;
    await page.getByRole("textbox", { name: "Your name" }).fill(person);
    await page.getByRole("button", { name: "Ask to join" }).click();
  }

  /** Pastes the link under "I was invited" on the first screen, and asks. */
  async paste(link: string): Promise<void> {
    const { page } = this.#device;
    await page.getByRole("button", { name: "I was invited" }).click();
    await page.getByRole("textbox", { name: "Paste the invite link" }).fill(link);
    await this.askHere();
  }

  async expectWords(words: string | RegExp): Promise<void> {
    await expect(this.#device.page.getByText(words)).toBeVisible();
  }
}
