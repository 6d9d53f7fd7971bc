/**
 * Which links a device has. Up to ten devices each links to each. Above, each looks for four to six:
 * some of its own choice, at random, the others as they come; those that keep the rules link to each
 * other beside that. Every device decides alone, by what it hears: calls at the meeting place, and
 * registers, which come from everybody it is joined with over however many links. Decides about links
 * within a family only: joining goes its own way. Opens and closes nothing.
 * SPEC MX1 to MX10. Source: DESIGN §5 (mesh).
 */
import type { Hex } from "../codec/ids.ts";
import type { Random } from "../random.ts";
import { LATELY_MS } from "./limits.ts";
import {
  ACCEPTED_MAX,
  ANSWERS_WANTED,
  AVOIDED_MS,
  CALLED_MS,
  CHOSEN_MIN,
  FOREIGN_MS,
  FULL_MESH_DEVICES_MAX,
  LET_GO_MS_MIN,
  LET_GO_SPREAD_MS,
  LINKS_MAX,
  LINKS_MIN,
  LINKS_PRESSED_MAX,
  NAMED_MAX,
  NEW_MS,
  OFFERERS_MAX,
  OWNER_LINKS_MAX,
  REFILL_MS_MIN,
  REFILL_SPREAD_MS,
} from "./mesh-limits.ts";

/** What the rest of the node knows; asked for anew each time. Devices in hex. */
export interface Surroundings {
  readonly me: Hex;
  /** Active devices of the family that may be linked, without mine. */
  readonly devices: ReadonlySet<Hex>;
  readonly replicas: ReadonlySet<Hex>;
  /** Devices of standing links. */
  readonly linked: ReadonlySet<Hex>;
  /** Whether a register of it has come lately, over whomever. */
  readonly isHeard: (device: Hex) => boolean;
  /** Whether its browser keeps what is stored, so that it is likely to stay. */
  readonly isLasting: (device: Hex) => boolean;
  /** Whose device it is; one member's devices do not take all places. */
  readonly ownerOf: (device: Hex) => string;
  /** Whether this device offers to keep the rules, which those must hear that do. */
  readonly isOffering: boolean;
}

/** What an announce says of its sender. */
export interface Call {
  /** How many links it has. */
  readonly links: number;
  readonly isOffering: boolean;
  /** Who is called; null: anybody. */
  readonly named: readonly Hex[] | null;
}

/** What a linked device says of itself. */
export interface LinkWord {
  readonly links: number;
  readonly isOffering: boolean;
}

/** Why a link ended: I or the other had no place for it, or it was lost. */
export type LinkEnd = "full" | "lost";

export interface MeshShape {
  /** An announce was heard. */
  called(device: Hex, call: Call, now: number): void;
  linkUp(device: Hex, now: number): void;
  linkDown(device: Hex, end: LinkEnd, now: number): void;
  told(device: Hex, word: LinkWord): void;
  /** What my next announce says; `to` is who else is asked to come, by name. */
  call(around: Surroundings, now: number, to: Hex | null): Call;
  /** Whether there is nobody to call: enough links, and all of the family heard. */
  isQuiet(around: Surroundings, now: number): boolean;
  /** Whether to link to who called so. */
  answers(around: Surroundings, device: Hex, call: Call, now: number): boolean;
  /** Whether there is a place for a link to this device. */
  takes(around: Surroundings, device: Hex, now: number): boolean;
  /** Whom to tell that its link goes, because there are too many; null: nobody now. */
  letGo(around: Surroundings, now: number): Hex | null;
  /** Whether links are few by choice: devices that are not linked may be there all the same. */
  isSparse(around: Surroundings, now: number): boolean;
  /** What linked devices are told of this one. */
  word(around: Surroundings): LinkWord;
}

interface Caller {
  readonly firstAt: number;
  readonly lastAt: number;
  readonly links: number;
  readonly isOffering: boolean;
}

export function createMeshShape(random: Random, startedAt: number): MeshShape {
  const callers = new Map<Hex, Caller>();
  /** Whom I call by name, since when. */
  const named = new Map<Hex, number>();
  /** Whom I do not call, until when. */
  const avoided = new Map<Hex, number>();
  /** Links of my own choice. */
  const chosen = new Set<Hex>();
  const words = new Map<Hex, LinkWord>();
  let refillAt = startedAt;
  let letGoAt = startedAt;
  let ownAt = startedAt;

  return {
    called,
    linkUp,
    linkDown,
    told: (device, word) => void words.set(device, word),
    call,
    isQuiet,
    answers,
    takes,
    letGo,
    isSparse,
    word,
  };

  function called(device: Hex, { links, isOffering }: Call, now: number): void {
    const before = callers.get(device);
    const isNew = before === undefined || !isWithin(before.lastAt, now, LATELY_MS);
    callers.set(device, { firstAt: isNew ? now : before.firstAt, lastAt: now, links, isOffering });
  }

  function linkUp(device: Hex, now: number): void {
    if (named.delete(device)) chosen.add(device);
    avoided.delete(device);
    // A flood of links is let go of one at a time, and not the moment it comes.
    letGoAt = Math.max(letGoAt, now + LET_GO_MS_MIN);
  }

  function linkDown(device: Hex, end: LinkEnd, now: number): void {
    chosen.delete(device);
    words.delete(device);
    if (end === "full") {
      named.delete(device);
      avoided.set(device, now + AVOIDED_MS);
    } else {
      refillAt = now + REFILL_MS_MIN + random.below(REFILL_SPREAD_MS);
    }
  }

  function isSparse(around: Surroundings, now: number): boolean {
    if (around.devices.size < FULL_MESH_DEVICES_MAX) return false;
    if (isWithin(startedAt, now, NEW_MS)) return true;
    let there = around.linked.size;
    for (const device of around.devices) {
      if (there >= FULL_MESH_DEVICES_MAX) break;
      if (isThere(around, device, now)) there += 1;
    }
    return there >= FULL_MESH_DEVICES_MAX;
  }

  /** Those that are there and not linked to me, in a fixed order. */
  function present(around: Surroundings, now: number): readonly Hex[] {
    return [...around.devices].filter((one) => isThere(around, one, now)).sort();
  }

  function isThere({ linked, isHeard }: Surroundings, device: Hex, now: number): boolean {
    return !linked.has(device) && (isHeard(device) || isCalling(device, now));
  }

  function isCalling(device: Hex, now: number): boolean {
    const caller = callers.get(device);
    return caller !== undefined && isWithin(caller.lastAt, now, LATELY_MS);
  }

  function call(around: Surroundings, now: number, to: Hex | null): Call {
    choose(around, now);
    const links = around.linked.size;
    const { isOffering } = around;
    if (to !== null) return { links, isOffering, named: [to] };
    const isAnybody = links === 0 || named.size === 0 || named.size > NAMED_MAX;
    return { links, isOffering, named: isAnybody ? null : [...named.keys()] };
  }

  function isQuiet(around: Surroundings, now: number): boolean {
    const { devices, linked, isHeard } = around;
    if (linked.size > 0 && now < refillAt) return true;
    choose(around, now);
    if (named.size > 0) return false;
    const isEnough = !isSparse(around, now) || linked.size >= LINKS_MIN;
    return isEnough && [...devices].every((one) => linked.has(one) || isHeard(one));
  }

  /** Keeps the list of those whom I call by name. */
  function choose(around: Surroundings, now: number): void {
    for (const [device, since] of named) {
      if (isWithin(since, now, CALLED_MS)) continue;
      named.delete(device);
      if (!around.linked.has(device)) avoided.set(device, now + AVOIDED_MS);
    }
    const isBusy = named.size > 0 || around.replicas.has(around.me) || around.isOffering;
    if (!isBusy && isSparse(around, now) && lacking(around, now) === 0) return;
    const open = present(around, now).filter((one) => !isAvoided(one, now));
    const bound = open.filter((one) => isBound(around, one));
    const others = open.filter((one) => !bound.includes(one));
    const needed = isSparse(around, now) ? lacking(around, now) : others.length;
    for (const device of named.keys()) {
      if (!open.includes(device)) named.delete(device);
    }
    const free = others.filter((one) => named.has(one));
    if (free.length > LINKS_MAX) for (const device of free.slice(needed)) named.delete(device);
    const isOpen = (one: Hex): boolean => !isSparse(around, now) || !isOwnerFull(around, one);
    const fresh = others.filter((one) => !named.has(one) && isOpen(one));
    const picked = inOrder(around, fresh).slice(0, Math.max(0, needed - free.length));
    if (picked.length > 0) ownAt = now + AVOIDED_MS;
    for (const device of [...bound, ...picked]) {
      if (!named.has(device)) named.set(device, now);
    }
  }

  /** At random, and half of the time those first that are likely to stay. */
  function inOrder({ isLasting }: Surroundings, devices: readonly Hex[]): readonly Hex[] {
    const shuffled = random.shuffled(devices);
    if (random.below(2) === 0) return shuffled;
    return [...shuffled.filter(isLasting), ...shuffled.filter((one) => !isLasting(one))];
  }

  /** How many more links I look for: up to the least, and some of my own choice. */
  function lacking(around: Surroundings, now: number): number {
    const { links, ofMine } = count(around);
    // With links enough, one of my own choice is looked for now and then.
    const isTime = links < LINKS_MIN || now >= ownAt;
    const own = isTime && hasOwnPlace(around) ? CHOSEN_MIN - ofMine : 0;
    // Some of those that were heard lately may just have gone.
    const twice = 2 * Math.max(0, LINKS_MIN - links);
    return Math.max(0, own, Math.min(twice, LINKS_MAX - links));
  }

  /** A place for a link of my own choice, also where those who say to have no other hold all. */
  function hasOwnPlace(around: Surroundings): boolean {
    const { links, ofMine } = count(around);
    return links < LINKS_MAX || (ofMine < CHOSEN_MIN && spare(around).length === 0);
  }

  /** Links in places: those between the keepers of the rules need none. */
  function count(around: Surroundings): { readonly links: number; readonly ofMine: number } {
    const links = [...around.linked].filter((one) => !isBound(around, one));
    return { links: links.length, ofMine: links.filter((one) => chosen.has(one)).length };
  }

  /** Whether this device's member has all the places that one member's devices get. */
  function isOwnerFull(around: Surroundings, device: Hex): boolean {
    const { linked, ownerOf, devices } = around;
    const owner = ownerOf(device);
    const places = [...linked].filter((one) => !isBound(around, one) && ownerOf(one) === owner);
    if (places.length < OWNER_LINKS_MAX) return false;
    // Where there are few members, each has more.
    const owners = new Set([...devices].map((one) => ownerOf(one)));
    return places.length >= Math.max(OWNER_LINKS_MAX, Math.ceil(LINKS_MAX / owners.size));
  }

  /** Both keep the rules, or one does and the other offers to. */
  function isBound({ me, replicas, isOffering, linked }: Surroundings, device: Hex): boolean {
    const isKeeper = replicas.has(me);
    if (replicas.has(device)) return isKeeper || isOffering;
    if (!isKeeper || !saysOffering(device)) return false;
    const before = [...linked].filter((one) => !replicas.has(one) && saysOffering(one)).sort();
    const place = before.indexOf(device);
    return (place === -1 ? before.length : place) < OFFERERS_MAX;
  }

  function saysOffering(device: Hex): boolean {
    return (words.get(device) ?? callers.get(device))?.isOffering ?? false;
  }

  function isAvoided(device: Hex, now: number): boolean {
    const until = avoided.get(device);
    return until !== undefined && now < until && until <= now + AVOIDED_MS;
  }

  function answers(around: Surroundings, device: Hex, { named: names, links }: Call, now: number) {
    if (names?.includes(around.me) === true) return takes(around, device, now);
    // It may have lost the link in which I still believe.
    if (around.linked.has(device)) return names === null && (links === 0 || !isSparse(around, now));
    const isCutOff = isForeign(around, device, now);
    if (names !== null && !isCutOff) return false;
    if (!isSparse(around, now) || isBound(around, device)) return true;
    if (!takes(around, device, now)) return false;
    if (links >= LINKS_MIN && !isCutOff && !named.has(device)) return false;
    if (named.has(device)) return true;
    const hearing = Math.max(1, around.linked.size + present(around, now).length);
    return random.fraction() < ANSWERS_WANTED / hearing;
  }

  /** It has been calling for a while, and nobody I am joined with has its register. */
  function isForeign({ isHeard, linked }: Surroundings, device: Hex, now: number): boolean {
    const caller = callers.get(device);
    if (caller === undefined || !isCalling(device, now) || linked.has(device)) return false;
    return !isHeard(device) && now - caller.firstAt >= FOREIGN_MS;
  }

  function takes(around: Surroundings, device: Hex, now: number): boolean {
    if (around.linked.has(device)) return true;
    if (!isSparse(around, now) || isBound(around, device)) return true;
    if (isOwnerFull(around, device)) return false;
    const { links, ofMine } = count(around);
    if (named.has(device)) return hasOwnPlace(around);
    if (links < LINKS_MAX && links - ofMine < ACCEPTED_MAX) return true;
    const theirs = isCalling(device, now) ? (callers.get(device)?.links ?? 0) : LINKS_MIN;
    if (theirs === 0 || isForeign(around, device, now)) return links < LINKS_PRESSED_MAX;
    return theirs < LINKS_MIN && links <= LINKS_MAX && spare(around).length > 0;
  }

  /** Links whose other end says that it has more than it needs, those that others chose first. */
  function spare(around: Surroundings): readonly Hex[] {
    const { ofMine } = count(around);
    const places = [...around.linked].filter((one) => !isBound(around, one)).sort();
    const rich = places.filter((one) => (words.get(one)?.links ?? 0) > LINKS_MIN);
    const others = rich.filter((one) => !chosen.has(one));
    return others.length > 0 || ofMine <= CHOSEN_MIN ? others : rich;
  }

  function letGo(around: Surroundings, now: number): Hex | null {
    if (now < letGoAt && letGoAt <= now + LET_GO_MS_MIN + LET_GO_SPREAD_MS) return null;
    if (!isSparse(around, now) || isWithin(startedAt, now, NEW_MS)) return null;
    if (count(around).links <= LINKS_MAX) return null;
    const [device] = random.shuffled(spare(around));
    if (device === undefined) return null;
    letGoAt = now + LET_GO_MS_MIN + random.below(LET_GO_SPREAD_MS);
    return device;
  }

  function word({ linked, isOffering }: Surroundings): LinkWord {
    return { links: linked.size, isOffering };
  }
}

/** Whether `at` is at most so long ago; a clock that was set back makes it no longer true. */
function isWithin(at: number, now: number, ms: number): boolean {
  return Math.abs(now - at) < ms;
}
