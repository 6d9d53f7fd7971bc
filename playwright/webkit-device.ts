/**
 * A device in WebKitGTK, in the same words as `Device`: what a person presses, types and reads, found
 * by the role and the name that assistive technology is told. WebDriver has no log: what the page
 * itself can hear (errors, violations of the content policy) is heard from just after loading.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect } from "@playwright/test";
import { type ElementId, type WebDriver, WebDriverError } from "./webdriver.ts";

export type Role = "button" | "textbox" | "radio" | "heading" | "log" | "list";

/** Elements that may have the role; the browser itself says which of them do. */
const CANDIDATES: Readonly<Record<Role, string>> = {
  button: "button,[role=button],summary",
  textbox: "input,textarea,[role=textbox]",
  radio: "input[type=radio],[role=radio]",
  heading: "h1,h2,h3,[role=heading]",
  log: "[role=log]",
  list: "ul,ol,[role=list]",
};

export class WebKitDevice {
  readonly person: string;
  readonly driver: WebDriver;
  readonly #url: string;

  constructor(person: string, driver: WebDriver, url: string) {
    this.person = person;
    this.driver = driver;
    this.#url = url;
  }

  async open(link = this.#url): Promise<void> {
    await this.driver.goTo(link);
    await this.driver.run(listen);
  }

  async reload(): Promise<void> {
    await this.driver.reload();
    await this.driver.run(listen);
  }

  async press(name: string, role: "button" | "radio" = "button"): Promise<void> {
    await this.#act(role, name, (element) => this.driver.click(element));
  }

  async fill(name: string, text: string): Promise<void> {
    await this.#act("textbox", name, (element) => this.driver.type(element, text));
  }

  /** Presses the first visible thing with exactly this text, such as the head of a disclosure. */
  async pressText(text: string): Promise<void> {
    await expect
      .poll(() => this.driver.run<boolean>(pressText, text), { message: `${this.person}: ${text}` })
      .toBe(true);
  }

  /** What a field holds. */
  async valueOf(name: string): Promise<string> {
    let value = "";
    await this.#act("textbox", name, async (element) => {
      value = await this.driver.valueOf(element);
    });
    return value;
  }

  /** The text of the first visible element with this role, and this name if one is given. */
  async read(role: Role, name?: string): Promise<string> {
    let text = "";
    await this.#act(role, name, async (element) => {
      text = await this.driver.textOf(element);
    });
    return text;
  }

  /** Until the page shows these words. */
  async see(words: string | RegExp): Promise<void> {
    const pattern =
      typeof words === "string" ? expect.stringContaining(words) : expect.stringMatching(words);
    await expect
      .poll(() => this.driver.run<string>(readAll), { message: this.person })
      .toEqual(pattern);
  }

  /** Until there is a visible and enabled element with this role and name. */
  async seeThe(role: Role, name: string): Promise<void> {
    await this.#act(role, name, async () => undefined);
  }

  async readAll(): Promise<string> {
    return this.driver.run<string>(readAll);
  }

  /** The names of all visible elements with this role. */
  async namesOf(role: Role): Promise<readonly string[]> {
    const names: string[] = [];
    for (const element of await this.#visible(role)) names.push(await this.driver.labelOf(element));
    return names;
  }

  async screenshot(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await this.driver.screenshot());
  }

  /** What the page has heard of its own mistakes since it was opened. */
  async complaints(): Promise<readonly string[]> {
    return this.driver.run<string[]>(heard);
  }

  /** Finds the element and acts on it, again and again until that is done. */
  async #act(
    role: Role,
    name: string | undefined,
    act: (element: ElementId) => Promise<void>,
  ): Promise<void> {
    await expect
      .poll(() => this.#tryTo(role, name, act), {
        message: `${this.person}: ${role} ${name ?? ""}`,
      })
      .toBe("done");
  }

  async #tryTo(
    role: Role,
    name: string | undefined,
    act: (element: ElementId) => Promise<void>,
  ): Promise<string> {
    try {
      for (const element of await this.#visible(role)) {
        if (name !== undefined && (await this.driver.labelOf(element)) !== name) continue;
        await act(element);
        return "done";
      }
      return "not there";
    } catch (error) {
      // The page drew itself anew in between, or the element is not ready to be pressed.
      if (error instanceof WebDriverError) return error.message;
      throw error;
    }
  }

  async #visible(role: Role): Promise<readonly ElementId[]> {
    const found: ElementId[] = [];
    for (const element of await this.driver.elements(findVisible, CANDIDATES[role])) {
      if ((await this.driver.roleOf(element)) === role) found.push(element);
    }
    return found;
  }
}

/** Visible and enabled elements, also those inside of shadow roots. */
function findVisible(selector: string): Element[] {
  const search = (root: Document | ShadowRoot): Element[] =>
    [...root.querySelectorAll("*")].flatMap((one) => [
      ...(one.matches(selector) && one.checkVisibility() && !one.matches(":disabled") ? [one] : []),
      ...(one.shadowRoot === null ? [] : search(one.shadowRoot)),
    ]);
  return search(document);
}

function pressText(text: string): boolean {
  const found = [...document.querySelectorAll<HTMLElement>("summary,button,a,label")].find(
    (one) => one.checkVisibility() && one.innerText.trim() === text,
  );
  found?.click();
  return found !== undefined;
}

/** What is shown, and what a closed disclosure says of a node that stopped: a failure names its cause. */
function readAll(): string {
  const causes = [...document.querySelectorAll("tw-stopped details .mono")];
  return [document.body.innerText, ...causes.map((one) => one.textContent)].join("\n");
}

interface Listening {
  heard?: string[];
}

function listen(): void {
  const all: string[] = [];
  (globalThis as Listening).heard = all;
  document.addEventListener("securitypolicyviolation", (event) => {
    all.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
  });
  addEventListener("error", ({ message }) => all.push(message));
  addEventListener("unhandledrejection", ({ reason }) => all.push(String(reason)));
  const say = console.error.bind(console);
  console.error = (...words: unknown[]): void => {
    all.push(words.join(" "));
    say(...words);
  };
}

function heard(): string[] {
  return (globalThis as Listening).heard ?? ["nobody was listening"];
}
