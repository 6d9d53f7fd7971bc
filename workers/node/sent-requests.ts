/**
 * Which message came of which request of another tab. The row is written in the commit that stores
 * the message, so a tab that lost its leader in the middle can ask the next one again and neither
 * loses the message nor sends it twice. Rows go once nobody can ask any more. SPEC TB22, TB23.
 */
import type { Hex } from "../core/codec/ids.ts";
import { prefixRange, type Key, type Store, type Write } from "../storage/store.ts";
import { SENT_MS } from "./tab-limits.ts";

/** All rows of this kind, in `meta`. */
export const SENT_RANGE = prefixRange(["sent"]);

export interface SentRequests {
  /** The message that the request made, or null. */
  readonly find: (request: string) => Hex | null;
  /** Part of the commit that stores the message: this row, and the end of old ones. */
  readonly writes: (request: string, message: Hex, nowMs: number) => readonly Write[];
  /** After that commit. */
  readonly note: (request: string, message: Hex, nowMs: number) => void;
}

export async function openSentRequests(store: Store): Promise<SentRequests> {
  const sent = new Map<string, { readonly message: Hex; readonly at: number }>();
  for (const { key, value } of await store.list("meta", SENT_RANGE)) {
    const [, request] = key;
    const [message, at] = Array.isArray(value) ? (value as readonly unknown[]) : [];
    if (typeof request !== "string") continue;
    // A row that is none ends with the next commit: it is older than any time.
    const isRow = typeof message === "string" && typeof at === "number";
    sent.set(request, isRow ? { message, at } : { message: "", at: 0 });
  }
  // A clock that was set makes rows old or young; both ways an hour is not ten minutes.
  const isOld = (at: number, nowMs: number): boolean => Math.abs(nowMs - at) > SENT_MS;

  return {
    find: (request) => sent.get(request)?.message || null,
    writes: (request, message, nowMs) => [
      ...[...sent].flatMap(([old, { at }]): Write[] =>
        isOld(at, nowMs) && old !== request
          ? [{ type: "delete", table: "meta", key: keyOf(old) }]
          : [],
      ),
      { type: "put", table: "meta", key: keyOf(request), value: [message, nowMs] },
    ],
    note: (request, message, nowMs) => {
      for (const [old, { at }] of sent) if (isOld(at, nowMs)) sent.delete(old);
      sent.set(request, { message, at: nowMs });
    },
  };
}

function keyOf(request: string): Key {
  return ["sent", request];
}
