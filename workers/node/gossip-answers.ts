/**
 * Answers to what a peer lacks: the entries that it asks for, from the store, as far as one answer
 * goes; who asked asks for the rest. Calls for help come first, in frames of their own. Whether the
 * peer may ask is the caller's business. SPEC GK5, GP26.
 */
import { EMERGENCY_STREAM, streamKey, type Entry, type Header } from "../core/gossip/header.ts";
import type { Hex } from "../core/codec/ids.ts";
import { helpFirst, WANT_ENTRIES_MAX } from "../core/gossip/asking.ts";
import type { DoubtProof } from "../core/gossip/forks.ts";
import type { Gossip, Want } from "../core/gossip/state.ts";
import type { Known } from "../core/gossip/stream.ts";
import type { Store } from "../storage/store.ts";
import { ENTRIES_PER_FRAME_MAX, type Frame } from "./frames.ts";
import { entryKey, pairOf } from "./stored-entries.ts";

/** Bytes of entries put into one frame: as much as may be under way at once. */
const FRAME_FILL_BYTES = 64 * 1024;

/** Bytes of entries in one answer. */
const ANSWER_BYTES_MAX = 1024 * 1024;

export interface Answers {
  readonly answer: (wants: readonly Want[], from: Hex) => Promise<void>;
  /**
   * Both entries of a fork, or an entry and the register against it, without bodies: not as news, which
   * would count as a copy too many.
   */
  readonly prove: (proof: DoubtProof) => Promise<void>;
  /** One entry without its body, beside which the peer may have another. */
  readonly give: (header: Header, to: Hex) => Promise<void>;
}

export function createAnswers(
  store: Store,
  core: () => Gossip,
  send: (to: Hex, frame: Frame) => void,
): Answers {
  return {
    answer,
    prove: async (proof) => {
      if ("other" in proof) return show(proof.kept, [proof.other.entry], proof.to);
      const one = await stored(proof.kept);
      if (one === null) return;
      const entry = { ...one, body: new Uint8Array() };
      send(proof.to, { type: "dated", register: proof.register.signed, entry });
    },
    give: async (header, to) => show(header, [], to),
  };

  async function show(kept: Header, others: readonly Entry[], to: Hex): Promise<void> {
    const one = await stored(kept);
    if (one === null) return;
    const entries = [{ ...one, body: new Uint8Array() }, ...others];
    send(to, { type: "entries", entries, isAnswer: true, isLast: false });
  }

  async function answer(wants: readonly Want[], from: Hex): Promise<void> {
    let entries: Entry[] = [];
    let size = 0;
    let total = 0;
    const flush = (isLast: boolean): void => {
      send(from, { type: "entries", entries, isAnswer: true, isLast });
      entries = [];
      size = 0;
    };
    let isHelp = false;
    for (const header of wantedHeaders(wants).values()) {
      const entry = await stored(header);
      if (entry === null) continue;
      // A frame of nothing but calls for help overtakes the others, on the way and when it is read.
      if (isHelp && header.stream !== EMERGENCY_STREAM) flush(false);
      isHelp = header.stream === EMERGENCY_STREAM;
      const bytes = entry.header.length + entry.body.length;
      if (total > 0 && total + bytes > ANSWER_BYTES_MAX) break;
      total += bytes;
      if (entries.length >= ENTRIES_PER_FRAME_MAX || size + bytes > FRAME_FILL_BYTES) flush(false);
      entries.push(entry);
      size += bytes;
    }
    if (isHelp) flush(false);
    flush(true);
  }

  /** Each once, and no more than an honest question asks for, whatever the ranges say. */
  function wantedHeaders(wants: readonly Want[]): ReadonlyMap<string, Header> {
    const headers = new Map<string, Header>();
    for (const { author, stream: number, ranges } of helpFirst(wants, (one) => one.stream)) {
      const key = streamKey(author, number);
      const known = core().streams.get(key)?.known ?? new Map<number, Known>();
      for (const { from, to } of ranges) {
        const end = Math.min(to, from + WANT_ENTRIES_MAX - 1);
        for (let seq = from; seq <= end && headers.size < WANT_ENTRIES_MAX; seq += 1) {
          const found = known.get(seq);
          if (found !== undefined) headers.set(`${key}/${seq}`, found.header);
        }
        if (headers.size >= WANT_ENTRIES_MAX) return headers;
      }
    }
    return headers;
  }

  async function stored(header: Header): Promise<Entry | null> {
    const key = entryKey(header);
    const pair = pairOf(await store.get("entries", key));
    if (pair === null) return null;
    const [bytes, signature] = pair;
    const body = await store.get("bodies", key);
    return {
      header: bytes,
      signature,
      body: body instanceof Uint8Array ? body : new Uint8Array(0),
      hops: 0,
    };
  }
}
