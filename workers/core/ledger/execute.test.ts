import { describe, expect, test } from "vitest";
import { compareBytes, familyIdOf, inviteIdOf } from "../codec/ids.ts";
import { enterHeight, execute, found, type Execution, type Refusal } from "./execute.ts";
import type { RuleRefusal } from "./execution.ts";
import {
  actorOf,
  DAY,
  deviceEntry,
  FAMILY,
  fill,
  FOUNDER,
  FOUNDING,
  FOUNDING_BODY,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  MINUTE,
  NOW,
  requestOf,
  signed,
  stateOf,
  type Actor,
  type Person,
  type SignOptions,
  headOf,
} from "./family-fixture.suite.test.ts";
import { buildRecovery } from "./recovery.ts";
import {
  DEVICES_MAX,
  EXECUTED_MAX,
  EXPIRY_HEIGHTS_MAX,
  INVITES_MAX,
  INVITES_PER_MEMBER_MAX,
  MEMBERS_MAX,
} from "./limits.ts";
import { findDevice, findInvite, findMember, withEntry, type LedgerState } from "./state.ts";
import type { Role, TransactionBody } from "./transaction.ts";

const MUM = actorOf(keyOf(2));
const CHILD = actorOf(keyOf(3));
const AUNT = actorOf(keyOf(4));
const NEWCOMER = actorOf(keyOf(5));
const INVITE_KEY = keyOf(60);
const INVITE = inviteIdOf(FAMILY, INVITE_KEY);
const PARENT = fill(32, 0x77);
const HERE = { height: 6, time: NOW, parent: PARENT, rulesKnown: 1 };

/** Two parents, a child and a relative; the founder's device is the one replica. */
const BASE = stateOf([
  { actor: FOUNDER, role: "parent", isReplica: true },
  { actor: MUM, role: "parent" },
  { actor: CHILD, role: "child" },
  { actor: AUNT, role: "relative" },
]);

const run = (
  state: LedgerState,
  author: Actor,
  body: TransactionBody,
  options: SignOptions = {},
  context = HERE,
): Execution => execute(state, signed(author, body, options), context);

/** The state after it; the test fails if it is refused. */
function after(execution: Execution): LedgerState {
  if (!execution.ok) throw new Error(`refused: ${execution.reason}`);
  return execution.state;
}

const reasonOf = (execution: Execution): Refusal | "accepted" =>
  execution.ok ? "accepted" : execution.reason;

/** BASE with an open invite that ends in an hour. */
const invited = (role: Role = "relative", member: Actor | null = null): LedgerState =>
  after(
    run(BASE, FOUNDER, inviteBody(INVITE_KEY, role, NOW + HOUR, member?.member ?? null), {
      salt: 99,
    }),
  );

const approval = (
  newcomer: Actor = NEWCOMER,
  role: Role = "relative",
  inviteKey: Uint8Array = INVITE_KEY,
): TransactionBody => ({
  type: "member-registered",
  request: requestOf(inviteKey, newcomer, role),
  name: fill(32, 1),
});

const further = (
  member: Actor,
  role: Role,
  replaced: readonly Actor[] = [],
  device: Actor = NEWCOMER,
): TransactionBody => ({
  type: "device-registered",
  request: requestOf(INVITE_KEY, device, role, member.member),
  replaced: replaced.map((one) => ({ device: one.device, cuts: [] })),
});

const revocation = (actor: Actor): TransactionBody => ({
  type: "device-revoked",
  device: actor.device,
  reason: "lost",
  cuts: [{ stream: 0, seq: 4, id: fill(16, 1) }],
});

/** A change of who keeps the rules; what is signed is checked before. */
const replicas = (
  added: readonly Actor[],
  removed: readonly Actor[] = [],
  parent = PARENT,
): TransactionBody => ({
  type: "replicas-changed",
  parent,
  added: added.map((one) => ({ device: one.device, ready: fill(64, 1) })),
  removed: removed.map((one) => one.device),
});

const SIGNED_HASH = { blockHash: fill(32, 8), signature: fill(64, 1) };
/** Two votes of a device; that they are its own is checked before. */
const proof = (
  actor: Actor,
  part: Partial<Extract<TransactionBody, { type: "evidence" }>> = {},
): TransactionBody => ({
  type: "evidence",
  device: actor.device,
  epoch: 0,
  height: 4,
  view: 0,
  phase: "prepare",
  first: SIGNED_HASH,
  second: { blockHash: fill(32, 9), signature: fill(64, 2) },
  ...part,
});

const REVOKE_INVITE: TransactionBody = { type: "invite-revoked", invite: INVITE };
const invite = inviteBody(INVITE_KEY, "relative");
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** The founder has two devices, and another parent has one that keeps no rules yet. */
const TABLET = furtherDevice(FOUNDER, keyOf(71));
const HOUSE: readonly Person[] = [
  { actor: FOUNDER, role: "parent", isReplica: true },
  { actor: TABLET, role: "parent" },
  { actor: MUM, role: "parent" },
  { actor: AUNT, role: "relative" },
];

/** One way into every refusal: a refusal without a line here does not compile. */
const REFUSALS: Readonly<
  Record<Exclude<Refusal, RuleRefusal>, readonly [string, () => Execution]>
> = {
  expired: ["EX3", () => run(BASE, FOUNDER, invite, { expiresHeight: 5 })],
  "expiry-too-far": [
    "EX3",
    () => run(BASE, FOUNDER, invite, { expiresHeight: 7 + EXPIRY_HEIGHTS_MAX }),
  ],
  repeated: ["EX4", () => run(after(run(BASE, FOUNDER, invite)), FOUNDER, invite)],
  "unknown-author": ["EX5", () => run(BASE, NEWCOMER, invite)],
  "revoked-author": [
    "EX5",
    () => run(after(run(BASE, MUM, revocation(MUM))), MUM, invite, { salt: 1 }),
  ],
  "wrong-author-key": ["EX5", () => run(BASE, FOUNDER, invite, { key: keyOf(77) })],
  "not-a-parent": ["EX5", () => run(BASE, CHILD, invite)],
  "already-founded": ["EX6", () => run(BASE, FOUNDER, FOUNDING_BODY)],
  "wrong-family": ["EX2", () => found(familyIdOf(keyOf(8)), FOUNDING, NOW, 1)],
  "too-many-invites": [
    "EX8",
    () => run(withInvites(INVITES_PER_MEMBER_MAX), FOUNDER, invite, { salt: 50 }),
  ],
  "bad-invite-life": ["EX7", () => run(BASE, FOUNDER, inviteBody(INVITE_KEY, "child", NOW))],
  "repeated-invite": ["EX7", () => run(invited(), FOUNDER, invite)],
  "unknown-invite": ["EX10", () => run(BASE, FOUNDER, approval())],
  "invite-used": [
    "EX10",
    () => {
      const used = after(run(invited(), FOUNDER, approval()));
      return run(used, FOUNDER, approval(actorOf(keyOf(6))));
    },
  ],
  "invite-expired": [
    "EX10",
    () => run(invited(), FOUNDER, approval(), { time: NOW + HOUR + 2 * MINUTE + 1 }),
  ],
  "invite-mismatch": ["EX11", () => run(invited(), FOUNDER, approval(NEWCOMER, "contact"))],
  "repeated-device": ["EX12", () => run(invited(), FOUNDER, approval(CHILD))],
  "unknown-member": [
    "EX7",
    () => run(BASE, FOUNDER, inviteBody(INVITE_KEY, "child", NOW + HOUR, NEWCOMER.member)),
  ],
  "unknown-device": ["EX14", () => run(BASE, FOUNDER, revocation(NEWCOMER))],
  "already-revoked": [
    "EX14",
    () => run(after(run(BASE, FOUNDER, revocation(CHILD))), MUM, revocation(CHILD)),
  ],
  "last-parent-device": [
    "EX14",
    () => {
      // Only where the replica is no parent's: no transaction leads there yet.
      const state = stateOf([
        { actor: MUM, role: "parent" },
        { actor: AUNT, role: "relative", isReplica: true },
      ]);
      return run(state, MUM, revocation(MUM));
    },
  ],
  "is-replica": ["EX14", () => run(BASE, FOUNDER, revocation(FOUNDER))],
  "needs-second-parent": ["EX14", () => run(BASE, FOUNDER, revocation(MUM))],
  "other-parent-block": ["EX17", () => run(BASE, FOUNDER, replicas([MUM, AUNT], [], fill(32, 1)))],
  "not-eligible": ["RS1", () => run(BASE, FOUNDER, replicas([CHILD]))],
  "not-a-replica": ["RS2", () => run(BASE, FOUNDER, replicas([], [MUM]))],
  "last-replica": ["RS3", () => run(BASE, FOUNDER, replicas([], [FOUNDER]))],
  "one-member-holds-it": ["RS5", () => run(stateOf(HOUSE), FOUNDER, replicas([TABLET, AUNT]))],
  "other-epoch": ["EX19", () => run(BASE, FOUNDER, proof(CHILD, { epoch: 1 }))],
  "no-conflict": ["EX19", () => run(BASE, FOUNDER, proof(CHILD, { second: SIGNED_HASH }))],
  "already-convicted": [
    "EX19",
    () => run(after(run(BASE, FOUNDER, proof(CHILD))), MUM, proof(CHILD, { height: 9 })),
  ],
  "recovery-stands-alone": ["RC1", () => run(BASE, FOUNDER, recoveryBody())],
  "not-a-recovery-key": ["RC2", () => recovered(recoveryBody())],
  full: ["EX16", () => run(crowded("members"), FOUNDER, approval())],
};

/** With words that are nobody's. */
function recoveryBody(): TransactionBody {
  const { device } = FOUNDER;
  const parent = fill(32, 0xb0);
  return { type: "recovery", epoch: 1, parent, replicas: [device], recoveryKey: keyOf(99) };
}

function recovered(body: TransactionBody): Execution {
  const built = buildRecovery(
    headOf(BASE),
    signed(FOUNDER, body, { expiresHeight: BASE.height + 1 }),
  );
  if (built.ok) return { ok: true, state: built.head.state };
  if (typeof built.fault === "string") throw new Error(built.fault);
  return { ok: false, reason: built.fault.reason };
}

/** BASE after `count` invites of the founder, each with a key of its own. */
function withInvites(count: number): LedgerState {
  return many(count, (index) => index).reduce(
    (state, index) =>
      after(run(state, FOUNDER, inviteBody(keyOf(200 + index), "child"), { salt: index })),
    BASE,
  );
}

/** An invited BASE whose list is full but for nothing. */
function crowded(what: "members" | "devices" | "executed"): LedgerState {
  const state = invited();
  const strangers = (count: number): readonly Actor[] =>
    many(count, (index) => actorOf(keyOf(1_000 + index)));
  switch (what) {
    case "members":
      return {
        ...state,
        members: [
          ...state.members,
          ...stateOf(
            strangers(MEMBERS_MAX - state.members.length).map((actor) => ({
              actor,
              role: "contact",
            })),
          ).members,
        ],
      };
    case "devices":
      return {
        ...state,
        devices: [
          ...state.devices,
          ...strangers(DEVICES_MAX - state.devices.length).map((actor) => deviceEntry(actor)),
        ],
      };
    case "executed":
      return {
        ...state,
        executed: many(EXECUTED_MAX, (index) => ({ id: keyOf(index), expiresHeight: 9 })),
      };
  }
}

describe("refusals", () => {
  for (const [reason, [rule, attempt]] of Object.entries(REFUSALS)) {
    test(`[${rule}] ${reason}`, () => {
      expect(attempt()).toEqual({ ok: false, reason });
    });
  }

  test("[EX16] a refused transaction leaves the state as it was, also inside a longer one", () => {
    const state = invited("relative", AUNT);
    const before = structuredClone(state);
    const body = further(AUNT, "relative", [AUNT, MUM]);
    expect(run(state, FOUNDER, body)).toEqual({ ok: false, reason: "unknown-device" });
    expect(state).toEqual(before);
  });
});

describe("founding", () => {
  test("[EX1] makes one parent, one device, one replica at height 0", () => {
    const state = after(found(FAMILY, FOUNDING, NOW, 1));
    expect(state).toMatchObject({ height: 0, time: NOW, epoch: 0, retentionDays: 30 });
    expect(state.members).toMatchObject([{ id: FOUNDER.member, role: "parent" }]);
    expect(state.devices).toMatchObject([
      { id: FOUNDER.device, member: FOUNDER.member, registeredTime: NOW, revoked: null },
    ]);
    expect(state.replicas).toEqual([FOUNDER.device]);
    expect(state.executed).toEqual([{ id: FOUNDING.id, expiresHeight: 0 }]);
  });

  test("[EX2] needs the key it names, the author it names, and to be a founding", () => {
    const reason = (transaction: typeof FOUNDING): string =>
      reasonOf(found(FAMILY, transaction, NOW, 1));
    expect(reason(signed(FOUNDER, FOUNDING_BODY, { key: keyOf(2) }))).toBe("wrong-author-key");
    expect(reason(signed({ ...MUM, key: FOUNDER.key }, FOUNDING_BODY))).toBe("unknown-author");
    expect(reason(signed(FOUNDER, invite))).toBe("unknown-author");
  });
});

describe("exactly once", () => {
  test("[EX3] executed at its expiry height, not one above", () => {
    const at = (height: number): string =>
      reasonOf(run(BASE, FOUNDER, invite, { expiresHeight: 9 }, { ...HERE, height }));
    expect([at(9), at(10)]).toEqual(["accepted", "expired"]);
    const far = { expiresHeight: 6 + EXPIRY_HEIGHTS_MAX };
    expect(reasonOf(run(BASE, FOUNDER, invite, far))).toBe("accepted");
  });

  test("[EX4] repeated at every height up to its expiry, expired at every one after", () => {
    const options = { expiresHeight: 9 };
    let state = after(run(BASE, FOUNDER, SHORT_INVITE, options));
    for (let height = 7; height <= 12; height += 1) {
      const context = { ...HERE, height };
      state = enterHeight(state, context);
      const reason = reasonOf(run(state, FOUNDER, SHORT_INVITE, options, context));
      expect([height, reason]).toEqual([height, height <= 9 ? "repeated" : "expired"]);
      expect(state.executed).toHaveLength(height <= 9 ? 1 : 0);
    }
  });

  test("[EX4] another salt is another transaction", () => {
    const state = after(run(BASE, FOUNDER, SHORT_INVITE));
    expect(reasonOf(run(state, FOUNDER, SHORT_INVITE, { salt: 1 }))).toBe("repeated-invite");
    expect(reasonOf(run(state, FOUNDER, SHORT_INVITE))).toBe("repeated");
  });

  test("[EX16] executed ids are bounded and sorted", () => {
    expect(reasonOf(run(crowded("executed"), FOUNDER, approval()))).toBe("full");
    const { executed } = withInvites(5);
    const sorted = executed.toSorted((a, b) => compareBytes(a.id, b.id));
    expect(executed).toEqual(sorted);
    expect(executed).toHaveLength(5);
  });
});

/** Any transaction that stands on BASE. */
const SHORT_INVITE: TransactionBody = inviteBody(keyOf(61), "child", NOW + MINUTE);

describe("invites", () => {
  test("[EX7] a life of a day is allowed, a millisecond more, none and less are not", () => {
    const life = (ms: number, signedAt = NOW): string =>
      reasonOf(
        run(BASE, FOUNDER, inviteBody(INVITE_KEY, "child", signedAt + ms), { time: signedAt }),
      );
    expect([life(1), life(DAY), life(DAY + 1), life(0), life(-1)]).toEqual([
      "accepted",
      "accepted",
      "bad-invite-life",
      "bad-invite-life",
      "bad-invite-life",
    ]);
    // A quorum that slept for a month: what was signed in time stands.
    expect(life(HOUR, NOW - 30 * DAY)).toBe("accepted");
    // A clock that is wrong by less than a day is no obstacle, one that is years ahead is.
    expect(life(DAY, NOW + DAY)).toBe("accepted");
    expect(life(DAY, NOW + DAY + 1)).toBe("bad-invite-life");
  });

  test("[EX7] for a further device it names a member and that member's role", () => {
    const reason = (role: Role): string =>
      reasonOf(run(BASE, FOUNDER, inviteBody(INVITE_KEY, role, NOW + HOUR, CHILD.member)));
    expect([reason("child"), reason("parent")]).toEqual(["accepted", "unknown-member"]);
  });

  test("[EX8] used, revoked and ended ones do not count, nor do another parent's", () => {
    const full = withInvites(INVITES_PER_MEMBER_MAX);
    const more = inviteBody(INVITE_KEY, "child");
    const id = inviteIdOf(FAMILY, keyOf(200));
    expect(reasonOf(run(full, FOUNDER, more))).toBe("too-many-invites");
    expect(reasonOf(run(full, MUM, more))).toBe("accepted");
    const revoked = after(run(full, FOUNDER, { type: "invite-revoked", invite: id }));
    expect(reasonOf(run(revoked, FOUNDER, more))).toBe("accepted");
    const used = after(run(full, MUM, approval(NEWCOMER, "child", keyOf(200))));
    expect(reasonOf(run(used, FOUNDER, more))).toBe("accepted");
    const later = { time: NOW + HOUR + 1 };
    const another = inviteBody(INVITE_KEY, "child", NOW + 2 * HOUR);
    expect(reasonOf(run(full, FOUNDER, another, later))).toBe("accepted");
  });

  test("[EX8] a parent's invites from two devices count together", () => {
    const second = furtherDevice(FOUNDER, keyOf(7));
    const state = withInvites(INVITES_PER_MEMBER_MAX);
    const both = { ...state, devices: withEntry(state.devices, deviceEntry(second)) };
    expect(reasonOf(run(both, second, invite))).toBe("too-many-invites");
  });

  test("[EX9] a revoked invite admits nobody, and is not revoked twice", () => {
    const state = after(run(invited(), MUM, REVOKE_INVITE));
    expect(reasonOf(run(state, FOUNDER, approval()))).toBe("invite-used");
    expect(reasonOf(run(state, FOUNDER, REVOKE_INVITE))).toBe("invite-used");
    expect(reasonOf(run(BASE, FOUNDER, REVOKE_INVITE))).toBe("unknown-invite");
  });

  test("[EX10] goes by the approval's signed time, however late the block", () => {
    const at = (time: number, blockTime: number): string => {
      const context = { ...HERE, height: 7, time: blockTime };
      return reasonOf(run(enterHeight(invited(), context), FOUNDER, approval(), { time }, context));
    };
    const inTime = NOW + HOUR + 2 * MINUTE;
    expect(at(inTime, NOW + HOUR)).toBe("accepted");
    expect(at(inTime, NOW + 29 * DAY)).toBe("accepted");
    expect(at(inTime + 1, NOW + HOUR)).toBe("invite-expired");
    expect(at(inTime, NOW + 32 * DAY)).toBe("invite-expired");
  });

  test("[EX15] an invite is forgotten 30 days after its end, used or not", () => {
    const used = after(run(invited(), FOUNDER, approval()));
    const isHeld = (state: LedgerState, time: number): boolean =>
      findInvite(enterHeight(state, { height: 7, time }), INVITE) !== null;
    for (const state of [used, invited()]) {
      expect(isHeld(state, NOW + HOUR + 30 * DAY)).toBe(true);
      expect(isHeld(state, NOW + HOUR + 30 * DAY + 1)).toBe(false);
    }
  });

  test("[EX15] what was signed for an invite that can only be forgotten waits no more", () => {
    const at = (body: TransactionBody, blockTime: number): string => {
      const context = { ...HERE, height: 7, time: blockTime };
      return reasonOf(run(enterHeight(BASE, context), FOUNDER, body, { time: NOW }, context));
    };
    for (const body of [approval(), REVOKE_INVITE]) {
      expect(at(body, NOW + 30 * DAY - 2 * MINUTE)).toBe("unknown-invite");
      expect(at(body, NOW + 30 * DAY - 2 * MINUTE + 1)).toBe("invite-expired");
    }
  });

  test("[EX15] a full list makes room by its first ended one, and is full without", () => {
    const entry = { by: MUM.device, role: "child" as const, member: null, isUsed: 0 };
    const stateWith = (endOf: (index: number) => number): LedgerState => ({
      ...BASE,
      invites: many(INVITES_MAX, (index) => ({
        ...entry,
        key: keyOf(5_000 + index),
        id: inviteIdOf(FAMILY, keyOf(5_000 + index)),
        expiresAt: endOf(index),
      })).toSorted((a, b) => compareBytes(a.id, b.id)),
    });
    expect(
      reasonOf(
        run(
          stateWith(() => NOW + HOUR),
          FOUNDER,
          invite,
        ),
      ),
    ).toBe("full");
    const ended = stateWith((index) => (index === 17 ? NOW - 2 * DAY : NOW - DAY));
    const state = after(run(ended, FOUNDER, invite));
    expect(state.invites).toHaveLength(INVITES_MAX);
    expect(findInvite(state, inviteIdOf(FAMILY, keyOf(5_017)))).toBeNull();
    expect(findInvite(state, INVITE)).not.toBeNull();
  });
});

describe("admitting", () => {
  test("[EX10] makes a member of the invite's role with one device, and uses up the invite", () => {
    const state = after(run(invited(), MUM, approval()));
    expect(findMember(state, NEWCOMER.member)).toMatchObject({
      role: "relative",
      registeredAt: 6,
      admittedBy: MUM.member,
    });
    expect(findDevice(state, NEWCOMER.device)).toMatchObject({
      member: NEWCOMER.member,
      registeredAt: 6,
      registeredTime: NOW,
      revoked: null,
    });
    expect(findInvite(state, INVITE)?.isUsed).toBe(1);
  });

  test("[EX11] a request for a new member is none for a further device, and back", () => {
    const forNobody: TransactionBody = {
      type: "device-registered",
      request: requestOf(INVITE_KEY, NEWCOMER, "relative"),
      replaced: [],
    };
    expect(reasonOf(run(invited(), FOUNDER, forNobody))).toBe("invite-mismatch");
    const request = requestOf(INVITE_KEY, NEWCOMER, "child", CHILD.member);
    const asMember: TransactionBody = { type: "member-registered", request, name: fill(32, 1) };
    expect(reasonOf(run(invited("child", CHILD), FOUNDER, asMember))).toBe("invite-mismatch");
    expect(reasonOf(run(invited("child", CHILD), FOUNDER, approval(NEWCOMER, "child")))).toBe(
      "invite-mismatch",
    );
    expect(reasonOf(run(invited("child"), FOUNDER, further(CHILD, "child")))).toBe(
      "invite-mismatch",
    );
    const wrongMember = further(AUNT, "child");
    expect(reasonOf(run(invited("child", CHILD), FOUNDER, wrongMember))).toBe("invite-mismatch");
    const nobody = further(NEWCOMER, "child");
    expect(reasonOf(run(invited("child", CHILD), FOUNDER, nobody))).toBe("unknown-member");
  });

  test("[EX12] a revoked device's key does not come back", () => {
    const state = after(run(invited(), FOUNDER, revocation(CHILD)));
    expect(reasonOf(run(state, FOUNDER, approval(CHILD)))).toBe("repeated-device");
  });

  test("[EX13] a further device replaces others of its member, and no other's", () => {
    const state = after(run(invited("relative", AUNT), FOUNDER, further(AUNT, "relative", [AUNT])));
    expect(findDevice(state, NEWCOMER.device)?.member).toEqual(AUNT.member);
    expect(findDevice(state, AUNT.device)?.revoked).toMatchObject({ height: 6, reason: "lost" });
    const foreign = further(AUNT, "relative", [CHILD]);
    expect(reasonOf(run(invited("relative", AUNT), FOUNDER, foreign))).toBe("unknown-device");
    const twice = further(AUNT, "relative", [AUNT, AUNT]);
    expect(reasonOf(run(invited("relative", AUNT), FOUNDER, twice))).toBe("already-revoked");
    const child = further(CHILD, "child", [CHILD]);
    expect(reasonOf(run(invited("child", CHILD), FOUNDER, child))).toBe("needs-decision");
    const parents = further(MUM, "parent", [MUM]);
    expect(reasonOf(run(invited("parent", MUM), FOUNDER, parents))).toBe("needs-decision");
  });

  test("[EX16] no more devices than a family can hold", () => {
    expect(reasonOf(run(crowded("devices"), FOUNDER, approval()))).toBe("full");
  });
});

describe("revoking", () => {
  test("[EX14] keeps the device with height, reason and cuts", () => {
    const state = after(run(BASE, MUM, revocation(CHILD)));
    expect(findDevice(state, CHILD.device)?.revoked).toEqual({
      height: 6,
      reason: "lost",
      cuts: [{ stream: 0, seq: 4, id: fill(16, 1) }],
      staysUntil: 0,
    });
  });

  test("[EX14] a parent may revoke a device of its own", () => {
    expect(reasonOf(run(BASE, MUM, revocation(MUM)))).toBe("accepted");
  });
});
