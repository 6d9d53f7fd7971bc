/**
 * Everything that the check found as lines of text, to be copied to whoever helps: the details, what
 * the browser can do, what is stored. Ids, counts, times and the browser's own words; no name, no
 * text, no key, secret, topic or address. Pure. SPEC UI65, CK6.
 */

import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";
import { formatDiagnostics } from "../text/diagnostics.ts";
import type { Ability } from "./abilities.ts";
import type { TableSize } from "./storage-measure.ts";

export interface Report {
  readonly diagnostics: Diagnostics;
  readonly snapshot: NodeSnapshot;
  readonly abilities: readonly Ability[] | null;
  readonly sizes: ReadonlyMap<string, TableSize>;
  readonly isWhole: boolean;
  /** Whether this browser can connect to other devices at all. */
  readonly canLink: boolean;
  /** What the browser calls itself. */
  readonly agent: string;
}

export function formatReport(report: Report): string {
  const { diagnostics, snapshot, abilities, sizes, isWhole, canLink, agent } = report;
  return [
    formatDiagnostics(diagnostics, snapshot, canLink),
    `browser ${agent}`,
    ...(abilities ?? []).map(describeAbility),
    ...[...sizes].map(([table, { rows, bytes }]) => `stored ${table} ${rows} rows, ${bytes} bytes`),
    ...(sizes.size > 0 ? [`stored all counted ${isWhole ? "yes" : "no"}`] : []),
  ].join("\n");
}

function describeAbility({ name, state, detail }: Ability): string {
  return detail === "" ? `can ${name} ${state}` : `can ${name} ${state}, ${detail}`;
}
