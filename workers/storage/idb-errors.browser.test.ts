import { expect, it } from "vitest";
import { isConnectionLoss, toStoreError } from "./idb-errors.ts";
import { StoreError } from "./store.ts";

it("[ST30] gives every error of the browser the code that says what to do", () => {
  const expected = {
    QuotaExceededError: "quota",
    InvalidStateError: "closed",
    AbortError: "closed",
    DataError: "corrupt",
    NotFoundError: "corrupt",
    NotReadableError: "corrupt",
    UnknownError: "unavailable",
    SecurityError: "unavailable",
    TimeoutError: "unavailable",
  };
  for (const [name, code] of Object.entries(expected)) {
    const cause = new DOMException("why", name);
    expect(toStoreError(cause)).toMatchObject({ code, cause, message: `${code}: ${name}, why` });
  }
  expect(toStoreError("odd")).toMatchObject({ code: "unavailable" });
});

it("[ST30] passes on what is explained already, and a caller's mistake", () => {
  const explained = new StoreError("fenced", "moved");
  const mistake = new TypeError("no key");
  expect(toStoreError(explained)).toBe(explained);
  expect(toStoreError(mistake)).toBe(mistake);
});

it("[ST28] takes only an ended connection for a loss, never a full disk", () => {
  const lost = new DOMException("lost", "UnknownError");
  expect(isConnectionLoss(lost)).toBe(true);
  expect(isConnectionLoss(new StoreError("unavailable", "lost", { cause: lost }))).toBe(true);
  expect(isConnectionLoss(new DOMException("full", "QuotaExceededError"))).toBe(false);
  expect(isConnectionLoss(new StoreError("closed", "closed"))).toBe(false);
});
