/** The least and the greatest of any number of numbers: arguments of a call are limited, lists are not. */

/** `none` where there are none, and never above it. */
export function least(numbers: Iterable<number>, none: number): number {
  let found = none;
  for (const one of numbers) if (one < found) found = one;
  return found;
}

/** `none` where there are none, and never below it. */
export function greatest(numbers: Iterable<number>, none: number): number {
  let found = none;
  for (const one of numbers) if (one > found) found = one;
  return found;
}
