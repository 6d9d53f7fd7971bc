import { expect } from "@playwright/test";
import type { Device } from "../device.ts";

/** The 24 recovery words: shown, written down, confirmed by three of them. */
export class WordsPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** The words on the screen. */
  async read(): Promise<readonly string[]> {
    const words = this.#device.page
      .getByRole("list", { name: "Your recovery words" })
      .getByRole("listitem");
    await expect(words).toHaveCount(24);
    return words.allInnerTexts();
  }

  async wroteThemDown(): Promise<void> {
    await this.#device.page.getByRole("button", { name: "I wrote them down" }).click();
  }

  /** The numbers of the words that are asked for. */
  async asked(): Promise<readonly number[]> {
    const fields = this.#device.page.getByRole("textbox", { name: /^Word \d+$/ });
    await expect(fields).toHaveCount(3);
    const labels = await this.#device.page.getByText(/^Word \d+$/).allInnerTexts();
    return labels.map((label) => Number(label.replace("Word ", "")));
  }

  /** Types `wordAt(number)` into each field asked for, and confirms. */
  async confirm(wordAt: (number: number) => string): Promise<void> {
    const { page } = this.#device;
    for (const number of await this.asked()) {
      const field = page.getByRole("textbox", { name: `Word ${number}`, exact: true });
      await field.fill(wordAt(number));
    }
    await page.getByRole("button", { name: "Confirm words" }).click();
  }

  async showAgain(): Promise<void> {
    await this.#device.page.getByRole("button", { name: "Show the words again" }).click();
  }
}
