/**
 * Takes the secret of an invite link out of the address bar before anything else runs. It must be
 * the first import of web/main.ts: modules are evaluated in order, so no other code of ours ever
 * sees the fragment. The link then lives in memory only. Source: DESIGN §7; SPEC UI1.
 */

const INVITE_FRAGMENT = /^#j1\.[A-Za-z0-9_-]+$/;
/** A fragment that was meant as an invite, whole or cut off by a messenger. */
const INVITE_PREFIX = "#j1";

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
  if (!hash.startsWith(INVITE_PREFIX)) return null;
  history.replaceState(history.state, "", href.slice(0, href.indexOf("#")));
  return href;
}

/** Whether a pasted text holds the fragment of an invite; the node judges what is inside. */
export function isInviteShaped(text: string): boolean {
  const at = text.indexOf("#");
  return at >= 0 && INVITE_FRAGMENT.test(text.slice(at).trim());
}

/** The link that this page was opened with. */
export const openedInvite: string | null =
  typeof window === "undefined" ? null : takeInvite(window);
