/** Every state worth looking at, by name: a snapshot, where the person is, what fails. */

import type {
  FailureCode,
  HistoryPage,
  InviteView,
  JoiningView,
  LockView,
  MessageView,
  NodeSnapshot,
  ProfileView,
  ProposalView,
  ReachView,
  RecoveryView,
  RefusedChange,
  SplitView,
  Result,
} from "../../workers/api.ts";
import type { View } from "../controllers/view-state.ts";
import {
  EMPTY,
  INVITE,
  JOINING,
  LONG_TALK,
  MANY,
  MEMBER,
  PEOPLE,
  PROPOSAL,
  PROPOSAL_NOTICE,
  PROPOSAL_OBJECTED,
  RECOVERY,
} from "./fixtures.ts";
import {
  BEGUN_HISTORY,
  HISTORY,
  HISTORY_OF_NOTHING,
  MIAS_HISTORY,
  UNCONFIRMED_HISTORY,
} from "./history-fixtures.ts";
import type { StillBrowser } from "./still-browser.ts";
import type { PlaceTrouble } from "../controllers/ask-place.ts";
import { CALL_STATES } from "./call-states.ts";
import { PLACE_STATES } from "./place-states.ts";
import { REQUEST_STATES } from "./request-states.ts";
import { TALK_STATES } from "./talk-states.ts";

export interface State {
  readonly snapshot: NodeSnapshot;
  readonly view?: View;
  readonly link?: string;
  readonly messages?: readonly MessageView[];
  /** Every call that can fail fails with this. */
  readonly failure?: FailureCode;
  readonly refusal?: Result<never>;
  readonly dies?: boolean;
  /** The browser around the app; without it there is none, as on the demo's phones. */
  readonly browser?: StillBrowser;
  /** A browser without direct connections. */
  readonly cannotLink?: boolean;
  /** Why the browser does not say where it is, while that is shared. */
  readonly placeTrouble?: PlaceTrouble;
  /** What the history holds; without it, that the family was started. */
  readonly history?: HistoryPage;
  /** Who has a message of mine. */
  readonly reach?: readonly ReachView[];
  /** The people on this browser. */
  readonly people?: readonly ProfileView[];
}

const LINK = "https://home.example/#j1.AbCd";
const CHATS: View = { screen: "chats", conversation: null };
const TALK: View = { screen: "chats", conversation: "02cc" };
const PROGRESS: View = { screen: "invite", invite: "11", forMember: null };
const ALONE: NodeSnapshot = {
  ...MEMBER,
  members: MEMBER.members.slice(0, 1),
  conversations: [],
  connection: { linked: 0, others: 0, signalling: "open" },
};

/** Somebody whose device could help to keep the rules. */
const HELPER = { member: "04aa", device: "d1", name: "Dad", role: "parent" } as const;

/** This device steps down, and Grandma's can be taken out. */
const TWO_GOING: NodeSnapshot = {
  ...MEMBER,
  members: MEMBER.members.map((member) => ({
    ...member,
    devices: member.devices.map((one) => ({
      ...one,
      isGoing: one.isMe,
      isReplica: one.isReplica || one.id === "d5",
      canGo: one.id === "d5",
    })),
  })),
};

/** The family with proof against one of its devices. */
function markedMembers(id: string): NodeSnapshot["members"] {
  return MEMBER.members.map((member) => ({
    ...member,
    devices: member.devices.map((one) => ({
      ...one,
      isConvicted: one.id === id,
      canGo: one.id === id && !one.isMe,
    })),
  }));
}

/** Recovery words were used, once or more often. */
function recovery(...parts: readonly Partial<RecoveryView>[]): State & { snapshot: NodeSnapshot } {
  const recoveries = parts.map((part, index) => ({
    ...RECOVERY,
    id: `${index}f`.repeat(32),
    ...part,
  }));
  const ledger = { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"], recoveries };
  return { snapshot: { ...MEMBER, ledger }, view: { screen: "family" } };
}

/** Something waits for the word of others. */
function deciding(...proposals: readonly ProposalView[]): State & { snapshot: NodeSnapshot } {
  const ledger = { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Grandma"], proposals };
  return { snapshot: { ...MEMBER, ledger }, view: { screen: "family" } };
}

/** Devices of the family go by another set of rules. */
function splitState(part: Partial<SplitView>): State & { snapshot: NodeSnapshot } {
  const split = { people: ["Dad", "Grandma"], isTheirs: false, isRead: false, ...part };
  return {
    snapshot: { ...MEMBER, ledger: { ...MEMBER.ledger, split } },
    view: { screen: "family" },
  };
}

/** What somebody asked for did not happen. */
function refusedState(
  ...changes: readonly Omit<RefusedChange, "id">[]
): State & { snapshot: NodeSnapshot } {
  const refused = changes.map((one, index) => ({ ...one, id: `${index}d`.repeat(32) }));
  return {
    snapshot: { ...MEMBER, ledger: { ...MEMBER.ledger, refused } },
    view: { screen: "family" },
  };
}

function removed(part: Partial<NonNullable<NodeSnapshot["removal"]>>): State {
  const removal = {
    familyName: "The Okafors",
    name: "Mia",
    reason: "lost",
    isMember: false,
    ...part,
  } as const;
  return { snapshot: { ...EMPTY, phase: "removed", removal } };
}

function invite(part: Partial<InviteView>): State {
  return { snapshot: { ...MEMBER, invites: [{ ...INVITE, ...part }] }, view: PROGRESS };
}

function joining(part: Partial<JoiningView>): State {
  return { snapshot: { ...EMPTY, phase: "joining", joining: { ...JOINING, ...part } } };
}

const LOCKED: LockView = { ...MEMBER.lock, isSet: true, idleMinutes: 15, others: 3 };
const SHARED: NodeSnapshot = { ...MEMBER, lock: LOCKED };

const ASKED = { newcomerName: "Leo", code: "048213" } as const;

export const STATES: Readonly<Record<string, State>> = {
  "cannot-link": { snapshot: ALONE, view: CHATS, cannotLink: true },
  starting: { snapshot: { ...EMPTY, phase: "starting" } },
  welcome: { snapshot: EMPTY },
  start: { snapshot: EMPTY, view: { screen: "start" } },
  "start-failed": { snapshot: EMPTY, view: { screen: "start" }, failure: "storage-full" },
  words: { snapshot: { ...ALONE, phase: "words" } },
  "words-failed": { snapshot: { ...ALONE, phase: "words" }, failure: "word-mismatch" },
  restore: { snapshot: EMPTY, view: { screen: "restore" } },
  invited: { snapshot: EMPTY, view: { screen: "invited" } },
  "invited-link": { snapshot: EMPTY, link: LINK },
  "invited-expired": { snapshot: EMPTY, link: LINK, failure: "link-expired" },
  "invited-member": { snapshot: MEMBER, link: LINK },
  "joining-connecting": joining({ familyName: null, inviterName: null, role: null }),
  "joining-asking": joining({ step: "asking", isInviterConnected: false }),
  "joining-comparing": joining({ step: "comparing", code: "048213" }),
  "joining-approved": joining({ step: "approved", waitsFor: ["Mum", "Dad"] }),
  "joining-receiving": joining({ step: "receiving" }),
  "joining-failed": joining({ step: "failed", why: "wrong-device" }),
  "family-alone": {
    snapshot: { ...MEMBER, me: HELPER, ledger: { ...MEMBER.ledger, help: "can" } },
    view: { screen: "family" },
  },
  "family-ready": {
    snapshot: { ...MEMBER, me: HELPER, ledger: { ...MEMBER.ledger, help: "ready" } },
    view: { screen: "family" },
  },
  "family-may-forget": {
    snapshot: { ...MEMBER, me: HELPER, ledger: { ...MEMBER.ledger, help: "may-forget" } },
    view: { screen: "family" },
    browser: { lasting: "may-forget", asksPerson: true },
  },
  "family-may-forget-install": {
    snapshot: { ...MEMBER, me: HELPER, ledger: { ...MEMBER.ledger, help: "may-forget" } },
    view: { screen: "family" },
    browser: { lasting: "may-forget", isInstallOffered: true },
  },
  "family-only-may-forget": {
    snapshot: MEMBER,
    view: { screen: "family" },
    browser: { lasting: "may-forget" },
  },
  "family-keeps-may-forget": {
    snapshot: { ...MEMBER, ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Grandma"] } },
    view: { screen: "family" },
    browser: { lasting: "may-forget" },
  },
  "family-two": {
    snapshot: { ...MEMBER, ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad"] } },
    view: { screen: "family" },
  },
  "family-five": {
    snapshot: {
      ...MEMBER,
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose", "Mum", "Dad"] },
    },
    view: { screen: "family" },
  },
  "family-stepping-down": {
    snapshot: { ...TWO_GOING, ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"] } },
    view: { screen: "family" },
  },
  "family-convicted": {
    snapshot: {
      ...MEMBER,
      members: markedMembers("d2"),
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"] },
    },
    view: { screen: "family" },
  },
  "family-convicted-me": {
    snapshot: {
      ...MEMBER,
      members: markedMembers("d1"),
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"] },
    },
    view: { screen: "family" },
  },
  "family-convicted-child": {
    snapshot: {
      ...MEMBER,
      me: { ...HELPER, role: "child" },
      members: markedMembers("d2"),
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"], help: "cannot" },
    },
    view: { screen: "family" },
  },
  "family-silenced": {
    snapshot: {
      ...MEMBER,
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"], isSilenced: true },
      notices: [{ type: "votes-lost" }],
    },
    view: { screen: "family" },
  },
  "family-three": {
    snapshot: { ...MEMBER, ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"] } },
    view: { screen: "family" },
  },
  "family-can-recover": {
    snapshot: {
      ...MEMBER,
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"], canRecover: true },
    },
    view: { screen: "family" },
  },
  "family-recovery": recovery({ canObject: true }),
  "family-recovery-mine": recovery({ isMine: true, by: "Mum" }),
  "family-recovery-due": recovery({ standing: "due", takesAt: 0 }),
  "family-recovery-refused": recovery({ standing: "objected", objectedBy: "Dad", takesAt: 0 }),
  "family-recovery-two": recovery({ standing: "rivalled" }, { standing: "rivalled", by: "Rose" }),
  "family-recovery-child": {
    ...recovery({}),
    snapshot: { ...recovery({}).snapshot, me: { ...HELPER, role: "child" } },
  },
  "chats-recovery": { ...recovery({}), view: CHATS },
  "family-three-child": {
    snapshot: {
      ...MEMBER,
      me: { ...HELPER, role: "child" },
      ledger: { ...MEMBER.ledger, keepers: ["Mum", "Dad", "Rose"], help: "cannot" },
    },
    view: { screen: "family" },
  },
  "chats-empty": { snapshot: ALONE, view: CHATS },
  chats: { snapshot: MEMBER, view: CHATS },
  "chats-many": {
    snapshot: { ...MEMBER, conversations: MANY, members: [...MEMBER.members] },
    view: CHATS,
  },
  "chats-alone": {
    snapshot: { ...MEMBER, connection: { linked: 0, others: 4, signalling: "open" } },
    view: CHATS,
  },
  "chats-requests": {
    snapshot: {
      ...MEMBER,
      invites: [{ ...INVITE, ...ASKED, step: "comparing" }],
      refills: [{ device: "d9", memberName: "Mia", messages: 214 }],
      ledger: { ...MEMBER.ledger, pending: 1, waitsFor: ["Dad"] },
      connection: { linked: 0, others: 4, signalling: "closed" },
    },
    view: CHATS,
  },
  notices: {
    snapshot: {
      ...MEMBER,
      notices: [
        { type: "storage-full" },
        { type: "clock-wrong", byMs: 300_000 },
        { type: "update-needed" },
      ],
    },
    view: CHATS,
  },
  talk: { snapshot: MEMBER, view: TALK },
  ...TALK_STATES,
  ...CALL_STATES,
  ...PLACE_STATES,
  ...REQUEST_STATES,
  "talk-empty": { snapshot: MEMBER, view: { screen: "chats", conversation: "05ee" }, messages: [] },
  "talk-long": { snapshot: MEMBER, view: TALK, messages: LONG_TALK },
  "talk-failed": { snapshot: MEMBER, view: TALK, failure: "storage-full" },
  "talk-names": {
    snapshot: { ...MEMBER, conversations: MANY },
    view: { screen: "chats", conversation: "a1" },
  },
  family: {
    snapshot: {
      ...MEMBER,
      invites: [INVITE, { ...INVITE, id: "12", forMember: "02cc", step: "expired" }],
    },
    view: { screen: "family" },
  },
  "family-child": {
    snapshot: { ...MEMBER, me: { member: "02cc", device: "d4", name: "Mia", role: "child" } },
    view: { screen: "family" },
  },
  "family-deciding": deciding(PROPOSAL, PROPOSAL_NOTICE, PROPOSAL_OBJECTED),
  "family-said": deciding({ ...PROPOSAL, canAgree: false, canObject: false, isSaying: "agree" }),
  "family-impossible": deciding({ ...PROPOSAL, canAgree: false, isImpossible: true }),
  "family-due": deciding({ ...PROPOSAL_NOTICE, happensAt: Date.now() - 1_000 }),
  "family-too-new": deciding({ ...PROPOSAL, canAgree: false, canObject: false, isTooNew: true }),
  "family-deciding-child": {
    snapshot: {
      ...deciding({ ...PROPOSAL, isAboutMe: true }, PROPOSAL_NOTICE).snapshot,
      me: { member: "02cc", device: "d4", name: "Mia", role: "child" },
    },
    view: { screen: "family" },
  },
  "family-split": splitState({ isTheirs: true }),
  "family-split-other": splitState({ people: ["Dad"] }),
  "family-split-read": splitState({ isRead: true }),
  "chats-split": { ...splitState({}), view: CHATS },
  "family-refused": refusedState(
    {
      change: {
        type: "role-assigned",
        member: { id: "11aa", name: "Grandma", isMe: false },
        from: "relative",
        to: "contact",
      },
      why: "settled",
    },
    { change: { type: "approved", of: null, proposer: null }, why: "too-late" },
  ),
  "chats-refused": {
    ...refusedState({ change: { type: "member-left" }, why: "last-one" }),
    view: CHATS,
  },
  "chats-deciding": { snapshot: deciding(PROPOSAL).snapshot, view: CHATS },
  "person-parent": {
    snapshot: deciding(PROPOSAL_NOTICE).snapshot,
    view: { screen: "person", member: "03bb" },
  },
  "person-me": { snapshot: MEMBER, view: { screen: "person", member: "04aa" } },
  "person-child": { snapshot: MEMBER, view: { screen: "person", member: "02cc" } },
  "person-failed": {
    snapshot: MEMBER,
    view: { screen: "person", member: "01dd" },
    failure: "last-parent",
  },
  "person-as-child": {
    snapshot: {
      ...MEMBER,
      members: MEMBER.members.map((one) => ({ ...one, isMe: one.id === "02cc" })),
      me: { member: "02cc", device: "d4", name: "Mia", role: "child" },
    },
    view: { screen: "person", member: "02cc" },
  },
  "device-out": {
    snapshot: MEMBER,
    view: { screen: "person", member: "03bb" },
  },
  "person-held": {
    snapshot: {
      ...MEMBER,
      members: MEMBER.members.map((member) => ({
        ...member,
        devices: member.devices.map((one) =>
          one.id === "d4" ? { ...one, hold: { by: "Dad", until: Date.now() + 2e8 } } : one,
        ),
      })),
    },
    view: { screen: "person", member: "02cc" },
  },
  "family-held": {
    snapshot: {
      ...MEMBER,
      members: MEMBER.members.map((member) => ({
        ...member,
        devices: member.devices.map((one) =>
          one.id === "d4" ? { ...one, hold: { by: "Dad", until: Date.now() + 2e8 } } : one,
        ),
      })),
    },
    view: { screen: "family" },
  },
  held: {
    snapshot: {
      ...MEMBER,
      notices: [{ type: "held", by: "Dad", until: Date.now() + 2e8 }],
    },
    view: CHATS,
  },
  removed: removed({}),
  "removed-member": removed({ isMember: true, reason: "retired" }),
  "invite-needs": invite({ role: "parent", needs: ["Dad"] }),
  "invite-child-device": invite({
    ...ASKED,
    step: "compared",
    role: "child",
    forMember: "02cc",
    needs: ["Dad"],
    isAfterDay: true,
  }),
  "invite-child-device-asked": invite({
    ...ASKED,
    step: "committing",
    role: "child",
    forMember: "02cc",
    isAfterDay: true,
  }),
  "invite-asked": invite({ step: "committing", ...ASKED, role: "parent", needs: ["Dad"] }),
  history: { snapshot: MEMBER, view: { screen: "history" }, history: HISTORY },
  "history-child": {
    snapshot: { ...MEMBER, me: { member: "02cc", device: "d4", name: "Mia", role: "child" } },
    view: { screen: "history" },
    history: MIAS_HISTORY,
  },
  "history-unconfirmed": {
    snapshot: MEMBER,
    view: { screen: "history" },
    history: UNCONFIRMED_HISTORY,
  },
  "history-coming": { snapshot: MEMBER, view: { screen: "history" }, history: BEGUN_HISTORY },
  "history-nothing-of-me": {
    snapshot: { ...MEMBER, me: { member: "02cc", device: "d4", name: "Mia", role: "child" } },
    view: { screen: "history" },
    history: HISTORY_OF_NOTHING,
  },
  "history-failed": {
    snapshot: MEMBER,
    view: { screen: "history" },
    history: HISTORY,
    failure: "storage-corrupt",
  },
  more: { snapshot: MEMBER, view: { screen: "more" } },
  check: { snapshot: MEMBER, view: { screen: "check" } },
  "check-alone": {
    snapshot: {
      ...MEMBER,
      connection: { linked: 0, others: 4, signalling: "closed" },
      ledger: { ...MEMBER.ledger, pending: 1, waitsFor: ["Dad"] },
    },
    view: { screen: "check" },
  },
  who: { snapshot: { ...EMPTY, phase: "choosing" }, people: PEOPLE },
  "who-invited": {
    snapshot: { ...EMPTY, phase: "choosing" },
    people: PEOPLE.slice(0, 2),
    link: LINK,
  },
  people: { snapshot: SHARED, view: { screen: "people" }, people: PEOPLE },
  "people-alone": { snapshot: MEMBER, view: { screen: "people" }, people: PEOPLE.slice(0, 1) },
  locked: { snapshot: { ...EMPTY, phase: "locked", lock: LOCKED }, people: PEOPLE },
  "locked-wrong": {
    snapshot: { ...EMPTY, phase: "locked", lock: LOCKED },
    people: PEOPLE,
    failure: "lock-wrong",
  },
  "locked-wait": {
    snapshot: {
      ...EMPTY,
      phase: "locked",
      lock: { ...LOCKED, waitUntil: Date.now() + 15 * 60_000 },
    },
    people: PEOPLE,
  },
  "lock-needed": { snapshot: { ...MEMBER, lock: { ...MEMBER.lock, isNeeded: true, others: 1 } } },
  "lock-new": { snapshot: MEMBER, view: { screen: "lock", isForNew: false } },
  "lock-weak": { snapshot: MEMBER, view: { screen: "lock", isForNew: true }, failure: "lock-weak" },
  "lock-set": { snapshot: SHARED, view: { screen: "lock", isForNew: false } },
  "lock-ask": {
    snapshot: SHARED,
    view: { screen: "invite", invite: null, forMember: null },
    failure: "lock-wrong",
  },
  invite: { snapshot: MEMBER, view: { screen: "invite", invite: null, forMember: null } },
  "invite-failed": {
    snapshot: MEMBER,
    view: { screen: "invite", invite: null, forMember: null },
    failure: "too-many-invites",
  },
  "device-invite": {
    snapshot: MEMBER,
    view: { screen: "invite", invite: null, forMember: "02cc" },
  },
  "invite-waiting": invite({}),
  "invite-opened": invite({ step: "opened" }),
  "invite-comparing": invite({ step: "comparing", ...ASKED }),
  "invite-look-alike": invite({ step: "compared", ...ASKED, newcomerName: "MIA" }),
  "invite-compared": invite({ step: "compared", ...ASKED }),
  "device-comparing": invite({ step: "comparing", ...ASKED, forMember: "02cc" }),
  "invite-committing": invite({ step: "committing", ...ASKED, waitsFor: ["Dad"] }),
  "invite-done": invite({ step: "done", ...ASKED }),
  "invite-burned": invite({ step: "burned", why: "second-person" }),
  "invite-expired": invite({ step: "expired" }),
  "chats-update": { snapshot: MEMBER, view: CHATS, browser: { isNewReady: true } },
  "chats-keep": {
    snapshot: MEMBER,
    view: CHATS,
    browser: { lasting: "may-forget", asksPerson: true },
  },
  "chats-install": {
    snapshot: MEMBER,
    view: CHATS,
    browser: { lasting: "may-forget", isInstallOffered: true },
  },
  "more-kept": { snapshot: MEMBER, view: { screen: "more" }, browser: {} },
  "more-may-forget": {
    snapshot: MEMBER,
    view: { screen: "more" },
    browser: { lasting: "may-forget", asksPerson: true, isInstallOffered: true, isKept: false },
  },
  "more-ios": {
    snapshot: MEMBER,
    view: { screen: "more" },
    browser: { lasting: "may-forget", place: { type: "ios" } },
  },
  "welcome-ios": { snapshot: EMPTY, browser: { place: { type: "ios" } } },
  "start-ios": { snapshot: EMPTY, view: { screen: "start" }, browser: { place: { type: "ios" } } },
  "invited-ios": {
    snapshot: EMPTY,
    view: { screen: "invited" },
    browser: { place: { type: "ios" } },
  },
  "invited-ios-link": { snapshot: EMPTY, link: LINK, browser: { place: { type: "ios" } } },
  died: { snapshot: MEMBER, view: TALK, dies: true },
  refused: {
    snapshot: EMPTY,
    refusal: { ok: false, code: "storage-taken", detail: "lock held" },
  },
  "other-version": {
    snapshot: EMPTY,
    refusal: { ok: false, code: "tab-version", detail: "" },
  },
  "other-version-notice": {
    snapshot: { ...MEMBER, notices: [{ type: "tab-version" }] },
    view: CHATS,
  },
};
