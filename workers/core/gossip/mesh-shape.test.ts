import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Hex } from "../codec/ids.ts";
import { createRandom, seedWords } from "../random.ts";
import {
  ACCEPTED_MAX,
  AVOIDED_MS,
  CALLED_MS,
  FOREIGN_MS,
  LINKS_MAX,
  LINKS_MIN,
  LINKS_PRESSED_MAX,
  NEW_MS,
  OFFERERS_MAX,
  REFILL_MS_MIN,
  REFILL_SPREAD_MS,
} from "./mesh-limits.ts";
import { createMeshShape, type Call, type MeshShape, type Surroundings } from "./mesh-shape.ts";
import { createMeshWorld, nameOf, type MeshWorld } from "./mesh-world.suite.test.ts";

/** Long enough for registers of who is gone to be old, and for calls to be heard since. */
const SETTLED_S = 240;

const linksOf = (world: MeshWorld): number[] =>
  [...world.nodes.values()].map(({ linked }) => linked.size);
const pairsOf = (world: MeshWorld): string[] =>
  [...world.nodes.values()].flatMap(({ name, linked }) => [...linked].map((to) => `${name}>${to}`));

function opened(size: number, seed = size): MeshWorld {
  const world = createMeshWorld({ seed, size });
  for (let index = 0; index < size; index += 1) world.start(nameOf(index));
  world.run(SETTLED_S);
  return world;
}

function expectShape(world: MeshWorld): void {
  expect(world.parts()).toHaveLength(1);
  expect(Math.min(...linksOf(world))).toBeGreaterThanOrEqual(LINKS_MIN);
  expect(Math.max(...linksOf(world))).toBeLessThanOrEqual(LINKS_MAX);
}

describe("a family", () => {
  test.each([2, 5, 10])("[MX1] of %i devices: each links to each", (size) => {
    expect(linksOf(opened(size))).toEqual(Array.from({ length: size }, () => size - 1));
  });

  test("[MX1] of forty of which ten are there: each links to each; an eleventh is a neighbour of some", () => {
    const world = createMeshWorld({ seed: 4, size: 40 });
    for (let index = 0; index < 10; index += 1) world.start(nameOf(index));
    world.run(SETTLED_S);
    expect(linksOf(world)).toEqual(Array.from({ length: 10 }, () => 9));
    world.start(nameOf(10));
    world.run(SETTLED_S);
    expectShape(world);
  });

  test("[MX2] comes and goes in any order: four to six links each, and all joined", () => {
    const plan = fc.record({
      seed: fc.integer({ min: 1, max: 2 ** 31 }),
      size: fc.integer({ min: 11, max: 60 }),
      stops: fc.array(fc.nat(), { maxLength: 30 }),
      pauseS: fc.integer({ min: 0, max: 20 }),
    });
    const check = fc.property(plan, ({ seed, size, stops, pauseS }) => {
      const world = createMeshWorld({ seed, size });
      const random = createRandom(seedWords(seed + 1));
      for (const name of random.shuffled(Array.from({ length: size }, (_, one) => nameOf(one)))) {
        world.start(name);
        world.run(random.below(pauseS + 1));
        const stop = stops[random.below(2 * size)];
        const names = [...world.nodes.keys()];
        if (stop !== undefined) world.stop(names[stop % names.length] ?? "");
      }
      world.run(SETTLED_S);
      if (world.nodes.size > 10) expectShape(world);
      else expect(linksOf(world)).toEqual(linksOf(world).map(() => world.nodes.size - 1));
    });
    fc.assert(check, { numRuns: 12 });
  });

  function losesAThird(size: number): void {
    const world = opened(size);
    expectShape(world);
    const names = createRandom(seedWords(3)).shuffled([...world.nodes.keys()]);
    for (const name of names.slice(0, Math.floor(size / 3))) world.stop(name);
    world.run(SETTLED_S);
    if (world.nodes.size > 10) expectShape(world);
    else expect(new Set(linksOf(world))).toEqual(new Set([world.nodes.size - 1]));
  }

  test.each([11, 30, 60])("[MX3] of %i loses a third at once, and is whole again", losesAThird);
  test("[MX3] of 200 does too", { tags: ["long"] }, () => losesAThird(200));

  test.each([11, 25, 60])("[MX4] of %i to which nothing happens keeps its links", (size) => {
    const world = opened(size);
    const before = pairsOf(world);
    const lettings = world.lettings();
    world.run(900);
    const after = pairsOf(world);
    expect(world.lettings()).toBe(lettings);
    expect(before.filter((one) => !after.includes(one))).toEqual([]);
    expectShape(world);
  });

  test("[MX5] its keepers of the rules are linked to each other, beside their places", () => {
    const replicas = [3, 17, 29, 41].map(nameOf);
    const offering = [5, 6, 7].map(nameOf);
    const world = createMeshWorld({ seed: 8, size: 50, replicas, offering });
    for (let index = 0; index < 50; index += 1) world.start(nameOf(index));
    world.run(SETTLED_S);
    for (const one of replicas) {
      const linked = world.nodes.get(one)?.linked ?? new Set();
      const bound = [...replicas, ...offering].filter((other) => other !== one);
      expect(bound.filter((other) => !linked.has(other))).toEqual([]);
      expect(linked.size - bound.length).toBeGreaterThanOrEqual(LINKS_MIN);
      expect(linked.size - bound.length).toBeLessThanOrEqual(LINKS_MAX);
    }
    expect(world.parts()).toHaveLength(1);
  });

  test("[MX7] with a third of liars that call everybody: the honest are joined without them", () => {
    const world = createMeshWorld({ seed: 12, size: 45 });
    for (let index = 0; index < 45; index += 1) world.start(nameOf(index), index % 3 === 0);
    world.run(SETTLED_S);
    const liars = [...world.nodes.values()].filter(({ isLiar }) => isLiar);
    for (const { linked, isLiar } of world.nodes.values()) {
      if (!isLiar) expect(linked.size).toBeLessThanOrEqual(LINKS_PRESSED_MAX);
    }
    for (const { name } of liars) world.stop(name);
    expect(world.parts()).toHaveLength(1);
  });

  test("[MX9] in two parts that know nothing of each other becomes one", () => {
    const world = createMeshWorld({ seed: 6, size: 30 });
    for (let index = 0; index < 30; index += 1) world.start(nameOf(index));
    world.run(SETTLED_S);
    const isLeft = (name: Hex): boolean => Number.parseInt(name, 16) < 15;
    // They stand, each with links enough: as after a wall between two houses that lasted for long.
    for (const { name, linked } of world.nodes.values()) {
      for (const other of linked) if (isLeft(name) !== isLeft(other)) world.cut(name, other);
    }
    const sides = [...world.nodes.keys()].filter(isLeft);
    for (const side of [sides, [...world.nodes.keys()].filter((one) => !isLeft(one))]) {
      for (const [index, name] of side.entries()) {
        for (const step of [1, 2]) world.link(name, side[(index + step) % side.length] ?? "");
      }
    }
    for (const { name, heardAt } of world.nodes.values()) {
      for (const other of heardAt.keys()) {
        if (isLeft(name) !== isLeft(other)) heardAt.delete(other);
      }
    }
    expect(world.parts()).toHaveLength(2);
    world.run(SETTLED_S);
    expectShape(world);
  });
});

/** One device among many, whose surroundings are set by hand. */
function among(size: number): {
  shape: MeshShape;
  linked: Set<Hex>;
  replicas: Set<Hex>;
  lasting: Set<Hex>;
  around: (more?: Partial<Surroundings>) => Surroundings;
  take: (device: Hex, links: number, now?: number) => boolean;
} {
  const shape = createMeshShape(createRandom(seedWords(size)), 0);
  const linked = new Set<Hex>();
  const replicas = new Set<Hex>();
  const lasting = new Set<Hex>();
  const devices = new Set(Array.from({ length: size }, (_, index) => nameOf(index)));
  const around = (more: Partial<Surroundings> = {}): Surroundings => ({
    me: "me",
    devices,
    replicas,
    linked,
    isHeard: () => true,
    isLasting: (one) => lasting.has(one),
    ownerOf: (one) => one,
    isOffering: false,
    ...more,
  });
  const take = (device: Hex, links: number, now = LATER): boolean => {
    shape.called(device, { links, isOffering: false, named: ["me"] }, now);
    if (!shape.takes(around(), device, now)) return false;
    linked.add(device);
    shape.linkUp(device, now);
    shape.told(device, { links: links + 1, isOffering: false });
    return true;
  };
  return { shape, linked, replicas, lasting, around, take };
}

const LATER = 10 * NEW_MS;
const anybody = (links: number): Call => ({ links, isOffering: false, named: null });

describe("a device among many", () => {
  test("[MX10] that is new does not take few for all", () => {
    const { shape, around } = among(30);
    const fewHeard = around({ isHeard: (one) => one < nameOf(5) });
    expect(shape.isSparse(fewHeard, NEW_MS - 1)).toBe(true);
    expect(shape.isSparse(fewHeard, NEW_MS)).toBe(false);
    expect(among(9).shape.isSparse(among(9).around(), 0)).toBe(false);
  });

  test("[MX7] lets others choose four of its links, and looks for two itself", () => {
    const { shape, linked, around, take } = among(30);
    const taken = Array.from({ length: 20 }, (_, index) => take(nameOf(index), 5));
    expect(taken.filter(Boolean)).toHaveLength(ACCEPTED_MAX);
    const named = shape.call(around(), LATER, null).named ?? [];
    expect(named).toHaveLength(2);
    expect(named.filter((one) => linked.has(one))).toEqual([]);
    for (const one of named) expect(take(one, 5)).toBe(true);
    expect(linked.size).toBe(LINKS_MAX);
    expect(shape.isQuiet(around(), LATER)).toBe(true);
  });

  test("[MX6] takes who has no link up to twelve, and who has few in the place of who has more", () => {
    const { shape, linked, around, take } = among(60);
    take(nameOf(0), 5);
    for (const one of shape.call(around(), LATER, null).named ?? []) take(one, 5);
    for (let index = 1; index < 30 && linked.size < LINKS_MAX; index += 1) take(nameOf(index), 5);
    expect(linked.size).toBe(LINKS_MAX);
    expect(take(nameOf(40), LINKS_MIN)).toBe(false);
    expect(take(nameOf(41), LINKS_MIN - 1)).toBe(true);
    // One above already: a second has to wait until one was let go.
    expect(take(nameOf(42), LINKS_MIN - 1)).toBe(false);
    const pressed = Array.from({ length: 15 }, (_, index) => take(nameOf(43 + index), 0));
    expect(pressed.filter(Boolean)).toHaveLength(LINKS_PRESSED_MAX - LINKS_MAX - 1);
  });

  test("[MX4] lets nobody go that says to have four links or fewer, nor its own choice", () => {
    const { shape, linked, around, take } = among(60);
    const first = shape.call(around(), LATER, null);
    expect(first.named).toBe(null);
    // With one link it calls by name.
    take(nameOf(0), 5);
    const called = shape.call(around(), LATER, null).named ?? [];
    const named = called.slice(0, 2);
    for (const one of named) take(one, 9);
    for (let index = 1; index < 60 && linked.size < LINKS_PRESSED_MAX; index += 1) {
      if (!called.includes(nameOf(index))) take(nameOf(index), 0);
    }
    for (const one of linked) shape.told(one, { links: LINKS_MIN, isOffering: false });
    for (const one of named) shape.told(one, { links: 9, isOffering: false });
    expect(linked.size).toBe(LINKS_PRESSED_MAX);
    const muchLater = LATER + 60_000;
    expect(shape.letGo(around(), muchLater)).toBe(null);
    const [rich = ""] = [...linked].filter((one) => !named.includes(one));
    shape.told(rich, { links: LINKS_MIN + 1, isOffering: false });
    expect(shape.letGo(around(), muchLater)).toBe(rich);
    // One at a time.
    expect(shape.letGo(around(), muchLater)).toBe(null);
    expect(shape.letGo(around(), muchLater + 10_000)).toBe(rich);
  });

  test("[MX4] lets nobody go while it has six", () => {
    const { shape, linked, around, take } = among(60);
    for (let index = 0; index < LINKS_MAX; index += 1) take(nameOf(index), 0);
    for (const one of linked) shape.told(one, { links: 9, isOffering: false });
    expect(shape.letGo(around(), LATER + 60_000)).toBe(null);
  });

  test("[MX8] calls nobody for a minute that said it is full or did not come, but others", () => {
    const { shape, around, take } = among(60);
    take(nameOf(0), 5);
    const first = shape.call(around(), LATER, null).named ?? [];
    const [full = "", ...silent] = first;
    expect(silent.length).toBeGreaterThan(1);
    shape.linkDown(full, "full", LATER);
    expect(shape.call(around(), LATER + 1, null).named).not.toContain(full);
    const second = shape.call(around(), LATER + CALLED_MS + 1, null).named ?? [];
    expect(second.length).toBeGreaterThan(1);
    expect(second.filter((one) => first.includes(one))).toEqual([]);
    const silentAnd = around({ isHeard: (one) => silent.includes(one) || one > nameOf(47) });
    for (let ms = CALLED_MS + 2; ms < CALLED_MS + AVOIDED_MS; ms += 500) {
      const again = shape.call(silentAnd, LATER + ms, null).named ?? [];
      expect(again.filter((one) => silent.includes(one))).toEqual([]);
    }
    const few = around({ isHeard: (one) => one === full || one > nameOf(49) });
    const seen = (now: number): boolean => {
      for (let ms = now; ms < now + 10 * CALLED_MS; ms += 1_000) {
        if (shape.call(few, ms, null).named?.includes(full) === true) return true;
      }
      return false;
    };
    expect(shape.call(few, LATER + AVOIDED_MS - 1, null).named).not.toContain(full);
    expect(seen(LATER + AVOIDED_MS)).toBe(true);
  });

  test("[MX3] looks for another after a short random while, at once without any", () => {
    const { shape, linked, around, take } = among(60);
    for (const one of shape.call(around(), LATER, null).named ?? []) take(one, 5);
    take(nameOf(1), 5);
    take(nameOf(2), 5);
    const lose = (one: Hex, now: number): void => {
      linked.delete(one);
      shape.linkDown(one, "lost", now);
    };
    lose(nameOf(1), LATER);
    expect(shape.isQuiet(around(), LATER + REFILL_MS_MIN - 1)).toBe(true);
    expect(shape.isQuiet(around(), LATER + REFILL_MS_MIN + REFILL_SPREAD_MS)).toBe(false);
    for (const one of linked) lose(one, 2 * LATER);
    expect(shape.isQuiet(around(), 2 * LATER)).toBe(false);
  });

  test("[MX2] answers who calls anybody about five times of all, who calls it by name always", () => {
    const { shape, around, take } = among(60);
    for (let index = 0; index < 3; index += 1) take(nameOf(index), 5);
    const asked = (call: Call): number =>
      Array.from({ length: 600 }, (_, index) => {
        const device = nameOf(10 + (index % 45));
        shape.called(device, call, LATER);
        return shape.answers(around(), device, call, LATER);
      }).filter(Boolean).length;
    const answered = asked(anybody(1));
    expect(answered).toBeGreaterThan(20);
    expect(answered).toBeLessThan(120);
    expect(asked({ ...anybody(1), named: ["me"] })).toBe(600);
    expect(asked({ ...anybody(1), named: [nameOf(59)] })).toBe(0);
    expect(asked(anybody(LINKS_MIN))).toBe(0);
  });

  test("[MX9] with all its links takes who calls for long and is heard of by nobody", () => {
    const { shape, linked, around, take } = among(60);
    take(nameOf(0), 5);
    for (const one of shape.call(around(), LATER, null).named ?? []) take(one, 5);
    for (let index = 1; index < 30 && linked.size < LINKS_MAX; index += 1) take(nameOf(index), 5);
    const cutOff = nameOf(50);
    const answered = (now: number, isHeard: boolean): number => {
      const those = around({ isHeard: (one) => one !== cutOff || isHeard });
      const times = Array.from({ length: 200 }, () => {
        shape.called(cutOff, anybody(5), now);
        return shape.answers(those, cutOff, anybody(5), now);
      });
      return times.filter(Boolean).length;
    };
    expect(answered(LATER, false)).toBe(0);
    expect(answered(LATER + FOREIGN_MS - 1, false)).toBe(0);
    expect(answered(LATER + FOREIGN_MS, true)).toBe(0);
    expect(answered(LATER + FOREIGN_MS, false)).toBeGreaterThan(0);
    expect(answered(LATER + FOREIGN_MS, false)).toBeLessThan(100);
  });

  test("[MX5] that keeps the rules gives a place of their own to four that offer to", () => {
    const { shape, linked, replicas, around, take } = among(60);
    replicas.add("me");
    const isTaken = (index: number): boolean => {
      const device = nameOf(index);
      shape.called(device, { links: 5, isOffering: true, named: ["me"] }, LATER);
      if (!shape.takes(around(), device, LATER)) return false;
      linked.add(device);
      shape.linkUp(device, LATER);
      shape.told(device, { links: 6, isOffering: true });
      return true;
    };
    for (let index = 0; index < ACCEPTED_MAX; index += 1) expect(take(nameOf(index), 5)).toBe(true);
    const offers = Array.from({ length: 9 }, (_, index) => isTaken(20 + index));
    expect(offers.filter(Boolean)).toHaveLength(OFFERERS_MAX);
  });
});
