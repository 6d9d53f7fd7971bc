/** What a person does in the app, for benchmarks whose pages are no stories. */
import type { Page } from "@playwright/test";

export async function openConversation(page: Page, person: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${person}\\b`) }).click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
}

export async function sendText(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}
