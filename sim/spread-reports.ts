/**
 * Judges in the spread world what each honest device would bring before the family: VI what somebody
 * said in spite of a mute that it knew, all of it, and nothing else. By what an entry is by construction.
 * SPEC SI38.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import { violationsIn, VIOLATION_RULES } from "../workers/core/gossip/violations.ts";
import { honestOf } from "./spread-end.ts";
import type { Mote, Spread, SpreadPlant } from "./spread-parts.ts";
import type { Truth } from "./spread-truth.ts";

const DAY_MS = 86_400_000;

export function judgeReports(spread: Spread, truth: Truth, plant: SpreadPlant | undefined): void {
  const tell = plant?.reports ?? ((mote: Mote) => violationsIn(mote.core, spread.viewOf(mote), 0));
  for (const mote of honestOf(spread)) {
    const said = new Set(tell(mote, spread).map((one) => nameOf(one.author, one.rule, one.day)));
    const { must, may } = expected(spread, truth, mote);
    const extra = [...said].find((one) => !may.has(one));
    const lacking = [...must].find((one) => !said.has(one));
    if (extra !== undefined) spread.violations.push(`VI ${mote.index} reports ${extra}`);
    if (lacking !== undefined)
      spread.violations.push(`VI ${mote.index} does not report ${lacking}`);
  }
}

/** What has to be reported by what is here; and what may be, where something else is wrong as well. */
function expected(
  spread: Spread,
  truth: Truth,
  mote: Mote,
): { readonly must: ReadonlySet<string>; readonly may: ReadonlySet<string> } {
  const must = new Set<string>();
  const may = new Set<string>();
  for (const stream of mote.core.streams.values()) {
    for (const { id, header } of stream.known.values()) {
      const rule = truth.defied(toHex(id), header, mote.height);
      const member = memberOf(spread, toHex(header.author));
      if (rule === null || member === null) continue;
      const name = nameOf(member, VIOLATION_RULES.indexOf(rule), dayOf(header.clock.ms));
      may.add(name);
      const is = truth.expect(toHex(id), header, mote.height);
      if (is.type === "refused" && is.rule === rule) must.add(name);
    }
  }
  return { must, may };
}

function memberOf({ family }: Spread, device: Hex): Uint8Array | null {
  return family.people.find((one) => toHex(one.device) === device)?.member ?? null;
}

function nameOf(member: Uint8Array, rule: number, day: number): string {
  return `${toHex(member)} for ${rule} on ${day}`;
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
