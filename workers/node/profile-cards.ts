/**
 * The list of the profiles on this browser, as pure functions: a card is what the list knows of one
 * profile, and the databases that the browser reports are the second source, so that neither a
 * damaged entry nor a lost list hides a profile. Nothing secret is in it. SPEC PR1 to PR6.
 * Source: DESIGN §2.
 */
import { ROLES, type NodeSnapshot, type ProfileView } from "../api.ts";
import { bool, decodeWith, encodeWith, oneOf, option, struct, text } from "../core/codec/shape.ts";

const cardShape = struct({
  name: text(256),
  familyName: text(256),
  role: option(oneOf(ROLES)),
  member: text(64),
  hasLock: bool,
  keepsRules: bool,
});
const CARD_BYTES_MAX = 1_024;

/** What the list keeps of one profile. */
export type ProfileCard = Omit<ProfileView, "profile" | "isHere">;

/** An entry of the list as it was found; `card` null where it cannot be read. */
export interface CardEntry {
  readonly profile: string;
  readonly card: ProfileCard | null;
}

const NO_CARD: ProfileCard = {
  name: "",
  familyName: "",
  role: null,
  member: "",
  hasLock: false,
  keepsRules: false,
};
const DATABASE = /^tinyweb(?:-([a-z0-9-]{1,32}))?$/;

/** The profile whose database this is, empty for the one without a name; null for any other. */
export function profileOf(database: string): string | null {
  const found = DATABASE.exec(database);
  return found === null ? null : (found[1] ?? "");
}

/** Throws for what is no profile's name. */
export function databaseOf(profile: string): string {
  const database = profile === "" ? "tinyweb" : `tinyweb-${profile}`;
  if (profileOf(database) !== profile) throw new TypeError("not the name of a profile");
  return database;
}

export function encodeCard(card: ProfileCard): Uint8Array {
  return encodeWith(cardShape, card);
}

/** Null for bytes that are no card. */
export function decodeCard(stored: unknown): ProfileCard | null {
  const decoded =
    stored instanceof Uint8Array ? decodeWith(cardShape, stored, CARD_BYTES_MAX) : null;
  return decoded?.ok === true ? decoded.value : null;
}

/**
 * What the list should know after a snapshot: a card, null where the browser belongs to nobody any
 * more, undefined where the snapshot says nothing about it.
 */
export function cardOf(snapshot: NodeSnapshot): ProfileCard | null | undefined {
  const { phase, me, joining, members, lock } = snapshot;
  const familyName = snapshot.familyName ?? joining?.familyName ?? "";
  if (phase === "empty") return null;
  if (phase === "joining" && me === null) {
    return { ...NO_CARD, name: joining?.myName ?? "", familyName, hasLock: lock.isSet };
  }
  if (me === null) return undefined;
  const device = members.flatMap(({ devices }) => devices).find(({ isMe }) => isMe);
  return {
    name: me.name,
    familyName,
    role: me.role,
    member: me.member,
    hasLock: lock.isSet,
    keepsRules: device?.isReplica ?? false,
  };
}

/**
 * The list: every entry, and every database that has no entry that can be read.
 * @param found profiles of all databases that hold somebody's keys, or may; null where the browser
 *   does not say which databases there are
 */
export function mergeProfiles(
  entries: readonly CardEntry[],
  found: readonly string[] | null,
): readonly ProfileView[] {
  const views = new Map<string, ProfileView>();
  for (const profile of found ?? []) views.set(profile, { profile, ...NO_CARD, isHere: true });
  for (const { profile, card } of entries) {
    const isHere = found === null || found.includes(profile);
    // A damaged entry of a database that is gone tells nothing to anybody.
    if (card !== null || isHere) views.set(profile, { profile, ...(card ?? NO_CARD), isHere });
  }
  return [...views.values()].toSorted(compareViews);
}

/** Profiles beside this one that are really here. */
export function countOthers(views: readonly ProfileView[], mine: string): number {
  return views.filter(({ profile, isHere }) => isHere && profile !== mine).length;
}

/** By name; those without one last, by what the address calls them. */
function compareViews(left: ProfileView, right: ProfileView): number {
  if ((left.name === "") !== (right.name === "")) return left.name === "" ? 1 : -1;
  return left.name.localeCompare(right.name) || left.profile.localeCompare(right.profile);
}
