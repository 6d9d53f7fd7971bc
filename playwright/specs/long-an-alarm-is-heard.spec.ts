import { PERMISSIONS } from "../browser.ts";
import { admit, expect, startFamily, test, type Device } from "../fixtures.ts";
import { lookAt } from "../screens.ts";

/** Tones begun and ended on this page, by what its audio contexts are told. */
interface Tones {
  begun: number;
  ended: number;
}

/** Counts what the page's oscillators are told; before the page opens. */
async function listen(device: Device): Promise<void> {
  await device.context.addInitScript(() => {
    const tones: Tones = { begun: 0, ended: 0 };
    Object.assign(globalThis, { tones });
    // oxlint-disable-next-line typescript/unbound-method -- applied to the oscillator that is asked
    const { start, stop } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...args): void {
      tones.begun += this.context.state === "running" ? 1 : 0;
      start.apply(this, args);
    };
    OscillatorNode.prototype.stop = function (...args): void {
      tones.ended += args.length === 0 ? 1 : 0;
      stop.apply(this, args);
    };
  });
}
const tonesOf = (device: Device) =>
  expect.poll(() => device.page.evaluate(() => ({ ...(globalThis as { tones?: Tones }).tones })));

/** What the browser shows of this page. */
const noticesOf = (device: Device) =>
  expect.poll(() =>
    device.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const all = await registration.getNotifications();
      return all.map(({ title, body }) => `${title}. ${body}`);
    }),
  );

/** A page that is not looked at: no browser of these stories hides one by itself. */
async function hide(device: Device, isHidden: boolean): Promise<void> {
  await device.page.evaluate((hidden) => {
    const visibilityState = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", {
      get: () => visibilityState,
      configurable: true,
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

test("[E2E146] an alarm is heard until it is answered, and shown by the browser while nobody looks", async ({
  newDevice,
}) => {
  test.slow();
  const mum = await newDevice("Mum", { permissions: [...PERMISSIONS, "notifications"] });
  const mia = await newDevice("Mia");
  await listen(mum);
  await startFamily(mum);
  await admit(mum, mia, "Child");
  const found: string[] = [];
  const alarm = () => mum.page.getByRole("alertdialog", { name: "Mia needs help" });
  const call = async (what: string): Promise<void> => {
    await mia.page.getByRole("button", { name: "Help", exact: true }).click();
    await mia.page.getByLabel("What happened?").fill(what);
    await mia.page.getByRole("button", { name: "Call my family for help" }).click();
  };

  await mum.openTab("More");
  const card = mum.page.getByRole("region", { name: "When somebody calls for help" });
  await expect(
    card.getByText("also shown while TinyWeb is in the background").first(),
  ).toBeVisible();
  await card.getByRole("button", { name: "Try the sound" }).click();
  await expect(card.getByText("You should hear it now.")).toBeVisible();
  await tonesOf(mum).toEqual({ begun: 1, ended: 0 });
  found.push(...(await lookAt(mum, "alarm-1-tried")));
  await expect(card.getByText("You should hear it now.")).toHaveCount(0);
  await tonesOf(mum).toEqual({ begun: 1, ended: 1 });

  await call("I fell off my bike");
  await expect(alarm()).toBeVisible();
  await expect(mum.page).toHaveTitle("Help: Mia");
  await tonesOf(mum).toEqual({ begun: 2, ended: 1 });
  await expect(alarm().getByRole("button", { name: "Tap to hear the alarm" })).toHaveCount(0);
  await noticesOf(mum).toEqual([]);
  await hide(mum, true);
  await noticesOf(mum).toEqual([
    "Mia needs help. Open TinyWeb to see what happened and to answer.",
  ]);
  await hide(mum, false);
  await noticesOf(mum).toEqual([]);
  await alarm().getByRole("button", { name: "I am on it" }).click();
  await tonesOf(mum).toEqual({ begun: 2, ended: 2 });
  await expect(alarm()).toHaveCount(0);
  await expect(mum.page).not.toHaveTitle(/Help/);

  // The next one comes while nobody looks, and ends without an answer here.
  await hide(mum, true);
  await call("again");
  await tonesOf(mum).toEqual({ begun: 3, ended: 2 });
  await noticesOf(mum).toHaveLength(1);
  found.push(...(await lookAt(mum, "alarm-2-heard")));
  // Mia is all right: there is no alarm any more.
  await mia.page.getByRole("button", { name: "I am all right" }).first().click();
  await expect(alarm()).toHaveCount(0);
  await tonesOf(mum).toEqual({ begun: 3, ended: 3 });
  await noticesOf(mum).toEqual([]);
  expect(found).toEqual([]);
});
