/**
 * How the page's connections become links: a transferred channel is kept under its attempt until the
 * page says which certificates it runs between, a port comes together with that word. Lets go of what
 * no attempt wants, tells the page when a link is over, and asks it to pump where a transferred
 * channel does not come to life. Decides nothing about who is met. SPEC RV17, RV22 to RV24.
 */
import type { MeshCommand, MeshEvent } from "../api.ts";
import type { Hex } from "../core/codec/ids.ts";
import type { Attempt } from "./attempts.ts";
import type { HeldChannel } from "./channel-link.ts";
import { bindingOf } from "./link-binding.ts";
import type { Link } from "./link.ts";
import { createPortLink } from "./port-link.ts";

export interface LinkArrivals {
  /** A channel that came into the worker for this attempt; without one it is closed. */
  hold(peer: Hex, channel: HeldChannel, attempt: Attempt | undefined): void;
  /** The attempt's link; null if the page's word is none, and then nothing of it is kept. */
  open(event: Extract<MeshEvent, { type: "link" }>, attempt: Attempt | undefined): Link | null;
  /** The connection is gone, or given up before it was a link. */
  end(peer: Hex): void;
}

export function createLinkArrivals(command: (command: MeshCommand) => void): LinkArrivals {
  const channels = new Map<Hex, HeldChannel>();

  const end = (peer: Hex): void => {
    channels.get(peer)?.end();
    channels.delete(peer);
  };
  return {
    hold: (peer, channel, attempt) => {
      if (attempt === undefined || channels.has(peer)) return channel.end();
      channels.set(peer, channel);
    },
    open: (event, attempt) => {
      const { peer, port } = event;
      const binding = attempt === undefined ? null : bindingOf(event, attempt.purpose);
      if (attempt === undefined || binding === null || attempt.isInitiator !== event.isInitiator) {
        port?.close();
        end(peer);
        return null;
      }
      if (port !== null) return createPortLink(port, binding);
      const channel = channels.get(peer);
      if (channel === undefined) {
        // Sent off by the page and lost on the way.
        command({ type: "pump" });
        return null;
      }
      return channel.link(binding, {
        onClosed: () => command({ type: "disconnect", peer }),
        onDead: () => command({ type: "pump" }),
      });
    },
    end,
  };
}
