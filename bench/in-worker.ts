/**
 * What is measured inside a worker of a real browser: opens the page that makes the worker
 * (bench/pages/in-worker.ts) and calls it. An error in the worker is an error here.
 */
import type { Page } from "@playwright/test";

export type WorkerName = "store" | "validate";

export async function openWorker(page: Page, address: string, name: WorkerName): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${address}in-worker.html#${name}`);
  await page.waitForFunction(() => "inWorker" in globalThis);
}

/** Calls the worker; `T` is what its method of that name gives. */
export async function ask<T>(page: Page, call: string, request: unknown): Promise<T> {
  return page.evaluate(
    async ([name, given]) => {
      const { inWorker } = globalThis as unknown as {
        inWorker: Record<string, (one: unknown) => Promise<unknown>>;
      };
      return inWorker[name]?.(given);
    },
    [call, request] as const,
  ) as Promise<T>;
}
