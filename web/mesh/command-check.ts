/**
 * Reads the commands of the node. The node is our own code in another thread, but a command that is
 * no command must not throw in the page's event handler: it is counted and ignored.
 * Source: workers/api.ts MeshCommand; SPEC MS30.
 */
import { FRAME_BYTES_MAX } from "../../signaling/limits.ts";
import { isTopic } from "../../signaling/protocol.ts";
import type { MeshCommand } from "../../workers/api.ts";
import { SERVERS_MAX, TOPICS_MAX } from "./limits.ts";

const PEER_LENGTH_MAX = 128;
const URL_LENGTH_MAX = 2_048;

/** The command, written anew, or null. */
export function readCommand(value: unknown): MeshCommand | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const { peer, topic } = { peer: fields["peer"], topic: fields["topic"] };
  switch (fields["type"]) {
    case "want": {
      const { servers, topics } = { servers: fields["servers"], topics: fields["topics"] };
      if (!isListOf(servers, isServerUrl, SERVERS_MAX)) return null;
      if (!isListOf(topics, isTopic, TOPICS_MAX)) return null;
      return { type: "want", servers: [...servers], topics: [...topics] };
    }
    case "publish": {
      const data = fields["data"];
      if (!isTopic(topic) || !isBase64(data)) return null;
      return { type: "publish", topic, data };
    }
    case "connect": {
      const isInitiator = fields["isInitiator"];
      if (!isPeer(peer) || typeof isInitiator !== "boolean") return null;
      return { type: "connect", peer, isInitiator };
    }
    case "signal": {
      const signal = fields["signal"];
      if (!isPeer(peer) || typeof signal !== "string") return null;
      return { type: "signal", peer, signal };
    }
    case "disconnect":
      return isPeer(peer) ? { type: "disconnect", peer } : null;
    case "pump":
      return { type: "pump" };
    default:
      return null;
  }
}

/** Base64 of at most one frame. */
export function isBase64(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= FRAME_BYTES_MAX &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(value)
  );
}

/** ws: or wss:, and short. */
function isServerUrl(value: unknown): value is string {
  if (typeof value !== "string" || value.length > URL_LENGTH_MAX) return false;
  if (!URL.canParse(value)) return false;
  const { protocol, hash } = new URL(value);
  return (protocol === "ws:" || protocol === "wss:") && hash === "";
}

function isPeer(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= PEER_LENGTH_MAX;
}

function isListOf<Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
  countMax: number,
): value is readonly Item[] {
  return Array.isArray(value) && value.length <= countMax && value.every(isItem);
}
