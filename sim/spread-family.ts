/**
 * A family of so many devices for the gossip core alone: parents with one device each, a state made by
 * hand, and entries whose signatures are filler, since the core never checks one. SPEC SI32.
 */
import {
  compareBytes,
  deviceIdOf,
  familyIdOf,
  memberIdOf,
  toHex,
  type DeviceId,
  type FamilyId,
  type Hex,
  type MemberId,
} from "../workers/core/codec/ids.ts";
import {
  bindBody,
  encodeHeader,
  messageIdOf,
  type UnboundHeader,
} from "../workers/core/gossip/header.ts";
import type { VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { LedgerView } from "../workers/core/gossip/verdict.ts";
import { NO_RULES, type NarrowedCuts, type RuleBook } from "../workers/core/ledger/rule-book.ts";
import type { Window } from "../workers/core/ledger/vocabulary.ts";
import { OFFSET_OF_UTC } from "../workers/core/ledger/week.ts";
import { stateAsOf } from "../workers/core/ledger/snapshot.ts";
import { execute } from "../workers/core/ledger/execute.ts";
import { RULES_VERSION, type LedgerState } from "../workers/core/ledger/state.ts";
import {
  encodeTransaction,
  TRANSACTION_VERSION,
  transactionIdOf,
  type VerifiedTransaction,
} from "../workers/core/ledger/transaction.ts";
import type { Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { SOUND } from "./spread-frames.ts";

export interface SpreadFamily {
  readonly family: FamilyId;
  readonly people: readonly { readonly device: DeviceId; readonly member: MemberId }[];
  /** The ledger as it begins. */
  readonly view: LedgerView;
  /** The ledger of a device at that height; one that began with a snapshot has nothing whole below it. */
  readonly viewAt: (height: number, snapshotAt?: number) => LedgerView;
  /** Height of the newest state. */
  readonly height: () => number;
  /** The next state: one may not write any more, nor say where it is, beyond the cuts; asked for by the first of all. */
  readonly mute: (index: number, cuts: NarrowedCuts, time: number) => void;
  /** The next state: one device is lost, and what it says beyond the cuts is not believed. */
  readonly revoke: (index: number, cuts: NarrowedCuts) => void;
  /** The next state, in which nothing is other. */
  readonly pass: () => void;
  /** The next state: the further device is registered. */
  readonly registerLast: (time: number) => void;
  /** The group of these people, if there is one. */
  readonly group: Uint8Array;
  /** A change that brings somebody into it, as one of them signs it. */
  readonly adding: (
    by: number,
    member: number,
    time: number,
    height: number,
  ) => VerifiedTransaction;
  /** The next state: what of these can be done is; whom it brings. Without any there is none. */
  readonly writeDown: (
    changes: readonly VerifiedTransaction[],
    time: number,
  ) => readonly { readonly member: MemberId; readonly change: Hex }[];
  /** The next state: one is in the group no more, beyond the cuts; asked for by the first of all. */
  readonly takeOut: (index: number, cuts: NarrowedCuts, time: number) => void;
  /** The entry of a header that the core composed, with a body of so many bytes. */
  readonly entryOf: (header: UnboundHeader, bodyBytes: number) => VerifiedEntry;
}

/** Milliseconds before the start at which everybody was registered. */
export const REGISTERED_BEFORE_MS = 3_600_000;

/** Somebody may write to nobody any more. */
const DENIAL = {
  isDenial: true,
  permission: "send" as const,
  scope: { type: "everybody" as const },
  condition: { type: "always" as const },
  expiresAt: null,
  ended: null,
};

/** What a scene needs of its family beside parents with one device each. */
export interface SpreadFamilyOptions {
  /** A child, whose guardian is the first of all, and its quiet hours. */
  readonly child?: { readonly index: number; readonly quiet: Window };
  /** A group of these, made by the first of all. */
  readonly group?: readonly number[];
  /** The last one is a further device of this one's member, registered when the scene says so. */
  readonly lastIsOf?: number;
}

export function createSpreadFamily(
  random: Random,
  size: number,
  { child, lastIsOf, group }: SpreadFamilyOptions = {},
): SpreadFamily {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => random.below(256));
  const family = familyIdOf(bytes(32));
  const people = Array.from({ length: size }, () => {
    const key = bytes(32);
    return { key, device: deviceIdOf(family, key), member: memberIdOf(family, key) };
  });
  const [first, last, owner] = [people[0], people.at(-1), people[lastIsOf ?? -1]];
  if (lastIsOf !== undefined && last !== undefined && owner !== undefined) {
    last.member = owner.member;
  }
  const own = lastIsOf === undefined ? people : people.slice(0, -1);
  const deviceFor = (
    { device, member, key }: (typeof people)[number],
    registeredAt: number,
    registeredTime: number,
  ): LedgerState["devices"][number] => ({
    id: device,
    member,
    key,
    encryptionKey: new Uint8Array(32).fill(7),
    registeredAt,
    registeredTime,
    revoked: null,
    convictedAt: null,
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
    members: own
      .map(({ member }, index) => ({
        id: member,
        role: index === child?.index ? ("child" as const) : ("parent" as const),
        name: new Uint8Array(32),
        registeredAt: 0,
        admittedBy: member,
        recoveryKey: null,
        formerRoles: [],
        leftAt: null,
      }))
      .sort((a, b) => compareBytes(a.id, b.id)),
    devices: own
      .map((one) => deviceFor(one, 0, EPOCH_MS - REGISTERED_BEFORE_MS))
      .sort((a, b) => compareBytes(a.id, b.id)),
    invites: [],
    replicas: people.slice(0, 1).map(({ device }) => device),
    executed: [],
    rules: {
      ...(child === undefined || first === undefined
        ? NO_RULES
        : withQuiet(child.quiet, first.member, people[child.index]?.member ?? first.member)),
      ...(group === undefined || first === undefined
        ? {}
        : {
            groups: [
              groupOf(
                first.member,
                group.flatMap((one) => people[one]?.member ?? []),
              ),
            ],
          }),
    },
  };
  const states: LedgerState[] = [state];
  const head = (): LedgerState => states.at(-1) ?? state;
  const decide = (change: (last: LedgerState, height: number) => Partial<LedgerState>): void => {
    const last = head();
    const height = last.height + 1;
    states.push({ ...last, height, time: last.time + 1, ...change(last, height) });
  };
  return {
    family,
    people,
    view: { head: state, stateAt: (cited) => (cited <= 0 ? state : null) },
    viewAt: (height, snapshotAt = 0) => {
      const first = states[snapshotAt] ?? state;
      const at = (cited: number): LedgerState =>
        cited < snapshotAt ? stateAsOf(first, cited) : (states[cited] ?? state);
      return { head: at(height), stateAt: (cited) => (cited <= height ? at(cited) : null) };
    },
    height: () => head().height,
    pass: () => decide(() => ({})),
    group: GROUP_ID,
    adding: (by, index, time, height) => {
      const signer = people[by] ?? first;
      const member = people[index]?.member;
      if (signer === undefined || member === undefined) throw new Error("nobody to bring in");
      const content = {
        version: TRANSACTION_VERSION,
        author: signer.device,
        time,
        expiresHeight: height + 1_000,
        salt: bytes(16),
        body: { type: "group-member-added", group: GROUP_ID, member } as const,
      };
      const encoded = encodeTransaction(content);
      return {
        id: transactionIdOf(family, encoded),
        authorKey: signer.key,
        content,
        signed: { bytes: encoded, signature: SOUND, proofs: [] },
      };
    },
    writeDown: (changes, time) => {
      const came: { readonly member: MemberId; readonly change: Hex }[] = [];
      let next = head();
      const context = {
        height: next.height + 1,
        time: Math.max(next.time + 1, time),
        parent: new Uint8Array(32),
        rulesKnown: RULES_VERSION,
      };
      for (const one of changes) {
        const after = execute(next, one, context);
        if (!after.ok || one.content.body.type !== "group-member-added") continue;
        next = after.state;
        came.push({ member: one.content.body.member, change: toHex(one.id) });
      }
      if (came.length > 0)
        decide(() => ({ rules: next.rules, executed: next.executed, time: context.time }));
      return came;
    },
    takeOut: (index, cuts, time) =>
      decide((last, height) => {
        const member = people[index]?.member ?? new Uint8Array(16);
        const by = first?.member ?? member;
        const ended = { height, time, signedAt: time };
        const groups = last.rules.groups.map((one) => ({
          ...one,
          members: one.members.map((entry) =>
            entry.ended === null && compareBytes(entry.member, member) === 0
              ? { ...entry, ended }
              : entry,
          ),
        }));
        const narrowing = { id: bytes(16), height, time, by, members: [member], cuts };
        const narrowings = [...last.rules.narrowings, narrowing];
        return { rules: { ...last.rules, groups, narrowings } };
      }),
    registerLast: (time) =>
      decide(({ devices }, height) => ({
        devices:
          last === undefined
            ? devices
            : [...devices, deviceFor(last, height, time)].sort((a, b) => compareBytes(a.id, b.id)),
      })),
    mute: (index, cuts, time) =>
      decide((last, height) => {
        const member = people[index]?.member ?? new Uint8Array(16);
        const by = people[0]?.member ?? member;
        const id = bytes(16);
        const denial = { ...DENIAL, id, member, by, from: height };
        // Nor says it any more where it is.
        const hidden = {
          ...denial,
          id: id.map((one) => one ^ 1),
          permission: "share-place" as const,
        };
        const narrowing = { id, height, time, by, members: [member], cuts };
        const { grants, narrowings } = last.rules;
        const rules = {
          ...last.rules,
          grants: [...grants, denial, hidden].sort((a, b) => compareBytes(a.id, b.id)),
          narrowings: [...narrowings, narrowing],
        };
        return { rules };
      }),
    revoke: (index, cuts) =>
      decide((last, height) => {
        const device = people[index]?.device ?? new Uint8Array(16);
        const own = cuts.filter((one) => compareBytes(one.device, device) === 0);
        const revoked = {
          height,
          reason: "lost" as const,
          cuts: own.map(({ stream, seq, id }) => ({ stream, seq, id })),
          staysUntil: 0,
        };
        const devices = last.devices.map((one) =>
          compareBytes(one.id, device) === 0 ? { ...one, revoked } : one,
        );
        return { devices };
      }),
    entryOf: (unbound, bodyBytes) => {
      const body = bytes(bodyBytes);
      const header = bindBody(unbound, family, body);
      const encoded = encodeHeader(header);
      return {
        id: messageIdOf(family, encoded),
        header,
        entry: { header: encoded, signature: SOUND, body, hops: 0 },
      };
    },
  };
}

const GROUP_ID = new Uint8Array(16).fill(0x67);

function groupOf(by: MemberId, members: readonly MemberId[]): RuleBook["groups"][number] {
  return {
    id: GROUP_ID,
    kind: "family",
    name: new Uint8Array(32).fill(0x67),
    members: members.map((member) => ({
      member,
      via: GROUP_ID,
      signedAt: 0,
      from: 0,
      ended: null,
    })),
    by,
    from: 0,
    ended: null,
  };
}

/** Quiet hours by the week in UTC, set by one guardian. */
function withQuiet(quiet: Window, guardian: MemberId, child: MemberId): RuleBook {
  const span = { by: guardian, from: 0, ended: null };
  const id = new Uint8Array(16).fill(1);
  const control = {
    ...span,
    id,
    child,
    version: 1,
    guardians: [guardian],
    contacts: "open" as const,
    quiet: [quiet],
    oversight: false,
    confidants: [],
    location: "own-choice" as const,
    dailyMessages: null,
    media: ["text" as const],
    endsAt: EPOCH_MS * 2,
  };
  const zone = { name: "UTC", offsets: [{ from: 0, offset: OFFSET_OF_UTC }] };
  const setting = { ...span, id, version: 1, retentionDays: 30, messageBytes: 32_768 };
  return {
    ...NO_RULES,
    controls: [control],
    settings: [{ ...setting, locationSeconds: 60, zone }],
  };
}
