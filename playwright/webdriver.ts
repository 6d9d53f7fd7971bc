/**
 * The part of W3C WebDriver that the stories need, spoken to WebKitGTK's own driver on a display of
 * its own (Xvfb). One driver holds one session; every session begins with an empty profile, which
 * outlives reloads and not the session. Source: w3.org/TR/webdriver2.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Readable } from "node:stream";

const DRIVER = "/usr/bin/WebKitWebDriver";
const XVFB = "/usr/bin/Xvfb";
const SCREEN = "1400x1000x24";
const START_WAIT_MS = 20_000;
const RETRY_MS = 50;
const ELEMENT_KEY = "element-6066-11e4-a52e-4f735466cecf";

/** A reference to an element of the page; it is stale after the page changes it away. */
export type ElementId = string & { readonly __brand: "ElementId" };

export function hasWebKit(): boolean {
  return existsSync(DRIVER) && existsSync(XVFB);
}

export class WebDriver {
  readonly #processes: readonly ChildProcess[];
  readonly #address: string;
  #session = "";

  private constructor(processes: readonly ChildProcess[], address: string) {
    this.#processes = processes;
    this.#address = address;
  }

  /** A browser with an empty profile; throws where the packages are not installed. */
  static async start(): Promise<WebDriver> {
    if (!hasWebKit()) {
      throw new Error("There is no WebKit here: install Debian's webkit2gtk-driver and xvfb.");
    }
    const display = spawn(XVFB, ["-displayfd", "3", "-screen", "0", SCREEN, "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const [number] = (await once(display.stdio[3] as Readable, "data")) as [Buffer];
    const port = await findFreePort();
    const driver = spawn(DRIVER, [`--port=${port}`], {
      stdio: "ignore",
      env: { ...process.env, DISPLAY: `:${String(number).trim()}` },
    });
    const browser = new WebDriver([driver, display], `http://127.0.0.1:${port}`);
    await browser.#open();
    return browser;
  }

  async stop(): Promise<void> {
    await this.#ask("DELETE", "");
    for (const one of this.#processes) {
      one.kill();
      await once(one, "exit");
    }
  }

  async goTo(url: string): Promise<void> {
    await this.#ask("POST", "/url", { url });
  }

  async reload(): Promise<void> {
    await this.#ask("POST", "/refresh", {});
  }

  /** Sizes the window so that the page has this size, as far as the window manager allows. */
  async resize({
    width,
    height,
  }: {
    readonly width: number;
    readonly height: number;
  }): Promise<void> {
    await this.#ask("POST", "/window/rect", { width, height });
    const [innerWidth, innerHeight] = await this.run<[number, number]>(() => [
      window.innerWidth,
      window.innerHeight,
    ]);
    const size = { width: 2 * width - innerWidth, height: 2 * height - innerHeight };
    await this.#ask("POST", "/window/rect", size);
  }

  /** The picture of the page as PNG. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from((await this.#ask("GET", "/screenshot")) as string, "base64");
  }

  /** Runs `program` in the page and waits for what it returns; only data goes in and out. */
  async run<Result>(
    program: (...inputs: never[]) => unknown,
    ...inputs: unknown[]
  ): Promise<Result> {
    const script = `
      const done = arguments[arguments.length - 1];
      Promise.resolve((${String(program)})(...[...arguments].slice(0, -1)))
        .then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    const answer = await this.#ask("POST", "/execute/async", { script, args: inputs });
    const { value, error } = answer as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value as Result;
  }

  /** What `program` returns has to be an array of elements of the page. */
  async elements(
    program: (...inputs: never[]) => unknown,
    ...inputs: unknown[]
  ): Promise<readonly ElementId[]> {
    const script = `return (${String(program)})(...arguments);`;
    const found = await this.#ask("POST", "/execute/sync", { script, args: inputs });
    return (found as Record<string, ElementId>[]).map((one) => one[ELEMENT_KEY] as ElementId);
  }

  /** The name that assistive technology says. */
  async labelOf(element: ElementId): Promise<string> {
    return (await this.#ask("GET", `/element/${element}/computedlabel`)) as string;
  }

  async roleOf(element: ElementId): Promise<string> {
    return (await this.#ask("GET", `/element/${element}/computedrole`)) as string;
  }

  /** As `innerText`: the driver's own text runs the items of a list into one word. */
  async textOf(element: ElementId): Promise<string> {
    const script = "return arguments[0].innerText;";
    const args = [{ [ELEMENT_KEY]: element }];
    return (await this.#ask("POST", "/execute/sync", { script, args })) as string;
  }

  async valueOf(element: ElementId): Promise<string> {
    return (await this.#ask("GET", `/element/${element}/property/value`)) as string;
  }

  async click(element: ElementId): Promise<void> {
    await this.#ask("POST", `/element/${element}/click`, {});
  }

  /** Replaces what the field holds by typed keys. */
  async type(element: ElementId, text: string): Promise<void> {
    await this.#ask("POST", `/element/${element}/clear`, {});
    await this.#ask("POST", `/element/${element}/value`, { text });
  }

  async #open(): Promise<void> {
    const patience = Date.now() + START_WAIT_MS;
    for (;;) {
      try {
        const body = JSON.stringify({ capabilities: { alwaysMatch: {} } });
        const response = await fetch(`${this.#address}/session`, { method: "POST", body });
        const { value } = (await response.json()) as { value: { sessionId: string } };
        this.#session = value.sessionId;
        return;
      } catch (error) {
        // The driver says nothing when it begins to listen.
        if (Date.now() > patience) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, RETRY_MS);
        });
      }
    }
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#address}/session/${this.#session}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: unknown };
    if (response.ok) return value;
    const { error, message } = value as { error: string; message: string };
    throw new WebDriverError(error, message);
  }
}

/** What the driver refused; `code` is WebDriver's own word, such as `stale element reference`. */
export class WebDriverError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
