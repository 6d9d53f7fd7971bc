/**
 * Ends of a yes that can be chosen, by the clock and the calendar of this device, and how one reads: an
 * end at midnight is the end of the day before, as people say it. Pure. SPEC UI166, UI168.
 */

import { t } from "../strings/strings.ts";
import { formatMoment } from "./moment.ts";

export const UNTIL_CHOICES = ["today", "tomorrow", "week", "month"] as const;
export type UntilChoice = (typeof UNTIL_CHOICES)[number];

const DAYS = { today: 1, tomorrow: 2, week: 7, month: 30 } as const;

/** Milliseconds since the epoch: the midnight after that day, also where the clocks change meanwhile. */
export function endOf(choice: UntilChoice, now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + DAYS[choice]).getTime();
}

/** When a yes ends, as it follows "until". */
export function untilWords(at: number, locale: string): string {
  const end = new Date(at);
  if (Number.isNaN(end.getTime())) return "";
  if (end.getHours() !== 0 || end.getMinutes() !== 0) return formatMoment(at, locale);
  const day = new Date(end.getFullYear(), end.getMonth(), end.getDate() - 1);
  const words = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  return t.requests.endOfDay(words.format(day));
}
