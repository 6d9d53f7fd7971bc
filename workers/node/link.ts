/**
 * A link: frames to and from one other device, whatever carries them (a data channel here in the
 * worker or through the page's port, memory in tests and the simulator, later a relay). A link is not yet trusted: the
 * handshake in session.ts runs over it first, bound to what `binding` says. SPEC LK1..LK3.
 */
import type { LinkCarrier } from "../api.ts";

export interface Link {
  readonly binding: LinkBinding;
  /** For the diagnosis only. */
  readonly carrier: LinkCarrier;
  /** Sends one frame of at most 16 KiB. After close it does nothing. */
  send(frame: Uint8Array): void;
  /** Bytes accepted and not yet on the wire. */
  bufferedBytes(): number;
  /** Sets the one receiver; frames that came earlier are delivered first. */
  receive(handlers: LinkHandlers): void;
  close(reason: string): void;
}

export interface LinkHandlers {
  readonly onFrame: (frame: Uint8Array) => void;
  readonly onClose: (reason: string) => void;
  /** The wire has room again. */
  readonly onDrain: () => void;
}

/** What the handshake signs so that the link cannot be somebody else's. */
export interface LinkBinding {
  readonly transport: "rtc" | "memory";
  readonly isInitiator: boolean;
  /** SHA-256 of the certificates of the data channel (32 bytes); for memory any value both know. */
  readonly localFingerprint: Uint8Array;
  readonly remoteFingerprint: Uint8Array;
  readonly purpose: LinkPurpose;
}

/** Why the two met: as devices of a family, or over an invite (hex id), on either side of it. */
export type LinkPurpose =
  | { readonly type: "family" }
  | { readonly type: "invite"; readonly invite: string; readonly side: "inviter" | "newcomer" };
