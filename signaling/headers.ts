/**
 * The security headers of every answer, and the content policy the app runs under. Pure.
 *
 * The policy admits this host's own files and nothing else. Two exceptions, with reasons: style
 * *attributes* (lit's styleMap writes its first value with setAttribute, controls do the same), and
 * the signalling servers of the host's configuration. `'self'` covers same-origin WebSockets in
 * current engines only, so the host is named with ws and wss too. SPEC SG40 to SG42.
 */

/** A Host header that may stand in the policy: name or address, optional port, nothing else. */
const HOST_PATTERN = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * The value of Content-Security-Policy.
 * @param host the request's Host header; one that is not a plain host is left out
 * @param signaling ws or wss URLs of the host's configuration
 */
export function buildContentPolicy(host: string | undefined, signaling: readonly string[]): string {
  const sources = ["'self'", "data:"];
  if (host !== undefined && HOST_PATTERN.test(host)) sources.push(`ws://${host}`, `wss://${host}`);
  for (const url of signaling) {
    const source = toSource(url);
    if (source !== undefined && !sources.includes(source)) sources.push(source);
  }
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "worker-src 'self'",
    `connect-src ${sources.join(" ")}`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types lit-html tinyweb default",
  ].join("; ");
}

/** Every security header of one answer, lower-case names. Parameters as `buildContentPolicy`. */
export function buildSecurityHeaders(
  host: string | undefined,
  signaling: readonly string[],
): Record<string, string> {
  return {
    "content-security-policy": buildContentPolicy(host, signaling),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

/** The origin of a ws or wss URL; undefined for anything else, so nothing foreign gets in. */
function toSource(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host } = new URL(url);
  if (protocol !== "ws:" && protocol !== "wss:") return undefined;
  return HOST_PATTERN.test(host) ? `${protocol}//${host}` : undefined;
}
