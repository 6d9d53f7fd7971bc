/**
 * What has become of a request: what the ledger has written down about it, else whether its author has
 * taken it back, else whether its days are over. Pure: a function of the words that are here and the
 * ledger, whatever came first. SPEC RQ2 to RQ6. Source: DESIGN §4 (request decided), §5, §9 (Family).
 */
import type { Hex } from "../codec/ids.ts";
import type { Decision } from "../ledger/rule-book.ts";
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import { REQUEST_LIFE_MS, REQUEST_SHOWN_MS, REQUESTS_OPEN_MAX } from "./limits.ts";

/** A request, as its header says. */
export interface Asked {
  /** The message. */
  readonly id: Uint8Array;
  /** Member. */
  readonly by: Uint8Array;
  /** Its author's clock, milliseconds since the epoch. */
  readonly at: number;
}

/** A word to one, opened. */
export interface RequestSaid {
  /** Member. */
  readonly by: Hex;
  readonly request: Hex;
}

export type RequestStand =
  | { readonly type: "open" | "taken-back" | "expired" }
  | { readonly type: "decided"; readonly decision: Decision };

/** @param takenBack words by which somebody takes a request back */
export function standOf(
  asked: Asked,
  takenBack: readonly RequestSaid[],
  decisions: readonly Decision[],
  now: number,
): RequestStand {
  const decision = decisions.find(
    (one) => isSameBytes(one.request, asked.id) && isSameBytes(one.member, asked.by),
  );
  // What is written down stays so, also where it was taken back before that was known.
  if (decision !== undefined) return { type: "decided", decision };
  const [id, by] = [toHex(asked.id), toHex(asked.by)];
  if (takenBack.some((one) => one.request === id && one.by === by)) return { type: "taken-back" };
  return { type: now < asked.at + REQUEST_LIFE_MS ? "open" : "expired" };
}

/** Whether it still concerns anybody: for two weeks, and as long as a yes holds. */
export function isConcerning({ at }: Asked, stand: RequestStand, now: number): boolean {
  const holds = stand.type === "decided" && stand.decision.isApproved && now < stand.decision.until;
  return holds || now < at + REQUEST_SHOWN_MS;
}

/**
 * What there is to decide: of each member the newest open ones, so that an app that asks without end
 * hides nobody else's.
 */
export function withoutFlood<T extends { readonly asked: Asked; readonly stand: RequestStand }>(
  all: readonly T[],
): readonly T[] {
  const counted = new Map<Hex, number>();
  return all
    .toSorted((a, b) => b.asked.at - a.asked.at || (toHex(a.asked.id) < toHex(b.asked.id) ? -1 : 1))
    .filter(({ asked, stand }) => {
      if (stand.type !== "open") return true;
      const by = toHex(asked.by);
      const before = counted.get(by) ?? 0;
      counted.set(by, before + 1);
      return before < REQUESTS_OPEN_MAX;
    });
}
