/** What a change of the rules does, in names: on a real family, with bodies written by hand. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { BODIES } from "../core/codec/wire-samples.suite.test.ts";
import { fromHex, memberIdOf, toHex } from "../core/codec/ids.ts";
import { subjectOf } from "../core/gossip/violations.ts";
import { fill, keyOf, requestOf } from "../core/ledger/family-fixture.suite.test.ts";
import { LARGEST_BODIES, ruleBookOf } from "../core/ledger/rule-samples.suite.test.ts";
import type { RuleBook } from "../core/ledger/rule-book.ts";
import { findMember, type LedgerState } from "../core/ledger/state.ts";
import { encodeAction, type TransactionBody } from "../core/ledger/transaction.ts";
import { sealBlob } from "./blobs.ts";
import { signTransaction, stateOf, type Family } from "./family.ts";
import { latestSecret } from "./profile.ts";
import { describeChange } from "./rule-changes.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";
import type { TestDevice } from "./testing/device.ts";

let house: Household;
let mum: TestDevice;
let family: Family;
const members = new Map<string, Uint8Array>();
const devices = new Map<string, Uint8Array>();

beforeAll(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  ({ family } = mum.running());
  const others = [await house.join(mum, "Dad", "parent"), await house.join(mum, "Mia", "child")];
  for (const one of [mum, ...others]) {
    members.set(one.name, fromHex(memberNamed(await mum.snapshot(), one.name)));
    devices.set(one.name, one.running().family.identity.device);
  }
  await makeGroup("Football");
});
afterAll(async () => house.stop());

/** A group of Mum's, made as a screen will make it. */
async function makeGroup(text: string): Promise<void> {
  const secret = latestSecret(family.identity.profile);
  if (secret === null) throw new Error("no secret");
  const { crypto } = family.env;
  const plain = { salt: crypto.randomBytes(16), text };
  const name = sealBlob(crypto, family.identity.profile.family, secret, plain);
  const body = {
    type: "group-created" as const,
    kind: "friends" as const,
    name: name.hash,
    members: [],
  };
  const signed = await signTransaction(family, body, []);
  expect(await family.ledger.submit(signed, [name.bytes])).toBeNull();
  await house.settle();
}

const member = (name: string): Uint8Array => members.get(name) ?? fill(16, 0);
const device = (name: string): Uint8Array => devices.get(name) ?? fill(16, 0);
const someone = (name: string) => ({ id: toHex(member(name)), name, isMe: name === "Mum" });
const someDevice = (name: string) => ({
  id: toHex(device(name)),
  owner: someone(name),
  isThis: name === "Mum",
});
const STRANGER = fill(16, 0xee);
const NOBODY = { id: toHex(STRANGER), name: null, isMe: false };
const RULE = fill(16, 0x82);
const CUTS = { cuts: [] };

const withRules = (rules: Partial<RuleBook>): LedgerState => {
  const state = stateOf(family);
  return { ...state, rules: { ...state.rules, ...rules } };
};
const tell = (body: TransactionBody, state: LedgerState = stateOf(family)) =>
  describeChange(family, body, state);
const span = () => ({ by: member("Mum"), from: 0, ended: null });
const grant = (name: string) => ({
  member: member(name),
  permission: "create-group" as const,
  scope: { type: "member" as const, member: member("Dad") },
  condition: { type: "weekly" as const, windows: [{ days: 3, from: 60, to: 120 }] },
  expiresAt: 9,
});
const grantView = (name: string) => ({
  ...grant(name),
  member: someone(name),
  scope: { type: "member", member: someone("Dad") },
});
const control = {
  version: 1,
  contacts: "approved" as const,
  quiet: [{ days: 127, from: 1_200, to: 420 }],
  oversight: true,
  location: "guardians-see" as const,
  dailyMessages: 50,
  media: ["text", "voice"] as const,
  endsAt: 8,
};
const controlBody = () => ({
  ...control,
  child: member("Mia"),
  guardians: [member("Mum"), STRANGER],
  confidants: [member("Dad")],
});

test("[HI1] who comes and goes, and with which devices, is told by name", () => {
  const state = stateOf(family);
  const { familyName } = state;
  const nameOf = (name: string) => findMember(state, member(name))?.name ?? fill(32, 0);
  const founding = {
    type: "family-created" as const,
    epoch: 0,
    recoveryKey: keyOf(1),
    deviceKey: family.identity.signer.publicKey,
    encryptionKey: keyOf(2),
    familyName,
    memberName: nameOf("Mum"),
    secretCommitment: keyOf(3),
  };
  const founder = someone("Mum");
  const created = { type: "family-created", familyName: "The Okafors", founder, isAgain: false };
  expect(tell(founding)).toEqual(created);
  expect(tell({ ...founding, epoch: 1_795_000_000 })).toEqual({ ...created, isAgain: true });
  const invite = { type: "invite-created" as const, inviteKey: keyOf(4), expiresAt: 7 };
  expect(tell({ ...invite, role: "child", member: null })).toEqual({
    type: "invite-created",
    role: "child",
    member: null,
  });
  expect(tell({ ...invite, role: "parent", member: member("Dad") })).toMatchObject({
    member: someone("Dad"),
  });
  const open = { id: RULE, key: keyOf(5), by: device("Mum"), expiresAt: 7, isUsed: 0 };
  const invites = [{ ...open, role: "child" as const, member: member("Mia") }];
  expect(tell({ type: "invite-revoked", invite: RULE }, { ...state, invites })).toEqual({
    type: "invite-revoked",
    role: "child",
    member: someone("Mia"),
  });
  const request = requestOf(keyOf(4), { ...dadActor(), key: keyOf(77) }, "relative");
  expect(tell({ type: "member-registered", request, name: nameOf("Mia") })).toEqual({
    type: "member-registered",
    member: { id: toHex(memberIdOf(state.family, keyOf(77))), name: "Mia", isMe: false },
    role: "relative",
  });
  const further = requestOf(keyOf(4), dadActor(), "parent", member("Dad"));
  const replaced = [{ device: device("Dad"), cuts: [] }];
  expect(tell({ type: "device-registered", request: further, replaced })).toEqual({
    type: "device-registered",
    member: someone("Dad"),
    replaced: 1,
  });
  expect(tell({ type: "device-revoked", device: device("Mia"), reason: "lost", cuts: [] })).toEqual(
    { type: "device-revoked", device: someDevice("Mia"), reason: "lost" },
  );
  expect(
    tell({ type: "role-assigned", member: member("Mia"), from: "child", to: "relative", ...CUTS }),
  ).toEqual({ type: "role-assigned", member: someone("Mia"), from: "child", to: "relative" });
  expect(tell({ type: "member-removed", member: member("Dad"), ...CUTS })).toEqual({
    type: "member-removed",
    member: someone("Dad"),
  });
  expect(tell({ type: "member-left", ...CUTS })).toEqual({ type: "member-left" });
});

test("[HI1] who keeps the rules is told with their number afterwards", () => {
  const ready = fill(64, 1);
  const added = [
    { device: device("Dad"), ready },
    { device: device("Mia"), ready },
  ];
  const body = { type: "replicas-changed" as const, parent: keyOf(1) };
  expect(tell({ ...body, added, removed: [] })).toEqual({
    type: "replicas-changed",
    added: [someDevice("Dad"), someDevice("Mia")],
    removed: [],
    count: 3,
  });
  expect(tell({ ...body, added: added.slice(1), removed: [device("Mum")] })).toMatchObject({
    removed: [someDevice("Mum")],
    count: 1,
  });
  const votes = {
    first: { blockHash: keyOf(1), signature: ready },
    second: { blockHash: keyOf(2), signature: ready },
  };
  expect(
    tell({
      type: "evidence",
      device: device("Dad"),
      epoch: 0,
      height: 3,
      view: 0,
      phase: "commit",
      ...votes,
    }),
  ).toEqual({ type: "evidence", device: someDevice("Dad") });
  const [founder] = stateOf(family).members.filter(({ recoveryKey }) => recoveryKey !== null);
  const recovery = {
    type: "recovery" as const,
    epoch: 1,
    parent: keyOf(1),
    replicas: [device("Dad")],
  };
  expect(tell({ ...recovery, recoveryKey: founder?.recoveryKey ?? keyOf(1) })).toEqual({
    type: "recovery",
    wordsOf: someone("Mum"),
    keepers: [someDevice("Dad")],
  });
  expect(tell({ ...recovery, recoveryKey: keyOf(9) })).toMatchObject({ wordsOf: null });
});

test("[HI1] groups are told by name, what is allowed and forbidden with its words", () => {
  const [group] = stateOf(family).rules.groups;
  if (group === undefined) throw new Error("no group");
  expect(
    tell({ type: "group-created", kind: "family", name: group.name, members: [member("Mia")] }),
  ).toEqual({ type: "group-created", name: "Football", kind: "family", members: [someone("Mia")] });
  expect(tell({ type: "group-updated", group: group.id, name: keyOf(3) })).toEqual({
    type: "group-updated",
    name: null,
    before: "Football",
  });
  expect(tell({ type: "group-archived", group: group.id, ...CUTS })).toEqual({
    type: "group-archived",
    name: "Football",
  });
  for (const type of ["group-member-added", "group-member-removed"] as const) {
    const body = { group: group.id, member: member("Mia"), ...CUTS };
    expect(tell({ type, ...body })).toEqual({ type, name: "Football", member: someone("Mia") });
  }
  const given = tell({ type: "permission-granted", ...grant("Mia") });
  expect(given).toEqual({ type: "permission-granted", grant: grantView("Mia") });
  const scope = { type: "group" as const, group: group.id };
  expect(tell({ type: "permission-denied", ...grant("Mum"), scope, ...CUTS })).toEqual({
    type: "permission-denied",
    grant: { ...grantView("Mum"), scope: { type: "group", name: "Football" } },
  });
  const grants = [{ id: RULE, isDenial: true, ...grant("Mia"), ...span() }];
  expect(tell({ type: "permission-ended", rule: RULE, ...CUTS }, withRules({ grants }))).toEqual({
    type: "permission-ended",
    was: { ...grantView("Mia"), isDenial: true },
  });
});

test("[HI1] what is set is told beside what it replaces", () => {
  const body = { type: "control-set" as const, ...controlBody(), ...CUTS };
  const view = {
    contacts: "approved",
    quiet: control.quiet,
    oversight: true,
    location: "guardians-see",
    dailyMessages: 50,
    media: control.media,
    endsAt: 8,
    guardians: [someone("Mum"), NOBODY],
    confidants: [someone("Dad")],
  };
  const first = { type: "control-set", child: someone("Mia"), control: view, before: null };
  expect(tell(body)).toEqual(first);
  const former = { id: RULE, ...controlBody(), dailyMessages: 9, ...span() };
  expect(tell(body, withRules({ controls: [former] }))).toEqual({
    ...first,
    before: { ...view, dailyMessages: 9 },
  });
  // One that has ended is none.
  const ended = { ...former, ended: { height: 1, time: 1 } };
  expect(tell(body, withRules({ controls: [ended] }))).toEqual(first);
  const zone = { name: "Europe/Berlin\u202e", offsets: [{ from: 5, offset: 900 }] };
  expect(
    tell({
      type: "setting-changed",
      version: 1,
      retentionDays: 60,
      messageBytes: 4_096,
      locationSeconds: 300,
      zone,
      ...CUTS,
    }),
  ).toEqual({
    type: "setting-changed",
    settings: {
      retentionDays: 60,
      messageBytes: 4_096,
      locationSeconds: 300,
      zone: "Europe/Berlin",
    },
    before: { retentionDays: 30, messageBytes: 32_768, locationSeconds: 60, zone: null },
  });
});

test("[HI1] filters, places, requests, alarms and the rest are told with whom they concern", () => {
  const filter = { sealed: keyOf(1), mode: "hide" as const, isReporting: true };
  const set = { type: "filter-set" as const, member: member("Mia"), ...filter };
  const told = { type: "filter-set", member: someone("Mia"), mode: "hide", isReporting: true };
  expect(tell({ ...set, replaces: null })).toEqual({ ...told, isChange: false });
  expect(tell({ ...set, replaces: RULE })).toEqual({ ...told, isChange: true });
  const filters = [{ id: RULE, member: member("Mia"), ...filter, ...span() }];
  expect(tell({ type: "filter-removed", filter: RULE }, withRules({ filters }))).toEqual({
    type: "filter-removed",
    member: someone("Mia"),
  });
  expect(tell({ type: "place-set", member: null, sealed: keyOf(1), replaces: RULE })).toEqual({
    type: "place-set",
    member: null,
    isChange: true,
  });
  const places = [{ id: RULE, member: member("Dad"), sealed: keyOf(1), ...span() }];
  expect(tell({ type: "place-removed", place: RULE }, withRules({ places }))).toEqual({
    type: "place-removed",
    member: someone("Dad"),
  });
  expect(tell({ type: "rules-raised", version: 2 })).toEqual({ type: "rules-raised", version: 2 });
  expect(tell({ type: "recovery-key-replaced", member: member("Dad"), key: keyOf(2) })).toEqual({
    type: "recovery-key-replaced",
    member: someone("Dad"),
  });
  const asked = { request: fill(16, 5), member: member("Mia"), grant: null, until: 7 };
  expect(tell({ type: "request-decided", ...asked, isApproved: true })).toEqual({
    type: "request-decided",
    member: someone("Mia"),
    isApproved: true,
    until: 7,
  });
  const alert = fill(16, 6);
  expect(tell({ type: "emergency-recorded", alert })).toEqual({
    type: "emergency-recorded",
    member: null,
  });
  expect(tell({ type: "emergency-resolved", alert, member: member("Mia") })).toEqual({
    type: "emergency-resolved",
    member: someone("Mia"),
  });
  const broken = { type: "violation-recorded" as const, subject: RULE, rule: 2, day: 6, count: 5 };
  const shown = { type: broken.type, rule: "quiet-hours", day: 6 * 86_400_000, count: 5 };
  expect(tell(broken)).toEqual({ ...shown, member: null });
  const subject = subjectOf(stateOf(family).family, member("Mia"), 2, 6);
  expect(tell({ ...broken, subject })).toEqual({ ...shown, member: someone("Mia") });
  const odd = { ...broken, rule: 255, day: Number.MAX_SAFE_INTEGER };
  expect(tell(odd)).toMatchObject({ rule: null, day: 8.64e15 });
  for (const type of ["family-closed"] as const) expect(tell({ type })).toEqual({ type });
  expect(tell({ type: "secret-renewed", epoch: 2, commitment: keyOf(1) })).toEqual({
    type: "secret-renewed",
  });
});

test("[HI2] of a proposal and of each word about it is told what would happen, and who asked", () => {
  const action = {
    type: "role-assigned",
    member: member("Mia"),
    from: "child",
    to: "relative",
    ...CUTS,
  } as const;
  const of = { type: "role-assigned", member: someone("Mia"), from: "child", to: "relative" };
  expect(tell({ type: "proposed", action: encodeAction(action) })).toEqual({
    type: "proposed",
    of,
  });
  const proposal = {
    id: RULE,
    by: member("Dad"),
    device: device("Dad"),
    action: encodeAction(action),
    signedAt: 1,
    openedHeight: 1,
    noticeFrom: 1,
    expiresAt: 9,
    voices: [],
  };
  for (const type of ["approved", "objected", "withdrawn", "enacted"] as const) {
    const word: TransactionBody =
      type === "approved" || type === "enacted"
        ? { type, proposal: RULE, cuts: [] }
        : { type, proposal: RULE };
    expect(tell(word, withRules({ proposals: [proposal] }))).toEqual({
      type,
      of,
      proposer: someone("Dad"),
    });
    expect(tell(word)).toEqual({ type, of: null, proposer: null });
  }
});

test("[HI3] what cannot be read is nobody's and nothing, and no body of any kind stops it", () => {
  const garbage = fill(40, 0xff);
  expect(tell({ type: "proposed", action: garbage })).toEqual({ type: "proposed", of: null });
  // A proposal about a proposal is none.
  const nested = encodeAction({ type: "approved", proposal: RULE, cuts: [] });
  expect(tell({ type: "proposed", action: nested })).toEqual({ type: "proposed", of: null });
  expect(tell({ type: "member-removed", member: STRANGER, ...CUTS })).toEqual({
    type: "member-removed",
    member: NOBODY,
  });
  expect(tell({ type: "device-revoked", device: STRANGER, reason: "lost", cuts: [] })).toEqual({
    type: "device-revoked",
    device: { id: toHex(STRANGER), owner: null, isThis: false },
    reason: "lost",
  });
  const gone = { type: "device-registered" as const, replaced: [] };
  const request = requestOf(keyOf(4), dadActor(), "parent", null);
  expect(tell({ ...gone, request })).toMatchObject({ member: { id: "", name: null } });
  const odd = withRules(ruleBookOf(7, (make) => [make(0)]));
  const empty: LedgerState = { ...stateOf(family), members: [], devices: [], replicas: [] };
  for (const body of [...BODIES, ...LARGEST_BODIES]) {
    for (const state of [stateOf(family), odd, empty]) {
      const told = tell(body, state);
      expect(told.type).toBe(body.type);
      // Plain data, with nothing undefined in it: it crosses to the page.
      expect(structuredClone(told)).toEqual(told);
      expect(JSON.stringify(told)).not.toContain('"name":""');
    }
  }
});

test("[HI4] a newcomer is told by the same name and id before and after it is in", () => {
  const state = stateOf(family);
  const dad = findMember(state, member("Dad"));
  const key = state.devices.find((one) => toHex(one.member) === toHex(member("Dad")))?.key;
  if (dad === null || key === undefined) throw new Error("no Dad");
  const request = requestOf(keyOf(4), { ...dadActor(), key }, "parent");
  const body = { type: "member-registered" as const, request, name: dad.name };
  const before = { ...state, members: state.members.filter((one) => one !== dad) };
  expect(tell(body, before)).toEqual(tell(body));
  expect(tell(body)).toEqual({ type: "member-registered", member: someone("Dad"), role: "parent" });
});

function dadActor() {
  return { key: keyOf(78), device: device("Dad"), member: member("Dad") };
}
