/** The library's controls on a real engine, with our icons, our tokens, and in a foreign document. */

import { html, render } from "lit";
import { afterEach, describe, expect, it } from "vitest";
import { page } from "vitest/browser";
import "../styles/app.css";
import { loadControls } from "./load-controls.ts";
import { showToast } from "./show-toast.ts";

const places: HTMLElement[] = [];

afterEach(() => {
  for (const one of places.splice(0)) one.remove();
  for (const one of document.querySelectorAll("wa-toast-item")) one.remove();
});

function place(): HTMLElement {
  const one = document.createElement("div");
  document.body.append(one);
  places.push(one);
  return one;
}

describe("controls", () => {
  it("[WA7] tells in passing, politely, without being a status", async () => {
    expect(await showToast("The link is copied.")).toBe(true);
    const item = document.querySelector("wa-toast-item");
    expect(item?.textContent).toContain("The link is copied.");
    expect(document.querySelector('[aria-live="polite"]')?.textContent).toBe("The link is copied.");
    await item?.updateComplete;
    expect(document.querySelector('[role="status"], [role="alert"]')).toBeNull();
  });

  it("[WA7] keeps a toast with an action until it is used", async () => {
    let runs = 0;
    await showToast("A new version is here.", { label: "Update", run: () => (runs += 1) });
    expect(document.querySelector("wa-toast-item")?.duration).toBe(0);
    await page.getByRole("button", { name: "Update" }).click();
    expect(runs).toBe(1);
    await expect.poll(() => document.querySelector("wa-toast-item")).toBeNull();
  });

  it("[WA2, WA3] draws our icon on the cross of a toast", async () => {
    await showToast("Look at my cross.");
    const cross = () =>
      document.querySelector("wa-toast-item")?.shadowRoot?.querySelector("wa-icon")?.shadowRoot;
    await expect
      .poll(() => cross()?.querySelector("path")?.getAttribute("d"))
      .toBe("M6 6l12 12M18 6 6 18");
  });

  it("[WA6] works in a document that came from elsewhere, with its styles", async () => {
    await loadControls("toast", "steps");
    const frame = document.createElement("iframe");
    frame.srcdoc = "<!doctype html>";
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    place().append(frame);
    await loaded;
    const body = frame.contentDocument?.body;
    if (body === undefined) throw new Error("no document");
    render(html`<wa-stepper label="Steps"><wa-step>One</wa-step></wa-stepper>`, body);
    const stepper = body.querySelector("wa-stepper");
    await stepper?.updateComplete;
    const list = stepper?.shadowRoot?.querySelector("ol");
    expect(list && getComputedStyle(list).listStyleType).toBe("none");
  });
});
