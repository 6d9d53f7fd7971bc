/** All choices of `count` of the items, in their order. */
export function subsetsOf<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) =>
    subsetsOf(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]),
  );
}

/** All ways to take `count` of the items one after the other. */
export function arrangementsOf<T>(items: readonly T[], count: number): readonly (readonly T[])[] {
  if (count === 0) return [[]];
  return items.flatMap((item, index) =>
    arrangementsOf(items.toSpliced(index, 1), count - 1).map((rest) => [item, ...rest]),
  );
}
