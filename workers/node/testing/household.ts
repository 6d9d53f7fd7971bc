/**
 * A household in one process: devices on virtual time, met wherever their channels match, as the
 * mesh would; with the journeys that many tests start from (found, join). Nothing is mocked but the
 * clock, the disk and the wire.
 */
import type { NodeSnapshot, Role } from "../../api.ts";
import type { LinkPurpose } from "../link.ts";
import type { Channel } from "../rendezvous.ts";
import { createTestDevice, value, type DeviceOptions, type TestDevice } from "./device.ts";
import { createVirtualTime, type VirtualTime } from "./virtual-time.ts";
import { createWire, type Wire } from "./wire.ts";

export interface Household {
  readonly time: VirtualTime;
  add(name: string, options?: DeviceOptions): Promise<TestDevice>;
  /** Lets everything come to rest without time. */
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Moves time at once, as where everybody sleeps: what came due meanwhile is called once. */
  sleepUntil(timeMs: number): Promise<void>;
  /** Moves time in steps of 250 ms until it holds; fails after a virtual minute. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Links two devices if they want to be met in one place; null if they do not. */
  meet(a: TestDevice, b: TestDevice): Promise<Wire | null>;
  /** Links them for a purpose, whether they want it or not. */
  link(a: TestDevice, b: TestDevice, purposes: readonly [LinkPurpose, LinkPurpose]): Promise<Wire>;
  cut(wire: Wire | null): Promise<void>;
  /** A new family on a new device, words confirmed. */
  found(name: string): Promise<TestDevice>;
  /** Invites; the invite's id and link. */
  invite(
    inviter: TestDevice,
    role: Role,
    forMember?: string,
  ): Promise<{ readonly invite: string; readonly link: string }>;
  /** Up to equal codes on both screens. */
  compare(
    inviter: TestDevice,
    newcomer: TestDevice,
    role: Role,
    forMember?: string,
  ): Promise<{ readonly invite: string; readonly wire: Wire | null }>;
  /** The whole way in, on a new device. */
  join(inviter: TestDevice, name: string, role: Role, forMember?: string): Promise<TestDevice>;
  stop(): Promise<void>;
}

/** 2026-11-22, noon UTC: far from both ends of a day. */
const START_MS = Date.UTC(2026, 10, 22, 12);
const STEP_MS = 250;
const WAIT_MS_MAX = 60_000;
const FAMILY: readonly [LinkPurpose, LinkPurpose] = [{ type: "family" }, { type: "family" }];

export interface HouseholdOptions {
  /** When it begins, milliseconds since the epoch. */
  readonly startMs?: number;
  /** For every device that is made without options of its own. */
  readonly deviceOptions?: (name: string) => DeviceOptions;
}

export function createHousehold(options: HouseholdOptions = {}): Household {
  const time = createVirtualTime(options.startMs ?? START_MS);
  const devices: TestDevice[] = [];
  const idle = async (): Promise<void> => {
    await Promise.all(devices.map(async (device) => device.node().idle()));
  };
  const settle = async (): Promise<void> => time.settle(idle);

  return {
    time,
    add,
    settle,
    advance: async (ms) => time.advance(ms, idle),
    sleepUntil: async (timeMs) => time.sleepUntil(timeMs, idle),
    until,
    meet,
    link,
    cut: async (wire) => {
      wire?.links[0].close("cut");
      await settle();
    },
    found,
    invite,
    compare,
    join,
    stop: async () => {
      await Promise.all(devices.map(async (device) => device.stop()));
    },
  };

  async function add(name: string, own?: DeviceOptions): Promise<TestDevice> {
    const device = await createTestDevice(name, time, own ?? options.deviceOptions?.(name) ?? {});
    devices.push(device);
    return device;
  }

  async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    await settle();
    for (let waited = 0; waited <= WAIT_MS_MAX; waited += STEP_MS) {
      if (await holds()) return;
      await time.advance(STEP_MS, idle);
    }
    throw new Error(`not within a minute: ${what}`);
  }

  async function meet(a: TestDevice, b: TestDevice): Promise<Wire | null> {
    const theirs = b.running().channels();
    for (const mine of a.running().channels()) {
      const other = theirs.find((channel) => isMeeting(mine, channel));
      if (other === undefined) continue;
      const keyOf = (device: TestDevice) => device.running().family.identity.signer.publicKey;
      if (!mine.admits(keyOf(b)) || !other.admits(keyOf(a))) continue;
      return link(a, b, [mine.purpose, other.purpose]);
    }
    return null;
  }

  async function link(
    a: TestDevice,
    b: TestDevice,
    purposes: readonly [LinkPurpose, LinkPurpose] = FAMILY,
  ): Promise<Wire> {
    const wire = createWire(purposes);
    a.node().link(wire.links[0], null);
    b.node().link(wire.links[1], null);
    await settle();
    return wire;
  }

  async function found(name: string): Promise<TestDevice> {
    const device = await add(name);
    const node = device.node();
    await value(node.startFamily({ familyName: "The Okafors", myName: name }));
    const words = await value(node.recoveryWords());
    await value(
      node.confirmWords(
        [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" })),
      ),
    );
    return device;
  }

  async function invite(
    inviter: TestDevice,
    role: Role,
    forMember?: string,
  ): Promise<{ readonly invite: string; readonly link: string }> {
    const request = { role, lifetime: "qr" as const };
    const made = await value(
      inviter.node().createInvite(forMember === undefined ? request : { ...request, forMember }),
    );
    const view = (await inviter.snapshot()).invites.find((one) => one.id === made.invite);
    return { invite: made.invite, link: view?.link ?? "" };
  }

  async function compare(
    inviter: TestDevice,
    newcomer: TestDevice,
    role: Role,
    forMember?: string,
  ): Promise<{ readonly invite: string; readonly wire: Wire | null }> {
    const made = await invite(inviter, role, forMember);
    await value(newcomer.node().askToJoin({ link: made.link, name: newcomer.name }));
    const wire = await meet(inviter, newcomer);
    await until("a code", async () => (await newcomer.snapshot()).joining?.code !== null);
    const view = (await inviter.snapshot()).invites.find((one) => one.id === made.invite);
    if (view?.code !== (await newcomer.snapshot()).joining?.code) throw new Error("two codes");
    return { invite: made.invite, wire };
  }

  async function join(
    inviter: TestDevice,
    name: string,
    role: Role,
    forMember?: string,
  ): Promise<TestDevice> {
    const newcomer = await add(name);
    const { invite: id } = await compare(inviter, newcomer, role, forMember);
    await value(inviter.node().compareCode(id, true));
    await value(inviter.node().approveJoin(id));
    await until(`${name} is in`, async () => (await newcomer.snapshot()).phase === "member");
    return newcomer;
  }
}

/** Two channels are one place: the same purpose from its two sides, and a topic in common. */
function isMeeting(a: Channel, b: Channel): boolean {
  if (!a.topics.some((topic) => b.topics.includes(topic))) return false;
  if (a.purpose.type === "family") return b.purpose.type === "family";
  return b.purpose.type === "invite" && a.purpose.side !== b.purpose.side;
}

/** Texts of a conversation as the device shows them. */
export async function textsOf(
  device: TestDevice,
  conversation: string,
): Promise<readonly string[]> {
  const { messages } = await value(device.node().listMessages(conversation, { limit: 200 }));
  return messages.map((one) => one.text);
}

/** Id of the member with this name, as the device sees it. */
export function memberNamed(snapshot: NodeSnapshot, name: string): string {
  const found = snapshot.members.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no member is called ${name}`);
  return found.id;
}
