/** Conversations of several for web/dev: everybody, groups, what is said about messages. */

import type {
  ConversationView,
  DeliveryState,
  GroupView,
  MessageView,
  NodeSnapshot,
  ReachView,
} from "../../workers/api.ts";
import { MEMBER } from "./fixtures.ts";
import type { State } from "./states.ts";

const NOW = Date.now();
const MINUTE_MS = 60_000;
const LONG_NAME = "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst";
const ARABIC = "اسمٌ طويلٌ جدًّا من اليمين إلى اليسار";

type Readers = ConversationView["members"];

const readersOf = (...ids: readonly string[]): Readers =>
  ids.map((member) => ({ member, isLeftOut: false }));

const talk = (
  part: Partial<ConversationView> & Pick<ConversationView, "id">,
): ConversationView => ({
  kind: "group",
  name: "",
  role: null,
  members: readersOf("04aa", "03bb", "02cc", "01dd"),
  last: null,
  unread: 0,
  isConnected: true,
  isClosed: false,
  ...part,
});

const PEOPLE = {
  mia: { author: "02cc", authorName: "Mia", isMine: false },
  dad: { author: "03bb", authorName: "Dad", isMine: false },
  mum: { author: "04aa", authorName: "Mum", isMine: true },
  max: { author: "06ff", authorName: LONG_NAME, isMine: false },
  arabic: { author: "07a1", authorName: ARABIC, isMine: false },
} as const;

function say(
  id: string,
  by: keyof typeof PEOPLE,
  ago: number,
  text: string,
  part: Partial<MessageView> = {},
): MessageView {
  const plain = { hidden: null, delivery: null, isEdited: false, quote: null, reactions: [] };
  return { id, at: NOW - ago * MINUTE_MS, text, ...plain, ...PEOPLE[by], ...part };
}

const delivery = (state: DeliveryState): Partial<MessageView> => ({ delivery: state });

export const TALKING: readonly MessageView[] = [
  say("t1", "dad", 1500, "Who is home on Sunday? 🎂"),
  say("t2", "mia", 90, "me! and can Zoe come too?", {
    reactions: [
      { emoji: "👍", names: ["Dad", LONG_NAME], isMine: true },
      { emoji: "❤️", names: [ARABIC], isMine: false },
    ],
  }),
  say("t3", "mia", 90, "she likes cake"),
  say("t4", "max", 60, "Of course, and her parents as well if they like, there will be plenty.", {
    quote: {
      id: "t2",
      authorName: "Mia",
      isMine: false,
      text: "me! and can Zoe come too?",
      hidden: null,
    },
    isEdited: true,
  }),
  say("t5", "arabic", 45, "سأحضر الكعكة والعصير", {
    quote: { id: "t0", authorName: "Dad", isMine: false, text: "", hidden: "deleted" },
    reactions: [{ emoji: "😂", names: ["Mia"], isMine: false }],
  }),
  say("t6", "dad", 30, "", { hidden: "deleted" }),
  say("t7", "mum", 20, "", { hidden: "deleted", ...delivery({ type: "delivered" }) }),
  say("t8", "mum", 12, "I bring the plates", delivery({ type: "delivered" })),
  say("t9", "mum", 6, "🎉", {
    ...delivery({ type: "partly", members: 2, of: 4 }),
    quote: { id: "t1", authorName: "Mum", isMine: true, text: "Who is home?", hidden: null },
    reactions: [{ emoji: "🎉", names: ["Dad"], isMine: true }],
  }),
  say("t10", "mum", 2, "Averyveryverylongwordwithoutanyspace".repeat(3), {
    ...delivery({ type: "held", devices: 3 }),
    isEdited: true,
  }),
  say("t11", "mum", 1, "And who sits where?", delivery({ type: "queued" })),
];

const EVERYBODY = talk({
  id: "0a".repeat(16),
  kind: "family",
  unread: 3,
  last: {
    text: "Averyveryverylongword",
    at: NOW - 2 * MINUTE_MS,
    isMine: false,
    authorName: LONG_NAME,
    hidden: null,
    delivery: null,
  },
});
const HOLIDAY = talk({ id: "0b".repeat(16), name: "Holiday by the sea 🏖️" });
const LEFT_OUT = talk({
  id: "0c".repeat(16),
  name: "Allotment",
  members: [...readersOf("04aa", "03bb"), { member: "01dd", isLeftOut: true }],
});
const CLOSED = talk({
  id: "0d".repeat(16),
  name: ARABIC,
  members: readersOf("03bb", "02cc"),
  isClosed: true,
  isConnected: false,
});

/** Forty people, with names that break a row. */
const CROWD: NodeSnapshot["members"] = Array.from({ length: 40 }, (_, index) => ({
  id: (0x20 + index).toString(16).repeat(2),
  name: [LONG_NAME, ARABIC, "👩‍👩‍👧‍👦 Cousins"][index] ?? `Cousin ${index + 1}`,
  role: (["relative", "child", "parent"] as const)[index % 3] ?? "relative",
  isMe: false,
  devices: [],
}));
const CROWDED = talk({
  id: "0e".repeat(16),
  name: "All the cousins of both sides and everybody who ever married one of them",
  members: readersOf("04aa", ...CROWD.map(({ id }) => id)),
  last: {
    text: "See you there",
    at: NOW - MINUTE_MS,
    isMine: true,
    authorName: "Mum",
    hidden: null,
    delivery: { type: "partly", members: 12, of: 40 },
  },
});

const GROUPS: readonly GroupView[] = [
  {
    id: HOLIDAY.id,
    name: HOLIDAY.name,
    kind: "friends",
    members: HOLIDAY.members.map(({ member }) => member),
    coming: ["03bb"],
    isMember: true,
    canRename: true,
    canAdd: ["05ee"],
    canRemove: true,
    canArchive: true,
  },
  {
    id: LEFT_OUT.id,
    name: LEFT_OUT.name,
    kind: "family",
    members: ["03bb", "02cc", "01dd"],
    coming: [],
    isMember: false,
    canRename: true,
    canAdd: ["04aa"],
    canRemove: true,
    canArchive: true,
  },
];

export const WITH_TALKS: NodeSnapshot = {
  ...MEMBER,
  groups: GROUPS,
  conversations: [EVERYBODY, ...MEMBER.conversations, HOLIDAY, LEFT_OUT, CLOSED],
};

const open = (conversation: ConversationView, part: Partial<State> = {}): State => ({
  snapshot: WITH_TALKS,
  view: { screen: "chats", conversation: conversation.id },
  messages: TALKING,
  ...part,
});

/** Mia, who may read, answer and leave. */
const AS_MIA: NodeSnapshot = {
  ...WITH_TALKS,
  me: { member: "02cc", device: "d4", name: "Mia", role: "child" },
  canGather: null,
  groups: GROUPS.slice(0, 1).map((one) => ({
    ...one,
    canRename: false,
    canAdd: [],
    canRemove: false,
    canArchive: false,
  })),
};
const REACH: readonly ReachView[] = [
  { member: "03bb", name: "Dad", state: "delivered" },
  { member: "02cc", name: "Mia", state: "read" },
  { member: "01dd", name: "Grandma", state: "waiting" },
  { member: "04ee", name: "Lee", state: "left" },
];

export const TALK_STATES: Record<string, State> = {
  "family-groups": { snapshot: WITH_TALKS, view: { screen: "family" } },
  "group-new": { snapshot: WITH_TALKS, view: { screen: "group", group: null } },
  "group-new-bad-name": {
    snapshot: WITH_TALKS,
    view: { screen: "group", group: null },
    failure: "bad-name",
  },
  group: { snapshot: WITH_TALKS, view: { screen: "group", group: HOLIDAY.id } },
  "group-as-child": { snapshot: AS_MIA, view: { screen: "group", group: HOLIDAY.id } },
  "group-crowded": {
    snapshot: {
      ...WITH_TALKS,
      members: [...MEMBER.members, ...CROWD],
      groups: [
        {
          ...GROUPS[0],
          name: CROWDED.name,
          members: CROWD.map(({ id }) => id),
        } as GroupView,
      ],
    },
    view: { screen: "group", group: HOLIDAY.id },
  },
  "chats-groups": { snapshot: WITH_TALKS, view: { screen: "chats", conversation: null } },
  everybody: open(EVERYBODY, { reach: REACH }),
  "group-empty": open(HOLIDAY, { messages: [] }),
  "group-left-out": open(LEFT_OUT),
  "group-closed": open(CLOSED),
  "group-of-forty": open(CROWDED, {
    snapshot: {
      ...WITH_TALKS,
      members: [...MEMBER.members, ...CROWD],
      conversations: [CROWDED, ...WITH_TALKS.conversations],
    },
  }),
};
