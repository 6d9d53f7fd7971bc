/**
 * Registers: what one device signs about what it has. A version vector with gap intervals, its own
 * heads, and the exceptions: entries it has had but refused, parked or could not open. A recipient's
 * register is the delivery receipt; what a peer's register lacks is what is queued for it. Only the
 * latest of each device is kept. SPEC RG1, RG2, RG8. Source: DESIGN §5.
 */
import type { Decoded } from "../codec/cbor.ts";
import { deviceId, messageId } from "../codec/ids.ts";
import type { DeviceId, Signature } from "../codec/ids.ts";
import { isSameBytes } from "../codec/cbor.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  struct,
  uint,
  type Shaped,
} from "../codec/shape.ts";
import { clockShape } from "./header.ts";
import { areCanonical, hasSeq } from "./intervals.ts";
import { EXCEPTIONS_MAX, GAPS_MAX, REGISTER_BYTES_MAX, STREAMS_MAX } from "./limits.ts";

const interval = struct({ from: uint(2 ** 40, 1), to: uint(2 ** 40, 1) });

const coverage = struct({
  author: deviceId,
  stream: uint(2 ** 32),
  /** First sequence number still inside retention here; what is below is gone from this device. */
  first: uint(2 ** 40, 1),
  had: list(interval, GAPS_MAX),
});
export type Coverage = Shaped<typeof coverage>;

const exception = struct({
  author: deviceId,
  stream: uint(2 ** 32),
  seq: uint(2 ** 40, 1),
  what: oneOf(["refused", "undecryptable", "parked"]),
  /** Height of the rule that refused; 0 otherwise. */
  height: uint(),
});
export type RegisterException = Shaped<typeof exception>;

/**
 * How far a device's browser keeps what is stored: an installed app, a promise not to delete
 * (`persistent`), neither, or not known yet. What a device says of itself; never proof (SPEC RG8).
 */
export const LASTINGS = ["unknown", "may-forget", "persistent", "installed"] as const;
export type Lasting = (typeof LASTINGS)[number];

const registerShape = struct({
  version: uint(255),
  device: deviceId,
  clock: clockShape,
  /** Ledger height of the device. */
  height: uint(),
  lasting: oneOf(LASTINGS),
  heads: list(struct({ stream: uint(2 ** 32), seq: uint(2 ** 40, 1), id: messageId }), 16),
  vector: list(coverage, STREAMS_MAX),
  exceptions: list(exception, EXCEPTIONS_MAX),
});
export type Register = Shaped<typeof registerShape>;

export const signedRegisterShape = struct({
  bytes: bytes(1, REGISTER_BYTES_MAX),
  signature: bytes<Signature>(64),
});
export type SignedRegister = Shaped<typeof signedRegisterShape>;

declare const verified: unique symbol;
/** A register whose signature was checked under its device's key; minted by node/verify.ts. */
export interface VerifiedRegister {
  readonly [verified]?: true;
  readonly register: Register;
  readonly signed: SignedRegister;
}

export const REGISTER_VERSION = 1;

export function encodeRegister(register: Register): Uint8Array {
  return encodeWith(registerShape, register);
}

export function decodeRegister(registerBytes: Uint8Array): Decoded<Register> {
  const decoded = decodeWith(registerShape, registerBytes, REGISTER_BYTES_MAX);
  if (!decoded.ok) return decoded;
  if (decoded.value.version !== REGISTER_VERSION) {
    return { ok: false, reason: "shape", detail: "unknown version" };
  }
  return decoded.value.vector.every((one) => areCanonical(one.had))
    ? decoded
    : { ok: false, reason: "shape", detail: "intervals" };
}

/** What a register says of one entry. */
export function coverageOf(
  register: Register,
  author: DeviceId,
  stream: number,
  seq: number,
): "had" | "excepted" | "missing" {
  const excepted = register.exceptions.some(
    (one) => one.seq === seq && one.stream === stream && isSameBytes(one.author, author),
  );
  if (excepted) return "excepted";
  const covering = register.vector.find(
    (one) => one.stream === stream && isSameBytes(one.author, author),
  );
  return covering !== undefined && hasSeq(covering.had, seq) ? "had" : "missing";
}
