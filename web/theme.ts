/**
 * Light, dark, or as this device has it: the person's choice for this browser, kept beside the app's
 * data and put on the page before anything is drawn. A browser that keeps nothing follows the device.
 * SPEC UI82.
 */

export const THEMES = ["device", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const PLACE = "tinyweb theme";

type Keeper = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What was chosen; `device` for nothing, for anything strange and where nothing can be read. */
export function readTheme(keeper: () => Keeper): Theme {
  try {
    const kept = keeper().getItem(PLACE);
    return THEMES.find((one) => one === kept) ?? "device";
  } catch (error) {
    console.info("no theme can be read", error);
    return "device";
  }
}

/** Puts a theme on the page, and keeps it for the next time. */
export function chooseTheme(theme: Theme, root: HTMLElement, keeper: () => Keeper): void {
  showTheme(theme, root);
  try {
    if (theme === "device") keeper().removeItem(PLACE);
    else keeper().setItem(PLACE, theme);
  } catch (error) {
    // It holds until the page is closed.
    console.info("no theme can be kept", error);
  }
}

export function showTheme(theme: Theme, root: HTMLElement): void {
  if (theme === "device") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}
