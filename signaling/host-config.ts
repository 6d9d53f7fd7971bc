/**
 * What the host of this server decided for the app: which signalling servers, which ICE servers.
 *
 * Read once from the environment, checked here, served as `config.json`. An empty `signaling` means
 * the page's own origin. A mistake is one sentence for the host's screen, never half a setting.
 * SPEC SG45, SG46.
 */

/** One STUN or TURN server, in the shape that RTCPeerConnection takes. */
type IceServer = {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
};

export type HostConfig = {
  /** ws or wss URLs; empty: the page's own origin. */
  readonly signaling: readonly string[];
  readonly iceServers: readonly IceServer[];
};

export const EMPTY_HOST_CONFIG: HostConfig = { signaling: [], iceServers: [] };

export type HostConfigResult =
  | { readonly ok: true; readonly config: HostConfig }
  | { readonly ok: false; readonly problem: string };

/** Servers of one kind; a browser tries them all, so more only cost time. */
const SERVERS_MAX = 8;

/**
 * Reads `SIGNALING_SERVERS` (URLs, separated by commas or spaces) and `ICE_SERVERS` (a JSON array
 * of `{urls, username?, credential?}`). Absent or empty means none.
 */
export function readHostConfig(
  environment: Readonly<Record<string, string | undefined>>,
): HostConfigResult {
  const signaling = splitList(environment["SIGNALING_SERVERS"]);
  if (signaling.length > SERVERS_MAX || !signaling.every(isSocketUrl)) {
    const problem = `SIGNALING_SERVERS must be up to ${SERVERS_MAX} URLs that begin with ws:// or wss://.`;
    return { ok: false, problem };
  }
  const iceServers = parseIceServers(environment["ICE_SERVERS"] ?? "");
  if (iceServers === undefined) {
    const problem = `ICE_SERVERS must be a JSON array such as [{"urls":"stun:stun.example.org"}], up to ${SERVERS_MAX} entries.`;
    return { ok: false, problem };
  }
  return { ok: true, config: { signaling, iceServers } };
}

/** The parts of a list separated by commas or white space; none when it is absent. */
export function splitList(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((part) => part !== "");
}

function isSocketUrl(text: string): boolean {
  return /^wss?:\/\//i.test(text) && URL.canParse(text);
}

function parseIceServers(text: string): IceServer[] | undefined {
  if (text.trim() === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length > SERVERS_MAX) return undefined;
  return value.every(isIceServer) ? value.map(copyIceServer) : undefined;
}

function isIceServer(value: unknown): value is IceServer {
  if (typeof value !== "object" || value === null) return false;
  const { urls, username, credential } = value as Record<string, unknown>;
  const list: unknown[] = Array.isArray(urls) ? urls : [urls];
  const areUrls = list.length > 0 && list.length <= SERVERS_MAX && list.every(isIceUrl);
  return areUrls && isOptionalText(username) && isOptionalText(credential);
}

function isIceUrl(value: unknown): boolean {
  return typeof value === "string" && /^(?:stuns?|turns?):\S+$/i.test(value);
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** Only the fields a browser takes: whatever else the environment holds is not published. */
function copyIceServer({ urls, username, credential }: IceServer): IceServer {
  return {
    urls,
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  };
}
