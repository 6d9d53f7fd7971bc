/**
 * In which kind of browser the page is open, as far as that decides whether what is stored stays: the
 * installed app, an iPhone's or iPad's browser (whose storage the app on the Home Screen never sees),
 * the browser inside another app, or any other. Pure but for `readSurroundings`. It reads the user
 * agent, because nothing else tells these apart. Source: DESIGN §7 (iOS); SPEC PW30 to PW32.
 */

/** What is looked at. */
export interface Surroundings {
  readonly userAgent: string;
  /** Above one on a tablet that calls itself a Mac. */
  readonly maxTouchPoints: number;
  /** Opened from a launcher or the Home Screen, without a browser's bars. */
  readonly isStandalone: boolean;
}

export type Place =
  | { readonly type: "installed" }
  | { readonly type: "ios" }
  /** `app`: the name people know, null where it does not say. */
  | { readonly type: "inside"; readonly app: string | null; readonly isIos: boolean }
  | { readonly type: "browser" };

/** Browsers inside other apps, by what they add to the user agent; the first that fits. */
const INSIDE: readonly (readonly [mark: RegExp, app: string])[] = [
  [/FBAN\/Messenger|FB_IAB\/(?:Orca|MESSENGER)|MessengerLite/i, "Messenger"],
  [/\bInstagram\b/, "Instagram"],
  [/\bBarcelona\b/, "Threads"],
  [/\bFBAN\/|\bFBAV\/|\bFB_IAB\//, "Facebook"],
  [/\bWhatsApp\//, "WhatsApp"],
  [/musical_ly|BytedanceWebview|\bTikTok\b|\btrill_/i, "TikTok"],
  [/\bSnapchat\b/, "Snapchat"],
  [/\bTelegram\b/i, "Telegram"],
  [/\bLine\/\d/, "LINE"],
  [/\bMicroMessenger\//, "WeChat"],
  [/Twitter for iP|TwitterAndroid/, "X"],
  [/\bLinkedInApp\b/, "LinkedIn"],
  [/\[?Pinterest\//, "Pinterest"],
  [/\bKAKAOTALK\b/, "KakaoTalk"],
  [/\bViber\b/, "Viber"],
  [/\bGSA\//, "Google"],
];

export function judgePlace(seen: Surroundings): Place {
  if (seen.isStandalone) return { type: "installed" };
  const { userAgent } = seen;
  const isIos = isApplePhone(seen);
  const app = INSIDE.find(([mark]) => mark.test(userAgent))?.[1] ?? null;
  // A browser of its own says Safari on iOS, whatever its engine's host; a web view on Android "wv".
  const isBare = (isIos && !/\bSafari\//.test(userAgent)) || /;\s?wv\)/.test(userAgent);
  if (app !== null || isBare) return { type: "inside", app, isIos };
  return { type: isIos ? "ios" : "browser" };
}

/** Whether asking to keep what is stored makes the browser ask the person. */
export function asksPerson({ userAgent }: Pick<Surroundings, "userAgent">): boolean {
  return /\bFirefox\//.test(userAgent);
}

function isApplePhone({ userAgent, maxTouchPoints }: Surroundings): boolean {
  if (/\b(?:iPhone|iPad|iPod)\b/.test(userAgent)) return true;
  return /\bMacintosh\b/.test(userAgent) && maxTouchPoints > 1;
}

export function readSurroundings(from: Window): Surroundings {
  const { navigator } = from;
  const isOnHomeScreen = (navigator as { standalone?: boolean }).standalone === true;
  const modes = ["standalone", "fullscreen", "minimal-ui", "window-controls-overlay"];
  return {
    userAgent: navigator.userAgent,
    maxTouchPoints: navigator.maxTouchPoints,
    isStandalone:
      isOnHomeScreen || modes.some((mode) => from.matchMedia(`(display-mode: ${mode})`).matches),
  };
}
