/**
 * Members that lie: they break the rules of their own streams, tell two stories at one number, flood
 * from the future, forge others' entries, play old ones again, claim what they do not have, keep back
 * what they have, strip bodies and count hops wrongly. Whatever they do, honest devices must agree, and
 * lose nothing of each other's. What is wrong about an entry is noted for the judges. SPEC SI34.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { nextClock } from "../workers/core/gossip/clock.ts";
import {
  compareClock,
  type Clock,
  type Header,
  type UnboundHeader,
} from "../workers/core/gossip/header.ts";
import { RATE_INTERVAL_MS } from "../workers/core/gossip/limits.ts";
import type { Join } from "../workers/core/gossip/joins.ts";
import type { Fingerprint } from "../workers/core/gossip/comparing.ts";
import { encodeRegister, UNKNOWN_ID, type Register } from "../workers/core/gossip/register.ts";
import type { VerifiedEntry, Want } from "../workers/core/gossip/state.ts";
import { REGISTERED_BEFORE_MS } from "./spread-family.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { FORGED, idOf, SOUND, type SpreadFrame } from "./spread-frames.ts";
import type { Mote, Spread } from "./spread-parts.ts";
import type { Lie, Truth } from "./spread-truth.ts";

/** What a liar does; each seed's liars have some of these. */
export const TRICKS = [
  "chain",
  "clock",
  "height",
  "rate",
  "recipients",
  "backdate",
  "fork",
  "end",
  "gap",
  "bulk",
  "future",
  "forge",
  "replay",
  "claim",
  "withhold",
  "word",
  "nonsense",
  "strip",
  "join",
] as const;
export type Trick = (typeof TRICKS)[number];

const LIES = ["chain", "clock", "height", "rate", "recipients"] as const;
const FORKED_STREAMS: readonly number[] = [12, 18];
const BODY_BYTES = 60;
const LARGE_BODY_BYTES = 39_000;
/** Of a stream beside the first: 4 bytes a second, and a mebibyte ahead. */
const OTHER_MS_PER_BYTE = 1_000 / 4;
const OWED_MS_MAX = (2 ** 20 * 1_000) / 4;
const HOUR_MS = 3_600_000;
const FLOOD = 80;
const BULK = 8;
const BULKS_MAX = 60;
/** Below what the rate lets pass. */
const FLOODED_MAX = 480;
/** How far beyond everything true a claim goes. */
const CLAIMED = 2 ** 30;

/** Where one of its streams stands, by the rules. */
interface Place {
  seq: number;
  id: Uint8Array;
  clock: Clock;
  height: number;
  mark: number;
  stored: number;
}

export interface Liar {
  /** Does one of its tricks. */
  readonly act: () => void;
  /** Says no more than its core, but for what it claims to have. */
  readonly calm: () => void;
}

export function createLiar(
  spread: Spread,
  mote: Mote,
  tricks: readonly Trick[],
  truth: Truth,
  staleJoin: ((mote: Mote) => Join) | null = null,
): Liar {
  const { random, family, motes } = spread;
  const places = new Map<number, Place>();
  const hoard: VerifiedEntry[] = [];
  const has = (trick: Trick): boolean => tricks.includes(trick);
  const device = family.people[mote.index]?.device ?? new Uint8Array(16);
  let isCalm = false;
  let forkAt = 0;
  let hasEnded = false;
  const backdated = new Set<number>();
  /** Given to who asks for it alone. */
  const held = new Set<Hex>();

  mote.alter = alter;
  mote.claims = has("claim");
  spread.watches.push({
    sent: (from, _to, frame) => {
      if (from !== mote || frame.type !== "register") return;
      const { register } = frame.register;
      if (toHex(register.device) === mote.name) truth.said(register);
    },
    came: (to, from, frame) => {
      if (to === mote && frame.type === "entry" && hoard.length < 500) hoard.push(frame.entry);
      if (to !== mote || from.alter !== null) return;
      if (frame.type === "fingerprint" && has("nonsense")) {
        retort(from, frame.fingerprint);
      }
    },
  });
  return {
    act,
    calm: () => {
      isCalm = true;
    },
  };

  function act(): void {
    const [trick] = random.shuffled([...tricks]);
    if (trick === undefined || mote.links.size === 0 || !mote.isAwake) return;
    const wrong = LIES.find((one) => one === trick);
    if (wrong !== undefined) return lie(wrong);
    switch (trick) {
      case "backdate":
        return backdate();
      case "fork":
        return fork();
      case "end":
        return end();
      case "gap":
        return gap();
      case "bulk":
        return bulk();
      case "future":
        return flood();
      case "forge":
        return forge();
      case "replay":
        return replay();
      case "word":
        return word();
      case "join":
        return comeIn();
      default:
        return;
    }
  }

  /** Two true entries of one stream, and between them one that is wrong in one way. */
  function lie(what: (typeof LIES)[number]): void {
    const stream = 2 * (1 + LIES.indexOf(what));
    say(write(stream, {}));
    const place = placeOf(stream);
    const changes: Readonly<Record<typeof what, Partial<UnboundHeader>>> = {
      chain: { previous: new Uint8Array(16).fill(9) },
      clock: { clock: place.clock },
      height: { height: place.height - 1 },
      rate: { rateMark: EPOCH_MS - HOUR_MS },
      recipients: { recipients: [{ device: stranger(), keyNumber: 0 }] },
    };
    if (what === "height" && place.height === 0) return;
    say(write(stream, changes[what], what));
    say(write(stream, {}));
  }

  /** In a group that it has never been in, with a change whose week is over. */
  function comeIn(): void {
    if (staleJoin === null) return;
    const stream = 28;
    const audience = { type: "group", group: family.group } as const;
    say(write(stream, {}));
    say(write(stream, { kind: "group", audience, joins: [staleJoin(mote)] }, "join"));
  }

  /**
   * Right after its last entry, by its clock, although its register has said meanwhile that this was the
   * last; given at once, or when a later register has named it.
   */
  function backdate(): void {
    const stream = 22 + 2 * random.below(3);
    const { clock, seq } = placeOf(stream);
    const said = mote.core.registers.get(mote.name)?.register.clock;
    if (seq === 0 || backdated.has(stream)) return say(write(stream, {}));
    if (said === undefined || compareClock(said, clock) <= 0) return;
    backdated.add(stream);
    const entry = write(stream, { clock: { ms: clock.ms, counter: clock.counter + 1 } });
    if (random.below(2) === 0) return say(entry);
    held.add(idOf(entry));
    spread.feed(mote, { type: "entry", entry, from: null });
  }

  /** One number, two entries: each goes to some. */
  function fork(): void {
    const stream = 12;
    if (forkAt > 0) return;
    say(write(stream, {}));
    const before = { ...placeOf(stream) };
    const one = write(stream, {});
    places.set(stream, before);
    const other = write(stream, {});
    forkAt = one.header.seq;
    spread.feed(mote, { type: "entry", entry: one, from: null });
    truth.fork(one.header);
    const peers = random.shuffled([...mote.links]);
    peers.forEach((peer, at) => push(peer, at % 2 === 0 ? one : other));
  }

  /** The same at the very end of a stream, of which nothing comes any more; one or both may be wrong by themselves. */
  function end(): void {
    const stream = 18;
    if (hasEnded) return;
    hasEnded = true;
    say(write(stream, {}));
    const before = { ...placeOf(stream) };
    const wrongs = random.below(3);
    const branch = (at: number): VerifiedEntry => {
      places.set(stream, { ...before });
      const changes = { ttlSeconds: at };
      if (at >= wrongs) return write(stream, changes);
      const recipients = [{ device: stranger(), keyNumber: 0 }];
      return write(stream, { ...changes, recipients }, "recipients");
    };
    const [one, other] = [branch(0), branch(1)];
    spread.feed(mote, { type: "entry", entry: one, from: null });
    truth.fork(one.header);
    const peers = random.shuffled([...mote.links]);
    peers.forEach((peer, at) => push(peer, at % 2 === 0 ? one : other));
  }

  /** What comes before it is kept from everybody. */
  function gap(): void {
    const stream = 14;
    write(stream, {});
    say(write(stream, {}));
  }

  /** As much as the rate lets pass, of the largest; now and then it says that it owes nothing. */
  function bulk(): void {
    const stream = 20;
    if (placeOf(stream).seq > BULKS_MAX) return;
    for (let count = 0; count < BULK; count += 1) {
      const isLie = random.below(8) === 0 && placeOf(stream).stored > spread.wall(mote) + HOUR_MS;
      say(write(stream, isLie ? { owed: 0 } : {}, isLie ? "quota" : null, 0, LARGE_BODY_BYTES));
    }
  }

  /** More than anybody parks, hours ahead. */
  function flood(): void {
    const stream = 16;
    const ahead = HOUR_MS * (1 + random.below(20));
    if (placeOf(stream).seq + FLOOD > FLOODED_MAX) return;
    for (let count = 0; count < FLOOD; count += 1) {
      const entry = write(stream, {}, null, ahead);
      for (const peer of mote.links) push(peer, entry);
    }
  }

  /** In another's name: the number that comes next, or one that stands. */
  function forge(): void {
    const [victim] = random.shuffled(motes.filter((one) => one !== mote));
    const [like] = [...(victim?.core.streams.get(`${victim.name}/0`)?.known.values() ?? [])].slice(
      -1,
    );
    if (like === undefined) return;
    const seq = like.header.seq + random.below(2);
    const clock = { ms: like.header.clock.ms + HOUR_MS, counter: 0 };
    const rateMark = clock.ms + 10 * HOUR_MS;
    const entry = family.entryOf({ ...like.header, seq, clock, rateMark }, BODY_BYTES);
    const forged = { ...entry, entry: { ...entry.entry, signature: FORGED } };
    for (const peer of mote.links) push(peer, forged);
  }

  /** Old ones again, as if they had come far, or not at all. */
  function replay(): void {
    const [entry] = random.shuffled([...hoard]);
    const [peer] = random.shuffled([...mote.links]);
    if (entry === undefined || peer === undefined) return;
    const hops = random.below(2) === 0 ? 0 : 255;
    const played = has("strip") ? stripped(entry) : entry;
    push(peer, { ...played, entry: { ...played.entry, hops } });
    const [register] = random.shuffled([...mote.core.registers.values()]);
    if (register !== undefined) spread.send(mote, peer.name, { type: "register", register });
  }

  /** Says that it has what nobody wrote, and wants to be spared everything. */
  function word(): void {
    const [peer] = random.shuffled([...mote.links]);
    const [person] = random.shuffled([...family.people]);
    if (peer === undefined || person === undefined) return;
    const from = 1 + random.below(1_000);
    const wants: readonly Want[] = [
      { author: person.device, stream: 0, ranges: [{ from, to: from + random.below(CLAIMED) }] },
      { author: person.device, stream: 1, ranges: [{ from: 1, to: 9 }] },
    ];
    const isWord = random.below(2) === 0;
    spread.send(
      mote,
      peer.name,
      isWord ? { type: "have", wants } : { type: "want", wants, by: null },
    );
    const isWanted = random.below(2) === 0;
    spread.send(mote, peer.name, { type: "wish", author: person.device, isWanted });
  }

  function alter(frame: SpreadFrame, to: Mote): readonly SpreadFrame[] {
    switch (frame.type) {
      case "answer": {
        if (!has("withhold") || isCalm) return [frame];
        const kind = random.below(3);
        // Nothing at all, nothing in it, or the first of what was asked.
        if (kind === 0) return [];
        return [{ ...frame, entries: kind === 1 ? [] : frame.entries.slice(0, 1) }];
      }
      case "entry": {
        const isOwn = toHex(frame.entry.header.author) === mote.name;
        if (held.has(idOf(frame.entry))) return [];
        if (has("withhold") && !isOwn && to.index % 2 === 0) return [];
        return [isOwn || !has("strip") ? frame : { ...frame, entry: stripped(frame.entry) }];
      }
      case "register": {
        const { register } = frame.register;
        if (toHex(register.device) !== mote.name) return [frame];
        const said = silent(has("claim") ? claiming(register) : register);
        return said === register ? [frame] : [{ type: "register", register: signed(said) }];
      }
      case "proof":
      case "fingerprint":
        // Nobody helps to find its own fork.
        return has("end") ? [] : [frame];
      case "dated":
        return has("backdate") ? [] : [frame];
      default:
        return [frame];
    }
  }

  /** Another hash for everything, for ever. */
  function retort(to: Mote, said: Fingerprint): void {
    const { mine, yours, from, what } = said;
    const sum = (length: number): Uint8Array => new Uint8Array(length).fill(random.below(256));
    const day = from + random.below(31);
    const ranges = family.people.slice(0, 8).map(({ device: author }) => ({
      author,
      stream: 0,
      day,
      from: 1,
      to: 2 ** 30,
      sum: sum(16),
    }));
    const other: Fingerprint["what"] =
      what.type === "all" && random.below(2) === 0
        ? { type: "days", days: [{ day, sum: sum(16) }] }
        : { type: "ranges", ranges };
    const fingerprint = { mine: yours, yours: mine, from, forks: [], dated: [], what: other };
    spread.send(mote, to.name, { type: "fingerprint", fingerprint });
  }

  /** Everything of everybody, and more than there is. */
  function claiming(register: Register): Register {
    const vector = family.people.slice(0, 20).map(({ device: author }) => ({
      author,
      stream: 0,
      first: 1,
      had: [{ from: 1, to: CLAIMED }],
    }));
    const ephemeral = { author: device, stream: 1, first: 1, had: [{ from: 1, to: 3 }] };
    return { ...register, vector: [...vector, ephemeral] };
  }

  /** Of a stream with two stories it says that it has written, not what: so its register denies neither. */
  function silent(register: Register): Register {
    const isTold = ({ stream }: Register["heads"][number]): boolean =>
      !FORKED_STREAMS.includes(stream);
    if (register.heads.every(isTold)) return register;
    const heads = register.heads.map((one) => (isTold(one) ? one : { ...one, id: UNKNOWN_ID }));
    return { ...register, heads };
  }

  function signed(register: Register): Extract<SpreadFrame, { type: "register" }>["register"] {
    return {
      register,
      signed: { bytes: encodeRegister(register, family.view.head.devices), signature: SOUND },
    };
  }

  function placeOf(stream: number): Place {
    const mark = EPOCH_MS - REGISTERED_BEFORE_MS;
    const fresh = {
      seq: 0,
      id: new Uint8Array(16),
      clock: { ms: 0, counter: 0 },
      height: 0,
      mark,
      stored: 0,
    };
    return places.get(stream) ?? fresh;
  }

  /** The next entry of a stream by the rules, with what is changed about it. */
  function write(
    stream: number,
    changes: Partial<UnboundHeader>,
    what: Lie | null = null,
    aheadMs = 0,
    bodyBytes = BODY_BYTES,
  ): VerifiedEntry {
    const before = placeOf(stream);
    // Never before its registration: hours behind that is beyond any burst, whatever it lies about.
    const wall = Math.max(spread.wall(mote), EPOCH_MS - REGISTERED_BEFORE_MS);
    const { clock: own } = mote.core;
    const last = compareClock(own, before.clock) > 0 ? own : before.clock;
    const next = nextClock(last, wall + aheadMs);
    const clock = changes.clock ?? next;
    const mark = Math.max(before.mark, clock.ms) + RATE_INTERVAL_MS;
    const owed = Math.max(0, before.stored - clock.ms);
    const member = family.people[(mote.index + 1) % motes.length]?.member ?? new Uint8Array(16);
    const header: UnboundHeader = {
      version: 1,
      suite: 1,
      kind: "direct",
      author: device,
      stream,
      seq: before.seq + 1,
      previous: before.id,
      clock,
      ttlSeconds: 0,
      height: mote.height,
      rateMark: mark,
      owed,
      audience: { type: "member", member },
      recipients: [],
      joins: [],
      ...changes,
    };
    const entry = family.entryOf(header, bodyBytes);
    truth.wrote(entry.header, idOf(entry));
    if (what !== null) truth.note(idOf(entry), what);
    else if (owed > OWED_MS_MAX) truth.note(idOf(entry), "quota");
    const lists = 24 * header.recipients.length + 192 * header.joins.length;
    const bytes = 384 + lists + bodyBytes;
    const spent = Math.ceil(bytes * OTHER_MS_PER_BYTE);
    places.set(stream, {
      seq: header.seq,
      id: entry.id,
      clock: compareClock(clock, before.clock) > 0 ? clock : before.clock,
      height: Math.max(before.height, header.height),
      mark,
      stored: Math.max(before.stored, clock.ms) + spent,
    });
    return entry;
  }

  /** To everybody that it is linked to; it has it itself. */
  function say(entry: VerifiedEntry): void {
    spread.feed(mote, { type: "entry", entry, from: null });
    for (const peer of mote.links) push(peer, entry);
  }

  function push(peer: Mote, entry: VerifiedEntry): void {
    if (!isCalm) spread.send(mote, peer.name, { type: "entry", entry });
  }

  /** Somebody whom the entry is not for. */
  function stranger(): Header["author"] {
    return family.people[(mote.index + 2) % motes.length]?.device ?? device;
  }
}

/** A relay can leave the body away: the header names it by hash alone. */
function stripped(entry: VerifiedEntry): VerifiedEntry {
  return { ...entry, entry: { ...entry.entry, body: new Uint8Array(0) } };
}
