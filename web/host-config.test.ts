import { describe, expect, it, vi } from "vitest";
import { type ConfigStore, loadHostConfig, readHostConfig } from "./host-config.ts";

const PLAIN = new URL("http://localhost:4444/");
const SECURE = new URL("https://home.example/app/");

describe("readHostConfig", () => {
  it("[UI3] falls back to the page's own origin", () => {
    for (const value of [null, 7, "x", [], {}, { signaling: [] }, { signaling: "ws://a" }]) {
      expect(readHostConfig(value, PLAIN).servers).toEqual(["ws://localhost:4444"]);
      expect(readHostConfig(value, SECURE).servers).toEqual(["wss://home.example"]);
    }
  });

  it("[UI3] keeps only socket URLs that the page can reach, at most eight", () => {
    const signaling = ["ws://a.example", "wss://b.example", "https://c.example", 3, "nonsense"];
    expect(readHostConfig({ signaling }, PLAIN).servers).toEqual([
      "ws://a.example",
      "wss://b.example",
    ]);
    expect(readHostConfig({ signaling }, SECURE).servers).toEqual(["wss://b.example"]);
    const many = Array.from({ length: 20 }, (_, index) => `wss://s${index}.example`);
    expect(readHostConfig({ signaling: many }, SECURE).servers).toHaveLength(8);
  });

  it("[UI3] keeps only the known fields of ICE servers", () => {
    const iceServers = [
      { urls: "stun:stun.example", extra: 1 },
      { urls: ["turn:turn.example", "http://no"], username: "u", credential: 5 },
      { urls: "javascript:alert(1)" },
      null,
    ];
    expect(readHostConfig({ iceServers }, SECURE).iceServers).toEqual([
      { urls: ["stun:stun.example"] },
      { urls: ["turn:turn.example"], username: "u" },
    ]);
  });
});

function storeWith(text: string | null): ConfigStore & { readonly kept: () => string | null } {
  let value = text;
  return {
    getItem: () => value,
    setItem: (_key, newer) => {
      value = newer;
    },
    kept: () => value,
  };
}

const OLD = JSON.stringify({ signaling: ["wss://old.example"] });
const NEW = JSON.stringify({ signaling: ["wss://new.example"] });

describe("loadHostConfig", () => {
  const answer = (body: string, status = 200) => vi.fn(async () => new Response(body, { status }));

  it("[PW20] keeps the last answer and uses it without the server", async () => {
    const store = storeWith(null);
    const first = await loadHostConfig(SECURE, store, answer(NEW));
    expect(first).toMatchObject({ config: { servers: ["wss://new.example"] }, hasChanged: false });
    const gone = vi.fn(async () => Promise.reject(new TypeError("Failed to fetch")));
    const second = await loadHostConfig(SECURE, store, gone);
    expect(second).toEqual(first);
    expect(gone).toHaveBeenCalledOnce();
  });

  it("[PW20] does not wait for a server that says nothing, and keeps its late answer", async () => {
    vi.useFakeTimers();
    const store = storeWith(OLD);
    let resolve: (answer: Response) => void = () => undefined;
    const late = new Promise<Response>((one) => {
      resolve = one;
    });
    const loading = loadHostConfig(SECURE, store, async () => late);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await loading).config.servers).toEqual(["wss://old.example"]);
    expect((await loading).hasChanged).toBe(false);
    resolve(new Response(NEW));
    await vi.waitFor(() => expect(store.kept()).toBe(NEW));
    vi.useRealTimers();
  });

  it("[PW21] takes an answer that holds no settings for none", async () => {
    for (const [body, status] of [
      ["<!doctype html>", 200],
      ["[]", 502],
      [NEW, 502],
      ["null", 200],
      ["7", 200],
      ["", 200],
    ] as const) {
      const store = storeWith(OLD);
      const { config, hasChanged } = await loadHostConfig(SECURE, store, answer(body, status));
      expect(config.servers).toEqual(["wss://old.example"]);
      expect(hasChanged).toBe(false);
      expect(store.kept()).toBe(OLD);
    }
    expect((await loadHostConfig(SECURE, null, answer("x"))).config.servers).toEqual([
      "wss://home.example",
    ]);
  });

  it("[PW20] survives a browser that keeps nothing", async () => {
    const refusing: ConfigStore = {
      getItem: () => {
        throw new DOMException("no", "SecurityError");
      },
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    const { config } = await loadHostConfig(SECURE, refusing, answer(NEW));
    expect(config.servers).toEqual(["wss://new.example"]);
  });

  it("[PW22] says when the host has changed its settings", async () => {
    expect((await loadHostConfig(SECURE, storeWith(OLD), answer(NEW))).hasChanged).toBe(true);
    expect((await loadHostConfig(SECURE, storeWith(NEW), answer(NEW))).hasChanged).toBe(false);
  });
});
