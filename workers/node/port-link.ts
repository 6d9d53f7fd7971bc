/**
 * A link over the page's pump: LinkPortMessage on a MessagePort. What waits is known from the page's
 * reports and from what was sent since, so it can be up to the frames in the port too low; the page
 * reports often enough that a writer that stops at 64 KiB always hears again (SPEC MS17).
 * SPEC LK1 to LK3, LK14 to LK16. Source: DESIGN §2, §6; workers/api.ts.
 */
import { LINK_FRAME_BYTES_MAX, type LinkPortMessage } from "../api.ts";
import { createLinkInbox } from "./link-inbox.ts";
import { EARLY_BYTES_MAX } from "./link-limits.ts";
import type { Link, LinkBinding } from "./link.ts";

/** Takes the port over and starts it. A frame above 16 KiB from the caller is a broken invariant. */
export function createPortLink(port: MessagePort, binding: LinkBinding): Link {
  const inbox = createLinkInbox(() => undefined);
  let hasReceiver = false;
  let buffered = 0;

  const end = (reason: string, isMine: boolean): void => {
    if (inbox.isEnded()) return;
    inbox.end(reason, isMine);
    buffered = 0;
    port.postMessage({ type: "close" } satisfies LinkPortMessage);
    port.close();
  };
  port.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (inbox.isEnded()) return;
    const message = event.data;
    if (message instanceof ArrayBuffer) {
      inbox.push(new Uint8Array(message));
      if (!hasReceiver && inbox.waitingBytes() > EARLY_BYTES_MAX) end("early-flood", true);
      return;
    }
    const control = readControl(message);
    if (control === null) return end("bad-port-message", true);
    if (control.type === "close") return end("closed", false);
    buffered = control.bytes;
    inbox.drained();
  });
  port.addEventListener("messageerror", () => end("bad-port-message", true));
  // Where engines have it, this event tells that the page is gone.
  port.addEventListener("close", () => end("closed", false));
  port.start();

  return {
    binding,
    carrier: "pumped",
    send: (frame) => {
      if (inbox.isEnded()) return;
      if (frame.length > LINK_FRAME_BYTES_MAX) throw new RangeError("link frame above 16 KiB");
      buffered += frame.length;
      const copy = new Uint8Array(frame).buffer;
      port.postMessage(copy, [copy]);
    },
    bufferedBytes: () => buffered,
    receive: (handlers) => {
      hasReceiver = true;
      inbox.attach(handlers);
    },
    close: (reason) => end(reason, true),
  };
}

type Control = Exclude<LinkPortMessage, ArrayBuffer>;

function readControl(message: unknown): Control | null {
  if (typeof message !== "object" || message === null) return null;
  const fields = message as Readonly<Record<string, unknown>>;
  const { type, bytes } = { type: fields["type"], bytes: fields["bytes"] };
  if (type === "close") return { type };
  if (type !== "buffered" || typeof bytes !== "number") return null;
  return Number.isSafeInteger(bytes) && bytes >= 0 ? { type, bytes } : null;
}
