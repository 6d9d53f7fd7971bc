import { afterEach, describe, expect, test, vi } from "vitest";
import { FRAME_BYTES_MAX } from "./limits.ts";
import { startServer, type RunningServer, type ServerOptions } from "./server.ts";
import { readRefusal, WireClient } from "./testing/wire-client.ts";

const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ port: 0, host: "127.0.0.1", ...options });
  running.push(server);
  return server;
}

async function subscribe(port: number, ...topics: string[]): Promise<WireClient> {
  const client = await WireClient.open(port);
  client.send({ type: "subscribe", topics });
  await client.settle();
  return client;
}

/** Two bystanders must still reach each other. */
async function expectServing({ port }: RunningServer): Promise<void> {
  const listener = await subscribe(port, "bystanders");
  const speaker = await WireClient.open(port);
  speaker.send({ type: "publish", topic: "bystanders", data: "still there" });
  expect(await listener.next()).toMatchObject({ data: "still there", clients: 1 });
  await Promise.all([listener.close(), speaker.close()]);
}

describe("the y-webrtc protocol", () => {
  test("[SG3] a publish reaches every subscriber, the sender too, with their number", async () => {
    const { port } = await start();
    const anna = await subscribe(port, "t");
    const ben = await subscribe(port, "t", "u");
    const cleo = await subscribe(port, "u");
    anna.send({ type: "publish", topic: "t", data: { type: "announce", from: "a" } });
    const expected = {
      type: "publish",
      topic: "t",
      data: { type: "announce", from: "a" },
      clients: 2,
    };
    expect(await anna.next()).toEqual(expected);
    expect(await ben.next()).toEqual(expected);
    await cleo.settle();
  });

  test("[SG4] foreign fields arrive as they were sent, and clients is the server's", async () => {
    const { port } = await start();
    const anna = await subscribe(port, "t");
    anna.send(
      '{"type":"publish","topic":"t","to":[1e2,null],"clients":99,"__proto__":{"x":1},"é":"\\ud83d"}',
    );
    expect(await anna.next()).toEqual(
      JSON.parse(
        '{"type":"publish","topic":"t","to":[100,null],"clients":1,"__proto__":{"x":1},"é":"\\ud83d"}',
      ),
    );
  });

  test("[SG5] a publisher need not subscribe", async () => {
    const { port } = await start();
    const anna = await subscribe(port, "t");
    const ben = await WireClient.open(port);
    ben.send({ type: "publish", topic: "nobody", data: 0 });
    ben.send({ type: "publish", topic: "t", data: 1 });
    expect(await anna.next()).toMatchObject({ data: 1, clients: 1 });
    await ben.settle();
  });

  test("[SG2] nothing arrives after an unsubscribe", async () => {
    const server = await start();
    const anna = await subscribe(server.port, "t", "u");
    anna.send({ type: "unsubscribe", topics: ["t", "never"] });
    anna.send({ type: "publish", topic: "t", data: 1 });
    await anna.settle();
    expect(server.readGauges()).toMatchObject({ topics: 1, subscriptions: 1 });
  });

  test("[SG6] a ping is answered, a pong is not", async () => {
    const { port } = await start();
    const anna = await WireClient.open(port);
    anna.send({ type: "pong" });
    anna.send({ type: "ping" });
    expect(await anna.next()).toEqual({ type: "pong" });
    await anna.settle();
  });

  test("[SG7] any number of unknown types is ignored", async () => {
    const server = await start();
    const anna = await WireClient.open(server.port);
    for (let sent = 0; sent < 20; sent += 1) anna.send({ type: "future", sent });
    await anna.settle();
    expect(server.readCounters()).toMatchObject({ framesUnknown: 20, framesBad: 0 });
  });

  test("[SG14] __proto__ is a topic like any other", async () => {
    const { port } = await start();
    const anna = await subscribe(port, "__proto__");
    const ben = await subscribe(port, "constructor");
    ben.send({ type: "publish", topic: "__proto__", data: 1 });
    expect(await anna.next()).toMatchObject({ topic: "__proto__", clients: 1 });
    await ben.settle();
  });
});

describe("bad frames", () => {
  const BAD: readonly (readonly [string, string | Buffer])[] = [
    ["half an object", "{"],
    ["topics as text", '{"type":"subscribe","topics":"abc"}'],
    ["10,000 topics", JSON.stringify({ type: "subscribe", topics: Array(10_000).fill("t") })],
    ["a long topic", JSON.stringify({ type: "subscribe", topics: ["t".repeat(129)] })],
    ["a topic as object", '{"type":"publish","topic":{"toString":null}}'],
    ["null", "null"],
    ["an empty text", ""],
    ["a binary ping", Buffer.from('{"type":"ping"}')],
    ["binary noise", Buffer.from([0, 255, 1, 254])],
  ];

  test.each(BAD)("[SG21] %s changes nothing, and the eighth closes with 1008", async (_, frame) => {
    const server = await start();
    const anna = await WireClient.open(server.port);
    for (let sent = 0; sent < 7; sent += 1) anna.socket.send(frame);
    await anna.settle();
    expect(server.readGauges()).toMatchObject({ topics: 0, sockets: 1 });
    anna.socket.send(frame);
    expect(await anna.closed).toBe(1008);
    expect(server.readCounters()).toMatchObject({ framesBad: 8, closedForBadFrames: 1 });
    await expectServing(server);
  });

  test("[SG20] a frame of 65,536 bytes is delivered, one byte more closes with 1009", async () => {
    const server = await start();
    const ben = await subscribe(server.port, "t");
    const anna = await WireClient.open(server.port);
    const head = '{"type":"publish","topic":"t","data":"';
    const biggest = `${head}${"x".repeat(FRAME_BYTES_MAX - head.length - 2)}"}`;
    anna.send(biggest);
    expect(await ben.next()).toMatchObject({ clients: 1 });
    anna.send(`${biggest} `);
    expect(await anna.closed).toBe(1009);
    await ben.settle();
  });

  test("[SG20] a million topics and a hundred megabytes close with 1009", async () => {
    const server = await start();
    const anna = await WireClient.open(server.port);
    anna.send({ type: "subscribe", topics: Array(1_000_000).fill("t") });
    expect([1006, 1009]).toContain(await anna.closed);
    const ben = await WireClient.open(server.port);
    ben.socket.send(Buffer.alloc(100_000_000, 32), { binary: false });
    expect([1006, 1009]).toContain(await ben.closed);
    expect(server.readGauges().topics).toBe(0);
    await expectServing(server);
  });

  test("[SG12] a socket that wants too many topics keeps those it has", async () => {
    const server = await start();
    const anna = await WireClient.open(server.port);
    const topics = Array.from({ length: 64 }, (_, index) => `t${index}`);
    anna.send({ type: "subscribe", topics });
    for (let index = 0; index < 7; index += 1) {
      anna.send({ type: "subscribe", topics: [`more${index}`] });
    }
    await anna.settle();
    expect(server.readGauges()).toMatchObject({ topics: 64, subscriptions: 64 });
    anna.send({ type: "subscribe", topics: ["more"] });
    expect(await anna.closed).toBe(1008);
    await expectServing(server);
  });
});

describe("floods and silence", () => {
  test("[SG24] a socket over its rate is slowed down and loses nothing", async () => {
    const limits = { socketFramesPerSecond: 200, socketFramesBurst: 100 };
    const server = await start({ limits });
    const anna = await subscribe(server.port, "t");
    const ben = await WireClient.open(server.port);
    const startedMs = performance.now();
    for (let index = 0; index < 180; index += 1) {
      ben.send({ type: "publish", topic: "t", data: index });
    }
    for (let index = 0; index < 180; index += 1) {
      expect(await anna.next()).toMatchObject({ data: index });
    }
    // 180 frames less the burst of 100 are 80 on credit: at 200 a second, 400 ms without reading.
    await ben.settle();
    expect(performance.now() - startedMs).toBeGreaterThan(350);
    expect(server.readCounters().readsPaused).toBeGreaterThan(0);
  });

  test.each([
    ["frames", { socketFramesPerSecond: 1, socketFramesBurst: 2 }],
    ["bytes", { socketBytesPerSecond: 1, socketBytesBurst: 100 }],
    ["bytes to others", { addressEgressPerSecond: 1, addressEgressBurst: 100 }],
  ])("[SG24] a flood of %s closes with 1008", async (_, limits) => {
    const server = await start({ limits });
    const anna = await WireClient.open(server.port);
    // Corked, all of it reaches the server as one chunk, which reading less cannot slow down.
    const stream = (anna.socket as unknown as { _socket: { cork(): void; uncork(): void } })
      ._socket;
    stream.cork();
    anna.send({ type: "subscribe", topics: ["t"] });
    for (let index = 0; index < 4; index += 1) {
      anna.send({ type: "publish", topic: "t", data: "x".repeat(200) });
    }
    stream.uncork();
    expect(await anna.closed).toBe(1008);
    expect(server.readCounters().closedForFlood).toBe(1);
    await vi.waitFor(
      () => expect(server.readGauges()).toMatchObject({ topics: 0, sockets: 0 }),
      5_000,
    );
  });

  test("[SG24] a flood of protocol pings counts as one of frames", async () => {
    const server = await start({ limits: { socketFramesPerSecond: 1, socketFramesBurst: 2 } });
    const anna = await WireClient.open(server.port);
    const stream = (anna.socket as unknown as { _socket: { cork(): void; uncork(): void } })
      ._socket;
    stream.cork();
    for (let index = 0; index < 10; index += 1) anna.socket.ping("x".repeat(100));
    stream.uncork();
    expect(await anna.closed).toBe(1008);
  });

  test("[SG23] a receiver that does not read is cut off, the others get every frame", async () => {
    const limits = {
      bufferedBytes: 262_144,
      socketBytesPerSecond: 1e9,
      socketBytesBurst: 1e9,
      socketFramesBurst: 10_000,
      addressEgressBurst: 1e9,
    };
    const server = await start({ limits });
    const slow = await subscribe(server.port, "t");
    const reader = await subscribe(server.port, "t");
    const speaker = await WireClient.open(server.port);
    slow.socket.pause();
    const data = "x".repeat(60_000);
    let sent = 0;
    // The kernel's own buffers hold several megabytes before anything waits in the server.
    while (server.readCounters().closedForSlowReading === 0 && sent < 1_000) {
      speaker.send({ type: "publish", topic: "t", sent, data });
      expect(await reader.next()).toMatchObject({ sent });
      sent += 1;
    }
    expect(server.readCounters().closedForSlowReading).toBe(1);
    speaker.send({ type: "publish", topic: "t", data: "after" });
    expect(await reader.next()).toMatchObject({ data: "after", clients: 1 });
    slow.socket.resume();
    expect(await slow.closed).toBe(1006);
  });

  test("[SG29] a socket that says nothing valid is closed, one that subscribed stays", async () => {
    const { port } = await start({ limits: { firstFrameMs: 100 } });
    const anna = await subscribe(port, "t");
    const silent = await WireClient.open(port);
    const noise = await WireClient.open(port);
    noise.send({ type: "future" });
    expect(await silent.closed).toBe(1008);
    expect(await noise.closed).toBe(1008);
    await anna.settle();
  });

  test("[SG29] an idle socket without topics is closed, one with a topic stays", async () => {
    const { port } = await start({ limits: { pingMs: 200, idleMs: 100 } });
    const anna = await subscribe(port, "t");
    const idle = await subscribe(port);
    expect(await idle.closed).toBe(1000);
    await anna.settle();
  });

  test("[SG29] a socket that misses a ping is ended", async () => {
    const server = await start({ limits: { pingMs: 300 } });
    const anna = await subscribe(server.port, "t");
    const dead = await WireClient.open(server.port, { autoPong: false });
    dead.send({ type: "subscribe", topics: ["t"] });
    expect(await dead.closed).toBe(1006);
    await anna.settle();
    expect(server.readGauges()).toMatchObject({ sockets: 1, subscriptions: 1 });
  });
});

describe("admission", () => {
  test("[SG26] a page of another origin is refused, a program is not", async () => {
    const { port } = await start({ allowedOrigins: ["https://family.example"] });
    expect(await readRefusal(port, { origin: "https://evil.example" })).toBe(403);
    expect(await readRefusal(port, { origin: "https://family.example.evil.example" })).toBe(403);
    expect(await readRefusal(port, { origin: "null" })).toBe(403);
    await (await WireClient.open(port, { origin: "https://family.example" })).settle();
    await (await WireClient.open(port)).settle();
  });

  test("[SG27] without the token nobody gets in", async () => {
    const { port } = await start({ accessToken: "s3cret+/=&" });
    const base = `ws://127.0.0.1:${port}`;
    const token = encodeURIComponent("s3cret+/=&");
    for (const query of ["", "?token=", "?token=wrong", `?x=${token}`, `?Token=${token}`]) {
      expect(await readRefusal(`${base}/${query}`)).toBe(401);
    }
    await (await WireClient.open(`${base}/any/path?a=b&token=${token}`)).settle();
  });

  test("[SG22] an address and the server have a limit of sockets, and places become free", async () => {
    const perAddress = await start({ limits: { socketsPerAddress: 1 } });
    const anna = await WireClient.open(perAddress.port);
    expect(await readRefusal(perAddress.port)).toBe(429);
    await anna.close();
    await vi.waitFor(() => expect(perAddress.readGauges().sockets).toBe(0), 5_000);
    await (await WireClient.open(perAddress.port)).settle();
    const total = await start({ limits: { socketsTotal: 1 } });
    await WireClient.open(total.port);
    expect(await readRefusal(total.port)).toBe(503);
  });

  test("[SG22] a broken handshake takes no place", async () => {
    const { port } = await start({ limits: { socketsPerAddress: 1 } });
    for (const headers of [{ "sec-websocket-key": "short" }, { "sec-websocket-version": "7" }]) {
      expect(await readRefusal(port, { headers })).toBe(400);
    }
    await (await WireClient.open(port)).settle();
  });

  test("[SG28] X-Forwarded-For counts behind a proxy only, and its last entry", async () => {
    const forwarded = (list: string) => ({ headers: { "x-forwarded-for": list } });
    const limits = { socketsPerAddress: 1 };
    const proxied = await start({ limits, isBehindProxy: true });
    await WireClient.open(proxied.port, forwarded("198.51.100.9, 192.0.2.1"));
    await WireClient.open(proxied.port, forwarded("198.51.100.9, 192.0.2.2"));
    expect(await readRefusal(proxied.port, forwarded("198.51.100.8, 192.0.2.1"))).toBe(429);
    const direct = await start({ limits });
    await WireClient.open(direct.port, forwarded("192.0.2.1"));
    expect(await readRefusal(direct.port, forwarded("192.0.2.2"))).toBe(429);
  });
});

describe("the life of a server", () => {
  test("[SG48] nothing remains of 300 sockets that came and went", async () => {
    const limits = { pingMs: 500, addressConnectsPerSecond: 1e6, addressEgressPerSecond: 1e9 };
    const server = await start({ limits });
    for (let wave = 0; wave < 6; wave += 1) {
      const clients = await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const topics = Array.from({ length: 10 }, (_, topic) => `t${(index + topic) % 25}`);
          const client = await subscribe(server.port, ...topics);
          if (index % 3 === 0) client.send({ type: "unsubscribe", topics });
          client.send({ type: "publish", topic: `t${index % 25}`, data: wave });
          return client;
        }),
      );
      for (const [index, client] of clients.entries()) {
        if (index % 2 === 0) client.socket.terminate();
        else client.socket.close();
      }
      await Promise.all(clients.map((client) => client.closed));
    }
    const nothing = { sockets: 0, topics: 0, subscriptions: 0, addresses: 0 };
    await vi.waitFor(() => expect(server.readGauges()).toEqual(nothing), { timeout: 5_000 });
  });

  test("[SG47] no log line holds a topic, an address or a token", async () => {
    const lines: string[] = [];
    const server = await start({
      logger: (line) => lines.push(line),
      accessToken: "s3cret",
    });
    expect(await readRefusal(server.port)).toBe(401);
    const anna = await WireClient.open(`ws://127.0.0.1:${server.port}/?token=s3cret`);
    anna.send({ type: "subscribe", topics: ["our-topic"] });
    anna.send({ type: "publish", topic: "our-topic", data: 1 });
    anna.send('{"type":"subscribe","topics":"our-topic"}');
    await anna.next();
    anna.send("x".repeat(70_000));
    await anna.closed;
    const metrics = await fetch(`http://127.0.0.1:${server.port}/metrics?token=s3cret`);
    lines.push(await metrics.text());
    await server.close();
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.join("\n")).not.toMatch(/our-topic|127\.0\.0\.1|s3cret/);
  });

  test("[SG53] closing says 1001 to every socket, also to one that does not answer", async () => {
    const server = await start({ limits: { closeMs: 100 } });
    const anna = await subscribe(server.port, "t");
    const stuck = await subscribe(server.port, "t");
    stuck.socket.pause();
    await server.close();
    expect(await anna.closed).toBe(1001);
    expect(server.readGauges().sockets).toBe(0);
    stuck.socket.resume();
    await stuck.closed;
    await expect(readRefusal(server.port)).rejects.toThrow("ECONNREFUSED");
  });
});
