/**
 * What the page says of an open data channel, as the binding that the handshake signs. The page is our
 * own code, but a fingerprint that is none must never get as far as a signature. SPEC RV17.
 */
import type { MeshEvent } from "../api.ts";
import { fromHex } from "../core/codec/ids.ts";
import type { LinkBinding, LinkPurpose } from "./link.ts";

/** Null if a fingerprint is not 64 lower-case hex digits, or both are one (a link to myself). */
export function bindingOf(
  event: Extract<MeshEvent, { type: "link" }>,
  purpose: LinkPurpose,
): LinkBinding | null {
  const { isInitiator, localFingerprint, remoteFingerprint } = event;
  if (!FINGERPRINT.test(localFingerprint) || !FINGERPRINT.test(remoteFingerprint)) return null;
  if (localFingerprint === remoteFingerprint) return null;
  return {
    transport: "rtc",
    isInitiator,
    localFingerprint: fromHex(localFingerprint),
    remoteFingerprint: fromHex(remoteFingerprint),
    purpose,
  };
}

const FINGERPRINT = /^[0-9a-f]{64}$/;
