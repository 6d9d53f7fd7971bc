/**
 * The header of an own entry: next number, clock, and mark of its stream, citing my ledger's head.
 * SPEC GP18, QT4. Source: DESIGN §5.
 */
import { findDevice } from "../ledger/state.ts";
import { nextClock } from "./clock.ts";
import {
  EMERGENCY_KINDS,
  EMERGENCY_STREAM,
  GOSSIP_VERSION,
  SUITE_HPKE_X25519,
  type Audience,
  type Kind,
  type Recipient,
  type UnboundHeader,
} from "./header.ts";
import type { Join } from "./joins.ts";
import { FUTURE_ACCEPT_MS } from "./limits.ts";
import { isWithinQuota, isWithinRate, markAfter, owedAt } from "./rate.ts";
import { ownHead, streamOf, type Gossip } from "./state.ts";
import type { LedgerView } from "./verdict.ts";

/** What a new message of mine needs. */
export interface Draft {
  readonly kind: Kind;
  readonly audience: Audience;
  readonly recipients: readonly Recipient[];
  readonly isEphemeral: boolean;
  /** What put its author or readers into the group and is in no block yet. */
  readonly joins?: readonly Join[];
  /** Seconds for which it matters; the family's retention without it. */
  readonly ttlSeconds?: number;
}

/** The header of my next entry but for its body's hash, or why I may not send now. Changes nothing. */
export function compose(
  gossip: Gossip,
  draft: Draft,
  ledger: LedgerView,
  now: number,
):
  | { readonly ok: true; readonly header: UnboundHeader }
  | { readonly ok: false; readonly reason: "rate" | "clock" | "quota" } {
  const isEmergency = EMERGENCY_KINDS.has(draft.kind);
  const own = isEmergency ? EMERGENCY_STREAM : gossip.own.durable;
  const number = draft.isEphemeral ? gossip.own.ephemeral : own;
  const clock = nextClock(gossip.clock, now);
  // My wall clock fell back: nobody would take what continues a stream from the future.
  if (clock.ms > now + FUTURE_ACCEPT_MS && !isEmergency) return { ok: false, reason: "clock" };
  const shared = {
    version: GOSSIP_VERSION,
    suite: SUITE_HPKE_X25519,
    kind: draft.kind,
    author: gossip.me,
    stream: number,
    clock,
    height: ledger.head.height,
    ttlSeconds: draft.ttlSeconds ?? 0,
    audience: draft.audience,
    recipients: draft.recipients,
    joins: draft.joins ?? [],
  };
  if (draft.isEphemeral) {
    const seq = gossip.own.ephemeralSeq + 1;
    return {
      ok: true,
      header: { ...shared, seq, previous: new Uint8Array(16), rateMark: 0, owed: 0 },
    };
  }
  const stream = streamOf(gossip, gossip.me, number);
  const seq = ownHead(gossip, number) + 1;
  const before = stream.known.get(seq - 1) ?? (seq === stream.first ? stream.base : null);
  const start = findDevice(ledger.head, gossip.me)?.registeredTime ?? 0;
  const markBefore = before?.mark ?? start;
  if (!isWithinRate(markBefore, clock.ms, number)) return { ok: false, reason: "rate" };
  const owed = owedAt(before?.stored ?? 0, clock.ms);
  if (!isWithinQuota(owed)) return { ok: false, reason: "quota" };
  const header = {
    ...shared,
    seq,
    previous: before?.id ?? new Uint8Array(16),
    rateMark: markAfter(markBefore, clock.ms, number),
    owed,
  };
  return { ok: true, header };
}
