/**
 * The server of one story: the built app and the signalling on one port of this machine, which can
 * be killed and started again on the same port.
 */
import { INSECURE_HOST } from "./browser.ts";
import type { HostConfig } from "../signaling/host-config.ts";
import { startServer, type RunningServer } from "../signaling/server.ts";

const APP_DIR = process.env["APP_DIR"] ?? "dist/app";

export class Host {
  #server: RunningServer;
  #isRunning = true;
  /** Whether pages may have found it gone: browsers then log the failed connection by themselves. */
  hasBeenAway = false;

  private constructor(server: RunningServer) {
    this.#server = server;
  }

  static async start(): Promise<Host> {
    return new Host(await startServer({ port: 0, staticDir: APP_DIR }));
  }

  get port(): number {
    return this.#server.port;
  }

  /** Where the app is opened. */
  get url(): string {
    return `http://localhost:${this.port}/`;
  }

  /** The same server under a name that is no secure context. */
  get insecureUrl(): string {
    return `http://${INSECURE_HOST}:${this.port}/`;
  }

  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.hasBeenAway = true;
    await this.#server.close();
  }

  /** On the same port; with another build of the app, or other settings, where they are given. */
  async startAgain(appDir: string = APP_DIR, config?: HostConfig): Promise<void> {
    const settings = config === undefined ? {} : { config };
    this.#server = await startServer({ port: this.port, staticDir: appDir, ...settings });
    this.#isRunning = true;
  }
}
