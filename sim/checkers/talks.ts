/**
 * Judges conversations of several: TK in the end every device for which something was said there shows the
 * same of it: the text by its author's latest change, or that it was taken back, and the same reactions;
 * no device of anybody else shows it. Where a contact is among them the text alone is asked. SPEC SI50.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { dayOf } from "../../workers/core/gossip/clock.ts";
import { compareClock } from "../../workers/core/gossip/header.ts";
import type { MessageView } from "../../workers/api.ts";
import type { Device } from "../device.ts";
import type { Violate } from "../judge.ts";
import type { Act, SaidThere } from "../talkers.ts";

const PAGE = 200;

export interface TalkJudge {
  /** What does not look yet as it must, in words. */
  readonly open: () => Promise<readonly string[]>;
}

export function createTalkJudge(
  devices: () => readonly Device[],
  said: () => readonly SaidThere[],
  memberOf: (device: Device) => string | null,
  isActive: (device: Device) => boolean,
  violate: Violate,
): TalkJudge {
  return { open };

  async function open(): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const one of said()) {
      if (!isActive(one.from) || isExpired(one)) continue;
      const looks = new Map<string, string[]>();
      // Between a contact and those whom it may not write to no reaction passes.
      const hasReactions = !devices().some((some) => isReader(some, one) && isContact(some));
      for (const device of devices().filter((some) => isActive(some) && some.isAwake())) {
        const view = await viewOn(device, one);
        if (isReader(device, one)) {
          const look = view === null ? "not there" : lookOf(view, hasReactions);
          looks.set(look, [...(looks.get(look) ?? []), device.name]);
        } else if (view?.hidden === null && !isOfReader(device, one)) {
          violate("TK", `${device.name} shows ${one.id} of ${one.from.name}, which is not for it`);
        }
      }
      const words = [...looks].map(([look, names]) => `${names.join(", ")}: ${look}`);
      const due = dueOf(one);
      const isAsDue = due === null || [...looks.keys()].every((look) => look.startsWith(due));
      if (looks.size > 1 || !isAsDue) {
        wrong.push(`TK ${one.id} of ${one.from.name} (${due ?? "?"}): ${words.join("; ")}`);
      }
    }
    return wrong;
  }

  /** Another device of somebody for whom it was sealed may have been given it since. */
  function isOfReader(device: Device, one: SaidThere): boolean {
    const member = memberOf(device);
    return devices().some((other) => isReader(other, one) && memberOf(other) === member);
  }

  /** How it must begin to look; null where nobody can say what became of a change. */
  function dueOf({ text, acts }: SaidThere): string | null {
    if (acts.some(({ clock, by }) => clock === null || !isActive(by))) return null;
    if (acts.some(({ type }) => type === "delete")) return "deleted";
    const last = acts.toSorted(byClock).at(-1);
    return `"${last?.text ?? text}"`;
  }
}

function byClock(a: Act, b: Act): number {
  return a.clock === null || b.clock === null ? 0 : compareClock(a.clock, b.clock);
}

/** Its author's device, and those for which it was sealed. */
function isReader(device: Device, { from, to }: SaidThere): boolean {
  const id = idOf(device);
  return device === from || (id !== null && to.includes(id));
}

function idOf(device: Device): string | null {
  const family = device.running()?.family;
  return family === undefined ? null : toHex(family.identity.device);
}

function isContact(device: Device): boolean {
  const family = device.running()?.family;
  const state = family?.ledger.head()?.state;
  const own = state?.devices.find(
    ({ id }) => family !== undefined && toHex(id) === toHex(family.identity.device),
  );
  const member = state?.members.find(
    ({ id }) => own !== undefined && toHex(id) === toHex(own.member),
  );
  return member?.role === "contact";
}

function lookOf({ text, hidden, reactions }: MessageView, hasReactions: boolean): string {
  if (hidden !== null) return hidden;
  if (!hasReactions) return `"${text}"`;
  const counts = reactions
    .map(({ emoji, names, isMine }) => `${emoji}${names.length + (isMine ? 1 : 0)}`)
    .sort();
  return [`"${text}"`, ...counts].join(" ");
}

async function viewOn(
  device: Device,
  { conversation, id }: SaidThere,
): Promise<MessageView | null> {
  for (let before: string | undefined; ;) {
    const page = await device
      .node()
      ?.listMessages(conversation, { limit: PAGE, ...(before === undefined ? {} : { before }) });
    if (page?.ok !== true) return null;
    const found = page.value.messages.find((one) => one.id === id);
    before = page.value.messages[0]?.id;
    if (found !== undefined || !page.value.hasMore || before === undefined) return found ?? null;
  }
}

/** By the clock of its author's device, as told messages are. */
function isExpired({ from, at }: SaidThere): boolean {
  const days = from.running()?.family.ledger.head()?.state.retentionDays ?? 30;
  return dayOf(at) <= dayOf(from.clock.wall()) - days + 1;
}
