/**
 * Judges what devices pass on: G4 nothing that its author did not sign, nothing of a revoked device
 * above its cut accepted; S1 no device signs two entries with one number; HC no device dates an
 * entry more than a minute past the latest time that its own clock ever showed. SPEC SI17.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { decodeHeader, streamKey, type Header } from "../../workers/core/gossip/header.ts";
import { CLOCK_LIFT_MS } from "../../workers/core/gossip/limits.ts";
import { familyNow } from "../../workers/node/family.ts";
import { decodeFrame } from "../../workers/node/frames.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { Verdicts } from "../verdicts.ts";
import type { ChainJudge } from "./chain.ts";

/** Tag of frames with entries: workers/node/frames.ts. */
const ENTRIES_TAG = 10;
/** Rounding, and the time between two looks at a clock. */
const CLOCK_SLACK_MS = 2_000;

export interface EntryJudge extends Judge {
  /** When an entry was dated, milliseconds; null for one that never left a device. */
  readonly dateOf: (entry: string) => number | null;
}

export function createEntryJudge(
  chain: ChainJudge,
  verdicts: Verdicts,
  violate: Violate,
): EntryJudge {
  const ids = new Map<string, string>();
  const dates = new Map<string, number>();
  const sound = new Set<string>();
  const latest = new Map<string, number>();

  return {
    dateOf: (entry) => dates.get(entry) ?? null,
    onSigned: (device, domain, message) => {
      if (domain !== "message") return;
      lookAtClock(device);
      const header = decodeHeader(message);
      if (!header.ok) return;
      const lead = header.value.clock.ms - (latest.get(device.name) ?? 0);
      if (lead > CLOCK_LIFT_MS + CLOCK_SLACK_MS) violate("HC", `${device.name} leads by ${lead}`);
    },
    onMessage: (from, _to, message) => {
      if (message[1] !== ENTRIES_TAG) return;
      const frame = decodeFrame(message);
      if (!frame.ok || frame.value.type !== "entries") return;
      for (const { header, signature } of frame.value.entries) {
        const decoded = decodeHeader(header);
        if (decoded.ok) judge(from, decoded.value, header, signature);
        else violate("G4", `${from.name} passed on a malformed entry`);
      }
    },
    afterEvent: (device) => {
      lookAtClock(device);
      judgeRevoked(device);
    },
  };

  function lookAtClock(device: Device): void {
    const family = device.running()?.family;
    const shown = Math.max(device.clock.highest(), family === undefined ? 0 : familyNow(family));
    latest.set(device.name, Math.max(shown, latest.get(device.name) ?? 0));
  }

  function judge(from: Device, header: Header, bytes: Uint8Array, signature: Uint8Array): void {
    const entry = entryName(header);
    const mark = `${entry}/${Buffer.from(signature).toString("base64")}`;
    const state = chain.head()?.state;
    const author = state?.devices.find((one) => toHex(one.id) === toHex(header.author));
    if (!sound.has(mark) && state !== undefined && author !== undefined) {
      sound.add(mark);
      const holds = verdicts.isSigned(author.key, "message", state.family, bytes, signature);
      if (!holds) violate("G4", `${from.name} passed on what its author did not sign`);
    }
    const me = from.running()?.family.identity.device;
    if (me === undefined || toHex(me) !== toHex(header.author)) return;
    const earlier = ids.get(entry);
    const id = Buffer.from(bytes).toString("base64");
    if (earlier !== undefined && earlier !== id) violate("S1", `${from.name} forked at ${entry}`);
    ids.set(entry, id);
    dates.set(entry, header.clock.ms);
  }

  function judgeRevoked(device: Device): void {
    const head = device.running()?.family.ledger.head()?.state;
    const core = device.running()?.family.gossip?.core();
    if (head === undefined || core === undefined) return;
    for (const { id, revoked } of head.devices) {
      if (revoked === null) continue;
      for (const stream of core.streams.values()) {
        if (toHex(stream.author) !== toHex(id)) continue;
        const cut = revoked.cuts.find((one) => one.stream === stream.number)?.seq ?? 0;
        for (const [seq, known] of stream.known) {
          if (seq > cut && known.verdict.type === "accepted") {
            violate("G4", `${device.name} accepts ${seq} of a revoked device, cut ${cut}`);
          }
        }
      }
    }
  }
}

/** A place in a stream, whatever stands there. */
export function entryName(header: Pick<Header, "author" | "stream" | "seq">): string {
  return `${streamKey(header.author, header.stream)}/${header.seq}`;
}
