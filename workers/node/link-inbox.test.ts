import { describe, expect, test } from "vitest";
import { createLinkInbox } from "./link-inbox.ts";

/** Resolves when all microtasks have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("link inbox", () => {
  test("[LK3] tells the first reason once, however often it is ended", async () => {
    const log: string[] = [];
    const inbox = createLinkInbox(() => log.push("delivered"));
    inbox.attach({
      onFrame: (frame) => log.push(`frame ${frame[0]}`),
      onClose: (reason) => log.push(`close ${reason}`),
      onDrain: () => log.push("drain"),
    });
    inbox.push(Uint8Array.of(1));
    inbox.end("first", false);
    inbox.push(Uint8Array.of(2));
    inbox.end("second", false);
    await settled();
    inbox.end("third", true);
    inbox.drained();
    await settled();
    expect(log).toEqual(["frame 1", "delivered", "close first"]);
    expect(inbox.waitingBytes()).toBe(0);
  });

  test("[LK3] ending at once drops what waits", async () => {
    const log: string[] = [];
    const inbox = createLinkInbox(() => log.push("delivered"));
    inbox.push(Uint8Array.of(1));
    inbox.end("gone", true);
    const receiver = {
      onFrame: () => log.push("frame"),
      onClose: (reason: string) => log.push(`close ${reason}`),
      onDrain: () => log.push("drain"),
    };
    inbox.attach(receiver);
    expect(() => inbox.attach(receiver)).toThrow();
    await settled();
    expect(log).toEqual(["close gone"]);
  });

  test("[LK3] a receiver that closes in the middle gets no more frames", async () => {
    const log: string[] = [];
    const inbox = createLinkInbox(() => log.push("delivered"));
    inbox.attach({
      onFrame: (frame) => {
        log.push(`frame ${frame[0]}`);
        inbox.end("enough", true);
      },
      onClose: (reason) => log.push(`close ${reason}`),
      onDrain: () => log.push("drain"),
    });
    inbox.push(Uint8Array.of(1));
    inbox.push(Uint8Array.of(2));
    await settled();
    expect(log).toEqual(["frame 1", "delivered", "close enough"]);
  });
});
