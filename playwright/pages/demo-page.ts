import { expect, type FrameLocator, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

export type DemoPerson = "Mum" | "Mia" | "Grandma Rose" | "Zoe";

/** The demo family: the strip of things to try, and four phones. */
export class DemoPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Presses "Look around" on the first screen and waits until the phones can be used. */
  async lookAround(): Promise<void> {
    await this.#device.page.getByRole("button", { name: "Look around" }).click();
    await this.expectReady();
  }

  async expectReady(): Promise<void> {
    await expect(this.button("Put to sleep", "Zoe")).toBeEnabled();
  }

  /** A control of one phone. */
  button(
    words: "Cut the connection" | "Connect again" | "Put to sleep" | "Wake up",
    person: DemoPerson,
  ): Locator {
    return this.#device.page.getByRole("button", { name: `${words}: ${person}`, exact: true });
  }

  /** What stands around a phone. */
  region(person: DemoPerson): Locator {
    return this.#device.page.getByRole("region", { name: `${person}'s phone` });
  }

  frame(person: DemoPerson): Locator {
    return this.#device.page.getByTitle(`${person}'s phone`);
  }

  /** The screen of a phone. */
  screen(person: DemoPerson): FrameLocator {
    return this.frame(person).contentFrame();
  }

  async write(person: DemoPerson, text: string): Promise<void> {
    await this.screen(person).getByRole("textbox", { name: "Message" }).fill(text);
    await this.screen(person).getByRole("button", { name: "Send" }).click();
  }

  /** The text of a message in the conversation that is open on a phone. */
  message(person: DemoPerson, text: string): Locator {
    return this.screen(person).getByRole("log").getByText(text, { exact: true });
  }

  async expectState(person: DemoPerson, text: string, words: string): Promise<void> {
    const bubble = this.screen(person)
      .locator("[data-id]")
      .filter({ has: this.#device.page.getByText(text, { exact: true }) });
    await expect(bubble).toContainText(words);
  }

  /** One of the things to try, by how it begins. */
  step(beginning: string): Locator {
    return this.#device.page.getByRole("listitem").filter({ hasText: beginning });
  }

  async databases(): Promise<readonly string[]> {
    return this.#device.page.evaluate(async () =>
      (await indexedDB.databases()).map(({ name }) => name ?? "").toSorted(),
    );
  }
}
