/**
 * Groups as a person changes them: the body of each change with its sealed name and its cuts, and what
 * this member may do with which group. What the rules allow is core/ledger's to say. SPEC GC9 to GC11, GC15, GC16.
 * Source: DESIGN §4, groups.
 */
import type { ChangeRequest, FailureCode, GroupView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex, type Hex, type MemberId } from "../core/codec/ids.ts";
import { permits, toMember, type Target } from "../core/ledger/permits.ts";
import { has, memberAt, membersOfGroup, roleAt } from "../core/ledger/relations.ts";
import type { Group, NarrowedCuts } from "../core/ledger/rule-book.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import type { PermissionWord } from "../core/ledger/vocabulary.ts";
import { sealBlob } from "./blobs.ts";
import { myMember, stateOf, textOf, type Family } from "./family.ts";
import { cleanName } from "./names.ts";
import { secretOf } from "./profile.ts";
import { comingInto, momentNow } from "./joined.ts";
import { findGroup, isArchived, isInGroup } from "./talks.ts";

export type GroupRequest = Extract<
  ChangeRequest,
  {
    readonly type:
      | "create-group"
      | "rename-group"
      | "archive-group"
      | "add-to-group"
      | "remove-from-group";
  }
>;

/** A change to be put before the ledger, with the sealed text that it names. */
export type Prepared =
  | {
      readonly ok: true;
      readonly body: TransactionBody;
      readonly blobs: readonly Uint8Array[];
    }
  | { readonly ok: false; readonly code: FailureCode };

const ID = /^[0-9a-f]{32}$/;
const GROUP_REQUESTS: ReadonlySet<string> = new Set<GroupRequest["type"]>([
  "create-group",
  "rename-group",
  "archive-group",
  "add-to-group",
  "remove-from-group",
]);

export function isGroupRequest(request: ChangeRequest): request is GroupRequest {
  return GROUP_REQUESTS.has(request.type);
}

/** @param cutsOf how far the streams have come, those of these members first */
export function prepareGroupChange(
  family: Family,
  request: GroupRequest,
  cutsOf: (members: readonly MemberId[]) => NarrowedCuts,
): Prepared {
  if (request.type === "create-group") return prepareNew(family, request);
  const moment = momentNow(family);
  const group = findGroup(moment.state, request.group);
  if (group === null || isArchived(group)) return { ok: false, code: "already-done" };
  switch (request.type) {
    case "rename-group":
      return withName(family, request.name, (name) => ({
        type: "group-updated",
        group: group.id,
        name,
      }));
    case "archive-group": {
      const cuts = cutsOf(membersOfGroup(moment, group));
      return { ok: true, body: { type: "group-archived", group: group.id, cuts }, blobs: [] };
    }
    case "add-to-group":
    case "remove-from-group": {
      const member = memberIn(family, request.member);
      if (member === null) return { ok: false, code: "already-done" };
      const isAdding = request.type === "add-to-group";
      if (isInGroup(moment, group, member) === isAdding) {
        return { ok: false, code: "already-done" };
      }
      const body: TransactionBody = isAdding
        ? { type: "group-member-added", group: group.id, member }
        : { type: "group-member-removed", group: group.id, member, cuts: cutsOf([member]) };
      return { ok: true, body, blobs: [] };
    }
  }
}

function prepareNew(
  family: Family,
  { name, members }: Extract<GroupRequest, { readonly type: "create-group" }>,
): Prepared {
  const me = myMember(family);
  const ids = [...new Set(members)].map((one) => memberIn(family, one));
  if (me === null || ids.includes(null)) return { ok: false, code: "not-allowed" };
  const others = ids.filter((one) => one !== null).filter((one) => !isSameBytes(one, me.id));
  const kind = others.some((one) => isContact(family, one)) ? "friends" : "family";
  return withName(family, name, (sealed) => ({
    type: "group-created",
    kind,
    name: sealed,
    members: others,
  }));
}

function withName(
  family: Family,
  typed: string,
  bodyOf: (name: Uint8Array) => TransactionBody,
): Prepared {
  const { profile } = family.identity;
  const epoch = stateOf(family).secretEpoch;
  const secret = secretOf(profile, epoch);
  if (secret === null) return { ok: false, code: "not-member" };
  const name = cleanName(typed);
  if (name === null) return { ok: false, code: "bad-name" };
  const { crypto } = family.env;
  const plain = { salt: crypto.randomBytes(16), text: name };
  const blob = sealBlob(crypto, profile.family, { epoch, secret }, plain);
  return { ok: true, body: bodyOf(blob.hash), blobs: [blob.bytes] };
}

function memberIn(family: Family, id: string): MemberId | null {
  if (!ID.test(id)) return null;
  return memberAt(momentNow(family), fromHex(id))?.id ?? null;
}

function isContact(family: Family, id: MemberId): boolean {
  const moment = momentNow(family);
  const member = memberAt(moment, id);
  return member !== null && roleAt(member, moment.height) === "contact";
}

/** The groups that I am in or may change, and what I may do with each. */
export function groupViews(family: Family): readonly GroupView[] {
  const me = myMember(family);
  if (me === null) return [];
  return momentNow(family)
    .state.rules.groups.filter((one) => !isArchived(one))
    .map((one) => groupView(family, one, me.id))
    .filter((one) => one.isMember || one.canArchive);
}

function groupView(family: Family, group: Group, me: MemberId): GroupView {
  const moment = momentNow(family);
  const members = membersOfGroup(moment, group);
  const target: Target = { type: "group", group: group.id };
  const canInvite = may(family, me, "invite-to-group", target);
  const isFriends = group.kind === "friends";
  return {
    id: toHex(group.id),
    name: textOf(family, group.name) ?? "",
    kind: group.kind,
    members: members.map((one) => toHex(one)),
    coming: comingInto(family, group.id).map((one) => toHex(one)),
    isMember: has(members, me),
    canRename: may(family, me, "edit-group", target),
    canAdd: canInvite
      ? gatherable(family, me)
          .filter((one) => !has(members, one) && (isFriends || !isContact(family, one)))
          .map((one) => toHex(one))
      : [],
    canRemove: may(family, me, "remove-from-group", target),
    canArchive: may(family, me, "delete-group", target),
  };
}

/** Members whom I may put into a new group (hex); null where I may make none. */
export function canGather(family: Family): readonly Hex[] | null {
  const me = myMember(family);
  if (me === null || !may(family, me.id, "create-group", { type: "family" })) return null;
  return gatherable(family, me.id)
    .filter((one) => !isSameBytes(one, me.id))
    .map((one) => toHex(one));
}

/** Everybody but children whose guardian I am not. */
function gatherable(family: Family, me: MemberId): readonly MemberId[] {
  const moment = momentNow(family);
  return moment.state.members
    .filter((one) => memberAt(moment, one.id) !== null)
    .filter(
      (one) =>
        roleAt(one, moment.height) !== "child" ||
        may(family, me, "approve-group-members", toMember(one.id)),
    )
    .map((one) => one.id);
}

function may(family: Family, me: MemberId, action: PermissionWord, target: Target): boolean {
  const { state, height, time } = momentNow(family);
  return permits(state, me, action, target, time, { height }).ok;
}
