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

  get #keeping(): Locator {
    return this.#device.page.getByRole("region", { name: "Who keeps the family's rules" });
  }

  /** Lets this device help to keep the family's rules. */
  async letHelp(): Promise<void> {
    await this.#device.openTab("Family");
    await this.#device.page.getByRole("button", { name: "Let this device help" }).click();
  }

  /** Allows the browser to keep what is stored, where the card says that it may forget. */
  async keepHere(): Promise<void> {
    await this.#device.openTab("Family");
    await this.#keeping.getByRole("button", { name: "Keep it here" }).click();
  }

  /** Has this device stop helping, after the question. */
  async stepDown(): Promise<void> {
    await this.#device.openTab("Family");
    await this.#keeping.getByRole("button", { name: "Stop helping on this device" }).click();
    await this.#answer("Stop helping");
  }

  /** Takes the one device of that member out of keeping the rules, after the question. */
  async takeOut(name: string): Promise<void> {
    await this.#device.openTab("Family");
    const { page } = this.#device;
    const member = page
      .getByRole("list", { name: "Members" })
      .getByRole("listitem")
      .filter({ has: page.getByRole("heading", { name }) });
    await member.getByRole("button", { name: "Take it out of keeping the rules" }).click();
    await this.#answer("Take it out");
  }

  /** The way to type the words on a device that is left. */
  get recovery(): Locator {
    const { page } = this.#device;
    return page.getByRole("group").filter({ hasText: "Are the devices that keep the rules lost?" });
  }

  /** Words that were typed: what happened, and by when what begins. */
  get recoveryCard(): Locator {
    return this.#device.page.getByRole("region", { name: "Recovery words were used" });
  }

  async openRecovery(): Promise<void> {
    await this.#device.openTab("Family");
    await this.recovery.getByText("Are the devices that keep the rules lost?").click();
  }

  /** Types the words where the devices are lost, after the question. */
  async typeWords(words: readonly string[]): Promise<void> {
    await this.recovery.getByRole("textbox", { name: "Recovery words" }).fill(words.join(" "));
    await this.recovery.getByRole("button", { name: "Make this device keep the rules" }).click();
    await this.#answer("They are lost");
  }

  /** Another parent's no, after the question what it means. */
  async sayNoToRecovery(): Promise<void> {
    await this.recoveryCard.getByRole("button", { name: "Say no" }).click();
    await this.#answer("Say no");
  }

  async #answer(yes: string): Promise<void> {
    const dialog = this.#device.page.getByRole("dialog");
    await dialog.getByRole("button", { name: yes, exact: true }).click();
    await expect(dialog).toBeHidden();
  }

  async expectKept(words: string): Promise<void> {
    await this.#device.openTab("Family");
    await expect(this.#keeping).toContainText(words);
  }

  async expectMembers(names: readonly string[]): Promise<void> {
    await this.#device.openTab("Family");
    await expect(this.members).toHaveCount(names.length);
    for (const name of names) {
      await expect(this.members.filter({ hasText: new RegExp(`^\\s*${name}\\b`) })).toHaveCount(1);
    }
  }
}
