import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

export type RoleName = "Parent" | "Child" | "Relative" | "Contact";

/** Inviting somebody, comparing the six digits, approving. */
export class InvitePage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get code(): Locator {
    return this.#device.page.getByLabel("Comparison code");
  }

  get theyAreTheSame(): Locator {
    return this.#device.page.getByRole("button", { name: "They are the same" });
  }

  get approve(): Locator {
    return this.#device.page.getByRole("button", { name: "Approve" });
  }

  /** Makes an invite, with the PIN where there is a lock; the whole link. */
  async create(role: RoleName, pin?: string): Promise<string> {
    const { page } = this.#device;
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByRole("radio", { name: role, exact: true }).check();
    await page.getByRole("button", { name: "Create invite" }).click();
    if (pin !== undefined) await this.#device.people.answer(pin);
    return this.#link();
  }

  /** Makes a link for another device of a member; the whole link. */
  async createForDeviceOf(member: string): Promise<string> {
    const { page } = this.#device;
    await this.#device.openTab("Family");
    const words =
      member === this.#device.person
        ? "Add another device of mine"
        : `Add a new device for ${member}`;
    await page.getByRole("button", { name: words }).click();
    await page.getByRole("button", { name: "Make a link for the device" }).click();
    return this.#link();
  }

  async #link(): Promise<string> {
    const field = this.#device.page.getByRole("textbox", { name: "Invite link" });
    await expect(field).toHaveValue(/#j\d+\.[\w-]+$/);
    return field.inputValue();
  }

  /** Turns to who is at the door, from the list. */
  async lookAtTheDoor(): Promise<void> {
    const { page } = this.#device;
    const note = page.getByText("asks to join.").or(page.getByText("Somebody opened your invite."));
    await expect(note).toBeVisible();
    await page.getByRole("button", { name: "Look", exact: true }).click();
  }

  /** Says that the digits are the same, then approves. */
  async approveAfterComparing(pin?: string): Promise<void> {
    await this.theyAreTheSame.click();
    await this.approve.click();
    if (pin !== undefined) await this.#device.people.answer(pin);
  }

  async expectDone(words: string | RegExp): Promise<void> {
    const { page } = this.#device;
    await expect(page.getByText(words)).toBeVisible();
    await page.getByRole("button", { name: "Done" }).click();
  }
}
