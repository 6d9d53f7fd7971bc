/** What is said of a change of the rules, for every kind of it. */

import { describe, expect, it } from "vitest";
import type { PlainChange, RuleChange, Someone } from "../../workers/api.ts";
import { CHANGES, DAD, MIA, MUM } from "../dev/history-fixtures.ts";
import { history } from "./en-history.ts";
import { changeLines, PERMISSIONS } from "./en-rule-words.ts";
import { changeSentence, changeWish } from "./en-changes.ts";

/** As in strings.test.ts. */
const TECHNICAL =
  /\b(?:nodes?|peers?|blocks?|hash(?:es)?|sync|ledger|worker|consensus|replicas?|quorum|null|undefined|object|error|certificates?|proposals? id)\b/i;
const FORMATS = { date: (at: number) => `day ${at}` };
const GRAN: Someone = { id: "01dd", name: "Grandma", isMe: false };
const NOBODY: Someone = { id: "", name: null, isMe: false };
const KINDS = new Set(CHANGES.map(([, { type }]) => type));

const say = (by: Someone, change: RuleChange, isDone = false): string =>
  changeSentence(by, change, isDone, false);
const sayEasily = (by: Someone, change: RuleChange, isDone = false): string =>
  changeSentence(by, change, isDone, true);

const role = (member: Someone): PlainChange => ({
  type: "role-assigned",
  member,
  from: "relative",
  to: "parent",
});
const deviceOf = (owner: Someone | null) => ({ id: "d9", owner, isThis: false });

describe("sentences", () => {
  it("[UI94] every kind of change is a sentence in plain words, for grown-ups and for children", () => {
    expect([...ALL_KINDS].filter((kind) => !KINDS.has(kind))).toEqual([]);
    for (const [by, change, isDone = false] of CHANGES) {
      for (const text of [say(by, change, isDone), sayEasily(by, change, isDone)]) {
        expect(text).toMatch(/^[A-Z][^]*[.?]$/);
        expect(text).not.toMatch(TECHNICAL);
        expect(text).not.toMatch(/ {2}| [.,]|\.\./);
      }
      for (const line of changeLines(change, FORMATS)) {
        expect(line).toMatch(/^[A-Z][^]*\.$/);
        expect(line).not.toMatch(TECHNICAL);
      }
    }
  });

  it("[UI94] says you, a name as its owner writes it, or somebody", () => {
    const anna = { id: "0a", name: "anna", isMe: false };
    expect(say(MUM, role(GRAN))).toBe("You made Grandma a parent.");
    expect(say(anna, role(MUM))).toBe("anna made you a parent.");
    expect(say(NOBODY, role({ ...NOBODY, id: "0b" }))).toBe("Somebody made somebody a parent.");
    expect(say(DAD, role({ ...DAD }))).toBe("Dad became a parent instead of a relative.");
    expect(say(DAD, { type: "member-registered", member: MUM, role: "relative" })).toBe(
      "Dad let you join as a relative.",
    );
    expect(say(GRAN, { type: "device-revoked", device: deviceOf(MUM), reason: "lost" })).toBe(
      "Grandma removed your device: it was lost.",
    );
    expect(say(DAD, { type: "device-revoked", device: deviceOf(DAD), reason: "retired" })).toBe(
      "Dad gave up a device: it is not used any more.",
    );
    expect(say(DAD, { type: "device-revoked", device: deviceOf(null), reason: "lost" })).toBe(
      "Dad removed a device: it was lost.",
    );
  });

  it("[UI94] says who keeps the rules now, and who does no longer", () => {
    const keepers = (added: readonly Someone[], removed: readonly Someone[]): RuleChange => ({
      type: "replicas-changed",
      added: added.map(deviceOf),
      removed: removed.map(deviceOf),
      count: 3,
    });
    expect(say(GRAN, keepers([DAD], []))).toBe("Dad's device now helps to keep the rules.");
    expect(say(GRAN, keepers([DAD, MUM], []))).toBe(
      "Dad's and your devices now help to keep the rules.",
    );
    expect(say(GRAN, keepers([MUM, MUM, DAD], []))).toBe(
      "2 of your and Dad's devices now help to keep the rules.",
    );
    expect(say(GRAN, keepers([], [MUM]))).toBe("Your device no longer helps to keep the rules.");
    expect(say(GRAN, keepers([DAD], [GRAN]))).toBe(
      "Dad's device now helps to keep the rules, in place of Grandma's device.",
    );
    expect(sayEasily(GRAN, keepers([DAD], []))).toBe(
      "Dad's device now helps to look after the family's rules.",
    );
    expect(changeLines(keepers([DAD], []), FORMATS)).toEqual([
      "Since then 3 devices keep the rules.",
    ]);
  });

  it("[UI94] says what was asked for and what became of it", () => {
    const of = role(GRAN);
    const about = { of, proposer: DAD };
    expect(say(DAD, { type: "proposed", of })).toBe("Dad proposed to make Grandma a parent.");
    expect(say(MUM, { type: "approved", ...about })).toBe("You agreed to make Grandma a parent.");
    expect(say(MUM, { type: "approved", ...about }, true)).toBe(
      "You agreed to make Grandma a parent, and so it was done.",
    );
    expect(say(MUM, { type: "objected", ...about })).toBe(
      "You did not agree to make Grandma a parent.",
    );
    expect(say(DAD, { type: "withdrawn", ...about })).toBe(
      "Dad took back the proposal to make Grandma a parent.",
    );
    expect(say(MIA, { type: "enacted", ...about }, true)).toBe(
      "The time to say no was over, and so it was done: make Grandma a parent.",
    );
    expect(say(DAD, { type: "approved", of: null, proposer: null })).toBe(
      "Dad agreed to something that cannot be read here any more.",
    );
    expect(sayEasily(DAD, { type: "proposed", of })).toBe(
      "Dad asked the grown-ups: make Grandma a parent?",
    );
    expect(sayEasily(MUM, { type: "objected", ...about })).toBe(
      "You said no: make Grandma a parent.",
    );
    // Whose own it is goes by who asked, not by who agrees.
    const own = { type: "device-registered", member: DAD, replaced: 1 } as const;
    expect(say(MUM, { type: "approved", of: own, proposer: DAD })).toBe(
      "You agreed to add a new device in place of the old one.",
    );
  });

  it("[UI94] every kind can be wished for, as it follows to", () => {
    for (const [by, change] of CHANGES) {
      const plain = "of" in change ? change.of : change;
      if (plain === null) continue;
      const wish = changeWish(plain, by);
      expect(wish).toMatch(/^[a-z][^]*[^.]$/);
      expect(wish).not.toMatch(TECHNICAL);
    }
    expect(changeWish({ type: "permission-granted", grant: GRANT }, DAD)).toBe(
      "allow Mia to send messages (with Grandma)",
    );
  });

  it("[UI94] tells line by line what the sentence leaves out, and of a change only what differs", () => {
    const [, control] = CHANGES.find(
      ([, one]) => one.type === "control-set" && one.before === null,
    ) ?? [DAD, { type: "secret-renewed" }];
    expect(changeLines(control, FORMATS)).toEqual([
      "Looked after by you and Dad.",
      "Friends from outside: those whom a parent has allowed.",
      "Quiet time Mon to Fri 20:00 to 07:00 and Sat and Sun 22:00 to 08:00.",
      "Nobody reads along.",
      "Never read along with: Grandma.",
      "Place: the guardians always see it.",
      "As many messages a day as wanted.",
      "May send texts, photos, voice notes and places.",
      expect.stringMatching(/^Ends on day \d+\.$/),
    ]);
    const [, changed] = CHANGES.find(
      ([, one]) => one.type === "control-set" && one.before !== null,
    ) ?? [DAD, { type: "secret-renewed" }];
    expect(changeLines(changed, FORMATS)).toEqual([
      "Friends from outside: nobody for now. Before: Friends from outside: those whom a parent has allowed.",
      "At most 50 messages a day. Before: As many messages a day as wanted.",
    ]);
    const grant = {
      ...GRANT,
      condition: { type: "weekly", windows: [{ days: 127, from: 0, to: 1_440 }] },
      expiresAt: 7,
    } as const;
    expect(changeLines({ type: "permission-denied", grant }, FORMATS)).toEqual([
      "Only every day 00:00 to 24:00.",
      "Ends on day 7.",
    ]);
    expect(
      changeLines({ type: "proposed", of: { type: "permission-denied", grant } }, FORMATS),
    ).toEqual(changeLines({ type: "permission-denied", grant }, FORMATS));
  });

  it("[UI94] has words for every permission", () => {
    const texts = Object.values(PERMISSIONS);
    expect(texts).toHaveLength(29);
    expect(new Set(texts).size).toBe(29);
    for (const text of texts) expect(text).not.toMatch(TECHNICAL);
  });
});

describe("proofs", () => {
  const proof = {
    hash: "5f1d",
    parent: "0b88",
    signers: [deviceOf(MUM), deviceOf(DAD), deviceOf(GRAN)],
    quorum: 3,
    keepers: 4,
    isRecovery: false,
    isChecked: true,
  };
  const down = { proof, height: 42, date: "3 November 2026", clock: "17:04" };

  it("[UI97] say when, as which, and whose devices signed of how many", () => {
    expect(history.written(down)).toBe("Written down on 3 November 2026 at 17:04 as change 42.");
    expect(history.written({ ...down, height: 0 })).toContain("as the family's beginning");
    expect(history.signed(down)).toBe(
      "3 of the 4 devices that kept the rules then signed it: your, Dad's and Grandma's devices. 3 had to sign.",
    );
    const alone = { ...proof, signers: [deviceOf(DAD)], quorum: 1, keepers: 1 };
    expect(history.signed({ ...down, proof: alone })).toBe(
      "One device kept the rules then and signed it: Dad's device.",
    );
    expect(history.signed({ ...down, proof: { ...alone, isRecovery: true } })).toContain(
      "with a parent's recovery words",
    );
    expect(history.signedEasy(down)).toBe(
      "It is kept by your, Dad's and Grandma's devices together. Nobody can change it in secret.",
    );
  });

  it("[UI97] are without technical words", () => {
    const texts = [
      ...Object.values(history).flatMap((one) =>
        typeof one === "string" ? [one] : typeof one === "object" ? Object.values(one) : [],
      ),
      history.signed(down),
      history.signedEasy(down),
      history.writtenEasy(down),
      history.arrived(1),
      history.times(2),
    ];
    expect(texts.length).toBeGreaterThan(25);
    for (const text of texts) expect(text).not.toMatch(TECHNICAL);
  });
});

const GRANT = {
  member: MIA,
  permission: "send",
  scope: { type: "member", member: GRAN },
  condition: { type: "always" },
  expiresAt: null,
} as const;

/** The compiler refuses this list when a kind is missing from it. */
const KIND_LIST: Readonly<Record<RuleChange["type"], 0>> = {
  "family-created": 0,
  "invite-created": 0,
  "invite-revoked": 0,
  "member-registered": 0,
  "device-registered": 0,
  "device-revoked": 0,
  "replicas-changed": 0,
  evidence: 0,
  recovery: 0,
  "role-assigned": 0,
  "member-removed": 0,
  "member-left": 0,
  "group-created": 0,
  "group-updated": 0,
  "group-archived": 0,
  "group-member-added": 0,
  "group-member-removed": 0,
  "permission-granted": 0,
  "permission-denied": 0,
  "permission-ended": 0,
  "control-set": 0,
  "filter-set": 0,
  "filter-removed": 0,
  "place-set": 0,
  "place-removed": 0,
  "setting-changed": 0,
  "rules-raised": 0,
  "recovery-key-replaced": 0,
  "secret-renewed": 0,
  "request-decided": 0,
  "emergency-recorded": 0,
  "emergency-resolved": 0,
  "violation-recorded": 0,
  "family-closed": 0,
  proposed: 0,
  approved: 0,
  objected: 0,
  withdrawn: 0,
  enacted: 0,
};
const ALL_KINDS = Object.keys(KIND_LIST) as readonly RuleChange["type"][];
