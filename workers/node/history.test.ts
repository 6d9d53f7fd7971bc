/** The history of the rules as whole nodes tell it, on virtual time, from their own stored chains. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HistoryBlock, HistoryChange, HistoryPage, HistoryRequest } from "../api.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  encodeFinalised,
  encodeVote,
  type FinalisedBlock,
} from "../core/ledger/block.ts";
import { SNAPSHOT_INTERVAL } from "../core/ledger/limits.ts";
import { encodeAction, transactionIdOf, type TransactionBody } from "../core/ledger/transaction.ts";
import { sealBlob } from "./blobs.ts";
import { signTransaction } from "./family.ts";
import { listHistory } from "./history.ts";
import { latestSecret } from "./profile.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

const DAY_MS = 24 * 3_600_000;
const ALL: HistoryRequest = { before: null, limit: 50, isAboutMe: false };

let house: Household;
let mum: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
});
afterEach(async () => house.stop());

const page = async (device: TestDevice, part: Partial<HistoryRequest> = {}): Promise<HistoryPage> =>
  value(device.node().listHistory({ ...ALL, ...part }));
const blocksOf = async (device: TestDevice): Promise<readonly HistoryBlock[]> =>
  (await page(device)).blocks;
const heightsOf = ({ blocks }: HistoryPage): readonly number[] => blocks.map((one) => one.height);
const changesOf = (blocks: readonly HistoryBlock[]): readonly HistoryChange[] =>
  blocks.flatMap(({ changes }) => changes);
const typesOf = (blocks: readonly HistoryBlock[]): readonly string[] =>
  changesOf(blocks).map(({ change }) => change.type);
const heightOf = (device: TestDevice): number =>
  device.running().family.ledger.head()?.state.height ?? -1;
const deviceOf = (device: TestDevice): string => toHex(device.running().family.identity.device);
const memberOf = async (device: TestDevice, name: string): Promise<Uint8Array> =>
  fromHex(memberNamed(await device.snapshot(), name));

/** Signs and hands in a change, as a screen will; its id. */
async function submit(
  device: TestDevice,
  body: TransactionBody,
  blobs: readonly Uint8Array[] = [],
): Promise<Uint8Array> {
  const { family } = device.running();
  const signed = await signTransaction(family, body, []);
  expect(await family.ledger.submit(signed, blobs)).toBeNull();
  await house.settle();
  return transactionIdOf(family.identity.profile.family, signed.bytes);
}

function seal(device: TestDevice, text: string) {
  const { family } = device.running();
  const secret = latestSecret(family.identity.profile);
  if (secret === null) throw new Error("no secret");
  const plain = { salt: family.env.crypto.randomBytes(16), text };
  return sealBlob(family.env.crypto, family.identity.profile.family, secret, plain);
}

/** Mum, Dad and Gran keep the rules together. */
async function threeKeep(): Promise<[TestDevice, TestDevice]> {
  const dad = await house.join(mum, "Dad", "parent");
  const gran = await house.join(mum, "Gran", "relative");
  await house.meet(dad, gran);
  for (const one of [dad, gran]) {
    await value(one.node().setLasting("persistent"));
    await value(one.node().setHelping(true));
  }
  await house.until("three", async () =>
    [mum, dad, gran].every(
      (one) => one.running().family.ledger.head()?.state.replicas.length === 3,
    ),
  );
  return [dad, gran];
}

async function growTo(height: number): Promise<void> {
  for (let count = 1; heightOf(mum) < height; count += 1) {
    const { invite } = await house.invite(mum, "child");
    await value(mum.node().revokeInvite(invite));
    await value(mum.node().dismissInvite(invite));
    if (count % 9 === 0) await house.sleepUntil(house.time.now() + DAY_MS);
  }
  await house.sleepUntil(house.time.now() + DAY_MS);
}

describe("what is told", () => {
  test("[HI5, HI6] the newest first, down to the founding, with who did it, when and where", async () => {
    const dad = await house.join(mum, "Dad", "parent");
    await house.advance(60_000);
    const { invite } = await house.invite(dad, "child");
    await house.until("written", () => heightOf(mum) === 3);
    await value(dad.node().revokeInvite(invite));
    await house.until("written", () => [mum, dad].every((one) => heightOf(one) === 4));
    const { blocks, top, next, from } = await page(mum);
    expect([top, next, from]).toEqual([4, null, 0]);
    expect(blocks.map((one) => one.height)).toEqual([4, 3, 2, 1, 0]);
    expect(typesOf(blocks)).toEqual([
      "invite-revoked",
      "invite-created",
      "member-registered",
      "invite-created",
      "family-created",
    ]);
    expect(changesOf(blocks).map(({ by }) => by.name)).toEqual(["Dad", "Dad", "Mum", "Mum", "Mum"]);
    expect(changesOf(blocks).map(({ by }) => by.isMe)).toEqual([false, false, true, true, true]);
    const { devices } = { devices: changesOf(blocks).map(({ device }) => device) };
    expect(devices[0]).toMatchObject({ id: deviceOf(dad), isThis: false, owner: { name: "Dad" } });
    expect(devices[2]).toMatchObject({ id: deviceOf(mum), isThis: true, owner: { name: "Mum" } });
    for (const { height, time } of blocks) {
      expect(time).toBe(mum.running().family.ledger.stateAt(height)?.time);
    }
    expect(changesOf(blocks)[0]?.change).toEqual({
      type: "invite-revoked",
      role: "child",
      member: null,
    });
    // The same on every device but for who "me" and "this" are.
    const plain = (told: unknown): unknown =>
      JSON.parse(JSON.stringify(told).replace(/"is(?:Me|This|AboutMe)":(?:true|false)/g, '"":0'));
    expect(plain(await blocksOf(dad))).toEqual(plain(blocks));
    expect(changesOf(await blocksOf(dad)).map(({ by }) => by.isMe)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test("[HI5] page by page each block comes once, and any numbers are answered", async () => {
    await growTo(7);
    const top = heightOf(mum);
    const seen: number[] = [];
    let before: number | null = null;
    do {
      const one = await page(mum, { before, limit: 3 });
      expect(one.blocks.length).toBeLessThanOrEqual(3);
      seen.push(...heightsOf(one));
      before = one.next;
    } while (before !== null);
    expect(seen).toEqual(Array.from({ length: top + 1 }, (_, index) => top - index));
    expect(heightsOf(await page(mum, { before: 3, limit: 2 }))).toEqual([2, 1]);
    expect(heightsOf(await page(mum, { before: 0 }))).toEqual([]);
    expect((await page(mum, { before: 0 })).next).toBeNull();
    expect((await page(mum, { before: 3, limit: 1 })).top).toBe(2);
    for (const odd of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 1e300, 2 ** 53]) {
      const told = await page(mum, { before: odd, limit: odd });
      expect([odd, heightsOf(told)[0]]).toEqual([odd, top]);
      expect(told.blocks.length).toBeLessThanOrEqual(50);
    }
    expect(heightsOf(await page(mum, { before: 1_000, limit: 1 }))).toEqual([top]);
  });

  test("[HI6] of several changes in one block each is told by the rules that it found", async () => {
    const dad = await house.join(mum, "Dad", "parent");
    const names = ["Football", "Cricket", "Chess"].map((text) => seal(mum, text));
    const [football, cricket, chess] = names;
    if (football === undefined || cricket === undefined || chess === undefined) throw new Error();
    const made = await submit(
      mum,
      { type: "group-created", kind: "friends", name: football.hash, members: [] },
      [football.bytes],
    );
    await house.settle();
    for (const session of mum.running().sessions()) session.close("away");
    await house.settle();
    const group = made.slice(0, 16);
    await submit(dad, { type: "group-updated", group, name: cricket.hash }, [cricket.bytes]);
    await house.advance(1_000);
    await submit(dad, { type: "group-updated", group, name: chess.hash }, [chess.bytes]);
    await house.meet(mum, dad);
    await house.until("written", () => heightOf(dad) === 4);
    const [newest] = await blocksOf(mum);
    expect(newest?.changes.map(({ change }) => change)).toEqual([
      { type: "group-updated", name: "Cricket", before: "Football" },
      { type: "group-updated", name: "Chess", before: "Cricket" },
    ]);
    expect(newest?.proof.isChecked).toBe(true);
  });

  test("[HI12] the word that completes a proposal says that it happened, no other does", async () => {
    const dad = await house.join(mum, "Dad", "parent");
    await house.join(mum, "Gran", "relative");
    const gran = await memberOf(mum, "Gran");
    const before = heightOf(mum);
    const action = encodeAction({
      type: "role-assigned",
      member: gran,
      from: "relative",
      to: "parent",
      cuts: [],
    });
    const id = await submit(mum, { type: "proposed", action });
    const proposal = id.slice(0, 16);
    await house.until("asked", () => heightOf(dad) === before + 1);
    await submit(dad, { type: "objected", proposal });
    await house.until("no", () => heightOf(dad) === before + 2);
    await submit(dad, { type: "approved", proposal, cuts: [] });
    await house.until("yes", () => [mum, dad].every((one) => heightOf(one) === before + 3));
    const [yes, no, asked] = changesOf(await blocksOf(mum));
    const of = { type: "role-assigned", from: "relative", to: "parent" };
    const proposer = { name: "Mum", isMe: true };
    expect(yes).toMatchObject({ change: { type: "approved", of, proposer }, isDone: true });
    expect(no).toMatchObject({ change: { type: "objected", of, proposer }, isDone: false });
    expect(asked).toMatchObject({ change: { type: "proposed", of }, isDone: false });
    expect([yes, no, asked].map((one) => one?.by.name)).toEqual(["Dad", "Dad", "Mum"]);
  });
});

describe("the proof", () => {
  test("[HI7, HI8] names whose devices signed, and how many of how many had to by the rules before", async () => {
    const [dad, gran] = await threeKeep();
    await house.invite(mum, "child");
    const top = heightOf(mum);
    await house.until("written", () => [mum, dad, gran].every((one) => heightOf(one) >= top));
    await house.until("all", () => mum.running().family.ledger.pending().length === 0);
    const blocks = await blocksOf(gran);
    const added = blocks.find(({ changes }) => changes[0]?.change.type === "replicas-changed");
    expect(added?.proof).toMatchObject({ quorum: 1, keepers: 1, isRecovery: false });
    expect(added?.proof.signers).toEqual([
      {
        id: deviceOf(mum),
        owner: { id: toHex(await memberOf(mum, "Mum")), name: "Mum", isMe: false },
        isThis: false,
      },
    ]);
    const [newest] = blocks;
    expect(newest?.proof).toMatchObject({ quorum: 2, keepers: 3 });
    const names = newest?.proof.signers.map(({ owner }) => owner?.name) ?? [];
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(["Mum", "Dad", "Gran"]).toContain(name);
    expect(blocks.every(({ proof }) => proof.isChecked)).toBe(true);
    const head = gran.running().family.ledger.head();
    expect(newest?.proof.hash).toBe(toHex(head?.hash ?? new Uint8Array(0)));
    for (const [index, { proof }] of blocks.entries()) {
      const below = blocks[index + 1]?.proof.hash ?? "00".repeat(32);
      expect(proof.parent).toBe(below);
    }
  });

  /** Changes what Mum has on her disk of a block, behind the back of her running app. */
  async function tamper(
    height: number,
    change: (one: FinalisedBlock) => Promise<FinalisedBlock> | FinalisedBlock,
  ): Promise<void> {
    const store = mum.store();
    const stored = await store.get("blocks", [height]);
    const decoded = stored instanceof Uint8Array ? decodeFinalised(stored) : null;
    if (decoded?.ok !== true) throw new Error("no block");
    const bytes = encodeFinalised(await change(decoded.value));
    await store.commit([{ type: "put", table: "blocks", key: [height], value: bytes }], {
      durability: "strict",
    });
  }
  const flipped = (bytes: Uint8Array): Uint8Array => {
    const other = bytes.slice();
    other[0] = (other[0] ?? 0) ^ 1;
    return other;
  };
  const checksOf = async (): Promise<readonly boolean[]> =>
    (await blocksOf(mum)).map(({ proof }) => proof.isChecked);
  const certify = async (one: FinalisedBlock): Promise<FinalisedBlock> => {
    const { signer, profile, device } = mum.running().family.identity;
    const { epoch, height } = one.block.header;
    const blockHash = blockHashOf(profile.family, one.block.header);
    const vote = encodeVote({ epoch, height, view: 0, blockHash });
    const signature = await signer.sign("commit", profile.family, vote);
    return { ...one, certificate: { view: 0, commits: [{ replica: device, signature }] } };
  };

  test("[HI8] a signature that is not right is not called checked, whosever it is", async () => {
    await growTo(2);
    expect(await checksOf()).toEqual([true, true, true]);
    await tamper(2, ({ block, certificate }) => ({
      block,
      certificate: {
        ...certificate,
        commits: certificate.commits.map((one) => ({ ...one, signature: flipped(one.signature) })),
      },
    }));
    expect(await checksOf()).toEqual([false, true, true]);
    await tamper(1, ({ block, certificate }) => ({
      block: {
        ...block,
        transactions: block.transactions.map((one) => ({
          ...one,
          signature: flipped(one.signature),
        })),
      },
      certificate,
    }));
    expect(await checksOf()).toEqual([false, false, true]);
    await tamper(0, ({ block, certificate }) => ({
      block: {
        ...block,
        transactions: block.transactions.map((one) => ({
          ...one,
          proofs: one.proofs.map(flipped),
        })),
      },
      certificate,
    }));
    expect(await checksOf()).toEqual([false, false, false]);
  });

  test("[HI8] nor is a certified block that does not stand in the chain, or holds something else", async () => {
    await growTo(4);
    // The same keeper has certified another block of that height.
    await tamper(2, async ({ block, certificate }) =>
      certify({
        block: { ...block, header: { ...block.header, time: block.header.time + 1 } },
        certificate,
      }),
    );
    expect(await checksOf()).toEqual([true, true, false, true, true]);
    const other = await mum.store().get("blocks", [3]);
    const decoded = other instanceof Uint8Array ? decodeFinalised(other) : null;
    if (decoded?.ok !== true) throw new Error("no block");
    const { transactions } = decoded.value.block;
    await tamper(4, ({ block, certificate }) => ({
      block: { ...block, transactions },
      certificate,
    }));
    expect(await checksOf()).toEqual([false, true, false, true, true]);
    // Asked for by a page that begins below it, a block is judged by the one above as well.
    const below = await page(mum, { before: 3, limit: 1 });
    expect(below.blocks.map(({ height, proof }) => [height, proof.isChecked])).toEqual([
      [2, false],
    ]);
  });

  test("[HI7] a recovery says that it is one, and whose words it were", async () => {
    const words = await wordsOf("Ann");
    const ann = words.device;
    const ben = await house.join(ann, "Ben", "relative");
    await house.join(ann, "Cat", "relative");
    await ann.stop();
    await value(ben.node().recoverRules(words.text));
    await house.until("recovered", async () => {
      await house.advance(10_000);
      return (ben.running().family.ledger.head()?.state.epoch ?? 0) > 0;
    });
    const [newest] = await blocksOf(ben);
    expect(newest?.changes[0]?.change).toMatchObject({
      type: "recovery",
      wordsOf: { name: "Ann" },
      keepers: [{ isThis: true, owner: { name: "Ben" } }],
    });
    expect(newest?.proof).toMatchObject({
      isRecovery: true,
      quorum: 1,
      keepers: 1,
      isChecked: true,
    });
    expect(newest?.proof.signers).toMatchObject([{ isThis: true }]);
  });

  /** A family of its own whose words are known. */
  async function wordsOf(name: string): Promise<{ device: TestDevice; text: string }> {
    const device = await house.add(name);
    await value(device.node().startFamily({ familyName: "The Others", myName: name }));
    const words = await value(device.node().recoveryWords());
    const asked = [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" }));
    await value(device.node().confirmWords(asked));
    return { device, text: words.join(" ") };
  }
});

describe("who reads it", () => {
  test("[HI9] everybody of the family, children too; a contact and whoever was taken out do not", async () => {
    const mia = await house.join(mum, "Mia", "child");
    const gran = await house.join(mum, "Gran", "relative");
    const zoe = await house.join(mum, "Zoe", "contact");
    await house.until("all have it", () => [mia, gran].every((one) => heightOf(one) === 6));
    for (const one of [mia, gran]) {
      expect(typesOf(await blocksOf(one))).toEqual(typesOf(await blocksOf(mum)));
    }
    expect(await zoe.node().listHistory(ALL)).toEqual({
      ok: false,
      code: "not-allowed",
      detail: "not-by-role",
    });
    const device = gran.running().family.identity.device;
    await submit(mum, { type: "device-revoked", device, reason: "lost", cuts: [] });
    await house.until("out", () => heightOf(gran) === 7 || gran.running().sessions().length === 0);
    const told = await gran.node().listHistory(ALL);
    // It knows of it only if the block still reached it.
    expect(heightOf(gran) === 7 ? told : { ok: false, code: "not-member" }).toMatchObject({
      ok: false,
      code: "not-member",
    });
  });

  test("[HI9] nobody while the profile is locked, and not who is still joining", async () => {
    const { link } = await house.invite(mum, "child");
    const mia = await house.add("Mia");
    expect(await mia.node().listHistory(ALL)).toMatchObject({ ok: false, code: "not-member" });
    await value(mia.node().askToJoin({ link, name: "Mia" }));
    expect(await mia.node().listHistory(ALL)).toMatchObject({ ok: false, code: "not-member" });
    await value(mum.node().setLock({ next: "493817" }));
    await value(mum.node().lockNow());
    expect(await mum.node().listHistory(ALL)).toMatchObject({ ok: false, code: "locked" });
    await value(mum.node().unlock("493817"));
    expect(typesOf((await page(mum)).blocks)).toEqual(["invite-created", "family-created"]);
  });

  test("[HI11] what concerns me: what I made or what names me, over as many pages as it takes", async () => {
    const dad = await house.join(mum, "Dad", "parent");
    await growTo(8);
    const mia = await house.join(mum, "Mia", "child");
    await house.until("same", () => [dad, mia].every((one) => heightOf(one) === heightOf(mum)));
    const mine = async (device: TestDevice) => page(device, { isAboutMe: true });
    expect(typesOf((await mine(mia)).blocks)).toEqual(["member-registered"]);
    expect(typesOf((await mine(dad)).blocks)).toEqual(["member-registered"]);
    expect((await mine(mum)).blocks).toHaveLength(heightOf(mum) + 1);
    await house.invite(dad, "child");
    await house.until("same", () => heightOf(dad) === heightOf(mum));
    expect(typesOf((await mine(dad)).blocks)).toEqual(["invite-created", "member-registered"]);
    // A page looks at so many blocks and says where the next one goes on.
    const found: string[] = [];
    let before: number | null = null;
    let pages = 0;
    do {
      const asked = { before, limit: 50, isAboutMe: true };
      const told: HistoryPage = await value(listHistory(dad.running().family, asked, 4));
      found.push(...typesOf(told.blocks));
      before = told.next;
      pages += 1;
    } while (before !== null);
    expect(found).toEqual(["invite-created", "member-registered"]);
    expect(pages).toBe(Math.ceil((heightOf(dad) + 1) / 4));
  });
});

test("[HI10] a device that began with a snapshot says from where it has all, and in the end has all", async () => {
  await growTo(SNAPSHOT_INTERVAL + 2);
  const dad = await house.add("Dad");
  const { invite, wire } = await house.compare(mum, dad, "parent");
  await value(mum.node().compareCode(invite, true));
  await house.cut(wire);
  await value(mum.node().approveJoin(invite));
  await house.settle();
  const ledger = mum.running().family.ledger;
  const { blocksFrom } = ledger;
  Object.assign(ledger, {
    blocksFrom: async (from: number, count: number) =>
      from < 30 || from > SNAPSHOT_INTERVAL ? blocksFrom(from, count) : [],
  });
  await house.meet(mum, dad);
  await house.until("Dad is in", async () => (await dad.snapshot()).phase === "member");
  await house.settle();
  expect(dad.running().family.ledger.missingBelow()).toBeGreaterThan(0);
  const early = await page(dad);
  expect(early).toMatchObject({ next: null, from: SNAPSHOT_INTERVAL + 1 });
  expect(heightsOf(early).at(-1)).toBe(SNAPSHOT_INTERVAL + 1);
  expect(early.blocks.every(({ proof }) => proof.isChecked)).toBe(true);
  expect(changesOf(early.blocks)[0]).toMatchObject({ change: { member: { isMe: true } } });
  // Nothing is told across the gap.
  expect(heightsOf(await page(dad, { before: 20 }))).toEqual([]);
  Object.assign(ledger, { blocksFrom });
  await house.advance(60_000);
  for (const session of mum.running().sessions()) session.close("again");
  await house.settle();
  await house.meet(mum, dad);
  await house.until("all", () => dad.running().family.ledger.missingBelow() === null);
  const heights: number[] = [];
  for (let before: number | null = null, isFirst = true; isFirst || before !== null;) {
    isFirst = false;
    const told = await page(dad, { before });
    expect(told.from).toBe(0);
    expect(told.blocks.every(({ proof }) => proof.isChecked)).toBe(true);
    heights.push(...heightsOf(told));
    before = told.next;
  }
  expect(heights).toEqual(Array.from({ length: heightOf(dad) + 1 }, (_, at) => heightOf(dad) - at));
});
