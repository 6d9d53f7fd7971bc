/**
 * The page's end of the mesh: carries out the node's commands with sockets and peer connections and
 * reports what happened. It decides nothing: whom to connect to, what a payload means and who the
 * other side is are the node's business. Everything it holds ends with its peer, its server or stop.
 * Source: DESIGN §2 and §6; workers/api.ts MeshCommand, MeshEvent; SPEC MS30 to MS37.
 */
import type { MeshCommand, MeshEvent } from "../../workers/api.ts";
import { readCommand } from "./command-check.ts";
import { PEERS_MAX, PULSE_MS, SLEPT_HIDDEN_MS, SLEPT_MS } from "./limits.ts";
import { MeshPeer } from "./peer.ts";
import { SignallingClient } from "./signalling-client.ts";
import type { SocketEnvironment } from "./signalling-socket.ts";

export type Mesh = {
  /** Closes every link and server and lets go of the port. */
  stop(): void;
  /** How often each kind of bad input was refused since the start; for a diagnosis page. */
  refusals(): Readonly<Record<string, number>>;
};

export type MeshOptions = {
  /** May be empty (one network, or a relay link). */
  readonly iceServers: readonly RTCIceServer[];
  /** Keeps all channels on the page, as where the browser cannot transfer them. */
  readonly isPumping?: boolean;
};

/** Runs the mesh over `port`, whose other end is in the node's worker, until stop. */
export function startMesh(port: MessagePort, options: MeshOptions): Mesh {
  const peers = new Map<string, MeshPeer>();
  const refused = new Map<string, number>();
  let isStopped = false;
  let isPumping = options.isPumping === true;

  const report = (event: MeshEvent, transfer: Transferable[] = []): void => {
    if (!isStopped) port.postMessage(event, transfer);
  };
  const refuse = (reason: string): void => {
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  };

  const signalling = new SignallingClient(BROWSER, {
    onState: (url, state) => report({ type: "server", url, state }),
    onPublished: (topic, data) => report({ type: "published", topic, data }),
    onDropped: refuse,
  });

  const handOver = (peer: string, channel: RTCDataChannel): boolean => {
    if (isPumping) return false;
    try {
      report({ type: "channel", peer, channel }, [channel]);
      return true;
    } catch {
      // An engine from before 2025: this one and all later ones are pumped.
      isPumping = true;
      return false;
    }
  };

  const connect = (peer: string, isInitiator: boolean): void => {
    if (peers.has(peer)) return refuse("duplicate-peer");
    if (typeof RTCPeerConnection === "undefined") {
      return report({ type: "closed", peer, reason: "no-webrtc" });
    }
    if (peers.size >= PEERS_MAX) return report({ type: "closed", peer, reason: "too-many-peers" });
    const connection = new MeshPeer({
      isInitiator,
      iceServers: options.iceServers,
      onSignal: (signal) => report({ type: "signal", peer, signal }),
      handOver: (channel) => handOver(peer, channel),
      onLink: (link) => {
        report({ type: "link", peer, isInitiator, ...link }, link.port === null ? [] : [link.port]);
      },
      onShaken: () => report({ type: "shaken", peer }),
      onClosed: (reason) => {
        peers.delete(peer);
        report({ type: "closed", peer, reason });
      },
      onRefused: refuse,
    });
    peers.set(peer, connection);
  };

  const execute = (command: MeshCommand): void => {
    switch (command.type) {
      case "want":
        return signalling.want(command.servers, command.topics);
      case "publish":
        return signalling.publish(command.topic, command.data);
      case "connect":
        return connect(command.peer, command.isInitiator);
      case "signal": {
        const peer = peers.get(command.peer);
        return peer === undefined ? refuse("unknown-peer") : peer.signal(command.signal);
      }
      case "disconnect":
        return peers.get(command.peer)?.close();
      case "pump":
        isPumping = true;
    }
  };

  const stopWatching = watchWaking((sleptMs) => {
    signalling.resume(sleptMs);
    report({ type: "resumed" });
  });

  const stop = (): void => {
    if (isStopped) return;
    stopWatching();
    signalling.stop();
    for (const peer of peers.values()) peer.stop();
    isStopped = true;
    port.close();
  };

  port.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (isStopped) return;
    const command = readCommand(event.data);
    if (command === null) refuse("bad-command");
    else execute(command);
  });
  // Where engines have it, this event tells that the node's worker died.
  port.addEventListener("close", stop);
  port.start();
  return { stop, refusals: () => Object.fromEntries(refused) };
}

const BROWSER: SocketEnvironment = {
  createSocket: (url) => new WebSocket(url),
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/**
 * Calls back whenever the page may have slept or lost the network, with the milliseconds that nothing
 * of it ran; several calls for one waking are possible. A machine that slept tells no page, so a pulse
 * that comes late is a waking too. Going to sleep (pagehide, freeze) closes nothing: what still lives
 * is found on waking.
 */
function watchWaking(onWake: (sleptMs: number) => void): () => void {
  let beatAt = Date.now();
  const wake = (): void => {
    const sleptMs = Math.max(0, Date.now() - beatAt);
    beatAt = Date.now();
    onWake(sleptMs);
  };
  const pulse = setInterval(() => {
    const lateMs = document.visibilityState === "visible" ? SLEPT_MS : SLEPT_HIDDEN_MS;
    if (Date.now() - beatAt > lateMs) wake();
    beatAt = Date.now();
  }, PULSE_MS);
  const onVisibility = (): void => {
    if (document.visibilityState === "visible") wake();
  };
  const onPageShow = (event: PageTransitionEvent): void => {
    if (event.persisted) wake();
  };
  // Only some engines tell that the kind of network changed; the others fire online or nothing.
  const network = "connection" in navigator ? navigator.connection : null;
  const target = network instanceof EventTarget ? network : null;
  document.addEventListener("visibilitychange", onVisibility);
  document.addEventListener("resume", wake);
  addEventListener("pageshow", onPageShow);
  addEventListener("online", wake);
  target?.addEventListener("change", wake);
  return () => {
    clearInterval(pulse);
    document.removeEventListener("visibilitychange", onVisibility);
    document.removeEventListener("resume", wake);
    removeEventListener("pageshow", onPageShow);
    removeEventListener("online", wake);
    target?.removeEventListener("change", wake);
  };
}
