/**
 * What a message says, inside the ciphertext. Only the devices it is wrapped for read it.
 * SPEC PL1..PL4, PC2, RQ7. Source: DESIGN §5 (parents), §7 (refill).
 */
import type { Decoded } from "../codec/cbor.ts";
import { hash32, memberId, messageId } from "../codec/ids.ts";
import {
  decodeWith,
  encodeWith,
  list,
  oneOf,
  option,
  struct,
  text,
  uint,
  union,
} from "../codec/shape.ts";
import type { Shape, Shaped } from "../codec/shape.ts";
import { ruleId } from "../ledger/vocabulary.ts";
import { clockShape } from "./header.ts";
import {
  EMERGENCY_TEXT_BYTES_MAX,
  PADDING_BUCKETS_BYTES,
  REACTION_BYTES_MAX,
  REQUEST_TEXT_BYTES_MAX,
  TEXT_BYTES_MAX,
} from "./limits.ts";

/** Content keys one refill can carry: each takes 16 + 32 bytes and framing. */
export const REFILL_KEYS_MAX = 256;

/** What is said to a call for help; wire numbers in this order, append only. */
export const EMERGENCY_WORDS = [
  /** A person has seen it. */
  "seen",
  /** And is on it. */
  "coming",
  /** Its author is all right. */
  "fine",
  /** A parent says that it is over. */
  "over",
  /** Its author says where it is. */
  "place",
] as const;
export type EmergencyWord = (typeof EMERGENCY_WORDS)[number];

/** What somebody asks for; wire numbers in this order, append only. */
export const REQUEST_THINGS = ["time", "contact", "group", "outing", "other"] as const;

/** What an author says to its own request; wire numbers in this order, append only. */
export const REQUEST_WORDS = ["taken-back"] as const;

/** Whom or which group a request is about. */
const requestAbout = union({
  member: [0, struct({ member: memberId })],
  group: [1, struct({ group: ruleId })],
});
export type RequestAbout = Shaped<typeof requestAbout>;

/** Where a device is, as its browser says. */
const place = struct({
  /** 1e-7 degrees north of the south pole. */
  latitude: uint(1_800_000_000),
  /** 1e-7 degrees east of the 180th meridian. */
  longitude: uint(3_600_000_000),
  /** Radius in metres that it is in, most likely. */
  accuracy: uint(100_000),
});
export type Place = Shaped<typeof place>;
export const placeShape: Shape<Place> = place;

const payload = union({
  text: [
    0,
    struct({
      text: text(TEXT_BYTES_MAX, 1),
      replyTo: option(messageId),
      /** Latest messages of the conversation that the author had seen. */
      parents: list(messageId, 4),
    }),
  ],
  /** The family secret of an epoch, for a device that lacks it. */
  secret: [1, struct({ epoch: uint(), secret: hash32 })],
  /** Content keys of earlier messages, for a participant's new device. */
  refill: [
    2,
    struct({ keys: list(struct({ message: messageId, contentKey: hash32 }), REFILL_KEYS_MAX, 1) }),
  ],
  presence: [3, struct({ isTyping: uint(1) })],
  /** Of what `target` said, by its author alone, in the same conversation. */
  edit: [4, struct({ target: messageId, text: text(TEXT_BYTES_MAX, 1) })],
  delete: [5, struct({ target: messageId })],
  /** One of a member about one message; empty: none any more. */
  reaction: [6, struct({ target: messageId, emoji: text(REACTION_BYTES_MAX) })],
  /** All of the conversation up to this clock was seen. */
  receipt: [7, struct({ upTo: clockShape })],
  emergency: [8, struct({ text: text(EMERGENCY_TEXT_BYTES_MAX), place: option(place) })],
  /** To the call for help with this id; `place` is its author's alone to say. */
  "emergency-word": [
    9,
    struct({ alert: messageId, word: oneOf(EMERGENCY_WORDS), place: option(place) }),
  ],
  /**
   * Where the device is; none: it says so no more. `until`: when it stops saying so, milliseconds since
   * the epoch; none: when its person stops it.
   */
  place: [10, struct({ place: option(place), until: option(uint()) })],
  /** To those who decide for its author. */
  request: [
    11,
    struct({
      thing: oneOf(REQUEST_THINGS),
      about: option(requestAbout),
      /** Until when its author would like it, milliseconds since the epoch. */
      until: option(uint()),
      text: text(REQUEST_TEXT_BYTES_MAX),
    }),
  ],
  "request-word": [12, struct({ request: messageId, word: oneOf(REQUEST_WORDS) })],
});
export type Payload = Shaped<typeof payload>;

export function encodePayload(value: Payload): Uint8Array {
  return encodeWith(payload, value);
}

export function decodePayload(payloadBytes: Uint8Array): Decoded<Payload> {
  return decodeWith(payload, payloadBytes, PADDING_BUCKETS_BYTES[4]);
}
