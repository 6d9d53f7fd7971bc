import { describe, expect, it, vi } from "vitest";
import { StorageKeeper } from "./storage-keeper.ts";

function storageThat(answers: boolean) {
  let isPersistent = false;
  return {
    persisted: vi.fn(async () => isPersistent),
    persist: vi.fn(async () => {
      isPersistent = answers;
      return answers;
    }),
  };
}

describe("StorageKeeper", () => {
  it("[PW34] asks at once where the browser decides by itself", async () => {
    const storage = storageThat(true);
    const keeper = new StorageKeeper({ storage, isInstalled: false, asksPerson: false });
    expect(keeper.lasting).toBeNull();
    await keeper.begin();
    expect(keeper.lasting).toBe("persistent");
    expect(storage.persist).toHaveBeenCalledOnce();
    await keeper.begin();
    expect(storage.persist).toHaveBeenCalledOnce();
  });

  it("[PW34] asks only on a press where the browser asks the person, and once", async () => {
    for (const [answer, lasting] of [
      [true, "persistent"],
      [false, "may-forget"],
    ] as const) {
      const storage = storageThat(answer);
      const keeper = new StorageKeeper({ storage, isInstalled: false, asksPerson: true });
      await keeper.begin();
      expect(storage.persist).not.toHaveBeenCalled();
      expect([keeper.lasting, keeper.canAsk]).toEqual(["may-forget", true]);
      await keeper.ask();
      expect([keeper.lasting, keeper.canAsk]).toEqual([lasting, false]);
    }
  });

  it("[PW35] tells installed, persistent and neither apart, and survives browsers without storage", async () => {
    const refusing = {
      persisted: async () => Promise.reject(new TypeError("no")),
      persist: async () => Promise.reject(new TypeError("no")),
    };
    for (const storage of [storageThat(false), undefined, refusing]) {
      const plain = new StorageKeeper({ storage, isInstalled: false, asksPerson: false });
      await plain.begin();
      expect([plain.lasting, plain.canAsk]).toEqual(["may-forget", false]);
      const installed = new StorageKeeper({ storage, isInstalled: true, asksPerson: false });
      await installed.begin();
      expect(installed.lasting).toBe("installed");
    }
  });

  it("[PW35] tells when it has changed", async () => {
    const keeper = new StorageKeeper({
      storage: storageThat(true),
      isInstalled: false,
      asksPerson: true,
    });
    const onChange = vi.fn();
    keeper.addEventListener("change", onChange);
    await keeper.begin();
    await keeper.ask();
    expect(onChange).toHaveBeenCalledTimes(2);
  });
});
