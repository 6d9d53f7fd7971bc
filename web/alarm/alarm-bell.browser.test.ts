/** The bell on a real engine: what its audio context is told, by whom it is heard, and when no more. */

import { afterEach, expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { AlarmBell, openBell, type BellParts } from "./alarm-bell.ts";
import { startTone } from "./alarm-tone.ts";
import { LEAD_MS, RING_MS, RISE_EVERY_MS, RISE_MS, TRY_MS } from "./limits.ts";

/** Tones that were begun, with the seconds for which they are; and those that were ended before that. */
const started: number[] = [];
const stopped: OscillatorNode[] = [];
// oxlint-disable-next-line typescript/unbound-method -- applied to the oscillator that is asked
const { stop } = OscillatorNode.prototype;
OscillatorNode.prototype.stop = function (...args): void {
  const [at] = args;
  if (at === undefined) stopped.push(this);
  else started.push(at - this.context.currentTime);
  stop.apply(this, args);
};

const bells: AlarmBell[] = [];
afterEach(() => {
  for (const bell of bells.splice(0)) bell.hush();
  started.splice(0);
  stopped.splice(0);
  document.body.replaceChildren();
});

function bellOf(parts: Partial<BellParts> = {}): AlarmBell {
  const bell = new AlarmBell({
    openAudio: () => new AudioContext(),
    vibrate: null,
    wasPressed: () => true,
    locks: null,
    now: () => performance.now(),
    ...parts,
  });
  bells.push(bell);
  return bell;
}

/** A real press, which is what browsers wait for. */
async function press(run: () => void): Promise<void> {
  const button = document.createElement("button");
  button.textContent = "press";
  button.addEventListener("click", run);
  document.body.append(button);
  await userEvent.click(button);
  button.remove();
}
const nothing = (): void => undefined;
const stateOf = (bell: AlarmBell) => expect.poll(() => bell.state);

/**
 * A context that the browser keeps quiet until a press: the real block depends on what was pressed in this
 * tab before, by another file's tests.
 */
function quietUntilPressed(): { readonly open: () => AudioContext; readonly allow: () => void } {
  let isAllowed = false;
  const open = (): AudioContext => {
    const audio = new AudioContext();
    const resume = audio.resume.bind(audio);
    void audio.suspend();
    audio.resume = async () => (isAllowed ? resume() : new Promise<void>(nothing));
    return audio;
  };
  return {
    open,
    allow: () => {
      isAllowed = true;
    },
  };
}

test("[UI147] where nothing was pressed yet the browser keeps it quiet, the bell says so, and a press makes it heard", async () => {
  const { open, allow } = quietUntilPressed();
  const bell = bellOf({ openAudio: open });
  bell.ring("a");
  await stateOf(bell).toBe("blocked");
  expect(started).toEqual([]);
  await press(() => {
    allow();
    bell.hear();
  });
  await stateOf(bell).toBe("sounding");
  expect(started).toHaveLength(1);
  bell.silence();
  expect([bell.state, stopped.length]).toEqual(["quiet", 1]);
});

test("[UI147] a call is heard for a minute at most, once, and no more as soon as an answer is pressed", async () => {
  await press(nothing);
  const bell = bellOf();
  bell.ring("a");
  await stateOf(bell).toBe("sounding");
  expect(started).toHaveLength(1);
  expect(started[0]).toBeGreaterThan(RING_MS / 1_000 - 2);
  expect(started[0]).toBeLessThan((RING_MS + LEAD_MS + 1) / 1_000);
  bell.ring("a");
  expect([bell.state, started.length, stopped.length]).toEqual(["sounding", 1, 0]);
  bell.silence();
  expect([bell.state, stopped.length]).toEqual(["quiet", 1]);
  // Its answer is on its way, or did not go: this call is not heard again.
  bell.ring("a");
  expect(bell.state).toBe("quiet");
  // Another one is.
  bell.ring("b");
  await stateOf(bell).toBe("sounding");
  bell.hush();
  expect([bell.state, started.length, stopped.length]).toEqual(["quiet", 2, 2]);
});

test("[UI147] what is left of the minute is heard, and at its end it is quiet by itself", async () => {
  await press(nothing);
  let now = 0;
  const bell = bellOf({ now: () => now });
  bell.ring("a");
  now = RING_MS - 1_000;
  await stateOf(bell).toBe("sounding");
  expect(started[0]).toBeLessThan(1.001 + LEAD_MS / 1_000);
  await stateOf(bell).toBe("quiet");
  bell.ring("a");
  expect(bell.state).toBe("quiet");
});

test("[UI147] of several pages of a browser one is heard, and the next when that one is quiet", async () => {
  await press(nothing);
  const { locks } = navigator;
  const [one, other] = [bellOf({ locks }), bellOf({ locks })];
  one.ring("a");
  await stateOf(one).toBe("sounding");
  other.ring("a");
  await expect
    .poll(async () => (await locks.query()).pending?.map(({ name }) => name))
    .toEqual(["tinyweb-alarm"]);
  expect([other.state, started.length]).toEqual(["quiet", 1]);
  one.hush();
  await stateOf(other).toBe("sounding");
  // Who waits and is answered waits no more.
  one.ring("b");
  one.silence();
  other.hush();
  await expect.poll(async () => (await locks.query()).held).toEqual([]);
  expect([one.state, other.state]).toEqual(["quiet", "quiet"]);
});

test("[UI147] it shakes what can be shaken for a minute, until the answer", async () => {
  const shaken: (number | number[])[] = [];
  const bell = bellOf({ openAudio: null, vibrate: (pattern) => shaken.push(pattern) });
  bell.hush();
  bell.silence();
  expect(shaken).toEqual([]);
  bell.ring("a");
  bell.ring("a");
  const [pattern] = shaken;
  expect([shaken.length, Array.isArray(pattern)]).toEqual([1, true]);
  const total = Array.isArray(pattern) ? pattern.reduce((sum, ms) => sum + ms, 0) : 0;
  expect(total).toBe(RING_MS);
  // Browsers cut off what is longer.
  expect(Array.isArray(pattern) ? pattern.length : 0).toBeLessThanOrEqual(99);
  bell.silence();
  expect(shaken.slice(1)).toEqual([0]);
  await stateOf(bell).toBe("quiet");
  expect(bell.canSound).toBe(false);
});

test("[UI147] nothing is shaken before a press, which a browser would complain of; then what is left is", async () => {
  const shaken: (number | number[])[] = [];
  const { open, allow } = quietUntilPressed();
  let now = 0;
  let wasPressed = false;
  const bell = bellOf({
    openAudio: open,
    vibrate: (pattern) => shaken.push(pattern),
    wasPressed: () => wasPressed,
    now: () => now,
  });
  bell.ring("a");
  await stateOf(bell).toBe("blocked");
  bell.silence();
  bell.hush();
  expect(shaken).toEqual([]);
  bell.ring("b");
  await stateOf(bell).toBe("blocked");
  now = RING_MS / 2;
  wasPressed = true;
  allow();
  await press(() => bell.hear());
  await stateOf(bell).toBe("sounding");
  const [pattern] = shaken;
  const total = Array.isArray(pattern) ? pattern.reduce((sum, ms) => sum + ms, 0) : 0;
  expect([shaken.length, total]).toEqual([1, RING_MS / 2]);
  bell.hush();
  expect(shaken.slice(1)).toEqual([0]);
});

test("[UI147] the first press on a page lets it be heard later, and until then takes no power", async () => {
  const states: string[] = [];
  const { AudioContext: Browsers } = window;
  window.AudioContext = class extends Browsers {
    constructor() {
      super();
      states.push("opened");
    }
    override async suspend(): Promise<void> {
      await super.suspend();
      states.push("rests");
    }
  };
  bells.push(openBell(window));
  // Not by what the page itself presses: the browser would wait for ever.
  document.body.click();
  expect(states).toEqual([]);
  await press(nothing);
  await expect.poll(() => states).toEqual(["opened", "rests"]);
  await press(nothing);
  expect(states).toHaveLength(2);
  const [bell] = bells;
  bell?.ring("a");
  await expect.poll(() => bell?.state).toBe("sounding");
  window.AudioContext = Browsers;
});

test("[UI149] the sound can be tried, for a moment, and never instead of an alarm", async () => {
  await press(nothing);
  const bell = bellOf();
  await press(() => bell.tryOut());
  await stateOf(bell).toBe("sounding");
  expect(bell.isTrying).toBe(true);
  expect(started[0]).toBeLessThan((TRY_MS + LEAD_MS + 1) / 1_000);
  bell.ring("a");
  await stateOf(bell).toBe("sounding");
  expect(bell.isTrying).toBe(false);
  await expect.poll(() => started.length).toBe(2);
  bell.tryOut();
  expect([bell.isTrying, started.length]).toEqual([false, 2]);
});

test("[UI147] the tone rises, pauses, rises again, and ends", async () => {
  const rate = 44_100;
  const audio = new OfflineAudioContext(1, 5 * rate, rate);
  startTone(audio, 2 * RISE_EVERY_MS);
  const heard = (await audio.startRendering()).getChannelData(0);
  const part = (fromMs: number, toMs: number): Float32Array =>
    heard.slice((fromMs * rate) / 1_000, (toMs * rate) / 1_000);
  /** Hertz, by how often it crosses nought. */
  const pitch = (samples: Float32Array): number => {
    let crossings = 0;
    for (let at = 1; at < samples.length; at += 1) {
      if ((samples[at] ?? 0) > 0 !== (samples[at - 1] ?? 0) > 0) crossings += 1;
    }
    return (crossings * rate) / (2 * samples.length);
  };
  const loud = (samples: Float32Array): number => Math.max(...samples.map(Math.abs));
  for (const begin of [LEAD_MS, LEAD_MS + RISE_EVERY_MS]) {
    const low = pitch(part(begin + 50, begin + 150));
    const high = pitch(part(begin + RISE_MS - 150, begin + RISE_MS - 50));
    expect(low).toBeLessThan(700);
    expect(high).toBeGreaterThan(1_000);
    expect(loud(part(begin + 100, begin + 800))).toBeGreaterThan(0.2);
    expect(loud(part(begin + RISE_MS + 20, begin + RISE_EVERY_MS - 5))).toBe(0);
  }
  expect(loud(part(0, LEAD_MS - 5))).toBe(0);
  expect(loud(part(LEAD_MS + 2 * RISE_EVERY_MS + 10, 5_000))).toBe(0);
});
