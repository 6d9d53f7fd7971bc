/**
 * What an announce says of its sender, as text in its envelope: how many links it has, whether it
 * offers to keep the rules, and who is called, by the beginnings of their ids. Nothing at all is a
 * call to anybody: so announce families whose devices all link to each other. SPEC MX11.
 */
import type { Hex } from "../core/codec/ids.ts";
import { LINKS_SAID_MAX, NAMED_MAX } from "../core/gossip/mesh-limits.ts";
import type { Call } from "../core/gossip/mesh-shape.ts";

/** Hex digits of an id: of 512 devices two begin alike once in thirty thousand families. */
const NAME_DIGITS = 8;
const FORM = /^1 (\d{1,3}) ([01]) (\*|[0-9a-f]{8}(?:,[0-9a-f]{8})*)$/;
const LENGTH_MAX = 16 + NAMED_MAX * (NAME_DIGITS + 1);

/** Says nothing of anything: who sends it may have no link. */
const PLAIN: Call = { links: 0, isOffering: false, named: null };

export function formatCall({ links, isOffering, named }: Call): string {
  const said = Math.min(links, LINKS_SAID_MAX);
  const names = named?.slice(0, NAMED_MAX).map((one) => one.slice(0, NAME_DIGITS));
  return `1 ${said} ${isOffering ? 1 : 0} ${names === undefined ? "*" : names.join(",")}`;
}

/** `me` is named where the call means it, nobody else is; what cannot be read is a plain call. */
export function readCall(text: string, me: Hex): Call {
  const match = text.length > LENGTH_MAX ? null : FORM.exec(text);
  if (match === null) return PLAIN;
  const [, links = "0", offering, names = "*"] = match;
  const isNamed = names.split(",").includes(me.slice(0, NAME_DIGITS));
  return {
    links: Math.min(Number(links), LINKS_SAID_MAX),
    isOffering: offering === "1",
    named: names === "*" ? null : isNamed ? [me] : [],
  };
}
