/**
 * Which open page a pressed notification leads to. The page that had it shown is named in it; nothing
 * but an address of this app counts. Pure. SPEC UI148.
 */

/** What `choosePage` looks at of a window client. */
export interface OpenPage {
  readonly url: string;
}

/** The address that the notification names, if it is one of this app; else the app's own beginning. */
export function pageOf(data: unknown, origin: string): string {
  const named = typeof data === "object" && data !== null && "page" in data ? data.page : null;
  const url = typeof named === "string" ? URL.parse(named) : null;
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
