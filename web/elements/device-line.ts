/** One device in words: which, whether it is awake, what it does for the family, how old its keys are. SPEC UI63, UI86, UI88, UI125. */

import { html, nothing, type TemplateResult } from "lit";
import type { DeviceView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { formatDay } from "../text/duration.ts";
import { icon } from "./icons.ts";

/**
 * The devices of one member, or the word that there is none.
 * @param takeOut null where there is no way to it here; otherwise called where a device may be taken out of keeping the rules, and is to be
 * @param withKeys whether each says how old its keys are
 */
export function deviceList(
  devices: readonly DeviceView[],
  takeOut: ((device: DeviceView) => void) | null = null,
  withKeys = false,
): TemplateResult {
  return html`<ul class="devices">
    ${devices.length === 0 ? html`<li class="soft">${t.family.noDevice}</li>` : nothing}
    ${devices.map((device, index) => deviceLine(device, index, devices.length, takeOut, withKeys))}
  </ul>`;
}

/** When its keys last changed, as a line; nothing of a device that is out of the family. */
export function keysLine({ isRevoked, keys }: DeviceView): TemplateResult | typeof nothing {
  if (isRevoked) return nothing;
  const day = formatDay(keys.since, Date.now(), locale);
  return html`<p class="soft keys-line">
    ${keys.areFirst ? t.person.keys.first(day) : t.person.keys.changed(day)}
  </p>`;
}

/** Its browser has not promised to keep what is stored, by its own word. SPEC PW36. */
export function mayForget({ lasting, isRevoked }: DeviceView): boolean {
  return lasting === "may-forget" && !isRevoked;
}

/** Which of `count` devices it is, and what it is doing. */
export function deviceWords(device: DeviceView, index: number, count: number): string {
  const { isMe, isConnected, isReplica, isRevoked, isGoing } = device;
  const names: string[] = [];
  if (isMe) names.push(t.family.thisDevice);
  else if (count > 1) names.push(t.family.otherDevice(index + 1));
  if (isRevoked) names.push(t.family.removed);
  else if (!isMe) names.push(isConnected ? t.family.connected : t.family.asleep);
  if (isReplica && !isRevoked) names.push(t.family.keepsRules);
  if (isReplica && isGoing) names.push(t.keeping.out.going);
  return names.join(" · ");
}

function deviceLine(
  device: DeviceView,
  index: number,
  count: number,
  takeOut: ((device: DeviceView) => void) | null,
  withKeys: boolean,
): TemplateResult {
  const { isMe, isConnected, isRevoked, isNew, isGoing, canGo, isConvicted, hold } = device;
  const isHere = (isConnected || isMe) && !isRevoked;
  return html`<li class="device ${isHere ? "is-here" : ""}">
    ${icon("device")}<span>${deviceWords(device, index, count)}</span>
    ${mayForget(device) ? html`<span class="tag">${t.browser.lasting.mayForget}</span>` : nothing}
    ${hold !== null && !isRevoked ? html`<span class="tag">${t.person.hold.isOn}</span>` : nothing}
    ${
      isConvicted && !isRevoked
        ? html`<span class="tag">${t.keeping.convicted.tag}</span>`
        : nothing
    }
    ${isNew && !isRevoked ? html`<span class="tag">${t.family.isNew}</span>` : nothing}
    ${
      takeOut !== null && canGo && !isGoing && !isMe
        ? html`<button class="link" @click=${() => takeOut(device)}>
            ${t.keeping.out.button}
          </button>`
        : nothing
    }
    ${withKeys ? keysLine(device) : nothing}
  </li>`;
}
