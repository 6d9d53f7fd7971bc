/**
 * Fuzzes the running server: frames that are nearly right, raw WebSocket bytes, raw HTTP bytes.
 * Bounded by FUZZ_SECONDS (2 without it); the seed is FUZZ_SEED or a fixed one, and is in the
 * message of every failure.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { startServer } from "./server.ts";
import { SeededRandom } from "./testing/seeded-random.ts";
import { WireClient } from "./testing/wire-client.ts";

const SECONDS = Number(process.env["FUZZ_SECONDS"] ?? 2);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_122);

const SEEDS = [
  '{"type":"subscribe","topics":["t","u"]}',
  '{"type":"unsubscribe","topics":["t"]}',
  '{"type":"publish","topic":"t","data":{"type":"announce","from":"a"}}',
  '{"type":"publish","topic":"__proto__","data":[1e20,null,"\\ud83d"],"clients":-1}',
  '{"type":"ping"}',
  "GET / HTTP/1.1\r\nhost: x\r\naccept: text/html\r\n\r\n",
  "POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
];

const SPLINTERS = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\\u0000",
  "\0",
  "\uFEFF",
  "\ud83d\ude00",
  "null",
  "1e999",
  "-0",
  '"__proto__"',
  '"constructor"',
  '{"toString":null}',
  "%00",
  "../",
  "\r\n\r\n",
  "content-length: 99999999999\r\n",
  "[".repeat(500),
  "x".repeat(70_000),
];

const UPGRADE = [
  "GET /?token=%zz HTTP/1.1",
  "host: x",
  "upgrade: websocket",
  "connection: upgrade",
  "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
  "sec-websocket-version: 13",
  "\r\n",
].join("\r\n");

describe("the server under fuzz", () => {
  test(
    `[SG49] goes on serving others, seed ${SEED}`,
    async () => {
      const uncaught: unknown[] = [];
      const note = (error: unknown): number => uncaught.push(error);
      process.on("uncaughtException", note);
      const limits = { addressConnectsPerSecond: 1e6, addressEgressPerSecond: 1e9, pingMs: 1_000 };
      const server = await startServer({ port: 0, host: "127.0.0.1", limits });
      const random = new SeededRandom(SEED);
      const endsAt = performance.now() + SECONDS * 1_000;
      let inputs = 0;
      while (inputs < 50 || performance.now() < endsAt) {
        inputs += await attack(random, server.port);
        await expectServing(server.port);
      }
      await vi.waitFor(
        () => expect(server.readGauges()).toMatchObject({ sockets: 0, topics: 0, addresses: 0 }),
        { timeout: 5_000 },
      );
      await server.close();
      process.off("uncaughtException", note);
      expect(uncaught).toEqual([]);
      expect(inputs).toBeGreaterThan(50);
    },
    (SECONDS + 30) * 1_000,
  );
});

/** One attacker of a random kind, gone when this settles. Returns how many inputs it sent. */
async function attack(random: SeededRandom, port: number): Promise<number> {
  const inputs = 1 + random.below(30);
  if (random.below(3) > 0) {
    const client = await WireClient.open(port);
    for (let sent = 0; sent < inputs; sent += 1) {
      const isBinary = random.below(10) === 0;
      if (random.below(12) === 0) client.socket.ping(random.bytes(random.below(126)));
      else client.socket.send(isBinary ? random.bytes(random.below(300)) : mutate(random));
    }
    if (random.below(2) === 0) client.socket.terminate();
    else client.socket.close();
    await client.closed;
    return inputs;
  }
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  // The server may hang up while we still write: that is one of the right answers.
  socket.on("error", () => socket.destroy());
  socket.resume();
  if (random.below(2) === 0) socket.write(UPGRADE);
  for (let sent = 0; sent < inputs && socket.writable; sent += 1) {
    socket.write(random.below(2) === 0 ? rawFrame(random) : mutate(random));
  }
  await end(socket);
  return inputs;
}

async function end(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const closed = once(socket, "close");
  socket.destroySoon();
  setImmediate(() => socket.destroy());
  await closed;
}

/** A right text, with up to four places of it broken. */
function mutate(random: SeededRandom): string {
  let text = random.pick(SEEDS);
  for (let times = random.below(5); times > 0; times -= 1) {
    const at = random.below(text.length + 1);
    const cut = random.below(4) === 0 ? random.below(text.length + 1) : 0;
    const splinter =
      random.below(3) === 0 ? random.bytes(3).toString("latin1") : random.pick(SPLINTERS);
    text = text.slice(0, at) + splinter + text.slice(at + cut);
  }
  return text;
}

/** A WebSocket frame with a random head: any opcode, reserved bits, length and mask. */
function rawFrame(random: SeededRandom): Buffer {
  const body = random.bytes(random.below(200));
  const opcode = random.pick([0, 1, 1, 1, 2, 3, 8, 9, 10, 11]);
  const flags = random.pick([0x80, 0x80, 0x80, 0, 0xc0, 0xf0]);
  const length = random.pick([Math.min(body.length, 125), 126, 127, random.below(128)]);
  return Buffer.concat([Buffer.from([flags | opcode, 0x80 | length]), random.bytes(4), body]);
}

async function expectServing(port: number): Promise<void> {
  const listener = await WireClient.open(port);
  listener.send({ type: "subscribe", topics: ["bystanders"] });
  await listener.settle();
  listener.send({ type: "publish", topic: "bystanders", data: "still there" });
  expect(await listener.next()).toMatchObject({ data: "still there", clients: 1 });
  await listener.close();
}
