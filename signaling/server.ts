/**
 * One process, one port: signalling over WebSocket, and the built app over HTTP.
 *
 * This file only puts the parts together and takes them apart again. Nothing is kept on disk, and
 * no log line holds a topic, an address or a token. Source: DESIGN §10; SPEC SG20 to SG46.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hasAccess, type AdmissionRules } from "./admission.ts";
import { EMPTY_HOST_CONFIG, type HostConfig } from "./host-config.ts";
import { answerRequest, type RouteContext } from "./http-routes.ts";
import { SERVER_LIMITS, type ServerLimits } from "./limits.ts";
import { formatMetrics, type Counters, type Gauges } from "./metrics.ts";
import { refuseConnection, SocketHub } from "./socket-hub.ts";
import { loadStaticFiles } from "./static-files.ts";

/** Bytes of one request's headers; Node's own default, written down. */
const HEADER_BYTES_MAX = 16_384;

export type ServerOptions = {
  /** 0 takes a free one; see `RunningServer.port`. */
  readonly port: number;
  /** The interface to listen on. Absent: all. */
  readonly host?: string;
  /** The folder of the built app. Absent: signalling only. */
  readonly staticDir?: string;
  /** Exact origins of the pages that may connect. Absent: all. */
  readonly allowedOrigins?: readonly string[];
  /** Wanted as `?token=` on every socket and on `/metrics`. Absent: none. */
  readonly accessToken?: string;
  /** True behind one's own reverse proxy, which sets X-Forwarded-For. */
  readonly isBehindProxy?: boolean;
  /** Served as `/config.json`. */
  readonly config?: HostConfig;
  /** Gets whole lines without topics and addresses. Absent: silence. */
  readonly logger?: (line: string) => void;
  /** Other limits than `SERVER_LIMITS`, for tests. */
  readonly limits?: Partial<ServerLimits>;
};

export type RunningServer = {
  readonly port: number;
  /** Where a browser on this machine opens it. */
  readonly url: string;
  /** What is there now, and what was counted since the start. */
  readonly readGauges: () => Gauges;
  readonly readCounters: () => Readonly<Counters>;
  /** Ends every connection and stops listening; settles within about `closeMs`. */
  readonly close: () => Promise<void>;
};

/**
 * Starts the server and settles once it listens.
 * @throws the system's error, with its `code` (EADDRINUSE, EACCES, ENOENT for `staticDir`)
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...SERVER_LIMITS, ...options.limits };
  const log = options.logger ?? (() => {});
  const rules: AdmissionRules = {
    allowedOrigins: options.allowedOrigins,
    accessToken: options.accessToken,
    isBehindProxy: options.isBehindProxy ?? false,
  };
  const hub = new SocketHub(rules, limits, () => performance.now());
  const routes: RouteContext = {
    files: options.staticDir === undefined ? undefined : await loadStaticFiles(options.staticDir),
    config: options.config ?? EMPTY_HOST_CONFIG,
    readMetrics: () => formatMetrics(hub.readGauges(), hub.counters),
    canReadMetrics: (request) => hasAccess(rules, request),
  };
  const server = createHttpServer(hub, routes, limits);
  await listen(server, options);
  server.on("error", (error: NodeJS.ErrnoException) => log(`server error: ${error.code ?? "?"}`));
  const pingTimer = setInterval(() => hub.checkLiveness(), limits.pingMs);

  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  log(`listening on port ${port}`);
  return {
    port,
    url: `http://${formatHost(options.host)}:${port}`,
    readGauges: () => hub.readGauges(),
    readCounters: () => ({ ...hub.counters }),
    close: async () => {
      clearInterval(pingTimer);
      const hasStopped = new Promise<void>((resolve) => server.close(() => resolve()));
      await hub.close();
      server.closeAllConnections();
      await hasStopped;
      log("stopped");
    },
  };
}

function createHttpServer(hub: SocketHub, routes: RouteContext, limits: ServerLimits): Server {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) =>
    answerRequest(routes, request, response),
  );
  server.headersTimeout = limits.requestHeadersMs;
  server.requestTimeout = limits.requestHeadersMs;
  server.maxConnections = limits.socketsTotal * 2;
  server.on("clientError", (_error, socket) => refuseConnection(socket, 400));
  server.on("upgrade", (request, socket, head) => hub.upgrade(request, socket, head));
  return server;
}

function listen(server: Server, { port, host }: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The name under which this machine's browser reaches the interface. */
function formatHost(host: string | undefined): string {
  if (host === undefined || host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
