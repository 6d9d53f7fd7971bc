/**
 * Which open page a pressed notification leads to: a call for help that a page had shown while it was in
 * the background. That page is named in it; nothing but an address of this app counts. SPEC UI148.
 */

/** What `choosePage` looks at of a window client. */
export interface OpenPage {
  readonly url: string;
}

/** The address that the notification names, if it is one of this app; else the app's own beginning. */
export function pageOf(data: unknown, origin: string): string {
  const named = typeof data === "object" && data !== null && "page" in data ? data.page : null;
  const url = typeof named === "string" && URL.canParse(named) ? new URL(named) : null;
  return url !== null && url.origin === origin
    ? url.origin + url.pathname + url.search
    : `${origin}/`;
}

/** The open page of that address, whatever screen it shows; null where it is closed. */
export function choosePage<Page extends OpenPage>(
  page: string,
  open: readonly Page[],
): Page | null {
  return open.find(({ url }) => url.replace(/#.*$/, "") === page) ?? null;
}

/** To the page that had it shown, or to a new one of that person. */
export async function followPress(
  { clients, location }: Pick<ServiceWorkerGlobalScope, "clients" | "location">,
  { notification }: NotificationEvent,
): Promise<void> {
  notification.close();
  const page = pageOf(notification.data, location.origin);
  const open = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const found = choosePage(page, open);
  await (found === null ? clients.openWindow(page) : found.focus());
}
