/**
 * Times in words and clocks, in the reader's own language settings. Pure: the present moment is
 * always an argument. SPEC UI23, UI24.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two units, as in "9 min 58 sec"; null once the time is up. Seconds round up. */
export function formatTimeLeft(leftMs: number, locale: string): string | null {
  if (leftMs <= 0) return null;
  const seconds = Math.ceil(leftMs / SECOND_MS);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const unit = (value: number, name: string) => formatUnit(value, name, "short", locale);
  if (hours > 0) return `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}`;
  if (minutes > 0) return `${unit(minutes, "minute")} ${unit(seconds % 60, "second")}`;
  return unit(seconds, "second");
}

/** A span in its largest fitting unit, rounded: "3 minutes", "1 day". At least "1 second". */
export function formatSpan(spanMs: number, locale: string): string {
  const span = Math.abs(spanMs);
  const unit = (value: number, name: string) => formatUnit(Math.round(value), name, "long", locale);
  if (span >= DAY_MS) return unit(span / DAY_MS, "day");
  if (span >= HOUR_MS) return unit(span / HOUR_MS, "hour");
  if (span >= MINUTE_MS) return unit(span / MINUTE_MS, "minute");
  return unit(Math.max(span / SECOND_MS, 1), "second");
}

function formatUnit(
  value: number,
  unit: string,
  unitDisplay: "short" | "long",
  locale: string,
): string {
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay }).format(value);
}

/** Hours and minutes as the reader's device writes them. */
export function formatClock(at: number, locale: string): string {
  let format = clocks.get(locale);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    clocks.set(locale, format);
  }
  return format.format(at);
}

/** By locale: making one costs as much as drawing a message, and each message shows its time. */
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Calendar days from `at` to `now` in local time; negative for the future. */
export function daysBetween(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / DAY_MS);
}

/** For a list: the clock today, the weekday within the last week, the date before that. */
export function formatShortDay(at: number, now: number, locale: string): string {
  const days = daysBetween(at, now);
  if (days === 0) return formatClock(at, locale);
  const isRecent = days > 0 && days < 7;
  const format: Intl.DateTimeFormatOptions = isRecent
    ? { weekday: "short" }
    : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(locale, format).format(at);
}

/** For the heading of a day, beyond today and yesterday: "Monday 16 November". */
export function formatLongDay(at: number, locale: string): string {
  const format: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  return new Intl.DateTimeFormat(locale, format).format(at);
}

/** A UTC day as a date, with its year where that is not this one: "3 March". */
export function formatDay(at: number, now: number, locale: string): string {
  const isThisYear = new Date(at).getUTCFullYear() === new Date(now).getUTCFullYear();
  const format: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", timeZone: "UTC" };
  const year = isThisYear ? {} : ({ year: "numeric" } as const);
  return new Intl.DateTimeFormat(locale, { ...format, ...year }).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
