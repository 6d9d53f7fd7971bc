/**
 * One fixed value of every wire structure, with its decoder and encoder: for the golden bytes, for
 * the fuzzer and for the limits. Values are chosen so that every field differs from its neighbours.
 */
import {
  decodeConsensus,
  encodeConsensus,
  encodeViewChange,
  type ConsensusMessage,
} from "../consensus/messages.ts";
import {
  decodeAnnouncement,
  encodeAnnouncement,
  type Announcement,
} from "../gossip/device-keys.ts";
import {
  decodeBody,
  decodeHeader,
  encodeBody,
  encodeHeader,
  entryShape,
  type Entry,
  type Header,
} from "../gossip/header.ts";
import { joinOf } from "../gossip/joins.ts";
import { decodePayload, encodePayload, type Payload } from "../gossip/payload.ts";
import {
  decodeRegister,
  encodeRegister,
  registerShape,
  signedRegisterShape,
  type Register,
} from "../gossip/register.ts";
import {
  decodeBlock,
  decodeFinalised,
  encodeBlock,
  encodeFinalised,
  encodeVote,
} from "../ledger/block.ts";
import {
  FOUNDER,
  FOUNDING_BODY,
  FOUNDING,
  actorOf,
  fill,
  foundFamily,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
  signed,
} from "../ledger/family-fixture.suite.test.ts";
import { RULE_SAMPLES, ruleBookOf } from "../ledger/rule-samples.suite.test.ts";
import { encodeObjection } from "../ledger/recovery-wait.ts";
import { manifestShape, type Manifest } from "../ledger/snapshot.ts";
import { decodeState, encodeState, type LedgerState } from "../ledger/state.ts";
import {
  decodeSignedTransaction,
  decodeTransaction,
  encodeJoinRequest,
  encodeSignedTransaction,
  encodeTransaction,
  type TransactionBody,
} from "../ledger/transaction.ts";
import type { Decoded } from "./cbor.ts";
import { decodeWith, encodeWith } from "./shape.ts";

/** A decoder of bytes from elsewhere, with the encoder that must give them back. */
export interface Format {
  readonly name: string;
  /** The bytes encoded again, or the refusal. */
  readonly recode: (bytes: Uint8Array) => Decoded<Uint8Array>;
}

function format<T>(
  name: string,
  decode: (bytes: Uint8Array) => Decoded<T>,
  encode: (value: T) => Uint8Array,
): Format {
  return {
    name,
    recode: (bytes) => {
      const decoded = decode(bytes);
      return decoded.ok ? { ok: true, value: encode(decoded.value) } : decoded;
    },
  };
}

const ENTRY_MAX = 64 * 1024;

export const FORMATS = {
  header: format("header", decodeHeader, encodeHeader),
  body: format("body", decodeBody, encodeBody),
  entry: format(
    "entry",
    (bytes) => decodeWith(entryShape, bytes, ENTRY_MAX),
    (value: Entry) => encodeWith(entryShape, value),
  ),
  payload: format("payload", decodePayload, encodePayload),
  // Whom it names depends on the reader's ledger: here its bytes, and that reading them never throws.
  register: format(
    "register",
    (bytes) => {
      const read = decodeRegister(bytes, NAMED);
      return read.ok ? decodeWith(registerShape, bytes, 2 * ENTRY_MAX) : read;
    },
    (value) => encodeWith(registerShape, value),
  ),
  signedRegister: format(
    "signed register",
    (bytes) => decodeWith(signedRegisterShape, bytes, 2 * ENTRY_MAX),
    (value) => encodeWith(signedRegisterShape, value),
  ),
  announcement: format(
    "announced key",
    decodeAnnouncement,
    ({ device, number, key }: Announcement) => encodeAnnouncement(device, number, key),
  ),
  transaction: format("transaction", decodeTransaction, encodeTransaction),
  signedTransaction: format("signed transaction", decodeSignedTransaction, encodeSignedTransaction),
  block: format("block", decodeBlock, encodeBlock),
  finalised: format("finalised block", decodeFinalised, encodeFinalised),
  consensus: format("consensus message", decodeConsensus, encodeConsensus),
  state: format("state", decodeState, encodeState),
  manifest: format(
    "manifest",
    (bytes) => decodeWith(manifestShape, bytes, ENTRY_MAX),
    (value: Manifest) => encodeWith(manifestShape, value),
  ),
} as const;

export interface Sample {
  readonly name: string;
  readonly format: Format | null;
  readonly bytes: Uint8Array;
}

const CHILD = actorOf(keyOf(2));
const CUTS = [{ stream: 2, seq: 7, id: fill(16, 0xc1) }];

export const HEADER: Header = {
  version: 1,
  suite: 1,
  kind: "direct",
  author: fill(16, 0xa1),
  stream: 2,
  seq: 5,
  previous: fill(16, 0xa2),
  clock: { ms: NOW, counter: 3 },
  ttlSeconds: 600,
  height: 9,
  rateMark: NOW + 2_000,
  owed: 70_000,
  audience: { type: "member", member: fill(16, 0xa3) },
  recipients: [
    { device: fill(16, 1), keyNumber: 0 },
    { device: fill(16, 2), keyNumber: 4 },
  ],
  joins: [],
  bodyHash: fill(32, 0xa4),
  bodyBytes: 3,
};

const JOIN = signed(FOUNDER, {
  type: "group-member-added",
  group: fill(16, 0xa6),
  member: fill(16, 0xa7),
});

const ENTRY: Entry = {
  header: encodeHeader(HEADER),
  signature: fill(64, 0xa5),
  body: Uint8Array.of(1, 2, 3),
  hops: 2,
};

/** The devices of the ledger that the samples are read by. */
export const NAMED = [{ id: fill(16, 0xd1) }, { id: fill(16, 0xd3) }];

export const REGISTER: Register = {
  version: 2,
  device: fill(16, 0xd1),
  clock: { ms: NOW, counter: 1 },
  height: 9,
  lasting: "persistent",
  heads: [{ stream: 0, seq: 12, id: fill(16, 0xd2) }],
  vector: [
    {
      author: fill(16, 0xd3),
      stream: 0,
      first: 3,
      had: [
        { from: 1, to: 7 },
        { from: 9, to: 12 },
      ],
    },
  ],
  exceptions: [
    { author: fill(16, 0xd3), stream: 0, seq: 9, what: "refused", height: 4 },
    { author: fill(16, 0xd3), stream: 0, seq: 10, what: "undecryptable", height: 0 },
  ],
};

export const BODIES: readonly TransactionBody[] = [
  FOUNDING_BODY,
  inviteBody(keyOf(3), "child", NOW + 600_000, CHILD.member),
  { type: "invite-revoked", invite: fill(16, 0xe1) },
  {
    type: "member-registered",
    request: requestOf(keyOf(3), CHILD, "child"),
    name: fill(32, 0xe2),
  },
  {
    type: "device-registered",
    request: requestOf(keyOf(3), CHILD, "child", CHILD.member),
    replaced: [{ device: fill(16, 0xe3), cuts: CUTS }],
  },
  { type: "device-revoked", device: fill(16, 0xe4), reason: "compromised", cuts: CUTS },
  {
    type: "replicas-changed",
    parent: fill(32, 0xe5),
    added: [{ device: fill(16, 0xe6), ready: fill(64, 0xe7) }],
    removed: [fill(16, 0xe8)],
  },
  {
    type: "recovery",
    epoch: 4,
    parent: fill(32, 0xee),
    replicas: [fill(16, 0xef), fill(16, 0xf5)],
    recoveryKey: keyOf(8),
  },
  {
    type: "evidence",
    device: fill(16, 0xe9),
    epoch: 1,
    height: 2,
    view: 3,
    phase: "commit",
    first: { blockHash: fill(32, 0xea), signature: fill(64, 0xeb) },
    second: { blockHash: fill(32, 0xec), signature: fill(64, 0xed) },
  },
  ...RULE_SAMPLES,
];

const PAYLOADS: readonly Payload[] = [
  {
    type: "text",
    text: "\ufeffHallo \u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
    replyTo: fill(16, 0xb1),
    parents: [fill(16, 0xb2), fill(16, 0xb3)],
  },
  { type: "secret", epoch: 3, secret: fill(32, 0xb4) },
  { type: "refill", keys: [{ message: fill(16, 0xb5), contentKey: fill(32, 0xb6) }] },
  { type: "presence", isTyping: 1 },
  { type: "edit", target: fill(16, 0xb7), text: "better" },
  { type: "delete", target: fill(16, 0xb8) },
  { type: "reaction", target: fill(16, 0xb9), emoji: "❤️" },
  { type: "receipt", upTo: { ms: NOW, counter: 2 } },
  {
    type: "place",
    place: { latitude: 1_415_073_509, longitude: 1_798_722_416, accuracy: 18 },
    until: NOW,
  },
];

const { verified, head } = foundFamily();
const VOTE = { epoch: 1, height: 2, view: 3, blockHash: fill(32, 0x91) };
const SIGNED_VOTE = { ...VOTE, replica: FOUNDER.device, signature: fill(64, 0x92) };
const CERTIFICATE = { view: 3, commits: [{ replica: FOUNDER.device, signature: fill(64, 0x93) }] };
const VIEW_CHANGE = {
  epoch: 1,
  height: 2,
  view: 5,
  prepared: {
    view: 3,
    blockHash: fill(32, 0x91),
    prepares: [{ replica: FOUNDER.device, signature: fill(64, 0x97) }],
  },
  replica: FOUNDER.device,
  signature: fill(64, 0x95),
};
const MESSAGES: readonly ConsensusMessage[] = [
  {
    type: "pre-prepare",
    view: 0,
    block: verified.block,
    signature: fill(64, 0x94),
    replica: FOUNDER.device,
  },
  { type: "prepare", ...SIGNED_VOTE },
  { type: "commit", ...SIGNED_VOTE },
  { type: "view-change", change: VIEW_CHANGE, block: verified.block },
  {
    type: "new-view",
    view: 5,
    block: verified.block,
    signature: fill(64, 0x96),
    replica: FOUNDER.device,
    viewChanges: [VIEW_CHANGE, { ...VIEW_CHANGE, prepared: null }],
  },
];

const STATE: LedgerState = {
  ...head.state,
  invites: [
    {
      id: fill(16, 0x81),
      key: keyOf(3),
      by: FOUNDER.device,
      role: "relative",
      member: null,
      expiresAt: NOW,
      isUsed: 1,
    },
  ],
  devices: head.state.devices.map((one) => ({
    ...one,
    revoked: { height: 4, reason: "retired" as const, cuts: CUTS, staysUntil: 7 },
    convictedAt: 3,
  })),
  members: head.state.members.map((one) => ({
    ...one,
    formerRoles: [{ role: "relative" as const, until: 2, time: 6, by: fill(16, 0x72) }],
    leftAt: 5,
  })),
  rules: ruleBookOf(1, (make) => [make(0)]),
};

const transactionOf = (body: TransactionBody): Uint8Array =>
  encodeTransaction({ ...FOUNDING.content, expiresHeight: 40, salt: fill(16, 0x71), body });

export const SAMPLES: readonly Sample[] = [
  { name: "header", format: FORMATS.header, bytes: encodeHeader(HEADER) },
  {
    name: "header to the family",
    format: FORMATS.header,
    bytes: encodeHeader({ ...HEADER, kind: "secret-share", audience: { type: "family" } }),
  },
  {
    name: "header to a group",
    format: FORMATS.header,
    bytes: encodeHeader({
      ...HEADER,
      kind: "group",
      audience: { type: "group", group: fill(16, 0xa6) },
    }),
  },
  {
    name: "header with a join",
    format: FORMATS.header,
    bytes: encodeHeader({
      ...HEADER,
      kind: "group",
      audience: { type: "group", group: fill(16, 0xa6) },
      joins: [joinOf(JOIN)],
    }),
  },
  {
    name: "body",
    format: FORMATS.body,
    bytes: encodeBody({
      wraps: [fill(80, 0x61), fill(80, 0x62)],
      commitment: fill(32, 0x63),
      nonce: fill(24, 0x64),
      ciphertext: fill(16, 0x65),
    }),
  },
  { name: "entry", format: FORMATS.entry, bytes: encodeWith(entryShape, ENTRY) },
  ...PAYLOADS.map((payload) => ({
    name: `payload ${payload.type}`,
    format: FORMATS.payload,
    bytes: encodePayload(payload),
  })),
  { name: "register", format: FORMATS.register, bytes: encodeRegister(REGISTER, NAMED) },
  {
    name: "signed register",
    format: FORMATS.signedRegister,
    bytes: encodeWith(signedRegisterShape, { bytes: fill(3, 1), signature: fill(64, 0xd4) }),
  },
  {
    name: "announced key",
    format: FORMATS.announcement,
    bytes: encodeAnnouncement(fill(16, 0xd5), 20_786, fill(32, 0xd6)),
  },
  ...BODIES.map((body) => ({
    name: `transaction ${body.type}`,
    format: FORMATS.transaction,
    bytes: transactionOf(body),
  })),
  {
    name: "signed transaction",
    format: FORMATS.signedTransaction,
    bytes: encodeSignedTransaction({
      bytes: fill(2, 0x11),
      signature: fill(64, 0x12),
      proofs: [fill(64, 0x13)],
    }),
  },
  {
    name: "join request",
    format: null,
    bytes: encodeJoinRequest(requestOf(keyOf(3), CHILD, "contact", CHILD.member)),
  },
  { name: "block", format: FORMATS.block, bytes: encodeBlock(verified.block) },
  {
    name: "finalised block",
    format: FORMATS.finalised,
    bytes: encodeFinalised({ block: verified.block, certificate: CERTIFICATE }),
  },
  { name: "vote body", format: null, bytes: encodeVote(VOTE) },
  { name: "objection body", format: null, bytes: encodeObjection(fill(32, 0x90)) },
  ...[null, { view: 3, blockHash: fill(32, 0x91) }].map((prepared) => ({
    name: `view-change body ${prepared === null ? "without" : "with"} a claim`,
    format: null,
    bytes: encodeViewChange({ epoch: 1, height: 2, view: 5, prepared }),
  })),
  ...MESSAGES.map((message) => ({
    name: `consensus ${message.type}`,
    format: FORMATS.consensus,
    bytes: encodeConsensus(message),
  })),
  { name: "state", format: FORMATS.state, bytes: encodeState(STATE) },
  {
    name: "manifest",
    format: FORMATS.manifest,
    bytes: encodeWith(manifestShape, {
      headers: [verified.block.header],
      parts: [fill(32, 0x98), fill(32, 0x99)],
    }),
  },
];
