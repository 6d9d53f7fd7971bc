import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeWire, type Wire } from "../core/codec/cbor.ts";
import { deviceIdOf, familyIdOf, type Signature, type SigningKey } from "../core/codec/ids.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { decodeFrame, encodeFrame, type Frame } from "./frames.ts";
import {
  createHandshake,
  type Handshake,
  type HandshakeFailure,
  type HandshakeIdentity,
  type HandshakePeer,
} from "./handshake.ts";
import type { LinkBinding, LinkPurpose } from "./link.ts";

const crypto: CryptoSuite = createCryptoSuite();
const FAMILY = familyIdOf(new Uint8Array(32).fill(1));
const OTHER_FAMILY = familyIdOf(new Uint8Array(32).fill(2));
const FINGERPRINT_A = new Uint8Array(32).fill(0xa);
const FINGERPRINT_B = new Uint8Array(32).fill(0xb);
const FINGERPRINT_M = new Uint8Array(32).fill(0xc);
const AS_FAMILY: LinkPurpose = { type: "family" };
const AS_INVITER: LinkPurpose = { type: "invite", invite: "ab".repeat(16), side: "inviter" };
const AS_NEWCOMER: LinkPurpose = { ...AS_INVITER, side: "newcomer" };

let alice: Signer;
let bob: Signer;
let inviteKey: Signer;
beforeAll(async () => {
  [alice, bob, inviteKey] = (await Promise.all(
    [11, 12, 13].map((seed) => crypto.createSigner(new Uint8Array(32).fill(seed))),
  )) as [Signer, Signer, Signer];
});

function identityOf(signer: Signer, more: Partial<HandshakeIdentity> = {}): HandshakeIdentity {
  const head = { height: 7, hash: new Uint8Array(32).fill(7) };
  return { family: FAMILY, signer, head, wall: 1_000, build: "b1", inviteProver: null, ...more };
}

function bindingOf(isInitiator: boolean, purpose: LinkPurpose = AS_FAMILY): LinkBinding {
  return {
    transport: "rtc",
    isInitiator,
    localFingerprint: isInitiator ? FINGERPRINT_A : FINGERPRINT_B,
    remoteFingerprint: isInitiator ? FINGERPRINT_B : FINGERPRINT_A,
    purpose,
  };
}

type Outcome = HandshakePeer | HandshakeFailure | "waiting";

/** Runs two handshakes against each other; `tamper` may change or drop a frame on its way. */
async function run(
  a: Handshake,
  b: Handshake,
  tamper: (frame: Frame, from: "a" | "b") => Frame | null = (frame) => frame,
): Promise<{ a: Outcome; b: Outcome }> {
  const outcome: { a: Outcome; b: Outcome } = { a: "waiting", b: "waiting" };
  const wire: { readonly to: "a" | "b"; readonly frame: Frame }[] = [];
  const send = (from: "a" | "b", frames: readonly Frame[]): void => {
    for (const frame of frames) {
      const changed = tamper(frame, from);
      if (changed !== null) wire.push({ to: from === "a" ? "b" : "a", frame: reread(changed) });
    }
  };
  send("a", a.start());
  send("b", b.start());
  for (let next = wire.shift(); next !== undefined; next = wire.shift()) {
    if (outcome[next.to] !== "waiting") continue;
    const step = await (next.to === "a" ? a : b).take(next.frame);
    if (step.type === "failed") outcome[next.to] = step.reason;
    else {
      send(next.to, step.send);
      if (step.type === "done") outcome[next.to] = step.peer;
    }
  }
  return outcome;
}

/** Through the codec, as on a wire. */
function reread(frame: Frame): Frame {
  const decoded = decodeFrame(encodeFrame(frame));
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value;
}

function isDone(outcome: Outcome): outcome is HandshakePeer {
  return typeof outcome !== "string";
}

function honestPair(): [Handshake, Handshake] {
  return [
    createHandshake(bindingOf(true), identityOf(alice), crypto),
    createHandshake(bindingOf(false), identityOf(bob), crypto),
  ];
}

function helloOf(handshake: Handshake): Frame & { type: "hello" } {
  const [frame] = handshake.start();
  if (frame?.type !== "hello") throw new Error("no hello");
  return frame;
}

describe("handshake", () => {
  test("[HA1] two honest devices end with each other's key and one transcript", async () => {
    const [a, b] = honestPair();
    const order: string[] = [];
    const outcome = await run(a, b, (frame, from) => {
      order.push(`${from} ${frame.type}`);
      return frame;
    });
    if (!isDone(outcome.a) || !isDone(outcome.b)) throw new Error(JSON.stringify(outcome));
    expect(outcome.a.deviceKey).toEqual(bob.publicKey);
    expect(outcome.b.deviceKey).toEqual(alice.publicKey);
    expect(outcome.a.device).toEqual(deviceIdOf(FAMILY, bob.publicKey));
    expect(outcome.a.transcript).toEqual(outcome.b.transcript);
    expect(outcome.a.hello).toMatchObject({ height: 7, wall: 1_000, build: "b1" });
    expect(outcome.a.inviteProof).toBeNull();
    expect(order).toEqual(["a hello", "b hello", "a auth", "b auth"]);
  });

  test("[HA13] the initiator signs transcript and role, the responder those and the initiator's signature", async () => {
    const [a, b] = honestPair();
    const signatures: Signature[] = [];
    const outcome = await run(a, b, (frame) => {
      if (frame.type === "auth") signatures.push(frame.signature);
      return frame;
    });
    const [first, second] = signatures;
    if (!isDone(outcome.a) || first === undefined || second === undefined) throw new Error("open");
    const { transcript } = outcome.a;
    const signedBy = async (signer: Signer, signed: Wire, signature: Signature) =>
      crypto.verify(signer.publicKey, "handshake", FAMILY, encodeWire(signed), signature);
    expect(await signedBy(alice, [transcript, 0, []], first)).toBe(true);
    expect(await signedBy(bob, [transcript, 1, [first]], second)).toBe(true);
  });

  test("[HA2] swapped fingerprints fail on both sides", async () => {
    const swapped = {
      ...bindingOf(true),
      localFingerprint: FINGERPRINT_B,
      remoteFingerprint: FINGERPRINT_A,
    };
    const a = createHandshake(swapped, identityOf(alice), crypto);
    const b = createHandshake(bindingOf(false), identityOf(bob), crypto);
    expect(await run(a, b)).toEqual({ a: "waiting", b: "bad-signature" });
  });

  test.each([
    [true, "localFingerprint"],
    [true, "remoteFingerprint"],
    [false, "localFingerprint"],
    [false, "remoteFingerprint"],
  ] as const)("[HA2] one other fingerprint is enough: initiator %s, %s", async (side, field) => {
    const bind = (isInitiator: boolean): LinkBinding =>
      isInitiator === side
        ? { ...bindingOf(isInitiator), [field]: FINGERPRINT_M }
        : bindingOf(isInitiator);
    const a = createHandshake(bind(true), identityOf(alice), crypto);
    const b = createHandshake(bind(false), identityOf(bob), crypto);
    expect((await run(a, b)).b).toBe("bad-signature");
  });

  test("[HA2] one in the middle with certificates of its own fails whatever it relays", async () => {
    const toA = { ...bindingOf(true), remoteFingerprint: FINGERPRINT_M };
    const toB = { ...bindingOf(false), remoteFingerprint: FINGERPRINT_M };
    const a = createHandshake(toA, identityOf(alice), crypto);
    const b = createHandshake(toB, identityOf(bob), crypto);
    expect((await run(a, b)).b).toBe("bad-signature");
    // And if it answers A with a signature of B that it got on another link:
    const [first, second] = honestPair();
    let stolen: Frame | null = null;
    await run(first, second, (frame, from) => {
      if (from === "b" && frame.type === "auth") stolen = frame;
      return frame;
    });
    const again = createHandshake(toA, identityOf(alice), crypto);
    await again.take(helloOf(second));
    expect(await again.take(stolen!)).toEqual({ type: "failed", reason: "bad-signature" });
  });

  test("[HA3] a signature does not serve in the other role", async () => {
    const [a, b] = honestPair();
    const [, bobAsInitiator] = honestPair();
    await b.take(helloOf(a));
    const taken = await a.take(helloOf(b));
    if (taken.type !== "continue") throw new Error(taken.type);
    // A's own auth, sent back to it, and to B as if B's were asked for again.
    expect(await a.take(taken.send[0]!)).toMatchObject({ reason: "bad-signature" });
    expect(await bobAsInitiator.take(taken.send[0]!)).toMatchObject({ reason: "unexpected-frame" });
  });

  test("[HA3] nor for another family, another link or another invite", async () => {
    const a = createHandshake(bindingOf(true), identityOf(alice, { family: OTHER_FAMILY }), crypto);
    const [, b] = honestPair();
    expect((await run(a, b)).b).toBe("bad-signature");

    const [first, second] = honestPair();
    const [, third] = honestPair();
    let auth: Frame | null = null;
    await run(first, second, (frame, from) => {
      if (from === "a" && frame.type === "auth") auth = frame;
      return frame;
    });
    await third.take(helloOf(first));
    expect(await third.take(auth!)).toMatchObject({ reason: "bad-signature" });

    const newcomer = createHandshake(
      bindingOf(true, { ...AS_NEWCOMER, invite: "cd".repeat(16) }),
      identityOf(alice, { inviteProver: inviteKey }),
      crypto,
    );
    const inviter = createHandshake(bindingOf(false, AS_INVITER), identityOf(bob), crypto);
    expect((await run(newcomer, inviter)).b).toBe("bad-signature");
  });

  test("[HA4] a reflected hello fails, in either role", async () => {
    for (const isInitiator of [true, false]) {
      const a = createHandshake(bindingOf(isInitiator), identityOf(alice), crypto);
      expect(await a.take(helloOf(a))).toEqual({ type: "failed", reason: "own-key" });
    }
  });

  test.each([
    [{ versionMin: 2, versionMax: 9 }, "version"],
    [{ versionMin: 0, versionMax: 0 }, "version"],
    [{ versionMin: 2, versionMax: 1 }, "malformed"],
    [{ versionMin: 1, versionMax: 0 }, "malformed"],
  ])("[HA5] versions %j end as %s", async (versions, reason) => {
    const [a, b] = honestPair();
    expect(await a.take({ ...helloOf(b), ...versions })).toEqual({ type: "failed", reason });
  });

  test("[HA5] a wider range that meets mine is taken", async () => {
    const [a, b] = honestPair();
    const step = await a.take({ ...helloOf(b), versionMin: 0, versionMax: 200 });
    expect(step.type).toBe("continue");
  });

  test("[HA6] a hello of another purpose fails", async () => {
    const [a, b] = honestPair();
    const step = await a.take({ ...helloOf(b), purpose: "invite" });
    expect(step).toEqual({ type: "failed", reason: "purpose" });
  });

  test("[HA7] frames out of order fail, and after the end every frame does", async () => {
    const others: Frame[] = [
      { type: "auth", signature: new Uint8Array(64), proof: null },
      { type: "ping", token: 1, wall: 1 },
      { type: "status", epoch: 0, height: 0, head: new Uint8Array(32), secretEpoch: 0 },
    ];
    for (const frame of others) {
      const [a, b] = honestPair();
      expect(await a.take(frame)).toEqual({ type: "failed", reason: "unexpected-frame" });
      expect(await a.take(helloOf(b))).toEqual({ type: "failed", reason: "unexpected-frame" });
    }
    const [a, b] = honestPair();
    await a.take(helloOf(b));
    expect(await a.take(helloOf(b))).toEqual({ type: "failed", reason: "unexpected-frame" });
    const [c, d] = honestPair();
    expect(isDone((await run(c, d)).a)).toBe(true);
    expect(await c.take(others[1]!)).toEqual({ type: "failed", reason: "unexpected-frame" });
    expect(await d.take(others[0]!)).toEqual({ type: "failed", reason: "unexpected-frame" });
  });

  test("[HA8] a changed bit in any frame makes one side fail", async () => {
    const flipped = fc.tuple(fc.constantFrom("a hello", "b hello", "a auth", "b auth"), fc.nat());
    await fc.assert(
      fc.asyncProperty(flipped, async ([target, at]) => {
        const [a, b] = honestPair();
        let isDecoded = true;
        const outcome = await run(a, b, (frame, from) => {
          if (`${from} ${frame.type}` !== target) return frame;
          const changed = flip(encodeFrame(frame), at);
          const decoded = decodeFrame(changed);
          isDecoded = decoded.ok;
          return decoded.ok ? decoded.value : null;
        });
        if (isDecoded) expect([outcome.a, outcome.b].every(isDone)).toBe(false);
        if (target !== "b auth") expect(isDone(outcome.b)).toBe(false);
        expect(isDone(outcome.a)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("[HA9] a small-order key fails before anything is signed", async () => {
    const identityPoint: SigningKey = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
    let signatures = 0;
    const counting: Signer = {
      publicKey: alice.publicKey,
      sign: (...request) => {
        signatures += 1;
        return alice.sign(...request);
      },
    };
    for (const isInitiator of [true, false]) {
      const a = createHandshake(bindingOf(isInitiator), identityOf(counting), crypto);
      const [, b] = honestPair();
      const step = await a.take({ ...helloOf(b), deviceKey: identityPoint });
      expect(step).toEqual({ type: "failed", reason: "bad-key" });
    }
    expect(signatures).toBe(0);
  });

  test.each([true, false])("[HA10] a newcomer proves, as initiator: %s", async (isInitiator) => {
    const newcomer = createHandshake(
      bindingOf(isInitiator, AS_NEWCOMER),
      identityOf(alice, { inviteProver: inviteKey }),
      crypto,
    );
    const inviter = createHandshake(bindingOf(!isInitiator, AS_INVITER), identityOf(bob), crypto);
    const outcome = await run(newcomer, inviter);
    if (!isDone(outcome.a) || !isDone(outcome.b)) throw new Error(JSON.stringify(outcome));
    const { inviteProof, transcript } = outcome.b;
    const check = (key: SigningKey): Promise<boolean> =>
      crypto.verify(key, "invite-proof", FAMILY, transcript, inviteProof!);
    expect(await check(inviteKey.publicKey)).toBe(true);
    expect(await check(bob.publicKey)).toBe(false);
    expect(outcome.a.inviteProof).toBeNull();
  });

  test.each([true, false])(
    "[HA10] no proof for the inviter, a needless one for others: initiator %s",
    async (isInitiator) => {
      const pair = (): [Handshake, Handshake] => [
        createHandshake(
          bindingOf(isInitiator, AS_NEWCOMER),
          identityOf(alice, { inviteProver: inviteKey }),
          crypto,
        ),
        createHandshake(bindingOf(!isInitiator, AS_INVITER), identityOf(bob), crypto),
      ];
      const dropProof = (frame: Frame, from: string): Frame =>
        from === "a" && frame.type === "auth" ? { ...frame, proof: null } : frame;
      const addProof = (frame: Frame, from: string): Frame =>
        from === "b" && frame.type === "auth" ? { ...frame, proof: frame.signature } : frame;
      expect((await run(...pair(), dropProof)).b).toBe("no-proof");
      expect((await run(...pair(), addProof)).a).toBe("needless-proof");
      const family = await run(...honestPair(), addProof);
      expect(family.a).toBe("needless-proof");
    },
  );

  test("[HA10] two newcomers do not meet, nor do two inviters", async () => {
    const newcomers = [alice, bob].map((signer, index) =>
      createHandshake(
        bindingOf(index === 0, AS_NEWCOMER),
        identityOf(signer, { inviteProver: inviteKey }),
        crypto,
      ),
    ) as [Handshake, Handshake];
    expect((await run(...newcomers)).b).toBe("needless-proof");
    const inviters = [alice, bob].map((signer, index) =>
      createHandshake(bindingOf(index === 0, AS_INVITER), identityOf(signer), crypto),
    ) as [Handshake, Handshake];
    expect((await run(...inviters)).b).toBe("no-proof");
  });

  test("[HA11] frames given without waiting are judged in order", async () => {
    const [a, b] = honestPair();
    const first = await a.take(helloOf(b));
    if (first.type !== "continue") throw new Error(first.type);
    const [hello, auth, late] = await Promise.all([
      b.take(helloOf(a)),
      b.take(first.send[0]!),
      b.take({ type: "ping", token: 1, wall: 1 }),
    ]);
    expect(hello.type).toBe("continue");
    expect(auth.type).toBe("done");
    expect(late).toEqual({ type: "failed", reason: "unexpected-frame" });
  });

  test("[HA12] a newcomer without the invite's key and a prover elsewhere throw", () => {
    const withProver = identityOf(alice, { inviteProver: inviteKey });
    expect(() =>
      createHandshake(bindingOf(true, AS_NEWCOMER), identityOf(alice), crypto),
    ).toThrow();
    expect(() => createHandshake(bindingOf(true, AS_INVITER), withProver, crypto)).toThrow();
    expect(() => createHandshake(bindingOf(true), withProver, crypto)).toThrow();
  });
});

/** One bit turned over. */
function flip(bytes: Uint8Array, at: number): Uint8Array {
  const bit = at % (bytes.length * 8);
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
