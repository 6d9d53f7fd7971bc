/**
 * A page of its own for the edge cases of cryptography: `judge()` runs them in a module worker, as
 * the app does, and gives the verdicts. Bundled in memory; not part of the app.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";

const ENTRY = fileURLToPath(new URL("judge-worker.ts", import.meta.url));
const PAGE = `<!doctype html><title>Edge cases</title><script>
  globalThis.judge = () => new Promise((resolve, reject) => {
    const worker = new Worker("/judge.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
</script>`;

export interface JudgeServer {
  readonly url: string;
  readonly close: () => void;
}

export async function startJudgeServer(): Promise<JudgeServer> {
  const scripts = await bundle();
  const server = createServer(({ url = "/" }, response) => {
    const script = scripts.get(url);
    const type = script === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { "content-type": type }).end(script ?? PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return { url: `http://localhost:${address.port}/`, close: () => void server.close() };
}

/** By path; the fallback for engines without X25519 is a chunk that is loaded late. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const built = (await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      lib: { entry: ENTRY, formats: ["es"], fileName: () => "judge.js" },
    },
  })) as Rollup.RollupOutput[];
  const files = built.flatMap(({ output }) => output);
  return new Map(
    files.flatMap((file) => (file.type === "chunk" ? [[`/${file.fileName}`, file.code]] : [])),
  );
}
