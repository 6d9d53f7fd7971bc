/**
 * Says something in passing, above the bar: what became of what the person just did, or what they
 * may do now. For nothing that must be read: that stands on a screen. It is read out politely and is
 * no `status`, which is the connection's alone. SPEC WA7.
 */

import { html, nothing, render } from "lit";
import { loadControls } from "./load-controls.ts";

/** What a toast offers to do, on a button of its own. */
export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

interface Stack {
  readonly element: HTMLElement;
  readonly announcer: HTMLElement;
}

/** The one stack of this page. */
let stack: Stack | null = null;

/**
 * Shows a toast on the page itself, whichever of its documents asked.
 * @param action offered beside the words; such a toast stays until it is used or closed
 * @returns false where the control could not be fetched, and nothing was shown
 */
export async function showToast(words: string, action?: ToastAction): Promise<boolean> {
  if (!(await loadControls("toast"))) return false;
  stack ??= makeStack();
  const item = document.createElement("wa-toast-item");
  item.variant = "success";
  item.duration = action === undefined ? 6000 : 0;
  const run = (): void => {
    action?.run();
    void item.hide();
  };
  render(
    html`<div class="toast-row">
      <p dir="auto">${words}</p>
      ${
        action === undefined
          ? nothing
          : html`<button class="button small" @click=${run}>${action.label}</button>`
      }
    </div>`,
    item,
  );
  stack.element.append(item);
  stack.announcer.textContent = words;
  return true;
}

function makeStack(): Stack {
  const element = document.createElement("wa-toast");
  element.placement = "bottom-center";
  // Its own announcer is a `status`, and speaks the buttons too.
  Object.assign(element, { announceToastItem: () => undefined });
  const announcer = document.createElement("div");
  announcer.className = "visually-hidden";
  announcer.setAttribute("aria-live", "polite");
  document.body.append(element, announcer);
  return { element, announcer };
}
