/**
 * Two ends of a link inside one process, for tests and the demo: whole, ordered, delivered in a
 * microtask. What waits for a receiver counts as buffered at its sender. SPEC LK1 to LK3.
 */
import { LINK_FRAME_BYTES_MAX } from "../api.ts";
import { createLinkInbox, type LinkInbox } from "./link-inbox.ts";
import type { Link, LinkBinding } from "./link.ts";

/** The two ends, each with the binding that its side believes in. */
export function createMemoryLinkPair(a: LinkBinding, b: LinkBinding): [Link, Link] {
  const inboxOfA: LinkInbox = createLinkInbox(() => inboxOfB.drained());
  const inboxOfB: LinkInbox = createLinkInbox(() => inboxOfA.drained());
  return [endOf(a, inboxOfA, inboxOfB), endOf(b, inboxOfB, inboxOfA)];
}

function endOf(binding: LinkBinding, mine: LinkInbox, theirs: LinkInbox): Link {
  return {
    binding,
    carrier: "memory",
    send: (frame) => {
      if (mine.isEnded()) return;
      if (frame.length > LINK_FRAME_BYTES_MAX) throw new RangeError("link frame above 16 KiB");
      theirs.push(frame.slice());
    },
    bufferedBytes: () => (mine.isEnded() ? 0 : theirs.waitingBytes()),
    receive: (handlers) => mine.attach(handlers),
    close: (reason) => {
      if (mine.isEnded()) return;
      mine.end(reason, true);
      theirs.end("closed", false);
    },
  };
}
