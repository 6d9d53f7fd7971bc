/**
 * People in conversations of several: they make groups and add to them, say things there and to the whole
 * family, change and take back what they said, and react to what others did. What happened is in a book for
 * the judge (checkers/talks.ts). A random source of their own, so that others' choices stay. SPEC SI50.
 */
import type { GroupView } from "../workers/api.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import { compareClock, type Clock, type Header } from "../workers/core/gossip/header.ts";
import { streamOf } from "../workers/core/gossip/state.ts";
import { createRandom, seedWords } from "../workers/core/random.ts";
import type { Device } from "./device.ts";
import { pick } from "./seed-plan.ts";

/** Something that its author did to an own message. */
export interface Act {
  readonly type: "edit" | "delete";
  readonly text: string;
  readonly by: Device;
  /** Of the entry that says it; null where its device died or its disk failed meanwhile. */
  clock: Clock | null;
}

export interface SaidThere {
  readonly id: string;
  readonly conversation: string;
  readonly from: Device;
  /** Member id. */
  readonly author: string;
  readonly text: string;
  readonly at: number;
  /** Devices for which it was sealed. */
  readonly to: readonly string[];
  readonly acts: Act[];
}

export interface Talkers {
  readonly said: readonly SaidThere[];
  /** One of these things, where the app offers it. */
  readonly talk: (device: Device) => Promise<void>;
}

const GROUPS_MAX = 2;
const EMOJI = ["👍", "❤️", "🎂"] as const;

export function createTalkers(seed: number, memberOf: (device: Device) => string | null): Talkers {
  const random = createRandom(seedWords(seed ^ 0x7a1c));
  const said: SaidThere[] = [];
  let groups = 0;
  let texts = 0;

  return { said, talk };

  async function talk(device: Device): Promise<void> {
    const node = device.isAwake() ? device.node() : null;
    const author = memberOf(device);
    const snapshot = node === null || author === null ? null : await node.start();
    if (node === null || author === null || snapshot?.ok !== true) return;
    const { conversations, members } = snapshot.value;
    if (groups < GROUPS_MAX && random.below(4) === 0) {
      groups += 1;
      const others = members.filter(({ id }) => id !== author && random.below(3) > 0);
      const ids = others.map(({ id }) => id);
      await node.changeRules({ type: "create-group", name: `group ${groups}`, members: ids });
    }
    await bringIn(device, snapshot.value.groups);
    const open = conversations.filter(({ kind, isClosed }) => kind !== "member" && !isClosed);
    if (open.length === 0) return;
    const { id: conversation } = pick(random, open);
    const there = said.filter((one) => one.conversation === conversation);
    if (there.length === 0 || random.below(2) === 0) await say(device, author, conversation);
    else await mark(device, author, pick(random, there));
  }

  /** Now and then one more person into a group, where the app offers it; nobody has to write it down. */
  async function bringIn(device: Device, all: readonly GroupView[]): Promise<void> {
    const [group] = all.filter((one) => one.isMember && one.canAdd.length > 0);
    if (group === undefined || random.below(6) > 0) return;
    const member = pick(random, group.canAdd);
    await device.node()?.changeRules({ type: "add-to-group", group: group.id, member });
  }

  async function say(device: Device, author: string, conversation: string): Promise<void> {
    texts += 1;
    const text = `to several ${texts} of ${device.name}`;
    const sent = await device.node()?.sendMessage(conversation, text);
    if (sent?.ok !== true) return;
    const id = sent.value.message;
    const header = lastOf(device, (one) => one === id);
    if (header === null) return;
    const to = header.recipients.map((one) => toHex(one.device));
    said.push({
      id,
      conversation,
      from: device,
      author,
      text,
      at: header.clock.ms,
      to,
      acts: [],
    });
  }

  async function mark(device: Device, author: string, one: SaidThere): Promise<void> {
    const { conversation, id } = one;
    if (one.author !== author || random.below(3) === 0) {
      const emoji = random.below(4) === 0 ? null : pick(random, EMOJI);
      await device.node()?.changeMessage(conversation, id, { type: "react", emoji });
      return;
    }
    texts += 1;
    const type = random.below(3) === 0 ? "delete" : "edit";
    const text = `changed ${texts} by ${device.name}`;
    const act: Act = { type, text, by: device, clock: null };
    one.acts.push(act);
    const change = type === "edit" ? ({ type, text } as const) : ({ type } as const);
    const before = lastOf(device)?.clock ?? null;
    const done = await device.node()?.changeMessage(conversation, id, change);
    if (done === undefined) return;
    const after = lastOf(device)?.clock ?? null;
    const isThere = after !== null && (before === null || compareClock(after, before) > 0);
    if (done.ok && isThere) act.clock = after;
    else if (!done.ok && REFUSED.has(done.code)) one.acts.splice(one.acts.indexOf(act), 1);
  }
}

/** Nothing was written for these. */
const REFUSED: ReadonlySet<string> = new Set([
  "unknown-message",
  "not-allowed",
  "unknown-conversation",
  "too-fast",
  "clock-wrong",
  "too-many-devices",
]);

/** The header of the newest own message, or of the one with this id. */
function lastOf(device: Device, isIt: ((id: string) => boolean) | null = null): Header | null {
  const core = device.running()?.family.gossip?.core();
  if (core === undefined) return null;
  const all = [...streamOf(core, core.me, core.own.durable).known.values()];
  const found = isIt === null ? all : all.filter(({ id }) => isIt(toHex(id)));
  return found.toSorted((a, b) => a.header.seq - b.header.seq).at(-1)?.header ?? null;
}
