/** Requests for web/dev: asked of a parent, a child's own, each way that one can end, long ones. */

import type { NodeSnapshot, RequestView, Someone } from "../../workers/api.ts";
import { MEMBER } from "./fixtures.ts";
import type { State } from "./states.ts";

const NOW = Date.now();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MUM: Someone = { id: "04aa", name: "Mum", isMe: false };
const DAD: Someone = { id: "03bb", name: "Dad", isMe: false };
const MIA: Someone = { id: "02cc", name: "Mia", isMe: false };
const ZOE: Someone = { id: "05ee", name: "Zoe", isMe: false };
const me = (one: Someone): Someone => ({ ...one, isMe: true });
const FAMILY = { screen: "family" } as const;

const ASKED: RequestView = {
  id: "ab".repeat(16),
  by: MIA,
  at: NOW - HOUR_MS,
  thing: "time",
  about: null,
  until: null,
  text: "Can I stay up until ten? It is Friday and the film is long",
  state: "open",
  answer: null,
  endsAt: NOW + 6 * DAY_MS,
  reached: [],
  asked: [],
  canAnswer: true,
  isTooNew: false,
  rule: null,
};
const OWN: RequestView = {
  ...ASKED,
  by: me(MIA),
  canAnswer: false,
  asked: [MUM, DAD],
  reached: [DAD],
};
const contact: Partial<RequestView> = {
  id: "ac".repeat(16),
  thing: "contact",
  about: { type: "member", member: ZOE },
  text: "She is new in my class",
  rule: "send",
};
const yes = (by: Someone, until = NOW + 5 * HOUR_MS): Partial<RequestView> => ({
  state: "answered",
  canAnswer: false,
  rule: null,
  answer: { by, isYes: true, until },
});
const no = (by: Someone): Partial<RequestView> => ({
  state: "answered",
  canAnswer: false,
  rule: null,
  answer: { by, isYes: false, until: NOW + DAY_MS },
});

const ofParent = (...requests: readonly Partial<RequestView>[]): NodeSnapshot => ({
  ...MEMBER,
  requests: requests.map((one, index) => ({ ...ASKED, id: `${index}`.repeat(32), ...one })),
});
const ofChild = (...requests: readonly Partial<RequestView>[]): NodeSnapshot => ({
  ...MEMBER,
  me: { member: "02cc", device: "d9", name: "Mia", role: "child" },
  members: MEMBER.members.map((one) => ({ ...one, isMe: one.name === "Mia" })),
  canGather: null,
  requests: requests.map((one, index) => ({ ...OWN, id: `${index}`.repeat(32), ...one })),
});

export const REQUEST_STATES: Readonly<Record<string, State>> = {
  "requests-asked": { snapshot: ofParent({}, contact), view: FAMILY },
  "requests-note": { snapshot: ofParent({}), view: { screen: "chats", conversation: null } },
  "requests-said": {
    snapshot: ofParent(
      yes(DAD),
      no(me(MUM)),
      { ...yes(me(MUM)), state: "answering" },
      { state: "taken-back", canAnswer: false },
      { state: "expired", canAnswer: false },
      yes(DAD, NOW - HOUR_MS),
    ),
    view: FAMILY,
  },
  "requests-too-new": { snapshot: ofParent({ canAnswer: false, isTooNew: true }), view: FAMILY },
  "requests-long": {
    snapshot: ofParent({
      thing: "group",
      about: { type: "group", id: "0a", name: "The very long name of the orchestra of the school" },
      rule: "join",
      by: { ...MIA, name: "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst" },
      text: "Pleasepleaseplease ".repeat(17),
    }),
    view: FAMILY,
  },
  "requests-fails": { snapshot: ofParent({}), view: FAMILY, failure: "too-many-today" },
  "ask-first": { snapshot: ofChild(), view: FAMILY },
  "ask-own": {
    snapshot: ofChild(
      { reached: [] },
      {},
      { reached: [MUM, DAD], ...contact, rule: null },
      yes(MUM),
      no(DAD),
      { ...no(DAD), state: "answering" },
      { state: "taken-back" },
      { state: "expired" },
    ),
    view: FAMILY,
  },
  "ask-fails": { snapshot: ofChild({}), view: FAMILY, failure: "text-empty" },
};
