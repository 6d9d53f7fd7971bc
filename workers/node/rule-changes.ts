/**
 * What a change of the rules does, told to the page in names and plain data: of one that happened, and
 * of one that somebody asks for. Judges nothing: that it is shown does not say that it is allowed. Of
 * anything odd, also of what is not known any more, the name is null and nothing is thrown.
 * SPEC HI1 to HI4. Source: DESIGN §4, the list of transactions; §9, History.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { memberIdOf, toHex } from "../core/codec/ids.ts";
import type { DeviceId, MemberId } from "../core/codec/ids.ts";
import { EMERGENCY_STREAM } from "../core/gossip/header.ts";
import { authorOf, VIOLATION_RULES } from "../core/gossip/violations.ts";
import type { BodyOf } from "../core/ledger/execution.ts";
import type { PlainBody } from "../core/ledger/perform.ts";
import { isAboutProposal } from "../core/ledger/proposals.ts";
import { latestControl, settingsAt } from "../core/ledger/relations.ts";
import type { Control, Grant, Setting } from "../core/ledger/rule-book.ts";
import { findDevice, findInvite, type LedgerState } from "../core/ledger/state.ts";
import { decodeAction, type TransactionBody } from "../core/ledger/transaction.ts";
import type {
  ControlView,
  GrantView,
  PlainChange,
  RuleChange,
  ScopeView,
  SomeDevice,
  Someone,
} from "../api.ts";
import { myMember, nameOf, stateOf, textOf, type Family } from "./family.ts";
import { shownName } from "./names.ts";

const DAY_MS = 86_400_000;
/** The last day that a date can name. */
const DATE_DAYS_MAX = 100_000_000;

/**
 * @param state the rules that it finds: those before it of one that happened, those of now of one that
 *   is asked for
 */
export function describeChange(
  family: Family,
  body: TransactionBody,
  state: LedgerState,
): RuleChange {
  if (!isAboutProposal(body)) return describePlain(family, body, state);
  if (body.type === "proposed") return { type: body.type, of: describeAction(family, body, state) };
  const proposal = state.rules.proposals.find((one) => isSameBytes(one.id, body.proposal));
  if (proposal === undefined) return { type: body.type, of: null, proposer: null };
  return {
    type: body.type,
    of: describeAction(family, proposal, state),
    proposer: someoneOf(family, proposal.by),
  };
}

/** What a proposal would do; null for what nobody can read. */
export function describeAction(
  family: Family,
  { action }: { readonly action: Uint8Array },
  state: LedgerState,
): PlainChange | null {
  const decoded = decodeAction(action);
  if (!decoded.ok || isAboutProposal(decoded.value)) return null;
  return describePlain(family, decoded.value, state);
}

export function someoneOf(family: Family, member: MemberId): Someone {
  const name = nameOf(family, member);
  return { id: toHex(member), name: name === "" ? null : name, isMe: isMine(family, member) };
}

export function someDeviceOf(family: Family, device: DeviceId, state: LedgerState): SomeDevice {
  const found = findDevice(state, device);
  return {
    id: toHex(device),
    owner: found === null ? null : someoneOf(family, found.member),
    isThis: isSameBytes(device, family.identity.device),
  };
}

function describePlain(family: Family, body: PlainBody, state: LedgerState): PlainChange {
  const { type } = body;
  const moment = { state, height: state.height, time: state.time };
  const someone = (member: MemberId): Someone => someoneOf(family, member);
  const device = (id: DeviceId): SomeDevice => someDeviceOf(family, id, state);
  switch (type) {
    case "family-created": {
      const id = memberIdOf(state.family, body.deviceKey);
      return {
        type,
        familyName: nameIn(family, body.familyName),
        founder: { ...someone(id), name: nameIn(family, body.memberName) },
        isAgain: body.epoch > 0,
      };
    }
    case "invite-created":
      return { type, role: body.role, member: body.member === null ? null : someone(body.member) };
    case "invite-revoked": {
      const invite = findInvite(state, body.invite);
      const member = invite?.member ?? null;
      return {
        type,
        role: invite?.role ?? null,
        member: member === null ? null : someone(member),
      };
    }
    case "member-registered": {
      const id = memberIdOf(state.family, body.request.deviceKey);
      // Before it has happened nobody of that id is in the rules.
      const name = nameIn(family, body.name);
      return { type, member: { ...someone(id), name }, role: body.request.role };
    }
    case "device-registered": {
      const { member } = body.request;
      return {
        type,
        member: member === null ? NOBODY : someone(member),
        replaced: body.replaced.length,
      };
    }
    case "device-revoked":
      return { type, device: device(body.device), reason: body.reason };
    case "replicas-changed":
      return describeKeepers(body, state, device);
    case "evidence":
      return { type, device: device(body.device) };
    case "recovery":
      return {
        type,
        wordsOf: wordsOwner(family, state, body.recoveryKey),
        keepers: body.replicas.map(device),
      };
    case "role-assigned":
      return { type, member: someone(body.member), from: body.from, to: body.to };
    case "member-removed":
      return { type, member: someone(body.member) };
    case "group-created":
      return {
        type,
        name: nameIn(family, body.name),
        kind: body.kind,
        members: body.members.map(someone),
      };
    case "group-updated":
      return {
        type,
        name: nameIn(family, body.name),
        before: groupName(family, state, body.group),
      };
    case "group-archived":
      return { type, name: groupName(family, state, body.group) };
    case "group-member-added":
    case "group-member-removed":
      return {
        type,
        name: groupName(family, state, body.group),
        member: someone(body.member),
      };
    case "permission-granted":
    case "permission-denied":
      return { type, grant: describeGrant(family, body, state) };
    case "permission-ended": {
      const rule = state.rules.grants.find((one) => isSameBytes(one.id, body.rule));
      if (rule === undefined) return { type, was: null };
      return { type, was: { ...describeGrant(family, rule, state), isDenial: rule.isDenial } };
    }
    case "control-set": {
      const before = latestControl(moment, body.child);
      return {
        type,
        child: someone(body.child),
        control: describeControl(family, body),
        before: before === null ? null : describeControl(family, before),
      };
    }
    case "filter-set":
      return {
        type,
        member: someone(body.member),
        mode: body.mode,
        isReporting: body.isReporting,
        isChange: body.replaces !== null,
      };
    case "filter-removed": {
      const filter = state.rules.filters.find((one) => isSameBytes(one.id, body.filter));
      return { type, member: filter === undefined ? null : someone(filter.member) };
    }
    case "place-set": {
      const member = body.member === null ? null : someone(body.member);
      return { type, member, isChange: body.replaces !== null };
    }
    case "place-removed": {
      const place = state.rules.places.find((one) => isSameBytes(one.id, body.place));
      const member = place?.member ?? null;
      // Of one that is not known any more nobody is named: it is told as the family's.
      return { type, member: member === null ? null : someone(member) };
    }
    case "setting-changed": {
      const { retentionDays } = state;
      const before = describeSettings({ ...settingsAt(moment), retentionDays });
      return { type, settings: describeSettings(body), before };
    }
    case "rules-raised":
      return { type, version: body.version };
    case "recovery-key-replaced":
      return { type, member: someone(body.member) };
    case "request-decided":
      return {
        type,
        member: someone(body.member),
        isApproved: body.isApproved,
        until: body.until,
      };
    case "emergency-recorded": {
      const caller = callerOf(family, body.alert);
      return { type, member: caller === null ? null : someone(caller) };
    }
    case "emergency-resolved":
      return { type, member: someone(callerOf(family, body.alert) ?? body.member) };
    case "violation-recorded":
      return describeViolation(family, body, state);
    case "member-left":
    case "secret-renewed":
    case "family-closed":
      return { type };
  }
}

const NOBODY: Someone = { id: "", name: null, isMe: false };

function isMine(family: Family, member: MemberId): boolean {
  const me = myMember(family);
  return me !== null && isSameBytes(me.id, member);
}

function nameIn(family: Family, hash: Uint8Array): string | null {
  const name = textOf(family, hash);
  return name === "" ? null : name;
}

function groupName(family: Family, state: LedgerState, id: Uint8Array): string | null {
  const group = state.rules.groups.find((one) => isSameBytes(one.id, id));
  return group === undefined ? null : nameIn(family, group.name);
}

/** The rules do not say whose a key was once it is replaced. */
function wordsOwner(family: Family, state: LedgerState, key: Uint8Array): Someone | null {
  const owner = state.members.find(
    ({ recoveryKey }) => recoveryKey !== null && isSameBytes(recoveryKey, key),
  );
  return owner === undefined ? null : someoneOf(family, owner.id);
}

function describeKeepers(
  { added, removed }: BodyOf<"replicas-changed">,
  state: LedgerState,
  device: (id: DeviceId) => SomeDevice,
): PlainChange {
  const stay = state.replicas.filter((one) => !removed.some((other) => isSameBytes(other, one)));
  return {
    type: "replicas-changed",
    added: added.map((one) => device(one.device)),
    removed: removed.map(device),
    count: stay.length + added.length,
  };
}

/** Who called for help in the entry of that id; null where it is not kept here. */
function callerOf(family: Family, alert: Uint8Array): MemberId | null {
  for (const { number, author, known } of family.gossip?.core().streams.values() ?? []) {
    if (number !== EMERGENCY_STREAM) continue;
    for (const { id, header } of known.values()) {
      if (header.kind !== "emergency" || !isSameBytes(id, alert)) continue;
      return findDevice(stateOf(family), author)?.member ?? null;
    }
  }
  return null;
}

/** Only a hash says who it was: it is the one of the family whose hash that is. */
function describeViolation(
  family: Family,
  body: BodyOf<"violation-recorded">,
  state: LedgerState,
): PlainChange {
  const author = authorOf(state, body);
  return {
    type: body.type,
    member: author === null ? null : someoneOf(family, author),
    rule: VIOLATION_RULES[body.rule] ?? null,
    day: Math.min(body.day, DATE_DAYS_MAX) * DAY_MS,
    count: body.count,
  };
}

function describeGrant(
  family: Family,
  grant: Pick<Grant, "member" | "permission" | "scope" | "condition" | "expiresAt">,
  state: LedgerState,
): GrantView {
  const { permission, condition, expiresAt } = grant;
  return {
    member: someoneOf(family, grant.member),
    permission,
    scope: describeScope(family, grant.scope, state),
    condition,
    expiresAt,
  };
}

function describeScope(family: Family, scope: Grant["scope"], state: LedgerState): ScopeView {
  switch (scope.type) {
    case "member":
      return { type: scope.type, member: someoneOf(family, scope.member) };
    case "group":
      return { type: scope.type, name: groupName(family, state, scope.group) };
    default:
      return scope;
  }
}

function describeControl(family: Family, control: Pick<Control, keyof ControlView>): ControlView {
  return {
    guardians: control.guardians.map((one) => someoneOf(family, one)),
    contacts: control.contacts,
    quiet: control.quiet,
    oversight: control.oversight,
    confidants: control.confidants.map((one) => someoneOf(family, one)),
    location: control.location,
    dailyMessages: control.dailyMessages,
    media: control.media,
    endsAt: control.endsAt,
  };
}

function describeSettings(
  setting: Pick<Setting, "retentionDays" | "messageBytes" | "locationSeconds" | "zone">,
): Extract<PlainChange, { type: "setting-changed" }>["settings"] {
  const { retentionDays, messageBytes, locationSeconds, zone } = setting;
  const name = zone === null ? null : shownName(zone.name);
  return { retentionDays, messageBytes, locationSeconds, zone: name };
}
