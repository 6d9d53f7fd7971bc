import { expect, test } from "vitest";
import type { MeshCommand } from "../../workers/api.ts";
import { readCommand } from "./command-check.ts";
import { SERVERS_MAX, TOPICS_MAX } from "./limits.ts";

test("[MS30] reads every command of the node", () => {
  const commands: MeshCommand[] = [
    {
      type: "want",
      servers: ["wss://family.example/?token=x", "ws://127.0.0.1:4444"],
      topics: ["t"],
    },
    { type: "want", servers: [], topics: [] },
    { type: "publish", topic: "t", data: "AAEC" },
    { type: "connect", peer: "1", isInitiator: true },
    { type: "signal", peer: "1", signal: "{}" },
    { type: "disconnect", peer: "1" },
  ];
  for (const command of commands) expect(readCommand(command)).toEqual(command);
});

test("[MS30] gives null for everything else", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `ws://h${index}`);
  const bad: unknown[] = [
    undefined,
    null,
    7,
    "want",
    [],
    {},
    { type: "toString" },
    { type: "want" },
    { type: "want", servers: ["https://family.example"], topics: [] },
    { type: "want", servers: ["javascript:alert(1)"], topics: [] },
    { type: "want", servers: ["nonsense"], topics: [] },
    { type: "want", servers: ["ws://host/#x"], topics: [] },
    { type: "want", servers: many(SERVERS_MAX + 1), topics: [] },
    { type: "want", servers: [], topics: many(TOPICS_MAX + 1) },
    { type: "want", servers: [], topics: [""] },
    { type: "want", servers: [], topics: "t" },
    { type: "publish", topic: "t" },
    { type: "publish", topic: "", data: "AAEC" },
    { type: "publish", topic: "t", data: "not base64!" },
    { type: "publish", topic: "t", data: "A".repeat(70_000) },
    { type: "connect", peer: "", isInitiator: true },
    { type: "connect", peer: "1", isInitiator: "yes" },
    { type: "connect", peer: "x".repeat(200), isInitiator: true },
    { type: "signal", peer: "1", signal: {} },
    { type: "disconnect" },
  ];
  for (const value of bad) expect(readCommand(value)).toBeNull();
});
