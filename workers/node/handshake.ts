/**
 * The handshake of one link as a state machine without IO: hello both ways, then the initiator signs
 * the transcript, then the responder signs it with the initiator's signature. The transcript holds
 * transport, both hellos (keys, nonces, versions, heads), both certificates and the invite, so that a
 * link that anybody carried, swapped or reflected fails here. Whether the key may be here at all, and
 * under which invite key a proof must verify, is the caller's to check. SPEC HA1 to HA13.
 * Source: DESIGN §6 (handshake); facts: libp2p WebRTC's Noise prologue; RFC 8844.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import {
  deviceIdOf,
  signature,
  type DeviceId,
  type FamilyId,
  type Signature,
  type SigningKey,
} from "../core/codec/ids.ts";
import { bytes, encodeWith, option, struct, text, uint } from "../core/codec/shape.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import { encodeFrame, PROTOCOL_VERSION, type Frame, type Hello } from "./frames.ts";
import type { LinkBinding } from "./link.ts";

export interface HandshakeIdentity {
  readonly family: FamilyId;
  readonly signer: Signer;
  /** My ledger's head; zeros on an invite's link. */
  readonly head: { readonly height: number; readonly hash: Uint8Array };
  /** My wall clock, milliseconds since the epoch. */
  readonly wall: number;
  readonly build: string;
  /** The key from the invite's secret; a newcomer's only. */
  readonly inviteProver: Signer | null;
}

export interface HandshakePeer {
  readonly deviceKey: SigningKey;
  readonly device: DeviceId;
  readonly hello: Hello;
  /** A newcomer's signature of `transcript`, domain `invite-proof`: to be checked under the invite's key. */
  readonly inviteProof: Signature | null;
  readonly transcript: Uint8Array;
}

export type HandshakeFailure =
  | "unexpected-frame"
  | "malformed"
  | "version"
  | "purpose"
  | "own-key"
  | "bad-key"
  | "bad-signature"
  | "no-proof"
  | "needless-proof";

export type HandshakeStep =
  | { readonly type: "continue"; readonly send: readonly Frame[] }
  | { readonly type: "done"; readonly send: readonly Frame[]; readonly peer: HandshakePeer }
  | { readonly type: "failed"; readonly reason: HandshakeFailure };

export interface Handshake {
  /** My hello. */
  start(): readonly Frame[];
  /**
   * Judges the peer's next frame. Wait for the verdict before giving the next: the frame behind a
   * peer's auth belongs to the session already and would fail here as unexpected.
   */
  take(frame: Frame): Promise<HandshakeStep>;
}

/** Bytes of the nonce in a hello. */
const NONCE_BYTES = 32;

const transcriptShape = struct({
  transport: text(16, 1),
  /** Hex id of the invite over which they met, or empty. */
  invite: text(64),
  initiatorHello: bytes(1, 1024),
  responderHello: bytes(1, 1024),
  initiatorFingerprint: bytes(32),
  responderFingerprint: bytes(32),
});

const signedShape = struct({
  transcript: bytes(1, 4096),
  /** 0 the initiator, 1 the responder. */
  role: uint(1),
  /** What the responder's signature covers beside the transcript. */
  initiatorSignature: option(signature),
});

type State =
  | { readonly step: "hello" }
  | {
      readonly step: "auth";
      readonly hello: Hello;
      readonly transcript: Uint8Array;
      /** Mine, if I am the initiator. */
      readonly initiatorSignature: Signature | null;
    }
  | { readonly step: "over" };

/** A newcomer without `inviteProver`, or a prover anywhere else, is a broken invariant and throws. */
export function createHandshake(
  binding: LinkBinding,
  identity: HandshakeIdentity,
  crypto: CryptoSuite,
): Handshake {
  const { purpose, isInitiator } = binding;
  const isNewcomer = purpose.type === "invite" && purpose.side === "newcomer";
  if (isNewcomer !== (identity.inviteProver !== null))
    throw new Error("a newcomer proves, no other");
  const { family, signer } = identity;
  const myHello = helloOf(binding, identity, crypto);
  let state: State = { step: "hello" };

  const authOf = async (transcript: Uint8Array, first: Signature | null): Promise<AuthFrame> => ({
    type: "auth",
    signature: await signer.sign("handshake", family, signedBytes(transcript, first)),
    proof: (await identity.inviteProver?.sign("invite-proof", family, transcript)) ?? null,
  });

  const takeHello = async (hello: Hello): Promise<HandshakeStep> => {
    const fault = faultOfHello(hello, purpose.type, signer.publicKey, crypto);
    if (fault !== null) return { type: "failed", reason: fault };
    const transcript = transcriptOf(binding, myHello, hello);
    const auth = isInitiator ? await authOf(transcript, null) : null;
    state = { step: "auth", hello, transcript, initiatorSignature: auth?.signature ?? null };
    return { type: "continue", send: auth === null ? [] : [auth] };
  };

  const takeAuth = async (
    auth: AuthFrame,
    { hello, transcript, initiatorSignature }: Extract<State, { step: "auth" }>,
  ): Promise<HandshakeStep> => {
    const mustProve = purpose.type === "invite" && purpose.side === "inviter";
    if (mustProve !== (auth.proof !== null)) {
      return { type: "failed", reason: mustProve ? "no-proof" : "needless-proof" };
    }
    const signed = signedBytes(transcript, initiatorSignature);
    if (!(await crypto.verify(hello.deviceKey, "handshake", family, signed, auth.signature))) {
      return { type: "failed", reason: "bad-signature" };
    }
    const { deviceKey } = hello;
    const device = deviceIdOf(family, deviceKey);
    return {
      type: "done",
      send: isInitiator ? [] : [await authOf(transcript, auth.signature)],
      peer: { deviceKey, device, hello, inviteProof: auth.proof, transcript },
    };
  };

  const judge = async (frame: Frame): Promise<HandshakeStep> => {
    const before = state;
    state = { step: "over" };
    if (before.step === "hello" && frame.type === "hello") return takeHello(frame);
    if (before.step === "auth" && frame.type === "auth") return takeAuth(frame, before);
    return { type: "failed", reason: "unexpected-frame" };
  };

  let last: Promise<unknown> = Promise.resolve();
  return {
    start: () => [myHello],
    take: (frame) => {
      const verdict = last.then(
        () => judge(frame),
        () => judge(frame),
      );
      last = verdict;
      return verdict;
    },
  };
}

type HelloFrame = Extract<Frame, { type: "hello" }>;
type AuthFrame = Extract<Frame, { type: "auth" }>;

function helloOf(
  binding: LinkBinding,
  identity: HandshakeIdentity,
  crypto: CryptoSuite,
): HelloFrame {
  return {
    type: "hello",
    versionMin: PROTOCOL_VERSION,
    versionMax: PROTOCOL_VERSION,
    purpose: binding.purpose.type,
    nonce: crypto.randomBytes(NONCE_BYTES),
    deviceKey: identity.signer.publicKey,
    height: identity.head.height,
    head: identity.head.hash,
    wall: identity.wall,
    build: identity.build,
  };
}

function faultOfHello(
  hello: Hello,
  purpose: Hello["purpose"],
  myKey: SigningKey,
  crypto: CryptoSuite,
): HandshakeFailure | null {
  if (hello.versionMin > hello.versionMax) return "malformed";
  if (hello.versionMin > PROTOCOL_VERSION || hello.versionMax < PROTOCOL_VERSION) return "version";
  if (hello.purpose !== purpose) return "purpose";
  if (isSameBytes(hello.deviceKey, myKey)) return "own-key";
  if (!crypto.isAdmissibleSigningKey(hello.deviceKey)) return "bad-key";
  return null;
}

/** The same bytes on both sides if and only if both saw the same link. */
function transcriptOf(binding: LinkBinding, mine: HelloFrame, theirs: Hello): Uint8Array {
  const { isInitiator, localFingerprint, remoteFingerprint, purpose } = binding;
  const myBytes = encodeFrame(mine);
  const theirBytes = encodeFrame({ ...theirs, type: "hello" });
  return encodeWith(transcriptShape, {
    transport: binding.transport,
    invite: purpose.type === "invite" ? purpose.invite : "",
    initiatorHello: isInitiator ? myBytes : theirBytes,
    responderHello: isInitiator ? theirBytes : myBytes,
    initiatorFingerprint: isInitiator ? localFingerprint : remoteFingerprint,
    responderFingerprint: isInitiator ? remoteFingerprint : localFingerprint,
  });
}

/** What is signed: by the initiator (`first` null), or by the responder over the initiator's signature. */
function signedBytes(transcript: Uint8Array, first: Signature | null): Uint8Array {
  const role = first === null ? 0 : 1;
  return encodeWith(signedShape, { transcript, role, initiatorSignature: first });
}
