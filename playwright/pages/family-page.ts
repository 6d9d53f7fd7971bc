import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** The family's members and their devices. */
export class FamilyPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get members(): Locator {
    return this.#device.page.getByRole("list", { name: "Members" }).getByRole("heading");
  }

  /** Lets this device help to keep the family's rules. */
  async letHelp(): Promise<void> {
    await this.#device.openTab("Family");
    await this.#device.page.getByRole("button", { name: "Let this device help" }).click();
  }

  async expectKept(words: string): Promise<void> {
    await this.#device.openTab("Family");
    const card = this.#device.page.getByRole("region", { name: "Who keeps the family's rules" });
    await expect(card).toContainText(words);
  }

  async expectMembers(names: readonly string[]): Promise<void> {
    await this.#device.openTab("Family");
    await expect(this.members).toHaveCount(names.length);
    for (const name of names) {
      await expect(this.members.filter({ hasText: new RegExp(`^\\s*${name}\\b`) })).toHaveCount(1);
    }
  }
}
