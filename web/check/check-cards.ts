/** The cards of "Check this device", each one kind of fact in words. Templates only. SPEC CK1, CK3. */

import { html, nothing, type TemplateResult } from "lit";
import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";
import { icon, type IconName } from "../elements/icons.ts";
import { problem } from "../elements/parts.ts";
import { locale, t } from "../strings/strings.ts";
import { formatBytes, formatCount } from "../text/byte-size.ts";
import type { Ability, AbilityState } from "./abilities.ts";
import type { StorageMeasure, TableSize } from "./storage-measure.ts";

type Group = keyof typeof t.check.stored.groups;
type Fact = readonly [term: string, value: unknown];

/** What a family calls what the tables hold. */
const GROUPS: Readonly<Record<string, Group>> = {
  entries: "messages",
  bodies: "messages",
  timeline: "messages",
  places: "messages",
  registers: "messages",
  blocks: "rules",
  blobs: "rules",
  log: "rules",
  pending: "rules",
  invites: "invites",
  keys: "keys",
  meta: "keys",
};

const STATE_ICONS: Readonly<Record<AbilityState, IconName>> = {
  yes: "check",
  off: "moon",
  no: "close",
};

export function connectionsCard(diagnostics: Diagnostics | null): TemplateResult {
  const words = t.check.connections;
  const links = (diagnostics?.links ?? []).map((link, index): Fact => {
    const { kind, carrier, roundTripMs, bufferedBytes } = link;
    const way =
      kind === "memory" ? [words.kinds[kind]] : [words.kinds[kind], words.carriers[carrier]];
    const time =
      roundTripMs === null ? words.notMeasured : words.roundTrip(Math.round(roundTripMs));
    const waits =
      bufferedBytes === 0 ? words.nothingWaits : words.waits(formatBytes(bufferedBytes, locale));
    return [words.link(index + 1), [...way, time, waits].join(" · ")];
  });
  const servers = (diagnostics?.servers ?? []).map((state, index): Fact => [
    words.server(index + 1),
    words.servers[state],
  ]);
  return card(
    words.title,
    html`${links.length === 0 ? html`<p class="soft">${words.nobody}</p>` : nothing}
    ${servers.length === 0 ? html`<p class="soft">${words.noServers}</p>` : nothing}
    ${facts([...links, ...servers])}`,
  );
}

export function storedCard(
  diagnostics: Diagnostics | null,
  measure: StorageMeasure,
  { start, stop }: { readonly start: () => void; readonly stop: () => void },
): TemplateResult {
  const words = t.check.stored;
  const storage = diagnostics?.storage ?? null;
  const space =
    storage === null
      ? words.unknown
      : words.spaceValue(
          formatBytes(storage.usedBytes, locale),
          formatBytes(storage.quotaBytes, locale),
        );
  const groups = [...groupSizes(measure.sizes)].map(([group, { rows, bytes }]): Fact => [
    words.groups[group],
    words.size(formatCount(rows, locale), formatBytes(bytes, locale)),
  ]);
  const { progress, isRunning, isWhole, failure } = measure;
  return card(
    words.title,
    html`${facts([[words.space, space], ...groups])} ${problem(failure, "measure-problem")}
      ${
        isRunning
          ? html`<label class="check-progress">
              <span class="soft">${words.counting(progress?.done ?? 0, progress?.of ?? 0)}</span>
              <progress
                max=${progress?.of ?? 1}
                value=${progress?.done ?? 0}
                aria-label=${words.progress}
              ></progress>
            </label>`
          : nothing
      }
      ${!isRunning && !isWhole && failure === null ? html`<p class="soft">${words.stopped}</p>` : nothing}
      <button class="link" @click=${isRunning ? stop : start}>
        ${isRunning ? words.stop : words.again}
      </button>`,
  );
}

function groupSizes(sizes: ReadonlyMap<string, TableSize>): ReadonlyMap<Group, TableSize> {
  const groups = new Map<Group, TableSize>();
  for (const [table, { rows, bytes }] of sizes) {
    const group = GROUPS[table] ?? "other";
    const before = groups.get(group) ?? { rows: 0, bytes: 0 };
    groups.set(group, { rows: before.rows + rows, bytes: before.bytes + bytes });
  }
  return groups;
}

export function rulesCard(
  diagnostics: Diagnostics | null,
  { ledger }: NodeSnapshot,
): TemplateResult {
  const words = t.check.rules;
  const { count = 0, quorum = 0, linked = 0, isMine = false } = diagnostics?.replicas ?? {};
  return card(
    words.title,
    facts([
      [words.height, formatCount(ledger.height, locale)],
      [words.keepers, words.keepersValue(count, quorum)],
      ...(count > 1 ? [[words.reached, String(linked)] as const] : []),
      [words.mine, isMine ? words.yes : words.no],
      [words.pending, String(ledger.pending)],
    ]),
  );
}

export function abilitiesCard(abilities: readonly Ability[] | null): TemplateResult {
  const words = t.check.can;
  return card(
    words.title,
    abilities === null
      ? html`<p class="soft">${words.trying}</p>`
      : html`<ul class="abilities">
          ${abilities.map(
            ({ name, state }) =>
              html`<li class="ability is-${state}">
                ${icon(STATE_ICONS[state])}<span>${words.names[name]}</span>
                <span class="soft">${words.states[state]}</span>
              </li>`,
          )}
        </ul>`,
  );
}

export function refusedCard(diagnostics: Diagnostics | null): TemplateResult {
  const words = t.check.refused;
  const refused = Object.entries(diagnostics?.rejected ?? {});
  if (refused.length === 0) return card(words.title, html`<p class="soft">${words.none}</p>`);
  return card(
    words.title,
    html`<p class="soft">${words.text}</p>
      ${facts(refused.map(([reason, count]): Fact => [reason, formatCount(count, locale)]))}`,
  );
}

export function appCard(build: string, agent: string): TemplateResult {
  const words = t.check.app;
  return card(
    words.title,
    facts([
      [words.build, html`<span class="mono">${build}</span>`],
      [words.browser, html`<span class="mono">${agent}</span>`],
    ]),
  );
}

function card(title: string, body: TemplateResult): TemplateResult {
  return html`<section class="card">
    <h2>${title}</h2>
    ${body}
  </section>`;
}

function facts(rows: readonly Fact[]): TemplateResult {
  if (rows.length === 0) return html``;
  return html`<dl class="facts">
    ${rows.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
