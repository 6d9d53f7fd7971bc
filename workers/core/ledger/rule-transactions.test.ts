/** Roles, groups, grants, controls, filters, places and the family as a whole. */
import { describe, expect, test } from "vitest";
import {
  after,
  controlBody,
  denialBody,
  grantBody,
  groupBody,
  NO_CUTS,
  onProposal,
  proposedBody,
  reasonOf,
  removal,
  roleBody,
  run,
  settingBody,
  withGroup,
} from "./execution-fixture.suite.test.ts";
import {
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  inviteBody,
  keyOf,
  NOW,
} from "./family-fixture.suite.test.ts";
import {
  CHILDHOOD_MS,
  GRANTS_MAX,
  GROUP_ADD_LIFE_MS,
  NOTICE_LONG_MS,
  OWN_END_SLACK_MS,
} from "./limits.ts";
import { permits, toMember } from "./permits.ts";
import {
  adding,
  alarm,
  BASE,
  CUTS,
  dropping,
  filter,
  first,
  place,
  REVOKED,
  roleOf,
  STRANGER,
  WINDOW,
  ZONED,
} from "./rule-bodies-fixture.suite.test.ts";
import {
  AUNT,
  controlFor,
  DAD,
  EIGHTEEN,
  GRAN,
  grantFor,
  groupOf,
  MIA,
  MUM,
  settingsIn,
  TOM,
  UTC,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import { findMember, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

describe("roles and leaving", () => {
  test("[MR1] [MR2] what may become what", () => {
    const allowed: string[] = [];
    const roles = ["parent", "child", "relative", "contact"] as const;
    const whoIs = { parent: MUM, child: MIA, relative: GRAN, contact: ZOE };
    for (const from of roles) {
      for (const to of roles) {
        const proposed = run(BASE, DAD, proposedBody(roleBody(whoIs[from], from, to)));
        const direct = run(BASE, DAD, roleBody(whoIs[from], from, to));
        if (direct.ok || proposed.ok) allowed.push(`${from} ${to} ${direct.ok ? "alone" : "two"}`);
      }
    }
    expect(allowed).toEqual([
      "parent relative two",
      "parent contact two",
      "child relative two",
      "relative parent two",
      "relative contact alone",
      "contact parent two",
      "contact relative alone",
    ]);
  });

  test("[MR3] the former role is kept with its height; who is no parent any more has no words and no invites", () => {
    const withKey = {
      ...BASE,
      members: BASE.members.map((one) => ({
        ...one,
        recoveryKey: one.role === "parent" ? one.id.slice(0, 16) : null,
      })),
    };
    const keyed = {
      ...withKey,
      members: withKey.members.map((one) => ({
        ...one,
        recoveryKey: one.recoveryKey === null ? null : keyOf(300),
      })),
    };
    const invited = after(run(keyed, MUM, inviteBody(keyOf(60), "relative")));
    const state = after(run(invited, MUM, roleBody(MUM, "parent", "relative")));
    expect(findMember(state, MUM.member)).toMatchObject({
      role: "relative",
      formerRoles: [{ role: "parent", until: 6 }],
      recoveryKey: null,
    });
    expect(state.invites).toMatchObject([{ isUsed: 1 }]);
    expect(findMember(state, DAD.member)?.recoveryKey).toEqual(keyOf(300));
    expect(state.rules.narrowings).toMatchObject([{ height: 6, members: [MUM.member] }]);
  });

  test("[MR3] a contact's devices do not keep the rules; the last that does stays", () => {
    const helped = { ...BASE, replicas: [DAD.device, GRAN.device, MUM.device] };
    expect(after(run(helped, DAD, roleBody(GRAN, "relative", "contact"))).replicas).toEqual([
      DAD.device,
      MUM.device,
    ]);
    const alone = { ...BASE, replicas: [GRAN.device] };
    expect(reasonOf(run(alone, DAD, roleBody(GRAN, "relative", "contact")))).toBe("last-replica");
    expect(reasonOf(run(alone, DAD, removal(GRAN)))).toBe("last-replica");
    expect(reasonOf(run(BASE, DAD, { type: "member-left", ...NO_CUTS }))).toBe("last-replica");
  });

  test("[MR4] the last parent neither leaves nor becomes another, nor the last with a device", () => {
    const alone = after(run(BASE, MUM, { type: "member-left", ...NO_CUTS }));
    const helped = { ...alone, replicas: [GRAN.device] };
    expect(reasonOf(run(helped, DAD, { type: "member-left", ...NO_CUTS }))).toBe("last-parent");
    const deviceless = {
      ...BASE,
      replicas: [GRAN.device],
      devices: BASE.devices.map((one) =>
        one.id === MUM.device ? { ...one, revoked: REVOKED } : one,
      ),
    };
    for (const body of [
      { type: "member-left", ...NO_CUTS } as const,
      roleBody(DAD, "parent", "relative"),
    ]) {
      const gone = deviceless.devices.map((one) =>
        one.member.join() === MUM.member.join() ? { ...one, revoked: REVOKED } : one,
      );
      expect(reasonOf(run({ ...deviceless, devices: gone }, DAD, body))).toBe("last-parent-device");
    }
  });

  test("[MR5] who leaves takes along devices, groups, invites and proposals; nothing else", () => {
    const tablet = furtherDevice(MUM, keyOf(77));
    let state: LedgerState = {
      ...BASE,
      devices: [...BASE.devices, deviceEntry(tablet, NOW - 30 * DAY)].sort((a, b) =>
        a.id.join() < b.id.join() ? -1 : 1,
      ),
      replicas: [DAD.device, MUM.device, GRAN.device],
    };
    state = after(run(state, MUM, inviteBody(keyOf(60), "relative")));
    state = after(run(state, MUM, groupBody("family", [GRAN])));
    state = after(run(state, MUM, proposedBody(removal(TOM))));
    state = after(
      run(state, DAD, proposedBody(removal(TOM))).ok
        ? run(state, DAD, settingBody())
        : run(state, DAD, settingBody()),
    );
    const cuts = [
      { device: MUM.device, stream: 0, seq: 9, id: fill(16, 1) },
      { device: tablet.device, stream: 2, seq: 4, id: fill(16, 2) },
    ];
    const left = after(run(state, MUM, { type: "member-left", cuts }, { height: 7 }));
    expect(findMember(left, MUM.member)).toMatchObject({ leftAt: 7, recoveryKey: null });
    const devices = left.devices.filter((one) => one.revoked !== null);
    expect(devices.length).toBe(2);
    expect(devices.find((one) => one.id.join() === tablet.device.join())?.revoked).toEqual({
      height: 7,
      reason: "retired",
      cuts: [],
      staysUntil: NOW + OWN_END_SLACK_MS,
    });
    expect(left.replicas).toEqual([DAD.device, GRAN.device]);
    expect(left.invites).toMatchObject([{ isUsed: 1 }]);
    expect(left.rules.proposals).toEqual([]);
    const groupMembers = left.rules.groups[0]?.members ?? [];
    expect(groupMembers.map((one) => one.ended?.height ?? null)).toEqual(
      groupMembers.map((one) => (one.member.join() === MUM.member.join() ? 7 : null)),
    );
    expect(reasonOf(run(left, MUM, settingBody(), { height: 8 }))).toBe("revoked-author");
  });

  test("[MR6] a child is a relative from eighteen on by one parent's word", () => {
    const state = withRules({ controls: [controlFor(MIA, { endsAt: NOW })] });
    const grown = roleBody(MIA, "child", "relative");
    expect(roleOf(after(run(state, DAD, grown)), MIA)).toBe("relative");
    expect(reasonOf(run(state, DAD, grown, { at: NOW - 1 }))).toBe("needs-decision");
  });
});

describe("groups", () => {
  test("[GR1] made, renamed and archived, with the heights", () => {
    const { state, group } = withGroup([AUNT]);
    expect(state.rules.groups).toMatchObject([{ kind: "friends", by: GRAN.member, from: 6 }]);
    const renamed = after(run(state, GRAN, { type: "group-updated", group, name: fill(32, 9) }));
    expect(renamed.rules.groups[0]?.name).toEqual(fill(32, 9));
    const archive: TransactionBody = { type: "group-archived", group, ...NO_CUTS };
    const archived = after(run(renamed, DAD, archive, { height: 7 }));
    expect(archived.rules.groups[0]?.ended).toEqual({ height: 7, time: NOW });
    expect(archived.rules.narrowings[0]?.members.length).toBe(2);
    expect(reasonOf(run(archived, GRAN, archive, { height: 8 }))).toBe("unknown-group");
    expect(reasonOf(run(archived, GRAN, adding(group, AUNT), { height: 8 }))).toBe("unknown-group");
  });

  test("[GR2] who comes and goes is in it from height to height, and may come back", () => {
    const { state, group } = withGroup();
    let next = after(run(state, GRAN, adding(group, AUNT), { height: 7 }));
    expect(reasonOf(run(next, GRAN, adding(group, AUNT), { height: 8 }))).toBe("already-in-group");
    next = after(run(next, GRAN, dropping(group, AUNT), { height: 8 }));
    next = after(run(next, GRAN, adding(group, AUNT), { height: 9, time: NOW + 1 }));
    const entries = next.rules.groups[0]?.members.filter((one) => one.member === AUNT.member);
    expect(entries).toMatchObject([
      { from: 7, ended: { height: 8 } },
      { from: 9, ended: null },
    ]);
  });

  test("[GR5] who was taken out is not brought back by what was signed before, nor taken out by it again", () => {
    const { state, group } = withGroup();
    const at = (time: number, height: number) => ({ time, height, at: NOW + 10 });
    let next = after(run(state, GRAN, adding(group, AUNT), at(NOW + 2, 7)));
    // Somebody who had not heard of it asks for another stay's end.
    expect(reasonOf(run(next, DAD, dropping(group, AUNT), at(NOW + 1, 8)))).toBe("outdated");
    next = after(run(next, DAD, dropping(group, AUNT), at(NOW + 5, 8)));
    for (const time of [NOW + 1, NOW + 5]) {
      expect(reasonOf(run(next, MUM, adding(group, AUNT), at(time, 9)))).toBe("outdated");
    }
    next = after(run(next, MUM, adding(group, AUNT), at(NOW + 6, 9)));
    const ahead = { ...at(NOW + 10 + OWN_END_SLACK_MS + 1, 10) };
    const gone = after(run(next, DAD, dropping(group, AUNT), at(NOW + 7, 10)));
    expect(reasonOf(run(gone, DAD, adding(group, AUNT), ahead))).toBe("not-yet");
    // What leaves the group with its member's place in the family counts alike.
    const left = after(run(next, AUNT, { type: "member-left", cuts: [] }, at(NOW + 8, 10)));
    const entry = left.rules.groups[0]?.members.findLast((one) => one.member === AUNT.member);
    expect(entry?.ended).toEqual({ height: 10, time: NOW + 10, signedAt: NOW + 8 });
    const late = { height: 11, at: NOW + 10 + GROUP_ADD_LIFE_MS };
    expect(reasonOf(run(gone, DAD, adding(group, AUNT), { ...late, time: NOW + 10 }))).toBe(
      "accepted",
    );
    expect(reasonOf(run(gone, DAD, adding(group, AUNT), { ...late, time: NOW + 9 }))).toBe(
      "outdated",
    );
  });

  test("[GR3] contacts are in friends' groups alone, and not with a child of the family only", () => {
    expect(reasonOf(run(BASE, DAD, groupBody("friends", [ZOE, MIA])))).toBe("accepted");
    const strict = withRules({ controls: [controlFor(MIA, { contacts: "family" })] });
    expect(reasonOf(run(strict, DAD, groupBody("friends", [ZOE, MIA])))).toBe("unfit-for-group");
    expect(reasonOf(run(strict, DAD, groupBody("friends", [MIA])))).toBe("accepted");
    const groups = [groupOf(0x52, "family", DAD, [DAD])];
    expect(reasonOf(run(withRules({ groups }), DAD, adding(fill(16, 0x52), ZOE)))).toBe(
      "unfit-for-group",
    );
  });
});

describe("grants and denials", () => {
  test("[GD1] [NR1] a denial holds from its block on and is a narrowing of its member", () => {
    const state = after(run(BASE, DAD, denialBody(MIA, { cuts: CUTS })));
    const answer = permits(state, MIA.member, "send", toMember(TOM.member), NOW, { height: 6 });
    expect(answer).toEqual({ ok: false, rule: "denied", height: 6 });
    expect(state.rules.narrowings).toMatchObject([
      { height: 6, time: NOW, members: [MIA.member], cuts: CUTS },
    ]);
  });

  test("[GD2] power over others goes to adults of the family alone, by two parents", () => {
    const body = grantBody(GRAN, { permission: "set-filters", scope: { type: "supervised" } });
    expect(reasonOf(run(BASE, DAD, body))).toBe("needs-decision");
    expect(reasonOf(run(BASE, DAD, proposedBody(body)))).toBe("accepted");
    for (const who of [MIA, ZOE]) {
      const given = grantBody(who, { permission: "manage-roles" });
      expect(reasonOf(run(BASE, DAD, proposedBody(given)))).toBe("not-grantable");
    }
  });

  test("[GD3] names who and what is there, and times that are to come", () => {
    const lost = { scope: { type: "member", member: fill(16, 0x7a) } } as const;
    expect(reasonOf(run(BASE, DAD, grantBody(MIA, lost)))).toBe("unknown-member");
    const nowhere = { scope: { type: "group", group: fill(16, 1) } } as const;
    expect(reasonOf(run(BASE, DAD, grantBody(MIA, nowhere)))).toBe("unknown-group");
    const past = { condition: { type: "until", time: NOW } } as const;
    expect(reasonOf(run(BASE, DAD, grantBody(MIA, past)))).toBe("bad-time");
    const weekly = { condition: { type: "weekly", windows: WINDOW } } as const;
    expect(reasonOf(run(BASE, DAD, grantBody(MIA, weekly)))).toBe("no-zone");
    expect(reasonOf(run(ZONED, DAD, grantBody(MIA, weekly)))).toBe("accepted");
    const gone = after(run(BASE, DAD, removal(GRAN)));
    expect(reasonOf(run(gone, DAD, grantBody(GRAN)))).toBe("already-left");
    const full = withRules({
      grants: Array.from({ length: GRANTS_MAX }, (_, index) =>
        grantFor(MIA, { id: keyOf(index).slice(0, 16), by: MUM.member }),
      ),
    });
    expect(reasonOf(run(full, DAD, grantBody(MIA)))).toBe("full");
  });

  test("[GD4] what is taken back ends, once; a grant's end narrows, a denial's does not", () => {
    for (const body of [grantBody(MIA), denialBody(MIA)]) {
      const made = after(run(BASE, DAD, body));
      const before = made.rules.narrowings.length;
      const end: TransactionBody = {
        type: "permission-ended",
        rule: first(made.rules.grants),
        ...NO_CUTS,
      };
      const ended = after(run(made, MUM, end, { height: 7 }));
      expect(ended.rules.grants).toMatchObject([{ ended: { height: 7, time: NOW } }]);
      const isGrant = body.type === "permission-granted";
      expect(ended.rules.narrowings.length - before).toBe(isGrant ? 1 : 0);
      expect(reasonOf(run(ended, MUM, end, { height: 8 }))).toBe("unknown-rule");
    }
  });
});

describe("controls, filters, places", () => {
  test("[CN1] [CN4] each replaces the one that it names by its version", () => {
    const one = after(run(BASE, DAD, controlBody()));
    expect(reasonOf(run(one, MUM, controlBody()))).toBe("rules-moved");
    const two = after(
      run(one, MUM, controlBody(MIA, { version: 2, contacts: "family" }), { height: 7 }),
    );
    const ended = two.rules.controls.map((control) => [control.version, control.ended?.height]);
    expect(new Map(ended as [number, number | undefined][])).toEqual(
      new Map([
        [1, 7],
        [2, undefined],
      ]),
    );
    expect(reasonOf(run(two, MUM, controlBody(MIA, { version: 4 })))).toBe("rules-moved");
    expect(two.rules.narrowings).toMatchObject([
      { members: [MIA.member] },
      { members: [MIA.member] },
    ]);
  });

  test("[CN1] is a child's, and not for longer than a childhood", () => {
    expect(reasonOf(run(BASE, DAD, controlBody(GRAN)))).toBe("not-permitted");
    const long = controlBody(MIA, { endsAt: NOW + CHILDHOOD_MS + 1 });
    expect(reasonOf(run(BASE, DAD, long))).toBe("bad-time");
    const grown = withRules({ controls: [controlFor(MIA, { endsAt: NOW })] });
    for (const body of [
      controlBody(MIA, { version: 2, endsAt: EIGHTEEN }),
      proposedBody(controlBody(MIA, { version: 2, endsAt: EIGHTEEN })),
    ]) {
      expect(reasonOf(run(grown, DAD, body))).toBe("not-permitted");
    }
  });

  test("[CN2] guardians and confidants are named once, and are who they must be", () => {
    const proposed = (fields: object): string =>
      reasonOf(run(BASE, DAD, proposedBody(controlBody(MIA, fields))));
    expect(proposed({ guardians: [MUM.member] })).toBe("accepted");
    expect(proposed({ guardians: [MUM.member, MUM.member] })).toBe("bad-guardian");
    expect(proposed({ confidants: [GRAN.member] })).toBe("accepted");
    expect(proposed({ confidants: [GRAN.member, GRAN.member] })).toBe("bad-confidant");
    expect(proposed({ confidants: [fill(16, 0x7a)] })).toBe("bad-confidant");
  });

  test("[CN3] hours need the family's time zone", () => {
    expect(reasonOf(run(ZONED, DAD, controlBody(MIA, { quiet: WINDOW })))).toBe("accepted");
  });

  test("[CN5] what gives power over the child needs two parents, what protects or lets go one", () => {
    const former = controlFor(MIA, {
      oversight: true,
      confidants: [GRAN.member],
      location: "guardians-see",
    });
    const state = withRules({ controls: [former], settings: settingsIn(UTC) });
    const same = {
      version: 2,
      oversight: true,
      confidants: [GRAN.member],
      location: "guardians-see",
    } as const;
    const rows: readonly (readonly [object, "accepted" | "needs-decision"])[] = [
      [{ ...same }, "accepted"],
      [{ ...same, oversight: false }, "accepted"],
      [{ ...same, location: "own-choice" }, "accepted"],
      [{ ...same, location: "guardians-only" }, "accepted"],
      [{ ...same, quiet: WINDOW, contacts: "family", media: [], dailyMessages: 5 }, "accepted"],
      [{ ...same, endsAt: EIGHTEEN - 1 }, "needs-decision"],
      [{ ...same, endsAt: EIGHTEEN + 1 }, "needs-decision"],
      [{ ...same, confidants: [] }, "needs-decision"],
      [{ ...same, confidants: [GRAN.member, AUNT.member] }, "needs-decision"],
      [{ ...same, guardians: [MUM.member] }, "needs-decision"],
      [{ ...same, guardians: [MUM.member, DAD.member] }, "accepted"],
    ];
    for (const [fields, expected] of rows) {
      expect([fields, reasonOf(run(state, DAD, controlBody(MIA, fields)))]).toEqual([
        fields,
        expected,
      ]);
    }
    const firsts: readonly (readonly [object, "accepted" | "needs-decision"])[] = [
      [{}, "accepted"],
      [{ endsAt: NOW + NOTICE_LONG_MS }, "accepted"],
      [{ endsAt: NOW + NOTICE_LONG_MS - 1 }, "needs-decision"],
      [{ oversight: true }, "needs-decision"],
      [{ location: "guardians-see" }, "needs-decision"],
      [{ location: "guardians-only" }, "needs-decision"],
      [{ guardians: [DAD.member] }, "needs-decision"],
      [{ confidants: [GRAN.member] }, "needs-decision"],
    ];
    for (const [fields, expected] of firsts) {
      expect([fields, reasonOf(run(BASE, DAD, controlBody(MIA, fields)))]).toEqual([
        fields,
        expected,
      ]);
    }
  });

  test("[FL1] filters: of wards and of oneself, replaced and removed; reporting needs two", () => {
    const made = after(run(BASE, DAD, filter(MIA)));
    const id = first(made.rules.filters);
    const replaced = after(run(made, MUM, filter(MIA, id), { height: 7 }));
    expect(replaced.rules.filters.filter((one) => one.ended === null)).toHaveLength(1);
    expect(reasonOf(run(replaced, MUM, filter(MIA, id), { height: 8 }))).toBe("unknown-rule");
    expect(reasonOf(run(made, DAD, filter(TOM, id)))).toBe("unknown-rule");
    const remove: TransactionBody = { type: "filter-removed", filter: id };
    expect(after(run(made, MUM, remove)).rules.filters).toMatchObject([{ ended: { height: 6 } }]);
    expect(reasonOf(run(made, GRAN, remove))).toBe("not-permitted");
    expect(reasonOf(run(made, DAD, { type: "filter-removed", filter: fill(16, 1) }))).toBe(
      "unknown-rule",
    );
    expect(reasonOf(run(BASE, GRAN, filter(GRAN, null, true)))).toBe("accepted");
    expect(reasonOf(run(BASE, GRAN, filter(AUNT)))).toBe("not-permitted");
    expect(reasonOf(run(BASE, DAD, filter(MIA, null, true)))).toBe("needs-decision");
  });

  test("[FL2] places: the family's and one's wards', replaced and removed", () => {
    const made = after(run(BASE, DAD, place(null)));
    const id = first(made.rules.places);
    expect(reasonOf(run(made, DAD, place(MIA, id)))).toBe("unknown-rule");
    const moved = after(run(made, MUM, place(null, id)));
    expect(moved.rules.places.filter((one) => one.ended === null)).toHaveLength(1);
    const remove: TransactionBody = { type: "place-removed", place: id };
    expect(after(run(made, MUM, remove)).rules.places).toMatchObject([{ ended: { height: 6 } }]);
    expect(reasonOf(run(moved, MUM, remove))).toBe("unknown-rule");
    expect(reasonOf(run(BASE, MIA, place(null)))).toBe("not-permitted");
    expect(reasonOf(run(BASE, GRAN, place(GRAN)))).toBe("accepted");
    expect(reasonOf(run(BASE, DAD, place(STRANGER)))).toBe("accepted");
  });
});

describe("the family as a whole", () => {
  test("[FS1] settings replace each other by version, and say how long messages are kept", () => {
    const one = after(run(BASE, DAD, settingBody({ retentionDays: 60 })));
    expect(one.retentionDays).toBe(60);
    expect(reasonOf(run(one, MUM, settingBody({ retentionDays: 60 })))).toBe("rules-moved");
    const two = after(run(one, MUM, settingBody({ version: 2, retentionDays: 90 }), { height: 7 }));
    expect(two.retentionDays).toBe(90);
    expect(two.rules.settings.filter((entry) => entry.ended === null)).toMatchObject([
      { version: 2 },
    ]);
    expect(two.rules.narrowings).toMatchObject([{ members: [] }, { members: [] }]);
  });

  test("[FS2] a zone that stands is replaced and not taken away", () => {
    expect(reasonOf(run(ZONED, DAD, settingBody({ version: 2 })))).toBe("no-zone");
    expect(reasonOf(run(ZONED, DAD, settingBody({ version: 2, zone: UTC })))).toBe("accepted");
  });

  test("[FS4] the secret's epoch rises by one, with another commitment", () => {
    const state = after(
      run(BASE, DAD, { type: "secret-renewed", epoch: 2, commitment: fill(32, 9) }),
    );
    expect(state).toMatchObject({ secretEpoch: 2, secretCommitment: fill(32, 9) });
  });

  test("[FS6] a closed family writes nothing any more", () => {
    for (const body of [alarm(), settingBody(), onProposal("enacted", fill(16, 1))]) {
      expect(reasonOf(run(withRules({ closedAt: 3 }), DAD, body))).toBe("family-closed");
    }
  });
});
