import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { fill, NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import { NARROWED_STREAMS_MAX } from "../ledger/limits.ts";
import { cutsOf, type CutOptions } from "./cuts.ts";
import {
  AUNT,
  chainOf,
  CHILD,
  DAD,
  gossipOf,
  MUM,
  receive,
  registerOf,
  VIEW,
} from "./gossip-fixture.suite.test.ts";
import { markDated, markFork } from "./stream.ts";
import { streamOf, type Gossip } from "./state.ts";

const ALL: CutOptions = { isOnly: false, until: () => null };
const NAMES = new Map(
  [DAD, MUM, CHILD, AUNT].map((one, index) => [
    toHex(one.device),
    ["Dad", "Mum", "Child", "Aunt"][index],
  ]),
);

function filled(...chains: readonly (readonly [Actor, number])[]): Gossip {
  const gossip = gossipOf();
  for (const [author, count] of chains) {
    for (const one of chainOf(author, count)) receive(gossip, one);
  }
  return gossip;
}

const shown = (gossip: Gossip, first: readonly Actor[], options: CutOptions): readonly string[] =>
  cutsOf(
    gossip,
    first.map((one) => one.device),
    options,
  ).map(({ device, stream, seq }) => `${NAMES.get(toHex(device))} ${stream}: ${seq}`);

describe("cutsOf", () => {
  test("[DI2] names the last entry known of each stream, the concerned ones first", () => {
    const gossip = filled([CHILD, 3], [AUNT, 2]);
    expect(shown(gossip, [AUNT], ALL)[0]).toBe("Aunt 0: 2");
    expect(shown(gossip, [AUNT], ALL).toSorted()).toEqual(["Aunt 0: 2", "Child 0: 3"]);
    expect(shown(gossip, [CHILD], ALL)[0]).toBe("Child 0: 3");
    const last = chainOf(CHILD, 3).at(-1);
    const [cut] = cutsOf(gossip, [CHILD.device], ALL);
    expect(cut?.id).toEqual(last?.id);
  });

  test("[DI2] a device's own streams only, where only it is concerned", () => {
    const gossip = filled([CHILD, 3], [AUNT, 2]);
    expect(shown(gossip, [CHILD], { ...ALL, isOnly: true })).toEqual(["Child 0: 3"]);
    expect(shown(gossip, [MUM], { ...ALL, isOnly: true })).toEqual([]);
  });

  test("[DI2] nothing from a fork on", () => {
    const gossip = filled([CHILD, 5]);
    const [first, , third] = chainOf(CHILD, 3);
    if (first === undefined || third === undefined) throw new Error("three entries");
    markFork(streamOf(gossip, CHILD.device, 0), third, VIEW, 1);
    expect(shown(gossip, [CHILD], ALL)).toEqual(["Child 0: 2"]);
    markFork(streamOf(gossip, CHILD.device, 0), first, VIEW, 1);
    expect(shown(gossip, [CHILD], ALL)).toEqual([]);
  });

  test("[DI2] nothing from a number on that a register contradicts", () => {
    const gossip = filled([CHILD, 5]);
    const stream = streamOf(gossip, CHILD.device, 0);
    markDated(stream, 4, registerOf(CHILD), VIEW, 1);
    expect(shown(gossip, [CHILD], ALL)).toEqual(["Child 0: 3"]);
    const [, second] = chainOf(CHILD, 2);
    if (second === undefined) throw new Error("two entries");
    markFork(stream, second, VIEW, 1);
    expect(shown(gossip, [CHILD], ALL)).toEqual(["Child 0: 1"]);
  });

  test("[DI2, HO10] nothing that was said after the moment that counts", () => {
    const gossip = filled([CHILD, 5], [AUNT, 2]);
    const [, second] = chainOf(CHILD, 5);
    const isChild = (author: Uint8Array): boolean => toHex(author) === toHex(CHILD.device);
    const until = (author: Uint8Array): number | null =>
      isChild(author) ? (second?.header.clock.ms ?? NOW) : null;
    expect(shown(gossip, [CHILD], { ...ALL, until })).toEqual(["Child 0: 2", "Aunt 0: 2"]);
    expect(shown(gossip, [CHILD], { isOnly: true, until: () => 0 })).toEqual([]);
  });

  test("[DI2] no more than a narrowing holds", () => {
    const gossip = filled([CHILD, 1]);
    const [known] = streamOf(gossip, CHILD.device, 0).known.values();
    if (known === undefined) throw new Error("the child said something");
    for (let number = 0; number < NARROWED_STREAMS_MAX + 4; number += 1) {
      streamOf(gossip, fill(16, 100 + number), 0).known.set(1, known);
    }
    for (const one of chainOf(AUNT, 1)) receive(gossip, one);
    const cuts = shown(gossip, [AUNT], ALL);
    expect(cuts).toHaveLength(NARROWED_STREAMS_MAX);
    expect(cuts[0]).toBe("Aunt 0: 1");
  });
});
