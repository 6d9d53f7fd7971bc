/**
 * What stays of a stream when retention has let its entries go, and what must survive a restart:
 * where it begins, the link that its first entry builds on, and the lowest number with two ids.
 * SPEC TA1 to TA3. Source: DESIGN §5.
 */
import { deviceId, messageId } from "../core/codec/ids.ts";
import { decodeWith, encodeWith, option, struct, uint, type Shaped } from "../core/codec/shape.ts";
import { clockShape } from "../core/gossip/header.ts";
import type { Stream } from "../core/gossip/stream.ts";

const tailShape = struct({
  author: deviceId,
  stream: uint(2 ** 32),
  first: uint(2 ** 40, 1),
  forkAt: option(uint(2 ** 40, 1)),
  base: option(struct({ id: messageId, clock: clockShape, height: uint(), mark: uint() })),
});
export type StreamTail = Shaped<typeof tailShape>;

export function encodeTail(stream: Stream): Uint8Array {
  const { author, number, first, forkAt, base } = stream;
  const link =
    base === null ? null : { id: base.id, clock: base.clock, height: base.height, mark: base.mark };
  return encodeWith(tailShape, { author, stream: number, first, forkAt, base: link });
}

/** Null for bytes that are not a tail. */
export function decodeTail(bytes: Uint8Array): StreamTail | null {
  const decoded = decodeWith(tailShape, bytes, 512);
  return decoded.ok ? decoded.value : null;
}

/** Changes when there is something new to store. */
export function markOf(stream: Stream): string {
  return `${stream.first}/${stream.forkAt ?? 0}`;
}

/** The mark of a stream that begins at 1 and does not fork: there is nothing to store. */
export const NEW_TAIL = "1/0";
