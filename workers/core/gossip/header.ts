/**
 * The signed header of a gossip message, and its detached body. The id is a hash of the header; the
 * header names the body by hash, so a relay can drop the body and keep a chain that everyone can
 * check. The header without what names the body is the associated data of the body's ciphertext.
 * What a message says is inside the ciphertext (payload.ts). SPEC GH1..GH7, PC1. Source: DESIGN §5, §6.
 */
import { decodeWith, encodeWith, bytes, list, oneOf, struct, uint, union } from "../codec/shape.ts";
import type { Shape, Shaped } from "../codec/shape.ts";
import { hashOf } from "../codec/hash.ts";
import { compareBytes, deviceId, hash32, memberId, messageId, toHex } from "../codec/ids.ts";
import type { DeviceId, FamilyId, Hex, MessageId, Signature } from "../codec/ids.ts";
import type { Decoded } from "../codec/cbor.ts";
import { ruleId } from "../ledger/vocabulary.ts";
import { joinsFault, joinsShape } from "./joins.ts";
import {
  BODY_BYTES_MAX,
  CIPHERTEXT_BYTES_MAX,
  HEADER_BYTES_MAX,
  PLACE_LIFE_SECONDS_MAX,
  RECIPIENTS_MAX,
  STREAM_NUMBER_MAX,
} from "./limits.ts";

/** Format version and cipher suite, both in every header from day one. */
export const GOSSIP_VERSION = 1;
/** 1: HPKE X25519-HKDF-SHA256-AES256GCM wraps, XChaCha20-Poly1305 payload. */
export const SUITE_HPKE_X25519 = 1;

/** Kinds, as wire numbers in this order; append only. */
export const KINDS = [
  "direct",
  "secret-share",
  "refill",
  "presence",
  /** A text in a group, or in the family's own conversation. */
  "group",
  /** Another text in the place of an own one. */
  "edit",
  /** Takes an own text back. */
  "delete",
  "reaction",
  /** How far its author has read. */
  "receipt",
  /** A call for help. */
  "emergency",
  /** What somebody says to one: seen, coming, over; and where its author is. */
  "emergency-word",
  /** Where its device is, or that it says so no more. */
  "place",
  /** What somebody asks of those who decide for it. */
  "request",
  /** What its author says to it later: that it is taken back. */
  "request-word",
  /** Hands its author's own earlier content keys over again, sealed to newer keys of the same devices. */
  "rewrap",
] as const;
export type Kind = (typeof KINDS)[number];

/** Kinds that ride the ephemeral stream: never reconciled, never stored. */
export const EPHEMERAL_KINDS: ReadonlySet<Kind> = new Set<Kind>(["presence", "place"]);

/** Kinds that ride the emergency stream and are for everybody whom their author may meet. */
export const EMERGENCY_KINDS: ReadonlySet<Kind> = new Set<Kind>(["emergency", "emergency-word"]);

/** Kinds that are for those who decide for their author, whatever they may be denied otherwise. */
export const REQUEST_KINDS: ReadonlySet<Kind> = new Set<Kind>(["request", "request-word"]);

/** Kinds that are always for the family, for one member, and one that never is for one. */
const FAMILY_KINDS: ReadonlySet<Kind> = new Set<Kind>([
  ...EMERGENCY_KINDS,
  ...REQUEST_KINDS,
  "rewrap",
]);
const MEMBER_KINDS: ReadonlySet<Kind> = new Set<Kind>(["direct", "refill"]);
const MANY_KINDS: ReadonlySet<Kind> = new Set<Kind>(["group"]);

/** Streams are numbers: an even one is durable, an odd one ephemeral; a reset moves up by two. */
export type StreamNumber = number;
export const DURABLE_STREAM: StreamNumber = 0;
export const EPHEMERAL_STREAM: StreamNumber = 1;
/** Durable, with a chain, a clock and a rate of its own: nothing else holds up a call for help. */
export const EMERGENCY_STREAM: StreamNumber = 30;

/** Whom a message is for: one member (all its devices and the author's own), the family, a group. */
const audience = union({
  member: [0, struct({ member: memberId })],
  /** Everybody but contacts. */
  family: [1, struct({})],
  group: [2, struct({ group: ruleId })],
});
export type Audience = Shaped<typeof audience>;

const recipient = struct({
  /** A device that can open the body. */
  device: deviceId,
  /** Number of that device's encryption key; 0 is the one in its registration. */
  keyNumber: uint(2 ** 32),
});
export type Recipient = Shaped<typeof recipient>;

const clock = struct({
  /** Milliseconds since the epoch, hybrid: at least one later than anything seen before. */
  ms: uint(),
  /** Orders events inside one millisecond. */
  counter: uint(65_535),
});
/** Hybrid logical clock. */
export type Clock = Shaped<typeof clock>;

const unbound = {
  version: uint(255),
  suite: uint(255),
  kind: oneOf(KINDS),
  author: deviceId,
  stream: uint(STREAM_NUMBER_MAX),
  /** Position in the stream, from 1, without gaps. */
  seq: uint(2 ** 40, 1),
  /** Id of the entry before; zeros at seq 1. */
  previous: messageId,
  clock,
  /** Seconds the message matters; 0 means the family's retention. */
  ttlSeconds: uint(31 * 86_400),
  /** Ledger height whose rules the author cites. */
  height: uint(),
  /** GCRA mark after this message, milliseconds since the epoch. */
  rateMark: uint(),
  /** By how much what its author made others store before leads the clock, milliseconds; 0: by nothing. */
  owed: uint(),
  audience,
  /** Sorted by device id, unique. */
  recipients: list(recipient, RECIPIENTS_MAX),
  /** What put its author or readers into the group, where no block has it yet; sorted by member, unique. */
  joins: joinsShape,
};
const headerWithoutBody = struct(unbound);
export const headerShape = struct({
  ...unbound,
  bodyHash: hash32,
  /** Length of the encoded body: who has dropped it still knows what it took. */
  bodyBytes: uint(BODY_BYTES_MAX),
});

/** A header as fields. Decoded headers have sorted, unique recipients. */
export type Header = Shaped<typeof headerShape>;
/** What is known before the body is sealed. */
export type UnboundHeader = Shaped<typeof headerWithoutBody>;

/** HPKE encapsulation (32) and sealed content key (48) for the recipient of the same position. */
const wrap = bytes(80);
export const bodyShape = struct({
  wraps: list(wrap, RECIPIENTS_MAX),
  /** HMAC-SHA256 of the content key over nonce and associated data: one ciphertext, one meaning. */
  commitment: hash32,
  nonce: bytes(24),
  ciphertext: bytes(16, CIPHERTEXT_BYTES_MAX),
});
export type Body = Shaped<typeof bodyShape>;

/** One message as it travels. */
export const entryShape = struct({
  header: bytes(1, HEADER_BYTES_MAX),
  signature: bytes<Signature>(64),
  /** Empty where the sender has dropped the body (refused, withdrawn, expired). */
  body: bytes(0, BODY_BYTES_MAX),
  /** Unsigned; hygiene only. */
  hops: uint(255),
});
export type Entry = Shaped<typeof entryShape>;

/** Decodes and checks what a header alone can show. */
export function decodeHeader(headerBytes: Uint8Array): Decoded<Header> {
  const decoded = decodeWith(headerShape, headerBytes, HEADER_BYTES_MAX);
  if (!decoded.ok) return decoded;
  const fault = headerFault(decoded.value);
  return fault === null ? decoded : { ok: false, reason: "shape", detail: fault };
}

export function encodeHeader(header: Header): Uint8Array {
  return encodeWith(headerShape, header);
}

/** Associated data of the body: the header without the body's hash and length. */
export function associatedData(header: UnboundHeader): Uint8Array {
  return encodeWith(headerWithoutBody, header);
}

export function encodeBody(body: Body): Uint8Array {
  return encodeWith(bodyShape, body);
}

export function decodeBody(bodyBytes: Uint8Array): Decoded<Body> {
  return decodeWith(bodyShape, bodyBytes, BODY_BYTES_MAX);
}

/** The header of a body that is sealed. */
export function bindBody(unbound: UnboundHeader, family: FamilyId, body: Uint8Array): Header {
  return { ...unbound, bodyHash: bodyHashOf(family, body), bodyBytes: body.length };
}

/** What was known before the body was sealed. */
export function unbind({ bodyHash: _hash, bodyBytes: _bytes, ...unbound }: Header): UnboundHeader {
  return unbound;
}

export function bodyHashOf(family: FamilyId, bodyBytes: Uint8Array): Uint8Array {
  return hashOf("body", family, bodyBytes);
}

export function messageIdOf(family: FamilyId, headerBytes: Uint8Array): MessageId {
  return hashOf("message", family, headerBytes).slice(0, 16);
}

/** Orders clocks; equal clocks of different authors are ordered by author id. */
export function compareClock(a: Clock, b: Clock): number {
  return a.ms - b.ms || a.counter - b.counter;
}

/**
 * Whether it is for devices whoever they are: it carries keys, and what these open was or is judged by
 * itself.
 */
export function isForAnyDevice({ kind, audience }: Pick<Header, "kind" | "audience">): boolean {
  return kind === "rewrap" || (kind === "secret-share" && audience.type === "family");
}

/** Whether the stream is reconciled and kept. */
export function isDurable(stream: StreamNumber): boolean {
  return stream % 2 === 0;
}

/** A stream of a device as a map key. */
export function streamKey(author: DeviceId, stream: StreamNumber): Hex {
  return `${toHex(author)}/${stream}`;
}

export const clockShape: Shape<Clock> = clock;
export const audienceShape: Shape<Audience> = audience;

/**
 * Whether encoded bytes are a header of an emergency kind, by the place of its kind, undecoded: to send
 * and read it first. Decides nothing else.
 */
export function isEmergencyBytes(headerBytes: Uint8Array): boolean {
  const kind = KINDS[headerBytes[KIND_AT] ?? KINDS.length];
  return kind !== undefined && EMERGENCY_KINDS.has(kind);
}

/** After the list's own byte, version and suite; numbers below 24 are one byte each. */
const KIND_AT = 3;

function headerFault(header: Header): string | null {
  if (header.version !== GOSSIP_VERSION) return "unknown version";
  if (header.suite !== SUITE_HPKE_X25519) return "unknown suite";
  if (isDurable(header.stream) === EPHEMERAL_KINDS.has(header.kind)) return "kind on wrong stream";
  const isEmergency = EMERGENCY_KINDS.has(header.kind);
  if (isEmergency !== (header.stream === EMERGENCY_STREAM)) return "kind on wrong stream";
  if (!isAudienceOf(header)) return "audience";
  const isBrief = header.ttlSeconds > 0 && header.ttlSeconds <= PLACE_LIFE_SECONDS_MAX;
  if (header.kind === "place" && !isBrief) return "place without an end";
  const joins = joinsFault(header);
  if (joins !== null) return joins;
  for (let index = 1; index < header.recipients.length; index += 1) {
    const before = header.recipients[index - 1];
    const here = header.recipients[index];
    if (before === undefined || here === undefined) return "recipients";
    if (compareBytes(before.device, here.device) >= 0) return "recipients unsorted or repeated";
  }
  return null;
}

function isAudienceOf({ kind, audience: { type } }: Header): boolean {
  if (MEMBER_KINDS.has(kind)) return type === "member";
  if (FAMILY_KINDS.has(kind)) return type === "family";
  if (MANY_KINDS.has(kind)) return type !== "member";
  return kind !== "secret-share" || type !== "group";
}
