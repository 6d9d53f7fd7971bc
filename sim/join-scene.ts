/**
 * Somebody is brought into a group, writes there and is written to before a block has that; then blocks
 * bring it in and take it out. Devices hear of the messages and the blocks in an order of their own, over
 * 24 seeds each in every order; a newcomer knows the ledger by a snapshot alone. SPEC SI36, SI59.
 */
import { cutsOf } from "../workers/core/gossip/cuts.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import { joinOf } from "../workers/core/gossip/joins.ts";
import type { Stage, SceneEnd } from "./gossip-scenes.ts";
import { give, orderOf, ORDERS } from "./gossip-scenes.ts";
import type { Published } from "./spread-parts.ts";

const EVERYBODY = [0, 1, 2, 3, 4];
const NEWCOMER = 5;
const SECOND_MS = 1_000;
/** Who is in the group from the beginning. */
export const JOIN_GROUP: readonly number[] = [0, 1, 2];

export function joinInEveryOrder(stage: Stage, seed: number): SceneEnd {
  const { spread, truth, mote, pass, link, advance, wordOf } = stage;
  const { family } = spread;
  const [inviter, guest, newcomer] = [mote(1), mote(3), mote(NEWCOMER)];
  const change = family.adding(1, 3, spread.wall(inviter), 0);
  const say = (by: number, to: number): Published | null => {
    const device = family.people[to]?.device;
    const isSaid = spread.say(mote(by), {
      kind: "group",
      audience: { type: "group", group: family.group },
      recipients: device === undefined ? [] : [{ device, keyNumber: 0 }],
      isEphemeral: false,
      joins: [joinOf(change)],
    });
    return isSaid ? (spread.published.at(-1) ?? null) : null;
  };
  const entries = [say(1, 3), say(3, 0)].flatMap((one) => one ?? []);
  for (const one of entries) {
    for (const to of [0, 1, 3]) if (one.by !== to) give(spread, to, mote(one.by), one);
  }
  for (const one of family.writeDown([change], spread.wall(mote(0)))) {
    truth.came(toHex(one.member), family.height(), one.change);
  }
  const device = family.people[3]?.device;
  const cuts =
    device === undefined
      ? []
      : cutsOf(mote(0).core, [device], { isOnly: false, until: () => null });
  const time = spread.wall(mote(0));
  family.takeOut(3, cuts, time);
  truth.rule({
    what: "out",
    height: family.height(),
    device: guest.name,
    member: toHex(family.people[3]?.member ?? new Uint8Array(16)),
    cuts,
    asked: { by: mote(0).name, time },
  });
  // It has heard of neither.
  const beyond = say(3, 0);
  if (beyond !== null) entries.push(beyond);
  for (const index of [2, 4]) {
    for (const at of orderOf((seed + index * 5) % ORDERS)) {
      const entry = entries[at];
      if (entry === undefined) advance(index);
      else give(spread, index, mote(entry.by), entry);
    }
  }
  family.pass();
  advance(...EVERYBODY);
  newcomer.height = family.height();
  newcomer.snapshotAt = newcomer.height;
  link([...EVERYBODY, NEWCOMER]);
  pass(20 * SECOND_MS);
  const words = new Set(
    [...EVERYBODY, NEWCOMER].map((index) => entries.map((one) => wordOf(index, one)).join()),
  );
  const right = "accepted,accepted,not-in-group";
  const are = [...words].join("; ");
  return { stuck: are === right ? [] : [`they say ${are}`], figures: { words: words.size } };
}
