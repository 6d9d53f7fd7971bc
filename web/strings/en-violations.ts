/** A broken rule in English: what the app of whoever broke it sent, and that nobody was shown it. UI94. */
import type { BrokenRule } from "../../workers/api.ts";

/** As it follows "sent a message". */
const HOW: Readonly<Record<BrokenRule, string>> = {
  "not-by-role": "that a rule does not allow",
  denied: "that a rule does not allow",
  "quiet-hours": "in quiet time",
  "contacts-meet-who-accepted-them": "between a contact and somebody whom it may not write to",
  "contact-not-approved": "between a contact and a child, and no parent had allowed that",
  "family-only": "between a contact and a child that writes only with the family for now",
  "not-in-group": "for a group and somebody who is not in it",
  "unknown-group": "for a group that is not there any more",
  "left-the-family": "to somebody who has left the family",
  "place-for-guardians": "with a place that only the guardians may see",
  "daily-limit": "beyond what is allowed on one day",
  media: "of a kind that is not allowed",
};

/** "Mia's app sent 3 messages in quiet time on November 22. Nobody was shown them". @param whose "Mia's" */
export function violationWords(
  whose: string,
  rule: BrokenRule | null,
  day: number,
  count: number,
): string {
  const what = count === 1 ? "a message" : `${count} messages`;
  const how = rule === null ? "against a rule that this app does not know yet" : HOW[rule];
  const them = count === 1 ? "it" : "them";
  return `${whose} app sent ${what} ${how}, on ${formatDay(day)}. Nobody was shown ${them}`;
}

/** Days are counted by universal time, so that all devices name the same one. */
function formatDay(day: number): string {
  return new Intl.DateTimeFormat("en", {
    month: "long",
    day: "numeric",
    timeZone: "UTC",
  }).format(day);
}
