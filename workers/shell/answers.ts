/**
 * From where the service worker answers a request: the kept page, a kept file, or not at all, so that
 * the browser asks the server itself. Pure. What the host decides or measures (config.json, health,
 * metrics) is never kept: an answer of yesterday would be a wrong one. SPEC PW1 to PW4.
 */

/** `page`: index.html, whatever the path. `file`: by its own address. `network`: not answered. */
export type Answer = "page" | "file" | "network";

/** What `chooseAnswer` looks at of a Request. */
export interface Asked {
  readonly method: string;
  readonly mode: string;
  readonly url: string;
}

/** Files named by the hash of their content: kept ones of another build are right, too. */
const HASHED = "/assets/";

/** Paths that the server answers by itself, also to a browser's address bar. */
const SERVER_PATHS: readonly string[] = ["/healthz", "/metrics"];

/**
 * @param origin of the service worker
 * @param isKept whether this build keeps a file of that address
 */
export function chooseAnswer(
  { method, mode, url }: Asked,
  origin: string,
  isKept: (url: string) => boolean,
): Answer {
  const { origin: itsOrigin, pathname } = new URL(url);
  if (method !== "GET" || itsOrigin !== origin) return "network";
  if (mode === "navigate") return isPage(pathname) ? "page" : "network";
  return isKept(url) || pathname.startsWith(HASHED) ? "file" : "network";
}

/** The server gives the same paths the same page (SPEC SG36): all that are not named like a file. */
function isPage(path: string): boolean {
  if (path === "/index.html") return true;
  const last = path.slice(path.lastIndexOf("/") + 1);
  return !last.includes(".") && !SERVER_PATHS.includes(path);
}
