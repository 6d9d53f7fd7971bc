/** The store fails in the middle of things: calls answer with a code, nothing is lost, all goes on. */
import { expect, test } from "vitest";
import { StoreError, type StoreErrorCode, type Write } from "../storage/store.ts";
import type { TestDevice } from "./testing/device.ts";
import { value } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

/** Fails the commits from the n-th on (0 the next one), `times` of them. */
function failFrom(device: TestDevice, n: number, times: number): () => number {
  let seen = 0;
  let failed = 0;
  device.fail(() => {
    seen += 1;
    if (seen <= n || failed >= times) return null;
    failed += 1;
    return new StoreError("quota", "planned");
  });
  return () => failed;
}

/** Meets whom a failed write has parted, as the mesh would. */
async function meetAgain(house: Household, a: TestDevice, b: TestDevice): Promise<void> {
  await house.settle();
  if (a.running().sessions().length === 0) await house.meet(a, b);
}

/** Fails every commit that touches a table. */
function failTable(device: TestDevice, table: Write["table"]): void {
  device.fail((writes) =>
    writes.some((one) => one.table === table) ? new StoreError("quota", "planned") : null,
  );
}

test("[ND5] a full disk at any commit of an approval delays it and loses nothing", async () => {
  let wasHit = true;
  for (let n = 0; wasHit; n += 1) {
    const house = createHousehold();
    const mum = await house.found("Mum");
    const dad = await house.add("Dad");
    const { invite } = await house.compare(mum, dad, "parent");
    const failed = failFrom(mum, n, 2);
    for (let tries = 0; tries < 4; tries += 1) {
      const step = (await mum.snapshot()).invites[0]?.step;
      if (step === "comparing") await mum.node().compareCode(invite, true);
      if (step === "compared") await mum.node().approveJoin(invite);
      await house.advance(1500);
      await meetAgain(house, mum, dad);
    }
    wasHit = failed() > 0;
    await house.until(`in, after commit ${n}`, async () => {
      await meetAgain(house, mum, dad);
      return (await dad.snapshot()).phase === "member";
    });
    expect((await mum.snapshot()).ledger.pending).toBe(0);
    await house.stop();
    if (n > 30) throw new Error("an approval has fewer commits than that");
  }
});

test("[JN9] a full disk at any commit of the newcomer delays its joining and loses nothing", async () => {
  let wasHit = true;
  for (let n = 0; wasHit; n += 1) {
    const house = createHousehold();
    const mum = await house.found("Mum");
    const dad = await house.add("Dad");
    const made = await house.invite(mum, "parent");
    const failed = failFrom(dad, n, 2);
    for (let tries = 0; tries < 4 && (await dad.snapshot()).phase === "empty"; tries += 1) {
      await dad.node().askToJoin({ link: made.link, name: "Dad" });
    }
    await house.meet(mum, dad);
    for (let round = 0; round < 6; round += 1) {
      await house.advance(1500);
      const step = (await mum.snapshot()).invites[0]?.step;
      if (step === "comparing") await value(mum.node().compareCode(made.invite, true));
      if (step === "comparing" || step === "compared") {
        await value(mum.node().approveJoin(made.invite));
      }
      await meetAgain(house, mum, dad);
    }
    wasHit = failed() > 0;
    await house.until(`in, after commit ${n}`, async () => {
      await meetAgain(house, mum, dad);
      return (await dad.snapshot()).familyName === "The Okafors";
    });
    expect((await dad.snapshot()).phase).toBe("member");
    await house.stop();
    if (n > 40) throw new Error("a joining has fewer commits than that");
  }
});

test.each<[StoreErrorCode, string]>([
  ["quota", "storage-full"],
  ["closed", "storage-closed"],
  ["fenced", "storage-taken"],
  ["unavailable", "storage-unavailable"],
  ["corrupt", "storage-corrupt"],
])(
  "[ND6] every call under %s answers with a code and leaves the family as it was",
  async (fault, code) => {
    const house = createHousehold();
    const mum = await house.found("Mum");
    const dad = await house.join(mum, "Dad", "parent");
    const before = await mum.snapshot();
    const toDad = memberNamed(before, "Dad");
    await value(mum.node().sendMessage(toDad, "before"));
    await house.advance(3000);
    mum.failWith(fault);
    const node = mum.node();
    const sent = await node.sendMessage(toDad, "lost");
    expect(sent).toMatchObject({ ok: false, code });
    expect(await node.createInvite({ role: "child", lifetime: "qr" })).toMatchObject({
      ok: false,
      code,
    });
    expect((await node.listMessages(toDad, { limit: 9 })).ok).toBe(true);
    expect((await node.diagnostics()).ok).toBe(true);
    expect((await mum.snapshot()).invites).toHaveLength(before.invites.length);
    mum.failWith(null);
    await house.advance(1500);
    expect(await textsOf(mum, toDad)).toEqual(["before"]);
    await value(mum.node().sendMessage(toDad, "after"));
    const toMum = memberNamed(await dad.snapshot(), "Mum");
    await house.until("after at Dad's", async () => (await textsOf(dad, toMum)).includes("after"));
    expect(await textsOf(dad, toMum)).toEqual(["before", "after"]);
    await house.stop();
  },
);

test("[LP6] a vote or block that could not be written is taken up again by the tick", async () => {
  for (const table of ["log", "blocks"] as const) {
    const house = createHousehold();
    const mum = await house.found("Mum");
    failTable(mum, table);
    // The transaction is durable: the call is good, the block is late.
    const made = await mum.node().createInvite({ role: "child", lifetime: "qr" });
    expect(made.ok).toBe(true);
    await house.settle();
    expect((await mum.snapshot()).ledger).toMatchObject({ height: 0, pending: 1 });
    mum.fail(null);
    await house.advance(1500);
    expect((await mum.snapshot()).ledger).toMatchObject({ height: 1, pending: 0 });
    await house.stop();
  }
});

test("[SN4] a full disk is a notice until a call succeeds", async () => {
  const house = createHousehold();
  const mum = await house.found("Mum");
  mum.failWith("quota");
  await mum.node().createInvite({ role: "child", lifetime: "qr" });
  await house.settle();
  const told = mum.events.flatMap((one) => (one.type === "snapshot" ? one.snapshot.notices : []));
  await house.advance(100);
  const later = mum.events.flatMap((one) => (one.type === "snapshot" ? one.snapshot.notices : []));
  expect([...told, ...later]).toContainEqual({ type: "storage-full" });
  mum.failWith(null);
  await value(mum.node().createInvite({ role: "child", lifetime: "qr" }));
  expect((await mum.snapshot()).notices).toEqual([]);
  await house.stop();
});
