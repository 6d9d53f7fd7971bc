import { encode } from "uqr";
import { describe, expect, it, vi } from "vitest";
import { createReader, type DetectorClass } from "./detector.ts";

const LINK = `https://home.example/#j1.${"Ab3dEf6hIjKlMn0pQrStUvWxYz".repeat(7)}`;

/** A code as a camera may see it: turned, small, grey, on a busy ground. */
function drawCode(text: string, turn: number): HTMLCanvasElement {
  const { data, size } = encode(text, { ecc: "M", border: 4 });
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no canvas");
  for (let index = 0; index < 400; index += 1) {
    context.fillStyle = `hsl(${(index * 47) % 360} 30% ${30 + (index % 40)}%)`;
    context.fillRect((index * 97) % 1280, (index * 61) % 720, 90, 60);
  }
  const module = Math.floor(500 / size);
  context.translate(640, 360);
  context.rotate(turn);
  context.translate((-size * module) / 2, (-size * module) / 2);
  context.fillStyle = "#d8d4cc";
  context.fillRect(0, 0, size * module, size * module);
  context.fillStyle = "#2b2b30";
  data.forEach((row, y) =>
    row.forEach((isDark, x) => {
      if (isDark) context.fillRect(x * module, y * module, module, module);
    }),
  );
  return canvas;
}

function nativeThat(detect: () => Promise<{ rawValue: string }[]>, formats = ["qr_code"]) {
  const made = vi.fn();
  class Native {
    constructor() {
      made();
    }
    static async getSupportedFormats() {
      return formats;
    }
    async detect() {
      return detect();
    }
  }
  return { native: Native as DetectorClass, made };
}

describe("createReader", () => {
  it("[PW42] reads a code of a whole invite that is turned, grey and on a busy ground", async () => {
    const read = await createReader();
    for (const turn of [0, 0.12, -0.4, 1.6, 3.1]) {
      expect(await read(drawCode(LINK, turn))).toBe(LINK);
    }
  });

  it("[PW42] sees no code where there is none", async () => {
    const read = await createReader();
    const canvas = document.createElement("canvas");
    canvas.getContext("2d")?.fillRect(10, 10, 100, 100);
    expect(await read(canvas)).toBeNull();
  });

  it("[PW42] takes the browser's own detector where it reads QR codes", async () => {
    const { native } = nativeThat(async () => [{ rawValue: "hello" }]);
    expect(await (await createReader(native))(drawCode(LINK, 0))).toBe("hello");
  });

  it("[PW42] takes the bundled one where the browser's reads none, or does not work", async () => {
    const { native, made } = nativeThat(async () => [{ rawValue: "hello" }], ["ean_13"]);
    expect(await (await createReader(native))(drawCode(LINK, 0))).toBe(LINK);
    expect(made).not.toHaveBeenCalled();
    const detect = vi.fn(async () => Promise.reject(new DOMException("no", "NotSupportedError")));
    const read = await createReader(nativeThat(detect).native);
    expect(await read(drawCode(LINK, 0))).toBe(LINK);
    expect(await read(drawCode("hello", 0))).toBe("hello");
    expect(detect).toHaveBeenCalledOnce();
  });
});
