import { expect, test } from "vitest";
import type { Frame } from "./frames.ts";
import { codeOf as inviterCodeOf, commit, reveal, type InviteRecord } from "./invite-record.ts";
import {
  answered,
  codeOf,
  commitmentOf,
  decodeJoinRecord,
  encodeJoinRecord,
  fail,
  progressed,
  requestOf,
  type JoinRecord,
} from "./join-record.ts";

type Answer = Extract<Frame, { type: "join-nonce" }>;
type Progress = Extract<Frame, { type: "join-progress" }>;

const FAMILY = new Uint8Array(32).fill(1);
const key = (fill: number) => new Uint8Array(32).fill(fill);
const INVITE = new Uint8Array(16).fill(2);
const OWN = { deviceKey: key(3), encryptionKey: key(4) };
const MUM = { deviceKey: key(7), encryptionKey: key(9) };
const RECORD: JoinRecord = {
  secret: new Uint8Array(16),
  inviterKey: MUM.deviceKey,
  inviteKey: key(5),
  expiresAt: 1000,
  myName: "Mia",
  nameSalt: new Uint8Array(16),
  nonce: key(6),
  answer: null,
  step: "asking",
  why: "none",
  waitsFor: [],
};
const ANSWER: Answer = {
  type: "join-nonce",
  nonce: key(8),
  encryptionKey: MUM.encryptionKey,
  familyName: "The Okafors",
  inviterName: "Mum",
  role: "child",
  member: null,
  expiresAt: 2000,
};
const progress = (step: Progress["step"], why: Progress["why"] = "none"): Progress => ({
  type: "join-progress",
  step,
  why,
  waitsFor: ["Mum"],
});

test("[JN1] the record survives a reload at every step", () => {
  const compared = answered(RECORD, ANSWER);
  const approved = progressed(compared, progress("approved"));
  const records = [
    RECORD,
    compared,
    approved,
    progressed(approved, progress("done")),
    fail(RECORD, "differ"),
  ];
  expect(records.map((one) => one.step)).toEqual([
    "asking",
    "comparing",
    "approved",
    "receiving",
    "failed",
  ]);
  for (const one of records) expect(decodeJoinRecord(encodeJoinRecord(one))).toEqual(one);
  expect(decodeJoinRecord(new Uint8Array([7]))).toBeNull();
});

test("[JN2] the inviter's first answer stands, whatever it says later", () => {
  const first = answered(RECORD, ANSWER);
  const second = answered(first, { ...ANSWER, nonce: key(99), role: "parent" });
  expect(second).toBe(first);
  expect(codeOf(FAMILY, INVITE, second, OWN)).toBe(codeOf(FAMILY, INVITE, first, OWN));
});

test("[JN3] what failed stays so", () => {
  const failed = fail(answered(RECORD, ANSWER), "differ");
  expect(answered(failed, ANSWER)).toBe(failed);
  for (const step of ["comparing", "approved", "done", "burned", "expired"] as const) {
    expect(progressed(failed, progress(step))).toBe(failed);
  }
});

test("[JN4] each end that the inviter names is told as it is; a second person only as burned", () => {
  const record = answered(RECORD, ANSWER);
  const why = (frame: Progress) => progressed(record, frame).why;
  expect(why(progress("burned", "second-person"))).toBe("burned");
  expect(why(progress("burned", "none"))).toBe("burned");
  expect(why(progress("burned", "differ"))).toBe("differ");
  expect(why(progress("burned", "bad-reveal"))).toBe("bad-reveal");
  expect(why(progress("expired"))).toBe("expired");
  expect(why(progress("revoked"))).toBe("revoked");
  expect(why(progress("refused"))).toBe("refused");
  expect(progressed(record, progress("approved")).waitsFor).toEqual(["Mum"]);
});

test("[JN10] both sides compute one code; a role, key or nonce that one was lied about makes it another", () => {
  const compared = answered(RECORD, ANSWER);
  expect(codeOf(FAMILY, INVITE, RECORD, OWN)).toBeNull();
  const code = codeOf(FAMILY, INVITE, compared, OWN);
  const invite: InviteRecord = {
    secret: new Uint8Array(16),
    inviteKey: key(5),
    role: "child",
    member: null,
    expiresAt: 2000,
    link: "",
    step: "waiting",
    why: "none",
    newcomer: null,
    approval: null,
    isSeen: 0,
    isDismissed: 0,
    servers: [],
  };
  const opened = commit(invite, OWN.deviceKey, commitmentOf(FAMILY, RECORD, OWN), ANSWER.nonce);
  const revealed = reveal(opened, FAMILY, {
    nonce: RECORD.nonce,
    encryptionKey: OWN.encryptionKey,
    name: RECORD.myName,
    nameSalt: RECORD.nameSalt,
    inviteProof: new Uint8Array(64),
    deviceProof: new Uint8Array(64),
  });
  expect(revealed.step).toBe("comparing");
  expect(inviterCodeOf(FAMILY, INVITE, revealed, MUM)).toBe(code);
  for (const lie of [{ role: "parent" }, { nonce: key(98) }, { encryptionKey: key(98) }] as const) {
    expect(codeOf(FAMILY, INVITE, answered(RECORD, { ...ANSWER, ...lie }), OWN)).not.toBe(code);
  }
});

test("[JN11] what I sign is the role that I was told, my own keys and my name's hash", () => {
  expect(requestOf(FAMILY, RECORD, OWN)).toBeNull();
  const request = requestOf(FAMILY, answered(RECORD, ANSWER), OWN);
  expect(request).toMatchObject({ ...OWN, role: "child", member: null, inviteKey: key(5) });
  const renamed = requestOf(FAMILY, answered({ ...RECORD, myName: "Eve" }, ANSWER), OWN);
  expect(renamed?.nameHash).not.toEqual(request?.nameHash);
});
