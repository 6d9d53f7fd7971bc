/**
 * What this engine says of every edge case, one line each. The lines are the same bytes in every
 * engine, or a family splits: signatures decide which blocks are valid, wraps which messages open.
 * What WebCrypto alone says stands apart, because engines may differ in it. SPEC CR29, CR30.
 */
import { Aes128Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { copyOf } from "../derive.ts";
import {
  createKeyPairs,
  isAdmissibleSigningKey,
  isFitForFastPath,
  verifyByNoble,
  verifyByWebCrypto,
  verifySignature,
} from "../signatures.ts";
import { createWraps, type Wraps } from "../wraps.ts";
import { isAdmissibleEncryptionKey, loadX25519, type X25519 } from "../x25519.ts";
import { listKeyCases, listSignatureCases } from "./edge-signatures.ts";
import { RFC_8032, RFC_9180_A1 } from "./published.ts";

/** What `digest` is in every engine: changes only with the rules or with the cases. */
export const VERDICTS_SHA256 = "492e3707b6944fbe4dc8e8cc5dba54bbcfd1fdead7f9f659fcd4306b03d25578";

export interface Verdicts {
  /** SHA-256 of all lines joined by line feeds, hex. */
  readonly digest: string;
  /** By the project's rules; the same everywhere. */
  readonly lines: readonly string[];
  /** What WebCrypto, where it is asked, accepts although ZIP-215 does not: empty, or rule V is unsound. */
  readonly unsound: readonly string[];
  /** What WebCrypto refuses, or is not asked, although ZIP-215 accepts it: this engine's own taste. */
  readonly strict: readonly string[];
  /** Made by this engine's signer for RFC 8032's keys and messages, hex; others verify them. */
  readonly signatures: readonly string[];
}

export async function judgeAll(): Promise<Verdicts> {
  const curve = await loadX25519();
  const signed = await judgeSignatures();
  const lines = [
    ...signed.lines,
    ...judgeKeys(),
    ...(await judgeHpke(curve)),
    ...(await judgeWraps(createWraps(() => Promise.resolve(curve)))),
    ...(await judgeZeros(curve)),
  ];
  const pairOf = createKeyPairs();
  const signatures: string[] = [];
  for (const { seed, message } of RFC_8032) {
    const pair = await pairOf(hexToBytes(seed));
    signatures.push(bytesToHex(await pair.sign(hexToBytes(message))));
  }
  const digest = bytesToHex(sha256(utf8ToBytes(lines.join("\n"))));
  return { ...signed, digest, lines, signatures };
}

async function judgeSignatures(): Promise<Omit<Verdicts, "digest" | "signatures">> {
  const lines: string[] = [];
  const unsound: string[] = [];
  const strict: string[] = [];
  const published = RFC_8032.map(({ key, message, signature }, index) => ({
    name: `RFC 8032 test ${index + 1}`,
    key: hexToBytes(key),
    message: hexToBytes(message),
    signature: hexToBytes(signature),
  }));
  for (const { name, key, message, signature } of [...published, ...listSignatureCases()]) {
    const isValid = await verifySignature(key, message, signature);
    const fast =
      isFitForFastPath(key, signature) &&
      (await verifyByWebCrypto(key, message, signature).catch(() => false));
    if (fast && !(await verifyByNoble(key, message, signature))) unsound.push(name);
    if (isValid && !fast) strict.push(name);
    const admitted = isAdmissibleSigningKey(key) ? "admitted" : "not admitted";
    lines.push(`signature, ${name}: ${isValid ? "valid" : "invalid"}, key ${admitted}`);
  }
  return { lines, unsound, strict };
}

function judgeKeys(): readonly string[] {
  return listKeyCases().map(({ name, key }) => {
    const signing = isAdmissibleSigningKey(key) ? "admitted" : "not admitted";
    const encryption = isAdmissibleEncryptionKey(key) ? "admitted" : "not admitted";
    return `key, ${name}: signing ${signing}, encryption ${encryption}`;
  });
}

async function judgeHpke({ kem, publicKeyOf }: X25519): Promise<readonly string[]> {
  const vector = RFC_9180_A1;
  const bytes = (hex: string) => copyOf(hexToBytes(hex));
  const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() });
  const sender = await suite.createSenderContext({
    recipientPublicKey: await kem.deserializePublicKey(bytes(vector.pkR)),
    info: bytes(vector.info),
    ekm: bytes(vector.ikmE),
  });
  const sealed = await sender.seal(bytes(vector.pt), bytes(vector.aad));
  const recipient = await suite.createRecipientContext({
    recipientKey: await kem.deserializePrivateKey(bytes(vector.skR)),
    enc: bytes(vector.enc),
    info: bytes(vector.info),
  });
  const opened = await recipient.open(bytes(vector.ct), bytes(vector.aad));
  return [
    `RFC 9180 A.1.1: public key ${bytesToHex(await publicKeyOf(hexToBytes(vector.skR)))}`,
    `RFC 9180 A.1.1: enc ${bytesToHex(new Uint8Array(sender.enc))}`,
    `RFC 9180 A.1.1: ct ${bytesToHex(new Uint8Array(sealed))}`,
    `RFC 9180 A.1.1: pt ${bytesToHex(new Uint8Array(opened))}`,
  ];
}

/** Keys whose first byte is zero, one in 256 of all that are drawn: seed, private key, ephemeral. */
async function judgeZeros(curve: X25519): Promise<readonly string[]> {
  const secret = Uint8Array.of(0, ...new Uint8Array(31).fill(1));
  const pair = await createKeyPairs()(secret);
  const message = utf8ToBytes("zero");
  const isValid = await verifySignature(pair.publicKey, message, await pair.sign(message));
  const publicKey = await curve.publicKeyOf(secret);
  const wraps = createWraps(() => Promise.resolve(curve));
  // The ephemeral that is derived from this content key for this device begins with zero.
  const contentKey = new Uint8Array(32).fill(73);
  const target = { ...TARGET, keyNumber: 3, key: publicKey };
  const wrapped = await wraps.wrapContentKey(FAMILY, contentKey, target, BODY_HASH);
  const opened = await wraps.unwrapContentKey(FAMILY, secret, wrapped, BODY_HASH);
  return [
    `seed that begins with zero: ${bytesToHex(pair.publicKey)}, signs ${isValid ? "valid" : "invalid"}`,
    `private key that begins with zero: ${bytesToHex(publicKey)}`,
    `ephemeral that begins with zero: ${bytesToHex(wrapped)}`,
    `opened with a key that begins with zero: ${opened === null ? "refused" : bytesToHex(opened)}`,
  ];
}

const FAMILY = new Uint8Array(32).fill(0xfa);
const CONTENT_KEY = new Uint8Array(32).fill(0xc0);
const BODY_HASH = new Uint8Array(32).fill(0xb0);
const PRIVATE = hexToBytes(RFC_9180_A1.skR);
const TARGET = {
  device: new Uint8Array(16).fill(0xd1),
  keyNumber: 258,
  key: hexToBytes(RFC_9180_A1.pkR),
};

async function judgeWraps(wraps: Wraps): Promise<readonly string[]> {
  const wrapped = await wraps.wrapContentKey(FAMILY, CONTENT_KEY, TARGET, BODY_HASH);
  const info = utf8ToBytes("refill");
  const secret = await wraps.wrapKey(FAMILY, TARGET.key, CONTENT_KEY, info, BODY_HASH);
  const lines = [`wrap: ${bytesToHex(wrapped)}`, `wrapped secret: ${bytesToHex(secret)}`];
  for (const [name, bytes] of malform(wrapped)) {
    lines.push(`wrap, ${name}: ${await openQuietly(wraps, bytes)}`);
  }
  for (const [name, key] of badPoints()) {
    const made = await wraps
      .wrapContentKey(FAMILY, CONTENT_KEY, { ...TARGET, key }, BODY_HASH)
      .then(bytesToHex, (error: unknown) => `refused, ${(error as Error).name}`);
    lines.push(`wrap for ${name}: ${made}`);
  }
  const crossed = await wraps.unwrapKey(FAMILY, PRIVATE, wrapped, info);
  const own = await wraps.unwrapKey(FAMILY, PRIVATE, secret, info);
  lines.push(`a wrap as a wrapped secret: ${crossed === null ? "refused" : "opened"}`);
  lines.push(`a wrapped secret: ${own === null ? "refused" : bytesToHex(own)}`);
  return lines;
}

/** Opened, refused or (which must not be) thrown. */
function openQuietly(wraps: Wraps, bytes: Uint8Array): Promise<string> {
  return wraps.unwrapContentKey(FAMILY, PRIVATE, bytes, BODY_HASH).then(
    (key) => (key === null ? "refused" : `opened ${bytesToHex(key)}`),
    (error: unknown) => `thrown, ${(error as Error).name}`,
  );
}

/** The wrap itself, cut, lengthened, with every third bit changed, and with an ephemeral that is none. */
function* malform(wrapped: Uint8Array): Generator<readonly [string, Uint8Array]> {
  yield ["as made", wrapped];
  for (let length = 0; length < wrapped.length; length += 1) {
    yield [`${length} bytes`, wrapped.slice(0, length)];
  }
  for (const more of [1, 16, 80]) {
    const longer = new Uint8Array(wrapped.length + more);
    longer.set(wrapped);
    yield [`${more} bytes more`, longer];
  }
  for (let bit = 0; bit < wrapped.length * 8; bit += 3) {
    const changed = wrapped.slice();
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield [`bit ${bit} flipped`, changed];
  }
  for (const [name, point] of badPoints()) {
    const changed = wrapped.slice();
    changed.set(point);
    yield [`enc is ${name}`, changed];
  }
}

const P = 2n ** 255n - 19n;
/** u of the points of order 8; those of order 1, 2 and 4 are 0, p - 1 and 1. RFC 7748 §6.1. */
const ORDER_8 = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];

/** Encodings that X25519 maps to zero, and those that are not canonical. */
function* badPoints(): Generator<readonly [string, Uint8Array]> {
  const low = [0n, 1n, P - 1n, ...ORDER_8, P, P + 1n];
  for (const [index, u] of low.entries()) {
    yield [`low order ${index}`, encode(u)];
    yield [`low order ${index} with the high bit`, encode(u + 2n ** 255n)];
  }
  for (let above = 2n; above < 19n; above += 1n) yield [`u = p + ${above}`, encode(P + above)];
  const high = TARGET.key.slice();
  high[31] = (high[31] ?? 0) | 0x80;
  yield ["a key with the high bit", high];
}

function encode(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}
