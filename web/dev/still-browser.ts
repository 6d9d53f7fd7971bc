/** A browser around the app that holds still, for web/dev: where it is, what it keeps, what it offers. */

import type { Lasting } from "../../workers/api.ts";
import { AlarmBell } from "../alarm/alarm-bell.ts";
import { AlarmNotice, type NoticeLeave } from "../alarm/alarm-notice.ts";
import { AppShell } from "../shell/app-shell.ts";
import { InstallPrompt } from "../shell/install-prompt.ts";
import { Later } from "../shell/later.ts";
import { StorageKeeper } from "../shell/storage-keeper.ts";
import type { Place } from "../shell/surroundings.ts";
import { ThisBrowser } from "../shell/this-browser.ts";

export interface StillBrowser {
  readonly place?: Place;
  readonly lasting?: Lasting;
  /** The browser asks the person before it promises to keep anything. */
  readonly asksPerson?: boolean;
  readonly isInstallOffered?: boolean;
  readonly isNewReady?: boolean;
  readonly isKept?: boolean;
  /** Whether it may show notifications. */
  readonly leave?: NoticeLeave;
  /** What becomes of the alarm's sound. */
  readonly sound?: "quiet" | "sounding" | "blocked" | "trying" | "missing";
}

export function openStillBrowser(still: StillBrowser): ThisBrowser {
  const { place = { type: "browser" }, lasting = "persistent", asksPerson = false } = still;
  const shell = new AppShell({
    build: "still",
    url: () => new URL(location.href),
    beforeReload: () => Promise.resolve(),
  });
  shell.isKept = still.isKept ?? true;
  shell.isNewReady = still.isNewReady ?? false;
  const promised = Promise.resolve(true);
  const keeper = new StorageKeeper({
    storage: { persist: () => promised, persisted: () => promised },
    isInstalled: place.type === "installed",
    asksPerson,
  });
  keeper.lasting = lasting;
  const offers = new EventTarget();
  const installing = new InstallPrompt(offers);
  if (still.isInstallOffered === true) offers.dispatchEvent(new Event("beforeinstallprompt"));
  return new ThisBrowser({
    place,
    shell,
    keeper,
    installing,
    later: new Later(null),
    bell: stillBell(still.sound ?? "quiet"),
    notice: stillNotice(still.leave ?? "default"),
  });
}

function stillBell(sound: NonNullable<StillBrowser["sound"]>): AlarmBell {
  const openAudio = sound === "missing" ? null : () => new AudioContext();
  const bell = new AlarmBell({
    openAudio,
    vibrate: null,
    wasPressed: () => true,
    locks: null,
    now: () => 0,
  });
  bell.isTrying = sound === "trying";
  if (sound === "blocked" || sound === "sounding") bell.state = sound;
  return bell;
}

function stillNotice(leave: NoticeLeave): AlarmNotice {
  let permission = leave === "missing" ? "denied" : leave;
  const requestPermission = () => {
    permission = "granted";
    return Promise.resolve(permission);
  };
  return new AlarmNotice({
    notification:
      leave === "missing"
        ? null
        : {
            get permission() {
              return permission;
            },
            requestPermission,
          },
    registration: () => Promise.resolve(undefined),
    page: location.href,
  });
}
