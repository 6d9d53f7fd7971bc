/**
 * What a child's control refuses of a message or a shared place, either as its author or as the one
 * it is for. Words to a guardian never come here. SPEC PM14..PM19. Source: DESIGN §4, §8.
 */
import { isSameBytes } from "../codec/cbor.ts";
import type { MemberId } from "../codec/ids.ts";
import type { PermissionRule } from "./permits.ts";
import { controlOf, isGuardian, memberAt, roleAt, settingsAt, type Moment } from "./relations.ts";
import type { Control } from "./rule-book.ts";
import { isInWindows } from "./week.ts";
import type { Media, PermissionWord } from "./vocabulary.ts";

/** What is known of the message beyond who, to whom and when. */
export interface Details {
  /** What it holds; unknown to whoever cannot open it. */
  readonly media?: Media;
  /** Messages that the member sent earlier on this day of the family's time, guardians' not counted. */
  readonly sentToday?: number;
}

/** Permissions that put words before somebody; a control's hours, contacts and media speak of these. */
export const WORDS: ReadonlySet<PermissionWord> = new Set<PermissionWord>([
  "send",
  "edit",
  "forward",
]);

export interface ControlFault {
  readonly rule: PermissionRule;
  readonly height: number;
}

/** The first rule of a control that refuses; `isAllowed`: a grant lets the two write to each other. */
export function controlFault(
  moment: Moment,
  permission: PermissionWord,
  author: MemberId,
  target: MemberId | null,
  isAllowed: boolean,
  details: Details,
): ControlFault | null {
  const own = controlOf(moment, author);
  const isWords = WORDS.has(permission);
  if (own !== null && isWords) {
    const fault =
      wordsFault(moment, own, target, isAllowed, details) ?? limitFault(own, details.sentToday);
    if (fault !== null) return fault;
  }
  if (own !== null && permission === "share-place" && target !== null) {
    const isOpen = own.location !== "guardians-only" || isGuardian(moment, target, author);
    if (!isOpen) return { rule: "place-for-guardians", height: own.from };
  }
  if (target === null || !isWords || isSameBytes(author, target)) return null;
  const theirs = controlOf(moment, target);
  return theirs === null ? null : wordsFault(moment, theirs, author, isAllowed, details);
}

function wordsFault(
  moment: Moment,
  control: Control,
  other: MemberId | null,
  isAllowed: boolean,
  { media }: Details,
): ControlFault | null {
  const { zone } = settingsAt(moment);
  if (zone !== null && isInWindows(zone, control.quiet, moment.time)) {
    return { rule: "quiet-hours", height: control.from };
  }
  const met = other === null ? null : contactFault(moment, control.child, other, isAllowed);
  if (met !== null) return met;
  if (media !== undefined && !control.media.includes(media)) {
    return { rule: "media", height: control.from };
  }
  return null;
}

/** What a child's control says of a contact; null where one is no contact, or the other has no control. */
export function contactFault(
  moment: Moment,
  child: MemberId,
  contact: MemberId,
  isAllowed: boolean,
): ControlFault | null {
  const control = controlOf(moment, child);
  if (control === null || !isContact(moment, contact)) return null;
  if (control.contacts === "family") return { rule: "family-only", height: control.from };
  if (control.contacts === "approved" && !isAllowed) {
    return { rule: "contact-not-approved", height: control.from };
  }
  return null;
}

function limitFault(control: Control, sentToday: number | undefined): ControlFault | null {
  if (control.dailyMessages === null || sentToday === undefined) return null;
  if (sentToday < control.dailyMessages) return null;
  return { rule: "daily-limit", height: control.from };
}

function isContact(moment: Moment, id: MemberId): boolean {
  const member = memberAt(moment, id);
  return member !== null && roleAt(member, moment.height) === "contact";
}

/** Members that must be able to read what is said between two: the overseers of either child. */
export function overseersOf(moment: Moment, a: MemberId, b: MemberId): readonly MemberId[] {
  return [...overseen(moment, a, b), ...overseen(moment, b, a)].filter(
    (one, index, all) => all.findIndex((other) => isSameBytes(other, one)) === index,
  );
}

/** Nobody reads along between a child and its guardian, or a confidant. */
function overseen(moment: Moment, child: MemberId, other: MemberId): readonly MemberId[] {
  const control = controlOf(moment, child);
  if (control === null || !control.oversight || isSameBytes(child, other)) return [];
  if (isGuardian(moment, other, child)) return [];
  if (control.confidants.some((one) => isSameBytes(one, other))) return [];
  return moment.state.members
    .map((one) => one.id)
    .filter((one) => isGuardian(moment, one, child) && !isSameBytes(one, other));
}
