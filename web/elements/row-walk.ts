/** Walking a list of rows by keys: Up and Down by one, Home and End to its ends. SPEC UI68. */

/** To be set as `keydown` of the element that holds the rows' buttons. */
export function walkRows(event: KeyboardEvent): void {
  walkRowsOf(event, "button");
}

/** The same where a row is something else that takes the focus. */
export function walkRowsOf(event: KeyboardEvent, selector: string): void {
  const list = event.currentTarget as HTMLElement;
  const rows = [...list.querySelectorAll<HTMLElement>(selector)];
  const at = rows.findIndex((row) => row === list.ownerDocument.activeElement);
  if (at < 0) return;
  const places: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: rows.length - 1,
  };
  const place = places[event.key];
  const next = place === undefined ? undefined : rows[place];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

export function focusFirstRow(host: HTMLElement): void {
  host.querySelector<HTMLElement>(".rows button")?.focus();
}
