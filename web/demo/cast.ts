/**
 * Who is in the demo family, in the order of the phones, and what was said before the curtain rises.
 * A make-believe family: nothing here is anybody's. The rule that refuses is today's only one that a
 * screen can meet: a contact writes with parents and with whoever invited it. SPEC DM3, DM4.
 */

import type { Role } from "../../workers/api.ts";

export const DEMO_FAMILY = "The Okafors";

export type PhoneId = "MUM" | "MIA" | "ROSE" | "ZOE";

export interface Person {
  readonly phone: PhoneId;
  readonly name: string;
  readonly role: Role;
  /** Whose conversation is open on this phone at first. */
  readonly opens: PhoneId;
}

export const FOUNDER: Person = { phone: "MUM", name: "Mum", role: "parent", opens: "MIA" };

/** Those whom the founder invites. */
export const NEWCOMERS: readonly Person[] = [
  { phone: "MIA", name: "Mia", role: "child", opens: "MUM" },
  { phone: "ROSE", name: "Grandma Rose", role: "relative", opens: "MUM" },
  { phone: "ZOE", name: "Zoe", role: "contact", opens: "MIA" },
];

export const CAST: readonly Person[] = [FOUNDER, ...NEWCOMERS];

export interface Line {
  readonly from: PhoneId;
  readonly to: PhoneId;
  readonly text: string;
}

/** Said in this order, each by its real sender. */
export const OPENING_LINES: readonly Line[] = [
  { from: "MUM", to: "MIA", text: "Training ends at five today. Grandma fetches you." },
  { from: "MIA", to: "MUM", text: "Can Zoe come along? 🚲" },
  { from: "MUM", to: "ROSE", text: "Thank you for fetching Mia!" },
  { from: "ROSE", to: "MUM", text: "With pleasure. There will be cake. 🍰" },
  { from: "ZOE", to: "MUM", text: "Hello, it's Zoe! Thanks for letting me in." },
];
