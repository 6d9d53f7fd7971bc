/**
 * Brings before the family what somebody said against a rule that it had to know, once for each member,
 * rule and day, whichever device comes first: parents' devices in turns, others when no parent's did.
 * What it was stays with the refused headers on each device. Derived from what is stored and from the
 * ledger, so a restart changes nothing. What counts is core/gossip/violations.ts's to say.
 * SPEC VR1 to VR5. Source: DESIGN §5 Violations.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex } from "../core/codec/ids.ts";
import { dayOf } from "../core/gossip/clock.ts";
import type { Change } from "../core/gossip/stream.ts";
import { isWritten, mayReport, violationsIn, type Violation } from "../core/gossip/violations.ts";
import { VIOLATION_AGE_DAYS } from "../core/ledger/limits.ts";
import {
  familyNow,
  holdOf,
  myMember,
  signTransaction,
  stateOf,
  viewOf,
  type Family,
} from "./family.ts";
import { turnOf } from "./turns.ts";
import { REPORT_AGAIN_MS, REPORT_SETTLE_MS, REPORT_TURN_MS } from "./limits.ts";

export interface Violations {
  /** Verdicts that are new or changed. */
  readonly noted: (changes: readonly Change[]) => void;
  readonly tick: () => Promise<void>;
}

interface Seen {
  /** Since when it is known here and by whom nobody has written it down, monotonic milliseconds. */
  readonly since: number;
  triedAt: number;
}

export function createViolations(family: Family): Violations {
  const seen = new Map<Hex, Seen>();
  let found: readonly Violation[] = [];
  /** Something was refused, or was not any more. */
  let isOutdated = true;

  return {
    noted: (changes) => {
      const isRefusal = ({ known, before }: Change): boolean =>
        known.verdict.type === "refused" || before?.type === "refused";
      if (changes.some(isRefusal)) isOutdated = true;
    },
    tick,
  };

  async function tick(): Promise<void> {
    const me = myMember(family);
    if (me === null || family.gossip === null || holdOf(family, family.identity.device) !== null) {
      return;
    }
    const now = familyNow(family);
    const oldest = dayOf(now) - VIOLATION_AGE_DAYS;
    if (isOutdated) found = violationsIn(family.gossip.core(), viewOf(family), oldest);
    isOutdated = false;
    // A day that is too long ago is not looked at again: no block would take it.
    found = found.filter((one) => one.day >= oldest && !isWritten(stateOf(family), one));
    for (const name of seen.keys()) {
      if (!found.some(({ subject }) => toHex(subject) === name)) seen.delete(name);
    }
    for (const one of found) {
      if (mayReport(stateOf(family), me.id, one, now) && isMyTurn(one)) await report(one);
    }
  }

  /** After a while, in which more of it may come, and the others' reports. */
  function isMyTurn({ subject }: Violation): boolean {
    const name = toHex(subject);
    const now = family.env.monotonic();
    const one = seen.get(name) ?? { since: now, triedAt: Number.NEGATIVE_INFINITY };
    seen.set(name, one);
    const isSettled = now - one.since >= REPORT_SETTLE_MS + turnOf(family) * REPORT_TURN_MS;
    if (!isSettled || now - one.triedAt < REPORT_AGAIN_MS) return false;
    one.triedAt = now;
    return true;
  }

  async function report({ subject, rule, day, count }: Violation): Promise<void> {
    const isOnItsWay = family.ledger
      .pending()
      .some(
        ({ content: { body } }) =>
          body.type === "violation-recorded" && isSameBytes(body.subject, subject),
      );
    if (isOnItsWay) return;
    const body = { type: "violation-recorded" as const, subject, rule, day, count };
    await family.ledger.submit(await signTransaction(family, body, []), []);
  }
}
