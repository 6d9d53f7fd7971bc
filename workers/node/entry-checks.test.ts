import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex, type Hex } from "../core/codec/ids.ts";
import { streamKey, type Entry } from "../core/gossip/header.ts";
import type { Gossip } from "../core/gossip/state.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { createEntryChecks, type EntriesFrame } from "./entry-checks.ts";
import { stateOf } from "./family.ts";
import { entryKey } from "./stored-entries.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
/** Three messages that Dad wrote while nobody was linked to him. */
let frame: EntriesFrame;

beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
  mum.running().sessions()[0]?.close("away");
  await house.settle();
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  for (const text of ["one", "two", "three"]) await value(dad.node().sendMessage(toMum, text));
  frame = await writtenBy(dad);
});
afterEach(async () => house.stop());

function coreOf(device: TestDevice): Gossip {
  const { gossip } = device.running().family;
  if (gossip === null) throw new Error("no gossip");
  return gossip.core();
}

async function writtenBy(device: TestDevice): Promise<EntriesFrame> {
  const me = device.running().family.identity.device;
  const known = coreOf(device).streams.get(streamKey(me, 0))?.known.values() ?? [];
  const entries = [...known].map(async ({ header }): Promise<Entry> => {
    const row = await device.store().get("entries", entryKey(header));
    const body = await device.store().get("bodies", entryKey(header));
    const [bytes, signature] = row as unknown as [Uint8Array, Entry["signature"]];
    return { header: bytes, signature, body: body as Uint8Array, hops: 0 };
  });
  const all = await Promise.all(entries);
  return { type: "entries", entries: all.slice(-3), isAnswer: true, isLast: false };
}

/** Checks over what Mum has, with the signatures that were looked at. */
function checksAtMum(core = (): Gossip => coreOf(mum), state = (): LedgerState => stateAtMum()) {
  const counted = { signatures: 0 };
  const { crypto } = mum.running().family.env;
  const suite: CryptoSuite = {
    ...crypto,
    verify: async (...question) => {
      counted.signatures += 1;
      return crypto.verify(...question);
    },
  };
  return { checks: createEntryChecks(suite, core, state), counted };
}

function stateAtMum(): LedgerState {
  return stateOf(mum.running().family);
}

test("[GP29] what was begun before its turn is checked once, forged ones are found", async () => {
  const { checks, counted } = checksAtMum();
  const [first] = frame.entries;
  if (first === undefined) throw new Error("nothing was written");
  const forged = { ...first, signature: new Uint8Array(64) as Entry["signature"] };
  const all = { ...frame, entries: [...frame.entries, forged] };
  checks.begin(all);
  const found = await checks.of(all);
  expect(found.map(({ ok }) => ok)).toEqual([true, true, true, false]);
  expect(found[3]).toMatchObject({ reason: "signature", isPeerFault: true });
  expect(counted.signatures).toBe(4);
  expect((await checks.of({ ...all })).map(({ ok }) => ok)).toEqual([true, true, true, false]);
  expect(counted.signatures).toBe(8);
});

test("[GP29] what has come meanwhile is seen in its turn", async () => {
  const { checks, counted } = checksAtMum();
  checks.begin(frame);
  const { gossip } = mum.running().family;
  const from = toHex(dad.running().family.identity.device);
  const some = { ...frame, entries: frame.entries.slice(0, 2) };
  expect(await gossip?.takeEntries(some, from)).toBe(0);
  const found = await checks.of(frame);
  expect(found.map((one) => one.seen?.seq !== undefined)).toEqual([true, true, false]);
  expect(counted.signatures).toBe(3);
});

test("[GP29] what is not there any more in its turn is checked then", async () => {
  const before = coreOf(mum);
  let core = coreOf(dad);
  const { checks, counted } = checksAtMum(() => core);
  checks.begin(frame);
  core = before;
  expect((await checks.of(frame)).map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(counted.signatures).toBe(3);
});

test("[GP29] an author that became known meanwhile is one in its turn", async () => {
  const whole = stateAtMum();
  const me = mum.running().family.identity.device;
  let state: LedgerState = {
    ...whole,
    devices: whole.devices.filter(({ id }) => toHex(id) === toHex(me)),
  };
  const { checks } = checksAtMum(undefined, () => state);
  checks.begin(frame);
  const unknown = await checks.of({ ...frame });
  expect(unknown.map((one) => !one.ok && one.reason)).toEqual(Array(3).fill("unknown-author"));
  state = whole;
  expect((await checks.of(frame)).map(({ ok }) => ok)).toEqual([true, true, true]);
});

test("[GP29] the node begins with every frame of entries before it takes it", async () => {
  const { gossip } = mum.running().family;
  if (gossip === null) throw new Error("no gossip");
  const begun = new Set<EntriesFrame>();
  const taken: boolean[] = [];
  const { foresee, takeEntries } = gossip;
  Object.assign(gossip, {
    foresee: (one: EntriesFrame) => {
      begun.add(one);
      foresee(one);
    },
    takeEntries: async (one: EntriesFrame, from: Hex) => {
      taken.push(begun.has(one));
      return takeEntries(one, from);
    },
  });
  await house.meet(mum, dad);
  expect(taken.length).toBeGreaterThan(0);
  expect(taken.every(Boolean)).toBe(true);
});
