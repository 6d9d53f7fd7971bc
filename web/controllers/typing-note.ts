/**
 * Who is writing in the open conversation: each for six seconds after the last word of it, and no more
 * once what it wrote has come. SPEC UI124.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { type AppModel, ConversationEvent, TypingEvent } from "./app-model.ts";

/** Longer than the time between two words of it (workers/node/limits.ts). */
const SHOWN_MS = 6_000;

type Host = ReactiveControllerHost & { readonly app: AppModel };

export class TypingNote implements ReactiveController {
  readonly #host: Host;
  #conversation: string | null = null;
  /** The timer that ends each name's. */
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  get names(): readonly string[] {
    return [...this.#timers.keys()];
  }

  hostConnected(): void {
    this.#host.app.addEventListener("typing", this.#onTyping);
    this.#host.app.addEventListener("conversation", this.#onConversation);
  }

  hostDisconnected(): void {
    this.#host.app.removeEventListener("typing", this.#onTyping);
    this.#host.app.removeEventListener("conversation", this.#onConversation);
    for (const name of this.names) this.#end(name);
  }

  open(conversation: string): void {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    for (const name of this.names) this.#end(name);
  }

  readonly #onTyping = (event: Event): void => {
    if (!(event instanceof TypingEvent) || event.conversation !== this.#conversation) return;
    const { name } = event;
    clearTimeout(this.#timers.get(name));
    this.#timers.set(
      name,
      setTimeout(() => this.#end(name), SHOWN_MS),
    );
    this.#host.requestUpdate();
  };

  readonly #onConversation = (event: Event): void => {
    if (!(event instanceof ConversationEvent) || event.conversation !== this.#conversation) return;
    if (event.added !== null) this.#end(event.added.message.authorName);
  };

  #end(name: string): void {
    clearTimeout(this.#timers.get(name));
    if (this.#timers.delete(name)) this.#host.requestUpdate();
  }
}
