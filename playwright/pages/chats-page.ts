import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** The list of conversations with the chip that says who is connected. */
export class ChatsPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** How many devices are connected, in words. */
  get chip(): Locator {
    return this.#device.page.getByRole("status").filter({ visible: true });
  }

  async expectConnected(linked: number, others: number): Promise<void> {
    await expect(this.chip).toHaveText(`${linked} of ${others} devices connected`);
  }

  /** The member's entry: its name, the last message, what is unread. */
  entry(member: string): Locator {
    return this.#device.page.getByRole("button", { name: new RegExp(`^${member}\\b`) });
  }

  async openConversation(member: string): Promise<void> {
    await this.entry(member).click();
    await expect(this.#device.page.getByRole("log", { name: "Messages" })).toBeVisible();
  }
}
