import { expect } from "@playwright/test";
import type { Device } from "../device.ts";

/** One member's page, and what waits for the word of others. */
export class PersonPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** Opens the page of a member, or, for the name of this device's person, one's own. */
  async open(name: string): Promise<void> {
    const { page, person } = this.#device;
    await this.#device.openTab("Family");
    const words = name === person ? "Your devices and more" : `${name}'s devices and role`;
    await page.getByRole("button", { name: words }).click();
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  }

  /** Puts the member's only device on hold. */
  async hold(name: string): Promise<void> {
    await this.open(name);
    const { page } = this.#device;
    await page.getByRole("button", { name: "Put it on hold" }).click();
    await this.#answer("Put on hold");
    await expect(page.getByText(/^on hold by/)).toBeVisible();
  }

  /** Takes the member's only device out of the family. */
  async takeDeviceOut(name: string, reason: string): Promise<void> {
    await this.open(name);
    const { page } = this.#device;
    await page.getByRole("button", { name: "Take it out of the family" }).click();
    await page.getByRole("radio", { name: reason }).check();
    await this.#answer("Take it out");
  }

  async makeRole(name: string, role: string): Promise<void> {
    await this.open(name);
    await this.#device.page.getByRole("button", { name: role }).click();
    await this.#answer(role);
  }

  async leave(): Promise<void> {
    await this.open(this.#device.person);
    await this.#device.page.getByRole("button", { name: "Leave the family" }).click();
    await this.#answer("Leave");
  }

  async expectSaid(words: string): Promise<void> {
    await expect(this.#device.page.getByRole("status").filter({ hasText: words })).toBeVisible();
  }

  /** Something waits on the Family screen whose words these are. */
  async expectAsked(...words: readonly string[]): Promise<void> {
    await this.#device.openTab("Family");
    const card = this.#device.page.getByRole("article").filter({ hasText: words[0] ?? "" });
    for (const one of words) await expect(card).toContainText(one);
  }

  async agree(words: string): Promise<void> {
    await this.#device.openTab("Family");
    const card = this.#device.page.getByRole("article").filter({ hasText: words });
    await card.getByRole("button", { name: "Agree", exact: true }).click();
    await this.#answer("Agree");
  }

  async object(words: string): Promise<void> {
    await this.#device.openTab("Family");
    const card = this.#device.page.getByRole("article").filter({ hasText: words });
    await card.getByRole("button", { name: "I do not agree" }).click();
  }

  async #answer(yes: string): Promise<void> {
    const dialog = this.#device.page.getByRole("dialog");
    await dialog.getByRole("button", { name: yes, exact: true }).click();
    await expect(dialog).toBeHidden();
  }
}
