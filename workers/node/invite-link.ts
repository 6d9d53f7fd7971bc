/**
 * The invite link: what a newcomer must know to find the inviter's device and to recognise it, in the
 * fragment of the app's address, which no server sees. Whoever holds the link holds the secret, so
 * nothing here logs or keeps it. Parsing is total and finds the link in a pasted message.
 * Form: `<app>#j1.<base64url of canonical CBOR>`. SPEC IL1 to IL7. Source: DESIGN §7.
 */
import {
  blockHash,
  familyId,
  inviteIdOf,
  signingKey,
  type BlockHash,
  type FamilyId,
  type InviteId,
  type SigningKey,
} from "../core/codec/ids.ts";
import {
  bytes,
  decodeWith,
  encodeWith,
  list,
  refine,
  struct,
  text,
  uint,
  utf8Length,
} from "../core/codec/shape.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import {
  INVITE_FRAGMENT_LENGTH_MAX,
  INVITE_SERVERS_MAX,
  INVITE_SERVER_BYTES_MAX,
  INVITE_TEXT_LENGTH_MAX,
} from "./link-limits.ts";

export interface InviteSecretLink {
  /** Signalling servers of the inviter, ws: or wss:, at most 4 of at most 200 bytes. */
  readonly servers: readonly string[];
  /** 16 random bytes. */
  readonly secret: Uint8Array;
  readonly family: FamilyId;
  /** Height and hash of the inviter's ledger head: the newcomer's pin. */
  readonly height: number;
  readonly head: BlockHash;
  /** The one device that the newcomer talks to. */
  readonly inviterKey: SigningKey;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type ParsedInvite =
  | { readonly ok: true; readonly invite: InviteSecretLink }
  | { readonly ok: false; readonly reason: "too-long" | "no-link" | "newer-format" | "malformed" };

/** What both sides derive from the secret. */
export interface InviteKeys {
  /** Proves to inviter and ledger that the newcomer held the link. */
  readonly signer: Signer;
  readonly id: InviteId;
  /** Where the two meet, 22 characters of base64url. */
  readonly topic: string;
  /** Seals their signalling, 32 bytes. */
  readonly key: Uint8Array;
}

/** Whether an address can stand in an invite. */
export function isInviteServer(url: string): boolean {
  if (!url.isWellFormed() || utf8Length(url) > INVITE_SERVER_BYTES_MAX) return false;
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, hash } = new URL(url);
  const isSocket = protocol === "ws:" || protocol === "wss:";
  return isSocket && username === "" && password === "" && hash === "";
}

/** `appUrl` without a fragment. Throws where the invite is outside its bounds: a broken invariant. */
export function formatInviteLink(appUrl: string, invite: InviteSecretLink): string {
  if (appUrl.includes("#")) throw new Error("the app's address has a fragment");
  return `${appUrl}${MARK}${encodeBase64Url(encodeWith(inviteShape, invite))}`;
}

/** Finds the first invite in a text that a person pasted. */
export function parseInviteLink(pasted: string): ParsedInvite {
  if (pasted.length > INVITE_TEXT_LENGTH_MAX) return { ok: false, reason: "too-long" };
  const found = /#j(\d{1,4})\.([A-Za-z0-9_-]*)/.exec(pasted);
  const [, format, encoded] = found ?? [];
  if (format === undefined || encoded === undefined) return { ok: false, reason: "no-link" };
  if (format !== "1") return { ok: false, reason: "newer-format" };
  if (encoded.length > INVITE_FRAGMENT_LENGTH_MAX) return { ok: false, reason: "too-long" };
  const wire = decodeBase64Url(encoded);
  if (wire === null) return { ok: false, reason: "malformed" };
  const decoded = decodeWith(inviteShape, wire, INVITE_FRAGMENT_LENGTH_MAX);
  return decoded.ok ? { ok: true, invite: decoded.value } : { ok: false, reason: "malformed" };
}

/** Everything that follows from the 16 bytes of the secret. */
export async function inviteKeysOf(
  crypto: CryptoSuite,
  family: FamilyId,
  secret: Uint8Array,
): Promise<InviteKeys> {
  if (secret.length !== SECRET_BYTES) throw new RangeError("invite secret: not 16 bytes");
  const derive = (label: string): Uint8Array =>
    crypto.deriveKey(secret, label, family, new Uint8Array(0));
  const signer = await crypto.createSigner(derive("invite-signer"));
  return {
    signer,
    id: inviteIdOf(family, signer.publicKey),
    topic: encodeBase64Url(derive("invite-topic").subarray(0, TOPIC_BYTES)),
    key: derive("invite-key"),
  };
}

const MARK = "#j1.";
const SECRET_BYTES = 16;
const TOPIC_BYTES = 16;

const serverUrl = refine<string, string>(
  text(INVITE_SERVER_BYTES_MAX, 1),
  (url) => (isInviteServer(url) ? url : null),
  (url) => {
    if (!isInviteServer(url)) throw new Error("not an address for an invite");
    return url;
  },
);

const inviteShape = struct({
  servers: list(serverUrl, INVITE_SERVERS_MAX),
  secret: bytes(SECRET_BYTES),
  family: familyId,
  height: uint(),
  head: blockHash,
  inviterKey: signingKey,
  expiresAt: uint(),
});
