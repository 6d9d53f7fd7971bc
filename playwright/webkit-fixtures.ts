/**
 * What stories in WebKitGTK start from: `host`, and `newWebKitDevice`, a browser of its own for each
 * device. After each story no page may have complained about itself, as far as it can hear that.
 */
import { expect } from "@playwright/test";
import { test as base } from "./fixtures.ts";
import { WebDriver } from "./webdriver.ts";
import { WebKitDevice } from "./webkit-device.ts";

export { expect } from "@playwright/test";

interface WebKitFixtures {
  readonly newWebKitDevice: (person: string) => Promise<WebKitDevice>;
}

export const test = base.extend<WebKitFixtures>({
  newWebKitDevice: async ({ host }, use) => {
    const devices: WebKitDevice[] = [];
    await use(async (person) => {
      const device = new WebKitDevice(person, await WebDriver.start(), host.url);
      devices.push(device);
      return device;
    });
    for (const device of devices) {
      expect.soft(await device.complaints(), device.person).toEqual([]);
      await device.driver.stop();
    }
  },
});
