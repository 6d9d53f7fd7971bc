/** What the gossip core tells its shell to do: store, then send, then apply. Source: DESIGN §5. */
import type { DeviceId, Hex } from "../codec/ids.ts";
import type { Question } from "./asking.ts";
import type { Compared } from "./comparing.ts";
import type { Clock } from "./header.ts";
import type { DoubtProof } from "./forks.ts";
import type { RegisterMark } from "./packing.ts";
import type { Register, VerifiedRegister } from "./register.ts";
import type { Announcement, Wish } from "./spreading.ts";
import type { VerifiedEntry } from "./state.ts";
import type { Change, Known } from "./stream.ts";

/** Why an entry or register was not taken; `needsLedger`: a newer ledger may make it welcome. */
export interface Untaken {
  readonly reason:
    | "unknown-author"
    | "expired"
    | "far-future"
    | "parked"
    | "parked-full"
    | "seen"
    | "no-body"
    | "too-large"
    | "stale-register";
  readonly needsLedger: boolean;
}

export interface StoreEntry {
  readonly entry: VerifiedEntry;
  readonly known: Known;
  /** Refused: the body is not kept. */
  readonly isBodyKept: boolean;
}

export interface PlaceNews {
  readonly author: DeviceId;
  readonly clock: Clock;
  readonly id: Uint8Array;
  /** Its newest; null: nothing of it may be shown any more. */
  readonly entry: VerifiedEntry | null;
}

export interface GossipReady {
  readonly store: readonly StoreEntry[];
  /** Verdicts of kept entries that changed, the new ones included. */
  readonly changes: readonly Change[];
  /** Ephemeral entries to act on now; never stored. */
  readonly ephemeral: readonly VerifiedEntry[];
  /** Places of devices that are news here; never stored by gossip. */
  readonly places: readonly PlaceNews[];
  /** Entries to push, and to whom (hex device ids). */
  readonly push: readonly { readonly entry: VerifiedEntry; readonly to: readonly Hex[] }[];
  readonly want: readonly Question[];
  /** What peers are told to be here. */
  readonly tell: readonly Announcement[];
  /** Peers that are asked for an author's new entries, or to spare me them. */
  readonly wishes: readonly Wish[];
  /** Registers to keep and hand on. */
  readonly registers: readonly {
    readonly register: VerifiedRegister;
    readonly to: readonly Hex[];
  }[];
  /** Registers that are kept already, for peers that lack them. */
  readonly copies: GossipReady["registers"];
  /** Which registers are here, said to peers that hand on what they have newer. */
  readonly lists: readonly { readonly to: Hex; readonly marks: readonly RegisterMark[] }[];
  /** Why a stream is in doubt, for a peer that has not heard of it. */
  readonly proofs: readonly DoubtProof[];
  /** What is said of fingerprints; and entries that may stand beside others, given without bodies. */
  readonly fingerprints: Compared["say"];
  readonly give: Compared["give"];
  /** My register, to be signed after the store is durable, and fed back as input. */
  readonly sign: Register | null;
  /** Entries that retention deletes: all of the days before this one; null for none. */
  readonly floorDay: number | null;
  readonly untaken: Untaken | null;
}

export function untaken(reason: Untaken["reason"], needsLedger: boolean): GossipReady {
  return ready({ untaken: { reason, needsLedger } });
}

/** What comparing fingerprints came to. */
export function compared({ say, give, proofs }: Compared): GossipReady {
  return ready({ fingerprints: say, give, proofs });
}

export function ready(some: Partial<GossipReady>): GossipReady {
  return {
    store: [],
    changes: [],
    ephemeral: [],
    places: [],
    push: [],
    want: [],
    tell: [],
    wishes: [],
    registers: [],
    copies: [],
    lists: [],
    proofs: [],
    fingerprints: [],
    give: [],
    sign: null,
    floorDay: null,
    untaken: null,
    ...some,
  };
}

export function merge(readies: readonly GossipReady[]): GossipReady {
  return {
    store: readies.flatMap((one) => one.store),
    changes: readies.flatMap((one) => one.changes),
    ephemeral: readies.flatMap((one) => one.ephemeral),
    places: readies.flatMap((one) => one.places),
    push: readies.flatMap((one) => one.push),
    want: readies.flatMap((one) => one.want),
    tell: readies.flatMap((one) => one.tell),
    wishes: readies.flatMap((one) => one.wishes),
    registers: readies.flatMap((one) => one.registers),
    copies: readies.flatMap((one) => one.copies),
    lists: readies.flatMap((one) => one.lists),
    proofs: readies.flatMap((one) => one.proofs),
    fingerprints: readies.flatMap((one) => one.fingerprints),
    give: readies.flatMap((one) => one.give),
    sign: readies.findLast((one) => one.sign !== null)?.sign ?? null,
    floorDay: readies.findLast((one) => one.floorDay !== null)?.floorDay ?? null,
    untaken: readies.find((one) => one.untaken?.needsLedger === true)?.untaken ?? null,
  };
}
