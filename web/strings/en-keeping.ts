/** Who keeps the family's rules, in English. No word of how. */

const and = new Intl.ListFormat("en-GB", { type: "conjunction" });
export const keeping = {
  title: "Who keeps the family's rules",
  /** For everybody: whose devices. */
  who: (names: readonly string[]) =>
    names.length === 1
      ? `${names[0] ?? ""}'s device writes down what the family decides.`
      : `${and.format(names)}: their devices write down together what the family decides.`,
  /**
   * For grown-ups: what one to seven devices bear. How many must agree, how many may be off, how
   * many may even lie: q, n - q and f of DESIGN §4.1.
   */
  bears: [
    "If it is lost for good, the rules stand still until a parent restores the family with the 24 words. Let two more devices of parents or grandparents help: then the family does not depend on one.",
    "2 devices keep the rules. Every change needs both of them. If one is lost for good, the rules stand still until a parent restores the family with the 24 words.",
    "3 devices keep the rules. One of them may be off or lost, and the family still decides: a change needs 2 of them. None may be in the wrong hands: three cannot always tell which one is lying.",
    "4 devices keep the rules. One of them may be off or lost, or even in the wrong hands, and the family still decides rightly: a change needs 3 of them.",
    "5 devices keep the rules. One of them may be off or lost, or even in the wrong hands, and the family still decides rightly: a change needs 4 of them.",
    "6 devices keep the rules. Two of them may be off or lost, and one of those even in the wrong hands, and the family still decides rightly: a change needs 4 of them.",
    "7 devices keep the rules. Two of them may be off or lost, or even in the wrong hands, and the family still decides rightly: a change needs 5 of them.",
  ],
  /** For grown-ups: where one more or one less would be better. */
  warnings: {
    two: "Two are less safe than one: there are two that can be lost, and each stops everything. Let a third device help; then one of three may be off.",
    five: "Five bear no more than four, and every change needs one device more. Four are better, or seven.",
  },
  /** For everybody else: one short sentence for each number. */
  bearsSimply: [
    "When that device is off, new rules wait until it is on again.",
    "New rules wait until both devices are on.",
    "When one of them is off, the others carry on.",
    "When one of them is off, the others carry on.",
    "When one of them is off, the others carry on.",
    "When one or two of them are off, the others carry on.",
    "When one or two of them are off, the others carry on.",
  ],
  help: "Let this device help",
  helpText:
    "This device then writes down the family's rules together with the others. Choose one that is used often and stays in the family.",
  ready:
    "This device is ready to help. It begins when enough devices are, and the one that keeps the rules is open.",
  stop: "Do not help",
  keeps: "This device helps to keep them.",
  /** Stepping down on this device. */
  step: {
    button: "Stop helping on this device",
    last: "It is the only one, so it cannot stop. Before you are away for long or give it away, let another device help.",
    title: "Stop helping on this device?",
    text: (after: string) =>
      `Do this before you are away for long, or before you give this device away. The others go on without it; leave it on until this card says that it has stopped. After that: ${after}`,
    yes: "Stop helping",
    no: "Go on helping",
    going: "This device stops helping as soon as the others have agreed. Leave it on until then.",
  },
  /** A parent takes out another device. */
  out: {
    button: "Take it out of keeping the rules",
    title: (name: string) => `Take ${name}'s device out of keeping the rules?`,
    text: (after: string) =>
      `Do this when it is lost, or when it stays off for long. It remains in the family with its messages; it only writes no rules down any more. After that: ${after}`,
    yes: "Take it out",
    no: "Leave it in",
    going: "stops keeping the rules soon",
  },
  /** This device has lost votes of its own. */
  silenced: {
    what: "This device has lost part of what it had signed for the family, as happens when a browser is set back to an old copy. So that nothing is decided twice, it has stopped helping. Your messages are not touched.",
    todo: "Press “Stop helping on this device”: when the others have agreed, the family counts on it no more. Later it may help again.",
    last: "It is the only one, so the rules stand still. A parent can restore the family with the 24 words.",
    both: "Every change needs both devices, and this one cannot agree any more. A parent can restore the family with the 24 words.",
  },
  /** Two signed answers of one device to one question are known. */
  convicted: {
    tag: "contradicted itself",
    ofOthers: (names: readonly string[]) =>
      `${names.length === 1 ? `A device of ${names[0] ?? ""}` : `Devices of ${and.format(names)}`} signed two different answers to one question of the family, and both are known. The browser was set back to an old copy or copied, or it is in the wrong hands. Ask whose it is. It cannot be let help again.`,
    stays:
      "It still helps, because taking it out by itself would leave too few. A parent should take it out now: the way is beside the device, above.",
    mine: "This device signed two different answers to one question of the family, and both are known. That happens when a browser is set back to an old copy or copied, or when somebody else uses it. It cannot be let help again; your messages go on.",
    mineTodo:
      "If it still helps, stop that here. If you know of no old copy, somebody else may be using what is on this device: tell the family in another way, and use another device from now on.",
    simple: (names: readonly string[]) =>
      `Something is wrong with a device of ${and.format(names)}. The grown-ups know.`,
  },
  mayForget: {
    helper:
      "This device could help, but its browser may forget what is stored here, and a helper must not forget what it has signed.",
    only: "Only this device keeps the rules, and its browser may forget what is stored here. Then the rules stand still until a parent restores the family with the 24 words.",
    keeper:
      "This device helps, but its browser may forget what is stored here. Then the family would have one helper less.",
    ask: "Your browser asks you whether TinyWeb may keep its data. Allow it, and this is settled.",
    install: "Install the app on this device: then the browser keeps what is stored.",
    how: "Install the app on this device: the browser's menu has “Install” or “Add to Home Screen”. Then open TinyWeb from its own icon. Some browsers also promise it by themselves once TinyWeb is used often.",
  },
} as const;
