import { describe, expect, test } from "vitest";
import { explainStartError, readServerOptions } from "./environment.ts";

const systemError = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error("x"), { code });

describe("readServerOptions", () => {
  test("[SG45] reads every setting, and has defaults for all", () => {
    expect(readServerOptions({ PORT: "", HOST: "", ICE_SERVERS: " " })).toEqual({
      ok: true,
      options: { port: 4444, isBehindProxy: false, config: { signaling: [], iceServers: [] } },
    });
    const ice = [{ urls: ["stun:a.example", "turn:b.example:3478?transport=udp"], username: "u" }];
    expect(
      readServerOptions({
        PORT: "80",
        HOST: "127.0.0.1",
        ACCESS_TOKEN: "t",
        ALLOWED_ORIGINS: "https://a.example, https://b.example",
        TRUST_PROXY: "1",
        SIGNALING_SERVERS: "wss://a.example ws://b.example:4444/x",
        ICE_SERVERS: JSON.stringify([{ ...ice[0], other: "dropped" }]),
      }),
    ).toEqual({
      ok: true,
      options: {
        port: 80,
        host: "127.0.0.1",
        accessToken: "t",
        allowedOrigins: ["https://a.example", "https://b.example"],
        isBehindProxy: true,
        config: { signaling: ["wss://a.example", "ws://b.example:4444/x"], iceServers: ice },
      },
    });
  });

  test.each([
    ["PORT", "abc"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "4444.5"],
    ["PORT", "1e3"],
    ["SIGNALING_SERVERS", "https://a.example"],
    ["SIGNALING_SERVERS", "ws://"],
    ["SIGNALING_SERVERS", "ws://a ".repeat(9)],
    ["ICE_SERVERS", "{"],
    ["ICE_SERVERS", "{}"],
    ["ICE_SERVERS", "[null]"],
    ["ICE_SERVERS", '[{"urls":[]}]'],
    ["ICE_SERVERS", '[{"urls":"http://a.example"}]'],
    ["ICE_SERVERS", '[{"urls":"stun:a","username":1}]'],
  ])("[SG46] %s=%s is one sentence that names it", (name, value) => {
    const result = readServerOptions({ [name]: value });
    if (result.ok) throw new Error("accepted");
    expect(result.problem).toContain(name);
    expect(result.problem).toMatch(/^[^\n]+\.$/);
  });
});

describe("explainStartError", () => {
  test("[SG51] a taken port comes with a port that exists", () => {
    expect(explainStartError(systemError("EADDRINUSE"), 4444)).toBe(
      "Port 4444 is already in use. Choose another one: PORT=4445 npm start",
    );
    expect(explainStartError(systemError("EADDRINUSE"), 65_535)).toContain("PORT=4444");
  });

  test("[SG52] forbidden ports, foreign addresses and the unknown are one sentence each", () => {
    for (const code of ["EACCES", "EADDRNOTAVAIL", "ENOTFOUND", "EIO"]) {
      expect(explainStartError(systemError(code), 80)).toMatch(/^[A-Z][^\n]+$/);
    }
  });
});
