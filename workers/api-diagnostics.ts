/**
 * The part of the boundary that is for whoever looks after the app, types only: what a device can say
 * of itself without a secret. Source: DESIGN §9.
 */

export type LinkCarrier = "transferred" | "pumped" | "memory";

export type ServerState = "open" | "connecting" | "closed";

/** One step of measuring what is stored: some hundred rows of one table, never more than a moment. */
export interface StorageSlice {
  readonly table: string;
  readonly rows: number;
  /** Bytes of keys and values as they are handed to the browser, before it packs them. */
  readonly bytes: number;
  /** Tables that are measured to their end after this slice, of how many. */
  readonly done: number;
  readonly tables: number;
  /** To be given back for the next slice; null when all is measured. */
  readonly next: StorageCursor | null;
}

export interface StorageCursor {
  readonly table: string;
  /** The key of the last row that was counted; empty at the beginning of a table. */
  readonly after: readonly (string | number | Uint8Array)[];
}

export interface Diagnostics {
  readonly build: string;
  readonly ledgerHeight: number;
  readonly ledgerHead: string;
  readonly links: readonly {
    readonly device: string;
    readonly kind: "rtc" | "relay" | "memory";
    /** How its bytes reach the node: its data channel is in the worker, or the page pumps them. */
    readonly carrier: LinkCarrier;
    readonly roundTripMs: number | null;
    readonly bufferedBytes: number;
  }[];
  /** Who keeps the rules: devices, how many of them must agree, how many are linked, me among them. */
  readonly replicas: {
    readonly count: number;
    readonly quorum: number;
    readonly linked: number;
    readonly isMine: boolean;
  };
  /** Signalling servers by state alone: an address may hold a token. */
  readonly servers: readonly ServerState[];
  readonly storage: { readonly usedBytes: number; readonly quotaBytes: number } | null;
  readonly rejected: Readonly<Record<string, number>>;
}
