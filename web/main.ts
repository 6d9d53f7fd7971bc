/**
 * The page's entry. Taking the invite out of the address is its first import, before anything else
 * is evaluated. Then: can the app run here, which servers, start the node, draw.
 */

import { openedInvite, takeInvite } from "./take-invite.ts";
import { html, render } from "lit";
import { AppModel } from "./controllers/app-model.ts";
import { reportUse } from "./controllers/use-report.ts";
import {
  databaseName,
  findObstacle,
  lookAround,
  profileAddress,
  profileName,
} from "./environment.ts";
import { loadHostConfig } from "./host-config.ts";
import { startMesh } from "./mesh/mesh.ts";
import { NodeClient } from "./node-client.ts";
import { nodeWorkerUrl } from "./trusted-types.ts";
import { obstaclePage } from "./views/obstacle-page.ts";
import "./views/tw-app.ts";

declare const __BUILD__: string;

async function openApp(page: URL): Promise<void> {
  const { servers, iceServers } = await loadHostConfig(page);
  const client = new NodeClient({
    startWorker: () => new Worker(nodeWorkerUrl(), { type: "module", name: "node" }),
    start: {
      database: databaseName(page),
      servers,
      appUrl: page.origin + page.pathname,
      build: __BUILD__,
      asksWho: profileName(page) === null,
    },
    startMesh: (port) => startMesh(port, { iceServers }),
    onEvent: (event) => app.hear(event),
  });
  const app = new AppModel(client, history, {
    profile: profileName(page) ?? "",
    go: (profile, link) => location.assign(profileAddress(page, profile, link)),
  });
  reportUse(window, app, () => performance.now());
  if (openedInvite !== null) app.takeInvite(openedInvite);
  window.addEventListener("popstate", ({ state }) => app.follow(state));
  window.addEventListener("hashchange", () => {
    const link = takeInvite(window);
    if (link !== null) app.takeInvite(link);
  });
  render(html`<tw-app .app=${app}></tw-app>`, document.body);
  await app.startNode();
}

const obstacle = findObstacle(lookAround());
if (obstacle === null) void openApp(new URL(location.href));
else render(obstaclePage(obstacle), document.body);
