import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeWire } from "../core/codec/cbor.ts";
import { familyIdOf, toHex } from "../core/codec/ids.ts";
import type { Signer } from "../crypto/suite.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { SIGNAL_BYTES_MAX } from "./link-limits.ts";
import {
  channelOf,
  connectsOf,
  createBus,
  SERVER,
  type Bus,
  type Node,
} from "./rendezvous-bus.suite.test.ts";
import { familyChannel } from "./rendezvous.ts";
import { openSignal, sealSignal, type SignalMessage } from "./signal-envelope.ts";

const crypto = createCryptoSuite();
const FAMILY = familyIdOf(new Uint8Array(32).fill(1));
const TOPICS = ["yesterday", "today", "tomorrow"];
const CHANNEL = channelOf(TOPICS);
const LOW = new Uint8Array(16).fill(1);
const HIGH = new Uint8Array(16).fill(9);
const MIDDLE = new Uint8Array(16).fill(5);
const PLACE = { family: FAMILY, topic: "today", key: CHANNEL.keyFor("today") };

let signers: Signer[] = [];
beforeAll(async () => {
  signers = await Promise.all(
    Array.from({ length: 14 }, (_, seed) =>
      crypto.createSigner(new Uint8Array(32).fill(40 + seed)),
    ),
  );
});

/** Nodes on one bus with channels set and nothing open yet. */
function meet(...sessions: Uint8Array[]): { bus: Bus; nodes: Node[] } {
  const bus = createBus(crypto, FAMILY);
  const nodes = sessions.map((session, index) => bus.join(signers[index]!, session));
  for (const node of nodes) node.rendezvous.setChannels([CHANNEL], [SERVER]);
  return { bus, nodes };
}

const serverOpen = (node: Node): Promise<void> =>
  node.give({ type: "server", url: SERVER, state: "open" });

/** Two nodes that are linked, by the ordinary way. */
async function linkedPair(): Promise<{ bus: Bus; low: Node; high: Node }> {
  const { bus, nodes } = meet(LOW, HIGH);
  const [low, high] = nodes as [Node, Node];
  await Promise.all([serverOpen(low), serverOpen(high)]);
  await bus.settle();
  return { bus, low, high };
}

async function readAll(bus: Bus): Promise<SignalMessage[]> {
  const opened = await Promise.all(
    bus.published.map(({ topic, data }) => openSignal(crypto, { ...PLACE, topic }, data)),
  );
  return opened.flatMap((one) => (one.ok ? [one.message] : []));
}

/** Says something on the family's topic as whichever device in whichever session. */
async function say(
  bus: Bus,
  signer: Signer,
  message: Partial<SignalMessage> & { from: Uint8Array },
): Promise<void> {
  const full = {
    to: null,
    kind: "announce",
    attempt: new Uint8Array(16),
    payload: "",
    ...message,
  } as const;
  await bus.deliver({ topic: "today", data: await sealSignal(crypto, signer, PLACE, full) });
}

const announces = (node: Node): number =>
  node.commands.filter((command) => command.type === "publish").length;

describe("family channel", () => {
  const secret = new Uint8Array(32).fill(8);
  const DAY = 86_400_000;

  test("[RV5] has a topic and a key of its own for each of three days", () => {
    const place = familyChannel(crypto, FAMILY, secret, 20_000 * DAY + 5);
    expect(new Set(place.topics).size).toBe(3);
    expect(new Set(place.topics.map((topic) => toHex(place.keyFor(topic)))).size).toBe(3);
    for (const topic of place.topics) expect(topic).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(() => place.keyFor("another")).toThrow();
  });

  test("[RV5] the middle one is today's, named by the number of the UTC day", () => {
    const place = familyChannel(crypto, FAMILY, secret, 20_000 * DAY);
    place.topics.forEach((topic, index) => {
      const day = encodeWire(19_999 + index);
      const name = crypto.deriveKey(secret, "signal-topic", FAMILY, day).subarray(0, 16);
      expect(topic).toBe(Buffer.from(name).toString("base64url"));
      expect(place.keyFor(topic)).toEqual(crypto.deriveKey(secret, "signal-key", FAMILY, day));
    });
  });

  test("[RV5] neighbouring days share their topics and keys, other secrets and families none", () => {
    const before = familyChannel(crypto, FAMILY, secret, 20_001 * DAY - 1);
    const after = familyChannel(crypto, FAMILY, secret, 20_001 * DAY);
    expect(after.topics.slice(0, 2)).toEqual(before.topics.slice(1));
    expect(after.keyFor(after.topics[0])).toEqual(before.keyFor(before.topics[1]));
    const others = [
      familyChannel(crypto, FAMILY, new Uint8Array(32), 20_001 * DAY),
      familyChannel(crypto, new Uint8Array(32), secret, 20_001 * DAY),
    ];
    for (const other of others) {
      expect(other.topics.some((topic) => after.topics.includes(topic))).toBe(false);
    }
    expect(familyChannel(crypto, FAMILY, secret, -5).topics).toHaveLength(3);
  });
});

describe("rendezvous", () => {
  test("[RV6] two that announce at the same moment connect exactly once", async () => {
    const { bus, low, high } = await linkedPair();
    expect(connectsOf(low).map(({ isInitiator }) => isInitiator)).toEqual([true]);
    expect(connectsOf(high)).toEqual([{ ...connectsOf(low)[0]!, isInitiator: false }]);
    expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
    expect(low.opened[0]!.expectedKey).toEqual(high.signer.publicKey);
    expect(high.opened[0]!.expectedKey).toEqual(low.signer.publicKey);
    expect([low.rendezvous.attempts(), high.rendezvous.attempts()]).toEqual([0, 0]);
    expect(bus.pending).toEqual([]);
  });

  test.each(["low", "high"])("[RV7] one announce suffices, whoever makes it: %s", async (who) => {
    const { bus, nodes } = meet(LOW, HIGH);
    const [low, high] = nodes as [Node, Node];
    await serverOpen(who === "low" ? low : high);
    await bus.settle();
    expect(connectsOf(low).map(({ isInitiator }) => isInitiator)).toEqual([true]);
    expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
    const asked = (await readAll(bus)).filter((one) => one.kind === "announce" && one.to !== null);
    expect(asked).toHaveLength(who === "low" ? 1 : 0);
    if (who === "low") expect(asked[0]!.to).toEqual(LOW);
  });

  test("[RV8] neither answers nor connects to whom it does not admit", async () => {
    for (const session of [LOW, HIGH]) {
      const { bus, nodes } = meet(MIDDLE);
      const [node] = nodes as [Node];
      node.rendezvous.setChannels([channelOf(TOPICS, () => false)], [SERVER]);
      const quiet = announces(node);
      await say(bus, signers[5]!, { from: session });
      await say(bus, signers[5]!, { from: session, to: MIDDLE, kind: "signal", payload: "offer" });
      expect(connectsOf(node)).toEqual([]);
      expect(announces(node)).toBe(quiet);
      expect(node.rendezvous.refusals()["not-admitted"]).toBe(2);
    }
  });

  test("[RV9] announces on opening and on waking, 1 s apart, else after 5 s doubling to 60 s", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await serverOpen(node);
    expect(announces(node)).toBe(1);
    await node.rendezvous.resumed();
    await node.give({ type: "resumed" });
    expect(announces(node)).toBe(1);
    bus.time += 1_000;
    await node.rendezvous.tick();
    expect(announces(node)).toBe(2);
    const at: number[] = [];
    const start = bus.time;
    for (let step = 0; step < 4_000; step += 1) {
      bus.time += 100;
      const before = announces(node);
      await node.rendezvous.tick();
      if (announces(node) > before) at.push(bus.time);
    }
    const waits = at.map((time, index) => time - (at[index - 1] ?? start));
    [5, 10, 20, 40, 60, 60].forEach((seconds, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(seconds * 800);
      expect(waits[index]).toBeLessThanOrEqual(seconds * 1_200 + 100);
    });
    bus.time += 2_000;
    await node.give({ type: "resumed" });
    const before = announces(node);
    bus.time += 6_100;
    await node.rendezvous.tick();
    expect(announces(node)).toBe(before + 1);
  });

  test("[RV9] announces when a link is lost", async () => {
    const { bus, low, high } = await linkedPair();
    bus.time += 2_000;
    const before = announces(low);
    low.linked.clear();
    await low.give({ type: "closed", peer: connectsOf(low)[0]!.peer, reason: "disconnected" });
    expect(announces(low)).toBe(before + 1);
    high.linked.clear();
    await high.give({ type: "closed", peer: connectsOf(low)[0]!.peer, reason: "disconnected" });
    bus.time += 5_000;
    await low.rendezvous.resumed();
    await bus.settle();
    expect([low.opened.length, high.opened.length]).toEqual([2, 2]);
  });

  test("[RV25] a device whose link fell silent is met beside it; one that is heard again is not", async () => {
    const { bus, low, high } = await linkedPair();
    bus.time += 5_000;
    const before = announces(low);
    for (const [node, other] of [
      [low, high],
      [high, low],
    ] as const) {
      node.linked.delete(toHex(other.signer.publicKey));
      await node.rendezvous.silence(other.signer.publicKey, true);
    }
    expect(announces(low)).toBe(before + 1);
    await bus.settle();
    expect([low.opened.length, high.opened.length]).toEqual([2, 2]);
    // Heard again, and the old link closed: nothing more is made.
    await low.rendezvous.silence(high.signer.publicKey, false);
    bus.time += 5_000;
    await low.rendezvous.resumed();
    await bus.settle();
    expect([low.opened.length, high.opened.length]).toEqual([2, 2]);
  });

  test("[RV26] an announce of a session whose link stands, and a shaken path, put the link in doubt", async () => {
    const { bus, low, high } = await linkedPair();
    const lowName = toHex(low.signer.publicKey);
    bus.time += 5_000;
    await low.rendezvous.resumed();
    await bus.settle();
    expect(high.doubted).toEqual([lowName]);
    expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
    const { peer } = connectsOf(high)[0]!;
    await high.give({ type: "shaken", peer });
    await high.give({ type: "shaken", peer: "00" });
    expect(high.doubted).toEqual([lowName, lowName]);
    await high.give({ type: "closed", peer, reason: "gone" });
    await high.give({ type: "shaken", peer });
    expect(high.doubted).toHaveLength(2);
  });

  test("[RV10] says nothing without a server, nor while everybody is linked", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await node.rendezvous.tick();
    await node.rendezvous.resumed();
    expect(announces(node)).toBe(0);
    let isComplete = true;
    const channel = channelOf(TOPICS, () => true, { isComplete: () => isComplete });
    node.rendezvous.setChannels([channel], [SERVER]);
    await serverOpen(node);
    bus.time += 100_000;
    await node.rendezvous.tick();
    expect(announces(node)).toBe(0);
    isComplete = false;
    await node.rendezvous.tick();
    expect(announces(node)).toBe(1);
  });

  test("[RV11] at most eight attempts, two with one device, one with a session", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    for (let device = 1; device <= 12; device += 1) {
      await say(bus, signers[device]!, { from: new Uint8Array(16).fill(100 + device) });
    }
    expect(node.rendezvous.attempts()).toBe(8);
    expect(node.rendezvous.refusals()["too-many-attempts"]).toBe(4);

    const second = meet(LOW);
    for (let session = 0; session < 5; session += 1) {
      await say(second.bus, signers[1]!, { from: new Uint8Array(16).fill(100 + session) });
      second.bus.time += 1_000;
      await say(second.bus, signers[1]!, { from: new Uint8Array(16).fill(100 + session) });
      expect(second.nodes[0]!.rendezvous.attempts()).toBeLessThanOrEqual(2);
    }
    expect(connectsOf(second.nodes[0]!)).toHaveLength(5);
  });

  test("[RV11] four over invites at most, so that who holds a link keeps nobody of the family out", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    const purpose = { type: "invite", invite: "ab", side: "inviter" } as const;
    const invite = channelOf(["invite"], () => true, { purpose });
    node.rendezvous.setChannels([channelOf(TOPICS), invite], [SERVER]);
    const place = { ...PLACE, topic: "invite" };
    for (let device = 1; device <= 8; device += 1) {
      const from = new Uint8Array(16).fill(100 + device);
      const announce = { from, to: null, kind: "announce", payload: "" } as const;
      const message = { ...announce, attempt: new Uint8Array(16) };
      await bus.deliver({
        topic: "invite",
        data: await sealSignal(crypto, signers[device]!, place, message),
      });
    }
    expect(node.rendezvous.attempts()).toBe(4);
    await say(bus, signers[9]!, { from: new Uint8Array(16).fill(109) });
    expect(node.rendezvous.attempts()).toBe(5);
  });

  test("[RV11] gives up after 20 s and says so; the other side ends its attempt too", async () => {
    const { bus, nodes } = meet(LOW, HIGH);
    const [low, high] = nodes as [Node, Node];
    await serverOpen(high);
    await bus.deliver(bus.pending.shift()!);
    const [offer] = bus.pending.splice(0);
    await bus.deliver(offer!);
    expect([low.rendezvous.attempts(), high.rendezvous.attempts()]).toEqual([1, 1]);
    // The answer is lost.
    bus.pending.length = 0;
    bus.time += 19_999;
    await low.rendezvous.tick();
    expect(low.rendezvous.attempts()).toBe(1);
    bus.time += 1;
    await low.rendezvous.tick();
    const { peer } = connectsOf(low)[0]!;
    expect(low.rendezvous.attempts()).toBe(0);
    expect(low.commands).toContainEqual({ type: "disconnect", peer });
    await bus.settle();
    expect(high.rendezvous.attempts()).toBe(0);
    expect(high.commands).toContainEqual({ type: "disconnect", peer });
  });

  test("[RV11] a session that begins anew ends its own earlier attempt", async () => {
    const { bus, nodes } = meet(MIDDLE);
    const [node] = nodes as [Node];
    const offer = { from: LOW, to: MIDDLE, kind: "signal", payload: "x" } as const;
    await say(bus, signers[1]!, { ...offer, attempt: new Uint8Array(16).fill(77) });
    await say(bus, signers[1]!, { ...offer, attempt: new Uint8Array(16).fill(78) });
    const [first, second] = connectsOf(node);
    expect(node.rendezvous.attempts()).toBe(1);
    expect(node.commands).toContainEqual({ type: "disconnect", peer: first!.peer });
    expect(node.commands).not.toContainEqual({ type: "disconnect", peer: second!.peer });
  });

  test("[RV12] a bye of anybody else ends nothing; one before its attempt stops it", async () => {
    const { bus, nodes } = meet(MIDDLE);
    const [node] = nodes as [Node];
    const attempt = new Uint8Array(16).fill(77);
    const offer = { from: LOW, to: MIDDLE, kind: "signal", attempt, payload: "x" } as const;
    await say(bus, signers[1]!, offer);
    expect(node.rendezvous.attempts()).toBe(1);
    await say(bus, signers[2]!, { ...offer, kind: "bye" });
    await say(bus, signers[1]!, { ...offer, kind: "bye", from: HIGH });
    expect(node.rendezvous.attempts()).toBe(1);
    expect(node.rendezvous.refusals()["foreign-attempt"]).toBe(2);
    await say(bus, signers[1]!, { ...offer, kind: "bye" });
    expect(node.rendezvous.attempts()).toBe(0);
    await say(bus, signers[1]!, offer);
    expect(node.rendezvous.attempts()).toBe(0);

    const early = new Uint8Array(16).fill(78);
    await say(bus, signers[1]!, { ...offer, kind: "bye", attempt: early });
    await say(bus, signers[1]!, { ...offer, attempt: early });
    expect(node.rendezvous.attempts()).toBe(0);
  });

  test("[RV13] answers a session at most once in 4 s", async () => {
    const { bus, nodes } = meet(HIGH);
    const [node] = nodes as [Node];
    for (let count = 0; count < 10; count += 1) await say(bus, signers[1]!, { from: LOW });
    expect(announces(node)).toBe(1);
    bus.time += 3_999;
    await say(bus, signers[1]!, { from: LOW });
    expect(announces(node)).toBe(1);
    bus.time += 1;
    await say(bus, signers[1]!, { from: LOW });
    expect(announces(node)).toBe(2);
    await say(bus, signers[1]!, { from: MIDDLE });
    expect(announces(node)).toBe(3);
  });

  test("[RV14] a delayed announce makes no second link while the first is in its handshake", async () => {
    const { bus, nodes } = meet(LOW, HIGH);
    const [low, high] = nodes as [Node, Node];
    bus.isProving = false;
    await Promise.all([serverOpen(low), serverOpen(high)]);
    await bus.settle();
    bus.time += 10_000;
    await say(bus, high.signer, { from: HIGH });
    await say(bus, high.signer, { from: HIGH, to: LOW });
    await say(bus, low.signer, { from: LOW });
    expect([connectsOf(low).length, connectsOf(high).length]).toEqual([1, 1]);
  });

  test("[RV14] a device linked in another way is not called", async () => {
    for (const session of [LOW, HIGH]) {
      const { bus, nodes } = meet(MIDDLE);
      const [node] = nodes as [Node];
      node.linked.add(toHex(signers[1]!.publicKey));
      await say(bus, signers[1]!, { from: session });
      expect([connectsOf(node).length, announces(node)]).toEqual([0, 0]);
    }
  });

  test("[RV15] a device that started again is met while its old link stands", async () => {
    const { bus, low, high } = await linkedPair();
    bus.nodes.splice(bus.nodes.indexOf(high), 1);
    for (const session of [new Uint8Array(16).fill(12), new Uint8Array(16).fill(0)]) {
      bus.time += 5_000;
      const again = bus.join(high.signer, session);
      again.rendezvous.setChannels([CHANNEL], [SERVER]);
      const before = low.opened.length;
      await serverOpen(again);
      await bus.settle();
      expect(low.opened).toHaveLength(before + 1);
      expect(again.opened).toHaveLength(1);
      bus.nodes.splice(bus.nodes.indexOf(again), 1);
    }
    // The links of the sessions before end at last; their announces are past.
    for (const { peer } of connectsOf(low).slice(0, 2)) {
      await low.give({ type: "closed", peer, reason: "disconnected" });
    }
    bus.time += 5_000;
    const before = connectsOf(low).length;
    for (const from of [HIGH, new Uint8Array(16).fill(12)]) await say(bus, high.signer, { from });
    expect(connectsOf(low)).toHaveLength(before);
  });

  test("[RV16] a server that drops, delays, repeats and reorders makes no second link", async () => {
    const lie = fc.array(
      fc.record({ what: fc.constantFrom("next", "last", "drop", "repeat", "wait"), at: fc.nat() }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(lie, async (moves) => {
        const { bus, nodes } = meet(LOW, HIGH);
        const [low, high] = nodes as [Node, Node];
        await Promise.all([serverOpen(low), serverOpen(high)]);
        for (const { what, at } of moves) {
          if (what === "wait") {
            bus.time += 3_000;
            await Promise.all(nodes.map((node) => node.rendezvous.tick()));
            continue;
          }
          const old = bus.published[at % Math.max(1, bus.published.length)];
          const taken = what === "next" ? bus.pending.shift() : bus.pending.pop();
          if (what === "repeat" && old !== undefined) await bus.deliver(old);
          if (what === "repeat" && taken !== undefined) bus.pending.push(taken);
          if (what !== "drop" && what !== "repeat" && taken !== undefined) await bus.deliver(taken);
        }
        expect(low.opened.length).toBeLessThanOrEqual(1);
        // From now on it is honest.
        for (let round = 0; round < 12 && low.opened.length === 0; round += 1) {
          await bus.settle();
          bus.time += 11_000;
          await Promise.all(nodes.map((node) => node.rendezvous.tick()));
        }
        for (const envelope of bus.published.slice()) await bus.deliver(envelope);
        await bus.settle();
        expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
      }),
      { numRuns: 40 },
    );
  });

  test("[RV17] a link carries both fingerprints and its purpose", async () => {
    const { low, high } = await linkedPair();
    const binding = low.opened[0]!.link.binding;
    expect(binding).toMatchObject({
      transport: "rtc",
      isInitiator: true,
      purpose: { type: "family" },
    });
    expect(toHex(binding.localFingerprint)).toBe("a".repeat(64));
    expect(toHex(binding.remoteFingerprint)).toBe("b".repeat(64));
    expect(high.opened[0]!.link.binding.isInitiator).toBe(false);
  });

  test.each([
    ["a short fingerprint", { localFingerprint: "a".repeat(62) }],
    ["upper case", { remoteFingerprint: "B".repeat(64) }],
    ["colons", { remoteFingerprint: "b:".repeat(32) }],
    ["none", { localFingerprint: "" }],
    ["twice the same", { remoteFingerprint: "a".repeat(64) }],
    ["the wrong role", { isInitiator: false }],
    ["an unknown attempt", { peer: "00" }],
  ])("[RV17] refuses a link with %s", async (_name, wrong) => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await say(bus, signers[1]!, { from: HIGH });
    const { port1, port2 } = new MessageChannel();
    const closed = new Promise((resolve) => {
      port2.addEventListener("close", resolve);
      port2.start();
    });
    const honest = {
      type: "link",
      peer: connectsOf(node)[0]!.peer,
      isInitiator: true,
      localFingerprint: "a".repeat(64),
      remoteFingerprint: "b".repeat(64),
      port: port1,
    } as const;
    const event = { ...honest, ...wrong };
    await node.give(event);
    await closed;
    expect(node.opened).toEqual([]);
    expect(node.rendezvous.refusals()["bad-link"]).toBe(1);
    expect(node.commands).toContainEqual({ type: "disconnect", peer: event.peer });
  });

  test("[RV18] ignores what comes back, what is for others, and what comes from the wrong side", async () => {
    const { bus, nodes } = meet(MIDDLE);
    const [node] = nodes as [Node];
    const signal = { to: MIDDLE, kind: "signal", payload: "x", attempt: HIGH } as const;
    await serverOpen(node);
    await bus.settle();
    // My own session, my own key in another session, another session's letter, the wrong side.
    await say(bus, signers[1]!, { from: MIDDLE });
    await say(bus, node.signer, { from: HIGH });
    await say(bus, signers[1]!, { from: LOW, ...signal, to: HIGH });
    await say(bus, signers[1]!, { from: HIGH, ...signal });
    await say(bus, signers[1]!, { from: LOW, to: MIDDLE });
    await say(bus, signers[1]!, { from: LOW, ...signal, to: null });
    expect(connectsOf(node)).toEqual([]);
    expect(node.rendezvous.refusals()).toEqual({ "wrong-side": 2, undirected: 1 });
    await bus.deliver({ topic: "today", data: "AAAA" });
    await bus.deliver({ topic: "elsewhere", data: "AAAA" });
    expect(node.rendezvous.refusals()["sealed"]).toBe(1);
  });

  test("[RV18] signals go to their own attempt, from its own device, once each", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await say(bus, signers[1]!, { from: HIGH });
    const { peer } = connectsOf(node)[0]!;
    const attempt = Uint8Array.from(Buffer.from(peer, "hex"));
    const answer = { to: LOW, kind: "signal", attempt, payload: "candidate" } as const;
    await say(bus, signers[2]!, { from: HIGH, ...answer });
    await say(bus, signers[1]!, { from: MIDDLE, ...answer });
    const isSignal = (type: string): boolean => type === "signal";
    expect(node.commands.filter(({ type }) => isSignal(type))).toEqual([]);
    const data = await sealSignal(crypto, signers[1]!, PLACE, { from: HIGH, ...answer });
    await bus.deliver({ topic: "today", data });
    await bus.deliver({ topic: "today", data });
    expect(node.commands.filter(({ type }) => isSignal(type))).toEqual([
      { type: "signal", peer, signal: "candidate" },
    ]);
  });

  test("[RV19] a change of channels names everything and ends what is no longer admitted", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await say(bus, signers[1]!, { from: HIGH });
    await say(bus, signers[2]!, { from: MIDDLE });
    expect(node.rendezvous.attempts()).toBe(2);
    const [first] = connectsOf(node);
    const without = channelOf(TOPICS, (key) => toHex(key) !== toHex(signers[1]!.publicKey));
    const invite = channelOf(["meeting"], () => true, {
      purpose: { type: "invite", invite: "00", side: "inviter" },
    });
    node.rendezvous.setChannels([without, invite], [SERVER, "ws://spare"]);
    expect(node.commands).toContainEqual({ type: "disconnect", peer: first!.peer });
    expect(node.rendezvous.attempts()).toBe(1);
    expect(node.commands.at(-1)).toEqual({
      type: "want",
      servers: [SERVER, "ws://spare"],
      topics: [...TOPICS, "meeting"],
    });
    await serverOpen(node);
    const topics = node.commands.flatMap((one) => (one.type === "publish" ? [one.topic] : []));
    expect(topics.slice(-2)).toEqual(["today", "meeting"]);
  });

  test("[RV20] tells the state of signalling", async () => {
    const { nodes } = meet(LOW);
    const [node] = nodes as [Node];
    const state = (): string => node.rendezvous.state().signalling;
    expect(state()).toBe("connecting");
    node.rendezvous.setChannels([CHANNEL], [SERVER, "ws://spare"]);
    await serverOpen(node);
    await node.give({ type: "server", url: "ws://spare", state: "closed" });
    expect(state()).toBe("open");
    await node.give({ type: "server", url: SERVER, state: "closed" });
    expect(state()).toBe("closed");
    await node.give({ type: "server", url: SERVER, state: "connecting" });
    expect(state()).toBe("connecting");
    await node.give({ type: "server", url: "ws://nobody", state: "open" });
    expect(state()).toBe("connecting");
    node.rendezvous.setChannels([], []);
    expect(state()).toBe("closed");
  });

  test("[RV21] a signal of my own that is too big ends the attempt", async () => {
    const { bus, nodes } = meet(LOW);
    const [node] = nodes as [Node];
    await say(bus, signers[1]!, { from: HIGH });
    const { peer } = connectsOf(node)[0]!;
    await node.give({ type: "signal", peer, signal: "x".repeat(SIGNAL_BYTES_MAX + 1) });
    expect(node.rendezvous.attempts()).toBe(0);
    expect(node.commands).toContainEqual({ type: "disconnect", peer });
  });
});
