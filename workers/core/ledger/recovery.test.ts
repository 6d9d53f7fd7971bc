import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { judgeBlock, type Head, type Judgement, type VerifiedBlock } from "./chain.ts";
import { execute } from "./execute.ts";
import {
  actorOf,
  DAY,
  deviceEntry,
  fill,
  furtherDevice,
  grow,
  headOf,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  RECOVERY_KEY,
  signed,
  stateOf,
  type Actor,
  type SignOptions,
} from "./family-fixture.suite.test.ts";
import { RECOVERY_AWAY_MS_MAX, RECOVERY_SHOWN_MS } from "./limits.ts";
import {
  buildRecovery,
  isRecovery,
  judgeNext,
  judgeRecovery,
  ownerOfRecovery,
} from "./recovery.ts";
import {
  encodeObjection,
  lookAgain,
  mayObject,
  standingOf,
  waitMs,
  type KnownRecovery,
} from "./recovery-wait.ts";
import { withEntry, type LedgerState } from "./state.ts";
import { EXECUTED_MAX } from "./limits.ts";
import type { TransactionBody } from "./transaction.ts";

const MUM = actorOf(keyOf(1));
const DAD = actorOf(keyOf(2));
const AUNT = actorOf(keyOf(3));
const CHILD = actorOf(keyOf(4));
const TABLET = furtherDevice(MUM, keyOf(5));

type RecoveryBody = Extract<TransactionBody, { type: "recovery" }>;

/** Mum's phone, Dad's and Aunt's keep the rules; Mum's tablet and the child's device do not. */
function house(change: (state: LedgerState) => LedgerState = (state) => state): Head {
  const state = stateOf([
    { actor: MUM, role: "parent", isReplica: true },
    { actor: DAD, role: "parent", isReplica: true },
    { actor: AUNT, role: "relative", isReplica: true },
    { actor: CHILD, role: "child" },
  ]);
  return headOf(
    change({
      ...state,
      members: state.members.map((one) =>
        toHex(one.id) === toHex(MUM.member) ? { ...one, recoveryKey: RECOVERY_KEY } : one,
      ),
      devices: withEntry(state.devices, { ...deviceEntry(TABLET), member: MUM.member }),
    }),
  );
}

const HEAD = house();

const bodyOf = (author: Actor, part: Partial<RecoveryBody> = {}): RecoveryBody => ({
  type: "recovery",
  epoch: 1,
  parent: HEAD.hash,
  replicas: [author.device],
  recoveryKey: RECOVERY_KEY,
  ...part,
});

function recovery(
  author: Actor = TABLET,
  part: Partial<RecoveryBody> = {},
  options: SignOptions = {},
  head: Head = HEAD,
): ReturnType<typeof buildRecovery> {
  return buildRecovery(
    head,
    signed(author, bodyOf(author, part), {
      expiresHeight: head.state.height + 1,
      proofs: 1,
      ...options,
    }),
  );
}

function verifiedOf(built: ReturnType<typeof buildRecovery>): VerifiedBlock {
  if (built.verified === undefined) throw new Error("not built");
  return built.verified;
}

const reasonOf = (judged: Judgement): string => {
  if (judged.ok) return "valid";
  return typeof judged.fault === "string" ? judged.fault : judged.fault.reason;
};

describe("the RECOVERY block", () => {
  test("[RC1] names who keeps the rules from the next height on, in a new epoch, and changes nothing else", () => {
    const built = recovery();
    if (!built.ok) throw new Error("invalid");
    const { state } = built.head;
    const { executed, ...others } = state;
    const { executed: before, ...same } = HEAD.state;
    expect(others).toEqual({ ...same, epoch: 1, height: 6, replicas: [TABLET.device] });
    expect(executed).toHaveLength(before.length + 1);
    const { header } = verifiedOf(built).block;
    expect([header.epoch, header.height]).toEqual([1, 6]);
    expect(header.parent).toEqual(HEAD.hash);
    expect(header.primary).toEqual(TABLET.device);
    // The next block is the new set's alone.
    const next = grow(built.head, [signed(TABLET, inviteBody(keyOf(60), "child"))]);
    expect(next.head.state.epoch).toBe(1);
    const old = grow(HEAD, [signed(MUM, inviteBody(keyOf(60), "child"))]);
    expect(reasonOf(judgeBlock(built.head, old.verified))).toBe("epoch");
  });

  test("[RC1] is valid exactly if building it again gives the same hash, and stands alone", () => {
    const verified = verifiedOf(recovery());
    expect(judgeRecovery(HEAD, verified)).toEqual({ ok: true, head: recovery().ok && headAfter() });
    expect(judgeNext(HEAD, verified).ok).toBe(true);
    expect(isRecovery(verified)).toBe(true);
    const [transaction] = verified.transactions;
    if (transaction === undefined) throw new Error("no transaction");
    for (const change of [
      { stateRoot: fill(32, 1) },
      { time: NOW + 1 },
      { primary: MUM.device },
      { nextReplicaSet: fill(32, 1) },
      { epoch: 2 },
      { epoch: 0 },
    ]) {
      const header = { ...verified.block.header, ...change };
      const changed = { ...verified, block: { ...verified.block, header }, hash: fill(32, 7) };
      expect(judgeRecovery(HEAD, changed).ok).toBe(false);
      expect(judgeNext(HEAD, changed).ok).toBe(false);
    }
    const two = { ...verified, transactions: [transaction, transaction] };
    expect(reasonOf(judgeRecovery(HEAD, two))).toBe("transactions-root");
    expect(reasonOf(judgeBlock(HEAD, verified))).toBe("epoch");
    const context = { height: 6, time: NOW, parent: HEAD.hash, rulesKnown: 1 };
    expect(execute(HEAD.state, transaction, context)).toEqual({
      ok: false,
      reason: "recovery-stands-alone",
    });
  });

  function headAfter(): Head | false {
    const built = recovery();
    return built.ok && built.head;
  }

  test("[LV1] it is of the version that its head has", () => {
    const head = { ...HEAD, state: { ...HEAD.state, rulesVersion: 2 } };
    const built = recovery(TABLET, {}, {}, head);
    expect(verifiedOf(built).block.header.rulesVersion).toBe(2);
    expect(judgeNext(head, verifiedOf(built), 2).ok).toBe(true);
  });

  test("[RC12] has room however full the list of executed ids is: those that expire last make it", () => {
    const executed = Array.from({ length: EXECUTED_MAX }, (_, index) => ({
      id: Uint8Array.from({ length: 32 }, (_byte, at) =>
        at < 4 ? (index >> (8 * (3 - at))) & 255 : 1,
      ),
      expiresHeight: 100 + (index === 7 ? 1 : 0),
    }));
    const head = house((state) => ({ ...state, executed }));
    const built = recovery(TABLET, { parent: head.hash }, {}, head);
    expect(built.ok).toBe(true);
    const after = judgeRecovery(head, verifiedOf(built));
    if (!after.ok) throw new Error("it is one");
    expect(after.head.state.executed).toHaveLength(EXECUTED_MAX);
    expect(after.head.state.executed.filter((one) => one.expiresHeight === 101)).toHaveLength(1);
  });

  test("[RC2] needs the words of a parent of now", () => {
    expect(reasonOf(recovery())).toBe("valid");
    expect(reasonOf(recovery(TABLET, { recoveryKey: keyOf(8) }))).toBe("not-a-recovery-key");
    const change = (part: Partial<LedgerState["members"][number]>): Head =>
      house((state) => ({
        ...state,
        members: state.members.map((one) =>
          toHex(one.id) === toHex(MUM.member) ? { ...one, ...part } : one,
        ),
      }));
    for (const part of [
      { leftAt: 4 },
      { role: "relative" as const },
      { recoveryKey: null },
      { recoveryKey: keyOf(8) },
    ]) {
      expect(reasonOf(recovery(DAD, {}, {}, change(part)))).toBe("not-a-recovery-key");
    }
  });

  test("[RC3] is of the very next height and epoch, on the head that it names", () => {
    expect(reasonOf(recovery(TABLET, { epoch: 0 }))).toBe("other-epoch");
    expect(reasonOf(recovery(TABLET, { epoch: 2 }))).toBe("other-epoch");
    expect(reasonOf(recovery(TABLET, { parent: fill(32, 9) }))).toBe("other-parent-block");
    expect(reasonOf(recovery(TABLET, {}, { expiresHeight: 7 }))).toBe("expired");
    expect(reasonOf(recovery(TABLET, {}, { expiresHeight: 5 }))).toBe("expired");
    const verified = verifiedOf(recovery());
    const next = grow(HEAD, [signed(MUM, inviteBody(keyOf(60), "child"))]).head;
    expect(reasonOf(judgeRecovery(next, verified))).toBe("height");
    expect(reasonOf(judgeRecovery({ ...HEAD, hash: fill(32, 1) }, verified))).toBe("parent");
  });

  test("[RC4] is signed by an active grown-up's device, which is among those that it names", () => {
    expect(reasonOf(recovery(DAD))).toBe("valid");
    expect(reasonOf(recovery(AUNT))).toBe("valid");
    expect(reasonOf(recovery(CHILD))).toBe("not-eligible");
    expect(reasonOf(recovery(actorOf(keyOf(30))))).toBe("unknown-author");
    expect(reasonOf(recovery(TABLET, {}, { key: keyOf(77) }))).toBe("wrong-author-key");
    const revoked = house((state) => ({
      ...state,
      devices: state.devices.map((one) => ({
        ...one,
        revoked: { height: 3, reason: "lost" as const, cuts: [], staysUntil: 0 },
      })),
    }));
    expect(reasonOf(recovery(TABLET, {}, {}, revoked))).toBe("unknown-author");
    const convicted = house((state) => ({
      ...state,
      devices: state.devices.map((one) => ({ ...one, convictedAt: 2 })),
    }));
    expect(reasonOf(recovery(TABLET, {}, {}, convicted))).toBe("not-eligible");
    expect(reasonOf(recovery(TABLET, { replicas: [MUM.device] }))).toBe("not-eligible");
  });

  test("[RC4] beside the author's only devices that kept the rules before are named, each once", () => {
    const named = (...devices: readonly Actor[]): string =>
      reasonOf(recovery(TABLET, { replicas: devices.map((one) => one.device) }));
    expect(named(TABLET, MUM, AUNT)).toBe("valid");
    expect(named(TABLET, TABLET)).toBe("not-eligible");
    expect(named(TABLET, CHILD)).toBe("not-eligible");
    expect(reasonOf(recovery(DAD, { replicas: [DAD.device, TABLET.device] }))).toBe("not-eligible");
  });

  test("[RC5] its time is its author's, never before the head's; whose words they were is known", () => {
    const late = verifiedOf(recovery(TABLET, {}, { time: NOW + HOUR }));
    expect(late.block.header.time).toBe(NOW + HOUR);
    const early = verifiedOf(recovery(TABLET, {}, { time: NOW - HOUR }));
    expect(early.block.header.time).toBe(NOW);
    expect(ownerOfRecovery(HEAD.state, early)).toEqual(MUM.member);
    const other = grow(HEAD, [signed(MUM, inviteBody(keyOf(60), "child"))]).verified;
    expect(ownerOfRecovery(HEAD.state, other)).toBeNull();
    expect(isRecovery(other)).toBe(false);
  });
});

const known = (part: Partial<KnownRecovery> = {}): KnownRecovery => ({
  hash: fill(32, 1),
  owner: MUM.member,
  shown: { ms: 0, wall: NOW },
  objections: [],
  isChosen: false,
  ...part,
});
const shownFor = (ms: number): Partial<KnownRecovery> => ({ shown: { ms, wall: NOW } });

describe("taking it", () => {
  test("[RC6] it is due when it has been shown for 72 hours, and not a millisecond before", () => {
    expect(RECOVERY_SHOWN_MS).toBe(72 * HOUR);
    const at = (ms: number) => {
      const one = known(shownFor(ms));
      return standingOf(HEAD.state, one, [one]);
    };
    expect(at(0)).toEqual({ type: "waits", leftMs: 72 * HOUR });
    expect(at(72 * HOUR - 1)).toEqual({ type: "waits", leftMs: 1 });
    expect(at(72 * HOUR)).toEqual({ type: "due" });
  });

  test("[RC7] where there is one parent it is due at once", () => {
    const alone = house((state) => ({
      ...state,
      members: state.members.filter((one) => toHex(one.id) !== toHex(DAD.member)),
    }));
    const left = house((state) => ({
      ...state,
      members: state.members.map((one) =>
        toHex(one.id) === toHex(DAD.member) ? { ...one, leftAt: 3 } : one,
      ),
    }));
    for (const { state } of [alone, left]) {
      expect(waitMs(state)).toBe(0);
      expect(standingOf(state, known(), [known()])).toEqual({ type: "due" });
    }
    expect(waitMs(HEAD.state)).toBe(72 * HOUR);
  });

  test("[RC8] an objection stops it for good, whenever it comes, chosen or not", () => {
    for (const isChosen of [false, true]) {
      const one = known({ ...shownFor(80 * HOUR), objections: [DAD.device], isChosen });
      expect(standingOf(HEAD.state, one, [one])).toEqual({ type: "objected", by: DAD.device });
    }
  });

  test("[RC9] a parent's active device may object to what was made on nobody's of its own, and no other", () => {
    const may = (actor: Actor, state = HEAD.state, author = TABLET): boolean =>
      mayObject(state, author.device, actor.device);
    // Mum's words, found and typed by Dad or by Aunt: she says no, whosoever they are.
    expect([may(MUM, HEAD.state, DAD), may(TABLET, HEAD.state, DAD)]).toEqual([true, true]);
    expect([may(MUM, HEAD.state, AUNT), may(DAD, HEAD.state, AUNT)]).toEqual([true, true]);
    expect(may(DAD, HEAD.state, DAD)).toBe(false);
    expect([MUM, TABLET, DAD, AUNT, CHILD].map((one) => may(one))).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
    expect(may(actorOf(keyOf(31)))).toBe(false);
    const revoked = house((state) => ({
      ...state,
      devices: state.devices.map((one) => ({
        ...one,
        revoked: { height: 3, reason: "lost" as const, cuts: [], staysUntil: 0 },
      })),
    }));
    expect(may(DAD, revoked.state)).toBe(false);
    const left = house((state) => ({
      ...state,
      members: state.members.map((one) => ({ ...one, leftAt: 2 })),
    }));
    expect(may(DAD, left.state)).toBe(false);
    expect(encodeObjection(fill(32, 1))).not.toEqual(encodeObjection(fill(32, 2)));
  });

  test("[RC10] of two none is taken by itself, however long they were shown; a person may choose one", () => {
    const one = known(shownFor(80 * HOUR));
    const two = known({ ...shownFor(HOUR), hash: fill(32, 2) });
    expect(standingOf(HEAD.state, one, [one, two])).toEqual({ type: "rivalled", leftMs: 0 });
    expect(standingOf(HEAD.state, two, [one, two])).toEqual({
      type: "rivalled",
      leftMs: 71 * HOUR,
    });
    const chosen = { ...one, isChosen: true };
    expect(standingOf(HEAD.state, chosen, [chosen, two])).toEqual({ type: "due" });
    const early = { ...two, isChosen: true };
    expect(standingOf(HEAD.state, early, [one, early])).toEqual({
      type: "waits",
      leftMs: 71 * HOUR,
    });
  });

  test("[RC11] time is counted over sessions; a clock that was set back takes nothing away", () => {
    const start = { ms: 0, wall: NOW };
    const hour = lookAgain(start, NOW + HOUR, HOUR);
    expect(hour).toEqual({ ms: HOUR, wall: NOW + HOUR });
    // Closed for five hours, then set back by a year while it is open.
    const opened = lookAgain(hour, NOW + 6 * HOUR, null);
    expect(opened.ms).toBe(6 * HOUR);
    const back = lookAgain(opened, NOW - 365 * DAY, HOUR);
    expect(back.ms).toBe(7 * HOUR);
    expect(lookAgain(back, NOW - 366 * DAY, null).ms).toBe(7 * HOUR);
  });

  test("[RC11] of being closed, asleep or set forward a day counts at each look", () => {
    expect(RECOVERY_AWAY_MS_MAX).toBe(DAY);
    const start = { ms: 0, wall: NOW };
    const jumped = lookAgain(start, NOW + 30 * DAY, 1_000);
    expect(jumped.ms).toBe(DAY + 1_000);
    const closed = lookAgain(jumped, NOW + 90 * DAY, null);
    expect(closed.ms).toBe(2 * DAY + 1_000);
    // Looking again at once adds nothing.
    expect(lookAgain(closed, NOW + 90 * DAY, 0).ms).toBe(closed.ms);
  });
});
