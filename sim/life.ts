/**
 * What happens to devices and between people while faults are on: one action at a time, chosen by
 * the seed. Everything that is broken here is repaired by `heal`. SPEC SI14, SI15.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import { ownHead } from "../workers/core/gossip/state.ts";
import { signTransaction } from "../workers/node/family.ts";
import { isMember } from "./checkers/convergence.ts";
import type { Device } from "./device.ts";
import { NO_FAULTS } from "./network.ts";
import { letterOf, type People } from "./people.ts";
import { pick, type ActionWeights, type SeedPlan } from "./seed-plan.ts";
import type { World } from "./world.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Devices of one family. */
const DEVICES_MAX = 8;
/** Invites for nobody: a member writes twenty transactions a day, and joins need some of them. */
const INVITES_MADE_MAX = 8;
/** Largest clock error: what lies further ahead is refused as not had. */
const CLOCK_ERROR_MAX_MS = DAY_MS;

export interface Life {
  readonly act: () => Promise<void>;
  /** Ends all faults: network, clocks, disks; everybody is awake. */
  readonly heal: () => Promise<void>;
}

export function createLife(world: World, people: People, plan: SeedPlan): Life {
  const { random, scheduler, network } = world;
  const newcomers = [...plan.newcomers];
  let devicesMade = 0;
  let invitesMade = 0;

  const awake = (): readonly Device[] => world.devices().filter((one) => one.isAwake());
  const members = (): readonly Device[] => awake().filter((one) => isMember(one));
  const isFull = (): boolean => world.devices().length >= DEVICES_MAX;
  const parents = (): readonly Device[] => members().filter((one) => roleOf(one) === "parent");

  const actions: Readonly<Record<keyof ActionWeights, () => Promise<void>>> = {
    write: async () => onOne(members(), people.write),
    read: async () => onOne(members(), people.read),
    join: async () => join(),
    furtherDevice: async () => furtherDevice(),
    revoke: async () => revoke(),
    invite: async () =>
      onOne(invitesMade < INVITES_MADE_MAX ? parents() : [], async (device) => {
        invitesMade += 1;
        const made = await device.node()?.createInvite({ role: "child", lifetime: "qr" });
        if (made?.ok === true) await device.node()?.revokeInvite(made.value.invite);
      }),
    crash: async () =>
      onOne(awake(), async (device) => {
        device.crash(random.below(2) === 0 ? 0 : random.below(4));
        startLater(device);
      }),
    crashInCommit: async () =>
      onOne(awake(), async (device) => {
        const side = random.below(2) === 0 ? "before" : "after";
        device.planCrash({ commits: 1 + random.below(6), side }, random.below(3));
        startLater(device);
      }),
    close: async () =>
      onOne(awake(), async (device) => {
        await device.close();
        startLater(device);
      }),
    sleep: async () =>
      onOne(awake(), async (device) => {
        device.sleep(random.below(2) === 0);
        later(1_000 + random.below(60_000), `wake ${device.name}`, async () => device.wake());
      }),
    clock: async () => onOne(awake(), async (device) => spoilClock(device)),
    full: async () =>
      onOne(awake(), async (device) => {
        device.setFull(true);
        later(1_000 + random.below(15_000), `room ${device.name}`, async () =>
          device.setFull(false),
        );
      }),
  };

  return { act, heal };

  async function act(): Promise<void> {
    const entries = Object.entries(plan.weights) as [keyof ActionWeights, number][];
    let point = random.below(entries.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [name, weight] of entries) {
      point -= weight;
      if (point >= 0) continue;
      world.trace.note(`action ${name}`);
      await actions[name]();
      return;
    }
  }

  async function onOne(
    from: readonly Device[],
    task: (device: Device) => Promise<void>,
  ): Promise<void> {
    if (from.length > 0) await task(pick(random, from));
  }

  async function join(): Promise<void> {
    const role = newcomers.shift();
    const from = parents();
    if (role === undefined || from.length === 0 || isFull()) return;
    const newcomer = world.addDevice(`${letterOf(role)}${world.devices().length}`);
    await newcomer.start();
    people.beginJoin({ inviter: pick(random, from), newcomer, role, forMember: null });
  }

  async function furtherDevice(): Promise<void> {
    const from = parents();
    if (from.length === 0 || devicesMade >= 2 || isFull()) return;
    const owner = pick(random, members());
    const forMember = people.memberOf(owner);
    const role = roleOf(owner);
    if (forMember === null || role === null) return;
    devicesMade += 1;
    const newcomer = world.addDevice(`${owner.name}+${devicesMade}`);
    await newcomer.start();
    people.beginJoin({ inviter: pick(random, from), newcomer, role, forMember });
  }

  /** No screen offers it yet: the transaction that one will submit, with the cut as its signer knows it. */
  async function revoke(): Promise<void> {
    const from = parents();
    const others = members().filter((one) => roleOf(one) !== "parent");
    if (from.length === 0 || others.length < 2) return;
    const by = pick(random, from).running()?.family;
    const victim = pick(random, others).running()?.family;
    const core = by?.gossip?.core();
    if (by === undefined || victim === undefined || core === undefined) return;
    const device = victim.identity.device;
    const known = [...core.streams.values()].find(
      (one) => toHex(one.author) === toHex(device) && one.number === 0,
    );
    const seq = known === undefined ? 0 : Math.max(0, ...known.known.keys());
    const last = known?.known.get(seq);
    const cuts = last === undefined ? [] : [{ stream: 0, seq, id: last.id }];
    world.trace.note(`revoke ${toHex(device)} at ${seq} of ${ownHead(core)}`);
    const body = { type: "device-revoked" as const, device, reason: "lost" as const, cuts };
    try {
      await by.ledger.submit(await signTransaction(by, body, []), []);
    } catch (error) {
      // A full or killed disk: the person is told and nothing was promised.
      world.trace.note(`revoke failed: ${error instanceof Error ? error.name : "unknown"}`);
    }
  }

  function spoilClock(device: Device): void {
    const kind = random.below(5);
    const minutes = (random.below(20) - 10) * MINUTE_MS;
    if (kind === 0) device.clock.setError(minutes);
    else if (kind === 1) device.clock.setError(random.below(CLOCK_ERROR_MAX_MS));
    else if (kind === 2) device.clock.freeze();
    else if (kind === 3) device.clock.setError(-random.below(CLOCK_ERROR_MAX_MS));
    else device.clock.heal();
  }

  function startLater(device: Device): void {
    later(500 + random.below(30_000), `start ${device.name}`, async () => device.start());
  }

  function later(delayMs: number, label: string, run: () => Promise<void>): void {
    scheduler.after(delayMs, label, run);
  }

  async function heal(): Promise<void> {
    network.setFaults(NO_FAULTS);
    network.unblockAll();
    network.closeLossy();
    for (const device of world.devices()) {
      device.planCrash({ commits: Number.POSITIVE_INFINITY, side: "before" }, 0);
      device.clock.heal();
      device.setFull(false);
      device.wake();
      await device.start();
    }
  }
}

function roleOf(device: Device): "parent" | "child" | "relative" | "contact" | null {
  const running = device.running();
  const state = running?.family.ledger.head()?.state;
  if (running === null || state === undefined) return null;
  const { device: id } = running.family.identity;
  const owner = state.devices.find((one) => toHex(one.id) === toHex(id))?.member;
  return (
    state.members.find((one) => owner !== undefined && toHex(one.id) === toHex(owner))?.role ?? null
  );
}
