import { describe, expect, it } from "vitest";
import { readHostConfig } from "./host-config.ts";

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
