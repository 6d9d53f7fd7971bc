/**
 * The table of connections being made: at most 8, half of them over invites, at most 2 with one
 * device and one with one session of it. It decides who gets a place and who has run out of time; it sends nothing.
 * SPEC RV11, RV12. Source: DESIGN §6 (8 half-open).
 */
import type { Hex, SigningKey } from "../core/codec/ids.ts";
import {
  ATTEMPTS_BY_INVITE_MAX,
  ATTEMPTS_MAX,
  ATTEMPTS_PER_DEVICE_MAX,
  ATTEMPT_MS,
} from "./link-limits.ts";
import type { LinkPurpose } from "./link.ts";

export interface Attempt {
  /** Its name at the mesh and on the wire, 16 bytes. */
  readonly id: Hex;
  readonly purpose: LinkPurpose;
  /** Where its signals go. */
  readonly topic: string;
  readonly key: Uint8Array;
  readonly deviceKey: SigningKey;
  /** The other side's session, 16 bytes. */
  readonly session: Uint8Array;
  /** Purpose, device and session as one text. */
  readonly sessionName: string;
  /** Purpose and device as one text. */
  readonly deviceName: string;
  readonly isInitiator: boolean;
  startedAt: number;
  /** Whether the other side has said anything in this attempt. */
  hasHeard: boolean;
}

export interface Attempts {
  get(id: Hex): Attempt | undefined;
  ofSession(sessionName: string): Attempt | undefined;
  all(): readonly Attempt[];
  /**
   * The attempt that has to go before one more with this device can be made: null if there is room,
   * `full` if there is none.
   */
  obstacle(deviceName: string, purpose: LinkPurpose): Attempt | "full" | null;
  add(attempt: Attempt): void;
  remove(id: Hex): void;
  /** Those that took too long. */
  expired(now: number): readonly Attempt[];
}

export function createAttempts(): Attempts {
  const table = new Map<Hex, Attempt>();
  const all = (): readonly Attempt[] => [...table.values()];
  return {
    get: (id) => table.get(id),
    ofSession: (name) => all().find((attempt) => attempt.sessionName === name),
    all,
    obstacle: (deviceName, purpose) => {
      const ofDevice = all().filter((attempt) => attempt.deviceName === deviceName);
      if (ofDevice.length >= ATTEMPTS_PER_DEVICE_MAX) {
        // A device that started again has a new session; a silent old one is the likelier dead.
        return ofDevice.find((attempt) => !attempt.hasHeard) ?? "full";
      }
      const invited = all().filter((attempt) => attempt.purpose.type === "invite");
      const isFull = purpose.type === "invite" && invited.length >= ATTEMPTS_BY_INVITE_MAX;
      return isFull || table.size >= ATTEMPTS_MAX ? "full" : null;
    },
    add: (attempt) => {
      table.set(attempt.id, attempt);
    },
    remove: (id) => {
      table.delete(id);
    },
    expired: (now) =>
      all().filter((attempt) => {
        // The clock was set back: count from now.
        if (attempt.startedAt > now) attempt.startedAt = now;
        return now - attempt.startedAt >= ATTEMPT_MS;
      }),
  };
}
