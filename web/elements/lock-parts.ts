/** Pieces that the screens of people and locks share. Templates only, without state. */

import { html, nothing, type TemplateResult } from "lit";
import type { ProfileView } from "../../workers/api.ts";
import { locale, t } from "../strings/strings.ts";
import { formatTimeLeft } from "../text/duration.ts";
import { icon } from "./icons.ts";
import { avatar } from "./parts.ts";

/** Gives the calmest of the members' colours. */
const NOBODY = "07";

/** How long no try is taken. */
export function waitLine(leftMs: number): TemplateResult {
  const left = formatTimeLeft(leftMs, locale) ?? "";
  return html`<p class="problem" role="alert">${t.lock.wait(left)}</p>`;
}

/** The person's name, or words for somebody whose name is not known. */
export function personName({ profile, name }: ProfileView): string {
  return name === "" ? t.profiles.somebody(profile) : name;
}

/** What the list says below the name. */
export function personLine(person: ProfileView): string {
  const { name, familyName, role, isHere } = person;
  if (!isHere) return t.profiles.gone(personName(person));
  if (name === "") return t.profiles.nameLost;
  return role === null
    ? t.profiles.joining(familyName)
    : t.profiles.line(t.roles[role], familyName);
}

/** A person's round initial, name and line, as the inside of a row. */
export function personInside(person: ProfileView, note = ""): TemplateResult {
  const name = personName(person);
  return html`${person.name === "" ? avatar("?", NOBODY) : avatar(name, person.member)}
    <span class="row-main">
      <span class="row-name" dir="auto">${name}</span>
      <span class="soft" dir="auto">${personLine(person)}</span>
    </span>
    ${note === "" ? nothing : html`<span class="is-here">${note}</span>`}
    ${
      person.hasLock && person.isHere
        ? html`<span class="row-lock"
            >${icon("lock")}<span class="visually-hidden">${t.profiles.hasLock}</span></span
          >`
        : nothing
    }`;
}
