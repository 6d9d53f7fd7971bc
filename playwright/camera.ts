/**
 * A camera for Chromium's fake device: a film of what it sees, in the plainest format there is
 * (YUV4MPEG2, grey). First a wall, then the picture that another screen shows, a little turned.
 */
import { writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES_OF_WALL = 5;
const FRAMES_OF_PICTURE = 15;
const WALL = 140;
const TURN = 0.12;

/** @param picture a PNG, as a screenshot is */
export async function film(path: string, page: Page, picture: Buffer): Promise<void> {
  const options = { png: picture.toString("base64"), width: WIDTH, height: HEIGHT, turn: TURN };
  const luma = Buffer.from(await page.evaluate(drawFrame, { ...options, wall: WALL }), "base64");
  const wall = Buffer.alloc(WIDTH * HEIGHT, WALL);
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frames = [
    ...Array.from({ length: FRAMES_OF_WALL }, () => wall),
    ...Array.from({ length: FRAMES_OF_PICTURE }, () => luma),
  ].flatMap((one) => [Buffer.from("FRAME\n"), one, grey]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  writeFileSync(path, Buffer.concat([head, ...frames]));
}

interface FrameOptions {
  readonly png: string;
  readonly width: number;
  readonly height: number;
  readonly turn: number;
  readonly wall: number;
}

/** Runs in a page, which can decode PNGs: the brightness of each pixel, base64. */
async function drawFrame({ png, width, height, turn, wall }: FrameOptions): Promise<string> {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.fillStyle = `rgb(${wall} ${wall} ${wall})`;
  context.fillRect(0, 0, width, height);
  context.translate(width / 2, height / 2);
  context.rotate(turn);
  const scale = (height * 0.82) / Math.max(bitmap.width, bitmap.height);
  context.scale(scale, scale);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
  const { data } = context.getImageData(0, 0, width, height);
  let text = "";
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    text += String.fromCharCode(Math.round(0.3 * red + 0.59 * green + 0.11 * blue));
  }
  return btoa(text);
}
