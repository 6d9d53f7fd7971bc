/**
 * What a hostile relay can do to messages that it carries: it has no key, but it can change, cut and
 * repeat bytes. Every change here must be refused by whoever gets it. SPEC SI11.
 */
import type { Random } from "../workers/core/random.ts";
import { decodeFrame, encodeFrame } from "../workers/node/frames.ts";

/** Alters header, signature, body or hops of an entry; other messages stay as they are. */
export function alterEntries(message: Uint8Array, random: Random): Uint8Array {
  const decoded = decodeFrame(message);
  if (!decoded.ok || decoded.value.type !== "entries") return message;
  const [first, ...others] = decoded.value.entries;
  if (first === undefined) return message;
  const part = (["header", "signature", "body"] as const)[random.below(3)] ?? "header";
  const bytes = first[part].slice();
  if (bytes.length === 0) return message;
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return encodeFrame({ ...decoded.value, entries: [{ ...first, [part]: bytes }, ...others] });
}
