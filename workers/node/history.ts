/**
 * Who changed which rule when, read from the stored chain, newest first and page by page; and for each
 * block its proof, of which every signature is checked again for the answer. Changes nothing. Below a
 * snapshot there is nothing to tell until the blocks there are fetched: the page is told from which
 * height on it is whole. SPEC HI5 to HI12. Source: DESIGN §4.2, §4.3, §9.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import type { BlockHash } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  quorumOf,
  transactionsRootOf,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import { enterHeight, execute } from "../core/ledger/execute.ts";
import { permits } from "../core/ledger/permits.ts";
import { findDevice, type LedgerState } from "../core/ledger/state.ts";
import type { VerifiedTransaction } from "../core/ledger/transaction.ts";
import type {
  BlockProof,
  HistoryBlock,
  HistoryChange,
  HistoryPage,
  HistoryRequest,
  Result,
} from "../api.ts";
import { isRecoveryBlock } from "./chain-track.ts";
import { familyNow, myMember, type Family } from "./family.ts";
import { HISTORY_BLOCKS_MAX, HISTORY_READ_MAX, HISTORY_SCAN_MAX } from "./limits.ts";
import { done, failed } from "./result.ts";
import { describeChange, someDeviceOf, someoneOf } from "./rule-changes.ts";
import { isCertified, trustBlock, verifyBlock } from "./verify.ts";

/** A block with the rules before and after it; before the founding one there are none. */
interface Step {
  readonly finalised: FinalisedBlock;
  readonly height: number;
  readonly hash: BlockHash;
  readonly before: LedgerState | null;
  readonly after: LedgerState;
  /** The hash that it must have: what the block above it, or the head, builds on. */
  readonly expected: Uint8Array;
}

/**
 * A page of the history, or `not-allowed` with the rule that refuses. Takes any numbers.
 * @param scanMax blocks that it looks at for one page
 */
export async function listHistory(
  family: Family,
  request: HistoryRequest,
  scanMax = HISTORY_SCAN_MAX,
): Promise<Result<HistoryPage>> {
  const me = myMember(family);
  const head = family.ledger.head();
  if (me === null || head === null) return failed("not-member");
  const permission = permits(
    head.state,
    me.id,
    "see-history",
    { type: "family" },
    familyNow(family),
  );
  if (!permission.ok) return failed("not-allowed", permission.rule);
  const from = oldestHeight(family);
  const limit = Math.max(1, Math.min(HISTORY_BLOCKS_MAX, Math.floor(request.limit) || 1));
  const above = topOf(request.before, head.state.height);
  const blocks: HistoryBlock[] = [];
  let next = above;
  for await (const step of stepsBelow(family, above, from)) {
    const changes = changesOf(family, step).filter((one) => !request.isAboutMe || one.isAboutMe);
    if (changes.length > 0) blocks.push(await blockView(family, step, changes));
    next = step.height;
    if (blocks.length >= limit || above - next >= scanMax) break;
  }
  return done({ blocks, top: above - 1, next: next > from && next < above ? next : null, from });
}

/** The height above the first block that is asked for. */
function topOf(before: number | null, height: number): number {
  const isHeight = Number.isSafeInteger(before) && before !== null && before >= 0;
  return isHeight ? Math.min(before, height + 1) : height + 1;
}

/** A snapshot's own block is here as a header alone. */
function oldestHeight({ ledger }: Family): number {
  return ledger.missingBelow() === null ? 0 : ledger.firstHeight() + 1;
}

/** Blocks below a height down to the oldest, as far as they follow each other. */
async function* stepsBelow(family: Family, above: number, from: number): AsyncGenerator<Step> {
  const { ledger, env, identity } = family;
  const top = ledger.head();
  let expected: Uint8Array | null =
    top !== null && above > top.state.height ? top.hash : await parentNamedBy(family, above);
  let height = above - 1;
  while (height >= from && expected !== null) {
    const low = Math.max(from, height + 1 - HISTORY_READ_MAX);
    const range = { from: [low], to: [height + 1] };
    const rows = await env.store.list("blocks", range, { reverse: true });
    if (rows.length === 0) return;
    for (const { value } of rows) {
      const finalised = readBlock(value);
      const before = height === 0 ? null : ledger.stateAt(height - 1);
      const after = ledger.stateAt(height);
      const isNext = finalised?.block.header.height === height;
      if (!isNext || after === null || (before === null && height > 0)) return;
      const hash = blockHashOf(identity.profile.family, finalised.block.header);
      yield { finalised, height, hash, before, after, expected };
      expected = finalised.block.header.parent;
      height -= 1;
    }
  }
}

/** What the block at a height builds on; null where it is not here. */
async function parentNamedBy({ env }: Family, height: number): Promise<Uint8Array | null> {
  const finalised = readBlock(await env.store.get("blocks", [height]));
  return finalised?.block.header.parent ?? null;
}

function readBlock(value: unknown): FinalisedBlock | null {
  const decoded = value instanceof Uint8Array ? decodeFinalised(value) : null;
  return decoded?.ok === true ? decoded.value : null;
}

/** Its changes in the order in which they took effect, each by the rules that it found. */
function changesOf(family: Family, step: Step): readonly HistoryChange[] {
  const { before, after, finalised } = step;
  const trusted = trustBlock(family.identity.profile.family, before, finalised.block);
  if (trusted === null) return [];
  const { transactions } = trusted;
  const [only, ...others] = transactions;
  if (before === null || (only !== undefined && others.length === 0)) {
    return transactions.map((one) => changeOf(family, one, before ?? after, after));
  }
  const { header } = finalised.block;
  // It was judged when it was taken: whatever it raised the rules to is known here.
  const context = { ...header, rulesKnown: header.rulesVersion };
  let state = enterHeight(before, context);
  return transactions.map((transaction) => {
    const found = state;
    const executed = execute(found, transaction, context);
    state = executed.ok ? executed.state : found;
    return changeOf(family, transaction, found, state);
  });
}

function changeOf(
  family: Family,
  { id, content }: VerifiedTransaction,
  before: LedgerState,
  after: LedgerState,
): HistoryChange {
  const { author, body } = content;
  const owner = findDevice(after, author)?.member;
  const by = owner === undefined ? { id: "", name: null, isMe: false } : someoneOf(family, owner);
  const change = describeChange(family, body, before);
  return {
    id: toHex(id),
    by,
    device: someDeviceOf(family, author, after),
    change,
    isDone: isDecided(body, id, after),
    isAboutMe: by.isMe || namesMe(change),
  };
}

/** Whether what a proposal asked for happened with this word about it. */
function isDecided(
  body: VerifiedTransaction["content"]["body"],
  id: Uint8Array,
  after: LedgerState,
): boolean {
  const isOpen = (proposal: Uint8Array): boolean =>
    after.rules.proposals.some((one) => isSameBytes(one.id, proposal));
  switch (body.type) {
    case "proposed":
      return !isOpen(id.slice(0, 16));
    case "approved":
    case "enacted":
      return !isOpen(body.proposal);
    default:
      return false;
  }
}

/** Whether I am named anywhere in it. */
function namesMe(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { isMe } = value as { readonly isMe?: unknown };
  return isMe === true || Object.values(value).some(namesMe);
}

async function blockView(
  family: Family,
  step: Step,
  changes: readonly HistoryChange[],
): Promise<HistoryBlock> {
  const { height, finalised } = step;
  const { time } = finalised.block.header;
  return { height, time, changes, proof: await proofOf(family, step) };
}

async function proofOf(family: Family, step: Step): Promise<BlockProof> {
  const { block, certificate } = step.finalised;
  const { header } = block;
  const isRecovery = isRecoveryBlock(block);
  const set = signersOf(step, isRecovery);
  return {
    hash: toHex(step.hash),
    parent: toHex(header.parent),
    signers: certificate.commits.map(({ replica }) => someDeviceOf(family, replica, set)),
    quorum: quorumOf(set.replicas.length),
    keepers: set.replicas.length,
    isRecovery,
    isChecked: await isProven(family, step, set),
  };
}

/** The rules whose replicas sign it: those before it; of a recovery, the device that made it. */
function signersOf({ before, after, finalised }: Step, isRecovery: boolean): LedgerState {
  if (before === null) return after;
  return isRecovery ? { ...before, replicas: [finalised.block.header.primary] } : before;
}

/** Whether it stands in this device's chain, and everybody who had to has signed it and what it holds. */
async function isProven(family: Family, step: Step, set: LedgerState): Promise<boolean> {
  const { env, identity } = family;
  const { family: id } = identity.profile;
  const { block, certificate } = step.finalised;
  if (!isSameBytes(step.hash, step.expected)) return false;
  if (!(await isCertified(env.crypto, id, set, { block, hash: step.hash }, certificate))) {
    return false;
  }
  const verified = await verifyBlock(env.crypto, id, step.before, block);
  if (verified === null) return false;
  const ids = verified.transactions.map((one) => one.id);
  return isSameBytes(block.header.transactions, transactionsRootOf(id, ids));
}
