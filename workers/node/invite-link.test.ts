import * as fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { familyIdOf, inviteIdOf, toHex } from "../core/codec/ids.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import {
  formatInviteLink,
  inviteKeysOf,
  isInviteServer,
  parseInviteLink,
  type InviteSecretLink,
} from "./invite-link.ts";

const crypto = createCryptoSuite();
const APP = "https://home.example/";
const INVITE: InviteSecretLink = {
  servers: ["wss://home.example/signal?token=x", "ws://192.168.1.4:4444"],
  secret: Uint8Array.from({ length: 16 }, (_, index) => index),
  family: familyIdOf(new Uint8Array(32).fill(3)),
  height: 41,
  head: new Uint8Array(32).fill(4),
  inviterKey: new Uint8Array(32).fill(5),
  expiresAt: 1_795_000_000_000,
};
const LINK = formatInviteLink(APP, INVITE);

afterEach(() => {
  vi.restoreAllMocks();
});

const anyInvite: fc.Arbitrary<InviteSecretLink> = fc.record({
  servers: fc.array(
    fc.constantFrom("wss://a.example", "ws://[::1]:4444/x", "wss://b.example/?t=1"),
    {
      maxLength: 4,
    },
  ),
  secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  family: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  height: fc.maxSafeNat(),
  head: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  inviterKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  expiresAt: fc.maxSafeNat(),
});

describe("invite link", () => {
  test("[IL1] what is formatted is parsed as it was", () => {
    expect(LINK).toMatch(/^https:\/\/home\.example\/#j1\.[A-Za-z0-9_-]+$/);
    fc.assert(
      fc.property(anyInvite, (invite) => {
        expect(parseInviteLink(formatInviteLink(APP, invite))).toEqual({ ok: true, invite });
      }),
    );
    expect(() => formatInviteLink(`${APP}#x`, INVITE)).toThrow();
    expect(() => formatInviteLink(APP, { ...INVITE, secret: new Uint8Array(15) })).toThrow();
  });

  test("[IL1] the largest invite still fits its bound", () => {
    const server = `wss://${"a".repeat(60)}.example/${"x".repeat(125)}`;
    expect(server).toHaveLength(200);
    const invite = { ...INVITE, servers: [server, server, server, server], height: 2 ** 53 - 1 };
    expect(parseInviteLink(formatInviteLink(APP, invite))).toEqual({ ok: true, invite });
  });

  test.each([
    ["white space", `\n\t ${LINK} \r\n`],
    ["angle brackets", `<${LINK}>`],
    ["a message", `Hello Mia!\nCome in: ${LINK}\nSee you at #j0 o'clock, mum`],
    ["quotes and a full stop", `Open "${LINK}".`],
    ["the fragment alone", LINK.slice(LINK.indexOf("#"))],
  ])("[IL2] is found in %s", (_name, text) => {
    expect(parseInviteLink(text)).toEqual({ ok: true, invite: INVITE });
  });

  test("[IL3] any text gets a verdict", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.constantFrom("#j1.", "#j", "#", ".", LINK, LINK.slice(20), "=", "%23"),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => `#j1.${encodeBase64Url(bytes)}`),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const parsed = parseInviteLink(parts.join(""));
        if (parsed.ok) expect(parsed.invite).toEqual(INVITE);
      }),
      { numRuns: 1_000 },
    );
  });

  test("[IL3] bounds the text and the fragment", () => {
    expect(parseInviteLink(LINK.padStart(16 * 1024, " ")).ok).toBe(true);
    const long = { ok: false, reason: "too-long" };
    expect(parseInviteLink(LINK.padStart(16 * 1024 + 1, " "))).toEqual(long);
    expect(parseInviteLink("x".repeat(5_000_000))).toEqual(long);
    expect(parseInviteLink(`#j1.${"A".repeat(2_049)}`)).toEqual(long);
  });

  test("[IL4] every cut and every addition is refused, each with its reason", () => {
    for (let end = LINK.indexOf("#j1.") + 4; end < LINK.length; end += 1) {
      expect(parseInviteLink(LINK.slice(0, end))).toEqual({ ok: false, reason: "malformed" });
    }
    expect(parseInviteLink(`${LINK}A`)).toEqual({ ok: false, reason: "malformed" });
    expect(parseInviteLink(`${LINK}AAAA`)).toEqual({ ok: false, reason: "malformed" });
    expect(parseInviteLink(LINK.replace("#j1.", "#j2."))).toEqual({
      ok: false,
      reason: "newer-format",
    });
    for (const text of ["", APP, "#j1", LINK.replace("#", "%23"), "#J1.AAAA"]) {
      expect(parseInviteLink(text)).toEqual({ ok: false, reason: "no-link" });
    }
  });

  test("[IL5] takes up to four plain socket addresses, both ways", () => {
    const bad = [
      "http://a.example",
      "https://a.example",
      "javascript:alert(1)",
      "wss://",
      "wss://user:word@a.example",
      "wss://user@a.example",
      "wss://a.example/#x",
      "a.example",
      "",
      `wss://a.example/${"x".repeat(200)}`,
      "wss://a.example/\ud800",
    ];
    for (const url of bad) {
      expect(isInviteServer(url)).toBe(false);
      expect(() => formatInviteLink(APP, { ...INVITE, servers: [url] })).toThrow();
    }
    for (const servers of [[], ["ws://a"], ["wss://a", "wss://b", "ws://c", "ws://d"]]) {
      expect(parseInviteLink(formatInviteLink(APP, { ...INVITE, servers })).ok).toBe(true);
    }
    const five = ["ws://a", "ws://b", "ws://c", "ws://d", "ws://e"];
    expect(() => formatInviteLink(APP, { ...INVITE, servers: five })).toThrow();
  });

  test("[IL5] refuses another address that arrives in a link", () => {
    const wire = decodeBase64Url(LINK.slice(LINK.indexOf("#j1.") + 4))!;
    const text = String.fromCharCode(...wire);
    const changed = text.replace("wss://home", "xss://home");
    expect(changed).not.toBe(text);
    const bytes = Uint8Array.from(changed, (character) => character.charCodeAt(0));
    expect(parseInviteLink(`${APP}#j1.${encodeBase64Url(bytes)}`)).toEqual({
      ok: false,
      reason: "malformed",
    });
  });

  test("[IL6] both sides derive the same keys, and nobody else does", async () => {
    const [mine, theirs] = await Promise.all([
      inviteKeysOf(crypto, INVITE.family, INVITE.secret),
      inviteKeysOf(crypto, INVITE.family, INVITE.secret.slice()),
    ]);
    expect(mine.signer.publicKey).toEqual(theirs.signer.publicKey);
    expect([mine.topic, mine.key, mine.id]).toEqual([theirs.topic, theirs.key, theirs.id]);
    expect(mine.topic).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(mine.id).toEqual(inviteIdOf(INVITE.family, mine.signer.publicKey));
    const others = await Promise.all([
      inviteKeysOf(crypto, INVITE.family, INVITE.secret.toReversed()),
      inviteKeysOf(crypto, familyIdOf(new Uint8Array(32)), INVITE.secret),
    ]);
    for (const other of others) {
      expect(other.topic).not.toBe(mine.topic);
      expect(other.key).not.toEqual(mine.key);
      expect(other.id).not.toEqual(mine.id);
    }
    expect(toHex(mine.key)).not.toContain(toHex(INVITE.secret));
    expect(mine.key).not.toEqual(mine.signer.publicKey);
    await expect(inviteKeysOf(crypto, INVITE.family, new Uint8Array(15))).rejects.toThrow();
  });

  test("[IL7] writes nothing to the console", async () => {
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((method) =>
      vi.spyOn(console, method),
    );
    parseInviteLink(LINK);
    parseInviteLink(LINK.slice(0, -3));
    await inviteKeysOf(crypto, INVITE.family, INVITE.secret);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});
