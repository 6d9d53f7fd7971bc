import { describe, expect, test } from "vitest";
import { Addresses, groupAddress } from "./addresses.ts";
import { SERVER_LIMITS } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

describe("TokenBucket", () => {
  test("[SG24] costs nothing up to a burst, then the time that the debt takes", () => {
    const bucket = new TokenBucket(10, 5, 0);
    expect(bucket.charge(5, 0)).toBe(0);
    expect(bucket.charge(1, 0)).toBe(100);
    expect(bucket.charge(0, 100)).toBe(0);
    expect(bucket.charge(2, 200)).toBe(100);
  });

  test("[SG24] calls it a flood when the debt is more than a burst", () => {
    const bucket = new TokenBucket(10, 5, 0);
    bucket.charge(10, 0);
    expect(bucket.isFlooded()).toBe(false);
    bucket.charge(1, 0);
    expect(bucket.isFlooded()).toBe(true);
  });

  test("[SG24] never holds more than a burst, and a clock that goes back changes nothing", () => {
    const bucket = new TokenBucket(10, 5, 1_000);
    expect(bucket.take(6, 1_000_000)).toBe(false);
    expect(bucket.take(5, 1_000_000)).toBe(true);
    expect(bucket.take(1, 0)).toBe(false);
    expect(bucket.take(1, 100)).toBe(true);
  });
});

describe("Addresses", () => {
  const limits = { ...SERVER_LIMITS, socketsPerAddress: 2, addressConnectsBurst: 3 };

  test("[SG22] counts the sockets of an address, and each address alone", () => {
    const addresses = new Addresses(limits);
    const first = addresses.admit("192.0.2.1", 0);
    expect(first).toBeDefined();
    expect(addresses.admit("192.0.2.1", 0)).toBeDefined();
    expect(addresses.admit("192.0.2.1", 0)).toBeUndefined();
    expect(addresses.admit("192.0.2.2", 0)).toBeDefined();
    if (first !== undefined) addresses.release(first);
    expect(addresses.admit("::ffff:192.0.2.1", 0)).toBeDefined();
  });

  test("[SG22] bounds new sockets a second, and the number of addresses", () => {
    const addresses = new Addresses({ ...limits, addressesTotal: 1 });
    for (let opened = 0; opened < 3; opened += 1) {
      const share = addresses.admit("192.0.2.1", 0);
      expect(share).toBeDefined();
      if (share !== undefined) addresses.release(share);
    }
    expect(addresses.admit("192.0.2.1", 0)).toBeUndefined();
    expect(addresses.admit("192.0.2.1", 1_000)).toBeDefined();
    expect(addresses.admit("192.0.2.2", 1_000)).toBeUndefined();
  });

  test("[SG25] remembers an address while it owes, and forgets it afterwards", () => {
    const addresses = new Addresses(limits);
    const share = addresses.admit("192.0.2.1", 0);
    if (share === undefined) throw new Error("not admitted");
    share.egress.charge(SERVER_LIMITS.addressEgressBurst + 1, 0);
    addresses.release(share);
    addresses.sweep(1_000);
    expect(addresses.admit("192.0.2.1", 1_000)).toBe(share);
    addresses.release(share);
    addresses.sweep(60_000);
    expect(addresses.count).toBe(0);
  });

  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:2::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ])("[SG22] counts %s under %s", (address, key) => {
    expect(groupAddress(address)).toBe(key);
  });
});
