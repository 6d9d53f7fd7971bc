/**
 * Makes a call for help heard and felt, at most a minute for each. A browser lets a page make a sound
 * once somebody has pressed something in it: the first press in the app opens the way, and where none
 * was, the alarm says so and rings when it is pressed. Of several pages of this browser one is heard.
 * Nothing switches it off but the answer. SPEC UI147, UI149.
 */

import { startTone } from "./alarm-tone.ts";
import { RING_MS, TRY_MS, WAKE_MS } from "./limits.ts";

const LOCK = "tinyweb-alarm";
/** Shakes and pauses, milliseconds; twenty of these are a minute. */
const SHAKE_MS = [600, 300, 600, 1_500];
const SHAKE_EVERY_MS = 3_000;

export interface BellParts {
  /** A new audio context; null where this browser has none. */
  readonly openAudio: (() => AudioContext) | null;
  readonly vibrate: ((pattern: number | number[]) => unknown) | null;
  /** Somebody has pressed something in this page: before that browsers shake nothing, and complain. */
  readonly wasPressed: () => boolean;
  /** One page of this browser is heard at a time; without locks each is. */
  readonly locks: Pick<LockManager, "request"> | null;
  readonly now: () => number;
}

/** `quiet`: no alarm, or heard long enough; `blocked`: the browser wants a press first. */
export type BellState = "quiet" | "sounding" | "blocked";

/** `change` events. */
export class AlarmBell extends EventTarget {
  readonly #parts: BellParts;
  #audio: AudioContext | null = null;
  /** The call that is rung for, and until when. */
  #call: string | null = null;
  #until = 0;
  #stop: AbortController | null = null;
  state: BellState = "quiet";
  /** The sound is being tried. */
  isTrying = false;

  constructor(parts: BellParts) {
    super();
    this.#parts = parts;
  }

  /** This browser can make a sound at all. */
  get canSound(): boolean {
    return this.#parts.openAudio !== null;
  }

  /** In a press of whatever it is: what this page may do from now on. */
  unlock(): void {
    void this.#wake().then(() => this.#rest());
  }

  /** There is an alarm. The same call is rung for once. */
  ring(call: string): void {
    if (call === this.#call) return;
    // Before anybody hears of a change: who does may ring again.
    this.#call = call;
    this.#until = this.#parts.now() + RING_MS;
    this.#end();
    this.#shake(RING_MS);
    void this.#sound(this.#until);
  }

  /** "Tap to hear": rings for what is left of the minute, or for a moment. */
  hear(): void {
    if (this.state !== "blocked" || this.#call === null) return;
    const until = Math.max(this.#until, this.#parts.now() + TRY_MS);
    this.#shake(until - this.#parts.now());
    void this.#sound(until);
  }

  /** The person has pressed an answer: not heard any more, whatever comes of it. */
  silence(): void {
    this.#end();
    if (this.#call !== null) this.#shake(0);
  }

  /** There is no alarm. */
  hush(): void {
    if (this.#call === null) return;
    this.#call = null;
    this.#end();
    this.#shake(0);
  }

  /** From a press: how it sounds, for a moment. */
  tryOut(): void {
    if (this.state === "sounding") return;
    this.#set(this.state, true);
    void this.#sound(this.#parts.now() + TRY_MS);
  }

  /** For so many milliseconds, by whole shakes; 0 ends it. */
  #shake(ms: number): void {
    if (!this.#parts.wasPressed()) return;
    const shakes = Array.from({ length: Math.ceil(ms / SHAKE_EVERY_MS) }, () => SHAKE_MS).flat();
    this.#parts.vibrate?.(shakes.length === 0 ? 0 : shakes);
  }

  async #sound(until: number): Promise<void> {
    this.#stop?.abort();
    const stop = new AbortController();
    const { signal } = stop;
    this.#stop = stop;
    const audio = await this.#wake();
    if (signal.aborted) return;
    if (audio === null) return this.#set("quiet", false);
    if (audio.state !== "running") return this.#set("blocked", false);
    const { locks } = this.#parts;
    const play = async (): Promise<void> => {
      const left = until - this.#parts.now();
      if (!signal.aborted && left > 0) await this.#play(audio, left, signal);
    };
    try {
      await (locks === null ? play() : locks.request(LOCK, { signal }, play));
    } catch (error) {
      // The wait for another page's turn was ended by an answer.
      if (!signal.aborted) console.info("no turn to sound the alarm", error);
    }
    if (!signal.aborted) this.#end();
  }

  /** Resolves when it was heard to its end, or is ended. */
  async #play(audio: AudioContext, ms: number, signal: AbortSignal): Promise<void> {
    const end = startTone(audio, ms);
    this.#set("sounding", this.isTrying);
    await new Promise<void>((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        end();
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal.addEventListener("abort", finish);
    });
  }

  /** An audio context that runs, if the browser lets it; null where there is none. */
  async #wake(): Promise<AudioContext | null> {
    try {
      this.#audio ??= this.#parts.openAudio?.() ?? null;
      const audio = this.#audio;
      if (audio === null || audio.state === "running") return audio;
      // Without leave this waits for ever.
      await Promise.race([
        audio.resume(),
        new Promise((resolve) => {
          setTimeout(resolve, WAKE_MS);
        }),
      ]);
      return audio;
    } catch (error) {
      console.info("no sound here", error);
      return this.#audio;
    }
  }

  #end(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#rest();
    this.#set("quiet", false);
  }

  /** A context that runs without a sound takes power all the same. */
  #rest(): void {
    if (this.#stop !== null || this.#audio?.state !== "running") return;
    void this.#audio.suspend().catch((error: unknown) => console.info("no rest", error));
  }

  #set(state: BellState, isTrying: boolean): void {
    if (state === this.state && isTrying === this.isTrying) return;
    this.state = state;
    this.isTrying = isTrying;
    this.dispatchEvent(new Event("change"));
  }
}

/** The bell of a page; the first press in it lets it be heard later. */
export function openBell(from: Window & typeof globalThis): AlarmBell {
  const { navigator, AudioContext } = from as { navigator: Navigator } & Partial<typeof globalThis>;
  const vibrate = "vibrate" in navigator ? navigator.vibrate.bind(navigator) : null;
  const { userActivation } = navigator as Partial<Navigator>;
  const bell = new AlarmBell({
    openAudio: AudioContext === undefined ? null : () => new AudioContext(),
    vibrate,
    wasPressed: () => userActivation?.hasBeenActive !== false,
    locks: "locks" in navigator ? navigator.locks : null,
    now: () => performance.now(),
  });
  const presses = new AbortController();
  const onPress = ({ isTrusted }: Event): void => {
    if (!isTrusted) return;
    presses.abort();
    bell.unlock();
  };
  for (const press of ["click", "keydown"]) {
    from.addEventListener(press, onPress, { capture: true, signal: presses.signal });
  }
  return bell;
}
