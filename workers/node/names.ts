/**
 * Names of people and families: what may be typed, and what of a name from elsewhere is shown. No
 * device but mine checked a name that comes sealed or over a link, so control and direction marks,
 * fillers and excess are taken out before anybody sees it. SPEC NM1..NM3. Source: security facts §7.
 */
import { utf8Length } from "../core/codec/shape.ts";
import { NAME_BYTES_MAX } from "./blobs.ts";

/**
 * What nobody sees, and what turns the text around. A joiner or a variation selector stays only where
 * a script or an emoji needs it: else "Mum" and "Mum" with one behind it are two people. The blank of
 * Braille counts as a symbol and shows nothing.
 */
const UNSEEN = new RegExp(
  [
    String.raw`[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2800]`,
    String.raw`(?![\u200c\u200d\ufe0e\ufe0f\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}`,
    // Persian and the scripts of India, between letters of theirs.
    String.raw`(?<![\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Mn}\p{Mc}])\u200c`,
    String.raw`\u200c(?![\p{L}\p{M}])`,
    // Those, and emoji that are one picture made of several.
    String.raw`(?<![\p{Script=Arabic}\p{Mn}\p{Mc}\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d`,
    String.raw`\u200d(?![\p{L}\p{M}\p{Extended_Pictographic}])`,
    String.raw`(?<![\p{Extended_Pictographic}0-9#*])[\ufe0e\ufe0f]`,
    String.raw`(?<=[0-9#*])[\ufe0e\ufe0f](?!\u20e3)`,
    // Flags of regions: a black flag, and its tags to their end.
    String.raw`(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,6})[\u{e0020}-\u{e007f}]`,
  ].join("|"),
  "u",
);
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
