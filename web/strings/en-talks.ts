/** Conversations of more than two, groups, and what is said about messages, in English. */

import { capital, joinNames } from "./en-names.ts";
import { spanOfDays } from "./en-staying.ts";

function people(count: number): string {
  return count === 1 ? "1 person" : `${count} people`;
}

export const talks = {
  everybody: "Everybody",
  namelessGroup: "A group",
  /** Who reads along, in one line. */
  readers: (count: number) => `${people(count)} can read this, you included.`,
  everybodyReads: (count: number) => `The whole family can read this: ${people(count)}.`,
  closedReaders: "You read nothing new here. What was said stays with those who had it.",
  readersOpen: "Show who",
  readersTitle: "Who can read it",
  readersText:
    "Each message is locked for the devices of these people. Whoever comes later reads from then on.",
  everybodyText: "Everybody of the family is in it, contacts are not.",
  leftOut: "does not get what you write here: a rule of the family",
  someLeftOut: (names: readonly string[]) =>
    `A rule of the family keeps what you write here from ${joinNames(names)}.`,
  presence: (linked: number, others: number) => `${linked} of ${others} connected`,
  nobodyHere: "nobody else connected",
  emptyGroup: "Say hello to everybody here.",
  emptyGroupMore: "It reaches each of them as soon as they open TinyWeb.",
  kept: (days: number) =>
    `${capital(spanOfDays(days))} on the devices of all who are in it, then it is deleted.`,
  closed: "Nothing more can be written here. What was said stays until its time is over.",
  partly: (members: number, of: number) => `delivered to ${members} of ${of}`,
  read: "read",
  readAll: "read by everybody",
  writing: (names: readonly string[]) =>
    `${joinNames(names)} ${names.length === 1 ? "is" : "are"} writing…`,
  reading: {
    title: "Reading and writing",
    label: "Let others see how far I have read, and that I am writing",
    hint: "Those you write with see it, in every conversation and from all your devices on which this is on. You see it of others who let you.",
  },
  deliveredAll: "delivered to everybody",
  queued: "queued, waiting for somebody to connect",
  held: (devices: number) =>
    `held by ${devices === 1 ? "1 device" : `${devices} devices`}, on its way`,
  deleted: "Taken back",
  deletedByMe: "You took this message back.",
  deletedBy: (name: string) => `${name} took this message back.`,
  edited: "changed",
  quoteHidden: {
    undecryptable: "A message that this device cannot open",
    withdrawn: "A message that a family rule withdrew",
    deleted: "A message that was taken back",
    gone: "A message that is no longer here",
  },
  reactions: "Reactions",
  reactedBy: (emoji: string, names: readonly string[], isMine: boolean) =>
    `${emoji} from ${joinNames(isMine ? [...names, "you"] : names)}`,
};
