/**
 * Registers: what one device signs about what it has. A version vector with gap intervals, its own
 * heads, and the exceptions: entries it has had but refused, parked or could not open. A recipient's
 * register is the delivery receipt; what a peer's register lacks is what is queued for it. Only the
 * latest of each device is kept. Vector and exceptions are packed, and read by who knows the devices.
 * SPEC RG1, RG2, RG8. Source: DESIGN §5.
 */
import type { Decoded } from "../codec/cbor.ts";
import { deviceId, messageId } from "../codec/ids.ts";
import type { DeviceId, MessageId, Signature } from "../codec/ids.ts";
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
import {
  clockShape,
  compareClock,
  EMERGENCY_STREAM,
  isDurable,
  streamKey,
  type Header,
} from "./header.ts";
import { hasSeq } from "./intervals.ts";
import { EXCEPTIONS_MAX, REGISTER_BYTES_MAX } from "./limits.ts";
import {
  packRows,
  SEQ_MAX,
  STREAM_NUMBERS,
  streamRows,
  unpackRows,
  type Named,
  type Rows,
  type StreamNumbers,
} from "./packing.ts";

/** What a device has of one stream; `first` is the first number still inside retention here. */
export type Coverage = StreamNumbers;

const EXCEPTION_WORDS = ["refused", "undecryptable", "parked"] as const;

export interface RegisterException {
  readonly author: DeviceId;
  readonly stream: number;
  readonly seq: number;
  readonly what: (typeof EXCEPTION_WORDS)[number];
  /** Height of the rule that refused; 0 otherwise. */
  readonly height: number;
}

/**
 * How far a device's browser keeps what is stored: an installed app, a promise not to delete
 * (`persistent`), neither, or not known yet. What a device says of itself; never proof (SPEC RG8).
 */
export const LASTINGS = ["unknown", "may-forget", "persistent", "installed"] as const;
export type Lasting = (typeof LASTINGS)[number];

/** As it is signed. */
export const registerShape = struct({
  version: uint(255),
  device: deviceId,
  clock: clockShape,
  /** Ledger height of the device. */
  height: uint(),
  lasting: oneOf(LASTINGS),
  heads: list(struct({ stream: uint(2 ** 32), seq: uint(2 ** 40, 1), id: messageId }), 16),
  vector: bytes(1, REGISTER_BYTES_MAX),
  exceptions: bytes(0, REGISTER_BYTES_MAX),
});

export type Register = Omit<Shaped<typeof registerShape>, "vector" | "exceptions"> & {
  readonly vector: readonly Coverage[];
  readonly exceptions: readonly RegisterException[];
};

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

export const REGISTER_VERSION = 2;
/** Of a head whose entry is not known any more. */
export const UNKNOWN_ID: MessageId = new Uint8Array(16);

/** `named`: the devices of the ledger at the height that the register cites. */
export function encodeRegister(register: Register, named: Named): Uint8Array {
  const { exceptions } = register;
  return encodeWith(registerShape, {
    ...register,
    vector: packRows(register.vector, named, streamRows),
    exceptions:
      exceptions.length === 0 ? new Uint8Array() : packRows(exceptions, named, exceptionRows),
  });
}

/** `named`: the devices that the reader's ledger names; what is said of others is left out. */
export function decodeRegister(registerBytes: Uint8Array, named: Named): Decoded<Register> {
  const decoded = decodeWith(registerShape, registerBytes, REGISTER_BYTES_MAX);
  if (!decoded.ok) return decoded;
  if (decoded.value.version !== REGISTER_VERSION) {
    return { ok: false, reason: "shape", detail: "unknown version" };
  }
  const vector = unpackRows(decoded.value.vector, named, streamRows);
  const packed = decoded.value.exceptions;
  const exceptions = packed.length === 0 ? [] : unpackRows(packed, named, exceptionRows);
  if (vector === null || exceptions === null) {
    return { ok: false, reason: "shape", detail: vector === null ? "vector" : "exceptions" };
  }
  return { ok: true, value: { ...decoded.value, vector, exceptions } };
}

const exceptionRows: Rows<RegisterException> = {
  authorOf: ({ author }) => author,
  rowsMax: EXCEPTIONS_MAX,
  write: ({ stream, seq, what, height }, writer) => {
    writer.number(EXCEPTION_WORDS.indexOf(what) * STREAM_NUMBERS + stream);
    writer.number(seq - 1);
    writer.number(height);
  },
  read: (author, reader) => {
    const [head, below, height] = [reader.number(), reader.number(), reader.number()];
    if (head === null || below === null || height === null || below >= SEQ_MAX) return null;
    const what = EXCEPTION_WORDS[Math.floor(head / STREAM_NUMBERS)];
    if (what === undefined) return null;
    if (author === null) return "nobody";
    return { author, stream: head % STREAM_NUMBERS, seq: below + 1, what, height };
  },
};

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
  const covering = coverageIn(register, author, stream);
  return covering !== undefined && hasSeq(covering.had, seq) ? "had" : "missing";
}

/** Of each register, which is never changed in place, its lines by stream. */
const lines = new WeakMap<Register, ReadonlyMap<string, Coverage>>();

/** What a register says of one stream. */
export function coverageIn(
  register: Register,
  author: DeviceId,
  stream: number,
): Coverage | undefined {
  const found = lines.get(register) ?? linesOf(register);
  return found.get(streamKey(author, stream));
}

function linesOf(register: Register): ReadonlyMap<string, Coverage> {
  const found = new Map<string, Coverage>();
  for (const one of register.vector) {
    const key = streamKey(one.author, one.stream);
    // The first line counts, as it is read.
    if (!found.has(key)) found.set(key, one);
  }
  lines.set(register, found);
  return found;
}

/** An entry by what was signed of it. */
export interface Signed {
  readonly id: MessageId;
  readonly header: Header;
}

/**
 * Whether no app signs both: a device's clock strictly increases over entries and registers together,
 * so what a register names as written is older than it, all else later, and its last entry is the one
 * that it names. A call for help contradicts nothing: it is taken whatever its clock says. SPEC BK1, BK2.
 */
export function contradicts(register: Register, { id, header }: Signed): boolean {
  if (!isSameBytes(register.device, header.author) || !isJudged(header.stream)) return false;
  const order = compareClock(header.clock, register.clock);
  const head = headIn(register, header.stream);
  if (header.seq > head.seq) return order <= 0;
  if (order >= 0) return true;
  const isNamed = header.seq === head.seq && !isSameBytes(head.id, UNKNOWN_ID);
  return isNamed && !isSameBytes(head.id, id);
}

/** What its device had last written in a stream; a stream that it does not name was empty. */
export function headIn(
  { heads }: Register,
  stream: number,
): Pick<Register["heads"][number], "seq" | "id"> {
  return heads.find((one) => one.stream === stream) ?? { seq: 0, id: UNKNOWN_ID };
}

export function isJudged(stream: number): boolean {
  return isDurable(stream) && stream < EMERGENCY_STREAM;
}
