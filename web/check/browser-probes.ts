/**
 * The probes of a real browser. Each really does the thing once and leaves nothing behind; a
 * temporary database is deleted again. Asks nobody for a permission. SPEC CK1, CK2.
 */

import type { Probes } from "./abilities.ts";

/** A name that no profile can have: theirs begin with the app's. */
const PLACE = "check of this browser";
const TEXT = new TextEncoder().encode("TinyWeb tries what this browser can do");

export const BROWSER_PROBES: Probes = {
  ed25519: signAndVerify,
  x25519: agreeOnBits,
  "key-storage": keepKey,
  "strict-writes": writeStrictly,
  persistence: async () => yesOrOff(await navigator.storage.persisted()),
  locks: async () => yesOrNo(await navigator.locks.request(PLACE, (lock) => lock !== null)),
  broadcast: hearMyself,
  webrtc: offerChannel,
  "channel-transfer": transferChannel,
  "service-worker": findServiceWorker,
  installed: () => yesOrOff(matchMedia("(display-mode: standalone)").matches),
  push: findPush,
  notifications: () => {
    if (!("Notification" in globalThis)) return { state: "no" };
    const { permission } = Notification;
    return { state: permission === "granted" ? "yes" : "off", detail: permission };
  },
  camera: () => yesOrNo(navigator.mediaDevices?.getUserMedia !== undefined),
  clipboard: () => yesOrNo(navigator.clipboard?.writeText !== undefined),
  share: () => yesOrNo("share" in navigator),
  "trusted-types": () => yesOrNo("trustedTypes" in globalThis),
};

function yesOrNo(isYes: boolean) {
  return { state: isYes ? "yes" : "no" } as const;
}

function yesOrOff(isYes: boolean) {
  return { state: isYes ? "yes" : "off" } as const;
}

async function signAndVerify() {
  const { subtle } = crypto;
  const pair = await subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const signature = await subtle.sign("Ed25519", pair.privateKey, TEXT);
  const other = TEXT.slice(1);
  const isRight = await subtle.verify("Ed25519", pair.publicKey, signature, TEXT);
  const isWrong = await subtle.verify("Ed25519", pair.publicKey, signature, other);
  return yesOrNo(isRight && !isWrong);
}

async function agreeOnBits() {
  const { subtle } = crypto;
  const make = () => subtle.generateKey("X25519", false, ["deriveBits"]);
  const [mine, theirs] = [await make(), await make()];
  const derive = (pair: CryptoKeyPair, other: CryptoKeyPair) =>
    subtle.deriveBits({ name: "X25519", public: other.publicKey }, pair.privateKey, 256);
  const [one, two] = [await derive(mine, theirs), await derive(theirs, mine)];
  const bytes = new Uint8Array(two);
  return yesOrNo(new Uint8Array(one).every((byte, index) => byte === bytes[index]));
}

/** A key whose bytes nobody sees, kept in a database and used after reading it again. */
async function keepKey() {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  return withDatabase(async (database) => {
    await done(database.transaction("rows", "readwrite").objectStore("rows").put(key, 1));
    const kept: unknown = await done(database.transaction("rows").objectStore("rows").get(1));
    if (!(kept instanceof CryptoKey) || kept.extractable) return yesOrNo(false);
    const sealing = { name: "AES-GCM", iv: new Uint8Array(12) };
    const sealed = await crypto.subtle.encrypt(sealing, key, TEXT);
    const opened = await crypto.subtle.decrypt(sealing, kept, sealed);
    return yesOrNo(opened.byteLength === TEXT.byteLength);
  });
}

async function writeStrictly() {
  return withDatabase(async (database) => {
    const transaction = database.transaction("rows", "readwrite", { durability: "strict" });
    await done(transaction.objectStore("rows").put("row", 1));
    return { ...yesOrNo(transaction.durability === "strict"), detail: transaction.durability };
  });
}

async function withDatabase<T>(task: (database: IDBDatabase) => Promise<T>): Promise<T> {
  const request = indexedDB.open(PLACE, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore("rows"));
  const database = await done(request);
  try {
    return await task(database);
  } finally {
    database.close();
    await done(indexedDB.deleteDatabase(PLACE));
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("unknown")));
  });
}

async function hearMyself() {
  const [one, two] = [new BroadcastChannel(PLACE), new BroadcastChannel(PLACE)];
  try {
    const heard = new Promise<unknown>((resolve) => {
      two.addEventListener("message", ({ data }) => resolve(data), { once: true });
    });
    one.postMessage("hello");
    return yesOrNo((await heard) === "hello");
  } finally {
    one.close();
    two.close();
  }
}

async function offerChannel() {
  const connection = new RTCPeerConnection();
  try {
    connection.createDataChannel("check");
    const { sdp = "" } = await connection.createOffer();
    return yesOrNo(sdp.includes("m=application"));
  } finally {
    connection.close();
  }
}

/** Whether a data channel may be handed to a worker. */
function transferChannel() {
  const connection = new RTCPeerConnection();
  const { port1, port2 } = new MessageChannel();
  try {
    const channel = connection.createDataChannel("check");
    port1.postMessage(channel, [channel]);
    return yesOrNo(true);
  } finally {
    connection.close();
    port1.close();
    port2.close();
  }
}

async function findServiceWorker() {
  if (!("serviceWorker" in navigator)) return yesOrNo(false);
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration?.active === undefined || registration.active === null) return yesOrOff(false);
  return { ...yesOrOff(true), detail: registration.active.state };
}

async function findPush() {
  if (!("PushManager" in globalThis)) return yesOrNo(false);
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  return yesOrOff(subscription !== undefined && subscription !== null);
}
