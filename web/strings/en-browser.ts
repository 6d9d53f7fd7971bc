/** What the app says of the browser around it: versions, keeping, installing, scanning. */

import type { Lasting } from "../../workers/api.ts";

export const browser = {
  update: {
    ready: "A new version of TinyWeb is ready.",
    how: "Its open pages start again together. What you typed stays.",
    now: "Update now",
    later: "Later",
  },
  device: {
    title: "This device",
    offline: "Opens without internet",
    yes: "yes",
    notYet: "not yet",
    stored: "What is stored here",
  },
  lasting: {
    words: {
      installed: "stays, as an installed app",
      persistent: "stays, this browser has promised it",
      "may-forget": "may be forgotten",
    } satisfies Record<Lasting, string>,
    mayForget: "may forget",
    why: "A browser may delete what a page has stored, when space is short or after weeks without a visit. Your messages would come back from the family's other devices, but this device would have to join again.",
    others:
      "“May forget” stands beside a device whose browser has not promised to keep what is stored. Installing TinyWeb there helps.",
    askTitle: "Keep your family on this device?",
    ask: "Your browser asks you whether TinyWeb may keep its data. If you allow it, nothing is deleted when space is short.",
    askNow: "Keep it here",
    refused: "The browser did not promise it. You can allow it in its settings for this page.",
    install: "Installing TinyWeb makes the browser keep everything.",
    later: "Not now",
  },
  install: {
    title: "Install TinyWeb",
    text: "It gets its own icon and window, opens without internet, and the browser keeps what is stored.",
    now: "Install",
  },
  home: {
    title: "First put TinyWeb on your Home Screen",
    lead: "On an iPhone or iPad only the app on the Home Screen keeps what is stored. It cannot see what this browser stores, so join there, not here.",
    share: "Tap the Share button of the browser",
    add: "Choose “Add to Home Screen”, then “Add”",
    open: "Open TinyWeb from the Home Screen",
    paste: "There tap “I was invited” and paste the invite",
    copy: "Copy the invite",
    missing: "No “Add to Home Screen” in the list? Open this page in Safari first.",
    allTheSame: "Join in this browser all the same",
    first: "Put TinyWeb on your Home Screen first",
    start:
      "On an iPhone or iPad only the app on the Home Screen keeps what is stored. So start or join there.",
    how: "Put TinyWeb on your Home Screen",
  },
  inside: {
    title: (app: string | null) =>
      app === null ? "This page is open inside another app" : `This page is open inside ${app}`,
    lead: (app: string | null) =>
      `${app === null ? "Such a" : `${app}’s own`} browser forgets what TinyWeb has to keep, and often has no camera and no Home Screen. Please open the page in a real browser.`,
    openInMenu: (browserName: string) => `Tap ⋯ or ⋮ and choose “Open in ${browserName}”`,
    orPaste: (browserName: string) => `Or copy it below, open ${browserName} and paste it there`,
    copyInvite: "Copy the invite",
    copyAddress: "Copy the address",
    allTheSame: "It is a browser: go on here",
  },
  scanner: {
    open: "Scan the code",
    title: "Scan the code",
    lead: "Hold this device in front of the code on the other screen.",
    starting: "Starting the camera…",
    stop: "Stop",
    notOurs: "That is a code, but no invite to a family on TinyWeb.",
    again: "Try again",
    failed: {
      denied:
        "TinyWeb may not use the camera. Allow it in the browser's settings for this page, or paste the link.",
      missing: "This device has no camera that the browser can use. Paste the link instead.",
      busy: "The camera is in use by another app. Close that one and try again, or paste the link.",
      unloadable: "The scanner could not be fetched. Paste the link, or try again when connected.",
    },
  },
};
