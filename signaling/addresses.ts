/**
 * What each network address may use: sockets at once, new sockets a second, bytes it has us send.
 *
 * Addresses live here and nowhere else, in memory only; no log or metric ever gets one. An entry
 * goes when its last socket is gone and its buckets are full again, so that hanging up and coming
 * back does not refill them. SPEC SG22, SG25.
 */
import type { ServerLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

/** One address's share. `sockets` counts those open now. */
export type AddressShare = {
  sockets: number;
  readonly connects: TokenBucket;
  readonly egress: TokenBucket;
};

export class Addresses {
  readonly #limits: ServerLimits;
  readonly #shares = new Map<string, AddressShare>();

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** Addresses remembered. */
  get count(): number {
    return this.#shares.size;
  }

  /** Counts a new socket in. Undefined when the address, or all of them together, have too many. */
  admit(address: string, nowMs: number): AddressShare | undefined {
    const key = groupAddress(address);
    const share = this.#shares.get(key) ?? this.#open(key, nowMs);
    if (share === undefined || share.sockets >= this.#limits.socketsPerAddress) return undefined;
    if (!share.connects.take(1, nowMs)) return undefined;
    share.sockets += 1;
    return share;
  }

  /** Counts a socket out. Call once for each share that `admit` gave. */
  release(share: AddressShare): void {
    share.sockets -= 1;
  }

  /** Forgets the addresses that have no socket and owe nothing. */
  sweep(nowMs: number): void {
    for (const [key, share] of this.#shares) {
      const isIdle = share.connects.isFull(nowMs) && share.egress.isFull(nowMs);
      if (share.sockets === 0 && isIdle) this.#shares.delete(key);
    }
  }

  #open(key: string, nowMs: number): AddressShare | undefined {
    if (this.#shares.size >= this.#limits.addressesTotal) return undefined;
    const { addressConnectsPerSecond, addressConnectsBurst } = this.#limits;
    const { addressEgressPerSecond, addressEgressBurst } = this.#limits;
    const share: AddressShare = {
      sockets: 0,
      connects: new TokenBucket(addressConnectsPerSecond, addressConnectsBurst, nowMs),
      egress: new TokenBucket(addressEgressPerSecond, addressEgressBurst, nowMs),
    };
    this.#shares.set(key, share);
    return share;
  }
}

/**
 * The key under which an address is counted: IPv4 as it is (mapped forms too), IPv6 by its first
 * 64 bits, because one household has a whole /64.
 */
export function groupAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}
