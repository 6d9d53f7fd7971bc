import { afterEach, beforeEach, expect, test } from "vitest";
import { fromHex, toHex } from "../core/codec/ids.ts";
import {
  blockHashOf,
  decodeFinalised,
  encodeFinalised,
  encodeVote,
  type Block,
} from "../core/ledger/block.ts";
import { decodeConsensus, encodeConsensus } from "../core/consensus/messages.ts";
import { buildBlock, type Head } from "../core/ledger/chain.ts";
import type { TransactionBody } from "../core/ledger/transaction.ts";
import { encodeTransaction } from "../core/ledger/transaction.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createMemoryStore } from "../storage/memory-store.ts";
import { prefixRange } from "../storage/store.ts";
import { blobHashOf, sealBlob } from "./blobs.ts";
import { signTransaction } from "./family.ts";
import type { Frame } from "./frames.ts";
import { openLedger, type LedgerKeeper } from "./ledger-keeper.ts";
import { PEER_FAULTS_MAX, PENDING_PER_AUTHOR_MAX } from "./limits.ts";
import type { Pin } from "./stored-chain.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { verifyTransaction } from "./verify.ts";

let house: Household;
let mum: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
});
afterEach(async () => house.stop());

interface Observer {
  readonly ledger: LedgerKeeper;
  readonly said: Frame[];
  readonly stoppedAt: number[];
  readonly refused: string[];
}

/** What matters where several replicas keep the rules. */
const NO_REPLICAS = {
  linked: () => ({ devices: [], roundTripMs: 0 }),
  inTurn: () => {},
  mayPropose: () => true,
  mayPrepare: () => true,
  onRecovery: () => {},
  onEvidence: () => {},
  onForged: () => {},
  onSilenced: () => {},
  onNewerRules: () => {},
};

/** A ledger of Mum's family on a disk of its own, at a device that is no replica. */
async function observer(
  pin: Pin | null = null,
  store = createMemoryStore(),
  now = (): number => mum.env().now(),
): Promise<Observer> {
  const { family, signer } = await strangerKeys();
  const said: Frame[] = [];
  const stoppedAt: number[] = [];
  const refused: string[] = [];
  const env = { ...mum.env(), store, now };
  const ledger = await openLedger(env, family, signer, signer.publicKey.slice(0, 16), 0, pin, {
    broadcast: (frame) => said.push(frame),
    onAdvanced: async () => {},
    refusedWrites: () => [],
    onRefused: (_, reason) => refused.push(reason),
    onStopped: (height) => stoppedAt.push(height),
    onDelayed: (error) => {
      throw error;
    },
    ...NO_REPLICAS,
  });
  return { ledger, said, stoppedAt, refused };
}

async function strangerKeys() {
  const { family } = mum.running().family.identity.profile;
  const signer = await createCryptoSuite().createSigner(new Uint8Array(32).fill(9));
  return { family, signer };
}

function headOf(device: TestDevice): Head {
  const head = device.running().family.ledger.head();
  if (head === null) throw new Error("no head");
  return head;
}

async function blocksOf(device: TestDevice): Promise<readonly Uint8Array[]> {
  return device.running().family.ledger.blocksFrom(0, 16);
}

async function inviteBody(): Promise<TransactionBody> {
  const crypto = createCryptoSuite();
  const { publicKey } = await crypto.createSigner(crypto.randomBytes(32));
  const expiresAt = house.time.now() + 60_000;
  return { type: "invite-created", inviteKey: publicKey, role: "child", member: null, expiresAt };
}

/** The next block of Mum's chain, changed, and certified with her own key: a replica that lies. */
async function certified(change: (block: Block) => Block): Promise<Uint8Array> {
  const { family } = mum.running();
  const head = headOf(mum);
  const signed = await signTransaction(family, await inviteBody(), []);
  const { family: id } = family.identity.profile;
  const verified = await verifyTransaction(family.env.crypto, id, head.state, signed);
  if (verified === null) throw new Error("not verified");
  const built = buildBlock(head, [verified], family.identity.device, house.time.now()).verified;
  if (built === null) throw new Error("not built");
  const block = change(built.block);
  const { epoch, height } = block.header;
  const blockHash = blockHashOf(id, block.header);
  const message = encodeVote({ epoch, height, view: 0, blockHash });
  const signature = await family.identity.signer.sign("commit", id, message);
  const commits = [{ replica: family.identity.device, signature }];
  return encodeFinalised({ block, certificate: { view: 0, commits } });
}

test("[LP1] one replica commits alone, with no peer, and after a restart too", async () => {
  await house.invite(mum, "child");
  expect(headOf(mum).state.height).toBe(1);
  const { hash } = headOf(mum);
  await mum.restart();
  expect(headOf(mum).hash).toEqual(hash);
  await house.invite(mum, "child");
  expect(headOf(mum).state.height).toBe(2);
});

test("[LP2] every vote is in the log, and every block on the disk, before a word of it leaves", async () => {
  const order: string[] = [];
  /** Votes, and height of the last block, that a power failure at this moment would leave. */
  const leaves: string[] = [];
  const note = (what: string): void => {
    order.push(what);
    const disk = store.snapshot({ relaxedLost: Infinity });
    const heights = disk.get("blocks")?.map((row) => row.key[0]) ?? [];
    leaves.push(`${what}: ${disk.get("log")?.length} votes, block ${Number(heights.at(-1))}`);
  };
  const store = createMemoryStore({
    disk: mum.store().snapshot(),
    onCommit: (writes) => {
      for (const write of writes) {
        if (write.type !== "put") continue;
        if (write.table === "log") order.push(`log ${String(write.key[2])}`);
        if (write.table === "blocks") order.push("block");
      }
      return null;
    },
  });
  const { family } = mum.running();
  const { profile, signer, device } = family.identity;
  const fence = await store.takeFence();
  const ledger = await openLedger(
    { ...mum.env(), store },
    profile.family,
    signer,
    device,
    fence,
    null,
    {
      broadcast: (frame) => {
        const message = frame.type === "consensus" ? decodeConsensus(frame.message) : null;
        if (message?.ok === true) note(`sent ${message.value.type}`);
      },
      onAdvanced: async () => note("advanced"),
      refusedWrites: () => [],
      onRefused: () => {},
      onStopped: () => {},
      onDelayed: (error) => {
        throw error;
      },
      ...NO_REPLICAS,
    },
  );
  await ledger.resume();
  await ledger.submit(await signTransaction(family, await inviteBody(), []), []);
  expect(order).toEqual([
    "log prepare",
    "log commit",
    "sent pre-prepare",
    "sent commit",
    "block",
    "advanced",
  ]);
  expect(leaves).toEqual([
    "sent pre-prepare: 2 votes, block 0",
    "sent commit: 2 votes, block 0",
    "advanced: 0 votes, block 1",
  ]);
});

test("[LP3] block, certificate, pruned log and executed transactions are one commit", async () => {
  mum.record(true);
  await house.invite(mum, "child");
  const rows = [...mum.disks, mum.store().snapshot()].map(async (disk) => {
    const store = createMemoryStore({ disk });
    const count = async (table: "blocks" | "log" | "pending") =>
      (await store.list(table, prefixRange([]))).length;
    return `${await count("blocks")}/${await count("log")}/${await count("pending")}`;
  });
  const seen = [...new Set(await Promise.all(rows))];
  // blocks/log/pending: with the second block, log and pending are empty in the same moment.
  expect(seen).toEqual(["1/0/0", "1/0/1", "1/1/1", "1/2/1", "2/0/0"]);
});

test("[LP4] blocks that do not prove themselves are named and change nothing", async () => {
  await house.invite(mum, "child");
  const [founding, first] = await blocksOf(mum);
  if (founding === undefined || first === undefined) throw new Error("two blocks");
  const other = createHousehold();
  const eve = await other.found("Eve");
  const [foreign] = await eve.running().family.ledger.blocksFrom(0, 1);
  await other.stop();
  const flip = (bytes: Uint8Array, at: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const decoded = decodeFinalised(first);
  if (!decoded.ok) throw new Error("block");
  const { block, certificate } = decoded.value;
  const twice = encodeFinalised({
    block,
    certificate: { ...certificate, commits: [...certificate.commits, ...certificate.commits] },
  });
  const forged = encodeFinalised({
    block,
    certificate: {
      view: 0,
      commits: certificate.commits.map((one) => ({ ...one, signature: new Uint8Array(64) })),
    },
  });
  const { ledger } = await observer();
  for (const [blocks, fault] of [
    [[new Uint8Array([1, 2, 3])], "malformed"],
    [[foreign ?? new Uint8Array(1)], "signature"],
    [[first], "height"],
    [[flip(founding, founding.length - 1)], "certificate"],
  ] as const) {
    expect(await ledger.takeBlocks(blocks)).toEqual({ applied: 0, fault });
    expect(ledger.head()).toBeNull();
  }
  for (const [blocks, fault] of [
    [[founding, twice], "certificate"],
    [[forged], "certificate"],
    [[flip(first, first.length - 1)], "certificate"],
  ] as const) {
    expect((await ledger.takeBlocks(blocks)).fault).toBe(fault);
    expect(ledger.head()?.state.height).toBe(0);
  }
  for (let at = 0; at < first.length; at += 7) {
    const taken = await ledger.takeBlocks([flip(first, at)]);
    expect(taken.applied).toBe(0);
  }
  expect(await ledger.takeBlocks([founding, first])).toEqual({ applied: 1, fault: null });
  expect(ledger.head()?.hash).toEqual(headOf(mum).hash);
});

test("[LP5] a certified block that I cannot reproduce stops me, once, and is not skipped", async () => {
  const blocks = await blocksOf(mum);
  const bad = await certified((block) => ({
    ...block,
    header: { ...block.header, stateRoot: new Uint8Array(32) },
  }));
  const good = await certified((block) => block);
  const store = createMemoryStore();
  const { ledger, stoppedAt } = await observer(null, store);
  await ledger.takeBlocks(blocks);
  expect((await ledger.takeBlocks([bad])).fault).toBe("not-reproducible");
  expect(stoppedAt).toEqual([1]);
  expect((await ledger.takeBlocks([good])).fault).toBe("stopped");
  expect(ledger.head()?.state.height).toBe(0);
  // After a restart it is not worse: the block comes again, and stops again.
  const again = await observer(null, store.connect());
  expect((await again.ledger.takeBlocks([bad])).fault).toBe("not-reproducible");
});

test("[ND7] the person is told when the rules stop, stays linked and can still read", async () => {
  const dad = await house.join(mum, "Dad", "parent");
  await value(mum.node().sendMessage(memberNamed(await mum.snapshot(), "Dad"), "before"));
  await house.settle();
  const bad = await certified((block) => ({
    ...block,
    header: { ...block.header, stateRoot: new Uint8Array(32) },
  }));
  [...mum.running().family.sessions.values()][0]?.send({ type: "blocks", finalised: [bad] });
  await house.settle();
  const { notices, phase } = await dad.snapshot();
  expect(notices).toEqual([{ type: "ledger-stopped", height: headOf(dad).state.height + 1 }]);
  expect(phase).toBe("member");
  for (let index = 0; index < 2 * PEER_FAULTS_MAX; index += 1) {
    const { invite } = await house.invite(mum, "child");
    await value(mum.node().revokeInvite(invite));
  }
  expect(headOf(mum).state.height).toBeGreaterThan(headOf(dad).state.height + PEER_FAULTS_MAX);
  expect((await dad.snapshot()).connection.linked).toBe(1);
  expect(await textsOf(dad, memberNamed(await dad.snapshot(), "Mum"))).toEqual(["before"]);
});

test("[LP7] a chain with another block at the invite's height is refused there", async () => {
  await house.invite(mum, "child");
  const blocks = await blocksOf(mum);
  const { hash } = headOf(mum);
  const right = await observer({ height: 1, hash });
  expect(await right.ledger.takeBlocks(blocks)).toEqual({ applied: 2, fault: null });
  const wrong = await observer({ height: 1, hash: new Uint8Array(32) });
  expect(await wrong.ledger.takeBlocks(blocks)).toEqual({ applied: 1, fault: "pin" });
  const founding = await observer({ height: 0, hash: new Uint8Array(32) });
  expect(await founding.ledger.takeBlocks(blocks)).toEqual({ applied: 0, fault: "pin" });
});

test("[LP8] only blobs that the rules or a kept transaction name are kept", async () => {
  const { ledger } = await observer();
  await ledger.takeBlocks(await blocksOf(mum));
  const missing = ledger.missingBlobs();
  expect(missing).toHaveLength(2);
  const family = mum.running().family;
  const { profile } = family.identity;
  const noise = Array.from({ length: 64 }, () => family.env.crypto.randomBytes(100));
  await ledger.takeBlobs(noise);
  const named = family.ledger.blobsOf(missing);
  await ledger.takeTransactions([], noise, "aa");
  const waiting = await signTransaction(family, await inviteBody(), []);
  await ledger.takeTransactions([waiting], noise, "aa");
  expect(ledger.pending()).toHaveLength(1);
  expect(ledger.blobsOf(noise.map((one) => blobHashOf(profile.family, one)))).toEqual([]);
  await ledger.takeBlobs([...noise, ...named]);
  expect(ledger.missingBlobs()).toEqual([]);
  expect(ledger.blobsOf(missing)).toEqual(named);
  const store = mum.store();
  expect(await store.list("blobs", prefixRange([]))).toHaveLength(2);
});

test("[LP9] one author's transactions fill its own share of the pool and no more", async () => {
  const { ledger, said } = await observer();
  await ledger.takeBlocks(await blocksOf(mum));
  const flood = await Promise.all(
    Array.from({ length: PENDING_PER_AUTHOR_MAX + 8 }, async () =>
      signTransaction(mum.running().family, { type: "invite-revoked", invite: random16() }, []),
    ),
  );
  // An unknown invite may be named by a block that is still to come: such ones wait.
  await ledger.takeTransactions(flood, [], "aa");
  expect(ledger.pending()).toHaveLength(PENDING_PER_AUTHOR_MAX);
  expect(said.filter((frame) => frame.type === "transactions")).toHaveLength(
    PENDING_PER_AUTHOR_MAX,
  );
});

test("[LP10] a transaction with a false signature, of a child, or for another family never waits", async () => {
  const mia = await house.join(mum, "Mia", "child");
  const { ledger } = await observer();
  await ledger.takeBlocks(await blocksOf(mum));
  const good = await signTransaction(mum.running().family, await inviteBody(), []);
  const childs = await signTransaction(mia.running().family, await inviteBody(), []);
  const distant = encodeTransaction({
    version: 1,
    author: mia.running().family.identity.device,
    time: house.time.now(),
    expiresHeight: 2 ** 40,
    salt: random16(),
    body: await inviteBody(),
  });
  const { signer, profile } = mia.running().family.identity;
  const far = {
    bytes: distant,
    signature: await signer.sign("transaction", profile.family, distant),
    proofs: [],
  };
  const faults = await ledger.takeTransactions(
    [
      { ...good, signature: new Uint8Array(64) },
      { ...good, bytes: good.bytes.slice(1) },
      { ...good, proofs: [good.signature] },
      childs,
      far,
    ],
    [],
    "aa",
  );
  // The false signature, and what is no transaction: nobody honest passes those on.
  expect(faults).toBe(2);
  expect(ledger.pending()).toEqual([]);
});

test("[LP10] a transaction of an author that is not known yet is nobody's fault", async () => {
  const { ledger } = await observer();
  await ledger.takeBlocks(await blocksOf(mum));
  const mia = await house.join(mum, "Mia", "child");
  const early = await signTransaction(mia.running().family, await inviteBody(), []);
  expect(await ledger.takeTransactions([early], [], "aa")).toBe(0);
  expect(ledger.pending()).toEqual([]);
});

test("[LP11] what can no longer happen is let go with its reason and its blob", async () => {
  const { ledger, refused } = await observer();
  await ledger.takeBlocks(await blocksOf(mum));
  const { invite } = await house.invite(mum, "child");
  const twice = await Promise.all(
    [0, 1].map(async () =>
      signTransaction(
        mum.running().family,
        { type: "invite-revoked", invite: fromHex(invite) },
        [],
      ),
    ),
  );
  await ledger.takeTransactions(twice, [], "aa");
  expect(ledger.pending()).toHaveLength(2);
  await value(mum.node().revokeInvite(invite));
  await ledger.takeBlocks(await blocksOf(mum));
  expect(ledger.pending()).toEqual([]);
  expect(refused).toEqual(["invite-used", "invite-used"]);
});

test("[LP11] time alone ends the waiting for an invite that can only be forgotten", async () => {
  let laterMs = 0;
  const { ledger, refused } = await observer(
    null,
    createMemoryStore(),
    () => mum.env().now() + laterMs,
  );
  await ledger.takeBlocks(await blocksOf(mum));
  const body = { type: "invite-revoked" as const, invite: new Uint8Array(16).fill(5) };
  await ledger.takeTransactions([await signTransaction(mum.running().family, body, [])], [], "aa");
  await ledger.tick();
  expect([ledger.pending().length, refused]).toEqual([1, []]);
  laterMs = 30 * 24 * 3_600_000;
  await ledger.tick();
  expect([ledger.pending().length, refused]).toEqual([0, ["invite-expired"]]);
});

test("[LP12] pending transactions and their blobs survive a restart and are handed over", async () => {
  const dad = await house.join(mum, "Dad", "parent");
  dad.running().sessions()[0]?.close("away");
  await house.settle();
  await house.invite(dad, "child");
  expect((await dad.snapshot()).ledger).toMatchObject({ pending: 1, waitsFor: ["Mum"] });
  await dad.restart();
  expect((await dad.snapshot()).ledger).toMatchObject({ pending: 1, waitsFor: ["Mum"] });
  await house.meet(mum, dad);
  await house.until("written down", async () => (await dad.snapshot()).ledger.pending === 0);
  expect(headOf(dad).hash).toEqual(headOf(mum).hash);
  expect(headOf(dad).state.invites.filter((one) => one.isUsed === 0)).toHaveLength(1);
});

test("[LP13] blocks of one answer fit a frame, the first whatever its size", async () => {
  for (let index = 0; index < 4; index += 1) {
    const { invite } = await house.invite(mum, "child");
    await value(mum.node().revokeInvite(invite));
  }
  const ledger = mum.running().family.ledger;
  expect(await ledger.blocksFrom(0, 16)).toHaveLength(9);
  expect(await ledger.blocksFrom(8, 16)).toHaveLength(1);
  expect(await ledger.blocksFrom(9, 16)).toEqual([]);
  // As if each block were of 90 KB.
  const big = new Uint8Array(90 * 1024);
  const store = mum.store();
  await store.commit(
    [1, 2, 3, 4].map((height) => ({ type: "put", table: "blocks", key: [height], value: big })),
    { durability: "strict" },
  );
  expect(await ledger.blocksFrom(1, 16)).toHaveLength(2);
});

test("[LP14] a consensus message of another height is passed over, a malformed or forged one named", async () => {
  const { ledger } = mum.running().family;
  expect(await ledger.takeConsensus(new Uint8Array([1]), "aa")).toBe("malformed");
  const before = toHex(headOf(mum).hash);
  const device = mum.running().family.identity.device;
  const vote = (height: number) =>
    encodeConsensus({
      type: "commit",
      epoch: 0,
      height,
      view: 0,
      blockHash: new Uint8Array(32),
      replica: device,
      signature: new Uint8Array(64),
    });
  expect(await ledger.takeConsensus(vote(99), "aa")).toBeNull();
  expect(await ledger.takeConsensus(vote(1), "aa")).toBe("invalid");
  expect(toHex(headOf(mum).hash)).toBe(before);
});

test("[SB1] a founder's names are on the disk with the founding block", async () => {
  const { family } = mum.running();
  expect(family.ledger.missingBlobs()).toEqual([]);
  const again = sealBlob(
    family.env.crypto,
    family.identity.profile.family,
    { epoch: 1, secret: new Uint8Array(32) },
    { salt: random16(), text: "Mum" },
  );
  expect(family.ledger.blob(again.hash)).toBeNull();
});

function random16(): Uint8Array {
  return createCryptoSuite().randomBytes(16);
}
