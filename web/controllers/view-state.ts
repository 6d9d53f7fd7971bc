/**
 * Which screen is on: a plain value kept in `history.state`, so that Back and a reload work while
 * the address stays bare. What the node's phase allows wins over what the history says. Pure; the
 * secret of an invite is never part of a view. SPEC UI5 to UI7, UI150.
 */

import type { NodeSnapshot } from "../../workers/api.ts";

export type View =
  | { readonly screen: "welcome" }
  /** The demo family: in a browser that is in no family, and beside one's own. */
  | { readonly screen: "demo" }
  | { readonly screen: "start" }
  | { readonly screen: "restore" }
  | { readonly screen: "invited" }
  | { readonly screen: "chats"; readonly conversation: string | null }
  | { readonly screen: "family" }
  /** One member: devices, role, leaving. */
  | { readonly screen: "person"; readonly member: string }
  /** A group: who is in it, its name, going; null for a new one. */
  | { readonly screen: "group"; readonly group: string | null }
  /** Where the others are, and my own sharing. */
  | { readonly screen: "places" }
  /** Who changed which rule when. */
  | { readonly screen: "history" }
  /** `invite`: an invite's id, or null for a new one, which may be a device for `forMember`. */
  | { readonly screen: "invite"; readonly invite: string | null; readonly forMember: string | null }
  | { readonly screen: "more" }
  /** What this browser can do, who is connected, what is stored. */
  | { readonly screen: "check" }
  /** The people on this browser: to change, to add, to remove. */
  | { readonly screen: "people" }
  /** The lock of this profile; `isForNew`: set it, then let another person begin. */
  | { readonly screen: "lock"; readonly isForNew: boolean };

/** What is drawn: a view, or a screen that the node's phase forces. */
export type Shown =
  | View
  | { readonly screen: "starting" | "locked" | "words" | "joining" | "removed" };

const FIRST_RUN: readonly string[] = ["welcome", "start", "restore", "invited"];
const ID = /^[0-9a-f]{1,128}$/;

/** Reads what the history kept; null for anything that this version does not know. */
export function readView(value: unknown): View | null {
  if (typeof value !== "object" || value === null) return null;
  const { screen, conversation, invite, forMember, isForNew, member, group } = value as Readonly<
    Record<string, unknown>
  >;
  switch (screen) {
    case "welcome":
    case "demo":
    case "start":
    case "restore":
    case "invited":
    case "family":
    case "places":
    case "history":
    case "more":
    case "check":
    case "people":
      return { screen };
    case "person": {
      const id = readId(member);
      return id === null ? null : { screen, member: id };
    }
    case "group":
      return { screen, group: readId(group) };
    case "lock":
      return { screen, isForNew: isForNew === true };
    case "chats":
      return { screen, conversation: readId(conversation) };
    case "invite":
      return { screen, invite: readId(invite), forMember: readId(forMember) };
    default:
      return null;
  }
}

/** How many entries of ours lie below this one in the history; 0 where it does not say. */
export function readDepth(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const { depth } = value as Readonly<Record<string, unknown>>;
  return typeof depth === "number" && Number.isSafeInteger(depth) && depth > 0 ? depth : 0;
}

function readId(value: unknown): string | null {
  return typeof value === "string" && ID.test(value) ? value : null;
}

/**
 * The screen to draw for the view asked for, in the node's present state.
 * @param hasInvite whether a link was opened: only then is a member told that it is one already
 */
export function resolveView(
  view: View | null,
  snapshot: NodeSnapshot | null,
  hasInvite: boolean,
): Shown {
  switch (snapshot?.phase) {
    case undefined:
    case "starting":
      return { screen: "starting" };
    case "choosing":
      return { screen: "people" };
    case "locked":
      return view?.screen === "people" ? view : { screen: "locked" };
    case "empty":
      return view !== null && [...FIRST_RUN, "demo", "people"].includes(view.screen)
        ? view
        : { screen: "welcome" };
    case "joining":
      return { screen: "joining" };
    case "words":
      return { screen: "words" };
    case "removed":
      return view?.screen === "people" ? view : { screen: "removed" };
    case "member":
    case "stopped":
      return resolveMemberView(view, snapshot, hasInvite);
  }
}

function resolveMemberView(view: View | null, snapshot: NodeSnapshot, hasInvite: boolean): View {
  const home: View = { screen: "chats", conversation: null };
  if (snapshot.lock.isNeeded && view?.screen !== "people") {
    return view?.screen === "lock" ? view : { screen: "lock", isForNew: false };
  }
  if (view === null) return home;
  if (view.screen === "chats") {
    const isKnown = snapshot.conversations.some(({ id }) => id === view.conversation);
    return isKnown ? view : home;
  }
  if (view.screen === "person") {
    return snapshot.members.some(({ id }) => id === view.member) ? view : { screen: "family" };
  }
  if (view.screen === "group") return resolveGroup(view, snapshot);
  if (view.screen === "invite" && snapshot.me?.role !== "parent") return home;
  if (view.screen === "places" && snapshot.places === null) return home;
  if (view.screen === "history" && snapshot.me?.role === "contact") return home;
  if (view.screen === "invited" && hasInvite) return view;
  return FIRST_RUN.includes(view.screen) ? home : view;
}

/** One that is gone, or that is none of this person's business, falls back to the family. */
function resolveGroup(view: Extract<View, { screen: "group" }>, snapshot: NodeSnapshot): View {
  const { group } = view;
  const isThere =
    group === null ? snapshot.canGather !== null : snapshot.groups.some(({ id }) => id === group);
  return isThere ? view : { screen: "family" };
}

/** Two views of one key are one place: focus and scroll stay. */
export function viewKey(shown: Shown): string {
  if (shown.screen === "chats") return `chats ${shown.conversation ?? ""}`;
  if (shown.screen === "person") return `person ${shown.member}`;
  if (shown.screen === "group") return `group ${shown.group ?? ""}`;
  if (shown.screen !== "invite") return shown.screen;
  return `invite ${shown.invite ?? ""} ${shown.forMember ?? ""}`;
}
