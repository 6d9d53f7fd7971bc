/**
 * The language in use for what only screens with rules load, beside `t` of strings.ts, so that the
 * first screen does not carry it: `r` for its words. English is the only one yet.
 */

import { changeSentence, changeWish } from "./en-changes.ts";
import { history } from "./en-history.ts";
import { changeLines } from "./en-rule-words.ts";

export const r = { history, changeSentence, changeWish, changeLines };
