/**
 * What must be so once faults are over and everybody is awake: ledgers equal, nothing pending, joins
 * complete, the same entries had and accepted by everybody (G1), nothing older than retention on any
 * disk (G3), and everybody the device that the other side of its link is (H1). SPEC SI17, SI19.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { dayOf } from "../../workers/core/gossip/clock.ts";
import { FUTURE_ACCEPT_MS } from "../../workers/core/gossip/limits.ts";
import { isDayFull } from "../../workers/core/ledger/bounds.ts";
import { findDevice, type LedgerState } from "../../workers/core/ledger/state.ts";
import type { Gossip } from "../../workers/core/gossip/state.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { Network } from "../network.ts";
import type { People } from "../people.ts";

/** Days that an awake device may take to let go, and that headers stay longer than bodies. */
const RETENTION_SLACK_DAYS = 1;
const HEADER_EXTRA_DAYS = 2;
/** How long a device that was away may take to let go. */
const WAKING_MS = 60_000;

/** What is not yet as it must be in the end, in words; empty when all is well. */
export function unsettled(
  devices: readonly Device[],
  people: People,
  isActive: (device: Device) => boolean,
  isRevoked: (device: Device) => boolean,
): readonly string[] {
  const open: string[] = [];
  for (const story of people.joins) {
    const isOff = isRevoked(story.newcomer) || isRevoked(story.inviter);
    if (story.step !== "done" && !isOff) {
      open.push(`${story.newcomer.name} has not joined (${story.step})`);
    }
  }
  const members = devices.filter((one) => isActive(one));
  const heads = new Set(members.map((one) => headOf(one)));
  if (heads.size > 1) open.push(`${heads.size} different heads`);
  for (const device of members) {
    const waiting = device.running()?.family.ledger.pending().length ?? 0;
    if (waiting > 0) open.push(`${device.name} has ${waiting} pending`);
  }
  const floor = Math.max(0, ...members.map((one) => coreOf(one)?.floorDay ?? 0));
  const views = new Map(members.map((one) => [one.name, entriesOf(one, floor)]));
  const sets = new Set(views.values());
  if (sets.size > 1) {
    const counts = [...views].map(([name, view]) => `${name} ${view.split(" ").length}`);
    open.push(`G1: entries differ: ${counts.join(", ")}`);
  }
  return open;
}

/** Retention on all disks, and who is linked with whom. */
export function createHygieneJudge(
  devices: () => readonly Device[],
  network: () => Network,
  now: () => number,
  violate: Violate,
): Judge & { readonly inspect: () => void } {
  /** Whoever begins a joining anew has another key; a link that it made before is still its own. */
  const keys = new Map<string, Set<string>>();
  return {
    inspect: () => {
      for (const device of devices()) judgeDisk(device);
    },
    afterEvent: (device) => {
      const own = device.key();
      if (own !== null) {
        const known = keys.get(device.name) ?? new Set();
        keys.set(device.name, known.add(toHex(own)));
      }
      for (const session of device.running()?.sessions() ?? []) {
        const peer = session.peer();
        if (peer === null) continue;
        const other = network().deviceAt(session.link.binding.remoteFingerprint);
        const known = other === null || other === undefined ? undefined : keys.get(other);
        if (known !== undefined && !known.has(toHex(peer.deviceKey))) {
          violate("H1", `${device.name} takes ${other} for another`);
        }
      }
    },
  };

  function judgeDisk(device: Device): void {
    const days = device.running()?.family.ledger.head()?.state.retentionDays;
    // A device alone keeps more: its clock may be the one that is wrong (core/gossip/retention.ts).
    const isLinked = (device.running()?.family.sessions.size ?? 0) > 0;
    const isFresh = now() < device.awakeSince() + WAKING_MS;
    if (!device.isAwake() || days === undefined || !isLinked || isFresh) return;
    const floor = dayOf(device.clock.wall()) - days - RETENTION_SLACK_DAYS;
    const content = device.disk().snapshot();
    for (const [table, least] of [
      ["bodies", floor],
      ["timeline", floor],
      ["entries", floor - HEADER_EXTRA_DAYS],
    ] as const) {
      const old = content.get(table)?.find((row) => Number(row.key[0]) < least);
      if (old !== undefined)
        violate("G3", `${device.name} keeps ${table} of day ${String(old.key[0])}`);
    }
  }
}

/** Whether a state names the device and has not revoked it; by default the state that it has itself. */
export function isMember(device: Device, by?: LedgerState): boolean {
  const family = device.running()?.family;
  const state = by ?? family?.ledger.head()?.state;
  if (family === undefined || state === undefined) return false;
  const found = state.devices.find((one) => toHex(one.id) === toHex(family.identity.device));
  return found !== undefined && found.revoked === null;
}

function headOf(device: Device): string {
  const head = device.running()?.family.ledger.head() ?? null;
  return head === null ? "none" : `${head.state.height}:${toHex(head.hash)}`;
}

function coreOf(device: Device): Gossip | undefined {
  return device.running()?.family.gossip?.core();
}

/** Whether this device holds, or waits with, an entry whose date is still to come. */
export function waitsForTime(device: Device): boolean {
  const core = coreOf(device);
  if (core === undefined) return false;
  if (waitsForTomorrow(device) || waitsForNotice(device)) return true;
  const isParked = [...core.parked.values()].flat().some((one) => one.why === "clock");
  const known = [...core.streams.values()].flatMap((stream) => [...stream.known.values()]);
  const latest = device.clock.wall() + FUTURE_ACCEPT_MS;
  // A device whose own clock has been ahead says nothing until that time has come.
  return isParked || core.clock.ms > latest || known.some((one) => one.header.clock.ms > latest);
}

/** Whether something is pending whose author has written all that it may on this day (BD1). */
function waitsForTomorrow(device: Device): boolean {
  const ledger = device.running()?.family.ledger;
  const state = ledger?.head()?.state;
  if (ledger === undefined || state === undefined) return false;
  return ledger.pending().some(({ content }) => {
    const member = findDevice(state, content.author)?.member;
    return member !== undefined && isDayFull(state, member, device.clock.wall());
  });
}

/** Whether somebody was let in whom the rules make wait a day (DC18). */
function waitsForNotice(device: Device): boolean {
  const invites = device.running()?.inviting.views() ?? [];
  return invites.some(({ isAfterDay, step }) => isAfterDay && step === "committing");
}

/** Every durable entry of the days after the floor with its verdict, in a fixed order. */
function entriesOf(device: Device, floor: number): string {
  const core = coreOf(device);
  if (core === undefined) return "none";
  const lines: string[] = [];
  for (const [name, stream] of core.streams) {
    if (stream.number % 2 !== 0) continue;
    for (const [seq, known] of stream.known) {
      if (dayOf(known.header.clock.ms) <= floor) continue;
      lines.push(`${name}/${seq}:${toHex(known.id)}:${known.verdict.type}`);
    }
  }
  return lines.sort().join(" ");
}
