/**
 * What a judge may watch. Judges are apart from the judged: they look at what left a device, at what
 * its disk took and at what its screens would show, and keep their own books. SPEC SI13.
 */
import type { Domain } from "../workers/core/codec/hash.ts";
import type { CommitOptions, Write } from "../workers/storage/store.ts";
import type { Device } from "./device.ts";

export interface Judge {
  /** A whole message leaves a device on a link. */
  readonly onMessage?: (from: Device, to: string, message: Uint8Array) => void;
  /** A commit of a device took effect. */
  readonly onCommitted?: (device: Device, writes: readonly Write[], options: CommitOptions) => void;
  /** A device signed something with its device key; it may not have left yet. */
  readonly onSigned?: (
    device: Device,
    domain: Domain,
    message: Uint8Array,
    signature: Uint8Array,
  ) => void;
  /** The device came to rest after an event that touched it. */
  readonly afterEvent?: (device: Device) => void;
  /** Faults are over and everybody has had time: what must hold now. */
  readonly atEnd?: () => Promise<void>;
}

/** Reports a broken rule; `detail` is for people. */
export type Violate = (rule: string, detail: string) => void;
