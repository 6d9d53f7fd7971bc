/**
 * Shapes: one description of a positional structure that encodes and decodes it, so that type,
 * encoder and decoder cannot drift apart. A shape checks every bound on both ways; a decoder never
 * returns a value that its encoder would refuse. Text is measured in bytes of UTF-8.
 * SPEC CB7..CB9, CB11.
 */
import { decodeWire, encodeWire, type Decoded, type Wire } from "./cbor.ts";
import { UINT_MAX } from "./limits.ts";

/** Encodes T as a wire value and back. `read` throws only ShapeFault, which `decodeWith` catches. */
export interface Shape<T> {
  readonly write: (value: T) => Wire;
  readonly read: (wire: Wire, path: string) => T;
}

/** The type that a shape describes. */
export type Shaped<S> = S extends Shape<infer T> ? T : never;

class ShapeFault extends Error {}

/** Decodes untrusted bytes by a shape. Total: malformed bytes are a tagged rejection with the path. */
export function decodeWith<T>(shape: Shape<T>, bytes: Uint8Array, bytesMax: number): Decoded<T> {
  const wire = decodeWire(bytes, bytesMax);
  if (!wire.ok) return wire;
  try {
    return { ok: true, value: shape.read(wire.value, "") };
  } catch (fault) {
    if (fault instanceof ShapeFault) return { ok: false, reason: "shape", detail: fault.message };
    throw fault;
  }
}

/** Encodes by a shape. A value outside the shape's bounds is a broken invariant and throws. */
export function encodeWith<T>(shape: Shape<T>, value: T): Uint8Array {
  return encodeWire(shape.write(value));
}

/** Unsigned integer from `min` to `max` (inclusive). */
export function uint(max: number = UINT_MAX, min = 0): Shape<number> {
  const check = (wire: Wire, path: string): number => {
    if (typeof wire !== "number" || !Number.isSafeInteger(wire) || wire < min || wire > max) {
      throw new ShapeFault(`${path}: not an integer from ${min} to ${max}`);
    }
    return wire;
  };
  return { write: (value) => check(value, "uint"), read: check };
}

/** True or false as 1 or 0. */
export const bool: Shape<boolean> = {
  write: (value) => (value ? 1 : 0),
  read: (wire, path) => {
    if (wire !== 0 && wire !== 1) throw new ShapeFault(`${path}: not 0 or 1`);
    return wire === 1;
  },
};

/** Byte string of exactly `length` bytes, or of `length` to `max` bytes. */
export function bytes<T extends Uint8Array = Uint8Array>(length: number, max = length): Shape<T> {
  const check = (wire: Wire, path: string): T => {
    if (!(wire instanceof Uint8Array) || wire.length < length || wire.length > max) {
      throw new ShapeFault(`${path}: not ${length} to ${max} bytes`);
    }
    return wire as T;
  };
  return { write: (value) => check(value, "bytes"), read: check };
}

/** Text of `min` to `max` bytes of UTF-8. Lone surrogates cannot occur: they do not survive re-encoding. */
export function text(max: number, min = 0): Shape<string> {
  const check = (wire: Wire, path: string): string => {
    if (typeof wire !== "string" || !wire.isWellFormed()) throw new ShapeFault(`${path}: not text`);
    const size = utf8Length(wire);
    if (size < min || size > max)
      throw new ShapeFault(`${path}: not ${min} to ${max} bytes of text`);
    return wire;
  };
  return { write: (value) => check(value, "text"), read: check };
}

/** One of the listed words, as its position in the list: the order is a wire fact, append only. */
export function oneOf<const T extends readonly string[]>(words: T): Shape<T[number]> {
  return {
    write: (value) => {
      const index = words.indexOf(value);
      if (index < 0) throw new ShapeFault(`oneOf: ${value}`);
      return index;
    },
    read: (wire, path) => {
      const word = typeof wire === "number" ? words[wire] : undefined;
      if (word === undefined) throw new ShapeFault(`${path}: unknown word`);
      return word;
    },
  };
}

/** List of `min` to `max` items. */
export function list<T>(item: Shape<T>, max: number, min = 0): Shape<readonly T[]> {
  const checkLength = (length: number, path: string): void => {
    if (length < min || length > max) throw new ShapeFault(`${path}: not ${min} to ${max} items`);
  };
  return {
    write: (value) => {
      checkLength(value.length, "list");
      return value.map((one) => item.write(one));
    },
    read: (wire, path) => {
      if (!Array.isArray(wire)) throw new ShapeFault(`${path}: not a list`);
      const items = wire as readonly Wire[];
      checkLength(items.length, path);
      return items.map((one, index) => item.read(one, `${path}[${index}]`));
    },
  };
}

/** Nothing or one value: [] or [value]. */
export function option<T>(item: Shape<T>): Shape<T | null> {
  const inner = list(item, 1);
  return {
    write: (value) => inner.write(value === null ? [] : [value]),
    read: (wire, path) => inner.read(wire, path)[0] ?? null,
  };
}

type StructOf<F> = { readonly [K in keyof F]: F[K] extends Shape<infer T> ? T : never };

/** Positional array of the fields in the order in which they are declared here. */
export function struct<const F extends Record<string, unknown>>(
  fields: F & { readonly [K in keyof F]: F[K] extends Shape<infer T> ? Shape<T> : never },
): Shape<StructOf<F>> {
  const entries = Object.entries(fields as unknown as Record<string, Shape<unknown>>);
  return {
    write: (value) =>
      entries.map(([name, shape]) => shape.write((value as Record<string, unknown>)[name])),
    read: (wire, path) => {
      if (!Array.isArray(wire) || wire.length !== entries.length) {
        throw new ShapeFault(`${path}: not ${entries.length} fields`);
      }
      const items = wire as readonly Wire[];
      const value: Record<string, unknown> = {};
      entries.forEach(([name, shape], index) => {
        value[name] = shape.read(items[index] ?? "", `${path}.${name}`);
      });
      return value as StructOf<F>;
    },
  };
}

type UnionOf<V> = {
  readonly [K in keyof V & string]: V[K] extends readonly [number, Shape<infer T>]
    ? { readonly type: K } & T
    : never;
}[keyof V & string];

/**
 * Tagged union: [tag, body]. Each variant names its number, a wire fact that is never reused, and
 * the shape of its body; the value carries the variant's name in `type`.
 */
export function union<const V extends Record<string, readonly [number, unknown]>>(
  variants: V,
): Shape<UnionOf<V>> {
  const table = variants as unknown as Record<string, readonly [number, Shape<unknown>]>;
  const byTag = new Map(Object.entries(table).map(([name, [tag]]) => [tag, name]));
  return {
    write: (value) => {
      const variant = table[(value as { type: string }).type];
      if (variant === undefined) throw new ShapeFault("union: unknown type");
      return [variant[0], variant[1].write(value)];
    },
    read: (wire, path) => {
      if (!Array.isArray(wire) || wire.length !== 2)
        throw new ShapeFault(`${path}: not [tag, body]`);
      const [tag, body] = wire as readonly Wire[];
      const name = typeof tag === "number" ? byTag.get(tag) : undefined;
      const variant = name === undefined ? undefined : table[name];
      if (variant === undefined || body === undefined) throw new ShapeFault(`${path}: unknown tag`);
      return { type: name, ...(variant[1].read(body, `${path}.${name}`) as object) } as UnionOf<V>;
    },
  };
}

/** Maps a shape to another type, both ways. `read` may refuse by returning null. */
export function refine<T, U>(
  shape: Shape<T>,
  read: (value: T) => U | null,
  write: (value: U) => T,
): Shape<U> {
  return {
    write: (value) => shape.write(write(value)),
    read: (wire, path) => {
      const value = read(shape.read(wire, path));
      if (value === null) throw new ShapeFault(`${path}: refused`);
      return value;
    },
  };
}

/** Length in bytes of a well-formed string in UTF-8. */
export function utf8Length(value: string): number {
  let size = 0;
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    size += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return size;
}
