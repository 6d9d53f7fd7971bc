/** What the linked devices' clocks say, and whose they are. SPEC FC1, FC2. Source: ADR 4. */
import { activeDevice, findMember } from "../core/ledger/state.ts";
import { myMember, type Family } from "./family.ts";
import type { ClockReading } from "./family-clock.ts";
import type { Session } from "./session.ts";

export interface ClockReadings {
  readonly amParent: boolean;
  readonly readings: readonly ClockReading[];
}

/** To a newcomer, whose rules are still to come, its inviter's clock; `mayBeParent`: it joins as one. */
export function readClocks(
  family: Family,
  inviters: readonly Session[],
  mayBeParent: boolean,
): ClockReadings {
  const head = family.ledger.head();
  const me = myMember(family);
  if (head === null || me === null) {
    const readings = inviters.map((one) => ({ isParent: true, offsetMs: one.clockOffsetMs() }));
    return { amParent: mayBeParent, readings };
  }
  const readings = [...family.sessions.values()].flatMap((session) => {
    const device = session.peer()?.device;
    const owner = device === undefined ? null : activeDevice(head.state, device)?.member;
    if (owner === undefined || owner === null) return [];
    const isParent = findMember(head.state, owner)?.role === "parent";
    return [{ isParent, offsetMs: session.clockOffsetMs() }];
  });
  return { amParent: me.role === "parent", readings };
}
