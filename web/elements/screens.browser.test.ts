/** Pieces whose drawing matters, on a real engine. */

import { html, render } from "lit";
import { encode } from "uqr";
import { describe, expect, it } from "vitest";
import { codeCard } from "./code-card.ts";
import { toPath } from "./tw-qr-code.ts";

function draw(template: unknown): HTMLElement {
  const root = document.createElement("div");
  document.body.append(root);
  render(html`${template}`, root);
  return root;
}

describe("pieces", () => {
  it("[UI32] writes the six digits and nothing else, under their name", () => {
    const code = draw(codeCard("048213")).querySelector('[aria-label="Comparison code"]');
    expect(code?.textContent).toBe("048213");
  });

  it("[UI33] draws every dark module of the code, and no light one", () => {
    const { data, size } = encode("https://home.example/#j1.AbCd", { ecc: "M", border: 4 });
    const root = draw(html`<svg viewBox="0 0 ${size} ${size}"><path d=${toPath(data)} /></svg>`);
    const path = root.querySelector("path");
    data.forEach((row, y) => {
      row.forEach((isDark, x) => {
        const isDrawn = path?.isPointInFill(new DOMPoint(x + 0.5, y + 0.5));
        if (isDrawn !== isDark) expect.fail(`module ${x}, ${y}`);
      });
    });
    expect(data.slice(0, 4).flat().includes(true)).toBe(false);
  });
});
