/**
 * The two halves of y-webrtc, as they come from its package: its own signalling server as a process,
 * and its own client in a page (bench/pages, a Yjs array as a chat) that our server hands out.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { build } from "vite";

const SERVER = "node_modules/y-webrtc/bin/server.js";
const PAGES = "bench/pages";

export interface YWebrtcServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** y-webrtc's own server on a free port; ready when this resolves. */
export async function startYWebrtcServer(): Promise<YWebrtcServer> {
  const port = await findFreePort();
  const server: ChildProcess = spawn(process.execPath, [SERVER], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (server.stdout === null) throw new Error("y-webrtc's server cannot be heard");
  const early = once(server, "exit").then(([code]) => {
    throw new Error(`y-webrtc's server ended with ${String(code)}`);
  });
  await Promise.race([once(server.stdout, "data"), early]);
  return {
    url: `ws://localhost:${port}`,
    stop: async () => {
      early.catch(() => undefined);
      server.kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

/** Builds the page of y-webrtc's client into `folder`, which then has y-webrtc.html. */
export async function buildYWebrtcPage(folder: string): Promise<void> {
  await build({
    root: PAGES,
    configFile: false,
    logLevel: "error",
    build: {
      outDir: folder,
      emptyOutDir: true,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: join(process.cwd(), PAGES, "y-webrtc.html") },
    },
  });
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
