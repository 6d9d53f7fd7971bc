/** Calls for help for web/dev: to others, from others, answered, long ones. */

import type { EmergencyView, NodeSnapshot, Someone } from "../../workers/api.ts";
import { MEMBER } from "./fixtures.ts";
import type { State } from "./states.ts";

const NOW = Date.now();
const MINUTE_MS = 60_000;
const MUM: Someone = { id: "04aa", name: "Mum", isMe: true };
const DAD: Someone = { id: "03bb", name: "Dad", isMe: false };
const MIA: Someone = { id: "02cc", name: "Mia", isMe: false };
const GRAN: Someone = { id: "01dd", name: "Grandma", isMe: false };
const CHATS = { screen: "chats", conversation: null } as const;
const MORE = { screen: "more" } as const;

const CALL: EmergencyView = {
  id: "ca".repeat(16),
  by: MIA,
  at: NOW - 3 * MINUTE_MS,
  text: "I fell off my bike and my arm hurts",
  place: null,
  reached: [],
  held: 0,
  seen: [],
  coming: [],
  isFine: false,
  over: null,
  mine: "none",
  canEnd: true,
  isRecorded: false,
};
const PLACE = {
  latitude: 51.507_351,
  longitude: -0.127_758,
  accuracy: 18,
  at: NOW - 2 * MINUTE_MS,
};

const withCalls = (...emergencies: readonly EmergencyView[]): NodeSnapshot => ({
  ...MEMBER,
  emergencies,
});
const mine = (part: Partial<EmergencyView>): NodeSnapshot =>
  withCalls({ ...CALL, by: MUM, canEnd: false, text: "", ...part });

export const CALL_STATES: Readonly<Record<string, State>> = {
  alarm: { snapshot: withCalls(CALL), view: CHATS },
  "alarm-quiet": { snapshot: withCalls(CALL), view: CHATS, browser: { sound: "blocked" } },
  "alarm-heard": { snapshot: withCalls(CALL), view: CHATS, browser: { sound: "sounding" } },
  "more-alarm": { snapshot: MEMBER, view: MORE, browser: {} },
  "more-alarm-tried": {
    snapshot: { ...MEMBER, lock: { ...MEMBER.lock, isSet: true } },
    view: MORE,
    browser: { sound: "trying" },
  },
  "more-alarm-blocked": {
    snapshot: MEMBER,
    view: MORE,
    browser: { sound: "blocked", leave: "denied" },
  },
  "more-alarm-allowed": { snapshot: MEMBER, view: MORE, browser: { leave: "granted" } },
  "more-alarm-nothing": {
    snapshot: MEMBER,
    view: MORE,
    browser: { sound: "missing", leave: "missing" },
  },
  "alarm-place": {
    snapshot: withCalls({ ...CALL, text: "", place: PLACE, coming: [GRAN], seen: [DAD, GRAN] }),
    view: { screen: "family" },
  },
  "alarm-long": {
    snapshot: withCalls({
      ...CALL,
      by: { ...MIA, name: "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst" },
      text: "Help! ".repeat(55),
      place: PLACE,
    }),
    view: CHATS,
  },
  "alarm-fails": { snapshot: withCalls(CALL), view: CHATS, failure: "storage-full" },
  "call-answered": {
    snapshot: withCalls({ ...CALL, mine: "seen", seen: [MUM], place: PLACE }),
    view: CHATS,
  },
  "call-coming": {
    snapshot: withCalls({
      ...CALL,
      mine: "coming",
      seen: [MUM, DAD, GRAN],
      coming: [MUM, DAD],
      isFine: true,
    }),
    view: CHATS,
  },
  "call-mine-waiting": { snapshot: mine({}), view: CHATS },
  "call-mine-held": { snapshot: mine({ held: 2 }), view: CHATS },
  "call-mine-coming": {
    snapshot: mine({
      text: "the lift is stuck",
      reached: [DAD, GRAN],
      seen: [GRAN, DAD],
      coming: [DAD],
    }),
    view: CHATS,
  },
  "call-mine-over": { snapshot: mine({ reached: [DAD], isFine: true, over: DAD }), view: CHATS },
};
