/**
 * The sound of a call for help, made by the browser itself: a tone that rises, again and again, each
 * time a little louder for the first ten seconds. All of it is told to the audio context at once, so
 * a page in the background, whose timers are slow, plays it as well. SPEC UI147.
 */

import { LEAD_MS, RISE_EVERY_MS, RISE_MS } from "./limits.ts";

const LOW_HERTZ = 520;
const HIGH_HERTZ = 1_320;
/** Of the loudest: a square wave is heard over a television, and is not to hurt. */
const GAIN_FIRST = 0.25;
const GAIN_LAST = 0.8;
/** Rises until it is as loud as it gets. */
const RISES_TO_LAST = 6;
/** A tone that begins or ends at once clicks. */
const EDGE_S = 0.03;

/** Begins a sound of so many milliseconds; what is returned ends it at once. */
export function startTone(audio: BaseAudioContext, ms: number): () => void {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.type = "square";
  tone.connect(volume).connect(audio.destination);
  const begin = audio.currentTime + LEAD_MS / 1_000;
  const end = begin + ms / 1_000;
  volume.gain.setValueAtTime(0, audio.currentTime);
  let rise = 0;
  for (let at = begin; at < end; at += RISE_EVERY_MS / 1_000) {
    const top = at + RISE_MS / 1_000;
    const part = Math.min(1, rise / RISES_TO_LAST);
    const loud = GAIN_FIRST + (GAIN_LAST - GAIN_FIRST) * part;
    tone.frequency.setValueAtTime(LOW_HERTZ, at);
    tone.frequency.exponentialRampToValueAtTime(HIGH_HERTZ, top);
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(loud, at + EDGE_S);
    volume.gain.setValueAtTime(loud, top - EDGE_S);
    volume.gain.linearRampToValueAtTime(0, top);
    rise += 1;
  }
  tone.start();
  tone.stop(end);
  return () => {
    tone.disconnect();
    volume.disconnect();
    tone.stop();
  };
}
