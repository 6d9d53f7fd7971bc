import { afterEach, beforeEach, expect, test } from "vitest";
import type { Result } from "../api.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { createNode } from "./node.ts";
import { createTestDevice, value, type TestDevice } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { createWire, openStranger } from "./testing/wire.ts";

let house: Household;
beforeEach(() => {
  house = createHousehold();
});
afterEach(async () => house.stop());

/** Every call of the page that needs a family, with arguments that are well-formed. */
function calls(device: TestDevice): readonly Promise<Result<unknown>>[] {
  const node = device.node();
  const id = "00".repeat(16);
  return [
    node.recoveryWords(),
    node.confirmWords([{ position: 1, word: "x" }]),
    node.createInvite({ role: "child", lifetime: "qr" }),
    node.revokeInvite(id),
    node.compareCode(id, true),
    node.approveJoin(id),
    node.dismissInvite(id),
    node.rejectCode(),
    node.sendMessage(id, "x"),
    node.listMessages(id, { limit: 10 }),
    node.listHistory({ before: null, limit: 1, isAboutMe: false }),
    node.markRead(id),
    node.answerRefill(id, true),
    node.setHelping(true),
    node.takeOut(id),
  ];
}

test("[ND2] in an empty browser and while joining each call answers with a code, and none stops the node", async () => {
  const empty = await house.add("Empty");
  for (const result of await Promise.all(calls(empty))) expect(result.ok).toBe(false);
  expect(await empty.node().cancelJoin()).toMatchObject({ code: "wrong-step" });
  expect((await empty.snapshot()).phase).toBe("empty");
  const mum = await house.found("Mum");
  const { link } = await house.invite(mum, "child");
  await value(empty.node().askToJoin({ link, name: "Mia" }));
  const joining = (await Promise.all(calls(empty))).filter((result) => result.ok);
  // They differ is the one thing a newcomer may say.
  expect(joining).toHaveLength(1);
  expect((await empty.snapshot()).phase).toBe("joining");
  expect((await empty.node().diagnostics()).ok).toBe(true);
  expect(empty.events.some((event) => event.type === "stopped")).toBe(false);
});

test("[ND3] strange arguments are answered with a code or an empty page", async () => {
  const mum = await house.found("Mum");
  const node = mum.node();
  for (const id of ["", "__proto__", "constructor", "zz".repeat(16), "00".repeat(99)]) {
    expect((await node.sendMessage(id, "x")).ok).toBe(false);
    expect((await node.answerRefill(id, true)).ok).toBe(false);
    expect(await node.listMessages(id, { limit: 10 })).toEqual({
      ok: true,
      value: { messages: [], hasMore: false },
    });
    expect((await node.markRead(id)).ok).toBe(true);
  }
  for (const limit of [Number.NaN, -1, 0, 1e9, Number.POSITIVE_INFINITY, 1.5]) {
    expect((await node.listMessages("00".repeat(16), { limit })).ok).toBe(true);
  }
  for (const link of ["", "javascript:alert(1)", "https://app.test/#", "x".repeat(5000)]) {
    expect((await node.inspectInvite(link)).ok).toBe(false);
  }
  expect((await mum.snapshot()).phase).toBe("member");
});

test.each(["", "  ", "\u202eevil", "a\u0000b", "x".repeat(65), "\u200b", "\ud800"])(
  "[ND8] no family is founded or restored under a name like %j",
  async (name) => {
    const device = await house.add("Mum");
    const node = device.node();
    if (name !== "\ud800") {
      expect(await node.startFamily({ familyName: name, myName: "Mum" })).toMatchObject({
        code: "bad-name",
      });
      expect(await node.startFamily({ familyName: "x", myName: name })).toMatchObject({
        code: "bad-name",
      });
    } else {
      await value(node.startFamily({ familyName: name, myName: "Mum" }));
      expect((await device.snapshot()).familyName).toBe("\ufffd");
      return;
    }
    expect((await device.snapshot()).phase).toBe("empty");
  },
);

test("[ND9] a family is founded once; words that are none restore nothing", async () => {
  const mum = await house.found("Mum");
  const names = { familyName: "x", myName: "y" };
  expect(await mum.node().startFamily(names)).toMatchObject({ code: "already-member" });
  expect(await mum.node().restoreFamily({ words: "a b c", ...names })).toMatchObject({
    code: "bad-words",
    detail: "count:3",
  });
  const empty = await house.add("Empty");
  expect(await empty.node().restoreFamily({ words: "zoo ".repeat(24), ...names })).toMatchObject({
    code: "bad-words",
  });
  expect((await empty.snapshot()).phase).toBe("empty");
});

test("[ND10] a second start on one disk takes over, and the first writes nothing any more", async () => {
  const mum = await house.found("Mum");
  await house.invite(mum, "child");
  const store = mum.store().connect();
  const second = createNode(
    { ...mum.env(), store },
    { appUrl: "https://app.test/", servers: [], onEvent: () => {}, onMeshCommand: () => {} },
  );
  await value(second.start());
  expect(await mum.node().createInvite({ role: "child", lifetime: "qr" })).toMatchObject({
    ok: false,
    code: "storage-taken",
  });
  await value(second.createInvite({ role: "child", lifetime: "qr" }));
  expect((await value(second.start())).ledger.height).toBe(2);
  await second.stop();
});

test("[ND11] after stop nothing answers, ticks or is linked, and the store is closed", async () => {
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  const [session] = dad.running().sessions();
  expect(session).toBeDefined();
  await mum.stop();
  await house.settle();
  expect(dad.running().sessions()).toEqual([]);
  expect(await mum.node().start()).toMatchObject({ ok: false, code: "internal" });
  expect((await mum.node().sendMessage("00".repeat(16), "x")).ok).toBe(false);
  await expect(mum.store().get("meta", ["profile"])).rejects.toMatchObject({ code: "closed" });
  const events = mum.events.length;
  await house.advance(10_000);
  expect(mum.events).toHaveLength(events);
  await mum.stop();
});

test("[ND12] a link to a device without a family is closed, and nothing is said on it", async () => {
  const empty = await createTestDevice("Empty", house.time);
  const wire = createWire([{ type: "family" }, { type: "family" }]);
  const crypto = house.time.counted(createCryptoSuite());
  const stranger = openStranger(empty.env(), crypto, wire.links[1], {
    family: new Uint8Array(32),
    signer: await crypto.createSigner(new Uint8Array(32)),
    prover: null,
  });
  empty.node().link(wire.links[0], null);
  await empty.node().idle();
  await house.settle();
  expect(stranger.ended()).not.toBeNull();
  expect(wire.sent[0]).toEqual([]);
  await empty.stop();
});

test("[ND14] the first change is told at once, many in a row five times a second and to the end", async () => {
  const mum = await house.found("Mum");
  const mia = await house.join(mum, "Mia", "child");
  await house.advance(1_000);
  const conversation = (await mum.snapshot()).conversations[0]?.id ?? "";
  const told = (): number => mia.events.filter(({ type }) => type === "snapshot").length;
  const before = told();
  await value(mum.node().sendMessage(conversation, "0"));
  await house.advance(20);
  expect(told()).toBe(before + 1);
  for (let count = 1; count <= 40; count += 1) {
    await value(mum.node().sendMessage(conversation, String(count)));
    await house.advance(25);
  }
  expect(told() - before).toBeLessThanOrEqual(7);
  await house.advance(200);
  const last = mia.events.findLast((event) => event.type === "snapshot");
  expect(last?.snapshot.conversations[0]).toMatchObject({ unread: 41 });
});
