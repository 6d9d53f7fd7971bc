import { expect, test } from "vitest";
import { joinCommitmentOf } from "../crypto/comparison-code.ts";
import {
  burn,
  codeOf,
  commit,
  compare,
  decodeInviteRecord,
  encodeInviteRecord,
  expire,
  INVITE_STEPS,
  isListening,
  isLive,
  release,
  requestOf,
  reveal,
  type InviteRecord,
  type Revealed,
} from "./invite-record.ts";

const FAMILY = new Uint8Array(32).fill(1);
const key = (fill: number) => new Uint8Array(32).fill(fill);
const WAITING: InviteRecord = {
  secret: new Uint8Array(16),
  inviteKey: key(2),
  role: "child",
  member: null,
  expiresAt: 1000,
  link: "https://app.test/#x",
  step: "waiting",
  why: "none",
  newcomer: null,
  approval: null,
  isSeen: 0,
  isDismissed: 0,
  servers: [],
};
const REVEALED: Revealed = {
  nonce: key(3),
  encryptionKey: key(4),
  name: "Mia",
  nameSalt: new Uint8Array(16),
  inviteProof: new Uint8Array(64),
  deviceProof: new Uint8Array(64),
};
const DEVICE = key(5);
const COMMITMENT = joinCommitmentOf(FAMILY, {
  nonce: REVEALED.nonce,
  keys: { deviceKey: DEVICE, encryptionKey: REVEALED.encryptionKey },
  name: REVEALED.name,
});

const opened = (): InviteRecord => commit(WAITING, DEVICE, COMMITMENT, key(6));
const comparing = (): InviteRecord => reveal(opened(), FAMILY, REVEALED);
const compared = (): InviteRecord => compare(comparing(), true);
const at = (step: InviteRecord["step"]): InviteRecord => ({ ...compared(), step });

test("[IN1] the steps follow each other and each record survives a reload", () => {
  const steps = [WAITING, opened(), comparing(), compared()];
  expect(steps.map((one) => one.step)).toEqual(["waiting", "opened", "comparing", "compared"]);
  for (const one of [...steps, ...INVITE_STEPS.map((step) => at(step))]) {
    expect(decodeInviteRecord(encodeInviteRecord(one))).toEqual(one);
  }
  expect(decodeInviteRecord(new Uint8Array([1, 2, 3]))).toBeNull();
});

test("[IN2] the same newcomer again changes nothing; another one burns a live or compared invite", () => {
  for (const record of [opened(), comparing(), compared()]) {
    expect(commit(record, DEVICE, COMMITMENT, key(9))).toBe(record);
    expect(commit(record, key(8), COMMITMENT, key(9))).toMatchObject({
      step: "burned",
      why: "second-person",
    });
    expect(commit(record, DEVICE, key(8), key(9)).why).toBe("second-person");
  }
  for (const step of ["committing", "done", "burned", "expired", "revoked"] as const) {
    expect(commit(at(step), key(8), COMMITMENT, key(9))).toEqual(at(step));
  }
  for (const step of ["expired", "revoked"] as const) {
    const over: InviteRecord = { ...WAITING, step };
    expect(commit(over, DEVICE, COMMITMENT, key(9))).toBe(over);
  }
});

test("[IN3] only what was committed to is a reveal, and only once", () => {
  for (const change of [{ name: "Mio" }, { nonce: key(7) }, { encryptionKey: key(7) }] as const) {
    expect(reveal(opened(), FAMILY, { ...REVEALED, ...change })).toMatchObject({
      step: "burned",
      why: "bad-reveal",
    });
  }
  expect(reveal(opened(), key(9), REVEALED).why).toBe("bad-reveal");
  for (const record of [WAITING, comparing(), compared(), at("burned")]) {
    expect(reveal(record, FAMILY, { ...REVEALED, name: "Mio" })).toBe(record);
  }
});

test("[IN4] They differ burns; the same is said only where there is a code", () => {
  expect(compare(comparing(), false)).toMatchObject({ step: "burned", why: "differ" });
  expect(compare(compared(), false)).toMatchObject({ step: "burned", why: "differ" });
  for (const step of ["waiting", "opened", "committing", "done", "burned", "expired"] as const) {
    expect(compare(at(step), true)).toEqual(at(step));
  }
});

test("[IN5] time ends what nobody has compared, and nothing else", () => {
  for (const step of INVITE_STEPS) {
    const isOver = isLive(at(step));
    expect(expire(at(step), 1001).step).toBe(isOver ? "expired" : step);
    expect(expire(at(step), 1000).step).toBe(step);
  }
  expect(INVITE_STEPS.filter((step) => isLive(at(step)))).toEqual([
    "waiting",
    "opened",
    "comparing",
  ]);
});

test("[IN12] a newcomer that leaves burns the invite, before it revealed its nonce too", () => {
  expect(release(opened())).toMatchObject({ step: "burned", why: "bad-reveal" });
  expect(release(comparing()).step).toBe("burned");
  expect(release(compared()).step).toBe("burned");
  for (const step of ["committing", "done", "burned"] as const) {
    expect(release(at(step))).toEqual(at(step));
  }
});

test("[IN13] the inviter listens while somebody may still come in", () => {
  const late = WAITING.expiresAt + 1;
  const listened = INVITE_STEPS.filter((step) => isListening(at(step), late));
  expect(listened).toEqual(["waiting", "opened", "comparing", "compared", "committing", "done"]);
  expect(isListening({ ...at("done"), isSeen: 1 }, late)).toBe(false);
  const inTime = INVITE_STEPS.filter((step) => isListening(at(step), WAITING.expiresAt));
  expect(inTime).toEqual([...INVITE_STEPS]);
});

test("[IN15] code and request are of what was revealed; there is none before", () => {
  const mine = { deviceKey: key(10), encryptionKey: key(11) };
  const invite = new Uint8Array(16);
  expect(codeOf(FAMILY, invite, opened(), mine)).toBeNull();
  expect(requestOf(FAMILY, opened())).toBeNull();
  const code = codeOf(FAMILY, invite, comparing(), mine);
  expect(code).toMatch(/^\d{6}$/);
  const others = [
    codeOf(key(9), invite, comparing(), mine),
    codeOf(FAMILY, new Uint8Array(16).fill(1), comparing(), mine),
    codeOf(FAMILY, invite, { ...comparing(), role: "parent" }, mine),
    codeOf(FAMILY, invite, comparing(), { ...mine, deviceKey: key(12) }),
    codeOf(FAMILY, invite, comparing(), { ...mine, encryptionKey: key(12) }),
  ];
  expect(new Set([code, ...others]).size).toBe(6);
  expect(requestOf(FAMILY, comparing())).toMatchObject({
    deviceKey: DEVICE,
    encryptionKey: REVEALED.encryptionKey,
    role: "child",
    member: null,
  });
  expect(burn(comparing(), "refused").why).toBe("refused");
});
