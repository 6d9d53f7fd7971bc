/**
 * Who keeps the family's rules no more: a device that steps down before its person is away for long,
 * or one that a parent takes out because it is lost. What a person wants is kept on this device and
 * asked for at each height until it has happened: a change of the replica set holds for one block
 * only. Knows no screen; what the rules allow is core/ledger/replica-set.ts's to say.
 * SPEC KP9 to KP12. Source: DESIGN §4.1, §4.8.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex, type DeviceId, type Hex } from "../core/codec/ids.ts";
import type { Head } from "../core/ledger/chain.ts";
import { changeReplicaSet, isStepDown } from "../core/ledger/replica-set.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import type { Key, Store } from "../storage/store.ts";
import { myMember, type Family } from "./family.ts";

/** Why a device cannot go: the rules, it is the last, or one person's devices would hold the others up. */
export type TakeOutFault = "not-allowed" | "last-keeper" | "one-hand";

export interface TakingOut {
  /** Null where this person may take that device out now. */
  readonly faultOf: (device: DeviceId) => TakeOutFault | null;
  /** Whether a change that takes it out waits to be written down. */
  readonly isGoing: (device: DeviceId) => boolean;
  /** Wants it out from now on; the fault, or null when it is asked for. */
  readonly take: (device: DeviceId) => Promise<TakeOutFault | null>;
  /** The head moved: who is out, or may go no more, is wanted out no more. */
  readonly advanced: () => Promise<void>;
  /** Asks for the next one; false where nothing is to be done. */
  readonly tick: () => Promise<boolean>;
}

export interface TakingOutPorts {
  readonly propose: (head: Head, device: DeviceId) => Promise<void>;
  readonly onChanged: () => void;
}

const OUTGOING_KEY: Key = ["keeper-outgoing"];

export async function openTakingOut(family: Family, ports: TakingOutPorts): Promise<TakingOut> {
  const { env } = family;
  /** Devices that this person wants out, by id, until they are. */
  let outgoing: ReadonlySet<Hex> = new Set(await readOutgoing(env.store));

  return {
    faultOf: (device) => {
      const head = family.ledger.head();
      return head === null ? "not-allowed" : judge(head.state, device);
    },
    isGoing: (device) =>
      outgoing.has(toHex(device)) ||
      family.ledger
        .pending()
        .some(({ content: { body } }) => body.type === "replicas-changed" && has(body, device)),
    take,
    advanced,
    tick,
  };

  function judge(state: LedgerState, device: DeviceId): TakeOutFault | null {
    const me = myMember(family);
    const change = { added: [], removed: [device] };
    if (me === null || !state.replicas.some((one) => isSameBytes(one, device))) {
      return "not-allowed";
    }
    if (me.role !== "parent" && !isStepDown(state, me.id, change)) return "not-allowed";
    const changed = changeReplicaSet(state, me.id, change);
    if (changed.ok) return null;
    if (changed.reason === "last-replica") return "last-keeper";
    return changed.reason === "one-member-holds-it" ? "one-hand" : "not-allowed";
  }

  async function take(device: DeviceId): Promise<TakeOutFault | null> {
    const head = family.ledger.head();
    const fault = head === null ? "not-allowed" : judge(head.state, device);
    if (fault !== null) return fault;
    await keep([...outgoing, toHex(device)]);
    await tick();
    ports.onChanged();
    return null;
  }

  async function advanced(): Promise<void> {
    const head = family.ledger.head();
    if (head === null || outgoing.size === 0) return;
    const left = head.state.replicas
      .filter((one) => outgoing.has(toHex(one)) && judge(head.state, one) === null)
      .map((one) => toHex(one));
    if (left.length < outgoing.size) await keep(left);
  }

  async function tick(): Promise<boolean> {
    const head = family.ledger.head();
    if (head === null || outgoing.size === 0) return false;
    const going = head.state.replicas.find(
      (one) => outgoing.has(toHex(one)) && judge(head.state, one) === null,
    );
    if (going === undefined) return false;
    // A restart finds what was sent before it among what waits.
    const isAsked = family.ledger.pending().some(({ content: { author, body } }) => {
      if (body.type !== "replicas-changed" || !isSameBytes(body.parent, head.hash)) return false;
      return isSameBytes(author, family.identity.device);
    });
    if (!isAsked) await ports.propose(head, going);
    return true;
  }

  async function keep(next: readonly Hex[]): Promise<void> {
    const value = [...new Set(next)].join(" ");
    await env.store.commit([{ type: "put", table: "meta", key: OUTGOING_KEY, value }], {
      durability: "strict",
      fence: family.fence,
    });
    outgoing = new Set(next);
  }
}

function has(body: { readonly removed: readonly DeviceId[] }, device: DeviceId): boolean {
  return body.removed.some((one) => isSameBytes(one, device));
}

/** Ids of the devices that are to go, as they were kept. */
async function readOutgoing(store: Store): Promise<readonly Hex[]> {
  const value = await store.get("meta", OUTGOING_KEY);
  return typeof value === "string" ? value.split(" ").filter((one) => one !== "") : [];
}
