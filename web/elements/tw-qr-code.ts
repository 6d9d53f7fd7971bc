/**
 * A QR code as one SVG path, always dark on white whatever the theme, with the quiet zone that
 * scanners ask for. The encoder is loaded with the first code that is shown. SPEC UI33.
 */

import { html, LitElement, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { encode as Encode } from "uqr";
import { t } from "../strings/strings.ts";

/** Modules of white around the code (ISO/IEC 18004). */
const QUIET_MODULES = 4;

@customElement("tw-qr-code")
export class TwQrCode extends LitElement {
  @property() text = "";
  @state() private hasFailed = false;
  @state() private code: { size: number; path: string } | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text")) void this.#encode(this.text);
  }

  async #encode(text: string): Promise<void> {
    let encode: typeof Encode;
    try {
      ({ encode } = await import("uqr"));
    } catch (error) {
      // The encoder is a file of its own, which a page that lost its server cannot load.
      console.warn("no QR code", error);
      this.hasFailed = true;
      return;
    }
    const { data, size } = encode(text, { ecc: "M", border: QUIET_MODULES });
    if (text === this.text) this.code = { size, path: toPath(data) };
  }

  protected override render() {
    if (this.hasFailed) return html`<p class="soft">${t.invite.noCode}</p>`;
    if (this.code === null) return html`<div class="qr" aria-hidden="true"></div>`;
    const { size, path } = this.code;
    return html`<svg
      class="qr"
      role="img"
      aria-label=${t.invite.qrLabel}
      viewBox="0 0 ${size} ${size}"
      shape-rendering="crispEdges"
    >
      <rect width=${size} height=${size} fill="#fff" />
      <path d=${path} fill="#000" />
    </svg>`;
  }
}

/** One subpath for each horizontal run of dark modules. */
export function toPath(rows: readonly (readonly boolean[])[]): string {
  let path = "";
  rows.forEach((row, y) => {
    let start = -1;
    [...row, false].forEach((isDark, x) => {
      if (isDark && start < 0) start = x;
      if (isDark || start < 0) return;
      path += `M${start} ${y}h${x - start}v1h-${x - start}z`;
      start = -1;
    });
  });
  return path;
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-qr-code": TwQrCode;
  }
}
