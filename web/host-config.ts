/**
 * What the host of this server decided: signalling and ICE servers. `config.json` comes from our
 * own origin and is checked all the same, entry by entry; what is not understood is left out, and
 * with no server left the page's own origin serves. Fetching fails softly for the same reason.
 */

/** Servers of one kind; the server publishes no more. */
const SERVERS_MAX = 8;

export interface HostConfig {
  /** ws or wss URLs, at least one. */
  readonly servers: readonly string[];
  readonly iceServers: RTCIceServer[];
}

/** Reads `config.json` beside the page; an answer that cannot be read counts as an empty one. */
export async function loadHostConfig(page: URL): Promise<HostConfig> {
  try {
    const answer = await fetch(new URL("/config.json", page), { cache: "no-store" });
    return readHostConfig(answer.ok ? await answer.json() : null, page);
  } catch (error) {
    console.warn("config.json cannot be read; using this server alone", error);
    return readHostConfig(null, page);
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
