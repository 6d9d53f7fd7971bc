/**
 * Many devices that shape their mesh, in steps of a second and without a network: who calls is heard
 * by all, who is answered and taken is linked, registers reach whoever is joined. For the tests of
 * mesh-shape.ts.
 */
import type { Hex } from "../codec/ids.ts";
import { createRandom, seedWords } from "../random.ts";
import { LATELY_MS } from "./limits.ts";
import { createMeshShape, type Call, type MeshShape, type Surroundings } from "./mesh-shape.ts";

export interface MeshNode {
  readonly name: Hex;
  readonly shape: MeshShape;
  readonly linked: Set<Hex>;
  readonly heardAt: Map<Hex, number>;
  readonly startedAt: number;
  readonly isLiar: boolean;
  around(): Surroundings;
  callAt: number;
  waitMs: number;
}

export interface MeshWorld {
  readonly nodes: Map<Hex, MeshNode>;
  now(): number;
  start(name: Hex, isLiar?: boolean): MeshNode;
  /** Gone without a word. */
  stop(name: Hex): void;
  run(seconds: number): void;
  /** Links that were closed because there were too many, so far. */
  lettings(): number;
  /** Devices that can reach each other over links. */
  parts(): readonly ReadonlySet<Hex>[];
  cut(a: Hex, b: Hex): void;
  link(a: Hex, b: Hex): void;
}

export interface MeshWorldOptions {
  readonly seed: number;
  /** How many devices the rules name. */
  readonly size: number;
  readonly replicas?: readonly Hex[];
  readonly offering?: readonly Hex[];
}

const STEP_MS = 1_000;
const REGISTERS_MS = 20_000;
const CALL_MS_MIN = 5_000;
const CALL_MS_MAX = 60_000;

export const nameOf = (index: number): Hex => index.toString(16).padStart(8, "0");

export function createMeshWorld(options: MeshWorldOptions): MeshWorld {
  const random = createRandom(seedWords(options.seed));
  const all = Array.from({ length: options.size }, (_, index) => nameOf(index));
  const replicas = new Set(options.replicas);
  const nodes = new Map<Hex, MeshNode>();
  let now = 1_000_000;
  let lettings = 0;

  return {
    nodes,
    now: () => now,
    start,
    stop,
    run,
    lettings: () => lettings,
    parts,
    cut: (a, b) => unlink(a, b, "lost"),
    link,
  };

  function start(name: Hex, isLiar = false): MeshNode {
    const linked = new Set<Hex>();
    const heardAt = new Map<Hex, number>();
    const others = new Set(all.filter((one) => one !== name));
    const words = [random.below(2 ** 32), random.below(2 ** 32), 3, 4] as const;
    const node: MeshNode = {
      name,
      shape: createMeshShape(createRandom(words), now),
      linked,
      heardAt,
      startedAt: now,
      isLiar,
      around: () => ({
        me: name,
        devices: others,
        replicas,
        linked,
        isHeard: (one) => now - (heardAt.get(one) ?? Number.NEGATIVE_INFINITY) < LATELY_MS,
        isLasting: (one) => Number.parseInt(one, 16) % 3 === 0,
        ownerOf: (one) => (nodes.get(one)?.isLiar === true ? "liar" : one),
        isOffering: options.offering?.includes(name) ?? false,
      }),
      callAt: now,
      waitMs: CALL_MS_MIN,
    };
    nodes.set(name, node);
    return node;
  }

  function stop(name: Hex): void {
    const node = nodes.get(name);
    for (const other of node?.linked ?? []) unlink(other, name, "lost");
    nodes.delete(name);
  }

  function run(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) {
      now += STEP_MS;
      for (const node of random.shuffled([...nodes.values()])) act(node);
      if (now % REGISTERS_MS === 0) for (const part of parts()) spreadRegisters(part);
    }
  }

  function act(node: MeshNode): void {
    const around = node.around();
    if (node.isLiar) lie(node);
    else if (!node.shape.isQuiet(around, now) && now >= node.callAt) {
      const call = node.shape.call(around, now, null);
      const isHurried = call.named !== null || call.links === 0;
      node.waitMs = isHurried ? CALL_MS_MIN : Math.min(CALL_MS_MAX, 2 * node.waitMs);
      node.callAt = now + node.waitMs * (0.8 + 0.4 * random.fraction());
      announce(node, call);
    }
    const gone = node.isLiar ? null : node.shape.letGo(node.around(), now);
    if (gone === null) return;
    lettings += 1;
    unlink(node.name, gone, "full");
  }

  /** Calls all by name, says to have nothing, and lets nobody go. */
  function lie(node: MeshNode): void {
    const others = [...nodes.values()].filter((one) => !one.isLiar).map((one) => one.name);
    announce(node, { links: 0, isOffering: true, named: others });
  }

  function announce(from: MeshNode, call: Call): void {
    for (const node of random.shuffled([...nodes.values()])) {
      if (node === from || node.linked.has(from.name) || node.isLiar) continue;
      node.shape.called(from.name, call, now);
      if (!node.shape.answers(node.around(), from.name, call, now)) continue;
      const isTaken = from.isLiar || from.shape.takes(from.around(), node.name, now);
      if (isTaken) link(node.name, from.name);
      else node.shape.linkDown(from.name, "full", now);
    }
  }

  function link(a: Hex, b: Hex): void {
    const [one, two] = [nodes.get(a), nodes.get(b)];
    if (one === undefined || two === undefined || one.linked.has(b)) return;
    one.linked.add(b);
    two.linked.add(a);
    one.shape.linkUp(b, now);
    two.shape.linkUp(a, now);
    for (const [to, from] of [
      [one, two],
      [two, one],
    ] as const) {
      to.heardAt.set(from.name, now);
      for (const [device, at] of from.heardAt) {
        if (device !== to.name && at > (to.heardAt.get(device) ?? 0)) to.heardAt.set(device, at);
      }
    }
    tell(one);
    tell(two);
  }

  function unlink(a: Hex, b: Hex, end: "full" | "lost"): void {
    for (const [from, to] of [
      [nodes.get(a), b],
      [nodes.get(b), a],
    ] as const) {
      if (from?.linked.delete(to) !== true) continue;
      from.shape.linkDown(to, end, now);
      from.callAt = now;
      tell(from);
    }
  }

  function tell(node: MeshNode): void {
    const word = node.isLiar ? { links: 0, isOffering: true } : node.shape.word(node.around());
    for (const other of node.linked) nodes.get(other)?.shape.told(node.name, word);
  }

  function spreadRegisters(part: ReadonlySet<Hex>): void {
    for (const name of part) {
      for (const other of part) if (other !== name) nodes.get(name)?.heardAt.set(other, now);
    }
  }

  function parts(): readonly ReadonlySet<Hex>[] {
    const found: Set<Hex>[] = [];
    const seen = new Set<Hex>();
    for (const name of nodes.keys()) {
      if (seen.has(name)) continue;
      const part = new Set<Hex>();
      const open = [name];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (seen.has(next)) continue;
        seen.add(next);
        part.add(next);
        open.push(...(nodes.get(next)?.linked ?? []));
      }
      found.push(part);
    }
    return found;
  }
}
