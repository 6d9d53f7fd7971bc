/**
 * What a reload for a newer version must not lose: texts that were not sent, and the invite that a
 * page was opened with. Texts wait in the tab's own session storage and are taken out of it at once;
 * an invite goes back into the address, from where it came, and into no storage. SPEC PW16, UI1.
 */

import { findInvite } from "../take-invite.ts";

/** What a page knows that no database does. */
export interface Unsaved {
  /** The link or pasted text, null without one. */
  readonly invite: string | null;
  /** Unsent text by conversation. */
  readonly drafts: Readonly<Record<string, string>>;
}

const DRAFTS_KEY = "tinyweb.drafts";

/** What is needed of `window`; asking for its session storage can throw. */
export interface Tab {
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly location: { readonly pathname: string; readonly search: string };
  readonly history: Pick<History, "state" | "replaceState">;
}

/** Immediately before the page reloads. */
export function keepForReload(tab: Tab, { invite, drafts }: Unsaved): void {
  const fragment = invite === null ? null : findInvite(invite);
  if (fragment !== null) {
    const { pathname, search } = tab.location;
    tab.history.replaceState(tab.history.state, "", pathname + search + fragment);
  }
  if (Object.keys(drafts).length === 0) return;
  try {
    tab.sessionStorage.setItem(DRAFTS_KEY, JSON.stringify(drafts));
  } catch (error) {
    console.info("no session storage", error);
  }
}

/** The texts that the page before the reload kept, once. */
export function takeDrafts(tab: Tab): Readonly<Record<string, string>> {
  try {
    const text = tab.sessionStorage.getItem(DRAFTS_KEY);
    if (text === null) return {};
    tab.sessionStorage.removeItem(DRAFTS_KEY);
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === "string"));
  } catch (error) {
    console.info("no drafts", error);
    return {};
  }
}
