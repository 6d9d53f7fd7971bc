/** What happens after its time, whose device it is about, and in which order words are said. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import { enterHeight, execute } from "./execute.ts";
import {
  after,
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
  DAY,
  fill,
  furtherDevice,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  requestOf,
  signed,
} from "./family-fixture.suite.test.ts";
import {
  NOTICE_LONG_MS,
  NOTICE_REVOKE_MS,
  NOTICE_SHORT_MS,
  PROPOSAL_FORGET_MS,
  PROPOSAL_LIFE_MS,
  PROPOSALS_MAX,
} from "./limits.ts";
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
import {
  AUNT,
  controlFor,
  DAD,
  EIGHTEEN,
  GRAN,
  MIA,
  MUM,
  TOM,
  withRules,
  ZOE,
} from "./rules-fixture.suite.test.ts";
import { findDevice, findMember, type LedgerState, stateRootOf } from "./state.ts";
import type { TransactionBody } from "./transaction.ts";

describe("notice", () => {
  test("[DC10] one parent in the family: that one, a day after it was told", () => {
    const opened = open(ONE, DAD, roleBody(GRAN, "relative", "parent"));
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS - 1 })).toBe("not-yet");
    expect(standing(opened, NOW + NOTICE_SHORT_MS)).toEqual({ type: "ready" });
    const done = say(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS });
    expect(roleOf(done.state, GRAN)).toBe("parent");
    expect(isOpen(done)).toBe(false);
  });

  test("[DC10] about itself too", () => {
    const key: TransactionBody = {
      type: "recovery-key-replaced",
      member: DAD.member,
      key: keyOf(62),
    };
    const opened = open(ONE, DAD, key);
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_SHORT_MS })).toBe("accepted");
  });

  test("[DC11] two parents, one of them the subject: the other and its consent, or seven days", () => {
    const opened = open(TWO, DAD, removal(MUM));
    expect(standing(opened)).toEqual(waiting([MUM], 1, NOW + NOTICE_LONG_MS));
    expect(isOpen(say(opened, "approved", MUM))).toBe(false);
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_LONG_MS - 1 })).toBe("not-yet");
    const objected = say(opened, "objected", MUM);
    expect(standing(objected)).toEqual(waiting([MUM], 1, NOW + NOTICE_LONG_MS));
    const done = say(objected, "enacted", DAD, { at: NOW + NOTICE_LONG_MS });
    expect(findMember(done.state, MUM.member)?.leftAt).toBe(6);
  });

  test("[DC11] the subject's consent alone does nothing, nor its own proposal", () => {
    const key: TransactionBody = {
      type: "recovery-key-replaced",
      member: MUM.member,
      key: keyOf(62),
    };
    const opened = open(TWO, MUM, key);
    expect(standing(opened)).toEqual(waiting([DAD], 1));
    expect(tried(opened, "enacted", MUM, { at: NOW + 20 * DAY })).toBe("not-yet");
    expect(isOpen(say(opened, "approved", DAD, { at: NOW + 20 * DAY }))).toBe(false);
  });

  test("[DC12] notice runs anew when the parents change", () => {
    const opened = open(THREE, DAD, removal(MUM));
    const at = NOW + 8 * DAY;
    const left = after(run(opened.state, GRAN, roleBody(GRAN, "parent", "relative"), { at }));
    const two = { ...opened, state: left };
    expect(tried(two, "enacted", DAD, { at })).toBe("not-yet");
    expect(standing(two, at)).toEqual(waiting([MUM], 1, at + NOTICE_LONG_MS));
    expect(tried(two, "enacted", DAD, { at: at + NOTICE_LONG_MS })).toBe("accepted");
  });

  test("[DC12] and begins with the first approval that counts, if that is later", () => {
    const opened = say(open(TWO, DAD, removal(MUM)), "objected", DAD);
    const at = NOW + 6 * DAY;
    expect(standing(opened)).toEqual(waiting([DAD], 1));
    const again = say(opened, "approved", DAD, { at });
    expect(standing(again, at)).toEqual(waiting([MUM], 1, at + NOTICE_LONG_MS));
  });

  test("[DC12] a second parent who joins meanwhile has to agree", () => {
    const opened = open(ONE, DAD, roleBody(GRAN, "relative", "parent"));
    const at = NOW + 2 * HOUR;
    let state = after(run(opened.state, DAD, inviteBody(keyOf(60), "parent", at + HOUR), { at }));
    const body: TransactionBody = {
      type: "member-registered",
      request: requestOf(keyOf(60), OPA, "parent"),
      name: fill(32, 1),
    };
    state = after(run(state, DAD, body, { at }));
    const joined = { ...opened, state };
    expect(standing(joined, at + 2 * DAY)).toMatchObject({ type: "waiting", happensAt: null });
    expect(tried(joined, "enacted", DAD, { at: at + 2 * DAY })).toBe("not-yet");
  });

  test("[DC13] it lapses: no word signed after its end, and no word kept for ever", () => {
    const opened = open(TWO, DAD, removal(MUM));
    const end = NOW + PROPOSAL_LIFE_MS;
    for (const type of ["approved", "objected", "enacted"] as const) {
      expect(tried(opened, type, MUM, { at: end + DAY, time: end + 1 })).toBe("proposal-expired");
      expect(tried(opened, type, MUM, { at: end + DAY, time: end })).toBe("accepted");
    }
    const kept = enterHeight(opened.state, { height: 7, time: end + PROPOSAL_FORGET_MS });
    expect(kept.rules.proposals).toHaveLength(1);
    const gone = enterHeight(opened.state, { height: 7, time: end + PROPOSAL_FORGET_MS + 1 });
    expect(gone.rules.proposals).toEqual([]);
  });

  test("[DC14] the author's clock hastens nothing: notice goes by the block's time", () => {
    const opened = open(TWO, DAD, removal(MUM), { time: NOW - 20 * DAY });
    const late = { at: NOW + HOUR, time: NOW + 8 * DAY };
    expect(tried(opened, "enacted", DAD, late)).toBe("not-yet");
  });

  test("[DC15] any parent's device enacts, nobody else's does", () => {
    const opened = open(TWO, DAD, lost(MUM));
    const at = NOW + NOTICE_REVOKE_MS;
    for (const who of [DAD, MUM]) expect(tried(opened, "enacted", who, { at })).toBe("accepted");
    for (const who of [TOM, GRAN, ZOE]) {
      expect(tried(opened, "enacted", who, { at })).toBe("not-a-parent");
    }
  });
});

describe("devices of parents and children", () => {
  test("[DC16] another parent's device: two others, or one and 72 hours without objection", () => {
    expect(reasonOf(run(TWO, DAD, lost(MUM)))).toBe("needs-second-parent");
    const mum = withDevice(TWO, MUM_PHONE);
    const opened = open(mum, DAD, lost(MUM_PHONE));
    expect(standing(opened)).toEqual(waiting([], 1, NOW + NOTICE_REVOKE_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS - 1 })).toBe("not-yet");
    const done = say(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS });
    expect(findDevice(done.state, MUM_PHONE.device)?.revoked).toMatchObject({ reason: "lost" });
    const three = open(withDevice(THREE, MUM_PHONE), DAD, lost(MUM_PHONE));
    expect(standing(three)).toEqual(waiting([GRAN], 1, NOW + NOTICE_REVOKE_MS));
    expect(isOpen(say(three, "approved", GRAN))).toBe(false);
  });

  test("[DC27] messages go sooner by two parents, or by one after 72 hours without objection", () => {
    const { retentionDays } = TWO;
    const sooner = settingBody({ retentionDays: retentionDays - 1 });
    expect(reasonOf(run(TWO, DAD, sooner))).toBe("needs-decision");
    for (const days of [retentionDays, retentionDays + 1]) {
      const same = settingBody({ retentionDays: days });
      expect(reasonOf(run(TWO, DAD, same))).toBe("accepted");
      expect(reasonOf(run(TWO, DAD, proposedBody(same)))).toBe("needs-no-decision");
    }
    const opened = open(TWO, DAD, sooner);
    expect(standing(opened)).toEqual(waiting([MUM], 1, NOW + NOTICE_REVOKE_MS));
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS - 1 })).toBe("not-yet");
    const cuts = [{ device: TOM.device, stream: 0, seq: 7, id: fill(16, 7) }];
    const done = after(
      run(
        opened.state,
        MUM,
        { type: "enacted", proposal: opened.id, cuts },
        { at: NOW + NOTICE_REVOKE_MS },
      ),
    );
    expect(done.retentionDays).toBe(retentionDays - 1);
    // What was said while it waited stays.
    expect(done.rules.narrowings.at(-1)?.cuts).toEqual(cuts);
    expect(say(opened, "approved", MUM).state.retentionDays).toBe(retentionDays - 1);
    const objected = say(opened, "objected", MUM);
    expect(standing(objected)).toEqual(waiting([MUM], 1, null, true));
    expect(tried(objected, "enacted", DAD, { at: NOW + 4 * DAY })).toBe("not-yet");
    const alone = open(ONE, DAD, sooner);
    expect(standing(alone)).toMatchObject({ happensAt: NOW + NOTICE_REVOKE_MS });
    // What was asked for is not what happens once the days are others.
    const moved = after(run(opened.state, MUM, settingBody({ retentionDays: 90 })));
    expect(tried({ ...opened, state: moved }, "approved", MUM)).toBe("rules-moved");
  });

  test("[DC17] an objection by any parent stops the 72 hours and not two approvals", () => {
    const mum = withDevice(THREE, MUM_PHONE);
    const opened = open(mum, DAD, lost(MUM_PHONE));
    const objected = say(opened, "objected", MUM);
    expect(standing(objected)).toEqual(waiting([GRAN], 1, null, true));
    expect(tried(objected, "enacted", DAD, { at: NOW + 4 * DAY })).toBe("not-yet");
    expect(isOpen(say(objected, "approved", GRAN))).toBe(false);
    const back = say(objected, "approved", MUM);
    expect(standing(back)).toEqual(waiting([GRAN], 1, NOW + NOTICE_REVOKE_MS));
    // A word from a device that was lost since is none, objections included.
    const state = withDevice(THREE, MUM_PHONE);
    const byPhone = say(open(state, DAD, lost(MUM)), "objected", MUM_PHONE);
    const silenced = after(run(byPhone.state, MUM, lost(MUM_PHONE)));
    expect(standing({ ...byPhone, state: silenced })).toMatchObject({ isObjected: false });
  });

  test("[DC17] a replica among them leaves the set with it", () => {
    const state = withDevice({ ...THREE, replicas: [DAD.device, MUM_PHONE.device] }, MUM_PHONE);
    const done = say(open(state, DAD, lost(MUM_PHONE)), "approved", GRAN);
    expect(done.state.replicas).toEqual([DAD.device]);
  });

  test("[DC18] a child's device is replaced by two parents, or by one guardian after a day", () => {
    const tablet = furtherDevice(MIA, keyOf(93));
    const replacing: TransactionBody = {
      type: "device-registered",
      request: requestOf(keyOf(60), tablet, "child", MIA.member),
      replaced: [{ device: MIA.device, cuts: [] }],
    };
    const invite = inviteBody(keyOf(60), "child", NOW + HOUR, MIA.member);
    const controls = [controlFor(MIA, { guardians: [MUM.member] })];
    const state = after(run(withRules({ controls }), DAD, invite));
    expect(reasonOf(run(state, DAD, replacing))).toBe("needs-decision");
    const byDad = open(state, DAD, replacing);
    expect(standing(byDad)).toEqual(waiting([MUM], 1));
    const byMum = open(state, MUM, replacing);
    expect(standing(byMum)).toEqual(waiting([DAD], 1, NOW + NOTICE_SHORT_MS));
    expect(tried(byMum, "enacted", MUM, { at: NOW + NOTICE_SHORT_MS - 1 })).toBe("not-yet");
    const objected = say(byMum, "objected", DAD);
    expect(tried(objected, "enacted", MUM, { at: NOW + 3 * DAY })).toBe("not-yet");
    const done = say(byMum, "enacted", MUM, { at: NOW + NOTICE_SHORT_MS });
    expect(findDevice(done.state, tablet.device)?.member).toEqual(MIA.member);
    expect(findDevice(done.state, MIA.device)?.revoked).toMatchObject({ reason: "lost" });
    expect(isOpen(say(byDad, "approved", MUM))).toBe(false);
    // A further device beside the old one needs nobody else.
    expect(reasonOf(run(state, DAD, { ...replacing, replaced: [] }))).toBe("accepted");
  });
});

describe("bounds and order", () => {
  test("[DC19] eight open proposals a member, 64 of the family", () => {
    let state = TWO;
    for (let index = 0; index < 8; index += 1) {
      const action = grantBody(GRAN, { permission: "set-filters", expiresAt: NOW + HOUR + index });
      state = after(run(state, DAD, proposedBody(action)));
    }
    const more = proposedBody(grantBody(GRAN, { permission: "set-controls" }));
    expect(reasonOf(run(state, DAD, more))).toBe("too-many-proposals");
    expect(reasonOf(run(state, MUM, more))).toBe("accepted");
    expect(reasonOf(run(state, DAD, more, { at: NOW + PROPOSAL_LIFE_MS }))).toBe("accepted");
    const [one] = state.rules.proposals;
    if (one === undefined) throw new Error("there are eight");
    const proposals = Array.from({ length: PROPOSALS_MAX }, (_, index) => ({
      ...one,
      id: fill(16, index),
      by: TOM.member,
    }));
    expect(reasonOf(run({ ...state, rules: { ...state.rules, proposals } }, DAD, more))).toBe(
      "full",
    );
  });

  test("[BD4] proposing to revoke a device, and objecting, are of the small bucket", () => {
    let state = withDevice(TWO, MUM_PHONE);
    for (let count = 0; count < 20; count += 1) {
      state = after(run(state, DAD, denialBody(MIA)));
      state = after(run(state, MUM, denialBody(TOM)));
    }
    expect(reasonOf(run(state, DAD, proposedBody(removal(MIA))))).toBe("too-many-today");
    const opened = open(state, DAD, lost(MUM_PHONE));
    expect(tried(opened, "objected", MUM)).toBe("accepted");
    expect(tried(opened, "approved", MUM)).toBe("too-many-today");
    expect(tried(opened, "enacted", DAD, { at: NOW + NOTICE_REVOKE_MS })).toBe("accepted");
  });

  test("[DC20] words in any order come to the same state", () => {
    const four = changed(THREE, AUNT, "parent");
    const opened = open(four, DAD, lost(MUM));
    const words = [
      ["objected", MUM],
      ["objected", GRAN],
      ["objected", AUNT],
    ] as const;
    const rootOf = (order: readonly (typeof words)[number][]): string => {
      let state = opened.state;
      for (const [type, who] of order) {
        const salt = 100 + words.findIndex((one) => one[1] === who);
        state = after(run(state, who, onProposal(type, opened.id), { salt }));
      }
      return toHex(stateRootOf(state));
    };
    const expected = rootOf(words);
    fc.assert(
      fc.property(fc.shuffledSubarray([...words], { minLength: 3 }), (order) => {
        expect(rootOf(order)).toBe(expected);
      }),
    );
  });

  test("[DC21] whatever is said in whatever order, a parent is never removed by one voice at once", () => {
    const people = [DAD, MUM, GRAN, AUNT, MIA, ZOE, DAD_PHONE, MUM_PHONE];
    const base = withDevice(withDevice(THREE, DAD_PHONE), MUM_PHONE);
    const step = fc.record({
      who: fc.integer({ min: 0, max: people.length - 1 }),
      what: fc.constantFrom(
        "propose",
        "approved",
        "objected",
        "withdrawn",
        "enacted",
        "leave",
        "lose",
      ),
      whom: fc.integer({ min: 0, max: 3 }),
      wait: fc.constantFrom(0, HOUR, DAY),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        let state = base;
        let now = NOW;
        let height = 6;
        for (const [index, { who, what, whom, wait }] of steps.entries()) {
          now += wait;
          height += 1;
          const author = people[who] ?? DAD;
          const victim = people[whom] ?? DAD;
          const [open0] = state.rules.proposals;
          const id = open0?.id ?? fill(16, 0);
          const body: TransactionBody =
            what === "propose"
              ? proposedBody(removal(victim))
              : what === "leave"
                ? { type: "member-left", ...NO_CUTS }
                : what === "lose"
                  ? lost(author)
                  : onProposal(what, id);
          const context = { ...HERE, height, time: now };
          const ready = enterHeight(state, context);
          const transaction = signed(author, body, { time: now, salt: index });
          const done = execute(ready, transaction, context);
          if (!done.ok) continue;
          const parents = (one: LedgerState): readonly string[] =>
            one.members
              .filter((member) => member.role === "parent" && member.leftAt === null)
              .map((member) => toHex(member.id));
          const goneNow = parents(state).filter((one) => !parents(done.state).includes(one));
          for (const one of goneNow) {
            if (one === toHex(author.member)) continue;
            // Removed by somebody else: two others agreed, or one did and a week of notice went by.
            const proposal = state.rules.proposals.find((entry) => toHex(entry.id) === toHex(id));
            expect(proposal).toBeDefined();
            const voices = new Set(
              (proposal?.voices ?? [])
                .filter((voice) => voice.isApproval)
                .map((voice) => toHex(voice.member)),
            );
            if (what === "approved") voices.add(toHex(author.member));
            const others = [...voices].filter(
              (voice) => voice !== one && parents(state).includes(voice),
            );
            const isLong = now - (proposal?.noticeFrom ?? now) >= NOTICE_LONG_MS;
            expect(others.length >= 2 || (others.length === 1 && (voices.has(one) || isLong))).toBe(
              true,
            );
          }
          expect(parents(done.state).length).toBeGreaterThan(0);
          expect(done.state.replicas.length).toBeGreaterThan(0);
          state = done.state;
        }
      }),
      { numRuns: 300 },
    );
  });

  test("[DC22] what one may do alone by now is no decision any more", () => {
    const controls = [controlFor(MIA, { endsAt: NOW + HOUR })];
    const opened = open(withRules({ controls }), DAD, roleBody(MIA, "child", "relative"));
    expect(tried(opened, "approved", MUM, { at: NOW + HOUR })).toBe("rules-moved");
    expect(EIGHTEEN).toBeGreaterThan(NOW);
  });
});
