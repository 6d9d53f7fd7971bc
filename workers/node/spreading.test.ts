/** How a message spreads among whole nodes: frames counted on the wires between them. */
import { isSameBytes } from "../core/codec/cbor.ts";
import { packWants } from "../core/gossip/packing.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ANNOUNCE_MS } from "../core/gossip/limits.ts";
import { toHex, type DeviceId } from "../core/codec/ids.ts";
import { StoreError } from "../storage/store.ts";
import type { Frame } from "./frames.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";
import type { Wire } from "./testing/wire.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let gran: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  gran = await house.join(mum, "Gran", "relative");
  await part(mum, dad, gran);
});
afterEach(async () => house.stop());

async function part(...devices: readonly TestDevice[]): Promise<void> {
  for (const one of devices) for (const session of one.running().sessions()) session.close("away");
  await house.settle();
}

/** Links these pairs; what they send from a few seconds later on. */
async function link(...pairs: readonly (readonly [TestDevice, TestDevice])[]): Promise<Wire[]> {
  const wires: Wire[] = [];
  for (const [a, b] of pairs) {
    const wire = await house.meet(a, b);
    if (wire === null) throw new Error("they do not meet");
    wires.push(wire);
  }
  await house.advance(5_000);
  for (const { sent } of wires) for (const frames of sent) frames.length = 0;
  return wires;
}

const idOf = (device: TestDevice): DeviceId => device.running().family.identity.device;
const coreOf = (device: TestDevice) => {
  const core = device.running().family.gossip?.core();
  if (core === undefined) throw new Error("no gossip");
  return core;
};
const framesOf = (wires: readonly Wire[], type: Frame["type"]): readonly Frame[] =>
  wires.flatMap(({ sent }) => sent.flat()).filter((frame) => frame.type === type);

async function say(from: TestDevice, to: string, text: string): Promise<void> {
  await value(from.node().sendMessage(memberNamed(await from.snapshot(), to), text));
  await house.settle();
}

test("[SD1] [SD2] three that are all linked: one copy each, and no more when time goes by", async () => {
  const wires = await link([mum, dad], [mum, gran], [dad, gran]);
  await say(mum, "Dad", "tea?");
  expect(await textsOf(dad, memberNamed(await dad.snapshot(), "Mum"))).toEqual(["tea?"]);
  await house.advance(20_000);
  expect(framesOf(wires, "entries")).toHaveLength(2);
  expect(framesOf(wires, "want")).toEqual([]);
});

test("[SD5] a device that lost its link to the author has its messages at once over another", async () => {
  const wires = await link([mum, dad], [mum, gran], [dad, gran]);
  for (const session of gran.running().sessions()) {
    if (toHex(session.peer()?.device ?? new Uint8Array()) === toHex(idOf(mum)))
      session.close("away");
  }
  await house.settle();
  await say(mum, "Gran", "still there?");
  expect(await textsOf(gran, memberNamed(await gran.snapshot(), "Mum"))).toEqual(["still there?"]);
  expect(framesOf(wires, "have")).toEqual([]);
  expect(framesOf(wires, "want")).toEqual([]);
});

test("[SD3] [SD6] who was spared a message is told of it a moment later, and has it", async () => {
  const wires = await link([mum, dad], [dad, gran]);
  coreOf(dad)
    .peers.get(toHex(idOf(gran)))
    ?.wishes.set(toHex(idOf(mum)), false);
  await say(mum, "Gran", "over Dad");
  const heard = async (): Promise<readonly unknown[]> =>
    textsOf(gran, memberNamed(await gran.snapshot(), "Mum"));
  expect(await heard()).toEqual([]);
  await house.advance(ANNOUNCE_MS);
  expect(await heard()).toEqual(["over Dad"]);
  expect(framesOf(wires, "have")).toHaveLength(1);
  // From then on without that moment.
  await say(mum, "Gran", "at once");
  expect(await heard()).toEqual(["over Dad", "at once"]);
});

test("[GK13] what was asked for is no copy too many, however often", async () => {
  const wires = await link([mum, dad], [dad, gran]);
  await say(mum, "Dad", "one");
  const question: Frame = {
    type: "want",
    packed: packWants(
      [{ author: idOf(mum), stream: 0, ranges: [{ from: 1, to: 9 }] }],
      [{ id: idOf(mum) }],
    ),
  };
  for (const session of gran.running().sessions()) {
    for (let times = 0; times < 4; times += 1) session.send(question);
  }
  await house.settle();
  expect(framesOf(wires, "entries").length).toBeGreaterThan(4);
  expect(framesOf(wires, "wishes")).toEqual([]);
});

test("[GK13] words about devices that nobody knows change nothing and blame nobody", async () => {
  await link([mum, dad]);
  const stranger: DeviceId = new Uint8Array(16).fill(9);
  const ranges = [{ from: 1, to: 9 }];
  const packed = packWants([{ author: stranger, stream: 0, ranges }], [{ id: stranger }]);
  for (const session of dad.running().sessions()) {
    for (let times = 0; times < 20; times += 1) {
      session.send({ type: "have", packed });
      session.send({ type: "wishes", authors: [stranger], isWanted: false });
    }
  }
  await house.settle();
  const peer = coreOf(mum).peers.get(toHex(idOf(dad)));
  expect(peer?.asked).toBeNull();
  expect([...(peer?.wishes.keys() ?? [])]).not.toContain(toHex(stranger));
  expect(mum.running().sessions()).toHaveLength(1);
});

/** What Gran reads of her last message to Mum, with Dad between them, after ten minutes. */
async function stateOfWord(): Promise<string | undefined> {
  await say(gran, "Mum", "to Mum");
  await house.advance(600_000);
  expect(await textsOf(mum, memberNamed(await mum.snapshot(), "Gran"))).toContain("to Mum");
  const target = memberNamed(await gran.snapshot(), "Mum");
  const { messages } = await value(gran.node().listMessages(target, { limit: 5 }));
  return messages.at(-1)?.delivery?.type;
}

test("[SD8] a failed write between two that are not linked costs them no word of delivery", async () => {
  await link([mum, dad], [dad, gran]);
  let failed = 0;
  dad.fail((writes) => {
    const isMine = writes.some(
      (one) =>
        one.type === "put" &&
        one.table === "registers" &&
        one.key[0] instanceof Uint8Array &&
        isSameBytes(one.key[0], idOf(dad)),
    );
    if (failed > 0 || !isMine) return null;
    failed += 1;
    return new StoreError("unavailable", "planned");
  });
  await house.until("failed", () => failed > 0);
  dad.fail(null);
  await house.advance(180_000);
  expect(await stateOfWord()).toBe("delivered");
});

test("[SD2] [SD8] nor does a clock that is three minutes slow", async () => {
  gran.jump(-185_000);
  await link([mum, dad], [dad, gran]);
  await house.advance(200_000);
  expect(await stateOfWord()).toBe("delivered");
});
