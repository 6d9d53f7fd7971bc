/** Names in a row, in English. */

/** "Mum", "Mum and Dad", "Mum, Dad and Gran". */
export function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
