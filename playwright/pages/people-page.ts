import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** The people on this browser, their locks, and the questions for a PIN. */
export class PeoplePage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get list(): Locator {
    return this.#device.page.getByRole("list", { name: "People on this browser" });
  }

  get whoAreYou(): Locator {
    return this.#device.page.getByRole("heading", { name: "Who are you?" });
  }

  get setPinFirst(): Locator {
    return this.#device.page.getByRole("heading", { name: "Set a PIN first" });
  }

  locked(person: string): Locator {
    return this.#device.page.getByRole("heading", { name: `${person}, this is locked` });
  }

  get pin(): Locator {
    return this.#device.page.getByLabel("PIN or passphrase").filter({ visible: true });
  }

  button(name: string): Locator {
    return this.#device.page.getByRole("button", { name, exact: true });
  }

  /** Opens the list from More. */
  async openList(): Promise<void> {
    await this.#device.openTab("More");
    await this.button("Change or add a person").click();
    await expect(this.list.getByRole("listitem").first()).toBeVisible();
  }

  async pick(person: string): Promise<void> {
    await this.list.getByRole("button", { name: person }).click();
  }

  async setPin(pin: string): Promise<void> {
    await this.pin.fill(pin);
    await this.#device.page.getByLabel("Once more").fill(pin);
    await this.button("Set the lock").click();
  }

  async unlock(pin: string): Promise<void> {
    await this.pin.fill(pin);
    await this.button("Unlock").click();
  }

  /** Answers the question for the PIN that a call brings up. */
  async answer(pin: string): Promise<void> {
    const question = this.#device.page.getByRole("dialog", { name: "Your PIN, please" });
    await question.getByLabel("PIN or passphrase").fill(pin);
    await question.getByRole("button", { name: "Go on" }).click();
  }
}
