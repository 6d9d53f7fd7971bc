import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeFinalised, type FinalisedBlock } from "../core/ledger/block.ts";
import { HEADER } from "../core/codec/wire-samples.suite.test.ts";
import type { Join } from "../core/gossip/joins.ts";
import type { Transaction } from "../core/ledger/transaction.ts";
import {
  decodeTransaction,
  encodeTransaction,
  type SignedTransaction,
} from "../core/ledger/transaction.ts";
import type { LedgerState } from "../core/ledger/state.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { encodeHeader } from "../core/gossip/header.ts";
import { signTransaction, stateOf } from "./family.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import { value, type TestDevice } from "./testing/device.ts";
import {
  isCertified,
  readEntry,
  trustBlock,
  verifyBlock,
  verifyEntry,
  verifyRegister,
  verifyTransaction,
  verifyVote,
  voteOf,
} from "./verify.ts";

const crypto = createCryptoSuite();
let house: Household;
let mum: TestDevice;
let family: Uint8Array;
let blocks: readonly FinalisedBlock[];
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  await house.join(mum, "Dad", "parent");
  family = mum.running().family.identity.profile.family;
  const bytes = await mum.running().family.ledger.blocksFrom(0, 16);
  blocks = bytes.flatMap((one) => {
    const decoded = decodeFinalised(one);
    return decoded.ok ? [decoded.value] : [];
  });
});
afterEach(async () => house.stop());

function state(height: number): LedgerState {
  const found = mum.running().family.ledger.stateAt(height);
  if (found === null) throw new Error("no state");
  return found;
}

function transactionOf(index: number): SignedTransaction {
  const signed = blocks[index]?.block.transactions[0];
  if (signed === undefined) throw new Error("no transaction");
  return signed;
}

function memberIdIn(at: LedgerState): Uint8Array {
  const found = at.members.at(-1);
  if (found === undefined) throw new Error("no member");
  return found.id;
}

const OTHER_FAMILY = new Uint8Array(32).fill(5);
const NO_SIGNATURE = new Uint8Array(64);

test("[VF1] a transaction counts with its author's signature and every proof it needs, and with no more", async () => {
  // 0 founds, 1 invites, 2 registers: one proof, none, two.
  const before = [null, state(0), state(1)] as const;
  for (const [index, at] of before.entries()) {
    const signed = transactionOf(index);
    expect(signed.proofs).toHaveLength([1, 0, 2][index] ?? -1);
    expect(await verifyTransaction(crypto, family, at, signed)).not.toBeNull();
    const bad: readonly SignedTransaction[] = [
      { ...signed, signature: NO_SIGNATURE },
      { ...signed, signature: transactionOf((index + 1) % 3).signature },
      { ...signed, bytes: signed.bytes.slice(0, -1) },
      { ...signed, proofs: [...signed.proofs, signed.signature] },
      ...signed.proofs.map((_, at2) => ({
        ...signed,
        proofs: signed.proofs.map((proof, here) => (here === at2 ? NO_SIGNATURE : proof)),
      })),
      { ...signed, proofs: signed.proofs.slice(1), bytes: signed.bytes.slice(0, -2) },
    ];
    for (const one of bad) expect(await verifyTransaction(crypto, family, at, one)).toBeNull();
    expect(await verifyTransaction(crypto, OTHER_FAMILY, at, signed)).toBeNull();
  }
  const [invite, device] = transactionOf(2).proofs;
  const swapped = { ...transactionOf(2), proofs: [device ?? NO_SIGNATURE, invite ?? NO_SIGNATURE] };
  expect(await verifyTransaction(crypto, family, state(1), swapped)).toBeNull();
});

test("[VF2] an author that the state does not name is no author, whoever signed", async () => {
  const registered = transactionOf(2);
  expect(await verifyTransaction(crypto, family, null, registered)).toBeNull();
  const stranger = await crypto.createSigner(new Uint8Array(32).fill(3));
  const bytes = encodeTransaction({
    version: 1,
    author: stranger.publicKey.slice(0, 16),
    time: 0,
    expiresHeight: 9,
    salt: new Uint8Array(16),
    body: { type: "invite-revoked", invite: new Uint8Array(16) },
  });
  const signature = await stranger.sign("transaction", family, bytes);
  expect(
    await verifyTransaction(crypto, family, state(1), { bytes, signature, proofs: [] }),
  ).toBeNull();
});

test("[VF3] keys of small order do not enter, though everything is signed", async () => {
  const { signer, device } = mum.running().family.identity;
  const smallOrder = new Uint8Array(32);
  smallOrder[0] = 1;
  const content: Transaction = {
    version: 1,
    author: device,
    time: house.time.now(),
    expiresHeight: 9,
    salt: new Uint8Array(16),
    body: {
      type: "invite-created",
      inviteKey: smallOrder,
      role: "child",
      member: null,
      expiresAt: house.time.now() + 1000,
    },
  };
  const bytes = encodeTransaction(content);
  const signed = { bytes, signature: await signer.sign("transaction", family, bytes), proofs: [] };
  expect(await verifyTransaction(crypto, family, state(2), signed)).toBeNull();
});

test("[VF4] one bad transaction makes the block no block; from my own disk it is not checked again", async () => {
  const block = blocks[1]?.block;
  if (block === undefined) throw new Error("no block");
  const bad = { ...block, transactions: [{ ...transactionOf(1), signature: NO_SIGNATURE }] };
  expect(await verifyBlock(crypto, family, state(0), block)).not.toBeNull();
  expect(await verifyBlock(crypto, family, state(0), bad)).toBeNull();
  expect(trustBlock(family, state(0), bad)).not.toBeNull();
  expect(trustBlock(family, null, block)).toBeNull();
});

test("[VF5] a certificate is exactly a quorum of that height's set over this very block", async () => {
  const one = blocks[1];
  if (one === undefined) throw new Error("no block");
  const verified = await verifyBlock(crypto, family, state(0), one.block);
  const other = await verifyBlock(crypto, family, state(1), blocks[2]?.block ?? one.block);
  if (verified === null || other === null) throw new Error("not verified");
  const { certificate } = one;
  const holds = async (changed: typeof certificate, block = verified): Promise<boolean> =>
    isCertified(crypto, family, state(0), block, changed);
  const [commit] = certificate.commits;
  if (commit === undefined) throw new Error("no commit");
  expect(await holds(certificate)).toBe(true);
  expect(await holds(certificate, other)).toBe(false);
  expect(await holds({ ...certificate, view: 1 })).toBe(false);
  expect(await holds({ ...certificate, commits: [] })).toBe(false);
  expect(await holds({ ...certificate, commits: [commit, commit] })).toBe(false);
  expect(await holds({ ...certificate, commits: [{ ...commit, signature: NO_SIGNATURE }] })).toBe(
    false,
  );
  const dads = state(2).devices.find(
    (device) => !device.id.every((b, i) => b === commit.replica[i]),
  );
  if (dads === undefined) throw new Error("no second device");
  expect(await holds({ ...certificate, commits: [{ ...commit, replica: dads.id }] })).toBe(false);
});

test("[VF6] a vote counts under its replica's key and its own phase alone", async () => {
  const { signer, device } = mum.running().family.identity;
  const body = { epoch: 0, height: 3, view: 0, blockHash: new Uint8Array(32) };
  const { encodeVote } = await import("../core/ledger/block.ts");
  const signature = await signer.sign("prepare", family, encodeVote(body));
  const vote = { phase: "prepare", body, replica: device, signature } as const;
  expect(await verifyVote(crypto, state(2), vote)).toEqual(vote);
  expect(await verifyVote(crypto, state(2), { ...vote, phase: "commit" })).toBeNull();
  expect(await verifyVote(crypto, state(2), { ...vote, body: { ...body, view: 1 } })).toBeNull();
  expect(await verifyVote(crypto, state(2), { ...vote, replica: new Uint8Array(16) })).toBeNull();
  const message = { type: "prepare" as const, ...body, replica: device, signature };
  expect(voteOf(message)).toEqual(vote);
});

test("[VF7] [QT7] an entry whose bytes are wrong is its bearer's fault; an unknown author is nobody's", async () => {
  const to = memberNamed(await mum.snapshot(), "Dad");
  await value(mum.node().sendMessage(to, "hello"));
  const rows = await mum.store().list("entries", { from: [0], to: [Number.MAX_SAFE_INTEGER] });
  const bodies = await mum.store().list("bodies", { from: [0], to: [Number.MAX_SAFE_INTEGER] });
  const [header, signature] = (rows.at(-1)?.value ?? []) as [Uint8Array, Uint8Array];
  const body = bodies.at(-1)?.value as Uint8Array;
  const entry = { header, signature, body, hops: 0 };
  const read = readEntry(family, entry);
  if (!read.ok) throw new Error(read.reason);
  const now = stateOf(mum.running().family);
  expect((await verifyEntry(crypto, now, read.entry)).ok).toBe(true);
  const forged = { ...read.entry, entry: { ...entry, signature: NO_SIGNATURE } };
  expect(await verifyEntry(crypto, now, forged)).toMatchObject({ ok: false, isPeerFault: true });
  for (const bad of [
    { ...entry, header: header.slice(1) },
    { ...entry, body: body.slice(1) },
    { ...entry, header: new Uint8Array(0) },
  ]) {
    expect(readEntry(family, bad)).toMatchObject({ ok: false, isPeerFault: true });
  }
  const { header: fields } = read.entry;
  const shorter = encodeHeader({ ...fields, bodyBytes: fields.bodyBytes - 1 });
  expect(readEntry(family, { ...entry, header: shorter })).toMatchObject({
    ok: false,
    reason: "body length",
  });
  // Without its body there is nothing to compare.
  expect(readEntry(family, { ...entry, header: shorter, body: new Uint8Array(0) }).ok).toBe(true);
  const unknown = { ...now, devices: [] };
  expect(await verifyEntry(crypto, unknown, read.entry)).toEqual({
    ok: false,
    reason: "unknown-author",
    isPeerFault: false,
  });
});

test("[VF9] what a message carries is checked with it, under the keys of whom its height knows", async () => {
  const { family: mums } = mum.running();
  const { identity } = mums;
  const now = stateOf(mums);
  const member = memberIdIn(now);
  const group = new Uint8Array(16).fill(7);
  const change = await signTransaction(mums, { type: "group-member-added", group, member }, []);
  const entryWith = async (join: Join, height: number) => {
    const bytes = encodeHeader({
      ...HEADER,
      author: identity.device,
      kind: "group",
      audience: { type: "group", group },
      height,
      joins: [join],
    });
    const signature = await identity.signer.sign("message", family, bytes);
    const read = readEntry(family, { header: bytes, signature, body: new Uint8Array(0), hops: 0 });
    if (!read.ok) throw new Error(read.reason);
    return read.entry;
  };
  const join: Join = { transaction: change.bytes, signature: change.signature };
  const right = await entryWith(join, now.height);
  expect((await verifyEntry(crypto, now, right)).ok).toBe(true);
  const forged = await entryWith({ ...join, signature: NO_SIGNATURE }, now.height);
  expect(await verifyEntry(crypto, now, forged)).toEqual({
    ok: false,
    reason: "signature of a join",
    isPeerFault: true,
  });
  // Signed by a device that the family does not know, or not at that height.
  const decoded = decodeTransaction(change.bytes);
  if (!decoded.ok) throw new Error(decoded.reason);
  const transaction = encodeTransaction({ ...decoded.value, author: new Uint8Array(16).fill(3) });
  const unknown: Join = { transaction, signature: NO_SIGNATURE };
  expect((await verifyEntry(crypto, now, await entryWith(unknown, now.height))).ok).toBe(true);
  const ahead = await entryWith(unknown, now.height + 1);
  expect(await verifyEntry(crypto, now, ahead)).toEqual({
    ok: false,
    reason: "unknown-author",
    isPeerFault: false,
  });
  const later = {
    ...now,
    devices: now.devices.map((one) => ({ ...one, registeredAt: now.height })),
  };
  const early = await entryWith({ ...join, signature: NO_SIGNATURE }, now.height - 1);
  expect((await verifyEntry(crypto, later, early)).ok).toBe(true);
});

test("[VF8] a register counts under its device's key alone", async () => {
  await house.advance(3_000);
  const signed = [...(mum.running().family.gossip?.core().registers.values() ?? [])][0]?.signed;
  if (signed === undefined) throw new Error("no register");
  const now = stateOf(mum.running().family);
  expect(await verifyRegister(crypto, now, signed)).not.toBeNull();
  const bad = [
    { ...signed, signature: NO_SIGNATURE },
    { ...signed, bytes: signed.bytes.slice(1) },
    { ...signed, bytes: new Uint8Array(0) },
  ];
  for (const one of bad) expect(await verifyRegister(crypto, now, one)).toBeNull();
  expect(await verifyRegister(crypto, { ...now, devices: [] }, signed)).toBeNull();
});
