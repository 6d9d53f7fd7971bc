/**
 * The disk of a stored device as JSON carries it, and its way into a browser: the app itself makes
 * the database, then a page of the same origin without the app puts each row where the store would
 * have put it, and the vault's key as one that cannot be taken out again.
 */
import type { BrowserContext } from "@playwright/test";
import type { DiskContent } from "../workers/storage/memory-store.ts";
import type { StoredValue } from "../workers/storage/store.ts";

/** A device whose app is closed. */
export interface StoredDevice {
  readonly name: string;
  /** The AES key that its private keys are sealed under, base64. */
  readonly vaultKey: string;
  readonly tables: readonly PackedTable[];
}

/** `rows` are key and value, in key order. */
export interface PackedTable {
  readonly table: string;
  readonly rows: readonly (readonly [key: readonly Packed[], value: Packed])[];
}

/** Bytes as base64 under a name that no stored value has; the rest is JSON as it is. */
export type Packed =
  | null
  | boolean
  | number
  | string
  | { readonly b64: string }
  | readonly Packed[];

const DATABASE = "tinyweb";
const ROWS_PER_CALL = 500;
/** What the browser's own database says about itself. */
const OWN_ROWS: ReadonlySet<unknown> = new Set(["instance", "fence", "vault"]);

export function packDisk(disk: DiskContent): readonly PackedTable[] {
  return [...disk].map(([table, rows]) => ({
    table,
    rows: rows
      .filter(({ key }) => !(table === "meta" && OWN_ROWS.has(key[0])))
      .map(({ key, value }) => [key.map((part) => pack(part)), pack(value)] as const),
  }));
}

/** Fills the profile of `context`, which has never opened the app at `url`. */
export async function fillBrowser(
  context: BrowserContext,
  url: string,
  device: StoredDevice,
): Promise<void> {
  const app = await context.newPage();
  await app.goto(url);
  await app.getByRole("button", { name: "Start a family" }).waitFor();
  await app.close();
  const page = await context.newPage();
  await page.goto(new URL("config.json", url).href);
  for (const { table, rows } of device.tables) {
    for (let from = 0; from < rows.length; from += ROWS_PER_CALL) {
      const some = JSON.stringify(rows.slice(from, from + ROWS_PER_CALL));
      await page.evaluate(putRows, { name: DATABASE, table, rows: some });
    }
  }
  await page.evaluate(putVaultKey, { name: DATABASE, bytes: device.vaultKey });
  await page.close();
}

/** Runs in the page. `rows` is JSON: a list of key and value. */
async function putRows(request: { name: string; table: string; rows: string }): Promise<void> {
  const { name, table, rows } = request;
  const unpack = (one: Packed): unknown => {
    if (Array.isArray(one)) return (one as readonly Packed[]).map(unpack);
    if (typeof one !== "object" || one === null || !("b64" in one)) return one;
    return Uint8Array.from(atob(one.b64), (letter) => letter.charCodeAt(0));
  };
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.addEventListener("error", () => reject(opening.error));
    opening.addEventListener("success", () => {
      const database = opening.result;
      const transaction = database.transaction(table, "readwrite");
      const store = transaction.objectStore(table);
      for (const [key, value] of JSON.parse(rows) as readonly [Packed, Packed][]) {
        store.put(unpack(value), unpack(key) as IDBValidKey);
      }
      transaction.addEventListener("abort", () => reject(transaction.error));
      transaction.addEventListener("complete", () => {
        database.close();
        resolve();
      });
    });
  });
}

/** Runs in the page. `bytes` is base64. */
async function putVaultKey({ name, bytes }: { name: string; bytes: string }): Promise<void> {
  const raw = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  await new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.addEventListener("error", () => reject(opening.error));
    opening.addEventListener("success", () => {
      const database = opening.result;
      const transaction = database.transaction("meta", "readwrite");
      transaction.objectStore("meta").put(key, ["vault"]);
      transaction.addEventListener("abort", () => reject(transaction.error));
      transaction.addEventListener("complete", () => {
        database.close();
        resolve();
      });
    });
  });
}

function pack(value: StoredValue): Packed {
  if (value instanceof Uint8Array) return { b64: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return (value as readonly StoredValue[]).map(pack);
  if (value === null || ["boolean", "number", "string"].includes(typeof value)) {
    return value as Packed;
  }
  throw new TypeError("a stored value that no JSON carries");
}
