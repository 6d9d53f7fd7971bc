/**
 * A browser that answers as Firefox does when it is asked to keep what is stored: only when the
 * person allowed it. Chromium's own answer, in a fresh profile, is no.
 */
import type { Device } from "./device.ts";

/** For `newDevice`: the app then asks the person before it asks the browser. */
export const FIREFOX_PHONE = {
  userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0",
};

/** @param isAllowed what the person answers to the browser's question */
export async function answerLikeFirefox({ context }: Device, isAllowed: boolean): Promise<void> {
  await context.addInitScript((answer) => {
    if (!("storage" in navigator)) return;
    let isPersistent = sessionStorage.getItem("allowed") === "true";
    const storage = Object.getPrototypeOf(navigator.storage) as StorageManager;
    storage.persisted = async () => isPersistent;
    storage.persist = async () => {
      isPersistent = answer;
      sessionStorage.setItem("allowed", String(answer));
      return answer;
    };
  }, isAllowed);
}
