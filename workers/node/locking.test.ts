/** A locked profile of a real family: what it refuses, what opens it, what asks for its PIN. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NodeSnapshot, Result } from "../api.ts";
import { openVault, type Vault } from "../crypto/vault.ts";
import { prefixRange, TABLES } from "../storage/store.ts";
import { LOCK_KEY } from "./profile.ts";
import { value, type DeviceOptions, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

const PIN = "493817";
const MINUTE_MS = 60_000;

let house: Household;
let others = 0;
beforeEach(() => {
  house = createHousehold();
  others = 0;
});
afterEach(async () => house.stop());

async function realVault(): Promise<Vault> {
  let kept: CryptoKey | null = null;
  return openVault(
    async () => kept,
    async (key) => {
      kept = key;
    },
  );
}

/** A founder whose browser counts `others` other profiles. */
async function found(options: DeviceOptions = {}): Promise<TestDevice> {
  const mum = await house.add("Mum", { countOthers: () => others, ...options });
  await value(mum.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
  const words = await value(mum.node().recoveryWords());
  const confirmed = [1, 5, 9].map((position) => ({ position, word: words[position - 1] ?? "" }));
  await value(mum.node().confirmWords(confirmed));
  return mum;
}

function calls(device: TestDevice): readonly Promise<Result<unknown>>[] {
  const node = device.node();
  const id = "00".repeat(16);
  const names = { familyName: "The Thieves", myName: "Tom" };
  return [
    node.startFamily(names),
    node.restoreFamily({ ...names, words: "abandon ".repeat(23) + "art" }),
    node.recoveryWords(),
    node.confirmWords([]),
    node.createInvite({ role: "child", lifetime: "qr" }),
    node.createInvite({ role: "child", lifetime: "qr" }, PIN),
    node.revokeInvite(id, PIN),
    node.compareCode(id, true),
    node.approveJoin(id, PIN),
    node.dismissInvite(id),
    node.askToJoin({ link: "x", name: "Tom" }),
    node.rejectCode(),
    node.cancelJoin(),
    node.sendMessage(id, "x"),
    node.listMessages(id, { limit: 1 }),
    node.listHistory({ before: null, limit: 1, isAboutMe: false }),
    node.markRead(id),
    node.sharePlace({ conversation: id, minutes: 15 }, { latitude: 0, longitude: 0, accuracy: 1 }),
    node.notePlace({ latitude: 0, longitude: 0, accuracy: 1 }),
    node.stopPlace(),
    node.answerRefill(id, true),
    node.setHelping(true),
    node.takeOut(id, PIN),
    node.lockNow(),
    node.setLockIdle(1),
  ];
}

function shown(device: TestDevice): NodeSnapshot {
  const last = device.events.findLast((event) => event.type === "snapshot");
  if (last?.type !== "snapshot") throw new Error("nothing was shown");
  return last.snapshot;
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? "ok" : result.code;
}

const INVITE = { role: "child", lifetime: "qr" } as const;

test("[LC9] after a restart a locked profile is locked: nothing runs, every call is refused, no name is told", async () => {
  const mum = await found();
  await value(mum.node().setLock({ next: PIN }));
  expect((await value(mum.restart())).phase).toBe("locked");
  expect(mum.node().running()).toBeNull();
  for (const result of await Promise.all(calls(mum))) expect(codeOf(result)).toBe("locked");
  const before = mum.store().snapshot();
  expect(codeOf(await mum.node().setLock({ pin: PIN, next: null }))).toBe("locked");
  expect(mum.store().snapshot()).toEqual(before);
  const words = JSON.stringify(await mum.snapshot());
  expect(words).not.toContain("Mum");
  expect(words).not.toContain("Okafors");
  await house.advance(10_000);
  expect((await mum.snapshot()).phase).toBe("locked");
});

test("[LC10] its PIN opens it, and the family goes on where it was", async () => {
  const mum = await found();
  const dad = await house.join(mum, "Dad", "parent");
  const mumId = memberNamed(await dad.snapshot(), "Mum");
  const dadId = memberNamed(await mum.snapshot(), "Dad");
  await value(mum.node().sendMessage(dadId, "before"));
  await value(mum.node().setLock({ next: PIN }));
  await value(mum.node().lockNow());
  await house.settle();
  expect(dad.running().sessions()).toHaveLength(0);
  await value(dad.node().sendMessage(mumId, "while you were locked"));
  expect(codeOf(await mum.node().unlock("000001"))).toBe("lock-wrong");
  expect(shown(mum).phase).toBe("locked");
  await value(mum.node().unlock(PIN));
  expect(shown(mum).phase).toBe("member");
  await house.meet(mum, dad);
  await house.until("it came", async () => (await textsOf(mum, dadId)).length === 2);
  expect(await textsOf(mum, dadId)).toEqual(["before", "while you were locked"]);
  await value(mum.node().sendMessage(dadId, "after"));
  await house.until("it went", async () => (await textsOf(dad, mumId)).includes("after"));
});

test("[LC8] with a real key store no row of a whole family opens without the PIN", async () => {
  const vault = await realVault();
  const mum = await found({ vault });
  const { invite } = await house.invite(mum, "child");
  const bare = async (): Promise<string[]> => {
    const rows: string[] = [];
    for (const table of TABLES) {
      for (const { key, value: stored } of await mum.store().list(table, prefixRange([]))) {
        const isBytes = stored instanceof Uint8Array;
        if (isBytes && (await vault.unwrap(stored)) !== null) rows.push([table, ...key].join(" "));
      }
    }
    return rows;
  };
  expect(await bare()).toEqual(["meta profile", `invites ${invite}`]);
  await value(mum.node().setLock({ next: PIN }));
  expect(await bare()).toEqual([]);
  await value(mum.node().createInvite(INVITE, PIN));
  expect(await bare()).toEqual([]);
  await mum.restart();
  await value(mum.node().unlock(PIN));
  expect((await mum.snapshot()).invites).toHaveLength(2);
  await value(mum.node().setLock({ pin: PIN, next: null }));
  expect(await bare()).toHaveLength(3);
  expect((await value(mum.restart())).phase).toBe("member");
});

test("[LC11] it locks by hand, and by itself after the time without use, by either clock", async () => {
  const mum = await found();
  expect(codeOf(await mum.node().lockNow())).toBe("wrong-step");
  await value(mum.node().setLock({ next: PIN }));
  await value(mum.node().lockNow());
  expect(shown(mum).phase).toBe("locked");
  await value(mum.node().unlock(PIN));
  await value(mum.node().setLockIdle(5));

  await house.advance(4 * MINUTE_MS);
  await value(mum.node().noteUse());
  await house.advance(4 * MINUTE_MS);
  expect(shown(mum).phase).toBe("member");
  await house.advance(MINUTE_MS + 2_000);
  expect(shown(mum).phase).toBe("locked");

  await value(mum.node().unlock(PIN));
  mum.jump(5 * MINUTE_MS);
  mum.node().meshEvent({ type: "resumed" });
  await house.settle();
  expect((await mum.snapshot()).phase).toBe("locked");

  await value(mum.node().unlock(PIN));
  mum.jump(-24 * 60 * MINUTE_MS);
  await house.advance(5 * MINUTE_MS + 2_000);
  expect((await mum.snapshot()).phase).toBe("locked");
});

test("[LC11] where it never locks by itself it does not; no other time can be chosen", async () => {
  const mum = await found();
  await value(mum.node().setLock({ next: PIN }));
  expect((await mum.snapshot()).lock.idleMinutes).toBe(15);
  for (const odd of [-1, 7, Number.NaN, "5", null] as number[]) {
    expect(codeOf(await mum.node().setLockIdle(odd))).toBe("wrong-step");
  }
  await value(mum.node().setLockIdle(0));
  await house.advance(3 * 60 * MINUTE_MS);
  expect((await mum.snapshot()).phase).toBe("member");
  await mum.restart();
  expect((await mum.snapshot()).phase).toBe("locked");
});

test("[LC12] a parent beside another profile has to set a lock; a child and a parent alone do not", async () => {
  const mum = await found();
  const mia = await house.add("Mia", { countOthers: () => others });
  const joining = await house.compare(mum, mia, "child");
  await value(mum.node().compareCode(joining.invite, true));
  await value(mum.node().approveJoin(joining.invite));
  await house.until("Mia is in", async () => (await mia.snapshot()).phase === "member");
  expect((await mum.snapshot()).lock).toMatchObject({ isNeeded: false, others: 0 });
  const { invite } = await house.invite(mum, "relative");
  others = 1;
  mum.node().profilesChanged();
  mia.node().profilesChanged();
  await house.settle();
  expect(shown(mum).lock).toMatchObject({ isSet: false, isNeeded: true, others: 1 });
  expect(shown(mia).lock).toMatchObject({ isSet: false, isNeeded: false, others: 1 });
  const needed = { ok: false, code: "lock-needed", detail: "set" };
  expect(await mum.node().createInvite(INVITE)).toEqual(needed);
  expect(await mum.node().createInvite(INVITE, PIN)).toEqual(needed);
  expect(await mum.node().approveJoin(invite, PIN)).toEqual(needed);
  expect(await mum.node().revokeInvite(invite)).toEqual(needed);
  await value(mum.node().setLock({ next: PIN }));
  expect(shown(mum).lock).toMatchObject({ isSet: true, isNeeded: false });
  expect(await mum.node().setLock({ pin: PIN, next: null })).toEqual(needed);
  others = 0;
  await value(mum.node().setLock({ pin: PIN, next: null }));
  await value(mum.node().revokeInvite(invite));
});

test("[LC12] a profile that was made a moment ago counts, though nobody has said so", async () => {
  const mum = await found();
  others = 1;
  expect(await mum.node().createInvite(INVITE)).toMatchObject({ code: "lock-needed" });
});

test("[LC13] inviting, approving and revoking ask for the PIN each time, and slow down", async () => {
  const mum = await found();
  await value(mum.node().setLock({ next: PIN }));
  const dad = await house.add("Dad");
  expect(codeOf(await mum.node().createInvite(INVITE))).toBe("lock-needed");
  expect(codeOf(await mum.node().createInvite(INVITE, "000001"))).toBe("lock-wrong");
  expect(codeOf(await mum.node().takeOut("00".repeat(16)))).toBe("lock-needed");
  expect((await mum.snapshot()).invites).toHaveLength(0);
  const made = await value(mum.node().createInvite({ role: "parent", lifetime: "qr" }, PIN));
  const { link = "" } = (await mum.snapshot()).invites[0] ?? {};
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  await house.meet(mum, dad);
  await house.until("a code", async () => (await dad.snapshot()).joining?.code !== null);
  await value(mum.node().compareCode(made.invite, true));
  expect(codeOf(await mum.node().approveJoin(made.invite))).toBe("lock-needed");
  expect(codeOf(await mum.node().approveJoin(made.invite, "000001"))).toBe("lock-wrong");
  await house.advance(3_000);
  expect((await dad.snapshot()).phase).toBe("joining");
  await value(mum.node().approveJoin(made.invite, PIN));
  await house.until("in", async () => (await dad.snapshot()).phase === "member");

  const second = await value(mum.node().createInvite(INVITE, PIN));
  expect(codeOf(await mum.node().revokeInvite(second.invite))).toBe("lock-needed");
  for (let count = 0; count < 5; count += 1) {
    expect(codeOf(await mum.node().revokeInvite(second.invite, "000001"))).toBe("lock-wrong");
  }
  expect(await mum.node().revokeInvite(second.invite, PIN)).toMatchObject({
    code: "lock-wait",
    detail: "30000",
  });
  expect((await mum.snapshot()).lock.waitUntil - mum.env().now()).toBe(30_000);
  await house.advance(30_000);
  await value(mum.node().revokeInvite(second.invite, PIN));
  expect((await mum.snapshot()).invites.find(({ id }) => id === second.invite)?.step).toBe(
    "revoked",
  );
});

test("[LC14] a new PIN asks for the present one; a weak one is refused with its reason", async () => {
  const mum = await found();
  expect(codeOf(await mum.node().setLock({ next: "12345" }))).toBe("lock-short");
  expect(codeOf(await mum.node().setLock({ next: "123456" }))).toBe("lock-weak");
  expect((await mum.snapshot()).lock.isSet).toBe(false);
  await value(mum.node().setLock({ next: PIN }));
  expect(codeOf(await mum.node().setLock({ next: "583920" }))).toBe("lock-needed");
  expect(codeOf(await mum.node().setLock({ next: null }))).toBe("lock-needed");
  expect(codeOf(await mum.node().setLock({ pin: "583920", next: null }))).toBe("lock-wrong");
  await value(mum.node().setLock({ pin: PIN, next: "583920" }));
  await mum.restart();
  expect(codeOf(await mum.node().unlock(PIN))).toBe("lock-wrong");
  await value(mum.node().unlock("583920"));
  const empty = await house.add("Empty");
  expect(codeOf(await empty.node().setLock({ next: PIN }))).toBe("not-member");
  expect(codeOf(await empty.node().setLock({ next: null }))).toBe("not-member");
});

test("[LC15] without its record a locked profile is neither empty nor overwritten", async () => {
  const mum = await found();
  await value(mum.node().setLock({ next: PIN }));
  await mum.restart();
  const lost = { type: "delete", table: "meta", key: LOCK_KEY } as const;
  await mum.store().commit([lost], { durability: "strict" });
  expect(codeOf(await mum.node().unlock(PIN))).toBe("lock-damaged");
  expect((await mum.snapshot()).phase).toBe("locked");
  for (const result of await Promise.all(calls(mum))) expect(codeOf(result)).toBe("locked");
  expect(codeOf(await mum.restart())).toBe("storage-corrupt");
  for (const result of await Promise.all(calls(mum))) expect(result.ok).toBe(false);
  expect(await mum.store().get("meta", ["profile"])).not.toBeNull();
});
