/**
 * The part of the boundary that is about changing the family's rules, types only: what a person may
 * ask for, and what waits for the word of others. Ids are lower-case hex, times milliseconds since
 * the epoch. Source: DESIGN §4.12.
 */
import type { Role } from "./api.ts";
import type { PlainChange, Someone } from "./api-rules.ts";

/** Why a device is taken out of the family. */
export const DEVICE_REASONS = ["lost", "retired", "compromised"] as const;
export type DeviceReason = (typeof DEVICE_REASONS)[number];

/** Days for which a family may let its messages stay. */
export const KEEP_DAYS = [7, 30, 90, 365] as const;

/** A change that a person asks for; whether it takes others to agree, the node says. */
export type ChangeRequest =
  | {
      readonly type: "revoke-device";
      readonly device: string;
      readonly reason: DeviceReason;
    }
  | { readonly type: "change-role"; readonly member: string; readonly to: Role }
  | { readonly type: "remove-member"; readonly member: string }
  | { readonly type: "leave-family" }
  /** Messages stay for so many days, one of KEEP_DAYS. */
  | { readonly type: "keep-messages"; readonly days: number }
  /** I am in it too; with a contact among them it is a group of friends. */
  | {
      readonly type: "create-group";
      readonly name: string;
      readonly members: readonly string[];
    }
  | { readonly type: "rename-group"; readonly group: string; readonly name: string }
  | { readonly type: "archive-group"; readonly group: string }
  /** Of oneself: leaving it. */
  | {
      readonly type: "add-to-group" | "remove-from-group";
      readonly group: string;
      readonly member: string;
    };

/**
 * `waits`: nobody else has to agree, and it is still to be written down. `asked`: it waits for the word
 * of others, or for its notice.
 */
export type ChangeOutcome = "done" | "waits" | "asked";

export const DECISION_WORDS = ["agree", "object", "withdraw"] as const;
export type DecisionWord = (typeof DECISION_WORDS)[number];

/** What somebody asked for and what still has to happen before it does. */
export interface ProposalView {
  readonly id: string;
  /** What would happen; null for what nobody can read. */
  readonly change: PlainChange | null;
  readonly by: Someone;
  /** I asked for it. */
  readonly isMine: boolean;
  /** It is about me. */
  readonly isAboutMe: boolean;
  readonly agreed: readonly Someone[];
  readonly objected: readonly Someone[];
  /** Any of these can bring it forward. */
  readonly waitsFor: readonly Someone[];
  /** How many of them have to. */
  readonly missing: number;
  /** When it happens although nobody says anything more; null: never. */
  readonly happensAt: number | null;
  /** An objection has ended its waiting: only another approval helps. */
  readonly isObjected: boolean;
  /** By the rules of now it could not happen, whoever agreed: something has changed meanwhile. */
  readonly isImpossible: boolean;
  /** When it lapses. */
  readonly endsAt: number;
  /** My word would count. */
  readonly canAgree: boolean;
  readonly canObject: boolean;
  /** My word on it waits to be written down. */
  readonly isSaying: DecisionWord | null;
  /** This device is too new to speak for me. */
  readonly isTooNew: boolean;
}

/** What was decided about a device: it is in the family no more. */
export interface RemovalView {
  readonly familyName: string | null;
  /** My name as the family last knew it. */
  readonly name: string;
  readonly reason: DeviceReason;
  /** The member left or was removed, with all its devices. */
  readonly isMember: boolean;
}
