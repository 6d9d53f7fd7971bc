/**
 * Who helps to keep the family's rules: this device's own consent, the READY that it signs for the
 * very head of now, and, on a parent's device that keeps them already, the path 1, 3, 4 as others
 * become ready. A READY counts only from a session that is open, so who gave it is here and awake.
 * Neither does a device help whose browser may forget what is stored, nor is it asked: a device that
 * forgets its votes is lost to the others (by each device's own word, ADR 16). Consent ends
 * when it has taken effect; who stops is taking-out.ts's to say.
 * It does not decide which sets are allowed (core/ledger/replica-set.ts). SPEC KP1 to KP12.
 * Source: DESIGN §4.1, §4.8.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { compareBytes, toHex } from "../core/codec/ids.ts";
import type { BlockHash, DeviceId, Hex, Signature } from "../core/codec/ids.ts";
import type { Lasting } from "../core/gossip/register.ts";
import { changeReplicaSet, isEligible } from "../core/ledger/replica-set.ts";
import type { Head } from "../core/ledger/chain.ts";
import { findDevice, findMember, type LedgerState } from "../core/ledger/state.ts";
import { encodeReady } from "../core/ledger/transaction.ts";
import type { Key } from "../storage/store.ts";
import { holdOf, myMember, signTransaction, type Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { READY_SETTLE_MS } from "./limits.ts";
import { openTakingOut, type TakingOut } from "./taking-out.ts";

export interface Keeping {
  /** Whether the person has let this device help. */
  readonly isWilling: () => boolean;
  /** Whether it could: a parent's or relative's, and not yet among them. */
  readonly isEligible: () => boolean;
  /** Eligible, and in a browser that keeps what is stored. */
  readonly canHelp: () => boolean;
  /** What this device's browser does with what is stored; `unknown` until the page has said it. */
  readonly lasting: () => Lasting;
  readonly setWilling: (isWilling: boolean) => Promise<void>;
  /** The other way: who keeps the rules no more. */
  readonly takingOut: TakingOut;
  /** A device is linked: tell it that this one is ready. */
  readonly met: (device: DeviceId) => Promise<void>;
  readonly parted: (device: DeviceId) => void;
  /** The head moved: what was ready for the last one is nothing now. */
  readonly advanced: () => Promise<void>;
  /** This browser keeps what is stored, or does no more. */
  readonly lastingChanged: () => Promise<void>;
  /** False where the signature does not hold. */
  readonly takeReady: (device: DeviceId, parent: BlockHash, ready: Signature) => Promise<boolean>;
  readonly tick: () => Promise<void>;
}

export interface KeepingPorts {
  readonly send: (to: Hex, frame: Frame) => void;
  readonly onChanged: () => void;
}

/** One replica, then three, then four: two survive no crash more than one does, five no liar more than four. */
const SIZES: readonly number[] = [1, 3, 4];
const WILLING_KEY: Key = ["keeper"];

interface Ready {
  readonly device: DeviceId;
  readonly signature: Signature;
  readonly since: number;
}

export async function openKeeping(family: Family, ports: KeepingPorts): Promise<Keeping> {
  const { env } = family;
  let isWilling = (await env.store.get("meta", WILLING_KEY)) === true;
  const takingOut = await openTakingOut(family, {
    propose: async (head, device) => propose(head, [], [device]),
    onChanged: ports.onChanged,
  });
  /** Devices that are ready for my head, by id. */
  const readies = new Map<Hex, Ready>();
  let mine: { readonly parent: BlockHash; readonly signature: Signature } | null = null;
  /** The head for which a change of mine is on its way. */
  let proposedFor: BlockHash | null = null;

  return {
    isWilling: () => isWilling,
    isEligible: () => amEligible(),
    canHelp: () => amEligible() && isKept(lastingOf(family.identity.device)),
    lasting: () => lastingOf(family.identity.device),
    setWilling,
    takingOut,
    met: async (device) => offer([toHex(device)]),
    parted: (device) => {
      readies.delete(toHex(device));
    },
    advanced: async () => {
      readies.clear();
      await endConsent();
      await takingOut.advanced();
      await offer([...family.sessions.keys()]);
    },
    lastingChanged: async () => offer([...family.sessions.keys()]),
    takeReady,
    tick,
  };

  function amEligible(): boolean {
    const head = family.ledger.head();
    return head !== null && isEligible(head.state, family.identity.device);
  }

  /** By the device's own word, the latest that was heard. */
  function lastingOf(device: DeviceId): Lasting {
    const gossip = family.gossip?.core();
    const isMe = isSameBytes(device, family.identity.device);
    if (isMe) return gossip?.lasting ?? "unknown";
    return gossip?.registers.get(toHex(device))?.register.lasting ?? "unknown";
  }

  async function setWilling(next: boolean): Promise<void> {
    await keepWilling(next);
    await offer([...family.sessions.keys()]);
    ports.onChanged();
  }

  async function keepWilling(next: boolean): Promise<void> {
    await env.store.commit([{ type: "put", table: "meta", key: WILLING_KEY, value: next }], {
      durability: "strict",
      fence: family.fence,
    });
    isWilling = next;
  }

  /** Consent ends with its effect: a device that was taken out is asked again. */
  async function endConsent(): Promise<void> {
    const head = family.ledger.head();
    if (head === null || !isWilling || !isKeeper(head.state, toHex(family.identity.device))) return;
    await keepWilling(false);
  }

  async function propose(
    head: Head,
    added: readonly Ready[],
    removed: readonly DeviceId[],
  ): Promise<void> {
    proposedFor = head.hash;
    const body = {
      type: "replicas-changed" as const,
      parent: head.hash,
      added: added.map(({ device, signature }) => ({ device, ready: signature })),
      removed,
    };
    await family.ledger.submit(await signTransaction(family, body, []), []);
  }

  /** Signs for the head of now, once for each, and says so to those who keep the rules. */
  async function offer(to: readonly Hex[]): Promise<void> {
    const head = family.ledger.head();
    if (head === null || !isWilling || !amEligible()) return;
    if (!isKept(lastingOf(family.identity.device))) return;
    const keepers = to.filter((one) => isKeeper(head.state, one));
    if (keepers.length === 0) return;
    if (mine === null || !isSameBytes(mine.parent, head.hash)) {
      const { signer, profile } = family.identity;
      const signature = await signer.sign("ready", profile.family, encodeReady(head.hash));
      mine = { parent: head.hash, signature };
    }
    for (const one of keepers) ports.send(one, { type: "ready", ...mine });
  }

  async function takeReady(
    device: DeviceId,
    parent: BlockHash,
    signature: Signature,
  ): Promise<boolean> {
    const head = family.ledger.head();
    if (head === null) return true;
    const key = findDevice(head.state, device)?.key;
    if (key === undefined) return true;
    const message = encodeReady(parent);
    const holds = await env.crypto.verify(key, "ready", head.state.family, message, signature);
    // For another head it says nothing; who sent it will say it again for this one.
    if (!holds || !isSameBytes(parent, head.hash)) return holds;
    const name = toHex(device);
    const since = readies.get(name)?.since ?? env.monotonic();
    readies.set(name, { device, signature, since });
    return true;
  }

  /** The next step of the path, made by one parent's device: of those that are linked, the first by id. */
  async function tick(): Promise<void> {
    if (await takingOut.tick()) return;
    const head = family.ledger.head();
    if (head === null || !amSpokesman(head.state)) return;
    if (proposedFor !== null && isSameBytes(proposedFor, head.hash)) return;
    const chosen = choose(head.state);
    if (chosen.length === 0) return;
    await propose(head, chosen, []);
  }

  function amSpokesman(state: LedgerState): boolean {
    const me = family.identity.device;
    if (myMember(family)?.role !== "parent" || !isKeeper(state, toHex(me))) return false;
    return state.replicas.every(
      (one) =>
        !family.sessions.has(toHex(one)) ||
        roleOf(state, one) !== "parent" ||
        compareBytes(me, one) < 0,
    );
  }

  /** Who is added now: enough for the next size, other people's devices and parents' first. */
  function choose(state: LedgerState): readonly Ready[] {
    const size = SIZES.find((one) => one > state.replicas.length);
    const me = myMember(family);
    if (size === undefined || me === null) return [];
    const now = env.monotonic();
    const ready = [...readies.values()]
      .filter((one) => isEligible(state, one.device) && isKept(lastingOf(one.device)))
      .filter((one) => holdOf(family, one.device) === null)
      .filter((one) => now - one.since >= READY_SETTLE_MS)
      .sort((a, b) => rankOf(state, a) - rankOf(state, b) || compareBytes(a.device, b.device));
    const wanted = size - state.replicas.length;
    for (const some of combinations(ready, wanted)) {
      const added = some.map((one) => one.device);
      if (changeReplicaSet(state, me.id, { added, removed: [] }).ok) return some;
    }
    return [];
  }

  /** Devices of members that keep no rules yet come first, and among them parents'. */
  function rankOf(state: LedgerState, { device }: Ready): number {
    const owner = findDevice(state, device)?.member;
    const isHeld = state.replicas.some((one) => {
      const other = findDevice(state, one)?.member;
      return owner !== undefined && other !== undefined && isSameBytes(other, owner);
    });
    return (isHeld ? 2 : 0) + (roleOf(state, device) === "parent" ? 0 : 1);
  }
}

/** Every choice of `count` items, in the order of the items. At most seven are ever ready. */
function* combinations<T>(items: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) yield [];
  for (const [index, first] of items.slice(0, COMBINED_MAX).entries()) {
    if (count < 1) return;
    for (const rest of combinations(items.slice(index + 1), count - 1)) yield [first, ...rest];
  }
}

const COMBINED_MAX = 8;

/** Whether a browser keeps what is stored: DESIGN §4.1 asks it of every device that keeps the rules. */
export function isKept(lasting: Lasting): boolean {
  return lasting === "persistent" || lasting === "installed";
}

function isKeeper(state: LedgerState, device: Hex): boolean {
  return state.replicas.some((one) => toHex(one) === device);
}

function roleOf(state: LedgerState, device: DeviceId): string | null {
  const owner = findDevice(state, device)?.member;
  return owner === undefined ? null : (findMember(state, owner)?.role ?? null);
}
