/** Groups in which a child and a contact meet: whoever brings them together, and what changes later. */
import { describe, expect, test } from "vitest";
import {
  after,
  controlBody,
  grantBody,
  groupBody,
  reasonOf,
  roleBody,
  run,
  withGroup,
} from "./execution-fixture.suite.test.ts";
import { fill, NOW, type Actor } from "./family-fixture.suite.test.ts";
import { permits } from "./permits.ts";
import { adding, dropping } from "./rule-bodies-fixture.suite.test.ts";
import {
  AUNT,
  controlFor,
  DAD,
  GRAN,
  grantFor,
  groupOf,
  MIA,
  MR_LEE,
  MUM,
  TOM,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import type { LedgerState } from "./state.ts";

const GROUP = fill(16, 0x52);
const people = (
  members: readonly Actor[],
  rules: Parameters<typeof withRules>[0] = {},
  kind: "family" | "friends" = "friends",
): LedgerState => withRules({ groups: [groupOf(0x52, kind, GRAN, members)], ...rules });
const isIn = (state: LedgerState, who: Actor): boolean =>
  state.rules.groups[0]?.members.some(
    (one) => one.ended === null && one.member.join() === who.member.join(),
  ) === true;
const says = (state: LedgerState, who: Actor): string => {
  const target = { type: "group", group: GROUP } as const;
  const answer = permits(state, who.member, "send", target, NOW, { height: 6 });
  return answer.ok ? "yes" : answer.rule;
};

describe("who brings a child and a contact together", () => {
  test("[AU7] is the child's guardian, whichever of the two comes", () => {
    const { state, group } = withGroup([AUNT]);
    const withTom = after(run(state, DAD, adding(group, TOM)));
    // Gran's own group: she invites whom she likes, but no stranger to somebody's child.
    expect(reasonOf(run(withTom, GRAN, adding(group, ZOE)))).toBe("not-permitted");
    expect(reasonOf(run(state, GRAN, adding(group, ZOE)))).toBe("accepted");
    expect(reasonOf(run(withTom, DAD, adding(group, ZOE)))).toBe("accepted");
    const mums = withRules({ controls: [controlFor(TOM, { guardians: [MUM.member] })] }, withTom);
    expect(reasonOf(run(mums, DAD, adding(group, ZOE)))).toBe("not-permitted");
    expect(reasonOf(run(mums, MUM, adding(group, ZOE)))).toBe("accepted");
  });

  test("[AU7] nobody is asked for those who meet anyway, nor again for who is in it", () => {
    const { state, group } = withGroup([AUNT]);
    // Mia let Zoe in.
    const withMia = after(run(state, DAD, adding(group, MIA)));
    expect(reasonOf(run(withMia, GRAN, adding(group, ZOE)))).toBe("accepted");
    const scope = { type: "member", member: TOM.member } as const;
    const allowed = after(run(withMia, DAD, grantBody(MR_LEE, { permission: "send", scope })));
    const both = after(run(allowed, DAD, adding(group, TOM)));
    expect(reasonOf(run(both, GRAN, adding(group, MR_LEE)))).toBe("not-permitted");
    const only = after(
      run(
        after(run(state, DAD, adding(group, TOM))),
        DAD,
        grantBody(MR_LEE, { permission: "send", scope }),
      ),
    );
    expect(reasonOf(run(only, GRAN, adding(group, MR_LEE)))).toBe("accepted");
    const met = after(run(after(run(state, DAD, adding(group, TOM))), DAD, adding(group, ZOE)));
    expect(reasonOf(run(met, GRAN, adding(group, MR_LEE)))).toBe("not-permitted");
    expect(reasonOf(run(met, GRAN, dropping(group, AUNT)))).toBe("accepted");
    const fewer = after(run(met, GRAN, dropping(group, AUNT)));
    expect(reasonOf(run(fewer, GRAN, adding(group, AUNT), { time: NOW + 1 }))).toBe("accepted");
    expect(reasonOf(run(met, DAD, adding(group, MR_LEE)))).toBe("accepted");
  });

  test("[AU7] a group that begins with both is no way around it", () => {
    const created = withRules({});
    expect(reasonOf(run(created, DAD, groupBody("friends", [TOM, ZOE])))).toBe("accepted");
    const mums = withRules({ controls: [controlFor(TOM, { guardians: [MUM.member] })] });
    expect(reasonOf(run(mums, DAD, groupBody("friends", [ZOE])))).toBe("accepted");
    expect(reasonOf(run(mums, MUM, groupBody("friends", [TOM, ZOE])))).toBe("accepted");
    const granted = withRules({
      grants: [grantFor(GRAN, { permission: "approve-group-members" })],
    });
    expect(reasonOf(run(granted, GRAN, groupBody("friends", [TOM, AUNT])))).toBe("accepted");
    expect(reasonOf(run(granted, GRAN, groupBody("friends", [TOM, ZOE])))).toBe("not-permitted");
    expect(reasonOf(run(mums, GRAN, groupBody("friends", [ZOE, MR_LEE])))).toBe("accepted");
  });
});

describe("what changes later", () => {
  test("[GR4] who becomes a contact leaves the family's groups, and those with a child that meets none", () => {
    const family = people([GRAN, AUNT, MIA], {}, "family");
    const changed = after(run(family, DAD, roleBody(AUNT, "relative", "contact")));
    expect([isIn(changed, AUNT), isIn(changed, GRAN), isIn(changed, MIA)]).toEqual([
      false,
      true,
      true,
    ]);
    const strict = { controls: [controlFor(MIA, { contacts: "family" })] };
    const friends = people([GRAN, AUNT, MIA], strict);
    expect(isIn(after(run(friends, DAD, roleBody(AUNT, "relative", "contact"))), AUNT)).toBe(false);
    const open = people([GRAN, AUNT, MIA]);
    expect(isIn(after(run(open, DAD, roleBody(AUNT, "relative", "contact"))), AUNT)).toBe(true);
    const ended = changed.rules.groups[0]?.members.find((one) => one.ended !== null)?.ended;
    expect(ended).toEqual({ height: 6, time: NOW, signedAt: NOW });
  });

  test("[GR4] a child that is to meet no contacts leaves the groups with one, and no others", () => {
    const control = controlBody(MIA, { version: 2, contacts: "family" });
    const both = people([GRAN, ZOE, MIA, TOM], { controls: [controlFor(MIA)] });
    const narrowed = after(run(both, DAD, control));
    expect([MIA, TOM, ZOE].map((one) => isIn(narrowed, one))).toEqual([false, true, true]);
    const without = people([GRAN, MIA, TOM], { controls: [controlFor(MIA)] });
    expect(isIn(after(run(without, DAD, control)), MIA)).toBe(true);
  });

  test("[PM23] a child and a contact that its control keeps from it say nothing in one group", () => {
    const approved = [controlFor(MIA, { contacts: "approved" })];
    const state = people([GRAN, ZOE, MIA, TOM], { controls: approved });
    expect([MIA, ZOE, TOM, GRAN].map((one) => says(state, one))).toEqual([
      "contact-not-approved",
      "contact-not-approved",
      "yes",
      "yes",
    ]);
    const family = people([GRAN, ZOE, MIA], {
      controls: [controlFor(MIA, { contacts: "family" })],
    });
    expect([says(family, MIA), says(family, ZOE), says(family, GRAN)]).toEqual([
      "family-only",
      "family-only",
      "yes",
    ]);
  });

  test("[PM23] with a grant between them, or without a contact, they do", () => {
    const controls = [controlFor(MIA, { contacts: "approved" })];
    const scope = { type: "member", member: MIA.member } as const;
    const state = people([GRAN, ZOE, MIA], { controls });
    const granted = after(run(state, DAD, grantBody(ZOE, { permission: "send", scope })));
    expect([says(granted, MIA), says(granted, ZOE)]).toEqual(["yes", "yes"]);
    expect(says(people([GRAN, TOM, MIA], { controls }), MIA)).toBe("yes");
    // To read, and to call for help, is nobody's to forbid there.
    const target = { type: "group", group: GROUP } as const;
    for (const word of ["read", "send-emergency"] as const) {
      expect(permits(state, MIA.member, word, target, NOW, { height: 6 }).ok).toBe(true);
    }
  });
});
