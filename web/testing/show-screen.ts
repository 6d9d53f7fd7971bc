/** Draws the real app over the still worker of web/dev, for tests on a real engine. */

import { html, render } from "lit";
import { expect } from "vitest";
import { AppModel, type ProfilePlace } from "../controllers/app-model.ts";
import { STATES } from "../dev/states.ts";
import { openStillBrowser } from "../dev/still-browser.ts";
import { NodeClient } from "../node-client.ts";
import "../styles/app.css";
import "../views/tw-app.ts";

/** The profile without a name, on a page that leads nowhere. */
const HERE: ProfilePlace = { profile: "", go: () => undefined };
const workers: Worker[] = [];
const roots: HTMLElement[] = [];

/** To be called after each test. */
export function clearScreens(): void {
  for (const worker of workers.splice(0)) worker.terminate();
  for (const root of roots.splice(0)) {
    render(html``, root);
    root.remove();
  }
  history.replaceState(null, "");
}

/** Draws one state of web/dev/states.ts: the real app over the still worker. */
export async function show(name: string, place: ProfilePlace | null = HERE) {
  const state = STATES[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  const client = new NodeClient({
    startWorker: () => {
      const url = new URL("../dev/still-worker.ts", import.meta.url);
      const worker = new Worker(url, { type: "module", name });
      workers.push(worker);
      return worker;
    },
    start: { database: "still", servers: [], appUrl: location.origin, build: "still" },
    startMesh: () => ({ stop: () => undefined }),
    onEvent: (event) => app.hear(event),
  });
  const browser = state.browser === undefined ? null : openStillBrowser(state.browser);
  const app = new AppModel(client, history, place, browser);
  app.canLink = state.cannotLink !== true;
  app.notePlaceTrouble(state.placeTrouble ?? null);
  if (state.view !== undefined) app.replace(state.view);
  if (state.link !== undefined) app.takeInvite(state.link);
  const root = document.createElement("div");
  document.body.append(root);
  roots.push(root);
  render(html`<tw-app .app=${app}></tw-app>`, root);
  await app.startNode();
  return { app, root };
}

export function find(root: HTMLElement, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (found === null) throw new Error(`nothing is ${selector}`);
  return found;
}

/** Resolves with the element as soon as the page has drawn it. */
export async function seen(root: HTMLElement, selector: string): Promise<HTMLElement> {
  await expect.poll(() => root.querySelector(selector)).not.toBeNull();
  return find(root, selector);
}

export async function seenField(root: HTMLElement): Promise<HTMLTextAreaElement> {
  return (await seen(root, "tw-composer textarea")) as HTMLTextAreaElement;
}

export function buttonsNamed(root: HTMLElement, name: RegExp): string[] {
  return [...root.querySelectorAll("button")]
    .filter((button) => button.checkVisibility())
    .map((button) => button.ariaLabel ?? button.textContent.trim().replace(/\s+/g, " "))
    .filter((text) => name.test(text));
}

/** Presses the button whose words are exactly these. */
export function press(root: HTMLElement, words: string): void {
  const button = [...root.querySelectorAll("button")].find(
    ({ textContent }) => textContent.trim() === words,
  );
  if (button === undefined) throw new Error(`no button says ${words}`);
  button.click();
}

/** Types a text into a field, as one input. */
export function writeInto(root: HTMLElement, selector: string, text: string): void {
  const field = find(root, selector) as HTMLInputElement | HTMLTextAreaElement;
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
