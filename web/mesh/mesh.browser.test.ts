/** Real connections in a real engine: two meshes in one page, their signals carried by hand. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  LINK_FRAME_BYTES_MAX,
  type LinkPortMessage,
  type MeshCommand,
  type MeshEvent,
} from "../../workers/api.ts";
import {
  BUFFERED_HIGH_BYTES,
  BUFFERED_LOW_BYTES,
  CONNECT_MS,
  DISCONNECTED_MS,
  PEERS_MAX,
  PULSE_MS,
  SLEPT_HIDDEN_MS,
  SLEPT_MS,
} from "./limits.ts";
import { type Mesh, startMesh } from "./mesh.ts";

type EventOf<Type extends MeshEvent["type"]> = Extract<MeshEvent, { type: Type }>;

/** The node's side of one mesh. */
class Desk {
  readonly port: MessagePort;
  readonly mesh: Mesh;
  readonly events: MeshEvent[] = [];
  readonly #watchers = new Set<() => void>();

  /** The node's end is in this page, as a pump's can be; transferred ones are in links.browser.test.ts. */
  constructor(isPumping = true) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.mesh = startMesh(port2, { iceServers: [], isPumping });
    port1.onmessage = ({ data }: MessageEvent<MeshEvent>) => {
      this.events.push(data);
      for (const watcher of this.#watchers) watcher();
    };
  }

  command(command: MeshCommand): void {
    this.port.postMessage(command);
  }

  signal(peer: string, signal: unknown): void {
    this.command({
      type: "signal",
      peer,
      signal: typeof signal === "string" ? signal : JSON.stringify(signal),
    });
  }

  /** The first event, past or to come, of that type and peer. */
  next<Type extends MeshEvent["type"]>(type: Type, peer?: string): Promise<EventOf<Type>> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.events.find(
          (event): event is EventOf<Type> =>
            event.type === type && (peer === undefined || ("peer" in event && event.peer === peer)),
        );
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found);
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Settles when the mesh has refused a thing for this reason that often. */
  async refused(reason: string, count = 1): Promise<void> {
    await until(() => this.mesh.refusals()[reason] === count);
  }

  /** Settles after every command given so far was carried out: a port keeps its order. */
  async settle(): Promise<void> {
    const before = this.mesh.refusals()["bad-command"] ?? 0;
    this.port.postMessage("not a command");
    await this.refused("bad-command", before + 1);
  }
}

/** Looks again in every task until it is so; the test's own time limit ends it. Fake timers do not stop it. */
async function until(condition: () => boolean): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  while (!condition()) {
    await new Promise((resolve) => {
      port1.addEventListener("message", resolve, { once: true });
      port1.start();
      port2.postMessage(null);
    });
  }
  port1.close();
}

function pretendIce(connection: RTCPeerConnection, state: RTCIceConnectionState): void {
  Object.defineProperty(connection, "iceConnectionState", { value: state, configurable: true });
  // Firefox's connections heed their handlers for the engine's own events only.
  const changed = new Event("iceconnectionstatechange");
  connection.oniceconnectionstatechange?.call(connection, changed);
}

const desks: Desk[] = [];
const connections: RTCPeerConnection[] = [];
const configurations: (RTCConfiguration | undefined)[] = [];
const NativeConnection = RTCPeerConnection;

beforeEach(() => {
  connections.length = 0;
  configurations.length = 0;
  globalThis.RTCPeerConnection = class extends NativeConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
      configurations.push(configuration);
    }
  };
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const desk of desks.splice(0)) desk.mesh.stop();
  globalThis.RTCPeerConnection = NativeConnection;
});

function makeDesk(isPumping = true): Desk {
  const desk = new Desk(isPumping);
  desks.push(desk);
  return desk;
}

/** Carries signals both ways, as the signalling servers and both nodes would. */
function relay(a: Desk, b: Desk): void {
  a.port.addEventListener("message", ({ data }: MessageEvent<MeshEvent>) => {
    if (data.type === "signal") b.signal(data.peer, data.signal);
  });
  b.port.addEventListener("message", ({ data }: MessageEvent<MeshEvent>) => {
    if (data.type === "signal") a.signal(data.peer, data.signal);
  });
}

async function connect(a: Desk, b: Desk, peer: string) {
  a.command({ type: "connect", peer, isInitiator: true });
  b.command({ type: "connect", peer, isInitiator: false });
  const links = await Promise.all([a.next("link", peer), b.next("link", peer)]);
  return [pumped(links[0]), pumped(links[1])] as const;
}

/** A link whose port is there. */
function pumped(link: EventOf<"link">): EventOf<"link"> & { readonly port: MessagePort } {
  const { port } = link;
  if (port === null) throw new Error("a pumped link has a port");
  return { ...link, port };
}

async function makePair(isPumping = true) {
  const a = makeDesk(isPumping);
  const b = makeDesk(isPumping);
  relay(a, b);
  const [linkA, linkB] = await connect(a, b, "1");
  return { a, b, linkA, linkB };
}

/** Collects what a link's port delivers; `until` settles when the messages fulfil the condition. */
function listen(port: MessagePort) {
  const messages: LinkPortMessage[] = [];
  const watchers = new Set<() => void>();
  port.onmessage = ({ data }: MessageEvent<LinkPortMessage>) => {
    messages.push(data);
    for (const watcher of watchers) watcher();
  };
  const frames = () => messages.filter((message) => message instanceof ArrayBuffer);
  const levels = () =>
    messages.flatMap((message) =>
      !(message instanceof ArrayBuffer) && message.type === "buffered" ? [message.bytes] : [],
    );
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return { messages, frames, levels, until };
}

function makeFrame(length: number, fill: number): ArrayBuffer {
  return new Uint8Array(length).fill(fill).buffer;
}

/** A mesh that answers, and a bare engine on the other side that may misbehave. */
function makeHostile(makeChannel: (raw: RTCPeerConnection) => RTCDataChannel) {
  const desk = makeDesk();
  const raw = new NativeConnection();
  const channel = makeChannel(raw);
  const frames = raw.createDataChannel("mesh", { negotiated: true, id: 2 });
  raw.onicecandidate = ({ candidate }) => {
    if (candidate) desk.signal("1", { type: "candidate", candidate: candidate.toJSON() });
  };
  desk.port.addEventListener("message", ({ data }: MessageEvent<MeshEvent>) => {
    if (data.type !== "signal") return;
    const signal = JSON.parse(data.signal) as
      | { type: "answer"; sdp: string }
      | { type: "candidate"; candidate: RTCIceCandidateInit };
    if (signal.type === "answer") void raw.setRemoteDescription(signal);
    else void raw.addIceCandidate(signal.candidate);
  });
  const start = async (): Promise<void> => {
    desk.command({ type: "connect", peer: "1", isInitiator: false });
    await raw.setLocalDescription();
    desk.signal("1", { type: "offer", sdp: raw.localDescription?.sdp });
  };
  return { desk, raw, channel, frames, start };
}

describe("links", () => {
  test("[MS10] connects two meshes, each with the role it was told and the given servers", async () => {
    const { a, b, linkA, linkB } = await makePair();
    expect([linkA.isInitiator, linkB.isInitiator]).toEqual([true, false]);
    expect(configurations.map((configuration) => configuration?.iceServers)).toEqual([[], []]);
    const types = (desk: Desk) =>
      desk.events.flatMap((event) =>
        event.type === "signal" ? [(JSON.parse(event.signal) as { type: string }).type] : [],
      );
    expect(types(a).filter((type) => type !== "candidate")).toEqual(["offer"]);
    expect(types(b).filter((type) => type !== "candidate")).toEqual(["answer"]);
    expect([a.mesh.refusals(), b.mesh.refusals()]).toEqual([{}, {}]);
  });

  test("[MS12] reports both certificates' fingerprints, and both sides see the same two", async () => {
    const { linkA, linkB } = await makePair();
    expect(linkA.localFingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(linkA.localFingerprint).not.toBe(linkA.remoteFingerprint);
    expect(linkA.localFingerprint).toBe(linkB.remoteFingerprint);
    expect(linkA.remoteFingerprint).toBe(linkB.localFingerprint);
    // The engine's own view of the certificate, not the description's.
    const [certificate] = connections[0]!.sctp!.transport.getRemoteCertificates();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", certificate!));
    const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    expect(linkA.remoteFingerprint).toBe(hex);
  });

  test("[MS13] carries frames of 0 to 16,384 bytes whole and in order, both ways", async () => {
    const { linkA, linkB } = await makePair();
    const [atA, atB] = [listen(linkA.port), listen(linkB.port)];
    const sizes = [1, LINK_FRAME_BYTES_MAX, 0, 300, LINK_FRAME_BYTES_MAX];
    for (const [index, size] of sizes.entries()) {
      linkA.port.postMessage(makeFrame(size, index + 1));
      linkB.port.postMessage(makeFrame(size, index + 101));
    }
    await Promise.all([
      atA.until(() => atA.frames().length === sizes.length),
      atB.until(() => atB.frames().length === sizes.length),
    ]);
    expect(atB.frames()).toStrictEqual(sizes.map((size, index) => makeFrame(size, index + 1)));
    expect(atA.frames()).toStrictEqual(sizes.map((size, index) => makeFrame(size, index + 101)));
  });

  test("[MS14] keeps frames that arrive before the node listens", async () => {
    const { linkA, linkB } = await makePair();
    const atA = listen(linkA.port);
    for (let index = 0; index < 5; index += 1) linkB.port.postMessage(makeFrame(100, index));
    // The other way round a frame comes through: those of B are on the page by now or soon.
    linkA.port.postMessage(makeFrame(1, 9));
    const atB = listen(linkB.port);
    await atB.until(() => atB.frames().length === 1);
    await atA.until(() => atA.frames().length === 5);
    expect(atA.frames()).toStrictEqual([0, 1, 2, 3, 4].map((index) => makeFrame(100, index)));
  });

  test("[MS17] mirrors how much waits in the channel, up and down again", async () => {
    const { linkA, linkB } = await makePair();
    const [atA, atB] = [listen(linkA.port), listen(linkB.port)];
    const count = 128; // 2 MiB: far more than the engine takes at once
    for (let index = 0; index < count; index += 1) {
      linkA.port.postMessage(makeFrame(LINK_FRAME_BYTES_MAX, index));
    }
    await atB.until(() => atB.frames().length === count);
    await atA.until(() => atA.levels().some((bytes) => bytes >= BUFFERED_HIGH_BYTES));
    await atA.until(() => atA.levels().at(-1)! <= BUFFERED_LOW_BYTES);
    expect(atB.frames().map((frame) => new Uint8Array(frame)[0])).toEqual(
      Array.from({ length: count }, (_, index) => index),
    );
  });

  test("[MS19] tells both nodes once when one closes, and sends first what was handed over", async () => {
    const count = 16;
    const { a, b, linkA, linkB } = await makePair();
    const [atA, atB] = [listen(linkA.port), listen(linkB.port)];
    for (let index = 0; index < count; index += 1) {
      linkA.port.postMessage(makeFrame(LINK_FRAME_BYTES_MAX, index));
    }
    linkA.port.postMessage({ type: "close" } satisfies LinkPortMessage);
    expect((await a.next("closed")).reason).toBe("closed-by-node");
    expect((await b.next("closed")).reason).toBe("closed-by-remote");
    await atA.until(() => atA.messages.some((message) => "type" in message));
    await atB.until(() =>
      atB.messages.some((message) => "type" in message && message.type === "close"),
    );
    expect(atB.frames()).toHaveLength(count);
    await Promise.all([a.settle(), b.settle()]);
    for (const desk of [a, b]) {
      expect(desk.events.filter((event) => event.type === "closed")).toHaveLength(1);
    }
  });

  test("[MS19] closes by command, before and after the link is there", async () => {
    const { a, b } = await makePair();
    b.command({ type: "disconnect", peer: "1" });
    expect((await b.next("closed", "1")).reason).toBe("closed-by-node");
    expect((await a.next("closed", "1")).reason).toBe("closed-by-remote");
    a.command({ type: "connect", peer: "2", isInitiator: true });
    a.command({ type: "disconnect", peer: "2" });
    expect((await a.next("closed", "2")).reason).toBe("closed-by-node");
  });

  test("[MS20] leaves no connection behind in 20 rounds of connecting and closing", async () => {
    const a = makeDesk();
    const b = makeDesk();
    relay(a, b);
    for (let round = 0; round < 20; round += 1) {
      const peer = String(round);
      await connect(a, b, peer);
      const closer = round % 2 === 0 ? a : b;
      closer.command({ type: "disconnect", peer });
      await Promise.all([a.next("closed", peer), b.next("closed", peer)]);
    }
    expect(connections).toHaveLength(40);
    await until(() => connections.every((each) => each.connectionState === "closed"));
  });

  test("[MS11] gives up a connection that is not open after 20 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const a = makeDesk();
    a.command({ type: "connect", peer: "1", isInitiator: false });
    await a.settle();
    expect(connections).toHaveLength(1);
    vi.advanceTimersByTime(CONNECT_MS - 1);
    await a.settle();
    expect(a.events.some((event) => event.type === "closed")).toBe(false);
    vi.advanceTimersByTime(1);
    expect((await a.next("closed")).reason).toBe("timed-out");
    expect(connections.every((each) => each.connectionState === "closed")).toBe(true);
  });

  test("[MS16] gives up a link that ICE calls disconnected for 4 s, and not one that recovers", async () => {
    const { a } = await makePair();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const [connection] = connections;
    const pretend = (state: RTCIceConnectionState): void => pretendIce(connection!, state);
    pretend("disconnected");
    vi.advanceTimersByTime(DISCONNECTED_MS - 1);
    pretend("connected");
    vi.advanceTimersByTime(DISCONNECTED_MS);
    await a.settle();
    expect(a.events.some((event) => event.type === "closed")).toBe(false);
    pretend("disconnected");
    vi.advanceTimersByTime(DISCONNECTED_MS);
    expect((await a.next("closed")).reason).toBe("disconnected");
  });
});

describe("an engine that cannot transfer channels", () => {
  test("[MS40] pumps the channel that was refused, and does not try again", async () => {
    const native = Object.getOwnPropertyDescriptor(MessagePort.prototype, "postMessage")!;
    let refusals = 0;
    MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown, ...rest) {
      const [transfer] = rest;
      if (Array.isArray(transfer) && transfer.some((one) => one instanceof RTCDataChannel)) {
        refusals += 1;
        throw new DOMException("no transferable type", "DataCloneError");
      }
      Reflect.apply(native.value, this, [message, ...rest]);
    };
    try {
      const { a, b, linkA, linkB } = await makePair(false);
      const atB = listen(linkB.port);
      linkA.port.postMessage(makeFrame(100, 1));
      await atB.until(() => atB.frames().length === 1);
      await connect(a, b, "2");
      expect(refusals).toBe(2);
    } finally {
      Object.defineProperty(MessagePort.prototype, "postMessage", native);
    }
  });

  test("[MS40] pumps from the node's word on", async () => {
    const [a, b] = [makeDesk(false), makeDesk(false)];
    relay(a, b);
    for (const desk of [a, b]) desk.command({ type: "pump" });
    const [linkA, linkB] = await connect(a, b, "1");
    const atB = listen(linkB.port);
    linkA.port.postMessage(makeFrame(100, 1));
    await atB.until(() => atB.frames().length === 1);
  });
});

describe("a path that goes away", () => {
  test("[MS42] says that a link is shaken as soon as ICE says disconnected, once for each time", async () => {
    const { a } = await makePair();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const [connection] = connections;
    for (const state of ["disconnected", "disconnected", "connected", "disconnected"] as const) {
      pretendIce(connection!, state);
    }
    vi.advanceTimersByTime(DISCONNECTED_MS);
    await a.next("closed");
    const shaken = a.events.filter((event) => event.type === "shaken");
    expect(shaken).toEqual([
      { type: "shaken", peer: "1" },
      { type: "shaken", peer: "1" },
    ]);
  });

  test("[MS33] takes a pulse that comes late for a waking", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    const a = makeDesk();
    const resumed = () => a.events.filter((event) => event.type === "resumed").length;
    vi.advanceTimersByTime(10 * PULSE_MS);
    await a.settle();
    expect(resumed()).toBe(0);
    vi.setSystemTime(Date.now() + SLEPT_MS);
    vi.advanceTimersByTime(PULSE_MS);
    await until(() => resumed() === 1);
    vi.advanceTimersByTime(10 * PULSE_MS);
    await a.settle();
    expect(resumed()).toBe(1);
    // A hidden page may be kept from running for a minute, awake.
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    vi.setSystemTime(Date.now() + SLEPT_HIDDEN_MS - PULSE_MS);
    vi.advanceTimersByTime(PULSE_MS);
    await a.settle();
    expect(resumed()).toBe(1);
    vi.setSystemTime(Date.now() + SLEPT_HIDDEN_MS);
    vi.advanceTimersByTime(PULSE_MS);
    await until(() => resumed() === 2);
  });
});

describe("a hostile other side", () => {
  test("[MS9] refuses hostile signals and connects all the same", async () => {
    const a = makeDesk();
    const b = makeDesk();
    a.command({ type: "connect", peer: "1", isInitiator: true });
    b.command({ type: "connect", peer: "1", isInitiator: false });
    const { signal } = await a.next("signal", "1");
    const good = JSON.parse(signal) as { type: string; sdp: string };
    expect(good.type).toBe("offer");
    const otherPrint = `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`;
    const hostile: [string, unknown][] = [
      ["not-json", "}{"],
      ["bad-type", { type: "renegotiate", renegotiate: true }],
      ["bad-type", { type: "transceiverRequest", transceiverRequest: { kind: "video" } }],
      ["wrong-role", { type: "answer", sdp: good.sdp }],
      ["bad-media", { ...good, sdp: `${good.sdp}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n` }],
      ["bad-fingerprint", { ...good, sdp: `${good.sdp}${otherPrint}\r\n` }],
      ["bad-candidate", { type: "candidate", candidate: { candidate: "x", sdpMLineIndex: 0 } }],
      ["bad-candidate", { type: "candidate", candidate: { candidate: "", sdpMLineIndex: 9 } }],
      ["too-big", { ...good, sdp: `${good.sdp}${"a=x\r\n".repeat(5_000)}` }],
    ];
    for (const [, bad] of hostile) b.signal("1", bad);
    // Well-formed, but no engine can use them, before or after the description.
    const useless = {
      type: "candidate",
      candidate: {
        candidate: "candidate:1 1 udp 2113937151 0.0.0.0 0 typ host ufrag nonsense",
        sdpMLineIndex: 0,
        sdpMid: "no such section",
        usernameFragment: "nonsense",
      },
    };
    b.signal("1", useless);
    a.signal("1", good);
    relay(a, b);
    for (const event of a.events) if (event.type === "signal") b.signal("1", event.signal);
    b.signal("1", useless);
    b.signal("1", good);
    await Promise.all([a.next("link", "1"), b.next("link", "1")]);
    const counts: Record<string, number> = { "second-description": 1 };
    for (const [reason] of hostile) counts[reason] = (counts[reason] ?? 0) + 1;
    expect(b.mesh.refusals()).toEqual(counts);
    expect(a.mesh.refusals()).toEqual({ "wrong-role": 1 });
  });

  test("[MS3] refuses an answer that comes before the offer", async () => {
    const other = new NativeConnection();
    other.createDataChannel("x");
    const { sdp: offer } = await other.createOffer();
    const b = makeDesk();
    b.command({ type: "connect", peer: "1", isInitiator: true });
    b.signal("1", { type: "answer", sdp: offer });
    await b.refused("early-answer");
    other.close();
    expect((await b.next("signal", "1")).signal).toContain("offer");
  });

  test("[MS15] closes on a frame above 16 KiB and on text", async () => {
    for (const [bad, reason] of [
      [new Uint8Array(LINK_FRAME_BYTES_MAX + 1), "frame-too-big"],
      ["text", "text-frame"],
    ] as const) {
      const { desk, raw, frames, start } = makeHostile((each) => each.createDataChannel("x"));
      await start();
      const link = pumped(await desk.next("link"));
      const at = listen(link.port);
      await until(() => frames.readyState === "open");
      frames.send(new Uint8Array(LINK_FRAME_BYTES_MAX));
      await at.until(() => at.frames().length === 1);
      if (typeof bad === "string") frames.send(bad);
      else frames.send(bad);
      expect((await desk.next("closed")).reason).toBe(reason);
      expect(at.frames()).toHaveLength(1);
      raw.close();
    }
  });

  test("[MS18] closes on a channel that may lose or reorder, and on a second channel", async () => {
    const weak: RTCDataChannelInit[] = [{ ordered: false }, { maxRetransmits: 0 }];
    for (const init of weak) {
      const { desk, raw, start } = makeHostile((each) => each.createDataChannel("x", init));
      await start();
      expect((await desk.next("closed")).reason).toBe("bad-channel");
      raw.close();
    }
    const { desk, raw, start } = makeHostile((each) => each.createDataChannel("x"));
    await start();
    await desk.next("link");
    raw.createDataChannel("y");
    expect((await desk.next("closed")).reason).toBe("second-channel");
    raw.close();
  });

  test("[MS18] closes on bytes in the channel that only tells who is there", async () => {
    const { desk, raw, channel, start } = makeHostile((each) => each.createDataChannel("x"));
    await start();
    await desk.next("link");
    // Its own end may open later than the other.
    await until(() => channel.readyState === "open");
    channel.send(new Uint8Array(1));
    expect((await desk.next("closed")).reason).toBe("bad-channel");
    raw.close();
  });

  test("[MS19] closes when the other side closes the channel of frames alone", async () => {
    const { desk, raw, frames, start } = makeHostile((each) => each.createDataChannel("x"));
    await start();
    await desk.next("link");
    await until(() => frames.readyState === "open");
    frames.close();
    expect((await desk.next("closed")).reason).toBe("closed-by-remote");
    raw.close();
  });

  test("[MS18] closes when the node puts something on the port that is no frame", async () => {
    const { a, b, linkA } = await makePair();
    linkA.port.postMessage(new ArrayBuffer(LINK_FRAME_BYTES_MAX + 1));
    expect((await a.next("closed")).reason).toBe("bad-port-message");
    expect((await b.next("closed")).reason).toBe("closed-by-remote");
  });
});

describe("the mesh", () => {
  test("[MS31] answers connect with no-webrtc where the browser has none", async () => {
    const a = makeDesk();
    Reflect.deleteProperty(globalThis, "RTCPeerConnection");
    a.command({ type: "connect", peer: "1", isInitiator: true });
    expect(await a.next("closed")).toEqual({ type: "closed", peer: "1", reason: "no-webrtc" });
  });

  test("[MS32] counts what is no command, an unknown peer and a name in use, and goes on", async () => {
    const a = makeDesk();
    a.port.postMessage({ type: "connect", peer: 7 });
    a.signal("nobody", {});
    a.command({ type: "disconnect", peer: "nobody" });
    a.command({ type: "connect", peer: "1", isInitiator: true });
    a.command({ type: "connect", peer: "1", isInitiator: true });
    await a.refused("duplicate-peer");
    expect(a.mesh.refusals()).toEqual({ "bad-command": 1, "unknown-peer": 1, "duplicate-peer": 1 });
    expect((await a.next("signal", "1")).signal).toContain("offer");
    expect(connections).toHaveLength(1);
  });

  test("[MS37] holds 64 connections and refuses one more until one ends", async () => {
    const a = makeDesk();
    for (let index = 0; index <= PEERS_MAX; index += 1) {
      a.command({ type: "connect", peer: `p${index}`, isInitiator: false });
    }
    expect((await a.next("closed")).peer).toBe(`p${PEERS_MAX}`);
    expect((await a.next("closed")).reason).toBe("too-many-peers");
    a.command({ type: "disconnect", peer: "p0" });
    await a.next("closed", "p0");
    a.command({ type: "connect", peer: "again", isInitiator: true });
    expect((await a.next("signal", "again")).signal).toContain("offer");
    expect(connections).toHaveLength(PEERS_MAX + 1);
  });

  test("[MS33] says resumed when the page becomes visible, comes online or wakes", async () => {
    const a = makeDesk();
    const wake: (() => void)[] = [
      () => document.dispatchEvent(new Event("visibilitychange")),
      () => document.dispatchEvent(new Event("resume")),
      () => dispatchEvent(new Event("online")),
      () => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
    ];
    for (const event of wake) event();
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: false }));
    await a.settle();
    const resumed = () => a.events.filter((event) => event.type === "resumed").length;
    await until(() => resumed() >= wake.length);
    expect(resumed()).toBe(wake.length);
    a.mesh.stop();
    for (const event of wake) event();
    expect(resumed()).toBe(wake.length);
  });

  test("[MS34] keeps links through pagehide and freeze", async () => {
    const { a, b, linkA, linkB } = await makePair();
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    document.dispatchEvent(new Event("freeze"));
    const atB = listen(linkB.port);
    linkA.port.postMessage(makeFrame(10, 1));
    await atB.until(() => atB.frames().length === 1);
    expect([...a.events, ...b.events].some((event) => event.type === "closed")).toBe(false);
  });

  test("[MS35] stop closes every connection, and the other side learns of it", async () => {
    const { a, b, linkA } = await makePair();
    const atA = listen(linkA.port);
    a.command({ type: "connect", peer: "2", isInitiator: true });
    await a.next("signal", "2");
    a.mesh.stop();
    a.mesh.stop();
    expect((await b.next("closed")).reason).toBe("closed-by-remote");
    await atA.until(() => atA.messages.length === 1);
    expect(atA.messages).toEqual([{ type: "close" }]);
    await until(() => connections.every((each) => each.connectionState === "closed"));
    expect(connections).toHaveLength(3);
  });
});
