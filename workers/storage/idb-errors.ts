/**
 * What a browser's storage errors mean to the node, decided in one place by the error's name
 * (Indexed Database API 3.0 §3 and what engines really throw). It does not retry.
 */
import { StoreError, type StoreErrorCode } from "./store.ts";

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  QuotaExceededError: "quota",
  InvalidStateError: "closed",
  AbortError: "closed",
  // A stored value that the engine can no longer read back, or a table that is not there.
  DataError: "corrupt",
  NotFoundError: "corrupt",
  NotReadableError: "corrupt",
};

/** Names under which engines report that they, not we, ended the connection. Safari says
 * UnknownError: "Connection to Indexed Database server lost. Refresh the page to try again", an
 * InvalidStateError afterwards, and aborts what was running (WebKit bugs 197050, 273827). */
const LOSSES: readonly string[] = ["InvalidStateError", "AbortError", "UnknownError"];

/** Whether a new connection may well do what this one could not. What an open has already
 * explained counts by its cause. */
export function isConnectionLoss(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : error;
  return cause instanceof DOMException && LOSSES.includes(cause.name);
}

/** The typed error for whatever the browser threw; `unavailable` if its name says nothing more. A
 * caller's mistake (TypeError) and a StoreError come back as they are. */
export function toStoreError(error: unknown): StoreError | TypeError {
  if (error instanceof StoreError || error instanceof TypeError) return error;
  if (!(error instanceof DOMException)) {
    return new StoreError("unavailable", String(error), { cause: error });
  }
  const detail = error.message === "" ? error.name : `${error.name}, ${error.message}`;
  return new StoreError(CODES[error.name] ?? "unavailable", detail, { cause: error });
}
