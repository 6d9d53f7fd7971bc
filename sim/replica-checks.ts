/**
 * What checking signatures gives in the simulated replica set, asked of the oracle: consensus
 * messages become inputs of the core or nothing, certificates hold or do not. Also makes the forgery
 * that must never hold. SPEC SI5, SI21. Source: workers/node/verify.ts, of which this is the twin.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import {
  decodeConsensus,
  encodeViewChange,
  viewChangeOf,
  type ConsensusMessage,
  type VerifiedViewChange,
  type Vote,
  type ViewChangeMessage,
} from "../workers/core/consensus/messages.ts";
import type { Input } from "../workers/core/consensus/replica-state.ts";
import { blockHashOf, encodeVote, type Block } from "../workers/core/ledger/block.ts";
import type { Head, VerifiedBlock } from "../workers/core/ledger/chain.ts";
import { voteIn } from "../workers/node/verify.ts";
import { quorum } from "./checkers/chain.ts";
import { isSigned, type Oracle } from "./oracle-crypto.ts";
import type { ReplicaFamily } from "./replica-family.ts";
import type { Certified, Station } from "./station.ts";

export interface Checks {
  /**
   * What a message is to the core; null where a signature does not hold. The same bytes come to
   * many: they are read once.
   */
  readonly read: (bytes: Uint8Array, now: number) => Input | null;
  /** What a wire VIEW-CHANGE says, if all of its signatures hold. */
  readonly verifyChange: (message: ViewChangeMessage) => VerifiedViewChange | null;
  /** q distinct signers of the set after `head`; with `countsSignatures` q signatures, which is wrong. */
  readonly isCertified: (block: Certified, head: Head, countsSignatures: boolean) => boolean;
  /** Who has really signed the COMMITs of a certificate. */
  readonly signersOf: (block: Certified) => readonly Hex[];
  /** The victim's last block, certified by one signature as often as a quorum needs. */
  readonly forge: (liar: Station, victim: Station) => Certified | null;
}

export function createChecks(oracle: Oracle, family: ReplicaFamily): Checks {
  const known = new WeakMap<Uint8Array, Input | null>();
  return { read, verifyChange, isCertified, signersOf, forge };

  function read(bytes: Uint8Array, now: number): Input | null {
    let input = known.get(bytes);
    if (input === undefined) {
      const decoded = decodeConsensus(bytes);
      input = decoded.ok ? inputOf(decoded.value, now) : null;
      known.set(bytes, input);
    }
    return input?.type === "proposal" ? { ...input, now } : input;
  }

  function inputOf(message: ConsensusMessage, now: number): Input | null {
    if (message.type === "view-change") {
      const change = verifyChange(message.change);
      const verified = message.block === null ? null : verify(message.block);
      if (change === null || (message.block !== null && verified === null)) return null;
      return { type: "view-change", change, verified };
    }
    const vote = voteIn(family.family, message);
    if (vote === null || !isVoteSigned(vote)) return null;
    if (message.type === "prepare" || message.type === "commit") return { type: "vote", vote };
    const verified = verify(message.block);
    const cited = message.type === "new-view" ? message.viewChanges : [];
    const viewChanges = cited.flatMap((one) => verifyChange(one) ?? []);
    if (verified === null || viewChanges.length !== cited.length) return null;
    return { type: "proposal", proposal: { verified, prepare: vote, viewChanges }, now };
  }

  function verifyChange(message: ViewChangeMessage): VerifiedViewChange | null {
    const change = viewChangeOf(message);
    const bytes = encodeViewChange(change.body);
    const prepares = change.prepared?.prepares ?? [];
    const holds =
      holdsFor(change.replica, "view-change", bytes, change.signature) &&
      prepares.every((one) => isVoteSigned(one));
    return holds ? change : null;
  }

  function isVoteSigned({ replica, phase, body, signature }: Vote): boolean {
    return holdsFor(replica, phase, encodeVote(body), signature);
  }

  function holdsFor(
    device: Uint8Array,
    domain: "prepare" | "commit" | "view-change",
    bytes: Uint8Array,
    signature: Uint8Array,
  ): boolean {
    const signer = family.members.find((one) => toHex(one.device) === toHex(device))?.signer;
    if (signer === undefined) return false;
    return isSigned(oracle, signer.publicKey, domain, family.family, bytes, signature);
  }

  function verify(block: Block): VerifiedBlock | null {
    const transactions = block.transactions.flatMap(
      (one) => family.known.get(toHex(one.bytes)) ?? [],
    );
    if (transactions.length !== block.transactions.length) return null;
    return { block, hash: blockHashOf(family.family, block.header), transactions };
  }

  function isCertified(block: Certified, { state }: Head, countsSignatures: boolean): boolean {
    const signers = signersOf(block);
    const set = new Set(state.replicas.map((one) => toHex(one)));
    if (signers.length !== block.certificate.commits.length) return false;
    if (!signers.every((one) => set.has(one))) return false;
    const count = countsSignatures ? signers.length : new Set(signers).size;
    return count >= quorum(set.size);
  }

  function signersOf({ verified, certificate }: Certified): readonly Hex[] {
    const { epoch, height } = verified.block.header;
    const body = { epoch, height, view: certificate.view, blockHash: verified.hash };
    return certificate.commits
      .filter((one) => isVoteSigned({ phase: "commit", body, ...one }))
      .map((one) => toHex(one.replica));
  }

  function forge(liar: Station, victim: Station): Certified | null {
    const genuine = victim.disk.chain.at(-1);
    if (genuine === undefined) return null;
    const { header } = genuine.verified.block;
    const { hash } = genuine.verified;
    const { epoch, height } = header;
    const message = encodeVote({ epoch, height, view: 0, blockHash: hash });
    const signature = liar.signer.sign("commit", family.family, message);
    const q = quorum(victim.disk.head.state.replicas.length);
    const commits = Array.from({ length: q }, () => ({ replica: liar.device, signature }));
    return { verified: genuine.verified, certificate: { view: 0, commits } };
  }
}
