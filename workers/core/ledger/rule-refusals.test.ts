/** Every refusal about rules by name, and who may write. */
import { describe, expect, test } from "vitest";
import type { Execution } from "./execute.ts";
import {
  after,
  controlBody,
  denialBody,
  grantBody,
  groupBody,
  NO_CUTS,
  proposedBody,
  reasonOf,
  removal,
  roleBody,
  run,
  settingBody,
  withGroup,
} from "./execution-fixture.suite.test.ts";
import type { RuleRefusal } from "./execution.ts";
import { fill, keyOf, NOW } from "./family-fixture.suite.test.ts";
import { GRANTS_MAX } from "./limits.ts";
import {
  adding,
  alarm,
  BASE,
  decision,
  dropping,
  filter,
  first,
  solved,
  TODAY,
  violation,
  WINDOW,
} from "./rule-bodies-fixture.suite.test.ts";
import {
  AUNT,
  controlFor,
  DAD,
  GRAN,
  grantFor,
  MIA,
  MUM,
  TOM,
  UTC,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import type { TransactionBody } from "./transaction.ts";

const REFUSALS: Readonly<
  Record<Exclude<RuleRefusal, ProposalRefusal>, readonly [string, () => Execution]>
> = {
  "not-permitted": ["AU1", () => run(BASE, MIA, groupBody("family"))],
  "needs-decision": ["DC1", () => run(BASE, DAD, removal(MUM))],
  "family-closed": ["FS6", () => run(withRules({ closedAt: 3 }), DAD, settingBody())],
  "too-many-today": [
    "BD1",
    () =>
      run(
        withRules({
          tallies: [{ id: DAD.member, day: TODAY, ordinary: 20, urgent: 0, reports: 0 }],
        }),
        DAD,
        settingBody(),
      ),
  ],
  "too-many-rules": [
    "BD6",
    () => {
      const grants = Array.from({ length: GRANTS_MAX / 4 }, () =>
        grantFor(MIA, { by: DAD.member }),
      );
      return run(withRules({ grants }), DAD, grantBody(MIA));
    },
  ],
  "rules-moved": ["MR1", () => run(BASE, DAD, roleBody(GRAN, "contact", "relative"))],
  "bad-role": ["MR2", () => run(BASE, DAD, roleBody(GRAN, "relative", "child"))],
  "last-parent": [
    "MR4",
    () =>
      run(
        after(run(BASE, DAD, roleBody(DAD, "parent", "relative"))),
        MUM,
        roleBody(MUM, "parent", "relative"),
      ),
  ],
  "already-left": ["MR5", () => run(after(run(BASE, DAD, removal(GRAN))), DAD, removal(GRAN))],
  "unknown-group": [
    "GR1",
    () => run(BASE, DAD, { type: "group-updated", group: fill(16, 1), name: fill(32, 1) }),
  ],
  "unfit-for-group": ["GR3", () => run(BASE, DAD, groupBody("family", [ZOE]))],
  "already-in-group": ["GR2", () => run(BASE, DAD, groupBody("family", [GRAN, GRAN]))],
  "not-in-group": [
    "GR2",
    () => {
      const { state, group } = withGroup();
      return run(state, DAD, dropping(group, AUNT));
    },
  ],
  outdated: [
    "GR5",
    () => {
      const { state, group } = withGroup([AUNT]);
      const without = after(run(state, DAD, dropping(group, AUNT), { height: 7 }));
      return run(without, DAD, adding(group, AUNT), { height: 8 });
    },
  ],
  "unknown-rule": [
    "GD4",
    () => run(BASE, DAD, { type: "permission-ended", rule: fill(16, 1), ...NO_CUTS }),
  ],
  "not-grantable": [
    "GD2",
    () => run(BASE, DAD, proposedBody(grantBody(MIA, { permission: "set-filters" }))),
  ],
  "not-deniable": ["GD1", () => run(BASE, DAD, denialBody(MIA, { permission: "send-emergency" }))],
  "bad-time": ["GD3", () => run(BASE, DAD, grantBody(MIA, { expiresAt: NOW }))],
  "no-zone": ["CN3", () => run(BASE, DAD, controlBody(MIA, { quiet: WINDOW }))],
  "bad-zone": [
    "FS2",
    () =>
      run(
        BASE,
        DAD,
        settingBody({ zone: { name: "x", offsets: [...UTC.offsets, ...UTC.offsets] } }),
      ),
  ],
  "not-a-child": [
    "CN1",
    () =>
      run(
        withRules({
          controls: [controlFor(MIA, { endsAt: NOW })],
          grants: [grantFor(DAD, { permission: "set-controls" })],
        }),
        DAD,
        controlBody(MIA, { version: 2, endsAt: NOW }),
      ),
  ],
  "bad-guardian": [
    "CN2",
    () => run(BASE, DAD, proposedBody(controlBody(MIA, { guardians: [GRAN.member] }))),
  ],
  "bad-confidant": [
    "CN2",
    () => run(BASE, DAD, proposedBody(controlBody(MIA, { confidants: [MIA.member] }))),
  ],
  "unknown-rules-version": ["FS3", () => run(BASE, DAD, { type: "rules-raised", version: 2 })],
  "other-secret-epoch": [
    "FS4",
    () => run(BASE, DAD, { type: "secret-renewed", epoch: 3, commitment: fill(32, 9) }),
  ],
  "repeated-key": [
    "FS4",
    () => run(BASE, DAD, { type: "secret-renewed", epoch: 2, commitment: BASE.secretCommitment }),
  ],
  "repeated-decision": ["RD1", () => run(after(run(BASE, DAD, decision())), DAD, decision())],
  "repeated-emergency": ["RD3", () => run(after(run(BASE, MIA, alarm())), MIA, alarm())],
  "unknown-emergency": ["RD3", () => run(BASE, DAD, solved(MIA))],
  "repeated-violation": [
    "RD4",
    () => run(after(run(BASE, GRAN, violation())), GRAN, violation({ count: 3 })),
  ],
};

/** Those about proposals are shown where proposals are. */
type ProposalRefusal =
  | "needs-no-decision"
  | "new-device"
  | "not-proposable"
  | "too-many-proposals"
  | "unknown-proposal"
  | "repeated-proposal"
  | "proposal-expired"
  | "not-concerned"
  | "already-said"
  | "not-yet";

describe("refusals about rules", () => {
  for (const [reason, [rule, refused]] of Object.entries(REFUSALS)) {
    test(`[${rule}] ${reason}`, () => {
      expect(refused()).toEqual({ ok: false, reason });
    });
  }
});

describe("who may write", () => {
  test("[AU1] by the permission table at the block's time, grants and denials included", () => {
    const granted = withRules({ grants: [grantFor(MIA, { permission: "create-group" })] });
    expect(reasonOf(run(granted, MIA, groupBody("family")))).toBe("accepted");
    const late = withRules({
      grants: [grantFor(MIA, { permission: "create-group", expiresAt: NOW })],
    });
    expect(reasonOf(run(late, MIA, groupBody("family"), { time: NOW - 1 }))).toBe("not-permitted");
    const denied = withRules({
      grants: [grantFor(MUM, { permission: "change-settings", isDenial: true })],
    });
    expect(reasonOf(run(denied, MUM, settingBody()))).toBe("not-permitted");
    expect(reasonOf(run(denied, DAD, settingBody()))).toBe("accepted");
  });

  test("[AU1] a rule of this very block counts", () => {
    const state = after(run(BASE, DAD, denialBody(GRAN, { permission: "create-group" })));
    expect(reasonOf(run(state, GRAN, groupBody("family")))).toBe("not-permitted");
  });

  test("[AU2] a child's rules are its guardians' to change, other people's are the parents'", () => {
    const state = withRules({ controls: [controlFor(MIA, { guardians: [MUM.member] })] });
    const bodies: readonly TransactionBody[] = [
      denialBody(MIA),
      grantBody(MIA),
      decision(),
      filter(MIA),
      controlBody(MIA, { version: 2, guardians: [MUM.member], contacts: "family" }),
    ];
    for (const body of bodies) {
      expect([body.type, reasonOf(run(state, MUM, body))]).toEqual([body.type, "accepted"]);
      for (const other of [DAD, GRAN, TOM, MIA, ZOE]) {
        expect([body.type, reasonOf(run(state, other, body))]).toEqual([
          body.type,
          "not-permitted",
        ]);
      }
    }
    expect(reasonOf(run(state, DAD, denialBody(GRAN)))).toBe("accepted");
    expect(reasonOf(run(state, AUNT, denialBody(GRAN)))).toBe("not-permitted");
  });

  test("[AU2] when a child is of age, a parent may still end what was written for it", () => {
    const state = withRules({
      controls: [controlFor(MIA, { endsAt: NOW })],
      grants: [grantFor(MIA, { isDenial: true })],
    });
    const end: TransactionBody = {
      type: "permission-ended",
      rule: first(state.rules.grants),
      ...NO_CUTS,
    };
    expect(reasonOf(run(state, DAD, end))).toBe("accepted");
    expect(reasonOf(run(state, GRAN, end))).toBe("not-permitted");
  });

  test("[AU3] nobody puts somebody else's child into a group", () => {
    const { state, group } = withGroup();
    expect(reasonOf(run(state, GRAN, adding(group, AUNT)))).toBe("accepted");
    expect(reasonOf(run(state, GRAN, adding(group, MIA)))).toBe("not-permitted");
    expect(reasonOf(run(state, DAD, adding(group, MIA)))).toBe("accepted");
    expect(reasonOf(run(BASE, GRAN, groupBody("family", [MIA])))).toBe("not-permitted");
    const mums = withRules({ controls: [controlFor(MIA, { guardians: [MUM.member] })] }, state);
    expect(reasonOf(run(mums, DAD, adding(group, MIA)))).toBe("not-permitted");
  });

  test("[AU4] anybody leaves a group, leaves the family, and calls for help", () => {
    const { state, group } = withGroup([AUNT]);
    expect(reasonOf(run(state, AUNT, dropping(group, AUNT)))).toBe("accepted");
    expect(reasonOf(run(state, AUNT, dropping(group, GRAN)))).toBe("not-permitted");
    for (const who of [MUM, MIA, GRAN, ZOE]) {
      expect(reasonOf(run(BASE, who, { type: "member-left", ...NO_CUTS }))).toBe("accepted");
      expect(reasonOf(run(BASE, who, alarm()))).toBe("accepted");
    }
  });

  test("[AU5] what only parents write is nobody else's, whatever is granted", () => {
    const grants = [grantFor(GRAN, { permission: "manage-devices" })];
    const bodies: readonly TransactionBody[] = [
      { type: "rules-raised", version: 2 },
      { type: "secret-renewed", epoch: 2, commitment: fill(32, 9) },
      { type: "family-closed" },
      { type: "device-revoked", device: MIA.device, reason: "lost", cuts: [] },
      { type: "recovery-key-replaced", member: DAD.member, key: keyOf(9) },
      solved(MIA),
    ];
    for (const body of bodies) {
      expect([body.type, reasonOf(run(withRules({ grants }), GRAN, body))]).toEqual([
        body.type,
        "not-a-parent",
      ]);
    }
  });
});
