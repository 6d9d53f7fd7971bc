/**
 * What went wrong, in English: what happened and what to do, in the reader's words. One text for
 * each code of workers/api.ts; the compiler asks for every one.
 */

import type { FailureCode, JoiningView, Notice } from "../../workers/api.ts";

export const failures: Record<FailureCode, string> = {
  "not-member": "You are not in a family on this device yet. Start one or use an invite.",
  "already-member": "This browser already belongs to a family. Use another device for this invite.",
  "not-allowed": "The family's rules do not let you do this. Ask a parent.",
  "bad-name": "This name does not work. Use a short name with at least one letter.",
  "bad-link": "This is not a whole invite link. Copy it again from beginning to end.",
  "link-expired": "The time of this invite is over. Ask for a new one.",
  "own-invite": "This is an invite that you made yourself. Open it on the other person's device.",
  "bad-words": "These are not the 24 words. Check the spelling and the order.",
  "other-words":
    "These are recovery words, but of no parent of this family. Look whether the paper is the right one.",
  "word-mismatch": "That does not match your recovery words. Look at your paper once more.",
  "unknown-invite": "This invite is no longer here. Make a new one.",
  "too-many-invites": "Five invites are open already. Withdraw one first, or wait until one ends.",
  "too-many-today": "That is as much as one person may change in a day. Go on tomorrow.",
  "already-asked": "This is asked for already. It stands on the Family screen.",
  "already-done": "This has been settled meanwhile. Look at what the screen says now.",
  "too-many-proposals":
    "Too much waits for others already. Take something back first, or ask the others to answer.",
  "new-device":
    "This device is new, so for seven days it does not speak for you in this. Use your other device.",
  "last-parent":
    "A family needs a parent with a device. Make somebody else a parent first, and see that they have one.",
  "last-keeper":
    "This is the only device that keeps the family's rules, so it cannot stop. Let another device help first, on its own Family screen.",
  "one-hand":
    "Without this device, one person's devices alone could hold up the family's rules. Let a device of somebody else help first.",
  "wrong-step": "This has moved on meanwhile. Look at what the screen says now.",
  "text-empty": "There is nothing to send yet. Write something first.",
  "text-too-long": "This text is too long. Shorten it or send it in two parts.",
  "too-much":
    "You have sent so much in the last days that the family's devices keep no more of it for now. Wait six minutes, then send again.",
  "too-fast": "That was a lot of messages at once. Wait a minute, then send again.",
  "unknown-conversation": "This conversation is no longer here. Go back to the list.",
  "unknown-message": "This message is no longer here. Look at what the screen says now.",
  "too-many-devices":
    "A message can be sealed for 64 devices at most, and this conversation has more. Take devices that nobody uses any more out of the family.",
  "clock-wrong":
    "The clock of this device is wrong. Set date and time to automatic, then try again.",
  "storage-full":
    "This device is full, so nothing more can be kept. Free some space and try again.",
  "storage-closed":
    "The browser closed the app's storage. Reload this page; what you wrote is kept.",
  "storage-taken": "TinyWeb is open in another tab. Use that one, or close it and try again.",
  "storage-unavailable":
    "The browser does not let the app keep anything. Leave private browsing, or allow this page to store data.",
  "storage-corrupt":
    "What this browser has kept of the family cannot be read any more. Open the app again; if that does not help, delete this page's data in the browser's settings and ask for a link for a new device.",
  "no-key-store":
    "This browser cannot keep keys safely. Leave private browsing, or use a current browser.",
  locked: "This is locked. Unlock it first.",
  "lock-needed": "This asks for the PIN first. Type the PIN of this profile.",
  "lock-wrong": "That is not the PIN. Try again.",
  "lock-wait": "That was wrong too often. Wait a little, then try again.",
  "lock-short": "This is too short. Use six digits or letters, or more.",
  "lock-weak": "This is too easy to guess. Mix the digits, or use a few words.",
  "lock-damaged":
    "What keeps this profile locked is damaged, so it cannot be opened. Remove it from this browser and join again.",
  "unknown-profile": "This profile is no longer on this browser. Look at the list again.",
  "tab-lost":
    "The tab that was doing this was closed. Look whether it has happened; if not, do it once more.",
  "tab-silent":
    "TinyWeb is open in another tab that does not answer. Close that tab, then try again.",
  "tab-version":
    "TinyWeb is open in another tab in a different version. Close that tab, or reload it and then this one.",
  "worker-died": "The app stopped inside. Your messages are safe on this device. Start it again.",
  internal: "Something went wrong inside. Try again; if it stays, start the app again.",
};

/** Why joining ended, to the newcomer. */
export const joinFailures: Record<NonNullable<JoiningView["why"]>, string> = {
  differ: "The digits differed, so nobody was let in. Ask for a new invite, passed on another way.",
  burned: "This invite was used by two people at once, so it was closed. Ask for a new one.",
  expired: "The time of this invite is over. Ask for a new one.",
  revoked: "The invite was withdrawn. Ask the person who sent it.",
  refused: "The family said no. Talk to the person who invited you.",
  used: "This invite was already used. Each one works for one person; ask for a new one.",
  "wrong-device":
    "Another device answered than the one that made the invite, so we stopped. Ask for a new invite.",
  "bad-reveal":
    "The other side did not keep to the rules of joining, so we stopped. Ask for a new invite.",
};

/** A notice above the screen: what happened, and what to do. `span` is a time in words. */
export const noticeTexts = {
  "storage-full":
    "This device is full. New messages cannot be kept until you free some space. Nothing is lost so far.",
  "storage-closed":
    "The browser closed the app's storage. Reload the page to go on; nothing is lost.",
  "storage-taken": "TinyWeb is now open in another tab. Use that one, or start again here.",
  "tab-version":
    "Another tab has TinyWeb in a different version. Reload this page; if this stays, close the other tab.",
  "clock-wrong": (span: string) =>
    `The clock of this device is wrong by ${span}. Set date and time to automatic. Until then the family's time is used.`,
  "ledger-stopped":
    "This device does not agree with the family's rules as the others have them, so it stopped changing them. Show the details under More to whoever looks after the app.",
  "votes-lost":
    "This device has lost part of what it had signed for the family's rules, so it helps no more. Look under Family for what to do.",
  held: (by: string, until: string) =>
    `${by === "" ? "A parent" : by} has put this device on hold, until ${until} at the latest: nobody writes to it or shows what it sends, and what is changed here waits. If that is a mistake, ask them.`,
  "update-needed": "The family uses a newer TinyWeb. Reload the page to update.",
  reload: "Reload",
} satisfies Record<Notice["type"] | "reload", string | ((...words: string[]) => string)>;
