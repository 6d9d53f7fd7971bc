/**
 * The part of the boundary that is about what people say to each other, types only: messages and what
 * is said about them, conversations, groups. Ids are lower-case hex, times milliseconds since the
 * epoch. Source: DESIGN §5, §9.
 */
import type { Role } from "./api.ts";

/** Rules that can refuse a message, by the names of core/gossip/verdict.ts; strings has words for each. */
export type MessageRule =
  | "unknown-member"
  | "contacts-meet-who-accepted-them"
  | "left-the-family"
  | "unknown-group"
  | "not-in-group"
  | "not-by-role"
  | "denied"
  | "quiet-hours"
  | "family-only"
  | "contact-not-approved"
  | "daily-limit"
  | "media"
  | "place-for-guardians"
  | "chain"
  | "clock"
  | "height"
  | "old-rules"
  | "rate"
  | "quota"
  | "fork"
  | "backdated"
  | "author"
  | "recipients"
  | "revoked";

/** Delivery of my own message, weakest first. `held`: that many devices of others or mine keep it for the recipient. */
export type DeliveryState =
  | { readonly type: "queued" }
  | { readonly type: "held"; readonly devices: number }
  /** In a group: that many of the people for whom it was sealed have it. */
  | { readonly type: "partly"; readonly members: number; readonly of: number }
  | { readonly type: "delivered" }
  /** By everybody for whom it was sealed, as far as they let that be known. */
  | { readonly type: "read" }
  | { readonly type: "refused"; readonly reason: MessageRule; readonly height: number };

/** The message that one answers, as it reads now. */
export interface QuoteView {
  readonly id: string;
  readonly authorName: string;
  readonly isMine: boolean;
  /** Cut; empty with the reason in `hidden`. `gone`: it is not kept here. */
  readonly text: string;
  readonly hidden: null | "undecryptable" | "withdrawn" | "deleted" | "gone";
}

/** One of those for whom a message of mine was sealed. */
export interface ReachView {
  readonly member: string;
  readonly name: string;
  /** `left`: it is not in the family any more, and had not got it. */
  readonly state: "waiting" | "delivered" | "read" | "left";
}

/** What may be said about a message: edits and deletes by its author alone; `react` null: no more. */
export type MessageChange =
  | { readonly type: "edit"; readonly text: string }
  | { readonly type: "delete" }
  | { readonly type: "react"; readonly emoji: string | null };

export interface MessageView {
  readonly id: string;
  /** Member id of its author. */
  readonly author: string;
  readonly authorName: string;
  readonly isMine: boolean;
  readonly at: number;
  /** The text; for a message that cannot be shown, empty, with the reason in `hidden`. */
  readonly text: string;
  readonly hidden: null | "undecryptable" | "withdrawn" | "deleted" | "unsupported";
  readonly isEdited: boolean;
  readonly quote: QuoteView | null;
  /** `names`: those who chose it, without me. */
  readonly reactions: readonly {
    readonly emoji: string;
    readonly names: readonly string[];
    readonly isMine: boolean;
  }[];
  /** Null for messages of others. */
  readonly delivery: DeliveryState | null;
}

/** A message that is new at the end of its conversation. */
export interface AddedMessage {
  readonly message: MessageView;
  /** Id of the message that it follows; null where it is the first. */
  readonly after: string | null;
}

export interface ConversationView {
  /** The other member's id, the group's, or the name of the family's own. */
  readonly id: string;
  readonly kind: "member" | "group" | "family";
  /** Empty for the family's own, and where a group's cannot be read. */
  readonly name: string;
  /** The other member's; null where there are several. */
  readonly role: Role | null;
  /** Everybody in it, me included. `isLeftOut`: a rule keeps my words from that one. */
  readonly members: readonly { readonly member: string; readonly isLeftOut: boolean }[];
  /** The newest message, its text cut; `delivery` and `hidden` as in MessageView. */
  readonly last:
    | null
    | (Pick<MessageView, "at" | "isMine" | "authorName" | "hidden" | "delivery"> & {
        readonly text: string;
      });
  readonly unread: number;
  /** A device of somebody else in it is connected. */
  readonly isConnected: boolean;
  /** Nothing can be said in it any more: who it was with has left, or I am not in it. */
  readonly isClosed: boolean;
}

/** A group that I am in, or that I may look after. */
export interface GroupView {
  readonly id: string;
  /** Empty where it cannot be read. */
  readonly name: string;
  /** With contacts in it, or without. */
  readonly kind: "family" | "friends";
  readonly members: readonly string[];
  /** Of these who is in it already, and in the history as soon as a block has it. */
  readonly coming: readonly string[];
  readonly isMember: boolean;
  readonly canRename: boolean;
  /** Members whom I may put into it. */
  readonly canAdd: readonly string[];
  /** Whether I may take others out. */
  readonly canRemove: boolean;
  readonly canArchive: boolean;
}

/** "Mia has a new phone: send her the last 30 days?" */
export interface RefillRequestView {
  readonly device: string;
  readonly memberName: string;
  /** Conversations of mine with that member hold this many messages. */
  readonly messages: number;
}
