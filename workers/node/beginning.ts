/**
 * How a browser comes to a family, and leaves the way to one: founded, founded again from its words,
 * or joined. Each begins in an empty browser and in one commit, and can be given up. What a running
 * family does is not here. SPEC FO5, JN12 to JN14, ND8, ND9. Source: DESIGN §7; ADR 3.
 */
import type { NodeSnapshot, Result } from "../api.ts";
import type { Environment } from "./environment.ts";
import { prepareFounding } from "./founding.ts";
import { inviteKeysOf, isInviteServer, parseInviteLink } from "./invite-link.ts";
import { joinWrite } from "./joining.ts";
import { INVITE_SERVERS_MAX } from "./link-limits.ts";
import { cleanName } from "./names.ts";
import { FORGET_ALL, openIdentity, profileWrite, type Identity, type Profile } from "./profile.ts";
import { done, failed } from "./result.ts";
import type { Running } from "./running.ts";
import { readTyped, wordsFor } from "./words.ts";

export interface Names {
  readonly familyName: string;
  readonly myName: string;
}

export interface Beginning {
  readonly startFamily: (request: Names) => Promise<Result<null>>;
  readonly recoveryWords: () => Promise<Result<readonly string[]>>;
  readonly confirmWords: (
    words: readonly { readonly position: number; readonly word: string }[],
  ) => Promise<Result<null>>;
  readonly restoreFamily: (request: Names & { readonly words: string }) => Promise<Result<null>>;
  readonly askToJoin: (request: {
    readonly link: string;
    readonly name: string;
  }) => Promise<Result<null>>;
  /** Ends my joining; when it is cancelled the browser is empty again. */
  readonly endJoining: (why: "differ" | "cancelled") => Promise<Result<null>>;
}

/** What a beginning needs of the node. */
export interface BeginningPorts {
  /** Signalling servers of the host's configuration. */
  readonly servers: readonly string[];
  readonly fence: () => number;
  readonly phase: () => NodeSnapshot["phase"];
  readonly running: () => Running | null;
  /** Opens the family of an identity that is on the disk. */
  readonly open: (identity: Identity) => Promise<void>;
  /** Leaves it: nothing runs any more. */
  readonly close: () => void;
  readonly changed: () => void;
}

/** Milliseconds past a link's end in which it is still tried: this clock may be fast. */
const JOIN_CLOCK_SLACK_MS = 24 * 3_600_000;

export function createBeginning(env: Environment, ports: BeginningPorts): Beginning {
  return { startFamily, recoveryWords, confirmWords, restoreFamily, askToJoin, endJoining };

  async function startFamily(request: Names): Promise<Result<null>> {
    return foundWith(request, { entropy: env.crypto.randomBytes(32), epoch: 0, keepWords: true });
  }

  async function restoreFamily(request: Names & { readonly words: string }): Promise<Result<null>> {
    const typed = await readTyped(request.words);
    if (!typed.ok) return failed("bad-words", typed.detail);
    const epoch = Math.floor(env.now() / 1000);
    return foundWith(request, { entropy: typed.entropy, epoch, keepWords: false });
  }

  async function foundWith(
    request: Names,
    root: { readonly entropy: Uint8Array; readonly epoch: number; readonly keepWords: boolean },
  ): Promise<Result<null>> {
    if (ports.phase() !== "empty") return failed("already-member");
    const familyName = cleanName(request.familyName);
    const myName = cleanName(request.myName);
    if (familyName === null || myName === null) return failed("bad-name");
    const { recoverySeed } = await wordsFor(root.entropy);
    const founding = await prepareFounding(env, {
      ...root,
      recoverySeed,
      familyName,
      myName,
      servers: ports.servers.filter((url) => isInviteServer(url)).slice(0, INVITE_SERVERS_MAX),
    });
    const { identity, verified, head, blobs } = founding;
    await env.store.commit([...FORGET_ALL, await profileWrite(env, identity.profile)], {
      durability: "strict",
      fence: ports.fence(),
    });
    await ports.open(identity);
    await ports.running()?.family.ledger.found(verified, head, blobs);
    ports.changed();
    return done(null);
  }

  async function recoveryWords(): Promise<Result<readonly string[]>> {
    const entropy = ports.running()?.family.identity.profile.words ?? null;
    if (entropy === null) return failed("wrong-step");
    return done((await wordsFor(entropy)).words);
  }

  async function confirmWords(
    typed: readonly { readonly position: number; readonly word: string }[],
  ): Promise<Result<null>> {
    const running = ports.running();
    const entropy = running?.family.identity.profile.words ?? null;
    if (running === null || entropy === null) return failed("wrong-step");
    const { words } = await wordsFor(entropy);
    const positions = new Set(typed.map((one) => one.position));
    const areRight = typed.every(
      (one) => words[one.position - 1] === one.word.trim().toLowerCase(),
    );
    if (positions.size < 3 || !areRight) return failed("word-mismatch");
    const { family } = running;
    const profile: Profile = { ...family.identity.profile, words: null };
    await env.store.commit([await profileWrite(env, profile)], {
      durability: "strict",
      fence: ports.fence(),
    });
    family.identity = { ...family.identity, profile };
    ports.changed();
    return done(null);
  }

  async function askToJoin(request: {
    readonly link: string;
    readonly name: string;
  }): Promise<Result<null>> {
    if (ports.phase() !== "empty") return failed("already-member");
    const parsed = parseInviteLink(request.link);
    if (!parsed.ok) return failed("bad-link", parsed.reason);
    const name = cleanName(request.name);
    if (name === null) return failed("bad-name");
    const { invite } = parsed;
    if (env.now() > invite.expiresAt + JOIN_CLOCK_SLACK_MS) return failed("link-expired");
    const { crypto } = env;
    const keys = await inviteKeysOf(crypto, invite.family, invite.secret);
    const profile: Profile = {
      family: invite.family,
      deviceSeed: crypto.randomBytes(32),
      encryptionKeys: [{ number: 0, privateKey: crypto.randomBytes(32) }],
      pin: { height: invite.height, hash: invite.head },
      words: null,
      secrets: [],
      servers: invite.servers,
      isMember: 0,
    };
    const record = {
      secret: invite.secret,
      inviterKey: invite.inviterKey,
      inviteKey: keys.signer.publicKey,
      expiresAt: invite.expiresAt,
      myName: name,
      nameSalt: crypto.randomBytes(16),
      nonce: crypto.randomBytes(32),
      answer: null,
      step: "connecting" as const,
      why: "none" as const,
      waitsFor: [],
    };
    await env.store.commit(
      [...FORGET_ALL, await profileWrite(env, profile), await joinWrite(env, record)],
      { durability: "strict", fence: ports.fence() },
    );
    await ports.open(await openIdentity(env, profile));
    return done(null);
  }

  /** Ends my joining; the browser is empty again, so that another link can be opened. */
  async function endJoining(why: "differ" | "cancelled"): Promise<Result<null>> {
    const running = ports.running();
    if (running === null) return failed("wrong-step");
    if (running.family.identity.profile.isMember === 1) return failed("already-member");
    const joining = running.joining();
    if (joining === null && why === "differ") return failed("wrong-step");
    if (joining !== null && joining.view().step !== "failed") await joining.refuse(why);
    if (why === "cancelled") {
      await env.store.commit(FORGET_ALL, { durability: "strict", fence: ports.fence() });
      ports.close();
    }
    ports.changed();
    return done(null);
  }
}
