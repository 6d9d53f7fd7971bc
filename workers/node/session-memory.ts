/**
 * What is remembered of other devices' sessions: with which one a link stands, which are over, and
 * when each was last answered. So repeated, delayed and reordered announces lead to no second link of
 * one session, while a device that started again is met at once, its old link still standing, and so
 * is one whose link fell silent. SPEC RV13 to RV15, RV25.
 */
import type { Hex } from "../core/codec/ids.ts";
import { ANSWER_MS, SESSIONS_MAX } from "./link-limits.ts";
import { createRecent } from "./recent.ts";

export interface SessionMemory {
  /** Whether a link with this session is missing; `isLinked`: the device has a proved link. */
  isWanted(deviceName: string, sessionName: string, isLinked: boolean): boolean;
  /** Whether this session may be answered now; if so, that counts as answered. */
  mayAnswer(sessionName: string, now: number): boolean;
  /** The mesh carries a link of this attempt. */
  opened(attempt: Hex, deviceName: string, sessionName: string): void;
  /** It no longer does; whether it did. */
  closed(attempt: Hex): boolean;
  /** Whether a link of this session stands, and is heard. */
  stands(sessionName: string): boolean;
  /** A device's links are not heard, or are again: a silent one may be met beside its link. */
  setSilent(deviceName: string, isSilent: boolean): void;
  /** The device (hex of its key) with which the mesh carries this attempt's link. */
  deviceOf(attempt: Hex): Hex | null;
}

export function createSessionMemory(): SessionMemory {
  /** Links that the mesh carries now, proved or in their handshake: attempt to session. */
  const open = new Map<Hex, { readonly sessionName: string; readonly deviceKey: Hex }>();
  /** Devices of whose links nothing is heard. */
  const silent = new Set<Hex>();
  /** Device to the session of its last link. */
  const lastSession = createRecent<string>(SESSIONS_MAX);
  const pastSessions = createRecent<true>(SESSIONS_MAX);
  const answeredAt = createRecent<number>(SESSIONS_MAX);
  const stands = (sessionName: string): boolean =>
    [...open.values()].some((one) => one.sessionName === sessionName && !silent.has(one.deviceKey));
  return {
    isWanted: (deviceName, sessionName, isLinked) => {
      if (pastSessions.has(sessionName)) return false;
      if (stands(sessionName)) return false;
      const last = lastSession.get(deviceName);
      return !isLinked || (last !== undefined && last !== sessionName);
    },
    mayAnswer: (sessionName, now) => {
      const last = answeredAt.get(sessionName);
      if (last !== undefined && now >= last && now - last < ANSWER_MS) return false;
      answeredAt.set(sessionName, now);
      return true;
    },
    opened: (attempt, deviceName, sessionName) => {
      const before = lastSession.get(deviceName);
      if (before !== undefined && before !== sessionName) pastSessions.set(before, true);
      lastSession.set(deviceName, sessionName);
      open.set(attempt, { sessionName, deviceKey: deviceName });
      // What is new was heard a moment ago.
      silent.delete(deviceName);
    },
    closed: (attempt) => open.delete(attempt),
    stands,
    setSilent: (deviceName, isSilent) => {
      if (isSilent) silent.add(deviceName);
      else silent.delete(deviceName);
    },
    deviceOf: (attempt) => open.get(attempt)?.deviceKey ?? null,
  };
}
