// The same answers, edge cases and golden bytes on a real engine: each file registers its own tests.
import "./known-answers.test.ts";
import "./signatures.test.ts";
import "./wraps.test.ts";
import "./envelope.test.ts";
import "./comparison-code.test.ts";
import "./recovery-words.test.ts";
import "./vault.test.ts";
import { openDB, type IDBPDatabase } from "idb";
import { expect, test } from "vitest";
import { openVault } from "./vault.ts";
import { loadX25519 } from "./x25519.ts";

const SECRET = new Uint8Array(32).fill(3);

test("[CR8] this engine's own X25519 is used, not the fallback", async () => {
  expect((await loadX25519()).by).toBe("WebCrypto");
});

test("[CR2] [CR13] a suite in a module worker seals, signs and opens what it sealed", async () => {
  const source = `
    import { createCryptoSuite } from ${JSON.stringify(new URL("./webcrypto-suite.ts", import.meta.url).href)};
    const suite = createCryptoSuite();
    const family = new Uint8Array(32);
    const message = new Uint8Array(9);
    const privateKey = suite.randomBytes(32);
    const key = await suite.encryptionKeyOf(privateKey);
    const signer = await suite.createSigner(suite.randomBytes(32));
    const signature = await signer.sign("message", family, message);
    const targets = [{ device: new Uint8Array(16), keyNumber: 0, key }];
    const request = { family, associatedData: message, targets };
    const body = await suite.sealBody({ ...request, plaintext: message });
    const opened = await suite.openBody({ ...request, body, mine: 0, privateKey });
    const isValid = await suite.verify(signer.publicKey, "message", family, message, signature);
    postMessage({ isWorker: typeof document === "undefined", isValid, isOpened: opened.ok });
  `;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const answer = await new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
  expect(answer).toEqual({ isWorker: true, isValid: true, isOpened: true });
  worker.terminate();
  URL.revokeObjectURL(url);
});

test("[CR26] the vault's key survives a real IndexedDB that was closed and opened again", async () => {
  const name = `vault-${crypto.randomUUID()}`;
  const open = (): Promise<IDBPDatabase> =>
    openDB(name, 1, { upgrade: (database) => void database.createObjectStore("keys") });
  const vaultIn = (database: IDBPDatabase) =>
    openVault(
      async () => ((await database.get("keys", "vault")) as CryptoKey | undefined) ?? null,
      async (key) => void (await database.put("keys", key, "vault")),
    );
  const before = await open();
  const wrapped = await (await vaultIn(before)).wrap(SECRET);
  before.close();
  const after = await open();
  expect(await (await vaultIn(after)).unwrap(wrapped)).toEqual(SECRET);
  after.close();
});
