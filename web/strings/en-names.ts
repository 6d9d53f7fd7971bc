/** Names in a row, in English. */

/** "Mum", "Mum and Dad", "Mum, Dad and Gran". */
export function joinNames(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** With a capital letter in front, as a sentence begins. */
export function capital(text: string): string {
  if (!/^(?:you|your|somebody|a|no)(?:'s)?(?: |$)/.test(text)) return text;
  return text.slice(0, 1).toLocaleUpperCase("en") + text.slice(1);
}
