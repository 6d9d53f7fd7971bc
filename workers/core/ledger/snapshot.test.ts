import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeWith, encodeWith } from "../codec/shape.ts";
import { blockHashOf, type BlockHeader } from "./block.ts";
import type { Head } from "./chain.ts";
import {
  actorOf,
  FAMILY,
  fill,
  foundFamily,
  FOUNDER,
  grow,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  signed,
} from "./family-fixture.suite.test.ts";
import { SNAPSHOT_INTERVAL, STATE_BYTES_MAX, STATE_PART_BYTES, STATE_PARTS_MAX } from "./limits.ts";
import { permits, toMember } from "./permits.ts";
import {
  isPart,
  manifestFault,
  manifestShape,
  NO_MANIFEST,
  openSnapshot,
  snapshotHeightFor,
  stateAsOf,
  type Manifest,
} from "./snapshot.ts";
import { partHashOf, partsOf, rootOfParts } from "./state-parts.ts";
import { encodeState, findDevice, stateRootOf, type LedgerState } from "./state.ts";

/** Heads by height: two newcomers, one of them revoked, then invites up to height 130. */
const heads: Head[] = [];
const headers: BlockHeader[] = [];
const CHILD = actorOf(keyOf(2));
const FRIEND = actorOf(keyOf(3));
const LATE = actorOf(keyOf(4));
const ACTORS = [FOUNDER, CHILD, FRIEND, LATE];

/** An hour a block: nobody writes more on a day than one may. */
const timeAt = (height: number): number => NOW + height * HOUR;

beforeAll(() => {
  const { head: first, verified } = foundFamily();
  let head = first;
  headers.push(verified.block.header);
  heads.push(first);
  const add = (body: Parameters<typeof signed>[1]): void => {
    const time = timeAt(head.state.height);
    const grown = grow(head, [signed(FOUNDER, body, { time, salt: heads.length })], time);
    head = grown.head;
    heads.push(head);
    headers.push(grown.verified.block.header);
  };
  const admit = (who: typeof CHILD, role: "child" | "contact"): void => {
    const inviteKey = keyOf(60_000 + heads.length);
    add(inviteBody(inviteKey, role, timeAt(heads.length) + HOUR));
    const request = {
      inviteKey,
      deviceKey: who.key,
      encryptionKey: keyOf(101),
      nameHash: fill(32, 0xf3),
      role,
      member: null,
    };
    add({ type: "member-registered", request, name: fill(32, 0xf4) });
  };
  admit(CHILD, "child");
  admit(FRIEND, "contact");
  while (heads.length < 100) {
    const inviteKey = keyOf(70_000 + heads.length);
    add(inviteBody(inviteKey, "child", timeAt(heads.length) + HOUR));
    add({ type: "invite-revoked", invite: lastInvite(heads.at(-1), inviteKey) });
  }
  add({ type: "device-revoked", device: CHILD.device, reason: "lost", cuts: [] });
  admit(LATE, "contact");
  while (heads.length < 131) {
    const inviteKey = keyOf(80_000 + heads.length);
    add(inviteBody(inviteKey, "child", timeAt(heads.length) + HOUR));
    add({ type: "invite-revoked", invite: lastInvite(heads.at(-1), inviteKey) });
  }
});

function lastInvite(head: Head | undefined, inviteKey: Uint8Array): Uint8Array {
  const found = head?.state.invites.find((one) => one.key[3] === inviteKey[3] && one.isUsed === 0);
  if (found === undefined) throw new Error("no such invite");
  return found.id;
}

function headAt(height: number): Head {
  const head = heads[height];
  if (head === undefined) throw new Error("no such height");
  return head;
}

function manifestFrom(from: number, to: number, state = headAt(from).state): Manifest {
  const parts = partsOf(encodeState(state)).map((one) => partHashOf(FAMILY, one));
  return { headers: headers.slice(from, to + 1), parts };
}

const pinAt = (height: number) => ({ height, hash: headAt(height).hash });

describe("snapshots", () => {
  test("[SS1] the root is over the hashes of the parts, and every part and its place count", () => {
    const { state } = headAt(130);
    const parts = partsOf(encodeState(state));
    const hashes = parts.map((one) => partHashOf(FAMILY, one));
    expect(stateRootOf(state)).toEqual(rootOfParts(FAMILY, hashes));
    const large = new Uint8Array(STATE_PART_BYTES + 1).fill(7);
    expect(partsOf(large).map((one) => one.length)).toEqual([STATE_PART_BYTES, 1]);
    expect(partsOf(new Uint8Array(STATE_BYTES_MAX))).toHaveLength(STATE_PARTS_MAX);
    const [a, b] = [fill(32, 1), fill(32, 2)];
    const roots = [[a, b], [b, a], [a], [a, b, b]].map((one) =>
      rootOfParts(FAMILY, one).toString(),
    );
    expect(new Set(roots).size).toBe(4);
  });

  test("[SS2] a part is that part and no other, at no other place, in no other family", () => {
    const parts = [fill(8, 1), fill(8, 2)];
    const manifest = { headers: [], parts: parts.map((one) => partHashOf(FAMILY, one)) };
    expect(isPart(FAMILY, manifest, 0, fill(8, 1))).toBe(true);
    expect(isPart(FAMILY, manifest, 1, fill(8, 1))).toBe(false);
    expect(isPart(FAMILY, manifest, 2, fill(8, 1))).toBe(false);
    expect(isPart(FAMILY, manifest, 0, fill(7, 1))).toBe(false);
    expect(isPart(fill(32, 9), manifest, 0, fill(8, 1))).toBe(false);
  });

  test("[SS3] the snapshot of a pin is the last multiple of 64 at or below it; a young family has none", () => {
    expect(SNAPSHOT_INTERVAL).toBe(64);
    expect([0, 1, 63].map((one) => snapshotHeightFor(one))).toEqual([null, null, null]);
    expect([64, 65, 127, 128, 200].map((one) => snapshotHeightFor(one))).toEqual([
      64, 64, 64, 128, 192,
    ]);
  });

  test("[SS4] it is believed through the very headers that lead from the pin to it, and no others", () => {
    const manifest = manifestFrom(64, 100);
    expect(manifestFault(FAMILY, pinAt(100), manifest)).toBeNull();
    expect(manifestFault(FAMILY, pinAt(64), manifestFrom(64, 64))).toBeNull();
    expect(manifestFault(FAMILY, pinAt(128), manifestFrom(128, 128))).toBeNull();
    // Another pin, too few, too many, none at all, a snapshot that is not the pin's.
    expect(manifestFault(FAMILY, { height: 100, hash: fill(32, 1) }, manifest)).toBe("pin");
    expect(manifestFault(FAMILY, pinAt(101), manifest)).toBe("height");
    expect(manifestFault(FAMILY, pinAt(100), manifestFrom(65, 100))).toBe("height");
    expect(manifestFault(FAMILY, pinAt(100), manifestFrom(63, 100))).toBe("height");
    expect(manifestFault(FAMILY, pinAt(130), manifestFrom(64, 130))).toBe("height");
    expect(manifestFault(FAMILY, pinAt(100), NO_MANIFEST)).toBe("height");
    expect(manifestFault(FAMILY, pinAt(60), manifestFrom(0, 60))).toBe("height");
    expect(manifestFault(fill(32, 3), pinAt(100), manifest)).toBe("pin");
  });

  test("[SS4] any change of any header on the way breaks it", () => {
    const manifest = manifestFrom(64, 80);
    const changes: readonly Partial<BlockHeader>[] = [
      { stateRoot: fill(32, 1) },
      { parent: fill(32, 1) },
      { time: 1 },
      { epoch: 7 },
      { primary: fill(16, 1) },
      { transactions: fill(32, 1) },
      { nextReplicaSet: fill(32, 1) },
      { replicaSet: fill(32, 1) },
    ];
    for (const change of changes) {
      for (const index of [0, 7, 16]) {
        const changed = manifest.headers.map((one, at) =>
          at === index ? { ...one, ...change } : one,
        );
        const fault = manifestFault(FAMILY, pinAt(80), { ...manifest, headers: changed });
        expect(fault).toBe(index === 16 ? "pin" : "parent");
      }
    }
    const parts = [fill(32, 1)];
    expect(manifestFault(FAMILY, pinAt(80), { ...manifest, parts })).toBe("root");
    expect(manifestFault(FAMILY, pinAt(80), { ...manifest, parts: [] })).toBe("root");
  });

  test("[SS4] one of rules that this build does not know is not opened", () => {
    const first = { ...headers[64], rulesVersion: 2 } as BlockHeader;
    const pin = { height: 64, hash: blockHashOf(FAMILY, first) };
    const manifest = { ...manifestFrom(64, 64), headers: [first] };
    expect(manifestFault(FAMILY, pin, manifest)).toBe("rules-version");
    expect(manifestFault(FAMILY, pin, manifest, 2)).toBeNull();
  });

  test("[SS5] opened, it is the head that replay gives", () => {
    const { state } = headAt(64);
    expect(openSnapshot(FAMILY, manifestFrom(64, 90), encodeState(state))).toEqual(headAt(64));
  });

  test("[SS5] a snapshot without executed ids is refused, as is any other state", () => {
    const { state } = headAt(64);
    expect(state.executed.length).toBeGreaterThan(60);
    const others: readonly LedgerState[] = [
      { ...state, executed: [] },
      { ...state, executed: state.executed.slice(1) },
      { ...state, members: state.members.slice(1) },
      { ...state, replicas: [CHILD.device] },
      headAt(65).state,
    ];
    for (const other of others) {
      expect(openSnapshot(FAMILY, manifestFrom(64, 90), encodeState(other))).toBeNull();
      const parts = partsOf(encodeState(other)).map((one) => partHashOf(FAMILY, one));
      const forged = { ...manifestFrom(64, 90), parts };
      expect(manifestFault(FAMILY, pinAt(90), forged)).toBe("root");
    }
  });

  test("[SS5] a root that a quorum has signed for a state of another place is no snapshot", () => {
    const { state } = headAt(64);
    const change = (one: Partial<LedgerState>): LedgerState => ({ ...state, ...one });
    for (const other of [
      change({ height: 65 }),
      change({ epoch: 1 }),
      change({ time: state.time + 1 }),
      change({ family: fill(32, 1) }),
      change({ replicas: [CHILD.device] }),
      change({ rulesVersion: 2 }),
    ]) {
      const first = { ...headers[64], stateRoot: stateRootOf(other) } as BlockHeader;
      const manifest = { ...manifestFrom(64, 64, other), headers: [first] };
      expect(openSnapshot(FAMILY, manifest, encodeState(other))).toBeNull();
    }
  });

  test("[SS6] of an earlier height it says what the rules said then to every question of a verdict", () => {
    const later = headAt(128).state;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 130 }),
        fc.constantFrom(...ACTORS),
        fc.constantFrom(...ACTORS),
        (height, a, b) => {
          const then = headAt(height).state;
          const said = stateAsOf(later, Math.min(height, 128));
          const expected = height > 128 ? later : then;
          expect(permits(said, a.member, "send", toMember(b.member), NOW)).toEqual(
            permits(expected, a.member, "send", toMember(b.member), NOW),
          );
          expect(findDevice(said, a.device)).toEqual(findDevice(expected, a.device));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("[SS4] a manifest comes back as it was, and one with too many headers does not", () => {
    const manifest = manifestFrom(64, 127);
    const bytes = encodeWith(manifestShape, manifest);
    expect(decodeWith(manifestShape, bytes, 32 * 1024)).toEqual({ ok: true, value: manifest });
    expect(bytes.length).toBeLessThan(20 * 1024);
    expect(() => encodeWith(manifestShape, manifestFrom(64, 128))).toThrow("list");
  });
});
