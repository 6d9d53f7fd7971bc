/**
 * Judges requests: RQ in the end every device that one was for shows it with its words, decided or taken
 * back, all alike and as the ledger has it, as soon as somebody who decides is there; nobody decides what
 * the device knows to be decided or on its way, or what nobody asked. SPEC SI44, SI45.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { decodeHeader, messageIdOf } from "../../workers/core/gossip/header.ts";
import { REQUEST_LIFE_MS } from "../../workers/core/gossip/limits.ts";
import { decodeTransaction } from "../../workers/core/ledger/transaction.ts";
import type { RequestView } from "../../workers/api.ts";
import { EPOCH_MS } from "../device-clock.ts";
import type { Device } from "../device.ts";
import type { Judge, Violate } from "../judge.ts";
import type { AskedFor } from "../people.ts";
import type { ChainJudge } from "./chain.ts";

/** What a wrong clock may have dated, and corrections: then it is not asked for. */
const MARGIN_MS = 24 * 3_600_000;

export interface RequestJudge extends Judge {
  /** What is not where it belongs yet, in words. */
  readonly open: () => Promise<readonly string[]>;
}

export function createRequestJudge(
  devices: () => readonly Device[],
  asked: () => readonly AskedFor[],
  chain: ChainJudge,
  isActive: (device: Device) => boolean,
  now: () => number,
  violate: Violate,
): RequestJudge {
  /** Requests that were signed: one whose device died then is kept all the same. */
  const made = new Set<string>();
  return { onSigned, open };

  function onSigned(device: Device, domain: string, message: Uint8Array): void {
    const family = device.running()?.family;
    const state = family?.ledger.head()?.state;
    if (family === undefined || state === undefined) return;
    if (domain === "message") {
      const header = decodeHeader(message);
      if (header.ok && header.value.kind === "request") {
        made.add(toHex(messageIdOf(state.family, message)));
      }
    }
    if (domain !== "transaction") return;
    const content = decodeTransaction(message);
    if (!content.ok || content.value.body.type !== "request-decided") return;
    const request = toHex(content.value.body.request);
    if (!made.has(request)) violate("RQ", `${device.name} decides what nobody asked`);
    const isWritten = state.rules.decisions.some((one) => toHex(one.request) === request);
    const isOnItsWay = family.ledger
      .pending()
      .some(
        ({ content: { body } }) =>
          body.type === "request-decided" && toHex(body.request) === request,
      );
    if (isWritten || isOnItsWay) violate("RQ", `${device.name} decides ${request} again`);
  }

  async function open(): Promise<readonly string[]> {
    const missing: string[] = [];
    const time = EPOCH_MS + now();
    for (const one of asked()) {
      const isCurrent = Math.abs(time - one.at) < REQUEST_LIFE_MS - MARGIN_MS;
      if (isCurrent && isActive(one.by)) missing.push(...(await openOf(one)));
    }
    return missing;
  }

  async function openOf({ id, by, text, to }: AskedFor): Promise<readonly string[]> {
    const missing: string[] = [];
    const written = chain.head()?.state.rules.decisions ?? [];
    const decision = written.find((one) => toHex(one.request) === id);
    const said = new Set<string>();
    let isAnswerable = false;
    for (const device of devices()) {
      const running = device.running();
      if (running === null || !isActive(device) || !device.isAwake()) continue;
      if (device !== by && !to.includes(toHex(running.family.identity.device))) continue;
      const found = (await running.requests()?.views())?.find((one) => one.id === id);
      if (found?.text !== text) {
        missing.push(`RQ ${device.name} does not show ${id} of ${by.name}`);
        continue;
      }
      if (found.canAnswer) isAnswerable = true;
      const isRight =
        decision === undefined ||
        (found.state === "answered" &&
          found.answer?.isYes === decision.isApproved &&
          found.answer.by.id === toHex(decision.by));
      if (!isRight) missing.push(`RQ ${device.name} does not say what was decided about ${id}`);
      said.add(outcomeOf(found));
    }
    if (said.size > 1) missing.push(`RQ ${id} is ${[...said].join(" and ")}`);
    // Whoever may answer is asked again with every look.
    if (isAnswerable) missing.push(`RQ ${id} of ${by.name} waits for an answer`);
    return missing;
  }
}

function outcomeOf({ state, answer }: RequestView): string {
  return answer === null ? state : `${state} ${answer.isYes} by ${answer.by.id}`;
}
