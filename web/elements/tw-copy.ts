/** A button that copies a text and says so for a moment in its own label. */

import { html } from "lit";
import { LitElement } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { showToast } from "../web-awesome/show-toast.ts";
import { icon } from "./icons.ts";

const SAID_MS = 2500;

@customElement("tw-copy")
export class TwCopy extends LitElement {
  @property() text = "";
  @property() label = t.copy;
  @state() private hasCopied = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
    } catch (error) {
      // The text stands beside the button, and can be selected by hand.
      console.info("copying is not allowed here", error);
      void showToast(t.notCopied);
      return;
    }
    this.hasCopied = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.hasCopied = false;
    }, SAID_MS);
  }

  protected override render() {
    return html`<button type="button" class="button quiet" @click=${() => void this.#copy()}>
      ${icon(this.hasCopied ? "check" : "copy")}
      <span aria-live="polite">${this.hasCopied ? t.copied : this.label}</span>
    </button>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-copy": TwCopy;
  }
}
