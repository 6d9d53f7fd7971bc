/**
 * Listens to everything a device's browser complains about or asks for: reports of the content
 * policy and of Trusted Types, errors in the console and on the page, and every address requested.
 */
import type { BrowserContext, Worker } from "@playwright/test";

export interface Watch {
  readonly violations: readonly string[];
  readonly errors: readonly string[];
  /** Requests to another origin than the app's. */
  readonly strangers: readonly string[];
}

/** Begins to listen; to be called before the first page is opened. `hosts`: names and port of the app. */
export async function watch(context: BrowserContext, hosts: readonly string[]): Promise<Watch> {
  const violations: string[] = [];
  const errors: string[] = [];
  const strangers: string[] = [];
  const note = (address: string): void => {
    const { protocol, host } = new URL(address);
    const isLocal = ["about:", "blob:", "data:"].includes(protocol);
    if (!isLocal && !hosts.includes(host)) strangers.push(address);
  };
  await context.exposeBinding("reportViolation", (_source, words: string) => {
    violations.push(words);
  });
  await context.addInitScript(() => {
    const { reportViolation } = window as unknown as { reportViolation: (words: string) => void };
    document.addEventListener("securitypolicyviolation", (event) => {
      reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  context.on("weberror", (one) => errors.push(String(one.error().stack ?? one.error())));
  context.on("request", (request) => note(request.url()));
  context.on("serviceworker", (worker) => void listenInside(worker, errors));
  context.on("page", (page) => {
    page.on("websocket", (socket) => note(socket.url()));
    page.on("crash", () => errors.push("the page crashed"));
    page.on("worker", (worker) => void listenInside(worker, errors));
  });
  return { violations, errors, strangers };
}

/** A browser reports a worker's violations to the worker only: they are said again on its console. */
async function listenInside(worker: Worker, errors: string[]): Promise<void> {
  try {
    await worker.evaluate(() => {
      globalThis.addEventListener("securitypolicyviolation", (event) => {
        const { violatedDirective, blockedURI } = event;
        console.error(`violation in the worker: ${violatedDirective} ${blockedURI}`);
      });
    });
  } catch (error) {
    // The page was closed before its worker could be asked.
    if (!/closed|destroyed|not found/i.test(String(error))) errors.push(String(error));
  }
}
