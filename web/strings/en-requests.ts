/** What people ask of those who decide for them, and what becomes of it, in English. UI165 to UI172. */

import type { RequestThing, RequestView, Role, Someone } from "../../workers/api.ts";
import { capital } from "./en-names.ts";

const and = new Intl.ListFormat("en-GB", { type: "conjunction" });
const nameOf = ({ name }: Someone): string => name ?? "somebody";
const whoOf = (one: Someone): string => (one.isMe ? "you" : nameOf(one));
const listed = (people: readonly Someone[]): string =>
  and.format(people.map(nameOf).toSorted((a, b) => a.localeCompare(b)));

/** What is asked for, as it follows "to". */
const WISHES: Readonly<Record<RequestThing, string>> = {
  time: "stay up or play for longer",
  contact: "write to somebody",
  group: "be in a group",
  outing: "go somewhere",
  other: "do something",
};

function wishOf({ thing, about }: Pick<RequestView, "thing" | "about">): string {
  if (thing === "contact" && about?.type === "member") return `write to ${whoOf(about.member)}`;
  if (thing === "group" && about?.type === "group" && about.name !== null)
    return `be in ${about.name}`;
  const known: string | undefined = WISHES[thing];
  return known ?? WISHES.other;
}

const said = (by: Someone, isYes: boolean): string =>
  `${capital(whoOf(by))} said ${isYes ? "yes" : "no"}`;

export const requests = {
  mine: "What you asked",
  theirs: "Asked of you",
  ask: (role: Role) => (role === "child" ? "Ask your parents" : "Ask the parents"),
  lead: (role: Role) =>
    role === "child"
      ? "For more time, a friend, a group, an outing, or anything else."
      : "For something that a rule keeps from you.",
  what: "What is it about?",
  things: {
    time: "More time",
    contact: "Writing to somebody",
    group: "A group",
    outing: "Going somewhere",
    other: "Something else",
  } satisfies Record<RequestThing, string>,
  whom: "To whom?",
  nobody: "Somebody who is not here",
  words: "Say it in your words",
  wordsHint: (role: Role) =>
    role === "child"
      ? "Your parents read this, and nobody else. Say until when, or where, or with whom."
      : "The parents read this, and nobody else.",
  send: "Ask",
  cancel: "Not now",
  asks: (by: Someone, wish: Pick<RequestView, "thing" | "about">) =>
    by.isMe ? `You asked to ${wishOf(wish)}` : `${capital(nameOf(by))} asks to ${wishOf(wish)}`,
  at: (when: string) => `Asked on ${when}.`,
  /** Of one's own that is open. */
  sentTo: (people: readonly Someone[], reached: readonly Someone[]) => {
    if (people.length === 0) return "There is nobody here whom it could go to.";
    if (reached.length === 0) {
      return `For ${listed(people)}. It is on its way: keep this page open until one of their devices is there.`;
    }
    const waits = people.filter(({ id }) => !reached.some((one) => one.id === id));
    const rest = waits.length === 0 ? "" : ` ${capital(listed(waits))} will see it later.`;
    return `${capital(listed(reached))} can see it.${rest}`;
  },
  /** An answer that is in the rules. */
  answered: (by: Someone, isYes: boolean, until: string) =>
    isYes ? `${said(by, isYes)}, until ${until}.` : `${said(by, isYes)}.`,
  over: (by: Someone, until: string) => `${said(by, true)}. It was until ${until}.`,
  answering: (by: Someone, isYes: boolean, until: string) =>
    `${isYes ? `${said(by, isYes)}, until ${until}` : said(by, isYes)}. It counts as soon as the devices that keep the rules have written it down.`,
  takenBack: (by: Someone) =>
    by.isMe ? "You took it back." : `${capital(nameOf(by))} took it back.`,
  expired: "Nobody answered in seven days. You can ask again.",
  expiredOf: "Nobody answered in seven days.",
  endsOn: (when: string) => `It can be answered until ${when}.`,
  takeBack: "Take it back",
  yes: "Yes…",
  no: "No",
  tooNew:
    "This device is new. For seven days it does not speak for you in this: answer on your other device.",
  yesTitle: (by: Someone) => `Say yes to ${nameOf(by)}?`,
  until: "Until when?",
  ends: {
    today: "Today",
    tomorrow: "Tomorrow",
    week: "For a week",
    month: "For 30 days",
  },
  endsHint: (when: string) => `Until ${when}`,
  word: "This is your word. All of you read it, and it stands in History. It changes no rule of the family.",
  rule: {
    send: (by: Someone, to: string) =>
      `Also let ${nameOf(by)} and ${to} write to each other until then`,
    join: (by: Someone, group: string) => `Also put ${nameOf(by)} into ${group}`,
  },
  ruleHint:
    "Without this, your yes is a word: all of you read it, and it changes no rule of the family.",
  sayYes: "Say yes",
  notYet: "Not yet",
  noAsk: {
    title: (by: Someone) => `Say no to ${nameOf(by)}?`,
    text: "All of you read it, and it stands in History. It cannot be changed, but you can be asked again.",
    yes: "Say no",
    no: "Not yet",
  },
  endOfDay: (day: string) => `the end of ${day}`,
  note: (count: number) =>
    count === 1 ? "Somebody asks you something." : `You are asked ${count} things.`,
  look: "Look",
  waiting: (count: number) => (count === 1 ? "1 waits for you" : `${count} wait for you`),
} as const;
