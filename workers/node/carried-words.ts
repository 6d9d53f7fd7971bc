/**
 * What replicas say of a block of rules that this build does not know, at the height in flight: it is
 * not judged, but kept and handed on, so that a device that was not updated still carries between
 * two that were. One proposal of the highest view, one VIEW-CHANGE a signer, as the consensus core
 * keeps them; PREPAREs and COMMITs name a hash alone, and are the core's. SPEC LV4. Source: DESIGN §4.2, §4.6.
 */
import { toHex, type DeviceId, type FamilyId } from "../core/codec/ids.ts";
import {
  voteMessageOf,
  type ConsensusMessage,
  type ProposalMessage,
} from "../core/consensus/messages.ts";
import { isNearView, mayPropose } from "../core/consensus/place.ts";
import { isNewer, type Head } from "../core/ledger/chain.ts";
import { voteIn } from "./verify.ts";
import { signerOf } from "./vote-log.ts";

type ChangeMessage = Extract<ConsensusMessage, { type: "view-change" }>;

/** What is about a block, or claims one, that this build cannot judge. */
export type NewerMessage = ProposalMessage | ChangeMessage;

export interface CarriedWords {
  /** Whether it says more than what is kept of that signer; it is kept then. */
  readonly keep: (height: number, message: NewerMessage) => boolean;
  readonly isNew: (height: number, message: NewerMessage) => boolean;
  readonly all: (height: number) => readonly ConsensusMessage[];
  /** Votes of one device among them, as a STATUS says them. */
  readonly votesOf: (height: number, device: DeviceId) => readonly ConsensusMessage[];
}

/** The message, if it is about a block of rules later than those known. */
export function asNewer(message: ConsensusMessage, rulesKnown: number): NewerMessage | null {
  if (message.type === "prepare" || message.type === "commit") return null;
  return message.block !== null && isNewer(message.block.header, rulesKnown) ? message : null;
}

/** Whether its signer may say it there, and its view is not too far: no liar fills a carrier. */
export function isInPlace(message: NewerMessage, head: Head, myView: number): boolean {
  const view = viewOf(message);
  if (!isNearView(view, myView)) return false;
  return message.type === "view-change" || mayPropose(message.replica, head, view);
}

export function createCarriedWords(family: FamilyId): CarriedWords {
  let keptAt = -1;
  const kept = new Map<string, NewerMessage>();

  return {
    keep: (height, message) => {
      if (!isNew(height, message)) return false;
      if (height !== keptAt) kept.clear();
      keptAt = height;
      kept.set(nameOf(message), message);
      return true;
    },
    isNew,
    all: (height) => (height === keptAt ? [...kept.values()] : []),
    votesOf,
  };

  function isNew(height: number, message: NewerMessage): boolean {
    const known = height === keptAt ? kept.get(nameOf(message)) : undefined;
    return known === undefined || viewOf(message) > viewOf(known);
  }

  function votesOf(height: number, device: DeviceId): readonly ConsensusMessage[] {
    if (height !== keptAt) return [];
    return [...kept.values()]
      .filter((one) => toHex(signerOf(one)) === toHex(device))
      .map((one): ConsensusMessage => {
        if (one.type === "view-change") return { ...one, block: null };
        const vote = voteIn(family, one);
        return vote === null ? one : voteMessageOf(vote);
      });
  }
}

function viewOf(message: NewerMessage): number {
  return message.type === "view-change" ? message.change.view : message.view;
}

function nameOf(message: NewerMessage): string {
  return message.type === "view-change" ? toHex(signerOf(message)) : "proposal";
}
