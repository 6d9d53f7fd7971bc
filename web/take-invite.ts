/**
 * Takes the secret of an invite link out of the address bar before anything else runs. It must be
 * the first import of web/main.ts: modules are evaluated in order, so no other code of ours ever
 * sees the fragment. The link then lives in memory only. Source: DESIGN §7; SPEC UI1.
 */

/** An invite of this or a later format somewhere in a text, as the node looks for it. */
const INVITE = /#j\d{1,4}\.[A-Za-z0-9_-]+/;
/** A fragment that was meant as an invite, whole or cut off by a messenger. */
const INVITE_START = /^#j\d/;

/** What `takeInvite` needs of `window`. */
export interface AddressBar {
  readonly location: { readonly href: string; readonly hash: string };
  readonly history: {
    readonly state: unknown;
    replaceState(data: unknown, unused: string, url: string): void;
  };
}

/** The whole link, or null where the address holds none. Afterwards the address has no fragment. */
export function takeInvite({ location, history }: AddressBar): string | null {
  const { href, hash } = location;
  if (!INVITE_START.test(hash)) return null;
  history.replaceState(history.state, "", href.slice(0, href.indexOf("#")));
  return href;
}

/** The invite in a text, without anything around it: what an address can carry. */
export function findInvite(text: string): string | null {
  return INVITE.exec(text)?.[0] ?? null;
}

/** Whether a pasted text holds an invite, with words around it or not; the node judges the rest. */
export function isInviteShaped(text: string): boolean {
  return INVITE.test(text);
}

/** The link that this page was opened with. */
export const openedInvite: string | null =
  typeof window === "undefined" ? null : takeInvite(window);
