import { describe, expect, test } from "vitest";
import type { Link, LinkBinding, LinkHandlers } from "./link.ts";
import { createMemoryLinkPair } from "./memory-link.ts";

const BINDING: LinkBinding = {
  transport: "memory",
  isInitiator: true,
  localFingerprint: new Uint8Array(32),
  remoteFingerprint: new Uint8Array(32),
  purpose: { type: "family" },
};

function pair(): [Link, Link] {
  return createMemoryLinkPair(BINDING, { ...BINDING, isInitiator: false });
}

/** Resolves after every microtask queued so far and those that they queue. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function recorder(log: string[], name = ""): LinkHandlers {
  return {
    onFrame: (frame) => log.push(`${name}frame ${[...frame].join(",")}`),
    onClose: (reason) => log.push(`${name}close ${reason}`),
    onDrain: () => log.push(`${name}drain`),
  };
}

describe("memory link", () => {
  test("[LK1] keeps early frames and delivers them first, in order", async () => {
    const [a, b] = pair();
    a.send(Uint8Array.of(1));
    a.send(Uint8Array.of(2));
    await settled();
    expect(a.bufferedBytes()).toBe(2);
    const log: string[] = [];
    b.receive(recorder(log));
    a.send(Uint8Array.of(3));
    await settled();
    expect(log).toEqual(["frame 1", "frame 2", "frame 3"]);
    expect(a.bufferedBytes()).toBe(0);
  });

  test("[LK2] never calls a receiver inside send, close or receive", async () => {
    const [a, b] = pair();
    const log: string[] = [];
    a.send(Uint8Array.of(1));
    b.receive(recorder(log, "b "));
    a.receive(recorder(log, "a "));
    a.send(Uint8Array.of(2));
    expect(log).toEqual([]);
    await settled();
    expect(log).toEqual(["b frame 1", "b frame 2", "a drain"]);
    a.close("done");
    expect(log).toHaveLength(3);
    await settled();
    expect(log.slice(3)).toEqual(["a close done", "b close closed"]);
  });

  test("[LK3] both ends hear of the end once, after what came before it", async () => {
    const [a, b] = pair();
    const log: string[] = [];
    b.receive(recorder(log));
    const mine: string[] = [];
    a.receive(recorder(mine));
    b.send(Uint8Array.of(9));
    a.send(Uint8Array.of(1));
    a.close("first");
    a.close("second");
    b.close("third");
    a.send(Uint8Array.of(2));
    b.send(Uint8Array.of(3));
    await settled();
    expect(mine).toEqual(["close first"]);
    expect(log).toEqual(["frame 1", "close closed"]);
  });

  test("[LK3] a receiver that comes after the end still hears of it", async () => {
    const [a, b] = pair();
    a.send(Uint8Array.of(1));
    a.close("gone");
    const log: string[] = [];
    b.receive(recorder(log));
    await settled();
    expect(log).toEqual(["frame 1", "close closed"]);
  });

  test("[LK4] a frame above 16 KiB is a broken invariant", () => {
    const [a] = pair();
    expect(() => a.send(new Uint8Array(16 * 1024 + 1))).toThrow(RangeError);
  });
});
