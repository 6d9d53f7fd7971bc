/**
 * What stays of a stream when retention has let its entries go, and what must survive a restart:
 * where it begins, the link that its first entry builds on, the lowest number with two ids with
 * the entry that proves it, and the lowest that a register contradicts, with that. SPEC TA1 to TA5. Source: DESIGN §5.
 */
import { deviceId, messageId, type FamilyId, type Signature } from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  option,
  struct,
  uint,
  type Shaped,
} from "../core/codec/shape.ts";
import { clockShape } from "../core/gossip/header.ts";
import { HEADER_BYTES_MAX, REGISTER_BYTES_MAX } from "../core/gossip/limits.ts";
import { signedRegisterShape } from "../core/gossip/register.ts";
import type { Proof, Stream } from "../core/gossip/stream.ts";
import { readEntry } from "./verify.ts";

const beginning = {
  author: deviceId,
  stream: uint(2 ** 32),
  first: uint(2 ** 40, 1),
  forkAt: option(uint(2 ** 40, 1)),
  base: option(
    struct({ id: messageId, clock: clockShape, height: uint(), mark: uint(), stored: uint() }),
  ),
};
const proof = option(
  struct({ header: bytes(1, HEADER_BYTES_MAX), signature: bytes<Signature>(64) }),
);
const dating = option(struct({ at: uint(2 ** 40, 1), register: option(signedRegisterShape) }));
const tailShape = struct({ ...beginning, proof, dating });
/** As it was stored before registers were weighed, and before forks were proven. */
const unweighedShape = struct({ ...beginning, proof });
const unprovenShape = struct(beginning);
/** A header, a register, and what else there is. */
const TAIL_BYTES_MAX = HEADER_BYTES_MAX + REGISTER_BYTES_MAX + 512;
export type StreamTail = Shaped<typeof tailShape>;

export function encodeTail(stream: Stream): Uint8Array {
  const { author, number, first, forkAt, base, datedAt, datedBy } = stream;
  const link =
    base === null
      ? null
      : {
          id: base.id,
          clock: base.clock,
          height: base.height,
          mark: base.mark,
          stored: base.stored,
        };
  const { header, signature } = stream.proof?.entry ?? {};
  const second = header === undefined || signature === undefined ? null : { header, signature };
  return encodeWith(tailShape, {
    author,
    stream: number,
    first,
    forkAt,
    base: link,
    proof: second,
    dating: datedAt === null ? null : { at: datedAt, register: datedBy?.signed ?? null },
  });
}

/** Null for bytes that are not a tail. */
export function decodeTail(tailBytes: Uint8Array): StreamTail | null {
  const decoded = decodeWith(tailShape, tailBytes, TAIL_BYTES_MAX);
  if (decoded.ok) return decoded.value;
  const unweighed = decodeWith(unweighedShape, tailBytes, TAIL_BYTES_MAX);
  if (unweighed.ok) return { ...unweighed.value, dating: null };
  const unproven = decodeWith(unprovenShape, tailBytes, TAIL_BYTES_MAX);
  return unproven.ok ? { ...unproven.value, proof: null, dating: null } : null;
}

/** What was stored of the entry that came second; null where it does not read any more. */
export function proofOf(
  family: FamilyId,
  { header, signature }: NonNullable<StreamTail["proof"]>,
): Proof | null {
  const read = readEntry(family, { header, signature, body: new Uint8Array(), hops: 0 });
  return read.ok ? read.entry : null;
}

/** Changes when there is something new to store. */
export function markOf(stream: Stream): string {
  return `${stream.first}/${stream.forkAt ?? 0}/${stream.datedAt ?? 0}`;
}

/** The mark of a stream that begins at 1 and is not in doubt: there is nothing to store. */
export const NEW_TAIL = "1/0/0";
