import { beforeEach, expect, test } from "vitest";
import { deviceIdOf } from "../core/codec/ids.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { createPlainVault } from "../crypto/vault.ts";
import { LINK_FRAME_BYTES_MAX } from "../api.ts";
import type { Environment } from "./environment.ts";
import { fragment } from "./framing.ts";
import { encodeFrame, type Frame } from "./frames.ts";
import {
  HANDSHAKE_TIMEOUT_MS,
  PEER_FAULTS_MAX,
  PING_TIMEOUT_MS,
  RESUME_TIMEOUT_MS,
  SILENT_MS,
} from "./limits.ts";
import { BACKLOG_BYTES_MAX, IN_FLIGHT_BYTES_MAX } from "./link-limits.ts";
import type { Link } from "./link.ts";
import { deviceOf, openSession, type Session } from "./session.ts";
import { createVirtualTime, type VirtualTime } from "./testing/virtual-time.ts";
import { createWire } from "./testing/wire.ts";

const FAMILY = new Uint8Array(32).fill(1);
const idle = async (): Promise<void> => {};

interface End {
  readonly session: Session;
  readonly opened: string[];
  readonly frames: Frame[];
  readonly closed: string[];
  /** What was said of silence, in order. */
  readonly silences: boolean[];
  /** Of the frames, in order: to be called when the test wants it dealt with. */
  readonly dealt: (() => void)[];
}

let time: VirtualTime;
let env: Environment;
beforeEach(() => {
  time = createVirtualTime(1_000_000);
  env = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    after: (delayMs, call) => time.after(delayMs, call),
    seed: [1, 2, 3, 4],
    crypto: time.counted(createCryptoSuite()),
    store: createMemoryStore(),
    vault: createPlainVault(),
    rulesKnown: 1,
    build: "test",
  };
});

async function endOf(link: Link, seed: number, wall = env.now()): Promise<End> {
  const signer = await env.crypto.createSigner(new Uint8Array(32).fill(seed));
  const opened: string[] = [];
  const frames: Frame[] = [];
  const closed: string[] = [];
  const silences: boolean[] = [];
  const dealt: (() => void)[] = [];
  const session = openSession(
    env,
    env.crypto,
    link,
    {
      family: FAMILY,
      signer,
      head: { height: 0, hash: new Uint8Array(32) },
      wall,
      build: "test",
      inviteProver: null,
    },
    {
      onOpen: (one) => opened.push(deviceOf(one) ?? "none"),
      onMeasured: () => {},
      onSilence: (one) => silences.push(one.isSilent()),
      onFrame: (_, frame, _bytes, done) => {
        frames.push(frame);
        dealt.push(done);
      },
      onClose: (_, reason) => closed.push(reason),
    },
  );
  return { session, opened, frames, closed, silences, dealt };
}

async function pair(transport: "memory" | "rtc" = "memory"): Promise<readonly [End, End]> {
  const { links } = createWire([{ type: "family" }, { type: "family" }], transport);
  const ends = [await endOf(links[0], 1), await endOf(links[1], 2)] as const;
  await time.settle(idle);
  return ends;
}

const STATUS: Frame = {
  type: "status",
  epoch: 0,
  height: 1,
  head: new Uint8Array(32),
  secretEpoch: 1,
};

test("[SE1] both ends open once, with the other's device, and frames pass in order", async () => {
  const [a, b] = await pair();
  const signer = await env.crypto.createSigner(new Uint8Array(32).fill(2));
  expect(a.opened).toEqual([deviceOf(a.session)]);
  expect(a.session.peer()?.device).toEqual(deviceIdOf(FAMILY, signer.publicKey));
  for (let height = 0; height < 20; height += 1) a.session.send({ ...STATUS, height });
  await time.settle(idle);
  const heights = b.frames.map((frame) => (frame.type === "status" ? frame.height : -1));
  expect(heights).toEqual(Array.from({ length: 20 }, (_, index) => index));
});

test("[SE2] before the handshake any other frame ends the link, and none is handed on", async () => {
  for (const frame of [STATUS, { type: "ping", token: 1, wall: 1 } as const]) {
    const { links } = createWire([{ type: "family" }, { type: "family" }]);
    const b = await endOf(links[1], 2);
    links[0].receive({ onFrame: () => {}, onClose: () => {}, onDrain: () => {} });
    for (const part of fragment(encodeFrame(frame), 0)) links[0].send(part);
    await time.settle(idle);
    expect(b.opened).toEqual([]);
    expect(b.frames).toEqual([]);
    expect(b.closed).toEqual(["handshake: unexpected-frame"]);
  }
});

test("[SE3] a handshake that does not come to its end in ten seconds ends the link", async () => {
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  const b = await endOf(links[1], 2);
  await time.advance(HANDSHAKE_TIMEOUT_MS - 1, idle);
  expect(b.closed).toEqual([]);
  await time.advance(1, idle);
  expect(b.closed).toEqual(["handshake-timeout"]);
});

test("[SE4] bytes that are no frames: before the handshake the end, after it a fault, eight the end", async () => {
  const noise = new Uint8Array(40).fill(0xff);
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  const early = await endOf(links[1], 2);
  links[0].receive({ onFrame: () => {}, onClose: () => {}, onDrain: () => {} });
  for (const part of fragment(noise, 0)) links[0].send(part);
  await time.settle(idle);
  expect(early.closed).toEqual(["handshake: malformed"]);
  const [a, b] = await pair();
  for (let index = 0; index < PEER_FAULTS_MAX; index += 1) {
    expect(b.closed).toEqual([]);
    for (const part of fragment(noise, 0)) a.session.link.send(part);
    await time.settle(idle);
  }
  expect(b.closed).toEqual(["faults"]);
  expect(a.closed).toHaveLength(1);
});

test("[SE5] a link frame that cannot be reassembled ends the link at once", async () => {
  const [a, b] = await pair();
  a.session.link.send(new Uint8Array(LINK_FRAME_BYTES_MAX).fill(0xff));
  await time.settle(idle);
  expect(b.closed[0]).toMatch(/^framing: /);
});

test("[SE6] a second hello or auth after the handshake is a fault, not another handshake", async () => {
  const [a, b] = await pair();
  const before = b.session.peer();
  a.session.send({ type: "auth", signature: new Uint8Array(64), proof: null });
  await time.settle(idle);
  expect(b.session.peer()).toBe(before);
  expect(b.frames).toEqual([]);
  for (let index = 1; index < PEER_FAULTS_MAX; index += 1) {
    a.session.send({ type: "auth", signature: new Uint8Array(64), proof: null });
  }
  await time.settle(idle);
  expect(b.closed).toEqual(["faults"]);
});

test("[SE7] a ping is answered and measured; without an answer in time the link ends", async () => {
  const [a, b] = await pair();
  expect(a.session.roundTripMs()).toBeNull();
  a.session.ping(10_000);
  await time.settle(idle);
  expect(a.session.roundTripMs()).toBe(0);
  await time.advance(20_000, idle);
  expect([a.closed, b.closed]).toEqual([[], []]);
  // The other side is frozen: it takes nothing any more.
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  const [left, right] = [await endOf(links[0], 1), await endOf(links[1], 2)];
  await time.settle(idle);
  const frozen = { ...links[1], send: () => {} };
  Object.assign(right.session.link, frozen);
  left.session.ping(2_000);
  await time.advance(2_000, idle);
  expect(left.closed).toEqual(["no answer"]);
});

test("[SE8] the other clock is known from its hello on, and better from each answer", async () => {
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  const a = await endOf(links[0], 1);
  await endOf(links[1], 2, env.now() + 3_600_000);
  await time.settle(idle);
  expect(a.session.clockOffsetMs()).toBe(3_600_000);
  // Its pong tells the truth of this moment: both run on one clock here.
  a.session.ping(10_000);
  await time.settle(idle);
  expect(a.session.clockOffsetMs()).toBe(0);
  a.session.link.close("over");
  a.session.send(STATUS);
  a.session.ping(10_000);
  await time.advance(20_000, idle);
  expect(a.session.clockOffsetMs()).toBe(0);
});

test("[SE9] a session ends once, whoever closed it, and sends nothing after", async () => {
  const [a, b] = await pair();
  a.session.close("enough");
  a.session.close("again");
  a.session.send(STATUS);
  await time.settle(idle);
  expect(a.closed).toEqual(["enough"]);
  expect(b.closed).toHaveLength(1);
  expect(b.frames).toEqual([]);
});

test("[SE10] a reader that deals with nothing stops the bulk, a vote still passes, and it goes on where it was", async () => {
  const [a, b] = await pair("rtc");
  const bulk: Frame = { type: "blocks", finalised: [new Uint8Array(15_000)] };
  const vote: Frame = { type: "consensus", message: Uint8Array.of(1) };
  for (let count = 0; count < 40; count += 1) a.session.send(bulk);
  await time.settle(idle);
  // What the reader lets in before it falls silent, and what may be under way.
  const letIn = (BACKLOG_BYTES_MAX + IN_FLIGHT_BYTES_MAX) / 15_000;
  expect(b.frames.length).toBeLessThanOrEqual(Math.ceil(letIn));
  expect(b.frames.length).toBeGreaterThan(IN_FLIGHT_BYTES_MAX / 15_000 - 1);
  const stopped = b.frames.length;
  expect(a.session.queuedBytes()).toBeGreaterThan((40 - stopped - 1) * 15_000);
  a.session.send(vote);
  await time.settle(idle);
  expect(b.frames.slice(stopped)).toEqual([vote]);
  for (let count = 0; count < 41; count += 1) {
    b.dealt[count]?.();
    await time.settle(idle);
  }
  expect(b.frames).toHaveLength(41);
  expect(a.session.queuedBytes()).toBe(0);
  expect([a.closed, b.closed]).toEqual([[], []]);
});

test("[SE10] pings are answered over a link whose reader is busy", async () => {
  const [a, b] = await pair("rtc");
  for (let count = 0; count < 40; count += 1) {
    a.session.send({ type: "blocks", finalised: [new Uint8Array(15_000)] });
  }
  await time.settle(idle);
  a.session.ping(2_000);
  await time.advance(2_000, idle);
  expect(a.session.roundTripMs()).toBe(0);
  expect([a.closed, b.closed]).toEqual([[], []]);
});

test("[SE11] a credit that cannot be ends the link at once; within one process there is none", async () => {
  const [a, b] = await pair("rtc");
  a.session.link.send(Uint8Array.of(8, 0xff, 0, 0, 0));
  await time.settle(idle);
  expect(b.closed).toEqual(["framing: bad-credit"]);
  const [c, d] = await pair();
  c.session.link.send(Uint8Array.of(8, 0, 0, 0, 1));
  await time.settle(idle);
  expect(d.closed).toEqual(["framing: bad-flags"]);
});

test("[SE12] a doubted link that does not answer is silent after half a second, and may still come back", async () => {
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  const held: Uint8Array[] = [];
  let isHolding = false;
  const slow: Link = {
    ...links[1],
    send: (bytes) => {
      if (isHolding) held.push(bytes.slice());
      else links[1].send(bytes);
    },
  };
  const [a] = [await endOf(links[0], 1), await endOf(slow, 2)];
  await time.settle(idle);
  a.session.doubt(PING_TIMEOUT_MS);
  await time.settle(idle);
  await time.advance(SILENT_MS, idle);
  expect([a.session.isSilent(), a.silences]).toEqual([false, []]);
  isHolding = true;
  a.session.doubt(PING_TIMEOUT_MS);
  await time.advance(SILENT_MS - 1, idle);
  a.session.doubt(PING_TIMEOUT_MS);
  expect(a.session.isSilent()).toBe(false);
  await time.advance(1, idle);
  expect(a.session.isSilent()).toBe(true);
  for (const bytes of held.splice(0)) links[1].send(bytes);
  await time.settle(idle);
  expect(a.session.isSilent()).toBe(false);
  expect([a.silences, a.closed]).toEqual([[true, false], []]);
  a.session.doubt(RESUME_TIMEOUT_MS);
  await time.advance(RESUME_TIMEOUT_MS, idle);
  expect(a.closed).toEqual(["no answer"]);
});
