/**
 * What a device that was taken out of the family is still told: the blocks up to the one that says
 * so, and nothing else, so that its person reads it on the screen and not in the silence of others. A
 * held device is told that it is held. SPEC XC5, XC13, HO8. Source: DESIGN §4.12.
 */
import type { DeviceId } from "../core/codec/ids.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { Family } from "./family.ts";
import type { Frame } from "./frames.ts";
import { FAREWELL_MS, FAREWELLS_MAX } from "./limits.ts";
import type { Session } from "./session.ts";

export interface Farewells {
  /** Whether a device that is at this height was taken out and cannot know it yet. */
  readonly isDue: (device: DeviceId, height: number) => boolean;
  /** A link on which it may ask for those blocks, for a while; false where there is no room. */
  readonly open: (session: Session, device: DeviceId) => boolean;
  /** A held device: it is given nothing but what has been sent; false where there is no room. */
  readonly hold: (session: Session) => boolean;
  /** It was linked when it happened: told at once, then as above. */
  readonly tell: (session: Session, device: DeviceId) => Promise<void>;
  /** True where the frame came on such a link, whatever became of it. */
  readonly take: (session: Session, frame: Frame) => Promise<boolean>;
  readonly part: (session: Session) => void;
  /** Closes what was open long enough. */
  readonly tick: () => void;
}

/** Below every height. */
const NOTHING = -1;

export function createFarewells(family: Family): Farewells {
  const leaving = new Map<Session, { readonly last: number; readonly until: number }>();

  return {
    isDue: (device, height) => (heightOf(device) ?? -1) > height,
    open,
    hold: (session) => listen(session, NOTHING),
    tell: async (session, device) => {
      const last = heightOf(device);
      if (last === null || !open(session, device)) return session.close("revoked");
      session.send({ type: "blocks", finalised: await family.ledger.blocksFrom(last, 1) });
    },
    take,
    part: (session) => {
      leaving.delete(session);
    },
    tick: () => {
      for (const [session, { until }] of leaving) {
        if (family.env.monotonic() >= until) session.close("revoked");
      }
    },
  };

  /** Height of the block that took it out; null for a device that is in the family, or never was. */
  function heightOf(device: DeviceId): number | null {
    const head = family.ledger.head();
    return head === null ? null : (findDevice(head.state, device)?.revoked?.height ?? null);
  }

  function open(session: Session, device: DeviceId): boolean {
    const last = heightOf(device);
    return last !== null && listen(session, last);
  }

  function listen(session: Session, last: number): boolean {
    if (leaving.size >= FAREWELLS_MAX) return false;
    leaving.set(session, { last, until: family.env.monotonic() + FAREWELL_MS });
    return true;
  }

  async function take(session: Session, frame: Frame): Promise<boolean> {
    const known = leaving.get(session);
    if (known === undefined) return false;
    if (frame.type !== "blocks-wanted" || frame.from > known.last) return true;
    const count = Math.min(frame.count, known.last - frame.from + 1);
    const finalised = await family.ledger.blocksFrom(frame.from, count);
    session.send({ type: "blocks", finalised });
    return true;
  }
}
