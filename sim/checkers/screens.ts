/**
 * Judges what people see: G2 no message twice; O1 the same order in every list, by (clock, id); D1
 * *delivered* only of what a device of the person it is for could show; P1 nothing that a screen
 * took is lost: its author keeps it, and in the end its reader has it, unless the author is told
 * why not. SPEC SI18.
 */
import { compareBytes, toHex } from "../../workers/core/codec/ids.ts";
import { dayOf } from "../../workers/core/gossip/clock.ts";
import type { MessageView } from "../../workers/api.ts";
import type { TimelineItem } from "../../workers/node/timeline.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { People, Told } from "../people.ts";

const PAGE = 200;

export interface ScreenJudge extends Judge {
  /** Looks at all screens that are on, in the middle of everything. */
  readonly inspect: () => Promise<void>;
  /** Messages that were told and not yet shown where they belong, in words. */
  readonly missing: () => Promise<readonly string[]>;
  readonly delivered: () => number;
}

export function createScreenJudge(
  devices: () => readonly Device[],
  people: () => People,
  isActive: (device: Device) => boolean,
  violate: Violate,
): ScreenJudge {
  /** `device/message` of what was in a list, and of what a screen showed with its text, ever. */
  const listed = new Set<string>();
  const shown = new Set<string>();
  const deliveredIds = new Set<string>();
  const lengths = new Map<string, number>();

  return {
    afterEvent: (device) => {
      const lists = device.running()?.family.timeline.conversations;
      if (lists === undefined) return;
      let total = device.run() * 1_000_000;
      for (const items of lists.values()) total += items.length;
      if (lengths.get(device.name) === total) return;
      lengths.set(device.name, total);
      for (const items of lists.values()) judgeList(device, items);
    },
    inspect: async () => {
      for (const device of devices()) await lookAt(device);
      for (const device of devices()) await judgeDelivered(device);
    },
    missing,
    delivered: () => deliveredIds.size,
  };

  function judgeList(device: Device, items: readonly TimelineItem[]): void {
    const seen = new Set<string>();
    let before: TimelineItem | null = null;
    for (const item of items) {
      const id = toHex(item.id);
      if (seen.has(id)) violate("G2", `${device.name} lists ${id} twice`);
      seen.add(id);
      listed.add(`${device.name}/${id}`);
      if (before !== null && compare(before, item) > 0) violate("O1", `${device.name} at ${id}`);
      before = item;
    }
  }

  async function lookAt(device: Device): Promise<void> {
    for (const [, messages] of await screensOf(device)) {
      const seen = new Set<string>();
      for (const one of messages) {
        if (seen.has(one.id)) violate("G2", `${device.name} shows ${one.id} twice`);
        seen.add(one.id);
        if (one.hidden === null) shown.add(`${device.name}/${one.id}`);
      }
    }
  }

  async function judgeDelivered(device: Device): Promise<void> {
    for (const [target, messages] of await screensOf(device)) {
      // What is said to several is judged by checkers/talks.ts.
      if (!devices().some((one) => people().memberOf(one) === target)) continue;
      const readers = devices().filter((one) => people().memberOf(one) === target);
      for (const { id, delivery } of messages) {
        if (delivery?.type !== "delivered" || deliveredIds.has(id)) continue;
        const isShown = readers.some((one) => shown.has(`${one.name}/${id}`));
        const isListed = readers.some((one) => listed.has(`${one.name}/${id}`));
        // A list that was never looked at counts only while nobody can look at it: its device is
        // closed, let the message go after its time, or took back what a revoked author wrote.
        const canBeSeen =
          isActive(device) &&
          readers.every((one) => one.isAwake() && isActive(one) && !isOver(one, id));
        if (isShown) deliveredIds.add(id);
        else if (canBeSeen || !isListed) {
          violate("D1", `${id} of ${device.name} for ${readers.map((one) => one.name).join(", ")}`);
        }
      }
    }
  }

  async function missing(): Promise<readonly string[]> {
    await Promise.all(devices().map((device) => lookAt(device)));
    const gone: string[] = [];
    for (const message of people().told) {
      const why = await fateOf(message);
      if (why !== null) gone.push(why);
    }
    return gone;
  }

  async function fateOf(message: Told): Promise<string | null> {
    const { from, id, target, text } = message;
    if (!isActive(from) || isExpired(from, message)) return null;
    const mine = await messageOn(from, target, id);
    if (mine === null) return `P1 ${from.name} lost its own ${id}`;
    if (mine.text !== text) return `P1 ${from.name} cannot read its own ${id} (${mine.hidden})`;
    if (mine.delivery?.type === "refused") return null;
    const readers = devices().filter((one) => isActive(one) && people().memberOf(one) === target);
    if (readers.length === 0) return null;
    if (readers.some((one) => shown.has(`${one.name}/${id}`))) {
      if (mine.delivery?.type === "delivered") deliveredIds.add(id);
      return mine.delivery?.type === "delivered" ? null : `${id} is shown, not said so`;
    }
    return `P1 ${id} of ${from.name} has reached nobody (${mine.delivery?.type})`;
  }

  function isOver(device: Device, id: string): boolean {
    const message = people().told.find((one) => one.id === id);
    return message !== undefined && isExpired(device, message);
  }

  function isExpired(device: Device, message: Told): boolean {
    const days = device.running()?.family.ledger.head()?.state.retentionDays ?? 30;
    return dayOf(message.at) <= dayOf(device.clock.wall()) - days + 1;
  }

  async function messageOn(device: Device, other: string, id: string): Promise<MessageView | null> {
    const all = (await screensOf(device)).get(other) ?? [];
    return all.find((one) => one.id === id) ?? null;
  }

  async function screensOf(device: Device): Promise<Map<string, readonly MessageView[]>> {
    const screens = new Map<string, readonly MessageView[]>();
    const node = device.isAwake() ? device.node() : null;
    const others = device.running()?.family.timeline.conversations.keys() ?? [];
    if (node === null) return screens;
    for (const other of [...others].sort()) {
      const pages: MessageView[][] = [];
      for (let before: string | undefined; ;) {
        const page = await node.listMessages(other, {
          limit: PAGE,
          ...(before === undefined ? {} : { before }),
        });
        if (!page.ok) break;
        pages.unshift([...page.value.messages]);
        before = page.value.messages[0]?.id;
        if (!page.value.hasMore || before === undefined) break;
      }
      screens.set(other, pages.flat());
    }
    return screens;
  }
}

function compare(a: TimelineItem, b: TimelineItem): number {
  return (
    a.header.clock.ms - b.header.clock.ms ||
    a.header.clock.counter - b.header.clock.counter ||
    compareBytes(a.id, b.id)
  );
}
