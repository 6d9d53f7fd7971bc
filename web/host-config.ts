/**
 * What the host of this server decided: signalling and ICE servers. `config.json` comes from our
 * own origin and is checked all the same, entry by entry; what is not understood is left out, and
 * with no server left the page's own origin serves. The last answer is kept, so that an app that
 * starts without the server knows where to look for it again. SPEC UI3, PW20 to PW22.
 */

import { CONFIG_WAIT_MS, CONFIG_WAIT_SHORT_MS } from "./shell/limits.ts";

/** Servers of one kind; the server publishes no more. */
const SERVERS_MAX = 8;

export interface HostConfig {
  /** ws or wss URLs, at least one. */
  readonly servers: readonly string[];
  readonly iceServers: RTCIceServer[];
}

/** Where the last answer is kept: `localStorage`, or nothing where the browser forbids it. */
export type ConfigStore = Pick<Storage, "getItem" | "setItem">;

export interface LoadedConfig {
  readonly config: HostConfig;
  /** The host has other settings than when this browser last read them. */
  readonly hasChanged: boolean;
}

const KEY = "tinyweb.config";

/**
 * Reads `config.json` beside the page. Without an answer in time, or with one that is none, the last
 * one serves, or this page's own server. A late answer is kept for the next start.
 */
export async function loadHostConfig(
  page: URL,
  store: ConfigStore | null,
  request: typeof fetch = fetch,
): Promise<LoadedConfig> {
  const kept = recall(store);
  const answered = ask(page, request).then((text) => {
    if (text !== null && text !== kept) keep(store, text);
    return text;
  });
  const waitMs = kept === null ? CONFIG_WAIT_MS : CONFIG_WAIT_SHORT_MS;
  const text = await Promise.race([
    answered,
    new Promise<null>((resolve) => setTimeout(resolve, waitMs, null)),
  ]);
  return {
    config: readHostConfig(parse(text ?? kept), page),
    hasChanged: text !== null && kept !== null && text !== kept,
  };
}

/** The text of a settings object, or null. */
async function ask(page: URL, request: typeof fetch): Promise<string | null> {
  try {
    const answer = await request(new URL("/config.json", page), { cache: "no-store" });
    const text = await answer.text();
    return answer.ok && isRecord(parse(text)) ? text : null;
  } catch (error) {
    console.info("config.json cannot be read", error);
    return null;
  }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function recall(store: ConfigStore | null): string | null {
  try {
    return store?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}

function keep(store: ConfigStore | null, text: string): void {
  try {
    store?.setItem(KEY, text);
  } catch (error) {
    console.info("config.json cannot be kept", error);
  }
}

/** The checked settings. A page on https can reach wss only, so plain ws is left out there. */
export function readHostConfig(value: unknown, page: URL): HostConfig {
  const { signaling, iceServers } = isRecord(value) ? value : {};
  const isSecure = page.protocol === "https:";
  const servers = asList(signaling)
    .filter((entry) => typeof entry === "string")
    .filter((entry) => isSocketUrl(entry, isSecure));
  const own = `${isSecure ? "wss" : "ws"}://${page.host}`;
  return {
    servers: servers.length > 0 ? servers : [own],
    iceServers: asList(iceServers).flatMap(readIceServer),
  };
}

function readIceServer(value: unknown): RTCIceServer[] {
  if (!isRecord(value)) return [];
  const { urls, username, credential } = value;
  const list = (Array.isArray(urls) ? asList(urls) : [urls]).filter(isIceUrl);
  if (list.length === 0) return [];
  return [
    {
      urls: list,
      ...(typeof username === "string" ? { username } : {}),
      ...(typeof credential === "string" ? { credential } : {}),
    },
  ];
}

function isSocketUrl(text: string, isSecure: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hash } = new URL(text);
  return hash === "" && (protocol === "wss:" || (protocol === "ws:" && !isSecure));
}

function isIceUrl(value: unknown): value is string {
  return typeof value === "string" && /^(?:stuns?|turns?):\S+$/i.test(value);
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value.slice(0, SERVERS_MAX) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
