/**
 * What two linked devices say to each other, after reassembly. Tags are wire facts. Before the
 * handshake only `hello` and `auth` are read; over an invite only the join frames; ledger and gossip
 * only between devices of the family. SPEC FR1..FR4. Source: DESIGN §6, §7.
 */
import type { Decoded } from "../core/codec/cbor.ts";
import {
  bool,
  bytes,
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  struct,
  text,
  uint,
  union,
  type Shaped,
} from "../core/codec/shape.ts";
import {
  blobHash,
  deviceId,
  encryptionKey,
  hash32,
  inviteId,
  memberId,
  signingKey,
} from "../core/codec/ids.ts";
import type { Signature } from "../core/codec/ids.ts";
import { clockShape, entryShape, isEmergencyBytes } from "../core/gossip/header.ts";
import { fingerprintShape } from "../core/gossip/fingerprint-words.ts";
import { LINKS_SAID_MAX } from "../core/gossip/mesh-limits.ts";
import { signedRegisterShape } from "../core/gossip/register.ts";
import {
  BLOB_BYTES_MAX,
  BLOCK_BYTES_MAX,
  HOLDS_MAX,
  RECOVERIES_MAX,
  STATE_PART_BYTES,
  STATE_PARTS_MAX,
} from "../core/ledger/limits.ts";
import { HOLD_BYTES_MAX } from "../core/ledger/hold.ts";
import { manifestShape } from "../core/ledger/snapshot.ts";
import { ROLES, signedTransactionShape } from "../core/ledger/transaction.ts";
import { ANNOUNCEMENT_BYTES_MAX } from "../core/gossip/device-keys.ts";
import { KEYS_PER_FRAME_MAX, KEYS_SAID_MAX, OBJECTIONS_MAX, RECOVERY_BYTES_MAX } from "./limits.ts";

/** Largest message after reassembly. */
export const FRAME_BYTES_MAX = 512 * 1024;
/** Blocks, transactions, entries in one frame. */
export const BLOCKS_PER_FRAME_MAX = 16;
export const ENTRIES_PER_FRAME_MAX = 32;
/** Authors in one `wishes`. */
export const WISHES_PER_FRAME_MAX = 64;
/** Numbers of streams, or marks of registers, in one frame: 256 streams with 32 ranges of full length. */
export const PACKED_BYTES_MAX = 128 * 1024;
export const PROTOCOL_VERSION = 1;

const signature64 = bytes<Signature>(64);

const hello = struct({
  versionMin: uint(255),
  versionMax: uint(255),
  purpose: oneOf(["family", "invite"]),
  nonce: bytes(32),
  deviceKey: signingKey,
  /** Ledger head of the sender; zeros for a newcomer. */
  height: uint(),
  head: hash32,
  /** Wall clock of the sender, uncorrected, milliseconds since the epoch. */
  wall: uint(),
  build: text(64),
});
export type Hello = Shaped<typeof hello>;

/** Rows by packing.ts, read by who knows the ledger's devices. */
const packed = struct({ packed: bytes(1, PACKED_BYTES_MAX) });

const blob = bytes(1, BLOB_BYTES_MAX);

const frameShape = union({
  hello: [0, hello],
  /** `proof`: signature of the transcript by the invite's key; a newcomer's only. */
  auth: [1, struct({ signature: signature64, proof: option(signature64) })],
  ping: [2, struct({ token: uint(), wall: uint() })],
  pong: [3, struct({ token: uint(), wall: uint() })],
  /** Where my ledger stands; sent after the handshake and whenever it moves. */
  status: [4, struct({ epoch: uint(), height: uint(), head: hash32, secretEpoch: uint() })],
  "blocks-wanted": [5, struct({ from: uint(), count: uint(BLOCKS_PER_FRAME_MAX, 1) })],
  blocks: [6, struct({ finalised: list(bytes(1, BLOCK_BYTES_MAX + 4096), BLOCKS_PER_FRAME_MAX) })],
  transactions: [
    7,
    struct({ transactions: list(signedTransactionShape, 32), blobs: list(blob, 32) }),
  ],
  consensus: [8, struct({ message: bytes(1, BLOCK_BYTES_MAX + 8192) })],
  register: [9, signedRegisterShape],
  /** `isAnswer`: asked for; `isLast`: the answer to the last question is complete. */
  entries: [
    10,
    struct({
      entries: list(entryShape, ENTRIES_PER_FRAME_MAX),
      isAnswer: bool,
      isLast: bool,
    }),
  ],
  /** A register and an entry of its device, without its body, of which no app signs both. */
  dated: [35, struct({ register: signedRegisterShape, entry: entryShape })],
  want: [11, packed],
  /** Everything that my register of this clock lacks of yours, as far as a question goes. */
  lacking: [30, struct({ clock: clockShape })],
  /** I have these: asked for with `want` by who lacks them. */
  have: [27, packed],
  /** How new the registers are that I have of others. */
  registers: [29, packed],
  /** What I have by hash: what vectors cannot see. */
  fingerprint: [32, fingerprintShape],
  /** I want new entries of these authors at once, or have them sooner from others. */
  wishes: [28, struct({ authors: list(deviceId, WISHES_PER_FRAME_MAX, 1), isWanted: bool })],
  /** How many links the sender has; `isFull`: none for the receiver, which may try others. */
  places: [31, struct({ links: uint(LINKS_SAID_MAX), isOffering: bool, isFull: bool })],
  /** What the sender knows of the receiver's own votes at the height after `height`. */
  "known-votes": [14, struct({ height: uint(), messages: list(bytes(1, 8_192), 16) })],
  /** I am ready to keep the rules from the block after this one on. */
  ready: [15, struct({ parent: hash32, signature: signature64 })],
  "blobs-wanted": [12, struct({ hashes: list(blobHash, 64, 1) })],
  blobs: [13, struct({ blobs: list(blob, 64) })],
  /** What leads from this block, which an invite names, to the snapshot below it. */
  "snapshot-wanted": [21, struct({ height: uint(), hash: hash32 })],
  /** Both lists are empty where the sender has no such snapshot. */
  snapshot: [22, manifestShape],
  "state-wanted": [23, struct({ height: uint(), part: uint(STATE_PARTS_MAX - 1) })],
  /** No bytes where the sender does not have it. */
  "state-part": [
    24,
    struct({
      height: uint(),
      part: uint(STATE_PARTS_MAX - 1),
      bytes: bytes(0, STATE_PART_BYTES),
    }),
  ],
  /** Recoveries of the next block, and what was said against them. */
  recovery: [
    25,
    struct({
      blocks: list(bytes(1, RECOVERY_BYTES_MAX), RECOVERIES_MAX),
      objections: list(
        struct({ recovery: hash32, device: deviceId, signature: signature64 }),
        OBJECTIONS_MAX,
      ),
    }),
  ],
  /** Words of parents about devices that are not to be trusted for now. */
  holds: [
    26,
    struct({
      holds: list(struct({ hold: bytes(1, HOLD_BYTES_MAX), signature: signature64 }), HOLDS_MAX),
    }),
  ],
  /** Announcements of devices' next encryption keys. */
  keys: [
    33,
    struct({
      keys: list(
        struct({ announcement: bytes(1, ANNOUNCEMENT_BYTES_MAX), signature: signature64 }),
        KEYS_PER_FRAME_MAX,
        1,
      ),
    }),
  ],
  /** Hash of those that are here; and their ids, where it was found to differ. */
  "keys-known": [34, struct({ digest: bytes(8), ids: option(list(bytes(8), KEYS_SAID_MAX)) })],
  /** Newcomer's first word: commitment to nonce, keys and name. */
  "join-commitment": [16, struct({ commitment: hash32, inviteId })],
  /** Inviter's answer. */
  "join-nonce": [
    17,
    struct({
      nonce: bytes(32),
      /** Encryption key number 0 of the inviter's device: the code covers it. */
      encryptionKey,
      familyName: text(64),
      inviterName: text(64),
      role: oneOf(ROLES),
      member: option(memberId),
      expiresAt: uint(),
    }),
  ],
  /** The newcomer opens its commitment; with it the request that the ledger will hold. */
  "join-reveal": [
    18,
    struct({
      nonce: bytes(32),
      encryptionKey,
      name: text(64),
      nameSalt: bytes(16),
      inviteProof: signature64,
      deviceProof: signature64,
    }),
  ],
  /** Inviter to newcomer, whenever it changes. */
  "join-progress": [
    19,
    struct({
      step: oneOf(["comparing", "approved", "done", "burned", "expired", "revoked", "refused"]),
      why: oneOf(["none", "differ", "bad-reveal", "second-person"]),
      waitsFor: list(text(64), 8),
    }),
  ],
  /** The newcomer says that the codes differ, or gives up. */
  "join-refused": [20, struct({ why: oneOf(["differ", "cancelled"]) })],
});
export type Frame = Shaped<typeof frameShape>;
export type FrameType = Frame["type"];

export function encodeFrame(frame: Frame): Uint8Array {
  return encodeWith(frameShape, frame);
}

export function decodeFrame(frameBytes: Uint8Array): Decoded<Frame> {
  return decodeWith(frameShape, frameBytes, FRAME_BYTES_MAX);
}

/** Whether all of it is calls for help and what is said to them. */
export function isUrgent({ entries }: Extract<Frame, { type: "entries" }>): boolean {
  return entries.length > 0 && entries.every(({ header }) => isEmergencyBytes(header));
}

/** Order in which waiting frames leave: lower first. */
export function priorityOf(frame: Frame): 0 | 1 | 2 | 3 {
  switch (frame.type) {
    case "hello":
    case "auth":
    case "ping":
    case "pong":
    case "consensus":
    case "known-votes":
      return 0;
    case "ready":
    case "recovery":
    case "holds":
    case "keys":
    case "keys-known":
    case "status":
    case "register":
    case "dated":
    case "want":
    case "have":
    case "lacking":
    case "registers":
    case "fingerprint":
    case "wishes":
    case "places":
    case "join-commitment":
    case "join-nonce":
    case "join-reveal":
    case "join-progress":
    case "join-refused":
      return 1;
    case "entries":
      // Never the last of an answer, which must not come before its other parts.
      if (!frame.isLast && isUrgent(frame)) return 1;
      return frame.isAnswer ? 3 : 2;
    case "transactions":
    case "blocks-wanted":
    case "blobs-wanted":
    case "snapshot-wanted":
    case "state-wanted":
      return 2;
    case "snapshot":
    case "state-part":
    case "blocks":
    case "blobs":
      return 3;
  }
}
