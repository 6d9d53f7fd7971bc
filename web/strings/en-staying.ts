/** How long messages stay, in English. SPEC UI130. */

/** "a week", "30 days", as it follows "for". */
export function spanOfDays(days: number): string {
  if (days === 7) return "a week";
  if (days === 365) return "a year";
  return days === 1 ? "a day" : `${days} days`;
}

export const staying = {
  title: "How long messages stay",
  days: (days: number) => SEGMENTS[days] ?? `${days} days`,
  now: (days: number) =>
    `For the whole family: messages stay for ${spanOfDays(days)}, then every device deletes them.`,
  forChildren: "Your parents choose how long.",
  forOthers: "The family's parents choose how long.",
  longer: {
    title: (days: number) => `Let messages stay for ${spanOfDays(days)}?`,
    text: "For everybody in the family, from now on. What is deleted already does not come back.",
    yes: "Let them stay",
    no: "Leave it",
  },
  shorter: {
    title: (days: number) => `Delete messages after ${spanOfDays(days)}?`,
    text: (days: number, hasOthers: boolean) =>
      `Whatever is older than ${spanOfDays(days)} is then deleted on every device of the family, and nothing brings it back. It happens ${hasOthers ? "when another parent agrees, or in three days if none objects" : "in three days; until then you can take it back on the Family screen"}.`,
    yes: "Ask for it",
    no: "Leave it",
  },
  asked:
    "Asked. It stands on the Family screen until it happens; until then messages stay as before.",
  waits: "Said. It holds as soon as enough of the devices that keep the rules are open.",
  done: "Done. It holds for everybody now.",
};

const SEGMENTS: Readonly<Record<number, string>> = {
  7: "A week",
  30: "30 days",
  90: "90 days",
  365: "A year",
};
