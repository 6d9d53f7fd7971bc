/**
 * Judges registers when they leave: G7 a device says *had* only of what its disk holds so that a
 * power failure would not take it, or what retention had already let go. SPEC SI17.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { dayOf } from "../../workers/core/gossip/clock.ts";
import { decodeRegister } from "../../workers/core/gossip/register.ts";
import { decodeFrame } from "../../workers/node/frames.ts";
import type { CommitOptions, Key, Write } from "../../workers/storage/store.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { EntryJudge } from "./entries.ts";

/** Tag of register frames: workers/node/frames.ts. */
const REGISTER_TAG = 9;

interface Book {
  run: number;
  /** Entries that no power failure takes any more, also those that retention deleted later. */
  readonly kept: Set<string>;
  /** Entries of relaxed commits since the last strict one. */
  loose: string[];
}

export function createReceiptJudge(entries: EntryJudge, violate: Violate): Judge {
  const books = new Map<string, Book>();
  const checked = new Set<string>();

  return {
    onCommitted: (device, writes, options) => note(bookOf(device), writes, options),
    onMessage: (from, _to, message) => {
      if (message[1] !== REGISTER_TAG) return;
      const frame = decodeFrame(message);
      if (!frame.ok || frame.value.type !== "register") return;
      const name = Buffer.from(frame.value.signature).toString("base64");
      if (checked.has(name)) return;
      const family = from.running()?.family;
      const named = family?.ledger.head()?.state.devices;
      if (family === undefined || named === undefined) return;
      const register = decodeRegister(frame.value.bytes, named);
      const me = family.identity.device;
      if (!register.ok) return;
      if (toHex(register.value.device) !== toHex(me)) return;
      checked.add(name);
      const { kept } = bookOf(from);
      for (const { author, stream, first, had } of register.value.vector) {
        for (const { from: low, to } of had) {
          for (let seq = Math.max(low, first); seq <= to; seq += 1) {
            const entry = `${toHex(author)}/${stream}/${seq}`;
            if (!kept.has(entry) && !isExpired(from, entry)) {
              violate("G7", `${from.name} claims ${entry}`);
            }
          }
        }
      }
    },
  };

  function isExpired(device: Device, entry: string): boolean {
    const date = entries.dateOf(entry);
    const days = device.running()?.family.ledger.head()?.state.retentionDays ?? 30;
    return date !== null && dayOf(date) < dayOf(device.clock.highest()) - days;
  }

  function note(book: Book, writes: readonly Write[], { durability }: CommitOptions): void {
    for (const write of writes) {
      if (write.type === "put" && write.table === "entries") book.loose.push(nameOf(write.key));
    }
    if (durability === "relaxed" || writes.length === 0) return;
    for (const entry of book.loose.splice(0)) book.kept.add(entry);
  }

  /** After a start the book is what the disk holds. */
  function bookOf(device: Device): Book {
    const known = books.get(device.name);
    if (known?.run === device.run()) return known;
    const rows = device.disk().snapshot().get("entries") ?? [];
    const book = {
      run: device.run(),
      kept: new Set([...(known?.kept ?? []), ...rows.map((row) => nameOf(row.key))]),
      loose: [],
    };
    books.set(device.name, book);
    return book;
  }
}

/** The key of an entry's row is [day, author, stream, seq]: workers/node/gossip-keeper.ts. */
function nameOf(key: Key): string {
  const [, author, stream, seq] = key;
  const name = author instanceof Uint8Array ? toHex(author) : String(author);
  return `${name}/${String(stream)}/${String(seq)}`;
}
