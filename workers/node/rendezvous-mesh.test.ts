/** Whom devices of a large family answer at the meeting place. SPEC MX11, MX12. */
import { beforeAll, expect, test } from "vitest";
import { familyIdOf, toHex } from "../core/codec/ids.ts";
import type { Signer } from "../crypto/suite.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import {
  channelOf,
  connectsOf,
  createBus,
  SERVER,
  type Bus,
  type Node,
} from "./rendezvous-bus.suite.test.ts";

const crypto = createCryptoSuite();
const FAMILY = familyIdOf(new Uint8Array(32).fill(1));
const TOPICS = ["yesterday", "today", "tomorrow"];
const CHANNEL = channelOf(TOPICS);
const LOW = new Uint8Array(16).fill(1);
const HIGH = new Uint8Array(16).fill(9);

let signers: Signer[] = [];
beforeAll(async () => {
  const seeds = [40, 41].map((seed) => new Uint8Array(32).fill(seed));
  signers = await Promise.all(seeds.map(async (seed) => crypto.createSigner(seed)));
});

function meet(): { bus: Bus; low: Node; high: Node } {
  const bus = createBus(crypto, FAMILY);
  const [low, high] = signers.map((signer, at) => bus.join(signer, at === 0 ? LOW : HIGH));
  if (low === undefined || high === undefined) throw new Error("two devices");
  return { bus, low, high };
}

const serverOpen = async (node: Node): Promise<void> =>
  node.give({ type: "server", url: SERVER, state: "open" });

/** A channel on which this node's part of the shape is set by hand. */
function shaped(answer: "yes" | "no" | "full", takes = true) {
  const refused: string[] = [];
  const heard: string[] = [];
  const mesh = {
    call: (to: Uint8Array | null) => `call ${to === null ? "all" : toHex(to).slice(0, 4)}`,
    answer: (_from: Uint8Array, text: string) => {
      heard.push(text);
      return answer;
    },
    takes: () => takes,
    refused: (key: Uint8Array) => void refused.push(toHex(key)),
  };
  return { refused, heard, channel: channelOf(TOPICS, () => true, { mesh }) };
}

test("[MX11] announces say whom they call, and answers name who called", async () => {
  const { bus, low, high } = meet();
  const parts = [shaped("yes"), shaped("yes")] as const;
  low.rendezvous.setChannels([parts[0].channel], [SERVER]);
  high.rendezvous.setChannels([parts[1].channel], [SERVER]);
  await serverOpen(low);
  await bus.settle();
  expect(parts[1].heard).toEqual(["call all"]);
  expect(parts[0].heard).toEqual([`call ${toHex(low.signer.publicKey).slice(0, 4)}`]);
  expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
});

test("[MX12] who is not meant stays silent; who is meant and has no place says so", async () => {
  for (const answer of ["no", "full"] as const) {
    const { bus, low, high } = meet();
    const parts = [shaped("yes"), shaped(answer)] as const;
    low.rendezvous.setChannels([parts[0].channel], [SERVER]);
    high.rendezvous.setChannels([parts[1].channel], [SERVER]);
    await serverOpen(low);
    await bus.settle();
    expect(connectsOf(low)).toEqual([]);
    expect(connectsOf(high)).toEqual([]);
    const key = toHex(high.signer.publicKey);
    expect(parts[0].refused).toEqual(answer === "full" ? [key] : []);
    // It said so of no attempt: the next one is none that has ended.
    high.rendezvous.setChannels([CHANNEL], [SERVER]);
    bus.time += 5_000;
    await serverOpen(high);
    await bus.settle();
    expect([low.opened.length, high.opened.length]).toEqual([1, 1]);
    expect([low.rendezvous.refusals(), high.rendezvous.refusals()]).toEqual([{}, {}]);
  }
});

test("[MX12] who is offered a connection and has no place says so before it is made", async () => {
  const { bus, low, high } = meet();
  const parts = [shaped("yes"), shaped("yes", false)] as const;
  low.rendezvous.setChannels([parts[0].channel], [SERVER]);
  high.rendezvous.setChannels([parts[1].channel], [SERVER]);
  await serverOpen(high);
  await bus.settle();
  expect(connectsOf(low)).toHaveLength(1);
  expect(connectsOf(high)).toEqual([]);
  expect(low.rendezvous.attempts()).toBe(0);
  expect(parts[0].refused).toEqual([toHex(high.signer.publicKey)]);
});
