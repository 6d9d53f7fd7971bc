/**
 * What stands behind one conversation, for the third pane and for the sheet on a phone: who it is
 * with, who can read it, their devices, how long it stays. Template only. SPEC UI67.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { deviceList } from "./device-line.ts";
import { icon, type IconName } from "./icons.ts";
import { avatar } from "./parts.ts";

export function aboutChat(
  { members }: NodeSnapshot,
  { id, name, role, isConnected }: ConversationView,
): TemplateResult {
  const words = t.aboutChat;
  const member = members.find((one) => one.id === id);
  return html`<div class="about-person">
      ${avatar(name, id)}
      <div class="row-main">
        <span class="row-name" dir="auto">${name}</span>
        <span class="soft">${t.roles[role]}</span>
      </div>
    </div>
    ${fact("eye", words.readers, html`<p>${words.readersText(name)}</p>`)}
    ${member === undefined ? nothing : fact("device", words.devices(name), deviceList(member.devices))}
    ${fact("clock", words.kept, html`<p>${words.keptText}</p>`)}
    ${isConnected ? nothing : fact("held", words.away, html`<p>${words.awayText(name)}</p>`)}`;
}

function fact(name: IconName, title: string, body: TemplateResult): TemplateResult {
  return html`<section class="about-fact">
    ${icon(name)}
    <div>
      <h3>${title}</h3>
      ${body}
    </div>
  </section>`;
}
