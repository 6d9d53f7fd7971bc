/**
 * Looks at the links now and then: each is pinged after a while, and all are doubted as soon as the wall
 * clock has jumped. SPEC FC7. Source: DESIGN §6.
 */
import type { Environment } from "./environment.ts";
import { CLOCK_JUMP_MS, PING_INTERVAL_MS, PING_TIMEOUT_MS, RESUME_TIMEOUT_MS } from "./limits.ts";
import type { Session } from "./session.ts";

export interface LinkPulse {
  readonly tick: () => void;
  /** The page woke up: look at every link now. */
  readonly check: () => void;
  /** Asks every link for its round trip. */
  readonly measure: () => void;
}

export function createLinkPulse(env: Environment, sessions: () => readonly Session[]): LinkPulse {
  let measuredAt = 0;
  let lastDrift = env.now() - env.monotonic();
  return { tick, check, measure };

  function tick(): void {
    const now = env.monotonic();
    const hasJumped = hasClockJumped();
    if (now - measuredAt < PING_INTERVAL_MS && !hasJumped) return;
    measuredAt = now;
    if (hasJumped) check();
    else measure();
  }

  /** The wall clock was set, or the device slept: what was known of other clocks says nothing now. */
  function hasClockJumped(): boolean {
    const drift = env.now() - env.monotonic();
    const hasJumped = Math.abs(drift - lastDrift) > CLOCK_JUMP_MS;
    lastDrift = drift;
    return hasJumped;
  }

  function check(): void {
    for (const session of sessions()) session.doubt(RESUME_TIMEOUT_MS);
  }

  function measure(): void {
    for (const session of sessions()) session.ping(PING_TIMEOUT_MS);
  }
}
