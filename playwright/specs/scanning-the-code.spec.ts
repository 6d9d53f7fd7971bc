import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { encode } from "uqr";
import { LAUNCH_OPTIONS } from "../browser.ts";
import { film } from "../camera.ts";
import { expect, startFamily, test, type Device } from "../fixtures.ts";

const FILM = join(tmpdir(), `tinyweb-camera-${process.pid}.y4m`);

test.use({
  launchOptions: {
    ...LAUNCH_OPTIONS,
    args: [
      ...LAUNCH_OPTIONS.args,
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${FILM}`,
    ],
  },
});

test.afterEach(() => rmSync(FILM, { force: true }));

/** Remembers each camera that the page opens. */
async function watchCameras({ context }: Device): Promise<void> {
  await context.addInitScript(() => {
    if (!("mediaDevices" in navigator)) return;
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const tracks: MediaStreamTrack[] = [];
    Object.assign(window, { tracks });
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      tracks.push(...stream.getTracks());
      return stream;
    };
  });
}

/** How many cameras were opened, and how many of them run. */
async function camerasOf(page: Page): Promise<readonly [opened: number, running: number]> {
  return page.evaluate(() => {
    const { tracks } = window as unknown as { readonly tracks: readonly MediaStreamTrack[] };
    return [tracks.length, tracks.filter(({ readyState }) => readyState === "live").length];
  });
}

async function openScanner({ page }: Device): Promise<void> {
  await page.getByRole("button", { name: "Scan the code" }).click();
  await expect(page.getByRole("heading", { name: "Scan the code" })).toBeVisible();
}

test("[E2E130, PW40] the newcomer scans the code on the other screen, and is in", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  await watchCameras(dad);
  await startFamily(mum);
  await mum.invite.create("Parent");
  const code = mum.page.getByRole("img", { name: "QR code of the invite link" });
  await film(FILM, mum.page, await code.screenshot());

  await dad.open();
  await dad.page.getByRole("button", { name: "I was invited" }).click();
  await openScanner(dad);
  await expect(dad.page.getByText("You have an invite.")).toBeVisible();
  expect(await camerasOf(dad.page)).toEqual([1, 0]);
  await dad.joining.askHere();
  await expect(dad.joining.code).toBeVisible();
  await mum.invite.approveAfterComparing();
  await expect(dad.chats.entry("Mum")).toBeVisible();
});

test(
  "[E2E131, PW40, PW43] another code is told apart, and the camera is off when the scanner is left",
  { tag: "@long" },
  async ({ newDevice }) => {
    const dad = await newDevice("Dad");
    await watchCameras(dad);
    await dad.open();
    const { page } = dad;
    const picture = await page.evaluate(
      drawCode,
      encode("https://example.org/menu", { border: 4 }),
    );
    await film(FILM, page, Buffer.from(picture, "base64"));
    await page.getByRole("button", { name: "I was invited" }).click();
    await openScanner(dad);
    await expect(page.getByText("no invite to a family")).toBeVisible();
    expect(await camerasOf(page)).toEqual([1, 1]);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect(page.getByRole("heading", { name: "Scan the code" })).toBeHidden();
    expect(await camerasOf(page)).toEqual([1, 0]);

    await openScanner(dad);
    await expect(page.getByText("no invite to a family")).toBeVisible();
    await see(page, false);
    await expect.poll(async () => camerasOf(page)).toEqual([2, 0]);
    await see(page, true);
    await expect.poll(async () => camerasOf(page)).toEqual([3, 1]);
    await page.getByRole("button", { name: "Back" }).click();
    await expect(page.getByRole("button", { name: "I was invited" })).toBeVisible();
    expect(await camerasOf(page)).toEqual([3, 0]);
  },
);

/** What the page is told when it is hidden behind another app, and seen again. */
async function see(page: Page, isSeen: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, !isSeen);
}

/** Runs in a page: the code as a PNG, base64. */
async function drawCode({ data, size }: { data: boolean[][]; size: number }): Promise<string> {
  const canvas = new OffscreenCanvas(size * 8, size * 8);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, size * 8, size * 8);
  context.fillStyle = "#000";
  data.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (isDark) context.fillRect(x * 8, y * 8, 8, 8);
    });
  });
  const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
}
