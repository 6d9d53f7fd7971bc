/**
 * The messages of one open conversation: the newest page first, earlier ones when asked. A new one
 * that comes with the node's event is shown at once; whatever else changed (an older message may
 * have been delivered or withdrawn) is read again. One reading at a time; an answer for a
 * conversation left meanwhile is dropped. What did not change stays the same object. SPEC UI75, UI76.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { AddedMessage, FailureCode, MessageView } from "../../workers/api.ts";
import { type AppModel, ConversationEvent, failureOf } from "./app-model.ts";
import { findChanges, type MessageChange } from "./message-changes.ts";

const FIRST_PAGE = 50;
/** Messages beyond those asked for, before the earliest are let go at the end of the timeline. */
const SURPLUS_MAX = 50;
/** What one call may return (workers/api.ts). */
const PAGE_MAX = 200;

type Host = ReactiveControllerHost & { readonly app: AppModel };

export class MessageFeed implements ReactiveController {
  messages: readonly MessageView[] = [];
  hasMore = false;
  /** False until the first answer for this conversation. */
  isLoaded = false;
  failure: FailureCode | null = null;
  /** What the last reading brought, by message id: for the motion that shows it. */
  changes: ReadonlyMap<string, MessageChange> = new Map();
  readonly #host: Host;
  /** Whether the reader would miss the earliest messages: false at the end of the timeline. */
  readonly #isReadingBack: () => boolean;
  #conversation: string | null = null;
  #isReading = false;
  #isStale = false;
  #wanted = FIRST_PAGE;
  /** The newest message of the other side that was marked as read. */
  #marked: string | undefined;

  constructor(host: Host, isReadingBack: () => boolean) {
    this.#host = host;
    this.#isReadingBack = isReadingBack;
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
    this.changes = new Map();
    this.#wanted = FIRST_PAGE;
    this.#refresh();
  }

  /** Adds the page before the earliest message. */
  readEarlier(): void {
    this.#wanted = this.messages.length + FIRST_PAGE;
    this.#refresh();
  }

  readonly #onConversation = (event: Event): void => {
    if (!(event instanceof ConversationEvent)) return;
    const { conversation, added } = event;
    if (conversation !== this.#conversation) return;
    if (added === null || !this.#append(added)) this.#refresh();
  };

  readonly #onStarted = (): void => this.#refresh();

  readonly #onVisible = (): void => {
    if (document.visibilityState === "visible") this.#refresh();
  };

  /** False where the message does not simply follow what is shown; then all is read again. */
  #append({ message, after }: AddedMessage): boolean {
    const last = this.messages.at(-1)?.id ?? null;
    // An answer under way may hold it, or not.
    if (this.#isReading || !this.isLoaded || last !== after) return false;
    this.#show([...this.messages, message], this.hasMore);
    if (document.visibilityState === "visible") void this.#markRead(this.#conversation);
    return true;
  }

  #show(messages: readonly MessageView[], hasMore: boolean): void {
    const changes = findChanges(this.isLoaded ? this.messages : null, messages);
    // A reading without news leaves the motion of the one before to end.
    if (changes.size > 0) this.changes = changes;
    this.isLoaded = true;
    const isTrimmed = messages.length > this.#wanted + SURPLUS_MAX && !this.#isReadingBack();
    this.messages = isTrimmed ? messages.slice(-this.#wanted) : messages;
    this.hasMore = hasMore || isTrimmed;
    this.#host.requestUpdate();
  }

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
    const wanted = Math.max(this.#wanted, this.messages.length);
    while (hasMore && messages.length < wanted) {
      const limit = Math.min(wanted - messages.length, PAGE_MAX);
      const before = messages[0]?.id;
      const page = { limit, ...(before === undefined ? {} : { before }) };
      const answer = await this.#host.app.call("listMessages", conversation, page);
      if (conversation !== this.#conversation) return;
      this.failure = failureOf(answer);
      if (!answer.ok) return this.#host.requestUpdate();
      messages = [...answer.value.messages, ...messages];
      hasMore = answer.value.hasMore && answer.value.messages.length > 0;
    }
    this.#show(keepUnchanged(this.messages, messages), hasMore);
    if (document.visibilityState === "visible") await this.#markRead(conversation);
  }

  async #markRead(conversation: string | null): Promise<void> {
    if (conversation === null) return;
    const { snapshot } = this.#host.app;
    const unread = snapshot?.conversations.find(({ id }) => id === conversation)?.unread ?? 0;
    const newest = this.messages.findLast(({ isMine }) => !isMine)?.id;
    // The snapshot that counts a new message may come after the event that told of it.
    if (unread === 0 && newest === this.#marked) return;
    this.#marked = newest;
    this.failure = failureOf(await this.#host.app.call("markRead", conversation));
  }
}

/** The messages as they were just read, those that look as before being the objects shown before. */
function keepUnchanged(
  before: readonly MessageView[],
  read: readonly MessageView[],
): readonly MessageView[] {
  const known = new Map(before.map((message) => [message.id, message]));
  return read.map((message) => {
    const shown = known.get(message.id);
    return shown !== undefined && JSON.stringify(shown) === JSON.stringify(message)
      ? shown
      : message;
  });
}
