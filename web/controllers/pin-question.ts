/**
 * One call that waits for the PIN: the dialog tries it with what is typed, stays open while the lock
 * refuses, and ends with any other answer, or with none when the person thinks better of it.
 * SPEC PR21. Draws nothing (tw-ask-pin does).
 */

import type { FailureCode, Result } from "../../workers/api.ts";

const REFUSED: readonly FailureCode[] = ["lock-needed", "lock-wrong", "lock-wait"];

export class PinQuestion {
  readonly #changed: () => void;
  #try: ((pin: string) => Promise<FailureCode | null>) | null = null;
  #end: (() => void) | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get isOn(): boolean {
    return this.#try !== null;
  }

  /** Resolves with the call's answer; null when it was not made. A second question ends the first. */
  ask<T>(call: (pin: string) => Promise<Result<T>>): Promise<Result<T> | null> {
    this.cancel();
    return new Promise((resolve) => {
      const end = (answer: Result<T> | null): void => {
        if (this.#end === cancel) {
          this.#try = null;
          this.#end = null;
          this.#changed();
        }
        resolve(answer);
      };
      const cancel = (): void => end(null);
      this.#end = cancel;
      this.#try = async (pin) => {
        const answer = await call(pin);
        if (!answer.ok && REFUSED.includes(answer.code)) return answer.code;
        end(answer);
        return null;
      };
      this.#changed();
    });
  }

  /** Makes the call with this PIN: why the lock refused, or null when the question is over. */
  async tryWith(pin: string): Promise<FailureCode | null> {
    return this.#try === null ? null : this.#try(pin);
  }

  cancel(): void {
    this.#end?.();
  }
}
