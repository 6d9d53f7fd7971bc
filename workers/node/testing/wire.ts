/**
 * Links between devices of a household, with every frame that passes written down; and a stranger:
 * a device key of its own at the end of a link, that says what a test wants.
 */
import { createMemoryLinkPair } from "../memory-link.ts";
import { createReassembler, fragment } from "../framing.ts";
import { decodeFrame, encodeFrame, priorityOf, type Frame } from "../frames.ts";
import type { HandshakePeer } from "../handshake.ts";
import { isCredit } from "../link-flow.ts";
import type { Link, LinkBinding, LinkPurpose } from "../link.ts";
import { openSession, type Session } from "../session.ts";
import type { CryptoSuite, Signer } from "../../crypto/suite.ts";
import type { FamilyId } from "../../core/codec/ids.ts";
import type { Environment } from "../environment.ts";

let lastFingerprint = 0;

export interface Wire {
  readonly links: readonly [Link, Link];
  /** Frames that the first end sent to the second, and the other way. */
  readonly sent: readonly [Frame[], Frame[]];
}

/** With the transport `rtc` the ends count each other's credit, as over a browser's channel. */
export function createWire(
  purposes: readonly [LinkPurpose, LinkPurpose],
  transport: LinkBinding["transport"] = "memory",
): Wire {
  lastFingerprint += 2;
  const one = fingerprint(lastFingerprint);
  const two = fingerprint(lastFingerprint + 1);
  const shared = { transport };
  const [left, right] = createMemoryLinkPair(
    {
      ...shared,
      isInitiator: true,
      localFingerprint: one,
      remoteFingerprint: two,
      purpose: purposes[0],
    },
    {
      ...shared,
      isInitiator: false,
      localFingerprint: two,
      remoteFingerprint: one,
      purpose: purposes[1],
    },
  );
  const sent: readonly [Frame[], Frame[]] = [[], []];
  return { links: [tapped(left, sent[0]), tapped(right, sent[1])], sent };
}

export interface Stranger {
  readonly session: Session;
  /** Frames that came after the handshake. */
  readonly heard: Frame[];
  readonly peer: () => HandshakePeer | null;
  /** Why it ended; null while it is open. */
  readonly ended: () => string | null;
}

/** A device of nobody's at the end of a link; `prover` is the invite's key where it has the secret. */
export function openStranger(
  env: Environment,
  crypto: CryptoSuite,
  link: Link,
  who: {
    readonly family: FamilyId;
    readonly signer: Signer;
    readonly prover: Signer | null;
    readonly height?: number;
    /** Said at once behind its own part of the handshake, before the other side can have judged it. */
    readonly hasty?: Frame;
  },
): Stranger {
  const heard: Frame[] = [];
  let ended: string | null = null;
  let sends = 0;
  const hasty: Link = {
    ...link,
    send: (bytes) => {
      link.send(bytes);
      sends += 1;
      // Its hello is the first, its auth the second.
      if (sends === 2 && who.hasty !== undefined) link.send(fragmentOf(who.hasty));
    },
  };
  const session = openSession(
    env,
    crypto,
    hasty,
    {
      family: who.family,
      signer: who.signer,
      head: { height: who.height ?? 0, hash: new Uint8Array(32) },
      wall: env.now(),
      build: "test",
      inviteProver: who.prover,
    },
    {
      onMeasured: () => {},
      onSilence: () => {},
      onOpen: () => {},
      onFrame: (_, frame, _bytes, dealt) => {
        heard.push(frame);
        dealt();
      },
      onClose: (_, reason) => {
        ended = reason;
      },
    },
  );
  return { session, heard, peer: () => session.peer(), ended: () => ended };
}

function fragmentOf(frame: Frame): Uint8Array {
  const [only, ...more] = fragment(encodeFrame(frame), priorityOf(frame));
  if (only === undefined || more.length > 0) throw new Error("a hasty frame fits one fragment");
  return only;
}

function tapped(link: Link, frames: Frame[]): Link {
  const reassembler = createReassembler();
  return {
    ...link,
    send: (bytes) => {
      if (isCredit(bytes)) return link.send(bytes);
      const taken = reassembler.take(bytes);
      const decoded = taken.ok && taken.message !== null ? decodeFrame(taken.message) : null;
      if (decoded?.ok === true) frames.push(decoded.value);
      link.send(bytes);
    },
  };
}

function fingerprint(number: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}
