/**
 * For looking at screens, never part of a build: the real page over a worker that holds still.
 * `/web/dev/?state=NAME` shows one state of web/dev/states.ts; without a name, the list of them.
 */

import { html, render } from "lit";
import { AppModel } from "../controllers/app-model.ts";
import { NodeClient } from "../node-client.ts";
import type { Place } from "../shell/surroundings.ts";
import { obstaclePage } from "../views/obstacle-page.ts";
import { insidePage } from "../views/inside-page.ts";
import { STATES } from "./states.ts";
import { openStillBrowser } from "./still-browser.ts";
import "../views/tw-app.ts";

const name = new URL(location.href).searchParams.get("state") ?? "";
const state = STATES[name];
const INSIDE: Readonly<Record<string, Place>> = {
  "inside-instagram": { type: "inside", app: "Instagram", isIos: true },
  "inside-unknown": { type: "inside", app: null, isIos: false },
};

if (name === "insecure" || name === "old") render(obstaclePage(name), document.body);
else if (name in INSIDE) renderInside();
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
  const browser = state?.browser === undefined ? null : openStillBrowser(state.browser);
  const app = new AppModel(client, history, { profile: "", go: () => undefined }, browser);
  app.canLink = state?.cannotLink !== true;
  app.notePlaceTrouble(state?.placeTrouble ?? null);
  if (state?.view !== undefined) app.replace(state.view);
  if (state?.link !== undefined) app.takeInvite(state.link);
  window.addEventListener("popstate", ({ state: kept }) => app.follow(kept));
  render(html`<tw-app .app=${app}></tw-app>`, document.body);
  await app.startNode();
}

function renderInside(): void {
  const place = INSIDE[name];
  if (place?.type !== "inside") return;
  const invite = place.isIos ? "https://home.example/#j1.AbCd" : null;
  const options = { place, invite, address: location.href, goOn: () => undefined };
  render(insidePage(options), document.body);
}

function renderList(): void {
  const names = [...Object.keys(STATES), ...Object.keys(INSIDE), "insecure", "old"];
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
