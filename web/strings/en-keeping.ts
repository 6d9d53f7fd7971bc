/** Who keeps the family's rules, in English. No word of how. */

const and = new Intl.ListFormat("en-GB", { type: "conjunction" });

export const keeping = {
  title: "Who keeps the family's rules",
  /** For everybody: whose devices. */
  who: (names: readonly string[]) =>
    names.length === 1
      ? `${names[0] ?? ""}'s device writes down what the family decides.`
      : `${and.format(names)}: their devices write down together what the family decides.`,
  one: "If it is lost for good, no rule can be changed any more. Let two more devices of parents or grandparents help: then the family does not depend on one.",
  two: "Every change needs both of them. One more would be better: then one of three may be off.",
  several: (count: number, spare: number) =>
    `${count} devices keep the rules. ${spare === 1 ? "One of them" : `${spare} of them`} may be off or lost, and the family still decides.`,
  help: "Let this device help",
  helpText:
    "This device then writes down the family's rules together with the others. Choose one that is used often and stays in the family.",
  ready:
    "This device is ready to help. It begins when enough devices are, and the one that keeps the rules is open.",
  stop: "Do not help",
  keeps: "This device helps to keep them.",
} as const;
