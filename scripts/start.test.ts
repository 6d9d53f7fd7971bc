import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), "start.mjs");

/**
 * Stands in for npm, because the real one needs the network: notes what it was asked, and leaves
 * behind what an install and a build leave. FAIL names the command that shall fail.
 */
const NPM = `#!${process.execPath}
const fs = require("node:fs");
const asked = process.argv.slice(2);
fs.appendFileSync("npm.log", asked[0] + "\\n");
if (process.env.FAIL === asked[0]) {
  console.error("npm says why" + (process.env.CODE ?? ""));
  process.exit(7);
}
if (asked[0] === "install") fs.appendFileSync("package-lock.json", " ");
if (asked[0] === "ci" || asked[0] === "install") fs.mkdirSync("node_modules", { recursive: true });
if (asked[0] === "run") {
  fs.mkdirSync("dist/server", { recursive: true });
  fs.mkdirSync("dist/app", { recursive: true });
  fs.writeFileSync("dist/app/index.html", "");
  fs.copyFileSync("signaling/main.js", "dist/server/main.js");
}
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tinyweb-start-"));
  for (const folder of ["scripts", "bin", "web", "signaling"]) mkdirSync(join(root, folder));
  copyFileSync(SCRIPT, join(root, "scripts", "start.mjs"));
  copyFileSync(join(dirname(SCRIPT), "prepare.mjs"), join(root, "scripts", "prepare.mjs"));
  writeFileSync(join(root, "bin", "npm"), NPM, { mode: 0o755 });
  writeFileSync(join(root, "package-lock.json"), "{}");
  writeFileSync(join(root, "web", "main.ts"), "1");
  writeFileSync(join(root, "signaling", "main.js"), 'console.log("ready");');
});

afterEach(() => rmSync(root, { recursive: true }));

function launch(environment: Record<string, string> = {}, nodeParameters: string[] = []) {
  const path = `${join(root, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
  return spawn(process.execPath, [...nodeParameters, join(root, "scripts", "start.mjs")], {
    cwd: tmpdir(),
    env: { ...process.env, ...environment, PATH: path },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function start(environment: Record<string, string> = {}, nodeParameters: string[] = []) {
  const child = launch(environment, nodeParameters);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  }
  const [code] = (await once(child, "close")) as [unknown];
  return { code, said };
}

/** What npm was asked for since the last call. */
function takeAsked(): string[] {
  const log = join(root, "npm.log");
  if (!existsSync(log)) return [];
  const asked = readFileSync(log, "utf8").trim().split("\n");
  rmSync(log);
  return asked;
}

describe("npm start", () => {
  test("[SG54] installs and builds the first time, and only then", async () => {
    expect(await start()).toMatchObject({ code: 0, said: expect.stringMatching(/ready\n$/) });
    expect(takeAsked()).toEqual(["ci", "run"]);
    expect(await start()).toEqual({ code: 0, said: "ready\n" });
    expect(takeAsked()).toEqual([]);
    writeFileSync(join(root, "package-lock.json"), '{"changed":1}');
    await start();
    expect(takeAsked()).toEqual(["ci", "run"]);
  });

  test("[SG54] does not repeat an install that somebody made by hand", async () => {
    mkdirSync(join(root, "node_modules"));
    writeFileSync(join(root, "node_modules", ".package-lock.json"), "{}");
    await start();
    expect(takeAsked()).toEqual(["run"]);
  });

  test("[SG54] completes a lock file that this npm finds incomplete", async () => {
    expect((await start({ FAIL: "ci", CODE: " EUSAGE" })).code).toBe(0);
    expect(takeAsked()).toEqual(["ci", "install", "run"]);
    expect(await start()).toEqual({ code: 0, said: "ready\n" });
    expect(takeAsked()).toEqual([]);
  });

  test("[SG55] builds again when a source changed, came or went, and not for a test", async () => {
    await start();
    takeAsked();
    appendFileSync(join(root, "web", "main.ts"), "2");
    await start();
    expect(takeAsked()).toEqual(["run"]);
    writeFileSync(join(root, "vite.config.ts"), "");
    await start();
    expect(takeAsked()).toEqual(["run"]);
    rmSync(join(root, "vite.config.ts"));
    await start();
    expect(takeAsked()).toEqual(["run"]);
    writeFileSync(join(root, "web", "main.test.ts"), "");
    await start();
    expect(takeAsked()).toEqual([]);
    rmSync(join(root, "dist"), { recursive: true });
    await start();
    expect(takeAsked()).toEqual(["run"]);
  });

  test.each([
    ["ci", /npm says why\nThe packages could not be installed: [^\n]+\n$/],
    ["run", /npm says why\nTinyWeb could not be built: [^\n]+\n$/],
  ])("[SG56] a failed npm %s is one sentence, and is tried again", async (step, sentence) => {
    const { code, said } = await start({ FAIL: step });
    expect(code).toBe(1);
    expect(said).toMatch(sentence);
    takeAsked();
    expect((await start()).code).toBe(0);
    expect(takeAsked()).toContain(step);
  });

  test("[SG56] a missing npm is one sentence", async () => {
    const { code, said } = await start({ PATH: "" }, [
      "--import",
      "data:text/javascript,process.env.PATH=''",
    ]);
    expect(code).toBe(1);
    expect(said).toMatch(/npm was not found: [^\n]+\n$/);
  });

  test("[SG57] passes signals on and ends with the server's exit code", async () => {
    writeFileSync(
      join(root, "signaling", "main.js"),
      'process.on("SIGTERM", () => process.exit(3)); setInterval(() => {}, 1e6); console.log("up");',
    );
    const child = launch();
    const lines = createInterface(child.stdout);
    for await (const line of lines) if (line === "up") break;
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [unknown];
    expect(code).toBe(3);
  });

  test("[SG58] a Node that is too old is one sentence", async () => {
    const pretend = `Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.18.9"}})`;
    const { code, said } = await start({}, ["--import", `data:text/javascript,${pretend}`]);
    expect(code).toBe(1);
    expect(said).toBe(
      "TinyWeb needs Node 20.19 or newer, and this is 20.18.9: get it from https://nodejs.org\n",
    );
    expect(takeAsked()).toEqual([]);
  });
});
