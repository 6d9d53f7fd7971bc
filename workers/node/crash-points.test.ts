/** Power fails before every single commit, on either side: the app comes up and nothing is lost. */
import { expect, test } from "vitest";
import type { DiskContent } from "../storage/memory-store.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, textsOf, type Household } from "./testing/household.ts";

/** The disks of a device while a task runs, the last being the one after it. */
async function recorded(
  house: Household,
  device: TestDevice,
  task: () => Promise<void>,
): Promise<readonly DiskContent[]> {
  device.record(true);
  await task();
  await house.settle();
  device.record(false);
  return [...device.disks.splice(0), device.store().snapshot()];
}

test("[ND4] founding killed before any commit leaves an empty browser or a family", async () => {
  const first = createHousehold();
  const device = await first.add("Mum");
  const disks = await recorded(first, device, async () => {
    await value(device.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
  });
  expect(disks.length).toBeGreaterThan(2);
  await first.stop();
  const phases: string[] = [];
  for (const disk of disks) {
    const house = createHousehold();
    const again = await house.add("Mum", { disk });
    const { phase } = await again.snapshot();
    phases.push(phase);
    if (phase === "empty") {
      await value(again.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
    }
    expect((await again.snapshot()).phase).toBe("words");
    expect((await again.snapshot()).familyName).toBe("The Okafors");
    expect(await value(again.node().recoveryWords())).toHaveLength(24);
    await house.stop();
  }
  expect(phases[0]).toBe("empty");
  expect(phases.at(-1)).toBe("words");
});

test("[IN14] the inviter killed before any commit of an approval ends with the newcomer in", async () => {
  const first = createHousehold();
  const mum = await first.found("Mum");
  const dad = await first.add("Dad");
  const { invite, wire } = await first.compare(mum, dad, "parent");
  await first.cut(wire);
  const dadDisk = dad.store().snapshot();
  const disks = await recorded(first, mum, async () => {
    await value(mum.node().compareCode(invite, true));
    await value(mum.node().approveJoin(invite));
  });
  expect(disks.length).toBeGreaterThan(4);
  await first.stop();
  for (const disk of disks) {
    const house = createHousehold();
    const mumAgain = await house.add("Mum", { disk });
    const dadAgain = await house.add("Dad", { disk: dadDisk });
    await house.meet(mumAgain, dadAgain);
    await house.settle();
    const step = (await mumAgain.snapshot()).invites[0]?.step;
    if (step === "comparing") await value(mumAgain.node().compareCode(invite, true));
    if (step === "comparing" || step === "compared") {
      await value(mumAgain.node().approveJoin(invite));
    }
    await house.until(
      `in, after ${step ?? "nothing"}`,
      async () => (await dadAgain.snapshot()).phase === "member",
    );
    expect((await dadAgain.snapshot()).familyName).toBe("The Okafors");
    await house.stop();
  }
});

test("[JN8] a newcomer killed before any of its commits ends as a member all the same", async () => {
  const first = createHousehold();
  const mum = await first.found("Mum");
  const dad = await first.add("Dad");
  // Mum has approved while Dad was away: her side is the same for whatever becomes of him.
  let approved = mum.store().snapshot();
  const disks = await recorded(first, dad, async () => {
    const { invite, wire } = await first.compare(mum, dad, "parent");
    await first.cut(wire);
    await value(mum.node().compareCode(invite, true));
    await value(mum.node().approveJoin(invite));
    approved = mum.store().snapshot();
    await first.meet(mum, dad);
    await first.until("in", async () => (await dad.snapshot()).phase === "member");
  });
  await first.stop();
  let inside = 0;
  for (const disk of disks) {
    const house = createHousehold();
    const dadAgain = await house.add("Dad", { disk });
    if ((await dadAgain.snapshot()).phase === "empty") continue;
    inside += 1;
    const mumAgain = await house.add("Mum", { disk: approved });
    await house.meet(mumAgain, dadAgain);
    await house.until("in", async () => (await dadAgain.snapshot()).phase === "member");
    expect((await dadAgain.snapshot()).familyName).toBe("The Okafors");
    await house.stop();
  }
  expect(inside).toBeGreaterThan(6);
});

test("[PB3] a message killed before any commit is sent once or not at all, and the stream goes on", async () => {
  const first = createHousehold();
  const mum = await first.found("Mum");
  const dad = await first.join(mum, "Dad", "parent");
  const toDad = memberNamed(await mum.snapshot(), "Dad");
  const toMum = memberNamed(await dad.snapshot(), "Mum");
  await value(mum.node().sendMessage(toDad, "one"));
  await first.advance(3000);
  const dadDisk = dad.store().snapshot();
  const disks = await recorded(first, mum, async () => {
    await value(mum.node().sendMessage(toDad, "two"));
    await first.advance(3000);
  });
  await first.stop();
  for (const disk of disks) {
    const house = createHousehold();
    const mumAgain = await house.add("Mum", { disk });
    const dadAgain = await house.add("Dad", { disk: dadDisk });
    const before = await textsOf(mumAgain, toDad);
    expect([["one"], ["one", "two"]]).toContainEqual(before);
    await value(mumAgain.node().sendMessage(toDad, "three"));
    await house.meet(mumAgain, dadAgain);
    await house.until(
      "all of them at Dad's",
      async () => (await textsOf(dadAgain, toMum)).length === before.length + 1,
    );
    expect(await textsOf(dadAgain, toMum)).toEqual([...before, "three"]);
    await house.stop();
  }
});
