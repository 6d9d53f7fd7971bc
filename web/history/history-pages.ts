/**
 * Reads the history from the node while its screen is on: the newest page, again whenever the rules
 * have changed, and older ones when they are asked for. One page is read at a time: a change that comes
 * meanwhile is read after it, and an answer to what is not wanted any more is not taken. SPEC UI96.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { FailureCode, HistoryPage, HistoryRequest, Result } from "../../workers/api.ts";
import { countNew, type Feed, withNewest, withOlder } from "./history-feed.ts";

type Ask = (request: HistoryRequest) => Promise<Result<HistoryPage>>;

const PAGE_BLOCKS = 25;
/** Pages with nothing about me that are passed over in one go: 4,096 changes. */
const EMPTY_PAGES_MAX = 8;
/** Between two looks while a device that has just joined still fetches what was before. */
const COMING_MS = 5_000;

export class HistoryPages implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #ask: Ask;
  #isAboutMe = false;
  /** Counts what was asked: a late answer to something else is not taken. */
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  feed: Feed | null = null;
  failure: FailureCode | null = null;
  isLoading = false;
  /** The rules changed while a page was read. */
  #isStale = false;
  /** Changes that came while somebody looked, since the list was opened or filtered. */
  arrived = 0;

  constructor(host: ReactiveControllerHost, ask: Ask) {
    this.#host = host;
    this.#ask = ask;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
  }

  /** From the beginning, with everything or only what is about me. */
  async open(isAboutMe: boolean): Promise<void> {
    this.#isAboutMe = isAboutMe;
    this.feed = null;
    this.arrived = 0;
    await this.#load(null, (page) => ({ ...page }));
    await this.#passEmpty();
  }

  /** The rules are others: what is new comes to the top, what is shown stays. */
  async refresh(): Promise<void> {
    // What the person asked for goes on; this follows it.
    if (this.isLoading) {
      this.#isStale = true;
      return;
    }
    const before = this.feed;
    if (before === null) return this.open(this.#isAboutMe);
    await this.#load(null, (page) => {
      const after = withNewest(before, page);
      this.arrived += countNew(before, after);
      return after;
    });
    await this.#passEmpty();
  }

  async older(): Promise<void> {
    const { feed } = this;
    if (feed === null || feed.next === null || this.isLoading) return;
    await this.#load(feed.next, (page) => withOlder(feed, page));
    await this.#passEmpty();
  }

  /** Where nothing was found yet the next pages are looked at by themselves. */
  async #passEmpty(): Promise<void> {
    for (let count = 0; count < EMPTY_PAGES_MAX; count += 1) {
      const { feed } = this;
      if (feed === null || feed.next === null || feed.blocks.length > 0) return;
      const turn = this.#turn;
      await this.#load(feed.next, (page) => withOlder(feed, page));
      if (this.failure !== null || this.#turn !== turn + 1) return;
    }
  }

  async #load(before: number | null, take: (page: HistoryPage) => Feed): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    clearTimeout(this.#timer);
    this.isLoading = true;
    this.#host.requestUpdate();
    const answer = await this.#ask({ before, limit: PAGE_BLOCKS, isAboutMe: this.#isAboutMe });
    if (turn !== this.#turn) return;
    this.isLoading = false;
    this.failure = answer.ok ? null : answer.code;
    if (answer.ok) this.feed = take(answer.value);
    // Nothing in the node's words tells that an older one has come.
    const isComing = answer.ok && answer.value.from > 0;
    if (isComing) this.#timer = setTimeout(() => void this.refresh(), COMING_MS);
    this.#host.requestUpdate();
    const isStale = this.#isStale;
    this.#isStale = false;
    if (isStale && answer.ok) await this.refresh();
  }
}
