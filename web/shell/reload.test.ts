import { describe, expect, it } from "vitest";
import { keepForReload, takeDrafts, type Tab } from "./reload.ts";

function openTab(storage: Map<string, string> | null = new Map()) {
  const addresses: string[] = [];
  const tab: Tab = {
    get sessionStorage() {
      if (storage === null) throw new DOMException("no", "SecurityError");
      return {
        getItem: (key: string) => storage.get(key) ?? null,
        setItem: (key: string, value: string) => void storage.set(key, value),
        removeItem: (key: string) => void storage.delete(key),
      };
    },
    location: { pathname: "/", search: "?profile=mia" },
    history: {
      state: { screen: "invited" },
      replaceState: (_state, _unused, url) => void addresses.push(String(url)),
    },
  };
  return { tab, addresses, storage };
}

const LINK = "Join us: https://home.example/#j1.Ab-c_9, the Okafors";

describe("reload for a newer version", () => {
  it("[PW16] hands unsent texts over and leaves none of them in storage", () => {
    const { tab, addresses, storage } = openTab();
    const drafts = { "02cc": "half a thought", "03bb": "شكرا" };
    keepForReload(tab, { invite: null, drafts });
    expect(takeDrafts(tab)).toEqual(drafts);
    expect(storage?.size).toBe(0);
    expect(takeDrafts(tab)).toEqual({});
    expect(addresses).toEqual([]);
  });

  it("[PW16, UI1] puts an invite back into the address, and into no storage", () => {
    const { tab, addresses, storage } = openTab();
    keepForReload(tab, { invite: LINK, drafts: {} });
    expect(addresses).toEqual(["/?profile=mia#j1.Ab-c_9"]);
    expect(storage?.size).toBe(0);
  });

  it("[PW16] survives a browser without session storage, and strange content in it", () => {
    const { tab } = openTab(null);
    keepForReload(tab, { invite: null, drafts: { a: "b" } });
    expect(takeDrafts(tab)).toEqual({});
    for (const text of ["", "no json", "null", "7", '{"a":7,"b":"kept"}']) {
      const kept = takeDrafts(openTab(new Map([["tinyweb.drafts", text]])).tab);
      expect(Object.values(kept).every((one) => one === "kept")).toBe(true);
    }
  });
});
