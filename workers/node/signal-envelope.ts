/**
 * One signalling message between two nodes: signed by the device, padded and sealed under the key of
 * its topic, so that a server sees a size out of three and nothing else, and whoever knows the topic's
 * key still cannot speak as another device. Opening is total. Freshness is not judged here: session
 * and attempt ids do that in rendezvous.ts. SPEC RV1 to RV4. Source: DESIGN §6 (signalling).
 */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { signature, signingKey, type FamilyId, type SigningKey } from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  oneOf,
  option,
  struct,
  text,
  uint,
  type Shaped,
} from "../core/codec/shape.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { ENVELOPE_BUCKETS_BYTES, SIGNAL_BYTES_MAX } from "./link-limits.ts";

/** Bytes of a session's and of an attempt's id. */
export const SESSION_BYTES = 16;

const plainShape = struct({
  version: uint(1, 1),
  /** The sender's session: random, new at each start. */
  from: bytes(SESSION_BYTES),
  /** The session that is meant; none: everybody on the topic. */
  to: option(bytes(SESSION_BYTES)),
  kind: oneOf(["announce", "signal", "bye"]),
  /** The attempt to connect that this belongs to; zeros in an announce. */
  attempt: bytes(SESSION_BYTES),
  deviceKey: signingKey,
  /** A signal: JSON of simple-peer, whose content is not judged here. */
  payload: text(SIGNAL_BYTES_MAX),
});

export type SignalMessage = Omit<Shaped<typeof plainShape>, "version">;

/** Where a message travels. */
export interface SignalChannel {
  readonly family: FamilyId;
  readonly topic: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export type OpenedSignal =
  | { readonly ok: true; readonly message: SignalMessage }
  | {
      readonly ok: false;
      readonly reason: "not-base64" | "sealed" | "padding" | "malformed" | "bad-key" | "signature";
    };

/** Base64 for MeshCommand `publish`. A payload above SIGNAL_BYTES_MAX is a broken invariant and throws. */
export async function sealSignal(
  crypto: CryptoSuite,
  signer: Signer,
  channel: SignalChannel,
  message: Omit<SignalMessage, "deviceKey">,
): Promise<string> {
  const plain = encodeWith(plainShape, { ...message, version: 1, deviceKey: signer.publicKey });
  const signed = encodeWith(signedShape, { topic: channel.topic, plain });
  const inner = encodeWith(innerShape, {
    plain,
    signature: await signer.sign("signal", channel.family, signed),
  });
  return encodeBase64(crypto.seal(channel.key, pad(inner), utf8ToBytes(channel.topic)));
}

/** Opens what a server delivered on the channel's topic. Says nothing about who may speak there. */
export async function openSignal(
  crypto: CryptoSuite,
  channel: SignalChannel,
  data: string,
): Promise<OpenedSignal> {
  if (data.length > ENVELOPE_LENGTH_MAX) return { ok: false, reason: "not-base64" };
  const sealed = decodeBase64(data);
  if (sealed === null) return { ok: false, reason: "not-base64" };
  const padded = crypto.open(channel.key, sealed, utf8ToBytes(channel.topic));
  if (padded === null) return { ok: false, reason: "sealed" };
  const innerBytes = unpad(padded);
  if (innerBytes === null) return { ok: false, reason: "padding" };
  const inner = decodeWith(innerShape, innerBytes, ENVELOPE_LENGTH_MAX);
  if (!inner.ok) return { ok: false, reason: "malformed" };
  const plain = decodeWith(plainShape, inner.value.plain, PLAIN_BYTES_MAX);
  if (!plain.ok) return { ok: false, reason: "malformed" };
  const { version: _version, ...message } = plain.value;
  const key: SigningKey = message.deviceKey;
  if (!crypto.isAdmissibleSigningKey(key)) return { ok: false, reason: "bad-key" };
  const signed = encodeWith(signedShape, { topic: channel.topic, plain: inner.value.plain });
  const isSigned = await crypto.verify(
    key,
    "signal",
    channel.family,
    signed,
    inner.value.signature,
  );
  return isSigned ? { ok: true, message } : { ok: false, reason: "signature" };
}

/** The payload and some 120 bytes of ids, keys and heads. */
const PLAIN_BYTES_MAX = SIGNAL_BYTES_MAX + 256;
/** The largest bucket, nonce and tag in base64, with room to spare. */
const ENVELOPE_LENGTH_MAX = 32 * 1024;
const LENGTH_BYTES = 4;

const innerShape = struct({ plain: bytes(1, PLAIN_BYTES_MAX), signature });
const signedShape = struct({ topic: text(128, 1), plain: bytes(1, PLAIN_BYTES_MAX) });

/** Length (4 bytes, big endian) ‖ bytes ‖ zeros up to the smallest bucket that holds them. */
function pad(inner: Uint8Array): Uint8Array {
  const size = bucketOf(inner.length);
  if (size === undefined) throw new RangeError("signal above the largest bucket");
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, inner.length);
  return concatBytes(length, inner, new Uint8Array(size - LENGTH_BYTES - inner.length));
}

/** Inverse of pad; null for anything that pad does not give. */
function unpad(padded: Uint8Array): Uint8Array | null {
  if (padded.length < LENGTH_BYTES) return null;
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  if (bucketOf(length) !== padded.length) return null;
  const end = LENGTH_BYTES + length;
  return padded.subarray(end).every((byte) => byte === 0) ? padded.slice(LENGTH_BYTES, end) : null;
}

function bucketOf(length: number): number | undefined {
  return ENVELOPE_BUCKETS_BYTES.find((size) => LENGTH_BYTES + length <= size);
}
