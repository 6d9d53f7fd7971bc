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

  async expectMembers(names: readonly string[]): Promise<void> {
    await this.#device.openTab("Family");
    await expect(this.members).toHaveCount(names.length);
    for (const name of names) {
      await expect(this.members.filter({ hasText: new RegExp(`^\\s*${name}\\b`) })).toHaveCount(1);
    }
  }
}
