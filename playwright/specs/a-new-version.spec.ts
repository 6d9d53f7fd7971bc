import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, startFamily, test } from "../fixtures.ts";
import { NEXT_APP } from "../next-build.ts";

const OFFER = "A new version of TinyWeb is ready.";

/** Looks for a newer version, as every open page does once an hour. */
async function lookForNew(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
}

async function goToMore(page: Page): Promise<void> {
  const more = page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "More" });
  const back = page.getByRole("button", { name: "Back" });
  await more.or(back).filter({ visible: true }).first().waitFor();
  if (!(await more.isVisible())) await back.click();
  await more.click();
}

async function versionOf(page: Page): Promise<string> {
  await goToMore(page);
  const row = page.getByRole("term").filter({ hasText: "Version" });
  return row.locator("xpath=following-sibling::dd").innerText();
}

async function cachesOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(async () => caches.keys());
}

test("[E2E123, PW4, PW10, PW11, PW13, PW16, PW17] a new version waits for the person, then all tabs have it, and nothing typed is lost", async ({
  family,
  host,
}) => {
  test.slow();
  const [mum, dad] = await family(2);
  await mum.more.expectOpensWithoutInternet();
  const first = mum.page;
  const old = await versionOf(first);
  const [oldCache = ""] = await cachesOf(first);
  await mum.open();
  const second = mum.page;
  await mum.chats.openConversation("Dad");
  await second.getByRole("textbox", { name: "Message" }).fill("half a thought");
  const demoFile = await first.evaluate(async (name) => {
    const kept = await (await caches.open(name)).keys();
    return kept.map(({ url }) => url).find((url) => url.includes("/tw-demo-")) ?? "";
  }, oldCache);

  await host.stop();
  await host.startAgain(NEXT_APP);
  await lookForNew(second);
  await expect(first.getByText(OFFER)).toBeVisible();
  await expect(second.getByText(OFFER)).toBeVisible();
  await first.getByRole("button", { name: "Later" }).click();
  await expect(first.getByRole("button", { name: "Later" })).toBeHidden();
  expect(await versionOf(first)).toBe(old);
  await expect(first.getByRole("button", { name: "Update now" })).toBeVisible();

  // The server no longer has the old version's files; the old page opens its own all the same.
  expect((await dad.page.request.get(demoFile)).status()).toBe(404);
  await first.getByRole("button", { name: "Look around" }).click();
  await expect(first.getByRole("heading", { name: "A make-believe family" })).toBeVisible();
  await first.getByRole("button", { name: "Back" }).first().click();

  const loaded = [first, second].map(async (page) => page.waitForEvent("domcontentloaded"));
  await second.getByRole("button", { name: "Update now" }).click();
  await Promise.all(loaded);
  await expect(second.getByRole("textbox", { name: "Message" })).toHaveValue("half a thought");
  const versions = [await versionOf(first), await versionOf(second)];
  expect(versions[0]).not.toBe(old);
  expect(versions).toEqual([versions[0], versions[0]]);
  await expect.poll(async () => (await cachesOf(first)).includes(oldCache)).toBe(false);
  expect(await cachesOf(first)).toHaveLength(1);
});

test(
  "[E2E124, PW10, PW16] a page that is opened anew, alone, takes the new version by itself, and an invite with it",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad");
    await startFamily(mum);
    const old = await versionOf(mum.page);
    await mum.openTab("Chats");
    const link = await mum.invite.create("Parent");
    await dad.open();
    await dad.page.evaluate(async () => navigator.serviceWorker.ready);
    await host.stop();
    await host.startAgain(NEXT_APP);
    for (const { page } of [mum, dad]) {
      await lookForNew(page);
      await expect(page.getByText(OFFER)).toBeVisible();
    }
    await mum.reload();
    await expect.poll(async () => versionOf(mum.page)).not.toBe(old);
    await expect(mum.page.getByText(OFFER)).toBeHidden();
    const versions = [await versionOf(mum.page)];

    // In the app's own tab, so that the page before holds the old version until this one has come.
    let loads = 0;
    dad.page.on("domcontentloaded", () => (loads += 1));
    await dad.page.goto(link.replace("#", "?again#"));
    await expect.poll(() => loads).toBe(2);
    await expect(dad.page.getByText("You have an invite.")).toBeVisible();
    await expect.poll(async () => cachesOf(dad.page)).toEqual([`tinyweb-app-${versions[0]}`]);
    await expect(dad.page.getByText("You have an invite.")).toBeVisible();
    expect(new URL(dad.page.url()).hash).toBe("");
  },
);

test(
  "[E2E125, PW12] a page that was forced past what is kept comes back to the version of the others",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    const old = await versionOf(mum.page);
    await mum.more.expectOpensWithoutInternet();
    await mum.open();
    await host.stop();
    await host.startAgain(NEXT_APP);
    const forced = mum.page;
    const session = await mum.context.newCDPSession(forced);
    const served: string[] = [];
    forced.on("response", (one) => {
      if (one.request().isNavigationRequest())
        served.push(one.fromServiceWorker() ? "kept" : "new");
    });
    await session.send("Page.reload", { ignoreCache: true });
    await expect.poll(() => served).toEqual(["new", "kept"]);
    expect(await versionOf(forced)).toBe(old);
    await lookForNew(forced);
    await expect(forced.getByText(OFFER)).toBeVisible();
  },
);

test(
  "[E2E126, PW5, PW15] files that were changed on their way are not kept, and the version before stays",
  { tag: "@long" },
  async ({ newDevice, host, expectedErrors }, { outputDir }) => {
    const changed = join(outputDir, "changed-app");
    cpSync(NEXT_APP, changed, { recursive: true });
    const demo = readdirSync(join(changed, "assets")).find((name) => name.startsWith("tw-demo-"));
    const path = join(changed, "assets", demo ?? "");
    writeFileSync(path, `${readFileSync(path, "utf8")}\n// added by a proxy\n`);
    expectedErrors.push(/integrity|Failed to fetch/);

    const mum = await newDevice("Mum");
    await startFamily(mum);
    const old = await versionOf(mum.page);
    await mum.more.expectOpensWithoutInternet();
    await host.stop();
    await host.startAgain(changed);
    await lookForNew(mum.page);
    await expect.poll(async () => cachesOf(mum.page)).toHaveLength(2);
    await mum.page.waitForFunction(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      return registration?.installing === null && registration.waiting === null;
    });
    await mum.reload();
    expect(await versionOf(mum.page)).toBe(old);
    await expect(mum.page.getByText(OFFER)).toBeHidden();

    const gran = await newDevice("Gran");
    await startFamily(gran);
    await gran.openTab("More");
    await expect(gran.page.getByText("not yet")).toBeVisible();
    rmSync(changed, { recursive: true });
  },
);

test(
  "[E2E127, PW22] where the host moves the meeting place, a kept app goes there at its next start",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const mum = await newDevice("Mum");
    await startFamily(mum);
    await mum.more.expectOpensWithoutInternet();
    await host.stop();
    const elsewhere = host.insecureUrl.replace(/^http/, "ws");
    await host.startAgain(undefined, { signaling: [elsewhere], iceServers: [] });
    const socket = mum.page.waitForEvent("websocket", (one) => one.url().startsWith(elsewhere));
    await mum.reload();
    await socket;
    await expect(mum.page.getByText("Looking for the way to the others")).toBeHidden();
  },
);
