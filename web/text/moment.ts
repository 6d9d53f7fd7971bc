/** A day and a time of day in words, for what happens then. SPEC UI92, UI100. */

/** "Monday 30 November, 17:04". @param time milliseconds since the epoch */
export function formatMoment(time: number, locale: string): string {
  const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  return `${day.format(time)}, ${clock.format(time)}`;
}
