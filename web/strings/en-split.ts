/** A family whose devices go by two sets of rules, in English. */

const and = new Intl.ListFormat("en-GB", { type: "conjunction" });

const devicesOf = (people: readonly string[]): string =>
  people.length === 0 ? "Other devices of the family" : `The devices of ${and.format(people)}`;

export const split = {
  title: "The family goes by two sets of rules",
  note: "Part of the family goes by two sets of rules.",
  look: "Look",
  /** `isTheirs`: the recovery is theirs, and this device had not heard of it. */
  what: (people: readonly string[], isTheirs: boolean) =>
    isTheirs
      ? `Recovery words were used, and this device had not heard of it in time. Since then two lists of who belongs to the family and what is allowed go on side by side. ${devicesOf(people)} go by the other one.`
      : `Recovery words were used, and some devices had not heard of it in time. They went on as before. Since then two lists of who belongs to the family and what is allowed go on side by side. ${devicesOf(people)} go by the other one.`,
  safe: "Nothing is lost on this device: all messages that are here stay, and it goes on by its own list. What one side changes does not reach the other, and some messages between the two may be refused.",
  steps: [
    "Talk to each other, in person or on the telephone, and agree which of the two goes on.",
    "On each device of the other side: look whether everything you want to keep is on a device that stays. Then remove this place from the browser.",
    "Invite those people anew, from the side that goes on. Their devices come in as new ones.",
  ],
  unsure:
    "If nobody of you has used recovery words, somebody else may have them: ask a parent to look before you agree on anything.",
  read: "I have read this",
  stays: (people: readonly string[]) =>
    `${devicesOf(people)} go by other rules than this one. Agree which of the two goes on; the others join anew.`,
  line: (people: readonly string[]) =>
    `The family is split since recovery words were used: ${devicesOf(people).replace(/^T/, "t").replace(/^O/, "o")} go by other rules. Under Family is what to do.`,
} as const;
