/**
 * Topics and keys on which the devices of a family meet: from the family secret and the UTC day, so
 * that a device whose secret was replaced loses the place within two days, and a server cannot tell
 * tomorrow's topic from any other. SPEC RV5. Source: DESIGN §6 (signalling).
 */
import { encodeWire } from "../core/codec/cbor.ts";
import type { FamilyId } from "../core/codec/ids.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { encodeBase64Url } from "./base64.ts";

export interface FamilyMeetingPlace {
  /** Yesterday's, today's and tomorrow's. */
  readonly topics: readonly [string, string, string];
  /** The 32-byte key of one of the topics; any other topic is a broken invariant and throws. */
  readonly keyFor: (topic: string) => Uint8Array;
}

/** `now` in milliseconds since the epoch: good until the UTC day ends, then make a new one. */
export function familyChannel(
  crypto: CryptoSuite,
  family: FamilyId,
  secret: Uint8Array,
  now: number,
): FamilyMeetingPlace {
  const today = Math.max(1, Math.floor(now / DAY_MS));
  const keys = new Map<string, Uint8Array>();
  const topicOf = (day: number): string => {
    const context = encodeWire(day);
    const name = crypto.deriveKey(secret, "signal-topic", family, context);
    const topic = encodeBase64Url(name.subarray(0, TOPIC_BYTES));
    keys.set(topic, crypto.deriveKey(secret, "signal-key", family, context));
    return topic;
  };
  return {
    topics: [topicOf(today - 1), topicOf(today), topicOf(today + 1)],
    keyFor: (topic) => {
      const key = keys.get(topic);
      if (key === undefined) throw new Error("not a topic of this family");
      return key;
    },
  };
}

const DAY_MS = 86_400_000;
const TOPIC_BYTES = 16;
