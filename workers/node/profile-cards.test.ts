import {
  assert as assertProperty,
  property,
  stringMatching,
  uint8Array,
  uniqueArray,
} from "fast-check";
import { expect, test } from "vitest";
import { EMPTY, JOINING, MEMBER } from "../../web/dev/fixtures.ts";
import { nameDatabase, nameRun } from "../../web/demo/demo-databases.ts";
import { databaseName } from "../../web/environment.ts";
import type { NodeSnapshot } from "../api.ts";
import {
  cardOf,
  countOthers,
  databaseOf,
  decodeCard,
  encodeCard,
  mergeProfiles,
  profileOf,
  type ProfileCard,
} from "./profile-cards.ts";
import { REGISTRY_DATABASE } from "./profile-registry.ts";

const MUM: ProfileCard = {
  name: "Mum",
  familyName: "The Okafors",
  role: "parent",
  member: "04aa",
  hasLock: true,
  keepsRules: true,
};
const MIA: ProfileCard = { ...MUM, name: "Mia", role: "child", hasLock: false, keepsRules: false };

test("[PR1] a profile is the database that the address names, and nothing else is one", () => {
  for (const profile of ["", "dad", "mia-2", "x".repeat(32)]) {
    const page = new URL(`https://app.test/?profile=${profile}`);
    expect(databaseOf(profile)).toBe(databaseName(page));
    expect(profileOf(databaseName(page))).toBe(profile);
  }
  const demo = nameDatabase(nameRun(new Uint8Array([1, 2, 3, 4])), "MUM");
  for (const other of [demo, REGISTRY_DATABASE, "tinyweb-", "tinywebs", "tinyweb-Dad", "other"]) {
    expect(profileOf(other), other).toBeNull();
  }
  for (const odd of ["Dad", "a/b", "x".repeat(33), "é"]) expect(() => databaseOf(odd)).toThrow();
});

test("[PR2] a card comes back as it was written, and other bytes are none", () => {
  for (const card of [MUM, MIA, { ...MIA, role: null, member: "" }]) {
    expect(decodeCard(encodeCard(card))).toEqual(card);
  }
  const good = encodeCard(MUM);
  for (let at = 0; at < good.length; at += 1) expect(decodeCard(good.slice(0, at))).toBeNull();
  for (const odd of [null, undefined, "text", 7, {}, []]) expect(decodeCard(odd)).toBeNull();
  assertProperty(property(uint8Array(), (bytes) => decodeCard(bytes) === null));
});

test("[PR3] the list has every entry and every database without one, by name", () => {
  const list = mergeProfiles(
    [
      { profile: "", card: MUM },
      { profile: "mia", card: MIA },
    ],
    ["zed", "", "mia", "dad"],
  );
  expect(list.map(({ profile, name, isHere }) => [profile, name, isHere])).toEqual([
    ["mia", "Mia", true],
    ["", "Mum", true],
    ["dad", "", true],
    ["zed", "", true],
  ]);
  expect(list[1]).toEqual({ profile: "", ...MUM, isHere: true });
});

test("[PR4] a damaged entry hides no profile", () => {
  const entries = [{ profile: "dad", card: null }] as const;
  expect(mergeProfiles(entries, ["dad"])).toMatchObject([
    { profile: "dad", name: "", isHere: true },
  ]);
  expect(mergeProfiles(entries, null)).toMatchObject([{ profile: "dad", name: "", isHere: true }]);
  expect(mergeProfiles(entries, [])).toEqual([]);
});

test("[PR5] an entry whose storage is gone says so and counts as nobody", () => {
  const list = mergeProfiles(
    [
      { profile: "", card: MUM },
      { profile: "mia", card: MIA },
    ],
    [""],
  );
  expect(list).toMatchObject([
    { profile: "mia", isHere: false },
    { profile: "", isHere: true },
  ]);
  expect(countOthers(list, "")).toBe(0);
  expect(countOthers(list, "new")).toBe(1);
});

test("[PR6] where the browser does not list its databases the entries are the list", () => {
  const list = mergeProfiles([{ profile: "mia", card: MIA }], null);
  expect(list).toMatchObject([{ profile: "mia", name: "Mia", isHere: true }]);
  expect(countOthers(list, "")).toBe(1);
});

test("[PR3] no entry and no database is ever lost, whatever they are", () => {
  const names = uniqueArray(stringMatching(/^[a-z0-9-]{0,4}$/), { maxLength: 6 });
  assertProperty(
    property(names, names, (listed, found) => {
      const entries = listed.map((profile, index) => ({ profile, card: index % 2 ? MUM : null }));
      const list = mergeProfiles(entries, found);
      const shown = new Set(list.map(({ profile }) => profile));
      expect(shown.size).toBe(list.length);
      for (const profile of found) expect(shown).toContain(profile);
      for (const { profile, card } of entries) if (card !== null) expect(shown).toContain(profile);
    }),
  );
});

test("[PR9] a snapshot says what the list should know, a locked one nothing new", () => {
  const lock = { ...MEMBER.lock, isSet: true };
  expect(cardOf({ ...MEMBER, lock })).toEqual(MUM);
  const joining: NodeSnapshot = { ...EMPTY, phase: "joining", joining: JOINING };
  expect(cardOf(joining)).toEqual({
    name: "Leo",
    familyName: "The Okafors",
    role: null,
    member: "",
    hasLock: false,
    keepsRules: false,
  });
  expect(cardOf(EMPTY)).toBeNull();
  for (const phase of ["locked", "starting", "choosing", "stopped"] as const) {
    expect(cardOf({ ...EMPTY, phase })).toBeUndefined();
  }
});
