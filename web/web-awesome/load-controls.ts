/**
 * The door to Web Awesome's controls: each is a file of its own, fetched when a screen first wants
 * it, so that the first screen carries none. Whoever asks goes on when a file cannot be fetched.
 * Which controls stay the browser's own, and why: ADR 10. SPEC WA1, WA4.
 */

const CONTROLS = {
  /** `<wa-dropdown>` with `<wa-dropdown-item>`s: a menu on a button of ours. */
  menu: () =>
    Promise.all([
      import("@awesome.me/webawesome/dist/components/dropdown/dropdown.js"),
      import("@awesome.me/webawesome/dist/components/dropdown-item/dropdown-item.js"),
    ]),
  /** `<wa-stepper>` with `<wa-step>`s: where somebody is on a way of several steps. */
  steps: () =>
    Promise.all([
      import("@awesome.me/webawesome/dist/components/stepper/stepper.js"),
      import("@awesome.me/webawesome/dist/components/step/step.js"),
    ]),
  /** Through show-toast.ts, which is how anything is said in passing. */
  toast: () =>
    Promise.all([
      import("@awesome.me/webawesome/dist/components/toast/toast.js"),
      import("@awesome.me/webawesome/dist/components/toast-item/toast-item.js"),
    ]),
} satisfies Record<string, () => Promise<unknown>>;

export type ControlName = keyof typeof CONTROLS;

/** Resolves when the controls can be used; with false when one of them could not be fetched. */
export async function loadControls(...names: readonly ControlName[]): Promise<boolean> {
  try {
    await import("./setup.ts");
    await Promise.all(names.map((name) => CONTROLS[name]()));
    return true;
  } catch (error) {
    // The page lost its server before it had all its files; the words of the screen remain.
    console.warn("a control cannot be loaded", error);
    return false;
  }
}
