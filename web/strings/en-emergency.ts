/** A call for help, for who calls and for who is called, in English. UI140 to UI149. */
import type { PlaceView, Someone } from "../../workers/api.ts";
import { capital, joinNames } from "./en-names.ts";

/** "Mum and Dad", "you and Mum", "somebody". */
function people(some: readonly Someone[]): string {
  const names = some.map(({ name, isMe }) => (isMe ? "you" : (name ?? "somebody")));
  return joinNames(names.toSorted((a, b) => Number(b === "you") - Number(a === "you")));
}

/** "Mum has", "you and Mum have". */
function withVerb(some: readonly Someone[], one: string, many: string): string {
  const isMany = some.length !== 1 || some[0]?.isMe === true;
  return `${capital(people(some))} ${isMany ? many : one}`;
}

const TIME = new Intl.DateTimeFormat("en", { timeStyle: "short" });
const clock = (at: number): string => (Number.isFinite(at) ? TIME.format(at) : "");

/** Five decimals are a metre. */
const DEGREES = new Intl.NumberFormat("en", {
  minimumFractionDigits: 5,
  maximumFractionDigits: 5,
  useGrouping: false,
});
const degrees = (value: number): string => DEGREES.format(value);

export const emergency = {
  open: "Help",
  title: "Do you need help?",
  text: "Press the red button, and your family sees at once that you need help: over everything else, on every phone that is open and connected.",
  not112: "This does not call an ambulance, the police or the fire brigade.",
  call112: "Call 112",
  what: "What happened?",
  whatHint: "You can leave this empty.",
  where: "Say where I am",
  whereHint: "Your browser asks you first. The call does not wait for the answer.",
  send: "Call my family for help",
  back: "I do not need help",
  noPlace: "This browser did not say where you are. The call went without it.",
  alarm: {
    title: (name: string | null) => `${name ?? "Somebody"} needs help`,
    tab: (name: string | null) => `Help: ${name ?? "somebody"}`,
    tapToHear: "Tap to hear the alarm",
    notice: "Open TinyWeb to see what happened and to answer.",
    since: (at: number) => `Called at ${clock(at)}`,
    wordless: "Nothing was written with it.",
    onIt: "I am on it",
    seen: "I have seen it, and I cannot come",
    what: "Everybody sees what you press.",
  },
  device: {
    title: "When somebody calls for help",
    heard:
      "While TinyWeb is open, a call for help sounds and shakes this device for up to a minute, until you answer. It cannot be switched off here.",
    try: "Try the sound",
    advice: "If you hear nothing: turn the volume up, and see whether the device is on silent.",
    trying:
      "You should hear it now. If you do not: turn the volume up, and see whether the device is on silent.",
    blocked:
      "This browser did not let TinyWeb make a sound. Press again, or allow sound in its settings for this page.",
    noSound: "This browser cannot make a sound. A call for help is shown all the same.",
    why: "While you look at another page or app you would not see it. If you allow notifications, this browser shows who needs help, and nothing of what was written.",
    whyLocked:
      "While you look at another page or app you would not see it. If you allow notifications, this browser shows that somebody needs help. As this place has a lock, it does not say who.",
    allow: "Allow showing it",
    allowed: "A call for help is also shown while TinyWeb is in the background.",
    denied:
      "Notifications are blocked for this page. You can allow them in the browser's settings for it.",
    missing: "This browser shows no notifications for a page. Keep TinyWeb in sight.",
  },
  place: ({ latitude, longitude, accuracy }: PlaceView) =>
    `At ${degrees(latitude)}, ${degrees(longitude)}, give or take ${Math.round(accuracy)} metres`,
  openPlace: "Show it in a map app",
  card: {
    mine: (at: number) => `You called for help at ${clock(at)}`,
    theirs: (name: string | null, at: number) =>
      `${name ?? "Somebody"} called for help at ${clock(at)}`,
    waiting:
      "Nobody's device has it yet. Keep this page open; it goes out as soon as one is there.",
    held: (devices: number) =>
      devices === 1
        ? "One device keeps it for the others."
        : `${devices} devices keep it for the others.`,
    reached: (some: readonly Someone[]) => `It is on ${whose(some)}.`,
    seen: (some: readonly Someone[]) => `${withVerb(some, "has", "have")} seen it.`,
    coming: (some: readonly Someone[]) => `${withVerb(some, "is", "are")} on it.`,
    nobody: "Nobody has said yet that they are on it.",
    fine: "I am all right",
    isFine: (name: string | null, isMe: boolean) =>
      isMe ? "You said that you are all right." : `${name ?? "Somebody"} says: I am all right.`,
    over: (some: readonly Someone[]) => `${capital(people(some))} said that it is over.`,
    onIt: "I am on it",
    end: "It is over",
    endAsk: {
      title: "Is it over?",
      text: "The call for help goes away on all devices. It stays in History.",
      yes: "It is over",
      no: "Not yet",
    },
  },
} as const;

/** "Mum's and Dad's devices". */
function whose(some: readonly Someone[]): string {
  const names = some.map(({ name }) => `${name ?? "somebody"}'s`);
  return `${joinNames(names)} ${some.length === 1 ? "device" : "devices"}`;
}
