import { describe, expect, test } from "vitest";
import {
  fill,
  furtherDevice,
  deviceEntry,
  HOUR,
  keyOf,
  NOW,
  type Actor,
} from "../ledger/family-fixture.suite.test.ts";
import { withEntry } from "../ledger/state.ts";
import {
  AUNT,
  chainOf,
  CHILD,
  DAD,
  familyAt,
  following,
  FRIEND,
  MUM,
  recipientsOf,
  REGISTERED,
  STRANGER,
  viewOf,
  VIEW,
  withRevoked,
} from "./gossip-fixture.suite.test.ts";
import type { Header } from "./header.ts";
import { RATE_BURST, RATE_INTERVAL_MS } from "./limits.ts";
import { costOf, markAfter } from "./rate.ts";
import type { VerifiedEntry } from "./state.ts";
import {
  isActive,
  judge,
  judgeEphemeral,
  type LedgerView,
  type Link,
  type Predecessor,
} from "./verdict.ts";

const [FIRST, SECOND] = chainOf(CHILD, 2) as readonly [VerifiedEntry, VerifiedEntry];

const linkOf = ({ id, header }: VerifiedEntry): Link => ({
  id,
  clock: header.clock,
  height: header.height,
  mark: header.rateMark,
  stored: header.clock.ms + header.owed + costOf(header),
});

const verdict = (
  header: Header,
  before: Predecessor = "start",
  view: LedgerView = VIEW,
): string => {
  const judged = judge(header, before, view).verdict;
  return judged.type === "refused" ? `${judged.rule} ${judged.height}` : judged.type;
};

const first = (changes: Partial<Header>, author = CHILD): Header =>
  following(author, null, {}, 0, changes).header;
const second = (changes: Partial<Header>): Header => following(CHILD, FIRST, {}, 0, changes).header;

describe("the chain", () => {
  test("[VD1] the honest first and second entry are accepted", () => {
    expect(verdict(FIRST.header)).toBe("accepted");
    expect(verdict(SECOND.header, linkOf(FIRST))).toBe("accepted");
  });

  test("[VD1] an entry continues the one before it by id", () => {
    expect(verdict(second({ previous: fill(16, 1) }), linkOf(FIRST))).toBe("chain 5");
    expect(verdict(second({ previous: fill(16, 0) }), linkOf(FIRST))).toBe("chain 5");
    expect(verdict(first({ previous: fill(16, 1) }))).toBe("chain 5");
  });

  test("[VD2] the clock strictly increases", () => {
    const { clock } = FIRST.header;
    expect(verdict(second({ clock }), linkOf(FIRST))).toBe("clock 5");
    expect(verdict(second({ clock: { ms: clock.ms - 1, counter: 9 } }), linkOf(FIRST))).toBe(
      "clock 5",
    );
    const later = { ms: clock.ms, counter: clock.counter + 1 };
    expect(verdict(second({ clock: later }), linkOf(FIRST))).toBe("accepted");
  });

  test("[VD3] the cited height never falls", () => {
    const view = viewOf(familyAt(4), familyAt(5));
    expect(verdict(second({ height: 4 }), linkOf(FIRST), view)).toBe("height 4");
    expect(verdict(second({ height: 5 }), linkOf(FIRST), view)).toBe("accepted");
    expect(verdict(first({ height: 4 }), "start", view)).toBe("accepted");
  });

  test("[VD4] the mark is the recurrence's, from the registration on", () => {
    const { rateMark, clock } = FIRST.header;
    expect(rateMark).toBe(clock.ms + RATE_INTERVAL_MS);
    for (const wrong of [rateMark - 1, rateMark + 1, 0]) {
      expect(verdict(first({ rateMark: wrong }))).toBe("rate 5");
    }
    const early = REGISTERED - HOUR / 4;
    const back = first({ clock: { ms: early, counter: 0 } });
    expect(back.rateMark).toBe(REGISTERED + RATE_INTERVAL_MS);
    expect(verdict(back)).toBe("accepted");
  });

  test("[VD4] the burst has an end, and refused entries spend too", () => {
    const full = { ...linkOf(FIRST), mark: SECOND.header.clock.ms + RATE_BURST * RATE_INTERVAL_MS };
    const { ms } = SECOND.header.clock;
    const honest = second({ rateMark: markAfter(full.mark, ms) });
    expect(verdict(honest, full)).toBe("accepted");
    const over = { ...full, mark: full.mark + 1 };
    const beyond = second({ rateMark: markAfter(over.mark, ms) });
    expect(verdict(beyond, over)).toBe("rate 5");
    const refused = judge(second({ previous: fill(16, 1) }), linkOf(FIRST), VIEW);
    expect(refused.mark).toBe(SECOND.header.rateMark);
    // A lie about the mark leaves the mark that it should have been.
    expect(judge(second({ rateMark: 1 }), linkOf(FIRST), VIEW).mark).toBe(SECOND.header.rateMark);
  });

  test("[VD10] without its predecessor an entry is provisional", () => {
    expect(verdict(SECOND.header, "unknown")).toBe("provisional");
    expect(verdict(second({ rateMark: 1 }), "unknown")).toBe("provisional");
  });

  test("[VD10] what is wrong with it by itself refuses it at once, as it would later", () => {
    const forbidden = following(CHILD, FIRST, { to: FRIEND }).header;
    expect(verdict(forbidden, "unknown")).toBe(verdict(forbidden, linkOf(FIRST)));
    expect(verdict(forbidden, "unknown")).toContain("contacts");
    const gone = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD));
    expect(judge(SECOND.header, "unknown", gone).verdict).toMatchObject({ rule: "revoked" });
  });

  test("[VD11] a refused entry does not turn the stream back, in time or height", () => {
    const view = viewOf(familyAt(3), familyAt(5));
    const past = FIRST.header.clock.ms - 5 * HOUR;
    const sacrifice = following(CHILD, FIRST, {}, 0, {
      clock: { ms: past, counter: 0 },
      height: 3,
    });
    const judged = judge(sacrifice.header, linkOf(FIRST), view);
    expect(judged.verdict).toMatchObject({ rule: "clock" });
    const after: Link = { ...judged, id: sacrifice.id };
    const backDated = following(CHILD, sacrifice, {}, 0, {
      clock: { ms: past + 1_000, counter: 0 },
      rateMark: markAfter(after.mark, past + 1_000),
    });
    expect(verdict(backDated.header, after, view)).toBe("clock 5");
    const oldRules = following(CHILD, sacrifice, {}, 0, {
      clock: { ms: NOW, counter: 0 },
      rateMark: markAfter(after.mark, NOW),
      height: 4,
    });
    expect(verdict(oldRules.header, after, view)).toBe("height 4");
  });
});

describe("permission", () => {
  test("[VD5] the author is registered and active at the cited height", () => {
    const before = familyAt(3);
    const unknown = { ...before, devices: withoutChild(before.devices) };
    const view = viewOf(unknown, familyAt(5));
    expect(verdict(first({ height: 3 }), "start", view)).toBe("author 3");
    expect(verdict(first({ height: 5 }), "start", view)).toBe("accepted");
    const cut = [{ stream: 0, seq: 9, id: fill(16, 1) }];
    const revoked = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, cut));
    expect(verdict(first({ height: 6 }), "start", revoked)).toBe("author 6");
    expect(() => judge(first({}, STRANGER), "start", VIEW)).toThrow("invariant");
  });

  function withoutChild<T extends { readonly id: Uint8Array }>(
    devices: readonly T[],
  ): readonly T[] {
    return devices.filter((one) => one.id.some((byte, index) => byte !== CHILD.device[index]));
  }

  test("[VD6] recipients are active devices of the audience or of my own", () => {
    const tablet = furtherDevice(CHILD, keyOf(70));
    const state = familyAt(5);
    const devices = withEntry(state.devices, deviceEntry(tablet));
    const view = viewOf({ ...state, devices });
    const to = (...actors: readonly Actor[]): string =>
      verdict(first({ recipients: recipientsOf(...actors) }), "start", view);
    expect(to(MUM)).toBe("accepted");
    expect(to(MUM, tablet)).toBe("accepted");
    expect(to(MUM, DAD)).toBe("recipients 5");
    expect(to(STRANGER)).toBe("recipients 5");
    const gone = viewOf(withRevoked(familyAt(5), MUM));
    expect(verdict(first({ recipients: recipientsOf(MUM) }), "start", gone)).toBe("recipients 5");
    const later = viewOf(familyAt(5), withRevoked(familyAt(6), MUM));
    expect(verdict(first({ recipients: recipientsOf(MUM) }), "start", later)).toBe("accepted");
  });

  test("[VD7] a rule of the cited height counts, one of the head does not", () => {
    const audience = { type: "member", member: FRIEND.member } as const;
    expect(verdict(first({ audience }))).toBe("contacts-meet-who-accepted-them 0");
    const before = familyAt(4);
    const members = before.members.map((one) =>
      one.role === "contact" ? { ...one, role: "relative" as const } : one,
    );
    const view = viewOf({ ...before, members }, familyAt(5));
    expect(verdict(first({ audience, height: 4 }), "start", view)).toBe("accepted");
    expect(verdict(first({ audience, height: 5 }), "start", view)).toMatch("contacts");
    const stranger = { type: "member", member: STRANGER.member } as const;
    expect(verdict(first({ audience: stranger }))).toBe("unknown-member 5");
  });

  test("[VD8] the whole family is no way around a rule, but for the family secret", () => {
    const family = { type: "family" } as const;
    const presence = { kind: "presence", stream: 1, audience: family } as const;
    const share = { kind: "secret-share", audience: family } as const;
    const from = (changes: Partial<Header>, ...to: readonly Actor[]): string =>
      verdict(first({ ...changes, recipients: recipientsOf(...to) }, FRIEND));
    expect(from(presence, DAD, MUM)).toBe("not-by-role 0");
    expect(from(share, DAD, CHILD, AUNT)).toBe("accepted");
    expect(from(share, STRANGER)).toBe("recipients 5");
  });

  test("[KA16] what hands keys over again is for whatever active devices, and falls with its author alone", () => {
    const handed = { kind: "rewrap", audience: { type: "family" } } as const;
    const from = (author: Actor, ...to: readonly Actor[]): string =>
      verdict(first({ ...handed, recipients: recipientsOf(...to) }, author));
    for (const author of [FRIEND, CHILD, DAD]) {
      expect(from(author, DAD, CHILD, AUNT, FRIEND)).toBe("accepted");
    }
    expect(from(CHILD, STRANGER)).toBe("recipients 5");
    const out = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, []));
    const entry = first({ ...handed, recipients: recipientsOf(DAD) }, CHILD);
    expect(verdict(entry, "start", out)).toBe("revoked 6");
  });
});

describe("narrowing", () => {
  const cuts = [{ stream: 0, seq: 1, id: FIRST.id }];
  const view = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, cuts));

  test("[VD9] above the cut refused with the revocation's height, at or below it not", () => {
    expect(verdict(FIRST.header, "start", view)).toBe("accepted");
    expect(verdict(SECOND.header, linkOf(FIRST), view)).toBe("revoked 6");
  });

  test("[VD9] a stream that the cut does not name has cut 0", () => {
    expect(verdict(first({ stream: 2 }), "start", view)).toBe("revoked 6");
    const none = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD));
    expect(verdict(FIRST.header, "start", none)).toBe("revoked 6");
  });

  test("[VD12] an ephemeral entry is judged by permission and revocation alone", () => {
    const ephemeral = first({ kind: "presence", stream: 1, seq: 77, previous: fill(16, 7) });
    expect(judgeEphemeral(ephemeral, VIEW)).toEqual({ type: "accepted" });
    const named = [{ stream: 1, seq: 99, id: fill(16, 1) }];
    const gone = viewOf(familyAt(5), withRevoked(familyAt(6), CHILD, named));
    expect(judgeEphemeral(ephemeral, gone)).toMatchObject({ rule: "revoked", height: 6 });
    const foreign = { ...ephemeral, recipients: recipientsOf(DAD) };
    expect(judgeEphemeral(foreign, VIEW)).toMatchObject({ rule: "recipients" });
    expect(() => judgeEphemeral(first({}, STRANGER), VIEW)).toThrow("invariant");
  });

  /** The family at 6, in which the child may write to nobody but its guardians. */
  const muted = (cut: number, members: readonly Actor[] = [CHILD]): LedgerView => {
    const head = familyAt(7);
    const span = { by: DAD.member, from: 6, ended: null };
    const rules = {
      ...head.rules,
      grants: [
        {
          id: fill(16, 1),
          isDenial: true,
          member: CHILD.member,
          permission: "send" as const,
          scope: { type: "everybody" as const },
          condition: { type: "always" as const },
          expiresAt: null,
          ...span,
        },
      ],
      narrowings: [
        {
          id: fill(16, 1),
          height: 6,
          time: NOW,
          by: DAD.member,
          members: members.map((one) => one.member),
          cuts: [{ device: CHILD.device, stream: 0, seq: cut, id: fill(16, 2) }],
        },
      ],
    };
    return viewOf(familyAt(5), { ...head, rules });
  };
  const toAunt = {
    audience: { type: "member" as const, member: AUNT.member },
    recipients: recipientsOf(AUNT),
  };
  const toMum = {
    audience: { type: "member" as const, member: MUM.member },
    recipients: recipientsOf(MUM),
  };

  test("[VD13] a later narrowing refuses above its cut what its rules forbid, and nothing below it", () => {
    expect(verdict(first(toAunt), "start", muted(0))).toBe("denied 6");
    expect(verdict(first(toAunt), "start", muted(1))).toBe("accepted");
    expect(verdict(second(toAunt), linkOf(FIRST), muted(1))).toBe("denied 6");
    expect(verdict(first({ ...toAunt, stream: 2 }), "start", muted(1))).toBe("denied 6");
  });

  test("[VD13] what its rules allow passes: words to a guardian are never caught", () => {
    expect(verdict(first(toMum), "start", muted(0))).toBe("accepted");
  });

  test("[VD13] a narrowing of others does not touch it; one of the recipient or of the family does", () => {
    expect(verdict(first(toAunt), "start", muted(0, [FRIEND]))).toBe("accepted");
    expect(verdict(first(toAunt), "start", muted(0, [FRIEND, AUNT]))).toBe("denied 6");
    expect(verdict(first(toAunt), "start", muted(0, []))).toBe("denied 6");
  });

  test("[VD13] a message that cites the narrowing's height is judged by that height alone", () => {
    const view = muted(9);
    const later = viewOf(familyAt(5), { ...view.head, height: 6 }, view.head);
    expect(verdict(first({ ...toAunt, height: 6 }), "start", later)).toBe("denied 6");
    const free = viewOf(familyAt(5), familyAt(6), muted(0).head);
    expect(verdict(first({ ...toAunt, height: 6 }), "start", free)).toBe("accepted");
  });

  test("[VD13] a rule that ended since still refuses what was sent against it", () => {
    const view = muted(0);
    const grants = view.head.rules.grants.map((one) => ({
      ...one,
      ended: { height: 7, time: NOW },
    }));
    const head = { ...view.head, rules: { ...view.head.rules, grants } };
    expect(verdict(first(toAunt), "start", viewOf(familyAt(5), head))).toBe("denied 6");
  });

  test("[VD14] an ephemeral entry has no cut: every later narrowing counts", () => {
    const ephemeral = { ...toAunt, kind: "presence" as const, stream: 1, seq: 1 };
    const view = muted(0);
    const named = view.head.rules.narrowings.map((one) => ({
      ...one,
      cuts: [{ device: CHILD.device, stream: 1, seq: 99, id: fill(16, 2) }],
    }));
    const head = { ...view.head, rules: { ...view.head.rules, narrowings: named } };
    expect(judgeEphemeral(first(ephemeral), viewOf(familyAt(5), head))).toMatchObject({
      rule: "denied",
    });
    const mums = { ...toMum, kind: "presence" as const, stream: 1, seq: 1 };
    expect(judgeEphemeral(first(mums), viewOf(familyAt(5), head))).toEqual({ type: "accepted" });
  });

  test("[VD5] active means registered and not revoked", () => {
    expect(isActive(familyAt(5), CHILD.device)).toBe(true);
    expect(isActive(familyAt(5), STRANGER.device)).toBe(false);
    expect(isActive(view.head, CHILD.device)).toBe(false);
  });
});
