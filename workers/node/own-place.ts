/**
 * My place, as this device shares it: with whom and until when is kept over restarts, the place itself
 * is asked of the page again. At most one in the family's interval is said, and where nothing moved one
 * sign of life in five. A stop is said to all that it was ever sealed for, and said again after a restart for
 * as long as one of them may keep it. SPEC PN1 to PN4, PN7, PN8. Source: DESIGN §9 (Map).
 */
import type { FailureCode, PlaceView, SharingView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex, type MemberId } from "../core/codec/ids.ts";
import { membersIn, placeFaultTo } from "../core/gossip/audience.ts";
import type { Audience } from "../core/gossip/header.ts";
import { PLACE_LIFE_SECONDS_MAX } from "../core/gossip/limits.ts";
import { has, settingsAt } from "../core/ledger/relations.ts";
import { devicesOf, findDevice, type Device } from "../core/ledger/state.ts";
import { familyNow, holdOf, myMember, stateOf, textOf, type Family } from "./family.ts";
import {
  PLACE_AFTER_MS,
  PLACE_LIFE_INTERVALS,
  PLACE_MOVED_METRES,
  PLACE_SILENT_MS,
  STOP_AGAIN_MS,
  TOLD_DEVICES_MAX,
} from "./limits.ts";
import { ownWrite, type OwnSharing } from "./place-records.ts";
import { metresBetween, placeOf } from "./place-units.ts";
import { publish } from "./publishing.ts";
import { someoneOf } from "./rule-changes.ts";
import type { Session } from "./session.ts";
import { momentNow } from "./joined.ts";
import { findGroup, talkIdOf } from "./talks.ts";

export type SharedPlace =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: FailureCode };

export interface OwnPlace {
  /** Begins, or goes on with others or for longer; `minutes` null: until it is stopped. */
  readonly share: (
    audience: Audience,
    minutes: number | null,
    place: PlaceView,
  ) => Promise<SharedPlace>;
  readonly stop: () => Promise<SharedPlace>;
  /** Where the browser says that this device is now. */
  readonly note: (place: PlaceView) => Promise<void>;
  readonly tick: () => Promise<void>;
  readonly view: () => SharingView | null;
}

const FAILURES = {
  rate: "too-fast",
  clock: "clock-wrong",
  "no-recipient": "not-allowed",
  "too-many": "too-many-devices",
  quota: "too-much",
} as const satisfies Record<string, FailureCode>;
const DONE: SharedPlace = { ok: true };

export function createOwnPlace(
  family: Family,
  stored: OwnSharing | null,
  onChanged: () => void,
): OwnPlace {
  let sharing = stored;
  /** When the stop was said since this app was opened, by the monotonic clock. */
  let stopSaidAt: readonly number[] = [];
  let isUnwritten = false;
  /** What the browser said last, and when; by the monotonic clock. */
  let noted: { readonly place: PlaceView; readonly at: number } | null = null;
  /** What was said last since this app was opened: `at` by the monotonic clock. */
  let said: { readonly place: PlaceView; readonly at: number; readonly to: string } | null = null;
  /** Links over which it went and that are to stay for another tick. */
  const underWay = new Map<Hex, Session>();

  return { share, stop, note, tick, view };

  async function share(
    audience: Audience,
    minutes: number | null,
    place: PlaceView,
  ): Promise<SharedPlace> {
    const before = sharing;
    const until = minutes === null ? null : familyNow(family) + minutes * 60_000;
    const devices = devicesFor(audience);
    if (!devices.some((one) => !isMine(one))) return { ok: false, code: "not-allowed" };
    noted = { place, at: family.env.monotonic() };
    const begun: OwnSharing = {
      audience,
      until,
      clock: before?.clock ?? { ms: 0, counter: 0 },
      id: before?.id ?? new Uint8Array(16),
      stoppedAt: null,
      // Whom it was sealed for before keeps it no longer: the newer one is not for it.
      sealedFor: [],
      reached: [],
    };
    // On the disk before anybody hears of it: what is said can be ended after a restart.
    sharing = begun;
    try {
      await keep("strict");
    } catch (error) {
      // Who is told that it failed shares nothing, also when there is room again.
      sharing = before;
      throw error;
    }
    const published = await say(begun, place);
    if (published.ok) return DONE;
    sharing = before;
    await keep("strict");
    return published;
  }

  async function stop(): Promise<SharedPlace> {
    if (sharing === null || sharing.stoppedAt !== null) return DONE;
    // Ended here whatever comes: what is not said now is said with the next tick.
    sharing = { ...sharing, stoppedAt: familyNow(family), reached: [] };
    noted = null;
    said = null;
    stopSaidAt = [];
    onChanged();
    const published = await sayStop();
    await keep("strict");
    return published;
  }

  async function note(place: PlaceView): Promise<void> {
    if (!isOn()) return;
    noted = { place, at: family.env.monotonic() };
    await sayWhenDue();
  }

  async function tick(): Promise<void> {
    if (sharing === null) return;
    if (isGone(sharing)) {
      sharing = null;
      await keep("strict");
      return onChanged();
    }
    if (isStopDue()) await sayStop();
    else if (isOn()) await sayWhenDue();
    noteReached();
    if (isUnwritten) await keep("relaxed");
  }

  /** One in an interval where it has moved or somebody is new, a sign of life in five. */
  async function sayWhenDue(): Promise<void> {
    if (sharing === null || noted === null) return;
    const now = family.env.monotonic();
    const interval = settingsAt(momentNow(family)).locationSeconds * 1_000;
    const devices = devicesFor(sharing.audience);
    if (said !== null && noted.at > said.at) {
      if (now - said.at < interval) return;
      const hasMoved = isElsewhere(said.place, noted.place);
      const isSignDue = now - said.at >= interval * PLACE_LIFE_INTERVALS;
      if (!hasMoved && !isSignDue && said.to === namesOf(devices)) return;
    } else if (said !== null) return;
    await say(sharing, noted.place);
  }

  async function say(next: OwnSharing, place: PlaceView): Promise<SharedPlace> {
    const devices = devicesFor(next.audience);
    const payload = { type: "place" as const, place: placeOf(place), until: next.until };
    const published = await publish(
      family,
      "place",
      next.audience,
      devices,
      payload,
      undefined,
      lifeSeconds(next.until),
    );
    if (!published.ok) return { ok: false, code: FAILURES[published.reason] };
    const { clock, id } = published;
    sharing = { ...next, clock, id, sealedFor: withDevices(next.sealedFor, devices) };
    said = { place, at: family.env.monotonic(), to: namesOf(devices) };
    underWay.clear();
    onChanged();
    await keep("relaxed");
    return DONE;
  }

  /** To all of them that the rules still let it reach: the others have let it go by these. */
  async function sayStop(): Promise<SharedPlace> {
    if (sharing === null) return DONE;
    const { audience, sealedFor } = sharing;
    const isSealed = ({ id }: Device): boolean => sealedFor.some((one) => isSameBytes(one, id));
    const devices = devicesFor(audience).filter(isSealed);
    const payload = { type: "place" as const, place: null, until: null };
    const published = await publish(
      family,
      "place",
      audience,
      devices,
      payload,
      undefined,
      PLACE_LIFE_SECONDS_MAX,
    );
    if (!published.ok && published.reason !== "no-recipient") {
      return { ok: false, code: FAILURES[published.reason] };
    }
    stopSaidAt = [...stopSaidAt.slice(-STOP_AGAIN_MS.length), family.env.monotonic()];
    if (published.ok) sharing = { ...sharing, clock: published.clock, id: published.id };
    return DONE;
  }

  /** Said to be on, and its time is not over. */
  function isOn(): boolean {
    return sharing !== null && sharing.stoppedAt === null && !isOver(sharing);
  }

  function isOver({ until }: OwnSharing): boolean {
    return until !== null && familyNow(family) >= until;
  }

  /** It is stopped, and somebody may not have heard of it: one said may be lost, and lives for a day. */
  function isStopDue(): boolean {
    if (sharing === null || sharing.stoppedAt === null) return false;
    const last = stopSaidAt.at(-1);
    if (last === undefined) return true;
    const wait = STOP_AGAIN_MS[stopSaidAt.length - 1] ?? STOP_AGAIN_MS.at(-1) ?? 0;
    return family.env.monotonic() - last >= wait;
  }

  /** Nobody keeps anything of it any more. */
  function isGone({ until, stoppedAt }: OwnSharing): boolean {
    const now = familyNow(family);
    if (until !== null) return now >= until + PLACE_AFTER_MS;
    return stoppedAt !== null && now >= stoppedAt + PLACE_SILENT_MS;
  }

  /** It is passed on until it is over. */
  function lifeSeconds(until: number | null): number {
    if (until === null) return PLACE_LIFE_SECONDS_MAX;
    const seconds = Math.ceil((until - familyNow(family)) / 1_000);
    return Math.min(PLACE_LIFE_SECONDS_MAX, Math.max(1, seconds));
  }

  /** Devices that it is sealed for: theirs that the rules let it reach and that are not held, and my other ones. */
  function devicesFor(audience: Audience): readonly Device[] {
    const me = myMember(family);
    if (me === null) return [];
    return [me.id, ...readersOf(family, me.id, audience)]
      .flatMap((one) => devicesOf(stateOf(family), one))
      .filter(({ id }) => !isSameBytes(id, family.identity.device) && holdOf(family, id) === null);
  }

  function isMine({ member }: Device): boolean {
    const me = myMember(family);
    return me !== null && isSameBytes(me.id, member);
  }

  /** A device has it once it went out over a link that was still there, with nothing waiting, a second later. */
  function noteReached(): void {
    if (sharing === null || said === null || sharing.stoppedAt !== null) return;
    const fresh: DeviceId[] = [];
    for (const device of sharing.sealedFor) {
      const name = toHex(device);
      if (sharing.reached.some((one) => isSameBytes(one, device))) continue;
      const session = family.sessions.get(name);
      const isThrough = session !== undefined && session.queuedBytes() === 0;
      if (isThrough && underWay.get(name) === session) fresh.push(device);
      if (isThrough) underWay.set(name, session);
      else underWay.delete(name);
    }
    if (fresh.length === 0) return;
    sharing = { ...sharing, reached: [...sharing.reached, ...fresh] };
    isUnwritten = true;
    onChanged();
  }

  /** Kept as it is now; where that fails the next tick tries again. */
  async function keep(durability: "strict" | "relaxed"): Promise<void> {
    isUnwritten = true;
    const { env, fence } = family;
    await env.store.commit([await ownWrite(family, sharing)], { durability, fence });
    isUnwritten = false;
  }

  function view(): SharingView | null {
    const me = myMember(family);
    if (sharing === null || me === null || sharing.stoppedAt !== null) return null;
    const state = stateOf(family);
    const { audience, until, reached } = sharing;
    const owners = reached.flatMap((one) => findDevice(state, one)?.member ?? []);
    const people = owners.filter(
      (one, at) =>
        !isSameBytes(one, me.id) && owners.findIndex((other) => isSameBytes(other, one)) === at,
    );
    return {
      with: {
        id: talkIdOf(state, audience, me.id, me.id) ?? "",
        type: audience.type,
        name: targetName(family, audience),
        readers: readersOf(family, me.id, audience).map((one) => someoneOf(family, one)),
      },
      until,
      isOver: isOver(sharing),
      goneAt: until === null ? null : until + PLACE_AFTER_MS,
      saidAt: said === null ? null : sharing.clock.ms,
      reached: people.map((one) => someoneOf(family, one)),
    };
  }
}

/** Members that may see my place if I share it there, without me. */
export function readersOf(family: Family, me: MemberId, audience: Audience): readonly MemberId[] {
  const moment = momentNow(family);
  const members = membersIn(moment, audience, me);
  // Who goes, or is in the group no more, says nothing there.
  if (audience.type === "group" && !has(members, me)) return [];
  return members.filter(
    (one) => !isSameBytes(one, me) && placeFaultTo(moment, me, audience, one) === null,
  );
}

/** Name of a group or member; null for the family, and where it cannot be read. */
export function targetName(family: Family, audience: Audience): string | null {
  if (audience.type === "member") return someoneOf(family, audience.member).name;
  if (audience.type === "family") return null;
  const group = findGroup(stateOf(family), toHex(audience.group));
  return group === null ? null : textOf(family, group.name);
}

function isElsewhere(before: PlaceView, now: PlaceView): boolean {
  const isSharper = now.accuracy * 2 <= before.accuracy;
  return isSharper || metresBetween(before, now) > Math.max(PLACE_MOVED_METRES, now.accuracy);
}

function namesOf(devices: readonly Device[]): string {
  return devices
    .map(({ id }) => toHex(id))
    .toSorted()
    .join(" ");
}

function withDevices(known: readonly DeviceId[], more: readonly Device[]): readonly DeviceId[] {
  const fresh = more.filter(({ id }) => !known.some((one) => isSameBytes(one, id)));
  return [...known, ...fresh.map(({ id }) => id)].slice(-TOLD_DEVICES_MAX);
}
