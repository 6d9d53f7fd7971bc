/**
 * A family of so many devices for the gossip core alone: parents with one device each, a state made by
 * hand, and entries whose signatures are filler, since the core never checks one. SPEC SI32.
 */
import {
  compareBytes,
  deviceIdOf,
  familyIdOf,
  memberIdOf,
  type DeviceId,
  type FamilyId,
  type MemberId,
} from "../workers/core/codec/ids.ts";
import {
  bodyHashOf,
  encodeHeader,
  messageIdOf,
  type UnboundHeader,
} from "../workers/core/gossip/header.ts";
import type { VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { LedgerView } from "../workers/core/gossip/verdict.ts";
import { NO_RULES } from "../workers/core/ledger/rule-book.ts";
import { RULES_VERSION, type LedgerState } from "../workers/core/ledger/state.ts";
import type { Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";

export interface SpreadFamily {
  readonly family: FamilyId;
  readonly people: readonly { readonly device: DeviceId; readonly member: MemberId }[];
  readonly view: LedgerView;
  /** The entry of a header that the core composed, with a body of so many bytes. */
  readonly entryOf: (header: UnboundHeader, bodyBytes: number) => VerifiedEntry;
}

/** Milliseconds before the start at which everybody was registered. */
const REGISTERED_BEFORE_MS = 3_600_000;

/** At most 128 devices: members. */
export function createSpreadFamily(random: Random, size: number): SpreadFamily {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => random.below(256));
  const family = familyIdOf(bytes(32));
  const people = Array.from({ length: size }, () => {
    const key = bytes(32);
    return { key, device: deviceIdOf(family, key), member: memberIdOf(family, key) };
  });
  const state: LedgerState = {
    rulesVersion: RULES_VERSION,
    family,
    epoch: 0,
    height: 0,
    time: EPOCH_MS - REGISTERED_BEFORE_MS,
    familyName: bytes(32),
    secretEpoch: 1,
    secretCommitment: bytes(32),
    retentionDays: 30,
    members: people
      .map(({ member }) => ({
        id: member,
        role: "parent" as const,
        name: new Uint8Array(32),
        registeredAt: 0,
        admittedBy: member,
        recoveryKey: null,
        formerRoles: [],
        leftAt: null,
      }))
      .sort((a, b) => compareBytes(a.id, b.id)),
    devices: people
      .map(({ device, member, key }) => ({
        id: device,
        member,
        key,
        encryptionKey: new Uint8Array(32).fill(7),
        registeredAt: 0,
        registeredTime: EPOCH_MS - REGISTERED_BEFORE_MS,
        revoked: null,
        convictedAt: null,
      }))
      .sort((a, b) => compareBytes(a.id, b.id)),
    invites: [],
    replicas: people.slice(0, 1).map(({ device }) => device),
    executed: [],
    rules: NO_RULES,
  };
  return {
    family,
    people,
    view: { head: state, stateAt: (height) => (height <= state.height ? state : null) },
    entryOf: (unbound, bodyBytes) => {
      const body = bytes(bodyBytes);
      const header = { ...unbound, bodyHash: bodyHashOf(family, body) };
      const encoded = encodeHeader(header);
      return {
        id: messageIdOf(family, encoded),
        header,
        entry: { header: encoded, signature: new Uint8Array(64), body, hops: 0 },
      };
    },
  };
}
