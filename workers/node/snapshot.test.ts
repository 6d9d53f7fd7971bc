import { afterEach, beforeEach, expect, test } from "vitest";
import { toHex } from "../core/codec/ids.ts";
import { value } from "./testing/device.ts";
import { createHousehold, type Household } from "./testing/household.ts";

let house: Household;
beforeEach(() => {
  house = createHousehold();
});
afterEach(async () => house.stop());

test("[SN1] the phases follow what the person has done", async () => {
  const mum = await house.add("Mum");
  const phase = async (): Promise<string> => (await mum.snapshot()).phase;
  expect(await phase()).toBe("empty");
  await value(mum.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
  expect(await phase()).toBe("words");
  const dad = await house.add("Dad");
  const { link } = await house.invite(mum, "parent");
  await value(dad.node().askToJoin({ link, name: "Dad" }));
  expect((await dad.snapshot()).phase).toBe("joining");
  expect(await dad.snapshot()).toMatchObject({ me: null, members: [], familyName: null });
});

test("[SN2] everything that crosses to the page is plain data", async () => {
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  await house.compare(mum, await house.add("Mia"), "child");
  for (const device of [mum, dad]) {
    const snapshot = await device.snapshot();
    expect(structuredClone(snapshot)).toEqual(snapshot);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  }
  const { members, connection, me } = await mum.snapshot();
  expect(me).toMatchObject({ name: "Mum", role: "parent" });
  expect(connection).toMatchObject({ linked: 1, others: 1 });
  expect(new Set(members.map((one) => `${one.name} ${one.isMe} ${one.devices.length}`))).toEqual(
    new Set(["Dad false 1", "Mum true 1"]),
  );
  expect(members.flatMap((one) => one.devices).filter((one) => one.isReplica)).toHaveLength(1);
});

test("[MT5] a look at the diagnostics pings every link, for the next look", async () => {
  const mum = await house.found("Mum");
  await house.join(mum, "Dad", "parent");
  const roundTrips = async () =>
    (await value(mum.node().diagnostics())).links.map(({ roundTripMs }) => roundTripMs);
  expect(await roundTrips()).toEqual([null]);
  await house.advance(1_000);
  expect(await roundTrips()).toEqual([expect.any(Number)]);
});

test("[SN3] snapshot and diagnostics hold no key, secret, seed or word", async () => {
  const mum = await house.found("Mum");
  await house.join(mum, "Dad", "parent");
  const { profile } = mum.running().family.identity;
  const text = JSON.stringify([await mum.snapshot(), await value(mum.node().diagnostics())]);
  const secrets = [
    profile.deviceSeed,
    ...profile.encryptionKeys.map((one) => one.privateKey),
    ...profile.secrets.map((one) => one.secret),
  ];
  for (const secret of secrets) {
    expect(text).not.toContain(toHex(secret));
    expect(text).not.toContain(btoa(String.fromCharCode(...secret)).slice(0, 20));
    expect(text).not.toContain(JSON.stringify([...secret]).slice(1, 20));
  }
});

test("[SN5] what a device says of its browser reaches everybody, and is still known when it is away", async () => {
  const mum = await house.found("Mum");
  const dad = await house.join(mum, "Dad", "parent");
  const gran = await house.join(mum, "Gran", "relative");
  const seenBy = async (device: typeof mum): Promise<Record<string, unknown>> => {
    const { members } = await device.snapshot();
    return Object.fromEntries(members.map((one) => [one.name, one.devices[0]?.lasting]));
  };
  expect(await seenBy(gran)).toEqual({ Mum: null, Dad: null, Gran: null });

  // Dad's word goes by Mum's device: it and Gran's never meet.
  await value(dad.node().setLasting("may-forget"));
  await value(mum.node().setLasting("persistent"));
  await value(gran.node().setLasting("installed"));
  const all = { Mum: "persistent", Dad: "may-forget", Gran: "installed" };
  for (const device of [mum, dad, gran]) {
    await house.until(`${device.name} knows all`, async () => {
      const seen = await seenBy(device);
      return Object.entries(all).every(([name, lasting]) => seen[name] === lasting);
    });
  }

  await value(dad.node().setLasting("persistent"));
  await house.until("Gran hears it", async () => (await seenBy(gran))["Dad"] === "persistent");
  await gran.restart();
  expect(await seenBy(gran)).toEqual({ ...all, Dad: "persistent" });
});
