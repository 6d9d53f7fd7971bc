/** Makes the results that cross to the page: a value, or a code with an optional detail. SPEC ND2. */
import type { FailureCode, Result } from "../api.ts";

export function done<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failed(
  code: FailureCode,
  detail = "",
): { readonly ok: false; readonly code: FailureCode; readonly detail: string } {
  return { ok: false, code, detail };
}
