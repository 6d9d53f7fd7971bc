/**
 * A token bucket that may fall into debt. Pure: time is given, in milliseconds of any clock.
 *
 * A frame that has arrived is always paid for, if need be on credit; the caller then stops reading
 * for as long as the debt takes to pay off. So nothing is lost, and the sender is slowed by TCP
 * itself. SPEC SG24.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #level: number;
  #filledAtMs: number;

  /**
   * @param perSecond tokens a second, above 0
   * @param burst tokens when full, at least 1; it starts full
   */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#level = burst;
    this.#filledAtMs = nowMs;
  }

  /** Takes `cost` tokens. Returns the milliseconds until the debt is paid: 0 while there is none. */
  charge(cost: number, nowMs: number): number {
    this.#fill(nowMs);
    this.#level -= cost;
    return this.#level >= 0 ? 0 : Math.ceil((-this.#level / this.#perSecond) * 1000);
  }

  /** Takes `cost` tokens if they are there; otherwise takes none and returns false. */
  take(cost: number, nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#level < cost) return false;
    this.#level -= cost;
    return true;
  }

  /** True when the debt exceeds a whole burst: this sender does not slow down. */
  isFlooded(): boolean {
    return this.#level < -this.#burst;
  }

  /** True when nothing is owed and nothing used: forgetting the bucket changes nothing. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#level >= this.#burst;
  }

  /** A clock that went backwards adds nothing and takes nothing. */
  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#level = Math.min(this.#burst, this.#level + (elapsedMs / 1000) * this.#perSecond);
    this.#filledAtMs = nowMs;
  }
}
