import { admit, expect, test, type Device } from "../fixtures.ts";
import { threeKeep } from "../keeping-story.ts";
import { countRows, keepCopy, setBack } from "../pages/disk.ts";

test("[E2E90, KP8, UI84] two more devices are let help, once their browsers keep what is stored; then a join needs the founder's no more", async ({
  newDevice,
}) => {
  const [mum, dad, gran] = await threeKeep(newDevice);
  await mum.close();
  await expect(dad.chats.chip).toHaveText("1 of 2 devices connected");
  const mia = await newDevice("Mia");
  await admit(dad, mia, "Child");
  await expect(mia.chats.entry("Dad")).toBeVisible();
  await gran.family.expectMembers(["Mum", "Dad", "Gran", "Mia"]);
  await mum.open();
  await mum.family.expectMembers(["Mum", "Dad", "Gran", "Mia"]);
  const heads = await Promise.all(
    [mum, dad, gran, mia].map((one) => one.more.readDetail("ledger head")),
  );
  expect(new Set(heads).size).toBe(1);
});

test("[E2E91, KP9, KP11, UI85, UI86] a parent takes a lost device out, and the other one stops before a journey", async ({
  newDevice,
}) => {
  const [mum, dad, gran] = await threeKeep(newDevice);
  await gran.close();
  await mum.family.takeOut("Gran");
  for (const one of [mum, dad]) {
    await one.family.expectKept("2 devices keep the rules. Every change needs both of them.");
    await one.family.expectKept("Two are less safe than one");
  }
  await dad.family.stepDown();
  await dad.family.expectKept("Mum's device writes down");
  await dad.family.expectKept("Let this device help");
  await mum.family.expectKept("It is the only one, so it cannot stop.");
  // Mum alone goes on, and knows who may help again.
  await dad.close();
  const mia = await newDevice("Mia");
  await admit(mum, mia, "Child");
  await mia.family.expectKept("When that device is off, new rules wait until it is on again.");
});

/** Opens the device alone with Mia's until it has signed something that hers carries, and closes it. */
async function signs(device: Device, mia: Device): Promise<boolean> {
  const before = await countRows(mia, "log");
  await device.open();
  const hasSigned = await expect
    .poll(() => countRows(mia, "log"), { timeout: 10_000 })
    .toBeGreaterThan(before)
    .then(
      () => true,
      () => false,
    );
  await device.close();
  return hasSigned;
}

test("[E2E92, KP13, UI87] a device that was set back to an old copy says so, and stops helping", async ({
  newDevice,
  host,
  expectedErrors,
}) => {
  // The copy is made on a page that is a picture, for which the browser looks for an icon.
  expectedErrors.push(/Failed to load resource.* 404/);
  const { origin } = new URL(host.url);
  const [mum, dad, gran] = await threeKeep(newDevice);
  const mia = await newDevice("Mia");
  await admit(mum, mia, "Child");
  await mia.family.expectKept("When one of them is off, the others carry on.");
  for (const one of [dad, gran]) {
    await one.close();
    await keepCopy(one, origin);
  }
  // Mum wants something; with her alone it waits, and Mia's device carries it.
  await mum.invite.create("Contact");
  await expect.poll(() => countRows(mia, "pending")).toBe(1);
  await mum.close();
  // Whose turn it is to propose depends on how the last ones went; one of the two signs now.
  const [lost, other] = (await signs(dad, mia)) ? [dad, gran] : [gran, dad];
  if (lost === gran) expect(await signs(gran, mia)).toBe(true);
  await setBack(lost, origin);
  await lost.open();
  const banner = lost.page.getByText("This device has lost part of what it had signed");
  await expect(banner.first()).toBeVisible();
  await lost.family.expectKept("as happens when a browser is set back to an old copy");
  await lost.family.stepDown();
  await mum.open();
  await other.open();
  await lost.family.expectKept("2 devices keep the rules.");
  await expect(banner).toHaveCount(0);
});
