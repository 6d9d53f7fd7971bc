/**
 * The page's hold on the service worker: has the app kept for starting without the server, notices a
 * newer version, and sees to it that all pages of this browser are of one version: a page that is not
 * the active service worker's reloads before its node starts, and when one version takes over from
 * another every page reloads. Without service workers (private windows, old browsers) it does nothing.
 * Knows no screens. SPEC PW10 to PW15.
 */

import { isPageLock, pageLockOf, type ShellMessage } from "../../workers/shell/messages.ts";
import { ANSWER_MS, FAREWELL_MS, LOOK_AGAIN_MS, LOOK_INTERVAL_MS, TAKE_OVER_MS } from "./limits.ts";

/** What a page that starts has to do about versions. */
export type Beginning = "start" | "reload" | "take-over";

/** What `decideBeginning` looks at. Builds are null where nobody answers. */
export interface Versions {
  readonly mine: string;
  /** Of the active service worker. */
  readonly active: string | null;
  readonly isNewWaiting: boolean;
  /** Pages of this app that are open beside this one, whatever their profile. */
  readonly otherPages: number;
  /** This page was reloaded for this reason already: once is enough, or it might never end. */
  readonly hasReloaded: boolean;
}

/** A newer version takes over at once where nobody would be disturbed. */
export function decideBeginning(versions: Versions): Beginning {
  const { mine, active, isNewWaiting, otherPages, hasReloaded } = versions;
  if (hasReloaded) return "start";
  if (isNewWaiting && otherPages === 0) return "take-over";
  return active !== null && active !== mine ? "reload" : "start";
}

export interface ShellOptions {
  readonly build: string;
  /** The service worker's address, admitted by the page's policy. */
  readonly url: () => URL;
  /** Keeps what a reload would lose; waited for, but not for long. */
  readonly beforeReload: () => Promise<void>;
}

/** Set while a reload for the version's sake is under way; session storage is the tab's own. */
const RELOADED_KEY = "tinyweb.reloaded";

/** `change` events: a newer version is ready, or the app is kept now. */
export class AppShell extends EventTarget {
  readonly #options: ShellOptions;
  readonly #container: ServiceWorkerContainer | null;
  #registration: ServiceWorkerRegistration | null = null;
  #isPutOff = false;
  #isLeaving = false;
  #lookedAt = Date.now();
  /** All files are kept: the app starts without the server. */
  isKept = false;
  /** A newer version waits until the person agrees, or all pages are closed. */
  isNewReady = false;

  constructor(options: ShellOptions) {
    super();
    this.#options = options;
    this.#container = "serviceWorker" in navigator ? navigator.serviceWorker : null;
  }

  /** The newer version is to be offered: it is ready and was not put off. */
  get isOffered(): boolean {
    return this.isNewReady && !this.#isPutOff;
  }

  /** Before the node starts. False where the page is about to reload and nothing may start. */
  async settle(): Promise<boolean> {
    const container = this.#container;
    if (container === null) return true;
    await this.#hold();
    container.addEventListener("controllerchange", () => void this.#compare());
    try {
      const registration = await container.getRegistration();
      if (registration === undefined) return true;
      return await this.#begin(container, registration);
    } catch (error) {
      console.info("no service worker here", error);
      return true;
    }
  }

  /** Once the app runs: has it kept, and looks for newer versions from now on. */
  async keep(): Promise<void> {
    if (this.#container === null || this.#isLeaving) return;
    try {
      const url = this.#options.url();
      const registration = await this.#container.register(url, { updateViaCache: "none" });
      this.#registration = registration;
      registration.addEventListener("updatefound", () => this.#follow(registration.installing));
      this.#follow(registration.installing);
      this.#take(registration);
      const { active } = await this.#container.ready;
      active?.postMessage({ type: "tidy" } satisfies ShellMessage);
      this.#take(registration);
    } catch (error) {
      // A private window of Firefox, or a browser that may keep nothing: the app runs all the same.
      console.info("the app cannot be kept here", error);
      return;
    }
    setInterval(() => void this.look(), LOOK_INTERVAL_MS);
    document.addEventListener("visibilitychange", () => {
      const isDue = Date.now() - this.#lookedAt > LOOK_AGAIN_MS;
      if (document.visibilityState === "visible" && isDue) void this.look();
    });
  }

  /** Asks the server whether there is a newer version. */
  async look(): Promise<void> {
    this.#lookedAt = Date.now();
    try {
      await this.#registration?.update();
    } catch (error) {
      console.info("cannot look for a newer version", error);
    }
  }

  putOff(): void {
    this.#isPutOff = true;
    this.#announce();
  }

  /** The person wants the newer version now; all pages reload with it. */
  async updateNow(): Promise<void> {
    if (this.#registration?.waiting === null) await this.look();
    const coming = this.#registration?.installing ?? null;
    if (coming !== null) await settled(coming);
    const waiting = this.#registration?.waiting ?? null;
    if (waiting === null) this.#leave();
    else waiting.postMessage({ type: "take-over" } satisfies ShellMessage);
  }

  /** Has the service worker fetch the page again, so that a changed policy holds; then reloads. */
  async renew(): Promise<boolean> {
    const controller = this.#container?.controller ?? null;
    if (controller === null) return false;
    if ((await ask(controller, { type: "renew" })) !== true) return false;
    this.#leave();
    return true;
  }

  async #begin(
    container: ServiceWorkerContainer,
    registration: ServiceWorkerRegistration,
  ): Promise<boolean> {
    const { active, waiting } = registration;
    // The usual start: this page came from the active service worker, and nothing newer is there.
    if (container.controller !== null && waiting === null) {
      void this.#compare();
      rememberReload(null);
      return true;
    }
    const beginning = decideBeginning({
      mine: this.#options.build,
      active: active === null ? null : await askBuild(active),
      isNewWaiting: waiting !== null,
      otherPages: await countOtherPages(),
      hasReloaded: recallReload() === this.#options.build,
    });
    if (beginning === "start") {
      rememberReload(null);
      return true;
    }
    if (beginning === "take-over" && waiting !== null) {
      const changed = once(container, "controllerchange", TAKE_OVER_MS);
      waiting.postMessage({ type: "take-over" } satisfies ShellMessage);
      if (!(await changed) || container.controller === null) return !this.#isLeaving;
      const taken = await askBuild(container.controller);
      if (taken === null || taken === this.#options.build) return !this.#isLeaving;
    }
    rememberReload(this.#options.build);
    this.#leave();
    return false;
  }

  /** A page of another version than its service worker reloads: with it, or with what is kept now. */
  async #compare(): Promise<void> {
    const controller = this.#container?.controller ?? null;
    if (controller === null) return;
    const build = await askBuild(controller);
    if (build === null || build === this.#options.build) return this.#announce();
    this.#leave();
  }

  #follow(worker: ServiceWorker | null): void {
    worker?.addEventListener("statechange", () => {
      if (this.#registration !== null) this.#take(this.#registration);
    });
  }

  #take(registration: ServiceWorkerRegistration): void {
    this.isKept = registration.active !== null;
    const isNewReady = registration.waiting !== null && registration.active !== null;
    // Another one than the one that was put off.
    if (isNewReady && !this.isNewReady) this.#isPutOff = false;
    this.isNewReady = isNewReady;
    this.#announce();
  }

  /** Says to the other pages and to the service worker that a page of this build lives, until it ends. */
  async #hold(): Promise<void> {
    const { promise: granted, resolve } = Promise.withResolvers<void>();
    const name = pageLockOf(this.#options.build);
    void navigator.locks.request(name, { mode: "shared" }, async () => {
      resolve();
      return new Promise<never>(() => undefined);
    });
    await granted;
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const tooLong = new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
    const reload = () => location.reload();
    void Promise.race([this.#options.beforeReload(), tooLong]).then(reload, reload);
  }

  #announce(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** This page holds its own lock already. */
async function countOtherPages(): Promise<number> {
  const { held = [] } = await navigator.locks.query();
  return Math.max(0, held.filter(({ name }) => isPageLock(name)).length - 1);
}

async function askBuild(worker: ServiceWorker): Promise<string | null> {
  const build = await ask(worker, { type: "which-build" });
  return typeof build === "string" ? build : null;
}

/** The answer; null when there is none in time. */
async function ask(worker: ServiceWorker, message: ShellMessage): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const timer = setTimeout(resolve, ANSWER_MS, null);
  port1.addEventListener("message", ({ data }) => resolve(data));
  port1.start();
  worker.postMessage(message, [port2]);
  const answer = await promise;
  clearTimeout(timer);
  port1.close();
  return answer;
}

/** Whether the event came in time. */
async function once(target: EventTarget, name: string, patienceMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, patienceMs, false);
  target.addEventListener(name, () => resolve(true), { once: true });
  const hasCome = await promise;
  clearTimeout(timer);
  return hasCome;
}

/** Until an arriving version is all there, or has failed. */
async function settled(worker: ServiceWorker): Promise<void> {
  while (worker.state === "installing") await once(worker, "statechange", TAKE_OVER_MS);
}

function recallReload(): string | null {
  try {
    return sessionStorage.getItem(RELOADED_KEY);
  } catch {
    return null;
  }
}

function rememberReload(build: string | null): void {
  try {
    if (build === null) sessionStorage.removeItem(RELOADED_KEY);
    else sessionStorage.setItem(RELOADED_KEY, build);
  } catch (error) {
    console.info("no session storage", error);
  }
}
