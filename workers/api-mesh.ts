/**
 * The boundary between node and mesh: the commands and events of one MessagePort, and the bytes of each
 * peer over a port of its own. Source: DESIGN §2.
 */
/** Node to mesh. `peer` is the node's name for one attempt to connect, never reused. */
export type MeshCommand =
  /** All servers and topics wanted now: the mesh subscribes and unsubscribes the difference. */
  | {
      readonly type: "want";
      readonly servers: readonly string[];
      readonly topics: readonly string[];
    }
  /** Sent on every open server. `data` is base64. */
  | { readonly type: "publish"; readonly topic: string; readonly data: string }
  | { readonly type: "connect"; readonly peer: string; readonly isInitiator: boolean }
  /** A signal from the other side: JSON that the node has verified the origin of, not the content. */
  | { readonly type: "signal"; readonly peer: string; readonly signal: string }
  | { readonly type: "disconnect"; readonly peer: string }
  /** A transferred channel did not arrive alive: from now on the page keeps and pumps them. */
  | { readonly type: "pump" };

/** Mesh to node. */
export type MeshEvent =
  | {
      readonly type: "server";
      readonly url: string;
      readonly state: "open" | "connecting" | "closed";
    }
  | { readonly type: "published"; readonly topic: string; readonly data: string }
  | { readonly type: "signal"; readonly peer: string; readonly signal: string }
  /** The channel of an attempt, new and not open, is the worker's: before its `link`, at most once. */
  | { readonly type: "channel"; readonly peer: string; readonly channel: RTCDataChannel }
  /**
   * The connection stands. Fingerprints: SHA-256 of the DER certificates, lower-case hex. `port` is
   * null where the channel came before; a frame on either says nothing before the handshake.
   */
  | {
      readonly type: "link";
      readonly peer: string;
      readonly isInitiator: boolean;
      readonly localFingerprint: string;
      readonly remoteFingerprint: string;
      readonly port: MessagePort | null;
    }
  | { readonly type: "closed"; readonly peer: string; readonly reason: string }
  /** Nothing is heard of the other side at the moment: the path may be gone, or come back. */
  | { readonly type: "shaken"; readonly peer: string }
  /** The page woke up, came online or became visible: check every link now. */
  | { readonly type: "resumed" };

/** On a link's port: ArrayBuffer is one data-channel message (at most LINK_FRAME_BYTES_MAX); the rest is control. */
export type LinkPortMessage =
  | ArrayBuffer
  /** Page to node: bytes that wait in the data channel, reported when it falls below the low mark. */
  | { readonly type: "buffered"; readonly bytes: number }
  /** Either way. */
  | { readonly type: "close" };

/** 16 KiB: the size that every engine carries (facts: data channel limits). */
export const LINK_FRAME_BYTES_MAX = 16 * 1024;
