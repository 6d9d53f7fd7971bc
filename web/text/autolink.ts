/**
 * Finds links in a message: http, https, mailto and tel, nothing else. A link is shown as the
 * address it really opens: a host outside ASCII appears in punycode, an address that carries a user
 * name before the host is left as plain text. Does not fetch, preview or shorten. SPEC UI21, UI22.
 */

export type TextPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "link"; readonly text: string; readonly href: string };

const CANDIDATE = /(?:https?:\/\/|mailto:|tel:)[^\s<>"]+/gi;
const PROTOCOLS: readonly string[] = ["http:", "https:", "mailto:", "tel:"];
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const CLOSERS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The text in order, cut into plain parts and links; joined, the plain parts lose nothing. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const written = trimEnd(match[0]);
    const href = toSafeHref(written);
    if (href === null || isInsideWord(text, match.index)) continue;
    if (match.index > end) parts.push({ type: "text", text: text.slice(end, match.index) });
    parts.push({ type: "link", text: PRINTABLE_ASCII.test(written) ? written : href, href });
    end = match.index + written.length;
  }
  if (end < text.length) parts.push({ type: "text", text: text.slice(end) });
  return parts;
}

/** Null for what is no address, has another scheme, or hides its host behind a user name. */
function toSafeHref(written: string): string | null {
  if (!URL.canParse(written)) return null;
  const url = new URL(written);
  if (!PROTOCOLS.includes(url.protocol)) return null;
  return url.username === "" && url.password === "" ? url.href : null;
}

function isInsideWord(text: string, index: number): boolean {
  return index > 0 && /[\p{L}\p{N}]/u.test(text.charAt(index - 1));
}

/** Drops the sentence's own punctuation: closing brackets only if the link opened none. Linear. */
function trimEnd(written: string): string {
  const own = Object.keys(CLOSERS).filter((closer) => written.includes(CLOSERS[closer] ?? closer));
  let end = written.length;
  while (end > 0) {
    const last = written.charAt(end - 1);
    if (own.includes(last) || !/[.,;:!?'’”»)\]}]/.test(last)) break;
    end -= 1;
  }
  return written.slice(0, end);
}
