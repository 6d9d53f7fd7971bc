import { expect, test } from "vitest";
import { databaseName } from "../environment.ts";
import { CAST } from "./cast.ts";
import { findLeftovers, nameDatabase, nameRun } from "./demo-databases.ts";

const RUN = nameRun(new Uint8Array([1, 0xab, 3, 4]));

test("[DM2] no profile's database is ever one of the demo's", () => {
  for (const { phone } of CAST) {
    const name = nameDatabase(RUN, phone);
    expect(name).toMatch(/^tinyweb-demo-01AB0304-[A-Z]+$/);
    const asked = name.slice("tinyweb-".length);
    expect(databaseName(new URL(`https://app.test/?profile=${asked}`))).toBe("tinyweb");
    const likeliest = databaseName(new URL(`https://app.test/?profile=${asked.toLowerCase()}`));
    expect(findLeftovers([likeliest], [])).toEqual([]);
  }
});

test("[DM2] leftovers are the demo's own of runs that nobody holds", () => {
  const other = nameRun(new Uint8Array([9, 9, 9, 9]));
  const names = [
    "tinyweb",
    "tinyweb-mia",
    "tinyweb-demo",
    "tinyweb-demo-01ab0304-MUM",
    nameDatabase(RUN, "MUM"),
    nameDatabase(other, "ZOE"),
  ];
  expect(findLeftovers(names, [RUN])).toEqual([nameDatabase(other, "ZOE")]);
  expect(findLeftovers(names, [])).toEqual([nameDatabase(RUN, "MUM"), nameDatabase(other, "ZOE")]);
});
