/**
 * The yardstick of the mesh: pages that connect each to each with simple-peer alone, over the
 * signalling server that serves this page, and send each other bytes. No keys, no storage, nothing
 * drawn. The room is in the fragment; of two pages the one with the smaller id offers.
 */
import SimplePeer from "simple-peer/simplepeer.min.js";
import { showPeers } from "./chat.ts";

/** As many as a short sealed message has on the wire without its body's padding. */
const MESSAGE_BYTES = 300;

interface Signal {
  readonly from: string;
  /** Absent in a hello to everybody. */
  readonly to?: string;
  /** Absent in an answer to a hello. */
  readonly signal?: object;
}

const me = crypto.randomUUID();
const topic = location.hash.slice(1);
const peers = new Map<string, SimplePeer>();
const open = new Set<SimplePeer>();
const delays: number[] = [];
const socket = new WebSocket(`ws://${location.host}/`);

function now(): number {
  return performance.timeOrigin + performance.now();
}

function publish(signal: Omit<Signal, "from">): void {
  socket.send(JSON.stringify({ type: "publish", topic, data: { ...signal, from: me } }));
}

function connect(other: string, isInitiator: boolean): SimplePeer {
  const peer = new SimplePeer({
    initiator: isInitiator,
    trickle: true,
    objectMode: true,
    config: { iceServers: [] },
  });
  peers.set(other, peer);
  peer.on("signal", (signal) => publish({ to: other, signal }));
  peer.on("connect", () => {
    open.add(peer);
    showPeers(open.size);
  });
  peer.on("data", (bytes) => {
    if (typeof bytes === "string") return;
    delays.push(now() - new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0));
  });
  peer.on("error", (error) => console.error(error));
  return peer;
}

function take({ from, to, signal }: Signal): void {
  if (from === me || (to !== undefined && to !== me)) return;
  if (signal !== undefined) (peers.get(from) ?? connect(from, false)).signal(signal);
  else if (me < from && !peers.has(from)) connect(from, true);
  else if (to === undefined) publish({ to: from });
}

socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
  const frame = JSON.parse(data) as { readonly type: string; readonly data?: Signal };
  if (frame.type === "publish" && frame.data !== undefined) take(frame.data);
});
socket.addEventListener("open", () => {
  socket.send(JSON.stringify({ type: "subscribe", topics: [topic] }));
  publish({});
});

Object.assign(globalThis, {
  bareMesh: {
    delays,
    /** One message to each peer, as many times as asked for. */
    send: async (count: number, everyMs: number) => {
      for (let index = 0; index < count; index += 1) {
        const bytes = new Uint8Array(MESSAGE_BYTES);
        new DataView(bytes.buffer).setFloat64(0, now());
        for (const peer of open) peer.send(bytes.buffer);
        await new Promise((resolve) => {
          setTimeout(resolve, everyMs);
        });
      }
    },
  },
});
