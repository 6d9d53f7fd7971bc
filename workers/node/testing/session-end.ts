/**
 * One end of a session in a test's worker: makes bulk and votes, notes what comes in which order, and
 * can hold back that it has dealt with it.
 */
import { createPlainVault } from "../../crypto/vault.ts";
import { createCryptoSuite } from "../../crypto/webcrypto-suite.ts";
import { createMemoryStore } from "../../storage/memory-store.ts";
import type { Environment } from "../environment.ts";
import type { Frame } from "../frames.ts";
import type { Link } from "../link.ts";
import { openSession, type Session } from "../session.ts";

/** A piece of bulk: about one link frame. */
const BULK_BYTES = 15_000;
const PRODUCED_BYTES_MAX = 200_000;

export class SessionEnd {
  readonly #session: Session;
  readonly #heard: string[] = [];
  readonly #undealt: (() => void)[] = [];
  #isHolding = false;
  #onHeard = (): void => undefined;

  private constructor(start: (end: SessionEnd) => Session) {
    this.#session = start(this);
  }

  static async open(link: Link, seed: number): Promise<SessionEnd> {
    const crypto = createCryptoSuite();
    const signer = await crypto.createSigner(new Uint8Array(32).fill(seed));
    const env: Environment = {
      now: () => Date.now(),
      monotonic: () => performance.now(),
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        return () => clearTimeout(timer);
      },
      seed: [1, 2, 3, 4],
      crypto,
      store: createMemoryStore(),
      vault: createPlainVault(),
      rulesKnown: 1,
      build: "test",
    };
    const who = {
      family: new Uint8Array(32).fill(9),
      signer,
      head: { height: 0, hash: new Uint8Array(32) },
      wall: env.now(),
      build: env.build,
      inviteProver: null,
    };
    return new Promise((resolve, reject) => {
      const end = new SessionEnd((self) =>
        openSession(env, crypto, link, who, {
          onOpen: () => resolve(end),
          onFrame: (_, frame, _bytes, dealt) => self.#take(frame, dealt),
          onMeasured: () => undefined,
          onSilence: () => undefined,
          onClose: (_, reason) => {
            self.#note(`closed ${reason}`);
            reject(new Error(reason));
          },
        }),
      );
    });
  }

  /**
   * Bulk in pieces, made only while at most 200,000 bytes wait, at most `count` of them: how many were
   * made, and the bytes that wait in the writer and below it.
   */
  writeBulk(count: number): { readonly made: number; readonly queued: number } {
    let made = 0;
    for (; made < count && this.#session.queuedBytes() <= PRODUCED_BYTES_MAX; made += 1) {
      this.#session.send({ type: "blocks", finalised: [new Uint8Array(BULK_BYTES)] });
    }
    return { made, queued: this.#session.queuedBytes() };
  }

  writeVote(): void {
    this.#session.send({ type: "consensus", message: Uint8Array.of(1) });
  }

  /** From now on nothing counts as dealt with, or everything does. */
  hold(isHolding: boolean): void {
    this.#isHolding = isHolding;
    if (!isHolding) for (const dealt of this.#undealt.splice(0)) dealt();
  }

  /** The types of all frames that have come, in order, once there are so many. */
  async heard(count: number): Promise<readonly string[]> {
    while (this.#heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
    return this.#heard;
  }

  #take(frame: Frame, dealt: () => void): void {
    if (this.#isHolding) this.#undealt.push(dealt);
    else dealt();
    this.#note(frame.type);
  }

  #note(what: string): void {
    this.#heard.push(what);
    this.#onHeard();
  }
}
