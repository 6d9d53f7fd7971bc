/**
 * What the screens share: the node's last snapshot, the view, drafts and failures. Changes arrive
 * from the node and from the person; every change is announced by one `change` event, and
 * `conversation` events say which messages to read again, `started` that all of it may have changed. Draws nothing and decides no rule.
 */

import type {
  AddedMessage,
  FailureCode,
  NodeEvent,
  NodeSnapshot,
  Result,
} from "../../workers/api.ts";
import { newProfileName } from "../environment.ts";
import type { NodeCalls, NodeClient } from "../node-client.ts";
import { nameTalks } from "./name-talks.ts";
import type { PlaceTrouble } from "./ask-place.ts";
import { PinQuestion } from "./pin-question.ts";
import type { Unsaved } from "../shell/reload.ts";
import type { ThisBrowser } from "../shell/this-browser.ts";
import { readDepth, readView, resolveView, type Shown, type View } from "./view-state.ts";

/** Why the node does not run: it died, or it could not start on this browser. */
export type Stop =
  | { readonly type: "died"; readonly detail: string }
  | { readonly type: "refused"; readonly code: FailureCode; readonly detail: string };

/** What the model asks of the node's client. */
export type ScreenClient = Pick<NodeClient, "start" | "call">;

/** What the model asks of the history: the browser's, or one in memory. */
export type ScreenHistory = Pick<History, "state" | "pushState" | "replaceState" | "back">;

/** Where this page is among the profiles of its browser; the phones of the demo are nowhere. */
export interface ProfilePlace {
  /** As `?profile=` names it. */
  readonly profile: string;
  /** Leaves this page for a profile, with an invite link if there is one; null for the list. */
  readonly go: (profile: string | null, link: string | null) => void;
}

export class ConversationEvent extends Event {
  readonly conversation: string;
  /** All that changed, where that is one new message; else null. */
  readonly added: AddedMessage | null;

  constructor(conversation: string, added: AddedMessage | null) {
    super("conversation");
    this.conversation = conversation;
    this.added = added;
  }
}

/** Somebody is writing at this moment. */
export class TypingEvent extends Event {
  readonly conversation: string;
  readonly name: string;

  constructor(conversation: string, name: string) {
    super("typing");
    this.conversation = conversation;
    this.name = name;
  }
}

export class AppModel extends EventTarget {
  readonly #drafts = new Map<string, string>();
  readonly #client: ScreenClient;
  readonly #history: ScreenHistory;
  readonly place: ProfilePlace | null;
  /** The question for the PIN that is on, if one is. */
  readonly pin = new PinQuestion(() => this.#announce());
  readonly #calls = new Set<Promise<unknown>>();
  /** The browser around the app; null on a phone of the demo. */
  readonly browser: ThisBrowser | null;
  #view: View | null;
  /** Entries of ours in the history below the present one. */
  #depth: number;
  snapshot: NodeSnapshot | null = null;
  stop: Stop | null = null;
  /** Whether this browser can connect to other devices at all; some have that switched off. */
  canLink = true;
  /** Why this browser does not say where it is, while that is shared; null where it does. */
  placeTrouble: PlaceTrouble | null = null;
  /** The invite link this page was opened with or was given; in memory only. */
  inviteLink: string | null = null;

  constructor(
    client: ScreenClient,
    history: ScreenHistory,
    place: ProfilePlace | null = null,
    browser: ThisBrowser | null = null,
  ) {
    super();
    this.place = place;
    this.#client = client;
    this.browser = browser;
    browser?.addEventListener("change", () => this.#announce());
    this.#history = history;
    this.#view = readView(history.state);
    this.#depth = readDepth(history.state);
  }

  get shown(): Shown {
    // A profile that cannot be opened can still be removed.
    if (this.stop?.type === "refused" && this.#view?.screen === "people") return this.#view;
    return resolveView(this.#view, this.snapshot, this.inviteLink !== null);
  }

  /** Starts the node, or starts it again after it stopped. */
  async startNode(): Promise<void> {
    this.stop = null;
    this.#announce();
    const answer = await this.#client.start();
    if (answer.ok) {
      this.#take(answer.value);
      this.dispatchEvent(new Event("started"));
    } else if (answer.code !== "worker-died") this.stop = { type: "refused", ...answer };
    this.#announce();
  }

  /** Takes in what the node reports. */
  hear(event: NodeEvent): void {
    switch (event.type) {
      case "snapshot": {
        this.#take(event.snapshot);
        // It could not start while another tab led; now it runs.
        const wasRefused = this.stop?.type === "refused";
        if (wasRefused) this.stop = null;
        if (wasRefused) this.dispatchEvent(new Event("started"));
        return this.#announce();
      }
      case "conversation":
        this.dispatchEvent(new ConversationEvent(event.id, event.added ?? null));
        return;
      case "typing":
        this.dispatchEvent(new TypingEvent(event.id, event.name));
        return;
      case "stopped":
        this.stop = { type: "died", detail: event.detail };
        return this.#announce();
    }
  }

  call<Name extends keyof NodeCalls>(
    name: Name,
    ...args: Parameters<NodeCalls[Name]>
  ): ReturnType<NodeCalls[Name]> {
    const answer = this.#client.call(name, ...args);
    this.#calls.add(answer);
    void answer.finally(() => this.#calls.delete(answer));
    return answer;
  }

  /** Opens a screen; Back returns from it. */
  open(view: View): void {
    this.#depth += 1;
    this.#history.pushState({ ...view, depth: this.#depth }, "");
    this.#view = view;
    this.#announce();
  }

  /** Opens a screen in place of the present one. */
  replace(view: View): void {
    this.#history.replaceState({ ...view, depth: this.#depth }, "");
    this.#view = view;
    this.#announce();
  }

  /** Back to where the person came from; to `otherwise` where the history begins here. */
  back(otherwise: View): void {
    if (this.#depth > 0) this.#history.back();
    else this.replace(otherwise);
  }

  /** Follows the browser's Back and Forward. */
  follow(state: unknown): void {
    this.#view = readView(state);
    this.#depth = readDepth(state);
    this.#announce();
  }

  /** Takes a link that was opened: the screen for the invited, whatever was on before. */
  takeInvite(link: string): void {
    this.inviteLink = link;
    this.replace({ screen: "invited" });
  }

  notePlaceTrouble(trouble: PlaceTrouble | null): void {
    if (this.placeTrouble === trouble) return;
    this.placeTrouble = trouble;
    this.#announce();
  }

  forgetInvite(): void {
    this.inviteLink = null;
    this.#announce();
  }

  /** Leaves for a new person's place, with the invite that was opened if there is one. */
  beginNew(taken: readonly string[]): void {
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    this.place?.go(newProfileName(taken, random), this.inviteLink);
  }

  /** The same where the list is not at hand. */
  async beginNewPerson(): Promise<void> {
    const answer = await this.call("listProfiles");
    this.beginNew(answer.ok ? answer.value.map(({ profile }) => profile) : []);
  }

  draft(conversation: string): string {
    return this.#drafts.get(conversation) ?? "";
  }

  keepDraft(conversation: string, text: string): void {
    if (text === "") this.#drafts.delete(conversation);
    else this.#drafts.set(conversation, text);
  }

  /** What only this page knows, once no call is under way any more: for a reload. */
  async unsaved(): Promise<Unsaved> {
    await Promise.all(this.#calls);
    return { invite: this.inviteLink, drafts: Object.fromEntries(this.#drafts) };
  }

  #take(snapshot: NodeSnapshot): void {
    const hasJoined = this.snapshot?.phase === "joining" && snapshot.phase === "member";
    // The link has done its work; kept, it would look like an invite opened by a member.
    if (hasJoined) this.inviteLink = null;
    // What was on when it was locked is not what a person who comes to it wants first.
    const isLocking = snapshot.phase === "locked" && this.snapshot?.phase !== "locked";
    if (isLocking && this.#view?.screen === "people") this.#view = null;
    this.snapshot = nameTalks(snapshot);
  }

  #announce(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** The code of a failed answer, or null. */
export function failureOf(answer: Result<unknown>): FailureCode | null {
  return answer.ok ? null : answer.code;
}
