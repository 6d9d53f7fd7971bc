/**
 * The part of the boundary that is about the family's rules, types only: what a change of them does,
 * in names and plain data, for the past and for what is only asked for; and the history of all of
 * them with its proof. A name is null where it cannot be read any more: the page says "somebody".
 * Ids are lower-case hex. Times are milliseconds since the epoch. Source: DESIGN §4, §9.
 */
import type { Role } from "./api.ts";

/** Somebody in a sentence. */
export interface Someone {
  /** Member id; empty where it is not known whom it is about. */
  readonly id: string;
  readonly name: string | null;
  readonly isMe: boolean;
}

/** Somebody's device in a sentence. */
export interface SomeDevice {
  readonly id: string;
  /** Null where this device's rules do not name it. */
  readonly owner: Someone | null;
  /** This browser. */
  readonly isThis: boolean;
}

/** What can be allowed or forbidden, by the names of core/ledger/vocabulary.ts. */
export type PermissionName =
  | "send"
  | "read"
  | "edit"
  | "delete"
  | "forward"
  | "send-emergency"
  | "create-group"
  | "delete-group"
  | "edit-group"
  | "invite-to-group"
  | "remove-from-group"
  | "approve-group-members"
  | "moderate"
  | "see-status"
  | "see-place"
  | "share-place"
  | "manage-contacts"
  | "approve-contacts"
  | "oversee-messages"
  | "set-boundaries"
  | "set-controls"
  | "see-controls"
  | "set-filters"
  | "see-filters"
  | "manage-roles"
  | "manage-devices"
  | "see-history"
  | "change-settings"
  | "see-settings";

export type MediaName = "text" | "photo" | "voice" | "place";

/** A weekly window in the family's time. */
export interface WindowView {
  /** Days on which it starts, a bit each: 1 is Monday, 64 Sunday. */
  readonly days: number;
  /** Minute of the day at which it starts. */
  readonly from: number;
  /** Minute at which it ends, not included; at or before `from`: on the next day. */
  readonly to: number;
}

/** Whom or what a grant or denial is about. */
export type ScopeView =
  | {
      readonly type:
        | "self"
        | "family-groups"
        | "friends-groups"
        | "supervised"
        | "peers"
        | "everybody";
    }
  | { readonly type: "member"; readonly member: Someone }
  | { readonly type: "group"; readonly name: string | null };

/** When it holds. */
export type ConditionView =
  | { readonly type: "always" | "on-approval" | "emergency" }
  | { readonly type: "weekly"; readonly windows: readonly WindowView[] }
  | { readonly type: "until"; readonly time: number };

export interface GrantView {
  readonly member: Someone;
  readonly permission: PermissionName;
  readonly scope: ScopeView;
  readonly condition: ConditionView;
  /** When it ends by itself; null: when it is taken back. */
  readonly expiresAt: number | null;
}

/** What parents set for a child. */
export interface ControlView {
  readonly guardians: readonly Someone[];
  readonly contacts: "open" | "approved" | "family";
  readonly quiet: readonly WindowView[];
  /** Guardians read along, seen by everybody in the conversation. */
  readonly oversight: boolean;
  /** Whose conversations with the child nobody reads along. */
  readonly confidants: readonly Someone[];
  readonly location: "own-choice" | "guardians-see" | "guardians-only";
  /** Messages a day; null: no limit. */
  readonly dailyMessages: number | null;
  readonly media: readonly MediaName[];
  /** The child's eighteenth birthday. */
  readonly endsAt: number;
}

export interface SettingsView {
  readonly retentionDays: number;
  /** Bytes of UTF-8 of one text. */
  readonly messageBytes: number;
  /** Seconds between two places of one device. */
  readonly locationSeconds: number;
  /** Name of the family's time zone. */
  readonly zone: string | null;
}

/** A change that happens, by the names of core/ledger/transaction.ts; who makes it stands beside it. */
export type PlainChange =
  | {
      readonly type: "family-created";
      readonly familyName: string | null;
      readonly founder: Someone;
      /** From its words, after every device was lost. */
      readonly isAgain: boolean;
    }
  /** `member`: it invites a further device of theirs. */
  | { readonly type: "invite-created"; readonly role: Role; readonly member: Someone | null }
  /** `role` null: which one it was is not known any more. */
  | {
      readonly type: "invite-revoked";
      readonly role: Role | null;
      readonly member: Someone | null;
    }
  | { readonly type: "member-registered"; readonly member: Someone; readonly role: Role }
  /** `replaced`: how many devices of theirs it takes the place of. */
  | { readonly type: "device-registered"; readonly member: Someone; readonly replaced: number }
  | {
      readonly type: "device-revoked";
      readonly device: SomeDevice;
      readonly reason: "lost" | "retired" | "compromised";
    }
  /** Who keeps the rules; `count`: how many do afterwards. */
  | {
      readonly type: "replicas-changed";
      readonly added: readonly SomeDevice[];
      readonly removed: readonly SomeDevice[];
      readonly count: number;
    }
  /** Two signed answers of one device to one question. */
  | { readonly type: "evidence"; readonly device: SomeDevice }
  /** A parent's words named who keeps the rules. */
  | {
      readonly type: "recovery";
      readonly wordsOf: Someone | null;
      readonly keepers: readonly SomeDevice[];
    }
  | {
      readonly type: "role-assigned";
      readonly member: Someone;
      readonly from: Role;
      readonly to: Role;
    }
  | { readonly type: "member-removed"; readonly member: Someone }
  | { readonly type: "member-left" }
  | {
      readonly type: "group-created";
      readonly name: string | null;
      readonly kind: "family" | "friends";
      /** Besides its maker. */
      readonly members: readonly Someone[];
    }
  | {
      readonly type: "group-updated";
      readonly name: string | null;
      readonly before: string | null;
    }
  | { readonly type: "group-archived"; readonly name: string | null }
  | {
      readonly type: "group-member-added" | "group-member-removed";
      readonly name: string | null;
      readonly member: Someone;
    }
  | { readonly type: "permission-granted" | "permission-denied"; readonly grant: GrantView }
  /** `was` null: what it took back is not known any more. */
  | {
      readonly type: "permission-ended";
      readonly was: (GrantView & { readonly isDenial: boolean }) | null;
    }
  | {
      readonly type: "control-set";
      readonly child: Someone;
      readonly control: ControlView;
      /** What it replaces; null: nothing was set. */
      readonly before: ControlView | null;
    }
  | {
      readonly type: "filter-set";
      readonly member: Someone;
      readonly mode: "hide" | "withhold";
      /** What it hits is told to the guardians. */
      readonly isReporting: boolean;
      /** It takes the place of another. */
      readonly isChange: boolean;
    }
  | { readonly type: "filter-removed"; readonly member: Someone | null }
  /** `member` null: a place of the whole family. */
  | {
      readonly type: "place-set";
      readonly member: Someone | null;
      readonly isChange: boolean;
    }
  | { readonly type: "place-removed"; readonly member: Someone | null }
  | {
      readonly type: "setting-changed";
      readonly settings: SettingsView;
      readonly before: SettingsView;
    }
  | { readonly type: "rules-raised"; readonly version: number }
  | { readonly type: "recovery-key-replaced"; readonly member: Someone }
  | { readonly type: "secret-renewed" }
  /** `until`: when an approval ends. */
  | {
      readonly type: "request-decided";
      readonly member: Someone;
      readonly isApproved: boolean;
      readonly until: number;
    }
  /** `member`: who called for help; null where this device does not know any more. */
  | { readonly type: "emergency-recorded"; readonly member: Someone | null }
  /** `member`: who had called for help, as far as it is known; else who wrote that down. */
  | { readonly type: "emergency-resolved"; readonly member: Someone }
  /**
   * `member`: who broke it; null where the report names nobody of the family. `rule`: null for one that
   * this build does not know. `day`: its beginning (UTC), milliseconds. `by` merely says so.
   */
  | {
      readonly type: "violation-recorded";
      readonly member: Someone | null;
      readonly rule: BrokenRule | null;
      readonly day: number;
      readonly count: number;
    }
  | { readonly type: "family-closed" };

/** Rules whose breach is written down, by the names of core/gossip/violations.ts. */
export type BrokenRule =
  | "not-by-role"
  | "denied"
  | "quiet-hours"
  | "contacts-meet-who-accepted-them"
  | "contact-not-approved"
  | "family-only"
  | "not-in-group"
  | "unknown-group"
  | "left-the-family"
  | "place-for-guardians"
  | "daily-limit"
  | "media";

/** What one transaction does; of one about a proposal, what that would do, as far as it is known. */
export type RuleChange =
  | PlainChange
  | { readonly type: "proposed"; readonly of: PlainChange | null }
  | {
      readonly type: "approved" | "objected" | "withdrawn" | "enacted";
      readonly of: PlainChange | null;
      readonly proposer: Someone | null;
    };

/**
 * Why what somebody asked for did not happen when it came to be written down: another change had
 * settled it, nobody wrote it down in time, there was no room, somebody has to stay, or the rules.
 */
export type RefusedWhy = "settled" | "too-late" | "too-many" | "last-one" | "not-allowed";

/** A change that this person asked for on this device and that was refused later. */
export interface RefusedChange {
  /** Hex of the transaction's id. */
  readonly id: string;
  readonly change: RuleChange;
  readonly why: RefusedWhy;
}

/** One change of the rules as it was written down. */
export interface HistoryChange {
  /** Hex of the transaction's id. */
  readonly id: string;
  readonly by: Someone;
  readonly device: SomeDevice;
  readonly change: RuleChange;
  /** Of what is about a proposal: what was asked for happened with it. */
  readonly isDone: boolean;
  /** I made it, or it names me. */
  readonly isAboutMe: boolean;
}

/** What a device needs to be sure that a block is the family's. */
export interface BlockProof {
  /** Hex of the block's hash, and of the one on which it builds. */
  readonly hash: string;
  readonly parent: string;
  /** Whose signatures make it final; of a recovery, the device that made it. */
  readonly signers: readonly SomeDevice[];
  /** How many of how many had to sign. */
  readonly quorum: number;
  readonly keepers: number;
  /** By a parent's words and not by the devices that kept the rules. */
  readonly isRecovery: boolean;
  /** Every signature, and the order of what it holds, was checked by this device for this answer. */
  readonly isChecked: boolean;
}

/** Changes that were written down in one. */
export interface HistoryBlock {
  readonly height: number;
  /** The block's time. */
  readonly time: number;
  /** In the order in which they took effect. */
  readonly changes: readonly HistoryChange[];
  readonly proof: BlockProof;
}

export interface HistoryRequest {
  /** Only what is below this height; null: from the newest one on. */
  readonly before: number | null;
  /** Blocks at most. */
  readonly limit: number;
  /** Only changes that I made or that name me. */
  readonly isAboutMe: boolean;
}

/** A page of the history, newest first. */
export interface HistoryPage {
  readonly blocks: readonly HistoryBlock[];
  /** Height of the newest block that was looked at. */
  readonly top: number;
  /** To be given as `before` for the page after it; null: there is none. */
  readonly next: number | null;
  /**
   * Height of the oldest block that is here in one piece with the newest; above 0 while a device
   * that has just joined still fetches what was before.
   */
  readonly from: number;
}
