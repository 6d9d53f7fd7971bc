/** A make-believe family for web/dev: ids, members, messages. */

import type {
  ConversationView,
  InviteView,
  JoiningView,
  MemberView,
  MessageView,
  NodeSnapshot,
  PlacesView,
  ProfileView,
  ProposalView,
  RecoveryView,
  Someone,
} from "../../workers/api.ts";

const NOW = Date.now();
const MINUTE_MS = 60_000;
const LINK = `https://home.example/#j1.${"Ab3dEf6hIjKlMn0pQrStUvWxYz".repeat(7)}`;

export const WORDS =
  "abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual".split(
    " ",
  );

function device(id: string, part: Partial<MemberView["devices"][number]> = {}) {
  const plain = {
    isMe: false,
    isConnected: false,
    isReplica: false,
    isGoing: false,
    canGo: false,
    isConvicted: false,
    hold: null,
    canHold: !(part.isMe ?? false),
    canHoldLonger: false,
    isRevoked: false,
    isNew: false,
    lasting: "persistent" as const,
    keys: { since: Date.UTC(2026, 2, 3), areFirst: false },
  };
  return { id, ...plain, ...part };
}

const MEMBERS: readonly MemberView[] = [
  {
    id: "04aa",
    name: "Mum",
    role: "parent",
    isMe: true,
    devices: [device("d1", { isMe: true, isConnected: true, isReplica: true })],
  },
  {
    id: "03bb",
    name: "Dad",
    role: "parent",
    isMe: false,
    devices: [
      device("d2", { isConnected: true, isReplica: true }),
      device("d3", { isNew: true, keys: { since: NOW, areFirst: true } }),
      device("d6", { isRevoked: true }),
    ],
  },
  {
    id: "02cc",
    name: "Mia",
    role: "child",
    isMe: false,
    devices: [device("d4", { isConnected: true })],
  },
  {
    id: "01dd",
    name: "Grandma",
    role: "relative",
    isMe: false,
    devices: [device("d5", { lasting: "may-forget" })],
  },
  { id: "05ee", name: "زوي", role: "contact", isMe: false, devices: [] },
];

const MANY_STATES: readonly NonNullable<MessageView["delivery"]>[] = [
  { type: "queued" },
  { type: "held", devices: 12 },
  { type: "delivered" },
  { type: "refused", reason: "rate", height: 9 },
];

const READERS = [
  { member: "04aa", isLeftOut: false },
  { member: "02cc", isLeftOut: false },
];
const ONE = { kind: "member", members: READERS, isClosed: false } as const;

const CONVERSATIONS: readonly ConversationView[] = [
  {
    id: "02cc",
    ...ONE,
    name: "Mia",
    role: "child",
    last: {
      authorName: "Mia",
      text: "I have two tubes left, I'll ask 🌋",
      at: NOW - MINUTE_MS,
      isMine: false,
      hidden: null,
      delivery: null,
    },
    unread: 2,
    isConnected: true,
  },
  {
    id: "03bb",
    ...ONE,
    name: "Dad",
    role: "parent",
    last: {
      authorName: "Mia",
      text: "Back at six, can you take the bread out?",
      at: NOW - 90 * MINUTE_MS,
      isMine: true,
      hidden: null,
      delivery: { type: "delivered" },
    },
    unread: 0,
    isConnected: true,
  },
  {
    id: "01dd",
    ...ONE,
    name: "Grandma",
    role: "relative",
    last: {
      authorName: "Mia",
      text: "The cake was the best ever",
      at: NOW - 2 * 1440 * MINUTE_MS,
      isMine: true,
      hidden: null,
      delivery: { type: "held", devices: 2 },
    },
    unread: 0,
    isConnected: false,
  },
  { ...ONE, id: "05ee", name: "زوي", role: "contact", last: null, unread: 0, isConnected: false },
];

/** Fifty, with the names and texts that break a row. */
export const MANY: readonly ConversationView[] = [
  "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst",
  "اسمٌ طويلٌ جدًّا من اليمين إلى اليسار",
  "👩‍👩‍👧‍👦 Cousins",
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
  ...Array.from({ length: 46 }, (_, index) => `Cousin ${index + 1}`),
].map((name, index) => ({
  ...ONE,
  id: (0xa1 + index).toString(16).padStart(2, "0"),
  name,
  role: index % 3 === 0 ? "relative" : "contact",
  last:
    index % 5 === 4
      ? null
      : {
          text:
            index % 2 === 0 ? "See you on Sunday, and bring the big pot, please 🍲" : "מחר בבוקר?",
          at: NOW - index * 7 * 3600_000,
          isMine: index % 3 === 1,
          authorName: name,
          hidden: index === 6 ? "withdrawn" : null,
          delivery: index % 3 === 1 ? (MANY_STATES[index % 4] ?? null) : null,
        },
  unread: index % 7 === 0 ? index * 3 + 1 : 0,
  isConnected: index % 4 === 0,
}));

function say(id: string, ago: number, text: string, part: Partial<MessageView> = {}): MessageView {
  const at = NOW - ago * MINUTE_MS;
  const plain = { isMine: false, hidden: null, delivery: null, isEdited: false, quote: null };
  return { id, author: "02cc", authorName: "Mia", at, text, reactions: [], ...plain, ...part };
}

const MINE = { isMine: true, author: "04aa", authorName: "Mum" } as const;
const DELIVERED = { ...MINE, delivery: { type: "delivered" } } as const;

export const MESSAGES: readonly MessageView[] = [
  say("1", 2 * 1440, "did you finish the volcano??", DELIVERED),
  say("2", 1441, "almost! it needs more red 🌋"),
  say("3", 1440, "", { hidden: "undecryptable" }),
  say("4", 300, "Look at https://example.org/a_(volcano), and at https://bücher.example/rot."),
  say("5", 40, "שלום! מתי את באה הביתה?"),
  say("6", 39, "At six.", DELIVERED),
  say(
    "7",
    39,
    "Bring the red paint from the cellar, please, and the old newspapers for the table.",
    DELIVERED,
  ),
  say("8", 12, "Averyveryverylongwordwithoutanyspace".repeat(4)),
  say("9", 3, "👍", { ...MINE, delivery: { type: "held", devices: 1 } }),
  say("10", 2, "Not at school hours", {
    ...MINE,
    delivery: { type: "refused", reason: "contacts-meet-who-accepted-them", height: 9 },
  }),
  say("11", 1, "I have two tubes left, I'll ask 🌋"),
  say("12", 0, "Thank you, love", { ...MINE, delivery: { type: "queued" } }),
];

export const LONG_TALK: readonly MessageView[] = Array.from({ length: 300 }, (_, index) =>
  say(
    `l${index}`,
    (300 - index) * 7,
    `Message ${index} of a long talk`,
    index % 3 === 0 ? DELIVERED : {},
  ),
);

export const INVITE: InviteView = {
  id: "11",
  role: "child",
  link: LINK,
  expiresAt: NOW + 9 * MINUTE_MS + 58_000,
  forMember: null,
  needs: [],
  isAfterDay: false,
  step: "waiting",
  why: null,
  newcomerName: null,
  code: null,
  waitsFor: [],
};

export const JOINING: JoiningView = {
  step: "connecting",
  why: null,
  familyName: "The Okafors",
  inviterName: "Mum",
  role: "child",
  myName: "Leo",
  code: null,
  waitsFor: [],
  isInviterConnected: true,
  expiresAt: NOW + 5 * MINUTE_MS,
};

export const RECOVERY: RecoveryView = {
  id: "0f".repeat(32),
  wordsOf: "Mum",
  by: "Dad",
  isMine: false,
  madeAt: NOW,
  standing: "waits",
  takesAt: NOW + 3 * 24 * 60 * MINUTE_MS,
  objectedBy: null,
  canObject: false,
};

const MUM = { id: "04aa", name: "Mum", isMe: true };
const DAD = { id: "03bb", name: "Dad", isMe: false };
const GRANDMA = { id: "01dd", name: "Grandma", isMe: false };

/** Dad asks to make Grandma a parent; Mum has not answered yet. */
export const PROPOSAL: ProposalView = {
  id: "0d".repeat(16),
  change: { type: "role-assigned", member: GRANDMA, from: "relative", to: "parent" },
  by: DAD,
  isMine: false,
  isAboutMe: false,
  agreed: [DAD],
  objected: [],
  waitsFor: [MUM],
  missing: 1,
  happensAt: null,
  isObjected: false,
  isImpossible: false,
  endsAt: NOW + 29 * 24 * 60 * MINUTE_MS,
  canAgree: true,
  canObject: true,
  isSaying: null,
  isTooNew: false,
};

/** Mum asked to take Dad's lost phone out; Dad said no. */
export const PROPOSAL_OBJECTED: ProposalView = {
  ...PROPOSAL,
  id: "0e".repeat(16),
  change: {
    type: "device-revoked",
    device: { id: "d3", owner: DAD, isThis: false },
    reason: "lost",
  },
  by: MUM,
  isMine: true,
  agreed: [MUM],
  objected: [DAD],
  waitsFor: [DAD],
  isObjected: true,
  canAgree: false,
  canObject: false,
};

/** The same before anybody objected. */
export const PROPOSAL_NOTICE: ProposalView = {
  ...PROPOSAL_OBJECTED,
  id: "0f".repeat(16),
  objected: [],
  isObjected: false,
  happensAt: NOW + 2 * 24 * 60 * MINUTE_MS,
};

const someone = (id: string, name: string): Someone => ({ id, name, isMe: false });
const SEERS = [someone("03bb", "Dad"), someone("02cc", "Mia"), someone("01dd", "Grandma")];

/** Nobody shares a place; with whom one could. */
export const NO_PLACES: PlacesView = {
  rows: [],
  mine: null,
  targets: [
    { id: "fa".repeat(16), type: "family", name: null, readers: SEERS, leftOut: [] },
    ...SEERS.map((one) => ({
      id: one.id,
      type: "member" as const,
      name: one.name,
      readers: [one],
      leftOut: [],
    })),
  ],
  onlyFor: null,
  intervalSeconds: 60,
};

export const MEMBER: NodeSnapshot = {
  phase: "member",
  build: "0123456789ab",
  lock: { isSet: false, isNeeded: false, idleMinutes: 0, waitUntil: 0, others: 0 },
  familyName: "The Okafors",
  me: { member: "04aa", device: "d1", name: "Mum", role: "parent" },
  members: MEMBERS,
  conversations: CONVERSATIONS,
  groups: [],
  canGather: ["03bb", "02cc", "01dd", "05ee"],
  sharesReading: false,
  retentionDays: 30,
  invites: [],
  joining: null,
  removal: null,
  refills: [],
  emergencies: [],
  places: NO_PLACES,
  requests: [],
  connection: { linked: 2, others: 4, signalling: "open" },
  ledger: {
    height: 7,
    head: "5f1d",
    pending: 0,
    waitsFor: [],
    keepers: ["Mum"],
    help: "keeps",
    isSilenced: false,
    canRecover: false,
    recoveries: [],
    proposals: [],
    refused: [],
    split: null,
  },
  notices: [],
};

export const EMPTY: NodeSnapshot = {
  ...MEMBER,
  phase: "empty",
  familyName: null,
  me: null,
  members: [],
  conversations: [],
  places: null,
  connection: { linked: 0, others: 0, signalling: "connecting" },
};

export const PEOPLE: readonly ProfileView[] = [
  {
    profile: "",
    name: "Mum",
    familyName: "The Okafors",
    role: "parent",
    member: "04aa",
    hasLock: true,
    keepsRules: true,
    isHere: true,
  },
  {
    profile: "k7m2qdxw",
    name: "Mia",
    familyName: "The Okafors",
    role: "child",
    member: "02cc",
    hasLock: false,
    keepsRules: false,
    isHere: true,
  },
  {
    profile: "p3n8rstv",
    name: "زوي",
    familyName: "The Lindqvists of the Long Street",
    role: null,
    member: "",
    hasLock: false,
    keepsRules: false,
    isHere: true,
  },
  {
    profile: "dad",
    name: "",
    familyName: "",
    role: null,
    member: "",
    hasLock: false,
    keepsRules: false,
    isHere: true,
  },
  {
    profile: "gran",
    name: "Grandma",
    familyName: "The Okafors",
    role: "relative",
    member: "01dd",
    hasLock: false,
    keepsRules: false,
    isHere: false,
  },
];
