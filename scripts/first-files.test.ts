import { expect, it } from "vitest";
import { listFirstFiles } from "./first-files.ts";

it("[UI90] weighs scripts, preloads and styles of the page, and no icons", () => {
  const html = `<link rel="icon" href="/favicon.svg" />
    <script type="module" crossorigin src="/assets/index-a.js"></script>
    <link rel="modulepreload" crossorigin href="/assets/lit-b.js">
    <link rel="stylesheet" crossorigin href="/assets/index-c.css">`;
  expect(listFirstFiles(html)).toEqual([
    "assets/index-a.js",
    "assets/lit-b.js",
    "assets/index-c.css",
  ]);
});
