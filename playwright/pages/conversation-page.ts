import { expect, type Locator } from "@playwright/test";
import type { Device } from "../device.ts";

/** One open conversation: its messages and the field to write in. */
export class ConversationPage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  get log(): Locator {
    return this.#device.page.getByRole("log", { name: "Messages" });
  }

  get field(): Locator {
    return this.#device.page.getByRole("textbox", { name: "Message" });
  }

  get sendButton(): Locator {
    return this.#device.page.getByRole("button", { name: "Send" });
  }

  async send(text: string): Promise<void> {
    await this.field.fill(text);
    await this.sendButton.click();
  }

  /** What the head of the conversation says about the other side's devices. */
  async expectPresence(words: "connected" | "not connected", timeout?: number): Promise<void> {
    const line = this.#device.page.getByRole("paragraph").filter({ visible: true });
    await expect(line.filter({ hasText: new RegExp(`^${words}$`) })).toBeVisible(
      timeout === undefined ? {} : { timeout },
    );
  }

  /** The text of a message. */
  message(text: string): Locator {
    const { page } = this.#device;
    // What an answer quotes of it is no message.
    return this.log.getByText(text, { exact: true }).and(page.locator("p, a"));
  }

  async expectMessage(text: string): Promise<void> {
    await expect(this.message(text)).toBeVisible();
  }

  /** The delivery state beside a message of mine, in words. */
  async expectState(text: string, words: string | RegExp): Promise<void> {
    await expect(this.message(text).locator("xpath=ancestor::*[@data-id]")).toContainText(words);
  }

  /** Who says it, where several do: above the first of several. */
  saidBy(text: string): Locator {
    return this.message(text).locator("xpath=ancestor::*[@data-id]").locator(".said-by");
  }

  /** Opens what can be done with a message, and presses one of it. */
  async do(text: string, what: string): Promise<void> {
    const bubble = this.message(text).locator("xpath=ancestor::*[@data-id]");
    await bubble.hover();
    await bubble.getByRole("button", { name: "Answer, react and more" }).click();
    await this.#device.page.getByRole("dialog").getByRole("button", { name: what }).click();
  }

  /** Opens what stands behind the conversation, where that is not beside it. */
  async showReaders(): Promise<void> {
    await this.#device.page.getByRole("button", { name: "Show who" }).click();
  }

  /** Everybody who can read it. */
  get readers(): Locator {
    return this.#device.page.locator(".readers li").filter({ visible: true });
  }

  /** Which of these texts are shown, from top to bottom. */
  async orderOf(texts: readonly string[]): Promise<readonly string[]> {
    const all = await this.log.innerText();
    return texts
      .filter((text) => all.includes(text))
      .toSorted((a, b) => all.indexOf(a) - all.indexOf(b));
  }
}
