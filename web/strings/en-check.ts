/** The words of "Check this device", in English: for the person, and for whoever helps from afar. */

import { split } from "./en-split.ts";
import type { AbilityName } from "../check/abilities.ts";

export const check = {
  open: "Check this device",
  openText: "What this browser can do, who is connected and how, and what is stored here.",
  title: "Check this device",
  loading: "Fetching the check…",
  notLoaded:
    "The check could not be fetched. Look at the connection of this device, then try again.",
  good: "All is well",
  goodText: "This browser can do what TinyWeb needs, and nothing is in the way.",
  notes: (count: number) => (count === 1 ? "One thing to know" : `${count} things to know`),
  findings: {
    offline: "This device is offline. What you write waits here.",
    noServer:
      "The meeting place cannot be reached. Devices that are connected stay so; others cannot be found.",
    nobody: "No other device of the family is connected right now.",
    waiting: (count: number) =>
      count === 1
        ? "In one conversation the newest message has not arrived yet."
        : `In ${count} conversations the newest message has not arrived yet.`,
    split: split.line,
    changes: "A change of the family's rules waits for a parent's device.",
    quorum: "Too few of the devices that keep the rules are connected to write a change down.",
    mayForget:
      "The browser may delete what is stored here when space runs short. Installing the app makes it keep it.",
    nearlyFull: "The browser has little room left for this page. Free some space.",
    noWebrtc:
      "This browser connects to no other device: what that needs is missing or switched off.",
    noCrypto:
      "This browser cannot lock and sign by itself. The app does it instead, a little more slowly.",
    looseWrites: "This browser does not promise that what was written survives a power cut.",
  },
  connections: {
    title: "Connections",
    nobody: "No device is connected.",
    link: (number: number) => `Device ${number}`,
    kinds: { rtc: "direct", relay: "over the server", memory: "inside this page" },
    carriers: { transferred: "quick path", pumped: "plain path", memory: "no path needed" },
    roundTrip: (ms: number) => `${ms} ms there and back`,
    notMeasured: "not measured yet",
    waits: (size: string) => `${size} wait`,
    nothingWaits: "nothing waits",
    server: (number: number) => `Meeting place ${number}`,
    noServers: "No meeting place is known.",
    servers: { open: "reached", connecting: "trying", closed: "not reached" },
  },
  stored: {
    title: "Stored here",
    space: "Used of what the browser gives",
    spaceValue: (used: string, quota: string) => `${used} of ${quota}`,
    unknown: "unknown",
    counting: (done: number, of: number) => `Counting: ${done} of ${of} parts`,
    progress: "How much is counted",
    stop: "Stop counting",
    again: "Count again",
    stopped: "Stopped before all was counted.",
    groups: {
      messages: "Messages",
      rules: "Family rules",
      keys: "Keys and settings",
      invites: "Invites",
      other: "Other",
    },
    size: (rows: string, size: string) => `${rows} entries, ${size}`,
  },
  rules: {
    title: "Family rules",
    height: "Changes written down",
    keepers: "Devices that keep them",
    keepersValue: (count: number, quorum: number) =>
      count === 1 ? "1, alone" : `${count}, of which ${quorum} must agree`,
    reached: "Of these connected",
    mine: "This device is one of them",
    pending: "Changes waiting",
    yes: "yes",
    no: "no",
  },
  refused: {
    title: "Turned away",
    none: "Nothing was turned away since the app was opened.",
    text: "What came from other devices or from the meeting place and was not in order. A few are normal.",
  },
  can: {
    title: "What this browser can do",
    trying: "Trying…",
    states: { yes: "can", no: "cannot", off: "not in use" },
    names: {
      ed25519: "Sign by itself",
      x25519: "Agree on keys by itself",
      "key-storage": "Keep keys so that nobody can copy them",
      "strict-writes": "Write so that a power cut loses nothing",
      persistence: "Keep what is stored for good",
      locks: "Let one tab write at a time",
      broadcast: "Let tabs talk to each other",
      webrtc: "Connect straight to other devices",
      "channel-transfer": "Hand connections to the part that locks messages",
      "service-worker": "Open without internet",
      installed: "Run as an installed app",
      push: "Be woken by a message",
      notifications: "Show notices",
      camera: "Scan a code with the camera",
      clipboard: "Copy for you",
      share: "Open the share sheet",
      "trusted-types": "Refuse foreign code by itself",
    } satisfies Record<AbilityName, string>,
  },
  app: { title: "This app", build: "Version", browser: "Browser" },
  copy: "Copy details",
  again: "Look again",
};
