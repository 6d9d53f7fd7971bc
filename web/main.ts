/**
 * The page's entry. Taking the invite out of the address is its first import, before anything else
 * is evaluated. Then: can the app run here, is it the version that all pages run, which servers,
 * start the node, draw.
 */

import { openedInvite, takeInvite } from "./take-invite.ts";
import { html, render } from "lit";
import { followAlarms } from "./alarm/follow-alarms.ts";
import { AppModel } from "./controllers/app-model.ts";
import { followPlace } from "./controllers/follow-place.ts";
import { reportUse } from "./controllers/use-report.ts";
import {
  canLink,
  databaseName,
  findObstacle,
  isPumpAsked,
  lookAround,
  profileAddress,
  profileName,
  storageOf,
} from "./environment.ts";
import { loadHostConfig } from "./host-config.ts";
import { startMesh } from "./mesh/mesh.ts";
import { NodeClient } from "./node-client.ts";
import { followLasting } from "./shell/follow-lasting.ts";
import { followLaunches, takeShortcut } from "./shell/launch.ts";
import { keepForReload, takeDrafts } from "./shell/reload.ts";
import { judgePlace, readSurroundings } from "./shell/surroundings.ts";
import { openBrowser } from "./shell/this-browser.ts";
import { readTheme, showTheme } from "./theme.ts";
import { nodeWorkerUrl, serviceWorkerUrl } from "./trusted-types.ts";
import { insidePage } from "./views/inside-page.ts";
import { obstaclePage } from "./views/obstacle-page.ts";
import "./views/tw-app.ts";

declare const __BUILD__: string;

async function openApp(page: URL): Promise<void> {
  let unsaved = async () => ({ invite: openedInvite, drafts: takeDrafts(window) });
  const browser = openBrowser(window, {
    build: __BUILD__,
    url: serviceWorkerUrl,
    beforeReload: async () => keepForReload(window, await unsaved()),
  });
  const { shell } = browser;
  const [isSettled, { config, hasChanged }] = await Promise.all([
    shell.settle(),
    loadHostConfig(page, storageOf(window)),
  ]);
  if (!isSettled || (hasChanged && (await shell.renew()))) return;
  const client = new NodeClient({
    startWorker: () => new Worker(nodeWorkerUrl(), { type: "module", name: "node" }),
    start: {
      database: databaseName(page),
      servers: config.servers,
      appUrl: page.origin + page.pathname,
      build: __BUILD__,
      asksWho: profileName(page) === null,
    },
    startMesh: (port) =>
      startMesh(port, { iceServers: config.iceServers, isPumping: isPumpAsked(page) }),
    onEvent: (event) => app.hear(event),
  });
  const seat = {
    profile: profileName(page) ?? "",
    go: (profile: string | null, link: string | null) =>
      location.assign(profileAddress(page, profile, link)),
  };
  const app = new AppModel(client, history, seat, browser);
  app.canLink = canLink();
  reportUse(window, app, () => performance.now());
  followLasting(app, browser.keeper);
  if (navigator.geolocation !== undefined) followPlace(window, app);
  followAlarms(app, browser, document);
  for (const [conversation, text] of Object.entries(takeDrafts(window))) {
    app.keepDraft(conversation, text);
  }
  unsaved = async () => app.unsaved();
  const shortcut = takeShortcut(location, history);
  if (shortcut !== null) app.replace(shortcut);
  if (openedInvite !== null) app.takeInvite(openedInvite);
  window.addEventListener("popstate", ({ state }) => app.follow(state));
  window.addEventListener("hashchange", () => {
    const link = takeInvite(window);
    if (link !== null) app.takeInvite(link);
  });
  followLaunches(window, ({ invite, view }) => {
    if (invite !== null) app.takeInvite(invite);
    else if (view !== null) app.open(view);
  });
  render(html`<tw-app .app=${app}></tw-app>`, document.body);
  await app.startNode();
  if (import.meta.env.PROD) await shell.keep();
}

showTheme(
  readTheme(() => localStorage),
  document.documentElement,
);
const obstacle = findObstacle(lookAround());
const place = judgePlace(readSurroundings(window));
const open = () => void openApp(new URL(location.href));
if (obstacle !== null) render(obstaclePage(obstacle), document.body);
else if (place.type !== "inside") open();
else {
  const { href: address } = location;
  // Back into the address, so that "Open in Safari" takes the invite along.
  keepForReload(window, { invite: openedInvite, drafts: {} });
  const goOn = () => {
    takeInvite(window);
    open();
  };
  render(insidePage({ place, invite: openedInvite, address, goOn }), document.body);
}
