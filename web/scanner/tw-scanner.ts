/**
 * The scanner: the camera's picture, and a word on how it goes, until an invite is found. Loaded when
 * it is opened. The camera runs only while this element is on the page and the page is seen.
 * @fires tw-scanned CustomEvent<string>: the text of a code that holds an invite
 * @fires tw-stopped the person wants no more
 * SPEC PW40 to PW43.
 */

import { html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, state } from "lit/decorators.js";
import { t } from "../strings/strings.ts";
import { isInviteShaped } from "../take-invite.ts";
import { closeCamera, openCamera, type CameraFault } from "./camera.ts";
import { createReader, type ReadCode } from "./detector.ts";

/** Between two pictures that are looked at, milliseconds: a hand holds still for longer. */
const LOOK_MS = 120;

@customElement("tw-scanner")
export class TwScanner extends LitElement {
  @state() private stream: MediaStream | null = null;
  @state() private fault: CameraFault | null = null;
  /** A code was seen that is no invite. */
  @state() private isForeign = false;
  #read: ReadCode | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts starts: a camera that opens after the scanner was closed is closed at once. */
  #run = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  readonly #onVisibility = (): void => {
    if (document.hidden) this.#stop();
    else if (this.stream === null && this.fault === null) void this.#start();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onVisibility);
    void this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#stop();
  }

  async #start(): Promise<void> {
    this.#stop();
    const run = this.#run;
    this.fault = null;
    const answer = await openCamera(navigator.mediaDevices);
    if (run !== this.#run) {
      if (answer.ok) closeCamera(answer.stream);
      return;
    }
    if (!answer.ok) {
      this.fault = answer.fault;
      return;
    }
    for (const track of answer.stream.getTracks()) {
      track.addEventListener("ended", () => this.#lose(run));
    }
    this.stream = answer.stream;
    this.#read ??= await createReader();
    if (run === this.#run) this.#lookSoon(run);
  }

  #stop(): void {
    this.#run += 1;
    clearTimeout(this.#timer);
    if (this.stream !== null) closeCamera(this.stream);
    this.stream = null;
  }

  /** The camera was taken away: unplugged, or another app has it. */
  #lose(run: number): void {
    if (run !== this.#run) return;
    this.#stop();
    this.fault = "busy";
  }

  #lookSoon(run: number): void {
    this.#timer = setTimeout(() => void this.#look(run), LOOK_MS);
  }

  async #look(run: number): Promise<void> {
    const video = this.querySelector("video");
    const hasPicture = video !== null && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    const text = hasPicture ? ((await this.#read?.(video)) ?? null) : null;
    if (run !== this.#run) return;
    if (text !== null && isInviteShaped(text)) {
      this.#stop();
      this.dispatchEvent(new CustomEvent("tw-scanned", { detail: text }));
      return;
    }
    if (text !== null) this.isForeign = true;
    this.#lookSoon(run);
  }

  protected override updated(changed: PropertyValues): void {
    const video = this.querySelector("video");
    if (video === null || !changed.has("stream")) return;
    video.srcObject = this.stream;
    // Refused only where a page may not play anything at all; the next picture is then never there.
    video.play().catch((error: unknown) => console.info("the picture does not run", error));
  }

  protected override render() {
    const words = t.browser.scanner;
    return html`<section class="card stack scanner" aria-labelledby="scanner-title">
      <h2 id="scanner-title">${words.title}</h2>
      ${this.fault === null ? this.#renderPicture() : nothing}
      <p aria-live="polite">${this.#words()}</p>
      <div class="actions">
        ${
          this.fault === null
            ? nothing
            : html`<button type="button" class="button" @click=${() => void this.#start()}>
                ${words.again}
              </button>`
        }
        <button
          type="button"
          class="button quiet"
          @click=${() => this.dispatchEvent(new Event("tw-stopped"))}
        >
          ${words.stop}
        </button>
      </div>
    </section>`;
  }

  #renderPicture() {
    return html`<div class="viewfinder">
      <video muted playsinline disablepictureinpicture aria-hidden="true"></video>
    </div>`;
  }

  #words(): string {
    const words = t.browser.scanner;
    if (this.fault !== null) return words.failed[this.fault];
    if (this.stream === null) return words.starting;
    return this.isForeign ? words.notOurs : words.lead;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "tw-scanner": TwScanner;
  }
}
