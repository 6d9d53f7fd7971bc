/** Limits of the byte formats. Each is a wire fact: changing one is a wire-breaking change. */

/** Nesting of arrays in any structure; the pre-scan refuses deeper before any decoder recurses. */
export const WIRE_DEPTH_MAX = 8;

/** Largest unsigned integer on the wire: 2^53 - 1, exact in every engine. */
export const UINT_MAX = Number.MAX_SAFE_INTEGER;
