/** The language in use: `t` for words, `locale` for dates and numbers. English is the only one yet. */

import { en, type Strings } from "./en.ts";

export const t: Strings = en;

/** The reader's own variety of the language in use, so that clocks look as they are used to. */
export const locale: string =
  typeof navigator !== "undefined" && navigator.language.startsWith(`${en.language}-`)
    ? navigator.language
    : "en-GB";
