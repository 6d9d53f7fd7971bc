/**
 * Links between simulated devices. What the product calls a link (a data channel) is ordered and
 * whole while it is open, so the faults of an ordinary link are delay, a bounded rate, standing
 * still while a partition lasts (one way or both), and breaking with the loss of all that is in
 * flight, told to both ends, to one, or to none. On a *lossy* link whole messages are lost, doubled
 * and overtaken as well: framing would rightly refuse that of fragments, so it happens above framing;
 * hello and auth are spared, or nobody would ever be linked. A lossy link is no promise of the
 * product: when the faults end it is closed. Decides nothing about who meets whom. SPEC SI8 to SI12.
 */
import type { Random } from "../workers/core/random.ts";
import { fragment, createReassembler, type Lane } from "../workers/node/framing.ts";
import type { Link, LinkHandlers, LinkPurpose } from "../workers/node/link.ts";
import type { Scheduler } from "./scheduler.ts";

/** What the network does; fractions are 0 to 1, times are virtual milliseconds. */
export interface NetworkFaults {
  /** Smallest one-way delay, and the mean of what is added to it (exponential, heavy in the tail). */
  readonly delayMinMs: number;
  readonly delayMeanMs: number;
  readonly delayMaxMs: number;
  /** Bytes a link carries in a millisecond. */
  readonly bytesPerMs: number;
  /** Share of new links that are lossy. */
  readonly lossyFraction: number;
  /** On a lossy link: share of messages lost, doubled, or held back so that later ones pass. */
  readonly lossFraction: number;
  readonly duplicateFraction: number;
  readonly reorderFraction: number;
  /** Mean life of a link before it breaks; 0: never. */
  readonly breakMeanMs: number;
  /** Share of breaks of which an end is not told (each end by itself). */
  readonly silentFraction: number;
  /** Mean time between partitions, 0: never; mean length of one; share that cuts one way only. */
  readonly partitionEveryMs: number;
  readonly partitionLengthMs: number;
  readonly oneWayFraction: number;
  /** On any link: share of messages with entries that a hostile relay alters. */
  readonly alterFraction: number;
}

export const NO_FAULTS: NetworkFaults = {
  delayMinMs: 5,
  delayMeanMs: 10,
  delayMaxMs: 100,
  bytesPerMs: 1_000,
  lossyFraction: 0,
  lossFraction: 0,
  duplicateFraction: 0,
  reorderFraction: 0,
  breakMeanMs: 0,
  silentFraction: 0,
  partitionEveryMs: 0,
  partitionLengthMs: 0,
  oneWayFraction: 0,
  alterFraction: 0,
};

export interface NetworkPorts {
  /** A whole message leaves an end. */
  readonly onMessage: (from: string, to: string, message: Uint8Array) => void;
  /** What a hostile relay makes of a message; the same bytes where it has nothing to alter. */
  readonly alter: (message: Uint8Array) => Uint8Array;
  /** Runs after something was given to a device, so that it can come to rest. */
  readonly touched: (device: string) => void;
}

export interface Network {
  /** A link between two devices; the ends are given to whoever asked. */
  connect(
    a: { readonly device: string; readonly purpose: LinkPurpose },
    b: { readonly device: string; readonly purpose: LinkPurpose },
  ): { readonly a: Link; readonly b: Link };
  isLinked(a: string, b: string): boolean;
  /** The device whose fingerprint this is on some link. */
  deviceAt(fingerprint: Uint8Array): string | null;
  /** Whether messages of `from` reach `to` now. */
  isBlocked(from: string, to: string): boolean;
  /** From `from` to `to` nothing arrives until unblocked. */
  block(from: string, to: string): void;
  unblockAll(): void;
  /** The device's links die; it is told only if it `isTold`, the others after a while or never. */
  cut(device: string, isTold: boolean): void;
  setFaults(faults: NetworkFaults): void;
  /** Ends all lossy links, on both sides. */
  closeLossy(): void;
  faults(): NetworkFaults;
}

interface Wire {
  readonly id: number;
  readonly isLossy: boolean;
  readonly ends: readonly [End, End];
  isBroken: boolean;
}

interface End {
  readonly device: string;
  handlers: LinkHandlers | null;
  /** What arrived before there was a receiver, and the close if it came. */
  early: (Uint8Array | string)[];
  isClosed: boolean;
  /** When the wire is free again, and when the last frame arrives. */
  freeAt: number;
  lastArrival: number;
  buffered: number;
  /** Arrived at the wall of a partition, in order. */
  held: (Uint8Array | string)[];
  reassembler: ReturnType<typeof createReassembler>;
}

/** Between two frames of one link, so that the seed cannot swap them. */
const FRAME_GAP_MS = 0.001;
/** How much later a message comes that others may pass. */
const REORDER_MS = 400;

export function createNetwork(scheduler: Scheduler, random: Random, ports: NetworkPorts): Network {
  const wires = new Set<Wire>();
  const blocked = new Set<string>();
  const owners = new Map<string, string>();
  let faults = NO_FAULTS;
  let nextId = 1;

  const delay = (): number => {
    const added = -Math.log(1 - random.fraction()) * faults.delayMeanMs;
    return Math.min(faults.delayMaxMs, faults.delayMinMs + added);
  };
  const happens = (fraction: number): boolean => fraction > 0 && random.fraction() < fraction;
  const isBlocked = (from: string, to: string): boolean => blocked.has(`${from}>${to}`);

  function give(end: End, what: Uint8Array | string): void {
    if (end.isClosed) return;
    if (end.handlers === null) {
      end.early.push(what);
      return;
    }
    if (typeof what === "string") {
      end.isClosed = true;
      end.handlers.onClose(what);
    } else {
      end.handlers.onFrame(what);
    }
    ports.touched(end.device);
  }

  function arrive(wire: Wire, from: End, to: End, what: Uint8Array | string): void {
    if (wire.isBroken) return;
    if (to.held.length > 0 || isBlocked(from.device, to.device)) to.held.push(what);
    else give(to, what);
  }

  function schedule(wire: Wire, from: End, to: End, what: Uint8Array | string, atMs: number): void {
    const now = scheduler.now();
    const size = typeof what === "string" ? "close" : `${what.length} B`;
    scheduler.after(atMs - now, `arrive ${from.device}>${to.device} ${size}`, () =>
      arrive(wire, from, to, what),
    );
  }

  /** Every frame of an ordinary link arrives after the one before it. */
  function carry(wire: Wire, from: End, to: End, frame: Uint8Array): void {
    const now = scheduler.now();
    from.freeAt = Math.max(now, from.freeAt) + frame.length / faults.bytesPerMs;
    from.buffered += frame.length;
    to.lastArrival = Math.max(from.freeAt + delay(), to.lastArrival + FRAME_GAP_MS);
    schedule(wire, from, to, frame, to.lastArrival);
    if (from.freeAt - now < 1) {
      from.buffered -= frame.length;
      return;
    }
    scheduler.after(from.freeAt - now, `drain ${from.device}`, () => {
      from.buffered -= frame.length;
      if (from.isClosed || wire.isBroken) return;
      from.handlers?.onDrain();
      ports.touched(from.device);
    });
  }

  function carryLossy(wire: Wire, from: End, to: End, message: Uint8Array, lane: Lane): void {
    if (isHandshake(message)) {
      for (const frame of fragment(message, lane)) carry(wire, from, to, frame);
      return;
    }
    if (happens(faults.lossFraction)) return;
    const copies = happens(faults.duplicateFraction) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const isLate = happens(faults.reorderFraction);
      const late = isLate ? random.fraction() * REORDER_MS : 0;
      // Never before the handshake, which alone moves lastArrival here.
      const base = Math.max(scheduler.now() + delay() + late, to.lastArrival + FRAME_GAP_MS);
      const frames = fragment(message, lane);
      // All fragments in one event: nothing else of the lane comes between them.
      scheduler.after(base - scheduler.now(), `arrive ${from.device}>${to.device} lossy`, () => {
        for (const frame of frames) arrive(wire, from, to, frame);
      });
    }
  }

  function send(wire: Wire, from: End, to: End, frame: Uint8Array): void {
    if (from.isClosed || wire.isBroken) return;
    const taken = from.reassembler.take(frame);
    if (!taken.ok) throw new Error(`invariant: a node sends whole frames: ${taken.reason}`);
    const { message } = taken;
    if (message !== null) ports.onMessage(from.device, to.device, message);
    const lane = laneOf(frame);
    if (message !== null && happens(faults.alterFraction)) {
      const altered = ports.alter(message);
      if (altered !== message && fragment(message, lane).length === 1) {
        for (const part of fragment(altered, lane)) carry(wire, from, to, part);
        return;
      }
    }
    if (!wire.isLossy) carry(wire, from, to, frame);
    else if (message !== null) carryLossy(wire, from, to, message, lane);
  }

  function linkOf(wire: Wire, mine: End, theirs: End, purpose: LinkPurpose): Link {
    const print = (end: End): Uint8Array => {
      const bytes = new Uint8Array(32).fill(end === wire.ends[0] ? 1 : 2);
      new DataView(bytes.buffer).setUint32(0, wire.id);
      owners.set(Buffer.from(bytes).toString("hex"), end.device);
      return bytes;
    };
    return {
      binding: {
        transport: "memory",
        isInitiator: mine === wire.ends[0],
        localFingerprint: print(mine),
        remoteFingerprint: print(theirs),
        purpose,
      },
      carrier: "memory",
      send: (frame) => send(wire, mine, theirs, frame.slice()),
      bufferedBytes: () => (mine.isClosed ? 0 : mine.buffered),
      receive: (handlers) => {
        mine.handlers = handlers;
        for (const what of mine.early.splice(0)) give(mine, what);
      },
      close: () => {
        if (mine.isClosed) return;
        mine.isClosed = true;
        theirs.lastArrival = Math.max(scheduler.now() + delay(), theirs.lastArrival + FRAME_GAP_MS);
        schedule(wire, mine, theirs, "closed", theirs.lastArrival);
        forgetIfOver(wire);
      },
    };
  }

  function forgetIfOver(wire: Wire): void {
    if (wire.isBroken || wire.ends.every((end) => end.isClosed)) wires.delete(wire);
  }

  function breakWire(wire: Wire, tell: (end: End) => boolean): void {
    if (wire.isBroken) return;
    wire.isBroken = true;
    for (const end of wire.ends) {
      if (!tell(end)) continue;
      scheduler.after(delay(), `broken ${end.device}`, () => give(end, "broken"));
    }
    forgetIfOver(wire);
  }

  function newEnd(device: string): End {
    return {
      device,
      handlers: null,
      early: [],
      isClosed: false,
      freeAt: 0,
      lastArrival: 0,
      buffered: 0,
      held: [],
      reassembler: createReassembler(),
    };
  }

  return {
    connect: (a, b) => {
      const ends = [newEnd(a.device), newEnd(b.device)] as const;
      const wire: Wire = {
        id: nextId,
        isLossy: happens(faults.lossyFraction),
        ends,
        isBroken: false,
      };
      nextId += 1;
      wires.add(wire);
      if (faults.breakMeanMs > 0) {
        const life = -Math.log(1 - random.fraction()) * faults.breakMeanMs;
        scheduler.after(life, `break ${a.device}-${b.device}`, () => {
          if (faults.breakMeanMs > 0) breakWire(wire, () => !happens(faults.silentFraction));
        });
      }
      return {
        a: linkOf(wire, ends[0], ends[1], a.purpose),
        b: linkOf(wire, ends[1], ends[0], b.purpose),
      };
    },
    isLinked: (a, b) =>
      [...wires].some(({ ends: [one, two], isBroken }) => {
        const isPair =
          (one.device === a && two.device === b) || (one.device === b && two.device === a);
        return isPair && !isBroken && !one.isClosed && !two.isClosed;
      }),
    deviceAt: (fingerprint) => owners.get(Buffer.from(fingerprint).toString("hex")) ?? null,
    isBlocked,
    block: (from, to) => blocked.add(`${from}>${to}`),
    unblockAll: () => {
      blocked.clear();
      for (const wire of wires) {
        for (const end of wire.ends) {
          const other = wire.ends[0] === end ? wire.ends[1] : wire.ends[0];
          const waiting = end.held.splice(0);
          for (const what of waiting) {
            end.lastArrival = Math.max(
              scheduler.now() + faults.delayMinMs,
              end.lastArrival + FRAME_GAP_MS,
            );
            schedule(wire, other, end, what, end.lastArrival);
          }
        }
      }
    },
    cut: (device, isTold) => {
      for (const wire of wires) {
        if (!wire.ends.some((end) => end.device === device)) continue;
        breakWire(wire, (end) =>
          end.device === device ? isTold : !happens(faults.silentFraction),
        );
      }
    },
    setFaults: (next) => {
      faults = next;
    },
    closeLossy: () => {
      for (const wire of wires) if (wire.isLossy) breakWire(wire, () => true);
    },
    faults: () => faults,
  };
}

function laneOf(frame: Uint8Array): Lane {
  const lane = (frame[0] ?? 0) & 3;
  return lane === 0 || lane === 1 || lane === 2 ? lane : 3;
}

/** hello and auth: a frame is an array whose first item is its tag, 0 and 1. */
function isHandshake(message: Uint8Array): boolean {
  return message[1] === 0 || message[1] === 1;
}
