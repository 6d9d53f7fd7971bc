/**
 * Who may open a socket: the access token, the page's origin, the address behind a proxy.
 *
 * The origin list keeps other people's *pages* out (a browser cannot lie about it); programs send
 * what they like, so a server for one family sets the token. Both are off unless set: any y-webrtc
 * client is served. SPEC SG26, SG27, SG28.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

export type AdmissionRules = {
  /** Exact origins, as browsers send them (`https://family.example`). Undefined: all. */
  readonly allowedOrigins: readonly string[] | undefined;
  /** Wanted as `?token=`. Undefined: none. */
  readonly accessToken: string | undefined;
  /** Whether the last X-Forwarded-For entry is the client: only behind one's own proxy. */
  readonly isBehindProxy: boolean;
};

/** True when the request's origin may speak to this server. Programs without an origin may. */
export function isOriginAllowed(rules: AdmissionRules, request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return (
    rules.allowedOrigins === undefined ||
    origin === undefined ||
    rules.allowedOrigins.includes(origin)
  );
}

/** True when no token is set or the URL carries it. Takes the same time for every wrong one. */
export function hasAccess(rules: AdmissionRules, request: IncomingMessage): boolean {
  if (rules.accessToken === undefined) return true;
  const query = (request.url ?? "").split("?", 2)[1] ?? "";
  const given = new URLSearchParams(query).get("token") ?? "";
  return timingSafeEqual(hash(given), hash(rules.accessToken));
}

/** The client's address: the socket's, or what the host's own proxy says. Never logged. */
export function readAddress(rules: AdmissionRules, request: IncomingMessage): string {
  const direct = request.socket.remoteAddress ?? "unknown";
  if (!rules.isBehindProxy) return direct;
  const forwarded = String(request.headers["x-forwarded-for"] ?? "");
  return forwarded.slice(forwarded.lastIndexOf(",") + 1).trim() || direct;
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
