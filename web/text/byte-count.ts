/** Counts texts the way the node limits them: bytes of UTF-8. SPEC UI20. */

const encoder = new TextEncoder();

/** Bytes of UTF-8; a lone surrogate counts as its replacement, three bytes. */
export function countBytes(text: string): number {
  return encoder.encode(text).byteLength;
}

/** How full a field is. The counter shows from `near` on: the last eighth. */
export type Fullness = "fine" | "near" | "over";

export function judgeFullness(bytes: number, bytesMax: number): Fullness {
  if (bytes > bytesMax) return "over";
  return bytes > bytesMax - bytesMax / 8 ? "near" : "fine";
}
