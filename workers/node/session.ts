/**
 * A session: one link from its first byte to its close. Reassembles, runs the handshake before any
 * other frame, then hands frames on; pings, measures, and closes what is dead, slow or hostile. On
 * links that a browser buffers it says how much has been dealt with, and sends no more than that.
 * Whether the device at the other end may have anything is the node's to say. SPEC SE1 to SE12.
 * Source: DESIGN §6.
 */
import { toHex } from "../core/codec/ids.ts";
import type { Hex } from "../core/codec/ids.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import type { Environment } from "./environment.ts";
import { createReassembler } from "./framing.ts";
import { decodeFrame, type Frame } from "./frames.ts";
import { createHandshake, type HandshakeIdentity, type HandshakePeer } from "./handshake.ts";
import { HANDSHAKE_TIMEOUT_MS, PEER_FAULTS_MAX, PING_TIMEOUT_MS, SILENT_MS } from "./limits.ts";
import type { Link } from "./link.ts";
import { createLinkFlow, isCredit } from "./link-flow.ts";
import { createLinkWriter } from "./link-writer.ts";

export interface Session {
  readonly link: Link;
  /** Null until the handshake is done. */
  readonly peer: () => HandshakePeer | null;
  readonly send: (frame: Frame) => void;
  readonly close: (reason: string) => void;
  /** Counts faults that the peer itself must answer for; too many close the session. */
  readonly blame: (faults: number) => void;
  /** Asks for a sign of life; without one in time the session closes. */
  readonly ping: (timeoutMs: number) => void;
  /** The link may be dead: asks as `ping` does, and says long before the end that it is silent. */
  readonly doubt: (timeoutMs: number) => void;
  /** Doubted, and no answer yet: another link may take its place, this one may still come back. */
  readonly isSilent: () => boolean;
  /** Last measured round trip, milliseconds. */
  readonly roundTripMs: () => number | null;
  /** The peer's wall clock minus mine, milliseconds, by the last measurement. */
  readonly clockOffsetMs: () => number;
  readonly queuedBytes: () => number;
}

export interface SessionPorts {
  readonly onOpen: (session: Session, peer: HandshakePeer) => void;
  /**
   * `bytes` is the frame's size as it came; `dealt` is to be called when nothing of it waits any more:
   * the other side may send on.
   */
  readonly onFrame: (session: Session, frame: Frame, bytes: number, dealt: () => void) => void;
  /** Round trip and clock were measured. */
  readonly onMeasured: (session: Session) => void;
  /** A doubted link fell silent, or was heard again. */
  readonly onSilence: (session: Session) => void;
  readonly onClose: (session: Session, reason: string) => void;
}

/** Starts the handshake on a link. Handlers are called from link events: they queue, never block. */
export function openSession(
  env: Environment,
  crypto: CryptoSuite,
  link: Link,
  identity: HandshakeIdentity,
  ports: SessionPorts,
): Session {
  const reassembler = createReassembler();
  // Links within one process hand over what fits, and hold the rest at their sender.
  const flow = link.binding.transport === "memory" ? null : createLinkFlow();
  const writer = createLinkWriter({
    send: (bytes) => {
      flow?.sent(bytes.length);
      link.send(bytes);
    },
    bufferedBytes: () => Math.max(link.bufferedBytes(), flow?.open() ?? 0),
    close: (reason) => link.close(reason),
  });
  /** Bytes of whole messages that nobody has dealt with yet. */
  let backlog = 0;
  const handshake = createHandshake(link.binding, identity, crypto);
  let peer: HandshakePeer | null = null;
  let isClosed = false;
  let faults = 0;
  let roundTripMs: number | null = null;
  let clockOffsetMs = 0;
  let waiting: {
    readonly token: number;
    readonly timeoutMs: number;
    readonly sentAt: number;
    readonly cancel: () => void;
  } | null = null;
  let nextToken = 1;
  let isSilent = false;
  let cancelDoubt: (() => void) | null = null;
  /** Frames that arrive while a handshake frame is being checked wait their turn. */
  let turn: Promise<void> = Promise.resolve();
  let waitingTurns = 0;

  const cancelHandshake = env.after(HANDSHAKE_TIMEOUT_MS, () => {
    if (peer === null) close("handshake-timeout");
  });

  const session: Session = {
    link,
    peer: () => peer,
    send: (frame) => {
      if (!isClosed) writer.write(frame);
    },
    close,
    blame: (count) => {
      faults += count;
      if (faults >= PEER_FAULTS_MAX) close("faults");
    },
    ping,
    doubt,
    isSilent: () => isSilent,
    roundTripMs: () => roundTripMs,
    clockOffsetMs: () => clockOffsetMs,
    queuedBytes: () => writer.queuedBytes() + link.bufferedBytes(),
  };

  link.receive({
    onFrame: (bytes) => {
      if (flow !== null && isCredit(bytes)) {
        if (flow.take(bytes)) writer.onDrain();
        else close("framing: bad-credit");
        return;
      }
      flow?.arrived(bytes.length);
      const taken = reassembler.take(bytes);
      if (!taken.ok) {
        close(`framing: ${taken.reason}`);
        return;
      }
      if (taken.message === null) giveCredit();
      else receive(taken.message);
    },
    onClose: (reason) => end(reason),
    onDrain: () => writer.onDrain(),
  });
  for (const frame of handshake.start()) writer.write(frame);
  return session;

  function giveCredit(): void {
    const credit = isClosed ? null : (flow?.due(backlog) ?? null);
    if (credit !== null) link.send(credit);
  }

  function receive(message: Uint8Array): void {
    backlog += message.length;
    const dealt = (): void => {
      backlog -= message.length;
      giveCredit();
    };
    const frame = decodeFrame(message);
    if (!frame.ok) {
      if (peer === null) close("handshake: malformed");
      else session.blame(1);
      dealt();
      return;
    }
    if (peer !== null && waitingTurns === 0) {
      dispatch(frame.value, message.length, dealt);
      return;
    }
    waitingTurns += 1;
    turn = turn
      .then(async () => shake(frame.value, message.length, dealt))
      .finally(() => {
        waitingTurns -= 1;
      })
      .catch((error: unknown) => {
        close(`handshake: ${error instanceof Error ? error.message : "failed"}`);
      });
  }

  async function shake(frame: Frame, bytes: number, dealt: () => void): Promise<void> {
    if (isClosed) return;
    if (peer !== null) {
      dispatch(frame, bytes, dealt);
      return;
    }
    const result = await handshake.take(frame);
    dealt();
    if (isClosed) return;
    if (result.type === "failed") {
      close(`handshake: ${result.reason}`);
      return;
    }
    for (const answer of result.send) writer.write(answer);
    if (result.type === "continue") return;
    cancelHandshake();
    peer = result.peer;
    clockOffsetMs = peer.hello.wall - env.now();
    ports.onOpen(session, peer);
  }

  function dispatch(frame: Frame, bytes: number, dealt: () => void): void {
    if (isClosed) return;
    switch (frame.type) {
      case "ping":
        writer.write({ type: "pong", token: frame.token, wall: env.now() });
        return dealt();
      case "pong":
        ponged(frame.token, frame.wall);
        return dealt();
      case "hello":
      case "auth":
        session.blame(1);
        return dealt();
      default:
        return ports.onFrame(session, frame, bytes, dealt);
    }
  }

  function ping(timeoutMs: number = PING_TIMEOUT_MS): void {
    if (isClosed || peer === null) return;
    // Asked already: only a shorter patience changes anything, as after the page woke up.
    if (waiting !== null && waiting.timeoutMs <= timeoutMs) return;
    waiting?.cancel();
    const token = nextToken;
    nextToken += 1;
    const cancel = env.after(timeoutMs, () => close("no answer"));
    waiting = { token, timeoutMs, sentAt: env.monotonic(), cancel };
    writer.write({ type: "ping", token, wall: env.now() });
  }

  function doubt(timeoutMs: number): void {
    if (isClosed || peer === null) return;
    ping(timeoutMs);
    if (cancelDoubt !== null || isSilent) return;
    const patienceMs = Math.min(timeoutMs, Math.max(SILENT_MS, 4 * (roundTripMs ?? 0)));
    cancelDoubt = env.after(patienceMs, () => {
      cancelDoubt = null;
      isSilent = true;
      ports.onSilence(session);
    });
  }

  /** Whatever was doubted: the other side is there. */
  function trust(): void {
    cancelDoubt?.();
    cancelDoubt = null;
    if (!isSilent) return;
    isSilent = false;
    ports.onSilence(session);
  }

  function ponged(token: number, wall: number): void {
    if (waiting === null || waiting.token !== token) return;
    trust();
    waiting.cancel();
    roundTripMs = Math.max(0, env.monotonic() - waiting.sentAt);
    clockOffsetMs = Math.round(wall + roundTripMs / 2 - env.now());
    waiting = null;
    ports.onMeasured(session);
  }

  function close(reason: string): void {
    if (isClosed) return;
    link.close(reason);
    end(reason);
  }

  function end(reason: string): void {
    if (isClosed) return;
    isClosed = true;
    cancelHandshake();
    waiting?.cancel();
    cancelDoubt?.();
    writer.close();
    ports.onClose(session, reason);
  }
}

/** The device of an open session, hex; null during the handshake. */
export function deviceOf(session: Session): Hex | null {
  const peer = session.peer();
  return peer === null ? null : toHex(peer.device);
}
