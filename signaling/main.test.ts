import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { startServer } from "./server.ts";
import { WireClient } from "./testing/wire-client.ts";

const SIGNALING_DIR = dirname(fileURLToPath(import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Runs the entry as a process of its own. */
function run(environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", join(SIGNALING_DIR, "main.ts")], {
    cwd: join(SIGNALING_DIR, ".."),
    env: { ...process.env, HOST: "127.0.0.1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

/** Everything it says until it ends, and how it ends. */
async function readEnd(child: ChildProcess): Promise<{ code: unknown; said: string }> {
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [unknown];
  return { code, said };
}

async function readLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no output");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return line;
}

describe("the entry", () => {
  test("[SG50] says in one line where to open the app", async () => {
    const app = join(SIGNALING_DIR, "testing", "app");
    const child = run({ PORT: "0", STATIC_DIR: app });
    const line = await readLine(child);
    const url = /^TinyWeb is ready: open (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
    expect(url).toBeDefined();
    expect(await (await fetch(`${url}/`)).text()).toContain("a page of the tests");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("[SG53] %s ends it cleanly", async (signal) => {
    const child = run({ PORT: "0" });
    const line = await readLine(child);
    const port = Number(/:(\d+),/.exec(line)?.[1]);
    const client = await WireClient.open(port);
    child.kill(signal);
    child.kill(signal);
    expect(await client.closed).toBe(1001);
    expect(await readEnd(child)).toEqual({ code: 0, said: "" });
  });

  test("[SG51] a taken port is one sentence and exit code 1", async () => {
    const { port, close } = await startServer({ port: 0, host: "127.0.0.1" });
    try {
      expect(await readEnd(run({ PORT: String(port) }))).toEqual({
        code: 1,
        said: `Port ${port} is already in use. Choose another one: PORT=${port + 1} npm start\n`,
      });
    } finally {
      await close();
    }
  });

  test("[SG52] wrong settings are one sentence and exit code 1", async () => {
    expect(await readEnd(run({ PORT: "http" }))).toEqual({
      code: 1,
      said: "PORT must be a number from 0 to 65535.\n",
    });
  });
});
