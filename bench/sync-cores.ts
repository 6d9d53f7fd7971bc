/**
 * Two real gossip cores of a family of twenty authors, one of which lacks some entries, from the moment
 * they are linked until it has all: every frame encoded as on a link, the entries' own bytes counted
 * apart. Time stands still meanwhile; half a round trip is one wave of frames. No signatures, no disk.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { lackingOf } from "../workers/core/gossip/asking.ts";
import { compose } from "../workers/core/gossip/composing.ts";
import { step, type GossipInput } from "../workers/core/gossip/gossip.ts";
import { packFingerprint } from "../workers/core/gossip/fingerprint-words.ts";
import { streamKey } from "../workers/core/gossip/header.ts";
import { markRows, packRows, packWants, type Named } from "../workers/core/gossip/packing.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import { encodeRegister, type VerifiedRegister } from "../workers/core/gossip/register.ts";
import { buildRegister } from "../workers/core/gossip/reporting.ts";
import {
  createGossip,
  type Gossip,
  type VerifiedEntry,
  type Want,
} from "../workers/core/gossip/state.ts";
import { createRandom, type Random } from "../workers/core/random.ts";
import { ENTRIES_PER_FRAME_MAX, encodeFrame, type Frame } from "../workers/node/frames.ts";
import { EPOCH_MS } from "../sim/device-clock.ts";
import { createSpreadFamily, type SpreadFamily } from "../sim/spread-family.ts";

export interface Archive {
  readonly family: SpreadFamily;
  /** By stream, in their order; of each author as many. */
  readonly streams: readonly (readonly VerifiedEntry[])[];
  /** When the last was written. */
  readonly now: number;
}

export interface SyncCost {
  /** Bytes of frames by kind; of `entries` what is not an entry. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly total: number;
  /** Of the entries themselves. */
  readonly content: number;
  readonly roundTrips: number;
}

/** How the missing ones lie. */
export type Layout = "clustered" | "scattered";

const BODY_BYTES = 300;
const RETENTION_DAYS = 30;
const EVERY_MS = 400_000;
/** Of a stream at most 1,024 entries wait for one that is missing (GP22). */
const RECENT = 1_000;
const WAVES_MAX = 1_000;

/** So many entries of each of so many authors, evenly over their past. */
export function makeArchive(authors: number, each: number): Archive {
  const random = createRandom([7, 2, 3, 4]);
  // Two more read and do not write.
  const family = createSpreadFamily(random, authors + 2);
  const cores = family.people.slice(2).map((one) => coreOf(family, one.device));
  const streams: VerifiedEntry[][] = cores.map(() => []);
  for (let turn = 0; turn < each; turn += 1) {
    for (const [index, core] of cores.entries()) {
      const now = EPOCH_MS + turn * EVERY_MS + index * 1_000;
      const to = family.people[(index + 1) % authors];
      if (to === undefined) throw new Error("nobody to write to");
      const draft = {
        kind: "direct" as const,
        audience: { type: "member" as const, member: to.member },
        recipients: [{ device: to.device, keyNumber: 0 }],
        isEphemeral: false,
      };
      const composed = compose(core, draft, family.view, now);
      if (!composed.ok) throw new Error(`not composed: ${composed.reason}`);
      const entry = family.entryOf(composed.header, BODY_BYTES);
      step(core, { type: "entry", entry, from: null }, family.view, now);
      streams[index]?.push(entry);
    }
  }
  return { family, streams, now: EPOCH_MS + each * EVERY_MS };
}

/** The ids (`author's stream/seq`) of `count` missing ones, over all streams alike. */
export function chooseMissing(
  archive: Archive,
  count: number,
  layout: Layout,
): ReadonlySet<string> {
  const random = createRandom([count + 1, layout.length, 3, 4]);
  const missing = new Set<string>();
  for (const [index, stream] of archive.streams.entries()) {
    const share =
      Math.floor(count / archive.streams.length) + (index < count % archive.streams.length ? 1 : 0);
    for (const entry of layout === "clustered"
      ? last(stream, share)
      : some(random, stream, share)) {
      missing.add(nameOf(entry));
    }
  }
  return missing;
}

function last<T>(all: readonly T[], count: number): readonly T[] {
  return all.slice(all.length - count);
}

function some<T>(random: Random, all: readonly T[], count: number): readonly T[] {
  return random.shuffled([...last(all, RECENT)]).slice(0, count);
}

export function nameOf({ header }: VerifiedEntry): string {
  return `${streamKey(header.author, header.stream)}/${header.seq}`;
}

interface Side {
  readonly name: Hex;
  readonly core: Gossip;
  readonly stored: Map<string, VerifiedEntry>;
}

interface Sent {
  readonly to: Side;
  readonly from: Side;
  readonly deliver: (now: number) => readonly GossipInput[];
}

/** `isFamilyKnown`: both have the registers of all authors, and hand them on as they link. */
export function measureSync(
  archive: Archive,
  missing: ReadonlySet<string>,
  isFamilyKnown: boolean,
): SyncCost {
  const { family, now } = archive;
  const named = family.view.head.devices;
  const [one, two] = [sideOf(archive, 0, new Set()), sideOf(archive, 1, missing)] as const;
  if (isFamilyKnown) {
    for (const side of [one, two]) {
      for (const register of registersOf(archive, one.core)) {
        step(side.core, { type: "register", register, from: null }, family.view, now);
      }
    }
  }
  const bytes: Record<string, number> = {};
  let content = 0;
  let queue: Sent[] = [];
  const lacking = new Set(missing);

  const send = (from: Side, to: Side, frame: Frame, deliver: Sent["deliver"]): void => {
    const size = encodeFrame(frame).length;
    const entries = frame.type === "entries" ? frame.entries : [];
    const inside = entries.reduce(
      (sum, { header, signature, body }) => sum + header.length + signature.length + body.length,
      0,
    );
    content += inside;
    bytes[frame.type] = (bytes[frame.type] ?? 0) + size - inside;
    queue.push({ from, to, deliver });
  };
  const other = (side: Side): Side => (side === one ? two : one);
  const sendRegister = (from: Side, register: VerifiedRegister): void => {
    const to = other(from);
    if (toHex(register.register.device) === to.name) return;
    const deliver = (): readonly GossipInput[] => [{ type: "register", register, from: from.name }];
    send(from, to, { type: "register", ...register.signed }, deliver);
  };
  const feed = (side: Side, input: GossipInput): void => {
    obey(side, step(side.core, input, family.view, now));
  };
  const obey = (side: Side, ready: GossipReady): void => {
    const to = other(side);
    for (const { entry } of ready.store) {
      side.stored.set(nameOf(entry), entry);
      lacking.delete(nameOf(entry));
    }
    for (const { wants, by } of ready.want) {
      const frame: Frame =
        by === null
          ? { type: "want", packed: packWants(wants, named) }
          : { type: "lacking", clock: by };
      send(side, to, frame, () => {
        answer(to, side, by === null ? wants : (lackingOf(to.core, side.name, by) ?? []));
        return [];
      });
    }
    for (const { has } of ready.tell) {
      send(side, to, { type: "have", packed: packWants(has, named) }, () => [
        { type: "told", from: side.name, has },
      ]);
    }
    for (const { author, isWanted } of ready.wishes) {
      send(side, to, { type: "wishes", authors: [author], isWanted }, () => [
        { type: "wish", from: side.name, author, isWanted },
      ]);
    }
    for (const { fingerprint } of ready.fingerprints) {
      const frame: Frame = { type: "fingerprint", ...packFingerprint(fingerprint, named) };
      send(side, to, frame, () => [{ type: "fingerprint", from: side.name, fingerprint }]);
    }
    if (ready.give.length > 0) throw new Error("nothing differs here");
    if (ready.proofs.length > 0) throw new Error("nobody forks here");
    if (ready.push.some((push) => push.to.length > 0)) throw new Error("nothing is new here");
    for (const { marks } of ready.lists) {
      send(side, to, { type: "registers", packed: packRows(marks, named, markRows) }, () => [
        { type: "listed", from: side.name, marks },
      ]);
    }
    for (const { register, to: peers } of [...ready.registers, ...ready.copies]) {
      if (peers.includes(to.name)) sendRegister(side, register);
    }
    if (ready.sign !== null) {
      const register = signed(ready.sign, named);
      feed(side, { type: "register", register, from: null });
    }
  };
  const answer = (side: Side, to: Side, wants: readonly Want[]): void => {
    const found = wants.flatMap(({ author, stream, ranges }) =>
      ranges.flatMap(({ from, to: end }) =>
        Array.from({ length: end - from + 1 }, (_, index) =>
          side.stored.get(`${streamKey(author, stream)}/${from + index}`),
        ).filter((entry) => entry !== undefined),
      ),
    );
    for (let at = 0; at < found.length || at === 0; at += ENTRIES_PER_FRAME_MAX) {
      const part = found.slice(at, at + ENTRIES_PER_FRAME_MAX);
      const isLast = at + ENTRIES_PER_FRAME_MAX >= found.length;
      const entries = part.map(({ entry }) => entry);
      send(side, to, { type: "entries", entries, isAnswer: true, isLast }, () => [
        ...part.map((entry): GossipInput => ({ type: "entry", entry, from: side.name })),
        { type: isLast ? "answered" : "answering", from: side.name },
      ]);
    }
  };

  for (const side of [one, two]) {
    feed(side, { type: "link-up", peer: other(side).name });
  }
  let waves = 0;
  for (; queue.length > 0 && (lacking.size > 0 || waves === 0); waves += 1) {
    if (waves >= WAVES_MAX) throw new Error("it does not end");
    const wave = queue;
    queue = [];
    for (const { to, deliver } of wave) for (const input of deliver(now)) feed(to, input);
  }
  if (lacking.size > 0) throw new Error(`${lacking.size} are still missing`);
  const total = Object.values(bytes).reduce((sum, size) => sum + size, 0);
  return { bytes, total, content, roundTrips: waves / 2 };
}

function coreOf(family: SpreadFamily, device: Parameters<typeof createGossip>[1]): Gossip {
  return createGossip(family.family, device, [1, 2, 3, 4], RETENTION_DAYS, EPOCH_MS);
}

function sideOf(archive: Archive, index: number, missing: ReadonlySet<string>): Side {
  const { family, streams, now } = archive;
  const device = family.people[index]?.device;
  if (device === undefined) throw new Error("no such device");
  const side: Side = { name: toHex(device), core: coreOf(family, device), stored: new Map() };
  for (const entry of streams.flat()) {
    if (missing.has(nameOf(entry))) continue;
    step(side.core, { type: "entry", entry, from: null }, family.view, now);
    side.stored.set(nameOf(entry), entry);
  }
  return side;
}

/** What each author would sign that has all. */
function registersOf({ family, now }: Archive, full: Gossip): readonly VerifiedRegister[] {
  return family.people.slice(2).map(({ device }) => {
    const clock = { ms: now, counter: 0 };
    const register = buildRegister({ ...full, me: device }, clock, family.view.head.height);
    return signed(register, family.view.head.devices);
  });
}

function signed(register: VerifiedRegister["register"], named: Named): VerifiedRegister {
  const bytes = encodeRegister(register, named);
  return { register, signed: { bytes, signature: new Uint8Array(64) } };
}
