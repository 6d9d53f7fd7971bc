/**
 * Random and mutated bytes and texts at everything that the node decodes: frames of a peer, a pasted
 * link, a server's envelope, records on the disk. FUZZ_SECONDS makes it longer than its two seconds,
 * FUZZ_SEED repeats a run; each failure names the seed and shows the input.
 */
import { performance } from "node:perf_hooks";
import { env } from "node:process";
import { expect, test } from "vitest";
import { isSameBytes } from "../core/codec/cbor.ts";
import { toHex } from "../core/codec/ids.ts";
import { createRandom, seedWords, type Random } from "../core/random.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createReassembler, fragment } from "./framing.ts";
import { SAMPLE_FRAMES } from "./frame-samples.suite.test.ts";
import { decodeFrame, encodeFrame, priorityOf } from "./frames.ts";
import { formatInviteLink, parseInviteLink } from "./invite-link.ts";
import { decodeInviteRecord, encodeInviteRecord, type InviteRecord } from "./invite-record.ts";
import { decodeJoinRecord, encodeJoinRecord, type JoinRecord } from "./join-record.ts";
import { openSignal, sealSignal } from "./signal-envelope.ts";

const SECONDS = Number(env["FUZZ_SECONDS"] ?? 2);
const SEED = Number(env["FUZZ_SEED"] ?? 20_261_124);
const random = createRandom(seedWords(SEED));
const crypto = createCryptoSuite();
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

const INVITE: InviteRecord = {
  secret: new Uint8Array(16),
  inviteKey: key(2),
  role: "child",
  member: null,
  expiresAt: 1000,
  link: "https://app.test/#x",
  step: "waiting",
  why: "none",
  newcomer: null,
  approval: null,
  isSeen: 0,
  isDismissed: 0,
  servers: ["wss://signal.test"],
};
const JOIN: JoinRecord = {
  secret: new Uint8Array(16),
  inviterKey: key(1),
  inviteKey: key(2),
  expiresAt: 1,
  myName: "Mia",
  nameSalt: new Uint8Array(16),
  nonce: key(3),
  answer: null,
  step: "connecting",
  why: "none",
  waitsFor: [],
};
const LINK = formatInviteLink("https://app.test/", {
  servers: ["wss://signal.test"],
  secret: new Uint8Array(16).fill(7),
  family: key(4),
  height: 3,
  head: key(5),
  inviterKey: key(6),
  expiresAt: 99,
});

/** Each takes hostile bytes and says what went wrong; null for nothing. */
const TARGETS: readonly {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  readonly faultOf: (bytes: Uint8Array) => string | null;
}[] = [
  {
    name: "frame",
    samples: SAMPLE_FRAMES.map((frame) => encodeFrame(frame)),
    faultOf: (bytes) => {
      const decoded = decodeFrame(bytes);
      return !decoded.ok || isSameBytes(encodeFrame(decoded.value), bytes) ? null : "two encodings";
    },
  },
  recordTarget("invite record", INVITE, encodeInviteRecord, decodeInviteRecord),
  recordTarget("join record", JOIN, encodeJoinRecord, decodeJoinRecord),
  {
    name: "link frames",
    samples: SAMPLE_FRAMES.flatMap((frame) => fragment(encodeFrame(frame), priorityOf(frame))),
    faultOf: (bytes) => {
      const taken = createReassembler().take(bytes);
      return taken.ok && (taken.message?.length ?? 0) > bytes.length ? "made up bytes" : null;
    },
  },
  {
    name: "invite link",
    samples: [new TextEncoder().encode(LINK)],
    faultOf: (bytes) => {
      const parsed = parseInviteLink(new TextDecoder("latin1").decode(bytes));
      if (!parsed.ok) return null;
      const again = parseInviteLink(formatInviteLink("https://app.test/", parsed.invite));
      return again.ok ? null : "what was parsed is refused";
    },
  },
];

function recordTarget<T>(
  name: string,
  sample: T,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T | null,
): (typeof TARGETS)[number] {
  return {
    name,
    samples: [encode(sample)],
    faultOf: (bytes) => {
      const decoded = decode(bytes);
      return decoded === null || isSameBytes(encode(decoded), bytes) ? null : "two encodings";
    },
  };
}

/** Up to four changes: a byte, a cut, a doubled piece, a run of one byte. */
function mutated(from: Random, sample: Uint8Array): Uint8Array {
  let bytes = sample.slice();
  for (let change = from.below(4); change >= 0; change -= 1) {
    const at = from.below(bytes.length + 1);
    const to = at + from.below(bytes.length - at + 1);
    const kind = from.below(4);
    if (kind === 0 && at < bytes.length) bytes[at] = from.below(256);
    else if (kind === 1) bytes = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(to));
    else if (kind === 2) bytes = Uint8Array.of(...bytes.subarray(0, to), ...bytes.subarray(at));
    else bytes.fill(from.below(256), at, Math.min(to, at + 9));
  }
  return bytes;
}

function hostile(sample: Uint8Array): Uint8Array {
  if (random.below(4) > 0) return mutated(random, sample);
  return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
}

test(
  `[FR2] [IL3] [LK8] ${SECONDS} s of hostile bytes at everything that the node decodes, seed ${SEED}`,
  () => {
    const end = performance.now() + SECONDS * 1_000;
    let tried = 0;
    while (performance.now() < end) {
      for (const { name, samples, faultOf } of TARGETS) {
        for (const sample of samples) {
          const bytes = hostile(sample);
          let fault: string | null;
          try {
            fault = faultOf(bytes);
          } catch (error) {
            fault = `threw ${String(error)}`;
          }
          if (fault !== null) expect.fail(`${name}, seed ${SEED}: ${fault}: ${toHex(bytes)}`);
          tried += 1;
        }
      }
    }
    console.log(`${tried} inputs, seed ${SEED}`);
    expect(tried).toBeGreaterThan(TARGETS.length);
  },
  SECONDS * 1_000 + 20_000,
);

test(
  `[RV2] ${SECONDS} s of broken envelopes: each refused, whatever is changed, seed ${SEED}`,
  async () => {
    const signer = await crypto.createSigner(key(9));
    const place = { family: key(4), topic: "today", key: key(8) };
    const whole = await sealSignal(crypto, signer, place, {
      from: new Uint8Array(16),
      to: null,
      kind: "announce",
      attempt: new Uint8Array(16),
      payload: "",
    });
    expect((await openSignal(crypto, place, whole)).ok).toBe(true);
    const end = performance.now() + SECONDS * 1_000;
    while (performance.now() < end) {
      const bytes = mutated(random, new TextEncoder().encode(whole));
      const text = new TextDecoder("latin1").decode(bytes);
      const opened = await openSignal(crypto, place, text);
      if (opened.ok && text !== whole) expect.fail(`seed ${SEED}: opened ${text}`);
    }
  },
  SECONDS * 1_000 + 20_000,
);
