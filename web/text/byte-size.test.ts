import { expect, it } from "vitest";
import { formatBytes, formatCount } from "./byte-size.ts";

it("[CK3] writes sizes in the largest unit that is reached", () => {
  const sizes = [0, 1, 999, 1000, 3_420, 42_600, 3_400_000, 2_000_000_000, 9e15];
  expect(sizes.map((size) => formatBytes(size, "en-GB"))).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1 kB",
    "3.4 kB",
    "43 kB",
    "3.4 MB",
    "2 GB",
    "9,000 TB",
  ]);
  expect(formatCount(1204, "en-GB")).toBe("1,204");
});
