/**
 * What a change of the rules does, in English: as a sentence of what somebody did, and as a wish in
 * "Dad proposed to …". All grammar is in here: who it is becomes "you", a name, or "somebody".
 * SPEC UI94, UI100.
 */

import type { PlainChange, Role, RuleChange, SomeDevice, Someone } from "../../workers/api.ts";
import { PERMISSIONS, scopeWords } from "./en-rule-words.ts";
import { capital, joinNames } from "./en-names.ts";
import { spanOfDays } from "./en-staying.ts";
import { violationWords } from "./en-violations.ts";

type Person = Pick<Someone, "id" | "name" | "isMe">;

/** A verb in both forms and what follows it, or a sentence and a wish where nobody does anything. */
type Phrase =
  | { readonly did: string; readonly wish: string; readonly rest: string }
  | { readonly said: string; readonly wish: string };

export const A_ROLE: Readonly<Record<Role, string>> = {
  parent: "a parent",
  child: "a child",
  relative: "a relative",
  contact: "a contact",
};

const REASONS = {
  lost: "it was lost",
  retired: "it is not used any more",
  compromised: "it was in the wrong hands",
} as const;

/** One change as a sentence; `isEasy`: for a child. */
export function changeSentence(
  by: Person,
  change: RuleChange,
  isDone: boolean,
  isEasy: boolean,
): string {
  switch (change.type) {
    case "proposed":
    case "approved":
    case "objected":
    case "withdrawn":
    case "enacted":
      return proposalSentence(by, change, isDone, isEasy);
    default: {
      const phrase = phraseOf(change, by, isEasy);
      if ("said" in phrase) return `${phrase.said}.`;
      return `${capital(who(by))} ${phrase.did} ${phrase.rest}`.trimEnd() + ".";
    }
  }
}

/** What would happen, as it follows "to": "make Gran a parent". `by`: who asks for it. */
export function changeWish(change: PlainChange, by: Person): string {
  const phrase = phraseOf(change, by, false);
  return "said" in phrase ? phrase.wish : `${phrase.wish} ${phrase.rest}`.trimEnd();
}

function proposalSentence(
  by: Person,
  change: Exclude<RuleChange, PlainChange>,
  isDone: boolean,
  isEasy: boolean,
): string {
  const asker = change.type === "proposed" ? by : (change.proposer ?? NOBODY);
  const wish = change.of === null ? null : changeWish(change.of, asker);
  const subject = capital(who(by));
  if (wish === null) return `${subject} ${UNREADABLE[change.type]}`;
  if (isEasy) return easyProposal(subject, change.type, wish, isDone);
  switch (change.type) {
    case "proposed":
      return `${subject} proposed to ${wish}${isDone ? ", and so it was done" : ""}.`;
    case "approved":
      return `${subject} agreed to ${wish}${isDone ? ", and so it was done" : ""}.`;
    case "objected":
      return `${subject} did not agree to ${wish}.`;
    case "withdrawn":
      return `${subject} took back the proposal to ${wish}.`;
    case "enacted":
      return `The time to say no was over, and so it was done: ${wish}.`;
  }
}

const UNREADABLE: Readonly<Record<Exclude<RuleChange, PlainChange>["type"], string>> = {
  proposed: "proposed something that cannot be read here.",
  approved: "agreed to something that cannot be read here any more.",
  objected: "did not agree to something that cannot be read here any more.",
  withdrawn: "took back a proposal that cannot be read here any more.",
  enacted: "said that the time of a proposal was over, which cannot be read here any more.",
};

function easyProposal(
  subject: string,
  type: Exclude<RuleChange, PlainChange>["type"],
  wish: string,
  isDone: boolean,
): string {
  switch (type) {
    case "proposed":
      return `${subject} asked the grown-ups: ${wish}?`;
    case "approved":
      return `${subject} said yes: ${wish}.${isDone ? " So it is now." : ""}`;
    case "objected":
      return `${subject} said no: ${wish}.`;
    case "withdrawn":
      return `${subject} does not ask for this any more: ${wish}.`;
    case "enacted":
      return `Nobody said no, so it is like this now: ${wish}.`;
  }
}

const NOBODY: Person = { id: "", name: null, isMe: false };

function phraseOf(change: PlainChange, by: Person, isEasy: boolean): Phrase {
  const isOwn = (one: Person): boolean => one.id !== "" && one.id === by.id;
  switch (change.type) {
    case "family-created": {
      const name =
        change.familyName === null ? "the family" : `the family ${quoted(change.familyName)}`;
      return verb("started", "start", change.isAgain ? `${name} again from its words` : name);
    }
    case "invite-created": {
      const { role, member } = change;
      if (member === null) return verb("made", "make", `an invite for ${A_ROLE[role]}`);
      const whom = isOwn(member) ? "one more device" : `one more device of ${whoseOwn(member)}`;
      return verb("made", "make", `an invite for ${whom}`);
    }
    case "invite-revoked": {
      const { role, member } = change;
      const whom =
        member === null || isOwn(member) ? "a device" : `a device of ${whoseOwn(member)}`;
      if (member !== null) return verb("took back", "take back", `an invite for ${whom}`);
      const what = role === null ? "an invite" : `an invite for ${A_ROLE[role]}`;
      return verb("took back", "take back", what);
    }
    case "member-registered":
      return verb("let", "let", `${who(change.member)} join as ${A_ROLE[change.role]}`);
    case "device-registered": {
      const { member, replaced } = change;
      const whom = isOwn(member) ? "" : ` for ${who(member)}`;
      if (replaced === 0) return verb("added", "add", `one more device${whom}`);
      const old = replaced === 1 ? "the old one" : `${replaced} old ones`;
      return verb("added", "add", `a new device${whom} in place of ${old}`);
    }
    case "device-revoked": {
      const { device, reason } = change;
      const isMine = device.owner !== null && isOwn(device.owner);
      const what = isMine ? "a device" : deviceOf(device);
      return verb(
        isMine ? "gave up" : "removed",
        isMine ? "give up" : "remove",
        `${what}: ${REASONS[reason]}`,
      );
    }
    case "replicas-changed":
      return keepersPhrase(change, isEasy);
    case "evidence": {
      const device = deviceOf(change.device);
      const what = isEasy
        ? `Something is wrong with ${device}`
        : `${capital(device)} gave two different answers to one question of the family`;
      return { said: what, wish: `write down that ${device} contradicted itself` };
    }
    case "recovery": {
      const words =
        change.wordsOf === null
          ? "Recovery words"
          : `${capital(whose(change.wordsOf))} recovery words`;
      const keepers = devicesOf(change.keepers);
      const many = change.keepers.length > 1;
      return {
        said: `${words} were used: from now on ${keepers} ${many ? "keep" : "keeps"} the rules`,
        wish: `let ${keepers} keep the rules, by recovery words`,
      };
    }
    case "role-assigned": {
      const { member, from, to } = change;
      const less = from === "parent" ? ", and no parent any more" : "";
      if (!isOwn(member)) return verb("made", "make", `${who(member)} ${A_ROLE[to]}${less}`);
      return verb("became", "become", `${A_ROLE[to]} instead of ${A_ROLE[from]}`);
    }
    case "member-removed":
      return verb("removed", "remove", `${who(change.member)} from the family`);
    case "member-left":
      return verb("left", "leave", "the family");
    case "group-created":
    case "group-updated":
    case "group-archived":
    case "group-member-added":
    case "group-member-removed":
      return groupPhrase(change, isOwn);
    case "permission-granted":
    case "permission-denied":
    case "permission-ended":
      return permissionPhrase(change, isEasy);
    case "control-set": {
      const rules = `the rules for ${who(change.child)}`;
      return change.before === null ? verb("set", "set", rules) : verb("changed", "change", rules);
    }
    case "filter-set": {
      const whom = isOwn(change.member) ? "" : ` for ${who(change.member)}`;
      return change.isChange
        ? verb("changed", "change", `the hidden words${whom}`)
        : verb("chose", "choose", `words to hide${whom}`);
    }
    case "filter-removed": {
      const { member } = change;
      const whom = member === null || isOwn(member) ? "" : ` for ${who(member)}`;
      return verb("stopped", "stop", `hiding words${whom}`);
    }
    case "place-set": {
      const what = `a place of ${change.member === null ? "the family" : whoseOwn(change.member)}`;
      return change.isChange ? verb("changed", "change", what) : verb("added", "add", what);
    }
    case "place-removed": {
      const { member } = change;
      return verb(
        "removed",
        "remove",
        `a place of ${member === null ? "the family" : whoseOwn(member)}`,
      );
    }
    case "setting-changed": {
      const { retentionDays: days } = change.settings;
      const before = change.before.retentionDays;
      if (days === before) return verb("changed", "change", "the family's settings");
      const rest = `messages stay for ${spanOfDays(days)}, not ${spanOfDays(before)}`;
      return days > before
        ? verb("let", "let", rest)
        : verb(
            "had",
            "have",
            `messages deleted after ${spanOfDays(days)}, not ${spanOfDays(before)}`,
          );
    }
    case "rules-raised":
      return verb("took", "take", `the family to version ${change.version} of the app's own rules`);
    case "recovery-key-replaced": {
      const { member } = change;
      if (isOwn(member)) return verb("made", "make", "new recovery words");
      return verb("replaced", "replace", `${whose(member)} recovery words`);
    }
    case "secret-renewed":
      return verb("gave", "give", "the family a new secret key");
    case "request-decided": {
      const { member, isApproved } = change;
      return verb(
        "said",
        "say",
        `${isApproved ? "yes" : "no"} to a request of ${whoseOwn(member)}`,
      );
    }
    case "emergency-recorded": {
      const { member } = change;
      if (member === null) return verb("wrote down", "write down", "a call for help");
      if (isOwn(member)) return verb("called", "call", "for help");
      return verb("wrote down", "write down", `that ${who(member)} called for help`);
    }
    case "emergency-resolved": {
      const { member } = change;
      const call = isOwn(member) ? "the own" : whose(member);
      return verb("marked", "mark", `${call} call for help as over`);
    }
    case "violation-recorded": {
      const { member, rule, day, count } = change;
      const words = violationWords(whose(member ?? NOBODY), rule, day, count);
      return { said: `${capital(whose(by))} app noticed: ${words}`, wish: `write down: ${words}` };
    }
    case "family-closed":
      return verb("closed", "close", "the family for good");
  }
}

type Change<Type extends PlainChange["type"]> = Extract<PlainChange, { type: Type }>;

function keepersPhrase({ added, removed }: Change<"replicas-changed">, isEasy: boolean): Phrase {
  const rules = isEasy ? "look after the family's rules" : "keep the rules";
  const come = devicesOf(added);
  const go = devicesOf(removed);
  const helps = added.length > 1 ? "help" : "helps";
  const goes = removed.length > 1 ? "help" : "helps";
  if (added.length > 0 && removed.length > 0) {
    return {
      said: `${capital(come)} now ${helps} to ${rules}, in place of ${go}`,
      wish: `let ${come} help to ${rules} in place of ${go}`,
    };
  }
  if (removed.length > 0) {
    return {
      said: `${capital(go)} no longer ${goes} to ${rules}`,
      wish: `let ${go} no longer help to ${rules}`,
    };
  }
  return {
    said: `${capital(come)} now ${helps} to ${rules}`,
    wish: `let ${come} help to ${rules}`,
  };
}

function groupPhrase(
  change: Change<
    | "group-created"
    | "group-updated"
    | "group-archived"
    | "group-member-added"
    | "group-member-removed"
  >,
  isOwn: (one: Person) => boolean,
): Phrase {
  const group = change.name === null ? null : `the group ${quoted(change.name)}`;
  switch (change.type) {
    case "group-created": {
      const others = change.members.filter((one) => !isOwn(one)).map(who);
      const together = others.length === 0 ? "" : ` with ${joinNames(others)}`;
      return verb("made", "make", `${group ?? "a group"}${together}`);
    }
    case "group-updated": {
      const to = change.name === null ? "" : ` to ${quoted(change.name)}`;
      const from = change.before === null ? "a group" : `the group ${quoted(change.before)}`;
      return verb("renamed", "rename", `${from}${to}`);
    }
    case "group-archived":
      return verb("closed", "close", group ?? "a group");
    case "group-member-added":
      if (isOwn(change.member)) return verb("joined", "join", group ?? "a group");
      return verb("added", "add", `${who(change.member)} to ${group ?? "a group"}`);
    case "group-member-removed":
      if (isOwn(change.member)) return verb("left", "leave", group ?? "a group");
      return verb("took", "take", `${who(change.member)} out of ${group ?? "a group"}`);
  }
}

function permissionPhrase(
  change: Change<"permission-granted" | "permission-denied" | "permission-ended">,
  isEasy: boolean,
): Phrase {
  if (change.type !== "permission-ended") {
    const { member, permission, scope } = change.grant;
    const what = `${who(member)} to ${PERMISSIONS[permission]}${scopeWords(scope, who)}`;
    if (change.type === "permission-granted") return verb("allowed", "allow", what);
    return isEasy
      ? verb("said that", "say that", `${who(member)} may not ${PERMISSIONS[permission]}`)
      : verb("forbade", "forbid", what);
  }
  const { was } = change;
  if (was === null) return verb("took back", "take back", "a permission");
  const may = was.isDenial ? "may not" : "may";
  const what = `${who(was.member)} ${may} ${PERMISSIONS[was.permission]}${scopeWords(was.scope, who)}`;
  return verb("took back", "take back", `that ${what}`);
}

function verb(did: string, wish: string, rest: string): Phrase {
  return { did, wish, rest };
}

/** "you", "Mum", "somebody". */
export function who({ name, isMe }: Person): string {
  return isMe ? "you" : (name ?? "somebody");
}

/** "your", "Mum's", "somebody's". */
export function whose(one: Person): string {
  return one.isMe ? "your" : `${who(one)}'s`;
}

/** As it follows "a device of": "yours", "Mum's", "somebody's". */
function whoseOwn(one: Person): string {
  return one.isMe ? "yours" : whose(one);
}

function deviceOf({ owner }: SomeDevice): string {
  return owner === null ? "a device" : `${whose(owner)} device`;
}

/** "Dad's device", "Dad's and Gran's devices", "your device". */
export function devicesOf(devices: readonly SomeDevice[]): string {
  const [first, ...others] = devices;
  if (first === undefined) return "no device";
  if (others.length === 0) return deviceOf(first);
  const owners = devices.map(({ owner }) => (owner === null ? "somebody's" : whose(owner)));
  const names = [...new Set(owners)];
  if (names.length === devices.length) return `${joinNames(names)} devices`;
  const counted = names.map((name) => {
    const count = owners.filter((one) => one === name).length;
    return count === 1 ? name : `${count} of ${name}`;
  });
  return `${joinNames(counted)} devices`;
}

function quoted(name: string): string {
  return `“${name}”`;
}

/** A sentence begins large; a name stays as its owner writes it. */
