/** A make-believe history for web/dev, with a change of every kind. */

import type {
  BlockProof,
  ControlView,
  HistoryBlock,
  HistoryPage,
  PlainChange,
  RuleChange,
  SomeDevice,
  Someone,
} from "../../workers/api.ts";

const DAY_MS = 24 * 3_600_000;
/** Noon, so that a few hours back are the same day. */
const NOON = new Date().setHours(12, 4, 0, 0);

const someone = (id: string, name: string | null): Someone => ({ id, name, isMe: id === "04aa" });
export const MUM = someone("04aa", "Mum");
export const DAD = someone("03bb", "Dad");
export const MIA = someone("02cc", "Mia");
const GRAN = someone("01dd", "Grandma");
const ZOE = someone("05ee", "زوي");
const LONG = someone("06ff", "Maximiliana-Theodora von und zu Hohenlohe-Schillingsfürst");
const NOBODY = someone("07aa", null);
const deviceOf = (owner: Someone, id: string): SomeDevice => ({ id, owner, isThis: id === "d1" });
const MUMS = deviceOf(MUM, "d1");
const DADS = deviceOf(DAD, "d2");
const GRANS = deviceOf(GRAN, "d5");

const CONTROL: ControlView = {
  guardians: [MUM, DAD],
  contacts: "approved",
  quiet: [
    { days: 31, from: 1_200, to: 420 },
    { days: 96, from: 1_320, to: 480 },
  ],
  oversight: false,
  confidants: [GRAN],
  location: "guardians-see",
  dailyMessages: null,
  media: ["text", "photo", "voice", "place"],
  endsAt: NOON + 9 * 365 * DAY_MS,
};
const SETTINGS = {
  retentionDays: 30,
  messageBytes: 32_768,
  locationSeconds: 60,
  zone: "Europe/Berlin",
} as const;
const GRANT = {
  member: MIA,
  permission: "create-group",
  scope: { type: "everybody" },
  condition: { type: "always" },
  expiresAt: null,
} as const;
const GRAN_AS_PARENT: PlainChange = {
  type: "role-assigned",
  member: GRAN,
  from: "relative",
  to: "parent",
};

type Told = readonly [by: Someone, change: RuleChange, isDone?: boolean];

/** Newest first; an entry without a time of its own follows the one before it by some hours. */
export const CHANGES: readonly Told[] = [
  [DAD, { type: "approved", of: GRAN_AS_PARENT, proposer: MUM }, true],
  [MUM, { type: "proposed", of: GRAN_AS_PARENT }],
  [MUM, { type: "member-registered", member: MIA, role: "child" }],
  [MUM, { type: "invite-created", role: "child", member: null }],
  [MUM, { type: "invite-created", role: "child", member: null }],
  [GRAN, { type: "replicas-changed", added: [DADS, GRANS], removed: [], count: 3 }],
  [DAD, { type: "control-set", child: MIA, control: CONTROL, before: null }],
  [
    MUM,
    {
      type: "control-set",
      child: MIA,
      control: { ...CONTROL, contacts: "family", dailyMessages: 50 },
      before: CONTROL,
    },
  ],
  [
    MUM,
    { type: "setting-changed", settings: { ...SETTINGS, retentionDays: 60 }, before: SETTINGS },
  ],
  [MUM, { type: "device-registered", member: MIA, replaced: 1 }],
  [DAD, { type: "device-registered", member: DAD, replaced: 0 }],
  [MUM, { type: "device-revoked", device: DADS, reason: "lost" }],
  [DAD, { type: "device-revoked", device: DADS, reason: "retired" }],
  [MUM, { type: "evidence", device: GRANS }],
  [DAD, { type: "recovery", wordsOf: MUM, keepers: [DADS] }],
  [GRAN, { type: "replicas-changed", added: [], removed: [GRANS], count: 2 }],
  [MUM, { type: "replicas-changed", added: [MUMS], removed: [DADS], count: 3 }],
  [MUM, { type: "invite-created", role: "child", member: MIA }],
  [MUM, { type: "invite-revoked", role: "contact", member: null }],
  [MUM, { type: "invite-revoked", role: null, member: null }],
  [DAD, GRAN_AS_PARENT],
  [DAD, { type: "role-assigned", member: DAD, from: "parent", to: "relative" }],
  [DAD, { type: "objected", of: GRAN_AS_PARENT, proposer: MUM }],
  [MUM, { type: "withdrawn", of: GRAN_AS_PARENT, proposer: MUM }],
  [GRAN, { type: "enacted", of: GRAN_AS_PARENT, proposer: MUM }, true],
  [DAD, { type: "approved", of: null, proposer: null }],
  [NOBODY, { type: "member-removed", member: NOBODY }],
  [LONG, { type: "member-left" }],
  [DAD, { type: "group-created", name: "Football", kind: "friends", members: [MIA, LONG] }],
  [DAD, { type: "group-updated", name: "Chess", before: "Football" }],
  [DAD, { type: "group-archived", name: null }],
  [DAD, { type: "group-member-added", name: "Chess", member: ZOE }],
  [MIA, { type: "group-member-removed", name: "Chess", member: MIA }],
  [MUM, { type: "permission-granted", grant: GRANT }],
  [
    MUM,
    {
      type: "permission-denied",
      grant: {
        ...GRANT,
        permission: "send",
        scope: { type: "member", member: ZOE },
        condition: { type: "weekly", windows: CONTROL.quiet },
        expiresAt: NOON + DAY_MS,
      },
    },
  ],
  [MUM, { type: "permission-ended", was: { ...GRANT, isDenial: true } }],
  [MUM, { type: "permission-ended", was: null }],
  [MUM, { type: "filter-set", member: MIA, mode: "withhold", isReporting: true, isChange: false }],
  [MIA, { type: "filter-removed", member: MIA }],
  [MUM, { type: "place-set", member: null, isChange: false }],
  [MUM, { type: "place-removed", member: MIA }],
  [MUM, { type: "rules-raised", version: 2 }],
  [DAD, { type: "recovery-key-replaced", member: DAD }],
  [MUM, { type: "secret-renewed" }],
  [DAD, { type: "request-decided", member: MIA, isApproved: true, until: NOON + DAY_MS }],
  [MIA, { type: "emergency-recorded", member: MIA }],
  [DAD, { type: "emergency-recorded", member: MIA }],
  [DAD, { type: "emergency-recorded", member: null }],
  [DAD, { type: "emergency-resolved", member: MIA }],
  [
    DAD,
    { type: "violation-recorded", member: MIA, rule: "quiet-hours", day: NOON - DAY_MS, count: 3 },
  ],
  [GRAN, { type: "violation-recorded", member: null, rule: null, day: NOON - DAY_MS, count: 1 }],
  [MUM, { type: "family-closed" }],
  [MUM, { type: "family-created", familyName: "The Okafors", founder: MUM, isAgain: false }],
];

const PROOF: BlockProof = {
  hash: "5f1d0c9a7b3e4d20".repeat(4),
  parent: "0b8812ce55aa9013".repeat(4),
  signers: [MUMS, DADS, GRANS],
  quorum: 3,
  keepers: 4,
  isRecovery: false,
  isChecked: true,
};

function blockOf([by, change, isDone = false]: Told, index: number): HistoryBlock {
  const height = CHANGES.length - 1 - index;
  const device = by === DAD ? DADS : by === GRAN ? GRANS : MUMS;
  const isFounding = change.type === "family-created";
  const alone = { signers: [MUMS], quorum: 1, keepers: 1 };
  return {
    height,
    // Some hours apart, the first few of them today.
    time: NOON - Math.floor(index / 6) * DAY_MS - (index % 6) * 1_900_000,
    changes: [
      {
        id: height.toString(16).padStart(4, "0").repeat(16),
        by,
        device,
        change,
        isDone,
        isAboutMe: by === MUM || JSON.stringify(change).includes('"04aa"'),
      },
    ],
    proof: {
      ...PROOF,
      ...(isFounding ? alone : {}),
      ...(change.type === "recovery"
        ? { signers: [DADS], quorum: 1, keepers: 1, isRecovery: true }
        : {}),
    },
  };
}

const BLOCKS = CHANGES.map(blockOf);

export const HISTORY: HistoryPage = {
  blocks: BLOCKS,
  top: CHANGES.length - 1,
  next: null,
  from: 0,
};

/** The same as somebody else of the family reads it. */
function seenBy(me: string, page: HistoryPage): HistoryPage {
  const turned = JSON.parse(JSON.stringify(page), (_, value: unknown) =>
    typeof value === "object" && value !== null && "isMe" in value && "id" in value
      ? { ...value, isMe: value.id === me }
      : value,
  ) as HistoryPage;
  const isAbout = (one: unknown): boolean => JSON.stringify(one).includes(`"id":"${me}"`);
  const blocks = turned.blocks.map((block) => ({
    ...block,
    changes: block.changes.map((one) => ({
      ...one,
      isAboutMe: one.by.id === me || isAbout(one.change),
    })),
  }));
  return { ...turned, blocks };
}

export const MIAS_HISTORY: HistoryPage = seenBy("02cc", HISTORY);

/** Two changes that do not fit what this device has. */
export const UNCONFIRMED_HISTORY: HistoryPage = {
  ...HISTORY,
  blocks: BLOCKS.map((block, index) =>
    index === 1 || index === 6 ? { ...block, proof: { ...block.proof, isChecked: false } } : block,
  ),
};

/** A device that has just joined. */
export const BEGUN_HISTORY: HistoryPage = { ...HISTORY, blocks: BLOCKS.slice(0, 3), from: 46 };

/** Everything, and nothing of it about me. */
export const HISTORY_OF_NOTHING: HistoryPage = {
  ...HISTORY,
  blocks: BLOCKS.map((block) => ({
    ...block,
    changes: block.changes.map((change) => ({ ...change, isAboutMe: false })),
  })),
};
