/** Two parents other than the subject. */
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
} from "./execution-fixture.suite.test.ts";
import {
  type Actor,
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
} from "./family-fixture.suite.test.ts";
import { PROPOSAL_LIFE_MS, VOICE_AGE_MS } from "./limits.ts";
import {
  changed,
  DAD_PHONE,
  isOpen,
  lost,
  MUM_PHONE,
  ONE,
  OPA,
  open,
  roleOf,
  say,
  standing,
  THREE,
  tried,
  TWO,
  waiting,
  withDevice,
} from "./proposal-fixture.suite.test.ts";
import { AUNT, DAD, GRAN, MIA, MUM, ZOE } from "./rules-fixture.suite.test.ts";
import { findMember, type LedgerState, withEntry } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

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
