/**
 * Who meets whom, in the place of signalling server and mesh: two devices that are awake and want a
 * common topic get a link, each with the purpose under which it wanted the topic and with the key
 * that the other claims, as the rendezvous would say; where not all link to all, one of them calls
 * and the other answers. One link a pair and run. SPEC SI10.
 */
import type { Random } from "../workers/core/random.ts";
import type { Channel } from "../workers/node/rendezvous.ts";
import type { Device } from "./device.ts";
import type { Network } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";

/** How often it is looked, and how long a meeting takes at most. */
const MEETING_EVERY_MS = 1_500;
const MEETING_TAKES_MS = 1_000;
/** Two that part again at once wait longer each time, as the announces of a rendezvous do. */
const BACKOFF_MS_MIN = 1_000;
const BACKOFF_MS_MAX = 60_000;

export function startMeetings(
  devices: () => readonly Device[],
  network: Network,
  scheduler: Scheduler,
  random: Random,
): void {
  const tries = new Map<string, { readonly next: number; readonly waitMs: number }>();

  const look = (): void => {
    scheduler.after(MEETING_EVERY_MS, "meetings", look);
    const awake = devices().filter((one) => one.isAwake());
    for (const [index, a] of awake.entries()) {
      for (const b of awake.slice(index + 1)) {
        if (network.isLinked(a.name, b.name) || !canSignal(a, b)) continue;
        const tried = tries.get(pairOf(a, b));
        if (scheduler.now() < (tried?.next ?? 0) || commonPlace(a, b) === null) continue;
        const runs = [a.run(), b.run()];
        scheduler.after(random.fraction() * MEETING_TAKES_MS, `meet ${a.name} ${b.name}`, () => {
          if (a.run() === runs[0] && b.run() === runs[1]) meet(a, b);
        });
      }
    }
  };

  function canSignal(a: Device, b: Device): boolean {
    return !network.isBlocked(a.name, b.name) && !network.isBlocked(b.name, a.name);
  }

  function meet(a: Device, b: Device): void {
    if (!a.isAwake() || !b.isAwake() || network.isLinked(a.name, b.name)) return;
    const place = commonPlace(a, b);
    if (place === null || !canSignal(a, b) || !isAnswered(a, b, place)) return;
    const [one, two] = random.below(2) === 0 ? [a, b] : [b, a];
    const purposeOf = (device: Device): Channel["purpose"] =>
      device === a ? place.a.purpose : place.b.purpose;
    const link = network.connect(
      { device: one.name, purpose: purposeOf(one) },
      { device: two.name, purpose: purposeOf(two) },
    );
    remember(a, b);
    one.link(link.a, two.key());
    two.link(link.b, one.key());
  }

  function remember(a: Device, b: Device): void {
    const now = scheduler.now();
    const before = tries.get(pairOf(a, b));
    const isRelapse = before !== undefined && now < before.next + 2 * before.waitMs;
    const waitMs = isRelapse ? Math.min(BACKOFF_MS_MAX, 2 * before.waitMs) : BACKOFF_MS_MIN;
    tries.set(pairOf(a, b), { next: now + waitMs, waitMs });
  }

  scheduler.after(0, "meetings", look);
}

interface Place {
  readonly a: Channel;
  readonly b: Channel;
}

/** A new run of either is a new pair. */
function pairOf(a: Device, b: Device): string {
  return `${a.name}/${a.run()} ${b.name}/${b.run()}`;
}

/** Channels of both in which one announces where the other listens, and both admit each other. */
function commonPlace(a: Device, b: Device): Place | null {
  const keyOfA = a.key();
  const keyOfB = b.key();
  if (keyOfA === null || keyOfB === null) return null;
  const channelsOfB = b.running()?.channels() ?? [];
  for (const mine of a.running()?.channels() ?? []) {
    for (const theirs of channelsOfB) {
      const isHeard = theirs.topics.includes(homeOf(mine)) || mine.topics.includes(homeOf(theirs));
      if (isHeard && mine.admits(keyOfB) && theirs.admits(keyOfA)) return { a: mine, b: theirs };
    }
  }
  return null;
}

/** Whether one calls so that the other answers, and the caller still has a place. */
function isAnswered(a: Device, b: Device, place: Place): boolean {
  const isHeard = (from: Device, to: Device, of: Channel, at: Channel): boolean => {
    const [caller, hearer] = [from.key(), to.key()];
    if (of.mesh === undefined || at.mesh === undefined) return true;
    if (caller === null || hearer === null || of.isComplete?.() === true) return false;
    const answer = at.mesh.answer(caller, of.mesh.call(null));
    if (answer === "full") of.mesh.refused(hearer);
    return answer === "yes" && of.mesh.answer(hearer, at.mesh.call(caller)) === "yes";
  };
  return isHeard(a, b, place.a, place.b) || isHeard(b, a, place.b, place.a);
}

/** Where a channel announces: today's topic of a family, the only one of an invite. */
function homeOf(channel: Channel): string {
  return channel.topics[Math.floor(channel.topics.length / 2)] ?? "";
}
