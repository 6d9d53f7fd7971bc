/** What takes the word of others, one person's devices and role, and going, in English. */

import type { PlainChange, Role, Someone } from "../../workers/api.ts";
import { A_ROLE, changeWish, who, whose } from "./en-changes.ts";

const and = new Intl.ListFormat("en-GB", { type: "conjunction" });
const or = new Intl.ListFormat("en-GB", { type: "disjunction" });

function listed(people: readonly Someone[], list = and): string {
  return list.format(people.map((one) => who(one)));
}

/** What would happen, as it follows "to". */
function wish(change: PlainChange | null, by: Someone): string {
  return change === null ? "change a rule of the family" : changeWish(change, by);
}

export const deciding = {
  title: "To decide",
  note: (count: number) =>
    count === 1 ? "Something waits for your word." : `${count} things wait for your word.`,
  look: "Look",
  asks: (by: Someone, change: PlainChange | null) =>
    by.isMe
      ? `You asked to ${wish(change, by)}`
      : `${by.name ?? "Somebody"} asks to ${wish(change, by)}`,
  /** Who said what. */
  agreed: (people: readonly Someone[]) => `Agreed: ${listed(people)}.`,
  objected: (people: readonly Someone[]) => `Not agreed: ${listed(people)}.`,
  /** Who still has to agree. */
  needs: (people: readonly Someone[], missing: number) => {
    if (people.length <= missing) {
      const isOne = people.length === 1 && people[0]?.isMe !== true;
      return `${capital(listed(people))} ${isOne ? "has" : "have"} to agree.`;
    }
    return missing === 1
      ? `One of you has to agree: ${listed(people, or)}.`
      : `Two have to agree, of ${listed(people)}.`;
  },
  happens: (when: string) => `If nobody says anything more, it happens on ${when}.`,
  sooner: (people: readonly Someone[]) => {
    const [first] = people;
    if (people.length === 1 && first !== undefined)
      return `With ${whose(first)} word it happens at once.`;
    return `With the word of ${listed(people, or)} it happens at once.`;
  },
  stopped: "It does not happen by itself any more, because a parent does not agree.",
  lapses: (when: string) => `If that does not happen by ${when}, all stays as it is.`,
  impossible: (when: string) =>
    `Something has changed meanwhile, so this cannot happen now. It goes from here on ${when}.`,
  due: "The time is over. It is being written down.",
  saying: {
    agree: "You agreed. It counts as soon as it is written down.",
    object: "You do not agree. It counts as soon as it is written down.",
    withdraw: "You take it back. It counts as soon as it is written down.",
  },
  tooNew:
    "This device is new. For seven days it does not speak for you in this: answer on your other device.",
  agree: "Agree",
  object: "I do not agree",
  withdraw: "Take it back",
  sure: {
    title: (by: Someone, change: PlainChange | null) => `${capital(wish(change, by))}?`,
    now: "With your word it happens at once.",
    counts: "Your word counts for this. You can change it until it has happened.",
    yes: "Agree",
    no: "Not yet",
  },
} as const;

export const person = {
  open: (name: string, isMe: boolean) =>
    isMe ? "Your devices and more" : `${name}'s devices and role`,
  devices: "Devices",
  role: "Role",
  roleText:
    "Who becomes a parent, or is none any more, is for two parents to say. If you are the only one, it happens after a day.",
  roleTextMe: "If you stop being a parent it happens at once. Only parents can make you one again.",
  roleNow: (role: string) => `Now: ${role}`,
  aRole: A_ROLE,
  roleAsk: (name: string, to: string) => `Make ${name} ${to}?`,
  roleButton: (to: string) => `Make ${to}`,
  roleWhat: {
    parent:
      "Parents invite people, set the rules and can take devices out. They decide together about each other.",
    relative: "Relatives write with everybody in the family. They set no rules.",
    child: "",
    contact: "Contacts write only with the parents and with whoever let them in.",
  } satisfies Record<Role, string>,
  out: {
    button: "Take it out of the family",
    waits: "asked to be taken out",
    title: (name: string, isMe: boolean) =>
      isMe ? "Take this device of yours out?" : `Take this device of ${name}'s out?`,
    lead: "It gets no new messages, and nobody shows what it sends from now on. What your devices have of it by now stays, but nothing that it sent while on hold.",
    reason: "What happened?",
    reasons: {
      lost: "It is lost or stolen",
      retired: "It is not used any more",
      compromised: "Somebody else may be using it",
    },
    otherParent:
      "It is another parent's device: a second parent has to agree, or three days pass in which nobody objects.",
    self: "This is the device you are holding. It leaves the family at once.",
    yes: "Take it out",
    no: "Leave it",
  },
  keys: {
    changed: (day: string) => `Its keys last changed on ${day}.`,
    first: (day: string) => `Its keys are the ones it joined with, on ${day}.`,
  },
  hold: {
    begin: "Put it on hold",
    longer: "Hold it for longer",
    end: "End the hold",
    isOn: "on hold",
    tag: (by: string, until: string) => `on hold${by === "" ? "" : ` by ${by}`} until ${until}`,
    title: (name: string, isMe: boolean) =>
      isMe ? "Put this device of yours on hold?" : `Put this device of ${name}'s on hold?`,
    text: "At once, and for three days: nobody writes to it, and nobody shows what it sends. That gives you time to look for it, or to decide. You or another parent can end it at any time.",
    parentText:
      "At once, and for three days: nobody writes to it, and nobody shows what it sends. As a parent's device it still has its word in what the family decides. You or a third parent can end it at any time, its owner cannot; you can do it once a week.",
    yes: "Put on hold",
    no: "Not now",
  },
  asked: "Asked. It stands on the Family screen until the others have answered.",
  waits:
    "Said. It happens as soon as enough of the devices that keep the rules are open; until then it stands on the Family screen as a change that waits.",
  done: "Done. The other devices learn of it as soon as they are connected.",
  remove: {
    section: "Leaving",
    text: (name: string) =>
      `If ${name} goes, all of ${name}'s devices go too, and come back only by a new invite.`,
    button: (name: string) => `Remove ${name} from the family`,
    title: (name: string) => `Remove ${name} from the family?`,
    sure: (name: string) =>
      `${name} gets no new messages and cannot write to anybody here. What was written before stays on the devices that have it.`,
    yes: "Remove",
    no: "Keep",
  },
  leave: {
    text: "You can leave at any time. Your devices go with you, and you come back only by a new invite.",
    button: "Leave the family",
    title: "Leave this family?",
    sure: "Your devices get no new messages, and nobody here can write to you. It cannot be taken back.",
    yes: "Leave",
    no: "Stay",
  },
} as const;

export const removed = {
  title: (family: string | null) =>
    family === null
      ? "This device is in the family no more"
      : `This device is not in ${family} any more`,
  reasons: {
    lost: "A parent took it out because it was thought lost or stolen.",
    retired: "A parent took it out because it was thought not to be used any more.",
    compromised: "A parent took it out because somebody else might have been using it.",
  },
  left: "You are no longer a member, and your devices went with you.",
  what: "It gets no new messages. What you had written here before stays with the others.",
  back: "If this is a mistake, ask a parent for an invite. First remove this place from the browser; the invite then begins a new one.",
  go: "Remove it from this browser",
} as const;

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase("en-GB") + text.slice(1);
}
