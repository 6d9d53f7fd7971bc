/** When the devices that keep the rules are lost, in English: calm, and what happens by when. */

export const recovering = {
  /** On Chats, for everybody. */
  note: "Somebody used recovery words of the family.",
  look: "Look",
  /** On the Family screen: what happened, to grown-ups. */
  title: "Recovery words were used",
  mine: (wordsOf: string) =>
    `${wordsOf}'s 24 words were typed on this device, so that it keeps the family's rules from now on.`,
  others: (wordsOf: string, by: string) =>
    `${wordsOf}'s 24 words were typed on a device of ${by}, so that it alone keeps the family's rules from now on.`,
  /** What happens by when if nobody does anything. */
  waits: (until: string) =>
    `It begins on ${until} on this device, unless one of the lost devices comes back and is still in use, or another parent says no.`,
  opens: "Open the app on each of the next days: only days on which it was open count.",
  due: "The three days are over. It begins within a minute.",
  objected: (by: string) => `${by} said no, so nothing changes. Talk about it.`,
  /** Two of them. */
  rivalled:
    "There are two of these, and nobody but you can say which one is right, so neither begins by itself. Talk about it, and then choose the same one on every device.",
  choose: "Go with this one",
  chooseTitle: "Go with this one on this device?",
  chooseText:
    "Do this only after you have talked: the whole family must choose the same one, each on its own devices.",
  chooseYes: "Go with it",
  chooseNo: "Not now",
  object: "Say no",
  objectText: "If you did not know of this, say no, and ask whose device it is.",
  objectTitle: "Say no to this?",
  objectWhat: (by: string) =>
    `Then nothing changes on any device that hears of it in time. If the lost devices are really lost, nothing new can be decided until it is tried again. ${by} sees that it was you.`,
  objectYes: "Say no",
  objectNo: "Leave it",
  /** To everybody else: one sentence. */
  simple:
    "The grown-ups are repairing something about the family's rules. You need not do anything.",
  /** The way to it. */
  way: {
    open: "Are the devices that keep the rules lost?",
    text: "If they are gone for good, the 24 words of a parent make this device the one that keeps the rules. Messages, people and rules stay as they are. Everybody in the family is shown it for three days first; another parent can say no, and if a lost device is still in use after all, nothing changes.",
    alone:
      "If they are gone for good, your 24 words make this device the one that keeps the rules, at once. Messages, people and rules stay as they are.",
    asleep:
      "If they are only switched off, switch them on instead: that is quicker, and nothing is lost.",
    submit: "Make this device keep the rules",
    working: "Looking at the words …",
    title: "Make this device keep the rules?",
    sure: "Do it only if the other devices are lost. From then on the family's rules are on this device alone, until others help again.",
    yes: "They are lost",
    no: "Not yet",
  },
} as const;
