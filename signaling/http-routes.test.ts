import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildContentPolicy } from "./headers.ts";
import { startServer, type RunningServer } from "./server.ts";
import { chooseCacheControl, chooseContentType } from "./static-files.ts";

const INDEX = `<!doctype html><title>TinyWeb</title>${"<p>hello</p>".repeat(50)}`;
const NAVIGATION = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

let root: string;
let server: RunningServer;
let bare: RunningServer;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tinyweb-http-"));
  const app = join(root, "app");
  await mkdir(join(app, "assets"), { recursive: true });
  await writeFile(join(root, "secret.txt"), "SECRET");
  await writeFile(join(app, "index.html"), INDEX);
  await writeFile(join(app, "service-worker.js"), "self.x = 1;");
  await writeFile(join(app, ".env"), "SECRET");
  await writeFile(join(app, "icon.png"), Buffer.from([137, 80, 78, 71]));
  await writeFile(join(app, "assets", "index-Ab3_-x9Z.js"), "console.log(1);".repeat(50));
  await symlink(join(root, "secret.txt"), join(app, "link.txt"));
  await symlink(root, join(app, "folder"));
  server = await startServer({
    port: 0,
    host: "127.0.0.1",
    staticDir: app,
    accessToken: "s3cret",
    config: {
      signaling: ["wss://signal.example/path?token=1"],
      iceServers: [{ urls: "stun:stun.example" }],
    },
  });
  bare = await startServer({ port: 0, host: "127.0.0.1" });
});

afterAll(async () => {
  await Promise.all([server.close(), bare.close()]);
  await rm(root, { recursive: true });
});

type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

/** A request whose path goes out exactly as written: fetch and URL would tidy it first. */
function ask(
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = "GET",
  port = server.port,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

describe("the app", () => {
  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/%252e%252e/secret.txt",
    "//secret.txt",
    "/./../secret.txt",
    "/secret.txt%00.html",
    "/%c0%ae%c0%ae/secret.txt",
    "/link.txt",
    "/folder/secret.txt",
    "/.env",
    "/%2eenv",
    "/etc/passwd",
    "http://x/../secret.txt",
    "file:///etc/passwd",
    "*",
    "/%",
  ])("[SG30] %s leads nowhere", async (path) => {
    for (const headers of [{}, NAVIGATION]) {
      const { status, body } = await ask(path, headers);
      expect(body.toString()).not.toContain("SECRET");
      expect(body.toString()).not.toContain("root:");
      if (!path.endsWith("passwd")) expect([400, 404]).toContain(status);
    }
  });

  test("[SG36] a navigation gets the app, anything else unknown gets 404", async () => {
    for (const path of ["/", "/chats", "/chats/with/mia?profile=2", "/index.html"]) {
      const { status, headers, body } = await ask(path, NAVIGATION);
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(body.toString()).toBe(INDEX);
    }
    expect((await ask("/chats")).status).toBe(404);
    expect((await ask("/assets/gone-Ab3_-x9Z.js", NAVIGATION)).status).toBe(404);
    expect((await ask("/assets", NAVIGATION)).status).toBe(200);
  });

  test("[SG34] files have the type of their ending", async () => {
    expect((await ask("/icon.png")).headers["content-type"]).toBe("image/png");
    expect((await ask("/service-worker.js")).headers["content-type"]).toMatch(/^text\/javascript/);
    expect(chooseContentType("/manifest.webmanifest")).toMatch(/^application\/manifest\+json/);
    expect(chooseContentType("/a.WASM")).toBe("application/wasm");
    expect(chooseContentType("/a.exe")).toBe("application/octet-stream");
    expect(chooseContentType("/constructor")).toBe("application/octet-stream");
  });

  test("[SG35] only names with a hash are cached for ever", async () => {
    const { headers } = await ask("/assets/index-Ab3_-x9Z.js");
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    for (const path of ["/", "/service-worker.js", "/icon.png"]) {
      expect((await ask(path)).headers["cache-control"]).toBe("no-cache");
    }
    expect(chooseCacheControl("/assets/plain.js")).toBe("no-cache");
    expect(chooseCacheControl("/other/index-Ab3_-x9Z.js")).toBe("no-cache");
  });

  test("[SG37] text is compressed where the browser takes it", async () => {
    const brotli = await ask("/", { "accept-encoding": "gzip, deflate, br" });
    expect(brotli.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(brotli.body).toString()).toBe(INDEX);
    const gzip = await ask("/", { "accept-encoding": "br;q=0, gzip;q=0.5" });
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzip.body).toString()).toBe(INDEX);
    const plain = await ask("/", { "accept-encoding": "identity" });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(plain.headers["vary"]).toBe("accept-encoding");
    expect((await ask("/icon.png", { "accept-encoding": "br" })).body.length).toBe(4);
  });

  test("[SG37] a known tag gets 304 and nothing else", async () => {
    const { etag } = (await ask("/")).headers;
    const again = await ask("/", { "if-none-match": etag });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    expect((await ask("/", { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("[SG32] HEAD has the headers of GET and no body, other methods get 405", async () => {
    const get = await ask("/", NAVIGATION);
    const head = await ask("/", NAVIGATION, "HEAD");
    const { date: _get, ...getHeaders } = get.headers;
    const { date: _head, ...headHeaders } = head.headers;
    expect(headHeaders).toEqual(getHeaders);
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const { status, headers } = await ask("/", {}, method);
      expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
    }
  });
});

describe("health, metrics and configuration", () => {
  test("[SG31] a stock health check is okay", async () => {
    expect((await ask("/healthz")).body.toString()).toBe("okay");
    const stock = await ask("/", {}, "GET", bare.port);
    expect([stock.status, stock.body.toString()]).toEqual([200, "okay"]);
    expect((await ask("/chats", NAVIGATION, "GET", bare.port)).status).toBe(404);
  });

  test("[SG33] metrics are names and numbers, and need the token where there is one", async () => {
    expect((await ask("/metrics")).status).toBe(403);
    const { status, body } = await ask("/metrics?token=s3cret");
    expect(status).toBe(200);
    for (const line of body.toString().trimEnd().split("\n")) {
      expect(line).toMatch(/^(?:# TYPE )?tinyweb_signaling_[a-z_]+ (?:\d+|gauge|counter)$/);
    }
    expect((await ask("/metrics", {}, "GET", bare.port)).status).toBe(200);
  });

  test("[SG45] the configuration is given as the host set it, and never stored", async () => {
    const { headers, body } = await ask("/config.json");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["content-type"]).toMatch(/^application\/json/);
    expect(JSON.parse(body.toString())).toEqual({
      signaling: ["wss://signal.example/path?token=1"],
      iceServers: [{ urls: "stun:stun.example" }],
    });
    const plain = await ask("/config.json", {}, "GET", bare.port);
    expect(JSON.parse(plain.body.toString())).toEqual({ signaling: [], iceServers: [] });
  });
});

describe("security headers", () => {
  test.each(["/", "/assets/index-Ab3_-x9Z.js", "/gone.js", "/%", "/healthz", "/config.json"])(
    "[SG40] %s carries them all",
    async (path) => {
      const { headers } = await ask(path, { host: "family.example" });
      expect(headers).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "geolocation=(self), camera=(self), microphone=(self)",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types lit-html");
      expect(policy).toContain(
        "connect-src 'self' data: ws://family.example wss://family.example wss://signal.example;",
      );
    },
  );

  test("[SG41] the policy runs no inline or computed script and names no foreign origin", () => {
    const policy = buildContentPolicy("[::1]:4444", []);
    expect(policy).toContain("connect-src 'self' data: ws://[::1]:4444 wss://[::1]:4444;");
    expect(policy).not.toMatch(/unsafe-eval|http|\*/);
    expect(policy.match(/'unsafe-inline'/g)).toHaveLength(1);
    expect(policy).toContain("style-src-attr 'unsafe-inline'");
  });

  test.each([
    "x; script-src *",
    "x' 'unsafe-inline'",
    "x y",
    "x,y",
    "*",
    "*.example",
    "",
    "x:999999",
    "[x]",
  ])("[SG42] host %j does not enter the policy", (host) => {
    expect(buildContentPolicy(host, [host, `https://${host}`, `wss://${host} x`])).toBe(
      buildContentPolicy(undefined, []),
    );
  });
});
