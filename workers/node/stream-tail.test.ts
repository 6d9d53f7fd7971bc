import { afterEach, expect, test } from "vitest";
import { DAY_MS } from "../core/gossip/limits.ts";
import { toHex } from "../core/codec/ids.ts";
import { encodeHeader, streamKey, type Header } from "../core/gossip/header.ts";
import {
  encodeRegister,
  REGISTER_VERSION,
  type Register,
  type SignedRegister,
} from "../core/gossip/register.ts";
import type { VerifiedEntry } from "../core/gossip/state.ts";
import { decodeTail, encodeTail, markOf, NEW_TAIL } from "./stream-tail.ts";
import { createHousehold, memberNamed, textsOf } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { readEntry } from "./verify.ts";

const house = createHousehold();
afterEach(async () => house.stop());

function ownStream(device: TestDevice, of: TestDevice) {
  const { gossip } = device.running().family;
  const author = of.running().family.identity.device;
  const stream = gossip?.core().streams.get(streamKey(author, 0));
  if (stream === undefined) throw new Error("no stream");
  return stream;
}

async function sleep(devices: readonly TestDevice[], ms: number): Promise<void> {
  for (const device of devices) await device.stop();
  await house.advance(ms);
  for (const device of devices) await device.restart();
}

test("[TA1] [TA2] a stream goes on after all of it has expired, over restarts on both sides", async () => {
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  await value(mum.node().sendMessage(toDad, "old"));
  await house.advance(5_000);
  await sleep([mum, dad], 40 * DAY_MS);
  await house.meet(mum, dad);
  await house.advance(5_000);
  expect(await textsOf(dad, toMum)).toEqual([]);
  expect(ownStream(mum, mum).known.size).toBe(0);
  const { first } = ownStream(mum, mum);
  expect(first).toBeGreaterThan(1);
  await sleep([mum, dad], 1_000);
  expect(ownStream(mum, mum).base).not.toBeNull();
  await house.meet(mum, dad);
  await value(mum.node().sendMessage(toDad, "new"));
  await house.advance(5_000);
  expect(await textsOf(dad, toMum)).toEqual(["new"]);
  expect(ownStream(dad, mum).known.get(first)?.verdict.type).toBe("accepted");
});

/** An entry of Gran's that is not the one that she has sent at this number. */
async function otherOf(gran: TestDevice, header: Header): Promise<VerifiedEntry> {
  return signedBy(gran, { ...header, ttlSeconds: header.ttlSeconds + 1 });
}

async function signedBy(gran: TestDevice, header: Header): Promise<VerifiedEntry> {
  const { family } = gran.running();
  const other = encodeHeader(header);
  const id = family.identity.profile.family;
  const signature = await family.identity.signer.sign("message", id, other);
  const read = readEntry(id, { header: other, signature, body: new Uint8Array(), hops: 0 });
  if (!read.ok) throw new Error(read.reason);
  return read.entry;
}

test("[TA3] [TA4] a fork and its proof are remembered over a restart", async () => {
  const gran = await house.found("Gran");
  const leo = await house.join(gran, "Leo", "child");
  await value(gran.node().sendMessage(memberNamed(await gran.snapshot(), "Leo"), "one"));
  await house.advance(5_000);
  const first = ownStream(leo, gran).known.get(1);
  if (first === undefined) throw new Error("no message");
  const other = await otherOf(gran, first.header);
  const frame = {
    type: "entries",
    entries: [other.entry],
    isAnswer: false,
    isLast: false,
  } as const;
  const granId = toHex(gran.running().family.identity.device);
  expect(await leo.running().family.gossip?.takeEntries(frame, granId)).toBe(0);
  await value(gran.node().sendMessage(memberNamed(await gran.snapshot(), "Leo"), "two"));
  await house.advance(5_000);
  await leo.restart();
  const { forkAt, proof, known } = ownStream(leo, gran);
  expect(forkAt).toBe(1);
  expect(proof).toMatchObject({ id: other.id, entry: { signature: other.entry.signature } });
  expect(known.get(2)?.verdict).toMatchObject({ rule: "fork" });
});

test("[GP24] who was away when a fork was seen is told of it by whoever knows", async () => {
  const gran = await house.found("Gran");
  const leo = await house.join(gran, "Leo", "child");
  const mia = await house.join(gran, "Mia", "parent");
  await house.meet(leo, mia);
  await value(gran.node().sendMessage(memberNamed(await gran.snapshot(), "Leo"), "one"));
  await house.until("all have it", () =>
    [leo, mia].every((one) => ownStream(one, gran).known.size > 0),
  );
  const last = [...ownStream(leo, gran).known.values()].at(-1);
  if (last === undefined) throw new Error("no message");
  const other = await otherOf(gran, last.header);
  await mia.stop();
  const frame = {
    type: "entries",
    entries: [other.entry],
    isAnswer: false,
    isLast: false,
  } as const;
  const granId = toHex(gran.running().family.identity.device);
  expect(await leo.running().family.gossip?.takeEntries(frame, granId)).toBe(0);
  await house.advance(5_000);
  await gran.stop();
  await mia.restart();
  const { seq } = last.header;
  expect(ownStream(mia, gran).known.get(seq)?.verdict.type).toBe("accepted");
  const wire = await house.meet(mia, leo);
  await house.until("told", () => ownStream(mia, gran).forkAt === seq);
  // Not as news: what one of them has already is no copy too many.
  const frames = wire?.sent.flat().filter((one) => one.type === "entries") ?? [];
  const both = frames.filter(({ entries }) => entries.length === 2);
  const proof = {
    isAnswer: true,
    isLast: false,
    entries: [{ body: new Uint8Array() }, { body: new Uint8Array() }],
  };
  // Who was told shows the teller both, who may have had nothing but the other one.
  expect(both).toMatchObject([proof, proof]);
  expect(ownStream(mia, gran).known.get(seq)?.verdict).toMatchObject({ rule: "fork" });
  expect(ownStream(mia, gran).proof?.id).toEqual(other.id);
  await mia.restart();
  expect(ownStream(mia, gran).forkAt).toBe(seq);
});

/** A register of Gran's, signed by her device, with that head of her first stream. */
async function registerBy(
  gran: TestDevice,
  ms: number,
  seq: number,
  id: Uint8Array,
): Promise<SignedRegister> {
  const { family } = gran.running();
  const { device, signer, profile } = family.identity;
  const named = family.ledger.head()?.state.devices ?? [];
  const register: Register = {
    version: REGISTER_VERSION,
    device,
    clock: { ms, counter: 0 },
    height: 0,
    lasting: "unknown",
    heads: seq === 0 ? [] : [{ stream: 0, seq, id }],
    vector: [],
    exceptions: [],
  };
  const bytes = encodeRegister(register, named);
  return { bytes, signature: await signer.sign("register", profile.family, bytes) };
}

test("[BK4] [BK5] [BK6] [BK8] [TA5] an earlier register outlives a restart, convicts what comes late, and is shown on", async () => {
  const gran = await house.found("Gran");
  const leo = await house.join(gran, "Leo", "child");
  const mia = await house.join(gran, "Mia", "parent");
  await house.meet(leo, mia);
  await value(gran.node().sendMessage(memberNamed(await gran.snapshot(), "Leo"), "one"));
  await house.until("all have it", () =>
    [leo, mia].every((one) => ownStream(one, gran).known.size > 0),
  );
  const last = [...ownStream(leo, gran).known.values()].at(-1);
  if (last === undefined) throw new Error("no message");
  const { seq, clock } = last.header;
  const { device } = gran.running().family.identity;
  const granId = toHex(device);
  const late = await signedBy(gran, {
    ...last.header,
    seq: seq + 1,
    previous: last.id,
    clock: { ms: clock.ms + 1, counter: 0 },
  });
  const denying = await registerBy(gran, clock.ms + 2, seq, last.id);
  const naming = await registerBy(gran, clock.ms + 60_000, seq + 1, late.id);
  await gran.stop();
  const keeper = () => leo.running().family.gossip;
  expect(await keeper()?.takeRegister(denying, granId)).toBe(0);
  expect(await keeper()?.takeRegister(naming, granId)).toBe(0);
  expect(ownStream(leo, gran).witnesses).toHaveLength(1);
  await leo.restart();
  expect(ownStream(leo, gran).witnesses).toMatchObject([{ register: { device } }]);
  await house.meet(leo, mia);
  const frame = { type: "entries", entries: [late.entry], isAnswer: false, isLast: false } as const;
  expect(await keeper()?.takeEntries(frame, granId)).toBe(0);
  expect(ownStream(leo, gran).known.get(seq + 1)?.verdict).toMatchObject({ rule: "backdated" });
  await house.until("told", () => ownStream(mia, gran).datedAt === seq + 1);
  for (const one of [leo, mia]) {
    await one.restart();
    expect(ownStream(one, gran)).toMatchObject({ datedAt: seq + 1, witnesses: [] });
    expect(ownStream(one, gran).datedBy?.signed).toEqual(denying);
    expect(ownStream(one, gran).known.get(seq + 1)?.verdict).toMatchObject({ rule: "backdated" });
    expect(ownStream(one, gran).known.get(seq)?.verdict.type).toBe("accepted");
  }
});

test("[BK6] two that agree, or of which one is not signed, count against their bearer", async () => {
  const gran = await house.found("Gran");
  const leo = await house.join(gran, "Leo", "child");
  await value(gran.node().sendMessage(memberNamed(await gran.snapshot(), "Leo"), "one"));
  await house.advance(5_000);
  const last = [...ownStream(leo, gran).known.values()].at(-1);
  if (last === undefined) throw new Error("no message");
  const { seq, clock } = last.header;
  const granId = toHex(gran.running().family.identity.device);
  const { entry } = await signedBy(gran, last.header);
  const take = async (register: SignedRegister, one = entry): Promise<number | undefined> =>
    leo.running().family.gossip?.takeDated({ type: "dated", register, entry: one }, granId);
  const agreeing = await registerBy(gran, clock.ms + 1, seq, last.id);
  const denying = await registerBy(gran, clock.ms + 1, seq - 1, last.id);
  await gran.stop();
  const unsigned = { ...denying, signature: new Uint8Array(64) };
  expect(await take(agreeing)).toBe(1);
  expect(await take(unsigned)).toBe(1);
  expect(await take(denying, { ...entry, header: new Uint8Array(3) })).toBe(1);
  expect(ownStream(leo, gran).datedAt).toBeNull();
  expect(await take(denying)).toBe(0);
  expect(ownStream(leo, gran).datedAt).toBe(seq);
});

test("[TA1] a tail reads back as it was written; other bytes are no tail", async () => {
  const mum = await house.found("Rose");
  const kid = await house.join(mum, "Ann", "child");
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Ann"), "x"));
  await house.advance(3_000);
  const stream = ownStream(kid, mum);
  expect(markOf(stream)).toBe(NEW_TAIL);
  expect(decodeTail(encodeTail(stream))).toMatchObject({ stream: 0, first: 1, forkAt: null });
  expect(decodeTail(new Uint8Array([1, 2, 3]))).toBeNull();
  // As it was before registers were weighed, and before forks were proven: a field less at the end each.
  for (const fewer of [1, 2]) {
    const older = Uint8Array.from(encodeTail(stream).subarray(0, -fewer));
    older[0] = (older[0] ?? 0) - fewer;
    expect(decodeTail(older)).toMatchObject({ first: 1, forkAt: null, proof: null, dating: null });
  }
});
