/** What several transactions together must not reach, each of which is allowed. */
import { describe, expect, test } from "vitest";
import {
  after,
  controlBody,
  grantBody,
  onProposal,
  proposedBody,
  reasonOf,
  roleBody,
  run,
} from "./execution-fixture.suite.test.ts";
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
  type Actor,
} from "./family-fixture.suite.test.ts";
import {
  AUNT,
  controlFor,
  DAD,
  FAMILY_OF_EIGHT,
  grantFor,
  GRAN,
  MIA,
  MR_LEE,
  MUM,
  TOM,
  withRules,
} from "./rules-fixture.suite.test.ts";
import { findMember, withEntry, type LedgerState } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

const removalOf = (who: Actor): TransactionBody => ({
  type: "member-removed",
  member: who.member,
  cuts: [],
});
const alarm = (index: number): TransactionBody => ({
  type: "emergency-recorded",
  alert: fill(16, index),
});
const revocationOf = (device: Uint8Array): TransactionBody => ({
  type: "device-revoked",
  device,
  reason: "compromised",
  cuts: [],
});

describe("a childhood", () => {
  test("[CN5] one parent does not end it, with a first control or another, to remove the child alone", () => {
    const ended = controlBody(MIA, { version: 2, endsAt: 0 });
    const controlled = withRules({ controls: [controlFor(MIA)] });
    expect(reasonOf(run(controlled, DAD, ended))).toBe("needs-decision");
    expect(reasonOf(run(FAMILY_OF_EIGHT, DAD, controlBody(MIA, { endsAt: 0 })))).toBe(
      "needs-decision",
    );
  });

  test("[CN6] who has left since stands in no protective rule's way", () => {
    const former = controlFor(MIA, { confidants: [AUNT.member] });
    const state = withRules({ controls: [former] });
    const narrower = { version: 2, contacts: "family", confidants: [] } as const;
    expect(reasonOf(run(state, DAD, controlBody(MIA, narrower)))).toBe("needs-decision");
    const left = after(run(state, AUNT, { type: "member-left", cuts: [] }));
    expect(reasonOf(run(left, DAD, controlBody(MIA, narrower), { height: 7 }))).toBe("accepted");
    const alone = after(run(left, MUM, { type: "member-left", cuts: [] }, { height: 7 }));
    const byDad = controlBody(MIA, { ...narrower, guardians: [DAD.member] });
    expect(reasonOf(run(alone, DAD, byDad, { height: 8 }))).toBe("accepted");
  });

  test("[AU6] who may reach a child is its guardians' to say, in whosever name it is granted", () => {
    const controls = [controlFor(MIA, { guardians: [MUM.member], contacts: "approved" })];
    const state = withRules({ controls });
    const reach = (from: Actor, to: Actor): TransactionBody =>
      grantBody(from, { permission: "send", scope: { type: "member", member: to.member } });
    expect(reasonOf(run(state, DAD, reach(MIA, MR_LEE)))).toBe("not-permitted");
    expect(reasonOf(run(state, DAD, reach(MR_LEE, MIA)))).toBe("not-permitted");
    expect(reasonOf(run(state, MUM, reach(MR_LEE, MIA)))).toBe("accepted");
    expect(reasonOf(run(state, DAD, reach(MR_LEE, TOM)))).toBe("accepted");
    expect(reasonOf(run(state, DAD, reach(MR_LEE, GRAN)))).toBe("accepted");
  });
});

describe("who has gone", () => {
  const tablet = furtherDevice(MUM, keyOf(71));
  const invited = after(
    run(FAMILY_OF_EIGHT, DAD, inviteBody(keyOf(70), "parent", NOW + HOUR, MUM.member)),
  );
  const register: TransactionBody = {
    type: "device-registered",
    request: requestOf(keyOf(70), tablet, "parent", MUM.member),
    replaced: [],
  };

  test("[MR5] gets no device any more, by an older invite or a new one", () => {
    expect(reasonOf(run(invited, DAD, register))).toBe("accepted");
    const left = after(run(invited, MUM, { type: "member-left", cuts: [] }));
    expect(reasonOf(run(left, DAD, register, { height: 7 }))).not.toBe("accepted");
    const again = inviteBody(keyOf(72), "parent", NOW + HOUR, MUM.member);
    expect(reasonOf(run(left, DAD, again, { height: 7 }))).toBe("unknown-member");
    const open = { ...left, invites: left.invites.map((one) => ({ ...one, isUsed: 0 })) };
    expect(reasonOf(run(open, DAD, register, { height: 7 }))).toBe("already-left");
  });

  test("[MR5] writes nothing, and is no parent's device that would keep the last one's place", () => {
    const left = after(run(FAMILY_OF_EIGHT, MUM, { type: "member-left", cuts: [] }));
    const haunted: LedgerState = {
      ...left,
      devices: withEntry(left.devices, deviceEntry(tablet, NOW - 30 * DAY)),
    };
    expect(reasonOf(run(haunted, tablet, alarm(1), { height: 7 }))).toBe("already-left");
    const kept = { ...haunted, replicas: [GRAN.device] };
    expect(reasonOf(run(kept, DAD, revocationOf(DAD.device), { height: 7 }))).toBe(
      "last-parent-device",
    );
  });

  test("[MR7] keeps no power over others that was granted to what it was", () => {
    const grants = [
      grantFor(AUNT, { permission: "manage-roles" }),
      grantFor(AUNT, { id: fill(16, 0x51), permission: "create-group" }),
    ];
    const state = withRules({ grants });
    const demoted = after(run(state, DAD, roleBody(AUNT, "relative", "contact")));
    const back = roleBody(AUNT, "contact", "relative");
    expect(reasonOf(run(demoted, AUNT, back, { height: 7 }))).toBe("not-permitted");
    const ended = demoted.rules.grants.map((one) => [one.permission, one.ended !== null]);
    expect(ended).toEqual([
      ["manage-roles", true],
      ["create-group", false],
    ]);
  });
});

describe("bounds that must not be turned against somebody", () => {
  const fake = furtherDevice(MUM, keyOf(73));
  const state: LedgerState = {
    ...FAMILY_OF_EIGHT,
    devices: withEntry(FAMILY_OF_EIGHT.devices, deviceEntry(fake, NOW - HOUR)),
  };

  test("[BD5] a fake further device uses up neither the objection nor its own removal", () => {
    let flooded = after(run(state, DAD, proposedBody(revocationOf(MUM.device))));
    for (let index = 1; index <= 10; index += 1) flooded = after(run(flooded, fake, alarm(index)));
    expect(reasonOf(run(flooded, MUM, alarm(11)))).toBe("too-many-today");
    const [proposal] = flooded.rules.proposals;
    if (proposal === undefined) throw new Error("Dad asked for it");
    expect(reasonOf(run(flooded, MUM, onProposal("objected", proposal.id)))).toBe("accepted");
    expect(reasonOf(run(flooded, MUM, revocationOf(fake.device)))).toBe("accepted");
    // Of somebody else's it is counted.
    expect(reasonOf(run(flooded, MUM, revocationOf(MIA.device)))).toBe("too-many-today");
  });
});

test("[MR5] who comes back is somebody new", () => {
  const left = after(run(FAMILY_OF_EIGHT, GRAN, { type: "member-left", cuts: [] }));
  expect(findMember(left, GRAN.member)?.leftAt).toBe(6);
  expect(reasonOf(run(left, DAD, removalOf(GRAN), { height: 7 }))).toBe("already-left");
});
