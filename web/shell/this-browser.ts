/**
 * What the screens may know of the browser around them and ask of it: where it is open, versions,
 * keeping what is stored, installing, making an alarm heard. One `change` event for all. The demo's phones have none.
 */

import { openBell, type AlarmBell } from "../alarm/alarm-bell.ts";
import { openNotice, type AlarmNotice } from "../alarm/alarm-notice.ts";
import { storageOf } from "../environment.ts";
import { AppShell, type ShellOptions } from "./app-shell.ts";
import { InstallPrompt } from "./install-prompt.ts";
import { Later } from "./later.ts";
import { StorageKeeper } from "./storage-keeper.ts";
import { asksPerson, judgePlace, readSurroundings, type Place } from "./surroundings.ts";

export interface BrowserParts {
  readonly place: Place;
  readonly shell: AppShell;
  readonly keeper: StorageKeeper;
  readonly installing: InstallPrompt;
  readonly later: Later;
  readonly bell: AlarmBell;
  readonly notice: AlarmNotice;
}

export class ThisBrowser extends EventTarget implements BrowserParts {
  readonly place: Place;
  readonly shell: AppShell;
  readonly keeper: StorageKeeper;
  readonly installing: InstallPrompt;
  readonly later: Later;
  readonly bell: AlarmBell;
  readonly notice: AlarmNotice;

  constructor({ place, shell, keeper, installing, later, bell, notice }: BrowserParts) {
    super();
    this.place = place;
    this.shell = shell;
    this.keeper = keeper;
    this.installing = installing;
    this.later = later;
    this.bell = bell;
    this.notice = notice;
    for (const part of [shell, keeper, installing, later, bell, notice]) {
      part.addEventListener("change", () => this.dispatchEvent(new Event("change")));
    }
  }
}

/** To be called before the page has loaded: what a browser offers by events comes once. */
export function openBrowser(from: Window & typeof globalThis, options: ShellOptions): ThisBrowser {
  const seen = readSurroundings(from);
  const place = judgePlace(seen);
  const keeper = new StorageKeeper({
    storage: from.navigator.storage,
    isInstalled: place.type === "installed",
    asksPerson: asksPerson(seen),
  });
  // Installed, a browser promises what it refused before.
  from.addEventListener("appinstalled", () => void keeper.ask());
  return new ThisBrowser({
    place,
    shell: new AppShell(options),
    keeper,
    installing: new InstallPrompt(from),
    later: new Later(storageOf(from)),
    bell: openBell(from),
    notice: openNotice(from),
  });
}
