/**
 * What a launcher wants of the app: a shortcut's screen, or an invite that was opened while the app
 * is open already. Such a link comes by the browser's launch queue (the manifest asks for the open
 * window to be kept) or in the address of a new page, and leaves the address at once. SPEC PW38.
 */

import type { View } from "../controllers/view-state.ts";
import { findInvite } from "../take-invite.ts";

export interface Launch {
  /** The link, whole; null without one. */
  readonly invite: string | null;
  readonly view: View | null;
}

/** Chromium's launch queue; not in the DOM types. */
export interface LaunchQueue {
  setConsumer(consumer: (params: { readonly targetURL?: string }) => void): void;
}

const SHORTCUT = "open";

export function readLaunch(address: string): Launch {
  const { searchParams, hash } = new URL(address);
  return {
    invite: findInvite(hash) === null ? null : address,
    view: readShortcut(searchParams.get(SHORTCUT)),
  };
}

/** The shortcut that the page was opened with; afterwards the address has none. */
export function takeShortcut(
  location: { readonly href: string },
  history: Pick<History, "state" | "replaceState">,
): View | null {
  const address = new URL(location.href);
  const view = readShortcut(address.searchParams.get(SHORTCUT));
  if (!address.searchParams.has(SHORTCUT)) return null;
  address.searchParams.delete(SHORTCUT);
  history.replaceState(history.state, "", address.href);
  return view;
}

/** Has the open window take what a launcher opens from now on. */
export function followLaunches(from: object, onLaunch: (launch: Launch) => void): void {
  const { launchQueue } = from as { readonly launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ targetURL }) => {
    if (targetURL !== undefined && URL.canParse(targetURL)) onLaunch(readLaunch(targetURL));
  });
}

function readShortcut(name: string | null): View | null {
  if (name === "family") return { screen: "family" };
  return name === "invite" ? { screen: "invite", invite: null, forMember: null } : null;
}
