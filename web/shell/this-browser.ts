/**
 * What the screens may know of the browser around them and ask of it: versions now, keeping what is
 * stored and installing beside it. One `change` event for all. The demo's phones have none.
 */

import type { AppShell } from "./app-shell.ts";

export class ThisBrowser extends EventTarget {
  readonly shell: AppShell;

  constructor(shell: AppShell) {
    super();
    this.shell = shell;
    shell.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }
}
