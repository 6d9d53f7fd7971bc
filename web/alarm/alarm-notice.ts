/**
 * What the browser shows of a call for help while the page is in the background, if the person has let
 * it: who needs help (where this place has a lock, that somebody does), never what was written. One for
 * each call, gone as soon as there is no alarm. It is asked for by a press only. SPEC UI148, UI149.
 */

/** What a service worker needs to open the right page when it is pressed. */
export interface NoticeData {
  /** The page's address, without what stands behind #. */
  readonly page: string;
}

export interface NoticeParts {
  /** The browser's `Notification`; null where there is none. */
  readonly notification: Pick<typeof Notification, "permission" | "requestPermission"> | null;
  readonly registration: () => Promise<ServiceWorkerRegistration | undefined>;
  readonly page: string;
}

/** `missing`: this browser shows nothing for a page. */
export type NoticeLeave = NotificationPermission | "missing";

const TAG = "call ";

/** `change` events. */
export class AlarmNotice extends EventTarget {
  readonly #parts: NoticeParts;
  #shown: string | null = null;
  /** One after the other: showing and taking away overtake each other otherwise. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: NoticeParts) {
    super();
    this.#parts = parts;
  }

  get leave(): NoticeLeave {
    return this.#parts.notification?.permission ?? "missing";
  }

  /** From a press, after the reason was read. */
  async ask(): Promise<void> {
    try {
      await this.#parts.notification?.requestPermission();
    } catch (error) {
      console.info("this browser cannot be asked to show anything", error);
    }
    this.dispatchEvent(new Event("change"));
  }

  show(call: string, title: string, body: string): void {
    if (this.leave !== "granted" || this.#shown === call) return;
    this.#shown = call;
    const { page } = this.#parts;
    this.#next(async (registration) => {
      await closeAll(registration, page, call);
      await registration.showNotification(title, {
        tag: TAG + call,
        body,
        requireInteraction: true,
        icon: "/icons/icon-192.png",
        data: { page } satisfies NoticeData,
      });
    });
  }

  /** There is no alarm, or the page is looked at. The first time, what an earlier page has left goes too. */
  close(isFirst = false): void {
    if (this.leave !== "granted" || (this.#shown === null && !isFirst)) return;
    this.#shown = null;
    this.#next((registration) => closeAll(registration, this.#parts.page, null));
  }

  #next(task: (registration: ServiceWorkerRegistration) => Promise<void>): void {
    this.#turn = this.#after(this.#turn, task);
  }

  async #after(
    before: Promise<void>,
    task: (registration: ServiceWorkerRegistration) => Promise<void>,
  ): Promise<void> {
    await before;
    try {
      const registration = await this.#parts.registration();
      if (registration !== undefined) await task(registration);
    } catch (error) {
      console.info("nothing can be shown in the background", error);
    }
  }
}

/** Those of this page's person; another person of this browser has its own. */
async function closeAll(
  registration: ServiceWorkerRegistration,
  page: string,
  butCall: string | null,
): Promise<void> {
  for (const one of await registration.getNotifications()) {
    const isMine = (one.data as NoticeData | null)?.page === page && one.tag.startsWith(TAG);
    if (isMine && one.tag !== TAG + (butCall ?? "")) one.close();
  }
}

export function openNotice(from: Window & typeof globalThis): AlarmNotice {
  const { navigator, location } = from;
  return new AlarmNotice({
    notification: "Notification" in from ? from.Notification : null,
    registration: async () =>
      "serviceWorker" in navigator ? navigator.serviceWorker.getRegistration() : undefined,
    page: location.origin + location.pathname + location.search,
  });
}
