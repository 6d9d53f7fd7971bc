/**
 * What a person should know, out of all that was found: few sentences, the gravest first. Pure.
 * SPEC CK5.
 */

import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";
import { t } from "../strings/strings.ts";
import { countWaiting } from "../text/diagnostics.ts";
import type { Ability, AbilityName } from "./abilities.ts";

/** Used of what the browser gives, above which it is said. */
const SPACE_SHARE_MAX = 0.8;

export interface Facts {
  readonly snapshot: NodeSnapshot;
  readonly diagnostics: Diagnostics | null;
  /** Null until all were tried. */
  readonly abilities: readonly Ability[] | null;
  readonly isOnline: boolean;
}

export function findFindings(facts: Facts): readonly string[] {
  const words = t.check.findings;
  const waiting = countWaiting(facts.snapshot);
  const found: readonly (readonly [boolean, string])[] = [
    [lacks(facts, "webrtc"), words.noWebrtc],
    ...connectionFindings(facts),
    [waiting > 0, words.waiting(waiting)],
    ...rulesFindings(facts),
    [isNearlyFull(facts), words.nearlyFull],
    [lacks(facts, "persistence"), words.mayForget],
    [lacks(facts, "strict-writes"), words.looseWrites],
    [lacks(facts, "ed25519") || lacks(facts, "x25519"), words.noCrypto],
  ];
  return found.filter(([isSo]) => isSo).map(([, sentence]) => sentence);
}

function connectionFindings({ snapshot, isOnline }: Facts): (readonly [boolean, string])[] {
  const words = t.check.findings;
  const { linked, others, signalling } = snapshot.connection;
  return [
    [!isOnline, words.offline],
    [isOnline && signalling === "closed", words.noServer],
    [others > 0 && linked === 0, words.nobody],
  ];
}

function rulesFindings({ snapshot, diagnostics }: Facts): (readonly [boolean, string])[] {
  const words = t.check.findings;
  const { quorum = 0, linked = 0, isMine = false } = diagnostics?.replicas ?? {};
  const atWork = linked + (isMine ? 1 : 0);
  const { split } = snapshot.ledger;
  return [
    [split !== null, words.split(split?.people ?? [])],
    [snapshot.ledger.pending > 0, words.changes],
    [quorum > 0 && atWork < quorum, words.quorum],
  ];
}

function isNearlyFull({ diagnostics }: Facts): boolean {
  const storage = diagnostics?.storage ?? null;
  return storage !== null && storage.usedBytes > storage.quotaBytes * SPACE_SHARE_MAX;
}

/** True only where it was tried and is not there, or not in use. */
function lacks({ abilities }: Facts, name: AbilityName): boolean {
  return abilities?.some((one) => one.name === name && one.state !== "yes") === true;
}
