/**
 * The service worker's entry: keeps all files of one build, whole and checked, and answers from them,
 * so that the app starts without the server. It never takes over by itself: a page asks it to, when
 * the person agreed or no other page is open. A pressed notification leads to its page. Knows nothing of
 * the family. SPEC PW1 to PW22, UI148.
 */

import type { PrecacheEntry } from "workbox-precaching";
import { chooseAnswer } from "./shell/answers.ts";
import { KeptFiles } from "./shell/kept-files.ts";
import type { ShellMessage } from "./shell/messages.ts";
import { followPress } from "./shell/notice-press.ts";

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: readonly (PrecacheEntry | string)[];
};
declare const __BUILD__: string;

const files = new KeptFiles(__BUILD__, self.__WB_MANIFEST);

self.addEventListener("install", (event) => files.install(event));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const answer = chooseAnswer(request, self.location.origin, (url) => files.has(url));
  if (answer === "network") return;
  const found = answer === "page" ? files.page() : files.file(request.url);
  event.respondWith(found.then((kept) => kept ?? fetch(request)));
});

self.addEventListener("notificationclick", (event) => event.waitUntil(followPress(self, event)));

self.addEventListener("message", (event) => {
  const message = event.data as ShellMessage;
  const [answer] = event.ports;
  switch (message.type) {
    case "which-build":
      answer?.postMessage(__BUILD__);
      break;
    case "renew":
      event.waitUntil(files.renewPage().then((isDone) => answer?.postMessage(isDone)));
      break;
    case "take-over":
      event.waitUntil(self.skipWaiting());
      break;
    case "tidy":
      event.waitUntil(files.tidy(self.registration));
      break;
  }
});
