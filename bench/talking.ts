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

/** When the text is first in the page's conversation, on this machine's clock. */
export async function shownAt(page: Page, text: string): Promise<number> {
  return page.evaluate(
    async (awaited) =>
      new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (document.querySelector('[role="log"]')?.textContent.includes(awaited) !== true)
            return;
          observer.disconnect();
          resolve(performance.timeOrigin + performance.now());
        });
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
      }),
    text,
  );
}
