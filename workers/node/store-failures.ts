/** What the store's faults are called on the page, and which of them stay on the screen. SPEC ND6, ND13, SN4. */
import type { FailureCode, Notice } from "../api.ts";
import type { StoreErrorCode } from "../storage/store.ts";

const FAILURES = {
  quota: "storage-full",
  closed: "storage-closed",
  fenced: "storage-taken",
  unavailable: "storage-unavailable",
  corrupt: "storage-corrupt",
  // An older version of the app holds the database open in another tab.
  blocked: "storage-taken",
} as const satisfies Record<StoreErrorCode, FailureCode>;

const NOTICES = ["storage-full", "storage-closed", "storage-taken"] as const satisfies readonly (
  | FailureCode
  | Notice["type"]
)[];

export function failureOf(code: StoreErrorCode): FailureCode {
  return FAILURES[code];
}

/** The notice that a fault leaves; null where only the call that met it is told. */
export function noticeOf(code: StoreErrorCode): (typeof NOTICES)[number] | null {
  const failure = FAILURES[code];
  return NOTICES.find((one) => one === failure) ?? null;
}
