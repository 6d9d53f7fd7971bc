/**
 * The only place where claims become verified things: signatures are checked here, under keys that
 * the ledger state names, before any core sees the bytes. A claim that does not hold is null or a
 * reason, never a throw. SPEC VF1 to VF8. Source: DESIGN §2, §3.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import type { FamilyId, SigningKey } from "../core/codec/ids.ts";
import {
  encodeViewChange,
  viewChangeOf,
  type ConsensusMessage,
  type ProposalMessage,
  type VerifiedProposal,
  type VerifiedViewChange,
  type VerifiedVote,
  type ViewChangeMessage,
  type Vote,
} from "../core/consensus/messages.ts";
import type { Input } from "../core/consensus/replica-state.ts";
import { bodyHashOf, decodeHeader, messageIdOf, type Entry } from "../core/gossip/header.ts";
import {
  decodeRegister,
  type SignedRegister,
  type VerifiedRegister,
} from "../core/gossip/register.ts";
import { readJoin } from "../core/gossip/joins.ts";
import type { VerifiedEntry } from "../core/gossip/state.ts";
import {
  blockHashOf,
  certificateFault,
  encodeVote,
  type Block,
  type Certificate,
} from "../core/ledger/block.ts";
import type { VerifiedBlock } from "../core/ledger/chain.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import {
  actionOf,
  decodeTransaction,
  encodeReady,
  requiredProofs,
  transactionIdOf,
  type SignedTransaction,
  type VerifiedTransaction,
} from "../core/ledger/transaction.ts";
import type { CryptoSuite } from "../crypto/suite.ts";

/** Checks a transaction's signature and proofs; the author's key is the state's, or the founder's own. */
export async function verifyTransaction(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState | null,
  signed: SignedTransaction,
): Promise<VerifiedTransaction | null> {
  const decoded = decodeTransaction(signed.bytes);
  if (!decoded.ok) return null;
  const content = decoded.value;
  const authorKey = authorKeyOf(state, content);
  if (authorKey === null) return null;
  const proofs = requiredProofs(content);
  if (proofs.length !== signed.proofs.length) return null;
  const checks = [
    crypto.verify(authorKey, "transaction", family, signed.bytes, signed.signature),
    ...proofs.map(async (proof, index) => {
      const signature = signed.proofs[index];
      if (signature === undefined) return false;
      return crypto.verify(proof.key, proof.domain, family, proof.message, signature);
    }),
  ];
  if (!(await Promise.all(checks)).every(Boolean)) return null;
  if (!areKeysAdmissible(crypto, content)) return null;
  if (!(await areReady(crypto, family, state, content))) return null;
  if (!(await areVotes(crypto, family, state, content))) return null;
  return { id: transactionIdOf(family, signed.bytes), authorKey, content, signed };
}

/**
 * Whether nobody honest would have passed a transaction on: it is no transaction, or its author is
 * known here and has not signed it. One of an author that is not known yet may be true.
 */
export async function isForgedTransaction(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState,
  signed: SignedTransaction,
): Promise<boolean> {
  const decoded = decodeTransaction(signed.bytes);
  if (!decoded.ok) return true;
  const authorKey = authorKeyOf(state, decoded.value);
  if (authorKey === null) return false;
  return !(await crypto.verify(authorKey, "transaction", family, signed.bytes, signed.signature));
}

/** A transaction from this device's own disk, where it was put after it had been verified. */
export function trustTransaction(
  family: FamilyId,
  state: LedgerState | null,
  signed: SignedTransaction,
): VerifiedTransaction | null {
  const decoded = decodeTransaction(signed.bytes);
  if (!decoded.ok) return null;
  const authorKey = authorKeyOf(state, decoded.value);
  if (authorKey === null) return null;
  return { id: transactionIdOf(family, signed.bytes), authorKey, content: decoded.value, signed };
}

/** A transaction that was verified before with these very signatures. */
export type KnownTransaction = (signed: SignedTransaction) => VerifiedTransaction | null;

/** Checks every transaction of a block, but those that are known; `state` is the one before it, null for the founding block. */
export async function verifyBlock(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState | null,
  block: Block,
  known: KnownTransaction = () => null,
): Promise<VerifiedBlock | null> {
  const verified = await Promise.all(
    block.transactions.map(
      async (signed) => known(signed) ?? verifyTransaction(crypto, family, state, signed),
    ),
  );
  const transactions = verified.filter((one) => one !== null);
  if (transactions.length !== block.transactions.length) return null;
  return { block, hash: blockHashOf(family, block.header), transactions };
}

/** A block from this device's own disk. */
export function trustBlock(
  family: FamilyId,
  state: LedgerState | null,
  block: Block,
): VerifiedBlock | null {
  const trusted = block.transactions.map((signed) => trustTransaction(family, state, signed));
  const transactions = trusted.filter((one) => one !== null);
  if (transactions.length !== block.transactions.length) return null;
  return { block, hash: blockHashOf(family, block.header), transactions };
}

/** Whether the certificate is a quorum of the set in `state` for this block: exactly q checks. */
export async function isCertified(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState,
  verified: Pick<VerifiedBlock, "block" | "hash">,
  certificate: Certificate,
): Promise<boolean> {
  if (certificateFault(certificate, state.replicas) !== null) return false;
  const { epoch, height } = verified.block.header;
  const message = encodeVote({ epoch, height, view: certificate.view, blockHash: verified.hash });
  const checks = certificate.commits.map(async ({ replica, signature }) => {
    const key = findDevice(state, replica)?.key;
    return key !== undefined && crypto.verify(key, "commit", family, message, signature);
  });
  return (await Promise.all(checks)).every(Boolean);
}

/** Checks a vote under its replica's key in the state that its height builds on. */
export async function verifyVote(
  crypto: CryptoSuite,
  state: LedgerState,
  vote: Vote,
): Promise<VerifiedVote | null> {
  const device = findDevice(state, vote.replica);
  if (device === null) return null;
  const message = encodeVote(vote.body);
  const holds = await crypto.verify(device.key, vote.phase, state.family, message, vote.signature);
  return holds ? vote : null;
}

/** The PREPARE that a proposal carries. */
function prepareOf(family: FamilyId, message: ProposalMessage): Vote {
  const { epoch, height } = message.block.header;
  const blockHash = blockHashOf(family, message.block.header);
  const { view, replica, signature } = message;
  return { phase: "prepare", body: { epoch, height, view, blockHash }, replica, signature };
}

/** The height that a consensus message is about. */
export function heightOf(message: ConsensusMessage): number {
  switch (message.type) {
    case "pre-prepare":
    case "new-view":
      return message.block.header.height;
    case "view-change":
      return message.change.height;
    case "prepare":
    case "commit":
      return message.height;
  }
}

/**
 * Checks every signature of a consensus message under the keys of `state`, the one that its height
 * builds on; null where one does not hold. `now`: wall clock, milliseconds since the epoch.
 */
export async function verifyConsensus(
  crypto: CryptoSuite,
  state: LedgerState,
  message: ConsensusMessage,
  now: number,
  known: KnownTransaction = () => null,
): Promise<Input | null> {
  switch (message.type) {
    case "pre-prepare":
    case "new-view": {
      const proposal = await verifyProposal(crypto, state, message, known);
      return proposal === null ? null : { type: "proposal", proposal, now };
    }
    case "view-change": {
      const { block } = message;
      const verified =
        block === null ? null : await verifyBlock(crypto, state.family, state, block, known);
      if (block !== null && verified === null) return null;
      const change = await verifyViewChange(crypto, state, message.change);
      return change === null ? null : { type: "view-change", change, verified };
    }
    case "prepare":
    case "commit": {
      const vote = await verifyVote(crypto, state, voteOf(message));
      return vote === null ? null : { type: "vote", vote };
    }
  }
}

/**
 * Whether a device of `state` has signed it, and all votes behind it hold; of a block in it nothing is
 * asked, which may be of rules that this build does not know.
 */
export async function isSignedMessage(
  crypto: CryptoSuite,
  state: LedgerState,
  message: ConsensusMessage,
): Promise<boolean> {
  if (message.type === "view-change") {
    return (await verifyViewChange(crypto, state, message.change)) !== null;
  }
  const cited = message.type === "new-view" ? message.viewChanges : [];
  const vote = voteIn(state.family, message);
  if (vote === null || (await verifyVote(crypto, state, vote)) === null) return false;
  const checks = cited.map(async (one) => (await verifyViewChange(crypto, state, one)) !== null);
  return (await Promise.all(checks)).every(Boolean);
}

/** The vote that a wire PREPARE or COMMIT is. */
export function voteOf(message: Extract<ConsensusMessage, { type: Vote["phase"] }>): Vote {
  const { epoch, height, view, blockHash, replica, signature } = message;
  return { phase: message.type, body: { epoch, height, view, blockHash }, replica, signature };
}

/** The vote inside a consensus message, a proposal's PREPARE too; null for a VIEW-CHANGE. */
export function voteIn(family: FamilyId, message: ConsensusMessage): Vote | null {
  switch (message.type) {
    case "pre-prepare":
    case "new-view":
      return prepareOf(family, message);
    case "prepare":
    case "commit":
      return voteOf(message);
    case "view-change":
      return null;
  }
}

/** Checks a proposal: the primary's PREPARE, every transaction, every VIEW-CHANGE behind it. */
async function verifyProposal(
  crypto: CryptoSuite,
  state: LedgerState,
  message: ProposalMessage,
  known: KnownTransaction,
): Promise<VerifiedProposal | null> {
  const prepare = await verifyVote(crypto, state, prepareOf(state.family, message));
  if (prepare === null) return null;
  const cited = message.type === "new-view" ? message.viewChanges : [];
  const checked = await Promise.all(cited.map((one) => verifyViewChange(crypto, state, one)));
  const viewChanges = checked.filter((one) => one !== null);
  if (viewChanges.length !== cited.length) return null;
  const verified = await verifyBlock(crypto, state.family, state, message.block, known);
  return verified === null ? null : { verified, prepare, viewChanges };
}

/** Checks a VIEW-CHANGE's signature and those of the PREPAREs behind its claim. */
async function verifyViewChange(
  crypto: CryptoSuite,
  state: LedgerState,
  message: ViewChangeMessage,
): Promise<VerifiedViewChange | null> {
  const change = viewChangeOf(message);
  const key = findDevice(state, change.replica)?.key;
  if (key === undefined) return null;
  const bytes = encodeViewChange(change.body);
  const checks = [
    crypto.verify(key, "view-change", state.family, bytes, change.signature),
    ...(change.prepared?.prepares ?? []).map(
      async (one) => (await verifyVote(crypto, state, one)) !== null,
    ),
  ];
  return (await Promise.all(checks)).every(Boolean) ? change : null;
}

export type EntryCheck =
  | { readonly ok: true; readonly entry: VerifiedEntry }
  /** `isPeerFault`: the peer itself should have seen it. */
  | { readonly ok: false; readonly reason: string; readonly isPeerFault: boolean };

/** Decodes an entry and checks its body's hash: what can be known without a key. */
export function readEntry(family: FamilyId, entry: Entry): EntryCheck {
  const header = decodeHeader(entry.header);
  if (!header.ok) return { ok: false, reason: `header: ${header.detail}`, isPeerFault: true };
  const hasBody = entry.body.length > 0;
  if (hasBody && !isSameBytes(bodyHashOf(family, entry.body), header.value.bodyHash)) {
    return { ok: false, reason: "body hash", isPeerFault: true };
  }
  if (hasBody && entry.body.length !== header.value.bodyBytes) {
    // Its author's fault, and not to be seen without the body: who has dropped it would judge otherwise.
    return { ok: false, reason: "body length", isPeerFault: true };
  }
  const id = messageIdOf(family, entry.header);
  return { ok: true, entry: { id, header: header.value, entry } };
}

/** Checks the author's signature; an author that the ledger does not know yet is not a fault. */
export async function verifyEntry(
  crypto: CryptoSuite,
  state: LedgerState,
  entry: VerifiedEntry,
): Promise<EntryCheck> {
  const author = findDevice(state, entry.header.author);
  if (author === null) return { ok: false, reason: "unknown-author", isPeerFault: false };
  const { header, signature } = entry.entry;
  const [holds, joins] = await Promise.all([
    crypto.verify(author.key, "message", state.family, header, signature),
    checkJoins(crypto, state, entry.header),
  ]);
  if (!holds) return { ok: false, reason: "signature", isPeerFault: true };
  return joins ?? { ok: true, entry };
}

/**
 * Checks who signed what a header carries, where the height that it cites knows them: what a later one
 * signed counts for nothing, whoever signed it. Null where all holds.
 */
async function checkJoins(
  crypto: CryptoSuite,
  state: LedgerState,
  { joins, height }: VerifiedEntry["header"],
): Promise<EntryCheck | null> {
  for (const one of joins) {
    const author = readJoin(one)?.content.author;
    const signer = author === undefined ? null : findDevice(state, author);
    // A block that is not here yet may name them: not to be taken before it.
    if (signer === null && height > state.height) {
      return { ok: false, reason: "unknown-author", isPeerFault: false };
    }
    if (signer === null || signer.registeredAt > height) continue;
    const { transaction, signature } = one;
    if (!(await crypto.verify(signer.key, "transaction", state.family, transaction, signature))) {
      return { ok: false, reason: "signature of a join", isPeerFault: true };
    }
  }
  return null;
}

/** Checks a register; null when it is malformed, unknown or not signed by its device. */
export async function verifyRegister(
  crypto: CryptoSuite,
  state: LedgerState,
  signed: SignedRegister,
): Promise<VerifiedRegister | null> {
  const decoded = decodeRegister(signed.bytes, state.devices);
  if (!decoded.ok) return null;
  const device = findDevice(state, decoded.value.device);
  if (device === null) return null;
  const holds = await crypto.verify(
    device.key,
    "register",
    state.family,
    signed.bytes,
    signed.signature,
  );
  return holds ? { register: decoded.value, signed } : null;
}

function authorKeyOf(
  state: LedgerState | null,
  content: { readonly author: Uint8Array; readonly body: VerifiedTransaction["content"]["body"] },
): SigningKey | null {
  if (state !== null) return findDevice(state, content.author)?.key ?? null;
  return content.body.type === "family-created" ? content.body.deviceKey : null;
}

/** Whether every device that is to keep the rules has signed that it is ready, for this very block. */
async function areReady(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState | null,
  { body }: VerifiedTransaction["content"],
): Promise<boolean> {
  if (body.type !== "replicas-changed") return true;
  const message = encodeReady(body.parent);
  const checks = body.added.map(async ({ device, ready }) => {
    const key = state === null ? undefined : findDevice(state, device)?.key;
    return key !== undefined && crypto.verify(key, "ready", family, message, ready);
  });
  return (await Promise.all(checks)).every(Boolean);
}

/** Whether both votes of a proof are the accused device's own, under the key that the rules know. */
async function areVotes(
  crypto: CryptoSuite,
  family: FamilyId,
  state: LedgerState | null,
  { body }: VerifiedTransaction["content"],
): Promise<boolean> {
  if (body.type !== "evidence") return true;
  const key = state === null ? undefined : findDevice(state, body.device)?.key;
  if (key === undefined) return false;
  const { epoch, height, view, phase } = body;
  const checks = [body.first, body.second].map(async ({ blockHash, signature }) => {
    const message = encodeVote({ epoch, height, view, blockHash });
    return crypto.verify(key, phase, family, message, signature);
  });
  return (await Promise.all(checks)).every(Boolean);
}

/** Keys that would enter the ledger are canonical, of full order, and not degenerate. */
function areKeysAdmissible(crypto: CryptoSuite, content: VerifiedTransaction["content"]): boolean {
  const body = actionOf(content.body);
  switch (body?.type) {
    case "family-created":
      return (
        crypto.isAdmissibleSigningKey(body.deviceKey) &&
        crypto.isAdmissibleSigningKey(body.recoveryKey) &&
        crypto.isAdmissibleEncryptionKey(body.encryptionKey)
      );
    case "recovery":
      return crypto.isAdmissibleSigningKey(body.recoveryKey);
    case "invite-created":
      return crypto.isAdmissibleSigningKey(body.inviteKey);
    case "member-registered":
    case "device-registered":
      return (
        crypto.isAdmissibleSigningKey(body.request.deviceKey) &&
        crypto.isAdmissibleEncryptionKey(body.request.encryptionKey)
      );
    case "recovery-key-replaced":
      return crypto.isAdmissibleSigningKey(body.key);
    default:
      return true;
  }
}
