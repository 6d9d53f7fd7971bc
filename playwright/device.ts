/**
 * One device of one person: an isolated browser profile with the app open in one tab or several, and
 * the screens of the tab that the person looks at, in users' words. Closing the app keeps what the browser stored.
 */
import type { BrowserContext, Page } from "@playwright/test";
import type { Host } from "./host.ts";
import { ChatsPage } from "./pages/chats-page.ts";
import { ConversationPage } from "./pages/conversation-page.ts";
import { FamilyPage } from "./pages/family-page.ts";
import { GroupsPage } from "./pages/groups-page.ts";
import { HistoryPage } from "./pages/history-page.ts";
import { InvitePage } from "./pages/invite-page.ts";
import { JoiningPage } from "./pages/joining-page.ts";
import { MorePage } from "./pages/more-page.ts";
import { PeoplePage } from "./pages/people-page.ts";
import { PersonPage } from "./pages/person-page.ts";
import { WelcomePage } from "./pages/welcome-page.ts";
import { WordsPage } from "./pages/words-page.ts";
import type { Watch } from "./watch.ts";

export class Device {
  readonly person: string;
  readonly context: BrowserContext;
  readonly watch: Watch;
  readonly #host: Host;
  #page: Page | null = null;

  readonly welcome = new WelcomePage(this);
  readonly words = new WordsPage(this);
  readonly invite = new InvitePage(this);
  readonly joining = new JoiningPage(this);
  readonly chats = new ChatsPage(this);
  readonly conversation = new ConversationPage(this);
  readonly family = new FamilyPage(this);
  readonly groups = new GroupsPage(this);
  readonly history = new HistoryPage(this);
  readonly more = new MorePage(this);
  readonly people = new PeoplePage(this);
  readonly deciding = new PersonPage(this);

  constructor(person: string, context: BrowserContext, watch: Watch, host: Host) {
    this.person = person;
    this.context = context;
    this.watch = watch;
    this.#host = host;
  }

  /** The open page. */
  get page(): Page {
    if (this.#page === null) throw new Error(`${this.person} has not opened the app`);
    return this.#page;
  }

  get isOpen(): boolean {
    return this.#page !== null;
  }

  /** Opens the app, or the link that was passed on. */
  async open(link?: string): Promise<void> {
    this.#page = await this.context.newPage();
    await this.#page.goto(link ?? this.#host.url);
  }

  /** Somebody else on the same browser, in a tab of their own. */
  beside(person: string): Device {
    return new Device(person, this.context, this.watch, this.#host);
  }

  /** Turns to another tab of the app, which stays as it is. */
  turnTo(tab: Page): void {
    this.#page = tab;
  }

  async close(): Promise<void> {
    await this.page.close();
    this.#page = null;
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  /** Opens one of the tabs, leaving a conversation on a phone first. */
  async openTab(name: "Chats" | "Places" | "Family" | "More"): Promise<void> {
    const tab = this.page.getByRole("navigation", { name: "Main" }).getByRole("button", { name });
    const back = this.page.getByRole("button", { name: "Back" });
    await tab.or(back).filter({ visible: true }).first().waitFor();
    if (!(await tab.isVisible())) await back.click();
    await tab.click();
  }
}
