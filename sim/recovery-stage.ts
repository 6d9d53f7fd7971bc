/**
 * Recoveries on a stage: each device keeps those that it knows, shows them, hands them on and takes
 * what is due, by the core's own judgements, of which a planted bug replaces one. The judge has books
 * of its own: R1 nobody takes one that was shown there for less than 72 hours, R2 nobody takes one
 * against which it knows a block, a no, or another one. SPEC SI28.
 * Source: workers/node/recovery-keeper.ts, of which this is the synchronous twin.
 */
import { isSameBytes } from "../workers/core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../workers/core/codec/ids.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { judgeRecovery, ownerOfRecovery } from "../workers/core/ledger/recovery.ts";
import {
  lookAgain,
  mayObject,
  standingOf,
  type KnownRecovery,
} from "../workers/core/ledger/recovery-wait.ts";
import type { Stage } from "./stage.ts";
import type { Station } from "./station.ts";

/** What a device judges recoveries by; the simulator alone replaces one. */
export interface RecoveryRules {
  readonly standingOf: typeof standingOf;
  readonly lookAgain: typeof lookAgain;
  readonly mayObject: typeof mayObject;
  readonly judgeRecovery: typeof judgeRecovery;
  /** Whether a recovery is still about the head of now. */
  readonly isOfHead: (recovery: VerifiedBlock, head: Head) => boolean;
}

const TRUE_RULES: RecoveryRules = {
  standingOf,
  lookAgain,
  mayObject,
  judgeRecovery,
  isOfHead: ({ block }, head) => isSameBytes(block.header.parent, head.hash),
};

const HOUR_MS = 3_600_000;
const SHOWN_HOURS = 72;

interface Held extends KnownRecovery {
  readonly verified: VerifiedBlock;
}

export interface RecoveryStage {
  /** The words of the first parent are typed on this device. */
  readonly recover: (index: number) => Hex;
  readonly object: (index: number, recovery: Hex) => void;
  readonly choose: (index: number, recovery: Hex) => void;
  /** These tell each other all that they know. */
  readonly meet: (...indices: readonly number[]) => void;
  /** Hours pass; who is open looks each minute of them. */
  readonly passHours: (hours: number) => void;
  /** The recovery that a device took; null while it took none. */
  readonly takenBy: (index: number) => Hex | null;
  readonly knownTo: (index: number) => number;
}

export function createRecoveryStage(
  stage: Stage,
  planted: Partial<RecoveryRules> | undefined,
): RecoveryStage {
  const rules = { ...TRUE_RULES, ...planted };
  const { world } = stage;
  const held = new Map<number, Map<Hex, Held>>();
  const noes = new Map<number, Map<Hex, { readonly recovery: Hex; readonly device: DeviceId }>>();
  const taken = new Map<number, Hex>();
  /** The judge's: since when by its own clock a device was told, and all that it was told. */
  const toldAt = new Map<string, number>();
  const toldNoes = new Map<number, Set<Hex>>();
  const told = new Map<number, Set<Hex>>();
  const chosen = new Map<number, Hex>();

  return {
    recover,
    object,
    choose: (index, recovery) => {
      chosen.set(index, recovery);
      const mine = heldBy(index);
      for (const [name, one] of mine) mine.set(name, { ...one, isChosen: name === recovery });
    },
    meet,
    passHours,
    takenBy: (index) => taken.get(index) ?? null,
    knownTo: (index) => heldBy(index).size,
  };

  function recover(index: number): Hex {
    const station = stage.at(index);
    const verified = world.family.recover(index, nowOf(station), station.disk.head);
    take(index, verified);
    return toHex(verified.hash);
  }

  function take(index: number, verified: VerifiedBlock): void {
    const station = stage.at(index);
    const { head } = station.disk;
    const name = toHex(verified.hash);
    setOf(told, index).add(name);
    if (!toldAt.has(`${index}/${name}`)) toldAt.set(`${index}/${name}`, nowOf(station));
    const mine = heldBy(index);
    const owner = ownerOfRecovery(head.state, verified);
    if (mine.has(name) || owner === null || !rules.judgeRecovery(head, verified).ok) return;
    const shown = { ms: 0, wall: nowOf(station) };
    const { hash } = verified;
    mine.set(name, { hash, owner, shown, objections: [], isChosen: false, verified });
  }

  function object(index: number, recovery: Hex): void {
    hearNo(index, recovery, stage.at(index).device);
  }

  function hearNo(index: number, recovery: Hex, device: DeviceId): void {
    const mine = noes.get(index) ?? new Map<Hex, { recovery: Hex; device: DeviceId }>();
    noes.set(index, mine.set(`${recovery}/${toHex(device)}`, { recovery, device }));
    setOf(toldNoes, index).add(recovery);
  }

  function meet(...indices: readonly number[]): void {
    for (const from of indices) {
      for (const to of indices) {
        if (from === to) continue;
        for (const one of heldBy(from).values()) take(to, one.verified);
        for (const { recovery, device } of noes.get(from)?.values() ?? []) {
          hearNo(to, recovery, device);
        }
      }
    }
  }

  function passHours(hours: number): void {
    for (let minute = 0; minute < hours * 60; minute += 1) {
      if (world.violations.length > 0) return;
      stage.pass(60_000, 60_000);
      for (const station of world.stations) if (station.core !== null) look(station);
    }
  }

  function look(station: Station): void {
    const { index } = station;
    const { head } = station.disk;
    const mine = heldBy(index);
    for (const [name, one] of mine) {
      if (!rules.isOfHead(one.verified, head)) mine.delete(name);
      else mine.set(name, { ...one, shown: rules.lookAgain(one.shown, nowOf(station), 60_000) });
    }
    const known = [...mine.values()].map((one) => ({ ...one, objections: against(index, one) }));
    const due = known.find((one) => rules.standingOf(head.state, one, known).type === "due");
    if (due === undefined || taken.has(index)) return;
    taken.set(index, toHex(due.hash));
    judge(station, due.verified);
  }

  function against(index: number, { hash, verified }: Held): readonly DeviceId[] {
    const { state } = stage.at(index).disk.head;
    const author = verified.block.header.primary;
    return [...(noes.get(index)?.values() ?? [])]
      .filter((one) => one.recovery === toHex(hash) && rules.mayObject(state, author, one.device))
      .map((one) => one.device);
  }

  /** By what the device was told, whatever it kept of it. */
  function judge(station: Station, { block, hash }: VerifiedBlock): void {
    const { index, name, disk } = station;
    const recovery = toHex(hash);
    const since = toldAt.get(`${index}/${recovery}`) ?? nowOf(station);
    const hours = (nowOf(station) - since) / HOUR_MS;
    if (hours < SHOWN_HOURS) world.violate("R1", `${name} after ${hours} hours`);
    if (!isSameBytes(block.header.parent, disk.head.hash)) world.violate("R2", `${name}: a block`);
    if (toldNoes.get(index)?.has(recovery) === true) world.violate("R2", `${name}: a no`);
    const isAlone = (told.get(index)?.size ?? 0) < 2;
    if (!isAlone && chosen.get(index) !== recovery) world.violate("R2", `${name}: another one`);
  }

  function heldBy(index: number): Map<Hex, Held> {
    const mine = held.get(index) ?? new Map<Hex, Held>();
    held.set(index, mine);
    return mine;
  }

  function nowOf(station: Station): number {
    return world.nowOf(station);
  }
}

function setOf(sets: Map<number, Set<Hex>>, index: number): Set<Hex> {
  const mine = sets.get(index) ?? new Set<Hex>();
  sets.set(index, mine);
  return mine;
}
