/**
 * Judges what is written down of broken rules: VR nobody is reported but whoever broke one, nothing is
 * said that the device knows to be written or on its way, nobody reports its own member, and in the
 * end everything that was broken is written down. What was broken people.ts has noted. SPEC SI38.
 */
import { toHex, type DeviceId } from "../../workers/core/codec/ids.ts";
import { dayOf } from "../../workers/core/gossip/clock.ts";
import { DURABLE_STREAM } from "../../workers/core/gossip/header.ts";
import { subjectOf, VIOLATION_RULES } from "../../workers/core/gossip/violations.ts";
import { VIOLATION_AGE_DAYS } from "../../workers/core/ledger/limits.ts";
import { findDevice, type LedgerState } from "../../workers/core/ledger/state.ts";
import { decodeTransaction } from "../../workers/core/ledger/transaction.ts";
import { EPOCH_MS } from "../device-clock.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { Defiance } from "../people.ts";
import type { ChainJudge } from "./chain.ts";

const RULE = VIOLATION_RULES.indexOf("contacts-meet-who-accepted-them");

export interface ReportJudge extends Judge {
  /** What was broken and is not written down yet, in words. */
  readonly open: () => readonly string[];
}

export function createReportJudge(
  defied: () => readonly Defiance[],
  chain: ChainJudge,
  now: () => number,
  violate: Violate,
): ReportJudge {
  return { onSigned, open };

  function onSigned(device: Device, domain: string, message: Uint8Array): void {
    if (domain !== "transaction") return;
    const content = decodeTransaction(message);
    const family = device.running()?.family;
    const state = family?.ledger.head()?.state;
    if (!content.ok || family === undefined || state === undefined) return;
    const { body, author } = content.value;
    if (body.type !== "violation-recorded") return;
    const subject = toHex(body.subject);
    const about = defied().find((one) => subjectName(state.family, one) === subject);
    if (about === undefined) {
      violate("VR", `${device.name} reports what nobody did`);
      return;
    }
    const owner = findDevice(state, author)?.member;
    if (owner !== undefined && toHex(owner) === about.author) {
      violate("VR", `${device.name} reports itself`);
    }
    const isWritten = state.rules.violations.some((one) => toHex(one.subject) === subject);
    const isOnItsWay = family.ledger
      .pending()
      .some(
        ({ content: { body: other } }) =>
          other.type === body.type && toHex(other.subject) === subject,
      );
    if (isWritten || isOnItsWay) violate("VR", `${device.name} says ${subject} again`);
  }

  function open(): readonly string[] {
    const state = chain.head()?.state;
    if (state === undefined) return [];
    const today = dayOf(EPOCH_MS + now());
    const written = new Set(state.rules.violations.map((one) => toHex(one.subject)));
    return defied()
      .filter(({ isSure, device, seq }) => isSure && !isCutOff(state, device, seq))
      .filter(({ at }) => dayOf(at) <= today && dayOf(at) > today - VIOLATION_AGE_DAYS)
      .filter((one) => !written.has(subjectName(state.family, one)))
      .map(({ by, at }) => `VR ${by} broke a rule on ${dayOf(at)}, which nobody has said`);
  }

  function subjectName(family: Uint8Array, { author, at }: Defiance): string {
    return toHex(subjectOf(family, Buffer.from(author, "hex"), RULE, dayOf(at)));
  }
}

/** Said after its device was taken out, with which nobody links any more: no one has heard it. */
function isCutOff(state: LedgerState, device: DeviceId, seq: number): boolean {
  const revoked = findDevice(state, device)?.revoked ?? null;
  if (revoked === null) return false;
  return seq > (revoked.cuts.find(({ stream }) => stream === DURABLE_STREAM)?.seq ?? 0);
}
