/**
 * What people do about a recovery: one types the words of a parent on a device that is left, another
 * parent objects, and where there are two somebody decides on each device. Also how the screens see
 * it. When it is taken is recovery-keeper.ts. SPEC RK9 to RK12. Source: DESIGN §4.10.
 */
import type { FailureCode, RecoveryView } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import { encodeFinalised, encodeVote } from "../core/ledger/block.ts";
import { buildRecovery, ownerOfWords } from "../core/ledger/recovery.ts";
import { encodeObjection, mayObject } from "../core/ledger/recovery-wait.ts";
import { isGrown } from "../core/ledger/replica-set.ts";
import { encodeTransaction, TRANSACTION_VERSION } from "../core/ledger/transaction.ts";
import { familyNow, nameOf, ownerName, type Family } from "./family.ts";
import type { ShownRecovery } from "./recovery-keeper.ts";
import { verifyTransaction } from "./verify.ts";
import { readTyped, wordsFor } from "./words.ts";

type Fault = Extract<FailureCode, "bad-words" | "other-words" | "not-allowed" | "not-member">;

/** Why it did not happen; null if it did. */
export interface Recovering {
  readonly code: Fault;
  readonly detail: string;
}

/**
 * Names this device as the one that keeps the rules from now on. `other-words`: they are no parent's
 * of this family; `not-allowed`: a child's or contact's device, or it keeps them alone already.
 */
export async function recoverWith(family: Family, typed: string): Promise<Recovering | null> {
  const head = family.ledger.head();
  const me = family.identity.device;
  if (head === null) return fault("not-member");
  const { state } = head;
  // The head here is not the family's: what is made on it would be of the past.
  if (family.ledger.isBehindRules()) return fault("not-allowed");
  const isAlone = state.replicas.every((one) => isSameBytes(one, me));
  if (isAlone || !isGrown(state, me)) return fault("not-allowed");
  const words = await readTyped(typed);
  if (!words.ok) return fault("bad-words", words.detail);
  const { crypto } = family.env;
  const { recoverySeed } = await wordsFor(words.entropy);
  const recovery = await crypto.createSigner(recoverySeed);
  const owner = ownerOfWords(state, recovery.publicKey);
  if (owner === null) return fault("other-words");
  // Typed a second time: the first one stands, two would stop each other.
  const isMade = family.ledger.recoveries
    .all()
    .some((one) => isSameBytes(one.owner, owner.id) && isMine(family, one));
  if (isMade) return null;
  const id = family.identity.profile.family;
  const bytes = encodeTransaction({
    version: TRANSACTION_VERSION,
    author: me,
    time: familyNow(family),
    expiresHeight: state.height + 1,
    salt: crypto.randomBytes(16),
    body: {
      type: "recovery",
      epoch: state.epoch + 1,
      parent: head.hash,
      replicas: [me],
      recoveryKey: recovery.publicKey,
    },
  });
  const { signer } = family.identity;
  const transaction = await verifyTransaction(crypto, id, state, {
    bytes,
    signature: await signer.sign("transaction", id, bytes),
    proofs: [await recovery.sign("recovery", id, bytes)],
  });
  const built = transaction === null ? null : buildRecovery(head, transaction);
  if (built === null || !built.ok || built.verified === undefined) return fault("not-allowed");
  const { block, hash } = built.verified;
  const { epoch, height } = block.header;
  const vote = encodeVote({ epoch, height, view: 0, blockHash: hash });
  const commits = [{ replica: me, signature: await signer.sign("commit", id, vote) }];
  const finalised = encodeFinalised({ block, certificate: { view: 0, commits } });
  const taken = await family.ledger.recoveries.takeBlock(finalised, null);
  return taken === null ? null : fault("not-allowed");
}

/** A parent on whose device it was not made says no: nobody takes it who hears of it in time. */
export async function objectTo(family: Family, recovery: string): Promise<Recovering | null> {
  const shown = shownOf(family, recovery);
  if (shown === null || !canObject(family, shown)) return fault("not-allowed");
  const { signer, device, profile } = family.identity;
  const message = encodeObjection(shown.hash);
  const signature = await signer.sign("recovery-objection", profile.family, message);
  await family.ledger.recoveries.takeObjection({ recovery: shown.hash, device, signature }, null);
  return null;
}

/** Of several, this device takes this one when its time has come. */
export async function chooseRecovery(family: Family, recovery: string): Promise<Recovering | null> {
  const shown = shownOf(family, recovery);
  const isChosen = shown !== null && (await family.ledger.recoveries.choose(shown.hash));
  return isChosen ? null : fault("not-allowed");
}

/** As the screens see them. */
export function recoveryViews(family: Family): readonly RecoveryView[] {
  return family.ledger.recoveries.all().map((one) => {
    const { standing, verified } = one;
    const { primary } = verified.block.header;
    const hasTime = standing.type === "waits" || standing.type === "rivalled";
    return {
      id: toHex(one.hash),
      wordsOf: nameOf(family, one.owner),
      by: ownerName(family, primary),
      isMine: isMine(family, one),
      madeAt: verified.block.header.time,
      standing: standing.type,
      takesAt: hasTime ? familyNow(family) + standing.leftMs : 0,
      objectedBy: standing.type === "objected" ? ownerName(family, standing.by) : null,
      canObject: standing.type !== "objected" && canObject(family, one),
    };
  });
}

/** Whether words typed here could name this device: it is left, and others kept the rules. */
export function canRecover(family: Family): boolean {
  const head = family.ledger.head();
  const me = family.identity.device;
  if (head === null || !isGrown(head.state, me) || family.ledger.isBehindRules()) return false;
  return head.state.replicas.some((one) => !isSameBytes(one, me));
}

function canObject(family: Family, { verified }: ShownRecovery): boolean {
  const head = family.ledger.head();
  return (
    head !== null && mayObject(head.state, verified.block.header.primary, family.identity.device)
  );
}

function isMine(family: Family, { verified }: ShownRecovery): boolean {
  return isSameBytes(verified.block.header.primary, family.identity.device);
}

function shownOf(family: Family, recovery: string): ShownRecovery | null {
  if (!/^[0-9a-f]{64}$/.test(recovery)) return null;
  const hash = fromHex(recovery);
  return family.ledger.recoveries.all().find((one) => isSameBytes(one.hash, hash)) ?? null;
}

function fault(code: Fault, detail = ""): Recovering {
  return { code, detail };
}
