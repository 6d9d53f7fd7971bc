import { describe, expect, it } from "vitest";
import {
  databaseName,
  findObstacle,
  isPumpAsked,
  newProfileName,
  profileAddress,
  profileName,
} from "./environment.ts";

const GOOD = {
  isSecureContext: true,
  hasSubtleCrypto: true,
  hasLocks: true,
  hasIndexedDb: true,
  hasWorker: true,
};

describe("environment", () => {
  it("[UI2] names an insecure page first, then an old browser", () => {
    expect(findObstacle(GOOD)).toBeNull();
    expect(findObstacle({ ...GOOD, isSecureContext: false, hasLocks: false })).toBe("insecure");
    for (const part of ["hasSubtleCrypto", "hasLocks", "hasIndexedDb", "hasWorker"] as const) {
      expect(findObstacle({ ...GOOD, [part]: false })).toBe("old");
    }
  });

  it("[MS40] keeps channels on the page where the address asks for it", () => {
    expect(isPumpAsked(new URL("http://localhost/?channel=pump"))).toBe(true);
    expect(isPumpAsked(new URL("http://localhost/?channel=other"))).toBe(false);
    expect(isPumpAsked(new URL("http://localhost/"))).toBe(false);
  });

  it("[UI4] gives each profile a database of its own and ignores strange names", () => {
    expect(databaseName(new URL("http://localhost/"))).toBe("tinyweb");
    expect(databaseName(new URL("http://localhost/?profile=mia-2"))).toBe("tinyweb-mia-2");
    expect(databaseName(new URL("http://localhost/?profile=../x"))).toBe("tinyweb");
  });

  it("[PR11] knows whether the address names a profile; a strange name is the one without a name", () => {
    expect(profileName(new URL("http://localhost/"))).toBeNull();
    expect(profileName(new URL("http://localhost/?other=1"))).toBeNull();
    expect(profileName(new URL("http://localhost/?profile="))).toBe("");
    expect(profileName(new URL("http://localhost/?profile=../x"))).toBe("");
    expect(profileName(new URL("http://localhost/?profile=mia-2"))).toBe("mia-2");
  });

  it("[PR25] leads to a profile, with the invite in the fragment only, and back to the list", () => {
    const page = new URL("https://home.example/app/?profile=mum&x=1#old");
    const link = "https://other.example/#j1.c2VjcmV0";
    expect(profileAddress(page, "mia", null)).toBe("https://home.example/app/?profile=mia");
    expect(profileAddress(page, "", null)).toBe("https://home.example/app/?profile=");
    expect(profileAddress(page, null, null)).toBe("https://home.example/app/");
    expect(profileAddress(page, "new", link)).toBe(
      "https://home.example/app/?profile=new#j1.c2VjcmV0",
    );
    for (const profile of ["", "mia"]) {
      expect(profileName(new URL(profileAddress(page, profile, link)))).toBe(profile);
    }
  });

  it("[PR25] gives a new person a name that nobody has and the address can carry", () => {
    const rolls = [new Uint8Array(8), new Uint8Array(8), new Uint8Array(8).fill(255)];
    const name = newProfileName(["aaaaaaaa"], () => rolls.shift() ?? new Uint8Array(8));
    expect(name).toBe("hhhhhhhh");
    expect(profileName(new URL(profileAddress(new URL("http://localhost/"), name, null)))).toBe(
      name,
    );
  });
});
