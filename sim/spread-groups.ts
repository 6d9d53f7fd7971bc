/**
 * A group in the spread world: somebody in it brings somebody in, both know of it, and others by the
 * messages that carry it; blocks have it later, or never, and take people out again. What is said there
 * is an entry like any other to all judges; what is right about it is in the book of truth. SPEC SI59.
 */
import { cutsOf } from "../workers/core/gossip/cuts.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import { headWith, joinOf, joinsFor, readJoin, type Join } from "../workers/core/gossip/joins.ts";
import { JOIN_LIFE_MS } from "../workers/core/gossip/limits.ts";
import type { GossipReady } from "../workers/core/gossip/ready.ts";
import type { GossipInput } from "../workers/core/gossip/gossip.ts";
import { groupAt, has, membersOfGroup } from "../workers/core/ledger/relations.ts";
import { findDevice, type LedgerState } from "../workers/core/ledger/state.ts";
import type { VerifiedTransaction } from "../workers/core/ledger/transaction.ts";
import { transactionIdOf } from "../workers/core/ledger/transaction.ts";
import type { Mote, Spread } from "./spread-parts.ts";
import type { Truth } from "./spread-truth.ts";

const BLOCK_MS_MAX = 8_000;
const PEOPLE_MAX = 12;

export interface SpreadGroups {
  /** One thing that happens with the group. */
  readonly act: () => void;
  /** What a liar carries that has never been in it: a change whose week is over. */
  readonly staleJoin: (liar: Mote) => Join;
  readonly figures: () => { readonly said: number; readonly carried: number };
}

/** Who is in the group at the beginning: the first, and some who do not lie. */
export function drawGroup(size: number, liars: number): readonly number[] {
  const honest = Array.from({ length: size }, (_, index) => index).filter(
    (index) => index === 0 || index > liars,
  );
  return honest.filter((_, at) => at % 2 === 0).slice(0, PEOPLE_MAX / 2);
}

export function createGroups(
  spread: Spread,
  truth: Truth,
  isSilenced: (mote: Mote, by: Mote) => boolean,
): SpreadGroups {
  const { random, motes, family, scheduler } = spread;
  const { group } = family;
  const held = new Map<Mote, VerifiedTransaction[]>(motes.map((one) => [one, []]));
  let said = 0;
  let carried = 0;
  spread.watches.push({ stepped });

  return {
    act,
    staleJoin: (liar) => {
      const at = spread.wall(liar) - JOIN_LIFE_MS - 86_400_000;
      return joinOf(family.adding(0, liar.index, at, 0));
    },
    figures: () => ({ said, carried }),
  };

  function act(): void {
    switch (random.below(8)) {
      case 0:
      case 1:
        return bringIn();
      case 2:
        return writeDown();
      case 3:
        return random.below(2) === 0 ? takeOut() : undefined;
      default:
        return say();
    }
  }

  /** Who accepts a message that carries a change has it from then on. */
  function stepped(mote: Mote, _input: GossipInput, ready: GossipReady): void {
    for (const { known, before } of ready.changes) {
      if (before !== null || known.verdict.type !== "accepted") continue;
      for (const one of known.header.joins) {
        const read = readJoin(one);
        if (read === null) continue;
        const { content, signed } = read;
        const id = transactionIdOf(family.family, signed.bytes);
        const authorKey = findDevice(spread.viewOf(mote).head, content.author)?.key;
        if (authorKey !== undefined) hold(mote, { id, authorKey, content, signed });
      }
    }
  }

  function hold(mote: Mote, one: VerifiedTransaction): void {
    const own = held.get(mote) ?? [];
    if (!own.some(({ id }) => toHex(id) === toHex(one.id))) own.push(one);
  }

  /** The rules as a device acts on them, and what it takes up. */
  function joined(mote: Mote): ReturnType<typeof headWith> {
    return headWith(spread.viewOf(mote).head, held.get(mote) ?? [], spread.wall(mote));
  }

  function peopleIn(state: LedgerState): readonly Uint8Array[] {
    const moment = { state, height: state.height, time: state.time };
    const found = groupAt(moment, group);
    return found === null ? [] : membersOfGroup(moment, found);
  }

  function isIn(mote: Mote, state: LedgerState): boolean {
    const member = family.people[mote.index]?.member;
    return member !== undefined && has(peopleIn(state), member);
  }

  function speaker(): Mote | undefined {
    const [by] = random.shuffled(
      motes.filter(
        (one) =>
          one.isAwake &&
          one.alter === null &&
          !isSilenced(one, one) &&
          isIn(one, joined(one).state),
      ),
    );
    return by;
  }

  function bringIn(): void {
    const by = speaker();
    if (by === undefined) return;
    const { state } = joined(by);
    if (peopleIn(state).length >= PEOPLE_MAX) return;
    const [guest] = random.shuffled(
      motes.filter((one) => one.alter === null && !isSilenced(one, by) && !isIn(one, state)),
    );
    if (guest === undefined) return;
    const change = family.adding(by.index, guest.index, spread.wall(by), by.height);
    hold(by, change);
    hold(guest, change);
  }

  function say(): void {
    const by = speaker();
    if (by === undefined) return;
    const { state, joins } = joined(by);
    const members = peopleIn(state);
    const readers = motes.filter((one) => {
      const person = family.people[one.index];
      const device = person === undefined ? null : findDevice(state, person.device);
      return one !== by && device?.revoked === null && has(members, device.member);
    });
    const people = [by, ...readers].flatMap(({ index }) => family.people[index]?.member ?? []);
    const carrying = joinsFor(joins, group, people);
    const isSaid = spread.say(by, {
      kind: "group",
      audience: { type: "group", group },
      recipients: readers
        .flatMap(({ index }) => family.people[index]?.device ?? [])
        .map((device) => ({ device, keyNumber: 0 }))
        .sort((a, b) => (toHex(a.device) < toHex(b.device) ? -1 : 1)),
      isEphemeral: false,
      joins: carrying,
    });
    if (!isSaid) return;
    said += 1;
    if (carrying.length > 0) carried += 1;
  }

  /** A block has what the first of all has heard of. */
  function writeDown(): void {
    const [judge] = motes;
    const waiting = judge === undefined ? [] : (held.get(judge) ?? []);
    const written = judge === undefined ? [] : family.writeDown(waiting, spread.wall(judge));
    for (const { member, change } of written) {
      truth.came(toHex(member), family.height(), change);
    }
    if (written.length > 0) pass();
  }

  function takeOut(): void {
    const [judge] = motes;
    const { head } = family.viewAt(family.height());
    const [mote] = random.shuffled(motes.filter((one) => one.index > 0 && isIn(one, head)));
    const person = family.people[mote?.index ?? 0];
    if (judge === undefined || mote === undefined || person === undefined) return;
    const cuts = cutsOf(judge.core, [person.device], { isOnly: false, until: () => null });
    const time = spread.wall(judge);
    family.takeOut(mote.index, cuts, time);
    const { device, member } = person;
    truth.rule({
      what: "out",
      height: family.height(),
      device: toHex(device),
      member: toHex(member),
      cuts,
      asked: { by: judge.name, time },
    });
    pass();
  }

  function pass(): void {
    const height = family.height();
    for (const one of motes) {
      scheduler.after(BLOCK_MS_MAX * random.fraction(), "block", () => {
        if (one.isAwake) spread.advance(one, height);
      });
    }
  }
}
