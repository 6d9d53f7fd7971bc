/**
 * Changes that the person on this device asked for and that were refused only when they came to be
 * written down: kept in the commit that lets them go, until they are told, over a restart too. What
 * makes itself (enactments, proofs, who keeps the rules) and what an invite's own screen tells is not
 * here. SPEC DI20 to DI22. Source: DESIGN §4.13.
 */
import type { RefusedChange, RefusedWhy } from "../api.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type Hex } from "../core/codec/ids.ts";
import type { Refusal } from "../core/ledger/execute.ts";
import {
  actionOf,
  decodeSignedTransaction,
  decodeTransaction,
  encodeSignedTransaction,
  transactionIdOf,
  type Transaction,
  type VerifiedTransaction,
} from "../core/ledger/transaction.ts";
import { prefixRange, type Write } from "../storage/store.ts";
import { stateOf, type Family } from "./family.ts";
import { REFUSED_CHANGES_MAX } from "./limits.ts";
import { describeChange } from "./rule-changes.ts";

export interface RefusedChanges {
  /** What the commit that lets one go writes with it: nothing for what nobody is told. */
  readonly writesFor: (transaction: VerifiedTransaction, reason: Refusal) => readonly Write[];
  /** After that commit. True where there is something to tell. */
  readonly note: (transaction: VerifiedTransaction, reason: Refusal) => boolean;
  /** The oldest first. */
  readonly views: () => readonly RefusedChange[];
  /** The person has read it. */
  readonly dismiss: (id: string) => Promise<void>;
}

const TABLE_KEY = "refused";

interface Kept {
  readonly content: Transaction;
  readonly why: RefusedWhy;
  /** Order in which they were refused. */
  readonly place: number;
}

export async function openRefusedChanges(family: Family): Promise<RefusedChanges> {
  const { env, identity } = family;
  const kept = new Map<Hex, Kept>();
  for (const { value } of await env.store.list("meta", prefixRange([TABLE_KEY]))) {
    const read = readStored(value);
    if (read === null) continue;
    kept.set(toHex(transactionIdOf(identity.profile.family, read.bytes)), read.kept);
  }

  return { writesFor, note, views, dismiss };

  function isTold({ content }: VerifiedTransaction): boolean {
    return isSameBytes(content.author, identity.device) && isPressed(content);
  }

  function nextPlace(): number {
    return 1 + Math.max(0, ...[...kept.values()].map((one) => one.place));
  }

  function writesFor(transaction: VerifiedTransaction, reason: Refusal): readonly Write[] {
    if (!isTold(transaction)) return [];
    const value = [encodeSignedTransaction(transaction.signed), whyOf(reason), nextPlace()];
    const gone = surplus().map((name): Write => ({
      type: "delete",
      table: "meta",
      key: keyOf(name),
    }));
    return [...gone, { type: "put", table: "meta", key: keyOf(toHex(transaction.id)), value }];
  }

  /** Those that make room for one more. */
  function surplus(): readonly Hex[] {
    const names = [...kept].toSorted(([, a], [, b]) => a.place - b.place).map(([name]) => name);
    return names.slice(0, Math.max(0, names.length + 1 - REFUSED_CHANGES_MAX));
  }

  function note(transaction: VerifiedTransaction, reason: Refusal): boolean {
    if (!isTold(transaction)) return false;
    const place = nextPlace();
    for (const name of surplus()) kept.delete(name);
    kept.set(toHex(transaction.id), {
      content: transaction.content,
      why: whyOf(reason),
      place,
    });
    return true;
  }

  function views(): readonly RefusedChange[] {
    if (family.ledger.head() === null) return [];
    return [...kept]
      .toSorted(([, a], [, b]) => a.place - b.place)
      .map(([id, { content, why }]) => ({
        id,
        change: describeChange(family, content.body, stateOf(family)),
        why,
      }));
  }

  async function dismiss(id: string): Promise<void> {
    if (!kept.has(id)) return;
    await env.store.commit([{ type: "delete", table: "meta", key: keyOf(id) }], {
      durability: "relaxed",
      fence: family.fence,
    });
    kept.delete(id);
  }
}

function keyOf(name: Hex): readonly [string, string] {
  return [TABLE_KEY, name];
}

function readStored(value: unknown): { readonly bytes: Uint8Array; readonly kept: Kept } | null {
  if (!Array.isArray(value)) return null;
  const [bytes, why, place] = value as readonly unknown[];
  if (!(bytes instanceof Uint8Array) || typeof place !== "number") return null;
  const reason = WHYS.find((one) => one === why);
  const signed = decodeSignedTransaction(bytes);
  if (reason === undefined || !signed.ok) return null;
  const content = decodeTransaction(signed.value.bytes);
  if (!content.ok) return null;
  return { bytes: signed.value.bytes, kept: { content: content.value, why: reason, place } };
}

/** Whether somebody pressed something for it that tells no more of itself. */
function isPressed({ body }: Transaction): boolean {
  const action = actionOf(body);
  switch (action?.type) {
    case undefined:
    case "family-created":
    case "recovery":
    case "evidence":
    case "enacted":
    case "violation-recorded":
    case "replicas-changed":
    case "invite-created":
    case "invite-revoked":
    case "member-registered":
    case "device-registered":
      return false;
    default:
      return true;
  }
}

const WHYS: readonly RefusedWhy[] = ["settled", "too-late", "too-many", "last-one", "not-allowed"];

/** The ledger's refusals, as far as they differ for a person who reads them later. */
function whyOf(refusal: Refusal): RefusedWhy {
  switch (refusal) {
    case "expired":
    case "proposal-expired":
      return "too-late";
    case "too-many-today":
    case "too-many-proposals":
    case "too-many-rules":
    case "full":
      return "too-many";
    case "last-parent":
    case "last-parent-device":
    case "last-replica":
    case "is-replica":
      return "last-one";
    case "already-left":
    case "already-revoked":
    case "already-said":
    case "already-in-group":
    case "not-in-group":
    case "outdated":
    case "unknown-proposal":
    case "unknown-group":
    case "unknown-rule":
    case "unknown-emergency":
    case "repeated-proposal":
    case "repeated-decision":
    case "repeated-emergency":
    case "rules-moved":
      return "settled";
    default:
      return "not-allowed";
  }
}
