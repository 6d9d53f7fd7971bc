import { describe, expect, it } from "vitest";
import { databaseName, findObstacle } from "./environment.ts";

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

  it("[UI4] gives each profile a database of its own and ignores strange names", () => {
    expect(databaseName(new URL("http://localhost/"))).toBe("tinyweb");
    expect(databaseName(new URL("http://localhost/?profile=mia-2"))).toBe("tinyweb-mia-2");
    expect(databaseName(new URL("http://localhost/?profile=../x"))).toBe("tinyweb");
  });
});
