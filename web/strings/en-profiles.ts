/** Words for several people on one browser, and for the lock, in English. */

import type { LOCK_IDLE_MINUTES } from "../../workers/api.ts";

const MINUTES: Readonly<Record<(typeof LOCK_IDLE_MINUTES)[number], string>> = {
  1: "After 1 minute without use",
  5: "After 5 minutes without use",
  15: "After 15 minutes without use",
  60: "After 1 hour without use",
  0: "Only when I lock it or close the page",
};

export const profiles = {
  who: "Who are you?",
  title: "People on this browser",
  whoInvite: "You have an invite. Are you new here? Then join with it.",
  joinNew: "Join as somebody new",
  joinHere: "Join as another person on this browser",
  add: "Add another person",
  somebody: (profile: string) => (profile === "" ? "Somebody" : `Somebody (${profile})`),
  nameLost: "The name is not known here until it is opened.",
  line: (role: string, family: string) => `${role} · ${family}`,
  joining: (family: string) => (family === "" ? "Asking to join" : `Asking to join ${family}`),
  isMe: "you",
  hasLock: "has a lock",
  gone: (name: string) =>
    `What this browser kept for ${name} is gone. With a new invite ${name} can join again.`,
  takeOff: (name: string) => `Take ${name} off the list`,
  /** The promise that no browser makes. */
  honest:
    "Everybody here has messages of their own. But a browser does not protect people from each other: somebody who knows how can look at what has no lock, and delete all of it. For real separation, give each person their own account on this computer.",
  removeSome: "Remove somebody",
  removeDone: "Back to the list",
  removeThis: "Remove",
  removeOne: (name: string) => `Remove ${name}`,
  card: {
    text: (others: number) =>
      others === 0
        ? "Does somebody else use this browser too? They can have their own place here."
        : others === 1
          ? "One other person has a place here."
          : `${others} other people have a place here.`,
    open: "Change or add a person",
  },
  remove: {
    title: (name: string) => `Remove ${name} from this browser?`,
    text: (name: string) =>
      `Everything that this browser keeps for ${name} is deleted: its messages, and what makes it ${name}'s device. Nobody can bring it back. To return, ${name} joins again with a new invite, as a new device; the others then send the messages that they still have.`,
    keepsRules:
      "This is the device that writes the family's rules down. Without it nobody can be invited any more, unless another device does so too.",
    next: "Go on",
    keep: "Keep",
    sure: (name: string) => `Remove ${name} for good?`,
    sureText: "This cannot be taken back.",
    forgot: "The PIN is forgotten",
    forgotText: (name: string) =>
      `Without the PIN: type the name ${name}, to show that you mean it.`,
    typeName: "Name",
    yes: "Remove for good",
    mismatch: "That is not the name. Type it as it is written above.",
  },
};

export const lock = {
  title: "Lock",
  pin: "PIN or passphrase",
  pinHint:
    "Six digits or letters, or more. Your browser may offer to remember it: better not, others use it too.",
  again: "Once more",
  differ: "The two are not the same. Type them again.",
  neededTitle: "Set a PIN first",
  needed:
    "More than one person uses this browser now, and you are a parent. With a PIN nobody else can open your place here, or let anybody into the family in your name.",
  addFirst:
    "When somebody else uses this browser too, your place needs a lock. Set your PIN, then the other person can begin.",
  lead: "With a PIN nobody else on this browser can open your place. Inviting somebody and letting somebody in ask for it each time.",
  warning:
    "Nobody can tell you this PIN if you forget it. Then your place here has to be removed, and you join again as a new device.",
  set: "Set the lock",
  working: "One moment…",
  isSet:
    "Your place on this browser has a lock. Inviting somebody and letting somebody in ask for the PIN.",
  isOff: "Your place on this browser has no lock.",
  open: "Set a PIN",
  change: "Change the lock",
  now: "Lock now",
  nowHint: "While it is locked nothing arrives here; the others keep it for you.",
  idle: "Lock by itself",
  idleChoices: MINUTES,
  changeTitle: "Change the PIN",
  present: "Present PIN",
  next: "New PIN or passphrase",
  changeYes: "Change PIN",
  changed: "The PIN is changed.",
  offTitle: "Take the lock off",
  offText: "Then everybody who uses this browser can open your place.",
  offNeeded: "As long as somebody else uses this browser too, a parent's place keeps its lock.",
  offYes: "Take the lock off",
  locked: "This is locked",
  lockedFor: (name: string) => `${name}, this is locked`,
  lockedText:
    "Type your PIN or passphrase. While it is locked nothing arrives here; the others keep it for you.",
  unlock: "Unlock",
  opening: "Opening…",
  wait: (left: string) => `That was wrong too often. Try again in ${left}.`,
  forgot: "I forgot my PIN",
  forgotText:
    "Nobody can open this without the PIN, the app included. You can remove your place from this browser and join again with a new invite, as a new device. The others then send you the messages that they still have.",
  forgotYes: "Remove my place here",
  ask: "Your PIN, please",
  askText: "So that nobody else does this in your name.",
  askYes: "Go on",
};
