import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** Groups: their list on the Family screen, and the screen of each. */
export class GroupsPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** The groups on the Family screen. */
  get lines(): Locator {
    return this.#device.page.getByRole("region", { name: "Groups" }).getByRole("listitem");
  }

  async make(name: string, people: readonly string[]): Promise<void> {
    const { page } = this.#device;
    await this.#device.openTab("Family");
    await page.getByRole("button", { name: "New group" }).click();
    await page.getByRole("textbox", { name: "Name of the group" }).fill(name);
    for (const one of people) {
      await page.getByRole("checkbox", { name: new RegExp(`^${one}\\b`) }).check();
    }
    await page.getByRole("button", { name: "Make group" }).click();
    await expect(this.lines.filter({ hasText: name })).toBeVisible();
  }

  async open(name: string): Promise<void> {
    const { page } = this.#device;
    await this.#device.openTab("Family");
    await this.lines.filter({ hasText: name }).getByRole("button").click();
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  }

  async press(name: string, yes?: string): Promise<void> {
    const { page } = this.#device;
    await page.getByRole("button", { name, exact: true }).click();
    if (yes === undefined) return;
    await page.getByRole("dialog").getByRole("button", { name: yes, exact: true }).click();
  }

  async rename(name: string): Promise<void> {
    const { page } = this.#device;
    const field = page.getByRole("textbox", { name: "Name of the group" });
    await field.fill(name);
    await field.press("Enter");
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  }
}
