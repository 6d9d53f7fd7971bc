import { expect } from "@playwright/test";
import type { Device } from "../device.ts";

/** More: who I am here, and the details for whoever looks after the app. */
export class MorePage {
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  /** The details as they are now, one line each. */
  async readDetails(): Promise<readonly string[]> {
    const { page } = this.#device;
    const details = page.getByRole("region", { name: "Details" });
    await this.#device.openTab("More");
    if (await details.isVisible()) {
      await page.getByRole("button", { name: "Look again" }).click();
    } else {
      await page.getByText("Details", { exact: true }).click();
    }
    await expect(details).toContainText("ledger head");
    return (await details.innerText()).split("\n").map((line) => line.trim());
  }

  /** Waits until the whole app is kept by this browser. */
  async expectOpensWithoutInternet(): Promise<void> {
    await this.#device.openTab("More");
    const row = this.#device.page.getByRole("term").filter({ hasText: "Opens without internet" });
    await expect(row.locator("xpath=following-sibling::dd")).toHaveText("yes");
  }

  /** The version of this page, as it says itself. */
  async readVersion(): Promise<string> {
    await this.#device.openTab("More");
    const { page } = this.#device;
    const row = page.getByRole("term").filter({ hasText: "Version" });
    return row.locator("xpath=following-sibling::dd").innerText();
  }

  /** What follows `name` on its line of the details; fails where there is none. */
  async readDetail(name: string): Promise<string> {
    const line = (await this.readDetails()).find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`the details say nothing of ${name}`);
    return line.slice(name.length + 1);
  }
}
