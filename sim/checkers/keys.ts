/**
 * Judges keys that change, by what screens show and disks hold: KA everybody seals to the newest key of
 * everybody honest; every honest letter of the last weeks is shown in clear on every honest device that is
 * open, no other that lists a reader falsely is; no private half stays after its time, none goes before, and
 * what is kept of a liar is bounded. SPEC SI51.
 */
import { KEY_GRACE_DAYS } from "../../workers/core/gossip/limits.ts";
import { findDevice } from "../../workers/core/ledger/state.ts";
import type { Running } from "../../workers/node/running.ts";
import type { Device } from "../device.ts";
import type { Violate } from "../judge.ts";

/** What somebody wrote to everybody. */
export interface Letter {
  readonly text: string;
  /** Author's clock, milliseconds since the epoch. */
  readonly at: number;
  /** False: it lists a reader who cannot read it. */
  readonly isTrue: boolean;
}

export interface KeyJudge {
  readonly look: (awake: readonly Device[], letters: readonly Letter[]) => Promise<void>;
  readonly figures: () => Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;
const RETENTION_DAYS = 30;
/** Days of retention that the sides of a midnight may differ by. */
const MIDNIGHTS = 2;

export function createKeyJudge(honest: readonly Device[], violate: Violate): KeyJudge {
  let shown = 0;
  let hidden = 0;
  let keptMost = 0;

  return { look, figures: () => ({ shown, hidden, keptMost }) };

  async function look(awake: readonly Device[], letters: readonly Letter[]): Promise<void> {
    for (const device of awake) {
      const running = device.running();
      if (running === null) continue;
      judgeCurrent(device, running, awake);
      judgeOwn(device, running);
      await judgeLetters(device, letters);
      judgeKept(device);
    }
  }

  function judgeCurrent(device: Device, running: Running, awake: readonly Device[]): void {
    const { family } = running;
    const state = family.ledger.head()?.state;
    for (const other of honest) {
      const theirs = other.running()?.family;
      const found =
        theirs === undefined || state === undefined
          ? null
          : findDevice(state, theirs.identity.device);
      if (theirs === undefined || found === null || !awake.includes(other)) continue;
      const newest = Math.max(...theirs.identity.profile.encryptionKeys.map((one) => one.number));
      const number = family.keys?.current(found).number;
      if (number !== newest) {
        violate("KA", `${device.name} seals to ${number} of ${other.name}, whose is ${newest}`);
      }
    }
  }

  function judgeOwn(device: Device, { family }: Running): void {
    const today = Math.floor(device.clock.wall() / DAY_MS);
    const numbers = family.identity.profile.encryptionKeys.map((one) => one.number);
    for (const [index, next] of numbers.slice(1).entries()) {
      if (next + RETENTION_DAYS + KEY_GRACE_DAYS + MIDNIGHTS < today) {
        violate("KA", `${device.name} still has key ${numbers[index]}, followed by ${next}`);
      }
    }
  }

  async function judgeLetters(device: Device, letters: readonly Letter[]): Promise<void> {
    const snapshot = await device.node()?.start();
    if (snapshot?.ok !== true) return;
    const family = snapshot.value.conversations.find(({ kind }) => kind === "family")?.id ?? "";
    const page = await device.node()?.listMessages(family, { limit: 200 });
    const texts = new Set(page?.ok === true ? page.value.messages.map((one) => one.text) : []);
    const first = device.clock.wall() - (RETENTION_DAYS - MIDNIGHTS) * DAY_MS;
    for (const { text, at, isTrue } of letters) {
      if (isTrue && at > first && !texts.has(text)) {
        violate("KA", `${device.name} does not show ${text}`);
      }
      if (!isTrue && texts.has(text)) {
        violate("KA", `${device.name} shows ${text}, which a reader cannot read`);
      }
      if (isTrue) shown += 1;
      else hidden += 1;
    }
  }

  /** One a day, and a second that proves a lie, of each of at most four devices. */
  function judgeKept(device: Device): void {
    const rows = device.disk().snapshot().get("meta") ?? [];
    for (const { key, value } of rows) {
      if (key[0] !== "device-keys" || !Array.isArray(value)) continue;
      keptMost = Math.max(keptMost, value.length);
      if (value.length > 2 * (RETENTION_DAYS + KEY_GRACE_DAYS + MIDNIGHTS)) {
        violate("KA", `${device.name} keeps ${value.length} announcements of one device`);
      }
    }
  }
}
