/**
 * Watches a page of the app from inside while it opens, and does what a hasty person would: opens the
 * conversation as soon as it is listed, writes as soon as there is a field, presses "Send" as soon as
 * it can be pressed. Times are milliseconds since the page was asked for. Runs before the app does.
 */
import type { CDPSession, Page } from "@playwright/test";

export interface OpeningPlan {
  /** Whose conversation; its entry begins with this name. */
  readonly person: string;
  /** What is sent; null where the list alone is of interest. */
  readonly text: string | null;
  /** What the other side wrote meanwhile; null for nothing. */
  readonly awaited: string | null;
}

export interface Opening {
  /** The list names the person and what was said last. */
  readonly listed: number;
  /** The newest messages of the conversation are there. */
  readonly shown: number;
  /** "Send" was pressed. */
  readonly sent: number;
  /** What the other side wrote meanwhile is there. */
  readonly heard: number;
  /** When the page was asked for, on this machine's clock. */
  readonly askedAt: number;
}

/** What the page keeps while it opens; NaN for what has not come. */
type Marks = { -readonly [Name in keyof Opening]: number };

const PATIENCE_MS = 120_000;

/** Goes to the address and follows the plan to its end. */
export async function watchOpening(
  session: CDPSession,
  page: Page,
  url: string,
  plan: OpeningPlan,
): Promise<Opening> {
  // A page that is only loaded again comes back to the conversation that was open.
  await page.goto("about:blank");
  await session.send("Page.enable");
  const given = `(${followPlan.toString()})(${JSON.stringify(plan)})`;
  const source = `globalThis.__name ??= (named) => named; ${given}`;
  const { identifier } = await session.send("Page.addScriptToEvaluateOnNewDocument", { source });
  await page.goto(url, { waitUntil: "commit", timeout: PATIENCE_MS });
  await session.send("Page.removeScriptToEvaluateOnNewDocument", { identifier });
  const done = await page.waitForFunction(readMarks, plan, { timeout: PATIENCE_MS, polling: 100 });
  return (await done.jsonValue()) as Opening;
}

/** Runs in the page, alone: it is given to the browser as text. */
function followPlan({ person, text, awaited }: OpeningPlan): void {
  const marks: Marks = {
    listed: Number.NaN,
    shown: Number.NaN,
    sent: Number.NaN,
    heard: Number.NaN,
    askedAt: performance.timeOrigin,
  };
  Object.assign(globalThis, { openingMarks: marks });
  const mark = (name: keyof Opening, has: boolean): void => {
    if (has && Number.isNaN(marks[name])) marks[name] = performance.now();
  };
  const look = (): void => {
    const entry = [...document.querySelectorAll<HTMLElement>("li button")].find(({ textContent }) =>
      textContent.includes(person),
    );
    if (entry !== undefined && Number.isNaN(marks.listed)) {
      mark("listed", true);
      if (text !== null) entry.click();
    }
    const log = document.querySelector('[role="log"]');
    mark("shown", log !== null && log.querySelector("time") !== null);
    mark("heard", awaited !== null && log?.textContent.includes(awaited) === true);
    const field = document.querySelector("textarea");
    if (text === null || field === null || !Number.isNaN(marks.sent)) return;
    if (field.value === "") {
      field.value = text;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    const send = [...document.querySelectorAll("button")].find(
      ({ textContent }) => textContent.trim() === "Send",
    );
    if (send === undefined || send.disabled) return;
    mark("sent", true);
    send.click();
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributes: true,
    attributeFilter: ["disabled"],
  });
}

/** Runs in the page: the marks, once all that the plan asks for have been set. */
function readMarks({ text, awaited }: OpeningPlan): Marks | null {
  const { openingMarks: marks } = globalThis as unknown as { openingMarks?: Marks };
  if (marks === undefined) return null;
  const isDone =
    !Number.isNaN(marks.listed) &&
    (text === null || !Number.isNaN(marks.sent)) &&
    (awaited === null || !Number.isNaN(marks.heard));
  return isDone ? marks : null;
}
