import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withIntegrity } from "./precache.ts";

interface ManifestIcon {
  readonly src: string;
  readonly sizes: string;
  readonly purpose?: string;
}

test("[PW5] every kept file has the hash of its bytes", () => {
  const folder = mkdtempSync(join(tmpdir(), "tinyweb-precache-"));
  writeFileSync(join(folder, "a.js"), "hello");
  const [entry] = withIntegrity([{ url: "a.js", revision: null, size: 5 }], folder);
  const hash = createHash("sha384").update("hello").digest("base64");
  expect(entry).toMatchObject({ url: "/a.js", integrity: `sha384-${hash}`, revision: null });
  rmSync(folder, { recursive: true });
});

test("[PW7] the manifest's icons are PNGs of the size it says, one of them for launchers' masks", () => {
  const { icons } = JSON.parse(readFileSync("public/manifest.webmanifest", "utf8")) as {
    readonly icons: readonly ManifestIcon[];
  };
  const pictures = icons.filter(({ src }) => src.endsWith(".png"));
  const sizes = pictures.map(({ src, sizes }) => {
    const bytes = readFileSync(join("public", src));
    expect(bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
    const size = `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
    expect(size).toBe(sizes);
    return size;
  });
  expect(sizes).toEqual(["192x192", "512x512", "512x512"]);
  expect(pictures.map(({ purpose }) => purpose ?? "any")).toEqual(["any", "any", "maskable"]);
});
