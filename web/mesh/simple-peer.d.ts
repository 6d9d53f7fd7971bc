/**
 * The part of simple-peer 9.11.1 that the mesh uses. Its browser build is imported because the bare
 * name needs node's globals. The types of the registry name node's streams, which no page has.
 */
declare module "simple-peer/simplepeer.min.js" {
  interface SimplePeerOptions {
    initiator: boolean;
    trickle: boolean;
    /** Always given: the default leaks to STUN servers of two companies. */
    config: RTCConfiguration;
    /** Keeps text apart from bytes in `data`, and message boundaries apart from each other. */
    objectMode: boolean;
  }

  interface SimplePeerEvents {
    signal: (signal: { readonly type: string }) => void;
    connect: () => void;
    /** Bytes of one message, or its text. */
    data: (chunk: Uint8Array | string) => void;
    iceStateChange: (connection: RTCIceConnectionState, gathering: RTCIceGatheringState) => void;
    /** Always before `close`; without a listener it is thrown. */
    error: (error: Error) => void;
    close: () => void;
  }

  export default class SimplePeer {
    constructor(options: SimplePeerOptions);
    /** Null after destroy. */
    readonly _pc: RTCPeerConnection | null | undefined;
    /** Null before the channel exists and after destroy. */
    readonly _channel: RTCDataChannel | null;
    on<Name extends keyof SimplePeerEvents>(name: Name, listener: SimplePeerEvents[Name]): this;
    /** Throws after destroy; an unknown shape destroys. */
    signal(signal: object): void;
    /** Throws after destroy, and whatever RTCDataChannel.send throws. */
    send(bytes: ArrayBuffer): void;
    /** Takes effect in a microtask. */
    destroy(): void;
  }
}
