/**
 * The boundary between page and node: types only. The page calls NodeApi through comlink; only data
 * crosses, as Result; calls race with the worker's death in web/node-client.ts. What the mesh speaks is
 * in api-mesh.ts. Ids are lower-case hex. Times are milliseconds since the epoch. Source: DESIGN §2.
 */

import type { HistoryPage, HistoryRequest, RefusedChange } from "./api-rules.ts";
import type {
  AddedMessage,
  ConversationView,
  GroupView,
  MessageChange,
  MessageView,
  ReachView,
  RefillRequestView,
} from "./api-talks.ts";

import type {
  ChangeOutcome,
  ChangeRequest,
  DecisionWord,
  ProposalView,
  RemovalView,
} from "./api-decisions.ts";
import type { EmergencyAnswer, EmergencyView, PlaceView } from "./api-emergencies.ts";
import type { PLACE_MINUTES, PlacesView } from "./api-places.ts";
import type { RequestAnswer, RequestView, RequestWish } from "./api-requests.ts";
import type { Diagnostics, StorageCursor, StorageSlice } from "./api-diagnostics.ts";

export { REQUEST_THINGS } from "./api-requests.ts";
export { DECISION_WORDS, DEVICE_REASONS, KEEP_DAYS } from "./api-decisions.ts";
export { PLACE_MINUTES } from "./api-places.ts";
export type * from "./api-decisions.ts";
export type * from "./api-diagnostics.ts";
export { LINK_FRAME_BYTES_MAX } from "./api-mesh.ts";
export type * from "./api-emergencies.ts";
export type * from "./api-mesh.ts";
export type * from "./api-places.ts";
export type * from "./api-requests.ts";
export type * from "./api-rules.ts";
export type * from "./api-talks.ts";

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: FailureCode; readonly detail: string };

/** What can go wrong, for a person to be told in words (web/strings). */
export type FailureCode =
  | "not-member"
  | "already-member"
  | "not-allowed"
  | "bad-name"
  | "bad-link"
  | "link-expired"
  | "own-invite"
  | "bad-words"
  /** They are words, and of no parent of this family. */
  | "other-words"
  | "word-mismatch"
  | "unknown-invite"
  | "too-many-invites"
  /** As many changes of the rules as one person may make in a day. */
  | "too-many-today"
  /** It is open, or on its way. */
  | "already-asked"
  /** It has happened, or can happen no more. */
  | "already-done"
  | "too-many-proposals"
  /** A further device speaks for its member after seven days only. */
  | "new-device"
  /** The family's last parent, or the last device of a parent. */
  | "last-parent"
  /** The last device that keeps the rules cannot stop. */
  | "last-keeper"
  /** Without it one person's devices could hold up the family's rules. */
  | "one-hand"
  | "wrong-step"
  | "text-empty"
  | "text-too-long"
  | "unknown-conversation"
  | "unknown-message"
  /** A message is sealed for 64 devices at most, and this conversation has more. */
  | "too-many-devices"
  | "too-fast"
  | "too-much"
  | "clock-wrong"
  | "storage-full"
  | "storage-closed"
  | "storage-taken"
  | "storage-unavailable"
  | "storage-corrupt"
  | "no-key-store"
  /** The profile is locked: `unlock` first. */
  | "locked"
  /** A PIN is asked for; detail `set` where a lock has to be set first. */
  | "lock-needed"
  | "lock-wrong"
  /** Too many wrong tries; detail: milliseconds to wait. */
  | "lock-wait"
  | "lock-short"
  | "lock-weak"
  | "lock-damaged"
  | "unknown-profile"
  | "tab-lost"
  | "tab-silent"
  | "tab-version"
  | "worker-died"
  | "internal";

export const ROLES = ["parent", "child", "relative", "contact"] as const;
export type Role = (typeof ROLES)[number];

/** UTF-8 bytes of a message and of a name; the page counts them before sending. */
export const MESSAGE_TEXT_BYTES_MAX = 32 * 1024;
export const NAME_BYTES_MAX = 64;

/** Minutes without use after which a locked profile locks itself; 0: never. */
export const LOCK_IDLE_MINUTES = [1, 5, 15, 60, 0] as const;
export const LOCK_IDLE_MINUTES_DEFAULT = 15;

/** One member on this browser, as the list of profiles shows it. */
export interface ProfileView {
  /** As `?profile=` names it; empty for the one without a name. */
  readonly profile: string;
  /** What the list kept of it; empty and null where that was lost or never known. */
  readonly name: string;
  readonly familyName: string;
  readonly role: Role | null;
  /** Member id, for the colour; empty while it is joining. */
  readonly member: string;
  readonly hasLock: boolean;
  /** Its device is one of those that write the family's rules down. */
  readonly keepsRules: boolean;
  /** False where the list knows it and its storage is gone. */
  readonly isHere: boolean;
}

/** The lock of this profile. */
export interface LockView {
  readonly isSet: boolean;
  /** A parent's profile beside another one: a lock must be set before it goes on. */
  readonly isNeeded: boolean;
  /** One of LOCK_IDLE_MINUTES. */
  readonly idleMinutes: number;
  /** No try is taken before this time; 0 when one is. */
  readonly waitUntil: number;
  /** Other profiles on this browser. */
  readonly others: number;
}

/**
 * How far a browser keeps what it stores: as an installed app, by its promise not to delete
 * (`persistent`), or neither: it may forget a device with its keys when space is short.
 */
export const LASTINGS = ["installed", "persistent", "may-forget"] as const;
export type Lasting = (typeof LASTINGS)[number];

export interface DeviceView {
  readonly id: string;
  /** This browser. */
  readonly isMe: boolean;
  readonly isConnected: boolean;
  /** Takes part in keeping the family's rules. */
  readonly isReplica: boolean;
  /** A change that takes it out of keeping the rules waits to be written down. */
  readonly isGoing: boolean;
  /** This person may take it out; for a device that steps down by itself too. */
  readonly canGo: boolean;
  readonly isRevoked: boolean;
  /** It is not to be trusted for now: by whose word, and until when. */
  readonly hold: null | { readonly by: string; readonly until: number };
  /** This person may say so, or, where it is held, end that. */
  readonly canHold: boolean;
  /** It is held, and this person may make that last longer. */
  readonly canHoldLonger: boolean;
  /** Two votes of it that cannot both be honest are written down: it helps no more. */
  readonly isConvicted: boolean;
  /** Added within the last 24 hours: marked on every screen. */
  readonly isNew: boolean;
  /** By the device's own word; null where it was not heard yet. */
  readonly lasting: Lasting | null;
  /** To which messages for it are sealed here now. */
  readonly keys: KeysView;
}

/** How old a device's keys are, as far as is known here. */
export interface KeysView {
  /** Beginning of the UTC day on which they last changed, or on which it was registered. */
  readonly since: number;
  /** They are the ones that it was registered with. */
  readonly areFirst: boolean;
}

export interface MemberView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly isMe: boolean;
  readonly devices: readonly DeviceView[];
}

/** An invite on the inviter's side. */
export interface InviteView {
  readonly id: string;
  readonly role: Role;
  readonly link: string;
  readonly expiresAt: number;
  /** Set when the invite is a new device of an existing member. */
  readonly forMember: string | null;
  /** Names of the parents of whom one has to agree too; empty where the inviter is enough. */
  readonly needs: readonly string[];
  /** Without them it happens by itself a day after the approval. */
  readonly isAfterDay: boolean;
  readonly step:
    | "waiting" // nobody has opened it
    | "opened" // somebody is connected and typing a name
    | "comparing" // the code is on both screens
    | "compared" // "They are the same" was pressed here
    | "committing" // approved; the parents' devices have not yet written it down
    | "done"
    | "burned" // they differ, a wrong reveal or two people at once
    | "expired"
    | "revoked";
  readonly why: null | "differ" | "bad-reveal" | "second-person" | "refused";
  readonly newcomerName: string | null;
  /** Six digits, from `comparing` on. */
  readonly code: string | null;
  /** Names of the members whose devices must open before it is written down; empty otherwise. */
  readonly waitsFor: readonly string[];
}

/** My own joining, on the newcomer's side. */
export interface JoiningView {
  readonly step:
    | "connecting" // looking for the inviter's device
    | "asking" // connected, exchanging
    | "comparing"
    | "approved" // approved; waiting for the parents' devices to write it down
    | "receiving" // member; receiving the family's rules
    | "failed";
  readonly why:
    | null
    | "differ"
    | "burned"
    | "expired"
    | "revoked"
    | "refused"
    | "used"
    | "wrong-device"
    | "bad-reveal";
  readonly familyName: string | null;
  readonly inviterName: string | null;
  readonly role: Role | null;
  readonly myName: string;
  readonly code: string | null;
  readonly waitsFor: readonly string[];
  readonly isInviterConnected: boolean;
  readonly expiresAt: number;
}

export type Notice =
  | { readonly type: "storage-full" }
  | { readonly type: "storage-closed" }
  | { readonly type: "storage-taken" }
  /** Another tab of this profile leads with another build of the app. */
  | { readonly type: "tab-version" }
  | { readonly type: "clock-wrong"; readonly byMs: number }
  | { readonly type: "ledger-stopped"; readonly height: number }
  /** This device has lost what it signed for the rules, and helps no more (`ledger.isSilenced`). */
  | { readonly type: "votes-lost" }
  /** A parent has said that this device is not to be trusted for now. */
  | { readonly type: "held"; readonly by: string; readonly until: number }
  | { readonly type: "update-needed" };

export interface NodeSnapshot {
  /** `starting` until storage is read; `words` while the recovery words are not confirmed;
   * `choosing` where several profiles are here and the address names none; `locked` until the PIN;
   * `removed` where this device was taken out of the family. */
  readonly phase:
    | "starting"
    | "choosing"
    | "locked"
    | "empty"
    | "joining"
    | "words"
    | "member"
    | "removed"
    | "stopped";
  readonly build: string;
  readonly lock: LockView;
  readonly familyName: string | null;
  readonly me: {
    readonly member: string;
    readonly device: string;
    readonly name: string;
    readonly role: Role;
  } | null;
  readonly members: readonly MemberView[];
  readonly conversations: readonly ConversationView[];
  readonly groups: readonly GroupView[];
  /** Members whom I may put into a new group; null where I may make none. */
  readonly canGather: readonly string[] | null;
  readonly invites: readonly InviteView[];
  readonly joining: JoiningView | null;
  /** Set in the phase `removed`. */
  readonly removal: RemovalView | null;
  /** I let others know how far I have read, and that I am writing. */
  readonly sharesReading: boolean;
  /** Days for which the family lets messages stay. */
  readonly retentionDays: number;
  readonly refills: readonly RefillRequestView[];
  readonly connection: {
    /** Devices of the family that are there now, linked or joined over others, and how many there are; without this one. */
    readonly linked: number;
    readonly others: number;
    readonly signalling: "open" | "connecting" | "closed";
  };
  readonly ledger: {
    readonly height: number;
    /** Hex of the head block's hash; empty before there is one. */
    readonly head: string;
    /** Changes that wait for parents' devices, and whose. */
    readonly pending: number;
    readonly waitsFor: readonly string[];
    /** Names of the members whose devices keep the rules, one for each device. */
    readonly keepers: readonly string[];
    /**
     * What this device does for it: `can` help and was not let, `may-forget` what is stored and so
     * cannot yet, is `ready` and waits for others, `keeps` them.
     */
    readonly help: "cannot" | "may-forget" | "can" | "ready" | "keeps";
    /** It keeps them, but has lost votes of its own that others know of, and votes no more. */
    readonly isSilenced: boolean;
    /** Words typed here could name this device as the one that keeps them. */
    readonly canRecover: boolean;
    /** Recoveries that wait, or that stop each other. */
    readonly recoveries: readonly RecoveryView[];
    /** What waits for the word of others; empty for contacts. */
    readonly proposals: readonly ProposalView[];
    /** What this person asked for on this device and what did not happen; the oldest first. */
    readonly refused: readonly RefusedChange[];
    /** Devices of the family that go by another set of rules; null where it is one. */
    readonly split: SplitView | null;
  };
  /** Calls for help of the last day, newest first. */
  readonly emergencies: readonly EmergencyView[];
  /** Where the others are, and my own sharing; null for contacts, who see no places. */
  readonly places: PlacesView | null;
  /** What is asked of those who decide: my own, and what was asked of me. */
  readonly requests: readonly RequestView[];
  readonly notices: readonly Notice[];
}

/** Somebody's recovery words were used to name who keeps the rules from now on. */
export interface RecoveryView {
  /** Hex of the block's hash. */
  readonly id: string;
  /** Name of the parent whose words they were. */
  readonly wordsOf: string;
  /** Name of the person on whose device they were typed; it keeps the rules then. */
  readonly by: string;
  /** They were typed on this device. */
  readonly isMine: boolean;
  /** By the clock of that device, milliseconds since the epoch. */
  readonly madeAt: number;
  /** `due`: it is taken with the next look, a minute after a start at the latest. */
  readonly standing: "waits" | "objected" | "rivalled" | "due";
  /** When this device takes it if it stays open, milliseconds since the epoch; 0 if it does not wait. */
  readonly takesAt: number;
  /** Name of the parent who said no. */
  readonly objectedBy: string | null;
  /** This device is another parent's: it can say no. */
  readonly canObject: boolean;
}

/** Two sets of rules in one family: what is known of the other side here. */
export interface SplitView {
  /** Names of the people whose devices go by the other one. */
  readonly people: readonly string[];
  /** It was theirs to begin anew by recovery words, and this device that had not heard of it. */
  readonly isTheirs: boolean;
  /** The person here has read it, of all those devices. */
  readonly isRead: boolean;
}

export type NodeEvent =
  | { readonly type: "snapshot"; readonly snapshot: NodeSnapshot }
  /** Something in this conversation changed: read it again, unless `added` is all that did. */
  | { readonly type: "conversation"; readonly id: string; readonly added?: AddedMessage }
  /** Somebody writes in this conversation, at this moment. */
  | { readonly type: "typing"; readonly id: string; readonly name: string }
  /** The node stopped on a broken invariant; it must be started again. */
  | { readonly type: "stopped"; readonly detail: string };

export interface NodeApi {
  /** Starts the node on this profile's storage; resolves when the first snapshot is ready. */
  start(options: StartOptions): Promise<Result<NodeSnapshot>>;
  subscribe(listener: (event: NodeEvent) => void): Promise<void>;
  /** Hands the node the page's end of the mesh. */
  attachMesh(port: MessagePort): Promise<void>;
  /** The page is frozen or hidden away (true), or back: another tab may lead meanwhile. */
  setAway(isAway: boolean): Promise<void>;

  startFamily(request: { familyName: string; myName: string }): Promise<Result<null>>;
  /** The 24 words, only while they are not confirmed. */
  recoveryWords(): Promise<Result<readonly string[]>>;
  /** Confirms by words at 1-based positions; after it the words cannot be shown again. */
  confirmWords(words: readonly { position: number; word: string }[]): Promise<Result<null>>;
  /** Starts the family again from its words when no other device is left. */
  restoreFamily(request: {
    words: string;
    familyName: string;
    myName: string;
  }): Promise<Result<null>>;

  /** `pin` here and below: asked for wherever the profile has a lock or must have one. */
  createInvite(
    request: {
      role: Role;
      lifetime: "qr" | "link";
      forMember?: string;
    },
    pin?: string,
  ): Promise<Result<{ invite: string }>>;
  revokeInvite(invite: string, pin?: string): Promise<Result<null>>;
  /** The inviter's verdict on the six digits. */
  compareCode(invite: string, isSame: boolean): Promise<Result<null>>;
  approveJoin(invite: string, pin?: string): Promise<Result<null>>;
  /** Drops a finished invite from the list. */
  dismissInvite(invite: string): Promise<Result<null>>;

  /** Checks a link without connecting. */
  inspectInvite(link: string): Promise<Result<{ expiresAt: number }>>;
  askToJoin(request: { link: string; name: string }): Promise<Result<null>>;
  /** The newcomer's "They differ". */
  rejectCode(): Promise<Result<null>>;
  cancelJoin(): Promise<Result<null>>;

  /** `not-allowed` has the name of the refusing rule (MessageRule) as its detail. */
  sendMessage(
    conversation: string,
    text: string,
    replyTo?: string,
  ): Promise<Result<{ message: string }>>;
  /** Of an own message, or a reaction to any; `not-allowed`, `unknown-message`. */
  changeMessage(
    conversation: string,
    message: string,
    change: MessageChange,
  ): Promise<Result<null>>;
  /** Who has a message of mine and who does not. */
  listReach(conversation: string, message: string): Promise<Result<readonly ReachView[]>>;
  /** Newest last; `before` is a message id of an earlier answer. At most 200. */
  listMessages(
    conversation: string,
    page: { before?: string; limit: number },
  ): Promise<Result<{ messages: readonly MessageView[]; hasMore: boolean }>>;
  markRead(conversation: string): Promise<Result<null>>;
  /** Lets those whom I write with know how far I have read, and that I am writing; or no more. */
  shareReading(isShared: boolean): Promise<Result<null>>;
  /** Something was typed in it; told to nobody unless I let it. */
  noteTyping(conversation: string): Promise<Result<null>>;
  /**
   * Calls everybody whom I may meet for help, at once. The text may be empty, the place is there only where the
   * person lets its browser say it now.
   */
  callForHelp(text: string, place?: PlaceView): Promise<Result<{ call: string }>>;
  /** A word to a call for help; `not-allowed` where it is not this person's to say. */
  answerCall(id: string, answer: EmergencyAnswer): Promise<Result<null>>;
  /** Where I am, to my own call, when the browser knows. */
  addPlace(id: string, place: PlaceView): Promise<Result<null>>;
  /**
   * Says where this device is, to those of this conversation who may see it; again with what it finds
   * out later. `not-allowed`, `unknown-conversation`, `too-many-devices`, `clock-wrong`.
   */
  sharePlace(
    request: { conversation: string; minutes: (typeof PLACE_MINUTES)[number] },
    place: PlaceView,
  ): Promise<Result<null>>;
  /** Where it is now; told to nobody unless it is shared, and not more often than the family wants. */
  notePlace(place: PlaceView): Promise<Result<null>>;
  /** Ends that, and takes what was said away from everybody who has it. */
  stopPlace(): Promise<Result<null>>;
  /**
   * Asks those who decide for me. `not-allowed` where there is nobody whom I may ask, `already-done` where
   * what it is about is not there any more, `text-empty`, `text-too-long`.
   */
  askFor(wish: RequestWish): Promise<Result<null>>;
  /** `already-done` where it is not mine, or not open any more. */
  takeBackRequest(request: string): Promise<Result<null>>;
  /** Yes or no to somebody's request, written into the family's rules; codes as of `changeRules`. */
  answerRequest(request: string, answer: RequestAnswer, pin?: string): Promise<Result<null>>;
  answerRefill(device: string, isAllowed: boolean): Promise<Result<null>>;
  /** The person lets this device help to keep the family's rules, or takes that back before it does. */
  setHelping(isWilling: boolean): Promise<Result<null>>;
  /**
   * Has a device that keeps the rules stop: this one, before its person is away for long, or one that
   * a parent takes out. It happens when the others have agreed. `last-keeper`, `one-hand`.
   */
  takeOut(device: string, pin?: string): Promise<Result<null>>;
  /** The 24 words of a parent name this device as the one that keeps the rules. `other-words`. */
  recoverRules(words: string, pin?: string): Promise<Result<null>>;
  /** Another parent says no to it, or the person here takes this one of several. */
  decideRecovery(
    recovery: string,
    decision: "object" | "choose",
    pin?: string,
  ): Promise<Result<null>>;
  /** Who changed which rule when, with the proof: newest first. `not-allowed` to contacts. */
  listHistory(request: HistoryRequest): Promise<Result<HistoryPage>>;
  /**
   * What one may do alone is `done`, or on its way; anything else is `asked` of those who have to
   * agree. `not-allowed`, `already-asked`, `already-done`, `too-many-today`, `too-many-proposals`,
   * `new-device`, `last-parent`, `last-keeper`.
   */
  changeRules(request: ChangeRequest, pin?: string): Promise<Result<ChangeOutcome>>;
  /**
   * A parent's word that a device is not to be trusted for now, or is again: in force at once, for 72
   * hours. `not-allowed` where this person may not, or has said so three times today.
   */
  holdDevice(device: string, isHeld: boolean, pin?: string): Promise<Result<null>>;
  /** A word about a proposal. The same codes. */
  decideProposal(proposal: string, word: DecisionWord, pin?: string): Promise<Result<null>>;
  /** The person has read that this change did not happen. */
  noteRefused(change: string): Promise<Result<null>>;
  /** The person has read that the family goes by two sets of rules. */
  noteSplit(): Promise<Result<null>>;
  /** What the page found out of its browser; the family's other devices are told. */
  setLasting(lasting: Lasting): Promise<Result<null>>;

  diagnostics(): Promise<Result<Diagnostics>>;
  /**
   * Rows and bytes by table, slice by slice, so that nothing waits for it and it can be left. From
   * the beginning for a cursor that names no table.
   */
  measureStorage(from: StorageCursor): Promise<Result<StorageSlice>>;

  /** The profiles on this browser; also before the start. */
  listProfiles(): Promise<Result<readonly ProfileView[]>>;
  /** Deletes a profile with its keys, for good. `isForgotten`: without its PIN. */
  removeProfile(request: {
    profile: string;
    pin?: string;
    isForgotten?: boolean;
  }): Promise<Result<null>>;
  unlock(pin: string): Promise<Result<null>>;
  lockNow(): Promise<Result<null>>;
  /** Sets or changes the lock; `next` null takes it off. `pin`: the present one, if there is one. */
  setLock(request: { pin?: string; next: string | null }): Promise<Result<null>>;
  setLockIdle(minutes: number): Promise<Result<null>>;
  /** The person did something on the page. */
  noteUse(): Promise<Result<null>>;
}

export interface StartOptions {
  /** Name of the profile's database. */
  readonly database: string;
  /** Signalling servers, websocket URLs. */
  readonly servers: readonly string[];
  /** Address of the app without fragment, for invite links. */
  readonly appUrl: string;
  readonly build: string;
  /** The address names no profile: with several of them none is opened, the phase is `choosing`. */
  readonly asksWho?: boolean;
}
