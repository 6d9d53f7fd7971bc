/**
 * The mesh's shape on a running node: tells the pure part (core/gossip/mesh-shape.ts) what is linked
 * and heard, and says by it whom an announce calls, who is answered, which link has a place and which
 * goes. A family of up to ten devices is all linked, and nothing of this is said in it. Knows also
 * which devices are there without a link of mine. SPEC MX11 to MX16.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { deviceIdOf, toHex, type DeviceId, type Hex, type SigningKey } from "../core/codec/ids.ts";
import { LATELY_MS } from "../core/gossip/limits.ts";
import { FULL_MESH_DEVICES_MAX } from "../core/gossip/mesh-limits.ts";
import { createMeshShape, type LinkEnd, type Surroundings } from "../core/gossip/mesh-shape.ts";
import { isLately } from "../core/gossip/spreading.ts";
import { activeDevice } from "../core/ledger/state.ts";
import { createRandom } from "../core/random.ts";
import { familyNow, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { isKept } from "./keeping.ts";
import { CLOCK_TOLERANCE_MS } from "./limits.ts";
import { formatCall, readCall } from "./mesh-call.ts";
import type { Session } from "./session.ts";

/** `full`: it would be taken if there were a place. */
export type Answer = "yes" | "no" | "full";

export interface MeshKeeper {
  /** The text of my next announce; `to` is the one device that it is for. */
  readonly call: (to: SigningKey | null) => string;
  /** What to do about an announce with this text. */
  readonly answer: (from: SigningKey, text: string) => Answer;
  /** Whether there is a place for a link to this device of the family. */
  readonly takes: (device: DeviceId) => boolean;
  /** It said that it has no place for me. */
  readonly refused: (device: DeviceId) => void;
  /** Tells the other side that there is no place for this link, and closes it. */
  readonly turnAway: (session: Session, device: DeviceId) => void;
  readonly met: (device: DeviceId) => void;
  readonly parted: (device: DeviceId) => void;
  /** What a linked device says of its links. */
  readonly take: (session: Session, frame: Extract<Frame, { type: "places" }>) => void;
  /** Whether nobody is to be called; null: each device links to each, so that others know it. */
  readonly isQuiet: () => boolean | null;
  /** Whether somebody is called by name who was not when this was asked last. */
  readonly hasNewCalls: () => boolean;
  /** Whether a device that is not linked is there all the same, joined over others. */
  readonly isJoined: (device: Hex) => boolean;
  readonly tick: () => void;
}

export interface MeshKeeperPorts {
  /** Whether this device offers to keep the rules. */
  readonly isOffering: () => boolean;
}

interface Other {
  readonly id: DeviceId;
  readonly owner: Hex;
}
type Others = ReadonlyMap<Hex, Other>;

export function openMesh(family: Family, ports: MeshKeeperPorts): MeshKeeper {
  const { env, identity } = family;
  const [a, b, c, d] = env.seed;
  const random = createRandom([a ^ MESH_STREAM, b, c, d]);
  const shape = createMeshShape(random, env.monotonic());
  const me = toHex(identity.device);
  /** Devices whose link ends because one side has no place. */
  const leaving = new Set<Hex>();
  /** When a link was lost, by the family's time: what was heard before says nothing any more. */
  const lostAt = new Map<Hex, number>();
  let known: { readonly head: unknown; readonly devices: Others } | null = null;
  let toldWord = "";
  let lastNamed: ReadonlySet<Hex> = new Set();

  return {
    call: (to) => {
      if (!isLarge()) return "";
      const name = to === null ? null : nameOf(to);
      return formatCall(shape.call(around(), env.monotonic(), name));
    },
    answer,
    takes: (device) => takes(toHex(device)),
    refused: (device) => shape.linkDown(toHex(device), "full", env.monotonic()),
    turnAway: (session, device) => leave(session, toHex(device)),
    met: (device) => {
      const name = toHex(device);
      lostAt.delete(name);
      shape.linkUp(name, env.monotonic());
      if (isLarge()) family.sessions.get(name)?.send(places(false));
    },
    parted,
    take,
    isQuiet: () => (isLarge() ? shape.isQuiet(around(), env.monotonic()) : null),
    hasNewCalls,
    isJoined,
    tick,
  };

  /** More devices than all link to each other. */
  function isLarge(): boolean {
    return others().size >= FULL_MESH_DEVICES_MAX;
  }

  /** Active devices without mine, and whose they are: of the head that was seen last. */
  function others(): Others {
    const head = family.ledger.head();
    if (head === null) return new Map();
    if (known?.head !== head) {
      const active = head.state.devices.filter(
        ({ id, revoked }) => revoked === null && !isSameBytes(id, identity.device),
      );
      const named = active.map((one): [Hex, Other] => [
        toHex(one.id),
        { id: one.id, owner: toHex(one.member) },
      ]);
      known = { head, devices: new Map(named) };
    }
    return known.devices;
  }

  function around(): Surroundings {
    const owners = others();
    const core = family.gossip?.core() ?? null;
    const now = familyNow(family);
    const open = [...owners].filter(([, { id }]) => family.holds?.isCutOff(id) !== true);
    const linked = [...family.sessions].filter(
      ([name, session]) => owners.has(name) && !session.isSilent(),
    );
    return {
      me,
      devices: new Set(open.map(([name]) => name)),
      replicas: new Set(family.ledger.head()?.state.replicas.map((one) => toHex(one))),
      linked: new Set(linked.map(([name]) => name)),
      isHeard: (one) => core !== null && isLately(core, one, now),
      isLasting: (one) => isKept(core?.registers.get(one)?.register.lasting ?? "unknown"),
      ownerOf: (one) => owners.get(one)?.owner ?? "",
      isOffering: ports.isOffering(),
    };
  }

  function nameOf(key: SigningKey): Hex {
    return toHex(deviceIdOf(identity.profile.family, key));
  }

  function answer(from: SigningKey, text: string): Answer {
    const name = nameOf(from);
    if (!isLarge() || !others().has(name)) return "yes";
    const call = readCall(text, me);
    const now = env.monotonic();
    shape.called(name, call, now);
    if (shape.answers(around(), name, call, now)) return "yes";
    return call.named?.includes(me) === true ? "full" : "no";
  }

  function takes(name: Hex): boolean {
    // A newer link of a device that is linked takes the place of the older one.
    if (!isLarge() || !others().has(name) || family.sessions.has(name)) return true;
    return shape.takes(around(), name, env.monotonic());
  }

  function places(isFull: boolean): Frame {
    return { type: "places", ...shape.word(around()), isFull };
  }

  function leave(session: Session, name: Hex): void {
    session.send(places(true));
    if (family.sessions.get(name) === session) leaving.add(name);
    else shape.linkDown(name, "full", env.monotonic());
    session.close("full");
  }

  function parted(device: DeviceId): void {
    const name = toHex(device);
    const end: LinkEnd = leaving.delete(name) ? "full" : "lost";
    if (end === "lost") lostAt.set(name, familyNow(family));
    shape.linkDown(name, end, env.monotonic());
  }

  function take(session: Session, frame: Extract<Frame, { type: "places" }>): void {
    const device = session.peer()?.device;
    if (device === undefined) return;
    const name = toHex(device);
    if (!frame.isFull) {
      if (family.sessions.get(name) === session) shape.told(name, frame);
      return;
    }
    if (family.sessions.get(name) === session) leaving.add(name);
    else shape.linkDown(name, "full", env.monotonic());
    session.close("full");
  }

  function hasNewCalls(): boolean {
    if (!isLarge() || shape.isQuiet(around(), env.monotonic())) {
      lastNamed = new Set();
      return false;
    }
    const named = shape.call(around(), env.monotonic(), null).named ?? [];
    const isNew = named.some((one) => !lastNamed.has(one));
    lastNamed = new Set(named);
    return isNew;
  }

  function isJoined(name: Hex): boolean {
    const core = family.gossip?.core();
    const register = core?.registers.get(name)?.register;
    if (core === undefined || register === undefined || !isLarge()) return false;
    const now = familyNow(family);
    const isOld = Math.abs(now - register.clock.ms) > LATELY_MS + CLOCK_TOLERANCE_MS;
    if (isOld || !isLately(core, name, now)) return false;
    return (core.heardAt.get(name) ?? 0) > (lostAt.get(name) ?? Number.NEGATIVE_INFINITY);
  }

  function tick(): void {
    if (!isLarge()) return;
    const gone = shape.letGo(around(), env.monotonic());
    const session = gone === null ? undefined : family.sessions.get(gone);
    if (gone !== null && session !== undefined) leave(session, gone);
    const word = places(false);
    const text = JSON.stringify(word);
    if (text === toldWord) return;
    toldWord = text;
    const head = family.ledger.head();
    for (const one of family.sessions.values()) {
      const device = one.peer()?.device;
      const isFamily = head !== null && device !== undefined && activeDevice(head.state, device);
      if (isFamily) one.send(word);
    }
  }
}

/** Another stream of chance than the gossip core's. */
const MESH_STREAM = 0x6d65_7368;
