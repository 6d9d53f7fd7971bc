/** The page's hold on a real worker: what happens when it dies, hangs or refuses. */

import { afterEach, describe, expect, it } from "vitest";
import type { NodeEvent } from "../workers/api.ts";
import { NodeClient } from "./node-client.ts";

type Behaviour = "good" | "dies" | "hangs" | "throws" | "stops";

const opened: Worker[] = [];

function startClient(behaviours: Behaviour[]) {
  const events: NodeEvent[] = [];
  const { promise: stopped, resolve } = Promise.withResolvers<NodeEvent>();
  const meshes = { started: 0, stopped: 0 };
  const client = new NodeClient({
    startWorker: () => {
      const name = behaviours.shift() ?? "good";
      const worker = new Worker(new URL("./testing/frail-worker.ts", import.meta.url), {
        type: "module",
        name,
      });
      opened.push(worker);
      return worker;
    },
    start: { database: "test", servers: [], appUrl: "http://localhost/", build: "test" },
    startMesh: () => {
      meshes.started += 1;
      return {
        stop: () => {
          meshes.stopped += 1;
        },
      };
    },
    onEvent: (event) => {
      events.push(event);
      if (event.type === "stopped") resolve(event);
    },
  });
  return { client, events, stopped, meshes };
}

afterEach(() => {
  for (const worker of opened.splice(0)) worker.terminate();
});

describe("NodeClient", () => {
  it("[UI10] starts the node, hands it the mesh, and answers calls", async () => {
    const { client, events, meshes } = startClient(["good"]);
    const answer = await client.start();
    expect(answer.ok && answer.value.familyName).toBe("mesh attached");
    expect(events).toContainEqual(expect.objectContaining({ type: "snapshot" }));
    expect(await client.call("recoveryWords")).toEqual({ ok: true, value: ["one"] });
    expect(meshes).toEqual({ started: 1, stopped: 0 });
  });

  it("[UI10] answers a call before the start with a failure, not with silence", async () => {
    const { client } = startClient([]);
    expect(await client.call("diagnostics")).toMatchObject({ ok: false, code: "worker-died" });
  });

  it("[UI10] does what is asked in the moment of the start, once the worker has started", async () => {
    const { client } = startClient(["good"]);
    const starting = client.start();
    expect(await client.call("recoveryWords")).toEqual({ ok: true, value: ["one"] });
    expect(await starting).toMatchObject({ ok: true });
  });

  it("[UI11] ends every call that waits when the worker dies, and says so once", async () => {
    const { client, stopped, events, meshes } = startClient(["dies"]);
    await client.start();
    const calls = [client.call("recoveryWords"), client.call("cancelJoin")];
    for (const answer of await Promise.all(calls)) {
      expect(answer).toMatchObject({ ok: false, code: "worker-died" });
    }
    expect(await stopped).toMatchObject({ detail: expect.stringContaining("planted") });
    expect(events.filter(({ type }) => type === "stopped")).toHaveLength(1);
    expect(meshes.stopped).toBe(1);
  });

  it(
    "[UI11] gives up a worker that no longer answers",
    { tags: ["long"], timeout: 40_000 },
    async () => {
      const { client, stopped } = startClient(["hangs"]);
      await client.start();
      const answer = client.call("recoveryWords");
      expect(await stopped).toMatchObject({ detail: "no answer to heartbeats" });
      expect(await answer).toMatchObject({ ok: false, code: "worker-died" });
    },
  );

  it("[UI12] turns what the worker throws into a failure", async () => {
    const { client } = startClient(["throws"]);
    await client.start();
    expect(await client.call("recoveryWords")).toMatchObject({ ok: false, code: "internal" });
  });

  it("[TB50] tells the worker when the page freezes or is put away, and when it is back", async () => {
    const { client, events } = startClient(["good"]);
    await client.start();
    const seen = (): readonly unknown[] =>
      events.flatMap((event) => (event.type === "snapshot" ? [event.snapshot.familyName] : []));
    document.dispatchEvent(new Event("freeze"));
    await expect.poll(seen).toContain("away");
    document.dispatchEvent(new Event("resume"));
    await expect.poll(() => seen().at(-1)).toBe("back");
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    await expect.poll(() => seen().at(-1)).toBe("away");
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await expect.poll(() => seen().at(-1)).toBe("back");
    client.stop();
    const before = events.length;
    document.dispatchEvent(new Event("freeze"));
    await client.call("diagnostics");
    // The end itself is the only event after it.
    expect(events.slice(before).filter(({ type }) => type === "snapshot")).toEqual([]);
  });

  it("[UI13] starts a fresh worker after the node stopped itself", async () => {
    const { client, stopped, meshes } = startClient(["stops", "good"]);
    await client.start();
    expect(await stopped).toMatchObject({ detail: "planted invariant" });
    expect((await client.start()).ok).toBe(true);
    expect(await client.call("recoveryWords")).toEqual({ ok: true, value: ["one"] });
    expect(meshes).toEqual({ started: 2, stopped: 1 });
  });
});
