import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toHex } from "../codec/ids.ts";
import {
  actorOf,
  deviceEntry,
  FAMILY,
  foundFamily,
  FOUNDER,
  furtherDevice,
  keyOf,
  stateOf,
} from "./family-fixture.suite.test.ts";
import {
  activeDevice,
  decodeState,
  devicesOf,
  encodeState,
  findDevice,
  findMember,
  replicaSetHash,
  stateRootOf,
  withEntry,
  type LedgerState,
} from "./state.ts";

const CHILD = actorOf(keyOf(2));
const TABLET = furtherDevice(CHILD, keyOf(3));
const REVOKED = { height: 3, reason: "lost" as const, cuts: [], staysUntil: 0 };

describe("the family's state", () => {
  test("[LS1] comes back equal, and its root is another for any other content", () => {
    const { state } = foundFamily().head;
    expect(decodeState(encodeState(state))).toEqual({ ok: true, value: state });
    const others: readonly LedgerState[] = [
      { ...state, height: 1 },
      { ...state, time: state.time + 1 },
      { ...state, epoch: 1 },
      { ...state, retentionDays: 31 },
      { ...state, secretEpoch: 2 },
      { ...state, executed: [] },
      { ...state, devices: state.devices.map((one) => ({ ...one, revoked: REVOKED })) },
      { ...state, devices: state.devices.map((one) => ({ ...one, convictedAt: 0 })) },
      { ...state, devices: state.devices.map((one) => ({ ...one, convictedAt: 1 })) },
    ];
    const roots = [state, ...others].map((one) => toHex(stateRootOf(one)));
    expect(new Set(roots).size).toBe(roots.length);
  });

  test("[LS2] lists and root do not depend on the order of insertion", () => {
    const entries = Array.from({ length: 8 }, (_, index) => deviceEntry(actorOf(keyOf(index + 1))));
    const base = stateOf([{ actor: FOUNDER, role: "parent", isReplica: true }]);
    const rootOf = (order: typeof entries): string => {
      const devices = order.reduce<LedgerState["devices"]>(
        (list, entry) => withEntry(list, entry),
        [],
      );
      return toHex(stateRootOf({ ...base, devices }));
    };
    const expected = rootOf(entries);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(entries, { minLength: entries.length }),
        fc.nat(7),
        (order, again) => {
          // One of them a second time: replaced, not doubled.
          const extra = order.slice(again, again + 1);
          expect(rootOf([...order, ...extra])).toBe(expected);
        },
      ),
    );
  });

  test("[LS3] an entry with a known id replaces it", () => {
    const entry = deviceEntry(CHILD);
    const list = withEntry(withEntry([], entry), { ...entry, registeredAt: 9 });
    expect(list).toEqual([{ ...entry, registeredAt: 9 }]);
  });

  test("[LS4] a revoked device is kept, and is not active", () => {
    const base = stateOf([{ actor: CHILD, role: "child", isReplica: true }]);
    const devices = withEntry(base.devices, { ...deviceEntry(TABLET), revoked: REVOKED });
    const state = { ...base, devices };
    expect(findDevice(state, TABLET.device)).not.toBeNull();
    expect(activeDevice(state, TABLET.device)).toBeNull();
    expect(activeDevice(state, CHILD.device)?.id).toEqual(CHILD.device);
    expect(devicesOf(state, CHILD.member).map((one) => one.id)).toEqual([CHILD.device]);
    expect(findMember(state, FOUNDER.member)).toBeNull();
    expect(activeDevice(state, FOUNDER.device)).toBeNull();
  });

  test("[LS5] the replica-set hash depends on the order", () => {
    const one = toHex(replicaSetHash(FAMILY, [CHILD.device, TABLET.device]));
    expect(toHex(replicaSetHash(FAMILY, [TABLET.device, CHILD.device]))).not.toBe(one);
    expect(toHex(replicaSetHash(FAMILY, [CHILD.device]))).not.toBe(one);
  });
});
