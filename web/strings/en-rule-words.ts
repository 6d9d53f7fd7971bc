/**
 * The words of the family's rules in English: what may be done, with whom, when, and what parents set
 * for a child, line by line. SPEC UI94.
 */

import type {
  ConditionView,
  ControlView,
  MediaName,
  PermissionName,
  RuleChange,
  ScopeView,
  SettingsView,
  Someone,
  WindowView,
} from "../../workers/api.ts";
import { joinNames } from "./en-names.ts";

/** As it follows "to" and "may". */
export const PERMISSIONS: Readonly<Record<PermissionName, string>> = {
  send: "send messages",
  read: "read messages",
  edit: "change messages",
  delete: "delete messages",
  forward: "pass messages on",
  "send-emergency": "call for help",
  "create-group": "make groups",
  "delete-group": "close groups",
  "edit-group": "rename groups",
  "invite-to-group": "add people to groups",
  "remove-from-group": "take people out of groups",
  "approve-group-members": "agree to groups",
  moderate: "look after groups",
  "see-status": "see who is there",
  "see-place": "see places",
  "share-place": "show a place",
  "manage-contacts": "look after contacts",
  "approve-contacts": "let contacts in",
  "oversee-messages": "read along",
  "set-boundaries": "set boundaries",
  "set-controls": "set a child's rules",
  "see-controls": "see a child's rules",
  "set-filters": "choose hidden words",
  "see-filters": "see hidden words",
  "manage-roles": "change roles",
  "manage-devices": "look after devices",
  "see-history": "see the history",
  "change-settings": "change the settings",
  "see-settings": "see the settings",
};

/** As it follows what may be done; empty where it is so with everybody. */
export function scopeWords(scope: ScopeView, who: (one: Someone) => string): string {
  switch (scope.type) {
    case "everybody":
      return "";
    case "self":
      return " (only for themselves)";
    case "member":
      return ` (with ${who(scope.member)})`;
    case "group":
      return scope.name === null ? " (in one group)" : ` (in the group “${scope.name}”)`;
    case "family-groups":
      return " (in the family's groups)";
    case "friends-groups":
      return " (in groups of friends)";
    case "supervised":
      return " (for the children they look after)";
    case "peers":
      return " (with people of the same role)";
  }
}

/** How days and clocks are written, which depends on the reader. */
export interface Formats {
  readonly date: (at: number) => string;
}

/** What a sentence leaves out, line by line: of what replaces something, only what differs. */
export function changeLines(change: RuleChange, formats: Formats): readonly string[] {
  switch (change.type) {
    case "proposed":
    case "approved":
    case "objected":
    case "withdrawn":
    case "enacted":
      return change.of === null ? [] : changeLines(change.of, formats);
    case "permission-granted":
    case "permission-denied": {
      const { condition, expiresAt } = change.grant;
      const when = conditionWords(condition, formats);
      const end = expiresAt === null ? [] : [`Ends on ${formats.date(expiresAt)}.`];
      return [...(when === null ? [] : [when]), ...end];
    }
    case "control-set":
      return differing(controlLines(change.control, formats), change.before, (one) =>
        controlLines(one, formats),
      );
    case "setting-changed":
      return differing(settingLines(change.settings), change.before, settingLines);
    case "filter-set": {
      const mode = {
        hide: "Messages with these words are covered until they are opened.",
        withhold: "Messages with these words are kept back.",
      } as const;
      return [
        mode[change.mode],
        ...(change.isReporting ? ["The parents are told when that happens."] : []),
      ];
    }
    case "request-decided":
      return change.isApproved ? [`Until ${formats.date(change.until)}.`] : [];
    case "replicas-changed":
      return [
        change.count === 1
          ? "Since then one device keeps the rules."
          : `Since then ${change.count} devices keep the rules.`,
      ];
    default:
      return [];
  }
}

/** The lines that say something new, each with what stood there before. */
function differing<T>(
  lines: readonly string[],
  before: T | null,
  linesOf: (one: T) => readonly string[],
): readonly string[] {
  if (before === null) return lines;
  const former = linesOf(before);
  return lines.flatMap((line, index) => {
    const was = former[index] ?? "";
    return line === was ? [] : [`${line} Before: ${was}`];
  });
}

function conditionWords(condition: ConditionView, { date }: Formats): string | null {
  switch (condition.type) {
    case "always":
      return null;
    case "weekly":
      return `Only ${windowsWords(condition.windows)}.`;
    case "on-approval":
      return "Each time after a parent's yes.";
    case "emergency":
      return "Only in an emergency.";
    case "until":
      return `Until ${date(condition.time)}.`;
  }
}

const CONTACTS = {
  open: "Friends from outside: whoever was let in for this child.",
  approved: "Friends from outside: those whom a parent has allowed.",
  family: "Friends from outside: nobody for now.",
} as const;

const LOCATION = {
  "own-choice": "Place: shown to whom the child chooses.",
  "guardians-see": "Place: the guardians always see it.",
  "guardians-only": "Place: the guardians see it, and nobody else.",
} as const;

const MEDIA: Readonly<Record<MediaName, string>> = {
  text: "texts",
  photo: "photos",
  voice: "voice notes",
  place: "places",
};

/** In an order that both sides of a change share. */
function controlLines(control: ControlView, { date }: Formats): readonly string[] {
  const names = (people: readonly Someone[]): string =>
    people.length === 0 ? "nobody" : joinNames(people.map(nameOf));
  const media = control.media.map((one) => MEDIA[one]);
  return [
    `Looked after by ${names(control.guardians)}.`,
    CONTACTS[control.contacts],
    control.quiet.length === 0 ? "No quiet time." : `Quiet time ${windowsWords(control.quiet)}.`,
    control.oversight ? "The guardians read along." : "Nobody reads along.",
    `Never read along with: ${names(control.confidants)}.`,
    LOCATION[control.location],
    control.dailyMessages === null
      ? "As many messages a day as wanted."
      : `At most ${control.dailyMessages} messages a day.`,
    media.length === 0 ? "No messages of any kind." : `May send ${joinNames(media)}.`,
    `Ends on ${date(control.endsAt)}.`,
  ];
}

function settingLines(settings: SettingsView): readonly string[] {
  const { retentionDays, messageBytes, locationSeconds, zone } = settings;
  return [
    `Messages stay for ${retentionDays} ${retentionDays === 1 ? "day" : "days"}.`,
    `A message has at most ${messageBytes} bytes.`,
    `A place is renewed every ${locationSeconds} seconds.`,
    zone === null ? "No time zone." : `Time zone ${zone}.`,
  ];
}

function nameOf({ name, isMe }: Someone): string {
  return isMe ? "you" : (name ?? "somebody");
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/** "Mon to Fri 20:00 to 07:00 and Sat 22:00 to 07:00". */
function windowsWords(windows: readonly WindowView[]): string {
  return joinNames(
    windows.map(({ days, from, to }) => `${daysWords(days)} ${clock(from)} to ${clock(to)}`),
  );
}

function daysWords(days: number): string {
  const chosen = DAYS.map((_, index) => (days & (1 << index)) !== 0);
  const names = DAYS.filter((_, index) => chosen[index]);
  if (names.length === DAYS.length) return "every day";
  const first = chosen.indexOf(true);
  const last = chosen.lastIndexOf(true);
  const isRun = names.length > 2 && last - first + 1 === names.length;
  return isRun ? `${names[0] ?? ""} to ${names.at(-1) ?? ""}` : joinNames(names);
}

function clock(minute: number): string {
  const hours = Math.floor(minute / 60);
  return `${String(hours).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
