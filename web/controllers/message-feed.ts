/**
 * The messages of one open conversation: the newest page first, earlier ones when asked, all read
 * again when the node says that something changed (an older message may have been delivered or
 * withdrawn). One reading at a time; an answer for a conversation left meanwhile is dropped.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { FailureCode, MessageView } from "../../workers/api.ts";
import { type AppModel, ConversationEvent, failureOf } from "./app-model.ts";

const FIRST_PAGE = 50;
/** What one call may return (workers/api.ts). */
const PAGE_MAX = 200;

type Host = ReactiveControllerHost & { readonly app: AppModel };

export class MessageFeed implements ReactiveController {
  messages: readonly MessageView[] = [];
  hasMore = false;
  /** False until the first answer for this conversation. */
  isLoaded = false;
  failure: FailureCode | null = null;
  readonly #host: Host;
  #conversation: string | null = null;
  #isReading = false;
  #isStale = false;
  #wanted = FIRST_PAGE;
  /** The newest message of the other side that was marked as read. */
  #marked: string | undefined;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.app.addEventListener("conversation", this.#onConversation);
    this.#host.app.addEventListener("started", this.#onStarted);
    document.addEventListener("visibilitychange", this.#onVisible);
  }

  hostDisconnected(): void {
    this.#host.app.removeEventListener("conversation", this.#onConversation);
    this.#host.app.removeEventListener("started", this.#onStarted);
    document.removeEventListener("visibilitychange", this.#onVisible);
  }

  /** Shows another conversation, from its newest page. */
  open(conversation: string): void {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    this.messages = [];
    this.hasMore = false;
    this.isLoaded = false;
    this.#wanted = FIRST_PAGE;
    this.#refresh();
  }

  /** Adds the page before the earliest message. */
  readEarlier(): void {
    this.#wanted = this.messages.length + FIRST_PAGE;
    this.#refresh();
  }

  readonly #onConversation = (event: Event): void => {
    const isMine = event instanceof ConversationEvent && event.conversation === this.#conversation;
    if (isMine) this.#refresh();
  };

  readonly #onStarted = (): void => this.#refresh();

  readonly #onVisible = (): void => {
    if (document.visibilityState === "visible") this.#refresh();
  };

  #refresh(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#readWhileStale();
  }

  async #readWhileStale(): Promise<void> {
    this.#isReading = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#read();
    }
    this.#isReading = false;
  }

  async #read(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === null) return;
    let messages: readonly MessageView[] = [];
    let hasMore = true;
    while (hasMore && messages.length < this.#wanted) {
      const limit = Math.min(this.#wanted - messages.length, PAGE_MAX);
      const before = messages[0]?.id;
      const page = { limit, ...(before === undefined ? {} : { before }) };
      const answer = await this.#host.app.call("listMessages", conversation, page);
      if (conversation !== this.#conversation) return;
      this.failure = failureOf(answer);
      if (!answer.ok) return this.#host.requestUpdate();
      messages = [...answer.value.messages, ...messages];
      hasMore = answer.value.hasMore && answer.value.messages.length > 0;
    }
    this.messages = messages;
    this.hasMore = hasMore;
    this.isLoaded = true;
    this.#host.requestUpdate();
    if (document.visibilityState === "visible") await this.#markRead(conversation);
  }

  async #markRead(conversation: string): Promise<void> {
    const { snapshot } = this.#host.app;
    const unread = snapshot?.conversations.find(({ id }) => id === conversation)?.unread ?? 0;
    const newest = this.messages.findLast(({ isMine }) => !isMine)?.id;
    // The snapshot that counts a new message may come after the event that told of it.
    if (unread === 0 && newest === this.#marked) return;
    this.#marked = newest;
    this.failure = failureOf(await this.#host.app.call("markRead", conversation));
  }
}
