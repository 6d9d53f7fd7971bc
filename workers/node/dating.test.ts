/** No device contradicts itself by what it sends, whatever fails in between. SPEC BK7. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toHex, type Signature } from "../core/codec/ids.ts";
import { decodeHeader, encodeHeader, messageIdOf, streamKey } from "../core/gossip/header.ts";
import {
  contradicts,
  decodeRegister,
  type Register,
  type Signed,
} from "../core/gossip/register.ts";
import { decodeTransaction, encodeTransaction } from "../core/ledger/transaction.ts";
import { StoreError } from "../storage/store.ts";
import { signTransaction } from "./family.ts";
import type { Frame } from "./frames.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
let toDad: string;
/** What Mum has sent over all her links. */
let sent: Frame[];
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  toDad = memberNamed(await mum.snapshot(), "Dad");
  sent = [];
  await again();
});
afterEach(async () => house.stop());

/** Mum starts anew, and is linked anew. */
async function again(): Promise<void> {
  await mum.restart();
  const wire = await house.meet(mum, dad);
  if (wire === null) throw new Error("they are linked already");
  wire.sent[0].push = (...frames) => {
    sent.push(...frames);
    return sent.length;
  };
  await house.advance(6_000);
}

/** Every register that was sent against every message. */
function judgeSent(): void {
  const { identity } = mum.running().family;
  const head = mum.running().family.ledger.head();
  const registers: Register[] = [];
  const entries: Signed[] = [];
  for (const frame of sent) {
    if (frame.type === "register") {
      const decoded = decodeRegister(frame.bytes, head?.state.devices ?? []);
      if (decoded.ok) registers.push(decoded.value);
    }
    for (const one of frame.type === "entries" ? frame.entries : []) {
      const decoded = decodeHeader(one.header);
      const id = messageIdOf(identity.profile.family, one.header);
      if (decoded.ok) entries.push({ id, header: decoded.value });
    }
  }
  expect(registers.length).toBeGreaterThan(1);
  expect(entries.length).toBeGreaterThan(1);
  for (const register of registers) {
    for (const entry of entries) expect(contradicts(register, entry)).toBe(false);
  }
}

test("[BK7] a register that is signed while a message is sealed: the message is dated anew", async () => {
  const { gossip, env } = mum.running().family;
  const sealing = vi.spyOn(env.crypto, "sealBody");
  sealing.mockImplementationOnce(async (body) => {
    await gossip?.keep("persistent");
    await gossip?.tick();
    return env.crypto.sealBody(body);
  });
  await value(mum.node().sendMessage(toDad, "one"));
  // Once for itself, once inside of that, and once anew.
  expect(sealing).toHaveBeenCalledTimes(3);
  await house.advance(6_000);
  await value(mum.node().sendMessage(toDad, "two"));
  await house.advance(6_000);
  judgeSent();
  expect(await textsOf(dad, memberNamed(await dad.snapshot(), "Mum"))).toEqual(["one", "two"]);
});

test("[BK7] writes of messages and registers that fail, and restarts between any two steps", async () => {
  for (const table of ["entries", "registers"]) {
    mum.fail((writes) =>
      writes.some((one) => one.table === table) ? new StoreError("quota", "planned") : null,
    );
    await mum.node().sendMessage(toDad, "lost or not");
    await house.advance(2_000);
    mum.fail(() => null);
    await value(mum.node().sendMessage(toDad, "said"));
    await house.advance(6_000);
    await again();
    await value(mum.node().sendMessage(toDad, "said again"));
    await again();
  }
  judgeSent();
});

test("[BK6] nobody is convicted by an entry or a register that it has not signed", async () => {
  await value(mum.node().sendMessage(toDad, "one"));
  await house.advance(6_000);
  const at = dad.running().family;
  const from = mum.running().family.identity.device;
  const core = at.gossip?.core();
  const signed = core?.registers.get(toHex(from))?.signed;
  const stream = core?.streams.get(streamKey(from, 0));
  const last = [...(stream?.known.values() ?? [])].at(-1)?.header;
  if (signed === undefined || last === undefined) throw new Error("Dad has heard nothing");
  const forged = { ...last, seq: last.seq + 1, clock: { ms: last.clock.ms, counter: 9 } };
  const bare = { body: new Uint8Array(), hops: 0 };
  const entry = { header: encodeHeader(forged), signature: signed.signature, ...bare };
  const shown = async (register: typeof signed, one: typeof entry): Promise<unknown> => {
    const frame = { type: "dated" as const, register, entry: one };
    return at.gossip?.takeDated(frame, toHex(from));
  };
  expect(await shown(signed, entry)).toBe(1);
  const signature = await mum
    .running()
    .family.identity.signer.sign("message", at.identity.profile.family, entry.header);
  const other = { ...signed, signature: entry.signature.map((one) => one ^ 1) as Signature };
  expect(await shown(other, { ...entry, signature })).toBe(1);
  expect(stream?.datedAt).toBeNull();
  expect(await shown(signed, { ...entry, signature })).toBe(0);
  expect(stream?.datedAt).toBe(forged.seq);
});

test("[BK6, VF9] nobody is blamed for a proof whose join a block signed that is not here yet", async () => {
  await value(mum.node().sendMessage(toDad, "one"));
  await house.advance(6_000);
  const at = dad.running().family;
  const { identity } = mum.running().family;
  const core = at.gossip?.core();
  const register = core?.registers.get(toHex(identity.device))?.signed;
  const stream = core?.streams.get(streamKey(identity.device, 0));
  const last = [...(stream?.known.values() ?? [])].at(-1)?.header;
  const head = at.ledger.head();
  if (register === undefined || last === undefined || head === null) throw new Error("nothing");
  const [group, member] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
  const change = await signTransaction(at, { type: "group-member-added", group, member }, []);
  const decoded = decodeTransaction(change.bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  const transaction = encodeTransaction({ ...decoded.value, author: new Uint8Array(16).fill(3) });
  const shown = async (height: number): Promise<unknown> => {
    const header = encodeHeader({
      ...last,
      seq: last.seq + 1,
      clock: { ms: last.clock.ms, counter: 9 },
      kind: "group",
      audience: { type: "group", group },
      height,
      joins: [{ transaction, signature: change.signature }],
    });
    const signature = await identity.signer.sign("message", identity.profile.family, header);
    const frame = { type: "dated" as const, register, entry: { header, signature } };
    return at.gossip?.takeDated(frame as never, toHex(identity.device));
  };
  const { height } = head.state;
  expect(await shown(height + 1)).toBe(0);
  expect(stream?.datedAt).toBeNull();
  // A height that is here knows nobody of that name: the proof stands by itself.
  expect(await shown(height)).toBe(0);
  expect(stream?.datedAt).toBe(last.seq + 1);
});
