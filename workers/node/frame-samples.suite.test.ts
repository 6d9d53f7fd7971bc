/** One frame of each kind, for the tests that need them all. */
import type { Frame } from "./frames.ts";

const hash = new Uint8Array(32).fill(1);
const signature = new Uint8Array(64).fill(2);
const id16 = new Uint8Array(16).fill(3);

/** One of each kind. */
export const SAMPLE_FRAMES: readonly Frame[] = [
  {
    type: "hello",
    versionMin: 1,
    versionMax: 1,
    purpose: "invite",
    nonce: hash,
    deviceKey: hash,
    height: 7,
    head: hash,
    wall: 1,
    build: "b",
  },
  { type: "auth", signature, proof: null },
  { type: "ping", token: 1, wall: 2 },
  { type: "pong", token: 1, wall: 2 },
  { type: "status", epoch: 0, height: 1, head: hash, secretEpoch: 1 },
  { type: "blocks-wanted", from: 0, count: 16 },
  { type: "blocks", finalised: [hash] },
  { type: "transactions", transactions: [{ bytes: hash, signature, proofs: [] }], blobs: [hash] },
  { type: "consensus", message: hash },
  { type: "register", bytes: hash, signature },
  { type: "entries", entries: [], isAnswer: true, isLast: true },
  { type: "want", packed: hash },
  { type: "have", packed: hash },
  { type: "registers", packed: hash },
  { type: "lacking", clock: { ms: 5, counter: 1 } },
  { type: "wishes", authors: [id16], isWanted: false },
  { type: "blobs-wanted", hashes: [hash] },
  { type: "blobs", blobs: [hash] },
  { type: "snapshot-wanted", height: 70, hash },
  {
    type: "snapshot",
    headers: [
      {
        rulesVersion: 1,
        epoch: 0,
        height: 64,
        parent: hash,
        primary: id16,
        time: 5,
        replicaSet: hash,
        nextReplicaSet: hash,
        stateRoot: hash,
        transactions: hash,
      },
    ],
    parts: [hash],
  },
  { type: "holds", holds: [{ hold: hash, signature }] },
  { type: "recovery", blocks: [hash], objections: [{ recovery: hash, device: id16, signature }] },
  { type: "state-wanted", height: 64, part: 1 },
  { type: "state-part", height: 64, part: 1, bytes: hash },
  { type: "join-commitment", commitment: hash, inviteId: id16 },
  {
    type: "join-nonce",
    nonce: hash,
    encryptionKey: hash,
    familyName: "f",
    inviterName: "i",
    role: "parent",
    member: null,
    expiresAt: 1,
  },
  {
    type: "join-reveal",
    nonce: hash,
    encryptionKey: hash,
    name: "n",
    nameSalt: id16,
    inviteProof: signature,
    deviceProof: signature,
  },
  { type: "join-progress", step: "done", why: "none", waitsFor: ["Mum"] },
  { type: "join-refused", why: "differ" },
];
