/**
 * For looking at screens, never part of a build: the real page over a worker that holds still.
 * `/web/dev/?state=NAME` shows one state of web/dev/states.ts; without a name, the list of them.
 */

import { html, render } from "lit";
import { AppModel } from "../controllers/app-model.ts";
import { NodeClient } from "../node-client.ts";
import { obstaclePage } from "../views/obstacle-page.ts";
import { STATES } from "./states.ts";
import "../views/tw-app.ts";

const name = new URL(location.href).searchParams.get("state") ?? "";
const state = STATES[name];

if (name === "insecure" || name === "old") render(obstaclePage(name), document.body);
else if (state === undefined) renderList();
else await openState();

async function openState(): Promise<void> {
  const client = new NodeClient({
    startWorker: () =>
      new Worker(new URL("./still-worker.ts", import.meta.url), { type: "module", name }),
    start: { database: "still", servers: [], appUrl: location.origin, build: "still" },
    startMesh: () => ({ stop: () => undefined }),
    onEvent: (event) => app.hear(event),
  });
  const app = new AppModel(client, history, { profile: "", go: () => undefined });
  if (state?.view !== undefined) app.replace(state.view);
  if (state?.link !== undefined) app.takeInvite(state.link);
  window.addEventListener("popstate", ({ state: kept }) => app.follow(kept));
  render(html`<tw-app .app=${app}></tw-app>`, document.body);
  await app.startNode();
}

function renderList(): void {
  const names = [...Object.keys(STATES), "insecure", "old"];
  render(
    html`<main class="sheet">
      <h1>Screens</h1>
      <ul>
        ${names.map((one) => html`<li><a href="?state=${one}">${one}</a></li>`)}
      </ul>
    </main>`,
    document.body,
  );
}
