/**
 * Bodies of the transactions that make and unmake a family's rules, by the numbers that they have on
 * the wire; transaction.ts adds them to the others. What narrows carries cuts. SPEC TX7, TX8.
 * Source: DESIGN §4, the list of transactions.
 */
import { blobHash, hash32, memberId, messageId, signingKey } from "../codec/ids.ts";
import { bytes, list, option, struct, uint } from "../codec/shape.ts";
import { ACTION_BYTES_MAX, GROUP_FOUNDERS_MAX } from "./limits.ts";
import {
  controlFields,
  decisionFields,
  filterFields,
  grantFields,
  groupKindShape,
  narrowedCutsShape,
  placeFields,
  settingFields,
} from "./rule-book.ts";
import { roleShape, ruleId } from "./vocabulary.ts";

const cuts = { cuts: narrowedCutsShape } as const;

export const RULE_BODIES = {
  "role-assigned": [
    16,
    struct({
      member: memberId,
      /** The role that it has now: a proposal does not outlive another change. */
      from: roleShape,
      to: roleShape,
      ...cuts,
    }),
  ],
  "member-removed": [17, struct({ member: memberId, ...cuts })],
  /** The author's own member leaves. */
  "member-left": [18, struct(cuts)],
  "group-created": [
    19,
    struct({
      kind: groupKindShape,
      name: blobHash,
      /** Besides its maker. */
      members: list(memberId, GROUP_FOUNDERS_MAX),
    }),
  ],
  "group-updated": [20, struct({ group: ruleId, name: blobHash })],
  "group-archived": [21, struct({ group: ruleId, ...cuts })],
  "group-member-added": [22, struct({ group: ruleId, member: memberId })],
  "group-member-removed": [23, struct({ group: ruleId, member: memberId, ...cuts })],
  "permission-granted": [24, struct(grantFields)],
  "permission-denied": [25, struct({ ...grantFields, ...cuts })],
  /** Takes back a grant or a denial. */
  "permission-ended": [26, struct({ rule: ruleId, ...cuts })],
  "control-set": [27, struct({ ...controlFields, ...cuts })],
  "filter-set": [28, struct({ ...filterFields, replaces: option(ruleId) })],
  "filter-removed": [29, struct({ filter: ruleId })],
  "place-set": [30, struct({ ...placeFields, replaces: option(ruleId) })],
  "place-removed": [31, struct({ place: ruleId })],
  "setting-changed": [32, struct({ ...settingFields, ...cuts })],
  "rules-raised": [33, struct({ version: uint(255, 1) })],
  /** Proof: the new key's own. */
  "recovery-key-replaced": [34, struct({ member: memberId, key: signingKey })],
  "secret-renewed": [35, struct({ epoch: uint(), commitment: hash32 })],
  "request-decided": [36, struct(decisionFields)],
  "emergency-recorded": [37, struct({ alert: messageId })],
  /** `member`: whose alert it is. */
  "emergency-resolved": [38, struct({ alert: messageId, member: memberId })],
  "violation-recorded": [
    39,
    struct({
      /** First 16 bytes of the hash of author, rule and day. */
      subject: ruleId,
      rule: uint(255),
      /** Whole days since the epoch. */
      day: uint(),
      count: uint(65_535, 1),
    }),
  ],
  "family-closed": [40, struct({})],
  /** The encoded body of what shall happen. Proofs: those that it needs. */
  proposed: [41, struct({ action: bytes(1, ACTION_BYTES_MAX) })],
  /** The cuts count where this word makes it happen. */
  approved: [42, struct({ proposal: ruleId, ...cuts })],
  objected: [43, struct({ proposal: ruleId })],
  /** By the member that proposed it. */
  withdrawn: [44, struct({ proposal: ruleId })],
  /** After its notice, by whoever comes first. */
  enacted: [45, struct({ proposal: ruleId, ...cuts })],
} as const;
