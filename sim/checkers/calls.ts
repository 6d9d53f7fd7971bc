/**
 * Judges calls for help: EM in the end every device that one was for shows it, with its words, as long as
 * it concerns anybody, and it stands in the rules once a parent is on it; nobody writes down a call that
 * the device knows to be written or on its way, or that nobody made. SPEC SI39.
 */
import { isSameBytes } from "../../workers/core/codec/cbor.ts";
import { toHex } from "../../workers/core/codec/ids.ts";
import { isEmergencyBytes, messageIdOf } from "../../workers/core/gossip/header.ts";
import { EMERGENCY_LIFE_MS } from "../../workers/core/gossip/limits.ts";
import { decodeTransaction } from "../../workers/core/ledger/transaction.ts";
import { EPOCH_MS } from "../device-clock.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { Called } from "../people.ts";
import type { ChainJudge } from "./chain.ts";

/** What a wrong clock may have dated, and corrections: then it is not asked for. */
const MARGIN_MS = 2 * 3_600_000;

export interface CallJudge extends Judge {
  /** What is not where it belongs yet, in words. */
  readonly open: () => Promise<readonly string[]>;
}

export function createCallJudge(
  devices: () => readonly Device[],
  called: () => readonly Called[],
  chain: ChainJudge,
  isActive: (device: Device) => boolean,
  now: () => number,
  violate: Violate,
): CallJudge {
  /** Calls that were signed: one whose device died then is kept all the same. */
  const made = new Set<string>();
  return { onSigned, open };

  function onSigned(device: Device, domain: string, message: Uint8Array): void {
    const family = device.running()?.family;
    const state = family?.ledger.head()?.state;
    if (domain === "message" && state !== undefined && isEmergencyBytes(message)) {
      made.add(toHex(messageIdOf(state.family, message)));
    }
    if (domain !== "transaction") return;
    const content = decodeTransaction(message);
    if (!content.ok || family === undefined || state === undefined) return;
    const { body } = content.value;
    if (body.type !== "emergency-recorded") return;
    const alert = toHex(body.alert);
    if (!made.has(alert)) {
      violate("EM", `${device.name} writes down a call that nobody made`);
    }
    const isWritten = state.rules.emergencies.some((one) => toHex(one.alert) === alert);
    const isOnItsWay = family.ledger
      .pending()
      .some(
        ({ content: { body: other } }) => other.type === body.type && toHex(other.alert) === alert,
      );
    if (isWritten || isOnItsWay) violate("EM", `${device.name} writes down ${alert} again`);
  }

  async function open(): Promise<readonly string[]> {
    const missing: string[] = [];
    const time = EPOCH_MS + now();
    const written = chain.head()?.state.rules.emergencies ?? [];
    for (const { id, by, at, to, text } of called()) {
      const isCurrent = Math.abs(time - at) < EMERGENCY_LIFE_MS - MARGIN_MS;
      if (!isCurrent || !isActive(by)) continue;
      const isAnswered = devices().some((one) => isActive(one) && isParentFor(one, by, to));
      if (isAnswered && !written.some((one) => toHex(one.alert) === id)) {
        missing.push(`EM ${id} of ${by.name} is not written down`);
      }
      for (const device of devices()) {
        const family = device.running()?.family;
        if (family === undefined || !isActive(device) || !device.isAwake()) continue;
        if (!to.includes(toHex(family.identity.device))) continue;
        const shown = await device.running()?.emergencies()?.views();
        const found = shown?.find((one) => one.id === id);
        if (found?.text !== text)
          missing.push(`EM ${device.name} does not show ${id} of ${by.name}`);
      }
    }
    return missing;
  }

  /** Another parent's device that the call was for. */
  function isParentFor(device: Device, caller: Device, to: readonly string[]): boolean {
    const state = chain.head()?.state;
    const [mine, theirs] = [device, caller].map((one) => {
      const id = one.running()?.family.identity.device;
      const found = state?.devices.find((other) => id !== undefined && isSameBytes(other.id, id));
      return state?.members.find(
        (other) => found !== undefined && isSameBytes(other.id, found.member),
      );
    });
    const id = device.running()?.family.identity.device;
    if (mine === undefined || theirs === undefined || id === undefined) return false;
    return mine.role === "parent" && mine !== theirs && device.isAwake() && to.includes(toHex(id));
  }
}
