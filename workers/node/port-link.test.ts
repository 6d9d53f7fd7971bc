import { describe, expect, test } from "vitest";
import type { LinkBinding, LinkHandlers } from "./link.ts";
import { EARLY_BYTES_MAX } from "./link-limits.ts";
import { createPortLink } from "./port-link.ts";

const BINDING: LinkBinding = {
  transport: "rtc",
  isInitiator: true,
  localFingerprint: new Uint8Array(32).fill(1),
  remoteFingerprint: new Uint8Array(32).fill(2),
  purpose: { type: "family" },
};

/** Everything that arrived, and a way to wait for so much of it. */
function sink(): {
  seen: unknown[];
  add: (item: unknown) => void;
  count: (n: number) => Promise<void>;
} {
  const seen: unknown[] = [];
  let wake: () => void = () => undefined;
  return {
    seen,
    add: (item) => {
      seen.push(item);
      wake();
    },
    count: async (n) => {
      while (seen.length < n) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

function setUp() {
  const { port1: page, port2: node } = new MessageChannel();
  const link = createPortLink(node, BINDING);
  const node$ = sink();
  const page$ = sink();
  page.addEventListener("message", (event: MessageEvent<unknown>) => page$.add(event.data));
  page.start();
  const handlers: LinkHandlers = {
    onFrame: (frame) => node$.add([...frame]),
    onClose: (reason) => node$.add(`close ${reason}`),
    onDrain: () => node$.add(`drain ${link.bufferedBytes()}`),
  };
  return { page, link, handlers, node$, page$ };
}

describe("port link", () => {
  test("[LK1] keeps what came before the receiver", async () => {
    const { page, link, handlers, node$ } = setUp();
    page.postMessage(Uint8Array.of(1).buffer);
    page.postMessage(Uint8Array.of(2, 3).buffer);
    page.postMessage({ type: "close" });
    link.receive(handlers);
    await node$.count(3);
    expect(node$.seen).toEqual([[1], [2, 3], "close closed"]);
  });

  test("[LK3] closing tells the page and the own receiver once", async () => {
    const { link, handlers, node$, page$ } = setUp();
    link.receive(handlers);
    link.close("no use");
    link.close("again");
    link.send(Uint8Array.of(1));
    expect(node$.seen).toEqual([]);
    await Promise.all([node$.count(1), page$.count(1)]);
    expect(node$.seen).toEqual(["close no use"]);
    expect(page$.seen).toEqual([{ type: "close" }]);
  });

  test("[LK14] carries frames both ways and leaves the caller's bytes alone", async () => {
    const { page, link, handlers, node$, page$ } = setUp();
    link.receive(handlers);
    const backing = Uint8Array.of(9, 8, 7, 6);
    link.send(backing.subarray(1, 3));
    page.postMessage(Uint8Array.of(5).buffer);
    await Promise.all([node$.count(1), page$.count(1)]);
    expect(page$.seen.map((item) => [...new Uint8Array(item as ArrayBuffer)])).toEqual([[8, 7]]);
    expect([...backing]).toEqual([9, 8, 7, 6]);
    expect(node$.seen).toEqual([[5]]);
    expect(() => link.send(new Uint8Array(16 * 1024 + 1))).toThrow(RangeError);
    link.close("done");
  });

  test("[LK15] counts what was sent since the last report, and reports room", async () => {
    const { page, link, handlers, node$ } = setUp();
    link.receive(handlers);
    link.send(new Uint8Array(1000));
    expect(link.bufferedBytes()).toBe(1000);
    page.postMessage({ type: "buffered", bytes: 400 });
    await node$.count(1);
    expect(node$.seen).toEqual(["drain 400"]);
    link.send(new Uint8Array(50));
    expect(link.bufferedBytes()).toBe(450);
    link.close("done");
    expect(link.bufferedBytes()).toBe(0);
  });

  test.each([
    ["text", "hello"],
    ["null", null],
    ["a view", Uint8Array.of(1)],
    ["an unknown type", { type: "open" }],
    ["a negative level", { type: "buffered", bytes: -1 }],
    ["no level", { type: "buffered" }],
  ])("[LK16] %s on the port ends the link", async (_name, message) => {
    const { page, link, handlers, node$, page$ } = setUp();
    link.receive(handlers);
    page.postMessage(message);
    await Promise.all([node$.count(1), page$.count(1)]);
    expect(node$.seen).toEqual(["close bad-port-message"]);
    expect(page$.seen).toEqual([{ type: "close" }]);
  });

  test("[LK16] a flood before there is a receiver ends the link", async () => {
    const { page, link, handlers, node$, page$ } = setUp();
    for (let size = 0; size <= EARLY_BYTES_MAX; size += 16 * 1024) {
      page.postMessage(new ArrayBuffer(16 * 1024));
    }
    await page$.count(1);
    link.receive(handlers);
    await node$.count(1);
    expect(node$.seen).toEqual(["close early-flood"]);
  });
});
