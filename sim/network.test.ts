import { expect, test } from "vitest";
import { createRandom, seedWords } from "../workers/core/random.ts";
import { createReassembler, fragment } from "../workers/node/framing.ts";
import { createNetwork, NO_FAULTS, type NetworkFaults } from "./network.ts";
import { createScheduler } from "./scheduler.ts";

const FAMILY = { type: "family" } as const;

function setUp(faults: Partial<NetworkFaults>, seed = 3) {
  const scheduler = createScheduler(createRandom(seedWords(seed)));
  const network = createNetwork(scheduler, createRandom(seedWords(seed + 1)), {
    onMessage: () => {},
    alter: (message) => message,
    touched: () => {},
  });
  network.setFaults({ ...NO_FAULTS, ...faults });
  const link = network.connect({ device: "a", purpose: FAMILY }, { device: "b", purpose: FAMILY });
  const got = { a: [] as number[], b: [] as number[] };
  const closed: string[] = [];
  for (const end of ["a", "b"] as const) {
    const reassembler = createReassembler();
    link[end].receive({
      onFrame: (frame) => {
        const taken = reassembler.take(frame);
        if (!taken.ok) throw new Error(taken.reason);
        if (taken.message !== null) got[end].push(taken.message[2] ?? -1);
      },
      onClose: (reason) => closed.push(`${end} ${reason}`),
      onDrain: () => {},
    });
  }
  const send = (end: "a" | "b", number: number, length = 3): void => {
    const message = new Uint8Array(length);
    message.set([0x82, 9, number]);
    for (const frame of fragment(message, 1)) link[end].send(frame);
  };
  const run = async (): Promise<void> => {
    for (let event = scheduler.next(); event !== null; event = scheduler.next()) await event.run();
  };
  return { network, link, got, closed, send, run };
}

const COUNT = 200;
const IN_ORDER = Array.from({ length: COUNT }, (_, index) => index);

test("[SI8] an ordinary link is ordered and whole, whatever its delay", async () => {
  const { got, send, run } = setUp({
    delayMeanMs: 500,
    delayMaxMs: 5_000,
    duplicateFraction: 0.5,
    lossFraction: 0.3,
  });
  for (const number of IN_ORDER) send("a", number, number % 50 === 0 ? 40_000 : 3);
  await run();
  expect(got.b).toEqual(IN_ORDER);
});

test("[SI8] what is in flight when a link breaks is lost", async () => {
  const { network, got, closed, send, run } = setUp({});
  send("a", 1);
  network.cut("a", true);
  send("a", 2);
  await run();
  expect(got.b).toEqual([]);
  expect(closed.toSorted()).toEqual(["a broken", "b broken"]);
});

test("[SI9] a lossy link loses, doubles and reorders whole messages", async () => {
  const lossy = {
    lossyFraction: 1,
    lossFraction: 0.3,
    duplicateFraction: 0.3,
    reorderFraction: 0.3,
  };
  const { got, send, run } = setUp(lossy);
  for (const number of IN_ORDER) send("a", number, number % 10 === 0 ? 40_000 : 3);
  await run();
  const distinct = new Set(got.b);
  expect(distinct.size).toBeLessThan(COUNT * 0.85);
  expect(distinct.size).toBeGreaterThan(COUNT * 0.5);
  expect(got.b.length).toBeGreaterThan(distinct.size);
  expect(got.b).not.toEqual(got.b.toSorted((a, b) => a - b));
});

test("[SI10] devices are linked until either end closes", async () => {
  const { network, link, closed, run } = setUp({});
  expect(network.isLinked("b", "a")).toBe(true);
  link.a.close("done");
  expect(network.isLinked("a", "b")).toBe(false);
  await run();
  expect(closed).toEqual(["b closed"]);
});

test("[SI11] blocked one way, frames of that way wait and then come in order", async () => {
  const { network, got, send, run } = setUp({});
  network.block("a", "b");
  for (const number of [1, 2, 3]) send("a", number);
  send("b", 9);
  await run();
  expect(got).toEqual({ a: [9], b: [] });
  network.unblockAll();
  await run();
  expect(got.b).toEqual([1, 2, 3]);
});

test("[SI12] a silent break is told to nobody, and nothing arrives any more", async () => {
  const { network, got, closed, send, run } = setUp({ silentFraction: 1 });
  network.cut("a", false);
  send("b", 1);
  await run();
  expect(closed).toEqual([]);
  expect(got.a).toEqual([]);
});
