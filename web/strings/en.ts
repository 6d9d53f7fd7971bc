/**
 * Every word that a person reads, in English. One object, so that another language is one more
 * object of the same type (`Strings`). Short, active, in the reader's life; never a technical word
 * outside "Details". Failures and notices are in en-failures.ts.
 */

import type { MessageRule, Role } from "../../workers/api.ts";
import { browser } from "./en-browser.ts";
import { check } from "./en-check.ts";
import { demo } from "./en-demo.ts";
import { failures, joinFailures, noticeTexts } from "./en-failures.ts";
import { lock, profiles } from "./en-profiles.ts";
import { deciding, person, removed } from "./en-deciding.ts";
import { keeping } from "./en-keeping.ts";
import { places } from "./en-places.ts";
import { emergency } from "./en-emergency.ts";
import { refused } from "./en-refused.ts";
import { requests } from "./en-requests.ts";
import { split } from "./en-split.ts";
import { recovering } from "./en-recovering.ts";
import { talks } from "./en-talks.ts";
import { acting, groups } from "./en-groups.ts";
import { capital, joinNames } from "./en-names.ts";
import { spanOfDays, staying } from "./en-staying.ts";

/** "Mum's device", "Mum's and Dad's devices"; nobody named: "a parent's device". */
function devicesOf(names: readonly string[]): string {
  if (names.length === 0) return "a parent's device";
  const owners = joinNames(names.map((name) => `${name}'s`));
  return `${owners} ${names.length === 1 ? "device" : "devices"}`;
}

/** "Mum", "Mum or Dad". */
function anyOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

export const en = {
  language: "en",
  appName: "TinyWeb",
  back: "Back",
  cancel: "Cancel",
  done: "Done",
  copy: "Copy",
  copied: "Copied",
  notCopied: "This browser did not let the app copy. Select the text and copy it yourself.",
  share: "Share link",
  details: "Details",
  tryAgain: "Try again",
  failures,
  joinFailures,
  noticeTexts,
  /** What a rule did not allow, in the rule's own words where it has some. */
  refusedBy: (rule: string) => REFUSED_BY[rule] ?? failures["not-allowed"],
  check,
  requests,
  demo,
  profiles,
  lock,
  browser,
  roles: { parent: "Parent", child: "Child", relative: "Relative", contact: "Contact" } as const,
  roleMeanings: {
    parent: "Runs the family: invites people and sets its rules, together with other parents.",
    child: "Chats with the family. Its parents look after its rules, and it can read them.",
    relative: "A trusted grown-up, such as a grandparent. Chats, but sets no rules.",
    contact: "A friend from outside. Writes only with parents and with whoever invited them.",
  } satisfies Record<Role, string>,
  meMenu: {
    label: "Your menu",
    people: "People on this browser",
    lock: "Lock now",
    check: "Check this device",
  },
  nav: { label: "Main", chats: "Chats", places: "Places", family: "Family", more: "More" },
  chip: (linked: number, others: number) =>
    others === 0 ? "Only this device so far" : `${linked} of ${others} devices connected`,
  alone: {
    offline: "This device is offline. You can read and write; what you write waits here, safe.",
    meetingPlaceLost: "Looking for the way to the others. What you write waits here, safe.",
    nobody: "Nobody else has TinyWeb open right now. What you write waits here, safe.",
    cannotMeet:
      "The meeting place cannot be reached right now. This goes on by itself when it can.",
    cannotMeetOffline: "This device is offline. This goes on by itself when it is back.",
  },
  cannotLink:
    "This browser cannot reach the family's other devices: it lacks what that takes, or it is switched off. Open TinyWeb in a current Chrome, Edge, Firefox or Safari. What you write waits here, safe.",
  starting: "Opening your family…",
  slowStart: "This takes longer than usual. If another tab has TinyWeb open, use that one.",

  keeping,
  deciding,
  staying,
  person,
  removed,
  recovering,
  talks,
  refused,
  emergency,
  places,
  groups,
  acting,
  split,
  welcome: {
    title: "Your family's own place",
    lead: "Messages go straight from one device of the family to the next. No company in between.",
    promises: {
      locked: "Only those a message is for can read it.",
      kept: "It stays on your own devices, for 30 days or as long as you choose.",
      free: "No account, no telephone number, no advertising.",
    },
    start: "Start a family",
    invited: "I was invited",
    look: "Look around",
    restore: "Restore with words",
  },
  obstacle: {
    insecureTitle: "This page needs a safe address",
    insecure:
      "Browsers keep what TinyWeb needs for pages with https. Open this page with https at the front of its address, or on the computer it runs on at http://localhost:4444.",
    insecureMore:
      "If you run TinyWeb yourself: put it behind https, for example with Caddy, and give the family that address.",
    oldTitle: "This browser cannot run TinyWeb",
    old: "Something TinyWeb needs is missing here: it may be switched off, or the browser is too old. Update the browser, leave private browsing, or use a current Chrome, Edge, Firefox or Safari.",
  },
  stoppedTitle: "The app stopped inside.",
  stopped: "Your messages are safe on this device.",
  startAgain: "Start again",
  cannotStart: "TinyWeb cannot open here",

  fields: {
    familyName: "Family name",
    familyNameHint: "For example: The Okafors. Everybody in the family sees it.",
    yourName: "Your name",
    yourNameHint: "What the family calls you.",
    inviteLink: "Invite link",
    pasteLink: "Paste the invite link",
    message: "Message",
    recoveryWords: "Recovery words",
    recoveryWordsHint: "All 24, in order, with spaces between them.",
    word: (position: number) => `Word ${position}`,
  },
  startFamily: {
    title: "Start a family",
    lead: "It begins on this device. You become its first parent and invite the others.",
    create: "Create family",
    working: "Creating…",
  },
  words: {
    title: "Your recovery words",
    lead: "These 24 words bring the family back if every device is lost. Write them on paper now.",
    warning:
      "They are shown only until you confirm them. Whoever has them can take over the family: keep the paper as safe as a passport, and make no photo of it.",
    wroteDown: "I wrote them down",
    print: "Print",
    printTitle: (family: string) => `Recovery words of ${family}`,
    checkTitle: "Check your paper",
    checkLead: "Type these three words from your paper.",
    confirm: "Confirm words",
    showAgain: "Show the words again",
    mismatch: "That does not match. Look at your paper once more, or show the words again.",
  },
  restore: {
    title: "Restore the family",
    lead: "The words bring back the family itself, with you as its parent. Messages and members come back only from another device that still has them.",
    warning: "If another device of the family still works, ask for an invite there instead.",
    submit: "Restore family",
    working: "Restoring…",
    count: (count: number) => `${count} of 24 words`,
  },
  invited: {
    title: "I was invited",
    lead: "Scan the code on the other screen, or paste the link that you were sent.",
    paste: "Paste",
    linkHeard: "You have an invite.",
    endsIn: (left: string) => `It ends in ${left}.`,
    ask: "Ask to join",
    other: "Use another link",
    already: (family: string) => `You are already in ${family}`,
    alreadyText:
      "This browser belongs to you there. To let somebody else join with this link, open it on their own device.",
    alreadyBack: "Back to the family",
  },
  joining: {
    title: (family: string | null) => (family === null ? "Joining" : `Joining ${family}`),
    hello: (name: string) => `You ask as ${name}.`,
    role: (role: string) => `You were invited as: ${role}.`,
    inviterOf: (inviter: string | null) => inviter ?? "the person who invited you",
    connecting: (inviter: string) =>
      `Looking for ${inviter}. Ask them to open TinyWeb; it must be open on both sides.`,
    asking: (inviter: string) => `Connected with ${inviter}. One moment…`,
    comparing: (inviter: string) => `Does ${inviter} see the same six digits?`,
    comparingHow:
      "Look at both screens, or read the digits to each other on the phone. If they are the same, the other side says so, and nothing is left to do here.",
    approved: (waitsFor: readonly string[]) =>
      `Approved. Now it waits for ${joinNames(waitsFor)}: ask them to open TinyWeb and to look there. Then you are in.`,
    approvedNow: "Approved. It is being written down.",
    receiving: "You are in. Receiving the family's rules…",
    differ: "They differ",
    inviterAway: "The other side is not connected right now. This page goes on by itself.",
    keepOpen: "You can close this page and come back: it goes on where it was.",
    stop: "Stop asking",
    askStop: {
      title: "Stop asking to join?",
      text: "The invite works once. To come back to this family you would need a new one.",
      yes: "Stop asking",
      no: "Keep waiting",
    },
    failedTitle: "This did not work",
    again: "Use a new invite",
  },
  joinSteps: {
    label: "The way in",
    meet: "Meet",
    compare: "Compare",
    letIn: "Let in",
    arrive: "Arrive",
  },
  code: {
    label: "Comparison code",
    ask: (name: string) => `Does ${name} see the same six digits?`,
    how: "Look at both screens, or read the digits to each other on the phone.",
    same: "They are the same",
    differ: "They differ",
  },
  invite: {
    open: "Invite",
    title: "Invite somebody",
    who: "Who is it?",
    how: "How do they get it?",
    qr: "They are here and scan a code",
    qrHint: "Ends in 10 minutes.",
    link: "I pass on a link",
    linkHint: "Ends in 24 hours. Pass it to nobody else.",
    create: "Create invite",
    working: "Creating…",
    shownTitle: {
      parent: "An invite for a parent",
      child: "An invite for a child",
      relative: "An invite for a relative",
      contact: "An invite for a contact",
    } satisfies Record<Role, string>,
    scan: "Scan this with their phone's camera, or pass on the link.",
    noCode: "The code cannot be drawn right now. Pass on the link instead.",
    qrLabel: "QR code of the invite link",
    single: "It works once, for one person.",
    endsIn: (left: string) => `Ends in ${left}`,
    ended: "Time is up",
    stayOpen: "Keep TinyWeb open here until they have joined.",
    withdraw: "Withdraw it",
    shareText: "Join our family on TinyWeb",
    waiting: "Waiting for somebody to open it.",
    opened: "Somebody opened it and is typing their name.",
    asks: (name: string) => `${name} asks to join`,
    lookAlike: (name: string, known: string) =>
      `${name} is easily taken for ${known}, who is in this family already. If this is ${known} with another phone, do not approve: choose ${known} on the Family screen and add a device instead.`,
    approve: "Approve",
    approveHint: (name: string) => `First compare the digits with ${name}. Then you can approve.`,
    approveReady: (name: string, role: string) => `${name} joins as: ${role}.`,
    needs: (names: readonly string[]) =>
      `A third parent is for two parents to say. As soon as you have approved, ${anyOf(names)} has to agree too, on their own Family screen.`,
    asked: (name: string, names: readonly string[]) =>
      `You have approved. ${name} is in as soon as ${anyOf(names)} agrees too, on their own Family screen.`,
    committing: (name: string, waitsFor: readonly string[]) =>
      waitsFor.length === 0
        ? `Approved. ${name} is being written down.`
        : `Approved. Waiting for ${devicesOf(waitsFor)} to open; then ${name} is in.`,
    done: (name: string, family: string) => `${name} is in ${family}.`,
    burned: "This one is used up",
    whys: {
      differ:
        "The digits differed, so nobody was let in. Make a new one and pass it on another way.",
      "bad-reveal":
        "The other side broke off, or did not keep to the rules of joining. Nobody was let in.",
      "second-person":
        "Two people used it at the same time, so nobody was let in. Make a new one and pass it to one person only.",
      refused: "The family's rules did not allow it. Nobody was let in.",
    },
    burnedPlain: "Nobody was let in.",
    expired: "Time ran out before anybody joined.",
    revoked: "You withdrew it. The link no longer works.",
    another: "Make a new one",
    close: "Close",
    gone: "This one is no longer here.",
  },
  newDevice: {
    open: (name: string, isMe: boolean) =>
      isMe ? "Add another device of mine" : `Add a new device for ${name}`,
    title: (name: string, isMe: boolean) =>
      isMe ? "Another device for you" : `A new device for ${name}`,
    lead: (name: string, isMe: boolean) =>
      isMe
        ? "The new device becomes yours: it speaks for you and receives your messages."
        : `This lets nobody new in. The new device belongs to ${name} and speaks for ${name}, so make sure it is really in their hands.`,
    create: "Make a link for the device",
    asks: (name: string) => `A device asks to belong to ${name}`,
    ready: (name: string) => `It becomes a device of ${name}.`,
    /** A child that has no device: whoever has this one speaks for it. */
    needs: (name: string, names: readonly string[], isAfterDay: boolean) =>
      `${name} has no other device, so this one will be all that speaks for ${name}. ${
        names.length === 0
          ? "It is in a day after you have approved."
          : `As soon as you have approved, ${anyOf(names)} has to agree too${isAfterDay ? ", or a day passes" : ""}.`
      }`,
    asked: (name: string, names: readonly string[], isAfterDay: boolean) =>
      names.length === 0
        ? `You have approved. The new device of ${name} is in after a day.`
        : `You have approved. The new device of ${name} is in as soon as ${anyOf(names)} agrees too, on their own Family screen${isAfterDay ? ", or after a day" : ""}.`,
    done: (name: string) => `${name} has a new device.`,
  },
  chats: {
    title: "Chats",
    list: "Conversations",
    emptyTitle: "Nobody else is here yet",
    empty: "Your conversations will be here. Invite the first one of your family.",
    emptyMember: "Your conversations will be here as soon as others of the family are in.",
    pick: "Pick a conversation",
    pickMore: "Arrow keys walk the list, Enter opens, / searches.",
    search: "Search conversations",
    searchHint: "Name or last words",
    clear: "Clear the search",
    found: (count: number) => `${countOf(count, "conversation", "conversations")} found.`,
    nothingFound: (query: string) => `Nothing found for “${query}”`,
    nothingFoundMore: "It looks at names and at the last thing written.",
    showAll: "Show all",
    nothingYet: "Nothing written yet",
    hidden: {
      undecryptable: "Cannot be opened on this device",
      withdrawn: "Withdrawn by a family rule",
      unsupported: "Written by a newer TinyWeb",
      deleted: talks.deleted,
    },
    states: {
      queued: "queued",
      partly: talks.partly,
      read: talks.read,
      held: (devices: number) => `held by ${countOf(devices, "device", "devices")}`,
      delivered: "delivered",
      refused: "not delivered",
    },
    you: "You",
    unread: (count: number) => `${count} unread`,
    connected: "connected",
  },
  conversation: {
    readers: (name: string) => `Only you and ${name} can read this.`,
    isHere: "connected",
    isAway: "not connected",
    log: "Messages",
    earlier: "Earlier messages",
    loading: "Opening…",
    empty: (name: string) => `Say hello to ${name}.`,
    emptyMore: (name: string, isConnected: boolean) =>
      isConnected
        ? `${name} is connected and sees it at once.`
        : `It waits on the family's devices until ${name} opens TinyWeb.`,
    about: "About this chat",
    send: "Send",
    today: "Today",
    yesterday: "Yesterday",
    newBelow: "New below",
    saidBy: (name: string) => `${name}:`,
    saidHere: (name: string, words: string) => `${name}: ${words}`,
    you: "You:",
    bytesLeft: (left: string) => `Nearly full: room for ${left} more bytes.`,
    bytesOver: (over: string) => `Too long by ${over} bytes. Shorten it or send it in two parts.`,
    hidden: {
      undecryptable: "This device cannot open this message. It was written before it was added.",
      withdrawn: "This message was withdrawn by a family rule.",
      unsupported: "A newer TinyWeb wrote this. Update to read it.",
    },
    delivery: {
      queued: (name: string, isConnected: boolean) =>
        isConnected ? "queued, on its way" : `queued, waiting for ${name} to connect`,
      held: (devices: number, name: string, isConnected: boolean) =>
        `held by ${countOf(devices, "device", "devices")}, ${isConnected ? "on its way" : `waiting for ${name} to connect`}`,
      delivered: "delivered",
      refused: (rule: MessageRule) => REFUSALS[rule],
    },
  },
  aboutChat: {
    title: "About this chat",
    readers: "Who can read it",
    readersText: (name: string) =>
      `You and ${name}, and nobody else. Each message is locked for your devices alone; the server that introduces them to each other cannot open it.`,
    devices: (name: string) => `${name}'s devices`,
    kept: "How long it stays",
    keptText: (days: number) =>
      `${capital(spanOfDays(days))} on the devices of you both, then it is deleted.`,
    away: "While nobody is connected",
    awayText: (name: string) =>
      `What you write waits here. As soon as one device of the family is connected it holds a locked copy, and hands it to ${name}.`,
    close: "Close",
  },
  family: {
    title: "Family",
    members: "Members",
    you: "you",
    noDevice: "No device",
    thisDevice: "This device",
    otherDevice: (number: number) => `Device ${number}`,
    connected: "connected",
    asleep: "asleep",
    removed: "removed",
    isNew: "new today",
    keepsRules: "keeps the rules",
    open: "Open invites",
    inviteLine: (role: string, state: string) => `${role}: ${state}`,
    deviceLine: (name: string, state: string) => `New device for ${name}: ${state}`,
    pending: (count: number, waitsFor: readonly string[]) =>
      `${countOf(count, "change waits", "changes wait")} for ${devicesOf(waitsFor)} to open.`,
    states: {
      waiting: "nobody has opened it",
      opened: "somebody opened it",
      comparing: "compare the digits",
      compared: "waiting for your approval",
      committing: "approved, being written down",
      done: "joined",
      burned: "used up",
      expired: "time ran out",
      revoked: "withdrawn",
    },
  },
  history: {
    open: "Look at the history",
    openText: "Who changed what in the family, when, and how you can tell that it is true.",
    openEasy: "Who changed what in the family, and when.",
    title: "History",
    loading: "Fetching the history…",
    notLoaded:
      "The history could not be fetched. Look at the connection of this device, then try again.",
  },
  refill: {
    ask: (name: string, days: number) =>
      `${name} has a new device: send the last ${days} days of your chat to it?`,
    what: (messages: number) =>
      `${countOf(messages, "message", "messages")} from your conversation, and nothing else.`,
    yes: "Yes",
    no: "No",
  },
  door: {
    somebody: "Somebody opened your invite.",
    named: (name: string) => `${name} asks to join.`,
    look: "Look",
  },
  more: {
    title: "More",
    me: "You",
    name: "Name",
    role: "Role",
    family: "Family",
    look: "Look",
    themes: { device: "As this device", light: "Light", dark: "Dark" },
    about: "About",
    aboutText:
      "TinyWeb keeps your family's messages on the family's own devices for as long as the family has chosen. The server only introduces them to each other and can read nothing.",
    build: "Version",
    technical: "For whoever looks after the app. It holds no messages and no names.",
    copyDetails: "Copy details",
    refresh: "Look again",
  },
};

export type Strings = typeof en;

/** The rules that refuse before anything is sent. */
const REFUSED_BY: Readonly<Record<string, string>> = {
  "contacts-meet-who-accepted-them":
    "Not sent. A rule of the family: contacts can only write with parents and with whoever invited them. Ask a parent.",
  "left-the-family": "Not sent. This person has left the family.",
  denied: "Not sent. A rule of the family does not allow it. Ask a parent.",
  "not-by-role": "Not sent. A rule of the family does not allow it. Ask a parent.",
  "not-in-group": "Not sent. You are not in this group any more.",
  "unknown-group": "Not sent. This group does not exist any more.",
  "quiet-hours":
    "Not sent. It is quiet time. Messages to your parents and calls for help always go.",
  "family-only": "Not sent. A rule of the family: only people of the family for now. Ask a parent.",
  "contact-not-approved": "Not sent. A parent has to allow this contact first.",
  "daily-limit":
    "Not sent. That was the last message for today. Messages to your parents always go.",
  media: "Not sent. A rule of the family does not allow this kind of message. Ask a parent.",
};

/** Rules by the name that the node gives them (core/gossip/verdict.ts), as what became of a message. */
const REFUSALS: Readonly<Record<MessageRule, string>> = {
  "contacts-meet-who-accepted-them":
    "not delivered: contacts can only write with parents and with whoever invited them",
  "unknown-member": "not delivered: this person is not in the family",
  "left-the-family": "not delivered: this person has left the family",
  "unknown-group": "not delivered: this group does not exist any more",
  "not-in-group": "not delivered: who is in this group has changed, send it again",
  "not-by-role": "not delivered: a rule of the family does not allow it",
  denied: "not delivered: a rule of the family does not allow it",
  "quiet-hours": "not delivered: it was quiet time",
  "family-only": "not delivered: only people of the family for now",
  "contact-not-approved": "not delivered: a parent has to allow this contact first",
  "daily-limit": "not delivered: more messages than allowed on that day",
  media: "not delivered: this kind of message is not allowed",
  "place-for-guardians": "not delivered: only the guardians may see this place",
  chain: "not delivered: this device has lost track of its own messages, send it again",
  clock: "not delivered: this device's clock went back, set it right and send it again",
  height: "not delivered: the family's rules changed meanwhile, send it again",
  "old-rules":
    "not delivered: this device was away too long. When it has the family's rules of now, send it again",
  quota:
    "not delivered: this device has sent more than the others keep, wait a while and send it again",
  rate: "not delivered: too many messages at once, wait a while and send it again",
  author: "not delivered: this device is not part of the family any more",
  revoked: "withdrawn: this device was removed from the family",
  recipients: "not delivered: somebody's devices have changed, send it again",
  fork: "in doubt: this device was started twice from one copy, ask a parent to add it again",
  backdated:
    "in doubt: this device said before that it had written nothing at that time, ask a parent to add it again",
};
