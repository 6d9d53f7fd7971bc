/**
 * Keeps the place in a timeline: at the newest message while the reader is there, and otherwise on
 * the message that is being read, whatever is added above or below. Measures before the host draws
 * and corrects after; browsers without scroll anchoring behave like the others. Going to the end
 * waits for the frame that shows it, so that a message costs one layout, not two. SPEC UI71.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Nearer to the end than this counts as being there. */
const END_PX = 48;

interface Anchor {
  readonly id: string;
  readonly top: number;
}

export class TimelineScroll implements ReactiveController {
  readonly #find: () => HTMLElement | null;
  readonly #observer: ResizeObserver;
  #isAtEnd = true;
  /** The next frame goes to the end. */
  #isGoing = false;
  #lastTop = 0;
  #anchor: Anchor | null = null;
  #watched: HTMLElement | null = null;

  constructor(host: ReactiveControllerHost, find: () => HTMLElement | null) {
    this.#find = find;
    this.#observer = new ResizeObserver(() => {
      if (this.#isAtEnd) this.#scrollToEnd();
    });
    host.addController(this);
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  toEnd(): void {
    this.#isAtEnd = true;
    if (this.#isGoing) return;
    this.#isGoing = true;
    requestAnimationFrame(() => {
      this.#isGoing = false;
      if (this.#isAtEnd) this.#scrollToEnd();
    });
  }

  /** To be called when the reader scrolls. */
  measure(): void {
    const timeline = this.#find();
    if (timeline === null) return;
    const { scrollHeight, scrollTop, clientHeight } = timeline;
    const isNear = scrollHeight - scrollTop - clientHeight < END_PX;
    // What was added and not yet scrolled to moves the end away; only the reader goes up.
    const isLeft = !isNear && (!this.#isGoing || scrollTop < this.#lastTop);
    if (isNear || isLeft) this.#isAtEnd = isNear;
    this.#lastTop = scrollTop;
  }

  #scrollToEnd(): void {
    const timeline = this.#find();
    if (timeline === null) return;
    timeline.scrollTop = timeline.scrollHeight;
    this.#lastTop = timeline.scrollTop;
  }

  hostUpdate(): void {
    const timeline = this.#find();
    this.#anchor = timeline === null || this.#isAtEnd ? null : findAnchor(timeline);
  }

  hostUpdated(): void {
    const timeline = this.#find();
    this.#watch(timeline);
    if (timeline === null) return;
    if (this.#isAtEnd) return this.toEnd();
    const { id, top } = this.#anchor ?? {};
    const message = [...messagesOf(timeline)].find(({ dataset }) => dataset["id"] === id);
    if (message === undefined || top === undefined) return;
    timeline.scrollTop += message.getBoundingClientRect().top - top;
  }

  hostDisconnected(): void {
    this.#watch(null);
  }

  #watch(timeline: HTMLElement | null): void {
    if (timeline === this.#watched) return;
    this.#observer.disconnect();
    this.#watched = timeline;
    if (timeline !== null) this.#observer.observe(timeline);
  }
}

function findAnchor(timeline: HTMLElement): Anchor | null {
  const edge = timeline.getBoundingClientRect().top;
  for (const message of messagesOf(timeline)) {
    const { top, bottom } = message.getBoundingClientRect();
    if (bottom > edge) return { id: message.dataset["id"] ?? "", top };
  }
  return null;
}

function messagesOf(timeline: HTMLElement): NodeListOf<HTMLElement> {
  return timeline.querySelectorAll<HTMLElement>("[data-id]");
}
