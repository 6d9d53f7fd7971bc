/**
 * The server's settings, read from the environment, and its start errors, said in one sentence.
 * Pure, so that every sentence can be tested. SPEC SG45, SG50 to SG52.
 */
import { readHostConfig, splitList } from "./host-config.ts";
import type { ServerOptions } from "./server.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type OptionsResult =
  | { readonly ok: true; readonly options: ServerOptions }
  | { readonly ok: false; readonly problem: string };

const PORT_DEFAULT = 4444;
const PORT_MAX = 65_535;

/**
 * Reads PORT, HOST, ACCESS_TOKEN, ALLOWED_ORIGINS, TRUST_PROXY, SIGNALING_SERVERS, ICE_SERVERS.
 * Absent and empty are the same.
 */
export function readServerOptions(environment: Environment): OptionsResult {
  const portText = environment["PORT"] || String(PORT_DEFAULT);
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : PORT_MAX + 1;
  if (port > PORT_MAX) {
    return { ok: false, problem: `PORT must be a number from 0 to ${PORT_MAX}.` };
  }
  const hostConfig = readHostConfig(environment);
  if (!hostConfig.ok) return hostConfig;
  const allowedOrigins = splitList(environment["ALLOWED_ORIGINS"]);
  const options: ServerOptions = {
    port,
    config: hostConfig.config,
    isBehindProxy: environment["TRUST_PROXY"] === "1",
    ...(environment["HOST"] ? { host: environment["HOST"] } : {}),
    ...(environment["ACCESS_TOKEN"] ? { accessToken: environment["ACCESS_TOKEN"] } : {}),
    ...(allowedOrigins.length > 0 ? { allowedOrigins } : {}),
  };
  return { ok: true, options };
}

/** What the host should do about an error of `startServer`. */
export function explainStartError(error: NodeJS.ErrnoException, port: number): string {
  const other = port < PORT_MAX ? port + 1 : PORT_DEFAULT;
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} is already in use. Choose another one: PORT=${other} npm start`;
    case "EACCES":
      return `Port ${port} may not be opened by this user. Choose another one: PORT=${PORT_DEFAULT} npm start`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "HOST is not an address of this machine. Leave it out to listen on all.";
    case undefined:
    default:
      return `TinyWeb could not start: ${error.message}`;
  }
}
