/**
 * A family whose rules name several replicas from the start, made by hand: parents with a device
 * each, the first n of them replicas. Transactions create and revoke invites, and change the set.
 * SPEC SI21.
 */
import {
  compareBytes,
  deviceIdOf,
  familyIdOf,
  memberIdOf,
  toHex,
} from "../workers/core/codec/ids.ts";
import type { BlockHash, DeviceId, FamilyId, InviteId } from "../workers/core/codec/ids.ts";
import { inviteIdOf } from "../workers/core/codec/ids.ts";
import { NO_RULES } from "../workers/core/ledger/rule-book.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { buildRecovery } from "../workers/core/ledger/recovery.ts";
import { RULES_VERSION, type LedgerState } from "../workers/core/ledger/state.ts";
import {
  encodeTransaction,
  transactionIdOf,
  type TransactionBody,
  type VerifiedTransaction,
} from "../workers/core/ledger/transaction.ts";
import type { Random } from "../workers/core/random.ts";
import { EPOCH_MS } from "./device-clock.ts";
import { createOracleSigner, type Oracle, type OracleSigner } from "./oracle-crypto.ts";

export interface ReplicaFamily {
  readonly family: FamilyId;
  readonly head: Head;
  readonly members: readonly { readonly device: DeviceId; readonly signer: OracleSigner }[];
  /** A transaction of one of the parents at a wall time. */
  readonly transact: (author: number, now: number) => VerifiedTransaction;
  /** The rules' next version, by one of the parents. */
  readonly raiseRules: (author: number, now: number, version: number) => VerifiedTransaction;
  /** Takes devices into the set that keeps the rules, and out of it, in the block after `parent`. */
  readonly changeSet: (author: number, now: number, change: SetChange) => VerifiedTransaction;
  /** The first parent's words, typed on a device: the block that they make on a head. */
  readonly recover: (author: number, now: number, head: Head) => VerifiedBlock;
  /** Every transaction ever made, by the hex of its bytes: what checking its signature would give. */
  readonly known: ReadonlyMap<string, VerifiedTransaction>;
}

export interface SetChange {
  readonly parent: BlockHash;
  readonly added: readonly DeviceId[];
  readonly removed: readonly DeviceId[];
}

const HOUR_MS = 3_600_000;

/** `size` replicas and `spares` further devices. */
export function createReplicaFamily(
  oracle: Oracle,
  random: Random,
  size: number,
  spares: number,
): ReplicaFamily {
  const bytes = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => random.below(256));
  const words = createOracleSigner(oracle, bytes(32));
  const family = familyIdOf(words.publicKey);
  const members = Array.from({ length: size + spares }, () => {
    const signer = createOracleSigner(oracle, bytes(32));
    const device = deviceIdOf(family, signer.publicKey);
    return { device, signer, member: memberIdOf(family, signer.publicKey) };
  });
  const known = new Map<string, VerifiedTransaction>();
  const invites: InviteId[] = [];
  const state: LedgerState = {
    rulesVersion: RULES_VERSION,
    family,
    epoch: 0,
    height: 0,
    time: EPOCH_MS,
    familyName: bytes(32),
    secretEpoch: 1,
    secretCommitment: bytes(32),
    retentionDays: 30,
    members: members
      .map(({ member }, index) => ({
        id: member,
        role: "parent" as const,
        name: new Uint8Array(32),
        registeredAt: 0,
        admittedBy: member,
        recoveryKey: index === 0 ? words.publicKey : null,
        formerRoles: [],
        leftAt: null,
      }))
      .sort((a, b) => compareBytes(a.id, b.id)),
    devices: members
      .map(({ device, member, signer }) => ({
        id: device,
        member,
        key: signer.publicKey,
        encryptionKey: new Uint8Array(32).fill(7),
        registeredAt: 0,
        registeredTime: EPOCH_MS,
        revoked: null,
        convictedAt: null,
      }))
      .sort((a, b) => compareBytes(a.id, b.id)),
    invites: [],
    replicas: members.slice(0, size).map((one) => one.device),
    executed: [],
    rules: NO_RULES,
  };
  const [first] = members;
  if (first === undefined) throw new Error("invariant: a family has a replica");
  const founder = first;

  const bodyOf = (now: number): TransactionBody => {
    const invite = invites.length > 2 ? invites.shift() : undefined;
    if (invite !== undefined) return { type: "invite-revoked", invite };
    const { publicKey } = createOracleSigner(oracle, bytes(32));
    invites.push(inviteIdOf(family, publicKey));
    const expiresAt = now + HOUR_MS;
    return { type: "invite-created", inviteKey: publicKey, role: "child", member: null, expiresAt };
  };
  return {
    family,
    head: { state, hash: bytes(32), primary: first.device },
    members,
    known,
    transact: (author, now) => sign(author, now, bodyOf(now)),
    recover: (author, now, { state, hash, primary }) => {
      const by = members[author % members.length] ?? founder;
      const body = {
        type: "recovery",
        epoch: state.epoch + 1,
        parent: hash,
        replicas: [by.device],
        recoveryKey: words.publicKey,
      } as const;
      const transaction = sign(author, now, body, state.height + 1);
      const built = buildRecovery({ state, hash, primary }, transaction);
      if (built.verified === undefined) throw new Error("invariant: an own recovery is valid");
      return built.verified;
    },
    raiseRules: (author, now, version) => sign(author, now, { type: "rules-raised", version }),
    changeSet: (author, now, { parent, added, removed }) => {
      const joining = added.map((device) => ({ device, ready: bytes(64) }));
      return sign(author, now, { type: "replicas-changed", parent, added: joining, removed });
    },
  };

  function sign(
    author: number,
    now: number,
    body: TransactionBody,
    expiresHeight = 4_000,
  ): VerifiedTransaction {
    const by = members[author % members.length] ?? founder;
    const content = {
      version: 1,
      author: by.device,
      time: now,
      expiresHeight,
      salt: bytes(16),
      body,
    };
    const encoded = encodeTransaction(content);
    const signature = by.signer.sign("transaction", family, encoded);
    const transaction = {
      id: transactionIdOf(family, encoded),
      authorKey: by.signer.publicKey,
      content,
      signed: { bytes: encoded, signature, proofs: [] },
    };
    known.set(toHex(encoded), transaction);
    return transaction;
  }
}
