/** Places: who shares with me, and my own sharing, in English. UI150 to UI158. */
import type { PlaceTarget, Someone } from "../../workers/api.ts";
import { formatClock } from "../text/duration.ts";
import { capital, joinNames } from "./en-names.ts";

const HALF_DAY_MS = 43_200_000;
/** Hours as the reader's device writes them. */
const LOCALE = new Intl.DateTimeFormat().resolvedOptions().locale;
const DAY = new Intl.DateTimeFormat(LOCALE, {
  weekday: "long",
  hour: "numeric",
  minute: "2-digit",
});
/** The clock where it is within half a day, with the weekday beyond. */
function moment(at: number): string {
  if (!Number.isFinite(at)) return "";
  return Math.abs(at - Date.now()) < HALF_DAY_MS ? formatClock(at, LOCALE) : DAY.format(at);
}

const namesOf = (some: readonly Someone[]): readonly string[] =>
  some.map(({ name }) => name ?? "somebody");

/** "Mum's and Dad's devices"; one person may have several. */
function devicesOf(some: readonly Someone[]): string {
  return `${joinNames(namesOf(some).map((name) => `${name}'s`))} ${some.length === 1 ? "device" : "devices"}`;
}

type Target = Pick<PlaceTarget, "type" | "name" | "readers">;

/** "everybody", "the group Football", "Mum". */
function whom({ type, name }: Target): string {
  if (type === "family") return "everybody";
  return type === "group" ? `the group ${name ?? "without a name"}` : (name ?? "somebody");
}

const WAYS = {
  n: "north",
  ne: "north-east",
  e: "east",
  se: "south-east",
  s: "south",
  sw: "south-west",
  w: "west",
  nw: "north-west",
} as const;

export const places = {
  title: "Places",
  loading: "Fetching the places…",
  notLoaded:
    "The places could not be fetched. Look at the connection of this device, then try again.",
  strip: (target: Target, until: number | null) =>
    until === null
      ? `You share your place with ${whom(target)}, until you stop.`
      : `You share your place with ${whom(target)} until ${moment(until)}.`,
  stripTrouble: "You share your place, but this browser does not say where you are.",
  look: "Look",
  stop: "Stop",
  stopped: "Stopped. Your place goes from their devices as soon as they are connected.",
  mine: {
    title: "My place",
    with: (target: Target) => `You share it with ${whom(target)}.`,
    who: (some: readonly Someone[]) => `${capital(joinNames(namesOf(some)))} can see it.`,
    until: (until: number | null) =>
      until === null ? "Until you stop." : `Until ${moment(until)}.`,
    said: (ago: string) => `Said ${ago} ago.`,
    waits: "Waiting for this browser to say where you are.",
    reached: (some: readonly Someone[]) => `It is on ${devicesOf(some)}.`,
    nobody: "It is on nobody's device yet. It goes out as soon as one of them is there.",
    open: "They see where you are as long as TinyWeb is open and looked at here; when it is not, where you were last.",
    stop: "Stop sharing my place",
    change: "Share it differently",
    over: (until: number) => `You shared your place until ${moment(until)}.`,
    overText: (some: readonly Someone[], at: number) =>
      some.length === 0
        ? `Whoever got it keeps your last place until ${moment(at)}.`
        : `Your last place stays on ${devicesOf(some)} until ${moment(at)}.`,
    takeBack: "Take it away now",
    none: "You share your place with nobody.",
    share: "Share my place",
  },
  form: {
    title: "Share my place",
    lead: "Your browser asks you first. Only the people that you choose can open it, and you can stop whenever you like.",
    who: "With whom?",
    everybody: "Everybody",
    group: (name: string | null) => name ?? "A group",
    person: (name: string | null) => name ?? "Somebody",
    readers: (some: readonly Someone[]) => `${capital(joinNames(namesOf(some)))} can see it.`,
    these: (some: readonly Someone[]) => capital(joinNames(namesOf(some))),
    alone: "Nobody else can see it.",
    leftOut: (some: readonly Someone[]) =>
      `A rule of the family keeps it from ${joinNames(namesOf(some))}.`,
    long: "For how long?",
    minutes: { "15": "15 minutes", "60": "An hour", null: "Until I stop" },
    minutesHint: {
      "15": "For a short way.",
      "60": "For an outing.",
      null: "You see above every screen that it is on.",
    },
    onlyFor: (some: readonly Someone[]) =>
      `A rule of your family says: only ${joinNames(namesOf(some))} may see where you are. You can share your place with nobody else.`,
    nobody: "There is nobody yet with whom you could share your place.",
    submit: "Share my place",
    asking: "Asking this browser where you are…",
    back: "Not now",
  },
  trouble: {
    refused:
      "This browser does not say where you are, because it was told not to. Press the sign beside the address, allow the location for this page, and try again. On a phone its settings may have to allow it for the browser, too.",
    lost: "This device does not know where it is right now. Switch its location on, or go near a window, and try again.",
    none: "This browser cannot say where you are. Open TinyWeb in another browser, or on a phone.",
  },
  others: {
    title: "Where the others are",
    empty: "Nobody shares a place with you",
    emptyText: "Who shares one stands here: where, since when, and for how long. You could begin.",
    you: (name: string | null) => `${name ?? "You"}, on another device of yours`,
    somebody: "Somebody",
    ago: (ago: string) => `${ago} ago`,
    now: "just now",
    accuracy: (distance: string) => `give or take ${distance}`,
    far: (distance: string, way: string) => `${distance} ${way} of you`,
    ways: WAYS,
    here: "where you are, as far as this can tell",
    until: (until: number | null) =>
      until === null ? "Shared until they stop." : `Shared until ${moment(until)}.`,
    over: (until: number, goneAt: number) =>
      `Shared until ${moment(until)}: this is the last place. It goes from here at ${moment(goneAt)}.`,
    map: "Show in a map app",
    web: "Show on OpenStreetMap",
    mapOf: (name: string) => `Show ${name} in a map app`,
    webOf: (name: string) => `Show ${name} on OpenStreetMap, outside of your family's network`,
    webHint:
      "OpenStreetMap is a page outside of your family's network: whoever runs it learns the place that you look at.",
    measure: "How far are they from me?",
    measureHint: "Your browser asks you first. Your own place stays on this device.",
  },
} as const;
