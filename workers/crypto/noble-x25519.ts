/**
 * X25519 on noble, for engines whose WebCrypto lacks it (before Chrome 133, Firefox 130, Safari 17) or
 * refuses some keys (WebKitGTK 2.50). Loaded lazily by x25519.ts, so the curve is not in the worker's
 * first chunk. Remove it with those engines. Source: RFC 7748; SPEC CR8.
 */
import { x25519 } from "@noble/curves/ed25519.js";
import type { Curve } from "./kem.ts";

export const nobleCurve: Curve = async (privateKey) => ({
  publicKey: x25519.getPublicKey(privateKey),
  sharedWith: async (peer) => x25519.getSharedSecret(privateKey, peer),
});
