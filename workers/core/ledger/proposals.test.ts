import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  after,
  controlBody,
  denialBody,
  grantBody,
  HERE,
  NO_CUTS,
  onProposal,
  proposedBody,
  reasonOf,
  removal,
  roleBody,
  run,
  settingBody,
  type RunOptions,
} from "./execution-fixture.suite.test.ts";
import { enterHeight, execute } from "./execute.ts";
import {
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
  signed,
  type Actor,
} from "./family-fixture.suite.test.ts";
import {
  NOTICE_LONG_MS,
  NOTICE_REVOKE_MS,
  NOTICE_SHORT_MS,
  PROPOSAL_FORGET_MS,
  PROPOSAL_LIFE_MS,
  PROPOSALS_MAX,
  VOICE_AGE_MS,
} from "./limits.ts";
import { decidedOf } from "./proposals.ts";
import {
  AUNT,
  controlFor,
  DAD,
  EIGHTEEN,
  FAMILY_OF_EIGHT,
  GRAN,
  MIA,
  MUM,
  TOM,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import type { Standing } from "./standing.ts";
import { findDevice, findMember, stateRootOf, withEntry, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

/** Dad and Mum are the parents. */
const TWO = FAMILY_OF_EIGHT;
/** Gran is a parent too. */
const THREE = changed(TWO, GRAN, "parent");
/** Dad is the only parent. */
const ONE = changed(TWO, MUM, "relative");
const OPA = furtherDevice(GRAN, keyOf(91));
const DAD_PHONE = furtherDevice(DAD, keyOf(90));
const MUM_PHONE = furtherDevice(MUM, keyOf(92));

function changed(state: LedgerState, who: Actor, role: "parent" | "relative"): LedgerState {
  const member = findMember(state, who.member);
  if (member === null) throw new Error("the fixture has everybody");
  return { ...state, members: withEntry(state.members, { ...member, role }) };
}

const withDevice = (state: LedgerState, device: Actor): LedgerState => ({
  ...state,
  devices: withEntry(state.devices, deviceEntry(device, NOW - VOICE_AGE_MS)),
});

const lost = (
  device: Actor,
  reason: "lost" | "retired" | "compromised" = "lost",
): TransactionBody => ({
  type: "device-revoked",
  device: device.device,
  reason,
  cuts: [],
});

interface Opened {
  readonly state: LedgerState;
  readonly id: Uint8Array;
}

function open(
  state: LedgerState,
  by: Actor,
  action: TransactionBody,
  options: RunOptions = {},
): Opened {
  const before = new Set(state.rules.proposals.map((one) => toHex(one.id)));
  const next = after(run(state, by, proposedBody(action), options));
  const made = next.rules.proposals.find((one) => !before.has(toHex(one.id)));
  if (made === undefined) throw new Error("it was not kept: it happened at once");
  return { state: next, id: made.id };
}

const say = (
  { state, id }: Opened,
  type: "approved" | "objected" | "withdrawn" | "enacted",
  who: Actor,
  options: RunOptions = {},
): Opened => ({ state: after(run(state, who, onProposal(type, id), options)), id });

const tried = (
  { state, id }: Opened,
  type: "approved" | "objected" | "withdrawn" | "enacted",
  who: Actor,
  options: RunOptions = {},
): string => reasonOf(run(state, who, onProposal(type, id), options));

const standing = ({ state, id }: Opened, time: number = NOW): Standing => {
  const proposal = state.rules.proposals.find((one) => toHex(one.id) === toHex(id));
  const decided =
    proposal === undefined ? null : decidedOf({ ...state, height: 6 }, proposal, time);
  if (decided === null) throw new Error("it is open");
  return decided.standing;
};

const waiting = (
  who: readonly Actor[],
  missing: number,
  happensAt: number | null = null,
  isObjected = false,
): unknown => ({
  type: "waiting",
  for: who.map((one) => one.member).toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1)),
  missing,
  happensAt,
  isObjected,
});

const isOpen = ({ state, id }: Opened): boolean =>
  state.rules.proposals.some((one) => toHex(one.id) === toHex(id));
const roleOf = (state: LedgerState, who: Actor): string | undefined =>
  findMember(state, who.member)?.role;

describe("two parents other than the subject", () => {
  const promote = roleBody(AUNT, "relative", "parent");

  test("[DC1] nobody does it alone; the second approval does it, in its own block", () => {
    for (const body of [promote, removal(MIA), { type: "family-closed" } as const]) {
      expect(reasonOf(run(TWO, DAD, body))).toBe("needs-decision");
    }
    const opened = open(TWO, DAD, promote);
    expect(roleOf(opened.state, AUNT)).toBe("relative");
    expect(standing(opened)).toEqual(waiting([MUM], 1));
    const done = say(opened, "approved", MUM, { height: 7 });
    expect(isOpen(done)).toBe(false);
    expect(findMember(done.state, AUNT.member)).toMatchObject({
      role: "parent",
      formerRoles: [{ role: "relative", until: 7 }],
    });
  });

  test("[DC2] who is no parent starts nothing and approves nothing", () => {
    for (const who of [GRAN, MIA, ZOE]) {
      expect(reasonOf(run(TWO, who, proposedBody(promote)))).toBe("not-permitted");
      expect(tried(open(TWO, DAD, promote), "approved", who)).toBe("not-concerned");
      expect(tried(open(TWO, DAD, promote), "objected", who)).toBe("not-concerned");
    }
  });

  test("[DC3] the subject's own word is no approval where two others are there", () => {
    const opened = open(THREE, DAD, removal(MUM));
    expect(standing(opened)).toEqual(waiting([GRAN], 1));
    const consented = say(opened, "approved", MUM);
    expect(isOpen(consented)).toBe(true);
    expect(tried(consented, "enacted", DAD, { at: NOW + 29 * DAY })).toBe("not-yet");
    expect(findMember(say(consented, "approved", GRAN).state, MUM.member)?.leftAt).toBe(6);
  });

  test("[DC3] the same member from two devices is one voice", () => {
    const state = withDevice(THREE, DAD_PHONE);
    const opened = open(state, DAD, removal(MUM));
    expect(tried(opened, "approved", DAD_PHONE)).toBe("already-said");
    expect(tried(opened, "approved", DAD)).toBe("already-said");
    expect(standing(opened)).toEqual(waiting([GRAN], 1));
  });

  test("[NW1] a further device neither proposes, agrees, objects nor withdraws for seven days", () => {
    const young = (state: LedgerState, device: Actor): LedgerState => ({
      ...state,
      devices: withEntry(state.devices, deviceEntry(device, NOW)),
    });
    // Dad let in a device for Mum: it does not agree to what he proposes about her.
    const state = young(young(TWO, MUM_PHONE), DAD_PHONE);
    const opened = open(state, DAD, removal(MUM));
    for (const word of ["approved", "objected"] as const) {
      expect(tried(opened, word, MUM_PHONE)).toBe("new-device");
      expect(tried(opened, word, MUM_PHONE, { at: NOW + VOICE_AGE_MS - 1 })).toBe("new-device");
      expect(tried(opened, word, MUM)).toBe("accepted");
    }
    expect(tried(opened, "withdrawn", DAD_PHONE)).toBe("new-device");
    expect(reasonOf(run(state, DAD_PHONE, proposedBody(promote)))).toBe("new-device");
    expect(tried(opened, "approved", MUM_PHONE, { at: NOW + VOICE_AGE_MS })).toBe("accepted");
    // Nor does it take back what she said with her own.
    expect(tried(say(opened, "objected", MUM), "approved", MUM_PHONE)).toBe("new-device");
    // The device that a member came with speaks at once.
    expect(tried(open(TWO, DAD, promote), "approved", MUM)).toBe("accepted");
  });

  test("[NW1] [NW2] a new further device takes nothing from its member, nor speaks for it", () => {
    const state: LedgerState = {
      ...TWO,
      replicas: [DAD.device, MUM.device],
      devices: withEntry(TWO.devices, deviceEntry(MUM_PHONE, NOW)),
    };
    const revoked = (device: Actor): TransactionBody => ({
      type: "device-revoked",
      device: device.device,
      reason: "lost",
      cuts: [],
    });
    const stepDown = (device: Actor): TransactionBody => ({
      type: "replicas-changed",
      parent: HERE.parent,
      added: [],
      removed: [device.device],
    });
    const speaking: readonly TransactionBody[] = [
      revoked(MUM),
      stepDown(MUM),
      { type: "member-left", cuts: [] },
      controlBody(MIA),
      grantBody(MIA),
      denialBody(MIA),
      roleBody(MUM, "parent", "relative"),
      removal(GRAN),
    ];
    for (const body of speaking) {
      const said = [NOW, NOW + VOICE_AGE_MS - 1, NOW + VOICE_AGE_MS].map((at) =>
        reasonOf(run(state, MUM_PHONE, body, { at })),
      );
      expect([body.type, said[0], said[1], said[2] === "new-device"]).toEqual([
        body.type,
        "new-device",
        "new-device",
        false,
      ]);
      // Her own phone is not asked how old it is.
      expect(reasonOf(run(state, MUM, body))).not.toBe("new-device");
    }
    // Another device of hers is let in by it, in the place of none.
    const invite = inviteBody(keyOf(60), "parent", NOW + HOUR, MUM.member);
    const invited = after(run(state, MUM_PHONE, invite));
    for (const [replaced, said] of [
      [[], "accepted"],
      [[{ device: MUM.device, cuts: [] }], "new-device"],
    ] as const) {
      const device = furtherDevice(MUM, keyOf(61));
      const request = requestOf(keyOf(60), device, "parent", MUM.member);
      const body: TransactionBody = { type: "device-registered", request, replaced };
      expect(reasonOf(run(invited, MUM_PHONE, body))).toBe(said);
    }
    // What any parent may, what cannot wait, and giving itself up.
    const alarm = { type: "emergency-recorded", alert: fill(16, 7) } as const;
    for (const body of [revoked(MIA), revoked(MUM_PHONE), settingBody(), alarm]) {
      expect([body.type, reasonOf(run(state, MUM_PHONE, body))]).toEqual([body.type, "accepted"]);
    }
  });

  test("[DC9] [NW3] one parent adds a device beside another's, and replaces none", () => {
    const added = (replaced: readonly Actor[]): TransactionBody => ({
      type: "device-registered",
      request: requestOf(keyOf(60), furtherDevice(MUM, keyOf(61)), "parent", MUM.member),
      replaced: replaced.map(({ device }) => ({ device, cuts: [] })),
    });
    const state = after(run(TWO, DAD, inviteBody(keyOf(60), "parent", NOW + HOUR, MUM.member)));
    expect(reasonOf(run(state, DAD, added([])))).toBe("accepted");
    expect(reasonOf(run(state, DAD, added([MUM])))).toBe("needs-decision");
  });

  test("[DC4] an objection takes back one's own approval and stops nobody else's", () => {
    const four = changed(THREE, AUNT, "parent");
    const opened = say(open(four, DAD, removal(MUM)), "objected", DAD);
    expect(standing(opened)).toEqual(waiting([DAD, GRAN, AUNT], 2));
    const both = say(say(opened, "approved", GRAN), "objected", MUM);
    expect(isOpen(say(both, "approved", AUNT))).toBe(false);
    expect(isOpen(say(say(opened, "approved", DAD), "approved", GRAN))).toBe(false);
  });

  test("[DC5] an approval of who is no parent any more does not count, nor of a device that was lost", () => {
    const four = changed(THREE, AUNT, "parent");
    const opened = open(withDevice(four, DAD_PHONE), DAD_PHONE, removal(MUM));
    const demoted = after(run(opened.state, DAD, roleBody(DAD, "parent", "relative")));
    expect(tried({ ...opened, state: demoted }, "approved", GRAN)).toBe("accepted");
    const stolen = after(run(opened.state, DAD, lost(DAD_PHONE)));
    expect(standing({ ...opened, state: stolen })).toEqual(waiting([DAD, GRAN, AUNT], 2));
    // The member says it again with a device that it has, and only then it counts.
    const again = say({ ...opened, state: stolen }, "approved", DAD);
    expect(standing(again)).toEqual(waiting([GRAN, AUNT], 1));
    const retired = after(run(opened.state, DAD, lost(DAD_PHONE, "retired")));
    expect(standing({ ...opened, state: retired })).toEqual(waiting([GRAN, AUNT], 1));
  });

  test("[DC5] a proposal dies with its proposer's power to make it, and with its proposer", () => {
    const opened = open(THREE, DAD, promote);
    const helped = { ...opened.state, replicas: [GRAN.device] };
    const demoted = after(run(helped, DAD, roleBody(DAD, "parent", "relative")));
    const left = { ...opened, state: demoted };
    const approved = say(left, "approved", MUM);
    expect(tried(approved, "approved", GRAN)).toBe("not-permitted");
    expect(roleOf(approved.state, AUNT)).toBe("relative");
    const gone = after(run(helped, DAD, { type: "member-left", ...NO_CUTS }));
    expect(gone.rules.proposals).toEqual([]);
  });

  test("[DC6] of two proposals of one subject the first that is decided holds", () => {
    const first = open(THREE, DAD, roleBody(AUNT, "relative", "parent"));
    const second = open(first.state, MUM, grantBody(AUNT, { permission: "set-filters" }));
    const removed = open(second.state, GRAN, removal(MUM));
    const gone = say(removed, "approved", DAD);
    // What Mum proposed went with her; what Dad did is still open, and one approval short.
    expect(gone.state.rules.proposals.map((one) => toHex(one.id))).toEqual([toHex(first.id)]);
    expect(tried({ ...first, state: gone.state }, "approved", GRAN)).toBe("accepted");
    const demoted = say(
      open(first.state, MUM, roleBody(GRAN, "parent", "contact")),
      "approved",
      DAD,
    );
    const twice = open(first.state, MUM, roleBody(GRAN, "parent", "relative"));
    const both = {
      ...twice,
      state: {
        ...demoted.state,
        rules: { ...demoted.state.rules, proposals: twice.state.rules.proposals },
      },
    };
    expect(tried(both, "approved", DAD)).toBe("rules-moved");
  });

  test("[DC6] a proposal that names an older control is void once another stands", () => {
    const opened = open(TWO, DAD, controlBody(MIA, { oversight: true }));
    const state = after(run(opened.state, MUM, controlBody(MIA, { contacts: "family" })));
    expect(tried({ ...opened, state }, "approved", MUM)).toBe("rules-moved");
    expect(state.rules.controls).toMatchObject([{ oversight: false, contacts: "family" }]);
  });

  test("[DC6] the subject leaves meanwhile: nothing happens any more", () => {
    const opened = open(THREE, DAD, removal(MUM));
    const state = after(run(opened.state, MUM, { type: "member-left", ...NO_CUTS }));
    expect(tried({ ...opened, state }, "approved", GRAN)).toBe("rules-moved");
    const other = open(TWO, DAD, promote);
    const left = after(run(other.state, AUNT, { type: "member-left", ...NO_CUTS }));
    expect(tried({ ...other, state: left }, "approved", MUM)).toBe("already-left");
  });

  test("[DC7] what one may do alone needs no proposal, and what no proposal holds is none", () => {
    expect(reasonOf(run(TWO, DAD, proposedBody(settingBody())))).toBe("needs-no-decision");
    expect(reasonOf(run(TWO, DAD, proposedBody(proposedBody(promote))))).toBe("not-proposable");
    expect(reasonOf(run(TWO, DAD, proposedBody(onProposal("enacted", fill(16, 1)))))).toBe(
      "not-proposable",
    );
    expect(reasonOf(run(TWO, DAD, { type: "proposed", action: fill(9, 1) }))).toBe(
      "not-proposable",
    );
    expect(reasonOf(run(TWO, DAD, proposedBody(roleBody(AUNT, "contact", "parent"))))).toBe(
      "rules-moved",
    );
  });

  test("[DC7] the same is not proposed twice while it is open", () => {
    const opened = open(TWO, DAD, promote);
    expect(reasonOf(run(opened.state, MUM, proposedBody(promote)))).toBe("repeated-proposal");
    const later = NOW + PROPOSAL_LIFE_MS;
    expect(reasonOf(run(opened.state, MUM, proposedBody(promote), { at: later }))).toBe("accepted");
  });

  test("[DC8] only its member withdraws it", () => {
    const opened = open(withDevice(TWO, DAD_PHONE), DAD, promote);
    expect(tried(opened, "withdrawn", MUM)).toBe("not-concerned");
    const gone = say(opened, "withdrawn", DAD_PHONE);
    expect(isOpen(gone)).toBe(false);
    for (const type of ["approved", "objected", "withdrawn", "enacted"] as const) {
      expect(tried(gone, type, MUM)).toBe("unknown-proposal");
    }
  });

  test("[DC9] what is proposed, whoever proposes it: power over others and over parents", () => {
    const invited = after(run(TWO, DAD, inviteBody(keyOf(60), "parent", NOW + HOUR)));
    const third: TransactionBody = {
      type: "member-registered",
      request: requestOf(keyOf(60), OPA, "parent"),
      name: fill(32, 1),
    };
    const rows: readonly (readonly [LedgerState, TransactionBody])[] = [
      [invited, third],
      [TWO, { type: "recovery-key-replaced", member: DAD.member, key: keyOf(62) }],
      [TWO, { type: "recovery-key-replaced", member: MUM.member, key: keyOf(62) }],
      [TWO, denialBody(MUM)],
      [TWO, grantBody(GRAN, { permission: "set-controls" })],
      [TWO, roleBody(MIA, "child", "relative")],
      [TWO, { type: "family-closed" }],
    ];
    for (const [state, body] of rows) {
      expect([body.type, reasonOf(run(state, DAD, body))]).toEqual([body.type, "needs-decision"]);
      expect([body.type, reasonOf(run(state, DAD, proposedBody(body)))]).toEqual([
        body.type,
        "accepted",
      ]);
    }
    const first = after(run(ONE, DAD, inviteBody(keyOf(60), "parent", NOW + HOUR)));
    expect(reasonOf(run(first, DAD, third))).toBe("accepted");
    expect(reasonOf(run(TWO, DAD, denialBody(DAD)))).toBe("accepted");
  });

  test("[DC9] [FS5] a recovery key is replaced by both, and the new one is nobody's yet", () => {
    const key: TransactionBody = {
      type: "recovery-key-replaced",
      member: DAD.member,
      key: keyOf(62),
    };
    const done = say(open(TWO, DAD, key), "approved", MUM);
    expect(findMember(done.state, DAD.member)?.recoveryKey).toEqual(keyOf(62));
    const same: TransactionBody = { ...key, member: MUM.member };
    expect(reasonOf(run(done.state, MUM, proposedBody(same)))).toBe("repeated-key");
    const grans: TransactionBody = { ...key, member: GRAN.member };
    expect(reasonOf(run(TWO, DAD, proposedBody(grans)))).toBe("bad-role");
  });

  test("[FS6] two parents close the family, and nothing is written after it", () => {
    const done = say(open(TWO, DAD, { type: "family-closed" }), "approved", MUM);
    expect(done.state.rules).toMatchObject({ closedAt: 6, proposals: [] });
    expect(reasonOf(run(done.state, DAD, settingBody()))).toBe("family-closed");
  });

  test("[CN5] a decided control stands with all that it says", () => {
    const done = say(
      open(TWO, DAD, controlBody(MIA, { oversight: true, confidants: [GRAN.member] })),
      "approved",
      MUM,
    );
    expect(done.state.rules.controls).toMatchObject([
      { child: MIA.member, oversight: true, by: DAD.member, from: 6 },
    ]);
  });
});

describe("notice", () => {
  test("[DC10] one parent in the family: that one, a day after it was told", () => {
    const opened = open(ONE, DAD, roleBody(GRAN, "relative", "parent"));
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS - 1 })).toBe("not-yet");
    expect(standing(opened, NOW + NOTICE_SHORT_MS)).toEqual({ type: "ready" });
    const done = say(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS });
    expect(roleOf(done.state, GRAN)).toBe("parent");
    expect(isOpen(done)).toBe(false);
  });

  test("[DC10] about itself too", () => {
    const key: TransactionBody = {
      type: "recovery-key-replaced",
      member: DAD.member,
      key: keyOf(62),
    };
    const opened = open(ONE, DAD, key);
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS })).toBe("accepted");
  });

  test("[DC11] two parents, one of them the subject: the other and its consent, or seven days", () => {
    const opened = open(TWO, DAD, removal(MUM));
    expect(standing(opened)).toEqual(waiting([MUM], 1, NOW + NOTICE_LONG_MS));
    expect(isOpen(say(opened, "approved", MUM))).toBe(false);
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_LONG_MS - 1 })).toBe("not-yet");
    const objected = say(opened, "objected", MUM);
    expect(standing(objected)).toEqual(waiting([MUM], 1, NOW + NOTICE_LONG_MS));
    const done = say(objected, "enacted", DAD, { at: NOW + NOTICE_LONG_MS });
    expect(findMember(done.state, MUM.member)?.leftAt).toBe(6);
  });

  test("[DC11] the subject's consent alone does nothing, nor its own proposal", () => {
    const key: TransactionBody = {
      type: "recovery-key-replaced",
      member: MUM.member,
      key: keyOf(62),
    };
    const opened = open(TWO, MUM, key);
    expect(standing(opened)).toEqual(waiting([DAD], 1));
    expect(tried(opened, "enacted", MUM, { at: NOW + 20 * DAY })).toBe("not-yet");
    expect(isOpen(say(opened, "approved", DAD, { at: NOW + 20 * DAY }))).toBe(false);
  });

  test("[DC12] notice runs anew when the parents change", () => {
    const opened = open(THREE, DAD, removal(MUM));
    const at = NOW + 8 * DAY;
    const left = after(run(opened.state, GRAN, roleBody(GRAN, "parent", "relative"), { at }));
    const two = { ...opened, state: left };
    expect(tried(two, "enacted", DAD, { at })).toBe("not-yet");
    expect(standing(two, at)).toEqual(waiting([MUM], 1, at + NOTICE_LONG_MS));
    expect(tried(two, "enacted", DAD, { at: at + NOTICE_LONG_MS })).toBe("accepted");
  });

  test("[DC12] and begins with the first approval that counts, if that is later", () => {
    const opened = say(open(TWO, DAD, removal(MUM)), "objected", DAD);
    const at = NOW + 6 * DAY;
    expect(standing(opened)).toEqual(waiting([DAD], 1));
    const again = say(opened, "approved", DAD, { at });
    expect(standing(again, at)).toEqual(waiting([MUM], 1, at + NOTICE_LONG_MS));
  });

  test("[DC12] a second parent who joins meanwhile has to agree", () => {
    const opened = open(ONE, DAD, roleBody(GRAN, "relative", "parent"));
    const at = NOW + 2 * HOUR;
    let state = after(run(opened.state, DAD, inviteBody(keyOf(60), "parent", at + HOUR), { at }));
    const body: TransactionBody = {
      type: "member-registered",
      request: requestOf(keyOf(60), OPA, "parent"),
      name: fill(32, 1),
    };
    state = after(run(state, DAD, body, { at }));
    const joined = { ...opened, state };
    expect(standing(joined, at + 2 * DAY)).toMatchObject({ type: "waiting", happensAt: null });
    expect(tried(joined, "enacted", DAD, { at: at + 2 * DAY })).toBe("not-yet");
  });

  test("[DC13] it lapses: no word signed after its end, and no word kept for ever", () => {
    const opened = open(TWO, DAD, removal(MUM));
    const end = NOW + PROPOSAL_LIFE_MS;
    for (const type of ["approved", "objected", "enacted"] as const) {
      expect(tried(opened, type, MUM, { at: end + DAY, time: end + 1 })).toBe("proposal-expired");
      expect(tried(opened, type, MUM, { at: end + DAY, time: end })).toBe("accepted");
    }
    const kept = enterHeight(opened.state, { height: 7, time: end + PROPOSAL_FORGET_MS });
    expect(kept.rules.proposals).toHaveLength(1);
    const gone = enterHeight(opened.state, { height: 7, time: end + PROPOSAL_FORGET_MS + 1 });
    expect(gone.rules.proposals).toEqual([]);
  });

  test("[DC14] the author's clock hastens nothing: notice goes by the block's time", () => {
    const opened = open(TWO, DAD, removal(MUM), { time: NOW - 20 * DAY });
    const late = { at: NOW + HOUR, time: NOW + 8 * DAY };
    expect(tried(opened, "enacted", DAD, late)).toBe("not-yet");
  });

  test("[DC15] any parent's device enacts, nobody else's does", () => {
    const opened = open(TWO, DAD, lost(MUM));
    const at = NOW + NOTICE_REVOKE_MS;
    for (const who of [DAD, MUM]) expect(tried(opened, "enacted", who, { at })).toBe("accepted");
    for (const who of [TOM, GRAN, ZOE]) {
      expect(tried(opened, "enacted", who, { at })).toBe("not-a-parent");
    }
  });
});

describe("devices of parents and children", () => {
  test("[DC16] another parent's device: two others, or one and 72 hours without objection", () => {
    expect(reasonOf(run(TWO, DAD, lost(MUM)))).toBe("needs-second-parent");
    const mum = withDevice(TWO, MUM_PHONE);
    const opened = open(mum, DAD, lost(MUM_PHONE));
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_REVOKE_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS - 1 })).toBe("not-yet");
    const done = say(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS });
    expect(findDevice(done.state, MUM_PHONE.device)?.revoked).toMatchObject({ reason: "lost" });
    const three = open(withDevice(THREE, MUM_PHONE), DAD, lost(MUM_PHONE));
    expect(standing(three)).toEqual(waiting([GRAN], 1, NOW + NOTICE_REVOKE_MS));
    expect(isOpen(say(three, "approved", GRAN))).toBe(false);
  });

  test("[DC17] an objection by any parent stops the 72 hours and not two approvals", () => {
    const mum = withDevice(THREE, MUM_PHONE);
    const opened = open(mum, DAD, lost(MUM_PHONE));
    const objected = say(opened, "objected", MUM);
    expect(standing(objected)).toEqual(waiting([GRAN], 1, null, true));
    expect(tried(objected, "enacted", DAD, { at: NOW + 4 * DAY })).toBe("not-yet");
    expect(isOpen(say(objected, "approved", GRAN))).toBe(false);
    const back = say(objected, "approved", MUM);
    expect(standing(back)).toEqual(waiting([GRAN], 1, NOW + NOTICE_REVOKE_MS));
    // A word from a device that was lost since is none, objections included.
    const state = withDevice(THREE, MUM_PHONE);
    const byPhone = say(open(state, DAD, lost(MUM)), "objected", MUM_PHONE);
    const silenced = after(run(byPhone.state, MUM, lost(MUM_PHONE)));
    expect(standing({ ...byPhone, state: silenced })).toMatchObject({ isObjected: false });
  });

  test("[DC17] a replica among them leaves the set with it", () => {
    const state = withDevice({ ...THREE, replicas: [DAD.device, MUM_PHONE.device] }, MUM_PHONE);
    const done = say(open(state, DAD, lost(MUM_PHONE)), "approved", GRAN);
    expect(done.state.replicas).toEqual([DAD.device]);
  });

  test("[DC18] a child's device is replaced by two parents, or by one guardian after a day", () => {
    const tablet = furtherDevice(MIA, keyOf(93));
    const replacing: TransactionBody = {
      type: "device-registered",
      request: requestOf(keyOf(60), tablet, "child", MIA.member),
      replaced: [{ device: MIA.device, cuts: [] }],
    };
    const invite = inviteBody(keyOf(60), "child", NOW + HOUR, MIA.member);
    const controls = [controlFor(MIA, { guardians: [MUM.member] })];
    const state = after(run(withRules({ controls }), DAD, invite));
    expect(reasonOf(run(state, DAD, replacing))).toBe("needs-decision");
    const byDad = open(state, DAD, replacing);
    expect(standing(byDad)).toEqual(waiting([MUM], 1));
    const byMum = open(state, MUM, replacing);
    expect(standing(byMum)).toEqual(waiting([DAD], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(byMum, "enacted", MUM, { at: NOW + NOTICE_SHORT_MS - 1 })).toBe("not-yet");
    const objected = say(byMum, "objected", DAD);
    expect(tried(objected, "enacted", MUM, { at: NOW + 3 * DAY })).toBe("not-yet");
    const done = say(byMum, "enacted", MUM, { at: NOW + NOTICE_SHORT_MS });
    expect(findDevice(done.state, tablet.device)?.member).toEqual(MIA.member);
    expect(findDevice(done.state, MIA.device)?.revoked).toMatchObject({ reason: "lost" });
    expect(isOpen(say(byDad, "approved", MUM))).toBe(false);
    // A further device beside the old one needs nobody else.
    expect(reasonOf(run(state, DAD, { ...replacing, replaced: [] }))).toBe("accepted");
  });
});

describe("bounds and order", () => {
  test("[DC19] eight open proposals a member, 64 of the family", () => {
    let state = TWO;
    for (let index = 0; index < 8; index += 1) {
      const action = grantBody(GRAN, { permission: "set-filters", expiresAt: NOW + HOUR + index });
      state = after(run(state, DAD, proposedBody(action)));
    }
    const more = proposedBody(grantBody(GRAN, { permission: "set-controls" }));
    expect(reasonOf(run(state, DAD, more))).toBe("too-many-proposals");
    expect(reasonOf(run(state, MUM, more))).toBe("accepted");
    expect(reasonOf(run(state, DAD, more, { at: NOW + PROPOSAL_LIFE_MS }))).toBe("accepted");
    const [one] = state.rules.proposals;
    if (one === undefined) throw new Error("there are eight");
    const proposals = Array.from({ length: PROPOSALS_MAX }, (_, index) => ({
      ...one,
      id: fill(16, index),
      by: TOM.member,
    }));
    expect(reasonOf(run({ ...state, rules: { ...state.rules, proposals } }, DAD, more))).toBe(
      "full",
    );
  });

  test("[BD4] proposing to revoke a device, and objecting, are of the small bucket", () => {
    let state = withDevice(TWO, MUM_PHONE);
    for (let count = 0; count < 20; count += 1) {
      state = after(run(state, DAD, denialBody(MIA)));
      state = after(run(state, MUM, denialBody(TOM)));
    }
    expect(reasonOf(run(state, DAD, proposedBody(removal(MIA))))).toBe("too-many-today");
    const opened = open(state, DAD, lost(MUM_PHONE));
    expect(tried(opened, "objected", MUM)).toBe("accepted");
    expect(tried(opened, "approved", MUM)).toBe("too-many-today");
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS })).toBe("accepted");
  });

  test("[DC20] words in any order come to the same state", () => {
    const four = changed(THREE, AUNT, "parent");
    const opened = open(four, DAD, lost(MUM));
    const words = [
      ["objected", MUM],
      ["objected", GRAN],
      ["objected", AUNT],
    ] as const;
    const rootOf = (order: readonly (typeof words)[number][]): string => {
      let state = opened.state;
      for (const [type, who] of order) {
        const salt = 100 + words.findIndex((one) => one[1] === who);
        state = after(run(state, who, onProposal(type, opened.id), { salt }));
      }
      return toHex(stateRootOf(state));
    };
    const expected = rootOf(words);
    fc.assert(
      fc.property(fc.shuffledSubarray([...words], { minLength: 3 }), (order) => {
        expect(rootOf(order)).toBe(expected);
      }),
    );
  });

  test("[DC21] whatever is said in whatever order, a parent is never removed by one voice at once", () => {
    const people = [DAD, MUM, GRAN, AUNT, MIA, ZOE, DAD_PHONE, MUM_PHONE];
    const base = withDevice(withDevice(THREE, DAD_PHONE), MUM_PHONE);
    const step = fc.record({
      who: fc.integer({ min: 0, max: people.length - 1 }),
      what: fc.constantFrom(
        "propose",
        "approved",
        "objected",
        "withdrawn",
        "enacted",
        "leave",
        "lose",
      ),
      whom: fc.integer({ min: 0, max: 3 }),
      wait: fc.constantFrom(0, HOUR, DAY),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        let state = base;
        let now = NOW;
        let height = 6;
        for (const [index, { who, what, whom, wait }] of steps.entries()) {
          now += wait;
          height += 1;
          const author = people[who] ?? DAD;
          const victim = people[whom] ?? DAD;
          const [open0] = state.rules.proposals;
          const id = open0?.id ?? fill(16, 0);
          const body: TransactionBody =
            what === "propose"
              ? proposedBody(removal(victim))
              : what === "leave"
                ? { type: "member-left", ...NO_CUTS }
                : what === "lose"
                  ? lost(author)
                  : onProposal(what, id);
          const context = { ...HERE, height, time: now };
          const ready = enterHeight(state, context);
          const transaction = signed(author, body, { time: now, salt: index });
          const done = execute(ready, transaction, context);
          if (!done.ok) continue;
          const parents = (one: LedgerState): readonly string[] =>
            one.members
              .filter((member) => member.role === "parent" && member.leftAt === null)
              .map((member) => toHex(member.id));
          const goneNow = parents(state).filter((one) => !parents(done.state).includes(one));
          for (const one of goneNow) {
            if (one === toHex(author.member)) continue;
            // Removed by somebody else: two others agreed, or one did and a week of notice went by.
            const proposal = state.rules.proposals.find((entry) => toHex(entry.id) === toHex(id));
            expect(proposal).toBeDefined();
            const voices = new Set(
              (proposal?.voices ?? [])
                .filter((voice) => voice.isApproval)
                .map((voice) => toHex(voice.member)),
            );
            if (what === "approved") voices.add(toHex(author.member));
            const others = [...voices].filter(
              (voice) => voice !== one && parents(state).includes(voice),
            );
            const isLong = now - (proposal?.noticeFrom ?? now) >= NOTICE_LONG_MS;
            expect(others.length >= 2 || (others.length === 1 && (voices.has(one) || isLong))).toBe(
              true,
            );
          }
          expect(parents(done.state).length).toBeGreaterThan(0);
          expect(done.state.replicas.length).toBeGreaterThan(0);
          state = done.state;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("[DC22] what one may do alone by now is no decision any more", () => {
    const controls = [controlFor(MIA, { endsAt: NOW + HOUR })];
    const opened = open(withRules({ controls }), DAD, roleBody(MIA, "child", "relative"));
    expect(tried(opened, "approved", MUM, { at: NOW + HOUR })).toBe("rules-moved");
    expect(EIGHTEEN).toBeGreaterThan(NOW);
  });
});
