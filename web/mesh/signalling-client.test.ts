import { beforeEach, describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX, TOPICS_PER_FRAME_MAX } from "../../signaling/limits.ts";
import {
  INBOUND_FRAMES_BURST,
  OPEN_MS,
  PING_MS,
  PONG_MS,
  QUEUED_FRAMES_MAX,
  QUEUED_MS_MAX,
  RESUME_PONG_MS,
  SOCKET_SLEEP_MS,
  RETRY_MS_MAX,
  RETRY_MS_MIN,
  SOCKET_BUFFERED_BYTES_MAX,
} from "./limits.ts";
import { SignallingClient } from "./signalling-client.ts";
import type { SocketEnvironment, SocketLike } from "./signalling-socket.ts";

const URL_A = "wss://a.example";
const URL_B = "wss://b.example";
const PING = '{"type":"ping"}';
const PONG = '{"type":"pong"}';

/** A clock that moves when told, and keeps what is to be called back. */
class HandClock {
  time = 1_000;
  readonly timers = new Map<number, { at: number; callback: () => void }>();
  #last = 0;

  readonly after = (ms: number, callback: () => void): (() => void) => {
    this.#last += 1;
    const key = this.#last;
    this.timers.set(key, { at: this.time + ms, callback });
    return () => this.timers.delete(key);
  };

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [due] = [...this.timers].filter(([, { at }]) => at <= end).sort(byTime);
      if (due === undefined) break;
      const [key, { at, callback }] = due;
      this.timers.delete(key);
      this.time = at;
      callback();
    }
    this.time = end;
  }
}

type Timer = [number, { at: number }];
const byTime = (a: Timer, b: Timer): number => a[1].at - b[1].at;

class HandSocket implements SocketLike {
  readonly url: string;
  readonly sent: string[] = [];
  bufferedAmount = 0;
  readyState: SocketLike["readyState"] = 0;
  isClosed = false;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;

  constructor(url: string) {
    this.url = url;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.call(this as never, new Event("open"));
  }

  fail(): void {
    this.readyState = 3;
    this.onclose?.call(this as never, new Event("close") as CloseEvent);
  }

  deliver(data: unknown): void {
    this.onmessage?.call(this as never, new MessageEvent("message", { data }));
  }

  /** What was sent since the last call, pings apart. */
  take(): unknown[] {
    const texts = this.sent.splice(0).filter((text) => text !== PING);
    return texts.map((text) => JSON.parse(text) as unknown);
  }
}

let clock: HandClock;
let sockets: HandSocket[];
let states: string[];
let published: [string, string][];
let dropped: Record<string, number>;
let randomness: number;
let client: SignallingClient;

beforeEach(() => {
  clock = new HandClock();
  sockets = [];
  states = [];
  published = [];
  dropped = {};
  randomness = 0;
  const environment: SocketEnvironment = {
    createSocket: (url) => {
      if (url.includes("forbidden")) throw new DOMException("insecure", "SecurityError");
      const socket = new HandSocket(url);
      sockets.push(socket);
      return socket;
    },
    now: () => clock.time,
    after: clock.after,
    random: () => randomness,
  };
  client = new SignallingClient(environment, {
    onState: (url, state) => states.push(`${url} ${state}`),
    onPublished: (topic, data) => published.push([topic, data]),
    onDropped: (reason) => {
      dropped[reason] = (dropped[reason] ?? 0) + 1;
    },
  });
});

function last(): HandSocket {
  return sockets.at(-1)!;
}

/** One server, open, and known to be a signalling server. */
function openOne(topics: readonly string[] = []): HandSocket {
  client.want([URL_A], topics);
  const socket = last();
  socket.open();
  socket.deliver(PONG);
  socket.take();
  return socket;
}

describe("subscriptions", () => {
  test("[MS21] dials each server once, reports its state and subscribes after every opening", () => {
    client.want([URL_A, URL_B, URL_A], ["t1", "t2"]);
    expect(sockets.map((socket) => socket.url)).toEqual([URL_A, URL_B]);
    expect(sockets[0]!.sent).toEqual([]);
    sockets[0]!.open();
    expect(sockets[0]!.take()).toEqual([{ type: "subscribe", topics: ["t1", "t2"] }]);
    sockets[0]!.fail();
    clock.advance(RETRY_MS_MIN);
    last().open();
    expect(last().take()).toEqual([{ type: "subscribe", topics: ["t1", "t2"] }]);
    expect(states).toEqual([
      `${URL_A} connecting`,
      `${URL_B} connecting`,
      `${URL_A} open`,
      `${URL_A} closed`,
      `${URL_A} connecting`,
      `${URL_A} open`,
    ]);
  });

  test("[MS21] puts at most 64 topics into a frame", () => {
    const topics = Array.from({ length: TOPICS_PER_FRAME_MAX + 1 }, (_, index) => `t${index}`);
    client.want([URL_A], topics);
    last().open();
    expect(last().take()).toEqual([
      { type: "subscribe", topics: topics.slice(0, TOPICS_PER_FRAME_MAX) },
      { type: "subscribe", topics: topics.slice(TOPICS_PER_FRAME_MAX) },
    ]);
  });

  test("[MS22] sends only the difference when the topics change, leaving first", () => {
    const socket = openOne(["t1", "t2"]);
    client.want([URL_A], ["t2", "t3"]);
    expect(socket.take()).toEqual([
      { type: "unsubscribe", topics: ["t1"] },
      { type: "subscribe", topics: ["t3"] },
    ]);
    client.want([URL_A], ["t2", "t3"]);
    expect(socket.take()).toEqual([]);
    expect(sockets).toHaveLength(1);
  });

  test("[MS29] lets go of a server that is no longer wanted, and of everything at the end", () => {
    const socket = openOne(["t"]);
    client.want([URL_B], ["t"]);
    expect(socket.isClosed).toBe(true);
    expect(socket.onmessage).toBeNull();
    expect(states).toContain(`${URL_A} closed`);
    last().fail();
    client.stop();
    client.publish("t", "AA");
    expect(clock.timers.size).toBe(0);
    clock.advance(RETRY_MS_MAX);
    expect(sockets).toHaveLength(2);
    expect(last().isClosed).toBe(true);
  });
});

describe("publishing", () => {
  const frame = (data: string) => ({ type: "publish", topic: "t", data });

  test("[MS23] sends on every open server at once", () => {
    client.want([URL_A, URL_B], []);
    for (const socket of sockets) socket.open();
    client.publish("t", "AAEC");
    for (const socket of sockets) expect(socket.take()).toEqual([frame("AAEC")]);
  });

  test("[MS23] keeps 64 frames for a server that is not open, dropping the oldest", () => {
    client.want([URL_A], ["t"]);
    for (let index = 0; index <= QUEUED_FRAMES_MAX; index += 1) client.publish("t", code(index));
    last().open();
    const [first, ...frames] = last().take();
    expect(first).toEqual({ type: "subscribe", topics: ["t"] });
    expect(frames).toEqual(
      Array.from({ length: QUEUED_FRAMES_MAX }, (_, index) => frame(code(index + 1))),
    );
    expect(dropped).toEqual({ "queue-full": 1 });
  });

  test("[MS23] forgets what waited longer than a connection may take", () => {
    client.want([URL_A], []);
    last().fail();
    client.publish("t", "AAAA");
    clock.advance(1);
    client.publish("t", "BBBB");
    clock.advance(QUEUED_MS_MAX);
    client.resume();
    last().open();
    expect(last().take()).toEqual([frame("BBBB")]);
    expect(dropped).toEqual({ "queue-stale": 1 });
  });

  test("[MS23] gives nothing to a socket that is closing, and keeps it for the next", () => {
    const socket = openOne();
    socket.readyState = 2;
    client.publish("t", "AAEC");
    expect(socket.take()).toEqual([]);
    socket.fail();
    client.resume();
    last().open();
    expect(last().take()).toContainEqual(frame("AAEC"));
  });

  test("[MS23] drops what is above one frame, and everything for a server that does not take it", () => {
    const socket = openOne();
    client.publish("t", "A".repeat(FRAME_BYTES_MAX));
    socket.bufferedAmount = SOCKET_BUFFERED_BYTES_MAX + 1;
    client.publish("t", "AAEC");
    expect(socket.take()).toEqual([]);
    expect(dropped).toEqual({ "publish-too-big": 1, "slow-server": 1 });
  });

  function code(index: number): string {
    return index.toString().padStart(4, "0");
  }
});

describe("liveness", () => {
  test("[MS24] pings 25 s after an answer and takes silence of 10 s for death", () => {
    const socket = openOne();
    socket.sent.length = 0;
    clock.advance(PING_MS - 1);
    expect(socket.sent).toEqual([]);
    clock.advance(1);
    expect(socket.sent).toEqual([PING]);
    clock.advance(PONG_MS - 1);
    socket.deliver(PONG);
    clock.advance(PING_MS);
    expect(socket.sent).toEqual([PING, PING]);
    clock.advance(PONG_MS);
    expect(socket.isClosed).toBe(true);
    expect(states.at(-1)).toBe(`${URL_A} closed`);
    expect(clock.timers.size).toBe(1);
  });

  test("[MS24] answers the server's ping, and takes any frame for life", () => {
    const socket = openOne(["t"]);
    clock.advance(PING_MS);
    socket.sent.length = 0;
    socket.deliver('{"type":"ping"}');
    expect(socket.sent).toEqual([PONG]);
    clock.advance(PONG_MS);
    expect(socket.isClosed).toBe(false);
  });

  test("[MS25] gives a socket 10 s to open", () => {
    client.want([URL_A], []);
    clock.advance(OPEN_MS);
    expect(sockets[0]!.isClosed).toBe(true);
    expect(states).toEqual([`${URL_A} connecting`, `${URL_A} closed`]);
  });

  test("[MS25] waits between 1 s and a bound that doubles up to 30 s", () => {
    for (const [random, waits] of [
      [0, [1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]],
      [1, [2_000, 4_000, 8_000, 16_000, RETRY_MS_MAX, RETRY_MS_MAX, RETRY_MS_MAX]],
    ] as const) {
      randomness = random;
      client.want([`wss://${random}.example`], []);
      for (const wait of waits) {
        last().fail();
        const count = sockets.length;
        clock.advance(wait - 1);
        expect(sockets).toHaveLength(count);
        clock.advance(1);
        expect(sockets).toHaveLength(count + 1);
      }
    }
  });

  test("[MS25] forgets its failures at the first frame, not at the opening", () => {
    randomness = 1;
    client.want([URL_A], []);
    for (const wait of [2_000, 4_000, 8_000]) {
      last().open();
      last().fail();
      clock.advance(wait);
    }
    expect(sockets).toHaveLength(4);
    last().open();
    last().deliver(PONG);
    last().fail();
    clock.advance(2_000);
    expect(sockets).toHaveLength(5);
  });

  test("[MS26] dials at once on waking, whatever the wait was", () => {
    randomness = 1;
    client.want([URL_A], []);
    for (const wait of [2_000, 4_000]) {
      last().fail();
      clock.advance(wait);
    }
    last().fail();
    client.resume();
    expect(sockets).toHaveLength(4);
    expect(clock.timers.size).toBe(1);
    last().fail();
    clock.advance(2_000);
    expect(sockets).toHaveLength(5);
  });

  test("[MS26] gives an open socket 1 s to prove on waking that it lives", () => {
    const alive = openOne(["t"]);
    client.resume();
    client.resume();
    expect(alive.sent).toEqual([PING, PING]);
    alive.deliver(PONG);
    clock.advance(RESUME_PONG_MS);
    expect(alive.isClosed).toBe(false);
    client.resume();
    clock.advance(RESUME_PONG_MS);
    expect(alive.isClosed).toBe(true);
    expect(sockets).toHaveLength(2);
    last().open();
    expect(last().take()).toEqual([{ type: "subscribe", topics: ["t"] }]);
  });

  test("[MS26] dials an open socket anew at once after a minute of sleep, its topics with it", () => {
    const old = openOne(["t"]);
    client.resume(SOCKET_SLEEP_MS - 1);
    expect(sockets).toHaveLength(1);
    client.resume(SOCKET_SLEEP_MS);
    expect(old.isClosed).toBe(true);
    expect(sockets).toHaveLength(2);
    client.publish("t", "AAEC");
    last().open();
    expect(last().take()).toEqual([
      { type: "subscribe", topics: ["t"] },
      { type: "publish", topic: "t", data: "AAEC" },
    ]);
  });

  test("[MS26] starts a hanging attempt anew on waking, and leaves a young one", () => {
    client.want([URL_A], []);
    clock.advance(RESUME_PONG_MS);
    client.resume();
    expect(sockets).toHaveLength(1);
    clock.advance(1);
    client.resume();
    expect(sockets).toHaveLength(2);
    expect(sockets[0]!.isClosed).toBe(true);
  });
});

describe("a lying server", () => {
  test("[MS27] can send nothing but base64 on a wanted topic; the rest is counted", () => {
    const socket = openOne(["t"]);
    const bad: [unknown, string][] = [
      ["{", "not-json"],
      ["[]", "not-an-object"],
      ['{"type":"welcome"}', "unknown-type"],
      ['{"type":"publish","topic":7}', "bad-topic"],
      [JSON.stringify({ type: "publish", topic: "other", data: "AAEC" }), "unwanted-topic"],
      [JSON.stringify({ type: "publish", topic: "__proto__", data: "AAEC" }), "unwanted-topic"],
      [JSON.stringify({ type: "publish", topic: "t", data: { a: 1 } }), "not-base64"],
      [JSON.stringify({ type: "publish", topic: "t", data: "<b>" }), "not-base64"],
      [JSON.stringify({ type: "publish", topic: "t" }), "not-base64"],
      [`"${"x".repeat(FRAME_BYTES_MAX + 100)}"`, "too-big"],
      [new ArrayBuffer(3), "not-text"],
    ];
    const expected: Record<string, number> = {};
    for (const [data, reason] of bad) {
      socket.deliver(data);
      expected[reason] = (expected[reason] ?? 0) + 1;
      expect(dropped).toEqual(expected);
    }
    expect(published).toEqual([]);
    expect(socket.isClosed).toBe(false);
    socket.deliver(JSON.stringify({ type: "publish", topic: "t", data: "AAEC", clients: 2 }));
    expect(published).toEqual([["t", "AAEC"]]);
  });

  test("[MS27] is not listened to beyond 2,000 frames at once and 200 a second", () => {
    const socket = openOne(["t"]);
    clock.advance(1_000);
    const text = JSON.stringify({ type: "publish", topic: "t", data: "AAEC" });
    for (let index = 0; index < INBOUND_FRAMES_BURST + 5; index += 1) socket.deliver(text);
    expect(published).toHaveLength(INBOUND_FRAMES_BURST);
    expect(dropped).toEqual({ "too-many-frames": 5 });
    clock.advance(1_000);
    for (let index = 0; index < 300; index += 1) socket.deliver(text);
    expect(published).toHaveLength(INBOUND_FRAMES_BURST + 200);
  });

  test("[MS28] an address that the browser forbids is tried later and harms nothing else", () => {
    client.want(["ws://forbidden.example", URL_A], []);
    expect(dropped).toEqual({ "forbidden-url": 1 });
    expect(states[0]).toBe("ws://forbidden.example closed");
    expect(sockets).toHaveLength(1);
    last().open();
    expect(states).toContain(`${URL_A} open`);
    clock.advance(RETRY_MS_MIN);
    expect(dropped).toEqual({ "forbidden-url": 2 });
  });
});
