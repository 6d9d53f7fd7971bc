/**
 * What a device keeps of places on its disk, sealed like other private rows: of each other device the last
 * one, or that there is none any more; and its own sharing. SPEC PN5, PN6, LC8.
 */
import { deviceId, messageId, type DeviceId } from "../core/codec/ids.ts";
import {
  decodeWith,
  encodeWith,
  list,
  option,
  struct,
  uint,
  type Shaped,
} from "../core/codec/shape.ts";
import { audienceShape, clockShape } from "../core/gossip/header.ts";
import { RECIPIENTS_MAX } from "../core/gossip/limits.ts";
import { placeShape } from "../core/gossip/payload.ts";
import { prefixRange, type Write } from "../storage/store.ts";
import type { Family } from "./family.ts";
import { TOLD_DEVICES_MAX } from "./limits.ts";

const last = struct({
  author: deviceId,
  clock: clockShape,
  id: messageId,
  audience: audienceShape,
  /** Where, and until when it says so; none: no more, or not for me any more. */
  said: option(struct({ place: placeShape, until: option(uint()) })),
});
/** What another device said last. */
export type LastPlace = Shaped<typeof last>;

const sharing = struct({
  audience: audienceShape,
  until: option(uint()),
  /** Clock and id of the last place that was said. */
  clock: clockShape,
  id: messageId,
  /** When its person ended it; none: it goes on, or is over by itself. */
  stoppedAt: option(uint()),
  /** Devices that it was sealed for since it began. */
  sealedFor: list(deviceId, TOLD_DEVICES_MAX),
  /** Those of them that have one, as far as this device knows. */
  reached: list(deviceId, RECIPIENTS_MAX),
});
/** What this device shares. */
export type OwnSharing = Shaped<typeof sharing>;

const BYTES_MAX = 64 * 1024;
const PREFIX = "place";
const OWN_KEY = [PREFIX, "own"];

export async function lastWrite({ env }: Family, value: LastPlace): Promise<Write> {
  const sealed = await env.vault.wrap(encodeWith(last, value));
  return { type: "put", table: "meta", key: [PREFIX, value.author], value: sealed };
}

export function forgetLast(author: DeviceId): Write {
  return { type: "delete", table: "meta", key: [PREFIX, author] };
}

export async function ownWrite({ env }: Family, value: OwnSharing | null): Promise<Write> {
  if (value === null) return { type: "delete", table: "meta", key: OWN_KEY };
  const sealed = await env.vault.wrap(encodeWith(sharing, value));
  return { type: "put", table: "meta", key: OWN_KEY, value: sealed };
}

/** All that is kept; what does not open or is malformed is as if it were not there. */
export async function readPlaces({
  env,
}: Family): Promise<{ readonly own: OwnSharing | null; readonly others: readonly LastPlace[] }> {
  const others: LastPlace[] = [];
  let own: OwnSharing | null = null;
  for (const { key, value } of await env.store.list("meta", prefixRange([PREFIX]))) {
    const plain = value instanceof Uint8Array ? await env.vault.unwrap(value) : null;
    if (plain === null) continue;
    if (key[1] === OWN_KEY[1]) {
      const decoded = decodeWith(sharing, plain, BYTES_MAX);
      if (decoded.ok) own = decoded.value;
    } else {
      const decoded = decodeWith(last, plain, BYTES_MAX);
      if (decoded.ok) others.push(decoded.value);
    }
  }
  return { own, others };
}
