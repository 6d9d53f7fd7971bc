/**
 * What stands behind one conversation, for the third pane and for the sheet on a phone: who it is
 * with, who can read it, their devices, how long it stays. Template only. SPEC UI67, UI111, UI125.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { ConversationView, NodeSnapshot } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { t } from "../strings/strings.ts";
import { deviceList } from "./device-line.ts";
import { icon, type IconName } from "./icons.ts";
import { avatar } from "./parts.ts";
import { presenceLine, talkMark } from "./talk-parts.ts";

export function aboutChat(
  app: AppModel,
  snapshot: NodeSnapshot,
  conversation: ConversationView,
): TemplateResult {
  return conversation.kind === "member"
    ? aboutOne(snapshot, conversation)
    : aboutMany(app, snapshot, conversation);
}

function aboutOne(
  { members, retentionDays }: NodeSnapshot,
  { id, name, role, isConnected }: ConversationView,
): TemplateResult {
  const words = t.aboutChat;
  const member = members.find((one) => one.id === id);
  return html`<div class="about-person">
      ${avatar(name, id)}
      <div class="row-main">
        <span class="row-name" dir="auto">${name}</span>
        <span class="soft">${role === null ? nothing : t.roles[role]}</span>
      </div>
    </div>
    ${fact("eye", words.readers, html`<p>${words.readersText(name)}</p>`)}
    ${member === undefined ? nothing : fact("device", words.devices(name), deviceList(member.devices, null, true))}
    ${fact("clock", words.kept, html`<p>${words.keptText(retentionDays)}</p>`)}
    ${isConnected ? nothing : fact("held", words.away, html`<p>${words.awayText(name)}</p>`)}`;
}

function aboutMany(
  app: AppModel,
  snapshot: NodeSnapshot,
  conversation: ConversationView,
): TemplateResult {
  const { id, name, kind } = conversation;
  const words = t.talks;
  return html`<div class="about-person">
      ${talkMark(conversation)}
      <div class="row-main">
        <span class="row-name" dir="auto">${name}</span>
        <span class="soft">${presenceLine(snapshot, conversation)}</span>
      </div>
    </div>
    ${fact(
      "eye",
      words.readersTitle,
      html`<p>${kind === "family" ? `${words.everybodyText} ` : nothing}${words.readersText}</p>
        ${readers(snapshot, conversation)}
        ${
          snapshot.groups.some((one) => one.id === id)
            ? html`<button class="link" @click=${() => app.open({ screen: "group", group: id })}>
                ${t.groups.manage}
              </button>`
            : nothing
        }`,
    )}
    ${fact("clock", t.aboutChat.kept, html`<p>${words.kept(snapshot.retentionDays)}</p>`)}`;
}

/** Everybody in it by name, me first. */
function readers({ members, me }: NodeSnapshot, conversation: ConversationView): TemplateResult {
  const isMe = (id: string): boolean => id === me?.member;
  const inOrder = conversation.members
    .flatMap(({ member, isLeftOut }) => {
      const found = members.find(({ id }) => id === member);
      return found === undefined ? [] : [{ ...found, isLeftOut }];
    })
    .toSorted((a, b) => Number(isMe(b.id)) - Number(isMe(a.id)) || a.name.localeCompare(b.name));
  return html`<ul class="readers">
    ${inOrder.map(
      ({ id, name, role, isLeftOut }) =>
        html`<li>
          ${avatar(name, id)}
          <div class="row-main">
            <span class="row-name" dir="auto">${name}</span>
            <span class="soft"
              >${t.roles[role]}${isMe(id) ? ` (${t.family.you})` : nothing}${
                isLeftOut ? `, ${t.talks.leftOut}` : nothing
              }</span
            >
          </div>
        </li>`,
    )}
  </ul>`;
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
