/**
 * The HTTP half of the server: the app, its configuration, health and metrics.
 *
 * Reads only: GET and HEAD, bodies are never looked at. Every answer carries the security headers.
 * It keeps no log of requests. SPEC SG30 to SG46.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buildSecurityHeaders } from "./headers.ts";
import type { HostConfig } from "./host-config.ts";
import type { StaticFile, StaticFiles } from "./static-files.ts";

export type RouteContext = {
  /** Undefined: signalling only, and `/` answers a stock health check. */
  readonly files: StaticFiles | undefined;
  readonly config: HostConfig;
  /** The text of `/metrics`. */
  readonly readMetrics: () => string;
  /** Whether this request may read `/metrics`. */
  readonly canReadMetrics: (request: IncomingMessage) => boolean;
};

const INDEX_PATH = "/index.html";
const TEXT_TYPE = "text/plain; charset=utf-8";

/** Answers one request, whatever it asks. */
export function answerRequest(
  context: RouteContext,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { host } = request.headers;
  for (const [name, value] of Object.entries(
    buildSecurityHeaders(host, context.config.signaling),
  )) {
    response.setHeader(name, value);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    sendText(request, response, 405, "Only GET and HEAD.");
    return;
  }
  const path = readPath(request.url ?? "/");
  if (path === undefined) {
    sendText(request, response, 400, "Not a path.");
    return;
  }
  answerPath(context, path, request, response);
}

function answerPath(
  context: RouteContext,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  switch (path) {
    case "/healthz":
      sendText(request, response, 200, "okay");
      return;
    case "/metrics":
      if (context.canReadMetrics(request)) sendText(request, response, 200, context.readMetrics());
      else sendText(request, response, 403, "Needs the access token.");
      return;
    case "/config.json":
      response.setHeader("content-type", "application/json; charset=utf-8");
      sendBody(request, response, 200, Buffer.from(JSON.stringify(context.config)));
      return;
    default:
      answerFile(context, path, request, response);
  }
}

function answerFile(
  context: RouteContext,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (context.files === undefined) {
    if (path === "/") sendText(request, response, 200, "okay");
    else sendText(request, response, 404, "Not found.");
    return;
  }
  const wanted = context.files.get(path === "/" ? INDEX_PATH : path);
  const file = wanted ?? (isNavigation(path, request) ? context.files.get(INDEX_PATH) : undefined);
  if (file === undefined) sendText(request, response, 404, "Not found.");
  else sendFile(file, request, response);
}

/** The decoded path without query; undefined where it is none or its escapes are broken. */
function readPath(url: string): string | undefined {
  const raw = url.split(/[?#]/, 1)[0] ?? "/";
  try {
    const path = decodeURIComponent(raw);
    return path.startsWith("/") ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A page the app shows by itself: asked for as a document, and not named like a file. */
function isNavigation(path: string, request: IncomingMessage): boolean {
  const lastSegment = path.slice(path.lastIndexOf("/") + 1);
  return !lastSegment.includes(".") && (request.headers.accept ?? "").includes("text/html");
}

function sendFile(file: StaticFile, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("content-type", file.contentType);
  response.setHeader("cache-control", file.cacheControl);
  response.setHeader("etag", file.etag);
  response.setHeader("vary", "accept-encoding");
  if (request.headers["if-none-match"] === file.etag) {
    response.writeHead(304).end();
    return;
  }
  const accepted = request.headers["accept-encoding"];
  if (file.brotli !== undefined && acceptsCoding(accepted, "br")) {
    response.setHeader("content-encoding", "br");
    sendBody(request, response, 200, file.brotli);
  } else if (file.gzip !== undefined && acceptsCoding(accepted, "gzip")) {
    response.setHeader("content-encoding", "gzip");
    sendBody(request, response, 200, file.gzip);
  } else {
    sendBody(request, response, 200, file.plain);
  }
}

/** Whether an Accept-Encoding header names the coding, and not with a weight of zero. */
function acceptsCoding(header: string | string[] | undefined, coding: "br" | "gzip"): boolean {
  for (const item of String(header ?? "").split(",")) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    if (name === coding) return !parameters.some((part) => /^q=0(?:\.0*)?$/.test(part));
  }
  return false;
}

function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
): void {
  response.setHeader("content-type", TEXT_TYPE);
  sendBody(request, response, status, Buffer.from(text));
}

/** Sends the head, and the body unless the request is HEAD. Without other word: `no-store`. */
function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Buffer,
): void {
  if (!response.hasHeader("cache-control")) response.setHeader("cache-control", "no-store");
  response.setHeader("content-length", body.length);
  response.writeHead(status);
  response.end(request.method === "HEAD" ? undefined : body);
}
