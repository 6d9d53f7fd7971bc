import { describe, expect, it, vi } from "vitest";
import { InstallPrompt } from "./install-prompt.ts";

/** What Chromium sends. */
function offerThat(prompt: () => Promise<{ outcome: "accepted" | "dismissed" }>): Event {
  return Object.assign(new Event("beforeinstallprompt", { cancelable: true }), { prompt });
}

describe("InstallPrompt", () => {
  it("[PW37] keeps the browser's offer until the person presses Install, and uses it once", async () => {
    const page = new EventTarget();
    const installing = new InstallPrompt(page);
    const onChange = vi.fn();
    installing.addEventListener("change", onChange);
    expect(installing.isOffered).toBe(false);
    const prompt = vi.fn(async () => ({ outcome: "dismissed" as const }));
    const offer = offerThat(prompt);
    page.dispatchEvent(offer);
    expect(offer.defaultPrevented).toBe(true);
    expect(installing.isOffered).toBe(true);
    expect(prompt).not.toHaveBeenCalled();
    await installing.install();
    await installing.install();
    expect(prompt).toHaveBeenCalledOnce();
    expect(installing.isOffered).toBe(false);
    expect(onChange).toHaveBeenCalled();
  });

  it("[PW37] is over when the app was installed some other way, and survives a refusal", async () => {
    const page = new EventTarget();
    const installing = new InstallPrompt(page);
    page.dispatchEvent(offerThat(async () => Promise.reject(new DOMException("no"))));
    await installing.install();
    page.dispatchEvent(offerThat(async () => ({ outcome: "accepted" })));
    expect(installing.isOffered).toBe(true);
    page.dispatchEvent(new Event("appinstalled"));
    expect(installing.isOffered).toBe(false);
  });
});
