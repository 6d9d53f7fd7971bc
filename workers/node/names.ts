/**
 * Names of people and families: what may be typed, and what of a name from elsewhere is shown. No
 * device but mine checked a name that comes sealed or over a link, so control and direction marks,
 * fillers and excess are taken out before anybody sees it. SPEC NM1..NM3. Source: security facts §7.
 */
import { utf8Length } from "../core/codec/shape.ts";
import { NAME_BYTES_MAX } from "./blobs.ts";

/** Controls, direction marks and invisible fillers; the joiners that emoji and Persian need stay. */
const UNSEEN =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]/u;
const UNSEEN_ALL = new RegExp(UNSEEN.source, "gu");
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A typed name as it is stored: trimmed, 1 to 64 bytes, something to see in it; null otherwise. */
export function cleanName(typed: string): string | null {
  const name = typed.toWellFormed().replaceAll(/\s+/gu, " ").trim();
  if (utf8Length(name) > NAME_BYTES_MAX) return null;
  return UNSEEN.test(name) || !VISIBLE.test(name) ? null : name;
}

/** A name from elsewhere as it may be shown: at most 64 bytes, nothing invisible; possibly empty. */
export function shownName(name: string): string {
  const seen = name.replaceAll(UNSEEN_ALL, "").trim();
  let shown = "";
  let size = 0;
  for (const character of seen) {
    size += utf8Length(character);
    if (size > NAME_BYTES_MAX) break;
    shown += character;
  }
  return shown;
}
