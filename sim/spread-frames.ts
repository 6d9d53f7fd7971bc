/** What the devices of the spread world say to each other, and how large it is. SPEC SI32. */
import { toHex, type DeviceId, type Hex } from "../workers/core/codec/ids.ts";
import { streamKey, type Clock, type Header } from "../workers/core/gossip/header.ts";
import type { VerifiedRegister } from "../workers/core/gossip/register.ts";
import {
  markRows,
  packRows,
  packWants,
  type Named,
  type RegisterMark,
} from "../workers/core/gossip/packing.ts";
import type { Fingerprint } from "../workers/core/gossip/comparing.ts";
import { fingerprintShape, packFingerprint } from "../workers/core/gossip/fingerprint-words.ts";
import { encodeWith } from "../workers/core/codec/shape.ts";
import type { VerifiedEntry, Want } from "../workers/core/gossip/state.ts";

export type SpreadFrame =
  | { readonly type: "entry"; readonly entry: VerifiedEntry }
  | { readonly type: "answer"; readonly entries: readonly VerifiedEntry[] }
  /** `by`: the question names a register and no numbers; these are what its author thinks of. */
  | { readonly type: "want"; readonly wants: readonly Want[]; readonly by: Clock | null }
  | { readonly type: "have"; readonly wants: readonly Want[] }
  | { readonly type: "wish"; readonly author: DeviceId; readonly isWanted: boolean }
  | { readonly type: "register"; readonly register: VerifiedRegister }
  | { readonly type: "registers"; readonly marks: readonly RegisterMark[] }
  | { readonly type: "fingerprint"; readonly fingerprint: Fingerprint }
  /** Both entries of a fork, or one beside which another may be. */
  | { readonly type: "proof"; readonly entries: readonly VerifiedEntry[] }
  /** A register and an entry of its device that contradict each other. */
  | {
      readonly type: "dated";
      readonly register: VerifiedRegister;
      readonly entry: VerifiedEntry;
    };

/** A frame's own bytes: kind, lengths, the link's tag. */
const FRAME_BYTES = 24;
const CLOCK_BYTES = 12;
const SIGNATURE_BYTES = 64;

/** A place in a stream as a key: what stands there may be one entry or, after a fork, one of two. */
export function keyOf({ author, stream, seq }: Pick<Header, "author" | "stream" | "seq">): string {
  return `${streamKey(author, stream)}/${seq}`;
}

export function idOf({ id }: VerifiedEntry): Hex {
  return toHex(id);
}

/** Signatures are filler here: zeros hold, anything else does not. */
export const SOUND = new Uint8Array(SIGNATURE_BYTES);
export const FORGED = new Uint8Array(SIGNATURE_BYTES).fill(1);

export function isSound(signature: Uint8Array): boolean {
  return signature[0] === 0;
}

/** `named`: the devices that the sender's ledger names. */
export function bytesOf(frame: SpreadFrame, named: Named): number {
  switch (frame.type) {
    case "entry":
      return FRAME_BYTES + entryBytes(frame.entry);
    case "answer":
    case "proof":
      return FRAME_BYTES + frame.entries.reduce((sum, one) => sum + entryBytes(one), 0);
    case "want":
      return FRAME_BYTES + (frame.by === null ? packWants(frame.wants, named).length : CLOCK_BYTES);
    case "have":
      return FRAME_BYTES + packWants(frame.wants, named).length;
    case "registers":
      return FRAME_BYTES + packRows(frame.marks, named, markRows).length;
    case "fingerprint":
      return FRAME_BYTES + encodeFingerprint(frame.fingerprint, named).length;
    case "wish":
      return FRAME_BYTES + 16;
    case "dated":
      return FRAME_BYTES + entryBytes(frame.entry) + registerBytes(frame.register);
    case "register":
      return FRAME_BYTES + registerBytes(frame.register);
  }
}

function encodeFingerprint(fingerprint: Fingerprint, named: Named): Uint8Array {
  return encodeWith(fingerprintShape, packFingerprint(fingerprint, named));
}

function registerBytes({ signed }: VerifiedRegister): number {
  return signed.bytes.length + SIGNATURE_BYTES;
}

function entryBytes({ entry }: VerifiedEntry): number {
  return entry.header.length + entry.signature.length + entry.body.length + 4;
}
